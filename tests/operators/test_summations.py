"""Samples, and maps in them, at a random point: three matrix samples, the columns vec X_i of an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy.core.symbol import Str

from matcalc import algebra as alg
from matcalc.operators.summations import OverSamples, sample, stacked, summation, unbound
from matcalc.operators.table import operator_of
from tests.maps.faces import Faces

SIZES = {"k": 2, "m": 3, "N": 4}
k, m, N = (alg.dimension(s) for s in ("k", "m", "N"))
i = Str("i")
X, Y = alg.matrix("X", k * m, N), alg.matrix("Y", k * m, N)
v, w = alg.matrix("v", N, 1), alg.matrix("w", N, 1)
V, A, U, c = alg.matrix("V", k, N), alg.matrix("A", k, k), alg.matrix("U", k, m), alg.scalar("c")

RNG = np.random.default_rng(4)
ENV: dict[Any, Any] = {
    x: RNG.standard_normal([int(d.subs({alg.dimension(s): n for s, n in SIZES.items()})) for d in x.shape])
    for x in (X, Y, v, w, V, A, U)
}
FACES = Faces(ENV | {c: 0.7}, SIZES)

#: Arrays, with the shape of a sample of theirs.
ARRAYS = [
    (X, (k, m)), (V, (k, 1)), (v, ()), (alg.mul(c, X), (k, m)), (alg.mul(3, v), ()), (alg.add(X, Y), (k, m)),
    (alg.mul(2, c, alg.add(X, alg.mul(3, Y))), (k, m)), (alg.mul(c, alg.add(v, alg.mul(3, w))), ()),
    (alg.zeros(k * m, N), (k, m)), (alg.zeros(N, 1), ()),
]  # fmt: skip


@pytest.mark.parametrize(("array", "shape"), ARRAYS, ids=str)
def test_all_samples_are_the_array(array: Any, shape: Any) -> None:
    one = sample(array, i, shape)
    assert alg.shape_of(one) == shape
    FACES.same(FACES.value(stacked(one, i, N)), FACES.value(array))


def test_a_sample_of_what_is_stacked_is_the_body() -> None:
    bodies = alg.mul(A, sample(X, i, (k, m))), alg.mul(2, alg.elementwise("sin", sample(X, i, (k, m))))
    for body in bodies:
        assert sample(stacked(body, i, N), i, (k, m)) == body
        assert sample(alg.mul(c, stacked(body, i, N)), i, (k, m)) == alg.mul(c, body)
    other = sample(stacked(bodies[0], i, N), Str("j"), (k, m))
    FACES.same(FACES.value(stacked(other, Str("j"), N)), FACES.value(stacked(bodies[0], i, N)))


@pytest.mark.parametrize(("array", "shape"), [(X, (k, m)), (V, (k, 1)), (v, ())], ids=str)
def test_the_differential_of_a_sample_is_the_sample_of_the_differential(array: Any, shape: Any) -> None:
    one = sample(array, i, shape)
    ((by, inner),) = operator_of(one).differential(one)
    assert by == array
    every = (alg.mul(*shape), N) if shape else (N, 1)
    FACES.same(FACES.check(OverSamples(array.shape, every, inner, i, N, gives=True)), np.eye(ENV[array].size))


def test_what_is_the_same_for_all_samples_stands_outside() -> None:
    moving = alg.elementwise("sin", sample(X, i, (k, m)))
    total = sum(np.sin(column.reshape(2, 3, order="F")) for column in ENV[X].T)
    got = summation(alg.add(alg.mul(c, A, moving), alg.mul(3, A, U)), i, N)
    FACES.same(FACES.value(got), 0.7 * ENV[A] @ total + 3 * 4 * ENV[A] @ ENV[U])
    assert summation(alg.mul(c, A, moving), i, N) == alg.mul(c, A, summation(moving, i, N))


def test_samples_are_free_until_a_sum_binds_them() -> None:
    one, other = sample(X, i, (k, m)), sample(Y, Str("j"), (k, m))
    product = alg.mul(one, alg.transpose(other))
    inner = summation(alg.elementwise("sin", product), i, N)
    found = unbound(summation(inner, Str("j"), N), A)
    assert found[product] == ("i", "j")
    assert found[inner] == ("j",)
    assert summation(inner, Str("j"), N) not in found
    assert A not in found
