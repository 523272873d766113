"""A derivative in index notation: ∂F_i/∂W_jk = σ′(z_i) δ_ij x_k, axes, sparsity, the einsum that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from sympy import Integer, Mul

from ..algebra import identity, named_nodes, ones, triangle
from ..maps.indices import ONE, AtLeast, Delta, Stack
from .derivative import Derivative, Shown
from .letters import lettering
from .terms import Contraction, Element, Factor, Product, index_of_every_axis, indices_of

#: Patterns of non-zeros are counted by inclusion and exclusion up to this many.
MOST_PATTERNS = 10
#: Beyond that they are counted in an array of at most this many entries.
LARGEST_COUNT = 4_000_000


@dataclass(frozen=True)
class Operand:
    """An operand of an einsum: ``array``, read column-major in the given shape (its own, but for axes of length 1)."""

    array: Any
    shape: tuple[Any, ...]

    @property
    def is_reshaped(self) -> bool:
        return tuple(s for s in self.array.shape if s != 1) != tuple(s for s in self.shape if s != 1)


@dataclass(frozen=True)
class Einsum:
    """``coefficient · einsum(subscripts, *operands)``."""

    coefficient: Any
    subscripts: str
    operands: tuple[Operand, ...]

    def compute(self, evaluate: Callable[[Any], Any]) -> Any:
        """The array, with ``evaluate`` giving the value of an expression; a size counts as an expression."""
        arrays = []
        for operand in self.operands:
            shape = [int(evaluate(size)) for size in operand.shape]
            arrays.append(np.reshape(evaluate(operand.array), shape, order="F"))
        product = np.einsum(self.subscripts, *arrays, optimize=True) if arrays else np.float64(1)
        return evaluate(self.coefficient) * product


@dataclass(frozen=True)
class TensorForm(Shown):
    """A derivative in index notation: the terms' sum at the value's indices, then the variable's.

    ``value_axes`` and ``variable_axes`` are the indices with ``"1"`` for an axis of length 1; ``sizes`` has the size of
    every index. ``str()`` and ``latex()`` write the equation.
    """

    derivative: Derivative
    value_axes: tuple[str, ...]
    variable_axes: tuple[str, ...]
    terms: tuple[Product, ...]
    sizes: Mapping[str, Any]

    # ------------------------------------------------------------ what it is
    @property
    def axes(self) -> tuple[str, ...]:
        """The indices in order, the value's first."""
        return tuple(i for i in (*self.value_axes, *self.variable_axes) if i != ONE)

    @property
    def order(self) -> int:
        return len(self.axes)

    @property
    def shape(self) -> tuple[Any, ...]:
        return tuple(self.sizes[i] for i in self.axes)

    @property
    def names(self) -> list[Any]:
        """The named intermediates that occur, definitions before uses."""
        roots = [f.array for t in self.terms for f in t.elements] + [t.coefficient for t in self.terms]
        found: dict[Any, None] = {}
        for root in roots:
            found |= dict.fromkeys(named_nodes(root))
        return list(found)

    # ------------------------------------------------------------ einsum
    @cached_property
    def einsum(self) -> tuple[Einsum, ...]:
        """The derivative as a sum of einsums, its axes in the order of :attr:`axes`."""
        return tuple(self._einsum_of(term) for term in self.terms)

    def compute(self, evaluate: Callable[[Any], Any]) -> Any:
        """The array of :attr:`shape`; ``evaluate`` gives the value of an expression (a matrix as a 2-D array)."""
        shape = tuple(int(evaluate(size)) for size in self.shape)
        return sum((one.compute(evaluate) for one in self.einsum), np.zeros(shape))

    def _einsum_of(self, term: Product) -> Einsum:
        inputs, operands = [], []
        for f in term.factors:
            axes = index_of_every_axis(f)
            inputs.append("".join(axes))
            operands.append(Operand(_array(f, self.sizes), tuple(self.sizes[i] for i in axes)))
        used = {i for f in term.factors for i in indices_of(f)}
        for i in self.axes:  # constant along this axis
            if i not in used:
                inputs.append(i)
                operands.append(Operand(ones(self.sizes[i], 1), (self.sizes[i],)))
        return Einsum(term.coefficient, f"{','.join(inputs)}->{''.join(self.axes)}", tuple(operands))

    # ------------------------------------------------------------ sparsity
    @property
    def size(self) -> Any:
        """The number of entries."""
        return Mul(*self.shape)

    @cached_property
    def nonzeros(self) -> Any:
        """The number of entries that δ and other patterns leave, a formula in the sizes; None if unknown."""
        patterns = [
            t.indicators for t in self.terms if not any(set(indices_of(f)) & set(t.summed) for f in t.indicators)
        ]
        if len(patterns) < len(self.terms):
            return self._counted()
        distinct = list(dict.fromkeys(frozenset(p) for p in patterns))
        smallest = [p for p in distinct if not any(q < p for q in distinct)]
        if len(smallest) > MOST_PATTERNS or not all(isinstance(f, Delta) for p in smallest for f in p):
            return self._counted()
        total = Integer(0)
        for r in range(1, len(smallest) + 1):  # |A ∪ B| = |A| + |B| − |A ∩ B|
            for chosen in combinations(smallest, r):
                total += (-1) ** (r + 1) * self._solutions(frozenset().union(*chosen))
        return total.expand()

    def _solutions(self, ties: frozenset[Factor]) -> Any:
        """How many index tuples satisfy all δ: the product of the sizes of the classes they make."""
        classes = {i: i for i in self.axes}
        for tie in ties:
            left, right = (classes[i] for i in indices_of(tie))
            classes = {i: left if c == right else c for i, c in classes.items()}
        return Mul(*(self.sizes[c] for c in set(classes.values())))

    def _counted(self) -> Any:
        if not self.size.is_Integer or self.size > LARGEST_COUNT:
            return None
        pattern = np.zeros([int(s) for s in self.shape], dtype=bool)
        for term in self.terms:
            only = Product(Integer(1), term.indicators, term.summed)
            pattern |= np.asarray(self._einsum_of(only).compute(_plain_array)) > 0
        return Integer(int(pattern.sum()))


