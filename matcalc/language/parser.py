"""Tokens → syntax tree, by the LALR grammar in ``grammar.lark``.

The tree is built bottom-up while parsing, so depth costs nothing; every node keeps the span it was read from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from ..errors import ParseError, Span
from .names import name_key
from .stream import ENDS_OPERAND
from .syntax import Block, Call, Constant, IndexedSum, Name, Node, Norm, Number, Operation, Statement
from .words import Token


class _Tokens(Lexer):
    """Hands the scanner's tokens on."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, tokens: Any, parser_state: Any = None) -> Iterator[Any]:
        return iter(tokens)


class _AmbiguousError(Exception):
    """A spelling refused while the tree is built; :func:`parse` adds the source text, from which the hint quotes."""

    def __init__(self, message: str, span: Span, hint: str, *quoted: Span) -> None:
        super().__init__(message)
        self.message, self.span, self.hint, self.quoted = message, span, hint, quoted

    def in_source(self, source: str) -> ParseError:
        pieces = [" ".join(source[q.start : q.end].split()) for q in self.quoted]
        hint = self.hint.format(*pieces) if pieces else self.hint
        return ParseError(self.message, source=source, span=self.span, hint=hint)


@cache
def _grammar() -> Lark:
    text = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer=_Tokens, start="program", transformer=_Builder())


def parse(source: str, tokens: Sequence[Token]) -> tuple[Statement, ...]:
    """The statements of a program. Raises ParseError."""
    if not tokens:
        raise ParseError("there is nothing to differentiate: the input is empty", source=source, span=(0, len(source)))
    try:
        return tuple(_grammar().parse(tokens))  # type: ignore[arg-type]
    except UnexpectedToken as error:
        raise _syntax_error(source, tokens, error.token, set(error.expected)) from None
    except _AmbiguousError as error:
        raise error.in_source(source) from None


# ---------------------------------------------------------------- the tree
_BINARY = {
    "TIMES": "product", "DOT": "dot", "HADAMARD": "hadamard", "HADAMARD_DIVIDE": "hadamard_divide", "DIVIDE": "divide",
    "KRON": "kron", "COLON": "frobenius",
}  # fmt: skip


def _join(first: Any, last: Any) -> Span:
    return Span(first.span.start, last.span.end)


def _left_to_right(children: Sequence[Any]) -> Any:
    """a ∘ b ∘ c = (a ∘ b) ∘ c for operators of equal rank; a chain of products is one node."""
    node = children[0]
    for operator, right in zip(children[1::2], children[2::2], strict=True):
        name = _BINARY[operator.type]
        span = _join(node, right)
        if name == "divide" and isinstance(right, Operation) and right.operator == "product":
            first, *rest = right.operands
            raise _AmbiguousError(
                "a quotient followed by another factor is ambiguous",
                Span(node.span.start, right.span.end),
                "write {0}/({1}) or ({0}/{2}) {3}",
                *(node.span, right.span, first.span, _join(rest[0], rest[-1])),
            )
        if name == "product":
            before = node.operands if isinstance(node, _Chain) else (node,)
            node = _Chain([*before, right], span)
        else:
            node = Operation(name, (_closed(node), right), span)
    return _closed(node)


class _Chain:
    """A product still growing to the right."""

    __slots__ = ("operands", "span")

    def __init__(self, operands: list[Any], span: Span) -> None:
        self.operands, self.span = operands, span


def _closed(node: Any) -> Any:
    return Operation("product", tuple(node.operands), node.span) if isinstance(node, _Chain) else node


def _is_one(node: Any) -> bool:
    return isinstance(node, Number) and node.value == 1


def _is_ones(node: Any) -> bool:
    return (
        isinstance(node, Operation)
        and node.operator == "transpose"
        and isinstance(node.operands[0], Constant)
        and node.operands[0].kind == "ones"
    )


