"""Products of matrices in the order that costs least, with structured factors never written out.

A :class:`Factor` is a matrix of known structure: dense, diagonal, an inverse, a Kronecker product, a permutation, ones,
the identity. Each says how it multiplies an array from the left and from the right, and what that costs; a chain is then
multiplied in the best order (the matrix-chain problem, Cormen et al. ch. 14.2, with guessed sizes), so that vectors are
met first, A⁻¹B is a solve, Diag(d)A a row scaling and (A ⊗ B) vec X two products.

Arrays of a column or a row have one axis: `x` below is an array of shape (n,) or (n, q), for a matrix n×q.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from sympy import Integer, Mul

from .program import Builder, Dims, Value

#: A longer chain is multiplied from the end that has a vector, without looking for the best order.
LONGEST_CHAIN = 40
ONE = Integer(1)


def array_shape(shape: Dims) -> Dims:
    """The array's shape for a matrix's: axes of length 1 are not there."""
    return tuple(size for size in shape if size != ONE)


@dataclass(frozen=True)
class Factor:
    """A matrix, ``rows`` × ``cols``."""

    builder: Builder = field(repr=False, compare=False)
    shape: tuple[Any, Any]

    @property
    def rows(self) -> Any:
        return self.shape[0]

    @property
    def cols(self) -> Any:
        return self.shape[1]

    def dense(self) -> Value:
        """The matrix written out."""
        raise NotImplementedError

    @property
    def T(self) -> Factor:
        raise NotImplementedError

    def left(self, x: Value, cols: Any) -> Value:
        """F x, for x with ``cols`` columns."""
        return matmul(self.builder, self.dense(), self.shape, x, (self.cols, cols))

    def right(self, x: Value, rows: Any) -> Value:
        """x F, for x with ``rows`` rows."""
        return self.builder.transpose(self.T.left(self.builder.transpose(x), rows))

    def cost(self, other: float) -> float:
        """About how many operations the product with a matrix takes, for ``other`` its free size."""
        guess = self.builder.size.guess
        return guess(self.rows) * guess(self.cols) * other

    @property
    def structured(self) -> bool:
        """Does it multiply in a way of its own?"""
        return True


@dataclass(frozen=True)
class Dense(Factor):
    """A matrix whose entries are there."""

    value: Value

    def dense(self) -> Value:
        return self.value

    @property
    def T(self) -> Factor:
        return Dense(self.builder, self.shape[::-1], self.builder.transpose(self.value))

    def right(self, x: Value, rows: Any) -> Value:
        return matmul(self.builder, x, (rows, self.rows), self.value, self.shape)

    @property
    def structured(self) -> bool:
        return False


@dataclass(frozen=True)
class IdentityFactor(Factor):
    """I."""

    def dense(self) -> Value:
        return self.builder.eye(self.rows)

    @property
    def T(self) -> Factor:
        return self

    def left(self, x: Value, cols: Any) -> Value:
        return x

    def right(self, x: Value, rows: Any) -> Value:
        return x

    def cost(self, other: float) -> float:
        return 0.0


@dataclass(frozen=True)
class OnesFactor(Factor):
    """A row or a column of ones (or a matrix of them): products with it are sums and repetitions."""

    def dense(self) -> Value:
        return self.builder.ones(array_shape(self.shape))

    @property
    def T(self) -> Factor:
        return OnesFactor(self.builder, self.shape[::-1])

    def left(self, x: Value, cols: Any) -> Value:
        """𝟏ᵀx: the sums of the columns; 𝟏 xᵀ: x in every row."""
        b = self.builder
        if self.cols != ONE:
            x = b.sum(x, 0 if cols != ONE else None)
        return b.broadcast(x, array_shape((self.rows, cols)))

    def right(self, x: Value, rows: Any) -> Value:
        """x𝟏: the sums of the rows; x 𝟏ᵀ: x in every column."""
        b = self.builder
        if self.rows != ONE:
            x = b.sum(x, 1 if rows != ONE else None)
        if rows != ONE and self.cols != ONE:
            x = b.expand(x, 1)
        return b.broadcast(x, array_shape((rows, self.cols)))

    def cost(self, other: float) -> float:
        return max(self.builder.size.guess(s) for s in self.shape) * other


@dataclass(frozen=True)
class Repeated(Factor):
    """u 𝟏ᵀ or 𝟏 uᵀ: a vector in every column or in every row."""

    vector: Value
    as_column: bool

    def dense(self) -> Value:
        return self.builder.broadcast(self.thin(), self.shape)

    def thin(self) -> Value:
        """The array that broadcasts to the matrix."""
        return self.builder.expand(self.vector, 1) if self.as_column else self.vector

    @property
    def T(self) -> Factor:
        return Repeated(self.builder, self.shape[::-1], self.vector, not self.as_column)


@dataclass(frozen=True)
class DiagonalFactor(Factor):
    """Diag(d)."""

    entries: Value

    def dense(self) -> Value:
        return self.builder.diag(self.entries)

    @property
    def T(self) -> Factor:
        return self

    def left(self, x: Value, cols: Any) -> Value:
        """Diag(d) X scales the rows."""
        b = self.builder
        return b.multiply(self.entries if cols == ONE else b.expand(self.entries, 1), x)

    def right(self, x: Value, rows: Any) -> Value:
        """X Diag(d) scales the columns."""
        return self.builder.multiply(x, self.entries)

    def cost(self, other: float) -> float:
        return self.builder.size.guess(self.rows) * other


@dataclass(frozen=True)
class InverseFactor(Factor):
    """A⁻¹, never written out unless it stands alone."""

    matrix: Value
    symmetric: bool

    def dense(self) -> Value:
        return self.builder.inverse(self.matrix)

    @property
    def T(self) -> Factor:
        """A⁻ᵀ; of a symmetric matrix the same."""
        if self.symmetric:
            return self
        return InverseFactor(self.builder, self.shape, self.builder.transpose(self.matrix), False)

    def left(self, x: Value, cols: Any) -> Value:
        """A⁻¹ X solves A Y = X; X A⁻¹ = (A⁻ᵀ Xᵀ)ᵀ."""
        return self.builder.solve(self.matrix, x)

    def cost(self, other: float) -> float:
        n = self.builder.size.guess(self.rows)
        return n * n * other  # the factorisation, n³/3, is there in every order


@dataclass(frozen=True)
class UnitFactor(Factor):
    """e_i as a column or a row: products with it take a row or a column."""

    index: Value

    def dense(self) -> Value:
        b = self.builder
        return b.take(b.eye(self.length), 0, self.index)

    @property
    def length(self) -> Any:
        return self.rows if self.cols == ONE else self.cols

    @property
    def T(self) -> Factor:
        return UnitFactor(self.builder, self.shape[::-1], self.index)

    def left(self, x: Value, cols: Any) -> Value:
        """e_iᵀ X is a row of X; e_i xᵀ an outer product."""
        return self.builder.take(x, 0, self.index) if self.rows == ONE else super().left(x, cols)

    def right(self, x: Value, rows: Any) -> Value:
        """X e_j is a column of X."""
        if self.cols == ONE:
            return self.builder.take(x, x.rank - 1, self.index)
        return matmul(self.builder, x, (rows, self.rows), self.dense(), self.shape)

    def cost(self, other: float) -> float:
        return other if ONE in self.shape else super().cost(other)


@dataclass(frozen=True)
class CommutationFactor(Factor):
    """K_mn, with K_mn vec X = vec Xᵀ for X m×n: a transposition of a reshaped array."""

    m: Any
    n: Any

    def dense(self) -> Value:
        b = self.builder
        return self.left(b.eye(self.rows), self.rows)

    @property
    def T(self) -> Factor:
        return CommutationFactor(self.builder, self.shape, self.n, self.m)

    def left(self, x: Value, cols: Any) -> Value:
        b = self.builder
        if cols == ONE:  # vec X, in C order, is Xᵀ row by row
            return b.flat(b.transpose(b.reshape(x, (self.n, self.m))))
        stacked = b.transpose(b.reshape(x, (self.n, self.m, cols)), (1, 0, 2))
        return b.reshape(stacked, (self.rows, cols))

    def right(self, x: Value, rows: Any) -> Value:
        b = self.builder
        if rows == ONE:
            return self.T.left(x, ONE)
        stacked = b.transpose(b.reshape(x, (rows, self.m, self.n)), (0, 2, 1))
        return b.reshape(stacked, (rows, self.cols))

    def cost(self, other: float) -> float:
        return self.builder.size.guess(self.rows) * other


@dataclass(frozen=True)
class SelectionFactor(Factor):
    """E_n (n²×n) with E_n x = vec Diag(x), or its transpose, E_nᵀ vec X = diag X."""

    n: Any

    def dense(self) -> Value:
        b = self.builder
        return self.left(b.eye(self.cols), self.cols) if self.tall else b.transpose(self.T.dense())

    @property
    def tall(self) -> bool:
        return self.cols == self.n

    @property
    def T(self) -> Factor:
        return SelectionFactor(self.builder, self.shape[::-1], self.n)

    def left(self, x: Value, cols: Any) -> Value:
        b, n = self.builder, self.n
        if not self.tall:  # the diagonal of X stands at 0, n + 1, 2(n + 1), …
            return b.every(x, 0, n + 1, n)
        if cols == ONE:
            return b.flat(b.diag(x))
        return b.reshape(b.spread(x, "iij->ij", (n, n, cols)), (self.rows, cols))

    def cost(self, other: float) -> float:
        return self.builder.size.guess(self.rows) * other


@dataclass(frozen=True)
class KroneckerFactor(Factor):
    """A ⊗ B ⊗ …"""

    parts: tuple[Factor, ...]

    def dense(self) -> Value:
        b = self.builder
        flats = [self._two_axes(part) for part in self.parts] if not self._vectors else [p.dense() for p in self.parts]
        return b.reshape(reduce(b.kron, flats), array_shape(self.shape))

    @property
    def _vectors(self) -> bool:
        return all(p.cols == ONE for p in self.parts) or all(p.rows == ONE for p in self.parts)

    def _two_axes(self, part: Factor) -> Value:
        value = part.dense()
        return value if value.rank == 2 else self.builder.expand(value, 1 if part.cols == ONE else 0)

    @property
    def T(self) -> Factor:
        return KroneckerFactor(self.builder, self.shape[::-1], tuple(p.T for p in self.parts))

    def left(self, x: Value, cols: Any) -> Value:
        """(A ⊗ B) vec Z = vec(B Z Aᵀ): in C order, with x as the array Zᵀ, it is A Zᵀ Bᵀ."""
        b = self.builder
        first, rest = self.parts[0], self.parts[1:]
        second = rest[0] if len(rest) == 1 else _kronecker(b, rest)
        if ONE in (first.rows, first.cols, second.rows, second.cols):
            return super().left(x, cols)
        if cols == ONE:
            z = b.reshape(x, (first.cols, second.cols))
            once = chain([first, Dense(b, (first.cols, second.cols), z), second.T]).dense()
            return b.flat(once)
        stacked = b.reshape(x, (first.cols, second.cols, cols))
        if not isinstance(second, IdentityFactor):
            stacked = b.matmul(second.dense(), stacked)  # one product for each of A's columns
        if not isinstance(first, IdentityFactor):
            wide = b.reshape(stacked, (first.cols, second.rows * cols))
            stacked = first.left(wide, second.rows * cols)
        return b.reshape(stacked, (self.rows, cols))

    def cost(self, other: float) -> float:
        guess = self.builder.size.guess
        return guess(self.cols) * sum(guess(p.rows) for p in self.parts) * other


def _kronecker(b: Builder, parts: Sequence[Factor]) -> Factor:
    if len(parts) == 1:
        return parts[0]
    rows, cols = Mul(*(p.rows for p in parts)), Mul(*(p.cols for p in parts))
    if all(isinstance(p, IdentityFactor) for p in parts):
        return IdentityFactor(b, (rows, cols))
    return KroneckerFactor(b, (rows, cols), tuple(parts))


@dataclass(frozen=True)
class SliceFactor(Factor):
    """[0; I; 0] or [0 I 0]: products with it take a run of rows or columns."""

    start: Any
    stop: Any

    def dense(self) -> Value:
        b = self.builder
        wide = b.slice(b.eye(self.cols if self.wide else self.rows), 0, self.start, self.stop)
        return wide if self.wide else b.transpose(wide)

    @property
    def wide(self) -> bool:
        return self.rows == self.stop - self.start

    @property
    def T(self) -> Factor:
        return SliceFactor(self.builder, self.shape[::-1], self.start, self.stop)

    def left(self, x: Value, cols: Any) -> Value:
        return self.builder.slice(x, 0, self.start, self.stop) if self.wide else super().left(x, cols)

    def right(self, x: Value, rows: Any) -> Value:
        if self.wide:
            return matmul(self.builder, x, (rows, self.rows), self.dense(), self.shape)
        return self.builder.slice(x, x.rank - 1, self.start, self.stop)

    def cost(self, other: float) -> float:
        return other


# ---------------------------------------------------------------- products
def matmul(b: Builder, x: Value, x_shape: Dims, y: Value, y_shape: Dims) -> Value:
    """The product of two dense matrices, whose arrays lack the axes of length 1."""
    if x_shape[1] == ONE:
        if x.rank and y.rank:
            return b.outer(x, y)
        return b.multiply(x, y)
    return b.matmul(x, y)


def multiply(x: Factor, y: Factor) -> Factor:
    """x y, with the structure of both used where that helps."""
    b, shape = x.builder, (x.rows, y.cols)
    if isinstance(x, IdentityFactor):
        return y
    if isinstance(y, IdentityFactor):
        return x
    if isinstance(x, DiagonalFactor) and isinstance(y, DiagonalFactor):
        return DiagonalFactor(b, shape, b.multiply(x.entries, y.entries))
    if isinstance(x, KroneckerFactor) and isinstance(y, KroneckerFactor) and _conform(x, y):
        return _kronecker(b, [multiply(p, q) for p, q in zip(x.parts, y.parts, strict=True)])
    if x.cols == ONE and ONE not in shape:  # an outer product
        if isinstance(x, OnesFactor) and isinstance(y, OnesFactor):
            return OnesFactor(b, shape)
        if isinstance(x, OnesFactor):
            return Repeated(b, shape, y.dense(), as_column=False)
        if isinstance(y, OnesFactor):
            return Repeated(b, shape, x.dense(), as_column=True)
    guess = b.size.guess
    from_left = x.cost(guess(y.cols)) if x.structured else float("inf")
    from_right = y.cost(guess(x.rows)) if y.structured else float("inf")
    if from_right < from_left or not x.structured:
        return Dense(b, shape, y.right(x.dense(), x.rows))
    return Dense(b, shape, x.left(y.dense(), y.cols))


def _conform(x: KroneckerFactor, y: KroneckerFactor) -> bool:
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD."""
    return len(x.parts) == len(y.parts) and all(p.cols == q.rows for p, q in zip(x.parts, y.parts, strict=True))


