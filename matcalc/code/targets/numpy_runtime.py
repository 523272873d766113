"""The small functions that emitted modules carry along. A module gets the text of those that it calls.

Each is written for arrays of any layout, leaves its arguments alone, and returns an array that nothing else holds.
Lines have at most 88 characters, the formatter's usual length.
"""

# mypy: disable-error-code="no-any-return,type-arg"

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special
from scipy.linalg import blas


# ---------------------------------------------------------------- entry by entry
def sigmoid(z: np.ndarray) -> np.ndarray:
    """1/(1 + exp(−z)), entry by entry; where exp(−z) would overflow it is 0 to rounding."""
    z = np.asarray(z)
    if z.size < 300 and z.dtype.kind != "c":
        return special.expit(z)  # a single call; of many entries NumPy's exp is faster
    t = np.exp(-np.maximum(z, -700.0))
    t += 1.0
    return 1.0 / t


def largest_entry(z: np.ndarray) -> np.ndarray:
    """1 at the largest entry of z, 0 elsewhere."""
    indicator = np.zeros(z.shape)
    indicator.flat[np.argmax(z)] = 1.0
    return indicator


# ---------------------------------------------------------------- products
def outer(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """u vᵀ; a large one by BLAS, which writes fresh memory once."""
    if u.size * v.size < 4096 or not u.dtype == v.dtype == np.float64:
        return np.multiply.outer(u, v)
    return blas.dger(1.0, v, u, a=np.zeros((u.size, v.size)).T, overwrite_a=1).T


# ---------------------------------------------------------------- vec and vech
def vech(X: np.ndarray) -> np.ndarray:
    """The columns of the lower triangle of X, stacked."""
    return X.T[np.triu_indices(len(X))]


def elimination(n: int) -> np.ndarray:
    """The matrix L with vech X = L vec X for X n×n."""
    j, i = np.triu_indices(n)
    return np.eye(n * n)[i + n * j]


def duplication(n: int) -> np.ndarray:
    """The matrix D with vec X = D vech X for symmetric X n×n."""
    j, i = np.triu_indices(n)
    eye = np.eye(n * n)
    return np.maximum(eye[i + n * j], eye[j + n * i]).T


# ---------------------------------------------------------------- functions of matrices
def frechet_matrix(f: Callable, X: np.ndarray) -> np.ndarray:
    """The K with vec L_f(X, E) = K vec E, L_f(X, E) the upper right block of f([X E; 0 X])."""
    n = len(X)
    big = np.kron(np.eye(2), X)
    K = np.zeros((n * n, n * n))
    for k in range(n * n):
        big[k % n, n + k // n] = 1.0
        K[:, k] = f(big)[:n, n:].T.reshape(-1)
        big[k % n, n + k // n] = 0.0
    return K
