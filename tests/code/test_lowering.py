"""Every node type: its program against a plain evaluator, at real and at complex arrays, and as a module."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from scipy import special
from sympy import Identity
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from matcalc import algebra as alg
from matcalc.code import VOCABULARY, Part, Task, batched, compile_numpy, lower, variable
from matcalc.code.functions import ELEMENTARY
from matcalc.code.interpret import FUNCTIONS, RUN, interpret
from matcalc.code.lowering import TABLE, inputs_of
from matcalc.code.program import BLOCKED, CALLED, FACTORED, SPARSE
from matcalc.code.targets import TARGETS, target_of
from matcalc.operators import OPERATORS, abstract
from tests.code.cases import CASES, ELSEWHERE, SIZES, SPARE
from tests.naive import evaluate

STEP = 1e-20


def size(d: Any) -> int:
    return int(d.subs({alg.dimension(s): v for s, v in SIZES.items()}))


def point(symbols: list[Any], seed: int) -> dict[Any, Any]:
    """Arrays with the declared properties, matrices with two axes."""
    rng = np.random.default_rng(seed)
    env = {}
    for s in symbols:
        a = rng.standard_normal([size(d) for d in alg.shape_of(s)])
        properties = alg.properties_of(s)
        env[s] = a @ a.T + np.eye(len(a)) if "spd" in properties else np.exp(0.3 * a) if "positive" in properties else a
    return env


def setting(expression: Any, seed: int) -> tuple[tuple[Any, ...], dict[Any, Any], dict[str, Any]]:
    """Inputs, arrays for the naive evaluator, and the same arrays as a caller passes them."""
    symbols = list(
        {
            alg.sort_key(n): n for n in alg.postorder(expression) if alg.nodes.is_symbol(n) and n not in DIMENSIONS
        }.values()
    )
    env = point([*symbols, *SPARE], seed)
    inputs = tuple(variable(s) for s in env)
    return inputs, env, {one.name: env[one.symbol].reshape([size(d) for d in one.declared]) for one in inputs}


DIMENSIONS = {alg.dimension(s) for s in SIZES}


def same(got: Any, want: Any, tolerance: float = 1e-10) -> bool:
    got, want = np.squeeze(got), np.squeeze(want)
    scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
    return got.shape == want.shape and bool(np.all(np.abs(got - want) <= tolerance * scale))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_value(name: str, seed: int) -> None:
    expression = CASES[name]
    inputs, env, arrays = setting(expression, seed)
    got = interpret(lower({"value": expression}, inputs), arrays)["value"]
    want = evaluate(expression, env, SIZES)
    assert same(got, want)
    assert got.ndim == sum(d != 1 for d in alg.shape_of(expression)) if isinstance(got, np.ndarray) else True


#: The naive evaluator is not analytic here (SciPy's functions at complex numbers, or np.maximum).
NOT_NAIVELY_ANALYTIC = (
    "erf", "Phi", "gelu", "gamma", "digamma", "huber", "abs", "sign", "argmax", "infinity", "max", "min", "norm",
    "logm", "sqrtm", "sinm", "cosm", "tanm", "Cholesky", "symmetric", "pseudo", "eigen", "singular", "polar", "conj",
    "real part",
)  # fmt: skip


def direction(symbol: Any, a: np.ndarray) -> np.ndarray:
    """A symmetric variable stays symmetric."""
    return a + a.T if "spd" in alg.properties_of(symbol) else a


@pytest.mark.parametrize("name", [name for name in CASES if not any(word in name for word in NOT_NAIVELY_ANALYTIC)])
def test_derivative_by_a_complex_step(name: str) -> None:
    expression = CASES[name]
    inputs, env, _ = setting(expression, 2)
    rng = np.random.default_rng(3)
    moved = {s: a + 1j * STEP * direction(s, rng.standard_normal(a.shape)) for s, a in env.items()}
    arrays = {one.name: moved[one.symbol].reshape([size(d) for d in one.declared]) for one in inputs}
    got = interpret(lower({"value": expression}, inputs), arrays)["value"]
    assert same(np.imag(got) / STEP, np.imag(evaluate(expression, moved, SIZES)) / STEP, 1e-9)


@pytest.mark.parametrize("name", CASES)
def test_emitted_module(name: str) -> None:
    expression = CASES[name]
    inputs, env, arrays = setting(expression, 4)
    shape = alg.shape_of(expression)
    dims = shape[:1] if shape and shape[1] == 1 else shape
    compiled = compile_numpy(Task(expression, "gradient", {"x": Part(expression, dims)}, inputs))
    want = evaluate(expression, env, SIZES)
    before = {name: a.copy() for name, a in arrays.items()}
    for got in (compiled(**arrays), compiled.value(**arrays), *compiled.value_and_derivative(**arrays)):
        assert same(got, want), compiled.source
        assert np.shape(got) == tuple(size(d) for d in dims), compiled.source
        assert not any(np.shares_memory(got, a) for a in arrays.values()), compiled.source
        assert np.asarray(got).dtype == np.float64, compiled.source
    assert all(np.array_equal(a, before[name]) for name, a in arrays.items())


# ---------------------------------------------------------------- the tables are complete
#: Node types without operands.
LEAVES = {
    sympy.Symbol, MatrixSymbol, Identity, OneMatrix, ZeroMatrix, alg.nodes.UnitVector, alg.nodes.Commutation,
    alg.nodes.DiagonalSelection, alg.nodes.Differential, alg.nodes.DifferentialScalar,
}  # fmt: skip


def test_every_node_type_has_a_case() -> None:
    abstract_types = {value for value in vars(abstract).values() if isinstance(value, type) and value in OPERATORS}
    met = {cls for e in CASES.values() for node in alg.postorder(e) for cls in type(node).__mro__}
    assert set(OPERATORS) | LEAVES <= met | ELSEWHERE | abstract_types


def test_every_node_type_has_array_code() -> None:
    known = TABLE.keys() | batched.RULES
    without = [cls for cls in OPERATORS if cls not in known and OPERATORS[cls].compute is None]
    without += [cls for cls in LEAVES if cls not in TABLE]
    assert without == []


def test_every_instruction_is_run_and_every_target_prints_it() -> None:
    assert set(VOCABULARY) | set(FACTORED) | set(CALLED) | set(BLOCKED) == set(RUN) | {"input", "call"}
    for name in TARGETS:
        target = target_of(name)
        printed = {*target.rows, *target.special, *target.statements}
        vocabulary = set(VOCABULARY) | (set(FACTORED) if "factor" in target.passes else set())
        vocabulary |= set(CALLED) if "blas" in target.passes else set()
        vocabulary |= set(BLOCKED) - {"rows"} if "blocks" in target.passes else set()
        assert vocabulary == (printed - set(SPARSE)) | {"input", "number", "call", "apply"}, name


def test_every_function_is_run_and_every_target_prints_it() -> None:
    assert set(ELEMENTARY) == set(FUNCTIONS)
    for name in TARGETS:
        assert set(ELEMENTARY) == {*target_of(name).functions, *target_of(name).missing}, name


def test_polygamma_of_a_number() -> None:
    s = alg.scalar("s")
    outputs = {"digamma": sympy.digamma(s), "trigamma": sympy.polygamma(1, s)}
    got = interpret(lower(outputs), {"s": np.float64(1.5)})
    assert got["digamma"] == pytest.approx(special.digamma(1.5))
    assert got["trigamma"] == pytest.approx(special.polygamma(1, 1.5))


def test_inputs_are_found_in_the_expression() -> None:
    found = inputs_of([CASES["ridge"]])
    assert [(one.name, len(one.declared)) for one in found] == [("X", 2), ("s", 0)]
