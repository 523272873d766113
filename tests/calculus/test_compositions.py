"""Functions that are others put together: their values are those of SciPy, their derivatives are proof-read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import matcalc as mc
from matcalc.operators.compositions import COMPOSITIONS

VALUES: dict[str, Callable[[Any], Any]] = {
    "sech": lambda x: 1 / np.cosh(x), "csch": lambda x: 1 / np.sinh(x), "coth": lambda x: 1 / np.tanh(x),
    "sec": lambda x: 1 / np.cos(x), "csc": lambda x: 1 / np.sin(x), "cot": lambda x: 1 / np.tan(x),
    "arccosh": lambda x: np.arccosh(x + 1), "arctanh": np.arctanh, "log2": np.log2,
    "log10": np.log10, "erfc": scipy.special.erfc, "softsign": lambda x: x / (1 + abs(x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))), "logsigmoid": scipy.special.log_expit,
}  # fmt: skip


@pytest.mark.parametrize("name", [name for row in COMPOSITIONS for name in (row[0], *row[3])])
def test_value_and_derivative(name: str) -> None:
    row = next(row for row in COMPOSITIONS if name in (row[0], *row[3]))
    argument = "x + 1" if row[0] == "arccosh" else "x"
    found = mc.derive(f"sum({name}({argument}))", wrt="x", where="x: n positive")
    x = np.array([0.2, 0.5, 0.7])
    compiled = found.compile()
    assert np.isclose(compiled.value(x=x), np.sum(VALUES[row[0]](x)))
    slope = (VALUES[row[0]](x + 1e-6) - VALUES[row[0]](x - 1e-6)) / 2e-6
    np.testing.assert_allclose(compiled(x=x), slope, rtol=1e-6)


def test_every_one_has_a_value_here() -> None:
    assert VALUES.keys() == {row[0] for row in COMPOSITIONS}
