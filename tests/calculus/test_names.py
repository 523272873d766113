"""Functions of the language, as typed: every derivative proof-read, and some closed forms."""

from __future__ import annotations

import pytest

import matcalc as mc

POWERS = "A, X: n×n, a, b: n, k: scalar, S: n×n symmetric"


@pytest.mark.parametrize(
    ("expression", "wrt", "kind", "closed"),
    [
        ("tr(X^k)", "X", None, "k(Xᵀ)^(k − 1)"),
        ("tr(A X^k)", "X", None, "Σ_{i=0}^{k − 1} (Xᵀ)^iAᵀ(Xᵀ)^(k − 1 − i)"),
        ("tr(A X^-k)", "X", None, None),
        ("logdet(X^k)", "X", None, "kX⁻ᵀ"),
        ("det(X^k)", "X", None, None),
        ("X^k", "X", None, None),
        ("a' X^k b", "X", "hessian", None),
        ("tr(A X^12)", "X", None, None),
        ("‖S^k a‖²", "a", None, None),
        ("eigval(S, 2)", "S", "hessian", None),
        ("kyfan(S, 2)", "S", None, None),
        ("a' eigvec(S, 1)", "S", None, None),
        ("eigvec(S, 2)", "S", None, None),
        ("tr(adj(X) A)", "X", None, None),
    ],
)
def test_powers_and_eigenvalues(expression: str, wrt: str, kind: str | None, closed: str | None) -> None:
    derivation = mc.derive(expression, wrt=wrt, where=POWERS, kind=kind)
    report = derivation.check()
    assert report, str(report)
    assert closed is None or str(derivation.result) == closed
    assert derivation.latex()


def test_the_exponent_is_a_whole_number() -> None:
    derivation = mc.derive("tr(A X^k)", wrt="X", where=POWERS)
    assert derivation.assumptions == ["k a positive integer"]
    with pytest.raises(mc.DerivationError, match="whole number"):
        mc.derive("tr(A X^k)", wrt="k", where=POWERS)
    with pytest.raises(mc.DerivationError, match="by a number"):
        mc.derive("eigval(X, k)", wrt="X", where=POWERS)


@pytest.mark.parametrize(
    ("expression", "where", "wrt"),
    [
        ("‖unvec(x, m, n) b‖²", "x: m·n, b: n", "x"),
        ("tr(A reshape(X, n, m))", "X: m×n, A: m×n", "X"),
        ("‖blockdiag(X, Y) a‖²", "X: m×n, Y: p×q, a: n+q", "X"),
        ("sum(cumsum(x) ⊙ y)", "x, y: n", "x"),
        ("tr(outer(x, y) A)", "x, y: n, A: n×n", "x"),
        ("‖chol(S)⁻¹ y‖²", "S: n×n spd, y: n", "S"),
        ("tr(pinv(X) X)", "X: m×n", "X"),
        ("sum(rowsum(X) ⊙ y) + mean(colsum(X))", "X: m×n, y: m", "X"),
        ("entropy(p)", "p: n positive", "p"),
    ],
)
def test_other_names(expression: str, where: str, wrt: str) -> None:
    report = mc.derive(expression, wrt=wrt, where=where).check()
    assert report, str(report)


def test_cotangents_are_numbered_as_in_backpropagation() -> None:
    found = mc.derive(
        "h_1 = tanh(W x_1 + U h_0); h_2 = tanh(W x_2 + U h_1); h_3 = tanh(W x_3 + U h_2); ½‖h_3 − y‖²",
        wrt="U",
        where="W: m×n, U: m×m, x_1, x_2, x_3: n, h_0, y: m",
    )
    assert "∂f/∂U = δ₃h₂ᵀ + δ₂h₁ᵀ + δ₁h₀ᵀ" in " ".join(found.text(width=100).split())
    assert found.check()
