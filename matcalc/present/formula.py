"""One formula of a derivation, for a sentence: the value, or the result."""

from __future__ import annotations

from typing import Any

from .page import Line, page_of


def value_of(derivation: Any, *, latex: bool = True) -> str:
    """``f(W) = ½‖Wx‖²``."""
    return _equation([page_of(derivation).lines[0]], latex)


def result_of(derivation: Any, *, latex: bool = True) -> str:
    r"""``∂f/∂W = Wxxᵀ``, written in the variables alone; by several variables one equation after the other."""
    separator = r",\quad " if latex else ", "
    return separator.join(_equation(lines, latex) for lines in _results(derivation))


def _results(derivation: Any) -> list[list[Line]]:
    """The lines of each result: the first has its left side, the last is in the variables."""
    found: list[list[Line]] = []
    for line in page_of(derivation, "brief").lines:
        if line.kind == "result" and line.left:
            found.append([line])
        elif line.kind == "result":
            found[-1].append(line)
    if derivation.kind == "hessian":  # a gradient came first
        found = [lines for lines in found if "²" in lines[0].left] or found
    return found


def _equation(lines: list[Line], latex: bool) -> str:
    first, last = lines[0], lines[-1]
    return f"{first.left_latex} = {last.latex.text}" if latex else f"{first.left} = {last.text.text}"
