"""Conditions that follow from what was declared are not asked for; all others are."""

from __future__ import annotations

import pytest

import matcalc as mc

HOLDS = [
    ("log det(S) + yᵀS⁻¹y", "S", "S: n×n spd"),
    ("log det(S ⊗ T)", "S", "S: n×n spd, T: m×m spd"),
    ("log det(XXᵀ + S)", "X", "S: n×n spd, X: n×m"),
    ("log det(XᵀX + sI)", "X", "s: scalar positive, X: m×n"),
    ("log det(XᵀSX + Diag(d))", "X", "S: m×m spd, d: n positive, X: m×n"),
    ("log det(Diag(d))", "d", "d: n positive"),
    ("log det(s S⁻¹)", "S", "S: n×n spd, s: scalar positive"),
    ("tr(sqrtm(S))", "S", "S: n×n spd"),
    ("tr(chol(S))", "S", "S: n×n spd"),
    ("log(x)", "x", "x: scalar positive"),
    ("sum(log(x + y))", "x", "x, y: n positive"),
]
DOES_NOT = [
    ("log det(XᵀX + sI)", "X", "s: scalar, X: m×n"),
    ("log det(XᵀX)", "X", "X: m×n"),
    ("log det(X)", "X", "X: n×n positive"),  # positive entries make no definite matrix
    ("log det(S − T)", "S", "S, T: n×n spd"),
    ("log det(−S)", "S", "S: n×n spd"),
    ("log det(ST)", "S", "S, T: n×n spd"),  # not symmetric
    ("log det(XᵀTX + S)", "X", "S: n×n spd, T: m×m symmetric, X: m×n"),
    ("sum(log(x − y))", "x", "x, y: n positive"),
    ("log(x)", "x", "x: scalar"),
]


@pytest.mark.parametrize(("formula", "wrt", "where"), HOLDS)
def test_what_was_declared_is_not_needed_again(formula: str, wrt: str, where: str) -> None:
    assert mc.derive(formula, wrt=wrt, where=where, check=False).assumptions == []


@pytest.mark.parametrize(("formula", "wrt", "where"), DOES_NOT)
def test_what_does_not_follow_is_needed(formula: str, wrt: str, where: str) -> None:
    assert mc.derive(formula, wrt=wrt, where=where, check=False).assumptions
