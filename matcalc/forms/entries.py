"""One entry of an expression as a scalar expression: θ(Z)_ij is θ(Z_ij), (A ⊙ B)_ij is A_ij B_ij."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy
from sympy import Add, Integer, Mul
from sympy.core.symbol import Str

from ..algebra import elementwise, is_scalar, power, split_coefficient
from ..algebra.core import ScalarNode, operands, sort_key
from ..algebra.nodes import (
    Elementwise,
    EntrywiseMax,
    EntrywiseMin,
    Hadamard,
    HadamardPower,
    MatSum,
    Transpose,
)
from ..maps.indices import ONE
from .terms import Axis, Element, Pair, flat


class Component(ScalarNode):
    """A_ij, an entry of a matrix: ``Component(A, Str('i'), Str('j'))``; x_i of a vector has one index."""

    rank = 1

    @property
    def array(self) -> Any:
        return self.args[0]

    @property
    def indices(self) -> tuple[str, ...]:
        return tuple(str(a) for a in self.args[1:])


def component(array: Any, *indices: str) -> Any:
    """A_ij; the indices over a size of 1 are left out."""
    return Component.make(array, *(Str(i) for i in indices if i != ONE))


#: How an entry of a node type is made of the entries of its operands.
ENTRYWISE: dict[type, Callable[..., Any]] = {
    MatSum: Add,
    Hadamard: Mul,
    HadamardPower: power,
    EntrywiseMax: sympy.Max,
    EntrywiseMin: sympy.Min,
}


def entry(array: Any, *indices: str) -> Any:
    """The entry of an array at indices, pushed through what acts entry by entry."""
    if is_scalar(array):
        return array
    coefficient, core = split_coefficient(array)
    if coefficient != 1:
        return Mul(coefficient, entry(core, *indices))
    if type(core).__name__ == "OneMatrix":
        return Integer(1)
    if isinstance(core, Transpose):
        return entry(core.args[0], *reversed(indices))
    if isinstance(core, Elementwise):
        return elementwise(core.function, entry(core.args[1], *indices), *core.args[2:])
    if type(core) in ENTRYWISE:
        parts = (
            (entry(x, *indices) for x in sorted(operands(core), key=sort_key))
            if type(core) in (Hadamard, MatSum)
            else (entry(x, *indices) for x in operands(core))
        )
        return ENTRYWISE[type(core)](*parts)
    return component(core, *indices)


def entry_of(element: Element) -> Any:
    """The scalar expression of an element of a tensor form."""
    return entry(element.array, *map(axis_name, element.axes))


def axis_name(axis: Axis) -> str:
    """``i``; ``(ij)`` for a pair."""
    return f"({''.join(flat(axis))})" if isinstance(axis, Pair) else axis
