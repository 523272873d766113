"""The value of every node from its definition: plain NumPy on two-dimensional arrays, nothing planned, nothing fused.

This is what derivations are measured against, so it shares nothing with the array programs that are emitted: a product
is a product, diag(v) a matrix full of zeros, an inverse an inverse. A row below is the definition of a node; the same
rows compute with machine numbers and with residues (:mod:`.numbers`). Scalars are numbers, columns n×1 arrays.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import sympy
from sympy import Identity, Symbol
from sympy.matrices.expressions.matexpr import MatrixExpr, MatrixSymbol
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from ..algebra import Conjugate, ConjugateScalar, is_complex_symbol, nodes
from ..algebra.core import open_operands, shape_of
from ..algebra.entrywise import SCALAR_FUNCTIONS, AbstractFunction, function_name
from ..algebra.nodes import is_dimension, is_symbol, variable_key
from ..operators import (
    abstract,
    conjugation,
    determinants,
    matrix_functions,
    matrix_powers,
    reductions,
    spectral,
    spectral_functions,
    summations,
    vech,
)
from .functions import FUNCTIONS, REAL_ONLY
from .numbers import Floats, NotExactError, OutsideDomainError, Residues

Array: TypeAlias = Any
Rule: TypeAlias = "Callable[..., Array]"

#: Node type → its definition, a function of the evaluation, the node and the values of its operands.
VALUES: dict[type, Rule] = {}
#: Node types that have no value among residues, and those whose NumPy algorithm is not analytic.
NOT_RATIONAL: set[type] = set()
NOT_ANALYTIC: set[type] = set()
#: An array with more entries is not made.
MOST_ENTRIES = 4_000_000
#: A sum of more powers of a matrix is not taken term by term.
MANY_TERMS = 50
#: A logarithm of a determinant this much below that of the entries is one of rounding errors.
NEARLY_SINGULAR = 20.0


class TooLargeError(Exception):
    """An array would not fit."""


class Evaluation:
    """The values of nodes at one point, each worked out once.

    ``arrays`` are the variables' by :func:`~matcalc.algebra.nodes.variable_key`; ``functions`` the unspecified ones by
    name, each a sequence of derivatives; ``tangent`` gives d(node) where a differential stands in an expression.
    ``beside`` is an evaluation nearby, whose values are taken where nothing has moved.
    """

    def __init__(
        self,
        numbers: Floats | Residues,
        sizes: dict[Any, int],
        arrays: Mapping[Any, Array],
        functions: Mapping[str, Any],
        tangent: Callable[[Any], Array] | None = None,
        beside: Evaluation | None = None,
    ) -> None:
        self.numbers = numbers
        self.sizes = sizes
        self.arrays = arrays
        self.functions = functions
        self.tangent = tangent
        self.memo: dict[Any, Array] = {}
        self.places: dict[str, int] = {}
        self._beside: dict[Any, Array] = {} if beside is None else beside.memo
        self._fitting: set[Any] = set() if beside is None else beside._fitting

    def __call__(self, root: Any) -> Array:
        """The value. Raises OutsideDomainError, NotExactError or TooLargeError."""
        memo = self.memo
        stack = [root]
        while stack:
            node = stack[-1]
            if node in memo:
                stack.pop()
                continue
            inputs = open_operands(node)
            waiting = [x for x in inputs if x not in memo]
            if waiting:
                stack += waiting
                continue
            given = [memo[x] for x in inputs]
            memo[node] = self._beside[node] if self._stays(node, inputs, given) else self._value(node, given)
        return memo[root]

    def _stays(self, node: Any, inputs: Sequence[Any], given: list[Array]) -> bool:
        """Is the value that of the evaluation nearby, as all that it is made of?"""
        beside = self._beside
        if node not in beside:
            return False
        return all(a is beside.get(x) for x, a in zip(inputs, given, strict=True)) if inputs else not is_symbol(node)

    def _value(self, node: Any, given: list[Array]) -> Array:
        rule = VALUES.get(type(node)) or self._inherited(node)
        if isinstance(node, MatrixExpr) and node.shape not in self._fitting:
            rows, cols = self.shape(node)
            if rows * cols > MOST_ENTRIES:
                raise TooLargeError(f"an array of {rows}×{cols} numbers is too large")
            self._fitting.add(node.shape)
        return self.numbers.reduce(rule(self, node, *given))

    def _inherited(self, node: Any) -> Rule:
        """The definition for a node type without a row of its own: a number, a subclass, or the operator's program."""
        for cls in type(node).__mro__:
            if cls in VALUES:
                VALUES[type(node)] = VALUES[cls]
                return VALUES[cls]
        if shape_of(node) == () and node.is_number and not node.args:
            return _number
        return _by_its_program

    def size(self, size: Any) -> int:
        """A size as a number; a symbol that has none yet gets one."""
        found = self.sizes.get(size)
        if found is None:
            for symbol in size.free_symbols:
                self.sizes.setdefault(symbol, 2 + len(self.sizes) % 4)
            found = self.sizes[size] = int(size.subs(self.sizes)) if size.free_symbols else int(size)
        return found

    def shape(self, node: Any) -> tuple[int, int]:
        rows, cols = node.shape
        return self.size(rows), self.size(cols)

    def constant(self, array: Array) -> Array:
        """An array of whole numbers."""
        return self.numbers.constant(array)

    def derivative(self, name: str, order: int, x: Array) -> Array:
        """A derivative of an unspecified function."""
        return self.functions[name][order](x)


