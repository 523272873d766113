"""Matrices on vec in the form of a book: each rewriting keeps the value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matcalc import algebra as alg
from matcalc.calculus.vecform import tidy
from matcalc.present import text_of
from tests.calculus.random_functions import shape_of
from tests.naive import evaluate
from tests.random_expressions import SIZES, k, m, n

A, B, C, D = alg.matrix("A", m, n), alg.matrix("B", k, m), alg.matrix("C", n, k), alg.matrix("D", m, m)
X, r, c = alg.matrix("X", n, m), alg.matrix("r", 1, k), alg.matrix("c", k, 1)
K = alg.commutation

PRODUCTS = [
    ("K K = I", alg.mul(K(m, n), K(n, m)), "I"),
    ("K vec X = vec Xᵀ", alg.mul(K(n, m), alg.vec(X)), "vec(Xᵀ)"),
    ("K moves to the right", alg.mul(K(k, m), alg.kron(A, B)), None),
    ("mixed product", alg.mul(alg.kron(A, B), alg.kron(C, D)), "AC ⊗ BD"),
    ("a row beside a matrix", alg.mul(B, alg.kron(r, A)), None),
    ("a column beside a matrix", alg.mul(alg.kron(c, A), X), None),
    ("three factors", alg.mul(K(k, m), alg.kron(A, B), alg.kron(C, D)), None),
]


@pytest.mark.parametrize(("product", "form"), [row[1:] for row in PRODUCTS], ids=[row[0] for row in PRODUCTS])
def test_a_tidy_product_is_the_same_matrix(product: Any, form: str | None) -> None:
    rng = np.random.default_rng(3)
    env = {s: rng.standard_normal(shape_of(s)) for s in (A, B, C, D, X, r, c)}
    found = tidy(product)
    np.testing.assert_allclose(evaluate(found, env, SIZES), evaluate(product, env, SIZES), atol=1e-12)
    assert found.shape == product.shape
    if form is not None:
        assert text_of(found) == form
