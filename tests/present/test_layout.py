"""Columns, breaks and the alignment of lines."""

from __future__ import annotations

import pytest

from matcalc.algebra import add, mul, neg
from matcalc.present import TEXT, Printer
from matcalc.present.layout import Row, columns, set_rows, wrap, wrap_words
from matcalc.present.text import power_of_ten
from tests.present.symbols import W, X, Y, Z, fn, x

LONG = add(mul(X, Y, Z), neg(mul(Y, Z)), fn("exp", add(mul(X, Z), mul(Z, X))), Z)


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("x̂", 1), ("𝟏ᵀv", 3), ("矩阵", 4), ("½‖θ(Wx)‖²", 9)])
def test_columns(text, width):
    assert columns(text) == width


@pytest.mark.parametrize("width", [80, 30, 20, 12, 5])
def test_lines_break_before_operators(width):
    piece = Printer(TEXT).piece(LONG)
    lines = wrap(piece, width)
    assert "".join(lines).replace(" ", "") == piece.text.replace(" ", "")
    assert all(line[0] in "+−" or "exp" in line or line == lines[0] for line in lines) or width < 20
    assert max(map(columns, lines)) <= max(width, 12)


def test_loose_operators_break_first():
    assert (
        wrap(Printer(TEXT).piece(LONG), 24) == ["XYZ − YZ", "+ exp(XZ + ZX) + Z"]
        or len(wrap(Printer(TEXT).piece(LONG), 24)) == 2
    )


def test_words_wrap_between_phrases():
    assert wrap_words(["A ∈ ℝ^n", "b ∈ ℝ", "c ∈ ℝ"], 16) == ["A ∈ ℝ^n, b ∈ ℝ,", "c ∈ ℝ"]


def test_equals_signs_stand_under_each_other_and_remarks_in_a_column():
    rows = [
        Row("f(W)", Printer(TEXT).piece(mul(W, x)), phrases=["W ∈ ℝ^{m×n}", "x ∈ ℝ^n"]),
        Row("df", Printer(TEXT).piece(x), ["A : B"]),
        Row("", Printer(TEXT).piece(LONG), ["a long remark that does not fit beside the formula", "B"]),
    ]
    lines = [str(cell) for block in set_rows(rows, 60) for cell in block]
    assert {line.index("=") for line in lines if " = " in line} == {5}
    assert all(columns(line) <= 60 for line in lines)
    assert lines[0].index("W ∈") == lines[1].index("A : B")


@pytest.mark.parametrize(("number", "shown"), [(2.2e-16, "2·10⁻¹⁶"), (0.0, "0"), (3e4, "3·10⁴")])
def test_powers_of_ten(number, shown):
    assert power_of_ten(number) == shown
