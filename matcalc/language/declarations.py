"""The `where` clause: declarations of shapes, properties and functions, and definitions of functions.

W: m×n, x: n, λ: scalar      A, B: n×n symmetric      x ∈ ℝ^n      A ∈ 𝕊ⁿ₊₊
θ: elementwise               L: ℝ^{m×n} → ℝ           θ := tanh    θ(t) := t/(1 + exp(−t))
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, NoReturn

from ..errors import LimitError, ParseError, Span
from . import limits
from .names import name_key, nearest, shown
from .notation import ACCENTS, LETTER, LETTER_COMMANDS, SUBSCRIPT, SUPERSCRIPT_DIGITS, SUPERSCRIPT_LETTERS, UNIT
from .shapes import Shape, Size, Sizes

PROPERTIES = (
    "symmetric",
    "spd",
    "skew",
    "diagonal",
    "lower",
    "upper",
    "orthogonal",
    "positive",
    "constant",
    "complex",
    "hermitian",
)
SQUARE_PROPERTIES = frozenset({"symmetric", "spd", "skew", "diagonal", "lower", "upper", "orthogonal", "hermitian"})
_KINDS = frozenset({"vector", "row", "matrix"})


@dataclass(frozen=True)
class Variable:
    """A declared variable: ``shape`` is () for a scalar, (n,) for a vector, (m, n) for a matrix or row.

    Where only the kind was given (``x: vector``), ``shape`` is None and ``kind`` says which.
    """

    name: str
    key: str
    span: Span
    kind: str
    shape: tuple[Size, ...] | None
    properties: frozenset[str] = frozenset()
    source: str = ""


@dataclass(frozen=True)
class Definition:
    """What a function is: a known one by its name, or an expression in ``parameter``."""

    source: str
    span: Span
    parameter: str | None = None

    @property
    def text(self) -> str:
        return self.source[self.span.start : self.span.end]


@dataclass(frozen=True)
class FunctionDeclaration:
    """A function: from shape ``domain`` to shape ``codomain``; elementwise where these are None.

    ``declared`` says whether a type was given, or only a definition.
    """

    name: str
    key: str
    span: Span
    domain: Shape | None = None
    codomain: Shape | None = None
    definition: Definition | None = None
    declared: bool = True


@dataclass
class Declarations:
    """Everything that was declared, by key, in order."""

    variables: dict[str, Variable] = field(default_factory=dict)
    functions: dict[str, FunctionDeclaration] = field(default_factory=dict)
    dimensions: dict[str, str] = field(default_factory=dict)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


_SUPERSCRIPT = "".join(SUPERSCRIPT_LETTERS) + "⁰¹²³⁴⁵⁶⁷⁸⁹ᵐⁿ⁺·ᴺᴹᴰᴷ"
_CAPITALS = {"ᴺ": "N", "ᴹ": "M", "ᴰ": "D", "ᴷ": "K"}
_COMMANDS = "|".join(sorted(LETTER_COMMANDS, key=len, reverse=True))
_TOKENS = re.compile(
    rf"""
    (?P<space>(?:\s|~|\\[,;:!\ ])+)
  | (?P<define>:=)
  | (?P<arrow>→|⟶|->|\\to(?![A-Za-z])|\\rightarrow(?![A-Za-z]))
  | (?P<member>∈|\\in(?![A-Za-z]))
  | (?P<colon>[:∶])
  | (?P<set>[ℝℂ𝕊]|\\mathbb\s*(?:\{{\s*[RCS]\s*\}}|[RCS](?![A-Za-z]))|\\R(?![A-Za-z]))
  | (?P<by>[×✕]|\\times(?![A-Za-z]))
  | (?P<dot>[·⋅*]|\\cdot(?![A-Za-z]))
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<word>(?:(?:{UNIT})|\\(?:{_COMMANDS})(?![A-Za-z])(?:_(?:\{{[^{{}}]*\}}|[A-Za-z0-9])|[0-9]+)?)+)
  | (?P<superscript>[{_SUPERSCRIPT}]+)
  | (?P<plusplus>₊₊?)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
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
    for piece in _pieces(source, start, end):
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
        pieces = list(_pieces(source, 0, len(source)))
        if len(pieces) != 1 or ":=" in text:
            raise ParseError(
                "cannot read this definition",
                source=source,
                span=(0, len(source)),
                hint="write θ = tanh or θ(t) = t/(1 + exp(−t))",
            )
        _Reader(source, pieces[0], into).read([])


