"""The small functions that emitted modules of this target carry along; read as text by :mod:`.runtime`."""

# mypy: ignore-errors

from __future__ import annotations

from typing import Any, TypeAlias

Array: TypeAlias = Any


def sigmoid(xp: Any, z: Array) -> Array:
    """1/(1 + exp(−z)), entry by entry; where exp(−z) would overflow it is 0 to rounding."""
    return 1 / (1 + xp.exp(-xp.where(z > -700, z, -700.0)))


def xlogy(xp: Any, a: Array, b: Array) -> Array:
    """a log b, entry by entry, and 0 where a is 0."""
    return xp.where(a == 0, 0.0, a * xp.log(xp.where(a == 0, 1.0, b)))


def kron(xp: Any, A: Array, B: Array) -> Array:
    """A ⊗ B, of two vectors or two matrices."""
    if A.ndim == 1:
        return xp.reshape(A[:, None] * B, (-1,))
    (m, n), (p, q) = A.shape, B.shape
    return xp.reshape(A[:, None, :, None] * B[None, :, None, :], (m * p, n * q))


def diag(xp: Any, v: Array) -> Array:
    """The diagonal matrix of a vector."""
    eye = xp.eye(v.shape[0], dtype=xp.bool, device=v.device)
    return xp.where(eye, v[:, None], 0.0)


def largest_entry(xp: Any, z: Array) -> Array:
    """1 at the largest entry of z, 0 elsewhere."""
    flat = xp.reshape(z, (-1,))
    largest = xp.arange(flat.shape[0], device=z.device) == xp.argmax(flat)
    return xp.reshape(xp.astype(largest, z.dtype), z.shape)


def vech(xp: Any, X: Array) -> Array:
    """The columns of the lower triangle of X, stacked."""
    return xp.concat([X[j:, j] for j in range(X.shape[0])])


def elimination(xp: Any, n: int, **options: Any) -> Array:
    """The matrix L with vech X = L vec X for X n×n."""
    eye = xp.eye(n * n, **options)
    return xp.stack([eye[i + n * j, :] for j in range(n) for i in range(j, n)])


def duplication(xp: Any, n: int, **options: Any) -> Array:
    """The matrix D with vec X = D vech X for symmetric X n×n."""
    eye = xp.eye(n * n, **options)
    pairs = [(i + n * j, j + n * i) for j in range(n) for i in range(j, n)]
    return xp.stack([xp.maximum(eye[p, :], eye[q, :]) for p, q in pairs], axis=1)
