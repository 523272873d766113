"""Lines in columns: terminal width, breaking a formula at its operators, identities at the right."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from .pieces import DEEPEST_BREAK, Piece

#: Columns between a formula and its remark.
GUTTER = 3
#: A title whose left side is longer than the others by more than this does not push them in.
OUTDENT = 4


def columns(text: str) -> int:
    """Terminal columns that the text occupies: combining marks take none, wide characters two.

    >>> columns("x̂ = 𝟏ᵀv"), columns("矩阵")
    (7, 4)
    """
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrap(
    piece: Piece, width: float, measure: Callable[[str], float] = columns, deepest: int = DEEPEST_BREAK
) -> list[str]:
    """The piece in lines of at most ``width`` columns, broken before operators.

    Loose operators break before tight ones, and those outside brackets before those inside; breaks of rank ``deepest``
    or more are left alone. A part that offers no break stays whole.
    """
    text, breaks = piece.text, sorted(b for b in piece.breaks if b[1] < deepest)
    ends = [at for at, _ in breaks] + [len(text)]
    widths = list(accumulate(measure(text[i:j]) for i, j in zip([0, *ends], ends, strict=False)))  # up to each break
    lines: list[str] = []
    start = first = 0  # offset, number of breaks behind
    done: float = 0  # width behind
    while widths[-1] - done > width and first < len(breaks):
        last = max(bisect_right(widths, done + width, first, len(breaks)), first + 1)  # one break at least
        reach = range(first, last)
        full = [i for i in reach if widths[i] - done >= width // 3]
        # the loosest operator that leaves no stump; of equals the last
        cut = min(full or reach, key=lambda i: (breaks[i][1], -i))
        lines.append(text[start : ends[cut]].rstrip())
        start = len(text) - len(text[ends[cut] :].lstrip())
        done = widths[cut] + measure(text[ends[cut] : start])
        first = cut + 1
    return [*lines, text[start:]]


def wrap_words(words: Iterable[str], width: int, separator: str = ", ") -> list[str]:
    """Phrases joined by a separator, in lines of at most ``width`` columns where they can be."""
    lines: list[str] = []
    for word in words:
        if lines and columns(lines[-1]) + len(separator) + columns(word) <= width:
            lines[-1] += separator + word
        else:
            if lines:
                lines[-1] += separator.rstrip()
            lines.append(word)
    return lines


@dataclass
class Row:
    """``left = formula``; at its right remarks, a line each, or phrases that share lines; ``below`` it sentences."""

    left: str
    formula: Piece
    remarks: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """One line of output: the formula part, and the remark with the column where it starts."""

    main: str
    remark: str = ""
    column: int = 0

    def __str__(self) -> str:
        gap = self.column - columns(self.main)
        return (self.main + " " * gap + self.remark if self.remark else self.main).rstrip()


def set_rows(rows: Sequence[Row], width: int) -> list[list[Cell]]:
    """Equals signs under each other, remarks in a column of their own; what is too long is continued below."""
    lefts = [columns(row.left) for row in rows]
    indent = max(lefts[1:], default=lefts[0])
    indent = max(indent, lefts[0]) if lefts[0] <= indent + OUTDENT else indent
    inner = max(width - indent - 3, 20)
    mains: list[list[str]] = []
    for row in rows:
        head = " " * (indent - columns(row.left)) + f"{row.left} = "
        room = min(inner, width - columns(head))
        first, *others = wrap(row.formula, room - 2 if columns(row.formula.text) > room else room)
        mains.append([head + first, *(" " * (indent + 5) + rest for rest in others)])
    column = _remark_column(rows, mains, width)
    blocks = []
    for row, main in zip(rows, mains, strict=True):
        phrases = wrap_words(row.phrases, max(width - column, width // 3))
        longest = max(map(columns, phrases), default=0)
        remarks = [part for remark in row.remarks for part in _in_parts(remark, width - column, inner)]
        cells = _with_remarks(main, [*remarks, *phrases], min(column, width - longest), indent, width)
        blocks.append([*cells, *_below(row.below, indent + 5, width)])
    return blocks


def _below(sentences: Iterable[str], column: int, width: int) -> Iterator[Cell]:
    """Sentences under a line, all from the same column."""
    for one in sentences:
        first, *more = wrap_words(one.split(" "), width - column - 2, " ")
        yield Cell("", first, column)
        yield from (Cell("", rest, column + 2) for rest in more)


def _in_parts(remark: str, column: int, widest: int) -> list[str]:
    """A remark broken between its clauses, where that makes it fit the column or at least the line."""
    if columns(remark) <= column:
        return [remark]
    parts = wrap_words(clauses(remark), column)
    if max(map(columns, parts)) <= column:
        return parts
    return [remark] if columns(remark) <= widest else wrap_words(clauses(remark), widest)


def clauses(text: str) -> list[str]:
    """The text split at commas outside brackets.

    >>> clauses("d max(A, B) = C, for A ≠ B")
    ['d max(A, B) = C', 'for A ≠ B']
    """
    parts, depth = [""], 0
    for piece in text.split(", "):
        parts[-1] += piece
        depth += sum(piece.count(c) for c in "([{") - sum(piece.count(c) for c in ")]}")
        if depth:
            parts[-1] += ", "
        else:
            parts.append("")
    return [part for part in parts if part]


def _remark_column(rows: Sequence[Row], mains: Sequence[Sequence[str]], width: int) -> int:
    """The column at which most remarks fit beside their formulas; of equals the one nearest the middle."""
    wants = [
        (columns(main[-1]) + GUTTER, columns(remark))
        for row, main in zip(rows, mains, strict=True)
        for remark in row.remarks[:1]
        if columns(main[-1]) + GUTTER + columns(remark) <= width
    ]
    middle = width // 2
    furthest = 5 * width // 8
    starts = {middle, *(start for start, _ in wants), *(width - length for _, length in wants)}
    candidates = [start for start in starts if start <= furthest]

    def merit(at: int) -> tuple[int, int, int]:
        return (sum(start <= at and at + length <= width for start, length in wants), -abs(at - middle), -at)

    return max(candidates, key=merit)


def _with_remarks(main: list[str], remarks: Sequence[str], column: int, indent: int, width: int) -> list[Cell]:
    """The first remark beside the last line of the formula if it fits, the others below it."""
    cells = [Cell(line) for line in main]
    for remark in remarks:
        at = column if column + columns(remark) <= width else max(width - columns(remark), indent + 3)
        last = cells[-1]
        if not last.remark and columns(last.main) + GUTTER <= at:
            cells[-1] = Cell(last.main, remark, at)
        else:
            fits = columns(last.main) + GUTTER + columns(remark) <= width and not last.remark
            own = columns(last.main) + GUTTER
            cells = [*cells[:-1], Cell(last.main, remark, own)] if fits else [*cells, Cell("", remark, at)]
    return cells
