"""The engine against numeric derivatives of random functions: complex step on a second evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import algebra as alg
from matcalc.calculus.engine import run
from tests.naive import evaluate, vec
from tests.random_expressions import SIZES, Generator, kronecker_scalar

STEP = 1e-30


def size(d: Any) -> int:
    return int(d.subs({alg.dimension(s): v for s, v in SIZES.items()})) if not isinstance(d, int) else d


def point(symbols: dict[str, Any], seed: int) -> dict[Any, Any]:
    rng = np.random.default_rng(seed)
    return {
        s: 0.7 * rng.standard_normal([size(d) for d in alg.shape_of(s)])
        if alg.shape_of(s)
        else np.float64(rng.standard_normal())
        for s in symbols.values()
    }


def numeric_jacobian(value: Any, x: Any, env: dict[Any, Any], exact: bool = True) -> np.ndarray:
    """∂vec Y/∂vec Xᵀ, column by column: by complex step, or by central differences with Richardson extrapolation."""
    columns = []
    base = np.atleast_2d(env[x])
    for q in range(base.shape[1]):
        for p in range(base.shape[0]):
            bump = np.zeros(base.shape)
            bump[p, q] = 1.0
            bump = bump if np.ndim(env[x]) else bump[0, 0]
            if exact:
                moved = evaluate(value, env | {x: env[x] + 1j * STEP * bump}, SIZES)
                columns.append(vec(np.atleast_2d(np.imag(moved) / STEP))[:, 0])
            else:
                central = [
                    (
                        evaluate(value, env | {x: env[x] + h * bump}, SIZES)
                        - evaluate(value, env | {x: env[x] - h * bump}, SIZES)
                    )
                    / (2 * h)
                    for h in (1e-4, 5e-5)
                ]
                columns.append(vec(np.atleast_2d((4 * central[1] - central[0]) / 3))[:, 0])
    return np.stack(columns, axis=1)


def agrees(got: np.ndarray, want: np.ndarray, tolerance: float) -> bool:
    scale = max(1.0, float(np.max(np.abs(want))))
    return bool(np.max(np.abs(got - want)) <= tolerance * scale)


def as_matrix(result: Any, value: Any, x: Any, env: dict[Any, Any]) -> np.ndarray:
    """The result in the form ∂vec Y/∂vec Xᵀ: gradients and scalar variables come in another shape."""
    array = np.atleast_2d(evaluate(result, env, SIZES))
    if alg.is_scalar(x):
        return vec(array)
    return vec(array).T if alg.is_scalar(value) else array


def check_function(value: Any, symbols: dict[str, Any], kind: str, seed: int, exact: bool = True) -> None:
    env = point(symbols, seed)
    present = [s for s in symbols.values() if alg.contains(value, s)]
    for x in present:
        derived = run(value, {str(x): x}, kind)  # type: ignore[arg-type]
        if kind == "hessian":
            gradient = derived.gradients[str(x)]
            got = as_matrix(next(iter(derived.results.values())), gradient, x, env)
            want = numeric_jacobian(gradient, x, env, exact)
            assert agrees(got, got.T, 1e-8), "the Hessian is not symmetric"
        else:
            got = as_matrix(derived.results[str(x)], value, x, env)
            want = numeric_jacobian(value, x, env, exact)
        assert agrees(got, want, 1e-9 if exact else 1e-5), f"∂/∂{x} of {value}"


@pytest.mark.parametrize("seed", range(120))
def test_gradients(seed: int) -> None:
    g = Generator(seed)
    value = kronecker_scalar(g, 3) if seed % 10 == 9 else g.scalar(3 + seed % 2)
    check_function(value, g.symbols, "gradient", seed)


@pytest.mark.parametrize("seed", range(60))
def test_jacobians(seed: int) -> None:
    g = Generator(1000 + seed)
    rows, cols = g.rng.choice([("m", "n"), ("m", 1), ("n", "n"), (1, "k")])
    value = g.matrix(*(alg.dimension(d) if isinstance(d, str) else alg.ones(1, 1) for d in (rows, cols)), 3)
    check_function(value, g.symbols, "jacobian", seed)


@pytest.mark.parametrize("seed", range(40))
def test_hessians(seed: int) -> None:
    g = Generator(2000 + seed)
    check_function(g.scalar(2 + seed % 2), g.symbols, "hessian", seed)


@pytest.mark.parametrize("seed", range(40))
def test_kinks(seed: int) -> None:
    g = Generator(3000 + seed, kinks=True)
    check_function(g.scalar(3), g.symbols, "gradient", seed, exact=False)