class _Builder:
    """One method per rule or alias of the grammar; children are tokens and finished nodes."""

    def program(self, children: list[Any]) -> list[Statement]:
        return [c for c in children if isinstance(c, Statement)]

    def statement(self, children: list[Any]) -> Statement:
        if len(children) == 1:
            return Statement(None, children[0].span, children[0])
        return Statement(children[0].value, children[0].span, children[2])

    def sum(self, children: list[Any]) -> Operation:
        terms = [children[0]]
        for sign, term in zip(children[1::2], children[2::2], strict=True):
            terms.append(Operation("negate", (term,), _join(sign, term)) if sign.type == "MINUS" else term)
        return Operation("add", tuple(terms), _join(children[0], children[-1]))

    def frobenius(self, children: list[Any]) -> Any:
        return _left_to_right(children)

    def product(self, children: list[Any]) -> Any:
        for operand, operator, right in zip(children[:-2:2], children[1::2], children[2::2], strict=True):
            if operator.type in ("TIMES", "DOT", "KRON"):
                _refuse_open_word(operand, right)
        return _left_to_right(children)

    def juxtaposition(self, children: list[Any]) -> Any:
        factors = list(children)
        if len(factors) > 1 and (whole := _log_of_constants(*factors[-2:])):
            factors[-2:] = [whole]
        for at in range(1, len(factors)):
            left, right = factors[at - 1], factors[at]
            _refuse_open_word(left, right)
            if _is_one(left) and _is_ones(right):  # 1 1ᵀ is 𝟏𝟏ᵀ
                factors[at - 1] = Constant("ones", left.span)
            number = _base(right)
            if isinstance(number, Number):
                more = "; a vector of ones is 𝟏, or ones" if number.value == 1 else ""
                if number.value in (2, 3, 4):
                    more = f"; for a power write ^{number.value}"
                raise _AmbiguousError(
                    "a number cannot follow another factor",
                    right.span,
                    f"put the number in front, or write * between them{more}",
                )
        return Operation("product", tuple(factors), _join(factors[0], factors[-1])) if factors[1:] else factors[0]

    def negate(self, children: list[Any]) -> Operation:
        return Operation("negate", (children[1],), _join(children[0], children[1]))

    def apply(self, children: list[Any]) -> Call:
        word, argument = children
        return Call(word.value, (argument,), _join(word, argument), word.span)

    def apply_power(self, children: list[Any]) -> Operation:
        """tanh²(x), entry by entry; of a function to a scalar the power of the scalar."""
        word, power, argument = children
        call = Call(word.value, (argument,), _join(word, argument), word.span)
        return Operation("entrywise_power", (call, Number(power.value, power.span)), call.span)

    def postfix(self, children: list[Any]) -> Node:
        operand, token = children
        if _is_one(operand) and token.value == "transpose":  # 1ᵀ is 𝟏ᵀ
            operand = Constant("ones", operand.span)
        elif isinstance(operand, Number):
            raise _AmbiguousError(
                "a number has no transpose", _join(operand, token), "write 1 1ᵀ for the matrix of ones"
            )
        return Operation(token.value, (operand,), _join(operand, token))

    def superscript(self, children: list[Any]) -> Operation:
        base, token = children
        return _power("power", base, Number(token.value, token.span))

    def power(self, children: list[Any]) -> Operation:
        return _power("power", children[0], children[2])

    def entrywise_power(self, children: list[Any]) -> Operation:
        return _power("entrywise_power", children[0], children[2])

    def negative(self, children: list[Any]) -> Operation:
        leaf = self.number(children[1:]) if children[1].type == "NUMBER" else self.name(children[1:])
        return Operation("negate", (leaf,), _join(children[0], children[1]))

    def number(self, children: list[Any]) -> Number:
        return Number(children[0].value, children[0].span)

    def name(self, children: list[Any]) -> Name:
        return Name(children[0].value, children[0].span)

    def constant(self, children: list[Any]) -> Constant:
        kind, size = children[0].value
        return Constant(kind, children[0].span, size)

    def group(self, children: list[Any]) -> Operation:
        return Operation("group", (children[1],), _join(children[0], children[2]))

    def call(self, children: list[Any]) -> Call:
        name, _, arguments, closer = children
        return Call(name.value, tuple(arguments), _join(name, closer), name.span)

    def call_of_matrix(self, children: list[Any]) -> Call:
        name, _, function, _, argument, closer = children
        return Call(function.value, (argument,), _join(name, closer), function.span, of_matrix=True)

    def arguments(self, children: list[Any]) -> list[Any]:
        return children[::2]

    def row(self, children: list[Any]) -> list[Any]:
        return children[::2]

    def block(self, children: list[Any]) -> Node:
        rows = children[1:-1:2]
        span = _join(children[0], children[-1])
        for row in rows:
            if len(row) != len(rows[0]):
                raise _AmbiguousError(
                    "the rows of these blocks differ in length",
                    _join(row[0], row[-1]),
                    "every row needs the same number of blocks",
                )
        if len(rows) == len(rows[0]) == 1:
            return Operation("group", (rows[0][0],), span)
        return Block(tuple(entry for row in rows for entry in row), len(rows[0]), span)

    def norm(self, children: list[Any]) -> Norm:
        kind, span = children[2].value, _join(children[0], children[2])
        if kind[:1].isalpha() and kind != "F" and (len(kind) == 1 or kind[1:].isdecimal()):
            return Norm("p", (children[1], Name(name_key(kind), children[2].span)), span)
        return Norm(kind, (children[1],), span)

    def bars(self, children: list[Any]) -> Operation:
        return Operation("bars", (children[1],), _join(children[0], children[2]))

    def inner(self, children: list[Any]) -> Operation:
        return Operation("frobenius", (children[1], children[3]), _join(children[0], children[4]))

    def sqrt(self, children: list[Any]) -> Operation:
        sign, operand = children
        span = _join(sign, operand)
        if sign.value != 2:
            return Operation("entrywise_power", (operand, Number(Fraction(1, sign.value), sign.span)), span)
        return Operation("sqrt", (operand,), span)

    def indexed_sum(self, children: list[Any]) -> IndexedSum:
        index, lower, upper = children[0].value
        return IndexedSum(index, lower, upper, (children[1],), _join(children[0], children[1]))

    def fraction(self, children: list[Any]) -> Operation:
        sign, above, below = children
        span = _join(sign, below)
        return Operation("group", (Operation("divide", (above, below), span),), span)


