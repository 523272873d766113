"""What is known to be positive (semi)definite, or positive in every entry, from what was declared.

Sums, inverses, square roots, congruences and Kronecker products of definite matrices are definite (Horn & Johnson 2013,
§7.1); only what was declared counts, nothing is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from sympy import Add, Mul, Pow
from sympy.matrices.expressions.special import Identity, OneMatrix

from ..algebra import is_scalar, postorder, properties_of, split_coefficient, transpose
from ..algebra.nodes import DiagMatrix, Inverse, Kronecker, MatProduct, MatSum, Named, NamedScalar
from .determinants import Det


class Sign(IntEnum):
    """Of a square matrix its quadratic form xᵀAx, of everything else each entry."""

    UNKNOWN = 0
    NOT_NEGATIVE = 1
    POSITIVE = 2


class Signs:
    """The signs that follow from what was declared; ``numbers`` are scalars that are positive. Found once per node."""

    def __init__(self, numbers: Iterable[Any] = ()) -> None:
        self._known = dict.fromkeys(numbers, Sign.POSITIVE)

    def is_positive_definite(self, a: Any) -> bool:
        """Is A symmetric and xᵀAx > 0 for all x ≠ 0?"""
        return not is_scalar(a) and bool(a.shape[0] == a.shape[1]) and self._of(a) == Sign.POSITIVE

    def is_positive(self, a: Any) -> bool:
        """Is a scalar, or every entry of a vector, positive?"""
        return (is_scalar(a) or 1 in a.shape) and self._of(a) == Sign.POSITIVE

    def _of(self, root: Any) -> Sign:
        known = self._known
        for node in postorder(root, skip=known):
            known[node] = _scalar(node, known) if is_scalar(node) else _matrix(node, known)
        return known[root]


def _scalar(a: Any, known: dict[Any, Sign]) -> Sign:
    if isinstance(a, NamedScalar):
        return known[a.definition]
    if isinstance(a, Det):
        return known[a.args[0]]  # the product of the eigenvalues
    if a.is_positive:
        return Sign.POSITIVE
    if isinstance(a, Add):
        return _sum(known[t] for t in a.args)
    if isinstance(a, Mul):
        return min(known[f] for f in a.args)
    if isinstance(a, Pow) and known[a.base] == Sign.POSITIVE:
        return Sign.POSITIVE
    return Sign.NOT_NEGATIVE if a.is_nonnegative else Sign.UNKNOWN


def _matrix(a: Any, known: dict[Any, Sign]) -> Sign:
    if isinstance(a, (Inverse, Named)):
        return known[a.args[-1]]
    if isinstance(a, MatSum):
        return _sum(known[t] for t in a.args)
    if isinstance(a, (Kronecker, DiagMatrix)):
        return min(known[x] for x in a.operands)
    if isinstance(a, MatProduct):
        return min(_sign_of_coefficient(a, known), _congruence(a.factors, known))
    if isinstance(a, OneMatrix):  # 𝟏 has positive entries, 𝟏𝟏ᵀ is semidefinite
        return Sign.POSITIVE if 1 in a.shape else Sign.NOT_NEGATIVE
    marks, is_vector = properties_of(a), 1 in a.shape
    if isinstance(a, Identity) or "spd" in marks or (is_vector and "positive" in marks):
        return Sign.POSITIVE
    return Sign.NOT_NEGATIVE if is_vector and "nonnegative" in marks else Sign.UNKNOWN


def _sum(signs: Any) -> Sign:
    """A sum of what is not negative is positive where one term is."""
    found = list(signs)
    return max(found) if min(found) > Sign.UNKNOWN else Sign.UNKNOWN


def _sign_of_coefficient(a: MatProduct, known: dict[Any, Sign]) -> Sign:
    coefficient = split_coefficient(a)[0]
    return known[coefficient] if coefficient in known else _scalar(coefficient, known)


def _congruence(factors: Any, known: dict[Any, Sign]) -> Sign:
    """B…AB…ᵀ is semidefinite where A is, or is not there; a matrix alone is what it is."""
    if len(factors) == 1:
        return known[factors[0]]
    half = len(factors) // 2
    mirrored = all(transpose(factors[i]) == factors[-1 - i] for i in range(half))
    middle = len(factors) % 2 == 0 or known[factors[half]] > Sign.UNKNOWN
    return Sign.NOT_NEGATIVE if mirrored and middle else Sign.UNKNOWN


__all__ = ["Signs"]
