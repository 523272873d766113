"""Proof-reading finds wrong lines, keeps to the domain, and gives the same report every time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sympy import Integer

import matcalc as mc
from matcalc import algebra as alg
from matcalc.algebra import differential_of as d
from matcalc.algebra.construct import HALF
from matcalc.operators import determinants as dt
from matcalc.operators.abstract import Gradient, HessianMatrix, JacobianMatrix, ScalarField, apply_function
from matcalc.operators.entrywise import FUNCTION_TABLE
from matcalc.sampling import random_functions, random_point, sizes_of
from matcalc.verify import Report, check_pairs, difference, directional_derivative, evaluate, in_structure, show_number

m, n, k = (alg.dimension(s) for s in "mnk")
A, W = alg.matrix("A", n, n), alg.matrix("W", m, n)
x, y = alg.matrix("x", n, 1), alg.matrix("y", n, 1)
z = alg.named("z", alg.mul(W, x))
theta = alg.abstract_function("θ")
a = alg.elementwise(theta, z)
f = alg.mul(HALF, alg.frobenius(a, a))


def test_right_lines_pass() -> None:
    delta = alg.hadamard(a, alg.elementwise(theta.prime, z))
    lines = [
        d(f),
        alg.frobenius(a, d(a)),
        alg.frobenius(delta, d(z)),
        alg.frobenius(alg.mul(delta, alg.transpose(x)), d(W)),
    ]
    report = check_pairs(list(pairwise(lines)), [W])
    assert report
    assert report.points == 3
    assert report.largest < 1e-13
    assert str(report).startswith("checked at 3 random points, largest difference ")


WRONG = {
    "a lost factor": (d(f), alg.mul(2, alg.frobenius(a, d(a)))),
    "a lost transpose": (alg.mul(A, x), alg.mul(alg.transpose(A), x)),
    "a lost sign": (d(dt.logdet(A)), alg.neg(alg.trace(alg.mul(alg.inverse(A), d(A))))),
    "the wrong function": (alg.elementwise("tanh", x), alg.elementwise("arctan", x)),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_lines_fail(name: str) -> None:
    report = check_pairs([WRONG[name]], [W, A, x], labels=["the line"])
    assert not report
    assert "the line: relative difference" in str(report)
    assert report.failures[0].before is WRONG[name][0]


def test_a_wrong_result_is_found() -> None:
    derivation = mc.derive("½‖θ(Wx)‖²", wrt="W", where="W: m×n, x: n")
    assert derivation.check()
    right = derivation.derived.results["W"]
    derivation.derived.results._made["W"] = alg.mul(2, right)
    report = derivation.check()
    assert not report
    assert [failure.label for failure in report.failures] == ["compiled ∂/∂W"]


DOMAINS = [
    "sum(log(x))",
    "log det(X)",
    "sum(arcsin(x))",
    "xᵀ(XᵀX)⁻¹x",
    "sum(sqrt(x))",
    "‖chol(S)⁻¹ b‖²",
    "tr(logm(X))",
    "sum(lgamma(x))",
]


@pytest.mark.parametrize("expression", DOMAINS)
def test_points_are_found_in_the_domain(expression: str) -> None:
    variable = next(name for name in "xXS" if name in expression.replace("exp", ""))
    assert mc.derive(expression, wrt=variable).check()


def test_where_there_is_no_point_the_report_says_so() -> None:
    never = alg.elementwise("log", alg.neg(alg.elementwise("exp", x)))
    report = check_pairs([(never, never)], [x])
    assert not report
    assert str(report) == "not checked: no point was found at which every line has a finite real value"


def test_reports_repeat() -> None:
    derivation = mc.derive("log det(AᵀA + I)", wrt="A", where="A: m×n")
    assert derivation.check() == derivation.check()
    assert isinstance(derivation.check(), Report)


STRUCTURES = ["symmetric", "symmetric-entries", "skew", "skew-entries", "diagonal", "lower", "upper"]


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("kind", ["gradient", "hessian"])
def test_structured_variables(structure: str, kind: str) -> None:
    assert mc.derive("tr(AX²) + ‖X‖²", wrt="X", where="A, X: n×n", structure=structure, kind=kind).check(trials=1)


def test_a_structure_is_applied_to_both_pairs_of_axes() -> None:
    h = np.arange(81.0).reshape(3, 3, 3, 3)
    both = in_structure(h, "symmetric", 2, twice=True)
    assert both == pytest.approx(np.swapaxes(both, 0, 1))
    assert both == pytest.approx(np.swapaxes(both, 2, 3))


# ---------------------------------------------------------------- derivatives
@pytest.mark.parametrize("name", FUNCTION_TABLE)
def test_complex_steps_agree_with_differences(name: str) -> None:
    """The derivative of every function, by a complex step, by differences and by the table."""
    row = FUNCTION_TABLE[name]
    inside = "|{}| < 1" if "1" in row.domain else ""
    point = {x: np.array([0.3, 0.7, 0.9]) if inside or "> 0" in row.domain else np.array([-1.3, 0.4, 2.1])}
    direction = {x: np.array([0.05, -0.1, 0.2])}
    value = alg.elementwise(name, x)
    exact = directional_derivative(value, point, direction)
    assert difference(directional_derivative(value, point, direction, method="differences"), exact) < 1e-7
    assert difference(evaluate(row.derivative(x), point) * direction[x], exact) < 1e-12


def test_random_functions_have_the_derivatives_they_state() -> None:
    g, h = apply_function("g", (), x), apply_function("h", (m, Integer(1)), x)
    G = apply_function("G", (), W)
    gradient, jacobian = Gradient.make(g.args[0], x), JacobianMatrix.make(h.args[0], x, h.args[2])
    of_matrix, hessian = Gradient.make(G.args[0], W), HessianMatrix.make(G.args[0], W)
    pairs = [
        (d(g), alg.frobenius(gradient, d(x))),
        (d(gradient), alg.mul(HessianMatrix.make(g.args[0], x), d(x))),
        (d(h), alg.mul(jacobian, d(x))),
        (d(G), alg.frobenius(of_matrix, d(W))),
        (alg.vec(d(of_matrix)), alg.mul(hessian, alg.vec(d(W)))),
        (d(alg.elementwise(theta.prime.prime, x)), alg.hadamard(alg.elementwise(theta.prime.prime.prime, x), d(x))),
    ]
    report = check_pairs(pairs, [x, W])
    assert report, str(report)
    assert isinstance(g, ScalarField)


def test_a_differential_of_a_constant_is_zero() -> None:
    report = check_pairs([(d(alg.mul(A, x)), alg.mul(A, d(x)))], [x])
    assert report


# ---------------------------------------------------------------- points
def test_sizes_are_distinct() -> None:
    sizes = sizes_of([alg.matrix("X", m, n), alg.matrix("Y", n, k)])
    assert len(set(sizes.values())) == 3


@pytest.mark.parametrize(
    "property_", ["symmetric", "spd", "skew", "diagonal", "lower", "upper", "orthogonal", "positive"]
)
def test_declared_properties_hold(property_: str) -> None:
    symbol = alg.matrix("S", n, n, property_)
    array = random_point([symbol], np.random.default_rng(0))[symbol]
    conditions: dict[str, Any] = {
        "symmetric": lambda a: np.allclose(a, a.T),
        "spd": lambda a: np.allclose(a, a.T) and np.linalg.eigvalsh(a)[0] > 0,
        "skew": lambda a: np.allclose(a, -a.T),
        "diagonal": lambda a: np.allclose(a, np.diag(np.diag(a))),
        "lower": lambda a: np.allclose(a, np.tril(a)),
        "upper": lambda a: np.allclose(a, np.triu(a)),
        "orthogonal": lambda a: np.allclose(a.T @ a, np.eye(len(a))),
        "positive": lambda a: bool(np.all(a > 0)),
    }
    assert conditions[property_](array)


def test_random_functions_are_found_by_name() -> None:
    found = random_functions([a, apply_function("g", (), x)], np.random.default_rng(0), {n: 3})
    assert set(found) == {"θ", "g"}


@pytest.mark.parametrize(("number", "shown"), [(0.0, "0"), (2.2e-16, "2·10⁻¹⁶"), (1.0, "1·10⁰"), (30.0, "3·10¹")])
def test_numbers_are_shown_short(number: float, shown: str) -> None:
    assert show_number(number) == shown