def _power(operator: str, base: Any, exponent: Any) -> Operation:
    if isinstance(base, Operation) and base.operator in ("power", "entrywise_power"):
        raise _AmbiguousError("a power of a power needs parentheses", _join(base, exponent), "write (a^b)^c or a^(b c)")
    if isinstance(base, Operation) and base.operator == "sqrt" and not isinstance(base.operands[0], Operation):
        raise _AmbiguousError("a power after √ is ambiguous", _join(base, exponent), "write √(x²) or (√x)²")
    return Operation(operator, (base, exponent), _join(base, exponent))


def _base(node: Any) -> Any:
    """What the postfix operators of a factor stand on."""
    while isinstance(node, Operation) and node.operator in ("power", "entrywise_power", "transpose"):
        node = node.operands[0]
    return node


def _log_of_constants(left: Any, right: Any) -> Call | None:
    """`log 2π` at the end of a product is log(2π): nobody means log(2) π."""
    if isinstance(left, Call) and left.span.end == left.operands[-1].span.end:
        (inner,) = left.operands[-1:]
        if isinstance(inner, Number) and isinstance(right, Constant) and right.kind == "pi":
            argument = Operation("product", (inner, right), _join(inner, right))
            return replace(left, operands=(argument,), span=_join(left, right))
    return None


def _refuse_open_word(left: Any, right: Any) -> None:
    """`tr A B`: is it tr(A B) or tr(A) B?"""
    last = left.operands[-1] if isinstance(left, Operation) and left.operator == "product" else left
    while isinstance(last, Operation) and last.operator == "negate":
        last = last.operands[0]
    if not isinstance(last, Call) or last.span.end != last.operands[-1].span.end:
        return
    inner: Any = last
    while isinstance(inner, Call) and inner.span.end == inner.operands[-1].span.end:
        name, inner = inner.function, inner.operands[-1]
    if isinstance(_base(inner), (Name, Number, Constant)):
        raise _AmbiguousError(
            f"where does the argument of {name} end?",
            _join(last, right),
            f"write {name}(…) with parentheses around all of its argument",
        )


# ---------------------------------------------------------------- errors
_OPERAND = {"NUMBER", "NAME", "LPAR"}
_SHOWN = {
    "NEWLINE": "the end of the statement", "COMMA": "a comma", "EQUALS": "=", "SEMICOLON": "a semicolon",
    "ENDSUM": "the end of the sum",
}  # fmt: skip


def _syntax_error(source: str, tokens: Sequence[Token], token: Any, expected: set[str]) -> ParseError:
    """What stood where it should not, and what could have."""
    ended = token.type == "$END"
    last = tokens[-1]
    span = Span(last.span.end, last.span.end) if ended else token.span
    at = len(tokens) if ended else next(i for i, t in enumerate(tokens) if t is token)
    before = tokens[at - 1] if at else None
    needs_operand = expected >= _OPERAND and (before is None or before.type not in ENDS_OPERAND)
    wanted = ("an operand",) if needs_operand else ("an operator", "the end")
    shown = "the end of the input" if ended else _SHOWN.get(token.type, f"‘{token.text[:20]}’")
    if before is not None and before.type == "WORD":
        message, hint = f"{before.text} needs an argument", f"write {before.text}(…)"
        span = before.span
    elif "LBRACE" in expected and "LPAR" not in expected:
        message, hint = "a fraction needs two arguments", r"write \frac{a}{b}"
    elif (
        before is not None
        and needs_operand
        and before.type in ("LPAR", "LSQB", "LBRACE", "NORM", "BAR", "FRAC", "CALLEE")
    ):
        message, hint = f"something is missing between ‘{before.text}’ and {shown}", None
        span = Span(before.span.start, max(span.end, before.span.end))
    elif before is not None and needs_operand:
        message, hint = f"an operand is missing after ‘{before.text.strip() or 'the line'}’", None
        span = before.span if ended or token.type == "NEWLINE" else span
    elif needs_operand:
        message, hint = f"an expression cannot begin with {shown}", None
    elif token.type == "COMMA":
        message, hint = "a comma outside a call", "arguments stand in parentheses: max(a, b)"
    elif token.type == "EQUALS":
        message, hint = "only a name can stand before =", "write name = expression"
        first = next((t for t in reversed(tokens[:at]) if t.type == "NEWLINE"), None)
        begin = first.span.end if first else tokens[0].span.start
        span = Span(begin, tokens[at - 1].span.end)
    else:
        message, hint = f"{shown} is out of place here", None
    return ParseError(message, source=source, span=span, hint=hint, expected=wanted)
