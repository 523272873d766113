"""Lowering: nodes into values and factors, each once, by a table with a row for every node type.

What a matrix lowers to is a :class:`~matcalc.code.factors.Factor`, which is written out only where its entries are
needed. The rows are in :mod:`matcalc.code.rules` and :mod:`matcalc.code.rearranging`, or stand with the operator (its
``compute``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from sympy import Integer, Mul

from .. import algebra as alg
from ..algebra import nodes
from ..algebra.construct import split_coefficient
from ..algebra.core import Node, is_scalar, operands, postorder, properties_of, shape_of
from ..algebra.nodes import is_differential, is_dimension, variable_key
from ..errors import CompileError
from ..operators.table import OPERATORS
from .builder import Builder
from .factors import ONE, ConstantFactor, Dense, Factor, OnesFactor, Repeated, array_shape
from .program import Input, Value, is_number

Lowered: TypeAlias = "Factor | Value"
Rule: TypeAlias = "Callable[[Lowering, Any], Lowered]"

#: Node type → how it is computed.
TABLE: dict[type, Rule] = {}


def lowers(*types: Any) -> Callable[[Rule], Rule]:
    """The function below computes nodes of these types."""

    def enter(rule: Rule) -> Rule:
        TABLE.update(dict.fromkeys(types, rule))
        return rule

    return enter


# ---------------------------------------------------------------- variables
def inputs_of(expressions: Iterable[Any]) -> tuple[Input, ...]:
    """The variables that occur in the expressions, by name, and the differentials; arrays before numbers.

    A symbol with properties and the plain one of its name are one variable.
    """
    found: dict[Any, Any] = {}
    for node in postorder(*expressions):
        if is_differential(node) or (nodes.is_symbol(node) and not is_dimension(node)):
            key = variable_key(node)
            if key not in found or properties_of(node):
                found[key] = node
    ordered = sorted(found.values(), key=lambda node: (is_scalar(node), name_of(node)))
    return tuple(Input(node, array_shape(shape_of(node)), name_of(node)) for node in ordered)


def name_of(node: Any) -> str:
    """The name of a variable; d and the name for a differential."""
    if is_differential(node):
        return "d" + name_of(node.args[0])
    return str(node.args[0]) if nodes.is_named(node) else str(getattr(node, "name", "node"))


class Lowering:
    """Lowers nodes into a builder, each once."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._memo: dict[Any, Lowered] = {}
        self._given = {variable_key(one.symbol): one for one in builder.inputs}
        self._quotients: dict[Any, tuple[Value, Value]] = {}

    # ------------------------------------------------------------ results
    def value(self, node: Any) -> Value:
        """The array of a node, written out."""
        found = self.lowered(node)
        return found.dense() if isinstance(found, Factor) else found

    def factor(self, node: Any) -> Factor:
        """The matrix of a node, with its structure."""
        found = self.lowered(node)
        return found if isinstance(found, Factor) else Dense(self.builder, shape_of(node) or (ONE, ONE), found)

    def factors(self, node: Any) -> list[Factor]:
        """The factors of a product without its coefficient; the node itself where it is none."""
        core = split_coefficient(node)[1]
        return [self.factor(f) for f in (core.factors if isinstance(core, nodes.MatProduct) else (core,))]

    def lowered(self, root: Any) -> Lowered:
        """What a node lowers to; everything below it first, without recursion."""
        memo = self._memo
        stack = [root]
        while stack:
            node = stack[-1]
            inputs = () if node in memo or getattr(node, "binds", False) else operands(node)
            missing = [x for x in inputs if x not in memo]
            if missing:
                stack.extend(reversed(missing))
            else:
                if node not in memo:
                    memo[node] = self._lower(node)
                stack.pop()
        return memo[root]

    def _lower(self, node: Any) -> Lowered:
        if is_scalar(node) and not isinstance(node, Node) and node.is_number:
            return self.builder.number(node)
        for cls in type(node).__mro__:
            if cls in TABLE:
                return TABLE[cls](self, node)
            if cls in OPERATORS and (compute := OPERATORS[cls].compute) is not None:
                return compute(self.builder, node, *(self.value(x) for x in operands(node)))  # type: ignore[no-any-return]
        raise CompileError(f"there is no array code for {type(node).__name__}")

    def given(self, node: Any) -> Input | None:
        """The caller's array for a variable, if there is one."""
        return self._given.get(variable_key(node))

    def define(self, node: Any, value: Value) -> None:
        """Let a symbol be an array that is none of the inputs."""
        self._memo[node] = Dense(self.builder, shape_of(node), value) if shape_of(node) else value

    def input(self, node: Any) -> Value:
        """The array of a variable: of the caller's, without axes of length 1."""
        one = self.given(node)
        if one is None:
            raise CompileError(f"{name_of(node)} is not among the inputs")
        b, shape = self.builder, array_shape(shape_of(node))
        raw = b.input(one)
        return raw if len(shape) == len(one.declared) else b.name(b.reshape(raw, shape), f"{one.name}_flat")

    # ------------------------------------------------------------ scaling
    def quotient(self, scalar: Any) -> tuple[Value, Value]:
        """Numerator and denominator of a scalar."""
        found = self._quotients.get(scalar)
        if found is None:
            found = self._quotients[scalar] = self._quotient(scalar)
        return found

    def _quotient(self, scalar: Any) -> tuple[Value, Value]:
        b = self.builder
        above, below, number = b.number(1), b.number(1), Integer(1)
        for factor in sorted(Mul.make_args(scalar), key=alg.sort_key):
            if factor.is_number:
                number *= factor
            elif factor.is_Pow and factor.exp.is_number and factor.exp.is_negative:
                below = b.multiply(below, self.power(factor.base, -factor.exp))
            else:
                above = b.multiply(above, self.value(factor))
        p, q = number.as_numer_denom()
        if abs(p) == 1 and is_number(above, 1) and not (number.is_Rational and is_number(below, 1)):
            return b.number(p), b.multiply(b.number(q), below)  # x/(3λ), x/π
        return b.multiply(b.number(number), above), below

    def scale(self, scalar: Any, array: Value) -> Value:
        """c A: in the quotient form of c, and on the smallest array that carries it."""
        if scalar == 1:
            return array
        above, below = self.quotient(scalar)
        return self._scaled(array, above, below)

    def _scaled(self, array: Value, above: Value, below: Value) -> Value:
        b = self.builder
        if array.op in ("outer", "matmul") and array.rank == 2 and array not in b.names:
            sizes = [b.size.count(v.shape) for v in array.operands]
            if array.op == "outer" or min(sizes) * 2 < b.size.count(array.shape):
                parts = list(array.operands)
                at = sizes.index(min(sizes))
                parts[at] = self._scaled(parts[at], above, below)
                return b.make(array.op, parts, (), array.shape)
        if is_number(below, 1):
            return b.multiply(above, array)
        if is_number(above) and abs(above.attributes[0]) == 1:
            return b.divide(b.multiply(above, array), below)
        return b.multiply(b.divide(above, below), array)

    def power(self, base: Any, p: Any) -> Value:
        """base^p of scalars; an even power of a norm is one of A : A."""
        b = self.builder
        if isinstance(base, nodes.Norm) and p.is_Integer and p >= 2:
            a = self.value(base.args[0])
            even = b.power(b.inner(a, a), b.number(p // 2))
            return even if p % 2 == 0 else b.multiply(even, self.value(base))
        return b.power(self.value(base), self.value(p))

    # ------------------------------------------------------------ sums
    def add_up(self, terms: Sequence[tuple[Any, Any]], array: Callable[[Any], Value], shape: Any) -> Value:
        """c₁ A₁ + c₂ A₂ + …, subtracting where a coefficient is negative; ``array`` gives the A."""
        b = self.builder
        result = b.number(0)
        for coefficient, core in terms:
            if coefficient.as_coeff_Mul()[0].is_negative:
                result = b.subtract(result, self.scale(-coefficient, array(core)))
            else:
                result = b.add(result, self.scale(coefficient, array(core)))
        return b.broadcast(result, shape)

    def thin(self, node: Any) -> Value:
        """An array that broadcasts to the matrix: a number for a matrix of ones, a row or a column that is repeated."""
        factor = self.factor(node)
        if isinstance(factor, OnesFactor):
            return self.builder.number(1)
        return factor.thin() if isinstance(factor, (Repeated, ConstantFactor)) else factor.dense()