def _pieces(source: str, start: int, end: int) -> list[list[_Token]]:
    """The tokens of each declaration: split at commas, semicolons and newlines outside brackets."""
    pieces: list[list[_Token]] = [[]]
    depth, at = 0, start
    while at < end:
        match = _TOKENS.match(source, at, end)
        assert match is not None  # `other` matches any character
        assert match.lastgroup is not None
        token = _Token(match.lastgroup, match[0], at, match.end())
        at = match.end()
        if token.text in ("(", "{", "["):
            depth += 1
        elif token.text in (")", "}", "]"):
            depth -= 1
        if depth > limits.DEPTH:
            raise LimitError(f"nested more than {limits.DEPTH} deep", source=source, span=(token.start, token.end))
        newline = token.kind == "space" and "\n" in token.text
        if depth == 0 and (token.text in (",", ";") or newline):
            if newline and pieces[-1] and pieces[-1][-1].kind in ("colon", "member", "define", "arrow", "by", "dot"):
                continue
            pieces.append([])
        elif token.kind != "space" or pieces[-1]:
            pieces[-1].append(token)
    return [p for p in pieces if any(t.kind != "space" for t in p)]


class _Reader:
    """One declaration, read from left to right."""

    def __init__(self, source: str, tokens: list[_Token], into: Declarations) -> None:
        self.source, self.into = source, into
        self.raw = tokens
        self.start, self.end = tokens[0].start, max(t.end for t in tokens if t.kind != "space")
        self.tokens = [t for t in tokens if t.kind != "space"]
        if len(self.tokens) > limits.TOKENS_IN_DECLARATION and not any(t.kind == "define" for t in self.tokens):
            raise LimitError("this declaration is too long", source=source, span=(self.start, self.end))
        self.at = 0
        self.sizes = Sizes()

    # ------------------------------------------------------------ names
    def read(self, waiting: list[tuple[str, Span]]) -> list[tuple[str, Span]]:
        """Read the declaration, with the names that wait for it; returns the names that wait for the next."""
        separator = next(
            (i for i, t in enumerate(self.tokens) if t.kind in ("colon", "member", "define") or (t.text == "in" and i)),
            None,
        )
        if separator is None:
            return [*waiting, self._name(self.start, self.end)]
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

    # ------------------------------------------------------------ definitions
    def _definition(self, sign: _Token, waiting: list[tuple[str, Span]]) -> None:
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

    # ------------------------------------------------------------ types
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
        if kind == "" and shape is None:
            kind = "square" if properties & SQUARE_PROPERTIES else "matrix"
        if kind == "matrix" and shape is None and properties & SQUARE_PROPERTIES:
            kind = "square"
        kind = kind or _kind(shape or ())
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

    def _shape(self, member: bool) -> tuple[tuple[Size, ...] | None, str, frozenset[str]]:
        """A shape (None if only its kind is said), the kind (or "") and the properties it implies."""
        token = self.tokens[self.at]
        letter = token.text[-1:] if token.kind != "set" else re.sub(r"\\mathbb|[{}\s\\]", "", token.text)
        letter = {"ℝ": "R", "ℂ": "C", "𝕊": "S"}.get(letter, letter)
        follows = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        glued = follows is not None and (follows.text in ("^", "_") or follows.kind in ("superscript", "plusplus"))
        if token.kind == "set" or (
            token.text in ("R", "S", "C") and (member or glued or (token.text == "R" and follows is None))
        ):
            self.at += 1
            return self._power_of_set(letter)
        if token.text in ("scalar", "real"):
            self.at += 1
            return (), "scalar", frozenset()
        if token.text in _KINDS:
            self.at += 1
            return None, token.text, frozenset()
        if token.text in PROPERTIES:
            return None, "", frozenset()
        return self._dimensions(), "", frozenset()

    def _power_of_set(self, letter: str) -> tuple[tuple[Size, ...], str, frozenset[str]]:
        """What follows ℝ, ℂ or 𝕊: ^n, ^{m×n}, ⁿ, ᵐˣⁿ, ⁿ₊₊."""
        sizes: tuple[Size, ...] = ()
        implied = {"S": "symmetric", "C": "complex"}.get(letter)
        for _ in range(2):
            if self._peek() == "superscript":
                sizes = self._superscript(self.tokens[self.at])
                self.at += 1
            elif self._text() == "^":
                self.at += 1
                closer = {"{": "}", "(": ")"}.get(self._text())
                self.at += closer is not None
                sizes = self._dimensions()
                if closer is not None:
                    self._expect(closer)
            elif letter == "S" and self._peek() == "plusplus":
                implied, self.at = "spd", self.at + 1
            elif letter == "S" and self._text() == "_":
                self.at += 1
                braced = self._text() == "{"
                self.at += braced
                if self._text() != "+":
                    self._unexpected()
                while self._text() == "+":
                    self.at += 1
                if braced:
                    self._expect("}")
                implied = "spd"
        if letter == "S":
            if len(sizes) != 1:
                self._fail("𝕊 needs one size: 𝕊ⁿ", (self.start, self.end))
            sizes = (sizes[0], sizes[0])
        return sizes, "", frozenset({implied} if implied else ())

    def _superscript(self, token: _Token) -> tuple[Size, ...]:
        """ⁿ, ᵐˣⁿ, ³ˣ³."""
        sizes: list[Size] = []
        for part in token.text.split("ˣ"):
            plain = part.translate(SUPERSCRIPT_DIGITS)
            letters = "".join(SUPERSCRIPT_LETTERS.get(c, _CAPITALS.get(c, c)) for c in plain)
            if letters.isdecimal() and letters:
                sizes.append(self._integer(letters, token))
            elif len(letters) == 1 and letters.isalpha():
                sizes.append(self._letter(letters))
            else:
                self._fail("cannot read this size", (token.start, token.end))
        if len(sizes) > 2:
            self._fail("a shape has at most two sizes", (token.start, token.end))
        return tuple(sizes)

    # ------------------------------------------------------------ sizes
    def _dimensions(self) -> tuple[Size, ...]:
        """n, m×n, 3x3, n+1, q·s × m."""
        begin = self.tokens[min(self.at, len(self.tokens) - 1)]
        sizes = [self._sum(0)]
        while self._peek() == "by" or self._is_x():
            if self._peek() == "by" or self._text() == "x":
                self.at += 1
            sizes.append(self._sum(0))
        if len(sizes) > 2:
            self._fail("a shape has at most two sizes", (begin.start, self.tokens[self.at - 1].end))
        return tuple(sizes)

    def _is_x(self) -> bool:
        """Is an ``x`` next that means ×, alone or stuck to what follows it (3xn)?"""
        return self._peek() == "word" and (self._text() == "x" or (self._text()[0] == "x" and len(self._text()) > 1))

    def _sum(self, depth: int) -> Size:
        total = self._term(depth)
        while self._text() == "+":
            self.at += 1
            total = self.sizes.plus(total, self._term(depth))
        return total

    def _term(self, depth: int) -> Size:
        product = self._factor(depth)
        while True:
            if self._peek() == "dot":
                self.at += 1
            elif not (
                self._text() == "("
                or (self._peek() == "word" and self._glued() and not self._is_x() and self._text() not in PROPERTIES)
            ):
                return product
            product = self.sizes.times(product, self._factor(depth))

    def _glued(self) -> bool:
        """Does the next token touch the one before, as in 2n?"""
        return (
            self.at > 0
            and self.tokens[self.at - 1].end == self.tokens[self.at].start
            and self.tokens[self.at - 1].kind == "number"
        )

    def _factor(self, depth: int) -> Size:
        if self.at >= len(self.tokens):
            self._fail("a size is missing", (self.start, self.end), "a size is a positive integer or a letter")
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "number":
            return self._power(self._integer(token.text, token))
        if token.kind == "word":
            return self._power(self._word(token))
        if token.text == "(" and depth < limits.DEPTH:
            inner = self._sum(depth + 1)
            self._expect(")")
            return inner
        if token.text in ("-", "−"):
            self._fail(
                "a size is a positive integer", (token.start, self.tokens[min(self.at, len(self.tokens) - 1)].end)
            )
        self._fail(
            f"cannot read a size from ‘{token.text}’",
            (token.start, token.end),
            "a size is a positive integer, a letter, or a sum or product of these",
        )

    def _power(self, size: Size) -> Size:
        """n², n^2."""
        digits = ""
        if self._peek() == "superscript":
            digits = self._text().translate(SUPERSCRIPT_DIGITS)
            self.at += 1
        elif self._text() == "^" and self.at + 1 < len(self.tokens):
            digits = self.tokens[self.at + 1].text
            self.at += 2
        if not digits:
            return size
        if digits not in ("1", "2", "3", "4"):
            self._unexpected(-1)
        result = size
        for _ in range(int(digits) - 1):
            result = self.sizes.times(result, size)
        return result

    def _integer(self, text: str, token: _Token) -> int:
        if "." in text:
            self._fail("a size is a whole number", (token.start, token.end))
        if len(text) > 12 or int(text) > limits.SIZE:
            raise LimitError("this size is too large", source=self.source, span=(token.start, token.end))
        if int(text) == 0:
            self._fail("a size cannot be 0", (token.start, token.end))
        return int(text)

    def _word(self, token: _Token) -> Size:
        """A letter; ``mxn`` written together is split, what is left is put back to be read next."""
        text = token.text
        if text[0] == "x" and len(text) > 1 and self.at > 1:  # 3x3: the 3 is read, x3 is left
            rest = text[1:]
            self.at -= 1
            start = token.start + 1
            fresh = re.match(rf"[0-9]+|(?:{UNIT})", rest)
            if fresh is None:
                self._unexpected()
            pieces = [_Token("number" if fresh[0].isdecimal() else "word", fresh[0], start, start + fresh.end())]
            if fresh.end() < len(rest):
                pieces.append(_Token("word", rest[fresh.end() :], start + fresh.end(), token.end))
            self.tokens[self.at : self.at + 1] = pieces
            return self._factor(0)
        glued = re.fullmatch(rf"([{LETTER}][0-9_]*)x([{LETTER}][0-9_]*|[0-9]+)", text)
        if glued:
            cut = token.start + glued.end(1)
            rest_kind = "number" if glued[2].isdecimal() else "word"
            self.tokens[self.at : self.at] = [
                _Token("by", "x", cut, cut + 1),
                _Token(rest_kind, glued[2], cut + 1, token.end),
            ]
            text = glued[1]
        if (
            not re.fullmatch(UNIT, text.replace("\\", ""))
            and name_key(text) not in self.into.dimensions
            and not text.startswith("\\")
        ):
            close = nearest(text, PROPERTIES)
            product = "·".join(text) if len(text) < 5 and text.isalpha() else None
            hint = (
                f"did you mean {close}?"
                if close
                else f"write {product} for the product"
                if product
                else "a size is a letter"
            )
            self._fail(f"‘{text[:30]}’ is not a size", (token.start, token.end), hint)
        return self._letter(text)

    def _letter(self, text: str) -> Size:
        key = name_key(text)
        self.into.dimensions.setdefault(key, shown(text))
        return key

    # ------------------------------------------------------------ properties
    def _properties(self, shape: tuple[Size, ...] | None, kind: str) -> frozenset[str]:
        found: set[str] = set()
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            following = self.tokens[self.at + 1].text if self.at + 1 < len(self.tokens) else ""
            if token.text == "positive" and following == "definite":
                found.add("spd")
                self.at += 2
                continue
            if token.kind != "word":
                self._unexpected()
            if token.text not in PROPERTIES:
                close = nearest(token.text, PROPERTIES)
                self._fail(
                    f"unknown property ‘{token.text[:30]}’", (token.start, token.end),
                    f"did you mean {close}?" if close else f"known are {', '.join(PROPERTIES)}",
                )  # fmt: skip
            square = shape is None or (len(shape) == 2 and self.sizes.same(*shape)) or kind == "matrix"
            if token.text in SQUARE_PROPERTIES and not square:
                self._fail(f"only a square matrix can be {token.text}", (token.start, token.end))
            found.add(token.text)
            self.at += 1
        return frozenset(found)

    # ------------------------------------------------------------ helpers
    def _peek(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def _text(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _expect(self, text: str) -> None:
        if self._text() != text:
            self._unexpected()
        self.at += 1

    def _unexpected(self, offset: int = 0) -> NoReturn:
        at = self.at + offset
        if at >= len(self.tokens):
            self._fail("this declaration ends too early", (self.start, self.end))
        token = self.tokens[at]
        self._fail(f"‘{token.text[:20]}’ is out of place in a declaration", (token.start, token.end))

    def _fail(self, message: str, span: tuple[int, int], hint: str | None = None) -> NoReturn:
        raise ParseError(message, source=self.source, span=span, hint=hint)


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


def pair(shape: tuple[Size, ...]) -> Shape:
    """(rows, columns) of a shape with no, one or two sizes."""
    return (shape[0] if shape else 1, shape[1] if len(shape) == 2 else 1)


def _letters(size: Size) -> set[str]:
    sizes = Sizes()
    return {atom for atom in sizes._atoms(size) if isinstance(atom, str)}
