"""Single entries: e_kᵀx and e_iᵀXe_j, with an index that the caller passes."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import DerivationError, derive


def test_cross_entropy_of_one_class_is_softmax_minus_its_unit_vector() -> None:
    d = derive("−log(e_kᵀ softmax(Wx))", wrt="W")
    assert str(d.result) == "(softmax(Wx) − e_k) xᵀ"
    assert d.check()
    rng = np.random.default_rng(0)
    W, x = rng.standard_normal((3, 4)), rng.standard_normal(4)
    p = np.exp(W @ x) / np.exp(W @ x).sum()
    for k in (1, 2, 3):
        np.testing.assert_allclose(d.compile()(W=W, x=x, k=k), np.outer(p - np.eye(3)[k - 1], x), rtol=1e-12)


def test_an_index_is_no_size_and_no_variable() -> None:
    d = derive("e_iᵀ X e_j", where="X: m×n")
    assert list(d.variables) == ["X"]
    assert "i ∈ {1, …, m}" in str(d.reading)
    with pytest.raises(DerivationError, match="k does not occur"):
        derive("e_kᵀ x", wrt="k")


@pytest.mark.parametrize("k", [0, -1, 1.5, 4])
def test_an_index_outside_of_the_array_is_refused(k: float) -> None:
    compiled = derive("e_kᵀ x", wrt="x", where="x: n").compile()
    with pytest.raises((TypeError, IndexError)):
        compiled.value(x=np.ones(3), k=k)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("e_kᵀ(a ⊙ x)", "(e_kᵀ a) e_k"),  # e_k ⊙ a = (e_kᵀ a) e_k
        ("½(e_kᵀ x)²", "(e_kᵀ x) e_k"),
        ("e_nᵀ x", "e_n"),
    ],
)
def test_gradients(text: str, result: str) -> None:
    d = derive(text, wrt="x", where="a, x: n")
    assert str(d.result) == result
    assert d.check()
