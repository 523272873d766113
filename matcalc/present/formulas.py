"""Formulas written as Unicode text in the operator table (identities, conditions) set in LaTeX.

The text is ours, apart from names in it; whatever is not known notation is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from .names import escape_latex, latex_name, printable
from .notation import operatorname
from .styles import LATEX, TRANSPOSES, Latex

# fmt: off
_SIGNS = {
    "⊙": r" \odot ", "⊘": r" \oslash ", "⊗": r" \otimes ", "−": "-", "·": r" \cdot ", "′": "'", "½": r"\tfrac{1}{2}",
    "∇": r"\nabla ", "𝟏": r"\mathbf{1}", "∂": r"\partial ", "≠": r" \neq ", "≤": r" \leq ", "≥": r" \geq ",
    "∈": r" \in ", "ℝ": r"\mathbb{R}", "ℂ": r"\mathbb{C}", "×": r" \times ", "∞": r"\infty ", "→": r" \to ",
    "↦": r" \mapsto ",
    "<": " < ", ">": " > ", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$",
    "\\": r"\backslash ", "~": r"\sim ", "^": r"\wedge ", "_": r"\_", '"': "''", "`": "'", ",": ",\\ ", ";": ";\\ ",
}
_TEX_OPERATORS = (
    "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "det", "max", "min",
)
_NAMED_OPERATORS = (
    "tr", "Diag", "diag", "vec", "unvec", "softmax", "lse", "sign", "clip", "huber", "tril", "triu", "relu",
)
_OPERATORS = {name: f"\\{name}" for name in _TEX_OPERATORS} | {name: operatorname(name) for name in _NAMED_OPERATORS}
# fmt: on
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵏᵖⁱᵃᵇᵐⁿʲ"
_TOKEN = re.compile(
    rf"""(?P<blank>\s+)|(?P<raised>[{_SUPERSCRIPTS}]+)|(?P<lowered>[₀-₉]+)
    |(?P<group>[_^]\{{[^{{}}]*\}}|_\[[^\[\]]*\]|_[A-Za-z0-9*]+|\^[A-Za-z0-9])
    |(?P<root>√(?:\([^()]*\)|[^\W\d_]))|(?P<bars>‖|\|)|(?P<place>\x00\d+\x00)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<word>(?:(?![{_SUPERSCRIPTS}])[^\W\d_])+)|(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
#: Words that are prose and no product, short as they are.
_SHORT_WORDS = frozenset({"of", "is", "at", "on", "by", "to", "in", "no", "or"})


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


@lru_cache(maxsize=2048)
def formula_to_latex(formula: str, style: Latex = LATEX) -> str:
    r"""The formula in LaTeX math mode.

    >>> print(formula_to_latex("d(A⁻¹) = −A⁻¹ dA A⁻¹"))
    \mathrm{d}(A^{-1}) = -A^{-1} \,\mathrm{d}A\, A^{-1}
    """
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
            left = r"\," if before and _is_factor(before, ")]") else ""
            right = r"\," if apart and after and _is_factor(after, "(") else ""
            d = style.tinted(rf"\mathrm{{d}}{_letter(token.text[1], style)}")
            out.append(f"{left}{d}{right}")
        else:
            out.append(_WRITERS[token.kind](token.text, style))
    return re.sub(r"\s+", " ", "".join(out)).strip().removesuffix(" }") + (
        "}" if out and out[-1].endswith(" }") else ""
    )


def sentence_to_latex(template: str, *formulas: str, style: Latex = LATEX) -> str:
    """A condition such as ``{} > 0`` in math mode, its places filled with LaTeX that is ready."""
    numbered = iter(range(len(formulas)))
    marked = re.sub(r"\{\}", lambda _: f"\x00{next(numbered)}\x00", template)
    return re.sub(r"\x00(\d+)\x00", lambda found: formulas[int(found[1])], formula_to_latex(marked, style))


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
    lower = word.islower() and word.isascii()
    return "prose" if word in _SHORT_WORDS or len(word) > 4 or (lower and len(word) > 2) else "letters"


def _is_factor(token: _Token, brackets: str) -> bool:
    """Does the token stand beside a differential in a product?"""
    return (
        token.kind in ("letters", "raised", "lowered", "group", "differential", "operator", "place")
        or token.text in brackets
    )


#: What letters stand for in an identity, where they do not stand for arrays.
_SCALARS = frozenset("cdefghijklmnpqrst")


def _letter(letter: str, style: Latex) -> str:
    """A letter of an identity: A, b and x are arrays, c is a scalar, i an index and f a function."""
    return latex_name(letter) if letter in _SCALARS or not letter.isascii() else style.array(letter)


def _raised(token: str, style: Latex) -> str:
    r"""⁻ᵀ is ^{-\top}."""
    marks = (
        TRANSPOSES[style.transpose_sign] if c == "ᵀ" else unicodedata.normalize("NFKC", c).replace("−", "-")
        for c in token
    )
    return f"^{{{''.join(marks)}}}"


def _group(token: str, style: Latex) -> str:
    inside = token[2:-1] if token[1] == "{" else token[1:]
    return f"{token[0]}{{{formula_to_latex(inside, style)}}}"


def _other_sign(sign: str) -> str:
    return printable(sign) if sign.isascii() else rf"\text{{{escape_latex(sign)}}}"


def _letters(token: str, style: Latex) -> str:
    return r"\sum " if token == "Σ" else " ".join(_letter(c, style) for c in token)


_WRITERS: dict[str, Callable[[str, Latex], str]] = {
    "raised": _raised,
    "lowered": lambda token, _: f"_{{{unicodedata.normalize('NFKC', token)}}}",
    "group": _group,
    "root": lambda token, style: rf"\sqrt{{{formula_to_latex(token[1:].strip('()'), style)}}}",
    "place": lambda token, _: token,
    "number": lambda token, _: token,
    "operator": lambda token, _: _OPERATORS[token] + " ",
    "d": lambda _, style: style.tinted(r"\mathrm{d}"),
    "letters": _letters,
    "prose": lambda token, _: rf"\text{{ {escape_latex(token)} }}",
    "sign": lambda token, _: _SIGNS.get(token) or _other_sign(token),
}
