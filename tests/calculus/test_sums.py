"""Sums over samples: the matrix form has the value of the sum written out sample by sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Integer, Rational

from matcalc import algebra as alg
from matcalc.errors import DerivationError
from matcalc.operators import FUNCTIONS
from matcalc.operators.sums import sum_over_samples
from tests.naive import evaluate

SIZES = {"m": 3, "n": 4, "N": 5}
m, n, N = (alg.dimension(s) for s in SIZES)
W = alg.matrix("W", m, n)
A = alg.matrix("A", n, n)
w = alg.matrix("w", n, 1)
x, u = alg.matrix("x_i", n, 1), alg.matrix("u_i", m, 1)
y, t = alg.scalar("y_i"), alg.scalar("t")
SAMPLES = {x: alg.matrix("X", n, N), u: alg.matrix("U", m, N), y: alg.matrix("y", N, 1)}
xT, wT = alg.transpose(x), alg.transpose(w)
relu, softmax, lse = (FUNCTIONS[f].build for f in ("relu", "softmax", "lse"))

BODIES = [
    alg.power(alg.norm(alg.subtract(u, alg.mul(W, x))), Integer(2)),
    alg.norm(alg.subtract(u, alg.mul(W, x))),
    alg.elementwise("log", alg.add(1, alg.elementwise("exp", alg.mul(-1, y, wT, x)))),
    alg.power(alg.subtract(alg.mul(alg.transpose(u), W, x), y), Integer(2)),
    alg.mul(xT, A, x),
    alg.elementwise("log", alg.add(2, alg.power(alg.mul(xT, x), Integer(2)))),
    alg.mul(y, alg.frobenius(w, alg.elementwise("tanh", x))),
    relu(alg.subtract(alg.add(t, alg.power(alg.norm(x), Integer(2))), alg.mul(y, alg.mul(wT, x)))),
    alg.mul(Rational(1, 2), lse(alg.mul(W, x))),
    alg.frobenius(u, softmax(alg.mul(W, x))),
    alg.frobenius(W, alg.mul(u, xT)),
    t,
    alg.mul(W, x),
    alg.mul(y, u, xT),
    alg.mul(y, W),
    alg.add(W, alg.mul(u, xT)),
    alg.hadamard(x, w),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda e: str(e)[:40])
def test_sum(body: Any) -> None:
    rng = np.random.default_rng(3)
    fixed = {
        W: rng.standard_normal((3, 4)),
        A: rng.standard_normal((4, 4)),
        w: rng.standard_normal((4, 1)),
        t: np.float64(0.3),
    }
    arrays = {
        node: rng.standard_normal([SIZES[str(d)] if d != 1 else 1 for d in node.shape]) for node in SAMPLES.values()
    }
    got = evaluate(sum_over_samples(body, SAMPLES, N), fixed | arrays, SIZES)
    want = 0.0
    for i in range(SIZES["N"]):
        one = {s: arrays[a][:, [i]] if s is not y else arrays[a][i, 0] for s, a in SAMPLES.items()}
        want = want + evaluate(body, fixed | one, SIZES)
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


def test_what_has_no_matrix_form_is_refused() -> None:
    body = alg.frobenius(w, alg.mul(alg.inverse(alg.add(A, alg.diag_matrix(x))), w))
    with pytest.raises(DerivationError, match="no matrix form"):
        sum_over_samples(body, SAMPLES, N)
