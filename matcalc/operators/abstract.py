"""Unspecified functions of vectors and matrices: g: ℝᵐ → ℝ with gradient ∇g, h: ℝᵐ → ℝᵏ with Jacobian J_h.

An elementwise θ is an :class:`~matcalc.algebra.AbstractFunction`; these are the others. Their second derivatives are
there where they are one matrix (∇²g).
"""

from __future__ import annotations

from typing import Any

from sympy import Tuple
from sympy.core.symbol import Str

from .. import algebra as alg
from ..algebra import shape_of, size_of
from ..algebra.nodes import SYMMETRIC
from ..errors import DerivationError, ShapeError
from ..maps import UnvecMap, VecMap, compose, frobenius_with, sandwich
from .table import Operator, Pairs, register


class _Applied:
    """A function applied: ``cls(Str(name), X, …)``."""

    args: tuple[Any, ...]

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def at(self) -> Any:
        return self.args[1]


class ScalarField(_Applied, alg.ScalarNode):
    """g(X), for g from vectors or matrices to ℝ: ``ScalarField(Str('g'), X)``."""

    rank = 3


class Gradient(_Applied, alg.MatrixNode):
    """∇g(X), of the shape of X."""

    rank = 2

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return shape_of(args[1])


class HessianMatrix(_Applied, alg.MatrixNode):
    """∇²g(X), on vec: symmetric, of size mn×mn for X m×n."""

    rank = 2

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        n = size_of(args[1])
        return (n, n)


class VectorField(_Applied, alg.MatrixNode):
    """h(X), for h from vectors to vectors: ``VectorField(Str('h'), x, Tuple(rows, cols))``."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return tuple(args[2])


class JacobianMatrix(_Applied, alg.MatrixNode):
    """J_h(X), on vec: size(h) × size(X)."""

    rank = 2

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        rows, cols = args[2]
        return (rows * cols, size_of(args[1]))


SYMMETRIC[HessianMatrix] = lambda node: True


def apply_function(name: str, into: Any, x: Any) -> Any:
    """The function called ``name`` at x: ``into`` is () for a scalar value, else the shape of the value."""
    if alg.is_scalar(x):
        raise ShapeError(f"{name} takes a vector or a matrix")
    if into == ():
        return ScalarField.make(Str(name), x)
    return VectorField.make(Str(name), x, Tuple(*into))


def _scalar_field(node: Any) -> Pairs:
    yield node.at, frobenius_with(Gradient.make(node.args[0], node.at), shape_of(node.at))


def _gradient(node: Any) -> Pairs:
    """d vec ∇g(X) = ∇²g(X) d vec X."""
    x = node.at
    shape, column = shape_of(x), (size_of(x), alg.ones(1, 1))
    hessian = sandwich(HessianMatrix.make(node.args[0], x), alg.ones(1, 1), column)
    yield x, hessian if shape == column else compose(UnvecMap(column, shape), hessian, VecMap(shape, column))


def _vector_field(node: Any) -> Pairs:
    x, shape = node.at, shape_of(node)
    jacobian = JacobianMatrix.make(node.args[0], x, node.args[2])
    into, out = (size_of(x), alg.ones(1, 1)), (size_of(node), alg.ones(1, 1))
    one = sandwich(jacobian, alg.ones(1, 1), into)
    if shape_of(x) != into:
        one = compose(one, VecMap(shape_of(x), into))
    yield x, one if shape == out else compose(UnvecMap(out, shape), one)


def _third_order(node: Any) -> Pairs:
    raise DerivationError(f"third derivatives of the unspecified function {node.name} are not supported")


MN5 = "Magnus & Neudecker ch. 5"
register(
    Operator(
        ScalarField, "gradient of g", "dg(A) = ∇g(A) : dA", _scalar_field, MN5,
        lambda node: (f"{node.name} differentiable",), compute=lambda b, node, x: b.field(node.name, x),
    )
)  # fmt: skip
register(
    Operator(
        Gradient, "Hessian of g", "d∇g(a) = ∇²g(a) da", _gradient, "Magnus & Neudecker ch. 6",
        lambda node: (f"{node.name} twice differentiable",), compute=lambda b, node, x: b.gradient(node.name, x),
    )
)  # fmt: skip
register(
    Operator(
        VectorField, "Jacobian of h", "dh(a) = J_h(a) da", _vector_field, MN5,
        lambda node: (f"{node.name} differentiable",), compute=lambda b, node, x: b.map(node.name, x, node.args[2]),
    )
)  # fmt: skip
register(
    Operator(
        HessianMatrix, "third derivative", "", _third_order, MN5, compute=lambda b, node, x: b.hessian(node.name, x)
    )
)


def _jacobian_matrix(node: Any) -> Pairs:
    raise DerivationError(f"second derivatives of the unspecified function {node.name} are not supported yet")


register(
    Operator(
        JacobianMatrix, "second derivative", "", _jacobian_matrix, MN5,
        compute=lambda b, node, x: b.jacobian(node.name, x, node.args[2]),
    )
)  # fmt: skip
