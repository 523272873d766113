"""Sums of products of arrays with named axes, two arrays at a time: outer products, matrix products, row scalings.

Every axis has an index; an index that is not kept is summed. Pairs are joined in the order that keeps the work small
(the greedy order of opt_einsum; Smith & Gray 2018), and each pair becomes the plainest instruction that computes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .builder import Builder
from .program import Value

#: Letters for einsum subscripts, in the order in which indices are met.
LETTERS = "ijklmnpqrstuvwabcdefghoxyzIJKLMNPQRSTUVWABCDEFGHOXYZ"


@dataclass(frozen=True)
class Labelled:
    """An array and the index of each of its axes."""

    value: Value
    indices: tuple[int, ...]


class Contraction:
    """Joins labelled arrays; ``sizes`` are the lengths of the indices."""

    def __init__(self, builder: Builder, sizes: dict[int, Any]) -> None:
        self.builder = builder
        self.sizes = sizes

    def run(self, arrays: Iterable[Labelled], keep: Sequence[int]) -> Labelled:
        """The sum over every index that is not kept; axes are those of ``keep`` that occur, in that order."""
        given = list(arrays)
        half = self._half(given, keep)
        if half is not None:
            return self._square(half, keep)
        left = [self._own(a, set(keep), _others(given, at)) for at, a in enumerate(given)]
        places = {k: place for place, k in enumerate(keep)}
        while len(left) > 1:
            x, y = min(combinations(left, 2), key=lambda pair: self._work(*pair))
            wanted = set(keep).union(*(a.indices for a in left if a is not x and a is not y))
            joined = self.join(x, y, wanted, places)
            left = [joined if a is x else a for a in left if a is not y]  # neighbours stay together
        return self.order(left[0], [k for k in keep if k in left[0].indices])

    # ------------------------------------------------------------ BᵀB
    def _half(self, given: Sequence[Labelled], keep: Sequence[int]) -> list[Labelled] | None:
        """The arrays of B where the whole is BᵀB: those with the first half of the kept indices; None elsewhere.

        The others have to be the same arrays with the second half instead, and nothing may be cheaper some other way,
        such as vvᵀ ⊗ XᵀX.
        """
        middle, odd = divmod(len(keep), 2)
        twin = dict(zip(keep[:middle], keep[middle:], strict=False))
        if odd or not keep or any(self.sizes[k] != self.sizes[twin[k]] for k in twin):
            return None
        first = [a for a in given if any(k in twin for k in a.indices)]
        second = [a for a in given if any(k in keep[middle:] for k in a.indices)]
        mirrored = [(a.value, tuple(twin.get(k, k) for k in a.indices)) for a in first]
        if len(first) + len(second) != len(given) or sorted(mirrored, key=_place) != sorted(
            ((a.value, a.indices) for a in second), key=_place
        ):
            return None
        wanted = [*self._summed(first, keep), *keep[:middle]]
        size = self.builder.size.count
        square = size([self.sizes[k] for k in (*wanted, *keep[:middle])]) / 2
        if len(wanted) == middle or square + self._cost(first, wanted) > self._cost(given, keep):
            return None
        return first

    def _summed(self, arrays: Sequence[Labelled], keep: Sequence[int]) -> list[int]:
        return [k for k in dict.fromkeys(k for a in arrays for k in a.indices) if k not in keep]

    def _square(self, half: Sequence[Labelled], keep: Sequence[int]) -> Labelled:
        b, middle = self.builder, len(keep) // 2
        summed = self._summed(half, keep)
        whole = self.run(half, [*summed, *keep[:middle]])
        factor = b.transpose(self._grouped(whole, keep[:middle], summed))
        product = b.matmul(b.transpose(factor), factor)
        return Labelled(b.reshape(product, tuple(self.sizes[k] for k in keep)), tuple(keep))

    def _cost(self, arrays: Sequence[Labelled], keep: Sequence[int]) -> float:
        """About how many operations the greedy order takes."""
        left, total = [frozenset(a.indices) for a in arrays], 0.0
        count = self.builder.size.count
        while len(left) > 1:
            x, y = min(
                combinations(range(len(left)), 2), key=lambda p: count([self.sizes[k] for k in left[p[0]] | left[p[1]]])
            )
            both = left[x] | left[y]
            total += count([self.sizes[k] for k in both])
            rest = [one for at, one in enumerate(left) if at not in (x, y)]
            left = [*rest, both & frozenset(keep).union(*rest)]
        return total

    # ------------------------------------------------------------ pairs
    def _work(self, x: Labelled, y: Labelled) -> float:
        guess = self.builder.size.count
        return guess([self.sizes[k] for k in {*x.indices, *y.indices}])

    def _own(self, a: Labelled, keep: set[int], others: set[int]) -> Labelled:
        """Diagonals of indices that are met twice, and sums over those met nowhere else."""
        b = self.builder
        if len(set(a.indices)) < len(a.indices) or any(k not in keep and k not in others for k in a.indices):
            out = tuple(k for k in dict.fromkeys(a.indices) if k in keep or k in others)
            if len(a.indices) == 2 and len(set(a.indices)) == 1:
                return Labelled(b.diagonal(a.value) if out else b.trace(a.value), out)
            return Labelled(b.einsum(self._subscripts([a.indices], out), a.value), out)
        return a

    def join(self, x: Labelled, y: Labelled, keep: set[int], places: Mapping[int, int]) -> Labelled:
        """Σ x y over the indices that both have and nobody keeps; ``places`` is the order wanted in the end."""
        summed = [k for k in x.indices if k in y.indices and k not in keep]
        shared = [k for k in x.indices if k in y.indices and k in keep]
        if not summed:
            return self._product(x, y, places)
        b = self.builder
        x_only = [k for k in x.indices if k not in y.indices]
        y_only = [k for k in y.indices if k not in x.indices]
        if shared:
            return self._stacked(x, y, shared, x_only, y_only, summed)
        if not x_only and not y_only:
            return Labelled(b.inner(x.value, self.order(y, x.indices).value), ())
        out = (*x_only, *y_only)
        left = self._grouped(x, x_only, summed)
        right = self._grouped(y, summed, y_only)
        return Labelled(b.reshape(b.matmul(left, right), tuple(self.sizes[k] for k in out)), out)

    def _product(self, x: Labelled, y: Labelled, places: Mapping[int, int]) -> Labelled:
        """No index is summed: x ⊙ y with axes of length 1 where one lacks an index."""
        b = self.builder
        out = sorted(dict.fromkeys((*x.indices, *y.indices)), key=lambda k: places.get(k, len(places)))
        if len(x.indices) == len(y.indices) == 1 and x.indices != y.indices:
            u, v = (x, y) if x.indices[0] == out[0] else (y, x)
            return Labelled(b.outer(u.value, v.value), tuple(out))
        return Labelled(b.multiply(self.spread_out(x, out), self.spread_out(y, out)), tuple(out))

    def _stacked(
        self, x: Labelled, y: Labelled, shared: list[int], x_only: list[int], y_only: list[int], summed: list[int]
    ) -> Labelled:
        """A matrix product for every value of the shared indices."""
        b = self.builder
        if len(shared) == len(summed) == 1 and len(x_only) == len(y_only) == 1:
            left = self.order(x, [*shared, *x_only, *summed]).value
            right = self.order(y, [*shared, *summed, *y_only]).value
            return Labelled(b.matmul(left, right), (*shared, *x_only, *y_only))
        out = (*shared, *x_only, *y_only)
        return Labelled(b.einsum(self._subscripts([x.indices, y.indices], out), x.value, y.value), out)

    def _grouped(self, a: Labelled, first: Sequence[int], second: Sequence[int]) -> Value:
        """The array as a matrix (or a vector): the first indices as one axis, the second as another."""
        if first and second and tuple(a.indices) == (*second, *first):  # a transposed view costs nothing
            return self.builder.transpose(self._grouped(a, second, first))
        groups = [g for g in (first, second) if g]
        ordered = self.order(a, [*first, *second]).value
        lengths = []
        for group in groups:
            length = self.sizes[group[0]]
            for k in group[1:]:
                length = length * self.sizes[k]
            lengths.append(length)
        return self.builder.reshape(ordered, tuple(lengths))

    def order(self, a: Labelled, indices: Sequence[int]) -> Labelled:
        """The axes in this order."""
        axes = tuple(a.indices.index(k) for k in indices)
        return Labelled(self.builder.transpose(a.value, axes), tuple(indices))

    def spread_out(self, a: Labelled, indices: Sequence[int]) -> Value:
        """The array with the axes ``indices``, of length 1 where it lacks one; leading ones are left out."""
        b = self.builder
        value = self.order(a, [k for k in indices if k in a.indices]).value
        first = next((axis for axis, k in enumerate(indices) if k in a.indices), len(indices))
        for axis, k in enumerate(indices[first:]):
            if k not in a.indices:
                value = b.expand(value, axis)
        return value

    def _subscripts(self, operands: Sequence[Sequence[int]], out: Sequence[int]) -> str:
        letters: dict[int, str] = {}
        for k in (*out, *(k for one in operands for k in one)):
            letters.setdefault(k, LETTERS[len(letters)])
        return ",".join("".join(letters[k] for k in one) for one in operands) + "->" + "".join(letters[k] for k in out)


def _others(arrays: Sequence[Labelled], at: int) -> set[int]:
    return {k for j, a in enumerate(arrays) if j != at for k in a.indices}


def _place(pair: tuple[Value, tuple[int, ...]]) -> tuple[int, tuple[int, ...]]:
    return pair[0].number, pair[1]
