"""Sums over samples, vectorised: every part of the body as an array with the samples along its first axis.

A number s_i is an array of shape (N,), a vector x_i one of shape (N, d), a matrix X_i one of shape (N, m, n); what is
the same for every sample has no such axis, and broadcasts. Products are products of stacks, or sums of products.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import sympy
from sympy import Integer

from ..algebra import nodes
from ..algebra.core import is_scalar, postorder, shape_of
from ..algebra.entrywise import SCALAR_FUNCTIONS, AbstractFunction, function_name
from ..errors import CompileError
from ..operators.determinants import Det, LogDet
from ..operators.summations import SUMMATIONS, Sample, SampleNumber, Stacked, Summation, SummationScalar, varying
from .factors import array_shape
from .functions import apply_function
from .lowering import Lowered, Lowering, lowers
from .program import Callee, Value

ONE = Integer(1)
Rule = Callable[["Batch", Any], Value]
RULES: dict[Any, Rule] = {}


def batches(*types: Any) -> Callable[[Rule], Rule]:
    """The function below computes nodes of these types for all samples at once."""

    def enter(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(types, rule))
        return rule

    return enter


@lowers(Summation, SummationScalar)
def _summation(lo: Lowering, node: Any) -> Lowered:
    b, array = lo.builder, Batch(lo, node).array(node.args[0])
    if array.op == "einsum":  # the samples are summed with the rest
        before, after = array.attributes[0].split("->")
        return b.einsum(f"{before}->{after[1:]}", *array.operands)
    return b.sum(array, 0)


class Batch:
    """The body of a sum, for all samples."""

    def __init__(self, lo: Lowering, node: Any) -> None:
        self.lo, self.b = lo, lo.builder
        body, _, self.size = node.args
        self.index = node.index
        self.moving = varying(body, self.index)
        self.memo: dict[Any, Value] = {}
        closed = {x for x in postorder(body) if isinstance(x, SUMMATIONS) and x not in self.moving}
        for one in postorder(body, skip=closed):
            if one in self.moving:
                self.memo[one] = self._array(one)

    def array(self, node: Any) -> Value:
        """The array of a node; with the samples along its first axis if it varies."""
        return self.memo[node] if node in self.memo else self.lo.value(node)

    def _array(self, node: Any) -> Value:
        for cls in type(node).__mro__:
            if cls in RULES:
                return RULES[cls](self, node)
        if is_scalar(node) and type(node) in _NAMES:
            return apply_function(self.b, _NAMES[type(node)], self.array(node.args[0]))
        raise CompileError(f"there is no array code for {type(node).__name__} of every sample")

    def scaled(self, c: Any, array: Value, axes: int) -> Value:
        """c A, for an array with so many axes beside that of the samples."""
        factor = self.array(c)
        if c in self.moving:
            for _ in range(axes):
                factor = self.b.expand(factor, factor.rank)
        return self.b.multiply(factor, array)

    def letters(self, node: Any, axes: str) -> str:
        """The axes of a node's array, named; i is that of the samples, and axes of length 1 are not there."""
        shape = shape_of(node) or (ONE, ONE)
        own = "".join(letter for letter, size in zip(axes, shape, strict=True) if size != ONE)
        return ("i" if node in self.moving else "") + own

    def contract(self, left: Any, right: Any, axes: tuple[str, str], out: str) -> Value:
        """A sum of products of two arrays."""
        a, b = self.letters(left, axes[0]), self.letters(right, axes[1])
        kept = "i" + "".join(c for c in out if c in a + b)
        return self.b.einsum(f"{a},{b}->{kept}", self.array(left), self.array(right))


_NAMES = {cls: name for name, cls in SCALAR_FUNCTIONS.items()}


