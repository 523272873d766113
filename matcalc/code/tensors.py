"""Jacobians and Hessians as tensors, from their matrices on vec.

A derivative comes as the matrix J with d vec F = J d vec X, for F p×q and X m×n; the caller wants the tensor T[i, j, k,
l] = ∂F_ij/∂X_kl, which is J[i + jp, k + lm]. J is a sum of products of Kronecker products, commutations, diagonal
matrices, vecs and other matrices. Written in indices, every factor is an array or a Kronecker delta, and a delta
between an axis of the value and one of the variable means that the term is zero off a diagonal of T: then that diagonal
alone is computed, and added to T through a view. A term that does not split this way is written out and reshaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sympy import Identity, Integer, Mul
from sympy.matrices.expressions.special import OneMatrix

from ..algebra import nodes
from ..algebra.construct import is_zero, mul, split_coefficient
from ..algebra.core import shape_of
from .contract import LETTERS, Contraction, Labelled
from .lowering import Lowering
from .program import Dims, Value

#: Indices of an axis, the fastest first: column-major vec of an m×n matrix has [i, j].
Axes = list[int]


def tensor(lowering: Lowering, matrix: Any, out: Dims, into: Dims) -> Value:
    """T of shape out + into, from the matrix on vec; ``out`` and ``into`` are shapes of matrices or ``()``.

    Of a number, or by a number, the derivative has the shape of the other.
    """
    if () in (tuple(out), tuple(into)) and shape_of(matrix) in (tuple(out), tuple(into)):
        return lowering.value(matrix)
    left, right = (tuple(size for size in shape if size != 1) for shape in (out, into))
    if len(left) < 2 and len(right) < 2:
        return lowering.value(matrix)
    return _Assembly(lowering, left, right).sum(() if is_zero(matrix) else multiplied_out(matrix))


#: A term of a matrix on vec: its coefficient and its factors.
Product: TypeAlias = "tuple[Any, tuple[Any, ...]]"
#: Sums inside of products are multiplied out up to this many terms.
MOST_TERMS = 24
#: What is sparse on vec: sums of these are not written out inside a product.
SPARSE = (Identity, nodes.Kronecker, nodes.Commutation, nodes.DiagMatrix, nodes.DiagonalSelection)


def multiplied_out(matrix: Any) -> list[Product]:
    """The terms of a matrix on vec, with the sums of sparse matrices among its factors multiplied out."""
    done: list[Product] = []
    stack: list[Product] = [_product(t) for t in reversed(_terms(matrix))]
    while stack:
        coefficient, factors = stack.pop()
        at = next((k for k, f in enumerate(factors) if _is_sparse_sum(f)), None)
        if at is None or len(stack) + len(done) + len(factors[at].args) > MOST_TERMS:
            done.append((coefficient, factors))
            continue
        for inner, middle in reversed([_product(t) for t in factors[at].args]):
            stack.append((Mul(coefficient, inner), (*factors[:at], *middle, *factors[at + 1 :])))
    return done


def _terms(matrix: Any) -> Sequence[Any]:
    return matrix.args if isinstance(matrix, nodes.MatSum) else (matrix,)


def _product(term: Any) -> Product:
    coefficient, core = split_coefficient(term)
    return coefficient, core.factors if isinstance(core, nodes.MatProduct) else (core,)


def _is_sparse_sum(node: Any) -> bool:
    return isinstance(node, nodes.MatSum) and any(isinstance(f, SPARSE) for t in node.args for f in _product(t)[1])


@dataclass
class Diagonal:
    """A term of T: ``array`` where the indices of ``pattern`` agree, zero elsewhere."""

    pattern: str
    array: Value
    shape: Dims


class _Assembly:
    """Adds the terms of a derivative into one array."""

    def __init__(self, lowering: Lowering, left: Dims, right: Dims) -> None:
        self.lowering, self.builder = lowering, lowering.builder
        self.left, self.right = left, right
        self.shape = (*left, *right)

    def sum(self, terms: Sequence[Product]) -> Value:
        """Σ of the terms: what is full first, then every diagonal; terms on the same diagonal are added before."""
        b = self.builder
        full: Value | None = None
        diagonals: dict[tuple[str, Dims], Value] = {}
        for term in terms:
            plain = "deltas" in b.without
            found = None if plain else Term(self.lowering, self.left, self.right).read(*term)
            if found is not None and len(set(found.pattern)) < len(found.pattern):
                key = (found.pattern, found.shape)
                diagonals[key] = b.add(diagonals[key], found.array) if key in diagonals else found.array
            else:
                array = self._reshaped(term) if found is None else b.reshape(found.array, self.shape)
                full = array if full is None else b.add(full, array)
        for (pattern, shape), array in diagonals.items():
            subscripts = f"{pattern}->{''.join(dict.fromkeys(pattern))}"
            if full is None:
                full = b.reshape(b.spread(array, subscripts, shape), self.shape)
            else:
                full = b.reshape(b.add_on_diagonal(b.reshape(full, shape), array, subscripts), self.shape)
        return b.zeros(self.shape) if full is None else b.broadcast(full, self.shape)

    def _reshaped(self, term: Product) -> Value:
        """The matrix on vec written out: its axes are column-major."""
        b = self.builder
        stacked = b.reshape(self.lowering.value(mul(term[0], *term[1])), self.left[::-1] + self.right[::-1])
        return b.transpose(
            stacked, (*reversed(range(len(self.left))), *reversed(range(len(self.left), len(self.shape))))
        )


def _outer_cut(factors: Sequence[Any]) -> int | None:
    """Where a product is a column times a row."""
    return next((k for k in range(1, len(factors)) if factors[k].shape[0] == 1), None)


class Term:
    """One product of matrices on vec in index notation: :meth:`fit` reads its factors, :meth:`array` contracts them."""

    def __init__(self, lowering: Lowering, left: Dims, right: Dims) -> None:
        self.lowering, self.builder = lowering, lowering.builder
        self._sizes: dict[int, Any] = {}
        self._parent: dict[int, int] = {}
        self._split: dict[int, Axes] = {}
        self._arrays: list[tuple[Value, Axes]] = []
        self._left = [self._index(size) for size in left]
        self._right = [self._index(size) for size in right]

    # ------------------------------------------------------------ indices
    def _index(self, size: Any) -> int:
        k = len(self._sizes)
        self._sizes[k], self._parent[k] = size, k
        return k

    def _axes(self, *sizes: Any) -> Axes:
        return [self._index(size) for size in sizes if size != 1]

    def _expand(self, axes: Axes) -> Axes:
        """The indices that axes consist of, after all splitting and joining."""
        out: Axes = []
        stack = list(reversed(axes))
        while stack:
            k = stack.pop()
            while self._parent[k] != k:
                k = self._parent[k]
            if k in self._split:
                stack.extend(reversed(self._split[k]))
            else:
                out.append(k)
        return out

    def _match(self, a: Axes, b: Axes) -> bool:
        """Tie the indices of two axes that are one; a long index splits into the shorter ones it runs over."""
        left, right = self._expand(a), self._expand(b)
        while left and right:
            x, y = left[0], right[0]
            if x == y or self._sizes[x] == self._sizes[y]:
                self._parent[y] = x
                left, right = left[1:], right[1:]
            elif (count := self._run(right, self._sizes[x])) is not None:
                self._split[x] = right[:count]
                left, right = left[1:], right[count:]
            elif (count := self._run(left, self._sizes[y])) is not None:
                self._split[y] = left[:count]
                left, right = left[count:], right[1:]
            else:
                return False
            left, right = self._expand(left), self._expand(right)
        return not left and not right

    def _run(self, axes: Axes, size: Any) -> int | None:
        """How many of the indices make up an index of this size."""
        whole = Integer(1)
        for count, k in enumerate(axes, 1):
            whole = whole * self._sizes[k]
            if whole == size:
                return count
        return None

    # ------------------------------------------------------------ factors
    def read(self, coefficient: Any, factors: Sequence[Any]) -> Diagonal | None:
        """The term as an array on a diagonal of T; None where its indices do not fit."""
        return self._contracted(coefficient) if self.fit(factors) else None

    def fit(self, factors: Sequence[Any]) -> bool:
        """Read the factors; false where their indices do not fit together."""
        here = self._left
        for factor in factors:
            rows, cols = self._factor(factor)
            if not self._match(here, rows):
                return False
            here = cols
        return self._match(here, self._right)

    @property
    def rows(self) -> Axes:
        """The indices that make up a row of the matrix on vec, the fastest first."""
        return self._expand(self._left)

    @property
    def columns(self) -> Axes:
        """The indices that make up a column."""
        return self._expand(self._right)

    def sizes(self, axes: Axes) -> Dims:
        return tuple(self._sizes[k] for k in axes)

    def _factor(self, node: Any) -> tuple[Axes, Axes]:
        """The indices of a factor's rows and columns; its arrays are noted, deltas are indices that both have."""
        if isinstance(node, Identity):
            axes = self._axes(node.shape[0])
            return axes, axes
        if isinstance(node, OneMatrix):
            return self._axes(node.shape[0]), self._axes(node.shape[1])
        if isinstance(node, nodes.DiagMatrix):
            axes, _ = self._factor(node.args[0])
            return axes, axes
        if isinstance(node, nodes.Kronecker):
            rows: Axes = []
            cols: Axes = []
            for part in reversed(node.args):  # the last factor's indices run fastest
                more = self._factor(part)
                rows, cols = rows + more[0], cols + more[1]
            return rows, cols
        if isinstance(node, nodes.Commutation):
            i, j = (self._axes(size) for size in node.args[0])
            return j + i, i + j
        if isinstance(node, nodes.DiagonalSelection):
            axes = self._axes(node.shape[1])
            return axes + axes, axes
        if isinstance(node, nodes.Transpose):
            rows, cols = self._factor(node.args[0])
            return cols, rows
        if isinstance(node, nodes.Vec):
            rows, cols = self._factor(node.args[0])
            return rows + cols, []
        if isinstance(node, nodes.MatProduct) and (cut := _outer_cut(node.factors)):  # u vᵀ: two vectors
            rows, _ = self._factor(mul(node.coefficient, *node.factors[:cut]))
            _, cols = self._factor(mul(*node.factors[cut:]))
            return rows, cols
        rows, cols = self._axes(node.shape[0]), self._axes(node.shape[1])
        self._arrays.append((self.lowering.value(node), rows + cols))
        return rows, cols

    # ------------------------------------------------------------ the array
    def _contracted(self, coefficient: Any) -> Diagonal | None:
        b = self.builder
        axes = [list(reversed(self._expand([k]))) for k in (*self._left, *self._right)]  # C order: the slowest first
        outer = [k for axis in axes for k in axis]
        keep = list(dict.fromkeys(outer))
        if len(keep) > len(LETTERS):
            return None
        value = self.array(coefficient, keep)
        letters = dict(zip(keep, LETTERS, strict=False))
        if len(keep) == len(outer):
            value = b.broadcast(value, self.sizes(keep))
        return Diagonal("".join(letters[k] for k in outer), value, self.sizes(outer))

    def array(self, coefficient: Any, keep: Axes) -> Value:
        """The entries by the indices ``keep``, all that rows and columns have; it may broadcast along some."""
        b = self.builder
        arrays = [self._labelled(value, own) for value, own in self._arrays]
        free = {k for k in self._roots() if k not in keep and not any(k in a.indices for a in arrays)}
        number = b.number(1)
        for k in sorted(free):  # an index that nothing has is summed over ones
            number = b.multiply(number, b.size(self._sizes[k]))
        contraction = Contraction(b, self._sizes)
        joined = contraction.run(arrays, keep) if arrays else Labelled(b.number(1), ())
        value = self.lowering.scale(coefficient, b.multiply(number, joined.value))
        return contraction.spread_out(Labelled(value, joined.indices), keep)

    def _roots(self) -> set[int]:
        return {r for k in self._sizes for r in self._expand([k])}

    def _labelled(self, value: Value, axes: Axes) -> Labelled:
        """The array with an axis for every index: a split axis is reshaped, the slowest index first."""
        indices = [k for axis in axes for k in reversed(self._expand([axis]))]
        return Labelled(self.builder.reshape(value, tuple(self._sizes[k] for k in indices)), tuple(indices))


__all__ = ["tensor"]
