"""Kronecker products of square matrices: inverse, determinant and trace factor by factor."""

from __future__ import annotations

import pytest

from matcalc import derive

WHERE = "K, A: n×n, S: m×m, y: m"


@pytest.mark.parametrize(
    ("text", "wrt", "result"),
    [
        ("det(K ⊗ S)", "K", "m det(K)^m det(S)^n K⁻ᵀ"),
        ("log det(K ⊗ S)", "S", "nS⁻ᵀ"),
        ("tr((K ⊗ S)⁻¹)", "S", "−tr(K⁻¹) S⁻ᵀS⁻ᵀ"),
    ],
)
def test_what_a_kronecker_product_inherits(text: str, wrt: str, result: str) -> None:
    d = derive(text, wrt=wrt, where=WHERE)
    assert str(d.result) == result
    assert d.check()


def test_a_whole_power_needs_no_sign() -> None:
    assert derive("det(K ⊗ S)", wrt="K", where=WHERE).assumptions == ["K invertible"]
