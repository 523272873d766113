"""What a result needs: each condition once, and of an array whether one entry is meant or all."""

from __future__ import annotations

import pytest

import matcalc as mc


@pytest.mark.parametrize(
    ("formula", "where", "needs"),
    [
        ("‖x‖", "x: n", ["x ≠ 0"]),
        ("‖x‖₁", "x: n", ["no zero entry in x"]),
        ("|x|", "x: scalar", ["x ≠ 0"]),
        ("sum(tan(x))", "x: n", ["no zero entry in cos(x)"]),
        ("tan(x)", "x: scalar", ["cos(x) ≠ 0"]),
        ("sum(x.^-2)", "x: n", ["no zero entry in x"]),
        ("x^-2", "x: scalar", ["x ≠ 0"]),
        ("sum(relu(A x))", "A: m×n, x: n", ["no zero entry in z"]),
        ("sum(max(x, y))", "x: n, y: n", ["no zero entry in x − y"]),
        ("log‖x‖", "x: n", ["x ≠ 0"]),
        ("log(x'x)", "x: n", ["x ≠ 0"]),
        ("log|x|", "x: scalar", ["x ≠ 0"]),
        ("sum(log(abs(x)))", "x: n", ["no zero entry in x"]),
        ("sum(log(x) ./ x)", "x: n", ["x > 0"]),
        ("sum(log(x) + abs(x))", "x: n", ["x > 0"]),
        ("sum(abs(x) ./ x)", "x: positive", []),
        ("sum(log(2x))", "x: n", ["x > 0"]),
        ("log(½x)", "x: scalar", ["x > 0"]),
    ],
)
def test_what_it_needs(formula: str, where: str, needs: list[str]) -> None:
    assert mc.derive(formula, wrt="x", where=where).assumptions == needs


@pytest.mark.parametrize(
    ("language", "needs"),
    [("de", "kein Eintrag null in $x$"), ("es", "ninguna entrada nula en $x$"), ("zh", "不含零元素的 $x$")],
)
def test_conditions_in_other_languages(language: str, needs: str) -> None:
    assert needs in mc.derive("‖x‖₁", wrt="x").latex(language=language)
