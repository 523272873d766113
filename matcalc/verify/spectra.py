"""The values of functions of matrices, of eigenvalues and singular values, and of their derivatives, by definition."""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy.matrices.expressions.matexpr import MatrixSymbol

from ..algebra.entrywise import AbstractFunction
from ..algebra.nodes import variable_key
from ..operators import matrix_functions, spectral, spectral_functions
from .evaluation import Array, Evaluation, floats_only, value, vec
from .functions import FUNCTIONS
from .numbers import NotExactError, OutsideDomainError


# ---------------------------------------------------------------- functions of matrices
@value(matrix_functions.MatrixFunction, rational=False, analytic=False)
def _matrix_function(ev: Evaluation, node: Any, x: Array) -> Array:
    return floats_only(ev, function_of(node.name, x))


#: Eigenvectors, of length one, are far from dependent where their inverse has no larger entry.
WELL_APART = 100.0


def function_of(name: str, x: Array) -> Array:
    """V f(Λ) V⁻¹, where the eigenvectors are far from dependent; else by SciPy, whose algorithms take longer."""
    values, vectors = np.linalg.eig(x)
    try:
        inverse = np.linalg.inv(vectors)
    except np.linalg.LinAlgError:
        return _function_by_scipy(name, x)
    if not np.abs(inverse).max() < WELL_APART:
        return _function_by_scipy(name, x)
    if name in ("logm", "sqrtm") and np.any((np.real(values) <= 0) & (np.imag(values) == 0)):
        raise OutsideDomainError("an eigenvalue on the negative real axis")
    found = (vectors * FUNCTIONS[matrix_functions.ANALYTIC[name].scalar](values)) @ inverse
    return found if np.iscomplexobj(x) else np.real(found)


def _function_by_scipy(name: str, x: Array) -> Array:
    from scipy import linalg

    found = np.asarray(getattr(linalg, name)(x))
    if np.iscomplexobj(found) and not np.iscomplexobj(x):
        raise OutsideDomainError("a function of a matrix that is not real")
    return found


def _corner(name: str, x: Array, e: Array) -> Array:
    """L_f(X, E), the upper right block of f([X E; 0 X]) (Mathias 1996)."""
    n = len(x)
    return _function_by_scipy(name, np.block([[x, e], [np.zeros((n, n)), x]]))[:n, n:]


@value(matrix_functions.Frechet, rational=False, analytic=False)
def _frechet(ev: Evaluation, node: Any, x: Array, e: Array) -> Array:
    return floats_only(ev, _corner(node.name, x, e))


@value(matrix_functions.FrechetMatrix, rational=False, analytic=False)
def _frechet_matrix(ev: Evaluation, node: Any, x: Array) -> Array:
    n = len(x)
    columns = [vec(_corner(node.name, x, unit.reshape(n, n).T)) for unit in np.eye(n * n)]
    return floats_only(ev, np.hstack(columns))


def _lapack(ev: Evaluation, name: str, a: Array, **options: Any) -> Any:
    if ev.numbers.exact:
        raise NotExactError
    try:
        return getattr(np.linalg, name)(a, **options)
    except np.linalg.LinAlgError:
        raise OutsideDomainError(f"{name} fails") from None


def _symmetric_part(a: Array) -> Array:
    return (a + a.T) / 2


@value(matrix_functions.Cholesky, rational=False, analytic=False)
def _cholesky(ev: Evaluation, node: Any, a: Array) -> Array:
    return _lapack(ev, "cholesky", floats_only(ev, a) if ev.numbers.exact else _symmetric_part(a))


@value(matrix_functions.PseudoInverse, rational=False, analytic=False)
def _pinv(ev: Evaluation, node: Any, a: Array) -> Array:
    found = _lapack(ev, "pinv", a, rcond=1e-10)
    if not np.abs(a).max() * np.abs(found).max() < 1e4:
        raise OutsideDomainError("a matrix of nearly lower rank")
    return found


def _eigh(ev: Evaluation, node: Any, a: Array) -> tuple[Array, Array, int]:
    """Eigenvalues, vectors, and which one is meant."""
    if ev.numbers.exact:
        raise NotExactError
    values, vectors = _lapack(ev, "eigh", _symmetric_part(a))
    place = -int(node.which) if node.which.isdecimal() else {"max": -1, "min": 0}[node.which]
    if len(values) < abs(place) or (len(values) > 1 and np.min(np.diff(values)) < 1e-2):
        raise OutsideDomainError("eigenvalues that are nearly one, or too few")
    return values, vectors, place


@value(spectral.Eigenvalue, rational=False, analytic=False)
def _eigenvalue(ev: Evaluation, node: Any, a: Array) -> Array:
    values, _, place = _eigh(ev, node, a)
    return values[place]


@value(spectral.Eigenvector, rational=False, analytic=False)
def _eigenvector(ev: Evaluation, node: Any, a: Array) -> Array:
    """The unit vector; of the two signs that with which its largest entry is positive."""
    _, vectors, place = _eigh(ev, node, a)
    v = vectors[:, place]
    return (v * np.sign(v[np.argmax(np.abs(v))]))[:, None]


