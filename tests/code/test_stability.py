"""Values where the textbook formula overflows, divides by zero or loses all digits. Warnings are errors here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Integer

import matcalc as mc
from matcalc import algebra as alg
from matcalc.code import Part, Task, compile_numpy, variable
from matcalc.operators import reductions as rd

n = alg.dimension("n")
x = alg.matrix("x", n, 1)
LARGE = np.array([-1000.0, -40.0, 0.0, 40.0, 1000.0])


def compute(expression: Any, at: Any) -> Any:
    """The emitted value at an array."""
    shape = alg.shape_of(expression)
    task = Task(expression, "gradient", {"x": Part(expression, shape[:1])}, (variable(x),))
    return compile_numpy(task).value(x=np.asarray(at, dtype=float))


def f(name: str) -> Any:
    return alg.elementwise(name, x)


def test_sigmoid() -> None:
    got = compute(f("sigmoid"), LARGE)
    assert got == pytest.approx([0.0, np.exp(-40), 0.5, 1.0, 1.0], rel=1e-14, abs=1e-300)


def test_softplus() -> None:
    assert compute(f("softplus"), LARGE) == pytest.approx(
        [0.0, np.exp(-40), np.log(2), 40.0, 1000.0], rel=1e-14, abs=1e-300
    )


def test_logsigmoid() -> None:
    assert compute(f("logsigmoid"), LARGE) == pytest.approx(
        [-1000.0, -40.0, -np.log(2), -np.exp(-40), 0.0], rel=1e-14, abs=1e-300
    )


def test_log_of_one_plus_exp_is_softplus() -> None:
    one_plus = alg.add(alg.ones(n, 1), f("exp"))
    assert compute(alg.elementwise("log", one_plus), LARGE)[-1] == 1000.0


def test_log_sum_exp() -> None:
    assert compute(rd.lse(x), [1000.0, 1000.0]) == pytest.approx(1000 + np.log(2), rel=1e-15)
    assert compute(rd.lse(x), [-1000.0, -1000.0]) == pytest.approx(-1000 + np.log(2), rel=1e-15)


def test_log_of_a_sum_of_exponentials_is_log_sum_exp() -> None:
    assert compute(alg.elementwise("log", alg.total(f("exp"))), [1000.0, 999.0]) == pytest.approx(
        1000 + np.log1p(np.exp(-1))
    )


def test_softmax() -> None:
    assert compute(rd.softmax(x), [1000.0, 0.0, 999.0]) == pytest.approx([1 / (1 + np.exp(-1)), 0.0, 1 / (1 + np.e)])
    assert compute(rd.logsoftmax(x), [1000.0, 0.0]) == pytest.approx([0.0, -1000.0])
    assert compute(alg.elementwise("log", rd.softmax(x)), [1000.0, 0.0]) == pytest.approx([0.0, -1000.0])


def test_entropy_at_the_corner() -> None:
    assert compute(rd.entropy(x), [1.0, 0.0, 0.0]) == 0.0
    assert compute(alg.hadamard(x, f("log")), [0.0, np.e]) == pytest.approx([0.0, np.e])


def test_small_arguments_keep_their_digits() -> None:
    assert compute(f("log1p"), [1e-18]) == [1e-18]
    assert compute(f("expm1"), [1e-18]) == [1e-18]
    assert compute(f("elu"), [-1e-18, 1000.0]) == pytest.approx([-1e-18, 1000.0], rel=1e-15)


def test_other_activations_do_not_overflow() -> None:
    assert compute(f("silu"), LARGE) == pytest.approx(
        [0.0, -40 * np.exp(-40), 0.0, 40.0, 1000.0], rel=1e-12, abs=1e-300
    )
    assert compute(f("gelu"), LARGE) == pytest.approx([0.0, 0.0, 0.0, 40.0, 1000.0], abs=1e-300)


def test_a_squared_norm_is_smooth_at_zero() -> None:
    assert compute(alg.power(alg.norm(x), Integer(2)), [0.0, 0.0]) == 0.0


def test_log_determinant_of_a_large_matrix() -> None:
    from matcalc.operators.determinants import logdet

    A = alg.matrix("A", n, n)
    task = Task(logdet(A), "gradient", {"A": Part(alg.inverse(A), (n, n))}, (variable(A),))
    assert compile_numpy(task).value(A=1e3 * np.eye(200)) == pytest.approx(200 * np.log(1e3))


def test_arcsinh_of_large_negative_numbers() -> None:
    assert compute(f("arcsinh"), [-1e300, -5e7, 1e-12]) == pytest.approx(np.arcsinh([-1e300, -5e7, 1e-12]), rel=1e-15)


def test_coth_far_out() -> None:
    call = mc.derive("sum(coth(x))", wrt="x").compile()
    at = np.array([-800.0, 800.0])
    assert call.value(x=at) == 0.0
    assert call(x=at) == pytest.approx([0.0, 0.0])
