"""Derivatives as an expert writes them by hand in NumPy and SciPy: what emitted code is measured against.

The best order of evaluation, shared sub-expressions, Cholesky factors for inverses, no diagonal or Kronecker matrix
written out, symmetric products by syrk, arrays overwritten. Arguments are never modified, results are fresh.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.linalg import blas, lapack
from scipy.special import expit


@lru_cache(maxsize=64)
def strict_upper(n):
    return np.triu(np.ones((n, n), dtype=bool), 1)


def mirror_lower(a, block=128):
    """Copy the lower triangle of `a` onto the upper one, block by block, in place."""
    n = a.shape[0]
    for i in range(0, n, block):
        j = min(i + block, n)
        d = a[i:j, i:j]
        np.copyto(d, d.T, where=strict_upper(j - i))
        if j < n:
            a[i:j, j:] = a[j:, i:j].T
    return a


def outer(u, v):
    """u vᵀ: dger into zeroed pages beats NumPy's broadcast product beyond tiny sizes."""
    if u.size * v.size < 4096:
        return np.multiply.outer(u, v)
    return blas.dger(1.0, v, u, a=np.zeros((u.size, v.size)).T, overwrite_a=1).T


def sigmoid_of_negative(t):
    """1 / (1 + exp(t)), in place: NumPy's SIMD exp; scipy's expit is scalar code."""
    if t.size < 300:  # one call instead of three pays off here
        return expit(np.negative(t, out=t), out=t)
    np.exp(t, out=t)
    t += 1.0
    return np.divide(1.0, t, out=t)


def tanh_norm(W, x):
    z = np.tanh(W.dot(x))
    return outer(z * (1.0 - z * z), x)


def logistic_grad(X, w, y):
    t = X.dot(w)
    t *= y
    s = sigmoid_of_negative(t)
    s *= y
    g = s.dot(X)
    return np.negative(g, out=g)


def logistic_hess(X, w, y):
    t = X.dot(w)
    t *= y
    s = sigmoid_of_negative(t)
    s -= s * s
    np.sqrt(s, out=s)
    s *= y
    B = s[:, None] * X
    return B.T.dot(B)  # NumPy calls syrk for B.T @ B


def softmax_xent(X, W, Y):
    P = X.dot(W)
    P -= P.max(axis=1, keepdims=True)
    np.exp(P, out=P)
    P /= P.sum(axis=1, keepdims=True)
    P -= Y
    return X.T.dot(P)


def mf_grad(T, U, V):
    G = U.dot(V.T.dot(V))
    G -= T.dot(V)
    G *= 2.0
    return G


def mf_hess(T, U, V):
    m, k = U.shape
    H = np.zeros((m, k, m, k))
    B = V.T.dot(V)
    B *= 2.0
    np.einsum("ikil->ikl", H)[...] = B
    return H


def mf_mask_hess(O, T, U, V):
    m, k = U.shape
    H = np.zeros((m, k, m, k))
    VV = (V[:, :, None] * V[:, None, :]).reshape(len(V), k * k)
    B = (O * O) @ VV
    B *= 2.0
    np.einsum("ikil->ikl", H)[...] = B.reshape(-1, k, k)
    return H


def mlp_grad(W1, W2, W3, X, Y):
    A = W1.dot(X)
    np.tanh(A, out=A)
    B = W2.dot(A)
    np.tanh(B, out=B)
    R = W3.dot(B)
    R -= Y
    G3 = R.dot(B.T)
    D = W3.T.dot(R)
    np.multiply(B, B, out=B)
    np.subtract(1.0, B, out=B)
    D *= B
    G2 = D.dot(A.T)
    E = W2.T.dot(D)
    np.multiply(A, A, out=A)
    np.subtract(1.0, A, out=A)
    E *= A
    return E.dot(X.T), G2, G3


def mlp_hess(W, X, v, y):
    m, n = X.shape
    h = W.shape[0]
    Z = np.tanh(X @ W.T)
    r = Z @ v
    r -= y
    D = 1.0 - Z * Z
    D *= v
    J = (D[:, :, None] * X[:, None, :]).reshape(m, h * n)
    H = J.T @ J
    Z *= D
    Z *= (-2.0 * r)[:, None]
    blocks = (Z.T[:, :, None] * X).transpose(0, 2, 1) @ X
    H4 = H.reshape(h, n, h, n)
    i = np.arange(h)
    H4[i, :, i, :] += blocks
    return H4


def gp(K, y):
    c, _ = lapack.dpotrf(K.T, lower=1, clean=0)
    a, _ = lapack.dpotrs(c, y, lower=1)
    G, _ = lapack.dpotri(c, lower=1, overwrite_c=1)
    G = blas.dsyr(-1.0, a, lower=1, a=G, overwrite_a=1)
    G *= 0.5
    return mirror_lower(G)


def logdet(A, X):
    AX = A.dot(X)
    M = X.T.dot(AX)
    c, _ = lapack.dpotrf(M.T, lower=1, clean=0, overwrite_a=1)
    G, _ = lapack.dpotrs(c, AX.T, lower=1, overwrite_b=1)
    G *= 2.0
    return G.T


def trinv(A, X):
    lu, piv, _ = lapack.dgetrf(X.T)  # factors of X', no transposing copy
    Y, _ = lapack.dgetrs(lu, piv, A.T)  # X^-T A'
    R, _ = lapack.dgetrs(lu, piv, Y.T, trans=1)  # X^-1 (X^-T A')'
    np.negative(R, out=R)
    return R.T


def sigmoid_jac(W, b, x):
    m, n = W.shape
    z = W.dot(x)
    z += b
    s = sigmoid_of_negative(np.negative(z, out=z))
    s -= s * s
    J = np.zeros((m, m, n))
    np.multiply(s[:, None], x, out=np.einsum("iij->ij", J))  # writable diagonal view
    return J


def mahalanobis(X, mu, S):
    r = X.sum(axis=0)
    r -= X.shape[0] * mu
    _, z, _ = lapack.dposv(S.T, r, lower=1)
    z *= -2.0
    return z


def pca(X, V):
    XV = X.dot(V)
    GV = X.T.dot(XV)  # G V with G = X'X, never formed
    G = GV.dot(V.T.dot(V))
    G += V.dot(XV.T.dot(XV))
    GV *= 2.0
    G -= GV
    G *= 2.0
    return G


def kron(A, B, x):
    Z = x.reshape(A.shape[1], B.shape[1])
    G = A.T.dot(A.dot(Z).dot(B.T)).dot(B)
    G *= 2.0
    return G.reshape(-1)


def lse_hess(A, b, x):
    p = A.dot(x)
    p += b
    p -= p.max()
    np.exp(p, out=p)
    p /= p.sum()
    g = p.dot(A)
    np.sqrt(p, out=p)
    B = p[:, None] * A
    H = B.T.dot(B)
    H -= np.multiply.outer(g, g)
    return H


def attention(Q, K, V, C):
    c = 1.0 / Q.shape[1] ** 0.5
    E = (Q * c).dot(K.T)
    E -= E.max(axis=1, keepdims=True)
    np.exp(E, out=E)
    s = E.sum(axis=1)  # softmax = Diag(1/s) E; the row scaling is
    D = C.dot(V.T)  # carried through the product to the n×d result
    r = np.einsum("ij,ij->i", D, E)
    r /= s
    D -= r[:, None]
    D *= E
    G = D.dot(K)
    G *= (c / s)[:, None]
    return G