# ---------------------------------------------------------------- the samples
@batches(Sample, SampleNumber)
def _sample(batch: Batch, node: Any) -> Value:
    """The last axis of the array becomes the first."""
    b, array = batch.b, node.args[0]
    one = batch.lo.given(array) if nodes.is_symbol(array) else None
    raw = b.input(one) if one else batch.lo.value(array)
    turned, shape = b.transpose(raw, (raw.rank - 1, *range(raw.rank - 1))), array_shape(shape_of(node))
    if raw.rank == len(shape):  # a matrix whose columns are vec X_i
        turned = b.transpose(b.reshape(turned, (batch.size, *reversed(shape))), (0, 2, 1))
    return b.reshape(turned, (batch.size, *shape))


@lowers(Stacked)
def _stacked(lo: Lowering, node: Any) -> Lowered:
    """The samples along the last axis, the matrices as columns."""
    b, array = lo.builder, Batch(lo, node).array(node.args[0])
    if array.rank == 3:
        array = b.reshape(b.transpose(array, (0, 2, 1)), tuple(reversed(node.shape)))
    return b.transpose(array)


# ---------------------------------------------------------------- sums and products
@batches(nodes.MatSum, sympy.Add)
def _sum(batch: Batch, node: Any) -> Value:
    return reduce(batch.b.add, [batch.array(t) for t in node.args])


@batches(sympy.Mul)
def _scalar_product(batch: Batch, node: Any) -> Value:
    return reduce(batch.b.multiply, [batch.array(t) for t in node.args])


@batches(sympy.Pow)
def _scalar_power(batch: Batch, node: Any) -> Value:
    base, p = node.args
    if isinstance(base, nodes.Norm) and p == 2:
        return batch.contract(base.args[0], base.args[0], ("mn", "mn"), "")
    return batch.b.power(batch.array(base), batch.array(p))


@batches(nodes.MatProduct)
def _product(batch: Batch, node: Any) -> Value:
    """From the end at which a vector stands."""
    factors = list(node.factors)
    while len(factors) > 1:
        at = len(factors) - 2 if factors[-1].shape[1] == ONE else 0
        factors[at : at + 2] = [_Product(batch, factors[at], factors[at + 1])]
    (whole,) = factors
    array = whole.value if isinstance(whole, _Product) else batch.array(whole)
    return array if node.coefficient == 1 else batch.scaled(node.coefficient, array, len(array_shape(node.shape)))


class _Product:
    """A product of two factors, as a factor of what is left."""

    value: Value

    def __init__(self, batch: Batch, left: Any, right: Any) -> None:
        self.shape = (left.shape[0], right.shape[1])
        arrays = [f.value if isinstance(f, _Product) else batch.array(f) for f in (left, right)]
        self.moves = any(_moves(batch, f) for f in (left, right))
        names = []
        for one, axes in ((left, "mk"), (right, "kn")):
            own = "".join(c for c, size in zip(axes, one.shape, strict=True) if size != ONE)
            names.append(("i" if _moves(batch, one) else "") + own)
        stacks = self.moves and all(len(name.replace("i", "")) == 2 for name in names)
        kept = ("i" if self.moves else "") + "".join(c for c in "mn" if c in names[0] + names[1])
        if stacks:
            self.value = batch.b.matmul(*arrays)
        else:
            self.value = batch.b.einsum(f"{names[0]},{names[1]}->{kept}", *arrays)


def _moves(batch: Batch, factor: Any) -> bool:
    return factor.moves if isinstance(factor, _Product) else factor in batch.moving


@batches(nodes.Transpose)
def _transpose(batch: Batch, node: Any) -> Value:
    a = batch.array(node.args[0])
    return batch.b.transpose(a, (0, 2, 1)) if a.rank == 3 else a


@batches(nodes.Inverse)
def _inverse(batch: Batch, node: Any) -> Value:
    a = batch.array(node.args[0])
    return batch.b.make("inverse", (a,), (), a.shape)


