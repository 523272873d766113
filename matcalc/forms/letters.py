"""Letters for indices: i, j for the value, then the variable's; p, q where both have two; k, l, … for sums."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..algebra.core import Shape
from ..maps.indices import ONE

#: In the order in which they are taken; no letter that names a variable or a size is.
LETTERS = "ijklrstuvabcdeghowxyz"
SECOND = "pqrstuv"


@dataclass(frozen=True)
class Lettering:
    """The index letters of one derivative; ``"1"`` stands for an index over a size of 1."""

    value: tuple[str, ...]
    variable: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def free(self) -> tuple[str, ...]:
        return tuple(i for i in (*self.value, *self.variable) if i != ONE)


def lettering(value: Shape, variable: Shape, taken: Collection[str]) -> Lettering:
    """Letters for a value and a variable of these shapes."""
    long = [sum(size != 1 for size in shape) for shape in (value, variable)]
    pool = iter([c for c in LETTERS if c not in taken] + [c for c in LETTERS.upper() if c not in taken])
    left = _drawn(value, pool)
    if long == [2, 2]:
        right = _drawn(variable, iter([c for c in SECOND if c not in taken and c not in left]))
    else:
        right = _drawn(variable, pool)
    used = {*left, *right}
    return Lettering(left, right, tuple(c for c in pool if c not in used))


def _drawn(shape: Shape, pool: Iterator[str]) -> tuple[str, ...]:
    return tuple(ONE if size == 1 else next(pool) for size in shape)
