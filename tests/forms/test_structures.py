"""Property tests: the sparse matrix and the linear operator of the derivative of a random expression."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matcalc import algebra as alg
from matcalc.code import Task, compile_numpy
from matcalc.code.linear_operators import operator_parts
from matcalc.code.structured import SparsePart
from matcalc.forms import Derivative, derivatives, jvp, on_vec
from tests.calculus.test_random import numeric_jacobian, point
from tests.code.test_random import agrees, arguments, task_of
from tests.forms.test_random import ONE, REPEATABLE, SHAPES
from tests.naive import evaluate, vec
from tests.random_expressions import SIZES, Generator


def check_structures(value: Any, d: Derivative, symbols: dict[str, Any], env: dict[Any, Any], seed: int) -> None:
    """Both are the numeric Jacobian, and what they multiply is the JVP and the VJP."""
    numeric = np.atleast_2d(numeric_jacobian(d.value, d.variable, env))
    j = on_vec(d)
    sides = d.value_shape, d.variable_shape
    sparse = SparsePart(j, alg.shape_of(j) or (ONE, ONE), *sides)
    ((_, operator),) = operator_parts([("x", d)], turned=False)
    plain = task_of(value, d.variable, "gradient", value, symbols)
    found = {}
    for name, part in (("sparse", sparse), ("operator", operator)):
        task = Task(plain.value, "jacobian", {"x": part}, plain.inputs)
        compiled = compile_numpy(task)
        found[name] = compiled(**arguments(task, env))
        assert found[name].shape == numeric.shape, compiled.source
    rng = np.random.default_rng(seed)
    v, u = (rng.standard_normal(length) for length in reversed(numeric.shape))
    assert agrees(found["sparse"].toarray(), numeric), "the sparse matrix is not the numeric Jacobian"
    assert agrees(found["operator"].matvec(v), numeric @ v), "the product is not the JVP"
    assert agrees(found["operator"].rmatvec(u), numeric.T @ u), "the transposed product is not the VJP"
    assert agrees(found["sparse"] @ v, found["operator"] @ v)


@REPEATABLE
@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES), depth=st.integers(1, 3))
def test_jacobians(seed: int, shape: tuple[Any, Any], depth: int) -> None:
    g = Generator(seed)
    rows, cols = (alg.dimension(d) if isinstance(d, str) else ONE for d in shape)
    value = g.matrix(rows, cols, depth)
    env = point(g.symbols, seed)
    for name, x in g.symbols.items():
        if alg.contains(value, x):
            (d,) = derivatives(value, {name: x}, "jacobian" if alg.shape_of(value) else "gradient").values()
            check_structures(value, d, g.symbols, env, seed)


@settings(REPEATABLE, max_examples=25)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 2))
def test_hessians(seed: int, depth: int) -> None:
    g = Generator(seed)
    value = g.scalar(depth)
    env = point(g.symbols, seed)
    for name, x in g.symbols.items():
        if alg.contains(value, x):
            (d,) = derivatives(value, {name: x}, "hessian").values()
            check_structures(value, d, g.symbols, env, seed)


@settings(REPEATABLE, max_examples=25)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 2))
def test_hessian_vector_products(seed: int, depth: int) -> None:
    """⟨U, H V⟩ = ⟨H U, V⟩, and H V is the complex step of the gradient along V."""
    g = Generator(seed)
    value = g.scalar(depth)
    env = point(g.symbols, seed)
    rng = np.random.default_rng(seed)
    for name, x in g.symbols.items():
        if alg.contains(value, x):
            (d,) = derivatives(value, {name: x}, "hessian").values()
            u, v = (rng.standard_normal(np.shape(env[x])) for _ in range(2))
            hu, hv = (np.asarray(evaluate(jvp(d), {**env, d.direction: one}, SIZES)) for one in (u, v))
            assert abs(np.sum(u * hv) - np.sum(hu * v)) <= 1e-8 * max(1.0, float(np.abs(hv).max(initial=0.0)))
            numeric = np.atleast_2d(numeric_jacobian(d.value, x, env)) @ vec(np.atleast_2d(v))
            assert agrees(vec(np.atleast_2d(hv)), numeric)
