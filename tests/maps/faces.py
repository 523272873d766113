"""What is asked of every linear map: its four faces are one map, its adjoint another, and its shapes are right.

The checks are the definitions: vec L(d) = J vec d; L(d) by index notation; M : L(d) = L*(M) : d; L** = L.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from matcalc import algebra as alg
from matcalc.maps import LinearMap, count
from matcalc.maps.indices import ONE, AtLeast, Delta, Entry, Stack, Term
from tests.naive import evaluate, vec


class Faces:
    """The faces of maps as numbers, at a point: ``env`` maps symbols to arrays; ``known`` puts a function for θ."""

    def __init__(
        self, env: Mapping[Any, Any], sizes: Mapping[str, int], known: Callable[[Any], Any] = lambda a: a
    ) -> None:
        self.env, self.sizes, self.known = env, sizes, known
        self.memo: dict[Any, np.ndarray] = {}

    def value(self, expression: Any, at: Mapping[Any, Any] | None = None) -> np.ndarray:
        """The value, where more symbols than those of the point may have arrays."""
        if at is not None:
            return np.asarray(evaluate(self.known(expression), {**self.env, **at}, self.sizes))
        if expression not in self.memo:
            self.memo[expression] = self.value(expression, {})
        return self.memo[expression]

    def size(self, d: Any) -> int:
        return int(self.value(alg.mul(d, 1)))

    def matrix(self, one: LinearMap) -> np.ndarray:
        """J, of the size that the shapes tell."""
        j = one.matrix()
        if not alg.is_scalar(j):
            assert j.shape == (count(one.codomain), count(one.domain))
        return np.atleast_2d(self.value(j))

    def applied(self, one: LinearMap, d: np.ndarray) -> np.ndarray:
        """L(d), as an array of the codomain's shape."""
        symbol = stand_in("D_0", one.domain)
        found = one.apply(symbol)
        assert alg.shape_of(found) == one.codomain
        return self.value(found, at={symbol: d})

    def draw(self, shape: Any, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(rng.standard_normal([self.size(d) for d in shape]))

    def check(self, one: LinearMap, indices: bool = True) -> np.ndarray:
        """All that is asked of a map; its matrix on vec."""
        consistent(one)
        j = self.matrix(one)
        adjoint = one.adjoint()
        assert (adjoint.domain, adjoint.codomain) == (one.codomain, one.domain)
        twice = adjoint.adjoint()
        assert (twice.domain, twice.codomain) == (one.domain, one.codomain)
        rng = np.random.default_rng(7)
        for each, on_vec in ((one, j), (adjoint, j.T), (twice, j)):
            d = self.draw(each.domain, rng)
            self.same(vec(np.atleast_2d(self.applied(each, d))), on_vec @ vec(np.atleast_2d(d)))
            self.same(self.matrix(each), on_vec)
            if indices:
                self.same(self.by_indices(each), on_vec)
        return j

    def same(self, a: np.ndarray, b: np.ndarray) -> None:
        scale = max(1.0, float(np.max(np.abs(b), initial=0)))
        np.testing.assert_allclose(a, b, atol=1e-9 * scale, rtol=1e-9)

    # ---------------------------------------------------------------- index notation
    def by_indices(self, one: LinearMap) -> np.ndarray:
        """The matrix on vec, entry by entry from index notation."""
        out_shape = [self.size(d) for d in one.codomain] or [1, 1]
        in_shape = [self.size(d) for d in one.domain] or [1, 1]
        out, into = (
            tuple(ONE if d == 1 else name for d, name in zip(shape, names))
            for shape, names in ((one.codomain, "ij"), (one.domain, "pq"))
        )
        extents = {ONE: 1, **dict(zip("ijpq", [*out_shape, *in_shape]))}
        tensor = np.zeros([*out_shape, *in_shape])
        for term in one.entries(out, into):
            tensor = tensor + self._summed(term, extents)
        return tensor.reshape(*out_shape, -1, order="F").reshape(-1, int(np.prod(in_shape)), order="F")

    def _summed(self, term: Term, given: Mapping[str, int]) -> np.ndarray:
        """A term at all i, j, p, q: what its other indices are summed over is what it says."""
        extents = self._extents(term, given)
        assert set(term.summed) == extents.keys() - given.keys()
        assert all(extents[index] > 1 for index in term.summed)
        operands: list[tuple[np.ndarray, tuple[str, ...]]] = [(np.ones(given[x]), (x,)) for x in "ijpq"]
        for f in term.factors:
            match f:
                case Entry(array, row, col):
                    operands.append((np.atleast_2d(self.value(array)), (row, col)))
                case Delta(a, b):
                    operands.append((np.eye(extents[a]), (a, b)))
                case AtLeast(a, b):
                    operands.append((np.tril(np.ones((extents[a], extents[b]))), (a, b)))
                case Stack(whole, fast, slow, _):
                    assert min(extents[fast], extents[slow]) > 1
                    cube = np.eye(extents[whole]).reshape(extents[whole], extents[slow], extents[fast])
                    operands.append((cube, (whole, slow, fast)))
        numbers = {name: at for at, name in enumerate(extents)}
        args = [part for array, names in operands for part in (array, [numbers[x] for x in names])]
        return np.einsum(*args, [numbers[x] for x in "ijpq"], optimize=True) * float(self.value(term.coefficient))

    def _extents(self, term: Term, given: Mapping[str, int]) -> dict[str, int]:
        """What every index runs up to; whatever says it has to say the same."""
        found = dict(given)

        def note(index: str, extent: int) -> None:
            assert found.setdefault(index, extent) == extent, f"{index} runs up to {found[index]} and {extent}"

        for f in term.factors:
            if isinstance(f, Entry):
                for index, extent in zip((f.row, f.col), np.atleast_2d(self.value(f.array)).shape):
                    note(index, extent)
        for _ in term.factors:  # what one factor says of an index may be needed by another
            for f in term.factors:
                if isinstance(f, Stack):
                    note(f.fast, self.size(f.size))
                    if f.whole in found:
                        assert found[f.whole] % found[f.fast] == 0
                        note(f.slow, found[f.whole] // found[f.fast])
                    elif f.slow in found:
                        note(f.whole, found[f.slow] * found[f.fast])
                elif isinstance(f, Delta):
                    for a, b in ((f.left, f.right), (f.right, f.left)):
                        if a in found:
                            note(b, found[a])
        return found


def consistent(one: LinearMap) -> None:
    """Where one map ends the next begins, and all terms of a sum have its shapes; within them, too."""
    for term in one.terms():
        if term is not one:
            assert (term.domain, term.codomain) == (one.domain, one.codomain)
            consistent(term)
    parts = [part for part in one.parts() if part is not one]
    if parts:
        ends = [part.codomain for part in reversed(parts)]
        assert [*(part.domain for part in reversed(parts)), one.codomain] == [one.domain, *ends]
    for part in parts:
        consistent(part)


def stand_in(name: str, shape: Any) -> Any:
    """A symbol of the shape."""
    return alg.matrix(name, *shape) if shape else alg.scalar(name)
