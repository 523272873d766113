"""SymPy expressions as input: every node is rebuilt with our own constructors, by a table.

Nothing is evaluated or differentiated by SymPy. Symbols become real scalars, the symbols in shapes become dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import sympy
from sympy import Add, Basic, Expr, Integer, Mul, Pow, Symbol
from sympy.matrices import MatrixBase
from sympy.matrices.expressions import (
    Adjoint,
    Determinant,
    DiagMatrix,
    DiagonalOf,
    DotProduct,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatPow,
    MatrixExpr,
    MatrixSymbol,
    OneMatrix,
    Trace,
    Transpose,
    ZeroMatrix,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.special import GenericIdentity

from .. import algebra as alg
from ..algebra.core import Node
from ..algebra.entrywise import SCALAR_FUNCTIONS
from ..errors import DerivationError, LimitError, ParseError, Span
from ..operators import FUNCTIONS
from . import limits
from .names import name_key
from .program import Program
from .program import Symbol as Entry

#: SymPy class → how it is built from its converted operands.
TABLE: dict[type, Callable[..., Any]] = {
    Add: alg.add,
    MatAdd: alg.add,
    Mul: alg.mul,
    MatMul: alg.mul,
    Pow: alg.power,
    MatPow: alg.power,
    Transpose: alg.transpose,
    Adjoint: alg.transpose,  # of a real matrix
    Inverse: lambda a, p=None: alg.inverse(a),
    Trace: alg.trace,
    Determinant: FUNCTIONS["det"].build,
    HadamardProduct: alg.hadamard,
    HadamardPower: alg.hadamard_power,
    KroneckerProduct: alg.kron,
    DiagMatrix: alg.diag_matrix,
    DiagonalOf: alg.diag_vector,
    DotProduct: alg.frobenius,
    sympy.Max: lambda *a: _nested("max", a),
    sympy.Min: lambda *a: _nested("min", a),
}
TABLE |= {
    cls: (lambda a, name=name: alg.elementwise(name, a))
    for name, cls in SCALAR_FUNCTIONS.items()
    if isinstance(cls, type)
}


def _nested(name: str, arguments: Sequence[Any]) -> Any:
    """max(a, b, c) = max(max(a, b), c)."""
    value = arguments[0]
    for argument in arguments[1:]:
        value = FUNCTIONS[name].build(value, argument)
    return value


def from_sympy(expression: Any, plain: Sequence[str] = ()) -> Any:
    """The same expression in our algebra. Raises DerivationError where a node has no counterpart.

    ``plain`` are the keys of symbols whose properties are dropped: the variables of differentiation.
    """
    return _Conversion(expression, plain).run()


class _Conversion:
    """One expression, node by node, operands first."""

    def __init__(self, expression: Any, plain: Sequence[str]) -> None:
        self.root = expression
        self.plain = frozenset(plain)
        self.variables: dict[str, tuple[Any, Any]] = {}
        self.sizes: dict[str, Any] = {}

    def run(self) -> Any:
        memo: dict[Basic, Any] = {}
        stack: list[tuple[Basic, bool]] = [(self.root, False)]
        order: list[Basic] = []
        seen: set[Basic] = set()
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(_children(node)))
            if len(seen) > limits.TOKENS:
                raise LimitError(f"the expression has more than {limits.TOKENS} nodes")
        for node in order:
            for size in (s for s in _shape(node) for s in s.free_symbols):
                self.sizes[size.name] = alg.dimension(size.name)
        for node in order:
            memo[node] = self._convert(node, [memo[child] for child in _children(node)])
        return memo[self.root]

    def _convert(self, node: Any, operands: list[Any]) -> Any:
        if isinstance(node, (MatrixSymbol, Symbol)):
            return self._symbol(node)
        if isinstance(node, Node):
            return alg.rebuild(node, operands)
        if isinstance(node, sympy.Number) or node in (sympy.pi, sympy.E):
            if node.is_finite is False or node.is_Float:
                raise DerivationError(f"{node} is not an exact number", hint="use sympy.Rational")
            return node
        if isinstance(node, (Identity, OneMatrix, ZeroMatrix)) and not isinstance(node, GenericIdentity):
            rows, cols = (self._size(s) for s in node.shape)
            return (
                alg.identity(rows)
                if isinstance(node, Identity)
                else alg.ones(rows, cols)
                if isinstance(node, OneMatrix)
                else alg.zeros(rows, cols)
            )
        if isinstance(node, MatrixBase):
            return alg.block([operands[i * node.cols : (i + 1) * node.cols] for i in range(node.rows)])
        if isinstance(node, ElementwiseApplyFunction):
            return self._entrywise(node, operands[0])
        build = TABLE.get(type(node))
        if build is None:
            kind = "a single entry" if isinstance(node, MatrixElement) else f"SymPy's {type(node).__name__}"
            raise DerivationError(f"{kind} is not supported as input", hint="write it with matrices, or as text")
        return build(*operands)

    def _symbol(self, node: Any) -> Any:
        name = str(node.name)
        if isinstance(node, MatrixSymbol):
            shape = tuple(self._size(s) for s in node.shape)
            properties = alg.properties_of(node)
            structured = alg.scalar(name) if shape == (1, 1) else alg.matrix(name, *shape, *properties)
            found = alg.scalar(name) if shape == (1, 1) else alg.matrix(name, *shape)
            if self.plain and name_key(name) not in self.plain:
                found = structured
        elif name in self.sizes:
            return self.sizes[name]
        else:
            found = structured = alg.scalar(name)
        known = self.variables.setdefault(name, (found, structured))
        if known[0] != found:
            raise DerivationError(f"two different symbols are called {name}")
        return found

    def _size(self, size: Any) -> Any:
        if not isinstance(size, Expr) or not (size.is_Integer or size.free_symbols) or size.is_positive is False:
            raise DerivationError(f"{size} is not a size")
        return size.xreplace({s: alg.dimension(s.name) for s in size.free_symbols})

    def _entrywise(self, node: Any, operand: Any) -> Any:
        """f.(X), by the name of f."""
        function = node.function
        body = getattr(function, "expr", function)
        cls = type(body) if isinstance(body, Expr) else body
        name = next((n for n, c in SCALAR_FUNCTIONS.items() if c is cls), None)
        if name is None or (isinstance(body, Expr) and body.args != tuple(getattr(function, "variables", ()))):
            raise DerivationError(f"the function {function} is not supported as input")
        return alg.elementwise(name, operand)


def _children(node: Any) -> tuple[Any, ...]:
    if isinstance(node, Node):
        return node.operands
    if isinstance(node, (MatrixSymbol, Identity, OneMatrix, ZeroMatrix, MatrixElement)):
        return ()
    if isinstance(node, MatrixBase):
        return tuple(node.flat())
    if isinstance(node, ElementwiseApplyFunction):
        return (node.expr,)
    return tuple(a for a in node.args if isinstance(a, (Expr, MatrixExpr, MatrixBase)))


def _shape(node: Any) -> tuple[Any, ...]:
    return tuple(node.shape) if isinstance(node, MatrixExpr) and not isinstance(node, MatrixBase) else ()


def program_from_sympy(expression: Any, wrt: Sequence[str] = ()) -> Program:
    """A program of one statement."""
    if not isinstance(expression, (Expr, MatrixExpr, MatrixBase)):
        raise ParseError(f"an expression is text or a SymPy expression, not {type(expression).__name__}")
    if isinstance(expression, MatrixBase):
        expression = expression.as_immutable()
    conversion = _Conversion(expression, [name_key(str(name)) for name in wrt])
    value = conversion.run()
    source = str(expression)
    symbols: dict[str, Entry] = {}
    for name, (node, structured) in conversion.variables.items():
        shape = alg.shape_of(node)
        rank = (
            "scalar"
            if not shape
            else "vector"
            if shape[1] == Integer(1)
            else "row"
            if shape[0] == Integer(1)
            else "matrix"
        )
        dimensions = shape[:1] if rank == "vector" else shape
        symbols[name] = Entry(
            name, name_key(name), "variable", node, structured, rank, dimensions, alg.properties_of(structured)
        )
    for name, size in conversion.sizes.items():
        symbols.setdefault(name, Entry(name, name_key(name), "dimension", size, size))
    return Program(
        source,
        Span(0, len(source)),
        (("", value),),
        value,
        MappingProxyType(symbols),
        dimensions=tuple(conversion.sizes.values()),
    )
