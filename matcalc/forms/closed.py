"""The forms that are one expression: operator, matrix, matrix on vec, JVP and VJP; and the joint ones.

For joint variables the matrix on vec is a row of blocks [J_W J_b], of a Hessian a matrix of blocks. Where the blocks
share their outermost maps these stand in front: σ(Wx + b) has Diag(σ′) ([xᵀ 1] ⊗ I_m).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Integer

from ..algebra import block, kron, mul, transform, vec
from ..algebra.nodes import DiagMatrix, Differential, Hadamard, Kronecker, MatProduct
from ..calculus.simplify import expand_names
from ..calculus.vecform import tidy
from ..errors import DerivationError
from ..maps import LinearMap, compose
from ..maps.core import IdentityMap
from .derivative import Derivative


# ---------------------------------------------------------------- one variable
def operator(derivative: Derivative) -> Any:
    """L(dX), an expression in dX."""
    return derivative.along(derivative.direction, derivative.closed)


def jvp(derivative: Derivative, direction: Any = None) -> Any:
    """L(V) for a direction V of the variable's shape; dX where none is given."""
    d = derivative.direction if direction is None else direction
    return derivative.along(d, derivative.closed)


def vjp(derivative: Derivative, cotangent: Any = None) -> Any:
    """L*(M) for a cotangent of the value's shape: an expression, or the name of a symbol (M where none is given)."""
    m = derivative.cotangent(cotangent) if cotangent is None or isinstance(cotangent, str) else cotangent
    return derivative.closed(derivative.pulled(m))


def on_vec(derivative: Derivative) -> Any:
    """J with d vec Y = J d vec X."""
    return derivative.closed(tidy(expand_names(derivative.on_vec)))


def matrix(derivative: Derivative, names: bool = False) -> Any:
    """The derivative as one matrix: of the variable's shape for a scalar, J with dy = J dx for vectors.

    Raises DerivationError where there is none.
    """
    finish = derivative.compact if names else derivative.closed
    value, variable = derivative.value_shape, derivative.variable_shape
    if value == ():
        return finish(derivative.map.pull(Integer(1)))
    if variable == ():
        return finish(derivative.map.apply(Integer(1)))
    if value[1] == 1 and variable[1] == 1:
        return derivative.on_vec if names else on_vec(derivative)
    what = "the Hessian" if derivative.row is not None else f"∂{derivative.letter}/∂{derivative.name}"
    raise DerivationError(
        f"{what} is not a matrix: a matrix form exists for vectors by vectors, and "
        "where the value or the variable is a scalar",
        hint='form "vec" is the matrix on vec, form "tensor" has all the indices',
    )


def with_diagonals(expression: Any) -> Any:
    """a ⊙ B dX as Diag(a) B dX, for vectors: the map as a product of matrices."""
    return transform(expression, _as_product)


def _as_product(node: Any) -> Any:
    if not isinstance(node, Hadamard) or node.shape[1] != 1:
        return node
    moving = [f for f in node.args if _moves(f)]
    if len(moving) != 1 or isinstance(moving[0], Hadamard):
        return node
    weights = (
        Hadamard.make(*(f for f in node.args if f is not moving[0]))
        if len(node.args) > 2
        else next(f for f in node.args if f is not moving[0])
    )
    factors = moving[0].args if isinstance(moving[0], MatProduct) else (moving[0],)
    return MatProduct.make(DiagMatrix.make(weights), *factors)


def _moves(node: Any) -> bool:
    """Does it hold a differential, not inside a sum?"""
    return isinstance(node, Differential) or (isinstance(node, MatProduct) and any(_moves(f) for f in node.factors))


# ---------------------------------------------------------------- joint variables
def stacked(derivatives: Mapping[str, Derivative], names: bool = False) -> Any:
    """The matrix on vec by all variables together: [J_W J_b]; of a Hessian the matrix of its blocks."""
    rows: dict[str | None, list[Derivative]] = {}
    for one in derivatives.values():
        rows.setdefault(one.row, []).append(one)
    if len(rows) == 1:
        return _row(next(iter(rows.values())), names)
    return block([[_block(one, names) for one in row] for row in rows.values()])


def _block(one: Derivative, names: bool) -> Any:
    return one.on_vec if names else on_vec(one)


def _row(row: Sequence[Derivative], names: bool) -> Any:
    """[J_W J_b …], the outermost maps that all share in front, a common right factor of Kronecker products behind."""
    chains = [list(one.map.parts()) for one in row]
    common: list[LinearMap] = []
    while all(chains) and all(chain[0] == chains[0][0] for chain in chains):
        common.append(chains[0][0])
        chains = [chain[1:] for chain in chains]
    if not common:
        return block([[_block(one, names) for one in row]])
    inner = []
    for one, chain in zip(row, chains, strict=True):
        shape = one.variable_shape
        rest = compose(*chain) if chain else IdentityMap(shape, shape)
        inner.append(one.compact(tidy(rest.matrix())))
    front = row[0].compact(tidy(mul(*(one.matrix() for one in common))))
    whole = mul(front, _factored(inner))
    return whole if names else expand_names(whole)


def _factored(blocks: Sequence[Any]) -> Any:
    """[A ⊗ C, B ⊗ C] = [A, B] ⊗ C; I is 1 ⊗ I."""
    split = [_split(b) for b in blocks]
    tails = {tail for _, tail in split}
    if len(tails) > 1 or any(head is None for head, _ in split):
        return block([list(blocks)])
    (tail,) = tails
    return kron(block([[head for head, _ in split]]), tail)


def _split(a: Any) -> tuple[Any, Any]:
    """A, C with the block A ⊗ C; None, block where there is no such form."""
    if isinstance(a, Kronecker) and len(a.args) == 2:
        head, tail = a.args
        return head, tail
    if getattr(a, "is_Identity", False):
        return Integer(1), a
    return None, a


def stacked_vjp(derivatives: Mapping[str, Derivative], cotangent: Any = None) -> Any:
    """[J_W J_b]ᵀ vec M, the VJPs of all variables as one vector."""
    one = next(iter(derivatives.values()))
    m = one.cotangent(cotangent) if cotangent is None or isinstance(cotangent, str) else cotangent
    return block([[vec(vjp(d, m))] for d in derivatives.values()])
