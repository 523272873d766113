"""Tokens as they are found, and the brackets, bars and sums that are open: what closes what.

A bar closes the innermost open bar of its kind if an operand is complete, else it opens one: ``|a||b|`` and
``‖x − ‖y‖z‖`` need no more.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from ..errors import LimitError, ParseError, Span
from . import limits
from .notation import BARS, BRACKET_TOKENS, BRACKETS, LETTER, SUBSCRIPT
from .words import Token, Vocabulary

NORM_KIND = re.compile(
    rf"\s*(?:_\s*(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}|(\\infty|\\ast)(?![A-Za-z])|([0-9]+|[{LETTER}∞*]))|([{SUBSCRIPT}]+))"
)
_POWER_FIRST = re.compile(r"\s*(?:\^\s*(?:\{[^{}]*\}|[0-9A-Za-z])|[²³⁴⁵⁶⁷⁸⁹])")
_INDEXING = re.compile(r"\[[^\[\];]*\]")

#: Tokens after which an operand is complete.
ENDS_OPERAND = frozenset(
    {
        "NUMBER",
        "NAME",
        "CONSTANT",
        "RPAR",
        "RSQB",
        "RBRACE",
        "RANGLE",
        "ENDNORM",
        "ENDBAR",
        "POSTFIX",
        "SUPERSCRIPT",
        "ENDSUM",
    }
)
_REPEATED = frozenset({"MINUS", "POSTFIX", "SUPERSCRIPT", "WORD", "SQRT", "SUM", "FRAC"})
MARKS = {
    "norm": "norm bar",
    "bar": "bar",
    "(": "parenthesis",
    "[": "bracket",
    "{": "brace",
    "⟨": "angle bracket",
    "matrix": "matrix",
    "\\{": "brace",
}


@dataclass(slots=True)
class _Open:
    """An open bracket, bar or sum: what it is, what closes it, and where it stands.

    ``mistyped``: the open bar of the other kind that this one was perhaps meant to close.
    """

    mark: str
    closer: str
    span: Span
    index: str = ""
    mistyped: _Open | None = None


class TokenStream:
    """The tokens so far, what is open, and what may be open: limits are kept here."""

    def __init__(self, source: str, vocabulary: Vocabulary, start: int = 0, end: int | None = None) -> None:
        self.source = source
        self.words = vocabulary
        self.at = start
        self.end = len(source) if end is None else end
        self.tokens: list[Token] = []
        self.stack: list[_Open] = []
        self.notes: list[tuple[str, Span]] = []
        self.skip: dict[int, int] = {}
        self.arguments = 0  # of a \frac, still to come
        self.statement_start = 0
        self.repeats = 0
        self.statements = 0

    @property
    def operand(self) -> bool:
        """Does the text so far end with a complete operand?"""
        return bool(self.tokens) and self.tokens[-1].type in ENDS_OPERAND

    def _last(self) -> str:
        return self.tokens[-1].type if self.tokens else ""

    def _emit(self, type_: str, start: int, value: Any = None, end: int | None = None) -> None:
        span = Span(start, self.at if end is None else end)
        self._put(Token(type_, self.source[span.start : span.end], span, value))

    def _put(self, token: Token) -> None:
        type_ = token.type
        if type_ in _REPEATED and self.tokens and self.tokens[-1].type == type_:
            self.repeats += 1
            if self.repeats > limits.IN_A_ROW:
                raise LimitError(f"more than {limits.IN_A_ROW} of these in a row", source=self.source, span=token.span)
        else:
            self.repeats = 0
        self.tokens.append(token)
        if len(self.tokens) - self.statement_start > limits.TOKENS_IN_STATEMENT:
            raise LimitError(
                f"this statement has more than {limits.TOKENS_IN_STATEMENT} symbols",
                source=self.source,
                span=token.span,
                hint="name parts of it: z = W x + b; …",
            )
        if len(self.tokens) > limits.TOKENS:
            raise LimitError(f"the program has more than {limits.TOKENS} symbols", source=self.source, span=token.span)

    def _error(self, message: str, span: tuple[int, int], hint: str | None = None) -> ParseError:
        return ParseError(message, source=self.source, span=span, hint=hint)

    def _open(self, mark: str, closer: str, span: Span, index: str = "") -> None:
        if len(self.stack) >= limits.DEPTH:
            raise LimitError(f"nested more than {limits.DEPTH} deep", source=self.source, span=span)
        self.stack.append(_Open(mark, closer, span, index))

    def _close_sums(self) -> None:
        """End the sums that are open at this level: here their body is over."""
        while self.stack and self.stack[-1].mark == "sum":
            opened = self.stack.pop()
            self.words.indices.discard(opened.index)
            self._put(Token("ENDSUM", "", Span(self.at, self.at)))

    def _never_closed(self) -> ParseError:
        """What is open at the end; a bar of one kind after an operand, inside bars of the other, was to close these."""
        opened = self.stack[-1]
        if opened.mistyped is not None:
            first, second = (self.source[o.span.start : o.span.end] for o in (opened.mistyped, opened))
            return self._error(
                f"{first} opens here, and {second} does not close it", opened.span,
                hint=f"write {first}…{first} or {second}…{second}",
            )  # fmt: skip
        mark = MARKS.get(opened.mark, opened.mark)
        return self._error(f"this {mark} is never closed", opened.span, hint=f"close it with {opened.closer}")

    def _innermost(self) -> _Open | None:
        """The innermost open bracket or bar."""
        return next((o for o in reversed(self.stack) if o.mark != "sum"), None)

    def _bracket(self, text: str, start: int) -> None:
        self.arguments = 0
        if text in BRACKETS:
            if (
                text == "["
                and self._last() in ("NAME", "RPAR")
                and self.tokens[-1].span.end == start
                and _INDEXING.match(self.source, start, self.end)
            ):
                raise self._error(
                    "single entries have no notation here",
                    (start, self.at),
                    hint="write e_1'x for the first entry of x",
                )
            if (
                text == "{"
                and self.source.startswith("{", self.at)
                and self._last() not in ("POWER", "FRAC", "SQRT", "WORD", "RBRACE")
            ):
                raise self._error("doubled braces mean nothing here", (start, self.at + 1), hint="use one pair")
            self._open(text, BRACKETS[text], Span(start, self.at))
        else:
            self._close(text, Span(start, self.at))
        self._emit(BRACKET_TOKENS[text], start)

    def _close(self, closer: str, span: Span) -> None:
        self._close_sums()
        if not self.stack:
            raise self._error(f"this {closer} closes nothing", span)
        opened = self.stack.pop()
        if opened.closer != closer:
            hint = f"close it with {opened.closer}"
            if opened.mark == "bar" and closer == ")" and self.stack and self.source[opened.span.start - 1].isalnum():
                hint = "p(y|x) says no formula: write it out"
            name = MARKS.get(opened.mark, opened.mark)
            raise self._error(f"this {name} is not closed by {closer}", opened.span, hint=hint)

    def _bar(self, text: str, start: int) -> None:
        inside = self._innermost()
        if text == "||" and self.operand and inside is not None and inside.mark == "bar":  # |a||b|
            self.at = start + 1
            self._toggle("bar", None, start)
            return
        mark, side = BARS[{"||": "‖"}.get(text, text)]
        self._toggle(mark, side, start)

    def _toggle(self, mark: str, side: str | None, start: int) -> None:
        """A bar closes the innermost open bar of its kind if an operand is complete; else it opens."""
        inside = self._innermost()
        span = Span(start, self.at)
        if side == "right" or (side is None and self.operand and inside is not None and inside.mark == mark):
            if inside is None or inside.mark != mark:
                raise self._error(f"this {MARKS[mark]} closes nothing", span)
            self._close_sums()
            self.stack.pop()
            if mark == "norm":
                kind = self._norm_kind()
                self._emit("ENDNORM", start, kind)
            else:
                self._emit("ENDBAR", start)
            return
        other = {"norm": "bar", "bar": "norm"}[mark]
        mistyped = inside if self.operand and side is None and inside is not None and inside.mark == other else None
        self._open(mark, "‖" if mark == "norm" else "|", span)
        self.stack[-1].mistyped = mistyped
        self._emit("NORM" if mark == "norm" else "BAR", start)

    def _norm_kind(self) -> str:
        """The subscript of a norm; ‖x‖²₂ and ‖x‖^2_2 have it after the power."""
        found = NORM_KIND.match(self.source, self.at, self.end)
        if found:
            self.at = found.end()
        elif power := _POWER_FIRST.match(self.source, self.at, self.end):
            found = NORM_KIND.match(self.source, power.end(), self.end)
            if found:
                self.skip[found.start()] = found.end()
        if not found:
            return ""
        kind = unicodedata.normalize("NFKC", next(g for g in found.groups() if g is not None))
        kind = re.sub(r"\\(?:mathrm|text|mathsf|rm|ell)|[{}\s]", "", kind).replace("\\infty", "∞").replace("\\ast", "*")
        return {"infty": "∞", "inf": "∞", "fro": "F", "Fro": "F", "nuc": "*", "tr": "*", "op": "2", "max": "max"}.get(
            kind, kind
        )
