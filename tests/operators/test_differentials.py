"""Every row of the operator table: its differential against differences of the value, its adjoint and its matrix.

The definitions are checked at random arrays that are unsymmetric and of distinct sizes, so that a lost transpose shows:
L(dX) is the derivative of the value along dX, and L has the faces of a linear map (`tests/maps/faces.py`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from sympy.core.symbol import Str

from matcalc import algebra as alg
from matcalc.algebra.nodes import DiagMatrix
from matcalc.calculus.gradient import levels
from matcalc.calculus.jacobian import differential_map
from matcalc.errors import DerivationError
from matcalc.operators import OPERATORS, abstract, matrix_functions, operator_of, vech
from matcalc.operators.conjugation import RealPart
from matcalc.operators.entrywise import TABLE, huber
from matcalc.operators.matrix_powers import power_sum
from matcalc.operators.spectral_functions import spectral_frechet, spectral_function
from tests.calculus.random_functions import concrete, slope
from tests.code.cases import CASES as COMPUTED
from tests.code.cases import SIZES, A, B, C, W, X, k, m, n, s, t, x
from tests.code.test_lowering import NOT_NAIVELY_ANALYTIC, direction, setting, size
from tests.maps.faces import Faces, consistent, stand_in
from tests.naive import evaluate

phi = alg.abstract_function("θ")
g, h = Str("g"), Str("h")
j = sympy.Symbol("j", integer=True, positive=True)
inside = alg.mul(sympy.Rational(1, 2), alg.add(alg.elementwise("sigmoid", s), sympy.Rational(1, 4)))
positive = alg.add(alg.ones(m, n), alg.hadamard(X, X))

#: Functions of one number, unspecified functions, powers: what has no array code of its own.
MORE: dict[str, Any] = {
    **{f"{row.name} of a scalar": alg.elementwise(row.name, inside) for row in TABLE},
    **{
        f"{row.name} of a scalar, negative": alg.elementwise(row.name, alg.add(inside, -1))
        for row in TABLE
        if row.name != "log"
    },
    "unspecified function": alg.elementwise(phi, X),
    "derivative of an unspecified function": alg.elementwise(phi.prime, X),
    "unspecified function of a scalar": alg.elementwise(phi, s),
    "field": abstract.ScalarField.make(g, X),
    "gradient of a field": abstract.Gradient.make(g, X),
    "gradient of a field of a vector": abstract.Gradient.make(g, x),
    "map of a vector": abstract.VectorField.make(h, x, sympy.Tuple(k, 1)),
    "map of a matrix": abstract.VectorField.make(h, alg.mul(W, A), sympy.Tuple(k, n)),
    "Hessian of a field": abstract.HessianMatrix.make(g, x),
    "Jacobian of a map": abstract.JacobianMatrix.make(h, x, sympy.Tuple(k, 1)),
    "unspecified function of a symmetric matrix": spectral_function(phi, A),
    "derivative of an unspecified function of a symmetric matrix": spectral_frechet(phi, A, alg.mul(t, A, A)),
    "function of a diagonal matrix": spectral_function(phi, alg.diag_matrix(x)),
    "function of a symmetric matrix that commutes": spectral_frechet(phi, A, spectral_function(phi.prime, A)),
    "power of a scalar": sympy.Pow(1 + s**2, t),
    "entrywise power with a variable exponent": alg.hadamard_power(positive, t),
    "fourth power of the length of a multiple": sympy.Pow(alg.norm(alg.mul(t, X)), 4),
    "cube of a length": sympy.Pow(alg.norm(X), 3),
    "one over the square of a length": sympy.Pow(alg.norm(X), -2),
    "huber of a large number": huber(alg.mul(40, s), sympy.Integer(1)),
    "huber of a large negative number": huber(alg.mul(-40, s), sympy.Integer(1)),
    "map of a row": abstract.VectorField.make(h, alg.transpose(x), sympy.Tuple(1, k)),
    "map of a matrix to a row": abstract.VectorField.make(h, X, sympy.Tuple(1, k)),
    "pseudo-inverse of a tall matrix": matrix_functions.pinv(C),
    "product of scalars": alg.mul(2, s, t, sympy.sin(s * t)),
    "matrix function of a multiple": alg.mul(B, X, COMPUTED["expm"].func(Str("expm"), alg.mul(t, A))),
}
CASES = {**COMPUTED, **MORE}
#: Node types of complex variables: tests/calculus/test_complex.py has them.
ELSEWHERE = {alg.Conjugate, alg.ConjugateScalar, RealPart}
COMPLEX = ("conj", "real part")
#: What has no differential, and what is said of it.
REFUSED = {
    "function trigamma": "no derivative is known for trigamma",
    "scalar max": "no differential is known for Max",
    "scalar min": "no differential is known for Min",
    "matrix of the Fréchet derivative": "no differential is known for FrechetMatrix",
    "matrix of the Fréchet derivative of cosm": "no differential is known for FrechetMatrix",
    "second derivative of a function of a symmetric matrix": "third derivatives of a function of a symmetric matrix",
    "matrix of the derivative of a function of a symmetric matrix": "third derivatives of a function",
    "matrix of the second derivative of a function of a symmetric matrix": "third derivatives of a function",
    "Hessian of a field": "third derivatives of .* g are not supported",
    "Jacobian of a map": "second derivatives of .* h are not supported",
}
NAMES = [name for name in CASES if name not in REFUSED and not any(word in name for word in COMPLEX)]


def known(root: Any) -> Any:
    """θ = tanh, g(X) = sin(X : X), and h(X) with vec h(X) = P sin(vec X), with their derivatives."""
    return concrete(alg.transform(root, _known))


def _known(node: Any) -> Any:
    if isinstance(node, (abstract.VectorField, abstract.JacobianMatrix)):
        at = alg.vec(node.args[1])
        rows, cols = node.args[2]
        p = alg.matrix("P_h", rows * cols, at.shape[0])
        if isinstance(node, abstract.VectorField):
            return alg.unvec(alg.mul(p, alg.elementwise("sin", at)), rows, cols)
        return alg.mul(p, DiagMatrix.make(alg.elementwise("cos", at)))
    return node


@pytest.mark.parametrize("name", NAMES)
def test_the_differential_of_a_node_is_of_its_operands(name: str) -> None:
    """A map from every operand to the node, with their shapes, in which are no other unspecified functions."""
    for node in alg.postorder(CASES[name]):
        for operand, one in operator_of(node).differential(node) if alg.operands(node) else ():
            assert operand in {*alg.postorder(node)} - {node}
            assert (one.domain, one.codomain) == (alg.shape_of(operand), alg.shape_of(node))
            consistent(one)
            symbol = stand_in("D_0", one.domain)
            assert _unspecified(one.apply(symbol)) <= _unspecified(node)
            assert _unspecified(one.matrix()) <= _unspecified(node)


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_of_a_derivation_are_made_of_the_same_maps(name: str) -> None:
    """Below a transpose, and with names for what is derived, too."""
    value = CASES[name]
    variables = _symbols(value)
    for node, pairs in levels(value, alg.depends_on(value, variables), variables)[1].items():
        for operand, one in pairs:
            assert (one.domain, one.codomain) == (alg.shape_of(operand), alg.shape_of(node))
            consistent(one)


def _unspecified(root: Any) -> set[Any]:
    names = (
        abstract.ScalarField,
        abstract.Gradient,
        abstract.HessianMatrix,
        abstract.VectorField,
        abstract.JacobianMatrix,
    )
    return {node.args[0] for node in alg.postorder(root) if isinstance(node, names)}


def test_powers_of_a_length_are_smooth_at_zero() -> None:
    for p in (2, 3, 4):
        one = differential_map(sympy.Pow(alg.norm(X), p), X)
        assert np.all(Faces({X: np.zeros((SIZES["m"], SIZES["n"]))}, SIZES).matrix(one) == 0)


@pytest.mark.parametrize("node", [alg.power(A, j), power_sum(A, alg.mul(alg.transpose(X), X), j)], ids=["power", "sum"])
def test_there_is_no_derivative_by_the_exponent_of_a_matrix_power(node: Any) -> None:
    one = differential_map(node, j)
    for face in (lambda: one.apply(s), one.adjoint, one.matrix):
        with pytest.raises(DerivationError, match="the exponent of a matrix power is a whole number"):
            face()


@pytest.mark.parametrize("size", [1, 2, 3])
def test_matrices_of_vech_of_a_numeric_size(size: int) -> None:
    """L vec picks entries, D repeats them, and L D = I."""
    there = sympy.Integer(size)
    pick, repeat = (np.atleast_2d(evaluate(one(there), {}, SIZES)) for one in (vech.elimination, vech.duplication))
    count = size * (size + 1) // 2
    assert (pick.shape, repeat.shape) == ((count, size**2), (size**2, count))
    np.testing.assert_array_equal(pick @ repeat, np.eye(count))


@pytest.mark.parametrize("name", NAMES)
def test_differential_adjoint_and_matrix(name: str) -> None:
    value = CASES[name]
    _, env, _ = setting(alg.add(known(value), alg.zero_like(value)), 11)
    rng = np.random.default_rng(12)
    env |= {p: rng.standard_normal([size(d) for d in p.shape]) for p in _symbols(known(value)) - env.keys()}
    analytic = not any(word in name for word in (*NOT_NAIVELY_ANALYTIC, "lgamma", "digamma", "trigamma"))
    for variable in sorted(_symbols(value), key=str):
        shape = alg.shape_of(variable)
        d = stand_in("D_0", shape)
        there = {**env, d: direction(variable, rng.standard_normal([size(e) for e in shape]))}
        one = differential_map(value, variable)
        assert (one.domain, one.codomain) == (shape, alg.shape_of(value))
        found = evaluate(known(one.apply(d)), there, SIZES)
        want, trust = slope(known(value), env, {variable: there[d]}, SIZES, analytic)
        scale = max(1.0, float(np.max(np.abs(want))))
        assert np.max(np.abs(found - want)) <= trust * scale, f"d by {variable}"
        Faces(env, SIZES, known).check(one)


def _symbols(value: Any) -> set[Any]:
    """The variables, sizes aside."""
    sizes = {alg.dimension(letter) for letter in SIZES}
    return {node for node in alg.postorder(value) if alg.nodes.is_symbol(node) and node not in sizes}


def test_every_operator_has_a_case() -> None:
    met = {cls for name in (*NAMES, *REFUSED) for node in alg.postorder(CASES[name]) for cls in type(node).__mro__}
    assert {cls for cls in OPERATORS if cls not in met} <= ELSEWHERE


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_differential_is_refused(name: str) -> None:
    with pytest.raises(DerivationError, match=REFUSED[name]):
        differential_map(CASES[name], min(_symbols(CASES[name]), key=str))
