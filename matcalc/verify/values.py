"""The value of every node from its definition: plain NumPy on two-dimensional arrays, nothing planned, nothing fused.

A row below is the definition of a node (:mod:`.evaluation`); those of functions of matrices are in :mod:`.spectra`.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np
import sympy
from sympy import Identity, Symbol
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from ..algebra import Conjugate, ConjugateScalar, nodes
from ..algebra.core import shape_of
from ..algebra.entrywise import SCALAR_FUNCTIONS, AbstractFunction
from ..algebra.nodes import is_dimension, variable_key
from ..operators import (
    abstract,
    conjugation,
    determinants,
    matrix_powers,
    reductions,
    summations,
    vech,
)
from . import spectra  # noqa: F401  (definitions of its own)
from .evaluation import (
    VALUES,
    Array,
    Evaluation,
    Rule,
    TooLargeError,
    floats_only,
    is_rational,
    is_steppable,
    value,
    vec,
)
from .functions import REAL_ONLY
from .numbers import NotExactError, OutsideDomainError

#: A sum of more powers of a matrix is not taken term by term.
MANY_TERMS = 50
#: A logarithm of a determinant this much below that of the entries is one of rounding errors.
NEARLY_SINGULAR = 20.0


# ---------------------------------------------------------------- leaves
@value(MatrixSymbol)
def _variable(ev: Evaluation, node: Any) -> Array:
    return ev.arrays[variable_key(node)]


@value(Symbol)
def _scalar_variable(ev: Evaluation, node: Any) -> Array:
    found = ev.arrays.get(variable_key(node))
    return ev.size(node) if found is None and is_dimension(node) else ev.arrays[variable_key(node)]


@value(nodes.Differential, nodes.DifferentialScalar)
def _differential(ev: Evaluation, node: Any, x: Array) -> Array:
    assert ev.tangent is not None
    return ev.tangent(node.args[0])


@value(Identity)
def _identity(ev: Evaluation, node: Any) -> Array:
    return ev.constant(np.eye(ev.shape(node)[0]))


@value(OneMatrix)
def _ones(ev: Evaluation, node: Any) -> Array:
    return ev.constant(np.ones(ev.shape(node)))


@value(ZeroMatrix)
def _zeros(ev: Evaluation, node: Any) -> Array:
    return ev.constant(np.zeros(ev.shape(node)))


@value(nodes.UnitVector)
def _unit(ev: Evaluation, node: Any) -> Array:
    place, n = node.args[0][0], ev.size(node.args[0][1])
    given = {s: int(ev.arrays[variable_key(s)]) for s in place.free_symbols if not is_dimension(s)}
    index = int(place.subs(given).subs(ev.sizes))
    if not 1 <= index <= n:
        raise OutsideDomainError("an index beyond the end")
    return ev.constant(np.eye(n))[:, index - 1 : index]


@value(nodes.Commutation)
def _commutation(ev: Evaluation, node: Any) -> Array:
    """The columns are vec (E_ij)ᵀ."""
    m, n = (ev.size(k) for k in node.args[0])
    return ev.constant(np.eye(m * n).reshape(n, m, m * n).swapaxes(0, 1).reshape(m * n, m * n))


@value(nodes.DiagonalSelection)
def _diagonal_selection(ev: Evaluation, node: Any) -> Array:
    n = ev.size(node.args[0][0])
    return ev.constant(np.eye(n * n)[:, :: n + 1])


# ---------------------------------------------------------------- sums and products
@value(nodes.MatSum, sympy.Add)
def _sum(ev: Evaluation, node: Any, *terms: Array) -> Array:
    return reduce(operator.add, terms)


@value(nodes.MatProduct)
def _product(ev: Evaluation, node: Any, *factors: Array) -> Array:
    found = factors[-1]
    for one in reversed(factors[:-1]):
        found = ev.numbers.reduce(one @ found if np.ndim(one) else one * found)
    return found


@value(nodes.Hadamard, sympy.Mul)
def _entrywise_product(ev: Evaluation, node: Any, *factors: Array) -> Array:
    return reduce(lambda a, b: ev.numbers.reduce(a * b), factors)


@value(nodes.HadamardPower, sympy.Pow)
def _power(ev: Evaluation, node: Any, base: Array, p: Array) -> Array:
    return ev.numbers.power(base, p, node)


@value(nodes.Transpose)
def _transpose(ev: Evaluation, node: Any, a: Array) -> Array:
    return a.T


@value(nodes.Inverse)
def _inverse(ev: Evaluation, node: Any, a: Array) -> Array:
    return ev.numbers.inverse(a)


@value(nodes.MatPower)
def _matrix_power(ev: Evaluation, node: Any, a: Array, k: Array) -> Array:
    return _to_the(ev, a, _natural(k))


def _natural(k: Array) -> int:
    exponent = int(np.real(k))
    if exponent < 0:
        raise OutsideDomainError("a matrix power that is no natural number")
    return exponent


def _to_the(ev: Evaluation, a: Array, k: int) -> Array:
    """A^k, by squaring."""
    found = ev.constant(np.eye(len(a)))
    for bit in f"{k:b}":
        found = ev.numbers.reduce(found @ found)
        found = ev.numbers.reduce(found @ a) if bit == "1" else found
    return found


def _powers(ev: Evaluation, a: Array, k: int) -> list[Array]:
    """I, A, …, A^k."""
    found = [ev.constant(np.eye(len(a)))]
    for _ in range(k):
        found.append(ev.numbers.reduce(found[-1] @ a))
    return found


@value(matrix_powers.PowerSum)
def _power_sum(ev: Evaluation, node: Any, x: Array, e: Array, k: Array) -> Array:
    """Σ X^i E X^{k−1−i}; of many terms, as the upper right block of [X E; 0 X]^k."""
    if (n := _natural(k)) == 0:
        return 0 * e
    if n > MANY_TERMS:
        size, zero = len(x), ev.constant(np.zeros(x.shape))
        return _to_the(ev, np.block([[x, e], [zero, x]]), n)[:size, size:]
    powers = _powers(ev, x, n - 1)
    return reduce(np.add, (a @ e @ b for a, b in zip(powers, reversed(powers), strict=True)))


# ---------------------------------------------------------------- scalars
@value(nodes.Trace)
def _trace(ev: Evaluation, node: Any, a: Array) -> Array:
    return np.trace(a)


@value(nodes.Frobenius)
def _frobenius(ev: Evaluation, node: Any, a: Array, b: Array) -> Array:
    return (a * b).sum()


@value(nodes.Norm)
def _norm(ev: Evaluation, node: Any, a: Array) -> Array:
    return ev.numbers.norm(ev.numbers.reduce((a * a).sum()))


@value(nodes.Total)
def _total(ev: Evaluation, node: Any, a: Array) -> Array:
    return a.sum()


@value(determinants.Det)
def _det(ev: Evaluation, node: Any, a: Array) -> Array:
    return ev.numbers.det(a)


@value(determinants.LogDet, rational=False)
def _logdet(ev: Evaluation, node: Any, a: Array) -> Array:
    """log |det A|; beside the real axis the logarithm of ± det A."""
    if ev.numbers.exact:
        raise NotExactError
    sign, magnitude = np.linalg.slogdet(a)
    if magnitude < len(a) * np.log(np.abs(a).max()) - NEARLY_SINGULAR:
        raise OutsideDomainError("the determinant is zero, or nearly")
    return magnitude + (np.log(sign * np.sign(np.real(sign))) if np.iscomplexobj(a) else 0.0)


# ---------------------------------------------------------------- rearrangements
@value(nodes.DiagMatrix)
def _diag_matrix(ev: Evaluation, node: Any, v: Array) -> Array:
    return np.diag(v[:, 0])


@value(nodes.DiagVector)
def _diag_vector(ev: Evaluation, node: Any, a: Array) -> Array:
    return np.diagonal(a)[:, None]


@value(nodes.Triangle)
def _triangle(ev: Evaluation, node: Any, a: Array) -> Array:
    return np.tril(a) if node.lower else np.triu(a)


@value(nodes.Kronecker)
def _kronecker(ev: Evaluation, node: Any, *parts: Array) -> Array:
    return reduce(np.kron, parts)


@value(nodes.Vec)
def _vec(ev: Evaluation, node: Any, a: Array) -> Array:
    return vec(a)


@value(nodes.Unvec)
def _unvec(ev: Evaluation, node: Any, v: Array) -> Array:
    rows, cols = ev.shape(node)
    return v.reshape(cols, rows).T


@value(nodes.BlockSum)
def _block_sum(ev: Evaluation, node: Any, a: Array, m: Array) -> Array:
    """Σ_ij A_ij M_[ij]."""
    rows, cols = ev.shape(node)
    return reduce(np.add, (
        a[i, j] * m[i * rows : (i + 1) * rows, j * cols : (j + 1) * cols]
        for i in range(a.shape[0]) for j in range(a.shape[1])
    ))  # fmt: skip


@value(nodes.BlockInner)
def _block_inner(ev: Evaluation, node: Any, m: Array, b: Array) -> Array:
    """[M_[pq] : B]_pq."""
    rows, cols = ev.shape(node)
    (k, l), found = b.shape, ev.constant(np.zeros((rows, cols))) * m.flat[0]
    for p in range(rows):
        for q in range(cols):
            found[p, q] = np.sum(m[p * k : (p + 1) * k, q * l : (q + 1) * l] * b)
    return found


@value(nodes.Block)
def _block(ev: Evaluation, node: Any, *parts: Array) -> Array:
    rows, cols = (int(k) for k in node.args[0])
    whole = [np.reshape(part, (1, 1)) if np.ndim(part) == 0 else part for part in parts]
    return np.vstack([np.hstack(whole[i * cols : (i + 1) * cols]) for i in range(rows)])


@value(vech.Vech)
def _vech(ev: Evaluation, node: Any, a: Array) -> Array:
    return np.concatenate([a[j:, j] for j in range(len(a))])[:, None]


@value(vech.Elimination)
def _elimination(ev: Evaluation, node: Any) -> Array:
    return ev.constant(np.eye(ev.size(node.args[0][0]) ** 2)[_vech_places(ev.size(node.args[0][0]))])


def _vech_places(n: int) -> list[int]:
    """Where the entries of vech stand in vec."""
    return [i + n * j for j in range(n) for i in range(j, n)]


@value(vech.Duplication)
def _duplication(ev: Evaluation, node: Any) -> Array:
    """Row (i, j) is the unit row of the entry (max, min)."""
    n = ev.size(node.args[0][0])
    places = _vech_places(n)
    rows = [places.index(max(i, j) + n * min(i, j)) for j in range(n) for i in range(n)]
    return ev.constant(np.eye(len(places))[rows])


# ---------------------------------------------------------------- sums over samples
@value(summations.Summation, summations.SummationScalar)
def _summation(ev: Evaluation, node: Any, *variables: Array) -> Array:
    return reduce(lambda a, b: ev.numbers.reduce(a + b), _for_every_sample(ev, node))


def _for_every_sample(ev: Evaluation, node: Any) -> list[Array]:
    """In a loop."""
    body, index, size = node.args
    found = []
    for place in range(ev.size(size)):
        one = Evaluation(ev.numbers, ev.sizes, ev.arrays, ev.functions, ev.tangent)
        one.places = {**ev.places, str(index.name): place}
        found.append(one(body))
    return found


@value(summations.Stacked)
def _stacked(ev: Evaluation, node: Any, *variables: Array) -> Array:
    columns = [vec(one) for one in _for_every_sample(ev, node)]
    return np.hstack(columns) if shape_of(node.args[0]) else np.vstack(columns)


@value(summations.Sample)
def _sample(ev: Evaluation, node: Any, array: Array) -> Array:
    """Column i of the array, as a matrix."""
    rows, cols = ev.shape(node)
    return array[:, ev.places[node.index]].reshape(cols, rows).T


@value(summations.SampleNumber)
def _sample_number(ev: Evaluation, node: Any, array: Array) -> Array:
    return array[ev.places[node.index], 0]


# ---------------------------------------------------------------- names, conjugates
@value(nodes.Named, nodes.NamedScalar)
def _named(ev: Evaluation, node: Any, definition: Array) -> Array:
    return definition


@value(Conjugate, ConjugateScalar, rational=False, analytic=False)
def _conjugate(ev: Evaluation, node: Any, a: Array) -> Array:
    return floats_only(ev, np.conj(a))


@value(conjugation.RealPart, rational=False, analytic=False)
def _real_part(ev: Evaluation, node: Any, a: Array) -> Array:
    return floats_only(ev, np.real(a))


# ---------------------------------------------------------------- entry by entry
@value(nodes.Elementwise, nodes.ElementwiseScalar)
def _elementwise(ev: Evaluation, node: Any, x: Array, *parameters: Array) -> Array:
    function = node.args[0]
    if isinstance(function, AbstractFunction):
        return ev.derivative(function.name, function.order, x)
    name = str(function.name)
    if name == "huber":
        (delta,) = parameters
        size = ev.numbers.function("abs", x)
        return floats_only(ev, np.where(np.real(size) < np.real(delta), x * x / 2, delta * (size - delta / 2)))
    return ev.numbers.function(name, x)


@value(nodes.EntrywiseMax, sympy.Max, rational=False)
def _maximum(ev: Evaluation, node: Any, *given: Array) -> Array:
    return floats_only(ev, reduce(lambda a, b: np.where(np.real(a) > np.real(b), a, b), given))


@value(nodes.EntrywiseMin, sympy.Min, rational=False)
def _minimum(ev: Evaluation, node: Any, *given: Array) -> Array:
    return floats_only(ev, reduce(lambda a, b: np.where(np.real(a) < np.real(b), a, b), given))


def _scalar_function(name: str) -> Rule:
    return lambda ev, node, x: ev.numbers.function(name, x)


for _name, _cls in SCALAR_FUNCTIONS.items():
    value(_cls, rational=_name in ("abs", "sign"), analytic=_name not in REAL_ONLY)(_scalar_function(_name))


@value(sympy.polygamma, rational=False, analytic=False)
def _polygamma(ev: Evaluation, node: Any, order: Array, x: Array) -> Array:
    from scipy import special

    return floats_only(ev, special.polygamma(int(order), x))


# ---------------------------------------------------------------- gathering
def _flat_largest(a: Array) -> int:
    return int(np.argmax(np.real(a)))


@value(reductions.MaxEntry, rational=False)
def _largest(ev: Evaluation, node: Any, a: Array) -> Array:
    return floats_only(ev, a.flat[_flat_largest(a)])


@value(reductions.ArgMax, rational=False)
def _argmax(ev: Evaluation, node: Any, a: Array) -> Array:
    found = np.zeros(a.shape)
    found.flat[_flat_largest(a)] = 1.0
    return floats_only(ev, found)


def _exponentials(ev: Evaluation, z: Array) -> Array:
    return floats_only(ev, np.exp(z))


@value(reductions.LogSumExp, rational=False)
def _lse(ev: Evaluation, node: Any, z: Array) -> Array:
    return np.log(np.sum(_exponentials(ev, z)))


@value(reductions.RowLogSumExp, rational=False)
def _row_lse(ev: Evaluation, node: Any, z: Array) -> Array:
    return np.log(np.sum(_exponentials(ev, z), axis=1, keepdims=True))


@value(reductions.Softmax, rational=False)
def _softmax(ev: Evaluation, node: Any, z: Array) -> Array:
    found = _exponentials(ev, z)
    return found / np.sum(found, axis=0 if z.shape[1] == 1 else 1, keepdims=True)


@value(reductions.LogSoftmax, rational=False)
def _logsoftmax(ev: Evaluation, node: Any, z: Array) -> Array:
    return np.log(_softmax(ev, node, z))


# ---------------------------------------------------------------- unspecified functions
@value(abstract.ScalarField)
def _field(ev: Evaluation, node: Any, x: Array) -> Array:
    return ev.derivative(node.name, 0, x)


@value(abstract.Gradient)
def _gradient(ev: Evaluation, node: Any, x: Array) -> Array:
    return ev.derivative(node.name, 1, x)


@value(abstract.HessianMatrix)
def _hessian(ev: Evaluation, node: Any, x: Array) -> Array:
    return matrix_on_vec(ev.derivative(node.name, 2, x))


@value(abstract.VectorField)
def _map(ev: Evaluation, node: Any, x: Array) -> Array:
    return ev.derivative(node.name, 0, x)


@value(abstract.JacobianMatrix)
def _jacobian(ev: Evaluation, node: Any, x: Array) -> Array:
    return matrix_on_vec(ev.derivative(node.name, 1, x))


def matrix_on_vec(tensor: Array) -> Array:
    """∂Y_ij/∂X_kl as the matrix on vec, columns stacked on both sides."""
    a, b, c, d = tensor.shape
    return tensor.transpose(1, 0, 3, 2).reshape(a * b, c * d)


__all__ = ["VALUES", "Evaluation", "TooLargeError", "is_rational", "is_steppable", "matrix_on_vec", "vec"]
