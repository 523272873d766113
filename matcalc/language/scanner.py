"""Text → tokens of the grammar: the three spellings become one, brackets are matched, bars opened and closed.

What depends on context is decided here, so that the grammar need not: whether a bar opens or closes, where the body
of an indexed sum ends, whether ``^T`` is a transpose, whether a newline ends a statement. Mathematics and ASCII are
read in :mod:`.characters`, brackets and bars in :mod:`.stream`; here are the loop and LaTeX.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from ..errors import LimitError, ParseError, Span
from . import limits
from .characters import CALL, CharacterScanner
from .names import nearest, undressed
from .notation import (
    ACCENTS,
    BARS,
    BRACKET_COMMANDS,
    DRESSING,
    FRACTIONS,
    LETTER,
    LETTER_COMMANDS,
    MATRICES,
    ONES,
    OPERATOR_COMMANDS,
    SIZING,
    SPACE,
    SPACING,
    SUFFIX,
    SUPERSCRIPT_LETTERS,
    UNIT,
    VULGAR_FRACTIONS,
    ZEROS,
)  # fmt: skip
from .words import Token, Unit

_ENVIRONMENT = re.compile(r"\s*\{\s*([A-Za-z]+)\s*\}")
_ARGUMENT = re.compile(rf"\s*(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}|(\\[A-Za-z]+)|([{LETTER}0-9]))")
_SUFFIXES = re.compile(f"(?:{SUFFIX})*")
_ROOT = re.compile(r"\s*\[\s*([0-9]{1,3})\s*\]")
#: ⟨A, B⟩_F, and in LaTeX.
_FROBENIUS_MARK = re.compile(r"\s*_\s*(?:F|\{\s*(?:F|\\(?:mathrm|text|rm)\s*\{?\s*F\s*\}?)\s*\})")
#: What says by what is differentiated: that is asked for apart from the formula.
_DERIVATIVES = ("partial", "nabla")
_D = r"(?:d|\\(?:mathrm|text|operatorname|mathop|rm)\s*\{?\s*d\s*\}?)"
_DERIVATIVE = re.compile(rf"\s*\{{\s*{_D}\s*[{LETTER}]?\s*\}}\s*\{{\s*{_D}\s*\\?[{LETTER}]")
_LEXEMES = re.compile(
    rf"""
    (?P<space>{SPACE}+)
  | (?P<newline>[\r\n\x85\u2028\u2029;])
  | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<run>(?:{UNIT})+)
  | (?P<command>\\(?:[A-Za-z]+\*?|.))
  | (?P<operator>\.[*/^]|\*\*|:=|==|[-+−–﹣－:∶*@×∗·⋅∙•⊙∘○⊘/∕⁄÷⊗=,^])
  | (?P<column>&)
  | (?P<transpose>\.'|\.T(?![{LETTER}0-9_])|['’′‵⊤⊺])
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


class Scanner(CharacterScanner):
    """One pass over the text; :meth:`scan` returns the tokens."""

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
            raise self._never_closed()
        while self.tokens and self.tokens[-1].type == "NEWLINE":
            self.tokens.pop()
        return self.tokens

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
            if name == "rangle" and (place := _FROBENIUS_MARK.match(self.source, self.at, self.end)):
                self.at = place.end()
        elif name in ("{", "}"):
            self._set_brace(name, start)
        elif name in FRACTIONS:
            if _DERIVATIVE.match(self.source, self.at, self.end):
                raise self._differentiated(start)
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
        elif name in ACCENTS and not (name == "vec" and CALL.match(self.source, self.at, self.end)):
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
            alike = (one for one in known if one[0].isupper() == name[0].isupper())  # \lamda is no \Lambda
            close = nearest(name[:40], alike) or nearest(name[:40], known)
            if name in _DERIVATIVES:
                raise self._differentiated(start)
            if name.isspace():
                raise self._error(
                    "a lone backslash means nothing here", (start, start + 1), hint="to solve A x = b write A⁻¹ b"
                )
            shown = name if len(name) <= 30 else name[:29] + "…"
            raise self._error(
                f"unknown LaTeX command \\{shown}", (start, self.at), hint=f"did you mean \\{close}?" if close else None
            )

    def _differentiated(self, start: int) -> ParseError:
        return self._error(
            "what is differentiated by is not part of the formula",
            (start, self.at),
            hint='type the function alone, and name the variable apart: --wrt x, or wrt="x"',
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
            hint = "an inner product is written ⟨x, y⟩ or \\langle x, y \\rangle" if mark in ("<", ">") else None
            raise self._error(f"\\{side} needs a bracket or a bar", (start, self.at), hint=hint)

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
                upright = name in ("mathrm", "text", "textrm", "mathsf") and word.isalpha()
                self._word(units, "function" if upright and CALL.match(self.source, self.at, self.end) else None)

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

    def _unknown_character(self) -> ParseError:
        char = self.source[self.at]
        if char in "∂∇":
            self.at += 1
            return self._differentiated(self.at - 1)
        name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
        shown = char if char.isprintable() and not unicodedata.combining(char) else f"U+{ord(char):04X}"
        hints = {
            "%": "there are no comments in the language", "$": "leave out the dollar signs",
            "_": "a subscript belongs to a letter: W_1",
            ".": "Hadamard operators are .* ./ .^", "\\": "a LaTeX command needs a name",
            '"': "write ' for a transpose",
            "!": "for the factorial write gamma(n + 1)",
            "<": "an inner product is written xᵀy, A : B or ⟨x, y⟩",
            ">": "an inner product is written xᵀy, A : B or ⟨x, y⟩",
        }  # fmt: skip
        return self._error(f"unknown character {shown} ({name})", (self.at, self.at + 1), hint=hints.get(char))
