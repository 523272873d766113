"""Steps entry by entry: every step of these derivations agrees with SymPy, and a wrong one does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

import matcalc as mc
from matcalc.forms.why import EQUATIONS, why

CASES = [
    ("‖Ax − b‖²", "x", ""),
    ("tr(A X B)", "X", ""),
    ("½‖θ(Wx)‖²", "W", ""),
    ("σ(Wx + b)", "W", ""),
    ("softmax(z)", "z", ""),
    ("aᵀSb", "S", "S: n×n symmetric"),
    ("λ xᵀx", "λ", "λ: scalar"),
    ("xᵀAx", "x", ""),
]


@pytest.mark.parametrize(("expression", "wrt", "where"), CASES)
def test_every_step_agrees_entry_by_entry(expression: str, wrt: str, where: str) -> None:
    d = mc.derive(expression, wrt=wrt, where=where or None)
    count = sum(step.kind in EQUATIONS for step in d.steps)
    assert count
    for number in range(1, count + 1):
        assert why(d, number).proved
        assert "SymPy agrees" in str(d.why(number))


def test_a_step_that_does_not_hold_is_told_apart() -> None:
    d = mc.derive("‖Ax − b‖²", wrt="x")
    at = next(k for k, step in enumerate(d.steps) if step.kind == "pullback" or step.left == "")
    d.steps[at] = replace(d.steps[at], after=2 * d.steps[at].after)
    number = sum(step.kind in EQUATIONS for step in d.steps[: at + 1])
    assert not d.why(number).proved
    assert "NOT PROVED" in str(d.why(number))


@pytest.mark.parametrize(("step", "size"), [(0, 2), (99, 2), (1, 9)])
def test_what_cannot_be_written_out_is_refused(step: int, size: int) -> None:
    with pytest.raises(mc.MatcalcError):
        mc.derive("‖Ax − b‖²", wrt="x").why(step, size)