def _number(ev: Evaluation, node: Any) -> Array:
    return ev.numbers.number(node)


def value(*types: Any, rational: bool = True, analytic: bool = True) -> Callable[[Rule], Rule]:
    """The function below defines nodes of these types."""

    def enter(rule: Rule) -> Rule:
        VALUES.update(dict.fromkeys(types, rule))
        NOT_RATIONAL.update(() if rational else types)
        NOT_ANALYTIC.update(() if analytic else types)
        return rule

    return enter


def is_steppable(node: Any) -> bool:
    """Is its value analytic beside the real axis, as it is computed here?"""
    return not (
        type(node) in NOT_ANALYTIC
        or is_complex_symbol(node)
        or function_name(node) in REAL_ONLY
        or (type(node) not in VALUES and bool(node.args) and not isinstance(node, MatrixSymbol))
    )


def is_rational(node: Any) -> bool:
    """May it have a value among residues? Roots count, too: see :class:`~.numbers.Residues`."""
    name = function_name(node)
    return type(node) not in NOT_RATIONAL and not is_complex_symbol(node) and (name is None or name in ("abs", "sign"))


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


def vec(a: Array) -> Array:
    """The columns stacked; of a number the number."""
    return np.reshape(np.transpose(a), (-1, 1))


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
    return _floats_only(ev, np.conj(a))


@value(conjugation.RealPart, rational=False, analytic=False)
def _real_part(ev: Evaluation, node: Any, a: Array) -> Array:
    return _floats_only(ev, np.real(a))


def _floats_only(ev: Evaluation, found: Array) -> Array:
    if ev.numbers.exact:
        raise NotExactError
    return found


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
        return _floats_only(ev, np.where(np.real(size) < np.real(delta), x * x / 2, delta * (size - delta / 2)))
    return ev.numbers.function(name, x)


@value(nodes.EntrywiseMax, sympy.Max, rational=False)
def _maximum(ev: Evaluation, node: Any, *given: Array) -> Array:
    return _floats_only(ev, reduce(lambda a, b: np.where(np.real(a) > np.real(b), a, b), given))


@value(nodes.EntrywiseMin, sympy.Min, rational=False)
def _minimum(ev: Evaluation, node: Any, *given: Array) -> Array:
    return _floats_only(ev, reduce(lambda a, b: np.where(np.real(a) < np.real(b), a, b), given))


def _scalar_function(name: str) -> Rule:
    return lambda ev, node, x: ev.numbers.function(name, x)


for _name, _cls in SCALAR_FUNCTIONS.items():
    value(_cls, rational=_name in ("abs", "sign"), analytic=_name not in REAL_ONLY)(_scalar_function(_name))


@value(sympy.polygamma, rational=False, analytic=False)
def _polygamma(ev: Evaluation, node: Any, order: Array, x: Array) -> Array:
    from scipy import special

    return _floats_only(ev, special.polygamma(int(order), x))


# ---------------------------------------------------------------- gathering
def _flat_largest(a: Array) -> int:
    return int(np.argmax(np.real(a)))


@value(reductions.MaxEntry, rational=False)
def _largest(ev: Evaluation, node: Any, a: Array) -> Array:
    return _floats_only(ev, a.flat[_flat_largest(a)])


@value(reductions.ArgMax, rational=False)
def _argmax(ev: Evaluation, node: Any, a: Array) -> Array:
    found = np.zeros(a.shape)
    found.flat[_flat_largest(a)] = 1.0
    return _floats_only(ev, found)


def _exponentials(ev: Evaluation, z: Array) -> Array:
    return _floats_only(ev, np.exp(z))


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


# ---------------------------------------------------------------- functions of matrices
@value(matrix_functions.MatrixFunction, rational=False, analytic=False)
def _matrix_function(ev: Evaluation, node: Any, x: Array) -> Array:
    return _floats_only(ev, function_of(node.name, x))


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
    return _floats_only(ev, _corner(node.name, x, e))


@value(matrix_functions.FrechetMatrix, rational=False, analytic=False)
def _frechet_matrix(ev: Evaluation, node: Any, x: Array) -> Array:
    n = len(x)
    columns = [vec(_corner(node.name, x, unit.reshape(n, n).T)) for unit in np.eye(n * n)]
    return _floats_only(ev, np.hstack(columns))


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
    return _lapack(ev, "cholesky", _floats_only(ev, a) if ev.numbers.exact else _symmetric_part(a))


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
    w, v = _spectrum(ev, x) if not ev.numbers.exact else _floats_only(ev, x)
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
    return _floats_only(ev, np.hstack(columns))


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


# ---------------------------------------------------------------- operators without a row here
def _by_its_program(ev: Evaluation, node: Any, *given: Array) -> Array:
    """What an operator's own array program gives, for one that has no definition above."""
    from ..code.interpret import interpret
    from ..code.lower import lower
    from ..code.lowering import inputs_of

    if ev.numbers.exact:
        raise NotExactError
    arrays = {one.symbol: np.squeeze(ev(one.symbol)) for one in inputs_of([node])}
    found = interpret(lower({"value": node}), arrays, ev.functions)["value"]
    return np.reshape(found, ev.shape(node)) if shape_of(node) else found
