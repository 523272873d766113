"""Sums over samples as typed: read, differentiated, and written as a sum again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.operators.sums import SampleSum
from tests.naive import evaluate

SIZES = {"m": 3, "n": 4, "N": 5}

SUMS = [
    ("Σ_i ‖y_i − W x_i‖²", "W: m×n, x_i: n, y_i: m", "W", "2 Σ_i (W x_i − y_i) x_iᵀ"),
    ("Σ_i ‖y_i − W x_i‖² + λ‖W‖²", "W: m×n, x_i: n, y_i: m, λ: scalar", "W", None),
    ("(1/N) Σ_i log(1 + exp(−y_i wᵀx_i))", "w: n, x_i: n, y_i: scalar", "w", None),
    ("Σ_i log(1 + x_iᵀ A x_i)", "A: n×n, x_i: n", "A", None),
    ("Σ_i max(0, 1 − y_i wᵀx_i)", "w: n, x_i: n, y_i: scalar", "w", None),
    ("Σ_i exp(−‖x_i − w‖²)", "w, x_i: n", "w", None),
    ("Σ_i u_iᵀ softmax(W x_i)", "W: m×n, x_i: n, u_i: m", "W", None),
]


def _arrays(found: Any) -> dict[Any, Any]:
    rng = np.random.default_rng(1)
    nodes = {s.node for s in found.program.symbols.values() if s.kind == "variable"}
    return {s: rng.standard_normal([SIZES[str(d)] if d != 1 else 1 for d in alg.shape_of(s)]) * 0.5 for s in nodes}


@pytest.mark.parametrize(("expression", "where", "wrt", "written"), SUMS)
def test_the_gradient_as_a_sum(expression: str, where: str, wrt: str, written: str | None) -> None:
    found = mc.derive(expression, wrt=wrt, where=where)
    assert found.check()
    form = next(step.after for step in found.steps if step.note == "as a sum over the samples")
    assert written is None or str(form) == written
    assert "Σ_i" in found.text()
    assert r"\sum_{i}" in found.latex()
    arrays = _arrays(found)
    families = [s for s in found.program.symbols.values() if s.index]
    sums: dict[Any, Any] = {}
    for node in (n for n in alg.postorder(form) if isinstance(n, SampleSum)):
        sums[node] = 0.0
        for i in range(SIZES["N"]):
            one: dict[Any, Any] = dict(arrays)
            for s in families:
                column = len(s.shape) == 2
                sample = alg.matrix(s.name, s.node.shape[0], 1) if column else alg.scalar(s.name)
                one[sample] = arrays[s.node][:, [i]] if column else arrays[s.node][i, 0]
            sums[node] = sums[node] + evaluate(node.args[0], one, SIZES)
    stand_ins = {node: alg.matrix(f"sum{k}", *node.shape) for k, node in enumerate(sums)}
    totals = {stand_ins[node]: array for node, array in sums.items()}
    got = evaluate(alg.replace(form, stand_ins), arrays | totals, SIZES)
    np.testing.assert_allclose(got, evaluate(found.result, arrays, SIZES), rtol=1e-10)


@pytest.mark.parametrize(
    ("expression", "where", "wrt"),
    [
        ("Σ_i Σ_j ‖x_i − x_j‖²", "x_i: n", "x_i"),
        ("Σ_i Σ_j exp(−‖x_i − y_j‖²)", "x_i, y_j: n", "x_i"),
        ("Σ_i Σ_j k_i k_j x_iᵀ x_j", "x_i: n, k_i, k_j: scalar", "k_i"),
        ("Σ_i Σ_j log(1 + exp(x_iᵀ A y_j))", "x_i, y_j: n, A: n×n", "A"),
        ("Σ_i Σ_j a_i b_j exp(−‖x_i − y_j‖²/(2 s²))", "x_i, y_j: n, a_i, b_j, s: scalar", "s"),
        ("Σ_i Σ_j Σ_k log(1 + exp(x_iᵀ y_j − x_iᵀ z_k))", "x_i, y_j, z_k: n", "x_i"),
        ("Σ_i log Σ_j exp(x_iᵀ A y_j)", "x_i, y_j: n, A: n×n", "A"),
        ("−Σ_i log(exp(u_iᵀ v_i/τ)/Σ_j exp(u_iᵀ v_j/τ))", "u_i, v_i: n, τ: scalar", "u_i"),
        ("Σ_i log(Σ_j p_j exp(−½(x_i − μ_j)ᵀP(x_i − μ_j)))", "x_i, μ_j: n, p_j: scalar positive, P: n×n spd", "μ_j"),
        ("Σ_i ‖x_i − Σ_j exp(−‖x_i − y_j‖²) y_j‖²", "x_i, y_j: n", "y_j"),
    ],
)
def test_double_sums_over_pairs(expression: str, where: str, wrt: str) -> None:
    report = mc.derive(expression, wrt=wrt, where=where).check()
    assert report, str(report)


def test_the_pairs_of_one_family_are_pairs_of_one_array() -> None:
    found = mc.derive("Σ_i Σ_j ‖x_i − x_j‖²", wrt="x_i", where="x_i: n").compile()
    x = np.random.default_rng(0).standard_normal((3, 4))
    want = sum(float(np.sum((x[:, i] - x[:, j]) ** 2)) for i in range(4) for j in range(4))
    assert np.isclose(found.value(x_i=x), want)
    np.testing.assert_allclose(found(x_i=x), 4 * (4 * x - x.sum(axis=1, keepdims=True)))


@pytest.mark.parametrize(
    "expression",
    [
        "(1/N) Σ_i log(1+exp(−y_i wᵀx_i))",
        "Σ_i exp(−y_i wᵀ x_i)",
        "Σ_i max(0, 1 − y_i wᵀx_i) + λ‖w‖²",
        "Σ_i (y_i − wᵀx_i)²",
    ],
)
def test_a_label_is_a_number(expression: str) -> None:
    found = mc.derive(expression, wrt="w")
    assert len(found.program.symbols["y_i"].shape) == 1
    assert len(found.program.symbols["x_i"].shape) == 2


def test_a_mean_of_vectors_stays_one() -> None:
    assert mc.derive("(1/N) Σ_i W x_i", wrt="W", kind="jacobian").check()


@pytest.mark.parametrize(
    ("expression", "where", "wrt"),
    [
        ("Σ_i log det(A + x_i x_iᵀ)", "A: n×n spd, x_i: n", "A"),
        ("Σ_i y_iᵀ (A + x_i x_iᵀ)⁻¹ y_i", "A: n×n spd, x_i, y_i: n", "x_i"),
        ("Σ_i (A + x_i x_iᵀ)⁻¹", "A: n×n spd, x_i: n", "A"),
        ("Σ_i det(A + x_i x_iᵀ)", "A: n×n spd, x_i: n", "x_i"),
        ("Σ_i ‖x_i x_iᵀ − A‖_F²", "A: n×n, x_i: n", "A"),
        ("Σ_i log det(s_i A + x_i x_iᵀ + y_i y_iᵀ)", "A: n×n spd, x_i, y_i: n, s_i: scalar positive", "s_i"),
        ("Σ_i ‖W(x_i x_iᵀ − S)Wᵀ‖²", "W: m×n, S: n×n, x_i: n", "W"),
        ("Σ_i tr((I + x_i x_iᵀ)⁻¹ A)", "A: n×n, x_i: n", "x_i"),
        ("Σ_i diag(A + x_i x_iᵀ)ᵀ b", "A: n×n, x_i, b: n", "x_i"),
        ("Σ_i x_i x_iᵀ A x_i x_iᵀ", "A: n×n, x_i: n", "A"),
    ],
)
def test_samples_inside_matrices(expression: str, where: str, wrt: str) -> None:
    """A + x_i x_iᵀ is opened: its inverse and its determinant need those of A alone."""
    report = mc.derive(expression, wrt=wrt, where=where).check()
    assert report, str(report)


def test_the_samples_have_a_name_together() -> None:
    found = mc.derive("Σ_i log(1 + exp(−y_i wᵀx_i))", wrt="w")
    assert str(found.result) == "−X(y ⊙ σ(−y ⊙ Xᵀw))"
    assert {"y = (y_1, …, y_N), the numbers as a vector", "X = [x_1, …, x_N], the samples as columns"} <= set(
        found.reading.notes
    )
    assert "x_i: shape (n, N), called X above" in found.source()
    assert "y_i" in found.compile().source


def test_the_derivative_by_all_samples() -> None:
    found = mc.derive("Σ_i exp(wᵀx_i)", wrt="x_i")
    assert "∂f/∂X = w exp(z)ᵀ" in found.text()
    assert r"\frac{\partial f}{\partial X}" in found.latex()
    assert "∂f/∂X_ij" in found.text(form="components")


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("Σ_i (x_i − x)²", "x_{1:N}"),  # x is a number of its own
        ("Σ_i ‖X x_i‖²", "x_{1:N}"),
        ("Σ_i φ_iᵀ A φ_i", "Φ"),
    ],
)
def test_the_name_is_one_that_is_free(expression: str, shown: str) -> None:
    found = mc.derive(expression, wrt="x_i" if "x_i" in expression else "φ_i")
    assert f"f({shown})" in found.text()
