"""At kinks: the subdifferential is said in full detail, and the code takes what is said there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc as mc


@pytest.mark.parametrize(
    ("expression", "point", "said", "taken"),
    [
        ("‖x‖₁", np.zeros(3), "[−1, 1]; the code takes 0", np.zeros(3)),
        ("sum(relu(x))", np.zeros(3), "[0, 1]; the code takes 0", np.zeros(3)),
        ("sum(leaky_relu(x))", np.zeros(3), "the code takes 0.01", np.full(3, 0.01)),
        ("sum(max(x, −x))", np.zeros(3), "0 for both", np.zeros(3)),
        ("max(x)", np.ones(3), "the code takes the first", np.array([1.0, 0, 0])),
        ("sum(max(0, 1 − x))", np.ones(3), "[0, 1]; the code takes 0", np.zeros(3)),
        ("‖x‖", np.zeros(3), "unit ball", np.full(3, np.nan)),
    ],
)
def test_the_code_takes_what_is_said(expression: str, point: Any, said: str, taken: Any) -> None:
    derivation = mc.derive(expression, wrt="x", where="x: n", detail="full")
    kinks = " ".join(step.kink for step in derivation.steps)
    assert said in kinks
    shown = " ".join(derivation.text(width=200).split())
    assert all(part in shown for part in said.split("; "))
    assert derivation.latex()
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(derivation.compile()(x=point), taken)


def test_kinks_are_said_in_full_detail_alone() -> None:
    assert "the code takes" not in mc.derive("‖x‖₁", wrt="x", where="x: n").text()


@pytest.mark.parametrize("expression", ["‖x‖²", "sum(huber(x, 1))", "sum(elu(x))", "‖x‖⁴"])
def test_smooth_functions_have_no_kink(expression: str) -> None:
    derivation = mc.derive(expression, wrt="x", where="x: n", detail="full")
    assert not any(step.kink for step in derivation.steps)


@pytest.mark.parametrize("expression", ["lambda_max(X)", "‖X‖₂", "‖X‖_*"])
def test_spectral_functions_say_what_holds_at_multiple_values(expression: str) -> None:
    derivation = mc.derive(expression, wrt="X", where="X: n×n symmetric", detail="full")
    assert any("subdifferential" in step.kink for step in derivation.steps)
