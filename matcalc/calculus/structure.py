"""Gradients by structured variables, from the gradient G of independent entries.

In the space of the structure, for the trace inner product (what an optimiser needs): ``symmetric`` (also ``spd``) is
½(G + Gᵀ), ``skew`` is ½(G − Gᵀ); ``diagonal``, ``lower`` and ``upper`` keep the entries of the pattern.
Tables of partial derivatives with entries that are one variable: ``symmetric-entries`` is G + Gᵀ − G ∘ I (Matrix
Cookbook §2.8), ``skew-entries`` is G − Gᵀ. The same as a vector of the free entries: ``vech`` is Dᵀ vec G for a
symmetric matrix, ``vech-lower`` is L vec G for a lower triangular one, ``diagonal-vector`` is diag(G). Riemannian
gradients, in the tangent space at X: ``orthogonal`` is G − X sym(XᵀG) on the Stiefel manifold XᵀX = I with the metric
of the space around it, ``stiefel-canonical`` is G − X GᵀX, with the canonical metric (Edelman, Arias & Smith 1998;
Absil, Mahony & Sepulchre 2008 §3.6); ``affine-invariant`` is X sym(G) X on positive definite matrices (Bhatia 2007
ch. 6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..algebra import (
    add,
    commutation,
    diag_matrix,
    diag_vector,
    diagonal_selection,
    identity,
    is_scalar,
    mul,
    neg,
    ones,
    require_square,
    shape_of,
    transpose,
    triangle,
    vec,
)
from ..algebra.construct import HALF
from ..errors import DerivationError
from ..operators.vech import duplication, elimination, vech
from .factor import expand
from .simplify import simplify
from .vecform import tidy


def _symmetric(g: Any) -> Any:
    return mul(HALF, add(g, transpose(g)))


def _symmetric_entries(g: Any) -> Any:
    return add(g, transpose(g), neg(diag_matrix(diag_vector(g))))


def _skew(g: Any) -> Any:
    return mul(HALF, add(g, neg(transpose(g))))


STRUCTURES: dict[str, Callable[[Any], Any]] = {
    "symmetric": _symmetric,
    "spd": _symmetric,
    "symmetric-entries": _symmetric_entries,
    "skew": _skew,
    "skew-entries": lambda g: add(g, neg(transpose(g))),
    "diagonal": lambda g: diag_matrix(diag_vector(g)),
    "lower": lambda g: triangle(g, True),
    "upper": lambda g: triangle(g, False),
    "vech": lambda g: vech(_symmetric_entries(g)),
    "vech-lower": vech,
    "diagonal-vector": diag_vector,
}
#: Structures whose gradient is the vector of the free entries: the matrix T with vec X = T θ.
FREE_ENTRIES: dict[str, Callable[[Any], Any]] = {
    "vech": duplication,
    "vech-lower": lambda n: transpose(elimination(n)),
    "diagonal-vector": diagonal_selection,
}
#: Riemannian gradients, from G and X; the X that they are at.
RIEMANNIAN: dict[str, Callable[[Any, Any], Any]] = {
    "orthogonal": lambda g, x: add(g, neg(mul(x, _symmetric(mul(transpose(x), g))))),
    "stiefel-canonical": lambda g, x: add(g, neg(mul(x, transpose(g), x))),
    "affine-invariant": lambda g, x: mul(x, _symmetric(g), x),
}
NEEDS = {"orthogonal": "{}ᵀ{} = I", "stiefel-canonical": "{}ᵀ{} = I", "affine-invariant": "{} positive definite"}


def _projection(structure: str, n: Any) -> Any:
    """The matrix P on vec X of the same map: vec of the structured gradient is Pᵀ vec G."""
    if structure in FREE_ENTRIES:
        return FREE_ENTRIES[structure](n)
    eye, turn, diagonal = identity(n * n), commutation(n, n), diag_matrix(vec(identity(n)))
    symmetric = mul(HALF, add(eye, turn))
    return {
        "symmetric": symmetric,
        "spd": symmetric,
        "symmetric-entries": add(eye, turn, neg(diagonal)),
        "skew": mul(HALF, add(eye, neg(turn))),
        "skew-entries": add(eye, neg(turn)),
        "diagonal": diagonal,
        "lower": diag_matrix(vec(triangle(ones(n, n), True))),
        "upper": diag_matrix(vec(triangle(ones(n, n), False))),
    }[structure]


def on_vec(j: Any, structure: str | None, row_variable: Any = None, column_variable: Any = None) -> Any:
    """A matrix on vec with the structure applied to the variables named: J P, PᵀH P."""
    if structure is None:
        return j
    if structure in RIEMANNIAN:
        raise DerivationError(
            f"structure {structure!r} is for gradients", hint="a Hessian on a manifold needs its connection"
        )
    _known(structure)
    for variable, left in ((row_variable, True), (column_variable, False)):
        if variable is not None and not is_scalar(variable):
            require_square(variable, f"structure {structure!r}")
            p = _projection(structure, variable.shape[0])
            j = simplify(tidy(expand(mul(transpose(p), j) if left else mul(j, p))))
    return j


def structured_shape(structure: str | None, shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shape of the gradient by a variable of this shape: that of the free entries where it is their vector."""
    return (FREE_ENTRIES[structure](shape[0]).shape[1], ones(1)) if structure in FREE_ENTRIES and shape else shape


def _known(structure: str) -> None:
    if structure not in STRUCTURES:
        raise DerivationError(
            f"structure {structure!r} is not supported", hint=f"supported: {', '.join((*STRUCTURES, *RIEMANNIAN))}"
        )


def in_structure(g: Any, structure: str | None, x: Any = None) -> Any:
    """The gradient in the structure asked for, at ``x``. DerivationError for an unknown or an unsupported one."""
    if structure is None:
        return g
    if is_scalar(g):
        raise DerivationError("a structure needs a matrix variable")
    if structure in RIEMANNIAN:
        if structure == "affine-invariant":
            require_square(g, f"structure {structure!r}")
        return simplify(RIEMANNIAN[structure](g, x))
    _known(structure)
    require_square(g, f"structure {structure!r}")
    return simplify(STRUCTURES[structure](g))


def needs(structure: str | None, x: Any) -> tuple[Any, ...]:
    """What a structure takes for granted of the variable."""
    words = NEEDS.get(structure or "")
    return (words, *[x] * words.count("{}")) if words and shape_of(x) else ()
