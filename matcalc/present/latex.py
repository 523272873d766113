"""A derivation in LaTeX: an ``align*`` block with amsmath and amssymb, or an ``aligned`` one for KaTeX and MathJax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .layout import wrap
from .names import escape_latex
from .page import Line, Page, Remark, page_of
from .pieces import INSIDE
from .templates import fill, words

#: Characters of formula and remark, as they appear in print, that fit on a line.
LINE, FORMULA = 78, 62


@dataclass(frozen=True)
class MathRow:
    """``left &= formula && remark``; a continued formula and a further remark have no left side and no sign."""

    left: str = ""
    formula: str = ""
    remark: str = ""
    continued: bool = False


def render(
    derivation: Any,
    *,
    standalone: bool = True,
    detail: str | None = None,
    report: Any = None,
    form: str | None = None,
) -> str:
    """The derivation as LaTeX.

    ``standalone``: prose and an ``align*`` block, for a document with amsmath and amssymb; otherwise an ``aligned``
    block alone, to be put between dollar signs.
    """
    page = page_of(derivation, detail, form)
    body = aligned(page)
    return body if not standalone else fill("latex/derivation.jinja", **prose(page, body, ("$", "$"), report)).strip()


def aligned(page: Page) -> str:
    """The lines as an ``aligned`` block."""
    return fill("latex/aligned.jinja", rows=list(math_rows(page))).strip()


def prose(page: Page, body: str, dollars: tuple[str, str], report: Any = None) -> dict[str, Any]:
    """What the templates of LaTeX, Markdown and HTML need: phrases with their formulas between ``dollars``.

    Notes are as they came; the format escapes them.
    """
    derivation = page.derivation

    def math(formula: str) -> str:
        return formula.join(dollars)

    closing = []
    if page.conditions:
        closing.append(words().needs([math(latex) for _, latex in page.conditions]))
    if derivation.layout != "gradient":
        closing.append(words().layout(derivation.layout))
    if report is not None and not report.points:
        closing.append(words().unchecked(escape_latex(report.reason)))
    elif report is not None:
        say = words().checked if report else words().failed
        closing.append(say(report.points, math(latex_power(report.largest))))
    return {
        "body": body,
        "lines": body.removeprefix("\\begin{aligned}").removesuffix("\\end{aligned}").strip(),
        "reading": [math(phrase) for phrase in derivation.reading.phrases(latex=True)],
        "notes": [escape_latex(note) for note in derivation.reading.notes],
        "closing": closing,
    }


def latex_power(number: float) -> str:
    r"""``2 \cdot 10^{-16}``, to one digit."""
    if not number:
        return "0"
    digit, exponent = f"{number:.0e}".split("e")
    return rf"{digit} \cdot 10^{{{int(exponent)}}}"


def math_rows(page: Page) -> Iterator[MathRow]:
    """The lines, long ones continued below, remarks beside them or below."""
    for line in page.lines:
        yield from _rows(line)


def _rows(line: Line) -> Iterator[MathRow]:
    left = rf"\text{{{words().let('')}}}{line.left_latex}" if line.kind == "let" else line.left_latex
    pieces = wrap(line.latex, FORMULA, visible, INSIDE)
    remarks = [_remark(remark) for remark in line.remarks]
    beside = bool(remarks) and visible(pieces[-1]) + visible(remarks[0]) <= LINE
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        yield MathRow("" if i else left, piece, remarks[0] if last and beside else "", continued=i > 0)
    for remark in remarks[1:] if beside else remarks:
        yield MathRow(remark=remark, continued=True)


def _remark(remark: Remark) -> str:
    if not remark.rule:
        return remark.latex
    reference = f" [{remark.reference}]" if remark.reference else ""
    return rf"{remark.latex} \quad\text{{({escape_latex(remark.rule + reference)})}}"


_INVISIBLE = re.compile(r"\\(?:left|right|mathrm|mathbf|mathbb|operatorname|text|quad|[ ,])|[{}^_ ]")
_COMMAND = re.compile(r"\\[A-Za-z]+|\\.")


def visible(latex: str) -> int:
    """About how many characters wide the formula is in print."""
    return len(_COMMAND.sub("x", _INVISIBLE.sub("", latex)))
