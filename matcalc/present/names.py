"""Names in print: subscripts, Greek letters, accents; nothing typed reaches LaTeX or a terminal unescaped.

A name is split into a base, accents (combining marks), a subscript and primes. ``W1``, ``W_1`` and ``W₁``
look the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from .tongue import language

# fmt: off
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}
_GREEK_LATEX = {letter: f"\\{name}" for name, letter in GREEK.items()} | {
    "ε": r"\varepsilon", "ϵ": r"\epsilon", "φ": r"\varphi", "ϕ": r"\phi", "ς": r"\varsigma", "ο": "o",
    "ℓ": r"\ell", "∇": r"\nabla",
    "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K", "Μ": "M",
    "Ν": "N", "Ο": "O", "Ρ": "P", "Τ": "T", "Χ": "X",
}
_ACCENTS = {
    "\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0305": r"\bar", "\u0307": r"\dot", "\u0308": r"\ddot",
    "\u030c": r"\check", "\u0306": r"\breve", "\u0301": r"\acute", "\u0300": r"\grave", "\u20d7": r"\vec",
    "\u0332": r"\underline",
}
_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "`": r"\textasciigrave{}", "§": r"\S{}", "×": r"$\times$", "−": "$-$",
    "\N{REPLACEMENT CHARACTER}": "?",
}
#: Mathematics typed as Unicode, where it stands in prose: a note quotes the formula as it was typed.
_SYMBOLS = {
    "ᵀ": r"^{\top}", "⊤": r"\top", "∘": r"\circ", "⊙": r"\odot", "⊘": r"\oslash", "⊗": r"\otimes", "‖": r"\Vert",
    "·": r"\cdot", "∈": r"\in", "→": r"\to", "↦": r"\mapsto", "≠": r"\neq", "≤": r"\le", "≥": r"\ge", "≈": r"\approx",
    "∂": r"\partial", "∑": r"\sum", "√": r"\surd", "∞": r"\infty", "⁺": "^{+}", "⁻": "^{-}", "ᴴ": "^{H}",
    "½": r"\tfrac12",
    "¼": r"\tfrac14", "¾": r"\tfrac34", "⅓": r"\tfrac13", "⅔": r"\tfrac23", "𝟏": r"\mathbf{1}", "ℝ": r"\mathbb{R}",
    "ℂ": r"\mathbb{C}", "𝕊": r"\mathbb{S}", "′": "'", "⋅": r"\cdot", "∗": "*", "⟨": r"\langle", "⟩": r"\rangle",
    **{c: f"^{{{d}}}" for d, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}, "ⁿ": "^{n}", "ᵐ": "^{m}", "ᵏ": "^{k}",
}
#: Every character of mathematics that has a command, for formulas typed in Unicode.
UNICODE_MATH = _GREEK_LATEX | _SYMBOLS | {"×": r"\times", "−": "-"}
UNICODE_MATH |= {c: f"_{{{d}}}" for d, c in enumerate("₀₁₂₃₄₅₆₇₈₉")}
#: The last letter that LaTeX's input encoding knows without more packages.
_LAST_LETTER = "\u017f"
#: What a Chinese document can set, too: ideographs, their punctuation and forms as wide as they are.
_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# fmt: on
_SUBSCRIPTS = dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉", strict=True))
_FROM_SUBSCRIPT = {small: digit for digit, small in _SUBSCRIPTS.items()}
_SUPERSCRIPTS = dict(zip("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻", strict=True))
#: Letters that number things: a subscript of these alone is in italics.
_INDEX_LETTERS = frozenset("ijklmnpqrstuv")


class Name(NamedTuple):
    """The parts of a name."""

    base: str
    accents: str
    subscript: str
    primes: int

    @property
    def is_letter(self) -> bool:
        """One letter, perhaps with a numeric subscript: it can stand beside others without a space."""
        return len(self.base) == 1 and (not self.subscript or self.subscript.isdecimal())


@lru_cache(maxsize=4096)
def split_name(name: str) -> Name:
    """``x̂_{new}`` → base x, accents ̂, subscript new.

    >>> split_name("W12")
    Name(base='W', accents='', subscript='12', primes=0)
    """
    stem = name.rstrip("'′")
    primes = len(name) - len(stem)
    base, underscore, subscript = stem.partition("_")
    if not base:
        base, underscore, subscript = stem, "", ""
    if subscript.startswith("{") and subscript.endswith("}"):
        subscript = subscript[1:-1]
    if not underscore:
        kept = base.rstrip("".join(_FROM_SUBSCRIPT) + "0123456789")
        if kept and kept != base:
            base, subscript = kept, base[len(kept) :]
    subscript = "".join(_FROM_SUBSCRIPT.get(c, c) for c in subscript)
    base = GREEK.get(base, base)
    decomposed = base if len(base) == 1 and base in _GREEK_LATEX else unicodedata.normalize("NFD", base)
    accents = "".join(c for c in decomposed if c in _ACCENTS)
    if len(decomposed) == 1 + len(accents) and decomposed[:1].isalpha():
        return Name(decomposed[0], accents, subscript, primes)
    return Name(base, "", subscript, primes)


def text_name(name: str) -> str:
    """The name for a terminal.

    >>> text_name("W_1"), text_name("x_new"), text_name("theta")
    ('W₁', 'x_{new}', 'θ')
    """
    base, accents, subscript, primes = split_name(name)
    out = printable(base) + accents
    if subscript:
        if all(c in _SUBSCRIPTS for c in subscript):
            out += "".join(_SUBSCRIPTS[c] for c in subscript)
        else:
            out += "_" + (printable(subscript) if len(subscript) == 1 else f"{{{printable(subscript)}}}")
    return out + "′" * primes


@lru_cache(maxsize=4096)
def latex_name(name: str, letters: str = "italic") -> str:
    r"""The name in math mode, with every special character escaped; ``letters`` in italics, bold or upright.

    >>> print(latex_name("x_{new}"), latex_name("x̂"), latex_name("a%b"), latex_name("W_1", "bold"))
    x_{\mathrm{new}} \hat{x} \text{a\%b} \mathbf{W}_{1}
    """
    base, accents, subscript, primes = split_name(name)
    out = _dressed(base, letters)
    for accent in accents:
        out = f"{_ACCENTS[accent]}{{{out}}}"
    if subscript:
        italic = all(c in _INDEX_LETTERS for c in subscript)
        out += f"_{{{subscript if italic else _latex_word(GREEK.get(subscript, subscript))}}}"
    return out + "'" * primes


def _dressed(base: str, letters: str) -> str:
    r"""The stem of a name in the letters asked for: ``\mathbf`` has no Greek letters, ``\boldsymbol`` has."""
    plain = _latex_word(base)
    if letters == "italic" or plain.startswith(r"\text{"):
        return plain
    if letters == "bold":
        return rf"\boldsymbol{{{plain}}}" if base in _GREEK_LATEX else rf"\mathbf{{{base}}}"
    return plain if base in _GREEK_LATEX else rf"\mathrm{{{base}}}"


def _latex_word(word: str) -> str:
    """A letter, a number, a Greek letter; upright where it is longer; as text where it is anything else."""
    if word in _GREEK_LATEX:
        return _GREEK_LATEX[word]
    if word.isascii() and word.isdigit():
        return word
    if word.isascii() and word.isalnum():
        return word if len(word) == 1 else rf"\mathrm{{{word}}}"
    return rf"\text{{{escape_latex(word)}}}"


def escape_latex(prose: str) -> str:
    r"""Prose for LaTeX's text mode: special characters are printed, not obeyed.

    >>> print(escape_latex(r"100% of \input{x}"))
    100\% of \textbackslash{}input\{x\}
    """
    return "".join(_escaped(c) for c in printable(prose))


#: Stands before and after a formula in prose that is still to be escaped.
MATH = "\x00"


def with_math(prose: str, dollars: tuple[str, str], escape: Callable[[str], str]) -> str:
    """Prose whose formulas stand between marks: these between ``dollars``, the rest escaped."""
    parts = prose.split(MATH)
    return "".join(part.join(dollars) if k % 2 else escape(part) for k, part in enumerate(parts))


#: Words in a formula, with the space around them.
_WORDS = re.compile(r"(?:\\ |\s)*\\text\{\s*([^\W\d_][\w ,]*?)\s*\}\s*")


def loosened(latex: str, dollars: tuple[str, str]) -> str:
    r"""A condition as prose with formulas between ``dollars``: its words outside them, where lines may break.

    >>> print(loosened(r"A \text{ invertible}", ("$", "$")))
    $A$ invertible
    """
    said, done = [], 0
    for found in _WORDS.finditer(latex):
        if latex.count("{", 0, found.start()) == latex.count("}", 0, found.start()):
            said += [latex[done : found.start()].join(dollars) if found.start() > done else "", found[1]]
            done = found.end()
    said.append(latex[done:].join(dollars) if done < len(latex) else "")
    return " ".join(filter(None, said))


def without_marks(prose: str) -> str:
    """A sentence of a catalogue as text: the dollars around its formulas left out.

    >>> without_marks("differentiate $A A⁻¹ = I$")
    'differentiate A A⁻¹ = I'
    """
    return prose.replace("$", "")


def _escaped(c: str) -> str:
    if c in _GREEK_LATEX:
        return f"${_GREEK_LATEX[c]}$"
    if c in _FROM_SUBSCRIPT:
        return f"$_{{{_FROM_SUBSCRIPT[c]}}}$"
    if c in _SYMBOLS:
        return f"${_SYMBOLS[c]}$"
    if c in _ESCAPES:
        return _ESCAPES[c]
    known = c <= _LAST_LETTER or c in "‘’“”–—…" or (language() == "zh" and _CHINESE.match(c))
    return c if known else rf"\texttt{{U+{ord(c):04X}}}"  # what LaTeX cannot set is named, never passed on


def printable(word: str) -> str:
    """Without control characters, which could steer a terminal, and without bidirectional overrides."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in word)


def superscript(digits: str) -> str:
    """An integer as superscript characters.

    >>> superscript("-12")
    '⁻¹²'
    """
    return "".join(_SUPERSCRIPTS[c] for c in digits)
