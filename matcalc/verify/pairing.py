"""What a derivative has to satisfy, said without any rule: times a direction it is the differential of the value.

G is the gradient of f where G : dX = df for a random dX, and J the Jacobian of Y where J vec dX = vec dY. By a
structured variable dX is a direction within the structure, and the derivative lies in the structure itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ..algebra import is_scalar
from .numbers import NotExactError, OutsideDomainError
from .values import vec

Array: TypeAlias = Any


def _symmetric(a: Array) -> Array:
    return a + a.T


def _skew(a: Array) -> Array:
    return a - a.T


def _diagonal(a: Array) -> Array:
    return np.diag(np.diag(a))


def _vech(a: Array) -> Array:
    return np.concatenate([a[j:, j] for j in range(len(a))])[:, None]


#: Structure → a direction within it, from a random array.
DIRECTIONS: dict[str, Callable[[Array], Array]] = {
    "symmetric": _symmetric, "spd": _symmetric, "symmetric-entries": _symmetric, "vech": _symmetric,
    "skew": _skew, "skew-entries": _skew, "affine-invariant": _symmetric,
    "diagonal": _diagonal, "diagonal-vector": _diagonal,
    "lower": np.tril, "vech-lower": np.tril, "upper": np.triu,
}  # fmt: skip
#: Structure → the part of a direction that the entries of the derivative multiply; all of it where none is named.
COORDINATES: dict[str, Callable[[Array], Array]] = {
    "symmetric-entries": lambda d: vec(np.tril(d)),
    "skew-entries": lambda d: vec(np.tril(d, -1)),
    "vech": _vech,
    "vech-lower": _vech,
    "diagonal-vector": lambda d: np.diagonal(d)[:, None],
}
#: Structure → what of a gradient is outside of it, and has to be zero.
OUTSIDE: dict[str, Callable[[Array], Array]] = {
    "symmetric": _skew, "spd": _skew, "symmetric-entries": _skew, "affine-invariant": _skew,
    "skew": _symmetric, "skew-entries": _symmetric,
    "diagonal": lambda a: a - _diagonal(a), "lower": lambda a: np.triu(a, 1), "upper": lambda a: np.tril(a, -1),
}  # fmt: skip
STIEFEL = ("orthogonal", "stiefel-canonical")


def point_in(structure: str | None, x: Array) -> Array:
    """A point of the structure near enough to a random array: the Riemannian gradients exist only there."""
    if structure == "affine-invariant" and np.ndim(x) == 2:
        return x + x.T + (0 if x.dtype == object else 4 * len(x) * np.eye(len(x)))
    if structure not in STIEFEL or np.ndim(x) != 2:
        return x
    if x.dtype == object:
        raise NotExactError
    if x.shape[0] < x.shape[1]:
        raise OutsideDomainError("XᵀX = I needs at least as many rows as columns")
    q, _ = np.linalg.qr(x)
    return q


def direction_in(structure: str | None, x: Array, d: Array) -> Array:
    """A direction within the structure at x, from a random array."""
    if structure in STIEFEL:  # Xᵀ dX is skew
        inside = x.T @ d
        return d - x @ (inside + inside.T) / 2
    if structure in DIRECTIONS and np.ndim(d) == 2:
        return DIRECTIONS[structure](d)
    return d


def coordinates(structure: str | None, x: Array, d: Array, numbers: Any) -> Array:
    """The direction as the column that the derivative, as a row, is multiplied by."""
    if structure in COORDINATES and np.ndim(d) == 2:
        return COORDINATES[structure](d)
    if structure == "stiefel-canonical" and np.ndim(d) == 2:  # ⟨A, B⟩ = tr Aᵀ(I − ½XXᵀ)B
        return vec(d - x @ (x.T @ d) / 2)
    if structure == "affine-invariant" and np.ndim(d) == 2:  # ⟨A, B⟩ = tr X⁻¹A X⁻¹B
        inverse = numbers.inverse(x)
        return vec(numbers.reduce(inverse @ numbers.reduce(d @ inverse)))
    return vec(d) if np.ndim(d) else d


def paired(derivative: Array, value: Any, variable: Any, at: Array, numbers: Any) -> Array:
    """The derivative of a value, times the coordinates of a direction: the differential, as a number or a column.

    By a scalar the derivative has the value's shape, of a scalar the variable's; else it is the matrix on vec.
    """
    if is_scalar(variable):
        return vec(derivative) * at if np.ndim(derivative) else derivative * at
    if is_scalar(value):
        return np.sum(vec(derivative) * at)
    return numbers.reduce(derivative @ at)


def flat(a: Array) -> Array:
    return vec(a) if np.ndim(a) else a


def outside(structure: str | None, gradient: Array) -> Array | None:
    """What of the gradient has to be zero; None where nothing has to."""
    if np.ndim(gradient) != 2 or structure not in OUTSIDE:
        return None
    return OUTSIDE[structure](gradient)
