"""Gradients by structured variables, from the gradient G of independent entries.

Conventions: ``symmetric`` is ½(G + Gᵀ), the gradient for the trace inner product on symmetric matrices (what an
optimiser needs); ``symmetric-entries`` is G + Gᵀ − G ∘ I, the table of partial derivatives with X_ij and X_ji one
variable (Matrix Cookbook §2.8); ``skew`` and ``skew-entries`` likewise; ``diagonal``, ``lower`` and ``upper`` keep the
entries
of the
pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..algebra import (
    add,
    commutation,
    diag_matrix,
    diag_vector,
    identity,
    is_scalar,
    mul,
    neg,
    ones,
    require_square,
    transpose,
    triangle,
    vec,
)
from ..algebra.construct import HALF
from ..errors import DerivationError
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
    "symmetric-entries": _symmetric_entries,
    "skew": _skew,
    "skew-entries": lambda g: add(g, neg(transpose(g))),
    "diagonal": lambda g: diag_matrix(diag_vector(g)),
    "lower": lambda g: triangle(g, True),
    "upper": lambda g: triangle(g, False),
}


def _projection(structure: str, n: Any) -> Any:
    """The matrix P on vec X of the same map: vec of the structured gradient is P vec G."""
    eye, turn, diagonal = identity(n * n), commutation(n, n), diag_matrix(vec(identity(n)))
    return {
        "symmetric": mul(HALF, add(eye, turn)),
        "symmetric-entries": add(eye, turn, neg(diagonal)),
        "skew": mul(HALF, add(eye, neg(turn))),
        "skew-entries": add(eye, neg(turn)),
        "diagonal": diagonal,
        "lower": diag_matrix(vec(triangle(ones(n, n), True))),
        "upper": diag_matrix(vec(triangle(ones(n, n), False))),
    }[structure]


def on_vec(j: Any, structure: str | None, row_variable: Any = None, column_variable: Any = None) -> Any:
    """A matrix on vec with the structure applied to the variables named: J P, P H P."""
    if structure is None:
        return j
    _known(structure)
    for variable, left in ((row_variable, True), (column_variable, False)):
        if variable is not None and not is_scalar(variable):
            require_square(variable, f"structure {structure!r}")
            p = _projection(structure, variable.shape[0])
            j = simplify(tidy(expand(mul(p, j) if left else mul(j, p))))
    return j


def _known(structure: str) -> None:
    if structure not in STRUCTURES:
        raise DerivationError(f"structure {structure!r} is not supported", hint=f"supported: {', '.join(STRUCTURES)}")


def in_structure(g: Any, structure: str | None) -> Any:
    """The gradient in the structure asked for. Raises DerivationError for an unknown or an unsupported one."""
    if structure is None:
        return g
    _known(structure)
    if is_scalar(g):
        raise DerivationError("a structure needs a matrix variable")
    require_square(g, f"structure {structure!r}")
    return simplify(STRUCTURES[structure](g))