def _svd(ev: Evaluation, a: Array) -> tuple[Array, Array, Array]:
    u, s, vh = _lapack(ev, "svd", a, full_matrices=False)
    if s[-1] < 1e-2 or (len(s) > 1 and np.min(-np.diff(s)) < 1e-2):
        raise OutsideDomainError("singular values that are nearly one, or nearly zero")
    return u, s, vh


@value(spectral.SpectralNorm, rational=False, analytic=False)
def _spectral_norm(ev: Evaluation, node: Any, a: Array) -> Array:
    return _svd(ev, a)[1][0]


@value(spectral.NuclearNorm, rational=False, analytic=False)
def _nuclear_norm(ev: Evaluation, node: Any, a: Array) -> Array:
    return np.sum(_svd(ev, a)[1])


@value(spectral.SingularPair, rational=False, analytic=False)
def _singular_pair(ev: Evaluation, node: Any, a: Array) -> Array:
    u, _, vh = _svd(ev, a)
    return np.outer(u[:, 0], vh[0])


@value(spectral.PolarFactor, rational=False, analytic=False)
def _polar_factor(ev: Evaluation, node: Any, a: Array) -> Array:
    u, _, vh = _svd(ev, a)
    return u @ vh


# ---------------------------------------------------------------- functions of symmetric matrices
#: Eigenvalues nearer than this leave too few digits to their quotients.
APART = 1e-2


def _spectrum(ev: Evaluation, a: Array) -> tuple[Array, Array]:
    """Eigenvalues that lie apart, and the vectors."""
    values, vectors = _lapack(ev, "eigh", _symmetric_part(a))
    if len(values) > 1 and np.min(np.diff(values)) < APART:
        raise OutsideDomainError("eigenvalues that are nearly one")
    return values, vectors


def _at_eigenvalues(ev: Evaluation, fn: Any, w: Array, order: int = 0) -> Array:
    """f of numbers, or of a known f the derivative, from a node that says so."""
    if isinstance(fn, AbstractFunction):
        return ev.derivative(fn.name, fn.order + order, w)
    t = MatrixSymbol("t", len(w), 1)
    found = spectral_functions.values_at(fn, t, order + 1)[order]
    return np.ravel(Evaluation(ev.numbers, ev.sizes, {variable_key(t): w[:, None]}, ev.functions)(found))


@value(spectral_functions.SpectralFunction, rational=False, analytic=False)
def _spectral_function(ev: Evaluation, node: Any, x: Array) -> Array:
    w, v = _spectrum(ev, x) if not ev.numbers.exact else floats_only(ev, x)
    return v @ np.diag(_at_eigenvalues(ev, node.function, w)) @ v.T


@value(spectral_functions.SpectralFrechet, rational=False, analytic=False)
def _spectral_frechet(ev: Evaluation, node: Any, x: Array, e: Array) -> Array:
    """The quotients of Daleckii and Krein."""
    w, v = _spectrum(ev, x)
    return v @ (_quotients(ev, node.function, w) * (v.T @ _symmetric_part(e) @ v)) @ v.T


def _quotients(ev: Evaluation, fn: Any, w: Array) -> Array:
    f, n = _at_eigenvalues(ev, fn, w), len(w)
    found = np.diag(_at_eigenvalues(ev, fn, w, 1))
    for i in range(n):
        for j in set(range(n)) - {i}:
            found[i, j] = (f[i] - f[j]) / (w[i] - w[j])
    return found


@value(spectral_functions.SecondSpectralFrechet, rational=False, analytic=False)
def _second_spectral_frechet(ev: Evaluation, node: Any, x: Array, e: Array, h: Array) -> Array:
    w, v = _spectrum(ev, x)
    n, first, second = len(w), _quotients(ev, node.function, w), _at_eigenvalues(ev, node.function, w, 2) / 2
    e, h = (v.T @ _symmetric_part(a) @ v for a in (e, h))

    def divided(i: int, k: int, j: int) -> Any:
        """f[w_i, w_k, w_j], in an order that divides by no zero."""
        if i == k == j:
            return second[i]
        i, k, j = (i, k, j) if i != j else (i, j, k)
        return (first[i, k] - first[k, j]) / (w[i] - w[j])

    found = np.zeros((n, n))
    for i, j, k in np.ndindex(n, n, n):
        found[i, j] += divided(i, k, j) * (e[i, k] * h[k, j] + h[i, k] * e[k, j])
    return v @ found @ v.T


@value(spectral_functions.SpectralFrechetMatrix, rational=False, analytic=False)
def _spectral_frechet_matrix(ev: Evaluation, node: Any, x: Array, *directions: Array) -> Array:
    n = len(x)
    rule = _second_spectral_frechet if directions else _spectral_frechet
    columns = [vec(rule(ev, node, x, *directions, unit.reshape(n, n).T)) for unit in np.eye(n * n)]
    return floats_only(ev, np.hstack(columns))
