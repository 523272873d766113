"""What a constructor makes of a simple argument has the value of its function, computed by NumPy and SciPy."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from sympy import Integer, Rational

from matcalc import algebra as alg
from matcalc.errors import MatcalcError
from matcalc.operators import determinants as dt
from matcalc.operators import matrix_functions as mf
from matcalc.operators import reductions as rd
from matcalc.operators import spectral as sp
from matcalc.operators.vech import vech
from tests.naive import evaluate

SIZES = {"m": 3, "n": 4}
m, n = (alg.dimension(letter) for letter in "mn")
#: Positive definite, so that every function below has a value; and a vector, a matrix and a number.
S, T = alg.matrix("S", n, n, "spd"), alg.matrix("T", m, m, "spd")
X, x, c = alg.matrix("X", m, n), alg.matrix("x", n, 1), alg.scalar("c")
RNG = np.random.default_rng(8)


def definite(size: int) -> np.ndarray:
    a = RNG.standard_normal((size, size))
    return a @ a.T / size + np.diag(1.0 + np.arange(size))


ENV = {S: definite(4), T: definite(3), X: RNG.standard_normal((3, 4)), x: RNG.standard_normal((4, 1)), c: 1.7}
I2 = alg.identity(Integer(2))
SQUARE = [
    S, alg.transpose(alg.mul(S, S)), alg.mul(2, S), alg.mul(c, S), alg.identity(n), alg.inverse(S),
    alg.power(S, Integer(3)), alg.kron(S, T), alg.add(S, alg.identity(n)), alg.zeros(n, n), I2, alg.mul(0, I2),
    alg.mul(Rational(1, 3), I2), alg.mul(c, alg.ones(Integer(2), Integer(2))), alg.diag_matrix(alg.hadamard(x, x)),
    alg.mul(c, alg.diag_matrix(alg.hadamard(x, x))),
    alg.triangle(S, True), mf.matrix_function("expm", S),
]  # fmt: skip
COLUMNS = [x, alg.mul(-2, x), alg.zeros(n, 1), alg.ones(n, 1), alg.mul(c, alg.ones(n, 1)), alg.mul(S, x)]
RECTANGLES = [X, alg.transpose(X), alg.mul(c, X), alg.mul(x, alg.transpose(x), alg.transpose(X)), alg.transpose(x)]

NUMBERS = [c, Integer(2), Rational(1, 2)]


def rows(of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of a vector; of every row of a matrix with more columns."""
    return lambda a: of(a) if a.shape[1] == 1 else np.vstack([of(row[:, None]).T for row in a])


def softmax(a: Any) -> Any:
    return np.exp(a) / np.sum(np.exp(a))


def eigenvalues(a: Any) -> Any:
    return np.linalg.eigvalsh((a + a.T) / 2)


ANY = [*SQUARE, *COLUMNS, *RECTANGLES, *NUMBERS]
#: Name → the constructor, the function of an array, and arguments.
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], list[Any]]] = {
    "det": (dt.det, np.linalg.det, [*SQUARE, *NUMBERS]),
    "logdet": (dt.logdet, lambda a: np.linalg.slogdet(a)[1], [*SQUARE, *NUMBERS]),
    "pinv": (mf.pinv, np.linalg.pinv, [*ANY, mf.pinv(X)]),
    "chol": (mf.chol, lambda a: np.linalg.cholesky((a + a.T) / 2), [*SQUARE, *NUMBERS]),
    "largest eigenvalue": (partial(sp.eigenvalue, "max"), lambda a: eigenvalues(a)[-1], [*SQUARE, *NUMBERS]),
    "second eigenvalue": (partial(sp.eigenvalue, "2"), lambda a: eigenvalues(a)[-2], SQUARE),
    "sum of largest": (lambda a: sp.sum_of_largest(a, Integer(2)), lambda a: np.sum(eigenvalues(a)[-2:]), SQUARE),
    "spectral norm": (sp.spectral_norm, lambda a: np.linalg.norm(a, 2), ANY),
    "nuclear norm": (sp.nuclear_norm, lambda a: np.linalg.norm(a, "nuc"), ANY),
    "max": (rd.largest, np.max, ANY),
    "min": (rd.smallest, np.min, ANY),
    "norm of order 1": (rd.norm_1, lambda a: np.sum(np.abs(a)), ANY),
    "norm of order 3": (lambda a: rd.norm_p(a, Integer(3)), lambda a: np.sum(np.abs(a) ** 3) ** (1 / 3), ANY),
    "norm of order 2": (lambda a: rd.norm_p(a, Integer(2)), lambda a: np.sqrt(np.sum(a * a)), ANY),
    "norm of order ∞": (rd.norm_inf, lambda a: np.max(np.abs(a)), ANY),
    "lse": (rd.lse, lambda a: np.log(np.sum(np.exp(a))), ANY),
    "softmax": (rd.softmax, rows(softmax), ANY),
    "logsoftmax": (rd.logsoftmax, rows(lambda a: np.log(softmax(a))), ANY),
    "vech": (vech, lambda a: np.concatenate([a[k:, k] for k in range(len(a))])[:, None], [*SQUARE, *NUMBERS]),
    **{
        name: (partial(mf.matrix_function, name), getattr(scipy.linalg, name), [*SQUARE, *NUMBERS])
        for name in mf.ANALYTIC
    },
}


def value(expression: Any) -> np.ndarray:
    """Always an array with two axes."""
    return np.atleast_2d(evaluate(expression, ENV, SIZES))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_simple_argument(name: str) -> None:
    make, function, arguments = FUNCTIONS[name]
    for argument in arguments:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SciPy's, of nearly singular matrices
            try:
                want = np.atleast_2d(function(value(argument)))
            except np.linalg.LinAlgError:  # a singular matrix, as for a Cholesky factor
                continue
            if np.all(np.isfinite(want)):
                np.testing.assert_allclose(value(make(argument)), want, rtol=1e-8, atol=1e-8, err_msg=str(argument))


@pytest.mark.parametrize("which", ["max", "min"])
def test_the_larger_of_two(which: str) -> None:
    """Entry by entry; a number is compared with every entry."""
    choose = {"max": np.maximum, "min": np.minimum}[which]
    for a, b in itertools.product([X, alg.mul(-1, X), alg.zeros(m, n), c, Integer(0), Integer(-1)], repeat=2):
        np.testing.assert_allclose(value(rd.extreme(which, a, b)), choose(value(a), value(b)))


@pytest.mark.parametrize("make", [dt.det, dt.logdet, mf.chol, vech, partial(sp.eigenvalue, "max")])
def test_what_needs_a_square_matrix(make: Callable[[Any], Any]) -> None:
    with pytest.raises(MatcalcError, match="square"):
        make(X)


@pytest.mark.parametrize("name", mf.ANALYTIC)
def test_a_function_of_a_diagonal_matrix_is_diagonal(name: str) -> None:
    found = mf.matrix_function(name, alg.mul(c, alg.diag_matrix(x)))
    assert found == alg.diag_matrix(alg.elementwise(mf.ANALYTIC[name].scalar, alg.mul(c, x)))
