"""A derivation in LaTeX: ``align*`` with amsmath and amssymb, or an ``aligned`` block for KaTeX and MathJax."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .layout import clauses, wrap
from .measure import width
from .names import escape_latex, with_math
from .page import page_of
from .paper import Block, Mark, Paper, Row, paper_of
from .styles import TINT, latex_style
from .templates import fill, speaking, words

#: The width of a line of text, in ems: 16 cm at 10 points.
LINE = 45.0
#: An equals sign with its space; between formula and remark; what a continued formula is moved in.
RELATION, GAP, INDENT = 1.4, 2.0, 1.0
#: How the number of a rule stands beside its identity; # is the number.
NUMBER = r"\ \text{(#)}"
#: Brackets that grow with what is between them.
_GROWING = re.compile(r"\\(?:left|right)(?![A-Za-z])")
#: How much of the line the formulas may take: what is tried.
SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.52, 0.46, 0.4, 0.34)


@dataclass(frozen=True)
class MathRow:
    """``left &= formula && remark``; a continued formula and a further remark have no left side and no sign.

    ``names``: definitions that are introduced before this row.
    """

    left: str = ""
    formula: str = ""
    remark: str = ""
    continued: bool = False
    names: tuple[str, ...] = ()


def render(
    derivation: Any,
    *,
    standalone: bool = True,
    detail: str | None = None,
    report: Any = None,
    form: str | None = None,
    style: str = "italic",
    transpose: str = "top",
    color: bool = False,
    language: str = "en",
    line: float = LINE,
) -> str:
    r"""The derivation as LaTeX.

    ``standalone``: prose, a table of notation, ``align*`` blocks and the box of rules, for a document with amsmath and
    amssymb; otherwise an ``aligned`` block alone, to be put between dollar signs. ``style``: vectors and matrices
    "italic", "bold" or "upright"; ``transpose``: "top" (``^{\top}``) or "T" (``^{\mathsf{T}}``); ``color``:
    differentials in colour, which needs xcolor; ``line``: the width of a line in ems.
    """
    with speaking(language):
        paper = paper_of(page_of(derivation, detail, form, latex_style(style, transpose, color)), report)
        full = (detail or derivation.detail) == "full"
        return written(paper, line, full=full) if standalone else aligned(paper, line)


def written(paper: Paper, line: float = LINE, *, full: bool = False) -> str:
    """The derivation in a document; ``full``: the rules with the reasons why they hold."""
    return fill(
        "latex/derivation.jinja",
        notation=paper.notation,
        notes=[with_math(note, ("$", "$"), escape_latex) for note in paper.notes],
        parts=list(parts_of(paper, line)),
        closing=paper.closing(("$", "$"), escape_latex),
        rules=paper.rules,
        full=full,
    ).strip()


def aligned(paper: Paper, line: float = LINE) -> str:
    """All lines as one ``aligned`` block, the results boxed."""
    rows: list[MathRow] = []
    for block in paper.blocks:
        shown = [with_let(row) for row in block.rows] if block.kind == "let" else block.rows
        rows += arranged(shown, line, boxed=block.kind == "result")
    return fill("latex/aligned.jinja", rows=rows).strip()


def with_let(row: Row) -> Row:
    """``let z = Wx`` as a row among others."""
    return Row(rf"\text{{{words().let('')}}}{row.left}", row.formula, row.breaks, row.marks)


def introduced(rows: Iterable[Row]) -> list[str]:
    """``z = Wx``, for a sentence; a long one may break at its operators, as formulas in a paragraph do."""
    return [f"{row.left} = {row.formula}" + "".join(rf"\;({mark.latex})" for mark in row.marks) for row in rows]


@dataclass(frozen=True)
class Part:
    """What follows what: a sentence that introduces ``names`` ("let"), an alignment ("steps"), an answer ("result")."""

    kind: str
    rows: Sequence[MathRow] = ()
    names: Sequence[str] = ()


def parts_of(paper: Paper, line: float = LINE, number: str = NUMBER) -> Iterator[Part]:
    """The blocks with their rows arranged; names that are introduced among steps leave the alignment whole.

    ``number`` is how the number of a rule is written.
    """
    run: list[Block] = []
    for block in (*paper.blocks, Block("result", ())):
        if block.kind != "result":
            run.append(block)
            continue
        yield from _steps(run, line, number)
        run = []
        if block.rows:
            yield Part("result", arranged(block.rows, line - INDENT, number=number))


def _steps(run: Sequence[Block], line: float, number: str) -> Iterator[Part]:
    """Names, then one alignment with the names that come up in it, then names."""
    rows = [row for block in run if block.kind == "steps" for row in block.rows]
    done = iter(arranged_each(rows, line, number=number)) if rows else iter(())
    lines: list[MathRow] = []
    names: list[str] = []
    for block in run:
        if block.kind == "let":
            names += introduced(block.rows)
            continue
        for first, *more in (next(done) for _ in block.rows):
            if names and not lines:
                yield Part("let", names=names)
            lines += [replace(first, names=tuple(names)) if lines else first, *more]
            names = []
    if lines:
        yield Part("steps", lines)
    if names:
        yield Part("let", names=names)


# ---------------------------------------------------------------- columns
def arranged(rows: Sequence[Row], line: float, *, number: str = "", boxed: bool = False) -> list[MathRow]:
    """The rows of one block, long formulas continued below, remarks beside them or below."""
    return [one for block in arranged_each(rows, line, number=number, boxed=boxed) for one in block]


def arranged_each(rows: Sequence[Row], line: float, *, number: str = "", boxed: bool = False) -> list[list[MathRow]]:
    """The lines of each row; the widths of the columns are those with which the fewest lines are needed."""
    left = max(width(row.left) for row in rows)
    room = max(line - left - RELATION, 8.0)
    tried = [_with_columns(rows, room * share, room, number, boxed) for share in SHARES]
    return min(tried, key=lambda found: (round(found[1], 1), sum(map(len, found[0]))))[0]


def _with_columns(
    rows: Sequence[Row], main: float, room: float, number: str, boxed: bool
) -> tuple[list[list[MathRow]], float]:
    """The lines with formulas of at most ``main`` ems, and by how much they are too wide together."""
    broken = [_pieces(row, main) for row in rows]
    widest = max(width(p) + INDENT * (k > 0) for pieces in broken for k, p in enumerate(pieces))
    side = room - widest - GAP
    blocks: list[list[MathRow]] = []
    over = max(widest - room, 0.0)
    for row, pieces in zip(rows, broken, strict=True):
        shown = [rf"\boxed{{{p}}}" for p in pieces] if boxed and len(pieces) == 1 else pieces
        lines = [MathRow("" if k else row.left, p, continued=k > 0) for k, p in enumerate(shown)]
        for k, remark in enumerate(_remarks(row.marks, side, number)):
            if k == 0:
                lines[-1] = replace(lines[-1], remark=remark)
            else:
                lines.append(MathRow(remark=remark, continued=True))
            over += max(width(remark) - side, 0.0)
        blocks.append(lines)
    return blocks, over


def _pieces(row: Row, main: float) -> list[str]:
    whole = width(row.formula) <= main
    return [row.formula] if whole else list(_mended(wrap(row.piece, max(main - INDENT, 4.0), width)))


def _mended(lines: Iterable[str]) -> Iterator[str]:
    """Lines of a broken formula, each whole in itself: a colour that goes on on the next line is begun anew there."""
    open_ = 0
    for part in lines:
        line = TINT * open_ + part
        braces = re.findall(r"(?<!\\)[{}]", line)
        open_ = braces.count("{") - braces.count("}")
        yield _fixed(line) + "}" * open_


def _fixed(line: str) -> str:
    r"""A line of a broken formula: brackets whose partner stands on another line cannot grow with what is in them.

    >>> print(_fixed(r"\left(\frac{a}{b} + \left(c\right)"))
    \Bigl(\frac{a}{b} + \left(c\right)
    """
    opened: list[int] = []
    alone: dict[int, str] = {}
    for found in _GROWING.finditer(line):
        if found[0] == r"\left":
            opened.append(found.start())
        elif opened:
            opened.pop()
        else:
            alone[found.start()] = r"\Bigr"
    alone |= dict.fromkeys(opened, r"\Bigl")
    return _GROWING.sub(lambda found: alone.get(found.start(), found[0]), line)


def _remarks(marks: Sequence[Mark], side: float, written: str) -> Iterator[str]:
    """The identities; one that is too long is broken between its clauses."""
    for mark in marks:
        number = written.replace("#", str(mark.rule)) if mark.rule else ""
        if width(mark.latex + number) <= side:
            yield mark.latex + number
            continue
        *parts, last = _in_parts(mark.latex, side)
        yield from parts
        yield last + number


def _in_parts(latex: str, side: float) -> Iterator[str]:
    line = ""
    for clause in clauses(latex.replace(",\\ ", ", ")):
        longer = rf"{line},\ {clause}" if line else clause
        if line and width(longer) > side:
            yield line + ","
            longer = clause
        line = longer
    yield line


__all__ = ["LINE", "MathRow", "Part", "aligned", "arranged", "parts_of", "render", "written"]
