"""Sums over samples, Σ_i f(x_i), in matrix form: X = [x_1 … x_N] holds the samples as its columns.

A part of the body that depends on the sample becomes one array over all samples: a scalar s_i a vector of length N, a
vector v_i the d×N matrix V of its columns, a function of it the same function of V, uᵢᵀvᵢ the column sums of U ⊙ V. So
Σ_i ‖y_i − Wx_i‖² is ‖Y − WX‖² and Σ_i s_i u_i v_iᵀ is U Diag(s) Vᵀ: what is differentiated, and computed, is matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Rational, S

from .. import algebra as alg
from ..algebra import (
    add,
    depends_on,
    diag_matrix,
    elementwise,
    hadamard,
    hadamard_power,
    is_scalar,
    mul,
    ones,
    operands,
    postorder,
    rebuild,
    total,
    transpose,
)
from ..algebra.entrywise import SCALAR_FUNCTIONS
from ..algebra.nodes import (
    Elementwise,
    ElementwiseScalar,
    EntrywiseMax,
    EntrywiseMin,
    Frobenius,
    Hadamard,
    HadamardPower,
    MatProduct,
    MatSum,
    Named,
    NamedScalar,
    Norm,
    Total,
    Transpose,
)
from ..errors import DerivationError
from .reductions import LogSoftmax, LogSumExp, RowLogSumExp, Softmax


class SampleSum(alg.MatrixNode):
    """Σ_i of a matrix, as it is written: ``SampleSum(body, Str('i'), N)``; not differentiated, nor computed."""

    rank = 7

    @property
    def index(self) -> str:
        return str(self.args[1])


class SampleSumScalar(alg.ScalarNode):
    """Σ_i of a number."""

    rank = 7

    @property
    def index(self) -> str:
        return str(self.args[1])


_NAMES = {cls: name for name, cls in SCALAR_FUNCTIONS.items()}


def sum_over_samples(body: Any, samples: Mapping[Any, Any], size: Any) -> Any:
    """Σ_i body, in matrix form.

    ``samples`` maps x_i (n×1) to X (n×N), and a scalar y_i to the vector y (N×1); ``size`` is N. Raises DerivationError
    where a part of the body has no such form.
    """
    return _Batch(body, samples, size).summed(body)


def sum_over_pairs(
    body: Any, outer: Mapping[Any, Any], outer_size: Any, inner: Mapping[Any, Any], inner_size: Any
) -> Any:
    """Σ_i Σ_j body, in matrix form: a sum over all pairs (i, j), for which the samples are repeated.

    X ⊗ 𝟏ᵀ has every x_i for all j, and 𝟏ᵀ ⊗ Y all y_j for every i.
    """
    pairs = {x: _repeated(a, inner_size, each=True) for x, a in outer.items()}
    pairs |= {y: _repeated(a, outer_size, each=False) for y, a in inner.items()}
    return sum_over_samples(body, pairs, outer_size * inner_size)


def _repeated(array: Any, times: Any, each: bool) -> Any:
    one = ones(times, 1) if array.shape[1] == 1 else ones(1, times)
    return alg.kron(array, one) if each else alg.kron(one, array)


class _Batch:
    """Every sample-dependent part of one body as an array over the samples."""

    def __init__(self, body: Any, samples: Mapping[Any, Any], size: Any) -> None:
        self.size = size
        self.dependent = depends_on(body, samples)
        self.memo: dict[Any, Any] = dict(samples)
        for node in postorder(body):
            if node in self.dependent and node not in self.memo and (is_scalar(node) or node.shape[1] == S.One):
                self.memo[node] = self.all_samples(node)

    # -------------------------------------------------------- sums
    def summed(self, node: Any) -> Any:
        """Σ_i node."""
        if node not in self.dependent:
            return mul(self.size, node)
        if is_scalar(node):
            return total(self[node])
        if node.shape[1] == S.One:
            return mul(self[node], ones(self.size, 1))
        if node.shape[0] == S.One:
            return transpose(self.summed(transpose(node)))
        if isinstance(node, MatSum):
            return add(*(self.summed(t) for t in node.args))
        if isinstance(node, Transpose):
            return transpose(self.summed(node.args[0]))
        if isinstance(node, MatProduct):
            return self._summed_product(node)
        raise self._refusal(node)

    def _summed_product(self, node: Any) -> Any:
        """Σ_i c_i u_i v_iᵀ = U Diag(c) Vᵀ; Σ_i c_i A = (Σ c_i) A."""
        c, factors = node.coefficient, node.factors
        if not any(f in self.dependent for f in factors):
            return mul(self.summed(c), *factors)
        cut = next((k for k in range(1, len(factors)) if factors[k].shape[0] == S.One), None)
        if cut is not None:
            u, v = mul(*factors[:cut]), transpose(mul(*factors[cut:]))
            return mul(self.weighted(self.noted(u), c), transpose(self[self.noted(v)]))
        inner = next(k for k, f in enumerate(factors) if f in self.dependent)
        left, right = factors[:inner], factors[inner + 1 :]
        if c not in self.dependent and not any(f in self.dependent for f in right):
            return mul(c, *left, self.summed(factors[inner]), *right)
        raise self._refusal(node)

    # -------------------------------------------------------- arrays over the samples
    def __getitem__(self, node: Any) -> Any:
        """The scalars as a vector of length N, the vectors as the columns of a matrix."""
        if node in self.memo:
            return self.memo[node]
        if node not in self.dependent:
            return mul(node, ones(self.size, 1)) if is_scalar(node) else mul(node, ones(1, self.size))
        self.memo[node] = found = self.all_samples(node)
        return found

    def noted(self, node: Any) -> Any:
        """A node made on the way, with what in it depends on the samples noted."""
        self.dependent |= depends_on(node, self.dependent)
        return node

    def weighted(self, u: Any, c: Any) -> Any:
        """The columns c_i u_i."""
        return mul(self[u], diag_matrix(self[c])) if c in self.dependent else mul(c, self[u])

    def all_samples(self, node: Any) -> Any:
        rule = RULES.get(type(node))
        if rule is not None:
            return rule(self, node)
        if type(node) in _NAMES:
            return elementwise(_NAMES[type(node)], self[node.args[0]])
        if is_scalar(node) and node.is_Add:
            return add(*(self[t] for t in node.args))
        if is_scalar(node) and node.is_Mul:
            constant = [t for t in node.args if t not in self.dependent]
            return mul(*constant, hadamard(*(self[t] for t in node.args if t in self.dependent)))
        if is_scalar(node) and node.is_Pow and node.args[1] not in self.dependent:
            return hadamard_power(self[node.args[0]], node.args[1])
        raise self._refusal(node)

    def _refusal(self, node: Any) -> DerivationError:
        return DerivationError(
            f"the sum over samples of {node} has no matrix form that is supported yet",
            hint="write the sum with matrices whose columns are the samples",
        )


# ---------------------------------------------------------------- one rule a node type
def _entrywise(batch: _Batch, node: Any) -> Any:
    return rebuild(node, [batch[x] if not is_scalar(x) or x in batch.dependent else x for x in operands(node)])


def _scalar_function(batch: _Batch, node: Any) -> Any:
    return elementwise(node.args[0], *(batch[x] if k == 0 else x for k, x in enumerate(node.args[1:])))


def _product(batch: _Batch, node: Any) -> Any:
    """c_i A B v_i, from the right."""
    factors = node.factors
    if any(f in batch.dependent for f in factors[:-1]):
        raise batch._refusal(node)
    return mul(*factors[:-1], batch.weighted(factors[-1], node.coefficient))


def _frobenius(batch: _Batch, node: Any) -> Any:
    """uᵢᵀvᵢ = (U ⊙ V)ᵀ𝟏 over the entries; aᵀvᵢ = Vᵀa."""
    a, b = node.args
    if a.shape[1] != S.One:
        for fixed, outer in ((a, b), (b, a)):  # A : u_i v_iᵀ = u_iᵀ A v_i
            cut = _cut(outer)
            if fixed not in batch.dependent and cut is not None:
                c, u, v = cut
                return batch[batch.noted(mul(c, transpose(u), fixed, v))]
        raise batch._refusal(node)
    if a not in batch.dependent:
        return mul(transpose(batch[b]), a)
    if b not in batch.dependent:
        return mul(transpose(batch[a]), b)
    return _over_entries(hadamard(batch[a], batch[b]))


def _cut(a: Any) -> tuple[Any, Any, Any] | None:
    """c, u, v with a = c u vᵀ, else None."""
    if not isinstance(a, MatProduct):
        return None
    factors = a.factors
    at = next((k for k in range(1, len(factors)) if factors[k].shape[0] == S.One), None)
    return None if at is None else (a.coefficient, mul(*factors[:at]), transpose(mul(*factors[at:])))


def _over_entries(a: Any) -> Any:
    """The sums of the columns, as a vector over the samples."""
    return mul(transpose(a), ones(a.shape[0], 1))


def _norm(batch: _Batch, node: Any) -> Any:
    v = batch[_vector(batch, node.args[0])]
    return hadamard_power(_over_entries(hadamard(v, v)), Rational(1, 2))


def _vector(batch: _Batch, a: Any) -> Any:
    if a.shape[1] != S.One:
        raise batch._refusal(a)
    return a


def _named(batch: _Batch, node: Any) -> Any:
    return alg.named(node.name, batch[node.definition])


RULES: dict[type, Callable[[_Batch, Any], Any]] = {
    MatSum: lambda batch, node: add(*(batch[t] for t in node.args)),
    MatProduct: _product,
    Hadamard: _entrywise,
    HadamardPower: _entrywise,
    Elementwise: _entrywise,
    EntrywiseMax: _entrywise,
    EntrywiseMin: _entrywise,
    ElementwiseScalar: _scalar_function,
    Frobenius: _frobenius,
    Norm: _norm,
    Total: lambda batch, node: _over_entries(batch[_vector(batch, node.args[0])]),
    LogSumExp: lambda batch, node: RowLogSumExp.make(transpose(batch[node.args[0]])),
    Softmax: lambda batch, node: transpose(Softmax.make(transpose(batch[node.args[0]]))),
    LogSoftmax: lambda batch, node: transpose(LogSoftmax.make(transpose(batch[node.args[0]]))),
    Named: _named,
    NamedScalar: _named,
}
