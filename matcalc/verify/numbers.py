"""The numbers that expressions are evaluated in: machine numbers, and residues, in which nothing is rounded.

Residues are whole numbers modulo p², p = 2⁶¹ − 1. Every rational operation is exact there, and p² ≡ 0 makes p a step
of which nothing is lost: f(X + p dX) ≡ f(X) + p df(X)[dX], so that (f(X + p dX) − f(X))/p is the differential modulo
p. Two rational functions that differ agree at a random point with probability at most degree/p (Schwartz 1980; Zippel
1979). The squares modulo p are for residues what positive numbers are for reals: −1 is none, and of the two roots of a
square exactly one is a square itself, which is √.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any

PRIME = 2**61 - 1
MODULUS = PRIME**2
#: A matrix is too near singular for a comparison where the entries of it and of its inverse are larger together.
WORST_CONDITION = 1e5


class OutsideDomainError(Exception):
    """The expression has no value at this point, or none that can be relied on."""


class NotExactError(Exception):
    """The expression has no value among these numbers: it is not rational."""


class Floats:
    """Machine numbers, real or complex; kinks and jumps go by the real part."""

    exact = False
    rooted = False

    def number(self, expression: Any) -> Array:
        if expression.is_Rational:
            return np.float64(expression.p / expression.q)
        return np.float64(expression) if expression.is_real else np.complex128(complex(expression))

    def constant(self, array: Array) -> Array:
        return array

    def reduce(self, x: Array) -> Array:
        return x

    def power(self, base: Array, p: Array, node: Any) -> Array:
        """By squaring where the exponent is whole: the logarithm of a negative number loses a tiny imaginary part."""
        if np.iscomplexobj(base) and node.args[1].is_Integer:
            return _by_squaring(base, int(node.args[1]))
        return np.power(np.asarray(base) * 1.0, p)

    def reciprocal(self, x: Array) -> Array:
        return 1.0 / x

    def norm(self, square: Array) -> Array:
        return np.sqrt(square)

    def inverse(self, a: Array) -> Array:
        try:
            found = np.linalg.inv(a)
        except np.linalg.LinAlgError:
            raise OutsideDomainError("a matrix is singular") from None
        if not np.abs(a).max(initial=0) * np.abs(found).max(initial=0) * len(a) < WORST_CONDITION:
            raise OutsideDomainError("a matrix is nearly singular")
        return found

    def det(self, a: Array) -> Array:
        return np.linalg.det(a)

    def function(self, name: str, x: Array) -> Array:
        from .functions import FUNCTIONS

        return FUNCTIONS[name](x)


def _by_squaring(base: Array, k: int) -> Array:
    found, square = 1.0 + 0 * base, base if k >= 0 else 1.0 / base
    for bit in reversed(f"{abs(k):b}"):
        found = found * square if bit == "1" else found
        square = square * square
    return found


class Residues:
    """Whole numbers modulo p²."""

    exact = True

    def __init__(self) -> None:
        #: Has a root been taken? What holds of real roots where all is positive need not hold of these.
        self.rooted = False

    def number(self, expression: Any) -> Array:
        if not expression.is_Rational:
            raise NotExactError
        return int(expression.p) * pow(int(expression.q), -1, MODULUS) % MODULUS

    def constant(self, array: Array) -> Array:
        return array.astype(np.int64).astype(object)

    def reduce(self, x: Array) -> Array:
        return x % MODULUS

    def power(self, base: Array, p: Array, node: Any) -> Array:
        exponent = node.args[1]
        if isinstance(base, Root):
            if exponent.is_even:
                return _power(base.square, int(exponent) // 2)
            base = base.root
        if exponent.is_Integer:
            return _each(lambda a: _power(a, int(exponent)), base)
        if exponent.is_Rational and exponent.q == 2:
            return _each(lambda a: _power(self.root(a), int(exponent.p)), base)
        if not exponent.is_integer:
            raise NotExactError
        return _each(lambda a: _power(a, int(p)), base)

    def reciprocal(self, x: Array) -> Array:
        return _each(lambda a: _power(a, -1), x)

    def norm(self, square: Array) -> Array:
        return Root(square, self.root)

    def root(self, a: int) -> int:
        """The square root that is a square itself; modulo p, then lifted to p² by a step of Newton's."""
        self.rooted = True
        if a == 0 or pow(a, (PRIME - 1) // 2, PRIME) != 1:
            raise OutsideDomainError("a root of what is no square")
        root = pow(a, (PRIME + 1) // 4, PRIME)
        return (root - (root * root - a) * pow(2 * root, -1, MODULUS)) % MODULUS

    def inverse(self, a: Array) -> Array:
        return _eliminated(a)[0]

    def det(self, a: Array) -> Array:
        try:
            return _eliminated(a)[1]
        except OutsideDomainError:
            return 0

    def function(self, name: str, x: Array) -> Array:
        if name not in ("abs", "sign"):
            raise NotExactError
        self.rooted = True
        return _each(_sign if name == "sign" else lambda a: a * _sign(a) % MODULUS, x)


class Root:
    """√a, taken where it is used: a norm that is squared needs none."""

    def __init__(self, square: int, take: Callable[[int], int]) -> None:
        self.square = square
        self.take = take

    @property
    def root(self) -> int:
        return self.take(self.square)

    def __mod__(self, modulus: int) -> Root:
        return self

    def __mul__(self, other: Any) -> Any:
        return self.root * other

    def __add__(self, other: Any) -> Any:
        return self.root + other

    def __sub__(self, other: Any) -> Any:
        return self.root - other

    def __rsub__(self, other: Any) -> Any:
        return other - self.root

    __rmul__, __radd__ = __mul__, __add__


def _each(function: Callable[[int], int], x: Array) -> Array:
    return np.frompyfunc(function, 1, 1)(x)


def _power(a: int, k: int) -> int:
    try:
        return pow(a, k, MODULUS)
    except ValueError:
        raise OutsideDomainError("a division by zero") from None


def _sign(a: int) -> int:
    """1 for a square, −1 for what is none."""
    if a % PRIME == 0:
        raise OutsideDomainError("the sign of zero")
    return 1 if pow(a, (PRIME - 1) // 2, PRIME) == 1 else -1


def _eliminated(a: Array) -> tuple[Array, int]:
    """The inverse and the determinant, by elimination (Gauss and Jordan) with pivots that are not 0 modulo p."""
    n, det = len(a), 1
    rows = [[*row, *(int(i == j) for j in range(n))] for i, row in enumerate(a.tolist())]
    for k in range(n):
        at = next((i for i in range(k, n) if rows[i][k] % PRIME), None)
        if at is None:
            raise OutsideDomainError("a matrix is singular")
        if at != k:
            rows[k], rows[at], det = rows[at], rows[k], -det
        det = det * rows[k][k] % MODULUS
        scale = pow(rows[k][k], -1, MODULUS)
        rows[k] = [x * scale % MODULUS for x in rows[k]]
        for i in range(n):
            if i != k and (factor := rows[i][k]):
                rows[i] = [(x - factor * y) % MODULUS for x, y in zip(rows[i], rows[k], strict=True)]
    found = np.empty((n, n), dtype=object)
    for i, row in enumerate(rows):
        found[i] = row[n:]
    return found, det % MODULUS
