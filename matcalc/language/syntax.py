"""The syntax tree: what was typed, operator by operator, each node with the span of characters it was read from.

Nodes are compared by identity: one node is one place in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from ..errors import Span


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """An exact number."""

    value: Fraction
    span: Span

    @property
    def operands(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A variable, dimension or intermediate result; ``key`` is what all spellings of the name share."""

    key: str
    span: Span

    @property
    def operands(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """``identity``, ``ones`` (a vector), ``zeros`` (a matrix), ``pi`` or ``unit`` (e_i); with a size if given."""

    kind: str
    span: Span
    size: str | None = None

    @property
    def operands(self) -> tuple[Node, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """An operator of the grammar applied to its operands: ``add``, ``product``, ``hadamard``, ``transpose``, …"""

    operator: str
    operands: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A function by its name in the language, applied: ``tr(A)``; or funm(θ, A), θ of the matrix as a whole."""

    function: str
    operands: tuple[Node, ...]
    span: Span
    name_span: Span
    of_matrix: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """‖X‖ with its subscript: "" for none, else "1", "2", "F", "∞", "*" or a number; "p" for a name, which is
    the second operand."""

    kind: str
    operands: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """[A, B; C, D]: the entries row by row, ``columns`` in each."""

    operands: tuple[Node, ...]
    columns: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class IndexedSum:
    """Σ_i body, from ``lower`` to ``upper`` where these were written."""

    index: str
    lower: str | None
    upper: str | None
    operands: tuple[Node, ...]
    span: Span


Node: TypeAlias = "Number | Name | Constant | Operation | Call | Norm | Block | IndexedSum"


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """``name = expression``; ``target`` is the key of the name, None for a bare expression."""

    target: str | None
    target_span: Span
    expression: Node


def postorder(root: Node) -> Iterator[Node]:
    """Every node below the root once, operands first."""
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done or not node.operands:
            yield node
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node.operands))


def is_literal(node: Node) -> bool:
    """Is this a number written out, such as 2, −1/2 or (3/4)?"""
    for _ in range(8):
        if isinstance(node, Number):
            return True
        if not isinstance(node, Operation):
            return False
        if node.operator in ("negate", "group", "sqrt"):
            node = node.operands[0]
        elif node.operator in ("divide", "power") and isinstance(node.operands[1], (Number, Operation)):
            if not isinstance(_core(node.operands[1]), Number):
                return False
            node = node.operands[0]
        else:
            return False
    return False


def _core(node: Node) -> Node:
    """The operand inside signs and parentheses."""
    while isinstance(node, Operation) and node.operator in ("negate", "group"):
        node = node.operands[0]
    return node


def core(node: Node) -> Node:
    """The node inside parentheses."""
    while isinstance(node, Operation) and node.operator == "group":
        node = node.operands[0]
    return node
