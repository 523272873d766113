"""Sums over samples that are matrices, against loops in NumPy: value, gradients, Hessians, and what is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import matcalc as mc

N, m, n, p = 5, 3, 4, 2
SIZES = {"N": N, "m": m, "n": n, "p": p}
WHERE = "X_i: m×n, Y_i: m×p, S_i: n×n spd, w, v: n, y_i: m, c_i: scalar, A: p×m, B: n×p, W: m×n, λ: scalar, K: n×n"
SHAPES = {
    "X_i": (m, n, N), "Y_i": (m, p, N), "S_i": (n, n, N), "w": (n,), "v": (n,), "y_i": (m, N), "c_i": (N,), "A": (p, m),
    "B": (n, p), "W": (m, n), "λ": (), "K": (n, n),
}  # fmt: skip


def _each(term: Callable[..., Any], *names: str) -> Callable[[dict[str, Any]], Any]:
    """The sum of a term over all samples."""
    return lambda a: sum(term(a, *(a[name][..., i] for name in names)) for i in range(N))


def _logdet(a: Any) -> Any:
    return np.linalg.slogdet(a)[1]


# fmt: off
CASES: list[tuple[str, tuple[str, ...], Callable[[dict[str, Any]], Any]]] = [
    ("Σ_i ‖X_i w − y_i‖²", ("w", "X_i", "y_i"), _each(lambda a, X, y: np.sum((X @ a["w"] - y) ** 2), "X_i", "y_i")),
    ("Σ_i tr(A X_i B)", ("A", "B", "X_i"), _each(lambda a, X: np.trace(a["A"] @ X @ a["B"]), "X_i")),
    ("Σ_i log det(S_i + K Kᵀ)", ("K", "S_i"), _each(lambda a, S: _logdet(S + a["K"] @ a["K"].T), "S_i")),
    ("Σ_i log det(W S_i Wᵀ)", ("W", "S_i"), _each(lambda a, S: _logdet(a["W"] @ S @ a["W"].T), "S_i")),
    ("½ Σ_i c_i ‖Y_i − X_i B‖² + λ‖B‖²", ("B", "λ", "c_i", "Y_i"),
     lambda a: _each(lambda a, c, X, Y: c * np.sum((Y - X @ a["B"]) ** 2) / 2, "c_i", "X_i", "Y_i")(a)
     + a["λ"] * np.sum(a["B"] ** 2)),
    ("log Σ_i exp(wᵀS_i v)", ("w", "v"), lambda a: np.log(_each(lambda a, S: np.exp(a["w"] @ S @ a["v"]), "S_i")(a))),
    ("Σ_i wᵀS_i⁻¹w", ("w", "S_i"), _each(lambda a, S: a["w"] @ np.linalg.inv(S) @ a["w"], "S_i")),
    ("Σ_i ‖tanh(W ⊙ X_i)‖²", ("W", "X_i"), _each(lambda a, X: np.sum(np.tanh(a["W"] * X) ** 2), "X_i")),
    ("(Σ_i c_i y_iᵀX_i w)²", ("w", "c_i"),
     lambda a: _each(lambda a, c, y, X: c * (y @ X @ a["w"]), "c_i", "y_i", "X_i")(a) ** 2),
    ("Σ_i (y_iᵀX_i w − c_i)² / (1 + ‖y_i‖²)", ("w", "y_i"),
     _each(lambda a, y, X, c: (y @ X @ a["w"] - c) ** 2 / (1 + y @ y), "y_i", "X_i", "c_i")),
    ("Σ_i det(I + Y_iᵀX_i B)", ("B", "Y_i"),
     _each(lambda a, Y, X: np.linalg.det(np.eye(p) + Y.T @ X @ a["B"]), "Y_i", "X_i")),
    ("Σ_i sum(exp(X_i ⊙ W)) + tr(K)", ("W", "K"),
     lambda a: _each(lambda a, X: np.sum(np.exp(X * a["W"])), "X_i")(a) + np.trace(a["K"])),
    ("z = K w; Σ_i ‖X_i z − y_i‖²", ("K", "w"),
     _each(lambda a, X, y: np.sum((X @ a["K"] @ a["w"] - y) ** 2), "X_i", "y_i")),
]
# fmt: on


def _arrays() -> dict[str, Any]:
    rng = np.random.default_rng(11)
    found = {name: 0.5 * rng.standard_normal(shape) for name, shape in SHAPES.items()}
    found["S_i"] = np.stack([s @ s.T + np.eye(n) for s in rng.standard_normal((N, n, n))], axis=-1)
    return found


@pytest.mark.parametrize(("expression", "wrt", "loops"), CASES, ids=[case[0] for case in CASES])
def test_value_and_gradient(expression: str, wrt: tuple[str, ...], loops: Callable[[dict[str, Any]], Any]) -> None:
    arrays, rng = _arrays(), np.random.default_rng(2)
    found = mc.derive(expression, wrt=wrt, where=WHERE)
    assert found.certificate, str(found.certificate)
    compiled = found.compile()
    given = {name: arrays[name] for name in compiled.names}
    assert compiled.value(**given) == pytest.approx(loops(arrays), rel=1e-12)
    gradients = compiled(**given)
    for name in wrt:
        direction = rng.standard_normal(SHAPES[name])
        moved = [loops({**arrays, name: arrays[name] + h * direction}) for h in (1e-5, -1e-5)]
        assert np.shape(gradients[name]) == SHAPES[name]
        slope = (moved[0] - moved[1]) / 2e-5
        assert np.sum(gradients[name] * direction) == pytest.approx(slope, rel=1e-6, abs=1e-7)


@pytest.mark.parametrize(
    ("expression", "wrt", "result"),
    [
        ("Σ_i ‖X_i w − y_i‖²", "w", "2 Σ_i X_iᵀ (X_i w − y_i)"),
        ("Σ_i tr(A X_i B)", "A", "Bᵀ Σ_i X_iᵀ"),
        ("Σ_i log det(S_i)", "S_i", "[S_i⁻ᵀ]_i"),
        ("Σ_i wᵀS_i v", "w", "(Σ_i S_i)v"),
    ],
)
def test_printed(expression: str, wrt: str, result: str) -> None:
    found = mc.derive(expression, wrt=wrt, where=WHERE)
    assert str(found.result) == result
    for text in (found.text(), found.latex(), found.html(), found.markdown()):
        assert "Σ_i" in text or r"\sum_{i}" in text


@pytest.mark.parametrize(
    ("expression", "wrt"),
    [
        ("Σ_i ‖X_i w − y_i‖²", "w"), ("Σ_i log det(W S_i Wᵀ)", "W"), ("log Σ_i exp(wᵀS_i v)", "w"),
        ("Σ_i wᵀS_i⁻¹w", "w"),
        ("½ Σ_i c_i ‖Y_i − X_i B‖²", "B"), ("Σ_i ‖X_i w − y_i‖²", "y_i"), ("Σ_i c_i² wᵀS_i v", "c_i"),
    ],
)  # fmt: skip
def test_hessian(expression: str, wrt: str) -> None:
    found = mc.derive(expression, wrt=wrt, where=WHERE, kind="hessian")
    assert found.certificate, str(found.certificate)
    arrays, rng = _arrays(), np.random.default_rng(5)
    hessian, gradient = found.compile(), mc.derive(expression, wrt=wrt, where=WHERE).compile()
    direction = rng.standard_normal(SHAPES[wrt])
    given = {name: arrays[name] for name in hessian.names}
    some = {name: arrays[name] for name in gradient.names}
    moved = [gradient(**{**some, wrt: arrays[wrt] + h * direction}) for h in (1e-6, -1e-6)]
    got = np.tensordot(hessian(**given), direction, axes=direction.ndim)
    np.testing.assert_allclose(got, (moved[0] - moved[1]) / 2e-6, atol=1e-6)


def test_what_is_not_known_by_samples_is_refused() -> None:
    for kind in ("hessian", "jacobian"):
        with pytest.raises(mc.DerivationError, match="by all X_i the gradient of a scalar is supported"):
            mc.derive("Σ_i ‖X_i w‖²", wrt="X_i", where=WHERE, kind=kind)


@pytest.mark.parametrize("detail", ["brief", "full"])
def test_code_is_proof_read_at_every_detail(detail: str) -> None:
    found = mc.derive("Σ_i ‖X_i w − y_i‖²", wrt=("w", "X_i"), where=WHERE, detail=detail)
    assert found.check(), str(found.check())
    assert "r_i" in found.text() or detail == "brief"


def test_conditions_are_those_of_every_sample() -> None:
    assert "needs S_i invertible" in mc.derive("Σ_i wᵀS_i⁻¹w", wrt="w", where=WHERE).text()


def test_a_sum_inside_a_sum() -> None:
    found = mc.derive("Σ_i Σ_j tr(X_i K X_jᵀ)²", wrt="K", where="X_i: m×n, X_j: m×n, K: n×n")
    assert found.certificate
    with pytest.raises(mc.CompileError, match="no array code for"):
        found.source()
