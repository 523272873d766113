"""How sums, products, scalars and what acts entry by entry are computed: one row for every node type."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import sympy
from sympy import Add, Identity, Mul, Pow, Rational, S, Symbol
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from ..algebra import nodes
from ..algebra.construct import add, in_order, is_negative, is_symmetric, split_coefficient, transpose
from ..algebra.core import is_scalar, shape_of
from ..algebra.entrywise import SCALAR_FUNCTIONS, AbstractFunction, argument, function_name, is_function
from ..algebra.nodes import is_dimension
from ..errors import CompileError
from .factors import (
    ONE,
    ConstantFactor,
    Dense,
    DiagonalFactor,
    Factor,
    IdentityFactor,
    InverseFactor,
    OnesFactor,
    Repeated,
    SpectralFactor,
    array_shape,
)
from .functions import apply_function
from .lowering import Lowered, Lowering, Rule, lowers
from .products import chain, cost_of, diagonal, inner, trace_of
from .program import Callee, Value

HALF = Rational(1, 2)
#: A sum inside a product is opened where that takes at most this part of the work.
MUCH_LESS = 0.6
#: With fast_math, sums inside products are multiplied out up to this many terms.
MOST_TERMS = 16


# ---------------------------------------------------------------- leaves
@lowers(MatrixSymbol, nodes.Differential, nodes.DifferentialScalar)
def _variable(lo: Lowering, node: Any) -> Lowered:
    return lo.input(node)


@lowers(Symbol)
def _scalar_variable(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.size(node) if is_dimension(node) and lo.given(node) is None else lo.input(node)


@lowers(Identity)
def _identity(lo: Lowering, node: Any) -> Lowered:
    return IdentityFactor(lo.builder, node.shape)


@lowers(OneMatrix)
def _ones(lo: Lowering, node: Any) -> Lowered:
    return OnesFactor(lo.builder, node.shape)


@lowers(ZeroMatrix)
def _zeros(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.zeros(array_shape(node.shape))


@lowers(nodes.Named, nodes.NamedScalar)
def _named(lo: Lowering, node: Any) -> Lowered:
    found = lo.lowered(node.args[1])
    if isinstance(found, (Value, Dense)):
        lo.builder.name(found if isinstance(found, Value) else found.value, node.name)
    return found


# ---------------------------------------------------------------- sums
@lowers(Add)
def _scalar_sum(lo: Lowering, node: Any) -> Lowered:
    signed = [(S.NegativeOne, -t) if is_negative(t) else (S.One, t) for t in in_order(node.args)]
    return lo.add_up(signed, lo.value, ())


@lowers(nodes.MatSum)
def _sum(lo: Lowering, node: Any) -> Lowered:
    terms = [split_coefficient(t) for t in node.args]
    found = [lo.factor(core) for _, core in terms]
    if all(isinstance(f, (DiagonalFactor, IdentityFactor)) for f in found):
        entries = lo.add_up(terms, lambda core: diagonal(lo.factor(core)), node.shape[:1])
        return DiagonalFactor(lo.builder, node.shape, entries)
    return lo.add_up(terms, lo.thin, array_shape(node.shape))


# ---------------------------------------------------------------- products
@lowers(Mul)
def _scalar_product(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    for factor in node.args:  # x log x is 0 at 0
        if is_function(factor, "log") and argument(factor) in node.args:
            rest = Mul(*(f for f in node.args if f != factor and f != argument(factor)))
            x = lo.value(argument(factor))
            return lo.scale(rest, b.xlogy(x, x))
    above, below = lo.quotient(node)
    return b.divide(above, below)


@lowers(nodes.MatProduct)
def _product(lo: Lowering, node: Any) -> Lowered:
    c, b = node.coefficient, lo.builder
    opened = _multiplied_out(lo, node.factors) if b.fast_math else _opened(lo, node.factors)
    if opened is not None:
        return lo.scale(c, opened)
    found = chain(_with_sums(lo, node.factors))
    if c == 1:
        return found
    if isinstance(found, (DiagonalFactor, IdentityFactor)):
        return DiagonalFactor(b, node.shape, b.broadcast(lo.scale(c, diagonal(found)), node.shape[:1]))
    if isinstance(found, Repeated):
        return Repeated(b, node.shape, lo.scale(c, found.vector), found.as_column)
    if isinstance(found, OnesFactor):
        return ConstantFactor(b, node.shape, lo.value(c))
    return lo.scale(c, found.dense())


def _opened(lo: Lowering, factors: Sequence[Any]) -> Value | None:
    """A(B + C)D as ABD + ACD, where that costs much less and no digits; None elsewhere.

    A sum of terms of one sign, or with a diagonal or an outer product in it, loses nothing by it; a residual Ax − b
    may, and is kept together unless ``fast_math`` is asked for.
    """
    at = next((k for k, f in enumerate(factors) if isinstance(f, nodes.MatSum)), None)
    if at is None or "open" in lo.builder.without:
        return None
    terms = [split_coefficient(t) for t in factors[at].args]
    parts = [lo.factors(core) for _, core in terms]
    signs = {bool(c.as_coeff_Mul()[0].is_negative) for c, _ in terms}
    if len(signs) > 1 and not any(_is_structured(part) for part in parts):
        return None
    before, after = ([lo.factor(f) for f in side] for side in (factors[:at], factors[at + 1 :]))
    together = sum(map(cost_of, parts)) + cost_of([*before, lo.factor(factors[at]), *after])
    if sum(cost_of([*before, *part, *after]) for part in parts) > MUCH_LESS * together:
        return None
    whole = {core: chain([*before, *part, *after]).dense() for (_, core), part in zip(terms, parts, strict=True)}
    return lo.add_up(terms, whole.__getitem__, array_shape((factors[0].shape[0], factors[-1].shape[1])))


def _multiplied_out(lo: Lowering, factors: Sequence[Any]) -> Value | None:
    """The product as a sum of products without sums in them; None if there are no sums, or many terms."""
    done: list[tuple[Any, tuple[Any, ...]]] = []
    stack: list[tuple[Any, tuple[Any, ...]]] = [(S.One, tuple(factors))]
    while stack:
        c, product = stack.pop()
        at, inner = next(((k, s) for k, f in enumerate(product) if (s := _sum_inside(f)) is not None), (0, None))
        if inner is None:
            done.append((c, product))
            continue
        if len(stack) + len(done) + len(inner.args) > MOST_TERMS:
            return None
        for d, core in reversed([split_coefficient(t) for t in inner.args]):
            middle = core.factors if isinstance(core, nodes.MatProduct) else (core,)
            stack.append((Mul(c, d), (*product[:at], *middle, *product[at + 1 :])))
    if len(done) == 1:
        return None
    shape = array_shape((factors[0].shape[0], factors[-1].shape[1]))
    return lo.add_up(done, lambda product: chain([lo.factor(f) for f in product]).dense(), shape)


def _sum_inside(factor: Any) -> Any:
    """The sum that a factor is, or the transpose of which it is; None for anything else."""
    if isinstance(factor, nodes.Transpose) and isinstance(factor.args[0], nodes.MatSum):
        return add(*(transpose(t) for t in factor.args[0].args))
    return factor if isinstance(factor, nodes.MatSum) else None


def _with_sums(lo: Lowering, factors: Sequence[Any]) -> list[Factor]:
    """The factors of a product; (X + 𝟏uᵀ)𝟏 is X𝟏 + 𝟏(uᵀ𝟏), so that nothing is repeated to be summed."""
    found = [lo.factor(f) for f in factors]
    for k, node in enumerate(factors[:-1]):
        ones = found[k + 1]
        if not (isinstance(node, nodes.MatSum) and isinstance(ones, OnesFactor) and ones.cols == ONE):
            continue
        terms = [split_coefficient(t) for t in node.args]
        if any(isinstance(lo.factor(core), (Repeated, OnesFactor)) for _, core in terms):
            sums = lo.add_up(terms, lambda t: chain([*lo.factors(t), ones]).dense(), node.shape[:1])  # noqa: B023
            found[k : k + 2] = [Dense(lo.builder, (node.shape[0], ONE), sums)]
            return found
    return found


def _is_structured(part: Sequence[Factor]) -> bool:
    """Is the product a diagonal, or an outer product?"""
    return isinstance(part[0], (DiagonalFactor, IdentityFactor)) or any(f.cols == ONE for f in part[:-1])


@lowers(nodes.Transpose)
def _transpose(lo: Lowering, node: Any) -> Lowered:
    return lo.factor(node.args[0]).T


@lowers(nodes.Inverse)
def _inverse(lo: Lowering, node: Any) -> Lowered:
    inner = lo.lowered(node.args[0])
    if isinstance(inner, SpectralFactor):
        return inner.inverse()
    return InverseFactor(lo.builder, node.shape, lo.value(node.args[0]), is_symmetric(node.args[0]))


@lowers(nodes.MatPower)
def _matrix_power(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.matrix_power(lo.value(node.args[0]), lo.value(node.args[1]))


@lowers(Pow)
def _scalar_power(lo: Lowering, node: Any) -> Lowered:
    return lo.power(*node.args)


# ---------------------------------------------------------------- scalars of matrices
@lowers(nodes.Trace)
def _trace(lo: Lowering, node: Any) -> Lowered:
    """tr of a sum is taken term by term, so that no product is written out for its diagonal alone."""
    a = node.args[0]
    if isinstance(a, nodes.MatSum):
        return lo.add_up([split_coefficient(t) for t in a.args], lambda t: trace_of(lo.factors(t)), ())
    return trace_of(lo.factors(a))


@lowers(nodes.Frobenius)
def _frobenius(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    x, y = node.args
    for one, other in ((x, y), (y, x)):
        if is_function(other, "log") and other.args[1] is one:  # Σ x log x
            return b.sum(b.xlogy(lo.value(one), lo.value(one)))
    if x is not y and (isinstance(x, nodes.MatProduct) or isinstance(y, nodes.MatProduct)):
        left, right = lo.factors(x), lo.factors(y)
        c = Mul(split_coefficient(x)[0], split_coefficient(y)[0])
        turned = [f.T for f in reversed(left)]
        return lo.scale(c, trace_of([*turned, *right] if x.shape[0] != 1 else [*right, *turned]))
    return inner(lo.factor(x), lo.factor(y))


@lowers(nodes.Norm)
def _norm(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.apply("sqrt", lo.power(node, S(2)))


@lowers(nodes.Total)
def _total(lo: Lowering, node: Any) -> Lowered:
    """Sums move into products: 𝟏ᵀAB𝟏 = (𝟏ᵀA)(B𝟏), Σ A ⊙ B = A : B."""
    b = lo.builder
    c, a = split_coefficient(node.args[0])
    if isinstance(a, nodes.MatProduct):
        return lo.scale(c, _sum_of_product(lo, a))
    if isinstance(a, nodes.MatSum):
        terms = [split_coefficient(t) for t in a.args]
        products = [isinstance(core, nodes.MatProduct) for _, core in terms]
        if all(products) and len({bool(one.as_coeff_Mul()[0].is_negative) for one, _ in terms}) == 1:
            return lo.scale(c, lo.add_up(terms, lambda core: _sum_of_product(lo, core), ()))
    if isinstance(a, nodes.HadamardPower) and a.args[1] == 2:
        x = lo.value(a.args[0])
        return lo.scale(c, b.inner(x, x))
    powers = any(isinstance(f, nodes.HadamardPower) for f in a.args)
    if isinstance(a, nodes.Hadamard) and not powers and _entropy_like(a.args) is None:
        first, last = a.args[:-1], lo.value(a.args[-1])
        return lo.scale(c, b.inner(reduce(b.multiply, [lo.value(f) for f in first]), last))
    return lo.scale(c, b.sum(lo.value(a)))


def _sum_of_product(lo: Lowering, a: Any) -> Value:
    """𝟏ᵀAB𝟏, from the ends."""
    b, (rows, cols) = lo.builder, a.shape
    right = [] if cols == 1 else [OnesFactor(b, (cols, ONE))]
    return chain([OnesFactor(b, (ONE, rows)), *lo.factors(a), *right]).dense()


# ---------------------------------------------------------------- entry by entry
def _entropy_like(factors: Sequence[Any]) -> Any:
    """log X among the factors beside X itself; None where there is none."""
    return next((f for f in factors if is_function(f, "log") and f.args[1] in factors), None)


@lowers(nodes.Hadamard)
def _hadamard(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    factors = list(node.args)
    logarithm = _entropy_like(factors)
    above: list[Value] = []
    if logarithm is not None:  # x log x is 0 at 0
        x = logarithm.args[1]
        above.append(b.xlogy(lo.value(x), lo.value(x)))
        factors.remove(logarithm)
        factors.remove(x)
    below: list[Value] = []
    for f in factors:
        if isinstance(f, nodes.HadamardPower) and f.args[1].is_number and f.args[1].is_negative:
            below.append(b.power(lo.value(f.args[0]), b.number(-f.args[1])))
        else:
            above.append(lo.thin(f))
    top = reduce(b.multiply, above, b.number(1))
    result = b.divide(top, reduce(b.multiply, below)) if below else top
    return b.broadcast(result, array_shape(node.shape))


@lowers(nodes.HadamardPower)
def _hadamard_power(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.power(lo.value(node.args[0]), lo.value(node.args[1]))


@lowers(nodes.Elementwise, nodes.ElementwiseScalar)
def _elementwise(lo: Lowering, node: Any) -> Lowered:
    b, function, x = lo.builder, node.args[0], lo.value(node.args[1])
    if isinstance(function, AbstractFunction):
        return b.call(Callee(function.name, "elementwise", function.order), x, x.shape)
    name = function_name(node)
    if name == "huber":  # c (|r| − c/2) with c = min(|r|, δ)
        size = b.apply("abs", x)
        near = b.minimum(size, lo.value(node.args[2]))
        return b.multiply(near, b.subtract(size, b.multiply(b.number(HALF), near)))
    return apply_function(b, str(name), x)


@lowers(nodes.EntrywiseMax, sympy.Max)
def _maximum(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.broadcast(reduce(lo.builder.maximum, _thin_operands(lo, node)), array_shape(shape_of(node)))


@lowers(nodes.EntrywiseMin, sympy.Min)
def _minimum(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.broadcast(reduce(lo.builder.minimum, _thin_operands(lo, node)), array_shape(shape_of(node)))


def _thin_operands(lo: Lowering, node: Any) -> list[Value]:
    """The operands as arrays that broadcast: δ itself where it stands in every entry."""
    return [lo.value(a) if is_scalar(a) else lo.thin(a) for a in node.args]


def _scalar_function(name: str) -> Rule:
    return lambda lo, node: apply_function(lo.builder, name, lo.value(node.args[0]))


for _name, _cls in SCALAR_FUNCTIONS.items():
    lowers(_cls)(_scalar_function(_name))


@lowers(sympy.polygamma)
def _polygamma(lo: Lowering, node: Any) -> Lowered:
    order, x = node.args
    if order not in (0, 1):
        raise CompileError(f"there is no array code for {node}")
    return lo.builder.apply("trigamma" if order == 1 else "digamma", lo.value(x))
