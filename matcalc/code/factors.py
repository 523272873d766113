"""Matrices of known structure: how each multiplies an array from the left and from the right, and what that costs.

Arrays of a column or a row have one axis: ``x`` below is an array of shape (n,) or (n, q), for a matrix n×q.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from sympy import Integer, Mul

from .builder import Builder
from .program import Dims, Value

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
class ConstantFactor(Factor):
    """c in every entry."""

    number: Value

    def dense(self) -> Value:
        return self.builder.broadcast(self.number, array_shape(self.shape))

    def thin(self) -> Value:
        """The number that broadcasts to the matrix."""
        return self.number

    @property
    def T(self) -> Factor:
        return ConstantFactor(self.builder, self.shape[::-1], self.number)


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
class SpectralFactor(Factor):
    """V Diag(f) Vᵀ with orthogonal V: a function of a symmetric matrix."""

    V: Value
    entries: Value

    def dense(self) -> Value:
        b = self.builder
        return b.matmul(b.multiply(self.V, b.expand(self.entries, 0)), b.transpose(self.V))

    @property
    def T(self) -> Factor:
        return self

    def inverse(self) -> SpectralFactor:
        """V Diag(1/f) Vᵀ."""
        return replace(self, entries=self.builder.divide(self.builder.number(ONE), self.entries))

    def left(self, x: Value, cols: Any) -> Value:
        """V (f ⊙ Vᵀx) of a vector; the matrix is written out for many of them."""
        b = self.builder
        if cols != ONE:
            return super().left(x, cols)
        return b.matmul(self.V, b.multiply(self.entries, b.matmul(b.transpose(self.V), x)))


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
        return bool(self.cols == self.n)

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
        number = reduce(b.multiply, (p.dense() for p in self.parts if p.shape == (ONE, ONE)), b.number(1))
        parts = [p for p in self.parts if p.shape != (ONE, ONE)]
        flats = [p.dense() if self._vectors else self._two_axes(p) for p in parts]
        whole = b.reshape(reduce(b.kron, flats), array_shape(self.shape)) if flats else b.number(1)
        return b.multiply(number, whole)

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
        second = rest[0] if len(rest) == 1 else kronecker(b, rest)
        if ONE in (first.rows, first.cols, second.rows, second.cols):
            return super().left(x, cols)
        if cols == ONE:
            z = b.reshape(x, (first.cols, second.cols))
            p, q, r, s = (b.size.guess(size) for size in (first.rows, first.cols, second.rows, second.cols))
            if p * q * s + p * s * r <= q * s * r + p * q * r:
                return b.flat(second.T.right(first.left(z, second.cols), first.rows))
            return b.flat(first.left(second.T.right(z, first.cols), second.rows))
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
        return bool(self.rows == self.stop - self.start)

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


def kronecker(b: Builder, parts: Sequence[Factor]) -> Factor:
    if len(parts) == 1:
        return parts[0]
    rows, cols = Mul(*(p.rows for p in parts)), Mul(*(p.cols for p in parts))
    if all(isinstance(p, IdentityFactor) for p in parts):
        return IdentityFactor(b, (rows, cols))
    return KroneckerFactor(b, (rows, cols), tuple(parts))


def matmul(b: Builder, x: Value, x_shape: Dims, y: Value, y_shape: Dims) -> Value:
    """The product of two dense matrices, whose arrays lack the axes of length 1."""
    if x_shape[1] == ONE:
        if x.rank and y.rank:
            return b.outer(x, y)
        return b.multiply(x, y)
    return b.matmul(x, y)
