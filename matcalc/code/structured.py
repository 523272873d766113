"""Jacobians and Hessians kept sparse: matrices on column-major vec, as scipy.sparse arrays.

A term of the matrix on vec, read in index notation (:mod:`matcalc.code.tensors`), is an array of entries and the places
at which they stand: xᵀ ⊗ Diag(s) has s_i x_j in row i and column (i, j). Nothing but these entries is computed, and no
zero is stored; indices of Kronecker products, diagonal matrices and commutations are never written out as matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Integer

from ..algebra import transpose, vec
from ..algebra.construct import is_zero
from ..algebra.core import shape_of
from .contract import LETTERS
from .lowering import Lowering
from .module import Part, as_declared
from .program import Dims, Value
from .tensors import Product, Term, multiplied_out, tensor


@dataclass(frozen=True)
class SparsePart(Part):
    """A derivative as a sparse matrix on vec: ``expression`` is that matrix, of shape ``dims``."""

    type: ClassVar[str] = "sparse.csr_array"

    def lowered(self, lowering: Lowering) -> Value:
        """The sparse matrix."""
        return sparse_matrix(lowering, self.expression, self.out, self.into)


@dataclass(frozen=True)
class VecPart(Part):
    """A derivative as the matrix on vec, with every entry: ``expression`` is that matrix, of shape ``dims``."""

    def lowered(self, lowering: Lowering) -> Value:
        """The matrix."""
        return as_declared(lowering, matrix_on_vec(lowering, self.expression, self.out, self.into), self.dims)


def matrix_on_vec(lowering: Lowering, matrix: Any, out: Dims, into: Dims) -> Value:
    """The matrix on vec, without axes of length 1, through its tensor: Kronecker products are never written out."""
    value = tensor(lowering, matrix, out, into)
    left, right = (tuple(size for size in one if size != 1) for one in (out, into))
    return lowering.builder.vec_matrix(value, len(left)) if len(left) > 1 or len(right) > 1 else value


def sparse_matrix(lowering: Lowering, matrix: Any, out: Dims, into: Dims) -> Value:
    """The matrix on vec of a derivative of a value by a variable of these shapes, as a sparse array."""
    b = lowering.builder
    shape = shape_of(matrix) or (Integer(1), Integer(1))
    if not shape_of(matrix):
        return b.make("sparse", (b.broadcast(lowering.value(matrix), shape),), (), shape)
    scattered: dict[tuple[str, Dims], Value] = {}
    for term in () if is_zero(matrix) else multiplied_out(matrix):
        read = _read(lowering, term, out, into)
        if read is None:  # every entry may be there, so they all are
            whole = matrix_on_vec(lowering, matrix, out, into)
            for axis, size in enumerate(shape):
                whole = b.expand(whole, axis) if size == 1 and whole.rank < 2 else whole
            return b.make("sparse", (b.broadcast(whole, shape),), (), shape)
        key, array = read
        scattered[key] = b.add(scattered[key], array) if key in scattered else array
    parts = [_scatter(lowering, *key, array, shape) for key, array in scattered.items()]
    if not parts:
        return b.make("sparse_zeros", b.size.of(shape), (), shape)
    whole = parts[0]
    for part in parts[1:]:
        whole = b.make("add", (whole, part), (), shape)
    return whole


def _read(lowering: Lowering, term: Product, out: Dims, into: Dims) -> tuple[tuple[str, Dims], Value] | None:
    """The pattern of a term, the sizes of its indices, and its entries; None where no entry is known to be zero."""
    coefficient, factors = term
    one = Term(lowering, *(tuple(size for size in shape if size != 1) for shape in (out, into)))
    if not one.fit(factors):
        return None
    rows, columns = one.rows, one.columns
    count = len({*rows, *columns})
    if count == len(rows) + len(columns) or count > len(LETTERS):
        return None
    keep = list(dict.fromkeys([*reversed(rows), *reversed(columns)]))  # entries come row by row
    letters = dict(zip(dict.fromkeys([*rows, *columns]), LETTERS, strict=False))
    axes, *places = ("".join(letters[k] for k in indices) for indices in (keep, rows, columns))
    return (f"{axes}->{','.join(places)}", one.sizes(keep)), one.array(coefficient, keep)


def _scatter(lowering: Lowering, pattern: str, sizes: Dims, array: Value, shape: Dims) -> Value:
    """The entries at their places; sizes are passed where the entries are constant along an index."""
    lengths = () if array.shape == sizes else lowering.builder.size.of(sizes)
    return lowering.builder.make("scatter", (array, *lengths), (pattern,), shape)


def sparse_part(expression: Any, out: Dims, into: Dims, turned: bool) -> SparsePart:
    """A derivative in gradient layout as a sparse matrix on vec; ``turned`` is its transpose, denominator layout."""
    j = on_vec(expression, tuple(out), tuple(into))
    j, out, into = (transpose(j), into, out) if turned else (j, out, into)
    return SparsePart(j, shape_of(j) or (Integer(1), Integer(1)), out, into)


def on_vec(expression: Any, out: Dims, into: Dims) -> Any:
    """The matrix on vec: of a number a row, by a number a column, else what the derivative is already."""
    if () not in (out, into):
        return expression
    return vec(expression) if into == () else transpose(vec(expression))


__all__ = ["SparsePart", "VecPart", "on_vec", "sparse_matrix", "sparse_part"]
