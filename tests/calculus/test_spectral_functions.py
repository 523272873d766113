"""funm(f, X): functions of a symmetric matrix through its spectrum, in print, in code and where eigenvalues meet."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

import matcalc as mc
from matcalc import algebra as alg
from matcalc.operators.spectral_functions import spectral_function

SYMMETRIC = "X: n×n symmetric, A: n×n, a: n, b: n"


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("tr(funm(f, X))", "funm(f′, X)"),
        ("tr(A funm(f, X))", "L_f(X, A)"),
        ("tr(funm(softplus, X))", "funm(σ, X)"),
        ("tr(funm(abs, X))", "funm(sign, X)"),
        ("tr(funm(lgamma, X))", "funm(digamma, X)"),
        ("tr(X funm(f, X))", "X funm(f′, X) + funm(f, X)"),
        ("tr(funm(arctan, X))", "(I + X²)⁻¹"),
        ("tr(funm(exp, X))", "expm(X)"),
        ("tr(funm(sqrt, X))", "½ X^(−1/2)"),
        ("tr(funm(log1p, X))", "(I + X)⁻¹"),
        ("½‖funm(f, X) − A‖²", "L_f(X, funm(f, X) − A)"),
    ],
)
def test_gradient(expression: str, result: str) -> None:
    found = mc.derive(expression, wrt="X", where=SYMMETRIC)
    assert str(found.result) == result
    assert found.certificate


@pytest.mark.parametrize("kind", ["gradient", "hessian"])
@pytest.mark.parametrize("f", ["f", "sigmoid", "silu", "erf"])
@pytest.mark.parametrize("shape", ["X: n×n symmetric", "X: n×n"])
@pytest.mark.parametrize("expression", ["aᵀ funm({}, X) b", "tr(funm({}, X))", "tr(X A funm({}, X))"])
def test_is_proof_read(expression: str, shape: str, f: str, kind: str) -> None:
    where = SYMMETRIC.replace("X: n×n symmetric", shape)
    found = mc.derive(expression.format(f), wrt="X", where=where, kind=kind)
    assert found.certificate, str(found.certificate)
    assert "X symmetric" in found.text()


def test_conditions_are_said_once() -> None:
    text = mc.derive("tr(A funm(f, X))", wrt="X", where=SYMMETRIC, kind="hessian").text()
    assert text.count("X symmetric") == 1
    assert "f twice continuously differentiable" in " ".join(text.split())
    assert "f: ℝ → ℝ" in text
    assert "funm(f, X) = V f(Λ) Vᵀ, X = V Λ Vᵀ" in text
    needs = " ".join(mc.derive("tr(funm(digamma, X))", wrt="X", where=SYMMETRIC).text().split())
    assert "λ not a pole for every eigenvalue λ" in needs


def test_a_defined_function_is_that_function_of_the_matrix() -> None:
    where = SYMMETRIC + ", c: scalar, f(t) := log(c + t²)/(2 + sin(t))"
    found = mc.derive("tr(funm(f, X))", wrt=("X", "c"), where=where)
    assert found.certificate
    same = mc.derive("tr(inv(2I + sinm(X)) logm(cI + X²))", wrt=("X", "c"), where=SYMMETRIC + ", c: scalar")
    assert found.expression == same.expression


def test_a_power_is_that_of_the_eigenvalues() -> None:
    found = mc.derive("tr(funm(f, X))", wrt="X", where="X: n×n spd, f(t) := t^p, p: scalar").compile()
    x = np.diag([1.0, 2.0, 3.0])
    np.testing.assert_allclose(found(X=x, p=0.7), 0.7 * np.diag(np.array([1.0, 2.0, 3.0]) ** -0.3))


def test_elementwise_and_of_the_matrix_are_told_apart() -> None:
    both = mc.derive("sum(f(X)) + tr(funm(f, X))", wrt="X", where="X: n×n symmetric")
    assert str(both.result) == "f′(X) + funm(f′, X)"


def test_a_diagonal_matrix() -> None:
    assert str(mc.derive("tr(funm(f, Diag(x)))", wrt="x").result) == "f′(x)"
    assert spectral_function("sigmoid", alg.identity(alg.dimension("n"))) != spectral_function(
        "softplus", alg.identity(alg.dimension("n"))
    )


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("tr(funm(det, X))", "det is no function of one number"),
        ("tr(funm(A, X))", "‘A’ is no function of one number"),
        ("tr(funm(X, X))", "‘X’ is no function of one number"),
        ("tr(funm((f), X))", "funm takes a function by its name"),
        ("funm(f, a)", "funm needs a square matrix"),
        ("tr(funm(g, X))", "g is no function of one number"),
    ],
)
def test_what_is_no_function_of_a_matrix_is_refused(expression: str, message: str) -> None:
    with pytest.raises(mc.MatcalcError, match=message):
        mc.derive(expression, wrt="X", where="X: n×n, A: n×n, a: n, g: ℝ^n → ℝ")


def test_latex_is_read_and_written() -> None:
    found = mc.derive(r"\operatorname{tr}(\operatorname{funm}(\theta, X))", wrt="X")
    assert r"\operatorname{funm}(\theta', X)" in found.latex().replace(r",\ ", ", ")


# ---------------------------------------------------------------- eigenvalues that meet
@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.3])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 10.0])
def test_code_keeps_its_digits_where_eigenvalues_meet(gap: float, scale: float) -> None:
    rng = np.random.default_rng(7)
    q, _ = np.linalg.qr(rng.standard_normal((5, 5)))
    x = scale * (q * [1, 1 + gap, 1 + 2 * gap, 1 + 2 * gap, -0.5]) @ q.T
    a, b, h = rng.standard_normal(5), rng.standard_normal(5), rng.standard_normal((5, 5))
    given = {"X": (x + x.T) / 2, "a": a, "b": b}
    e, h = (np.outer(a, b) + np.outer(b, a)) / 2, (h + h.T) / 2
    question = {"expression": "aᵀ funm(f, X) b", "wrt": "X", "where": SYMMETRIC}
    found = mc.derive(**question).compile()(**given, f=np.exp, df=np.exp)
    want = linalg.expm_frechet(given["X"], e, compute_expm=False)
    assert np.max(np.abs(found - want)) <= 1e-9 * np.max(np.abs(want))
    hessian = mc.derive(**question, kind="hessian").compile()
    found = np.einsum("ijkl,kl->ij", hessian(**given, f=np.exp, df=np.exp, d2f=np.exp), h)
    zero = np.zeros((5, 5))
    big = np.block([[given["X"], e, h, zero], [zero, given["X"], zero, h], [zero, zero, given["X"], e],
                    [zero, zero, zero, given["X"]]])  # fmt: skip
    want = linalg.expm(big)[:5, 15:]
    assert np.max(np.abs(found - want)) <= 1e-7 * np.max(np.abs(want))
