"""Sizes at run time, and guesses of them when the program is written.

A size such as n, q·s or n + 1 is computed from the shapes of the arrays that the caller passes. Which of two orders of
multiplication is better depends on sizes that are not known then; :func:`guess` stands in for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from sympy import Symbol

from ..errors import CompileError

if TYPE_CHECKING:
    from .builder import Builder
    from .program import Input, Value

#: What a size is taken to be where only its name is known: these letters are small by custom (rank, classes, batch),
#: those of n×d and n×e, features or embeddings of samples, are smaller than n …
SMALL = dict.fromkeys("klrc", 10) | dict.fromkeys("de", 25)
#: … and any other size is this.
USUAL = 100


class Sizes:
    """Finds the values of sizes in a builder, from the shapes of the inputs."""

    def __init__(self, builder: Builder, inputs: Sequence[Input], guesses: Mapping[str, int] | None = None) -> None:
        self.builder = builder
        self._axes: dict[Any, tuple[Value, int]] = {}
        self._values: dict[Any, Value] = {}
        self._guesses: dict[Any, float] = {}
        self._given = dict(guesses or {})
        for one in inputs:
            raw = builder.input(one)
            for axis, size in enumerate(one.declared):
                if not size.is_Integer:
                    self._axes.setdefault(size, (raw, axis))

    def __call__(self, size: Any) -> Value:
        """The value of a size."""
        if size not in self._values:
            self._values[size] = self._find(size)
        return self._values[size]

    def of(self, shape: Sequence[Any]) -> list[Value]:
        """The values of the sizes of a shape."""
        return [self(size) for size in shape]

    def known(self, size: Any) -> bool:
        """Can the size be found from the inputs?"""
        return all(symbol in self._axes or self._solve(symbol) for symbol in size.free_symbols) or size in self._axes

    def _find(self, size: Any) -> Value:
        b = self.builder
        if size.is_number:
            return b.number(size)
        if size in self._axes:
            return b.size_of(*self._axes[size])
        if isinstance(size, Symbol):
            if not self._solve(size):
                raise CompileError(f"the size {size} cannot be found from the shapes of the inputs")
            return self(size)
        if size.is_Add or size.is_Mul:
            step = b.add if size.is_Add else b.multiply
            terms = sorted(size.args, key=str)
            top, bottom = size.as_numer_denom()
            if bottom != 1:
                return b.make("floor_divide", (self(top), self(bottom)), (), ())
            value = self(terms[0])
            for term in terms[1:]:
                value = step(value, self(term))
            return value
        if size.is_Pow and size.exp.is_Integer and size.exp > 0:
            return b.power(self(size.base), b.number(size.exp))
        raise CompileError(f"cannot compute the size {size}")

    def _solve(self, symbol: Symbol) -> bool:
        """Find n where an axis has the length n + 1 or 2n and everything else in it is known."""
        for size, (array, axis) in list(self._axes.items()):
            others = size.free_symbols - {symbol}
            if symbol not in size.free_symbols or size == symbol or not all(o in self._axes for o in others):
                continue
            slope = size.diff(symbol)
            if symbol in slope.free_symbols:
                continue
            whole = self.builder.size_of(array, axis)
            rest = self(size.subs(symbol, 0))
            part = self.builder.subtract(whole, rest)
            if slope != 1:
                part = self.builder.make("floor_divide", (part, self(slope)), (), ())
            self._values[symbol] = part
            return True
        return symbol in self._values

    # ------------------------------------------------------------ guesses
    def guess(self, size: Any) -> float:
        """About how large a size is."""
        found = self._guesses.get(size)
        if found is None:
            found = self._guesses[size] = self._guess(size)
        return found

    def count(self, shape: Sequence[Any]) -> float:
        """About how many entries an array of this shape has."""
        return prod(self.guess(size) for size in shape)

    def _guess(self, size: Any) -> float:
        if size.is_number:
            return float(size)
        if isinstance(size, Symbol):
            return float(self._given.get(size.name, SMALL.get(size.name, USUAL)))
        inner = [self.guess(a) for a in size.args]
        return sum(inner) if size.is_Add else prod(inner) if size.is_Mul else inner[0] ** inner[1]
