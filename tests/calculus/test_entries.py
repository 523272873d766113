"""Sums over entries, Σ_i x_i² and Σ_i Σ_j A_ij x_i x_j: what is read, against loops, and its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import matcalc as mc

SIZES = {"m": 3, "n": 4, "p": 2}
SHAPES = {"x": "n", "u": "n", "y": "m", "z": "p", "A": "m×n", "B": "n×p", "K": "n×n", "M": "m×n", "c": "scalar"}
R = {name: range(size) for name, size in SIZES.items()}


def _total(*sizes: str, term: Callable[..., Any]) -> Callable[[dict[str, Any]], Any]:
    """The sum over all places, in loops."""
    return lambda a: sum(term(a, *at) for at in np.ndindex(*(SIZES[s] for s in sizes)))


def _log1p_exp(t: Any) -> Any:
    return np.log(1 + np.exp(t))


# fmt: off
CASES: list[tuple[str, str, Callable[[dict[str, Any]], Any]]] = [
    ("Σ_i x_i²", "x", _total("n", term=lambda a, i: a["x"][i] ** 2)),
    ("sum_{i=1}^n c x_i u_i", "x", _total("n", term=lambda a, i: a["c"] * a["x"][i] * a["u"][i])),
    (r"\sum_{i=1}^{n} \sum_{j=1}^{n} K_{ij} x_i u_j", "x",
     _total("n", "n", term=lambda a, i, j: a["K"][i, j] * a["x"][i] * a["u"][j])),
    ("Σ_i Σ_j A_{ij} y_i x_j", "A", _total("m", "n", term=lambda a, i, j: a["A"][i, j] * a["y"][i] * a["x"][j])),
    ("Σ_j Σ_i A_{ij} y_i x_j", "x", _total("m", "n", term=lambda a, i, j: a["A"][i, j] * a["y"][i] * a["x"][j])),
    ("Σ_{ij} A_{ij} M_{ij}", "M", _total("m", "n", term=lambda a, i, j: a["A"][i, j] * a["M"][i, j])),
    (r"\sum_{i,j} (A_{ij} − y_i x_j)²", "x",
     _total("m", "n", term=lambda a, i, j: (a["A"][i, j] - a["y"][i] * a["x"][j]) ** 2)),
    ("Σ_i Σ_j log(1 + exp(A_{ij} x_j y_i))", "A",
     _total("m", "n", term=lambda a, i, j: _log1p_exp(a["A"][i, j] * a["x"][j] * a["y"][i]))),
    ("Σ_j Σ_i log(1 + exp(A_{ij} x_j y_i))", "y",
     _total("m", "n", term=lambda a, i, j: _log1p_exp(a["A"][i, j] * a["x"][j] * a["y"][i]))),
    ("Σ_i exp(Σ_j A_{ij} x_j) y_i", "x", lambda a: np.exp(a["A"] @ a["x"]) @ a["y"]),
    ("Σ_j sin(Σ_i A_{ij} y_i) x_j²", "A", lambda a: np.sin(a["A"].T @ a["y"]) @ a["x"] ** 2),
    ("Σ_i Σ_j Σ_k A_{ij} B_{jk} y_i z_k", "B",
     _total("m", "n", "p", term=lambda a, i, j, k: a["A"][i, j] * a["B"][j, k] * a["y"][i] * a["z"][k])),
    ("Σ_i Σ_j Σ_k K_{ij} K_{jk} K_{ki}", "K",
     _total("n", "n", "n", term=lambda a, i, j, k: a["K"][i, j] * a["K"][j, k] * a["K"][k, i])),
    ("Σ_i K_{ii} x_i", "K", _total("n", term=lambda a, i: a["K"][i, i] * a["x"][i])),
    ("Σ_i Σ_j K_{ij} (x_i − x_j)²", "x",
     _total("n", "n", term=lambda a, i, j: a["K"][i, j] * (a["x"][i] - a["x"][j]) ** 2)),
    ("Σ_i Σ_j exp(K_{ij} x_i) + Σ_j Σ_i sin(K_{ij} x_j u_i)", "K",
     lambda a: np.sum(np.exp(a["K"] * a["x"][:, None]) + np.sin(a["K"] * a["u"][:, None] * a["x"]))),
    ("Σ_i Σ_j K_{ji} x_i u_j", "K", _total("n", "n", term=lambda a, i, j: a["K"][j, i] * a["x"][i] * a["u"][j])),
    ("Σ_i (x_i − (1/n) Σ_k x_k)²", "x", lambda a: np.sum((a["x"] - np.mean(a["x"])) ** 2)),
    ("v = A x; Σ_i log(1 + v_i²)", "A", lambda a: np.sum(np.log(1 + (a["A"] @ a["x"]) ** 2))),
    ("C = A B; Σ_i Σ_k C_{ik}² y_i z_k", "B", lambda a: a["y"] @ (a["A"] @ a["B"]) ** 2 @ a["z"]),
    ("Σ_i x_i log(x_i² + 1) + Σ_k u_k x_k", "x",
     lambda a: np.sum(a["x"] * np.log(a["x"] ** 2 + 1)) + a["u"] @ a["x"]),
    ("Σ_i max(0, 1 − y_i Σ_j A_{ij} x_j)", "x", lambda a: np.sum(np.maximum(0, 1 - a["y"] * (a["A"] @ a["x"])))),
]
# fmt: on


@pytest.mark.parametrize(("expression", "wrt", "loops"), CASES, ids=[case[0] for case in CASES])
def test_value_and_gradient(expression: str, wrt: str, loops: Callable[[dict[str, Any]], Any]) -> None:
    rng = np.random.default_rng(3)
    arrays = {
        name: rng.standard_normal([SIZES[d] for d in shape.split("×")] if shape != "scalar" else ())
        for name, shape in SHAPES.items()
    }
    found = mc.derive(expression, wrt=wrt, where=", ".join(f"{name}: {shape}" for name, shape in SHAPES.items()))
    assert found.certificate
    compiled = found.compile()
    given = {one: arrays[one] for one in arrays if one in compiled.names}
    assert compiled.value(**given) == pytest.approx(loops(arrays), rel=1e-12)
    direction = rng.standard_normal(arrays[wrt].shape)
    moved = [loops({**arrays, wrt: arrays[wrt] + h * direction}) for h in (1e-5, -1e-5)]
    assert np.sum(compiled(**given) * direction) == pytest.approx((moved[0] - moved[1]) / 2e-5, rel=1e-6)


def test_matrix_form() -> None:
    found = mc.derive("Σ_i Σ_j A_{ij} x_i x_j", wrt="x", where="A: n×n, x: n")
    assert (str(found.expression), str(found.result)) == ("xᵀAx", "(A + Aᵀ)x")
    assert "A_{ij} = e_iᵀ A e_j" in found.text()
    assert str(mc.derive("√(Σ_i x_i²)", wrt="x", where="x: n").expression) == "‖x‖"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Σ_i A_{ij} y_i", "A_{ij} has the index j, which no sum around it has"),
        ("Σ_i A_i", "A has two indices, unlike A_i"),
        ("Σ_i Σ_j x_{ij}", "x has one index, unlike x_{ij}"),
        ("Σ_i x_i + x_i", "x_i stands outside of the sum over i"),
        ("Σ_i x_i y_i", "the index i runs up to different sizes"),
        ("sum_{i=1}^N x_i", "the index i runs up to different sizes"),
        ("sum_{i=2}^n x_i", "a sum runs from i = 1"),
        ("C = A B; Σ_i C_i", "its entries have two indices"),
    ],
)
def test_what_is_no_entry_is_refused(expression: str, message: str) -> None:
    with pytest.raises(mc.MatcalcError, match=message):
        mc.derive(expression, wrt="x", where="x: n, y: m, A: m×n, B: n×p")


def test_a_name_that_is_declared_itself_is_no_entry() -> None:
    found = mc.derive("Σ_i ‖x_i − x‖²", wrt="x", where="x: n, x_i: n")
    assert "x_i ∈ ℝ^n (i = 1…N)" in found.text()


def test_where_entries_do_not_conform_samples_are_meant() -> None:
    found = mc.derive("Σ_i (y_i − aᵀx_i)²", wrt="a", where="x, a: n")
    assert str(found.result) == "2 X(Xᵀa − y)"
    assert "x_i ∈ ℝ^n (i = 1…N)" in found.text()


def test_samples_by_the_name_of_the_array() -> None:
    assert str(mc.derive("Σ_i ‖y_i − W x_i‖²", wrt="X", where="W: m×n, x_i: n, y_i: m").result) == "2 Wᵀ(WX − Y)"
