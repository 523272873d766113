"""Norms, extremes, log-sum-exp, softmax: what gathers many entries into one or weighs them against each other."""

from __future__ import annotations

from typing import Any

from sympy import S

from .. import algebra as alg
from ..algebra import (
    add,
    elementwise,
    hadamard,
    hadamard_power,
    identity,
    mul,
    neg,
    ones,
    shape_of,
    subtract,
    transpose,
)
from ..algebra.entrywise import LOG_RULES, argument, is_function
from ..algebra.nodes import CONSTRUCTORS, Frobenius, MatProduct, Total, UnitVector
from ..errors import DerivationError
from ..maps import IdentityMap, LinearMap, compose, frobenius_with, hadamard_with, outer, sandwich, scaling, sum_maps
from .table import Operator, Pairs, function, register


# ---------------------------------------------------------------- extremes
class MaxEntry(alg.ScalarNode):
    """The largest entry."""

    rank = 4


class ArgMax(alg.MatrixNode):
    """The indicator of the largest entry: 1 there, 0 elsewhere."""

    rank = 3


def _max_entry(node: Any) -> Pairs:
    (x,) = node.args
    yield x, frobenius_with(ArgMax.make(x), shape_of(x))


register(
    Operator(
        MaxEntry, "largest entry", "d max A = e(A) : dA, e(A) the indicator of the largest entry",
        _max_entry, "Clarke 1983 §2.3",
        lambda node: ("a unique largest entry of {}", node.args[0]),
        kink=lambda node: "at a tie ∂ is the convex hull of the e; the code takes the first",
        compute=lambda b, node, a: b.max(a),
    )
)  # fmt: skip


def _piecewise_constant(node: Any) -> Pairs:
    x = node.args[0]
    yield x, hadamard_with(alg.zero_like(node), shape_of(x))


register(
    Operator(
        ArgMax, "piecewise constant", "d e(A) = 0 away from ties", _piecewise_constant, "Clarke 1983 §2.3",
        compute=lambda b, node, a: b.argmax(a),
    )
)  # fmt: skip


def largest(a: Any, *more: Any) -> Any:
    """max of all entries; of two arguments, entry by entry."""
    if more:
        return extreme("max", a, *more)
    return a if alg.is_scalar(a) else MaxEntry.make(a)


def smallest(a: Any, *more: Any) -> Any:
    if more:
        return extreme("min", a, *more)
    return a if alg.is_scalar(a) else -MaxEntry.make(neg(a))


def extreme(which: str, a: Any, b: Any) -> Any:
    """max(a, b) or min(a, b) entry by entry; against zero it is relu."""
    if which == "min" and (alg.is_zero(a) or alg.is_zero(b) or (alg.is_scalar(a) and alg.is_scalar(b))):
        return neg(extreme("max", neg(a), neg(b)))
    shape = shape_of(b) if alg.is_scalar(a) else shape_of(a)
    a, b = (mul(c, ones(*shape)) if alg.is_scalar(c) and shape else c for c in (a, b))
    if alg.is_zero(a):
        return elementwise("relu", b)
    if alg.is_zero(b):
        return elementwise("relu", a)
    if not shape:
        return add(b, elementwise("relu", subtract(a, b)))
    return alg.entrywise_max(a, b) if which == "max" else alg.entrywise_min(a, b)


# ---------------------------------------------------------------- norms
def norm_1(a: Any) -> Any:
    """Σ |a_ij|."""
    return alg.total(elementwise("abs", a))


def norm_inf(a: Any) -> Any:
    """max |a_ij|."""
    return largest(elementwise("abs", a))


def norm_p(a: Any, p: Any) -> Any:
    """(Σ |a_ij|^p)^{1/p}."""
    if p == 2:
        return alg.norm(a)
    if p == 1:
        return norm_1(a)
    if p.is_number and not p.is_positive:
        raise DerivationError("‖·‖_p needs p > 0")
    return alg.power(alg.total(hadamard_power(elementwise("abs", a), p)), 1 / p)


# ---------------------------------------------------------------- log-sum-exp and softmax
class LogSumExp(alg.ScalarNode):
    """log Σ exp(x_ij), over all entries."""

    rank = 4


