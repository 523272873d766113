"""The `where` clause: shapes, properties and functions in all their spellings."""

from __future__ import annotations

import pytest

import matcalc as mc
from matcalc.language import read
from matcalc.language.declarations import read_declarations


@pytest.mark.parametrize(
    ("where", "shape", "properties"),
    [
        ("A: m×n", "m n", ""),
        ("A: m x n", "m n", ""),
        ("A: mxn", "m n", ""),
        ("A: 3x3", "3 3", ""),
        ("A: 3xn", "3 n", ""),
        ("A ∈ ℝ^{m×n}", "m n", ""),
        ("A in R^{m x n}", "m n", ""),
        (r"A \in \mathbb{R}^{m \times n}", "m n", ""),
        ("A ∈ ℝᵐˣⁿ", "m n", ""),
        ("A ∈ ℝ^(m×n)", "m n", ""),
        ("A: n", "n", ""),
        ("A ∈ ℝ^n", "n", ""),
        ("A ∈ ℝⁿ", "n", ""),
        ("A: 1×n", "1 n", ""),
        ("A: scalar", "", ""),
        ("A ∈ ℝ", "", ""),
        ("A: n×n symmetric positive", "n n", "symmetric positive"),
        ("A ∈ 𝕊ⁿ", "n n", "symmetric"),
        ("A ∈ 𝕊ⁿ₊₊", "n n", "spd"),
        (r"A \in \mathbb{S}^n_{++}", "n n", "spd"),
        ("A: n×n positive definite", "n n", "spd"),
        ("A: n+1 × 2·k", "n+1 2k", ""),
        ("A: n²×n", "nn n", ""),
        ("A: n_1×n_2", "n1 n2", ""),
    ],
)
def test_shapes_and_properties(where, shape, properties):
    variable = read_declarations(where).variables["A"]
    sizes = [_plain(size) for size in variable.shape or ()]
    assert sizes == shape.split()
    assert variable.properties == set(properties.split())


def _plain(size):
    if not hasattr(size, "terms"):
        return str(size)
    return "+".join(
        f"{number if number != 1 or not atoms else ''}{''.join(atoms)}" for atoms, number in size.terms.items()
    )


@pytest.mark.parametrize(
    "clause", ["A, B: n×n; x: n", "A, B: n×n\nx: n", "where A: n×n, B: n×n, x: n,", "x in R^n, A, B in R^{n x n}"]
)
def test_lists(clause):
    assert set(read_declarations(clause.removeprefix("where ")).variables) == {"A", "B", "x"}
    assert read("xᵀA B x", clause).symbols["B"].rank == "matrix"


@pytest.mark.parametrize(
    "text",
    [
        "½‖Ax − b‖² where A: m×n, x: n, b: m",
        "½‖Ax − b‖², where A: m×n, x: n, b: m",
        "½‖Ax − b‖²\nwhere\n  A: m×n\n  x: n; b: m",
        r"\frac12\|Ax - b\|^2 \text{ where } A \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^n, b \in \mathbb{R}^m",
    ],
)
def test_a_trailing_clause(text):
    symbols = read(text).symbols
    assert not any(s.inferred for s in symbols.values())
    assert symbols["A"].node.shape[1] == symbols["x"].node.shape[0]


@pytest.mark.parametrize(
    ("where", "domain", "codomain"),
    [
        ("g: ℝ^m → ℝ", ("m", 1), (1, 1)),
        ("g: R^m -> R", ("m", 1), (1, 1)),
        ("g: ℝ^m → ℝ^k", ("m", 1), ("k", 1)),
        ("g: ℝ^{m×n} → ℝ", ("m", "n"), (1, 1)),
        (r"g: \mathbb{R}^{n} \to \mathbb{R}", ("n", 1), (1, 1)),
        ("g: elementwise", None, None),
        ("g: ℝ → ℝ", None, None),
    ],
)
def test_functions(where, domain, codomain):
    function = read_declarations(where).functions["g"]
    assert (function.domain, function.codomain) == (domain, codomain)


@pytest.mark.parametrize(
    ("formula", "where", "title"),
    [
        ("sum(log(x))", "x: positive", "x ∈ ℝ^n with positive entries"),
        ("t‖x‖²", "t: positive", "t ∈ ℝ positive"),
        ("tr(S x xᵀ)", "S: symmetric", "S ∈ ℝ^{n×n} symmetric"),
    ],
)
def test_a_property_alone_leaves_the_kind_to_inference(formula: str, where: str, title: str) -> None:
    assert title in mc.derive(formula, wrt="x", where=where, check=False).text()
