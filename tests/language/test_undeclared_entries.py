"""P_ij and x_i under sums, undeclared: entries of one array, and samples where entries would read odd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import ParseError, ShapeError

SIZES = {"m": 3, "n": 4, "k": 2}
#: Sums over entries, what they are in matrices, the variable, and the shapes.
ENTRIES = [
    (r"\sum_{i,j} P_{ij} \log P_{ij}", "sum(P ⊙ log(P))", "P", "P: m×n"),
    (r"\langle C, P\rangle + \varepsilon \sum_{i,j} P_{ij} (\log P_{ij} − 1)", "C:P + ε sum(P ⊙ (log(P) − 1))", "P",
     "C: m×n, P: m×n"),
    (r"-\sum_k y_k \log\frac{e^{z_k}}{\sum_j e^{z_j}}", "−yᵀlogsoftmax(z)", "z", "y: n, z: n"),
    ("Σ_i (y_i − mean(y))²", "‖y − mean(y)‖²", "y", "y: n"),
    ("Σ_i (x_i − mean(x))(y_i − mean(y))", "(x − mean(x))ᵀ(y − mean(y))", "x", "x: n, y: n"),
    (r"\sum_{i,j} w_{ij} (f_i − f_j)^2", "sum(w ⊙ (f 𝟏ᵀ − 𝟏fᵀ).^2)", "f", "w: n×n, f: n"),
    (r"\sum_i α_i − \frac12 \sum_{i,j} α_i α_j y_i y_j K_{ij}", "sum(α) − ½ (α ⊙ y)ᵀK(α ⊙ y)", "α",
     "α: n, y: n, K: n×n"),
    ("Σ_{ij} A_ij x_i x_j", "xᵀAx", "A", "A: n×n, x: n"),
    ("Σ_{i,j} A_ij B_ij", "A:B", "A", "A: m×n, B: m×n"),
    ("Σ_i A_ii x_i", "diag(A)ᵀx", "x", "A: n×n, x: n"),
    ("Σ_{ij} (X_ij − Σ_k U_ik V_kj)²", "‖X − UV‖²", "U", "X: m×n, U: m×k, V: k×n"),
    ("Σ_i Σ_j (x_i − 2x_j)²", "‖x 𝟏ᵀ − 2𝟏xᵀ‖²", "x", "x: n"),
    ("Σ_i w_i log p_i", "wᵀlog(p)", "w", "w: n, p: n"),
    ("Σ_i x_i y_i", "xᵀy", "x", "x: n, y: n"),
    ("Σ_i x_i log(x_i/q_i)", "sum(x ⊙ log(x ⊘ q))", "x", "x: n, q: n"),
]  # fmt: skip


def array(shape: str, seed: int) -> Any:
    return 0.2 + np.random.default_rng(seed).random([SIZES[s] for s in shape.split("×")])


@pytest.mark.parametrize(("entries", "matrices", "wrt", "where"), ENTRIES)
def test_entries_of_arrays_that_nobody_declared(entries: str, matrices: str, wrt: str, where: str) -> None:
    one = mc.derive(entries, wrt=wrt).compile()
    other = mc.derive(matrices, wrt=wrt, where=where).compile()
    shapes = dict(part.split(": ") for part in where.split(", "))
    arrays = {name: array(shape, k) for k, (name, shape) in enumerate(shapes.items())} | {"ε": 0.7}
    spelt = {symbol.name: symbol.name.partition("_")[0] for symbol in one.task.inputs}  # y_k are those of y
    given = {name: arrays[spelt[name]] for name in spelt}
    want = other(**{symbol.name: arrays[symbol.name] for symbol in other.task.inputs})
    np.testing.assert_allclose(one(**given), want, rtol=1e-12)


@pytest.mark.parametrize(
    ("expression", "wrt", "where"),
    [
        ("Σ_i exp(−‖x − x_i‖²)", "x", None),
        ("Σ_i exp(−‖x − x_i‖²)", "x", "x: n"),
        ("Σ_i Σ_j exp(−‖A(x_i − x_j)‖²)", "A", None),
        ("Σ_i Σ_j α_i α_j x_iᵀx_j", "α", None),
        ("Σ_i ‖x_i − μ‖²", "μ", None),
        ("Σ_i (y_i − wᵀx_i)²", "w", None),
    ],
)
def test_samples_stay_samples(expression: str, wrt: str, where: str | None) -> None:
    program = mc.derive(expression, wrt=wrt, where=where).program
    assert len(program.symbols["x_i"].shape) == 2  # vectors, and the index


def test_a_sample_by_which_is_differentiated_is_no_entry() -> None:
    derivation = mc.derive("Σ_i Σ_j (x_i − 2x_j)²", wrt="x_i")
    assert "x_i" in derivation.program.symbols
    assert str(mc.derive("Σ_i Σ_j k_i k_j x_iᵀ x_j", wrt="k_i", where="x_i: n, k_i, k_j: scalar").result) == "2 XᵀXk"


def test_an_array_may_be_declared_by_its_kind_alone() -> None:
    assert str(mc.derive("Σ_i x_i²", wrt="x", where="x: vector").result) == "2x"


def test_a_single_entry_is_no_variable() -> None:
    with pytest.raises(ParseError, match="x_1 would be a variable of its own, not an entry of x"):
        mc.derive("Σ_i x_i² + x_1", wrt="x", where="x: n")
    declared = mc.derive("Σ_i x_i² + x_1", wrt="x", where="x: n, x_1: scalar")
    assert str(declared.result) == "2x"


def test_samples_of_one_name_have_one_shape() -> None:
    with pytest.raises(ShapeError, match="are samples of one array, but are read as of two shapes"):
        mc.derive("Σ_i Σ_j ‖x_i − b‖² x_j", wrt="b", where="x_i: n, x_j: scalar, b: n")


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("Σ_{i,j} P_ij log P_ij", "P : log(P)"),
        ("Σ_{i,j} P_ij (log P_ij − 1)", "P : (log(P) − 1)"),
        ("Σ_{ij} (X_ij − Σ_k U_ik V_kj)²", "‖X − UV‖²"),
        ("Σ_{i,j} A_ij B_ij", "A : B"),
    ],
)
def test_sums_by_rows_are_written_without_transposes(expression: str, printed: str) -> None:
    program = mc.derive(expression, wrt={"P": "P", "X": "U", "A": "A"}[printed.strip("‖")[0]]).program
    assert mc.present.text_of(program.expression) == printed
