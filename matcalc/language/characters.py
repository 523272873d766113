"""Characters and ASCII digraphs: operators, numbers, powers, names, sums, the ends of statements."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import cached_property

from ..errors import LimitError, ParseError, Span
from . import limits
from .names import base_letter, name_key
from .notation import (
    LETTER,
    MARK,
    OPERATORS,
    SPACE,
    SUBSCRIPT,
    SUPERSCRIPT_DIGITS,
    SUPERSCRIPT_LETTERS,
    VULGAR_FRACTIONS,
)
from .stream import MARKS, NORM_KIND, TokenStream
from .words import Token, Unit

_T = r"(?:\\[!,;:]\s*)?(?:T(?![_0-9₀-₉])|⊤|⊺|ᵀ|\\top(?![A-Za-z])|\\intercal(?![A-Za-z])|\\prime(?![A-Za-z])|'|′"
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
#: ^t before another factor.
_SMALL_T = re.compile(rf"\s*(?:t|\{{\s*t\s*\}})\s*(?=[{LETTER}(\\])")
_ENTRYWISE = re.compile(r"\s*(\{?)\s*(?:⊙|∘|\\odot(?![A-Za-z])|\\circ(?![A-Za-z]))\s*(?!\s*\})")
#: An exponent that is no plain number.
_SYMBOLIC = re.compile(rf"\s*[{{(]?\s*[-−]?\s*(?:[0-9.]*\s*)(?:[{LETTER}\\(‖|{{½¼])")
_BRACED = re.compile(r"\s*\{")
#: An e that is no base of a power with a braced exponent.
_OTHER_E = re.compile(r"(?<![A-Za-z0-9_\\])e(?![A-Za-z0-9_])(?!\s*\^\s*\{)")
_DERIVATIVE = re.compile(r"['’′]+\s*\(")
_DAGGER = re.compile(r"\s*\{?\s*(?:†|\\dagger(?![A-Za-z]))")
_HEXADECIMAL = re.compile(r"[xXbBoO][0-9a-fA-F]*[0-9]")
_SUPERSCRIPTS = re.compile(rf"⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|⁻?ᵀ|⁺|ᴴ|⁻?[{''.join(SUPERSCRIPT_LETTERS)}]")
CALL = re.compile(rf"{SPACE}*(?:\\left|\\[bB]igg?l?)?\s*([(\[]|\\\{{)")
_INDEX = r"(?:\{\s*([a-z])\s*(?:(?:=|∈|\\in(?![A-Za-z]))\s*([^{}]*))?\}|([a-z]))"
_LIMIT = r"(?:\{([^{}]*)\}|([A-Za-z0-9]))"
_PAIRS = re.compile(r"(?:∑|Σ|\\sum(?:\\limits|\\nolimits)?|sum)\s*_\s*\{\s*([a-z])\s*,?\s*([a-z])\s*\}(?!\s*\^)")
_RESTRICTED = re.compile(r"(?:∑|Σ|\\sum)\S*\s*_\s*\{[^{}]*(?:<|>|≠|≤|\\neq?(?![a-z])|\\leq?(?![a-z])|\\lt)[^{}]*\}")
_SUM = re.compile(
    rf"(?:∑|Σ|\\sum(?:\\limits|\\nolimits)?|sum)\s*(?:_\s*{_INDEX}\s*(?:\^\s*{_LIMIT})?|\^\s*{_LIMIT}\s*_\s*{_INDEX}|([ᵢⱼₖₗₘₙ])(?:₌([₀-₉]))?([ᴺᴹⁿᵐᵏ]?))"
)
#: tanh^2(x), \\sin^{2}\\left(x\\right): a power between a function and its argument.
_CALLED_POWER = re.compile(r"\s*(\{\s*[2-9]\s*\}|[2-9])(?=\s*(?:\\left)?\s*[(\[])")
_FIRST_LETTER = re.compile(rf"[{LETTER}][{MARK}]*(?:[{SUBSCRIPT}]+|_(?:\{{[^{{}}]*\}}|[{LETTER}0-9]))?")
_CONTINUES = re.compile(r"\s*(?:[+*⊙∘⊘⊗×·@/:^=]|\.[*/^])")
_SUBSCRIPT_OF = dict(zip("ijklmnopst", "ᵢⱼₖₗₘₙₒₚₛₜ", strict=True))


class CharacterScanner(TokenStream):
    """One method for each class of characters."""

    def _newline(self, text: str, start: int) -> None:
        inside = self._innermost()
        if inside is not None:
            if inside.closer == "]" and (text == ";" or (self.operand and inside.mark == "[")):
                self._close_sums()
                self._emit("SEMICOLON", start)
            elif text == ";":
                raise self._error(
                    f"this {MARKS.get(inside.mark, inside.mark)} is not closed before the end of the statement",
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

    def _follows_an_array(self) -> bool:
        """Is the last token a letter that is an array by custom?"""
        last = self.tokens[-1] if self.tokens else None
        return last is not None and last.type == "NAME" and base_letter(str(last.value)) in "hijklmnopqrsuvwxyz"

    def _power(self, start: int) -> None:
        """`^`: a transpose, an entrywise power or a power."""
        if self._last() == "WORD":
            if found := _CALLED_POWER.match(self.source, self.at, self.end):
                self.at = found.end(1)
                self._emit("SUPERSCRIPT", start, Fraction(int(found[1].strip("{} "))))
                return
            raise self._power_of_word(Span(start, self.at))
        if _SMALL_T.match(self.source, self.at, self.end) and "t" not in self.words.kinds and self._follows_an_array():
            raise self._error(
                "^t is ambiguous: a transpose, or a power", (start, self.at + 1),
                hint="write ' or ^T for the transpose; if t is an exponent, declare t: scalar",
            )  # fmt: skip
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
            if _BRACED.match(self.source, self.at, self.end) and not self._has_variable_e:
                self.tokens[-1] = Token("WORD", last.text, last.span, "exp")  # e^{…}, and no e that is a variable
                self.notes.append(("e^{…} is exp(…)", Span(last.span.start, self.at)))
                return
            raise self._error(
                "is e a variable here, or Euler's number?",
                (last.span.start, self.at),
                hint="write exp(…), or declare e: scalar",
            )
        self._emit("POWER", start)

    @cached_property
    def _has_variable_e(self) -> bool:
        return _OTHER_E.search(self.source, 0, self.end) is not None

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
            if self._last() == "WORD" and not (piece in "²³⁴" and CALL.match(self.source, self.at, self.end)):
                raise self._power_of_word(place)
            if not self.operand and self._last() != "WORD":
                if self._last() in ("NORM", "BAR") and self.stack[-1].mistyped is not None:
                    raise self._never_closed()
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
        if self.source[self.at : self.at + 1].isalpha():  # 1/2n may mean 1/(2n)
            number, letter = f"{value}/{found[1]}", self.source[self.at]
            self.notes.append((f"{number}{letter}… is ({number}) {letter}…", Span(start, self.at + 1)))
        return value / denominator

    def _vulgar(self, text: str, start: int) -> None:
        self._emit("NUMBER", start, VULGAR_FRACTIONS[text])

    def _root(self, text: str, start: int) -> None:
        self._emit("SQRT", start, 2)

    def _ones(self, text: str, start: int) -> None:
        self._constant("ones", start)

    def _zeros(self, text: str, start: int) -> None:
        self._emit("NUMBER", start, Fraction(0))

    def _constant(self, kind: str, start: int) -> None:
        """𝟏, or 𝟏_n with its length; an empty subscript says nothing."""
        found = NORM_KIND.match(self.source, self.at, self.end)
        size = None
        if found:
            size = name_key(next((g for g in found.groups() if g), "").strip()) or None
            self.at = found.end()
        self._emit("CONSTANT", start, (kind, size))

    def _run(self, text: str, start: int) -> None:
        if text[0] in "Σs" and (found := self._sum_head(start, text)):
            self._sum(found)
            return
        if text[0] == "Σ" and (self._is_over_pairs(start) or _RESTRICTED.match(self.source, start, self.end)):
            self._sumsign(text, start)
            return
        if self.arguments:  # \frac ab has the arguments a and b
            self.at = start + len(_FIRST_LETTER.match(text)[0])  # type: ignore[index]
            units = self.words.units(text[: self.at - start], start)
            self.arguments -= 1
        else:
            units = self.words.units(text, start)
        self._word(units)

    def _word(self, units: list[Unit], command: str | None = None) -> None:
        if self._last() == "LPAR" and [t.value for t in self.tokens[-2:-1]] == ["funm"]:
            self._put(self.words.function_name(units))
            return
        follow = CALL.match(self.source, self.at, self.end)
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
        bracket = (follow[1] if follow else "").replace("\\{", "(")
        for token in self.words.tokens(units, bracket, command):
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

    def _is_over_pairs(self, start: int) -> bool:
        """Σ_{ij} … where Σ_{ij} is no name and something behind it has the index i."""
        pairs = _PAIRS.match(self.source, start, self.end)
        if pairs is None or name_key(f"Σ_{pairs[1]}{pairs[2]}") in self.words.kinds:
            return False
        return re.compile(rf"_\{{?[^{{}}\s]*{pairs[1]}").search(self.source, pairs.end(), self.end) is not None

    def _sumsign(self, text: str, start: int) -> None:
        if pairs := _PAIRS.match(self.source, start, self.end):
            self.at = pairs.end()
            for index in pairs.groups():
                self._open_sum(index, None, None, Span(*pairs.span()))
            return
        found = _SUM.match(self.source, start, self.end)
        if found is None and (limits := _RESTRICTED.match(self.source, start, self.end)):
            raise self._error(
                "a sum over some of the pairs is not known here",
                limits.span(),
                hint="write Σ_i Σ_j over all pairs, and weigh them: Σ_i Σ_j a_i b_j …",
            )
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
        if upper and len(upper) == 1:
            upper = SUPERSCRIPT_LETTERS.get(upper, {"ᴺ": "N", "ᴹ": "M"}.get(upper, upper))
        self._open_sum(index, lower and lower.strip(), upper and upper.strip(), Span(*found.span()))

    def _open_sum(self, index: str, lower: str | None, upper: str | None, span: Span) -> None:
        if index in self.words.indices:
            raise self._error(f"the index {index} is in use already", span)
        self._open("sum", "", span, index)
        self.words.indices.add(index)
        self._emit("SUM", span.start, (index, lower, upper))


def _index_of(found: re.Match[str]) -> tuple[str, bool]:
    """The index of a sum, and whether the sum's limits were written."""
    index = found[1] or found[3] or found[8] or found[10] or unicodedata.normalize("NFKC", found[11] or "")
    limited = any(found[g] for g in (2, 4, 5, 6, 7, 9, 12, 13))
    return index, limited
