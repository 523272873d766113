"""Constants in emitted code: fractions, roots, π and e, above and below variables."""

from __future__ import annotations

import math

import numpy as np
import pytest

import matcalc as mc
from matcalc.code.targets import TARGETS

NUMBERS = {
    "1": 1.0,
    "2": 2.0,
    "1/3": 1 / 3,
    "π": math.pi,
    "2π": 2 * math.pi,
    "1/π": 1 / math.pi,
    "√2": math.sqrt(2.0),
    "1/√2": 1 / math.sqrt(2.0),
    "√(2π)": math.sqrt(2 * math.pi),
    "1/√(2π)": 1 / math.sqrt(2 * math.pi),
    "π²/6": math.pi**2 / 6,
    "1 + √2": 1 + math.sqrt(2.0),
    "log(2)": math.log(2.0),
    "exp(1)": math.e,
}
FORMS = {
    "({c})/λ": lambda c, v, x: c / v,
    "1/(({c}) λ)": lambda c, v, x: 1 / (c * v),
    "−({c})/λ²": lambda c, v, x: -c / v**2,
    "({c}) (xᵀx)/λ": lambda c, v, x: c * x.dot(x) / v,
    "xᵀx/(({c}) λ)": lambda c, v, x: x.dot(x) / (c * v),
    "λ xᵀx/({c})": lambda c, v, x: v * x.dot(x) / c,
    "−({c}) λ xᵀx": lambda c, v, x: -c * v * x.dot(x),
    "({c}) + λ/({c})": lambda c, v, x: c + v / c,
}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("form", FORMS)
def test_no_constant_is_lost(form: str, number: str) -> None:
    c, right = NUMBERS[number], FORMS[form]
    call = mc.derive(form.format(c=number), wrt="λ", where="x: n").compile()
    given = {"lambda_": 1.7, "x": np.array([0.3, -1.1, 2.3])}
    given = {name: given[{"λ": "lambda_"}.get(name, name)] for name in call.names}
    x = given.get("x", np.zeros(0))
    assert call.value(**given) == pytest.approx(right(c, 1.7, x), rel=1e-14)
    step = 1e-30
    assert call(**given) == pytest.approx(right(c, 1.7 + step * 1j, x).imag / step, rel=1e-14)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_constants_are_spelt_as_a_person_would(target: str) -> None:
    text = mc.derive("π xᵀx/(3λ)", wrt="λ").source(target=target)
    assert "−π‖x‖²/(3λ²)" in text
    assert "-1 * " not in text
    assert "3.14" not in text
