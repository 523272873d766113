"""The derivatives of docs/gallery.md: all their forms at a point, the joint ones, and their entries written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.forms import derivatives_of, explicit, form_of, gauss_newton, stacked, stacked_vjp
from tests.calculus.test_random import STEP
from tests.forms.checks import check_forms, column
from tests.naive import evaluate, vec

SIZES = {"m": 3, "n": 4, "p": 2}
TANH = {"θ": "tanh", "σ": "tanh"}

CASES = [  # expression, variables, declarations, kind
    ("½‖θ(Wx)‖²", "W", "", None),
    ("½‖θ(Wx)‖²", "W", "W: 2×2, x: 2", None),
    ("lse(Wx)", "W", "W: m×n, x: n", None),
    ("z = Wx", "W", "", None),
    ("Y = XW + B", ("W", "B", "X"), "X: 1×3, W: 3×2, B: 1×2", None),
    ("Y = XW + B; ‖exp(Y)‖²", ("W", "B", "X"), "X: 1×3, W: 3×2, B: 1×2", None),
    ("b = Wa", ("W", "a"), "W: 3×3, a: 3", None),
    ("a = σ(x)", "x", "x: n", None),
    ("A = σ(X)", "X", "X: m×n", None),
    ("A = σ(X)", "X", "X: 4×2", None),
    ("G = σ(Wx + b)", ("W", "b"), "W: m×n, x: n", None),
    ("lse(σ(Wx + b))", ("W", "b"), "W: m×n, x: n", None),
    ("lse(σ(Wx + b))", ("W", "b"), "W: m×n, x: n", "hessian"),
    ("xᵀAx", "x", "A: n×n", "hessian"),
    ("1ᵀ softplus(Xw)", "w", "X: m×n", "hessian"),
    ("½‖Vx − y‖²", "V", "V: m×n", "hessian"),
    ("½‖Ax + By‖²", ("x", "y"), "A: m×n, B: m×p", "hessian"),
    ("r ⊙ exp(r M)", "r", "r: 1×n, M: n×n", None),
    ("exp(t a)", "t", "t: scalar, a: n", None),
    ("exp(t A)", "t", "t: scalar, A: m×n", None),
    ("S : X⁻¹", "X", "X: n×n, S: n×n", None),
]


def derive(expression: str, wrt: Any, where: str, kind: str | None) -> Any:
    used = {name: meaning for name, meaning in TANH.items() if name in expression}
    return mc.derive(expression, wrt=wrt, where=where or None, define=used or None, kind=kind)


def sizes_of(d: Any) -> dict[str, int]:
    found = {s.name for node in alg.postorder(d.expression) for size in alg.shape_of(node) for s in size.free_symbols}
    return {name: SIZES.get(name, 2 + k) for k, name in enumerate(sorted(found))}


def draw(d: Any, sizes: dict[str, int]) -> dict[Any, Any]:
    rng = np.random.default_rng(3)
    env = {}
    numbers = {alg.dimension(name): number for name, number in sizes.items()}
    for symbol in d.program.symbols.values():
        if symbol.kind == "variable":
            shape = [int(size.subs(numbers)) for size in alg.shape_of(symbol.node)]
            env[symbol.node] = 0.5 * rng.standard_normal(shape) + np.eye(*shape) if shape else np.float64(0.7)
    return env


def numeric_jacobian(value: Any, x: Any, env: dict[Any, Any], sizes: dict[str, int]) -> np.ndarray:
    """∂vec Y/∂vec Xᵀ by complex step."""
    columns = []
    shape = np.shape(np.atleast_2d(env[x]))
    for at in range(shape[0] * shape[1]):
        bump = np.eye(shape[0] * shape[1])[at].reshape(shape, order="F")
        step = 1j * STEP * (bump if np.ndim(env[x]) else bump[0, 0])
        columns.append(column(np.imag(evaluate(value, env | {x: env[x] + step}, sizes)) / STEP)[:, 0])
    return np.stack(columns, axis=1)


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]} by {case[1]} {case[3] or ''}")
def derivation(request: Any) -> Any:
    return derive(*request.param)


def test_all_forms_are_one_derivative(derivation: Any) -> None:
    sizes = sizes_of(derivation)
    env = draw(derivation, sizes)
    for d in derivatives_of(derivation).values():
        check_forms(d, numeric_jacobian(d.value, d.variable, env, sizes), env, sizes, 5)


def test_the_joint_matrix_has_the_matrices_as_blocks(derivation: Any) -> None:
    sizes = sizes_of(derivation)
    env = draw(derivation, sizes)
    every = derivatives_of(derivation)
    rows: dict[Any, list[np.ndarray]] = {}
    for d in every.values():
        rows.setdefault(d.row, []).append(np.atleast_2d(evaluate(d.on_vec, env, sizes)))
    whole = np.block(list(rows.values()))
    for names in (True, False):
        together = np.atleast_2d(evaluate(stacked(every, names), env, sizes))
        np.testing.assert_allclose(together, whole, atol=1e-12)
    if derivation.kind == "hessian":
        np.testing.assert_allclose(whole, whole.T, atol=1e-12)
        return
    first = next(iter(every.values()))
    m = np.random.default_rng(1).standard_normal(np.shape(evaluate(first.value, env, sizes)))
    pulled = evaluate(stacked_vjp(every), env | {first.cotangent(): m}, sizes)
    np.testing.assert_allclose(column(pulled), whole.T @ column(m), atol=1e-12)


@pytest.mark.parametrize("layout", ["gradient", "numerator", "denominator"])
def test_layouts_transpose_the_same_numbers(derivation: Any, layout: str) -> None:
    """Of every form and every result: the numerator's entries, or its transpose's."""
    sizes = sizes_of(derivation)
    env = draw(derivation, sizes)
    derivation.layout = layout
    for key, d in derivatives_of(derivation).items():
        vec_form = form_of(derivation, "vec")
        j = np.atleast_2d(evaluate(vec_form[key] if derivation.joint else vec_form, env, sizes))
        plain = np.atleast_2d(evaluate(d.on_vec, env, sizes))
        np.testing.assert_allclose(j if layout != "denominator" else j.T.reshape(plain.shape), plain, atol=1e-12)
        result = np.atleast_2d(evaluate(derivation.results[key], env, sizes))
        if d.value_shape == ():
            want = plain.reshape(np.atleast_2d(env[d.variable]).shape, order="F")
            np.testing.assert_allclose(result.T if layout == "numerator" else result, want, atol=1e-12)
        elif d.variable_shape == ():
            got = result.T if layout == "denominator" else result
            np.testing.assert_allclose(vec(got), plain, atol=1e-12)


EXPLICIT = [
    ("½‖θ(Wx)‖²", "W", "W: 2×2, x: 2"),
    ("g(Wx)", "W", "g: ℝ^2 → ℝ, W: 2×2, x: 2"),
    ("h(Wx)", "W", "h: ℝ^2 → ℝ^3, W: 2×2, x: 2"),
    ("XW + B", ("W", "B", "X"), "X: 1×3, W: 3×2, B: 1×2"),
    ("L(XW + B)", ("W", "B", "X"), "L: ℝ^{1×2} → ℝ, X: 1×3, W: 3×2, B: 1×2"),
    ("Wa", ("W", "a"), "W: 3×3, a: 3"),
    ("σ(X)", "X", "X: 2×2"),
    ("σ(Wx + b)", ("W", "b"), "W: 2×2, x: 2"),
    ("sigmoid(Wx + b)", ("W", "b"), "W: 2×2, x: 2"),
    ("softmax(x)", "x", "x: 3"),
    ("X⁻¹", "X", "X: 2×2"),
    ("log det X", "X", "X: 2×2"),
    ("tr(S X S)", "S", "S: 2×2 symmetric, X: 2×2"),
    ("A ⊗ X", "X", "A: 2×1, X: 1×2"),
    ("exp(t a)", "t", "t: scalar, a: 2"),
    ("relu(x)", "x", "x: 2"),
]


@pytest.mark.parametrize(("expression", "wrt", "where"), EXPLICIT, ids=str)
def test_every_entry_is_proved(expression: str, wrt: Any, where: str) -> None:
    for d in derivatives_of(mc.derive(expression, wrt=wrt, where=where)).values():
        form = explicit(d)
        assert form.proved
        assert form.array.shape == tuple(int(s) for s in alg.shape_of(form.closed) or (1, 1))


def test_hessians_are_proved_entry_by_entry() -> None:
    for expression, where in (("g(Wx)", "g: ℝ^2 → ℝ, W: 2×2, x: 2"), ("lse(Ax)", "A: 2×2, x: 2")):
        d = mc.derive(expression, wrt="x", where=where, kind="hessian")
        assert d.form("explicit").proved


def test_a_wrong_entry_is_found() -> None:
    from dataclasses import replace

    (d,) = derivatives_of(mc.derive("σ(Wx)", wrt="W", where="W: 2×2, x: 2")).values()
    form = explicit(d)
    assert not replace(form, closed=alg.mul(2, form.closed)).proved


def test_gauss_newton() -> None:
    d = mc.derive("½‖Ax − b‖² + λ‖x‖²", wrt="x")
    x = d.variables["x"]
    assert str(gauss_newton(d.expression, x)) == "AᵀA + 2λI"
    assert gauss_newton(d.expression, x) == mc.hessian("½‖Ax − b‖² + λ‖x‖²", wrt="x").result
    with pytest.raises(mc.DerivationError, match="not a square"):
        gauss_newton(mc.derive("lse(x)", wrt="x").expression, x)
