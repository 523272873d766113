"""Pieces of print: a string, how tightly it holds together, what stands at its ends, where its line may break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeAlias

from .notation import Level


class End(Enum):
    """What stands at an end of a piece: it decides whether a neighbour in a product needs a space."""

    NUMBER = auto()
    SCALAR = auto()  # one letter, of a scalar
    LETTER = auto()  # one letter, perhaps with a subscript or a superscript
    WORD = auto()  # a longer name, dX
    ONES = auto()  # 𝟏
    CALL = auto()  # exp(x)
    BARS = auto()  # ‖x‖
    GROUP = auto()  # (A + B)
    WIDE = auto()  # brackets with brackets in them


#: A place where a line may break: its offset in the text, and its rank (low ranks break first).
Breaks: TypeAlias = "tuple[tuple[int, int], ...]"

#: Added to the rank of breaks inside brackets.
INSIDE = 100
#: Breaks nested deeper than this are forgotten.
DEEPEST_BREAK = 8 * INSIDE


@dataclass(frozen=True)
class Piece:
    """A printed expression, without its sign.

    ``level`` says how tightly it holds together; ``negative``: a minus sign belongs in front; ``moving``: it
    holds a differential; ``tall``: brackets around it must grow (LaTeX); ``letter``: the letter,
    for a symbol of one letter.
    """

    text: str
    level: Level = Level.ATOM
    first: End = End.LETTER
    last: End = End.LETTER
    negative: bool = False
    moving: bool = False
    tall: bool = False
    nested: bool = False
    letter: str = ""
    breaks: Breaks = ()

    def positive(self) -> Piece:
        return replace(self, negative=False) if self.negative else self


@dataclass(frozen=True)
class BreakHere:
    """A line may break here."""

    rank: int


Part: TypeAlias = "str | Piece | BreakHere"


def join(
    parts: Iterable[Part],
    level: Level,
    first: End,
    last: End,
    *,
    inside: bool = False,
    sealed: bool = False,
    negative: bool = False,
    tall: bool = False,
    nested: bool = False,
) -> Piece:
    """One piece of several, side by side; their own breaks are kept, ranked higher ``inside`` brackets.

    What is ``sealed`` does not break: a fraction, a root.
    """
    strings: list[str] = []
    breaks: list[tuple[int, int]] = []
    at = 0
    moving = False
    for part in parts:
        if isinstance(part, BreakHere):
            breaks.append((at, part.rank))
            continue
        if isinstance(part, Piece):
            deeper = DEEPEST_BREAK if sealed else INSIDE if inside else 0
            breaks.extend((at + offset, rank + deeper) for offset, rank in part.breaks if rank + deeper < DEEPEST_BREAK)
            moving, tall, nested = moving or part.moving, tall or part.tall, nested or part.nested
            part = part.text
        strings.append(part)
        at += len(part)
    return Piece("".join(strings), level, first, last, negative, moving, tall, nested, "", tuple(breaks))
