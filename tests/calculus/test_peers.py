"""Expressions on which other systems are silently wrong (SymPy 1.14's matrix derivatives), proof-read numerically."""

from __future__ import annotations

import pytest

import matcalc as mc

WHERE = "X, A, B: n×n, W: m×n, D: m×m, x, a, b: n, c: m, k: scalar"

EXPRESSIONS = [
    ("tr(X) + 1", "X", "I"),
    ("tr(X)² + 1", "X", "2 tr(X) I"),
    ("logdet(X)", "X", "X⁻ᵀ"),
    ("logdet(X) + tr(A X)", "X", "(A + X⁻¹)ᵀ"),
    ("det(X)²", "X", "2 det(X)² X⁻ᵀ"),
    ("tr(X)/det(X)", "X", None),
    ("1/tr(X)", "X", None),
    ("exp(−x'x)", "x", "−2 exp(−‖x‖²) x"),
    ("x'A x/(x'x)", "x", None),
    ("a'X b/(10 + tr(X))", "X", None),
    ("exp(x)/sum(exp(x))", "x", None),
    ("tr(X^k)", "X", "k(Xᵀ)^(k − 1)"),
    ("tr(X^5)", "X", "5 XᵀXᵀXᵀXᵀ"),
    ("tr(expm(X))", "X", "expm(X)ᵀ"),
    ("sum(x .^ 2)", "x", "2x"),
    ("tr(A((A X) ⊙ (X B)))", "X", None),
    ("a'((X A) ⊙ A ⊙ B) a", "X", None),
    ("½ sin(W x)'sin(W x)", "x", None),
    ("½ sin(W x)'sin(W x)", "W", None),
    ("(W x − c)'D(W x − c)", "W", None),
]


@pytest.mark.parametrize(("expression", "wrt", "closed"), EXPRESSIONS)
def test_what_others_get_wrong(expression: str, wrt: str, closed: str | None) -> None:
    derivation = mc.derive(expression, wrt=wrt, where=WHERE)
    report = derivation.check()
    assert report, str(report)
    assert closed is None or str(derivation.result) == closed


@pytest.mark.parametrize(("expression", "wrt", "closed"), EXPRESSIONS[:10])
def test_and_their_hessians(expression: str, wrt: str, closed: str | None) -> None:
    report = mc.derive(expression, wrt=wrt, where=WHERE, kind="hessian").check()
    assert report, str(report)
