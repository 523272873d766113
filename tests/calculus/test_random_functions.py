"""A sample of `random_functions`, and random functions as text: printed, read back, differentiated, compiled."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

import matcalc as mc
from matcalc import algebra as alg
from matcalc.present import text_of
from tests.calculus.random_functions import along, outcome, point, shape_of
from tests.random_expressions import SIZES, Generator

#: Notations of results which the input language does not have.
ONLY_PRINTED = re.compile(r"\[|0\.99|[sct][a-z]{2,3}[²³⁴]\(|‖[^‖]*‖[^‖]*‖\)?[^‖]*‖")


@pytest.mark.parametrize("seed", range(10_000, 10_030))
def test_derivatives(seed: int) -> None:
    end, why = outcome(seed)
    assert end in ("right", "unclear"), why


@pytest.mark.parametrize("seed", range(25))
def test_through_text(seed: int) -> None:
    """The gradient of what was typed is that of what was meant."""
    g = Generator(20_000 + seed)
    value = g.scalar(4)
    printed = text_of(value)
    present = [s for s in g.symbols.values() if alg.contains(value, s)]
    zeros = any(isinstance(node, (ZeroMatrix, OneMatrix)) for node in alg.postorder(value))  # their sizes stay open
    if not present or zeros or ONLY_PRINTED.search(printed):
        pytest.skip(f"only printed: {printed}")
    x = present[0]
    rng = np.random.default_rng(seed)
    env = point(g.symbols, seed)
    direction: Any = rng.standard_normal(shape_of(x))
    where = ", ".join(["Q_1: k×m, Q_2: n", *(f"{name}: {_shape(symbol)}" for name, symbol in g.symbols.items())])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        compiled = mc.derive(printed, wrt=str(x), where=where, define={"σ": "sigmoid"}).compile()
        arrays = {name: env[s].reshape(_dims(s)) for name, s in g.symbols.items()}
        arrays |= {"Q_1": np.zeros((SIZES["k"], SIZES["m"])), "Q_2": np.zeros(SIZES["n"])}
        value_there, gradient = compiled.value_and_derivative(**arrays)
        want, trust = along(value, x, env, direction)
    assert np.isclose(value_there, np.squeeze(np.real(_value(value, env))), rtol=1e-9)
    got = float(np.sum(np.reshape(gradient, np.shape(direction)) * direction))
    assert abs(got - float(np.squeeze(want))) <= trust * max(1.0, abs(float(np.squeeze(want)))), printed


def _value(value: Any, env: dict[Any, Any]) -> Any:
    from tests.naive import evaluate

    return evaluate(value, env, SIZES)


def _shape(symbol: Any) -> str:
    shape = alg.shape_of(symbol)
    return "×".join(map(str, shape)) if shape else "scalar"


def _dims(symbol: Any) -> list[int]:
    return shape_of(symbol)
