"""A derivative of small numeric sizes written out beside its closed form, the two proved equal entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy
from sympy import Matrix

from ..algebra import is_scalar, matrix, named_nodes, properties_of, replace, size_of
from ..calculus.simplify import expand_names
from ..calculus.structure import in_structure
from ..errors import DerivationError, LimitError
from .closed import matrix as matrix_form
from .derivative import Derivative, Shown, projection
from .written import MOST_ENTRIES, Written, numeric


@dataclass(frozen=True)
class Explicit(Shown):
    """The entries of a derivative.

    ``closed`` is the closed form (with names), ``array`` its entries as a SymPy matrix: of the variable's shape for a
    scalar, of the value's for a scalar variable, else on vec (rows = value, columns = variable, both column by column).
    """

    derivative: Derivative
    closed: Any
    array: Matrix

    # ------------------------------------------------------------ what is shown
    @property
    def value(self) -> Matrix:
        """The value's entries, as they are printed."""
        return self._printed.matrix(self.derivative.value)

    @property
    def variable(self) -> Matrix:
        """The variable's entries."""
        return self._printed.matrix(self.derivative.variable)

    @property
    def definitions(self) -> list[tuple[Any, Any]]:
        """z_1 = w_11 x_1 + w_12 x_2, …: the entries of the named intermediates that occur, with their formulas."""
        used: set[Any] = set().union(*(e.free_symbols for e in self.array))
        found: list[list[tuple[Any, Any]]] = []
        for node in reversed(named_nodes(self.closed)):
            both = zip(self._printed.matrix(node), self._printed.matrix(node.definition), strict=True)
            found.append([(symbol, formula) for symbol, formula in both if symbol in used])
            used |= set().union(*(formula.free_symbols for _, formula in found[-1]))
        return [pair for pairs in reversed(found) for pair in pairs]

    def by_entry(self) -> Iterator[tuple[Any, Matrix]]:
        """The element-by-element table: each entry of the variable, and the derivative of the value by it."""
        shape = numeric(self.derivative.value)
        for column, symbol in enumerate(_stacked(self.variable)):
            entries = [self._entry(row, column) for row in range(shape[0] * shape[1])]
            yield symbol, Matrix(*reversed(shape), entries).T

    def by_value(self) -> Iterator[tuple[tuple[int, int], Matrix]]:
        """The places of the value's entries, from 0, each with that entry's derivative, of the variable's shape."""
        rows, cols = numeric(self.derivative.value)
        height, width = numeric(self.derivative.variable)
        for at in range(rows * cols):
            entries = [self._entry(at, column) for column in range(height * width)]
            yield (at % rows, at // rows), Matrix(width, height, entries).T

    def _entry(self, row: int, column: int) -> Any:
        """∂(vec Y)_row/∂(vec X)_column."""
        if self.derivative.value_shape == () or self.derivative.variable_shape == ():
            at = row + column
            return self.array[at % self.array.rows, at // self.array.rows]
        return self.array[row, column]

    @cached_property
    def _printed(self) -> Written:
        return Written(True, self.derivative.taken)

    # ------------------------------------------------------------ proof
    @cached_property
    def differences(self) -> Matrix:
        """∂ of each entry of the value by each entry of the variable, as SymPy differentiates, less the closed form."""
        d = self.derivative
        entries = Written(False, d.taken).matrix(_independent(d.variable))
        given = entries[0] if is_scalar(d.variable) else entries
        free = {x: made for x, made in d.free.items() if x != d.variable}  # X by its free entries
        value = Written(False, d.taken, {d.variable: given}).matrix(replace(expand_names(d.value), free))
        closed = Written(False, d.taken).matrix(replace(expand_names(self.closed), free))
        tied = dict(zip(entries, Written(False, d.taken).matrix(d.structured.get(d.variable, d.variable)), strict=True))
        rows, columns = _stacked(value), _stacked(entries)
        by_sympy = Matrix(len(rows), len(columns), lambda r, c: sympy.diff(rows[r], columns[c]).xreplace(tied))
        by_sympy = self._in_structure(by_sympy)
        if () in (d.value_shape, d.variable_shape):
            by_sympy = by_sympy.reshape(closed.cols, closed.rows).T
        return (by_sympy - closed).applyfunc(vanish)

    def _in_structure(self, plain: Matrix) -> Matrix:
        """The derivative by independent entries, on vec, in the structure that was asked for."""
        d = self.derivative
        if d.structure is None or d.free or is_scalar(d.variable):
            return plain
        if d.value_shape == ():
            gradient = matrix("G", *d.variable_shape)
            given = plain.reshape(*reversed(numeric(gradient))).T
            structured = in_structure(gradient, d.structure, d.variable)
            return Matrix(_stacked(Written(False, d.taken, {gradient: given}).matrix(structured))).T
        right = plain * Written(False, d.taken).matrix(projection(d.structure, d.variable_shape).matrix())
        if d.row is None:
            return right
        return Written(False, d.taken).matrix(projection(d.structure, d.value_shape).matrix()) * right

    @property
    def proved(self) -> bool:
        """Is every difference zero?"""
        return all(e == 0 for e in self.differences)


def explicit(derivative: Derivative) -> Explicit:
    """The derivative written out. Raises DerivationError for symbolic sizes, LimitError for large ones."""
    if derivative.value_shape:
        numeric(derivative.value)
    numeric(derivative.variable)
    entries = size_of(derivative.value) * size_of(derivative.variable)
    if entries > MOST_ENTRIES:
        raise LimitError(f"the derivative has {entries} entries, more than the {MOST_ENTRIES} that are written out")
    try:
        closed = matrix_form(derivative, names=True)
    except DerivationError:
        closed = derivative.on_vec
    return Explicit(derivative, closed, Written(True, derivative.taken).matrix(closed))


def vanish(difference: Any) -> Any:
    """0 where SymPy can show it, the cheap ways first."""
    if difference == 0 or sympy.expand(difference) == 0:
        return sympy.S.Zero
    simple = sympy.simplify(difference)
    return sympy.S.Zero if simple == 0 or simple.equals(0) else simple


def _independent(x: Any) -> Any:
    """The variable with independent entries."""
    return matrix(x.name, *x.shape) if properties_of(x) else x


def _stacked(a: Matrix) -> list[Any]:
    """The entries, column by column."""
    return list(a.T)
