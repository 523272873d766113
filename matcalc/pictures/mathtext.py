"""Formulas in SVG: Unicode text in runs that are italic or upright, raised or lowered, and about how wide they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᴴᵏᵖⁱᵃᵇᵐⁿʲ", "0123456789+−⊤Hkpiabmnj", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_GROUP = re.compile(r"[_^](?:\{([^{}]*)\}|(.))")
#: How much smaller what is raised or lowered is, and how far it is moved, in em.
SMALL, _LEVELS = 0.72, {0: 0.0, 1: -0.34, -1: 0.2}
#: Widths in parts of the font's size, those of a wide font, so that a formula is not wider than its box.
_WIDE, _NARROW, _OPERATORS = frozenset("mwMW∂ΩΘ"), frozenset("iljtfrI1.,:;|'′()[]‖"), frozenset("+−=⊙⊘⊗×·≠≤≥<>∈↦→")


class Run(NamedTuple):
    """Characters in one face: ``level`` is 1 where they are raised, −1 where they are lowered."""

    text: str
    italic: bool = False
    level: int = 0


class Span(NamedTuple):
    """A run as SVG sets it: ``shift`` is how far its baseline is below that of the run before, in em."""

    text: str
    italic: bool
    small: bool
    shift: float


def runs(formula: str) -> list[Run]:
    """The formula in runs.

    >>> [run.text for run in runs("θ′(z) xᵀ")], [run.level for run in runs("W₁ᵀ")]
    (['θ', '′(', 'z', ') ', 'x', '⊤'], [0, -1, 1])
    """
    found: list[Run] = []
    for one in _runs(formula, 0):
        if found and found[-1][1:] == one[1:]:
            found[-1] = one._replace(text=found[-1].text + one.text)
        else:
            found.append(one)
    return found


def spans(formula: str) -> list[Span]:
    """The runs with what moves each from the one before."""
    found, at = [], 0.0
    for run in runs(formula):
        found.append(Span(run.text, run.italic, run.level != 0, round(_LEVELS[run.level] - at, 2)))
        at = _LEVELS[run.level]
    return found


def width(formula: str) -> float:
    """About how wide the formula is, in parts of the font's size."""
    return sum(_width(c) * (SMALL if run.level else 1) for run in runs(formula) for c in run.text)


def _runs(formula: str, level: int) -> Iterator[Run]:
    at = 0
    while at < len(formula):
        c = formula[at]
        if c in _RAISED or c in _LOWERED:
            yield Run(_RAISED.get(c) or _LOWERED[c], False, 1 if c in _RAISED else -1)
            at += 1
        elif level == 0 and (group := _GROUP.match(formula, at)):
            yield from _runs(group[1] or group[2], 1 if c == "^" else -1)
            at = group.end()
        elif c.isalpha():
            word = _word(formula, at)
            yield Run(word, word not in _upright(), level)
            at += len(word)
        else:
            yield Run(c, False, level)
            at += 1


def _word(formula: str, at: int) -> str:
    """The letters from here on, with their accents."""
    end = at
    while end < len(formula) and (
        unicodedata.combining(formula[end]) or (formula[end].isalpha() and formula[end] not in _RAISED)
    ):
        end += 1
    return formula[at:end]


@cache
def _upright() -> frozenset[str]:
    """Names of functions, and signs that count as letters."""
    from ..operators import FUNCTIONS

    return frozenset(name for name in FUNCTIONS if len(name) > 1) | {"Diag", "vec", "det", "sgn", "lse", "𝟏", "ℝ"}


def _width(c: str) -> float:
    if unicodedata.combining(c):
        return 0.0
    if c in _NARROW:
        return 0.38
    if c in _OPERATORS:
        return 0.84
    if c == " ":
        return 0.32
    return 0.95 if c in _WIDE else 0.74 if c.isupper() else 0.62
