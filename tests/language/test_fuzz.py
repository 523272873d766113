"""Whatever is typed, reading it gives a program or a MatcalcError whose span lies in the text; never anything else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from matcalc.errors import MatcalcError
from matcalc.language import read
from tests.corpus import cases

LINES = [
    (c["expr"], c.get("where") or "")
    for name in ("textbook", "applied", "bad_inputs")
    for c in cases.load(name)
    if len(c["expr"]) < 200
]
PIECES = [
    *"abcxyzABXWθλσΣμ0123456789.+-*/^_'(){}[]|‖:;,=@⊙⊗∘⊘·×²⁻¹ᵀ½√∑π𝟏∞\\ \n\t₁ᵢ̂ℝ∈→<>&%$#!?\"~`\0\ud7ff\u200b",
    r"\frac", r"\left", r"\right", r"\|", r"\lVert", r"\top", r"\mathbf{", r"\sum_{i=1}^N", r"\begin{bmatrix}",
    r"\end{bmatrix}", "log", "det", "tr(", "norm2(", " where ", "exp(", "^{", "_{", "sum_i ", ".*", "./", ".^", "1e9",
    "inv(", "eye(", "vector(1)", r"\sqrt", "^T", "^+", "^*", "max(", "||", "symmetric", "ℝ^n", "->", ":=",
]  # fmt: skip


def _read(text: str, where: str) -> None:
    error = None
    try:
        assert read(text, where, None, "x").statements
    except MatcalcError as refusal:
        error = refusal
    if error is not None and error.span is not None and error.source is not None:
        assert 0 <= error.span.start <= error.span.end <= len(error.source) + 1
        assert error.message in str(error)


@settings(max_examples=300, deadline=2000)
@given(
    st.lists(st.sampled_from(PIECES), max_size=24).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
)
def test_pieces_of_the_language_in_any_order(text, where):
    _read(text, where)


@settings(max_examples=300, deadline=2000)
@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text(text, where):
    _read(text, where)


@settings(max_examples=500, deadline=2000)
@given(st.sampled_from(LINES), st.data())
def test_lines_of_the_corpus_with_slips(line, data):
    expression, where = line
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(expression)))
        keep = data.draw(st.integers(0, 2))
        expression = expression[:at] + data.draw(st.sampled_from(PIECES)) + expression[at + keep :]
    _read(expression, where)


@settings(max_examples=200, deadline=2000)
@given(st.sampled_from(LINES), st.data())
def test_declarations_with_slips(line, data):
    expression, where = line
    at = data.draw(st.integers(0, len(where)))
    _read(expression, where[:at] + data.draw(st.sampled_from(PIECES)) + where[at + data.draw(st.integers(0, 1)) :])
