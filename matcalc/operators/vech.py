"""The entries on and below the diagonal: vech X, the duplication matrix D_n and the elimination matrix L_n.

vech stacks the columns of the lower triangle, n(n+1)/2 entries. vec X = D_n vech X for symmetric X, vech X = L_n vec X,
and vec X = L_nᵀ vech X for lower triangular X. Reference: Magnus & Neudecker §3.8; Magnus & Neudecker 1980.
"""

from __future__ import annotations

from typing import Any

from sympy import S, Tuple

from .. import algebra as alg
from ..algebra import require_square, shape_of, vec
from ..algebra.nodes import CONSTRUCTORS
from ..maps import VecMap, compose, sandwich
from .table import Operator, Pairs, register


def length_of_vech(n: Any) -> Any:
    """n(n+1)/2."""
    return n * (n + 1) / 2


class Vech(alg.MatrixNode):
    """The columns of the lower triangle, stacked."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return (length_of_vech(shape_of(args[0])[0]), S.One)


class Duplication(alg.MatrixNode):
    """D_n, n²×n(n+1)/2, with D_n vech X = vec X for symmetric X: ``Duplication(Tuple(n))``."""

    rank = 0

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        n = args[0][0]
        return (n * n, length_of_vech(n))


class Elimination(alg.MatrixNode):
    """L_n, n(n+1)/2×n², with L_n vec X = vech X: ``Elimination(Tuple(n))``."""

    rank = 0

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        n = args[0][0]
        return (length_of_vech(n), n * n)


def vech(a: Any) -> Any:
    """vech A of a square matrix; a scalar is its own."""
    if alg.is_scalar(a):
        return a
    require_square(a, "vech")
    length = length_of_vech(a.shape[0])
    if alg.is_zero(a):
        return alg.zeros(length, 1)
    c, core = alg.split_coefficient(a)
    return alg.scale(c, Vech.make(core))


def duplication(n: Any) -> Any:
    return S.One if n == 1 else Duplication.make(Tuple(n))


def elimination(n: Any) -> Any:
    return S.One if n == 1 else Elimination.make(Tuple(n))


def _vech(node: Any) -> Pairs:
    """d vech A = L_n d vec A."""
    (a,) = node.args
    n = shape_of(a)[0]
    stacked = shape_of(vec(a))
    yield a, compose(sandwich(elimination(n), S.One, stacked), VecMap(shape_of(a), stacked))


register(
    Operator(
        Vech,
        "vech",
        "d vech A = L vec dA",
        _vech,
        "Magnus & Neudecker §3.8",
        linear=True,
        compute=lambda b, node, a: b.vech(a),
    )
)
CONSTRUCTORS[Vech] = vech
