"""Formulas written as Unicode text in the operator table (identities, conditions) set in LaTeX.

The text is ours, apart from names in it; whatever is not known notation is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .names import MATH, escape_latex, latex_name, printable
from .notation import operatorname
from .styles import LATEX, TRANSPOSES, Latex

# fmt: off
_SIGNS = {
    "⊙": r" \odot ", "⊘": r" \oslash ", "⊗": r" \otimes ", "−": "-", "·": r" \cdot ", "′": "'", "½": r"\tfrac{1}{2}",
    "∇": r"\nabla ", "𝟏": r"\mathbf{1}", "∂": r"\partial ", "≠": r" \neq ", "≤": r" \leq ", "≥": r" \geq ",
    "∈": r" \in ", "ℝ": r"\mathbb{R}", "ℂ": r"\mathbb{C}", "×": r" \times ", "∞": r"\infty ", "→": r" \to ",
    "↦": r" \mapsto ", "∘": r" \circ ",
    "<": " < ", ">": " > ", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
    "\\": r"\backslash ", "~": r"\sim ", "^": r"\wedge ", "_": r"\_", '"': "''", "`": "'", ",": ",\\ ", ";": ";\\ ",
}
_TEX_OPERATORS = (
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "det", "max", "min",
)
_NAMED_OPERATORS = (
    "tr", "Re", "Im", "Diag", "diag", "vec", "unvec", "softmax", "lse", "sign", "clip", "huber", "tril", "triu", "relu",
    "vech", "sym",
)
_OPERATORS = {name: f"\\{name}" for name in _TEX_OPERATORS} | {name: operatorname(name) for name in _NAMED_OPERATORS}
# fmt: on
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵏᵖⁱᵃᵇᵐⁿʲ"
_TOKEN = re.compile(
    rf"""(?P<blank>\s+)|(?P<call>(?:[a-z]{{2,}}[a-z_]*\d*[a-z]*|Phi)(?=\())|(?P<map>D[^\W\d_](?=\())
    |(?P<raised>[{_SUPERSCRIPTS}]+)|(?P<lowered>[₀-₉]+)
    |(?P<group>[_^]\{{[^{{}}]*\}}|_\[[^\[\]]*\]|_[A-Za-z0-9*]+|\^[A-Za-z0-9])
    |(?P<root>√(?:\([^()]*\)|[^\W\d_]))|(?P<bars>‖|\|)|(?P<place>\x00\d+\x00)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<word>(?:(?![{_SUPERSCRIPTS}₀-₉½])[^\W\d_])+)|(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
#: Two indices: of an entry.
_OF_ENTRIES = re.compile("_[a-z]{2}")
#: Letters of words that are no formula.
_LATIN = frozenset("äöüßáéíóúñ")
#: Words that are prose and no product, short as they are.
_SHORT_WORDS = frozenset(
    {"an", "of", "is", "at", "on", "by", "to", "in", "it", "no", "es", "un", "de", "el", "la", "wo", "or", "en"}
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


#: What makes the small letters of an identity vectors; without it they are scalars.
_OF_VECTORS = re.compile("[:⊙⊗𝟏∇ᵀᴴ⁺]|Diag|diag|vec|softmax|lse|J_h|Mx|Ax|Av|‖v‖")
#: Letters that are indices, functions and numbers, unless they are transposed or multiplied entry by entry.
_OTHERS = frozenset("cdefghijklmnpqrst")
_BESIDE = re.compile(r"(?<![^\W\d_])d?([a-z])(?=[₀-₉]?ᵀ| ⊙)|⊙ d?([a-z])\b")


@dataclass(frozen=True)
class _Hand:
    """How a formula is set: the style, and which of its letters are arrays."""

    style: Latex
    arrays: frozenset[str]

    def letter(self, letter: str) -> str:
        return self.style.array(letter) if letter in self.arrays else latex_name(letter)


def _arrays_in(formula: str) -> frozenset[str]:
    """A, b and x are arrays, c is a scalar, i an index and f a function; p is an array in pᵀ, a number in Aᵖ."""
    maps = set(re.findall(r"([A-Z])_[a-z]+\(", formula))  # L_f(X, B)
    found = {c for c in formula if (c.isascii() or c == "Λ") and c.isupper() and c not in maps}
    if _OF_VECTORS.search(formula):
        found |= {c for c in formula if c.isascii() and c.islower() and c not in _OTHERS}
        found |= {c for pair in _BESIDE.findall(formula) for c in pair if c}
    return frozenset(found)


@lru_cache(maxsize=2048)
def formula_to_latex(formula: str, style: Latex = LATEX) -> str:
    r"""The formula in LaTeX math mode.

    >>> print(formula_to_latex("d(A⁻¹) = −A⁻¹ dA A⁻¹"))
    \mathrm{d}(A^{-1}) = -A^{-1} \,\mathrm{d}A\, A^{-1}
    """
    return _set(formula, _Hand(style, _arrays_in(formula)))


def _set(formula: str, hand: _Hand) -> str:
    tokens = _with_prose(_Token(found.lastgroup or "sign", found[0]) for found in _TOKEN.finditer(formula))
    solid = [t for t in tokens if t.kind != "blank"]
    out: list[str] = []
    open_bars: list[str] = []
    at = 0
    for place, token in enumerate(tokens):
        if token.kind == "blank":
            out.append(" ")
            continue
        apart = tokens[place + 1 : place + 2] == [_Token("blank", " ")]
        before, after = (solid[at - 1] if at else None), (solid[at + 1] if at + 1 < len(solid) else None)
        at += 1
        if token.kind == "bars":
            closing = token.text in open_bars
            open_bars.remove(token.text) if closing else open_bars.append(token.text)
            out.append(rf"\{'r' if closing else 'l'}{'Vert' if token.text == '‖' else 'vert'} ")
        elif token.kind == "differential":
            left = (
                r"\," if before and _is_factor(before, ")]") and not "".join(out[-2:]).rstrip().endswith(r"\,") else ""
            )
            right = r"\," if apart and after and _is_factor(after, "(") else ""
            d = hand.style.tinted(rf"\mathrm{{d}}{hand.letter(token.text[1])}")
            out.append(f"{left}{d}{right}")
        else:
            entry = after is not None and _OF_ENTRIES.fullmatch(after.text)  # F_ij is a number
            out.append(_WRITERS[token.kind](token.text, replace(hand, arrays=frozenset()) if entry else hand))
    return re.sub(r"\s+", " ", "".join(out)).strip().removesuffix(" }") + (
        "}" if out and out[-1].endswith(" }") else ""
    )


def prose_to_latex(prose: str, *formulas: str, style: Latex = LATEX) -> str:
    """A sentence of a catalogue, the formulas that it has between dollars as LaTeX between marks for ``with_math``.

    ``formulas``: LaTeX that is ready, for the places ``{}`` in it.
    """
    whole, parts = _Places(prose, formulas), []
    for k, part in enumerate(whole.marked.split("$")):
        parts.append(whole.fill(formula_to_latex(part, style)) if k % 2 else part)
    return MATH.join(parts)


def sentence_to_latex(template: str, *formulas: str, style: Latex = LATEX) -> str:
    """A condition such as ``{} > 0`` in math mode, its places filled with LaTeX that is ready."""
    whole = _Places(template, formulas)
    return whole.fill(formula_to_latex(whole.marked, style))


class _Places:
    """A template whose places ``{}`` are marked, so that they pass through the conversion to LaTeX."""

    def __init__(self, template: str, formulas: Sequence[str]) -> None:
        numbers = iter(range(len(formulas)))
        self.formulas = formulas
        self.marked = re.sub(r"\{\}", lambda _: f"\x00{next(numbers)}\x00", template) if formulas else template

    def fill(self, converted: str) -> str:
        return re.sub(r"\x00(\d+)\x00", lambda found: self.formulas[int(found[1])], converted)


def _with_prose(tokens: Iterable[_Token]) -> list[_Token]:
    """Words told apart: functions, differentials, letters beside each other; words of prose in a row are one token."""
    out: list[_Token] = []
    for token in tokens:
        if token.kind == "word":
            token = _Token(_kind_of_word(token.text), token.text)
        after_prose = len(out) > 1 and out[-1].kind == "blank" and out[-2].kind == "prose"
        if after_prose and (token.kind == "prose" or token.text == "a"):
            out[-2:] = [_Token("prose", f"{out[-2].text} {token.text}")]
        else:
            out.append(token)
    return out


def _kind_of_word(word: str) -> str:
    if word in _OPERATORS:
        return "operator"
    if word == "d":
        return "d"
    if len(word) == 2 and word[0] == "d":
        return "differential"
    lower = word.islower() and (word.isascii() or any(c in _LATIN for c in word))
    if any(c > "⺀" for c in word):
        return "prose"
    return "prose" if word in _SHORT_WORDS or len(word) > 4 or (lower and len(word) > 2) else "letters"


def _is_factor(token: _Token, brackets: str) -> bool:
    """Does the token stand beside a differential in a product?"""
    return (
        token.kind in ("letters", "raised", "lowered", "group", "differential", "operator", "call", "place")
        or token.text in brackets
    )


def _raised(token: str, hand: _Hand) -> str:
    r"""⁻ᵀ is ^{-\top}."""
    marks = (
        TRANSPOSES[hand.style.transpose_sign] if c == "ᵀ" else unicodedata.normalize("NFKC", c).replace("−", "-")
        for c in token
    )
    return f"^{{{''.join(marks)}}}"


def _group(token: str, hand: _Hand) -> str:
    inside = token[2:-1] if token[1] == "{" else token[1:]
    if len(inside) > 2 and inside.isascii() and inside.isalpha():  # the name of a function, not two indices
        return f"{token[0]}{{{operatorname(inside)}}}"
    return f"{token[0]}{{{_set(inside, hand)}}}"


def _other_sign(sign: str) -> str:
    return printable(sign) if sign.isascii() else rf"\text{{{escape_latex(sign)}}}"


def _letters(token: str, hand: _Hand) -> str:
    return r"\sum " if token == "Σ" else " ".join(map(hand.letter, token))


_WRITERS: dict[str, Callable[[str, _Hand], str]] = {
    "raised": _raised,
    "lowered": lambda token, _: f"_{{{unicodedata.normalize('NFKC', token)}}}",
    "group": _group,
    "root": lambda token, hand: rf"\sqrt{{{_set(token[1:].strip('()'), hand)}}}",
    "place": lambda token, _: token,
    "number": lambda token, _: token,
    "operator": lambda token, _: _OPERATORS[token] + " ",
    "d": lambda _, hand: hand.style.tinted(r"\mathrm{d}"),
    "letters": _letters,
    "call": lambda token, _: _OPERATORS.get(token) or (r"\Phi" if token == "Phi" else operatorname(token)),
    "map": lambda token, hand: rf"\mathrm{{D}}{hand.letter(token[1])}",
    "prose": lambda token, _: rf"\text{{ {escape_latex(token)} }}",
    "sign": lambda token, _: _SIGNS.get(token) or _other_sign(token),
}
