"""What a run of letters means: one name, a function, or a product of single letters.

A run is one name if it is declared, assigned or a known function; otherwise it is a product of letters, the longest
declared name first. A run that is probably something else (``XtX``, ``sigmiod(x)``, ``foo``) is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..errors import LimitError, ParseError, Span
from . import limits
from .names import GREEK, base_letter, name_key, nearest, undressed
from .notation import FUNCTION_ALIASES, UNIT


class Token(NamedTuple):
    """A terminal of the grammar: its type, the text it was read from, where, and what it carries."""

    type: str
    text: str
    span: Span
    value: Any = None

    # Lark copies these of the last token to the end-of-input token.
    start_pos = line = column = end_line = end_column = end_pos = None  # type: ignore[misc]


class Unit(NamedTuple):
    """One letter with its accents, digits and subscript."""

    text: str
    start: int
    end: int


_UNIT = re.compile(UNIT)
_SUBSCRIPT_WORD = re.compile(r"_([^\W\d_])([^\W_]+)$")
#: Functions of the reader itself: their value has a size that is given, or found by inference.
SIZED_FUNCTIONS = frozenset({"vector", "matrix", "eye", "ones", "zeros", "unvec", "reshape"})
CONSTANT_WORDS = {"I": "identity", "eye": "identity", "ones": "ones", "zeros": "zeros"}
#: Before a parenthesis these letters are functions unless something else is known of them.
FUNCTION_LETTERS = frozenset("fgh")
#: Words that programmers might expect to mean something.
NOT_NUMBERS = frozenset({"nan", "inf", "infty", "infinity"})
#: Names from elsewhere, and what they are called here.
ELSEWHERE = {
    "slogdet": "logdet", "fro": "norm2", "nrm2": "norm2", "total": "sum", "softabs": "huber",
}  # fmt: skip


class Vocabulary:
    """The names known in a program, and how a run of letters splits into them.

    ``kinds`` maps the key of a name to ``variable``, ``scalar``, ``dimension`` or ``function``; ``functions`` are the
    names of the known functions.
    """

    def __init__(self, source: str, kinds: Mapping[str, str], functions: Iterable[str]) -> None:
        self.source = source
        self.kinds = dict(kinds)
        self.functions = {name: name for name in functions} | FUNCTION_ALIASES
        self.functions |= {name_key(name): name for name in functions if "_" in name}
        self.indices: set[str] = set()
        self.longest = max((len(key) for key in self.kinds), default=1)
        #: Letters read as functions because a parenthesis follows, and those used without one.
        self.called: dict[str, Span] = {}
        self.notes: list[tuple[str, Span]] = []
        self.uncalled: set[str] = set()

    # ------------------------------------------------------------ public
    def units(self, text: str, start: int) -> list[Unit]:
        """The letters of a run, each with its suffix; ``start`` is where the run stands in the source."""
        if len(text) > limits.NAME:
            raise LimitError(
                f"a name or run of {len(text)} characters is too long",
                source=self.source,
                span=(start, start + len(text)),
            )
        found: list[Unit] = []
        at = 0
        while at < len(text):
            match = _UNIT.match(text, at)
            if match is None:  # a suffix that ends in the middle: not reachable from a run
                raise ParseError("cannot read this name", source=self.source, span=(start + at, start + at + 1))
            end = at + self._unit_length(match[0], start + at)
            found.append(Unit(undressed(text[at:end]), start + at, start + end))
            at = end
        return found

    def tokens(self, units: list[Unit], follow: str, command: str | None = None) -> list[Token]:
        """The tokens that a run stands for.

        ``follow`` is the bracket that comes next, or ""; ``command`` says that the run was written as a LaTeX command.
        """
        whole = "".join(u.text for u in units)
        span = Span(units[0].start, units[-1].end)
        if (token := self._known(whole, span, follow)) is not None:
            return [token]
        if (
            function := self.functions.get(whole) or (self.functions.get(name_key(whole)) if "_" in whole else None)
        ) is not None and (follow in ("(", "[") or (whole not in GREEK and len(whole) > 1)):
            return [self._function(function, whole, span, follow)]
        if whole in SIZED_FUNCTIONS and follow == "(":
            return [Token("CALLEE", whole, span, whole)]
        if whole in CONSTANT_WORDS:
            return [Token("CONSTANT", whole, span, (CONSTANT_WORDS[whole], None))]
        if whole in NOT_NUMBERS:
            raise self._unknown_name(whole, span, None)
        if command == "function":
            raise self._unknown_function(whole, span)
        if name_key(whole) != whole or len(units) == 1:
            spelled = GREEK.get(whole) or (name_key(whole) if _spells_one_letter(whole) else None)
            if spelled is not None or len(units) == 1:
                return [self._letter(spelled or whole, whole, span, follow)]
        return self._product(units, whole, span, follow)

    def function_name(self, units: list[Unit]) -> Token:
        """The token of a function that is not applied but named, as in funm(θ, X)."""
        whole, span = "".join(u.text for u in units), Span(units[0].start, units[-1].end)
        key = name_key(whole)
        if self.kinds.get(key) == "function":
            return Token("FUNCTION", whole, span, key)
        if key not in self.kinds and whole in self.functions and len(whole) > 1:
            return Token("FUNCTION", whole, span, self.functions[whole])
        if self.is_function_letter(GREEK.get(whole, whole)):
            self.called.setdefault(name_key(GREEK.get(whole, whole)), span)
            return Token("FUNCTION", whole, span, name_key(GREEK.get(whole, whole)))
        raise ParseError(
            f"{_quoted(whole)} is no function of one number", source=self.source, span=span,
            hint="write funm(tanh, X), or funm(f, X) for an unspecified function",
        )  # fmt: skip

    def is_function_letter(self, letter: str) -> bool:
        """Would this letter be a function before a parenthesis, because nothing else is known of it?"""
        key = name_key(letter)
        return key not in self.kinds and (key in FUNCTION_LETTERS or _is_small_greek(key))

    # ------------------------------------------------------------ one name
    def _unit_length(self, text: str, start: int) -> int:
        """Where a unit ends. ``y_iw`` without braces may be y_i w: the subscript is one letter if that is known."""
        word = _SUBSCRIPT_WORD.search(text)
        if word is None or name_key(text) in self.kinds or text in self.functions or name_key(text) in self.functions:
            return len(text)
        if {word[1], word[2]} <= self.indices:  # A_ij under sums over i and j
            return len(text)
        short = text[: word.start() + 2]
        if name_key(short) in self.kinds or word[1] in self.indices:
            return len(short)
        if len(word[2]) == 1 and word[2].isalpha():
            raise ParseError(
                f"{text} is ambiguous: one name, or a product", source=self.source, span=(start, start + len(text)),
                hint=f"write {text[: word.start()]}_{{{word[1]}{word[2]}}} or {short} {word[2]}",
            )  # fmt: skip
        return len(text)

    def _known(self, text: str, span: Span, follow: str) -> Token | None:
        """The token of a declared or assigned name; None where the text is none."""
        key = name_key(text)
        kind = self.kinds.get(key)
        if kind is None:
            return None
        if kind == "function":
            if follow != "(":
                raise ParseError(
                    f"{text} is a function and needs an argument",
                    source=self.source,
                    span=span,
                    hint=f"write {text}(…)",
                )
            return Token("CALLEE", text, span, key)
        return Token("NAME", text, span, key)

    def _function(self, name: str, text: str, span: Span, follow: str) -> Token:
        """A known function: called with parentheses, or applied to what follows it as in ``log det X``."""
        return Token("CALLEE" if follow in ("(", "[") else "WORD", text, span, name)

    def _letter(self, letter: str, text: str, span: Span, follow: str) -> Token:
        """A single letter that nobody declared: a constant, an abstract function or a variable."""
        key = name_key(letter)
        if key == "π":
            return Token("CONSTANT", text, span, ("pi", None))
        if key == "I":
            return Token("CONSTANT", text, span, ("identity", None))
        base, _, subscript = key.partition("_")
        if key.startswith("I") and (size := subscript or key[1:]) and (size.isdecimal() or len(size) == 1):
            return Token("CONSTANT", text, span, ("identity", size))
        if (
            base in ("e", "e" + key[1:])
            and ("_" in text or not text.isascii())
            and self._is_index(subscript or key[1:])
        ):
            return Token("CONSTANT", text, span, ("unit", subscript or key[1:]))
        if follow == "(":
            if key in self.functions:
                return self._function(self.functions[key], text, span, follow)
            if self.is_function_letter(key):
                self.called.setdefault(key, span)
                return Token("CALLEE", text, span, key)
        if text.isascii() and text[1:] == "1" and text[0] in self.kinds:
            raise ParseError(
                f"{text} is ambiguous: a name, or {text[0]} times ones",
                source=self.source,
                span=span,
                hint=f"declare {text}, or write {text[0]}*vector(1)",
            )
        self.uncalled.add(key)
        return Token("NAME", text, span, key)

    def _is_index(self, subscript: str) -> bool:
        return subscript.isdecimal() or (
            len(subscript) == 1 and subscript in "ijklmn" and subscript not in self.indices
        )

    # ------------------------------------------------------------ products of names
    def _product(self, units: list[Unit], whole: str, span: Span, follow: str) -> list[Token]:
        pieces: list[tuple[str, Span, bool]] = []
        at = 0
        while at < len(units):
            end, known = self._longest(units, at, follow)
            text = "".join(u.text for u in units[at:end])
            pieces.append((text, Span(units[at].start, units[end - 1].end), known))
            at = end
        head, tail = pieces[:-1], pieces[-1]
        if (
            follow == "("
            and len(tail[0]) > 1
            and tail[0] in self.functions
            and all(known or t[:1].isupper() for t, _, known in head)
        ):
            product = "·".join(text for text, _, _ in pieces)
            self.notes.append((f"{whole}(…) is {product}(…)", span))
        else:
            self._refuse_doubtful(pieces, whole, span, follow)
        tokens: list[Token] = []
        for text, place, known in pieces:
            after = follow if text is tail[0] and place is tail[1] else ""
            token = self._known(text, place, after) if known else None
            if token is None and len(text) > 1 and text in self.functions and after:
                token = self._function(self.functions[text], text, place, after)
            tokens.append(token or self._letter(GREEK.get(text, text), text, place, after))
        return tokens

    def _longest(self, units: list[Unit], at: int, follow: str) -> tuple[int, bool]:
        """The end of the longest known name that begins here, and whether it is declared; else of one letter."""
        for end in range(len(units), at, -1):
            text = "".join(u.text for u in units[at:end])
            if len(text) <= 4 * self.longest + 16 and name_key(text) in self.kinds:
                return end, True
        for end in range(len(units), at + 1, -1):
            text = "".join(u.text for u in units[at:end])
            if (end - at > 3 and _spells_one_letter(text)) or (
                follow == "(" and end == len(units) and at and text in self.functions
            ):
                return end, False
        return at + 1, False

    def _refuse_doubtful(self, pieces: list[tuple[str, Span, bool]], whole: str, span: Span, follow: str) -> None:
        """Refuse a run that is more likely a typing slip, a function or a word than a product of letters."""
        unknown = [not known for _, _, known in pieces]
        letters = [text for text, _, _ in pieces]
        if not any(unknown):
            return
        close = nearest(whole, (n for n in self.functions if n.isascii())) if len(whole) > 2 else None
        small = [t.isascii() and t.islower() and len(t) == 1 for t in letters]
        lower = [  # a size says as little as a letter of which nothing is known: rank(A), where n is a size
            s and (u or self.kinds.get(t) == "dimension") for t, u, s in zip(letters, unknown, small, strict=True)
        ]
        called = follow == "(" and (all(lower) or (len(small) > 2 and all(small)))
        if called or (follow == "(" and close and not whole[0].isupper()):
            raise self._unknown_function(whole, span)
        for before, t, after, new in zip(letters, letters[1:], letters[2:], unknown[1:], strict=False):
            bracketed = t == "T" and new and before.islower() and after.isupper() and letters[-1] == before  # xTAx
            if (
                bracketed
                or (t == "t" and new)
                or (t in "tT" and before == after and before.isupper() and (new or t == "t"))
            ):
                raise ParseError(
                    f"{whole} is ambiguous: a transpose, or a product with {t}",
                    source=self.source,
                    span=span,
                    hint=f"write {before}'{after} or {before}ᵀ{after}; for a product, {before} {t} {after}",
                )
            if t == "T" and new and before == after:
                raise self._unknown_name(whole, span, None)
        streak = 0
        for flag in lower:
            streak = streak + 1 if flag else 0
            if streak >= 3:
                raise self._unknown_name(whole, span, close)
        for size in (2, 3):
            for at in range(len(pieces) - size + 1):
                word = "".join(letters[at : at + size])
                if all(lower[at : at + size]) and word in GREEK:
                    raise ParseError(
                        f"{whole} is ambiguous: does it hold {GREEK[word]}, or {' · '.join(word)}?",
                        source=self.source, span=span, hint="put spaces between the factors",
                    )  # fmt: skip

    # ------------------------------------------------------------ errors
    def _unknown_function(self, name: str, span: Span) -> ParseError:
        close = ELSEWHERE.get(name) or nearest(name, (n for n in self.functions if n.isascii()))
        product = f"if a product is meant, put spaces: {' '.join(name)} (…)" if len(name) < 4 else None
        hint = f"did you mean {close}?" if close else product
        return ParseError(f"unknown function {_quoted(name)}", source=self.source, span=span, hint=hint)

    def _unknown_name(self, name: str, span: Span, close: str | None) -> ParseError:
        if name in NOT_NUMBERS:
            return ParseError(f"{name} is not a number here", source=self.source, span=span)
        start = next(
            (f for f in sorted(self.functions, key=len, reverse=True) if len(f) > 2 and name.startswith(f)), None
        )
        close = close or (start and f"{start}(…)")
        hint = f"did you mean {close}?" if close else f"declare {_quoted(name)}, or put spaces between the factors"
        return ParseError(f"unknown name {_quoted(name)}", source=self.source, span=span, hint=hint)


def _quoted(name: str) -> str:
    return f"‘{name if len(name) <= 30 else name[:29] + '…'}’"


def _spells_one_letter(text: str) -> bool:
    """Is this a Greek letter spelled out, perhaps with digits or a subscript: ``theta``, ``beta_0``?"""
    word = re.match(r"[A-Za-z]+", text)
    return bool(word and word[0] in GREEK and not text[word.end() :][:1].isalpha())


def _is_small_greek(key: str) -> bool:
    return unicodedata.name(base_letter(key) or " ", "").startswith("GREEK SMALL")
