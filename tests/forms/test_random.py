"""Property tests: every form of the derivative of a random expression, at a random point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcalc import algebra as alg
from matcalc.forms import derivatives
from tests.calculus.test_random import agrees, numeric_jacobian, point
from tests.forms.checks import check_forms
from tests.naive import evaluate
from tests.random_expressions import SIZES, Generator, kronecker_scalar

SHAPES = [("m", "n"), ("m", 1), ("n", "n"), (1, "k"), (1, 1)]
ONE = alg.ones(1, 1)
#: Random, but the same in every run.
REPEATABLE = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def check_all(value: Any, symbols: dict[str, Any], kind: str, seed: int) -> None:
    env = point(symbols, seed)
    present = {name: s for name, s in symbols.items() if alg.contains(value, s)}
    for name, x in present.items():
        for d in derivatives(value, {name: x}, kind).values():
            check_forms(d, numeric_jacobian(d.value, x, env), env, SIZES, seed)


@REPEATABLE
@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES), depth=st.integers(1, 3))
def test_jacobians(seed: int, shape: tuple[Any, Any], depth: int) -> None:
    g = Generator(seed)
    rows, cols = (alg.dimension(d) if isinstance(d, str) else ONE for d in shape)
    value = g.matrix(rows, cols, depth)
    check_all(value, g.symbols, "jacobian" if alg.shape_of(value) else "gradient", seed)


@REPEATABLE
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 4), kronecker=st.booleans())
def test_gradients(seed: int, depth: int, kronecker: bool) -> None:
    g = Generator(seed)
    check_all(kronecker_scalar(g, 2) if kronecker else g.scalar(depth), g.symbols, "gradient", seed)


@settings(REPEATABLE, max_examples=25)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 2))
def test_hessians(seed: int, depth: int) -> None:
    g = Generator(seed)
    value = g.scalar(depth)
    check_all(value, g.symbols, "hessian", seed)


@pytest.mark.parametrize("seed", range(12))
def test_a_joint_hessian_is_symmetric(seed: int) -> None:
    g = Generator(seed)
    value = g.scalar(2)
    env = point(g.symbols, seed)
    present = {name: s for name, s in g.symbols.items() if alg.contains(value, s)}
    if not present:
        return
    blocks = derivatives(value, present, "hessian")
    rows = [[np.atleast_2d(evaluate(blocks[f"{a},{b}"].on_vec, env, SIZES)) for b in present] for a in present]
    whole = np.block(rows)
    assert agrees(whole, whole.T, 1e-8)
