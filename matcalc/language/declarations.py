"""The `where` clause: declarations of shapes, properties and functions, and definitions of functions.

W: m×n, x: n, λ: scalar      A, B: n×n symmetric      x ∈ ℝ^n      A ∈ 𝕊ⁿ₊₊
θ: elementwise               L: ℝ^{m×n} → ℝ           θ := tanh    θ(t) := t/(1 + exp(−t))
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import LimitError, ParseError, Span
from . import limits
from .declared import PROPERTIES, SQUARE_PROPERTIES, Declarations, Definition, FunctionDeclaration, Variable, pair
from .declared_shapes import ShapeReader, Token, pieces
from .names import name_key, shown
from .notation import ACCENTS, LETTER, LETTER_COMMANDS, SUBSCRIPT, UNIT
from .shapes import Shape, Size, Sizes

_DRESSED = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|mathrm|mathit|mathcal|mathsf|text|operatorname)\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([A-Za-z]))"
)
_ACCENTED = re.compile(rf"\\({'|'.join(ACCENTS)})\s*(?:\{{\s*(\\?[A-Za-z]+)\s*\}}|([A-Za-z]))")
_NAME = re.compile(rf"(?:{UNIT})+|[{LETTER}_][{LETTER}0-9_{SUBSCRIPT}]*")


def read_declarations(
    source: str, start: int = 0, end: int | None = None, into: Declarations | None = None
) -> Declarations:
    """Read ``source[start:end]``. Raises ParseError with the place in ``source``."""
    end = len(source) if end is None else end
    if end - start > limits.CHARACTERS:
        raise LimitError(f"the declarations have more than {limits.CHARACTERS} characters")
    found = Declarations() if into is None else into
    waiting: list[tuple[str, Span]] = []
    for piece in pieces(source, start, end):
        reader = _Reader(source, piece, found)
        waiting = reader.read(waiting)
    if waiting:
        name, span = waiting[0]
        raise ParseError(
            f"{name} is not given a shape",
            source=source,
            span=span,
            hint=f"write {name}: n, {name}: m×n or {name}: scalar",
        )
    for key, variable in found.variables.items():
        if key in found.functions:
            raise ParseError(f"{variable.name} is declared twice", source=variable.source, span=variable.span)
    return found


def define(definitions: Mapping[Any, Any], into: Declarations) -> None:
    """Add definitions given as a mapping: ``{"θ": "tanh"}``, ``{"θ(t)": "t/(1 + exp(−t))"}``."""
    for name, text in definitions.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise ParseError("a definition needs two texts: the function's name and what it is")
        source = f"{name} := {text}"
        if len(source) > limits.CHARACTERS:
            raise LimitError("this definition is too long")
        read = list(pieces(source, 0, len(source)))
        if len(read) != 1 or ":=" in text:
            raise ParseError(
                "cannot read this definition",
                source=source,
                span=(0, len(source)),
                hint="write θ = tanh or θ(t) = t/(1 + exp(−t))",
            )
        _Reader(source, read[0], into).read([])


class _Reader(ShapeReader):
    """One declaration: its names, and what they are."""

    def read(self, waiting: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
        """Read the declaration, with the names that wait for it; returns the names that wait for the next."""
        separator = next(
            (i for i, t in enumerate(self.tokens) if t.kind in ("colon", "member", "define") or (t.text == "in" and i)),
            None,
        )
        if separator is None:
            properties = next((k for k, t in enumerate(self.tokens) if k and t.text in PROPERTIES), None)
            if properties is None:
                return [*waiting, self._name(self.start, self.end)]
            self.at = properties  # A symmetric
            self._type([*waiting, self._name(self.start, self.tokens[properties - 1].end)], False)
            return []
        sign = self.tokens[separator]
        if separator == 0:
            self._fail("a declaration needs a name", (self.start, self.end), "write x: n")
        self.at = separator + 1
        if sign.kind == "define":
            self._definition(sign, waiting)
            return []
        names = [*waiting, self._name(self.start, self.tokens[separator - 1].end)]
        if self.at == len(self.tokens):
            name, span = names[-1]
            self._fail(
                f"{name} is not given a shape",
                (span.start, sign.end),
                f"write {name}: n, {name}: m×n or {name}: scalar",
            )
        self._type(names, sign.kind != "colon")
        return []

    def _name(self, start: int, end: int) -> tuple[str, Span]:
        """The name that stands there, its dressing dropped."""
        text = self.source[start:end].strip()
        span = Span(start, end)
        if len(text) > limits.NAME:
            raise LimitError("this name is too long", source=self.source, span=span)
        return clean_name(text, self.source, span), span

    def _add(self, variable: Variable) -> None:
        known = self.into.variables.get(variable.key) or self.into.functions.get(variable.key)
        if known is not None:
            self._fail(f"{variable.name} is declared twice", variable.span)
        for size in variable.shape or ():
            if variable.key in _letters(size):
                self._fail(f"{variable.name} cannot be its own size", variable.span)
        self.into.variables[variable.key] = variable

    def _definition(self, sign: Token, waiting: list[tuple[str, Span]]) -> None:
        if waiting:
            self._fail(f"{waiting[0][0]} is not given a shape", waiting[0][1])
        left = list(self.tokens[: self.at - 1])
        parameter = None
        stop = left[-1].end
        if left[-1].text == ")" and len(left) >= 4 and left[-3].text == "(":
            parameter, stop = name_key(left[-2].text), left[-4].end
        name, span = self._name(self.start, stop)
        if self.at == len(self.tokens):
            self._fail(f"{name} is not given a definition", (self.start, sign.end), f"write {name} := tanh")
        key = name_key(name)
        definition = Definition(self.source, Span(self.tokens[self.at].start, self.end), parameter)
        known = self.into.functions.get(key)
        if key in self.into.variables:
            self._fail(f"{name} is a variable, not a function", span)
        if known is not None and known.definition is not None:
            self._fail(f"{name} is defined twice", span)
        self.into.functions[key] = (
            replace(known, definition=definition)
            if known
            else FunctionDeclaration(shown(name), key, span, definition=definition, declared=False)
        )

    def _type(self, names: list[tuple[str, Span]], member: bool) -> None:
        first = self.tokens[self.at]
        if first.text == "elementwise" and self.at + 1 == len(self.tokens):
            self._function(names, None, None)
            return
        shape, kind, implied = self._shape(member)
        if self._peek() == "arrow":
            self.at += 1
            if self.at == len(self.tokens):
                self._fail("an arrow needs a shape on its right", (first.start, self.end), "write L: ℝ^{m×n} → ℝ")
            into, _, _ = self._shape(True)
            if self.at < len(self.tokens):
                self._unexpected()
            if shape is None or into is None:
                self._fail("a function needs shapes on both sides", (first.start, self.end), "write L: ℝ^{m×n} → ℝ")
            if shape == () == into:
                self._function(names, None, None)
            else:
                self._function(names, pair(shape), pair(into))
            return
        properties = implied | self._properties(shape, kind)
        if shape is not None:
            kind = kind or _kind(shape)
        elif kind in ("", "matrix") and properties & SQUARE_PROPERTIES:
            kind = "square"
        for name, span in names:
            self._add(Variable(shown(name), name_key(name), span, kind, shape, properties, self.source))

    def _function(self, names: list[tuple[str, Span]], domain: Shape | None, codomain: Shape | None) -> None:
        for name, span in names:
            key = name_key(name)
            known = self.into.functions.get(key)
            if key in self.into.variables or (known is not None and known.declared):
                self._fail(f"{name} is declared twice", span)
            self.into.functions[key] = FunctionDeclaration(
                shown(name), key, span, domain, codomain, known.definition if known else None
            )


def clean_name(text: str, source: str, span: Span) -> str:
    """A name as typed, LaTeX dressing dropped: ``\\mathbf{x}_i`` → ``x_i``. Raises ParseError if it is none."""
    plain = _ACCENTED.sub(lambda m: (m[2] or m[3]) + ACCENTS[m[1]], text)
    plain = _DRESSED.sub(lambda m: m[1] or m[2], plain)
    plain = re.sub(r"\\([A-Za-z]+)", lambda m: LETTER_COMMANDS.get(m[1], "\\" + m[1]), plain)
    plain = re.sub(r"\s+", "", plain) if "_" in plain or "\\" in text else plain
    if not _NAME.fullmatch(plain):
        raise ParseError(
            f"‘{text[:30]}’ is not a name",
            source=source,
            span=span,
            hint="a name is a letter, perhaps with digits or a subscript: W₁, x_{new}",
        )
    return plain


def _kind(shape: tuple[Size, ...]) -> str:
    if len(shape) == 0 or all(size == 1 for size in shape):
        return "scalar"
    return "vector" if len(shape) == 1 or shape[1] == 1 else "row" if shape[0] == 1 else "matrix"


def _letters(size: Size) -> set[str]:
    sizes = Sizes()
    return {atom for atom in sizes._atoms(size) if isinstance(atom, str)}
