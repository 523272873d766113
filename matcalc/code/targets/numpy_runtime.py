"""The small functions that emitted modules carry along. A module gets the text of those that it calls.

Each is written for arrays of any layout, leaves its arguments alone, and returns an array that nothing else holds.
Lines have at most 88 characters, the formatter's usual length.
"""

# mypy: disable-error-code="no-any-return,type-arg"

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import linalg, sparse, special
from scipy.linalg import blas, lapack


# ---------------------------------------------------------------- blocks
def by_rows(block: Callable, how: tuple, width: int, *arrays: np.ndarray) -> tuple:
    """block(*arrays), some rows at a time, so that an array of this width stays in the cache."""
    m = len(arrays[0])
    if m * width <= 2**17:
        return block(*arrays)
    # three quarters of a megabyte; but BLAS packs a factor anew for every block
    narrow = (a.shape[1] for a in arrays if a.ndim == 2 and a.shape[1] < width)
    size = max(32, min(256, 3 * 2**15 // width), *narrow)
    parts = [block(*(a[k : k + size] for a in arrays)) for k in range(0, m, size)]
    together = zip(*parts, strict=True)
    return tuple(combine(each) for combine, each in zip(how, together, strict=True))


# ---------------------------------------------------------------- entry by entry
def sigmoid(z: np.ndarray) -> np.ndarray:
    """1/(1 + exp(−z)), entry by entry; where exp(−z) would overflow it is 0 to rounding."""
    z = np.asarray(z)
    if z.size < 300 and z.dtype.kind != "c":
        return special.expit(z)  # a single call; of many entries NumPy's exp is faster
    t = np.exp(-np.maximum(z, -80.0 if z.dtype == np.float32 else -700.0))
    t += 1.0
    return 1.0 / t


def largest_entry(z: np.ndarray) -> np.ndarray:
    """1 at the largest entry of z, 0 elsewhere."""
    indicator = np.zeros(z.shape, z.dtype)
    indicator.flat[np.argmax(z)] = 1.0
    return indicator


def largest_entries(Z: np.ndarray) -> np.ndarray:
    """1 at the largest entry of every array along the first axis, 0 elsewhere."""
    rows = Z.reshape(len(Z), int(np.prod(Z.shape[1:])))
    indicator = np.zeros(rows.shape, rows.dtype)
    indicator[np.arange(len(Z)), rows.argmax(axis=1)] = 1.0
    return indicator.reshape(Z.shape)


# ---------------------------------------------------------------- products
def outer(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """u vᵀ; a large one by BLAS, which writes fresh memory once."""
    if u.size * v.size < 4096 or not u.dtype == v.dtype == np.float64:
        return np.multiply.outer(u, v)
    return blas.dger(1.0, v, u, a=np.zeros((u.size, v.size)).T, overwrite_a=1).T


def residual(X: np.ndarray, A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """X − AB, or X − uvᵀ; a large one by BLAS, in the memory of a copy of X."""
    if A.ndim == 1:
        A, B = A[:, None], B[None, :]
    if X.size < 1024 or not X.dtype == A.dtype == B.dtype == np.float64:
        return X - A.dot(B)
    R = X.copy()
    turned = [not M.flags.c_contiguous for M in (B, A)]
    b, a = (M if turn else M.T for M, turn in zip((B, A), turned, strict=True))
    return blas.dgemm(-1.0, b, a, 1.0, R.T, *turned, overwrite_c=True).T


# ---------------------------------------------------------------- linear algebra
def routine(name: str, A: np.ndarray, b: np.ndarray) -> Callable:
    """LAPACK's routine of this name for the type of the arrays."""
    kind = A.dtype if A.dtype is b.dtype else np.result_type(A, b)
    return getattr(lapack, {"f": "s", "F": "c", "D": "z"}.get(kind.char, "d") + name)


def cho_factor(K: np.ndarray) -> np.ndarray:
    """L, lower triangular, with K = LLᵀ for a symmetric positive definite K."""
    if K.dtype.kind == "c":
        raise TypeError("a positive definite matrix is expected to be real")
    L, info = routine("potrf", K, K)(K.T, lower=1)
    if info:
        raise np.linalg.LinAlgError("the matrix is not positive definite")
    return L


def spd_solve(K: np.ndarray, b: np.ndarray) -> np.ndarray:
    """K⁻¹b for a symmetric positive definite K."""
    if K.dtype.kind == "c":
        raise TypeError("a positive definite matrix is expected to be real")
    if not b.size:
        return b.copy()
    _, x, info = routine("posv", K, b)(K.T, b, lower=1)
    if info:
        raise np.linalg.LinAlgError("the matrix is not positive definite")
    return x


def cho_solve(L: np.ndarray, b: np.ndarray) -> np.ndarray:
    """K⁻¹b from L = cho_factor(K)."""
    return routine("potrs", L, b)(L, b, lower=1)[0] if b.size else b.copy()


def cho_inverse(L: np.ndarray) -> np.ndarray:
    """K⁻¹ from L = cho_factor(K): LAPACK's lower triangle, mirrored block by block."""
    if not L.size:
        return L.copy()
    K_inv = routine("potri", L, L)(L, lower=1)[0]
    n = len(L)
    if n <= 128:
        return mirrored(K_inv)
    for i in range(0, n, 128):
        j = i + 128
        K_inv[i:j, i:j] = mirrored(K_inv[i:j, i:j])
        K_inv[i:j, j:] = K_inv[j:, i:j].T
    return K_inv


def mirrored(lower: np.ndarray) -> np.ndarray:
    """The symmetric matrix with this lower triangle; above it are zeros."""
    whole = np.add(lower, lower.T, order="C")
    whole.reshape(-1)[:: len(whole) + 1] /= 2.0
    return whole


def cho_det(L: np.ndarray) -> float:
    """Return det K from L = cho_factor(K)."""
    return L.diagonal().prod() ** 2


def cho_logdet(L: np.ndarray) -> float:
    """Return log det K from L = cho_factor(K)."""
    return 2.0 * np.log(L.diagonal()).sum()


def lu_factor(A: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The LU factors of Aᵀ, whose order LAPACK reads, the rows' places, 0 if invertible."""
    if not A.size:
        return A.T, np.zeros(0, dtype=int), 0
    return routine("getrf", A, A)(A.T)


def lu_solve(LU: tuple, b: np.ndarray, transposed: bool = False) -> np.ndarray:
    """A⁻¹b, or A⁻ᵀb, from LU = lu_factor(A)."""
    factors, places, singular = LU
    if singular:
        raise np.linalg.LinAlgError("Singular matrix")
    if not b.size:
        return b.copy()
    return routine("getrs", factors, b)(factors, places, b, trans=not transposed)[0]


def lu_inverse(LU: tuple) -> np.ndarray:
    """A⁻¹ from LU = lu_factor(A)."""
    factors, places, singular = LU
    if singular:
        raise np.linalg.LinAlgError("Singular matrix")
    if not factors.size:
        return factors.copy()
    return routine("getri", factors, factors)(factors, places)[0].T


def sqrtm(A: np.ndarray) -> np.ndarray:
    """The principal square root of A; refused where A is real and the root is not."""
    return as_real(linalg.sqrtm(A), A)


def logm(A: np.ndarray) -> np.ndarray:
    """The principal logarithm of A; refused where A is real and the logarithm is not."""
    return as_real(linalg.logm(A), A)


def as_real(f: np.ndarray, A: np.ndarray) -> np.ndarray:
    """The function f of A, without the rounding in its imaginary part if A is real."""
    if f.dtype.kind != "c" or A.dtype.kind == "c":
        return f
    if np.abs(f.imag).max() > 1000.0 * np.finfo(f.dtype).eps * np.abs(f).max():
        raise np.linalg.LinAlgError("a real eigenvalue is not positive")
    return f.real


def pinv(X: np.ndarray) -> np.ndarray:
    """X⁺; singular values of the size of rounding errors count as zero."""
    return np.linalg.pinv(X, rcond=1000.0 * np.finfo(X.dtype).eps)


def lu_det(LU: tuple) -> float:
    """Return det A from LU = lu_factor(A)."""
    factors, places, _ = LU
    swaps = np.count_nonzero(places != np.arange(len(places)))
    det = factors.diagonal().prod()
    return -det if swaps % 2 else det


def lu_logdet(LU: tuple) -> float:
    """Return log |det A| from LU = lu_factor(A)."""
    with np.errstate(divide="ignore"):
        return np.log(np.abs(LU[0].diagonal())).sum()


# ---------------------------------------------------------------- vec and vech
def vech(X: np.ndarray) -> np.ndarray:
    """The columns of the lower triangle of X, stacked."""
    j, i = np.triu_indices(X.shape[-1])
    return X[..., i, j]


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


def difference_quotient(rise: np.ndarray, gap: np.ndarray, slope: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """rise / gap, or the slope there where rounding hides the difference of the two."""
    close = np.abs(rise - gap * slope) <= noise
    return np.where(close, slope, rise / np.where(close, 1.0, gap))


def sums(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The matrix of u_i + v_j, of vectors or of the rows of matrices."""
    return u[..., :, None] + v[..., None, :]


def divided_differences(w: np.ndarray, f: np.ndarray, df: np.ndarray) -> np.ndarray:
    """The matrix of (f(w_i) − f(w_j)) / (w_i − w_j), with f′(w_i) where they are equal."""
    noise = 4 * np.finfo(w.dtype).eps * sums(np.abs(f), np.abs(f))
    return difference_quotient(sums(f, -f), sums(w, -w), sums(df, df) / 2, noise)


def second_divided_differences(w: np.ndarray, f: np.ndarray, df: np.ndarray, ddf: np.ndarray) -> np.ndarray:
    """f[w_i, w_j, w_k] = (f[w_i, w_j] − f[w_j, w_k]) / (w_i − w_k), and its limits."""
    eps, gap = 4 * np.finfo(w.dtype).eps, sums(w, -w)
    noise = eps * sums(np.abs(f), np.abs(f))
    slope = sums(df, df) / 2 - gap * sums(ddf, -ddf) / 12
    F = difference_quotient(sums(f, -f), gap, slope, noise)
    equal = slope == F
    size = np.where(equal, 1.0, np.abs(gap))
    noise = eps * np.abs(F) + np.where(equal, 0.0, noise / size)
    third = sums(2 * ddf, ddf) / 6  # f[w_i, w_i, w_j] where the two are close
    unsure = noise + eps * np.abs(df)[..., None]
    G = difference_quotient(df[..., None] - F, gap, third, unsure)
    slope = (G[..., None] + G.swapaxes(-1, -2)[..., None, :, :]) / 2
    rise = F[..., None] - F[..., None, :, :]
    unsure = noise[..., None] + noise[..., None, :, :]
    return difference_quotient(rise, gap[..., None, :], slope, unsure)


# ---------------------------------------------------------------- sparse matrices on vec
def filled(A: np.ndarray) -> sparse.csr_array:
    """A as a sparse matrix that has every entry."""
    m, n = A.shape
    columns = np.tile(np.arange(n, dtype=np.int32), m)
    return sparse.csr_array((A.flatten(), columns, np.arange(m + 1) * n), (m, n))


def scatter(pattern: str, values: np.ndarray, *sizes: int) -> sparse.csr_array:
    """The matrix with values[j, i] in row i and column i + mj, for the pattern "ji->i,ij"."""
    axes, rows, columns = pattern.replace("->", ",").split(",")
    values = np.asarray(values)
    shape = sizes or values.shape
    size = dict(zip(axes, shape, strict=True))

    def length(letters: str) -> int:
        return size[letters[0]] * length(letters[1:]) if letters else 1

    def places(letters: str) -> np.ndarray:  # the first runs fastest
        index = np.zeros(1, kind)
        for k, c in enumerate(letters):
            step = length(letters[:k])
            along = np.arange(0, step * size[c], step, dtype=kind)
            index = index + along.reshape(-1, *[1] * (len(axes) - 1 - axes.index(c)))
        return everywhere(index)

    def everywhere(part: np.ndarray) -> np.ndarray:
        whole = np.empty(shape, part.dtype)
        whole[...] = part
        return whole.reshape(-1)

    height, width, count = length(rows), length(columns), length(axes)
    kind = np.int32 if max(height, width, count) < 2**31 else np.int64
    if len(set(rows)) == len(rows):  # row after row, as many values in each
        starts = np.arange(0, count + 1, count // height, dtype=kind)
    else:
        starts = np.searchsorted(places(rows), np.arange(height + 1)).astype(kind)
    matrix = everywhere(values), places(columns), starts
    return sparse.csr_array(matrix, (height, width))
