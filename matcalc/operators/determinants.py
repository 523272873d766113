"""Inverse, determinant, log determinant, adjugate."""

from __future__ import annotations

from typing import Any

from sympy import Add, Mul, S

from .. import algebra as alg
from ..algebra import inverse, mul, require_square, shape_of, split_coefficient, transpose
from ..algebra.entrywise import LOG_RULES, argument, is_function
from ..algebra.nodes import CONSTRUCTORS, Inverse, Kronecker, MatPower, Transpose
from ..maps import frobenius_with, sandwich
from .table import Operator, Pairs, function, register


# ---------------------------------------------------------------- inverse
def _inverse(node: Any) -> Pairs:
    (x,) = node.args
    yield x, sandwich(mul(-1, node), node, node.shape)


register(
    Operator(
        Inverse, "inverse", "d(A⁻¹) = −A⁻¹ dA A⁻¹", _inverse,
        "Magnus & Neudecker §8.4; Matrix Cookbook (40); Giles 2008 §2.2.3",
        lambda node: ("{} invertible", node.args[0]), needs="A invertible",
    )
)  # fmt: skip
function("inv", "(n, n) -> (n, n)", inverse, "matrix inverse")


# ---------------------------------------------------------------- determinants
class Det(alg.ScalarNode):
    """det X of a square matrix."""

    rank = 4

    def __new__(cls, a: Any) -> Any:
        return det(a)


class LogDet(alg.ScalarNode):
    """log |det X|, the logarithm of the determinant where that is positive."""

    rank = 4

    def __new__(cls, a: Any) -> Any:
        return logdet(a)


def det(a: Any) -> Any:
    """det A."""
    if alg.is_scalar(a):
        return a
    require_square(a, "a determinant")
    if isinstance(a, Transpose):
        return det(a.args[0])
    if alg.is_zero(a):
        return S.Zero
    if a == alg.identity(a.shape[0]):
        return S.One
    if isinstance(a, MatPower):
        return det(a.args[0]) ** a.args[1]
    if isinstance(a, Kronecker) and _of_squares(a):  # det(A ⊗ B) = det(A)^q det(B)^p, A p×p, B q×q
        return Mul(*(det(m) ** (a.shape[0] / m.shape[0]) for m in a.args))
    c, core = split_coefficient(a)
    if c != 1 and a.shape[0].is_Integer:
        return Mul(c ** a.shape[0], det(core))
    return Det.make(a)


def logdet(a: Any) -> Any:
    """log det A."""
    if alg.is_scalar(a):
        return alg.elementwise("log", a)
    require_square(a, "a log determinant")
    if isinstance(a, Transpose):
        return logdet(a.args[0])
    if a == alg.identity(a.shape[0]):
        return S.Zero
    if isinstance(a, Inverse):
        return -logdet(a.args[0])
    if isinstance(a, MatPower):
        return a.args[1] * logdet(a.args[0])
    if isinstance(a, Kronecker) and _of_squares(a):
        return Add(*(a.shape[0] / m.shape[0] * logdet(m) for m in a.args))
    return LogDet.make(a)


def _of_squares(a: Any) -> bool:
    """Is every factor square?"""
    return all(m.shape[0] == m.shape[1] for m in a.args)


def adjugate(a: Any) -> Any:
    """adj A = det(A) A⁻¹, for an invertible A; the derivative of det at any A is adj(A)ᵀ."""
    return mul(det(a), inverse(a))


def _det(node: Any) -> Pairs:
    (x,) = node.args
    yield x, frobenius_with(mul(node, transpose(inverse(x))), shape_of(x))


def _logdet(node: Any) -> Pairs:
    (x,) = node.args
    yield x, frobenius_with(transpose(inverse(x)), shape_of(x))


register(
    Operator(
        Det, "Jacobi's formula", "d det A = det(A) A⁻ᵀ : dA", _det, "Magnus & Neudecker §8.3; Matrix Cookbook (46)",
        lambda node: ("{} invertible", node.args[0]), needs="A invertible", compute=lambda b, node, a: b.det(a),
        kink=lambda node: "also at a singular A: d det A = adj(A)ᵀ : dA; the code needs A invertible",
    )
)  # fmt: skip
register(
    Operator(
        LogDet, "log determinant", "d log det A = A⁻ᵀ : dA", _logdet, "Magnus & Neudecker §8.3; Matrix Cookbook (57)",
        lambda node: ("det {} > 0", node.args[0]), needs="det A > 0", compute=lambda b, node, a: b.logdet(a),
    )
)  # fmt: skip
CONSTRUCTORS[Det], CONSTRUCTORS[LogDet] = det, logdet


def _log_of_determinant(a: Any) -> Any:
    """log det A and log |det A| are LogDet; None otherwise."""
    inner = argument(a) if is_function(a, "abs") else a
    return logdet(inner.args[0]) if isinstance(inner, Det) else None


LOG_RULES.append(_log_of_determinant)

function("det", "(n, n) -> ()", det, "determinant")
function("logdet", "(n, n) -> ()", logdet, "log determinant")
function("adj", "(n, n) -> (n, n)", adjugate, "adjugate, det(A) A⁻¹")
