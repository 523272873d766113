"""Functions of matrices and of their spectra against differences of the value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Integer, Rational

import matcalc as mc
from matcalc import algebra as alg
from matcalc.calculus.engine import run
from matcalc.operators import FUNCTIONS
from matcalc.operators.spectral import nuclear_norm, spectral_norm
from tests.calculus.test_random import agrees, as_matrix, numeric_jacobian
from tests.naive import evaluate
from tests.random_expressions import SIZES, m, n

X = alg.matrix("X", n, n)
B = alg.matrix("B", n, n)
R = alg.matrix("R", m, n)
v = alg.matrix("v", n, 1)
expm, logm, sqrtm, chol, pinv, lambda_max, lambda_min = (
    FUNCTIONS[name].build for name in ("expm", "logm", "sqrtm", "chol", "pinv", "lambda_max", "lambda_min")
)

SINES = ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")
GRADIENTS = [
    (alg.trace(expm(X)), X),
    (alg.trace(alg.mul(B, expm(X))), X),
    (alg.power(alg.norm(alg.mul(expm(alg.mul(alg.scalar("t"), B)), v)), Integer(2)), alg.scalar("t")),
    *((alg.trace(alg.mul(B, FUNCTIONS[name].build(alg.mul(Rational(1, 4), X)))), X) for name in SINES),
    *((alg.trace(FUNCTIONS[name].build(alg.mul(alg.scalar("t"), B))), alg.scalar("t")) for name in SINES),
    (alg.trace(alg.mul(X, logm(X))), X),
    (alg.trace(alg.mul(B, logm(X))), X),
    (alg.trace(alg.power(X, Rational(-1, 2))), X),
    (alg.mul(alg.transpose(v), alg.power(X, Rational(1, 2)), v), X),
    (alg.trace(alg.mul(B, sqrtm(X))), X),
    (alg.frobenius(B, chol(X)), X),
    (alg.power(alg.norm(alg.mul(alg.inverse(chol(X)), v)), Integer(2)), X),
    (alg.frobenius(alg.transpose(R), pinv(R)), R),
    (alg.frobenius(R, alg.mul(R, B, pinv(R), R)), R),
    (lambda_max(X), X),
    (FUNCTIONS["lambda_2"].build(X), X),
    (FUNCTIONS["kyfan"].build(X, Integer(2)), X),
    (lambda_min(alg.mul(alg.transpose(R), R, X)), R),
    (spectral_norm(R), R),
    (nuclear_norm(R), R),
]


@pytest.fixture
def env() -> dict[Any, Any]:
    rng = np.random.default_rng(5)
    a = rng.standard_normal((4, 4))
    return {
        X: a @ a.T / 4 + np.eye(4), B: rng.standard_normal((4, 4)), R: rng.standard_normal((3, 4)),
        v: rng.standard_normal((4, 1)), alg.scalar("t"): np.float64(0.4),
    }  # fmt: skip


@pytest.mark.parametrize(("value", "x"), GRADIENTS, ids=lambda e: str(e)[:40])
def test_gradient(value: Any, x: Any, env: dict[Any, Any]) -> None:
    derived = run(value, {"X": x}, "gradient")
    got = as_matrix(derived.results["X"], value, x, env)
    assert agrees(got, numeric_jacobian(value, x, env, exact=False), 1e-6)


HESSIANS = [
    (alg.trace(alg.mul(B, expm(X))), X),
    (alg.trace(expm(X)), X),
    *((alg.trace(alg.mul(B, FUNCTIONS[name].build(alg.mul(Rational(1, 4), X)))), X) for name in ("cosm", "tanhm")),
    *((alg.trace(FUNCTIONS[name].build(alg.mul(Rational(1, 4), X))), X) for name in ("tanm", "sinhm")),
    (alg.trace(logm(X)), X),
    (alg.mul(alg.transpose(v), sqrtm(X), v), X),
    (lambda_max(X), X),
    (alg.frobenius(B, chol(X)), X),
    (FUNCTIONS["lambda_2"].build(X), X),
    (spectral_norm(R), R),
    (nuclear_norm(R), R),
    (nuclear_norm(alg.transpose(R)), R),
    (nuclear_norm(alg.mul(B, X)), X),
]


@pytest.mark.parametrize(("value", "x"), HESSIANS, ids=lambda e: str(e)[:40])
def test_hessian(value: Any, x: Any, env: dict[Any, Any]) -> None:
    derived = run(value, {"X": x}, "hessian")
    got = evaluate(derived.results["X,X"], env, SIZES)
    assert agrees(got, got.T, 1e-8)
    assert agrees(got, numeric_jacobian(derived.gradients["X"], x, env, exact=False), 1e-5)


@pytest.mark.parametrize("spelling", ["λ_2(A)", "λ₂(A)", r"\lambda_2(A)", r"\lambda_{2}\left(A\right)", "lambda_2(A)"])
def test_an_eigenvalue_by_its_number(spelling: str) -> None:
    found = mc.derive(spelling, wrt="A", where="A: n×n symmetric")
    assert str(found.result) == "v₂(A) v₂(A)ᵀ"
    assert found.check()


def test_the_largest_singular_value_is_the_spectral_norm() -> None:
    assert mc.derive("σ_max(X)", wrt="X", where="X: m×n").result == mc.derive("‖X‖₂", wrt="X", where="X: m×n").result


@pytest.mark.parametrize("kind", ["gradient", "hessian"])
@pytest.mark.parametrize("shape", ["m×n", "n×n"])
def test_the_nuclear_norm_is_proof_read(kind: str, shape: str) -> None:
    report = mc.derive("‖X‖_*", wrt="X", where=f"X: {shape}", kind=kind).check()
    assert report, str(report)


def test_an_eigenvalue_is_that_of_the_symmetric_part() -> None:
    x = np.random.default_rng(4).standard_normal((4, 4))
    found = mc.derive("lambda_2(X)", wrt="X", where="X: n×n", kind="hessian").compile()
    gradient = mc.derive("lambda_2(X)", wrt="X", where="X: n×n").compile()
    e = np.random.default_rng(5).standard_normal((4, 4))
    slope = (gradient(X=x + 1e-6 * e) - gradient(X=x - 1e-6 * e)) / 2e-6
    np.testing.assert_allclose(np.einsum("ijkl,kl->ij", found(X=x), e), slope, atol=1e-7)


@pytest.mark.parametrize("expression", ["tr(expm(a X X))", "tr(expm(a X B))", "tr(B cosm(a X X))", "tr(expm(a X))"])
@pytest.mark.parametrize("wrt", ["X", "a"])
def test_a_scalar_times_a_product_in_a_matrix_function(expression: str, wrt: str) -> None:
    derivation = mc.derive(expression, wrt=wrt, where="X, B: n×n, a: scalar")
    assert derivation.check()
    assert str(derivation.result) != "0"
