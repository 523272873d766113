"""The small functions that emitted modules of this target carry along; read as text by :mod:`.runtime`."""

# mypy: ignore-errors

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy import linalg


def sqrtm(X: jax.Array) -> jax.Array:
    """The principal square root of X; not a number where that is complex."""
    root = linalg.sqrtm(X)
    noise = 1000.0 * jnp.finfo(root.dtype).eps * jnp.max(jnp.abs(root), initial=0.0)
    return jnp.where(jnp.all(jnp.abs(root.imag) <= noise), root.real, jnp.nan)


def pinv(X: jax.Array) -> jax.Array:
    """X⁺; singular values of the size of rounding errors count as zero."""
    return jnp.linalg.pinv(X, rtol=1000.0 * jnp.finfo(X.dtype).eps)


def largest_entry(z: jax.Array) -> jax.Array:
    """1 at the largest entry of z, 0 elsewhere."""
    return jnp.zeros(z.size, z.dtype).at[jnp.argmax(z)].set(1.0).reshape(z.shape)


def vech(X: jax.Array) -> jax.Array:
    """The columns of the lower triangle of X, stacked."""
    return X.T[jnp.triu_indices(len(X))]


def elimination(n: int) -> jax.Array:
    """The matrix L with vech X = L vec X for X n×n."""
    j, i = jnp.triu_indices(n)
    return jnp.eye(n * n)[i + n * j]


def duplication(n: int) -> jax.Array:
    """The matrix D with vec X = D vech X for symmetric X n×n."""
    j, i = jnp.triu_indices(n)
    eye = jnp.eye(n * n)
    return jnp.maximum(eye[i + n * j], eye[j + n * i]).T


def rotation(X: jax.Array) -> jax.Array:
    """The exponential of [0, X; −X, 0]: the cosine of X, twice, and beside them its sine."""
    zero = jnp.zeros_like(X)
    return linalg.expm(jnp.block([[zero, X], [-X, zero]]))


def sinm(X: jax.Array) -> jax.Array:
    """The sine of a matrix."""
    n = len(X)
    return rotation(X)[:n, n:]


def cosm(X: jax.Array) -> jax.Array:
    """The cosine of a matrix."""
    n = len(X)
    return rotation(X)[:n, :n]


def tanm(X: jax.Array) -> jax.Array:
    """The tangent of a matrix, its sine over its cosine."""
    n = len(X)
    both = rotation(X)
    return jnp.linalg.solve(both[:n, :n], both[:n, n:])


def sinhm(X: jax.Array) -> jax.Array:
    """The hyperbolic sine of a matrix."""
    return (linalg.expm(X) - linalg.expm(-X)) / 2.0


def coshm(X: jax.Array) -> jax.Array:
    """The hyperbolic cosine of a matrix."""
    return (linalg.expm(X) + linalg.expm(-X)) / 2.0


def tanhm(X: jax.Array) -> jax.Array:
    """The hyperbolic tangent of a matrix."""
    return jnp.linalg.solve(coshm(X), sinhm(X))


def frechet_matrix(f: Callable, X: jax.Array) -> jax.Array:
    """The matrix K with vec L_f(X, E) = K vec E, L_f(X, E) the upper right block of f([X E; 0 X])."""
    n = len(X)
    zero = jnp.zeros_like(X)
    units = jnp.eye(n * n, dtype=X.dtype).reshape(-1, n, n).transpose(0, 2, 1)
    columns = [f(jnp.block([[X, E], [zero, X]]))[:n, n:].T.reshape(-1) for E in units]
    return jnp.stack(columns, axis=1)


def difference_quotient(rise: jax.Array, gap: jax.Array, slope: jax.Array, noise: jax.Array) -> jax.Array:
    """rise / gap, or the slope there where rounding hides the difference of the two."""
    close = jnp.abs(rise - gap * slope) <= noise
    return jnp.where(close, slope, rise / jnp.where(close, 1.0, gap))


def divided_differences(w: jax.Array, f: jax.Array, df: jax.Array) -> jax.Array:
    """The matrix of (f(w_i) − f(w_j)) / (w_i − w_j), with f′(w_i) where they are equal."""
    noise = 4 * jnp.finfo(w.dtype).eps * (jnp.abs(f)[:, None] + jnp.abs(f))
    rise, gap = f[:, None] - f, w[:, None] - w
    return difference_quotient(rise, gap, (df[:, None] + df) / 2, noise)


def second_divided_differences(w: jax.Array, f: jax.Array, df: jax.Array, ddf: jax.Array) -> jax.Array:
    """f[w_i, w_j, w_k] = (f[w_i, w_j] − f[w_j, w_k]) / (w_i − w_k), and its limits."""
    eps, gap = 4 * jnp.finfo(w.dtype).eps, w[:, None] - w
    noise = eps * (jnp.abs(f)[:, None] + jnp.abs(f))
    slope = (df[:, None] + df) / 2 - gap * (ddf[:, None] - ddf) / 12
    F = difference_quotient(f[:, None] - f, gap, slope, noise)
    equal = slope == F
    size = jnp.where(equal, 1.0, jnp.abs(gap))
    noise = eps * jnp.abs(F) + jnp.where(equal, 0.0, noise / size)
    third = (2 * ddf[:, None] + ddf) / 6  # f[w_i, w_i, w_j] where the two are close
    unsure = noise + eps * jnp.abs(df)[:, None]
    G = difference_quotient(df[:, None] - F, gap, third, unsure)
    slope = (G[:, :, None] + G.T[None, :, :]) / 2
    rise = F[:, :, None] - F[None, :, :]
    unsure = noise[:, :, None] + noise[None, :, :]
    return difference_quotient(rise, gap[:, None, :], slope, unsure)
