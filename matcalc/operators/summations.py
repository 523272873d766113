"""Σ_i of a body that has no matrix form, over samples that may be matrices: differentiated under the sum.

A sample is a node of its own: ``Sample(X, i)`` is the i-th of the samples that are the columns of X, for matrices the
columns vec X_i. The body is a formula in samples and in variables; with dB_i = L_i(dW) for a variable W the
differential is d Σ_i B_i = (Σ_i L_i)(dW), whose adjoint is Σ_i L_i*, since the cotangent is the same for all i.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from sympy import S, Tuple
from sympy.core.symbol import Str

from .. import algebra as alg
from ..algebra import add, depends_on, identity, is_scalar, mul, operands, postorder, shape_of, transpose
from ..algebra.nodes import CONSTRUCTORS, MatProduct, MatSum, is_differential, is_symbol
from ..errors import DerivationError
from ..maps import (
    IdentityMap,
    LinearMap,
    MatrixMap,
    UnvecMap,
    ZeroMap,
    compose,
    frobenius_with,
    sandwich,
    sum_maps,
)
from .sums import Inside, SampleSum, SampleSumScalar
from .table import Operator, Pairs, operator_of, register


class _Indexed:
    """A node with an index: its second argument."""

    args: tuple[Any, ...]

    def __new__(cls, *args: Any) -> Any:
        return CONSTRUCTORS[cls](*args)

    @property
    def index(self) -> str:
        return str(self.args[1].name)


class Sample(_Indexed, alg.MatrixNode):
    """X_i, the i-th sample: ``Sample(X, Str('i'), Tuple(rows, columns))``; X holds vec X_i as its columns."""

    rank = 1

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return tuple(args[2])


class SampleNumber(_Indexed, alg.ScalarNode):
    """y_i, the i-th of the numbers that are the vector y: ``SampleNumber(y, Str('i'))``."""

    rank = 1


class _Summed(_Indexed):
    """A sum: its body has another value for every sample."""

    rank = 7
    binds = True

    @cached_property
    def variables(self) -> tuple[Any, ...]:
        """The variables of the body, the arrays of samples among them."""
        return tuple(x for x in postorder(self.args[0]) if is_symbol(x) or is_differential(x))


class Summation(_Summed, alg.MatrixNode):
    """Σ_i of a matrix: ``Summation(body, Str('i'), N)``."""

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return shape_of(args[0])


class SummationScalar(_Summed, alg.ScalarNode):
    """Σ_i of a number."""


class Stacked(_Summed, alg.MatrixNode):
    """[B_i]_i, the matrix with the columns vec B_i; the vector of numbers b_i: ``Stacked(body, Str('i'), N)``."""

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return _shape_of_all(shape_of(args[0]), args[2])


SUMMATIONS = (Summation, SummationScalar, Stacked)


def _shape_of_all(shape: Any, size: Any) -> Any:
    return (shape[0] * shape[1], size) if shape else (size, S.One)


# ---------------------------------------------------------------- constructors
def varying(root: Any, index: str) -> set[Any]:
    """The nodes below whose value is another one for every i; what is inside a sum over the same letter is not."""
    found: set[Any] = set()
    for node in postorder(root):
        own = isinstance(node, (Sample, SampleNumber)) and node.index == index
        closed = isinstance(node, SUMMATIONS) and node.index == index
        if own or (not closed and any(x in found for x in operands(node))):
            found.add(node)
    return found


def unbound(*roots: Any) -> dict[Any, tuple[str, ...]]:
    """The nodes below with samples that no sum below them binds → the indices of these samples."""
    found: dict[Any, tuple[str, ...]] = {}
    for node in postorder(*roots):
        inside = dict.fromkeys(index for x in operands(node) for index in found.get(x, ()))
        if isinstance(node, (Sample, SampleNumber)):
            inside = {node.index: None}
        elif isinstance(node, SUMMATIONS):
            inside.pop(node.index, None)
        if inside:
            found[node] = tuple(inside)
    return found


def summation(body: Any, index: Any, size: Any) -> Any:
    """Σ_i body, with what is the same for every i outside: c Σ_i A X_i = c A Σ_i X_i, Σ_i A = N A."""
    moving = varying(body, str(index.name))
    if body not in moving:
        return mul(size, body)
    terms = body.args if isinstance(body, MatSum) or (is_scalar(body) and body.is_Add) else (body,)
    if fixed := [t for t in terms if t not in moving]:
        return add(mul(size, add(*fixed)), summation(add(*(t for t in terms if t in moving)), index, size))
    c, core = (body, S.One) if is_scalar(body) else alg.split_coefficient(body)
    scalars = c.args if c.is_Mul else (c,)
    fixed = [f for f in scalars if f not in moving and f != 1]
    factors = core.factors if isinstance(core, MatProduct) else (core,)
    inside = [k for k, f in enumerate(factors) if f in moving]
    first, last = (inside[0], inside[-1] + 1) if inside else (0, len(factors))
    if fixed or len(factors) > last - first:
        inner = mul(*(f for f in scalars if f in moving), *factors[first:last])
        return mul(*fixed, *factors[:first], summation(inner, index, size), *factors[last:])
    return (SummationScalar if is_scalar(body) else Summation).make(body, index, size)


def stacked(body: Any, index: Any, size: Any) -> Any:
    """[B_i]_i."""
    shape = _shape_of_all(shape_of(body), size)
    if alg.is_zero(body) or body == 0:
        return alg.zeros(*shape)
    moving = varying(body, str(index.name))
    if body not in moving:
        return mul(body, alg.ones(size, 1)) if is_scalar(body) else mul(alg.vec(body), alg.ones(1, size))
    c = body if is_scalar(body) else alg.split_coefficient(body)[0]
    fixed = mul(*(f for f in (c.args if c.is_Mul else (c,)) if f not in moving))
    if fixed != 1:
        return mul(fixed, stacked(mul(1 / fixed, body), index, size))
    return Stacked.make(body, index, size)


def sample(array: Any, index: Any, shape: Any) -> Any:
    """The i-th sample of an array, linear in it."""
    c, core = alg.split_coefficient(array)
    if alg.is_zero(core):
        return alg.zeros(*shape) if shape else S.Zero
    if isinstance(core, MatSum):
        return mul(c, add(*(sample(t, index, shape) for t in core.args)))
    if isinstance(core, Stacked) and core.args[1] == index:
        return mul(c, core.args[0])
    return mul(c, Sample.make(core, index, Tuple(*shape)) if shape else SampleNumber.make(core, index))


def summed_over(body: Any, index: str, samples: Mapping[Any, Any], size: Any, inside: Inside) -> Any:
    """Σ_i of a body in symbols: ``samples`` maps x_i to the array of all; ``inside`` does for the sums in the body."""
    table = {x: _of_array(x, array, index) for x, array in samples.items()}
    for inner, (others, _) in inside.items():
        table |= {x: _of_array(x, array, inner) for x, array in others.items()}
    memo: dict[Any, Any] = dict(table)
    for node in postorder(body, skip=memo):
        new = alg.core.rebuild(node, [memo[x] for x in operands(node)]) if operands(node) else node
        if isinstance(node, (SampleSum, SampleSumScalar)):
            new = summation(memo[node.args[0]], Str(node.index), node.args[2])
        memo[node] = new
    return summation(memo[body], Str(index), size)


def _of_array(symbol: Any, array: Any, index: str) -> Any:
    if not is_symbol(array):
        raise DerivationError(f"sums over the entries of {array} have no form over samples")
    return sample(array, Str(index), shape_of(symbol))


# ---------------------------------------------------------------- differentials
@dataclass(frozen=True)
class OverSamples(MatrixMap):
    """dW ↦ Σ_i L_i(dW); where it ``takes`` samples, of the i-th one, and where it ``gives`` samples, not summed."""

    inner: LinearMap
    index: Any
    size: Any
    takes: bool = False
    gives: bool = False

    identity: ClassVar[str] = "A : Σ_i L_i(B) = Σ_i L_i*(A) : B"
    rule: ClassVar[str] = "adjoint of a sum"

    def apply(self, d: Any) -> Any:
        one = self.inner.apply(sample(d, self.index, self.inner.domain) if self.takes else d)
        return (stacked if self.gives else summation)(one, self.index, self.size)

    def adjoint(self) -> LinearMap:
        return OverSamples(
            self.codomain, self.domain, self.inner.adjoint(), self.index, self.size, self.gives, self.takes
        )

    def matrix(self) -> Any:
        """Σ_i e_i e_iᵀ ⊗ J_i, with e_i where samples are given, e_iᵀ where they are taken."""
        unit = sample(identity(self.size), self.index, (self.size, S.One))
        place = mul(unit if self.gives else S.One, transpose(unit) if self.takes else S.One)
        j = self.inner.matrix()
        product = mul(place, j) if is_scalar(place) or is_scalar(j) else alg.kron(place, j)
        return summation(product, self.index, self.size)

    def rewritten(self, change: Any) -> LinearMap:
        return replace(self, inner=self.inner.rewritten(change), size=change(self.size))


def _over_samples(node: Any) -> Pairs:
    """By the variables of the body, and by the arrays of samples in it."""
    body, index, size = node.args
    gives, samples = isinstance(node, Stacked), _samples(body, str(index.name))
    arrays = {x.args[0] for x in samples}
    for x in [*(v for v in node.variables if v not in arrays), *samples]:
        inner = _map_by(body, x)
        if not isinstance(inner, ZeroMap):
            array = x.args[0] if x in samples else x
            yield array, OverSamples(shape_of(array), shape_of(node), inner, index, size, x in samples, gives)


def _samples(body: Any, index: str) -> list[Any]:
    return [x for x in postorder(body) if isinstance(x, (Sample, SampleNumber)) and x.index == index]


def _map_by(body: Any, x: Any) -> LinearMap:
    """dX ↦ d body, from the variable upwards."""
    hit, shape = depends_on(body, [x]), shape_of(x)
    maps: dict[Any, LinearMap] = {x: IdentityMap(shape, shape)}
    for node in postorder(body):
        if node in hit and node not in maps:
            terms = [compose(one, maps[y]) for y, one in operator_of(node).differential(node) if y in hit]
            maps[node] = sum_maps(terms, shape, shape_of(node))
    return maps.get(body, ZeroMap(shape, shape_of(body)))


def _sample(node: Any) -> Pairs:
    """X_i = unvec(X e_i), y_i = e_iᵀ y."""
    array, shape = node.args[0], shape_of(node)
    rows, size = shape_of(array)
    if not shape:
        yield array, frobenius_with(sample(identity(rows), node.args[1], (rows, S.One)), shape_of(array))
    else:
        column = sandwich(S.One, sample(identity(size), node.args[1], (size, S.One)), shape_of(array))
        yield array, column if shape[1] == S.One else compose(UnvecMap((rows, S.One), shape), column)


def _assumes(node: Any) -> tuple[Any, ...]:
    """What the operators in the body need, where there is something to differentiate by."""
    free = depends_on(node.args[0], [*node.variables, *_samples(node.args[0], node.index)])
    found: dict[tuple[Any, ...], None] = {}
    for one in postorder(node.args[0]):
        if one in free and not is_symbol(one) and not isinstance(one, (Sample, SampleNumber)):
            found[tuple(operator_of(one).assumes(one))] = None
    said = [one for one in found if one]
    return (", ".join(one[0] for one in said), *(x for one in said for x in one[1:])) if said else ()


for _node, _formula in ((Summation, "d Σ_i A_i = Σ_i dA_i"), (SummationScalar, "d Σ_i A_i = Σ_i dA_i"), (Stacked, "")):
    register(Operator(_node, "sum over samples", _formula, _over_samples, "linearity", _assumes))
for _node in (Sample, SampleNumber):
    register(Operator(_node, "sample", "", _sample, ""))
CONSTRUCTORS.update({
    Summation: summation, SummationScalar: summation, Stacked: stacked,
    Sample: lambda array, index, shape: sample(array, index, tuple(shape)),
    SampleNumber: lambda array, index: sample(array, index, ()),
})  # fmt: skip