def chain(factors: Sequence[Factor]) -> Factor:
    """F₁ F₂ … F_k in the cheapest order."""
    count = len(factors)
    if count > LONGEST_CHAIN:
        if factors[-1].cols == ONE:
            return reduce(lambda done, one: multiply(one, done), reversed(factors[:-1]), factors[-1])
        return reduce(multiply, factors)
    _, cut = _best_order(factors)
    done: dict[tuple[int, int], Factor] = {}
    for length in range(1, count + 1):  # bottom-up: only the intervals that are used
        for i, j in _used(cut, count, length):
            k = cut.get((i, j))
            done[i, j] = factors[i] if k is None else multiply(done[i, k], done[k + 1, j])
    return done[0, count - 1]


def _used(cut: dict[tuple[int, int], int], count: int, length: int) -> list[tuple[int, int]]:
    """The intervals of this length in the tree of the best order."""
    found, stack = [], [(0, count - 1)]
    while stack:
        i, j = stack.pop()
        if j - i + 1 == length:
            found.append((i, j))
        elif j - i + 1 > length:
            k = cut[i, j]
            stack += [(i, k), (k + 1, j)]
    return sorted(found)


def _best_order(factors: Sequence[Factor]) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], int]]:
    """Costs and cuts of all intervals of a chain; of equal orders the one that reads from the left."""
    count = len(factors)
    guess = factors[0].builder.size.guess
    sizes = [guess(f.rows) for f in factors] + [guess(factors[-1].cols)]
    cost = {(i, i): 0.0 for i in range(count)}
    cut: dict[tuple[int, int], int] = {}
    for length in range(2, count + 1):
        for i in range(count - length + 1):
            j = i + length - 1
            best = float("inf")
            for k in range(j - 1, i - 1, -1):
                total = cost[i, k] + cost[k + 1, j] + _step(factors, sizes, i, k, j)
                if total < best:
                    best, cut[i, j] = total, k
            cost[i, j] = best
    return cost, cut


