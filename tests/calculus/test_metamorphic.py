"""What has to stay the same when a question is put in another way: no autodiff is asked, only the engine, twice.

Other names, a factor, a sum, a transpose, a substitution and another spelling each change the derivative in a way that
is known beforehand. The functions are random; -m heavy tries many more.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.calculus.engine import run
from matcalc.present import latex_of, text_of
from tests.calculus.random_functions import point, shape_of
from tests.calculus.test_random_functions import ONLY_PRINTED
from tests.naive import evaluate
from tests.random_expressions import SIZES, Generator

SEEDS = [*range(8), *(pytest.param(seed, marks=pytest.mark.heavy) for seed in range(8, 250))]
#: Results are compared to this, relative to their largest entry.
TOLERANCE = 1e-9


def drawn(seed: int, depth: int = 4) -> tuple[Any, dict[str, Any], Any, dict[Any, Any]]:
    """A random scalar function that has a variable, its symbols, one of them, and a point."""
    for attempt in range(100):
        g = Generator(50_000 + 1000 * attempt + seed)
        value = g.scalar(depth)
        present = [s for s in g.symbols.values() if alg.contains(value, s)]
        if present:
            return value, g.symbols, g.rng.choice(present), point(g.symbols, seed)
    raise AssertionError("no function with a variable")


def gradient(value: Any, x: Any) -> Any:
    return run(value, {str(x): x}, "gradient").results[str(x)]


def same(got: Any, want: Any, env: dict[Any, Any]) -> bool:
    """Two expressions at a point."""
    a, b = (evaluate(e, env, SIZES) for e in (got, want))
    return bool(np.max(np.abs(a - b)) <= TOLERANCE * max(1.0, float(np.max(np.abs(b)))))


@pytest.mark.parametrize("seed", SEEDS)
def test_other_names(seed: int) -> None:
    value, symbols, x, env = drawn(seed)
    table = {s: _like(s, f"{'ZYW'[k % 3]}_{k}") for k, s in enumerate(reversed(symbols.values()))}
    renamed = gradient(alg.replace(value, table), table[x])
    there = {table[s]: array for s, array in env.items()}
    assert same(renamed, alg.replace(gradient(value, x), table), there)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_factor_and_a_sum(seed: int) -> None:
    """∇(cf + g) = c ∇f + ∇g."""
    value, symbols, x, env = drawn(seed)
    g = Generator(seed)
    g.symbols.update(symbols)
    other, c = g.scalar(3), alg.scalar("c_0")
    env = {**point(g.symbols, seed), **env, c: np.float64(-1.7)}
    joint = gradient(alg.add(alg.mul(c, value), other), x)
    apart = alg.add(alg.mul(c, gradient(value, x)), gradient(other, x))
    assert same(joint, apart, env)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_transposed_variable(seed: int) -> None:
    """With f(X) = h(Xᵀ), ∇f(X) = ∇h(Xᵀ)ᵀ."""
    value, _, x, env = drawn(seed)
    if alg.is_scalar(x):
        pytest.skip("the variable is a scalar")
    turned = alg.matrix("T_0", *reversed(alg.shape_of(x)))
    h = alg.replace(value, {x: alg.transpose(turned)})
    there = {**env, turned: env[x].T}
    assert same(gradient(h, turned), alg.transpose(gradient(value, x)), there)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_transposed_value(seed: int) -> None:
    """d vec(Fᵀ) = K d vec F."""
    g = Generator(60_000 + seed)
    value = g.matrix(*(alg.dimension(d) for d in ("m", "n")), 3)
    env = point(g.symbols, seed)
    for x in [s for s in g.symbols.values() if alg.contains(value, s)][:2]:
        j, turned = (run(v, {"X": x}, "jacobian").results["X"] for v in (value, alg.transpose(value)))
        if alg.is_scalar(x):
            assert same(turned, alg.transpose(j), env)
        else:
            assert same(turned, alg.mul(alg.commutation(*alg.shape_of(value)), j), env)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_substitution(seed: int) -> None:
    """With f(Y) = h(P Y + Q), ∇f = Pᵀ ∇h at P Y + Q; and the same where the intermediate has a name."""
    value, _, x, env = drawn(seed)
    rows = alg.shape_of(x)[0] if alg.shape_of(x) else 1
    p = alg.scalar("p_0") if rows == 1 else alg.matrix("P_0", rows, rows)
    y, q = _like(x, "Y_0"), _like(x, "Q_0")
    inner = alg.add(alg.mul(p, y), q)
    rng = np.random.default_rng(seed)
    there = {s: np.asarray(rng.standard_normal(shape_of(s))) for s in (p, y, q)} | env
    there[x] = evaluate(inner, there, SIZES)
    want = alg.mul(alg.transpose(p), gradient(value, x))
    for intermediate in (inner, alg.named("u_0", inner)):
        assert same(gradient(alg.replace(value, {x: intermediate}), y), want, there)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("spelling", [text_of, latex_of], ids=["text", "LaTeX"])
def test_another_spelling(seed: int, spelling: Any) -> None:
    """What is printed is read as what it was, and has its derivative."""
    value, symbols, x, env = drawn(seed, 3)
    typed = spelling(value)
    if ONLY_PRINTED.search(text_of(value)):
        pytest.skip(f"only printed: {typed}")
    where = ", ".join(f"{name}: {_declared(s)}" for name, s in symbols.items() if alg.contains(value, s))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        derivation = mc.derive(
            typed, wrt=str(x), where=where, define={"σ": "sigmoid"} if "σ" in text_of(value) else None
        )
    arrays = {name: env[s] for name, s in symbols.items()}
    known = {s: arrays[s.name] for s in derivation.program.expression.atoms(type(x)) if s.name in arrays}
    assert same(derivation.result, gradient(value, x), {**env, **known})


def _like(symbol: Any, name: str) -> Any:
    shape = alg.shape_of(symbol)
    return alg.matrix(name, *shape) if shape else alg.scalar(name)


def _declared(symbol: Any) -> str:
    shape = alg.shape_of(symbol)
    return "×".join(map(str, shape)) if shape else "scalar"
