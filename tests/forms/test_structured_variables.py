"""Forms of derivatives by structured variables: one map, proved entry by entry, and by the free entries as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc.calculus.structure import FREE_ENTRIES, RIEMANNIAN, STRUCTURES
from matcalc.forms import derivatives_of, explicit
from tests.calculus.test_random import STEP
from tests.forms.checks import check_forms, column
from tests.naive import evaluate

VALUES = [("tr(AX²)", "gradient"), ("AX²", "jacobian"), ("‖AX‖²", "hessian")]
FORMS = ("operator", "vec", "tensor", "components", "explicit")


def derive(value: str, kind: str, structure: str) -> Any:
    return mc.derive(value, wrt="X", where="A: 2×2, X: 2×2", kind=kind, structure=structure)


@pytest.mark.parametrize(("value", "kind"), VALUES)
@pytest.mark.parametrize("structure", STRUCTURES)
def test_sympy_proves_every_entry(value: str, kind: str, structure: str) -> None:
    (one,) = derivatives_of(derive(value, kind, structure)).values()
    assert explicit(one).proved


@pytest.mark.parametrize("structure", RIEMANNIAN)
def test_sympy_proves_gradients_on_manifolds(structure: str) -> None:
    (one,) = derivatives_of(derive("tr(AX²)", "gradient", structure)).values()
    assert explicit(one).proved


@pytest.mark.parametrize(("value", "kind"), VALUES)
@pytest.mark.parametrize("structure", FREE_ENTRIES)
def test_by_the_free_entries_all_forms_are_one_derivative(value: str, kind: str, structure: str) -> None:
    d = mc.derive(value, wrt="X", where="A: n×n, X: n×n", kind=kind, structure=structure)
    ((key, one),) = derivatives_of(d).items()
    sizes = {"n": 3}
    rng = np.random.default_rng(0)
    x = next(symbol for symbol in one.free if symbol != one.variable)
    a = next(s.node for s in d.program.symbols.values() if s.name == "A")
    free = column(rng.standard_normal(int(evaluate(one.variable_shape[0], {}, sizes))))
    env = {a: rng.standard_normal((3, 3)), one.variable: free}

    def value_at(entries: Any) -> np.ndarray:
        here = evaluate(one.free[x], {**env, one.variable: entries}, sizes)
        return column(evaluate(one.value, {**env, x: here}, sizes))

    steps = [free + 1j * STEP * np.eye(len(free))[:, [k]] for k in range(len(free))]
    numeric = np.hstack([np.imag(value_at(entries)) / STEP for entries in steps])
    check_forms(one, numeric, {**env, x: evaluate(one.free[x], env, sizes)}, sizes, 7)
    for form in FORMS[:-1]:
        assert "x" in d.text(form=form)
        assert d.latex(form=form)
        assert d.json(form=form)
    if kind != "gradient":
        arrays = {"A": env[a], "X": evaluate(one.free[x], env, sizes)}
        for structured in ("sparse", "operator"):
            got = d.compile(structure=structured)(**arrays)
            np.testing.assert_allclose(got @ np.eye(numeric.shape[1]), numeric, atol=1e-10, err_msg=key)
