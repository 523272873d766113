"""Exercises in notes: the steps asked for are left blank, and the whole derivation stands at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from ..present.paper import Block, Paper, Row

#: What is written into: a rule as long as a short formula.
BLANK = r"\underline{\hspace{8em}}"


def hidden(kinds: Iterable[str], steps: Collection[int]) -> list[bool]:
    """Which lines are left blank, by their kinds: the steps of these numbers, from 1, and the answer.

    With none named, all steps are. The line that states the problem is no step, nor are the names that are introduced.

    >>> hidden(["steps", "let", "steps", "steps", "result"], [2])
    [False, False, False, True, True]
    """
    number = 0
    found = []
    for kind in kinds:
        found.append(kind == "result" or (kind == "steps" and number > 0 and (not steps or number in steps)))
        number += kind == "steps"
    return found


def blanked(paper: Paper, steps: Collection[int], bare: bool = False) -> Paper:
    """The derivation with the steps of these numbers and its answer left blank; ``bare``: the problem alone."""
    rows = [(block.kind, row) for block in paper.blocks for row in block.rows]
    hide = iter(hidden((kind for kind, _ in rows), steps))
    first, *blocks = (
        replace(block, rows=tuple(_blank(row) if next(hide) else row for row in block.rows)) for block in paper.blocks
    )
    if bare:
        answers = [replace(block, rows=tuple(map(_alone, block.rows[:1]))) for block in _answers(blocks)]
        return replace(paper, blocks=(replace(first, rows=first.rows[:1]), *answers), plain="")
    return replace(paper, blocks=(first, *blocks), plain="")


def _blank(row: Row) -> Row:
    return replace(row, formula=BLANK, breaks=())


def _alone(row: Row) -> Row:
    """An answer's row without what stands at its right."""
    return replace(row, marks=())


def _answers(blocks: Iterable[Block]) -> list[Block]:
    """The answers, one row each: by several variables a row for each of them."""
    rows = [row for block in blocks if block.kind == "result" for row in block.rows if row.left]
    return [Block("result", (row,)) for row in rows]