@batches(nodes.Kronecker)
def _kronecker(batch: Batch, node: Any) -> Value:
    arrays = []
    for one in node.args:
        a = batch.array(one)
        rows, cols = one.shape
        shape = ((batch.size,) if one in batch.moving else ()) + (rows, cols)
        arrays.append((batch.b.reshape(a, shape), one in batch.moving, one.shape))
    (whole, moves, (m, n)), *rest = arrays
    for a, also, (p, q) in rest:
        either = moves or also
        names = [("i" if moves else "") + "ac", ("i" if also else "") + "bd"]
        product = batch.b.einsum(f"{names[0]},{names[1]}->{'i' if either else ''}abcd", whole, a)
        m, n, moves = m * p, n * q, either
        whole = batch.b.reshape(product, (*((batch.size,) if either else ()), m, n))
    return batch.b.reshape(whole, (batch.size, *array_shape(node.shape)))


@batches(nodes.Vec)
def _vec(batch: Batch, node: Any) -> Value:
    a = batch.array(node.args[0])
    a = batch.b.transpose(a, (0, 2, 1)) if a.rank == 3 else a
    return batch.b.reshape(a, (batch.size, node.shape[0]))


# ---------------------------------------------------------------- scalars
@batches(nodes.Frobenius)
def _frobenius(batch: Batch, node: Any) -> Value:
    a, c = node.args
    return batch.contract(a, c, ("mn", "mn"), "")


@batches(nodes.Norm)
def _norm(batch: Batch, node: Any) -> Value:
    return batch.b.apply("sqrt", batch.contract(node.args[0], node.args[0], ("mn", "mn"), ""))


@batches(nodes.Total)
def _total(batch: Batch, node: Any) -> Value:
    a = batch.array(node.args[0])
    while a.rank > 1:
        a = batch.b.sum(a, a.rank - 1)
    return a


@batches(nodes.Trace)
def _trace(batch: Batch, node: Any) -> Value:
    (a,) = node.args
    return batch.b.einsum("imn,mn->i", batch.array(a), batch.b.eye(a.shape[0]))


@batches(Det)
def _det(batch: Batch, node: Any) -> Value:
    return batch.b.make("det", (batch.array(node.args[0]),), (), (batch.size,))


@batches(LogDet)
def _logdet(batch: Batch, node: Any) -> Value:
    return batch.b.make("logdet", (batch.array(node.args[0]),), (), (batch.size,))


# ---------------------------------------------------------------- entry by entry
@batches(nodes.Hadamard)
def _hadamard(batch: Batch, node: Any) -> Value:
    return reduce(batch.b.multiply, [batch.array(f) for f in node.args])


@batches(nodes.HadamardPower)
def _hadamard_power(batch: Batch, node: Any) -> Value:
    if node.args[1] in batch.moving:
        raise CompileError("there is no array code for an exponent that is another one for every sample")
    return batch.b.power(batch.array(node.args[0]), batch.array(node.args[1]))


@batches(nodes.Elementwise, nodes.ElementwiseScalar)
def _elementwise(batch: Batch, node: Any) -> Value:
    function, x = node.args[0], batch.array(node.args[1])
    if isinstance(function, AbstractFunction):
        return batch.b.call(Callee(function.name, "elementwise", function.order), x, x.shape)
    if len(node.args) > 2:
        raise CompileError(f"there is no array code for {function_name(node)} of every sample")
    return apply_function(batch.b, str(function_name(node)), x)


@batches(nodes.EntrywiseMax, sympy.Max)
def _maximum(batch: Batch, node: Any) -> Value:
    return reduce(batch.b.maximum, [batch.array(a) for a in node.args])


@batches(nodes.EntrywiseMin, sympy.Min)
def _minimum(batch: Batch, node: Any) -> Value:
    return reduce(batch.b.minimum, [batch.array(a) for a in node.args])


@batches(nodes.DiagMatrix)
def _diag_matrix(batch: Batch, node: Any) -> Value:
    return batch.b.multiply(batch.b.expand(batch.array(node.args[0]), 2), batch.b.eye(node.shape[0]))


@batches(nodes.DiagVector)
def _diag_vector(batch: Batch, node: Any) -> Value:
    return batch.b.einsum("imn,mn->im", batch.array(node.args[0]), batch.b.eye(node.shape[0]))


@batches(nodes.Named, nodes.NamedScalar)
def _named(batch: Batch, node: Any) -> Value:
    return batch.array(node.args[1])


__all__ = ["Batch"]
