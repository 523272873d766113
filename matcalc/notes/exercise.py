"""Exercises in notes: the steps asked for are left blank, and the whole derivation stands at the end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..present.paper import Block, Paper, Row

#: What is written into: a rule as long as a short formula.
BLANK = r"\underline{\hspace{8em}}"


def blanked(paper: Paper, steps: Collection[int]) -> Paper:
    """The derivation with the steps of these numbers, from 1, and its answer left blank; with none named, all are.

    The line that states the problem is no step, nor are the names that are introduced: they stay.
    """
    number = 0
    blocks: list[Block] = []
    for block in paper.blocks:
        rows: list[Row] = []
        for row in block.rows:
            hidden = block.kind == "result"
            if block.kind == "steps":
                hidden = number > 0 and (not steps or number in steps)
                number += 1
            rows.append(replace(row, formula=BLANK, breaks=()) if hidden else row)
        blocks.append(replace(block, rows=tuple(rows)))
    return replace(paper, blocks=tuple(blocks), plain="")
