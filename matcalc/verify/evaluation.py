"""Values at a point: every node of an expression worked out once, from the definitions that other modules enter.

This is what derivations are measured against, so it shares nothing with the array programs that are emitted: a product
is a product, diag(v) a matrix full of zeros, an inverse an inverse. The definitions compute with machine numbers and
with residues (:mod:`.numbers`). Scalars are numbers, columns n×1 arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixExpr, MatrixSymbol

from ..algebra import is_complex_symbol
from ..algebra.core import open_operands, shape_of
from ..algebra.entrywise import function_name
from ..algebra.nodes import is_symbol
from .functions import REAL_ONLY
from .numbers import Floats, NotExactError, Residues

Array: TypeAlias = Any
Rule: TypeAlias = "Callable[..., Array]"

#: Node type → its definition, a function of the evaluation, the node and the values of its operands.
VALUES: dict[type, Rule] = {}
#: Node types that have no value among residues, and those whose NumPy algorithm is not analytic.
NOT_RATIONAL: set[type] = set()
NOT_ANALYTIC: set[type] = set()
#: An array with more entries is not made.
MOST_ENTRIES = 4_000_000


class TooLargeError(Exception):
    """An array would not fit."""


class Evaluation:
    """The values of nodes at one point, each worked out once.

    ``arrays`` are the variables' by :func:`~matcalc.algebra.nodes.variable_key`; ``functions`` the unspecified ones by
    name, each a sequence of derivatives; ``tangent`` gives d(node) where a differential stands in an expression.
    ``beside`` is an evaluation nearby, whose values are taken where nothing has moved.
    """

    def __init__(
        self,
        numbers: Floats | Residues,
        sizes: dict[Any, int],
        arrays: Mapping[Any, Array],
        functions: Mapping[str, Any],
        tangent: Callable[[Any], Array] | None = None,
        beside: Evaluation | None = None,
    ) -> None:
        self.numbers = numbers
        self.sizes = sizes
        self.arrays = arrays
        self.functions = functions
        self.tangent = tangent
        self.memo: dict[Any, Array] = {}
        self.places: dict[str, int] = {}
        self._beside: dict[Any, Array] = {} if beside is None else beside.memo
        self._fitting: set[Any] = set() if beside is None else beside._fitting

    def __call__(self, root: Any) -> Array:
        """The value. Raises OutsideDomainError, NotExactError or TooLargeError."""
        memo = self.memo
        stack = [root]
        while stack:
            node = stack[-1]
            if node in memo:
                stack.pop()
                continue
            inputs = open_operands(node)
            waiting = [x for x in inputs if x not in memo]
            if waiting:
                stack += waiting
                continue
            given = [memo[x] for x in inputs]
            memo[node] = self._beside[node] if self._stays(node, inputs, given) else self._value(node, given)
        return memo[root]

    def _stays(self, node: Any, inputs: Sequence[Any], given: list[Array]) -> bool:
        """Is the value that of the evaluation nearby, as all that it is made of?"""
        beside = self._beside
        if node not in beside:
            return False
        return all(a is beside.get(x) for x, a in zip(inputs, given, strict=True)) if inputs else not is_symbol(node)

    def _value(self, node: Any, given: list[Array]) -> Array:
        rule = VALUES.get(type(node)) or self._inherited(node)
        if isinstance(node, MatrixExpr) and node.shape not in self._fitting:
            rows, cols = self.shape(node)
            if rows * cols > MOST_ENTRIES:
                raise TooLargeError(f"an array of {rows}×{cols} numbers is too large")
            self._fitting.add(node.shape)
        return self.numbers.reduce(rule(self, node, *given))

    def _inherited(self, node: Any) -> Rule:
        """The definition for a node type without a row of its own: a number, a subclass, or the operator's program."""
        for cls in type(node).__mro__:
            if cls in VALUES:
                VALUES[type(node)] = VALUES[cls]
                return VALUES[cls]
        if shape_of(node) == () and node.is_number and not node.args:
            return _number
        return _by_its_program

    def size(self, size: Any) -> int:
        """A size as a number; a symbol that has none yet gets one."""
        found = self.sizes.get(size)
        if found is None:
            for symbol in size.free_symbols:
                self.sizes.setdefault(symbol, 2 + len(self.sizes) % 4)
            found = self.sizes[size] = int(size.subs(self.sizes)) if size.free_symbols else int(size)
        return found

    def shape(self, node: Any) -> tuple[int, int]:
        rows, cols = node.shape
        return self.size(rows), self.size(cols)

    def constant(self, array: Array) -> Array:
        """An array of whole numbers."""
        return self.numbers.constant(array)

    def derivative(self, name: str, order: int, x: Array) -> Array:
        """A derivative of an unspecified function."""
        return self.functions[name][order](x)


def _number(ev: Evaluation, node: Any) -> Array:
    return ev.numbers.number(node)


def value(*types: Any, rational: bool = True, analytic: bool = True) -> Callable[[Rule], Rule]:
    """The function below defines nodes of these types."""

    def enter(rule: Rule) -> Rule:
        VALUES.update(dict.fromkeys(types, rule))
        NOT_RATIONAL.update(() if rational else types)
        NOT_ANALYTIC.update(() if analytic else types)
        return rule

    return enter


def is_steppable(node: Any) -> bool:
    """Is its value analytic beside the real axis, as it is computed here?"""
    return not (
        type(node) in NOT_ANALYTIC
        or is_complex_symbol(node)
        or function_name(node) in REAL_ONLY
        or (type(node) not in VALUES and bool(node.args) and not isinstance(node, MatrixSymbol))
    )


def is_rational(node: Any) -> bool:
    """May it have a value among residues? Roots count, too: see :class:`~.numbers.Residues`."""
    name = function_name(node)
    return type(node) not in NOT_RATIONAL and not is_complex_symbol(node) and (name is None or name in ("abs", "sign"))


# ---------------------------------------------------------------- for definitions
def floats_only(ev: Evaluation, found: Array) -> Array:
    if ev.numbers.exact:
        raise NotExactError
    return found


def vec(a: Array) -> Array:
    """The columns stacked; of a number the number."""
    return np.reshape(np.transpose(a), (-1, 1))


def _by_its_program(ev: Evaluation, node: Any, *given: Array) -> Array:
    """What an operator's own array program gives, for one that has no definition above."""
    from ..code.interpret import interpret
    from ..code.lower import lower
    from ..code.lowering import inputs_of

    if ev.numbers.exact:
        raise NotExactError
    arrays = {one.symbol: np.squeeze(ev(one.symbol)) for one in inputs_of([node])}
    found = interpret(lower({"value": node}), arrays, ev.functions)["value"]
    return np.reshape(found, ev.shape(node)) if shape_of(node) else found
