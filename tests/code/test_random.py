"""Random expressions: the array program and the emitted module against a second, plain evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import algebra as alg
from matcalc.calculus.engine import run
from matcalc.code import Part, Task, compile_numpy, lower, variable
from matcalc.code.interpret import interpret
from tests.naive import evaluate
from tests.random_expressions import SIZES, Generator, kronecker_scalar


def size(d: Any) -> int:
    return int(d.subs({alg.dimension(s): v for s, v in SIZES.items()}))


def point(symbols: dict[str, Any], seed: int) -> dict[Any, Any]:
    """Arrays as the naive evaluator wants them: a matrix always has two axes."""
    rng = np.random.default_rng(seed)
    return {s: 0.7 * rng.standard_normal([size(d) for d in alg.shape_of(s)]) for s in symbols.values()}


def task_of(value: Any, x: Any, kind: str, result: Any, symbols: dict[str, Any], with_sizes: bool = True) -> Task:
    inputs = [variable(s) for s in symbols.values()]
    if with_sizes:  # every size is found from the shape of this one
        inputs.append(variable(alg.matrix("sizes_km", *(alg.dimension(d) for d in "km"))))
        inputs.append(variable(alg.matrix("sizes_n", alg.dimension("n"), 1)))
    into = variable(x).declared
    shape = alg.shape_of(value)
    if kind == "gradient":
        part = Part(result, into)
    elif kind == "hessian":
        part = Part(result, into + into, alg.shape_of(x), alg.shape_of(x))
    else:
        part = Part(result, (shape[:1] if shape and shape[1] == 1 else shape) + into, shape, alg.shape_of(x))
    return Task(value, kind, {str(x): part}, tuple(inputs))


def arguments(task: Task, env: dict[Any, Any]) -> dict[str, Any]:
    arrays = {
        one.name: env[one.symbol].reshape([size(d) for d in one.declared]) for one in task.inputs if one.symbol in env
    }
    return arrays | {"sizes_km": np.zeros((SIZES["k"], SIZES["m"])), "sizes_n": np.zeros(SIZES["n"])}


def agrees(got: Any, want: Any) -> bool:
    want = np.squeeze(want)
    got = np.squeeze(got)
    scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
    return got.shape == want.shape and bool(np.all(np.abs(got - want) <= 1e-9 * scale))


def check(value: Any, symbols: dict[str, Any], kind: str, seed: int) -> None:
    env = point(symbols, seed)
    want = evaluate(value, env, SIZES)
    for x in [s for s in symbols.values() if alg.contains(value, s)]:
        derived = run(value, {str(x): x}, kind)  # type: ignore[arg-type]
        result = next(iter(derived.results.values()))
        task = task_of(value, x, kind, result, symbols)
        compiled = compile_numpy(task)
        arrays = arguments(task, env)
        part = next(iter(task.parts.values()))
        dims = tuple(size(d) for d in part.dims)
        plain = evaluate(result, env, SIZES)
        expected = plain if kind == "gradient" else np.asarray(plain).reshape(dims, order="F")
        given = {name: a.copy() for name, a in arrays.items()}
        both = compiled.value_and_derivative(**given)
        got = compiled(**given)
        assert agrees(compiled.value(**given), want), compiled.source
        assert agrees(got, expected), compiled.source
        assert np.shape(got) == dims, compiled.source
        assert agrees(both[0], want), compiled.source
        assert agrees(both[1], expected), compiled.source
        assert all(np.array_equal(given[name], arrays[name]) for name in arrays), "an input was modified"
        assert all(not np.shares_memory(got, a) for a in given.values()), "an input was returned"


@pytest.mark.parametrize("seed", range(80))
def test_gradients(seed: int) -> None:
    g = Generator(seed)
    value = kronecker_scalar(g, 3) if seed % 10 == 9 else g.scalar(3 + seed % 2)
    check(value, g.symbols, "gradient", seed)


@pytest.mark.parametrize("seed", range(40))
def test_jacobians(seed: int) -> None:
    g = Generator(1000 + seed)
    rows, cols = g.rng.choice([("m", "n"), ("m", 1), ("n", "n"), (1, "k")])
    value = g.matrix(*(alg.dimension(d) if isinstance(d, str) else alg.ones(1, 1) for d in (rows, cols)), 3)
    check(value, g.symbols, "jacobian", seed)


@pytest.mark.parametrize("seed", range(30))
def test_hessians(seed: int) -> None:
    g = Generator(2000 + seed)
    check(g.scalar(2 + seed % 2), g.symbols, "hessian", seed)


@pytest.mark.parametrize("seed", range(30))
def test_kinks(seed: int) -> None:
    g = Generator(3000 + seed, kinks=True)
    check(g.scalar(3), g.symbols, "gradient", seed)


@pytest.mark.parametrize("seed", range(60))
def test_the_program_is_analytic(seed: int) -> None:
    """At complex arrays the program is the naive evaluator too: no conjugate, no modulus."""
    g = Generator(4000 + seed)
    value = g.scalar(3)
    env = point(g.symbols, seed)
    rng = np.random.default_rng(seed)
    moved = {s: a + 1j * 1e-20 * rng.standard_normal(np.shape(a)) for s, a in env.items()}
    task = task_of(value, alg.scalar("t"), "gradient", value, g.symbols)
    got = interpret(lower({"value": value}, task.inputs), arguments(task, moved))["value"]
    want = evaluate(value, moved, SIZES)
    assert agrees(np.imag(got) * 1e20, np.imag(want) * 1e20)
