"""A second evaluator, as plain as can be: every node as its definition says, matrices always 2-D, nothing optimised.

It shares no code with `matcalc.code`, so agreement of the two means something.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special as sp
import sympy
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.matrices.expressions.special import Identity, OneMatrix, ZeroMatrix

from matcalc import algebra as alg
from matcalc.algebra import entrywise as ew
from matcalc.algebra import nodes as nd
from matcalc.algebra import operands, postorder
from matcalc.operators import determinants as dt
from matcalc.operators import matrix_functions as mf
from matcalc.operators import matrix_powers as mp
from matcalc.operators import reductions as rd
from matcalc.operators import spectral as sp_ops
from matcalc.operators import spectral_functions as sf
from matcalc.operators import summations as sm
from matcalc.operators import vech as vech_ops

FUNCTIONS = {
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "abs": np.abs, "sign": np.sign, "sin": np.sin,
    "cos": np.cos, "tan": np.tan, "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan, "sinh": np.sinh,
    "arcsinh": np.arcsinh,
    "cosh": np.cosh, "tanh": np.tanh, "erf": sp.erf, "Phi": lambda x: (1 + sp.erf(x / math.sqrt(2))) / 2,
    "normal_density": lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi), "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log(1 + np.exp(x)), "logsigmoid": lambda x: -np.log(1 + np.exp(-x)),
    "relu": lambda x: np.where(x.real > 0, x, 0), "step": lambda x: np.where(x.real > 0, 1.0, 0.0),
    "leaky_relu": lambda x: np.where(x.real > 0, x, 0.01 * x), "leaky_step": lambda x: np.where(x.real > 0, 1.0, 0.01),
    "elu": lambda x: np.where(x.real > 0, x, np.exp(x) - 1), "gelu": lambda x: x * (1 + sp.erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + np.exp(-x)), "gamma": sp.gamma, "lgamma": sp.gammaln, "digamma": sp.digamma,
    "trigamma": lambda x: sp.polygamma(1, x),
    "huber": lambda r, d: np.where(np.abs(r) <= d, r * r / 2, d * (np.abs(r) - d / 2)),
}  # fmt: skip

#: Node type → its value by definition, for those that are not among the cases below.
DEFINITIONS: dict[type, Callable[..., Any]] = {}
MATRIX_FUNCTIONS = {name: getattr(scipy.linalg, name) for name in mf.ANALYTIC}


def frechet(name: str, x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """The upper right block of f([X E; 0 X])."""
    n = x.shape[0]
    return MATRIX_FUNCTIONS[name](np.block([[x, e], [np.zeros((n, n)), x]]))[:n, n:]


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z)
    return e / (e.sum() if z.shape[1] == 1 else e.sum(axis=1, keepdims=True))


def vec(a: np.ndarray) -> np.ndarray:
    return a.reshape(-1, 1, order="F")


def evaluate(root: Any, env: Mapping[Any, Any], sizes: Mapping[str, int]) -> np.ndarray:
    """The value of an expression: 2-D for a matrix, 0-D for a scalar. ``env``: node → array."""
    memo: dict[Any, Any] = dict(env)

    def size(d: Any) -> int:
        return int(d.subs({s: sizes[s.name] for s in d.free_symbols}))

    bodies = {node.args[0] for node in postorder(root) if isinstance(node, sm.SUMMATIONS)}
    for node in postorder(root, skip=bodies - {root}):
        if node not in memo and isinstance(node, sm.SUMMATIONS):
            memo[node] = _summed(node, env, size, sizes)
        elif node not in memo:
            memo[node] = _value(node, [memo[c] for c in operands(node)], size, sizes)
    return memo[root]


def _summed(node: Any, env: Mapping[Any, Any], size: Any, sizes: Mapping[str, int]) -> Any:
    """Σ_i, in a loop: every sample with this index is the array that it is at the place."""
    body, index, count = node.args
    samples = [x for x in postorder(body) if isinstance(x, (sm.Sample, sm.SampleNumber)) and x.args[1] == index]
    terms = []
    for i in range(size(count)):
        here = dict(env)
        for x in samples:
            array = evaluate(x.args[0], env, sizes)
            shape = [size(d) for d in alg.shape_of(x)]
            here[x] = array[:, i].reshape(shape, order="F") if shape else array[i, 0]
        terms.append(evaluate(body, here, sizes))
    if isinstance(node, sm.Stacked):
        columns = [np.reshape(t, (-1, 1), order="F") for t in terms]
        return np.concatenate(columns, axis=1 if alg.shape_of(body) else 0)
    return sum(terms[1:], terms[0])


def _value(node: Any, v: list[Any], size: Any, sizes: Mapping[str, int]) -> Any:
    if type(node) in DEFINITIONS:
        return DEFINITIONS[type(node)](*v)
    match node:
        case Identity() | OneMatrix() | ZeroMatrix():
            m, n = (size(d) for d in node.shape)
            return (
                np.eye(n)
                if isinstance(node, Identity)
                else np.full((m, n), 0.0 if isinstance(node, ZeroMatrix) else 1.0)
            )
        case nd.MatSum():
            return sum(v[1:], v[0])
        case nd.MatProduct():
            out = v[0]
            for one in v[1:]:
                out = out * one if np.ndim(out) == 0 else out @ one
            return out
        case nd.Transpose():
            return v[0].T
        case nd.Inverse():
            return np.linalg.inv(v[0])
        case nd.MatPower():
            return np.linalg.matrix_power(v[0], int(v[1].real))
        case nd.Trace():
            return np.trace(v[0])
        case nd.Frobenius():
            return np.sum(v[0] * v[1])
        case nd.Norm():
            return np.sqrt(np.sum(v[0] * v[0]))
        case nd.Total():
            return np.sum(v[0])
        case nd.Hadamard():
            return math.prod(v[1:], start=v[0])
        case nd.HadamardPower():
            return v[0] ** v[1]
        case nd.Elementwise() | nd.ElementwiseScalar():
            return FUNCTIONS[ew.function_name(node)](*v)
        case nd.EntrywiseMax():
            return np.maximum(*v)
        case nd.EntrywiseMin():
            return np.minimum(*v)
        case nd.DiagMatrix():
            return np.diag(v[0][:, 0])
        case nd.DiagVector():
            return np.diag(v[0])[:, None]
        case nd.Kronecker():
            out = v[0]
            for one in v[1:]:
                out = np.kron(out, one)
            return out
        case nd.Vec():
            return vec(v[0])
        case nd.Unvec():
            return v[0].reshape([size(d) for d in node.shape], order="F")
        case nd.Commutation():
            m, n = (size(d) for d in node.args[0])
            out = np.zeros((m * n, m * n))
            for i in range(m):
                for j in range(n):
                    out[j + i * n, i + j * m] = 1  # (Xᵀ)_ji = X_ij
            return out
        case nd.DiagonalSelection():
            n = size(node.args[0][0])
            return np.stack([vec(np.diag(row))[:, 0] for row in np.eye(n)], axis=1)
        case nd.BlockSum():
            a, m = v
            return sum(a[i, j] * _block(m, a.shape, i, j) for i in range(a.shape[0]) for j in range(a.shape[1]))
        case nd.BlockInner():
            m, b = v
            p, q = m.shape[0] // b.shape[0], m.shape[1] // b.shape[1]
            return np.array([[np.sum(_block(m, (p, q), i, j) * b) for j in range(q)] for i in range(p)])
        case nd.UnitVector():
            i, n = (size(d) for d in node.args[0])
            return np.eye(n)[:, [i - 1]]
        case nd.Block():
            rows, cols = (int(k) for k in node.args[0])
            return np.block([[v[i * cols + j] for j in range(cols)] for i in range(rows)])
        case nd.Triangle():
            return np.tril(v[0]) if node.lower else np.triu(v[0])
        case nd.Named() | nd.NamedScalar():
            return v[0]
        case alg.Conjugate() | alg.ConjugateScalar():
            return np.conj(v[0])
        case dt.Det():
            return np.linalg.det(v[0])
        case dt.LogDet():
            return np.log(np.linalg.det(v[0]) + 0j) if np.iscomplexobj(v[0]) else np.linalg.slogdet(v[0])[1]
        case rd.MaxEntry():
            return np.max(v[0])
        case rd.ArgMax():
            return (v[0] == np.max(v[0])).astype(float)
        case rd.LogSumExp():
            return np.log(np.sum(np.exp(v[0])))
        case rd.RowLogSumExp():
            return np.log(np.sum(np.exp(v[0]), axis=1, keepdims=True))
        case rd.Softmax():
            return softmax(v[0])
        case rd.LogSoftmax():
            return np.log(softmax(v[0]))
        case mf.MatrixFunction():
            return MATRIX_FUNCTIONS[node.name](v[0])
        case mf.Frechet():
            return frechet(node.name, *v)
        case mf.FrechetMatrix():
            n = v[0].shape[0]
            return np.stack(
                [vec(frechet(node.name, v[0], e.reshape(n, n, order="F")))[:, 0] for e in np.eye(n * n)], axis=1
            )
        case sf.SpectralFunction() | sf.SpectralFrechetMatrix():
            return _through_the_spectrum(node, *v)
        case vech_ops.Vech():
            return np.concatenate([v[0][j:, j] for j in range(len(v[0]))])[:, None]
        case vech_ops.Duplication() | vech_ops.Elimination():
            return _vech_matrix(size(node.args[0][0]), isinstance(node, vech_ops.Duplication))
        case mp.PowerSum():
            x, e, k = v
            power = np.linalg.matrix_power
            return sum((power(x, i) @ e @ power(x, int(k.real) - 1 - i) for i in range(int(k.real))), np.zeros(x.shape))
        case mf.Cholesky():
            return np.linalg.cholesky((v[0] + v[0].T) / 2)
        case mf.PseudoInverse():
            return np.linalg.pinv(v[0], rcond=1e-10)
        case sp_ops.Eigenvalue():
            values = np.linalg.eigvalsh((v[0] + v[0].T) / 2)
            return values[{"max": -1, "min": 0}[node.which] if not node.which.isdecimal() else -int(node.which)]
        case sp_ops.Eigenvector():
            vectors = np.linalg.eigh((v[0] + v[0].T) / 2)[1]
            return vectors[:, [{"max": -1, "min": 0}[node.which] if not node.which.isdecimal() else -int(node.which)]]
        case sp_ops.SpectralNorm():
            return np.linalg.norm(v[0], 2)
        case sp_ops.NuclearNorm():
            return np.linalg.norm(v[0], "nuc")
        case sp_ops.SingularPair():
            u, _, vh = np.linalg.svd(v[0])
            return np.outer(u[:, 0], vh[0])
        case sp_ops.PolarFactor():
            u, _, vh = np.linalg.svd(v[0], full_matrices=False)
            return u @ vh
    if isinstance(node, MatrixExpr):
        raise TypeError(f"no value for {type(node).__name__} {node}")
    if node.is_Symbol:
        return np.float64(sizes[node.name])
    if node.is_number and not node.args:
        return np.float64(float(node))
    if node.is_Add:
        return sum(v[1:], v[0])
    if node.is_Mul:
        return math.prod(v[1:], start=v[0])
    if node.is_Pow:
        return v[0] ** v[1]
    names = {cls: name for name, cls in ew.SCALAR_FUNCTIONS.items()}
    if type(node) in names:
        return FUNCTIONS[names[type(node)]](*v)
    if isinstance(node, (sympy.Max, sympy.Min)):
        return max(v) if isinstance(node, sympy.Max) else min(v)
    raise TypeError(f"no value for {type(node).__name__} {node}")


# ---------------------------------------------------------------- functions of symmetric matrices
def _derivatives(fn: Any, w: np.ndarray) -> list[np.ndarray]:
    """f, f′ and f″ at numbers: f^(k)(w) = k!/2πi ∮ f(z) (z − w)^{−k−1} dz, on a small circle. Unspecified is tanh."""
    f, first = (np.tanh, fn.order) if isinstance(fn, ew.AbstractFunction) else (FUNCTIONS[str(fn)], 0)
    z = 0.4 * np.exp(2j * np.pi * (np.arange(64) + 0.5) / 64)
    contour = [math.factorial(k) * np.mean(f(w[..., None] + z) / z**k, axis=-1) for k in range(first, first + 3)]
    return [np.real(one) for one in contour]


def _divided(fn: Any, points: Any) -> float:
    """f[a, b, …], by the recursion; of points that are nearly one the derivative in their middle."""
    points = sorted(points)
    k = len(points) - 1
    if points[-1] - points[0] < (1e-5 if k == 1 else 1e-3):
        return float(_derivatives(fn, np.array(np.mean(points)))[k]) / math.factorial(k)
    return (_divided(fn, points[1:]) - _divided(fn, points[:-1])) / (points[-1] - points[0])


def _through_the_spectrum(node: Any, x: np.ndarray, *directions: np.ndarray) -> np.ndarray:
    """f(X), L_f(X, E), L_f(X, E, H) and matrices on vec, of symmetric parts: the definitions, entry by entry."""
    w, V = np.linalg.eigh((x + x.T) / 2)
    fn, n = node.function, len(w)
    if isinstance(node, sf.SpectralFrechetMatrix):
        made = sf.SecondSpectralFrechet if directions else sf.SpectralFrechet
        one = made.make(fn, *[alg.matrix("x", n, n)] * (2 + len(directions)))
        units = [e.reshape(n, n, order="F") for e in np.eye(n * n)]
        return np.concatenate([vec(_through_the_spectrum(one, x, *directions, e)) for e in units], axis=1)
    if not directions:
        return V @ np.diag(_derivatives(fn, w)[0]) @ V.T
    inside, out = [V.T @ (e + e.T) @ V / 2 for e in directions], np.zeros((n, n))
    for i, j in np.ndindex(n, n):
        if len(directions) == 1:
            out[i, j] = _divided(fn, w[[i, j]]) * inside[0][i, j]
        for k in range(n) if len(directions) == 2 else ():
            both = inside[0][i, k] * inside[1][k, j] + inside[1][i, k] * inside[0][k, j]
            out[i, j] += _divided(fn, w[[i, k, j]]) * both
    return V @ out @ V.T


def _vech_matrix(n: int, duplication: bool) -> np.ndarray:
    """D_n, or L_n."""
    places = [(i, j) for j in range(n) for i in range(j, n)]
    out = np.zeros((len(places), n * n))
    for row, (i, j) in enumerate(places):
        out[row, i + j * n] = 1
        if duplication:
            out[row, j + i * n] = 1
    return out.T if duplication else out


def _block(m: np.ndarray, blocks: tuple[int, int], i: int, j: int) -> np.ndarray:
    p, q = m.shape[0] // blocks[0], m.shape[1] // blocks[1]
    return m[i * p : (i + 1) * p, j * q : (j + 1) * q]
