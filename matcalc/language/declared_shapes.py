"""Shapes, sizes and properties as declarations write them: ``m×n``, ``3xn symmetric``, ``ℝ^{m×n}``, ``𝕊ⁿ₊₊``."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from ..errors import LimitError, ParseError
from . import limits
from .declared import PROPERTIES, SQUARE_PROPERTIES, Declarations
from .names import name_key, nearest, shown
from .notation import LETTER, LETTER_COMMANDS, SUPERSCRIPT_DIGITS, SUPERSCRIPT_LETTERS, UNIT
from .shapes import Size, Sizes

_KINDS = frozenset({"vector", "row", "matrix"})
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


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def pieces(source: str, start: int, end: int) -> list[list[Token]]:
    """The tokens of each declaration: split at commas, semicolons and newlines outside brackets."""
    pieces: list[list[Token]] = [[]]
    depth, at = 0, start
    while at < end:
        match = _TOKENS.match(source, at, end)
        assert match is not None  # `other` matches any character
        assert match.lastgroup is not None
        token = Token(match.lastgroup, match[0], at, match.end())
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


class ShapeReader:
    """The tokens of one declaration, read from left to right; ``into`` gathers the dimensions that are named."""

    def __init__(self, source: str, tokens: list[Token], into: Declarations) -> None:
        self.source, self.into = source, into
        self.raw = tokens
        self.start, self.end = tokens[0].start, max(t.end for t in tokens if t.kind != "space")
        self.tokens = [t for t in tokens if t.kind != "space"]
        if len(self.tokens) > limits.TOKENS_IN_DECLARATION and not any(t.kind == "define" for t in self.tokens):
            raise LimitError("this declaration is too long", source=source, span=(self.start, self.end))
        self.at = 0
        self.sizes = Sizes()

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

    def _integer(self, text: str, token: Token) -> int:
        if "." in text:
            self._fail("a size is a whole number", (token.start, token.end))
        if len(text) > 12 or int(text) > limits.SIZE:
            raise LimitError("this size is too large", source=self.source, span=(token.start, token.end))
        if int(text) == 0:
            self._fail("a size cannot be 0", (token.start, token.end))
        return int(text)

    def _word(self, token: Token) -> Size:
        """A letter; ``mxn`` written together is split, what is left is put back to be read next."""
        text = token.text
        if text[0] == "x" and len(text) > 1 and self.at > 1:  # 3x3: the 3 is read, x3 is left
            rest = text[1:]
            self.at -= 1
            start = token.start + 1
            fresh = re.match(rf"[0-9]+|(?:{UNIT})", rest)
            if fresh is None:
                self._unexpected()
            pieces = [Token("number" if fresh[0].isdecimal() else "word", fresh[0], start, start + fresh.end())]
            if fresh.end() < len(rest):
                pieces.append(Token("word", rest[fresh.end() :], start + fresh.end(), token.end))
            self.tokens[self.at : self.at + 1] = pieces
            return self._factor(0)
        glued = re.fullmatch(rf"([{LETTER}][0-9_]*)x([{LETTER}][0-9_]*|[0-9]+)", text)
        if glued:
            cut = token.start + glued.end(1)
            rest_kind = "number" if glued[2].isdecimal() else "word"
            self.tokens[self.at : self.at] = [
                Token("by", "x", cut, cut + 1),
                Token(rest_kind, glued[2], cut + 1, token.end),
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

    def _superscript(self, token: Token) -> tuple[Size, ...]:
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
