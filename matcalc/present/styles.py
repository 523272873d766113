"""The two styles, text and LaTeX: how brackets, fractions, powers, norms and names are drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from ..errors import DerivationError
from .names import GREEK, latex_name, split_name, superscript, text_name
from .notation import GLYPHS, Call, Infix, Level
from .pieces import BreakHere, End, Part, Piece, join

_LETTERS = frozenset({End.LETTER, End.SCALAR})

#: How vectors and matrices are set in LaTeX.
LETTERS = ("italic", "bold", "upright")
#: The sign of the transpose in LaTeX, by name.
TRANSPOSES = {"top": r"\top", "T": r"\mathsf{T}"}
#: The colour of differentials, where they have one: a name known to xcolor, KaTeX and MathJax.
DIFFERENTIAL_COLOR = "teal"
#: What begins a differential that has a colour; a brace ends it.
TINT = rf"\textcolor{{{DIFFERENTIAL_COLOR}}}{{"


class Style(ABC):
    """What the rules ask for; every method gives a :class:`Piece` or a string."""

    minus: str
    transpose: str
    inverse: str
    inverse_transpose: str
    prime: str
    one: str
    dots: str
    space: str
    zero = "0"
    #: Is it markup for TeX?
    is_tex = False

    # ------------------------------------------------------------ names and numbers
    @abstractmethod
    def name(self, name: str) -> str: ...

    @abstractmethod
    def pick(self, notation: Call | Infix) -> str:
        """The column of a row of the notation tables."""

    @abstractmethod
    def ratio(self, p: int, q: int) -> Piece:
        """The positive number p/q."""

    def array(self, name: str) -> str:
        """The name of a vector or a matrix."""
        return self.name(name)

    def symbol(self, name: str, scalar: bool = False) -> Piece:
        parts = split_name(name)
        end = End.WORD if not parts.is_letter else End.SCALAR if scalar else End.LETTER
        bare = parts.base if parts.is_letter and not (parts.accents or parts.subscript or parts.primes) else ""
        return Piece(self.name(name) if scalar else self.array(name), Level.ATOM, end, end, letter=bare)

    def differential(self, piece: Piece) -> Piece:
        """dX, made to stand out where the style can."""
        return replace(piece, moving=True)

    @abstractmethod
    def subscript(self, base: str, subscript: str) -> str: ...

    # ------------------------------------------------------------ brackets
    @abstractmethod
    def bracket(self, piece: Piece, left: str = "(", right: str = ")") -> Piece: ...

    def operand(self, piece: Piece, level: Level) -> Piece:
        """The piece, bracketed where it is looser than its place asks for."""
        return self.bracket(piece) if piece.negative or piece.level < level else piece

    def signed(self, piece: Piece) -> Piece:
        """The piece with its sign written."""
        if not piece.negative:
            return piece
        return join([self.minus, piece.positive()], min(piece.level, Level.SUM), piece.first, piece.last)

    def call(self, name: str, arguments: Sequence[Piece]) -> Piece:
        """name(a, b)."""
        parts: list[Part] = []
        for argument in arguments:
            parts += [", ", self.signed(argument)] if parts else [self.signed(argument)]
        inner = join(parts, Level.SUM, End.GROUP, End.GROUP)
        bracketed = self.bracket(inner)
        return join([name, bracketed], Level.ATOM, End.CALL, End.CALL, tall=bracketed.tall)

    @abstractmethod
    def norm(self, piece: Piece, subscript: str = "") -> Piece: ...

    @abstractmethod
    def absolute(self, piece: Piece) -> Piece: ...

    # ------------------------------------------------------------ powers, roots, quotients
    def postfix(self, base: Piece, mark: str) -> Piece:
        """Aᵀ, A⁻¹, x²: the base holds together as an atom."""
        base = self.operand(base, Level.ATOM)
        return join([base, mark], Level.POSTFIX, base.first, _letter(base.last))

    @abstractmethod
    def exponent(self, piece: Piece) -> str:
        """A superscript."""

    @abstractmethod
    def entrywise_exponent(self, piece: Piece) -> str: ...

    @abstractmethod
    def root(self, piece: Piece) -> Piece: ...

    @abstractmethod
    def entrywise_root(self, piece: Piece) -> Piece: ...

    @abstractmethod
    def fraction(self, numerator: Piece, denominator: Piece) -> Piece: ...

    @abstractmethod
    def matrix(self, rows: Sequence[Sequence[Piece]]) -> Piece: ...

    # ------------------------------------------------------------ products
    @abstractmethod
    def gap(self, left: Piece, right: Piece) -> str: ...

    def product(self, factors: Sequence[Piece], reserved: Collection[str] = ()) -> Piece:
        """Factors side by side; the last may be looser than the others, and makes the whole as loose."""
        if len(factors) == 1:
            return factors[0]
        parts: list[Part] = [factors[0]]
        for left, right in pairwise(factors):
            parts += [BreakHere(Level.PRODUCT), self.gap(left, right), right]
        level = min(Level.PRODUCT, factors[-1].level)
        return join(parts, level, factors[0].first, factors[-1].last)


def _letter(end: End) -> End:
    """With a superscript a symbol of a scalar is a letter like any other."""
    return End.LETTER if end is End.SCALAR else end


class Text(Style):
    """Unicode text, in the spelling of the input language."""

    minus, transpose, inverse, inverse_transpose = "−", "ᵀ", "⁻¹", "⁻ᵀ"
    prime, one, dots, space = "′", "𝟏", "⋯", " "

    #: Neighbours in a product that need no space between them.
    TIGHT = frozenset(
        {
            (End.LETTER, End.LETTER), (End.LETTER, End.GROUP), (End.LETTER, End.WIDE), (End.LETTER, End.BARS),
            (End.GROUP, End.LETTER), (End.GROUP, End.GROUP), (End.GROUP, End.BARS),
            (End.BARS, End.BARS), (End.BARS, End.GROUP),
            (End.NUMBER, End.SCALAR), (End.NUMBER, End.GROUP), (End.NUMBER, End.WIDE), (End.NUMBER, End.BARS),
            (End.ONES, End.LETTER), (End.ONES, End.GROUP), (End.ONES, End.WIDE),
        }
    )  # fmt: skip

    def name(self, name: str) -> str:
        return text_name(name)

    def pick(self, notation: Call | Infix) -> str:
        return notation.text

    def ratio(self, p: int, q: int) -> Piece:
        if q == 1:
            return Piece(str(p), Level.ATOM, End.NUMBER, End.NUMBER)
        glyph = GLYPHS.get((p, q))
        level = Level.PRODUCT if glyph is None else Level.ATOM
        return Piece(glyph or f"{p}/{q}", level, End.NUMBER, End.NUMBER)

    def subscript(self, base: str, subscript: str) -> str:
        return f"{base}_{subscript}" if len(subscript) == 1 else f"{base}_{{{subscript}}}"

    def bracket(self, piece: Piece, left: str = "(", right: str = ")") -> Piece:
        end = End.WIDE if piece.nested else End.GROUP
        return join([left, self.signed(piece), right], Level.ATOM, end, end, inside=True, nested=True)

    def norm(self, piece: Piece, subscript: str = "") -> Piece:
        mark = {"": "", "1": "₁", "2": "₂"}.get(subscript, f"_{subscript}")
        return join(["‖", self.signed(piece), f"‖{mark}"], Level.ATOM, End.BARS, End.BARS, inside=True)

    def absolute(self, piece: Piece) -> Piece:
        return join(["|", self.signed(piece), "|"], Level.ATOM, End.BARS, End.BARS, inside=True)

    def exponent(self, piece: Piece) -> str:
        sign = "-" if piece.negative else ""
        if piece.first is End.NUMBER and piece.text.isascii() and piece.text.isdigit():
            return superscript(sign + piece.text)
        return "^" + (piece.text if piece.level == Level.ATOM and not sign else self.bracket(piece).text)

    def entrywise_exponent(self, piece: Piece) -> str:
        return f"^{{⊙{self.operand(piece, Level.POSTFIX).text}}}"

    def root(self, piece: Piece) -> Piece:
        simple = piece.level == Level.ATOM and piece.last in (End.NUMBER, End.SCALAR, End.GROUP)
        inner = piece if simple and not piece.negative else self.bracket(piece)
        return join(["√", inner], Level.POSTFIX, End.CALL, End.CALL)

    def entrywise_root(self, piece: Piece) -> Piece:
        return self.call("sqrt", [piece])

    def fraction(self, numerator: Piece, denominator: Piece) -> Piece:
        top, bottom = self.operand(numerator, Level.PRODUCT), self.operand(denominator, Level.POSTFIX)
        return join([top, "/", bottom], Level.ENTRYWISE, top.first, bottom.last)

    def matrix(self, rows: Sequence[Sequence[Piece]]) -> Piece:
        parts: list[Part] = ["["]
        for i, row in enumerate(rows):
            for j, entry in enumerate(row):
                parts += [", " if j else "; " if i else "", self.signed(entry)]
        return join([*parts, "]"], Level.ATOM, End.CALL, End.CALL, inside=True, nested=True)

    def gap(self, left: Piece, right: Piece) -> str:
        if left.last is End.NUMBER and right.first is End.NUMBER:
            return " · "
        ends = (left.last, right.first)
        tight = ends in self.TIGHT or (_letter(ends[0]), _letter(ends[1])) in self.TIGHT
        return "" if tight and right.level > Level.FROBENIUS else " "

    def product(self, factors: Sequence[Piece], reserved: Collection[str] = ()) -> Piece:
        """As any product; 2x is tight; letters that would spell a word (t r, d x) are kept apart."""
        if len(factors) == 2 and factors[0].first is End.NUMBER and factors[1].letter:
            return join(factors, Level.PRODUCT, End.NUMBER, factors[1].last)
        if _spells_a_word(factors, reserved):
            factors = [replace(f, first=End.WORD, last=End.WORD) if f.letter else f for f in factors]
        return super().product(factors)


def _spells_a_word(factors: Sequence[Piece], reserved: Collection[str]) -> bool:
    """Do bare letters beside each other make a name, a function, a Greek letter or a differential?"""
    runs = "".join(f.letter or " " for f in factors).split()
    for run in runs:
        if "d" in run[:-1]:
            return True
        words = (run[i:j] for i in range(len(run)) for j in range(i + 2, len(run) + 1))
        if any(word in GREEK or word in reserved for word in words):
            return True
    return False


@dataclass(frozen=True)
class Latex(Style):
    r"""LaTeX math, for amsmath and KaTeX.

    ``letters``: vectors and matrices in "italic", "bold" or "upright"; ``transpose_sign``: a name in
    :data:`TRANSPOSES`; ``colored``: differentials in colour, which needs the package xcolor.
    """

    letters: str = "italic"
    transpose_sign: str = "top"
    colored: bool = False

    minus, inverse = "-", "^{-1}"
    prime, one, dots, space = "'", r"\mathbf{1}", r"\cdots", r" \, "
    is_tex = True

    @property
    def transpose(self) -> str:  # type: ignore[override]
        return rf"^{{{TRANSPOSES[self.transpose_sign]}}}"

    @property
    def inverse_transpose(self) -> str:  # type: ignore[override]
        return rf"^{{-{TRANSPOSES[self.transpose_sign]}}}"

    @property
    def zero(self) -> str:  # type: ignore[override]
        return r"\mathbf{0}" if self.letters == "bold" else "0"

    def name(self, name: str) -> str:
        return latex_name(name)

    def array(self, name: str) -> str:
        return latex_name(name, self.letters)

    def differential(self, piece: Piece) -> Piece:
        if not self.colored:
            return replace(piece, moving=True)
        breaks = tuple((at + len(TINT), rank) for at, rank in piece.breaks)
        return replace(piece, text=self.tinted(piece.text), moving=True, breaks=breaks)

    def tinted(self, latex: str) -> str:
        """In the colour of differentials, where they have one."""
        return f"{TINT}{latex}}}" if self.colored else latex

    def pick(self, notation: Call | Infix) -> str:
        return notation.latex

    def ratio(self, p: int, q: int) -> Piece:
        text = str(p) if q == 1 else rf"\tfrac{{{p}}}{{{q}}}"
        return Piece(text, Level.ATOM if q == 1 else Level.PRODUCT, End.NUMBER, End.NUMBER)

    def subscript(self, base: str, subscript: str) -> str:
        return f"{base}_{{{subscript}}}"

    def bracket(self, piece: Piece, left: str = "(", right: str = ")") -> Piece:
        if piece.tall:
            left, right = rf"\left{left}", rf"\right{right}"
        parts: list[Part] = [left, self.signed(piece), right]
        return join(parts, Level.ATOM, End.GROUP, End.GROUP, inside=True, nested=True)

    def norm(self, piece: Piece, subscript: str = "") -> Piece:
        grow = (r"\left", r"\right") if piece.tall else ("", "")
        mark = {"": "", "∞": r"_{\infty}"}.get(subscript, f"_{{{subscript}}}")
        left, right = rf"{grow[0]}\lVert ", rf"{grow[1]}\rVert{mark}"
        parts: list[Part] = [left, self.signed(piece), right]
        return join(parts, Level.ATOM, End.BARS, End.BARS, inside=True)

    def absolute(self, piece: Piece) -> Piece:
        grow = (r"\left", r"\right") if piece.tall else ("", "")
        parts: list[Part] = [rf"{grow[0]}\lvert ", self.signed(piece), rf"{grow[1]}\rvert"]
        return join(parts, Level.ATOM, End.BARS, End.BARS, inside=True)

    def exponent(self, piece: Piece) -> str:
        return f"^{{{self.signed(piece).text}}}"

    def entrywise_exponent(self, piece: Piece) -> str:
        return rf"^{{\odot {self.operand(piece, Level.POSTFIX).text}}}"

    def root(self, piece: Piece) -> Piece:
        parts: list[Part] = [r"\sqrt{", self.signed(piece), "}"]
        return join(parts, Level.POSTFIX, End.GROUP, End.GROUP, sealed=True)

    def entrywise_root(self, piece: Piece) -> Piece:
        return self.root(piece)

    def fraction(self, numerator: Piece, denominator: Piece) -> Piece:
        parts: list[Part] = [r"\frac{", self.signed(numerator), "}{", self.signed(denominator), "}"]
        return join(parts, Level.PRODUCT, End.GROUP, End.GROUP, sealed=True, tall=True)

    def matrix(self, rows: Sequence[Sequence[Piece]]) -> Piece:
        body = r" \\ ".join(" & ".join(self.signed(entry).text for entry in row) for row in rows)
        moving = any(entry.moving for row in rows for entry in row)
        text = rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"
        return Piece(text, Level.ATOM, End.GROUP, End.GROUP, moving=moving, tall=True, nested=True)

    def gap(self, left: Piece, right: Piece) -> str:
        if left.last is End.NUMBER and right.first is End.NUMBER:
            return r" \cdot "
        if right.level <= Level.FROBENIUS:
            return r"\, "
        apart = left.last in (End.WORD, End.CALL) or (right.first is End.WORD and left.last is not End.NUMBER)
        return r" \, " if apart else " "


@cache
def latex_style(letters: str = "italic", transpose: str = "top", colored: bool = False) -> Latex:
    """The LaTeX style with these choices. Raises DerivationError for one that there is not."""
    for what, given, known in (("style", letters, LETTERS), ("transpose", transpose, tuple(TRANSPOSES))):
        if given not in known:
            raise DerivationError(f"{what}={given!r} is not known", hint=f"one of {', '.join(known)}")
    return Latex(letters, transpose, colored)


TEXT = Text()
LATEX = latex_style()
