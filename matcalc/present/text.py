"""A derivation for a terminal: aligned Unicode mathematics."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from .layout import Cell, Row, columns, set_rows, wrap_words
from .names import printable, superscript, without_marks
from .page import Line, Page, Remark, page_of
from .templates import fill, speaking, words

#: Identities that together are no longer than this share a line.
SHORT_REMARKS = 36
_DIM, _BOLD, _PLAIN = "\x1b[2m", "\x1b[1m", "\x1b[0m"


def render(
    derivation: Any,
    *,
    width: int = 80,
    color: bool = False,
    detail: str | None = None,
    report: Any = None,
    form: str | None = None,
    language: str = "en",
) -> str:
    """The derivation as text of at most ``width`` columns, where operators allow it.

    ``color``: remarks dim and results bold, by ANSI codes. ``report``: what a check found, for the last line.
    ``form``: the name of a form of the result, to stand in place of the steps.
    """
    with speaking(language):
        page = page_of(derivation, detail, form)
        return written(page, page.lines, max(width, 40), color, report)


def written(page: Page, lines: Sequence[Line], width: int, color: bool, report: Any) -> str:
    """The lines of a page, or others in their place."""
    full = page.detail == "full"
    rows = [_row(line, full) for line in lines]
    reading = page.derivation.reading
    rows[0].phrases = reading.phrases()
    blocks = set_rows(rows, width)
    title, *shown = (
        [_painted(cell, line.kind == "result") if color else str(cell) for cell in block]
        for line, block in zip(lines, blocks, strict=True)
    )
    notes = [part for note in reading.notes for part in wrap_words(printable(note).split(), width - 2, " ")]
    closing = [
        part
        for line in wrap_words(closing_phrases(page, report), width, " · ")
        for part in wrap_words(line.removesuffix(" ·").split(), width, " ")
    ]
    return fill("text/derivation.jinja", title=title, notes=notes, lines=chain(*shown), closing=closing).rstrip("\n")


def closing_phrases(page: Page, report: Any) -> list[str]:
    """What the result needs, the layout, and how it was checked."""
    said = []
    if page.conditions:
        said.append(words().needs([text for text, _ in page.conditions]))
    if page.structure:
        said.append(without_marks(str(words().structure(page.structure))))
    if page.derivation.layout != "gradient":
        said.append(words().layout(page.derivation.layout))
    if report is not None and not report.points:
        said.append(words().unchecked(report.reason))
    elif report and report.method == "exact":
        said.append(words().exact(report.points, "2⁶¹ − 1"))
    elif report is not None:
        say = words().checked if report else words().failed
        said.append(say(report.points, power_of_ten(report.largest)))
    return said


def power_of_ten(number: float) -> str:
    """``2·10⁻¹⁶``, to one digit.

    >>> power_of_ten(2.2e-16), power_of_ten(0.0)
    ('2·10⁻¹⁶', '0')
    """
    if not number:
        return "0"
    digit, exponent = f"{number:.0e}".split("e")
    return f"{digit}·10{superscript(str(int(exponent)))}"


def _row(line: Line, full: bool) -> Row:
    """Identities beside the line, together where they are short; in full detail below it, each with its reason."""
    left = words().let(line.left) if line.kind == "let" else line.left
    if full:
        beside = [remark.text for remark in line.remarks if remark.rule is None and line.kind in ("result", "let")]
        return Row(left, line.text, beside, [_explained(r) for r in line.remarks if r.text not in beside])
    remarks = [remark.text for remark in line.remarks]
    joined = ",  ".join(remarks)
    return Row(left, line.text, [joined] if remarks and columns(joined) <= SHORT_REMARKS else remarks)


def _explained(remark: Remark) -> str:
    """``d(AB) = dA B + A dB (product rule: why it holds; needs …) [reference]``."""
    rule = remark.rule
    if rule is None:
        return remark.text
    said = words("rules")
    name, reason = str(said.name(rule.name)), without_marks(str(said.reason(rule.name)))
    why = f"{name}: {reason}" if reason else name
    needs = f"; {words().needs([said.needs(rule.needs)])}" if rule.needs else ""
    return f"{remark.text}  ({why}{needs})" + (f" [{rule.reference}]" if rule.reference else "")


def _painted(cell: Cell, result: bool) -> str:
    """The line with its remark dim, and bold where it is the result."""
    whole = str(cell)
    main = whole[: len(whole) - len(cell.remark)] if cell.remark else whole
    return (f"{_BOLD}{main}{_PLAIN}" if result else main) + (f"{_DIM}{cell.remark}{_PLAIN}" if cell.remark else "")