def _step(factors: Sequence[Factor], sizes: Sequence[float], i: int, k: int, j: int) -> float:
    """What the last product of an interval costs: structured factors that stand alone multiply in their own way."""
    whole = sizes[i] * sizes[k + 1] * sizes[j + 1]
    options = [whole]
    if i == k and factors[i].structured:
        options.append(factors[i].cost(sizes[j + 1]))
    if k + 1 == j and factors[j].structured:
        options.append(factors[j].cost(sizes[i]))
    if i == k and k + 1 == j and len(options) == 3:
        options.append(whole)  # one of the two has to be written out
        return max(options[1], options[2]) if min(options[1], options[2]) < whole else whole
    return min(options)


def trace_of(factors: Sequence[Factor]) -> Value:
    """tr(F₁ F₂ … F_k) = Lᵀ : R for the best cut L R, without the diagonal-less products."""
    b = factors[0].builder
    if len(factors) == 1:
        return trace(factors[0])
    cost, _ = _best_order(factors) if len(factors) <= LONGEST_CHAIN else ({}, {})
    last = len(factors) - 1
    at = min(range(last), key=lambda k: cost[0, k] + cost[k + 1, last]) if cost else last - 1
    x, y = chain(factors[: at + 1]), chain(factors[at + 1 :])
    for one, other in ((x, y), (y, x)):
        if isinstance(one, DiagonalFactor):
            return b.inner(one.entries, diagonal(other))
        if isinstance(one, InverseFactor):
            return b.trace(one.left(other.dense(), other.cols))
        if isinstance(one, IdentityFactor):
            return trace(other)
    if x.cols == ONE or x.rows == ONE:
        return b.inner(x.dense(), y.dense())
    return inner(x.T, y)


