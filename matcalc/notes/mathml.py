r"""Formulas as MathML, for readers without JavaScript: latex2mathml, with what it does not know put into its words.

The input is what :mod:`matcalc.present` and the prose of notes write: mathematics alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from html import escape

from ..present.names import UNICODE_MATH

_COMMAND = re.compile(r"\\([A-Za-z]+)")
_UPRIGHT = re.compile(r"\\(?:mathrm|operatorname)\{([^{}\\]*)\}")
_LINK = re.compile(r"\\hyperref\[[^\]]*\]\{([^{}]*)\}")
_TEXT = re.compile(r"\\text(?:rm)?\{((?:[^{}\\]|\\.|\\[a-z]+\{\}|\$[^$]*\$)*)\}")
_MATH_IN_TEXT = re.compile(r"\$([^$]*)\$")
_BOLD_GREEK = re.compile(r"\\boldsymbol\{\\([A-Za-z]+)\}")
_KEPT = re.compile("<m[ion]>([\ue000-\uf8ff])</m[ion]>")
_BLANK = re.compile(r"\\underline\{\\hspace\{[^{}]*\}\}")
_LETTERS = {command.lstrip("\\"): c for c, command in UNICODE_MATH.items() if re.fullmatch(r"\\[A-Za-z]+", command)}
_ESCAPED = {"textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<", "textgreater": ">",
            "textbar": "|", "textasciigrave": "`", "S": "§"}  # fmt: skip


def mathml(formula: str, display: bool = False, macros: Mapping[str, str] | None = None) -> str:
    """The formula as a ``<math>`` element."""
    return _converted(formula, display, tuple((macros or {}).items()))


@lru_cache(maxsize=8192)
def _converted(formula: str, display: bool, macros: tuple[tuple[str, str], ...]) -> str:
    from latex2mathml.converter import convert

    kept: list[str] = []
    plain = _prepared(_expanded(formula, dict(macros)), kept)
    made: str = convert(plain, display="block" if display else "inline")
    made = made.replace("<mi>:</mi>", '<mo lspace="0.28em" rspace="0.28em">:</mo>')
    made = made.replace(' mathvariant="bold-italic"', "")
    made = re.sub(r"<mo>(&#x02016;|&#x0007C;)</mo>", r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>', made)
    return _KEPT.sub(lambda found: kept[ord(found[1]) - 0xE000], made)


def _expanded(formula: str, macros: Mapping[str, str]) -> str:
    """Macros written out; one that stands for itself in the end is left after a few rounds."""
    for _ in range(8):
        new = _COMMAND.sub(lambda m: f"{{{macros[m[0]]}}}" if m[0] in macros else m[0], formula)
        if new == formula:
            break
        formula = new
    return formula


def _prepared(formula: str, kept: list[str]) -> str:
    """Upright words and running text as one sign each, whose element stands in ``kept``; bold Greek as letters."""

    def keep(element: str) -> str:
        kept.append(element)
        return f"{{{chr(0xE000 + len(kept) - 1)}}}"

    def text(found: re.Match[str]) -> str:
        parts = _MATH_IN_TEXT.split(found[1])
        return "".join(
            part if k % 2 else keep(f"<mtext>{escape(_plain(part))}</mtext>") for k, part in enumerate(parts) if part
        )

    def upright(found: re.Match[str]) -> str:
        return keep(f'<mi mathvariant="normal">{escape(found[1])}</mi>')

    formula = _LINK.sub(lambda m: m[1], formula)
    formula = _BLANK.sub(lambda m: keep("<mtext>__________</mtext>"), formula)
    formula = _TEXT.sub(text, formula)
    formula = _UPRIGHT.sub(upright, formula)
    return _BOLD_GREEK.sub(lambda m: _bold(_LETTERS.get(m[1], m[1])), formula)


def _plain(text: str) -> str:
    """Running text of LaTeX as characters."""
    named = re.sub(r"\\([A-Za-z]+)(?:\{\})?", lambda m: _ESCAPED.get(m[1], ""), text)
    return re.sub(r"\\(.)", r"\1", named).replace("~", "\u00a0").replace(" ", "\u00a0")


def _bold(letter: str) -> str:
    """A Greek letter in bold italics, from the block of mathematical letters."""
    try:
        return unicodedata.lookup("MATHEMATICAL BOLD ITALIC " + unicodedata.name(letter).removeprefix("GREEK "))
    except (KeyError, ValueError):
        return letter
