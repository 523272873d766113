"""The form of a result is the one a book prints."""

from __future__ import annotations

import pytest

import matcalc as mc

FORMS = [
    # a quotient is one operation, and 1 − y is not turned into y − 1
    ("yᵀlog(p) + (1 − y)ᵀlog(1 − p)", "p", "y, p: n", "y ⊘ p − (1 − y) ⊘ (1 − p)"),
    ("tr((I − KH)P(I − KH)ᵀ) + tr(KRKᵀ)", "K", "P, R: symmetric", "2(KR − (I − KH)PHᵀ)"),
    ("(1 + m)ᵀlog(1 + m) + (1 − m)ᵀlog(1 − m)", "m", "m: n", "log(1 + m) − log(1 − m)"),
    ("‖b − Ax‖²", "x", "", "2 Aᵀ(Ax − b)"),
    ("(y − Xw)ᵀS⁻¹(y − Xw)", "S", "y: m, X: m×n, w: n, S: m×m spd", "−S⁻¹(y − Xw)(y − Xw)ᵀS⁻¹"),
    ("−½‖Ax − b‖²", "x", "", "Aᵀ(b − Ax)"),
    ("exp(xᵀPx)", "x", "", "exp(xᵀPx) (P + Pᵀ)x"),
    ("(xᵀPx)^k", "x", "k: scalar", "k(xᵀPx)^(k − 1)(P + Pᵀ)x"),
]


@pytest.mark.parametrize(("formula", "wrt", "where", "form"), FORMS)
def test_results_are_in_the_form_of_a_book(formula: str, wrt: str, where: str, form: str) -> None:
    lines = mc.derive(formula, wrt=wrt, where=where).text(detail="brief").splitlines()
    assert any(line.partition(" = ")[2].split("   ")[0].strip() == form for line in lines), lines