def trace(x: Factor) -> Value:
    """tr F."""
    b = x.builder
    if isinstance(x, IdentityFactor):
        return b.size(x.rows)
    if isinstance(x, DiagonalFactor):
        return b.sum(x.entries)
    if isinstance(x, KroneckerFactor) and all(p.rows == p.cols for p in x.parts):
        return reduce(b.multiply, [trace(p) for p in x.parts])
    return b.trace(x.dense())


def diagonal(x: Factor) -> Value:
    """diag F."""
    b = x.builder
    if isinstance(x, DiagonalFactor):
        return x.entries
    return b.ones((x.rows,)) if isinstance(x, IdentityFactor) else b.diagonal(x.dense())


def diagonal_of(factors: Sequence[Factor]) -> Value:
    """diag(F₁ F₂ … F_k): the rows of L against the columns of R, for the best cut L R."""
    b = factors[0].builder
    if len(factors) == 1:
        return diagonal(factors[0])
    cost, _ = _best_order(factors) if len(factors) <= LONGEST_CHAIN else ({}, {})
    last = len(factors) - 1
    at = min(range(last), key=lambda k: cost[0, k] + cost[k + 1, last]) if cost else last - 1
    x, y = chain(factors[: at + 1]), chain(factors[at + 1 :])
    if x.cols == ONE:
        return b.multiply(x.dense(), y.dense())
    if isinstance(x, InverseFactor):
        return b.diagonal(x.left(y.dense(), y.cols))
    if isinstance(y, InverseFactor):
        return b.diagonal(y.right(x.dense(), x.rows))
    if isinstance(x, DiagonalFactor) or isinstance(y, DiagonalFactor):
        return b.multiply(diagonal(x), diagonal(y))
    return b.einsum("ij,ji->i", x.dense(), y.dense())


def inner(x: Factor, y: Factor) -> Value:
    """Σ F ⊙ G."""
    b = x.builder
    for one, other in ((x, y), (y, x)):
        if isinstance(one, OnesFactor):
            return b.sum(other.dense())
        if isinstance(one, DiagonalFactor):
            return b.inner(one.entries, diagonal(other))
        if isinstance(one, IdentityFactor):
            return trace(other)
        if isinstance(one, Repeated):  # (u 𝟏ᵀ) : G = u : G𝟏
            return b.inner(one.vector, b.sum(other.dense(), 1 if one.as_column else 0))
    return b.inner(x.dense(), y.dense())
