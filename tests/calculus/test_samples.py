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