class RowLogSumExp(alg.MatrixNode):
    """log(exp(Z) 𝟏): log-sum-exp of every row, as a vector."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return (args[0].shape[0], S.One)


class Softmax(alg.MatrixNode):
    """exp(z)/Σ exp(z) of a vector; of every row of a matrix."""

    rank = 3


class LogSoftmax(alg.MatrixNode):
    """log softmax(z), without overflow."""

    rank = 3


def lse(a: Any) -> Any:
    return a if alg.is_scalar(a) else LogSumExp.make(transpose(a) if a.shape[0] == S.One else a)


def softmax(a: Any) -> Any:
    """softmax of a vector or row; of every row of a matrix."""
    if alg.is_scalar(a):
        return S.One
    return transpose(Softmax.make(transpose(a))) if a.shape[0] == S.One else Softmax.make(a)


def logsoftmax(a: Any) -> Any:
    if alg.is_scalar(a):
        return S.Zero
    return transpose(LogSoftmax.make(transpose(a))) if a.shape[0] == S.One else LogSoftmax.make(a)


def _lse(node: Any) -> Pairs:
    (z,) = node.args
    weights = Softmax.make(z) if z.shape[1] == S.One else elementwise("exp", subtract(z, mul(node, ones(*z.shape))))
    yield z, frobenius_with(weights, shape_of(z))


def _row_lse(node: Any) -> Pairs:
    """d log(exp(Z)𝟏) = (softmax(Z) ⊙ dZ) 𝟏."""
    (z,) = node.args
    shape = shape_of(z)
    yield z, compose(sandwich(identity(shape[0]), ones(shape[1], 1), shape), hadamard_with(Softmax.make(z), shape))


def _weighted_mean(p: Any) -> LinearMap:
    """dz ↦ 𝟏 (pᵀdz); of every row of a matrix, dZ ↦ (P ⊙ dZ) 𝟏𝟏ᵀ."""
    shape = shape_of(p)
    if shape[1] == S.One:
        return compose(outer(ones(*shape)), frobenius_with(p, shape))
    rows = sandwich(identity(shape[0]), ones(shape[1], shape[1]), shape)
    return compose(rows, hadamard_with(p, shape))


def _softmax(node: Any) -> Pairs:
    """dp = p ⊙ (dz − 𝟏 pᵀdz)."""
    (z,) = node.args
    shape = shape_of(z)
    times_p = hadamard_with(node, shape)
    yield z, sum_maps([times_p, compose(scaling(S.NegativeOne, shape), times_p, _weighted_mean(node))], shape, shape)


def _logsoftmax(node: Any) -> Pairs:
    """d log p = dz − 𝟏 pᵀdz."""
    (z,) = node.args
    shape = shape_of(z)
    mean = compose(scaling(S.NegativeOne, shape), _weighted_mean(Softmax.make(z)))
    yield z, sum_maps([IdentityMap(shape, shape), mean], shape, shape)


BISHOP = "Bishop 2006 §4.3.4"
register(
    Operator(
        LogSumExp, "log-sum-exp", "d lse(a) = softmax(a) : da", _lse, "Boyd & Vandenberghe §3.1.5",
        compute=lambda b, node, z: b.logsumexp(z),
    )
)  # fmt: skip
register(
    Operator(
        RowLogSumExp, "log-sum-exp of the rows", "d lse(A) = (softmax(A) ⊙ dA) 𝟏", _row_lse, BISHOP,
        compute=lambda b, node, z: b.logsumexp(z, axis=1),
    )
)  # fmt: skip
register(
    Operator(
        Softmax, "softmax", "dp = p ⊙ (da − 𝟏 pᵀda), p = softmax(a)", _softmax, BISHOP,
        compute=lambda b, node, z: b.softmax(z),
    )
)  # fmt: skip
register(
    Operator(
        LogSoftmax, "log softmax", "d log p = da − 𝟏 pᵀda, p = softmax(a)", _logsoftmax, BISHOP,
        compute=lambda b, node, z: b.logsoftmax(z),
    )
)  # fmt: skip


def _log_of_sum_of_exponentials(a: Any) -> Any:
    """log Σ exp(x) = lse(x); log(exp(Z) 𝟏) = lse of the rows; log softmax(z) without overflow. None otherwise."""
    if isinstance(a, Total) and is_function(a.args[0], "exp"):
        return lse(argument(a.args[0]))
    if (
        isinstance(a, MatProduct)
        and len(a.factors) == len(a.args) == 2
        and is_function(a.args[0], "exp")
        and a.args[1] == ones(a.args[1].shape[0], 1)
    ):
        return RowLogSumExp.make(argument(a.args[0]))
    if isinstance(a, Softmax):
        return LogSoftmax.make(a.args[0])
    return None


def _log_of_an_entry(a: Any) -> Any:
    """log(e_kᵀ b) = e_kᵀ log b where log b has a name of its own: log p_k = z_k − lse(z) for p = softmax(z)."""
    if isinstance(a, Frobenius):
        for unit, b in (a.args, a.args[::-1]):
            if isinstance(unit, UnitVector) and not is_function(found := elementwise("log", b), "log"):
                return alg.frobenius(unit, found)
    return None


LOG_RULES.extend([_log_of_sum_of_exponentials, _log_of_an_entry])
for _cls, _build in ((MaxEntry, largest), (LogSumExp, lse), (Softmax, softmax), (LogSoftmax, logsoftmax)):
    CONSTRUCTORS[_cls] = _build


def entropy(p: Any) -> Any:
    """−Σ p log p."""
    return neg(alg.total(hadamard(p, elementwise("log", p))))


function("max", "S -> () | S, S -> S", largest, "largest entry; larger of two, entry by entry")
function("min", "S -> () | S, S -> S", smallest, "smallest entry; smaller of two, entry by entry")
function("norm1", "S -> ()", norm_1, "sum of absolute entries")
function("norm2", "S -> ()", alg.norm, "Euclidean or Frobenius norm")
function(
    "norm", "(n,) -> ()", alg.norm, "Euclidean norm of a vector",
    instead="of a matrix write norm2(A) or ‖A‖_F, ‖A‖₂",
)  # fmt: skip
function("lse", "S -> ()", lse, "log of the sum of exponentials", ("logsumexp",))
function("softmax", "(n,) -> (n,) | (m, n) -> (m, n)", softmax, "softmax of a vector; of each row of a matrix")
function("logsoftmax", "(n,) -> (n,) | (m, n) -> (m, n)", logsoftmax, "logarithm of softmax")
function("entropy", "S -> ()", entropy, "−Σ p log p")
