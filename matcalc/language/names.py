"""Names: when two spellings mean one symbol, how a name is shown, and what it is called in Python."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LOWER = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
_VARIANTS = {
    "varepsilon": "ε", "vartheta": "θ", "varpi": "π", "varrho": "ρ", "varsigma": "ς", "varphi": "φ", "varkappa": "κ",
}  # fmt: skip
_UPPER = {
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
#: Greek letters spelled out, as typed in ASCII or after a backslash.
GREEK = {**_LOWER, **_VARIANTS, **_UPPER}

_SPELLED = re.compile(r"[A-Za-z]+")


def pyname(name: str) -> str:
    """The Python keyword under which a variable's array is passed.

    >>> [pyname(n) for n in ("W₁", "x_{new}", "lambda", "λ")]
    ['W1', 'x_new', 'lambda_', 'λ']
    """
    plain = unicodedata.normalize("NFKC", name.strip()).replace("{", "").replace("}", "").replace("\\", "")
    return plain + "_" if keyword.iskeyword(plain) else plain


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """What all spellings of one name have in common: ``λ``, ``lambda``, ``\\lambda``, ``lambda_`` give ``λ``.

    Subscripts are folded (``W₁``, ``W_1``, ``W1``; ``xᵢ``, ``x_i``), braces and backslashes dropped (``x_{new}``,
    ``x_new``), Greek letters that are spelled out become the letter.
    """
    if len(name) == 1 and name.isascii():
        return name
    plain = _SMALL.sub(r"_\g<0>", undressed(name.strip()))
    plain = unicodedata.normalize("NFKC", plain).translate(_DROPPED).rstrip("_")
    head, mark, tail = plain.partition("_")
    head, tail = _fold_greek(head), "_".join(_fold_greek(part) for part in tail.split("_"))
    return head + tail if tail.isdecimal() else head + mark + tail


_SMALL = re.compile("(?<!_)[₀-₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+")
_DROPPED = dict.fromkeys(map(ord, "{}\\ "))


def _fold_greek(part: str) -> str:
    """``theta1`` → ``θ1``; anything else stays."""
    spelled = _SPELLED.match(part)
    rest = part[spelled.end() :] if spelled else ""
    return GREEK[spelled[0]] + rest if spelled and spelled[0] in GREEK and (not rest or rest.isdecimal()) else part


def names_of(text: str) -> tuple[str, ...]:
    """The names in a list of them.

    >>> names_of("W, x_{1,2}")
    ('W', 'x_{1,2}')
    """
    return tuple(name.strip() for name in re.split(r",(?![^{]*\})", text))


def same_name(a: str, b: str) -> bool:
    """Do the two spellings address one symbol?

    >>> same_name("λ", "lambda_"), same_name("W₁", "W1"), same_name("x", "X")
    (True, True, False)
    """
    return name_key(a) == name_key(b)


def shown(name: str) -> str:
    """The name as it is displayed: as typed, but a Greek letter that was spelled out is the letter.

    >>> shown("theta_1"), shown("W₁")
    ('θ_1', 'W₁')
    """
    name = name.replace("\\", "")
    word = _SPELLED.match(name)
    return GREEK[word[0]] + name[word.end() :].rstrip("_") if word and word[0] in GREEK else name


_DRESSING = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|mathcal|boldsymbol|bm|text|textrm|textbf|rm|bf|operatorname)(?![A-Za-z])\s*"
)


def undressed(name: str) -> str:
    r"""A name in LaTeX without its commands: ``x_{\text{new}}`` → ``x_{new}``, ``\lambda_{\max}`` → ``λ_{max}``."""
    if "\\" not in name:
        return name
    plain = re.sub(r"\\([A-Za-z]+)", lambda m: GREEK.get(m[1], m[1]), _DRESSING.sub("", name))
    return re.sub(r"\{\{([^{}]*)\}\}", r"{\1}", re.sub(r"\s", "", plain))


def base_letter(key: str) -> str:
    """The letter a name is built on, without accents and subscripts: ``x̂_1`` → ``x``."""
    return unicodedata.normalize("NFD", key)[:1]


def distance(a: str, b: str) -> int:
    """Edits between two words: insertions, deletions, substitutions and transpositions of neighbours each count one."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that ``word`` is most likely a misspelling of, or None."""
    allowed = 1 if len(word) <= 4 else 2
    alike = [c for c in candidates if len(c) > 1 and abs(len(c) - len(word)) <= allowed]
    close = [(distance(word.lower(), c.lower()), abs(len(c) - len(word)), c) for c in alike]
    return min((found for found in close if found[0] <= allowed), default=(0, 0, None))[2]
