"""Complex variables: gradients and Wirtinger derivatives against differences by real and imaginary parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc as mc

GENERAL = "A: m×n complex, Z: n×p complex, B: m×p complex, C: p×n complex"
SQUARE = "X: n×n complex, H: n×n hermitian, P: n×n hermitian, z: n complex, b: n complex, c: scalar complex, t: scalar"

REAL = [
    ("‖A Z − B‖²", GENERAL, "Z", "2 Aᴴ(AZ − B)"),
    ("‖A Z − B‖²", GENERAL, "A", "2(AZ − B)Zᴴ"),
    ("tr(Z Z^H)", GENERAL, "Z", "2Z"),
    ("Re(tr(C Z))", GENERAL, "Z", "Cᴴ"),
    ("logdet(I + Z^H Z)", GENERAL, "Z", "2 Z(I + ZᴴZ)⁻¹"),
    ("z^H H z", SQUARE, "z", "2 Hz"),
    ("z^H H z − 2 Re(b^H z)", SQUARE, "z", None),
    ("z^H H z / (z^H P z)", SQUARE, "z", None),
    ("tr(X^H H X P)", SQUARE, "X", "2 HXP"),
    ("log |det(X)|", SQUARE, "X", None),
    ("|det X|²", SQUARE, "X", None),
    ("logdet(X X^H)", SQUARE, "X", None),
    ("‖X⁻¹‖", SQUARE, "X", None),
    ("‖exp(X)‖² + ‖X‖₁", SQUARE, "X", None),
    ("‖z ⊙ b‖²", SQUARE, "z", None),
    ("|c|² + Re(c² z^H b)", SQUARE, "c", None),
    ("‖t z − b‖²", SQUARE, "t", None),
    ("tr(Z^H A^H A Z)", GENERAL, "Z", "2 AᴴAZ"),
]


@pytest.mark.parametrize(("expression", "where", "wrt", "closed"), REAL)
def test_the_gradient_of_a_real_function(expression: str, where: str, wrt: str, closed: str | None) -> None:
    derivation = mc.derive(expression, wrt=wrt, where=where)
    assert derivation.structure == "complex-gradient"
    report = derivation.check()
    assert report, str(report)
    assert closed is None or str(derivation.result) == closed
    assert derivation.latex()
    assert derivation.text()


@pytest.mark.parametrize(
    ("expression", "wirtinger", "conjugate"),
    [("tr(C Z)", "Cᵀ", "0"), ("tr(Z^H A^H)", "0", "Aᴴ"), ("tr(C Z Z^H Z)", None, None)],
)
@pytest.mark.parametrize("which", [0, 1])
def test_both_wirtinger_derivatives(expression: str, wirtinger: str, conjugate: str, which: int) -> None:
    where = "C: m×n complex, Z: n×m complex, A: m×n complex"
    derivation = mc.derive(expression, wrt="Z", where=where, structure=("wirtinger", "wirtinger-conjugate")[which])
    report = derivation.check()
    assert report, str(report)
    want = (wirtinger, conjugate)[which]
    assert want is None or str(derivation.result) == want
    lines = {step.left: str(step.after) for step in derivation.steps if step.kind == "result"}
    assert lines.keys() == {"∂f/∂Z", "∂f/∂Z*"}
    assert want is None or lines == {"∂f/∂Z": wirtinger, "∂f/∂Z*": conjugate}


@pytest.mark.parametrize("expression", ["det(X)", "tr(X H X)", "tr(inv(X))", "tr(expm(X))", "b^H X z"])
def test_an_analytic_function_has_its_complex_derivative(expression: str) -> None:
    derivation = mc.derive(expression, wrt="X", where=SQUARE)
    assert derivation.structure == "wirtinger"
    assert derivation.check()


def test_the_jacobian_of_an_analytic_function() -> None:
    assert str(mc.derive("A X b", wrt="X", where="A: m×n complex, X: n×n complex, b: n complex").result) == "bᵀ ⊗ A"


def test_the_value_is_a_real_number() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal(3) + 1j * rng.standard_normal(3)
    found: Any = mc.derive("‖z‖²", wrt="z", where="z: n complex").compile()
    value, gradient = found.value_and_derivative(z=z)
    assert np.isrealobj(value)
    assert np.isclose(value, np.vdot(z, z).real)
    np.testing.assert_allclose(gradient, 2 * z)


def test_conjugates_of_real_variables_are_themselves() -> None:
    assert str(mc.derive("x^H A x", wrt="x", where="A: n×n, x: n").result) == str(mc.derive("x' A x", wrt="x").result)


@pytest.mark.parametrize(
    ("expression", "options", "message"),
    [
        ("tr(X H X^H X)", {}, "two derivatives"),
        ("tr(X)", {"structure": "complex-gradient"}, "only a real function"),
        ("tr(X X^H)", {"structure": "symmetric"}, "not supported for complex"),
        ("relu(z)' b", {}, "complex argument"),
        ("lambda_max(X)", {}, "complex argument"),
        ("tr(X X^H)", {"kind": "hessian"}, "second derivatives"),
        ("H conj(X)", {}, "not analytic"),
    ],
)
def test_what_is_not_known_is_refused_with_its_reason(expression: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(mc.MatcalcError, match=message):
        mc.derive(expression, wrt="X" if "X" in expression else "z", where=SQUARE, **options)


@pytest.mark.parametrize("expression", ["chol(Z)", "pinv(Z)", "relu(Z)", "softmax(Z)", "A triu(Z) + chol(Z)"])
def test_a_jacobian_of_what_is_not_analytic_is_refused(expression: str) -> None:
    with pytest.raises(mc.MatcalcError, match="of a complex argument is not supported"):
        mc.derive(expression, wrt="Z", where="Z: n×n complex, A: n×n", kind="jacobian")


@pytest.mark.parametrize(
    ("text", "plain"),
    [("R = a T\n‖R‖²", "‖a T‖²"), ("R = 2T\n|tr(R)|²", "|tr(2T)|²"), ("R = T − T T\ntr(RᴴR)", "‖T − T T‖²")],
)
def test_a_value_is_real_whatever_it_is_called(text: str, plain: str) -> None:
    where = "T: n×n complex, a: scalar"
    one, other = (mc.derive(expression, wrt="T", where=where) for expression in (text, plain))
    assert one.structure == other.structure == "complex-gradient"
    given = {"T": np.random.default_rng(0).standard_normal((3, 3)) * (1 + 0.5j), "a": 0.7}
    results = [(call := d.compile())(**{name: given[name] for name in call.names}) for d in (one, other)]
    np.testing.assert_allclose(*results, rtol=1e-12)
