"""Matrices on vec in the form of a book: each rewriting keeps the value."""

from __future__ import annotations

import itertools
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
    ("K moves to the right", alg.mul(K(k, m), alg.kron(A, B)), "(B ⊗ A) K_{mn}"),
    ("K meets a column", alg.mul(K(k, m), alg.kron(A, c)), "c ⊗ A"),
    ("mixed product", alg.mul(alg.kron(A, B), alg.kron(C, D)), "AC ⊗ BD"),
    ("a row beside a matrix", alg.mul(B, alg.kron(r, A)), "r ⊗ BA"),
    ("a matrix beside a row", alg.mul(B, alg.kron(A, r)), "BA ⊗ r"),
    ("a column beside a matrix", alg.mul(alg.kron(c, A), X), "c ⊗ AX"),
    ("a matrix beside a column", alg.mul(alg.kron(A, c), X), "AX ⊗ c"),
    ("two rows", alg.mul(B, alg.kron(r, r, A)), "r ⊗ r ⊗ BA"),
    ("three factors", alg.mul(K(k, m), alg.kron(A, B), alg.kron(C, D)), "(BD ⊗ AC) K_{mk}"),
    ("a coefficient", alg.mul(3, K(k, m), alg.kron(A, B)), "3(B ⊗ A) K_{mn}"),
]
RNG = np.random.default_rng(3)
ENV = {s: RNG.standard_normal(shape_of(s)) for s in (A, B, C, D, X, r, c)}


def is_kept(product: Any) -> Any:
    """The tidy product, which is the same matrix."""
    found = tidy(product)
    np.testing.assert_allclose(evaluate(found, ENV, SIZES), evaluate(product, ENV, SIZES), atol=1e-12)
    assert found.shape == product.shape
    return found


@pytest.mark.parametrize(("product", "form"), [row[1:] for row in PRODUCTS], ids=[row[0] for row in PRODUCTS])
def test_a_tidy_product_is_the_same_matrix(product: Any, form: str) -> None:
    assert text_of(is_kept(product)) == form


SINGLE = [A, B, C, D, X, r, c, alg.transpose(c)]
FACTORS = [
    *SINGLE,
    *(alg.kron(a, b) for a, b in itertools.product(SINGLE, repeat=2)),
    *(K(a, b) for a, b in itertools.permutations((k, m, n), 2)),
    *(alg.vec(a) for a in (A, B, X)),
    alg.kron(r, c, A), alg.kron(A, r, c), alg.kron(c, A, B),
]  # fmt: skip


@pytest.mark.parametrize("a", FACTORS, ids=text_of)
def test_any_two_factors(a: Any) -> None:
    for b in FACTORS:
        if a.shape[1] == b.shape[0]:
            is_kept(alg.mul(a, b))
