"""Sums over samples, Σ_i f(x_i), in matrix form: X = [x_1 … x_N] holds the samples as its columns.

A part of the body that depends on the sample becomes one array over all samples: a scalar s_i a vector of length N, a
vector v_i the d×N matrix V of its columns, a function of it the same function of V, uᵢᵀvᵢ the column sums of U ⊙ V. So
Σ_i ‖y_i − Wx_i‖² is ‖Y − WX‖² and Σ_i s_i u_i v_iᵀ is U Diag(s) Vᵀ: what is differentiated, and computed, is matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import Any

from sympy import Rational, S
from sympy.matrices.expressions.special import OneMatrix

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
    replace,
    total,
    transpose,
)
from ..algebra.entrywise import SCALAR_FUNCTIONS, argument, is_function
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
from .low_rank import no_matrix_form, open_matrices
from .reductions import LogSoftmax, LogSumExp, RowLogSumExp, Softmax


class SampleSum(alg.MatrixNode):
    """Σ_i of a matrix, as it is written: ``SampleSum(body, Str('i'), N)``; not differentiated, nor computed.

    It is how a result is shown, and what a sum inside another is until that is summed.
    """

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

#: The index of a sum inside → its samples, as in :func:`sum_over_samples`, and its size.
Inside = Mapping[str, "tuple[Mapping[Any, Any], Any]"]
Rewriting = Callable[[Any], Any]


def sum_over_samples(body: Any, samples: Mapping[Any, Any], size: Any, inside: Inside = MappingProxyType({})) -> Any:
    """Σ_i body, in matrix form.

    ``samples`` maps x_i (n×1) to X (n×N), and a scalar y_i to the vector y (N×1); ``size`` is N. A sum Σ_j within the
    body that needs x_i stands in it as it was written (:class:`SampleSum`); ``inside`` says what it runs over. It is
    summed first where that leaves a matrix form, else all pairs (i, j) are laid out. Raises DerivationError where a
    part of the body has no matrix form.
    """
    forms = [partial(_summed_inside, inside=inside), _as_it_is]
    ways = [(form, opened) for form in forms for opened in (_as_it_is, partial(open_matrices, samples=samples))]

    def summed(form: Rewriting, opened: Rewriting) -> Any:
        whole = opened(form(body))
        return _Batch(whole, samples, size, inside).summed(whole)

    return _first(summed, ways)


def _as_it_is(body: Any) -> Any:
    return body


def sum_of_entries(a: Any) -> Any:
    """𝟏ᵀ(u ⊙ v) = uᵀv, 𝟏ᵀv^{⊙2} = ‖v‖², and the sum of the sums of columns."""
    c, core = alg.split_coefficient(a)
    if isinstance(core, MatProduct) and len(core.factors) == 2 and isinstance(core.factors[1], OneMatrix):
        turned, ones_ = core.factors
        if ones_.shape[1] == S.One:
            whole = turned.args[0] if isinstance(turned, Transpose) else turned
            return mul(c, core.coefficient, sum_of_entries(whole))
    if isinstance(core, Hadamard) and len(core.args) == 2:
        return mul(c, alg.frobenius(*core.args))
    if isinstance(core, HadamardPower) and core.args[1] == 2:
        return mul(c, alg.power(alg.norm(core.args[0]), core.args[1]))
    return total(a)


def _first(attempt: Callable[..., Any], ways: Sequence[tuple[Any, ...]]) -> Any:
    """The first attempt that is not refused; else the reason why the first one was."""
    try:
        return attempt(*ways[0])
    except DerivationError:
        for way in ways[1:]:
            with suppress(DerivationError):
                return attempt(*way)
        raise


def _summed_inside(body: Any, inside: Inside) -> Any:
    """The body with every Σ_j in it in matrix form, x_i held fixed."""
    sums = [node for node in postorder(body) if isinstance(node, (SampleSum, SampleSumScalar))]
    done: dict[Any, Any] = {}
    for node in sums:
        done[node] = sum_over_samples(replace(node.args[0], done), *inside[node.index], inside)
    return replace(body, done)


def _repeated(array: Any, times: Any, each: bool) -> Any:
    """X ⊗ 𝟏ᵀ has every x_i for all j, 𝟏ᵀ ⊗ Y all y_j for every i."""
    one = ones(times, 1) if array.shape[1] == 1 else ones(1, times)
    return alg.kron(array, one) if each else alg.kron(one, array)


class _Batch:
    """Every sample-dependent part of one body as an array over the samples."""

    def __init__(self, body: Any, samples: Mapping[Any, Any], size: Any, inside: Inside) -> None:
        self.samples, self.size, self.inside = samples, size, inside
        self.dependent = depends_on(body, samples)
        self.memo: dict[Any, Any] = dict(samples)
        sums = {node for node in postorder(body) if isinstance(node, (SampleSum, SampleSumScalar))}
        for node in postorder(body, skip=sums):  # what is inside a sum is looked at with its pairs
            if node in self.dependent and node not in self.memo and (is_scalar(node) or node.shape[1] == S.One):
                self.memo[node] = self.all_samples(node)

    # -------------------------------------------------------- sums
    def summed(self, node: Any) -> Any:
        """Σ_i node."""
        if node not in self.dependent:
            return mul(self.size, node)
        if isinstance(node, SampleSumScalar):
            return sum_of_entries(self.over_pairs(node, node.args[0])[0])
        if is_scalar(node) and node.is_Mul and any(isinstance(t, SampleSumScalar) for t in node.args):
            fixed = [t for t in node.args if t not in self.dependent]
            if len(fixed) == len(node.args) - 1:
                return mul(*fixed, *(self.summed(t) for t in node.args if t in self.dependent))
        if is_scalar(node):
            return sum_of_entries(self[node])
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
        raise no_matrix_form(node)

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
        raise no_matrix_form(node)

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

    def over_pairs(self, node: Any, body: Any) -> tuple[Any, Any]:
        """The values of a body inside Σ_j at all pairs, j running faster; and how many j there are."""
        samples, size = self.inside[node.index]
        pairs = {x: _repeated(a, size, each=True) for x, a in self.samples.items()}
        for y, a in samples.items():  # the rows of a matrix, one for each i, are its entries at all pairs
            pairs[y] = alg.vec(self.samples[a]) if a in self.samples else _repeated(a, self.size, each=False)

        def values(opened: Rewriting) -> Any:
            whole = opened(body)
            return _Batch(whole, pairs, self.size * size, self.inside)[whole]

        return _first(values, [(_as_it_is,), (partial(open_matrices, samples=pairs),)]), size

    def all_samples(self, node: Any) -> Any:
        if is_function(node, "log") and isinstance(argument(node), SampleSumScalar):
            exponential = argument(node).args[0]
            if is_function(exponential, "exp"):  # log Σ_j exp(z_ij), as one operator
                z, size = self.over_pairs(argument(node), argument(exponential))
                return RowLogSumExp.make(transpose(alg.unvec(z, size, self.size)))
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
        raise no_matrix_form(node)


# ---------------------------------------------------------------- one rule a node type
def _entrywise(batch: _Batch, node: Any) -> Any:
    return rebuild(node, [batch[x] if not is_scalar(x) or x in batch.dependent else x for x in operands(node)])


def _scalar_function(batch: _Batch, node: Any) -> Any:
    return elementwise(node.args[0], *(batch[x] if k == 0 else x for k, x in enumerate(node.args[1:])))


def _product(batch: _Batch, node: Any) -> Any:
    """c_i A B v_i, from the right."""
    factors = node.factors
    if any(f in batch.dependent for f in factors[:-1]):
        raise no_matrix_form(node)
    return mul(*factors[:-1], batch.weighted(factors[-1], node.coefficient))


def _frobenius(batch: _Batch, node: Any) -> Any:
    """uᵢᵀvᵢ = (U ⊙ V)ᵀ𝟏 over the entries; aᵀvᵢ = Vᵀa."""
    a, b = node.args
    if a.shape[1] != S.One:
        raise no_matrix_form(node)
    if a not in batch.dependent:
        return mul(transpose(batch[b]), a)
    if b not in batch.dependent:
        return mul(transpose(batch[a]), b)
    return _over_entries(hadamard(batch[a], batch[b]))


def _over_entries(a: Any) -> Any:
    """The sums of the columns, as a vector over the samples."""
    return mul(transpose(a), ones(a.shape[0], 1))


def _norm(batch: _Batch, node: Any) -> Any:
    v = batch[_vector(batch, node.args[0])]
    return hadamard_power(_over_entries(hadamard(v, v)), Rational(1, 2))


def _vector(batch: _Batch, a: Any) -> Any:
    if a.shape[1] != S.One:
        raise no_matrix_form(a)
    return a


def _inner_sum(batch: _Batch, node: Any) -> Any:
    """Σ_j of every i: the sums of the columns of a matrix of pairs, or of its blocks of columns."""
    values, size = batch.over_pairs(node, node.args[0])
    if is_scalar(node):
        return mul(transpose(alg.unvec(values, size, batch.size)), ones(size, 1))
    return mul(values, alg.kron(alg.identity(batch.size), ones(size, 1)))


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
    SampleSum: _inner_sum,
    SampleSumScalar: _inner_sum,
    Named: _named,
    NamedScalar: _named,
}
