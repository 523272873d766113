"""Text → tokens of the grammar: the three spellings become one, brackets are matched, bars opened and closed.

What depends on context is decided here, so that the grammar need not: whether a bar opens or closes, where the body of
an indexed sum ends, whether ``^T`` is a transpose, whether a newline ends a statement.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..errors import LimitError, ParseError, Span
from . import limits
from .names import name_key, nearest, undressed
from .notation import (
    ACCENTS,
    BARS,
    BRACKET_COMMANDS,
    BRACKET_TOKENS,
    BRACKETS,
    DRESSING,
    FRACTIONS,
    LETTER,
    LETTER_COMMANDS,
    MATRICES,
    ONES,
    OPERATOR_COMMANDS,
    OPERATORS,
    SIZING,
    SPACING,
    SUBSCRIPT,
    SUFFIX,
    SUPERSCRIPT_DIGITS,
    SUPERSCRIPT_LETTERS,
    UNIT,
    VULGAR_FRACTIONS,
    ZEROS,
)
from .words import Token, Unit, Vocabulary

_SPACE = r"(?:[ \t\f\v\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000~]|\\[,;:!])"
_T = r"(?:T(?![_0-9₀-₉])|⊤|ᵀ|\\top(?![A-Za-z])|\\intercal(?![A-Za-z])|\\prime(?![A-Za-z])|'|′"
_T += r"|\\(?:mathsf|mathrm|text|mathtt)\s*(?:\{\s*T\s*\}|T))"
_H = r"(?:H(?![_0-9₀-₉])|\\(?:mathsf|mathrm|text)\s*(?:\{\s*H\s*\}|H))"
#: What a `^` can introduce besides a number or an expression, and the operator it then is.
_EXPONENTS = [
    (re.compile(rf"\s*(?:{_T}|\{{\s*{_T}\s*\}})"), "transpose"),
    (re.compile(rf"\s*(?:[-−]\s*{_T}|\{{\s*[-−]\s*1?\s*{_T}\s*\}})"), "inverse_transpose"),
    (re.compile(rf"\s*(?:{_H}|\{{\s*{_H}\s*\}})"), "conjugate_transpose"),
    (re.compile(r"\s*(?:\+|\{\s*\+\s*\})"), "pinv"),
    (re.compile(r"\s*(?:\*|\\ast(?![A-Za-z])|\{\s*(?:\*|\\ast)\s*\})"), "conjugate"),
]
_ENTRYWISE = re.compile(r"\s*(\{?)\s*(?:⊙|∘|\\odot(?![A-Za-z])|\\circ(?![A-Za-z]))\s*(?!\s*\})")
#: An exponent that is no plain number.
_SYMBOLIC = re.compile(rf"\s*[{{(]?\s*[-−]?\s*(?:[0-9.]*\s*)(?:[{LETTER}\\(‖|{{½¼])")
_INDEXING = re.compile(r"\[[^\[\];]*\]")
_DERIVATIVE = re.compile(r"['’′]+\s*\(")
_DAGGER = re.compile(r"\s*\{?\s*(?:†|\\dagger(?![A-Za-z]))")
_HEXADECIMAL = re.compile(r"[xXbBoO][0-9a-fA-F]*[0-9]")
_SUPERSCRIPTS = re.compile(rf"⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|⁻?ᵀ|⁺|ᴴ|⁻?[{''.join(SUPERSCRIPT_LETTERS)}]")
_CALL = re.compile(rf"{_SPACE}*(?:\\left|\\[bB]igg?l?)?\s*([(\[])")
_NORM_KIND = re.compile(
    rf"\s*(?:_\s*(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}|(\\infty|\\ast)(?![A-Za-z])|([0-9]+|[{LETTER}∞*]))|([{SUBSCRIPT}]+))"
)
_POWER_FIRST = re.compile(r"\s*(?:\^\s*(?:\{[^{}]*\}|[0-9A-Za-z])|[²³⁴⁵⁶⁷⁸⁹])")
_INDEX = r"(?:\{\s*([a-z])\s*(?:(?:=|∈|\\in(?![A-Za-z]))\s*([^{}]*))?\}|([a-z]))"
_LIMIT = r"(?:\{([^{}]*)\}|([A-Za-z0-9]))"
_SUM = re.compile(
    rf"(?:∑|Σ|\\sum(?:\\limits|\\nolimits)?|sum)\s*(?:_\s*{_INDEX}\s*(?:\^\s*{_LIMIT})?|\^\s*{_LIMIT}\s*_\s*{_INDEX}|([ᵢⱼₖₗₘₙ])(?:₌([₀-₉]))?([ᴺᴹⁿᵐᵏ]?))"
)
_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+)\s*\}")
_ARGUMENT = re.compile(rf"\s*(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}|(\\[A-Za-z]+)|([{LETTER}0-9]))")
_SUFFIXES = re.compile(f"(?:{SUFFIX})*")
_ROOT = re.compile(r"\s*\[\s*([0-9]{1,3})\s*\]")
_CONTINUES = re.compile(r"\s*(?:[+*⊙∘⊘⊗×·@/:^=]|\.[*/^])")

_LEXEMES = re.compile(
    rf"""
    (?P<space>{_SPACE}+)
  | (?P<newline>[\r\n\x85\u2028\u2029;])
  | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<run>(?:{UNIT})+)
  | (?P<command>\\(?:[A-Za-z]+\*?|.))
  | (?P<operator>\.[*/^]|\*\*|:=|==|[-+−–﹣－:∶*@×∗·⋅∙•⊙∘○⊘/∕⁄÷⊗=,^])
  | (?P<column>&)
  | (?P<transpose>\.'|['’′‵⊤])
  | (?P<superscript>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᴴ{"".join(SUPERSCRIPT_LETTERS)}]+)
  | (?P<bar>\|\||[|∣‖∥])
  | (?P<bracket>[()\[\]{{}}⟨⟩])
  | (?P<vulgar>[{"".join(VULGAR_FRACTIONS)}])
  | (?P<sumsign>∑)
  | (?P<root>√)
  | (?P<ones>[{"".join(ONES)}])
  | (?P<zeros>[{"".join(ZEROS)}])
    """,
    re.VERBOSE | re.DOTALL,
)

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


@dataclass(slots=True)
class _Open:
    """An open bracket, bar or sum: what it is, what closes it, and where it stands."""

    mark: str
    closer: str
    span: Span
    index: str = ""


class Scanner:
    """One pass over the text; :meth:`scan` returns the tokens."""

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

    def scan(self) -> list[Token]:
        if self.end - self.at > limits.CHARACTERS:
            raise LimitError(f"the input has more than {limits.CHARACTERS} characters")
        match, source = _LEXEMES.match, self.source
        while self.at < self.end:
            if self.skip and self.at in self.skip:
                self.at = self.skip.pop(self.at)
                continue
            found = match(source, self.at, self.end)
            if found is None:
                raise self._unknown_character()
            start, self.at = self.at, found.end()
            kind = found.lastgroup
            if kind != "space":
                getattr(self, "_" + str(kind))(found[0], start)
        self._close_sums()
        if self.stack:
            opened = self.stack[-1]
            raise self._error(
                f"this {_MARKS.get(opened.mark, opened.mark)} is never closed",
                opened.span,
                hint=f"close it with {opened.closer}",
            )
        while self.tokens and self.tokens[-1].type == "NEWLINE":
            self.tokens.pop()
        return self.tokens

    # ------------------------------------------------------------ helpers
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

    def _innermost(self) -> _Open | None:
        """The innermost open bracket or bar."""
        return next((o for o in reversed(self.stack) if o.mark != "sum"), None)

    # ------------------------------------------------------------ separators and operators
    def _newline(self, text: str, start: int) -> None:
        inside = self._innermost()
        if inside is not None:
            if inside.closer == "]" and (text == ";" or (self.operand and inside.mark == "[")):
                self._close_sums()
                self._emit("SEMICOLON", start)
            elif text == ";":
                raise self._error(
                    f"this {_MARKS.get(inside.mark, inside.mark)} is not closed before the end of the statement",
                    inside.span,
                )
            return
        if text != ";" and (not self.operand or _CONTINUES.match(self.source, self.at, self.end)):
            return
        self._close_sums()
        if self._last() not in ("", "NEWLINE"):
            self._emit("NEWLINE", start)
            self.statements += 1
            if self.statements > limits.STATEMENTS:
                raise LimitError(
                    f"the program has more than {limits.STATEMENTS} statements",
                    source=self.source,
                    span=(start, self.at),
                )
        self.statement_start = len(self.tokens)

    def _operator(self, text: str, start: int) -> None:
        if text == ":=":
            raise self._error("a definition belongs in `where`", (start, self.at), hint="write: … where θ := tanh")
        type_ = OPERATORS.get(text)
        if type_ is None:
            raise self._error(
                f"{text} is not an operator here", (start, self.at), hint="write = to name an intermediate result"
            )
        self._binary(type_, start)

    def _binary(self, type_: str, start: int) -> None:
        if type_ == "POWER":
            self._power(start)
            return
        if type_ in ("PLUS", "MINUS", "COMMA", "EQUALS") and (self.operand or type_ == "COMMA"):
            self._close_sums()
        self._emit(type_, start)

    def _power(self, start: int) -> None:
        """`^`: a transpose, an entrywise power or a power."""
        if self._last() == "WORD":
            raise self._power_of_word(Span(start, self.at))
        for pattern, operator in _EXPONENTS:
            found = pattern.match(self.source, self.at, self.end)
            if found:
                letter = "T" if "T" in found[0] and "\\" not in found[0] and "ᵀ" not in found[0] else ""
                if letter and self.words.kinds.get("T") in ("scalar", "dimension"):
                    raise self._error(
                        "^T is ambiguous here: T is a scalar",
                        (start, found.end()),
                        hint="write ' or ᵀ for the transpose, ^(T) for the power",
                    )
                self.at = found.end()
                self._emit("POSTFIX", start, operator)
                return
        if found := _DAGGER.match(self.source, self.at, self.end):
            raise self._error(
                "† is ambiguous: pseudo-inverse or conjugate transpose", (start, found.end()), hint="write ^+ or ^H"
            )
        if found := _ENTRYWISE.match(self.source, self.at, self.end):
            self.at = found.end()
            self._emit("ENTRYWISE_POWER", start)
            if found[1]:
                self._open("{", "}", Span(found.start(1), found.end(1)))
                self._emit("LBRACE", found.start(1), end=found.end(1))
            return
        last = self.tokens[-1] if self.tokens else None
        if (
            last is not None
            and last.type == "NAME"
            and last.value == "e"
            and "e" not in self.words.kinds
            and _SYMBOLIC.match(self.source, self.at, self.end)
        ):
            raise self._error(
                "is e a variable here, or Euler's number?",
                (last.span.start, self.at),
                hint="write exp(…), or declare e: scalar",
            )
        self._emit("POWER", start)

    def _power_of_word(self, span: Span) -> ParseError:
        name = self.tokens[-1].text
        return self._error(
            f"a power of {name} without its argument is ambiguous",
            (self.tokens[-1].span.start, span.end),
            hint=f"write {name}(x).^2",
        )

    def _transpose(self, text: str, start: int) -> None:
        if not self.operand:
            raise self._error("nothing stands before this transpose", (start, self.at))
        self._emit("POSTFIX", start, "transpose")

    def _superscript(self, text: str, start: int) -> None:
        """²  ⁻¹  ᵀ  ⁻ᵀ  ⁺  ⁿ, and several of these after each other."""
        at = 0
        while at < len(text):
            found = _SUPERSCRIPTS.match(text, at)
            if found is None:
                raise self._error(f"cannot read the superscript {text[:12]}", (start, self.at))
            piece, place = found[0], Span(start + at, start + found.end())
            if self._last() == "WORD":
                raise self._power_of_word(place)
            if not self.operand:
                raise self._error("nothing stands before this superscript", place)
            at = found.end()
            bare = piece.lstrip("⁻")
            if bare in ("ᵀ", "⁺", "ᴴ"):
                name = {"ᵀ": "transpose", "⁺": "pinv", "ᴴ": "conjugate_transpose", "⁻ᵀ": "inverse_transpose"}[piece]
                self._put(Token("POSTFIX", piece, place, name))
            elif bare in SUPERSCRIPT_LETTERS:
                letter = SUPERSCRIPT_LETTERS[bare]
                self._put(Token("POWER", piece, place))
                if bare != piece:
                    self._put(Token("MINUS", piece, place))
                self._put(Token("NAME", letter, place, name_key(letter)))
                self.words.uncalled.add(letter)
            else:
                value = Fraction(self._integer(bare.translate(SUPERSCRIPT_DIGITS), place))
                self._put(Token("SUPERSCRIPT", piece, place, -value if bare != piece else value))

    # ------------------------------------------------------------ numbers
    def _integer(self, digits: str, place: Span) -> int:
        if len(digits) > limits.DIGITS:
            raise LimitError(f"a number of {len(digits)} digits is too long", source=self.source, span=place)
        return int(digits)

    def _number(self, text: str, start: int) -> None:
        if text == "0" and _HEXADECIMAL.match(self.source, self.at, self.end):
            raise self._error("cannot read this number", (start, self.at + 1), hint="numbers are decimal")
        if (
            text == "1"
            and not self.arguments
            and (self.source.startswith("_", self.at) or self.source[self.at : self.at + 1] in tuple("ₙₘₖₚ"))
        ):
            self._constant("ones", start)
            return
        if self.arguments and text[0] != ".":  # \frac12 has the arguments 1 and 2
            self.at, text = start + 1, text[0]
            self.arguments -= 1
        mantissa, _, exponent = text.lower().partition("e")
        whole, _, decimals = mantissa.partition(".")
        if len(exponent) > 6 or abs(int(exponent or 0)) > limits.EXPONENT:
            raise LimitError("this number is out of range", source=self.source, span=(start, self.at))
        value = Fraction(self._integer(whole + decimals, Span(start, self.at)), 10 ** len(decimals)) * Fraction(
            10
        ) ** int(exponent or 0)
        if text.isdecimal():
            value = self._fraction(value, start)
        self._emit("NUMBER", start, value)
        if self.source.startswith(".", self.at) and not self.source.startswith((".*", "./", ".^", ".'"), self.at):
            raise self._error("cannot read this number", (start, self.at + 1))

    def _fraction(self, value: Fraction, start: int) -> Fraction:
        """1/2 between integers and without spaces is one number, unless a power or another `/` would cut it."""
        found = re.compile(r"/([0-9]+)(?![0-9]|\.[0-9]|[eE][0-9]|\s*(?:\^|\.\^|\*\*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]))").match(
            self.source, self.at, self.end
        )
        last = [t.type for t in self.tokens[-2:]]
        if found is None or last[-1:] in (["DIVIDE"], ["HADAMARD_DIVIDE"]) or self.arguments:
            return value
        if last[-1:] in (["POWER"], ["ENTRYWISE_POWER"]) or (
            len(last) == 2 and last[0] in ("POWER", "ENTRYWISE_POWER") and last[1] == "MINUS"
        ):
            if value == 1:
                sign = "-" if last[-1] == "MINUS" else ""
                raise self._error(
                    "this exponent is ambiguous",
                    (start, found.end()),
                    hint=f"write ^{{{sign}1/{found[1]}}} for the root, (…)^{sign}1 / {found[1]} for the quotient",
                )
            if int(found[1]) == 0 or value % int(found[1]) != 0:
                self.notes.append(
                    (f"^{value}/{found[1]} is the power {value}, divided by {found[1]}", Span(start, found.end()))
                )
            return value
        denominator = self._integer(found[1], Span(*found.span(1)))
        if denominator == 0:
            raise self._error("division by zero", (start, found.end()))
        self.at = found.end()
        return value / denominator

    def _vulgar(self, text: str, start: int) -> None:
        self._emit("NUMBER", start, VULGAR_FRACTIONS[text])

    def _ones(self, text: str, start: int) -> None:
        self._constant("ones", start)

    def _zeros(self, text: str, start: int) -> None:
        self._emit("NUMBER", start, Fraction(0))

    def _constant(self, kind: str, start: int) -> None:
        """𝟏, or 𝟏_n with its length."""
        found = _NORM_KIND.match(self.source, self.at, self.end)
        size = None
        if found:
            size = name_key(next(g for g in found.groups() if g))
            self.at = found.end()
        self._emit("CONSTANT", start, (kind, size))

    # ------------------------------------------------------------ names
    def _run(self, text: str, start: int) -> None:
        if text[0] in "Σs" and (found := self._sum_head(start, text)):
            self._sum(found)
            return
        if self.arguments:  # \frac ab has the arguments a and b
            units = self.words.units(text, start)[:1]
            self.at = units[-1].end
            self.arguments -= 1
        else:
            units = self.words.units(text, start)
        self._word(units)

    def _word(self, units: list[Unit], command: str | None = None) -> None:
        follow = _CALL.match(self.source, self.at, self.end)
        if (
            len(units) == 1
            and self.words.is_function_letter(units[0].text)
            and (primes := _DERIVATIVE.match(self.source, self.at, self.end))
        ):
            name = units[0].text
            raise self._error(
                f"{name}′ is ambiguous: a derivative, or a transpose",
                (units[0].start, primes.end() - 1),
                hint=f"write ({name})' for the transpose",
            )
        for token in self.words.tokens(units, follow[1] if follow else "", command):
            self._put(token)

    def _sum_head(self, start: int, text: str) -> re.Match[str] | None:
        """Σ_i … where Σ_i is no name and something below it has the index i."""
        found = _SUM.match(self.source, start, self.end)
        if found is None or (text[0] == "s" and not text.startswith("sum")):
            return None
        index, limited = _index_of(found)
        if text.startswith("Σ") and not limited:
            if name_key(f"Σ_{index}") in self.words.kinds:
                return None
            stop = min(
                (p for p in (self.source.find(c, found.end(), self.end) for c in ";\n") if p >= 0), default=self.end
            )
            if not re.compile(rf"_\{{?[^{{}}\s]*{index}|{_SUBSCRIPT_OF.get(index, '(?!)')}").search(
                self.source, found.end(), stop
            ):
                return None
        return found

    def _sumsign(self, text: str, start: int) -> None:
        found = _SUM.match(self.source, start, self.end)
        if found is None:
            raise self._error(
                "this sum needs an index", (start, self.at), hint="write Σ_i …, or sum(…) for the sum of all entries"
            )
        self._sum(found)

    def _sum(self, found: re.Match[str]) -> None:
        index, _ = _index_of(found)
        lower = unicodedata.normalize("NFKC", found[2] or found[9] or found[12] or "") or None
        upper = found[4] or found[5] or found[6] or found[7] or found[13]
        self.at = found.end()
        if index in self.words.indices:
            raise self._error(f"the index {index} is in use already", found.span())
        if upper and len(upper) == 1:
            upper = SUPERSCRIPT_LETTERS.get(upper, {"ᴺ": "N", "ᴹ": "M"}.get(upper, upper))
        self._open("sum", "", Span(*found.span()), index)
        self.words.indices.add(index)
        self._emit("SUM", found.start(), (index, lower and lower.strip(), upper and upper.strip()))

    # ------------------------------------------------------------ brackets and bars
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
            raise self._error(
                f"this {_MARKS.get(opened.mark, opened.mark)} is not closed by {closer}",
                opened.span,
                hint=f"close it with {opened.closer}",
            )

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
                raise self._error(f"this {_MARKS[mark]} closes nothing", span)
            self._close_sums()
            self.stack.pop()
            if mark == "norm":
                kind = self._norm_kind()
                self._emit("ENDNORM", start, kind)
            else:
                self._emit("ENDBAR", start)
            return
        self._open(mark, "‖" if mark == "norm" else "|", span)
        self._emit("NORM" if mark == "norm" else "BAR", start)

    def _norm_kind(self) -> str:
        """The subscript of a norm; ‖x‖²₂ and ‖x‖^2_2 have it after the power."""
        found = _NORM_KIND.match(self.source, self.at, self.end)
        if found:
            self.at = found.end()
        elif power := _POWER_FIRST.match(self.source, self.at, self.end):
            found = _NORM_KIND.match(self.source, power.end(), self.end)
            if found:
                self.skip[found.start()] = found.end()
        if not found:
            return ""
        kind = unicodedata.normalize("NFKC", next(g for g in found.groups() if g is not None))
        kind = re.sub(r"\\(?:mathrm|text|mathsf|rm|ell)|[{}\s]", "", kind).replace("\\infty", "∞").replace("\\ast", "*")
        return {"infty": "∞", "inf": "∞", "fro": "F", "Fro": "F", "nuc": "*", "tr": "*", "op": "2", "max": "max"}.get(
            kind, kind
        )

    # ------------------------------------------------------------ LaTeX
    def _command(self, text: str, start: int) -> None:
        name = text[1:]
        if name in SPACING or name in SIZING:
            return
        if name == "|":
            self._toggle("norm", None, start)
        elif name in ("left", "right"):
            self._sided(name, start)
        elif name in OPERATOR_COMMANDS:
            self._binary(OPERATOR_COMMANDS[name], start)
        elif name in BARS:
            self._toggle(*BARS[name], start)
        elif name in BRACKET_COMMANDS:
            self._bracket(BRACKET_COMMANDS[name], start)
        elif name in ("{", "}"):
            self._set_brace(name, start)
        elif name in FRACTIONS:
            self._emit("FRAC", start)
            self.arguments = 2
        elif name == "sqrt":
            root = _ROOT.match(self.source, self.at, self.end)
            self.at = root.end() if root else self.at
            self._emit("SQRT", start, int(root[1]) if root else 2)
        elif name == "sum":
            self._sumsign(text, start)
        elif name in ("begin", "end", "\\"):
            self._matrix(name, start)
        elif name in ACCENTS and not (name == "vec" and _CALL.match(self.source, self.at, self.end)):
            self._accent(name, start)
        elif name in DRESSING:
            self._dressed(name, start)
        elif name in LETTER_COMMANDS:
            self._suffixed(name, start)
        elif name in self.words.functions or name in ("log", "ln", "tr", "Tr"):
            self._named(name, start)
        else:
            known = [
                *OPERATOR_COMMANDS,
                *LETTER_COMMANDS,
                *FRACTIONS,
                *DRESSING,
                *self.words.functions,
                "sqrt",
                "sum",
                "left",
                "right",
                "lVert",
            ]
            close = nearest(name[:40], known)
            if name.isspace():
                raise self._error(
                    "a lone backslash means nothing here", (start, start + 1), hint="to solve A x = b write A⁻¹ b"
                )
            shown = name if len(name) <= 30 else name[:29] + "…"
            raise self._error(
                f"unknown LaTeX command \\{shown}", (start, self.at), hint=f"did you mean \\{close}?" if close else None
            )

    def _sided(self, side: str, start: int) -> None:
        r"""\left or \right before a bar or bracket."""
        found = re.compile(r"\s*(\\\||\\[A-Za-z]+|\\[{}]|.)", re.DOTALL).match(self.source, self.at, self.end)
        mark = found[1] if found else ""
        bar = {"\\|": "norm", "|": "bar", "‖": "norm"}.get(mark) or (BARS[mark[1:]][0] if mark[1:] in BARS else None)
        if found and bar:
            self.at = found.end()
            self._toggle(bar, side, start)
        elif not mark or (mark not in "()[]⟨⟩" and mark not in ("\\{", "\\}") and mark[1:] not in BRACKET_COMMANDS):
            raise self._error(f"\\{side} needs a bracket or a bar", (start, self.at))

    def _column(self, text: str, start: int) -> None:
        """& in a matrix of LaTeX."""
        inside = self._innermost()
        if inside is None or inside.mark != "matrix":
            raise self._error("& separates the columns of a matrix only", (start, self.at))
        self._close_sums()
        self._emit("COMMA", start)

    def _set_brace(self, name: str, start: int) -> None:
        r"""\{ … \} groups."""
        if name == "{":
            self._open("\\{", "\\}", Span(start, self.at))
        else:
            self._close("\\}", Span(start, self.at))
        self._emit("LPAR" if name == "{" else "RPAR", start)

    def _matrix(self, name: str, start: int) -> None:
        r"""\begin{bmatrix} a & b \\ c & d \end{bmatrix}."""
        inside = self._innermost()
        if name == "\\":
            if inside is None or inside.mark != "matrix":
                raise self._error(
                    "\\\\ ends a row of a matrix only", (start, self.at), hint="separate statements with ;"
                )
            self._close_sums()
            self._emit("SEMICOLON", start)
            return
        found = _ENVIRONMENT.match(self.source, self.at, self.end)
        if found is None or found[1] not in MATRICES:
            raise self._error(
                f"unknown LaTeX environment {found[1][:30] if found else ''}".strip(),
                (start, found.end() if found else self.at),
            )
        self.at = found.end()
        if name == "begin":
            self._open("matrix", "\\end", Span(start, self.at))
            self._emit("LSQB", start)
        else:
            if self._last() == "SEMICOLON":
                self.tokens.pop()
            self._close("\\end", Span(start, self.at))
            self._emit("RSQB", start)

    def _argument(self, start: int) -> tuple[str, Span]:
        """The argument of a command that dresses a letter: {x}, \\theta, or the next character."""
        found = _ARGUMENT.match(self.source, self.at, self.end)
        if found is None:
            raise self._error("this command needs an argument in braces", (start, self.at))
        group = found.lastindex or 1
        self.at = found.end()
        return found[group].strip(), Span(*found.span(group))

    def _accent(self, name: str, start: int) -> None:
        letter, _ = self._argument(start)
        letter = self._plain(letter, start)
        if len(letter) != 1:
            raise self._error(f"\\{name} belongs on a single letter", (start, self.at))
        self._letter(letter + ACCENTS[name], start)

    def _dressed(self, name: str, start: int) -> None:
        content, place = self._argument(start)
        if content == "1":
            self._constant("ones", start)
        elif content == "0":
            self._emit("NUMBER", start, Fraction(0))
        elif name in ("text", "textrm") and not content:
            return
        else:
            word = self._plain(content, start)
            operator = name.startswith("operatorname")
            if len(word) == 1 or operator or word in self.words.functions:
                self._letter(word, start, "function" if operator and len(word) > 1 else None)
            else:
                units = [Unit(u.text, place.start, place.end) for u in self.words.units(word, place.start)]
                self._word(units)

    def _plain(self, text: str, start: int) -> str:
        """The letters inside a command's argument, other dressings and Greek commands resolved."""
        text = re.sub(r"\\(?:mathbf|boldsymbol|bm|mathrm|mathit|mathcal|mathsf|text)(?![A-Za-z])", "", text)
        text = re.sub(
            r"\\([A-Za-z]+)", lambda m: LETTER_COMMANDS.get(m[1], m[1] if m[1] in self.words.functions else "\\"), text
        )
        text = re.sub(r"[{}\s]", "", text)
        if not re.fullmatch(rf"(?:{UNIT})+", text) or len(text) > limits.NAME:
            raise self._error("cannot read this as a name", (start, self.at))
        return text

    def _suffixed(self, name: str, start: int) -> None:
        self._letter(LETTER_COMMANDS[name], start)

    def _letter(self, letter: str, start: int, command: str | None = None) -> None:
        """One letter from a command, with the digits and subscripts that follow it."""
        suffix = None if self.arguments else _SUFFIXES.match(self.source, self.at, self.end)
        text = letter + undressed(suffix[0] if suffix else "")
        self.at = suffix.end() if suffix else self.at
        if len(text) > limits.NAME:
            raise LimitError("this name is too long", source=self.source, span=(start, self.at))
        if self.arguments:
            self.arguments -= 1
        self._word([Unit(text, start, self.at)], command)

    def _named(self, name: str, start: int) -> None:
        """A function as a command: \\log, \\det, \\tr."""
        self._letter(name, start, "function") if self.source.startswith("_", self.at) else self._word(
            [Unit(name, start, self.at)], "function"
        )

    def _root(self, text: str, start: int) -> None:
        self._emit("SQRT", start, 2)

    def _unknown_character(self) -> ParseError:
        char = self.source[self.at]
        name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
        shown = char if char.isprintable() and not unicodedata.combining(char) else f"U+{ord(char):04X}"
        hints = {
            "%": "there are no comments in the language", "$": "leave out the dollar signs",
            "_": "a subscript belongs to a letter: W_1",
            ".": "Hadamard operators are .* ./ .^", "\\": "a LaTeX command needs a name",
            '"': "write ' for a transpose",
            "!": "for the factorial write gamma(n + 1)",
        }  # fmt: skip
        return self._error(f"unknown character {shown} ({name})", (self.at, self.at + 1), hint=hints.get(char))


_MARKS = {
    "norm": "norm bar",
    "bar": "bar",
    "(": "parenthesis",
    "[": "bracket",
    "{": "brace",
    "⟨": "angle bracket",
    "matrix": "matrix",
    "\\{": "brace",
}
_SUBSCRIPT_OF = dict(zip("ijklmnopst", "ᵢⱼₖₗₘₙₒₚₛₜ", strict=True))


def _index_of(found: re.Match[str]) -> tuple[str, bool]:
    """The index of a sum, and whether the sum's limits were written."""
    index = found[1] or found[3] or found[8] or found[10] or unicodedata.normalize("NFKC", found[11] or "")
    limited = any(found[g] for g in (2, 4, 5, 6, 7, 9, 12, 13))
    return index, limited
