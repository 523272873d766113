"""Jacobians and Hessians as linear operators: functions that multiply by them and hold no matrix at all.

The product J v is vec of the differential at the direction unvec v (the JVP), Jᵀu is vec of the adjoint's value at
unvec u (the VJP). In the array program an ``operator`` instruction has both results as operands, made of inputs v and u
that are nobody's: the emitter puts what depends on these into functions, and computes the rest once, outside of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from sympy import Integer

from ..algebra.core import postorder, shape_of
from ..algebra.nodes import is_differential, is_symbol, variable_key
from ..forms.closed import jvp, vjp
from ..forms.derivative import Derivative
from .lowering import Lowering, name_of
from .module import Part
from .program import Dims, Input, Value


@dataclass(frozen=True)
class OperatorPart(Part):
    """A derivative as a linear operator on vec, of shape ``dims``: both products as expressions.

    ``pushed`` is an expression in ``direction``, ``pulled`` in ``cotangent``; a symmetric derivative has no ``pulled``.
    """

    direction: Any = None
    cotangent: Any = None
    pushed: Any = None
    pulled: Any = None

    type: ClassVar[str] = "LinearOperator"

    def lowered(self, lowering: Lowering) -> Value:
        """The operator."""
        b = lowering.builder
        functions = [(self.direction, self.pushed, "v"), (self.cotangent, self.pulled, "u")]
        if self.pulled is None:
            functions.pop()
        results = [_function(lowering, *one) for one in functions]
        arguments = tuple((symbol, name) for symbol, _, name in functions)
        return b.make("operator", (*b.size.of(self.dims), *results), arguments, self.dims)


def _function(lowering: Lowering, symbol: Any, image: Any, name: str) -> Value:
    """vec of the image at unvec v."""
    b, shape = lowering.builder, shape_of(symbol)
    argument = b.input(Input(symbol, (_count(shape), Integer(1)), name))  # SciPy passes vectors and columns
    axes = tuple(size for size in shape if size != 1)
    array = b.reshape(argument, axes, "F" if len(axes) == 2 else "C")
    if len(axes) == 2:
        b.name(array, name_of(symbol))
    for node in {symbol, *(x for x in postorder(image) if is_symbol(x) or is_differential(x))}:
        if variable_key(node) == variable_key(symbol):  # the plain one, and the one with its declared properties
            lowering.define(node, array)
    result = lowering.value(image)
    shape = shape_of(image)
    axes = tuple(size for size in shape if size != 1) or (Integer(1),)
    if not shape and result.op != "number":  # 0 is the only number
        result = b.expand(result, 0)
    return b.flat(b.broadcast(result, axes), "F")


def _count(shape: Dims) -> Any:
    return prod(shape, start=Integer(1))


def operator_parts(derivatives: Iterable[tuple[str, Derivative]], turned: bool) -> Iterator[tuple[str, OperatorPart]]:
    """The operators of derivatives by key; ``turned`` are their transposes, denominator layout."""
    for key, one in derivatives:
        cotangent = one.cotangent()
        pushed, pulled = (one.direction, jvp(one)), (cotangent, vjp(one, cotangent))
        if turned:
            pushed, pulled = pulled, pushed
        dims = tuple(_count(shape_of(symbol)) for symbol in (pulled[0], pushed[0]))
        symmetric = one.row is not None and one.row == one.name
        back = None if symmetric else pulled[1]
        yield key, OperatorPart(None, dims, None, None, pushed[0], pulled[0], pushed[1], back)


__all__ = ["OperatorPart", "operator_parts"]
