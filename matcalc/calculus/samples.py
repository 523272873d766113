"""A matrix formula written as a sum over its samples: (WX − Y)Xᵀ = Σ_i (W x_i − y_i) x_iᵀ, `operators.sums` reversed.

The columns of X are the samples x_i. A product is cut where the size of the sample axis stands inside: AB = Σ_i a_i
b_iᵀ, with a_i the columns of A and b_iᵀ the rows of B; and the column of a formula is the formula of the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy.core.symbol import Str
from sympy.matrices.expressions.special import OneMatrix

from .. import algebra as alg
from ..algebra import add, hadamard, is_scalar, mul, ones, operands, postorder, rebuild, split_coefficient, transpose
from ..algebra.nodes import (
    DiagMatrix,
    Elementwise,
    EntrywiseMax,
    EntrywiseMin,
    Frobenius,
    Hadamard,
    HadamardPower,
    MatProduct,
    MatSum,
    Named,
    Total,
    Transpose,
)
from ..operators.reductions import LogSoftmax, Softmax
from ..operators.sums import SampleSum, SampleSumScalar
from .simplify import simplify

_ENTRYWISE = (Hadamard, HadamardPower, Elementwise, EntrywiseMax, EntrywiseMin)


class _NoSumError(Exception):
    """The formula is no sum over the samples that is known."""


def as_sum(formula: Any, samples: Mapping[Any, Any], size: Any, index: str) -> Any:
    """The formula with the terms that are sums over the samples written so; None where there is none.

    ``samples`` maps the array X to its sample x_i, ``size`` is the length of the sample axis.
    """
    try:
        return _Samples(samples, size, index).written(formula)
    except _NoSumError:
        return None


class _Samples:
    def __init__(self, samples: Mapping[Any, Any], size: Any, index: str) -> None:
        self.samples, self.size, self.index = samples, size, index

    def holds(self, node: Any) -> bool:
        return any(n in self.samples for n in postorder(node))

    # -------------------------------------------------------- sums
    def written(self, formula: Any) -> Any:
        terms = formula.args if is_scalar(formula) and formula.is_Add else (formula,)
        if not is_scalar(formula):
            c, core = split_coefficient(formula)
            terms = tuple(mul(c, t) for t in core.args) if isinstance(core, MatSum) else (formula,)
        outer: list[Any] = []
        scale, bodies = None, []
        for term in terms:
            if not self.holds(term):
                outer.append(term)
                continue
            c, body = self.body(term)
            if scale not in (None, c):
                c, body = alg.ones(1, 1), mul(c, body)
            scale = c if scale is None else scale
            bodies.append(body)
        if not bodies or scale is None:
            raise _NoSumError
        whole = simplify(add(*bodies))
        total = (SampleSumScalar if is_scalar(whole) else SampleSum).make(whole, Str(self.index), self.size)
        return add(*outer, mul(scale, total))

    def body(self, term: Any) -> tuple[Any, Any]:
        """c and B with term = c Σ_i B."""
        if is_scalar(term):
            c, core = self._scalar(term)
            if isinstance(core, Total):
                return c, self._total(core.args[0])
            if isinstance(core, Frobenius):
                a, b = core.args
                return c, self._inner(a, b)
            raise _NoSumError
        c, core = split_coefficient(term)
        if self.holds(c) or not isinstance(core, MatProduct):
            raise _NoSumError
        factors = core.factors
        cut = next((k for k in range(1, len(factors)) if factors[k].shape[0] == self.size), None)
        if cut is None:
            raise _NoSumError
        left, right = self.column(mul(*factors[:cut])), self.row(mul(*factors[cut:]))
        return c, mul(left, transpose(right))

    def _scalar(self, term: Any) -> tuple[Any, Any]:
        inside = [f for f in (term.args if term.is_Mul else (term,)) if self.holds(f)]
        if len(inside) != 1:
            raise _NoSumError
        return term / inside[0], inside[0]

    def _total(self, a: Any) -> Any:
        if a.shape == (self.size, 1):
            return self.row(a)
        if a.shape[1] == self.size:
            return alg.total(self.column(a))
        raise _NoSumError

    def _inner(self, a: Any, b: Any) -> Any:
        if a.shape[0] == self.size:
            return alg.frobenius(self.row(a), self.row(b))
        if a.shape[1] == self.size:
            return alg.frobenius(self.column(a), self.column(b))
        raise _NoSumError

    # -------------------------------------------------------- columns and rows, as columns
    def column(self, a: Any) -> Any:
        """Column i of a d×N matrix; a number where d is 1."""
        if a in self.samples:
            return self.samples[a]
        if isinstance(a, Named):
            return self.column(a.definition)
        if isinstance(a, OneMatrix):
            return ones(a.shape[0], 1)
        if isinstance(a, MatSum):
            return add(*(self.column(t) for t in a.args))
        if isinstance(a, Transpose):
            return self.row(a.args[0])
        if isinstance(a, _ENTRYWISE):
            return self._entrywise(a, self.column)
        if isinstance(a, MatProduct):
            *rest, last = a.factors
            if isinstance(last, DiagMatrix):
                return mul(a.coefficient, self.row(last.args[0]), self.column(mul(*rest)))
            return mul(a.coefficient, *rest, self.column(last))
        raise _NoSumError

    def row(self, a: Any) -> Any:
        """Row i of an N×d matrix, as a column; a number where d is 1."""
        if a in self.samples:
            return self.samples[a]
        if isinstance(a, Named):
            return self.row(a.definition)
        if isinstance(a, OneMatrix):
            return ones(a.shape[1], 1)
        if isinstance(a, MatSum):
            return add(*(self.row(t) for t in a.args))
        if isinstance(a, Transpose):
            return self.column(a.args[0])
        if isinstance(a, _ENTRYWISE):
            return self._entrywise(a, self.row)
        if isinstance(a, (Softmax, LogSoftmax)) and a.shape[1] != 1:
            return type(a).make(self.row(a.args[0]))
        if isinstance(a, MatProduct):
            first, *rest = a.factors
            if isinstance(first, DiagMatrix):
                return mul(a.coefficient, self.row(first.args[0]), self.row(mul(*rest)))
            return mul(a.coefficient, *(transpose(f) for f in reversed(rest)), self.row(first))
        raise _NoSumError

    def _entrywise(self, a: Any, part: Any) -> Any:
        inside = [x if is_scalar(x) else part(x) for x in operands(a)]
        if isinstance(a, Hadamard):
            return hadamard(*inside)
        return rebuild(a, inside)
