"""The Gauss–Newton matrix: JᵀJ of Jacobians, in every form; of linear residuals the Hessian."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc.forms import derivatives_in, on_vec
from tests.forms.checks import column
from tests.naive import evaluate

SIZES = {"m": 3, "n": 4, "p": 2}

CASES = [  # value, its residuals r with f = ½ Σ ‖r‖², variables, declarations
    ("½‖tanh(Xw) − y‖²", ["tanh(Xw) − y"], ["w"], "X: m×n, w: n, y: m"),
    ("‖Ax − b‖² + 3‖x‖²", ["√2 (Ax − b)", "√6 x"], ["x"], "A: m×n, x: n, b: m"),
    ("½‖AX − B‖²", ["AX − B"], ["A", "X"], "A: m×n, X: n×p, B: m×p"),
    ("½‖T − tanh(UVᵀ)‖²", ["T − tanh(UVᵀ)"], ["U"], "T: m×n, U: m×p, V: n×p"),
    ("½‖tanh(Wx + b) − y‖²", ["tanh(Wx + b) − y"], ["W", "b"], "W: m×n, x: n, b: m, y: m"),
    ("(aᵀx − t)²", ["√2 (aᵀx − t)"], ["x", "t"], "a: n, x: n, t: scalar"),
    ("𝟏ᵀ (Ax − b)^{⊙2}", ["√2 (Ax − b)"], ["x"], "A: m×n, x: n, b: m"),
]


def arrays_of(d: Any) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    shapes = {s.name: [SIZES[str(k)] for k in s.shape] for s in d.program.symbols.values() if s.kind == "variable"}
    return {name: rng.standard_normal(shape) if shape else float(rng.random()) for name, shape in shapes.items()}


def reference(case: tuple[Any, ...], arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    """Σ J_aᵀJ_b from the compiled Jacobians of the residuals, on vec."""
    total: dict[str, np.ndarray] = {}
    for residual in case[1]:
        d = mc.jacobian(residual, wrt=case[2], where=case[3])
        occurring = {s.name for s in d.program.symbols.values() if s.occurs}
        found = d.compile(form="vec")(**{name: a for name, a in arrays.items() if name in occurring})
        for a, left in found.items():
            for b, right in found.items():
                total[f"{a},{b}"] = total.get(f"{a},{b}", 0) + left.T @ right
    return total


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0])
def test_it_is_the_product_of_the_jacobians(case: tuple[Any, ...]) -> None:
    d = mc.derive(case[0], wrt=case[2], where=case[3])
    arrays = arrays_of(d)
    wanted = reference(case, arrays)
    symbols = [s for s in d.program.symbols.values() if s.kind == "variable"]
    env = {s.node: column(arrays[s.name]) if len(s.shape) == 1 else arrays[s.name] for s in symbols}
    maps = derivatives_in(d, "gauss-newton")
    assert list(maps) == list(wanted)
    dense = d.compile(form="gauss-newton")(**arrays)
    flat = d.compile(form="gauss-newton", structure="dense")(**arrays)
    sparse = d.compile(form="gauss-newton", structure="sparse")(**arrays)
    operators = d.compile(form="gauss-newton", structure="operator")(**arrays)
    for key, matrix in wanted.items():
        a, b = key.split(",")
        np.testing.assert_allclose(np.atleast_2d(evaluate(on_vec(maps[key]), env, SIZES)), matrix, atol=1e-10)
        assert np.shape(dense[key]) == np.shape(flat[key]) == np.shape(arrays[a]) + np.shape(arrays[b])
        np.testing.assert_allclose(sparse[key].toarray(), matrix, atol=1e-10)
        np.testing.assert_allclose(operators[key] @ np.eye(matrix.shape[1]), matrix, atol=1e-10)
        sides = [np.shape(arrays[name]) for name in (a, b)]
        axes = [k for at, side in enumerate(sides) for k in range(at * len(sides[0]), at * len(sides[0]) + len(side))]
        turned = [*reversed(axes[: len(sides[0])]), *reversed(axes[len(sides[0]) :])]
        np.testing.assert_allclose(np.transpose(dense[key], turned).reshape(matrix.shape), matrix, atol=1e-10)


def test_of_linear_residuals_it_is_the_hessian() -> None:
    d = mc.hessian("½‖Ax − b‖²", wrt="x")
    assert d.form("gauss-newton") == d.result


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0])
def test_it_is_written_out(case: tuple[Any, ...]) -> None:
    d = mc.derive(case[0], wrt=case[2], where=case[3])
    text, latex = d.text(form="gauss-newton"), d.latex(form="gauss-newton")
    assert "ᵀJ" in text or "ᵀ J" in text
    assert r"J^{\top}" in latex or r"J_{" in latex
    assert latex.count("{") == latex.count("}")
    assert json.dumps(d.json(form="gauss-newton"))


def test_what_is_no_square_is_refused() -> None:
    d = mc.derive("‖Ax‖² + lse(x)", wrt="x")
    with pytest.raises(mc.DerivationError, match="not a square"):
        d.form("gauss-newton")
    with pytest.raises(mc.DerivationError, match="scalar"):
        mc.derive("Ax", wrt="x").form("gauss-newton")
