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


def pinv(xp: Any, X: Array) -> Array:
    """X⁺; singular values of the size of rounding errors count as zero."""
    return xp.linalg.pinv(X, rtol=1000.0 * xp.finfo(X.dtype).eps)


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


def difference_quotient(xp: Any, rise: Array, gap: Array, slope: Array, noise: Array) -> Array:
    """rise / gap, or the slope there where rounding hides the difference of the two."""
    close = xp.abs(rise - gap * slope) <= noise
    return xp.where(close, slope, rise / xp.where(close, xp.ones_like(gap), gap))


def divided_differences(xp: Any, w: Array, f: Array, df: Array) -> Array:
    """The matrix of (f(w_i) − f(w_j)) / (w_i − w_j), with f′(w_i) where they are equal."""
    noise = 4 * xp.finfo(w.dtype).eps * (xp.abs(f)[:, None] + xp.abs(f))
    rise, gap = f[:, None] - f, w[:, None] - w
    return difference_quotient(xp, rise, gap, (df[:, None] + df) / 2, noise)


def second_divided_differences(xp: Any, w: Array, f: Array, df: Array, ddf: Array) -> Array:
    """f[w_i, w_j, w_k] = (f[w_i, w_j] − f[w_j, w_k]) / (w_i − w_k), and its limits."""
    eps, gap = 4 * xp.finfo(w.dtype).eps, w[:, None] - w
    noise = eps * (xp.abs(f)[:, None] + xp.abs(f))
    slope = (df[:, None] + df) / 2 - gap * (ddf[:, None] - ddf) / 12
    F = difference_quotient(xp, f[:, None] - f, gap, slope, noise)
    equal = slope == F
    size = xp.where(equal, xp.ones_like(gap), xp.abs(gap))
    noise = eps * xp.abs(F) + xp.where(equal, xp.zeros_like(gap), noise / size)
    third = (2 * ddf[:, None] + ddf) / 6  # f[w_i, w_i, w_j] where the two are close
    unsure = noise + eps * xp.abs(df)[:, None]
    G = difference_quotient(xp, df[:, None] - F, gap, third, unsure)
    slope = (G[:, :, None] + G.T[None, :, :]) / 2
    rise = F[:, :, None] - F[None, :, :]
    unsure = noise[:, :, None] + noise[None, :, :]
    return difference_quotient(xp, rise, gap[:, None, :], slope, unsure)