def _array(factor: Factor, sizes: Mapping[str, Any]) -> Any:
    """The matrix behind a factor: A; I for δ_ij; the lower triangle of ones for [i ≥ j]; I for [a = (i, j)]."""
    if isinstance(factor, Element):
        return factor.array
    if isinstance(factor, AtLeast):
        return triangle(ones(sizes[factor.left], sizes[factor.right]), True)
    return identity(sizes[factor.whole if isinstance(factor, Stack) else factor.left])


def _plain_array(node: Any) -> Any:
    """The value of a pattern: a size, I, 𝟏, or a triangle of ones."""
    if not hasattr(node, "shape"):
        return int(node)
    shape = [int(s) for s in node.shape]
    if getattr(node, "is_Identity", False):
        return np.eye(shape[0])
    whole = np.ones(shape)
    return whole if type(node).__name__ == "OneMatrix" else np.tril(whole)


def tensor(derivative: Derivative) -> TensorForm:
    """The derivative in index notation."""
    letters = lettering(derivative.value_shape, derivative.variable_shape, derivative.taken)
    both = zip((*letters.value, *letters.variable), (*derivative.value_shape, *derivative.variable_shape), strict=True)
    contraction = Contraction({i: size for i, size in both if i != ONE})
    found = contraction.run(derivative.map, letters.value, letters.variable, derivative.compact)
    names = _sum_letters(found, letters.rest)
    terms = tuple(p.rename(names) for p in sorted(found, key=_many_deltas_first))
    sizes = {names.get(i, i): size for i, size in contraction.sizes.items() if i in names or i in letters.free}
    return TensorForm(derivative, letters.value, letters.variable, terms, sizes)


def _many_deltas_first(product: Product) -> tuple[int, int]:
    return (-len(product.indicators), len(product.summed))


def _sum_letters(products: Sequence[Product], pool: Sequence[str]) -> dict[str, str]:
    """Letters for the summed indices of all terms, one for each size and place."""
    wanted = dict.fromkeys(s for p in products for s in p.summed)
    return dict(zip(wanted, pool, strict=False))
