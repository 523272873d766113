"""Every linear map: its faces, those of its adjoint and of its compositions, at a random point with distinct sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import sympy
from sympy.core.symbol import Str

from matcalc import algebra as alg
from matcalc import maps
from matcalc.maps import core, elementary
from matcalc.maps.fuse import fuse
from matcalc.maps.indices import Delta
from matcalc.operators.matrix_functions import FrechetMap
from matcalc.operators.matrix_powers import PowerMap
from matcalc.operators.spectral_functions import SecondSpectralMap, SpectralMap
from matcalc.operators.summations import OverSamples, sample
from tests.maps.faces import Faces

SIZES = {"k": 2, "l": 5, "m": 3, "n": 4}
k, l, m, n = (alg.dimension(s) for s in "klmn")
ONE_SIZE = alg.ones(1, 1)
A = alg.matrix("A", k, m)
B = alg.matrix("B", n, l)
H = alg.matrix("H", m, n)
E = alg.matrix("E", m, n)
KRON = alg.matrix("Q", k, l)
BIG = alg.matrix("N", k * m, l * n)
c = alg.scalar("c")
v = alg.matrix("v", n, 1)
Q = alg.matrix("Q_n", n, n)
SYMMETRIC = alg.add(Q, alg.transpose(Q))
LONG = alg.matrix("l", 1, l * n)
LETTER = Str("i")
SAMPLE = sample(B, LETTER, (n, 1))
OF_SAMPLE, WITH_SAMPLE = maps.sandwich(alg.identity(m), SAMPLE, (m, n)), maps.hadamard_with(SAMPLE, (n, 1))
j = sympy.Symbol("j", integer=True, positive=True)

#: How each map is made; made anew in every test, by its constructor.
MAPS: list[Callable[[], core.LinearMap]] = [
    lambda: core.IdentityMap((m, n), (m, n)),
    lambda: core.ZeroMap((m, n), (k, l)),
    lambda: core.ZeroMap((m, n), ()),
    lambda: core.ZeroMap((), (m, n)),
    lambda: maps.sandwich(A, B, (m, n)),
    lambda: maps.sandwich(A, ONE_SIZE, (m, n)),
    lambda: maps.sandwich(ONE_SIZE, B, (m, n)),
    lambda: maps.sandwich(alg.transpose(v), ONE_SIZE, (n, m)),
    lambda: maps.scaling(c, (m, n)),
    lambda: maps.sandwich(alg.transpose(A), alg.transpose(B), (k, l)),
    lambda: maps.transpose_map((m, n)),
    lambda: maps.transpose_map((n, m)),
    lambda: maps.hadamard_with(H, (m, n)),
    lambda: maps.outer(E),
    lambda: maps.frobenius_with(E, (m, n)),
    lambda: elementary.TraceMap((n, n), ()),
    lambda: elementary.TotalMap((m, n), ()),
    lambda: elementary.DiagMap((n, ONE_SIZE), (n, n)),
    lambda: elementary.DiagonalMap((n, n), (n, ONE_SIZE)),
    lambda: elementary.VecMap((m, n), (m * n, ONE_SIZE)),
    lambda: elementary.UnvecMap((m * n, ONE_SIZE), (m, n)),
    lambda: maps.kronecker_left(KRON, (m, n)),
    lambda: maps.kronecker_right(KRON, (m, n)),
    lambda: elementary.BlockSumWith((k * m, l * n), (m, n), KRON),
    lambda: elementary.BlockInnerWith((m * k, n * l), (m, n), KRON),
    lambda: elementary.WeightsOfBlocks((k, l), (m, n), BIG),
    lambda: elementary.BlocksAgainst((m, n), (k, l), BIG),
    lambda: elementary.Triangle((m, m), (m, m), True),
    lambda: elementary.Triangle((m, n), (m, n), False),
    lambda: maps.compose(maps.transpose_map((k, l)), maps.sandwich(A, B, (m, n)), maps.hadamard_with(H, (m, n))),
    lambda: maps.sum_maps([maps.hadamard_with(H, (m, n)), maps.scaling(c, (m, n))], (m, n), (m, n)),
    lambda: SpectralMap((n, n), (n, n), Str("tanh"), SYMMETRIC),
    lambda: SecondSpectralMap((n, n), (n, n), Str("tanh"), SYMMETRIC, Q),
    lambda: FrechetMap((n, n), (n, n), "expm", Q),
    lambda: PowerMap((n, n), (n, n), Q, sympy.Integer(3)),
    lambda: PowerMap((n, n), (n, n), Q, j),
    # Σ_i, where one of the samples is taken, and where they are given one by one
    lambda: OverSamples((m, n), (m, 1), OF_SAMPLE, LETTER, l),
    lambda: OverSamples((n, l), (n, 1), WITH_SAMPLE, LETTER, l, takes=True),
    lambda: OverSamples((m, n), (m, l), OF_SAMPLE, LETTER, l, gives=True),
    lambda: OverSamples((n, l), (n, l), WITH_SAMPLE, LETTER, l, takes=True, gives=True),
    # of columns and rows
    lambda: elementary.VecMap((1, n), (n, 1)),
    lambda: elementary.VecMap((n, 1), (n, 1)),
    lambda: elementary.UnvecMap((n, 1), (1, n)),
    lambda: elementary.UnvecMap((n, 1), (n, 1)),
    lambda: maps.kronecker_left(v, (m, 1)),
    lambda: maps.kronecker_left(alg.transpose(v), (1, m)),
    lambda: maps.kronecker_left(v, (1, m)),
    lambda: maps.kronecker_right(v, (m, 1)),
    lambda: maps.kronecker_right(alg.transpose(v), (1, m)),
    lambda: maps.kronecker_right(alg.transpose(v), (m, 1)),
    lambda: elementary.WeightsOfBlocks((k, 1), (m, l * n), BIG),
    lambda: elementary.WeightsOfBlocks((1, l), (k * m, n), BIG),
    lambda: elementary.BlocksAgainst((m, l * n), (k, 1), BIG),
    lambda: elementary.BlocksAgainst((k * m, n), (1, l), BIG),
    lambda: elementary.WeightsOfBlocks((1, l), (1, n), LONG),
    lambda: elementary.BlocksAgainst((1, n), (1, l), LONG),
    lambda: elementary.WeightsOfBlocks((l, 1), (n, 1), alg.transpose(LONG)),
    # of ones: sums without an entry in them
    lambda: maps.sum_maps([maps.outer(alg.ones(m, n)), maps.outer(E)], (), (m, n)),
    lambda: maps.sandwich(alg.ones(k, m), alg.ones(n, l), (m, n)),
    # constructors that find a simpler map
    lambda: maps.sandwich(alg.mul(2, A), alg.mul(c, B), (m, n)),
    lambda: maps.sandwich(alg.mul(c, alg.identity(m)), alg.mul(3, alg.identity(n)), (m, n)),
    lambda: maps.sandwich(A, H, ()),
    lambda: maps.sandwich(alg.mul(2, alg.transpose(v)), alg.mul(3, v), (n, n)),
    lambda: maps.hadamard_with(c, (m, n)),
    lambda: maps.hadamard_with(alg.mul(c, alg.ones(m, n)), (m, n)),
    lambda: maps.hadamard_with(alg.mul(3, H), (m, n)),
    lambda: maps.outer(c),
    lambda: maps.frobenius_with(c, ()),
    lambda: maps.transpose_map(()),
    lambda: maps.kronecker_left(c, (m, n)),
    lambda: maps.kronecker_right(c, (m, n)),
    lambda: maps.kronecker_left(KRON, ()),
    lambda: maps.kronecker_right(KRON, ()),
    # neighbours that fuse
    lambda: maps.compose(maps.scaling(c, (k, n)), maps.sandwich(A, alg.identity(n), (m, n)), maps.scaling(3, (m, n))),
    lambda: maps.compose(maps.sandwich(A, B, (m, n)), maps.sandwich(alg.transpose(A), alg.transpose(v), (k, 1))),
    lambda: maps.compose(maps.scaling(c, (m, n)), maps.hadamard_with(H, (m, n)), maps.hadamard_with(E, (m, n))),
    lambda: maps.compose(maps.hadamard_with(H, (m, n)), maps.scaling(c, (m, n))),
    lambda: maps.compose(maps.transpose_map((n, m)), maps.transpose_map((m, n))),
    lambda: maps.compose(elementary.UnvecMap((m * n, 1), (m, n)), elementary.VecMap((m, n), (m * n, 1))),
    lambda: maps.compose(elementary.DiagonalMap((n, n), (n, 1)), elementary.DiagMap((n, 1), (n, n))),
    lambda: maps.compose(maps.frobenius_with(alg.mul(A, H), (k, n)), maps.sandwich(A, alg.identity(n), (m, n))),
    lambda: maps.compose(elementary.TraceMap((n, n), ()), maps.sandwich(alg.transpose(H), E, (m, m))),
    lambda: maps.compose(elementary.TotalMap((m, n), ()), maps.outer(H)),
    lambda: maps.compose(maps.transpose_map((m, n)), maps.outer(H)),
]


def test_every_map_is_here() -> None:
    found = [make() for make in MAPS]
    made = {type(part) for one in found for part in (one, *one.parts(), *one.terms())}
    concrete = {cls for cls in subclasses(core.LinearMap) if cls.apply is not core.LinearMap.apply}
    assert {cls for cls in concrete if not cls.__name__.startswith("_")} == made


def subclasses(cls: type) -> set[Any]:
    return {one for sub in cls.__subclasses__() for one in (sub, *subclasses(sub))}


RNG = np.random.default_rng(1)
ENV: dict[Any, Any] = {
    x: RNG.standard_normal([int(d.subs({alg.dimension(s): size for s, size in SIZES.items()})) for d in x.shape])
    for x in (A, B, H, E, KRON, BIG, v, Q, LONG)
}
ENV |= {c: RNG.standard_normal(), j: 3}
FACES = Faces(ENV, SIZES)


def named(makers: list[Callable[[], core.LinearMap]]) -> list[Any]:
    return [pytest.param(make, id=type(make()).__name__) for make in makers]


@pytest.mark.parametrize("make", named(MAPS))
def test_faces_agree(make: Callable[[], core.LinearMap]) -> None:
    FACES.check(make())


#: Neighbours that become one map, whatever they are made of.
FUSED = {
    *itertools.product((maps.Scaling, maps.Sandwich), repeat=2),
    *itertools.product((maps.Scaling, maps.HadamardWith), repeat=2),
    *itertools.product((maps.FrobeniusWith, maps.TraceMap, maps.TotalMap), subclasses(core.LinearMap)),
    *itertools.product(subclasses(core.LinearMap), (maps.Outer,)),
}
#: Neighbours of which one undoes the other, where the first has the shape that the last ends with.
INVERSE = {
    (maps.TransposeMap, maps.TransposeMap), (maps.VecMap, maps.UnvecMap), (maps.UnvecMap, maps.VecMap),
    (maps.DiagonalMap, maps.DiagMap),
}  # fmt: skip


@pytest.mark.parametrize("make", named(MAPS))
def test_neighbours(make: Callable[[], core.LinearMap]) -> None:
    """A map after any other, fused or not: L∘N is one map, with the faces of both multiplied."""
    left = make()
    for right in (other() for other in MAPS):
        if left.domain == right.codomain:
            want = FACES.matrix(left) @ FACES.matrix(right)
            apart = core.Composition(right.domain, left.codomain, (left, right))
            FACES.same(FACES.by_indices(apart), want)
            for one in (maps.compose(left, right), fuse(left, right)):
                if one is not None:
                    assert (one.domain, one.codomain) == (right.domain, left.codomain)
                    FACES.same(FACES.matrix(one), want)
            assert fuse(left, right) is not None or (type(left), type(right)) not in FUSED
            if (type(left), type(right)) in INVERSE and left.codomain == right.domain:
                assert isinstance(fuse(left, right), core.IdentityMap)
            for term in apart.entries(("i", "j")[: len(apart.codomain)], ("p", "q")[: len(apart.domain)]):
                assert not any(
                    index in term.summed for f in term.factors if isinstance(f, Delta) for index in (f.left, f.right)
                )


@pytest.mark.parametrize("make", named(MAPS))
def test_sums_and_other_expressions(make: Callable[[], core.LinearMap]) -> None:
    """L + L is 2L; and with every array in it doubled, a map is what it is where the arrays are twice as large."""
    one = make()
    doubled = {x: alg.mul(2, x) for x in ENV if x is not j}
    large = Faces({x: array if x is j else 2 * array for x, array in ENV.items()}, SIZES)
    FACES.same(FACES.check(one.rewritten(lambda a: alg.replace(a, doubled))), large.matrix(one))
    FACES.same(FACES.check(maps.sum_maps([one, one], one.domain, one.codomain)), 2 * FACES.matrix(one))


D = alg.matrix("D", m, n)
d = alg.scalar("d")
LEFT = [A, alg.mul(2, A), alg.mul(c, A), alg.identity(m), alg.mul(c, alg.identity(m)), alg.ones(k, m), alg.ones(1, m)]
RIGHT = [B, alg.mul(3, B), alg.identity(n), alg.mul(c, alg.identity(n)), v, alg.mul(c, v), alg.ones(n, 1)]
ARRAYS = [H, alg.mul(3, H), alg.mul(c, H), alg.mul(c, alg.ones(m, n)), alg.ones(m, n), c, sympy.Integer(1)]
SCALARS = [c, sympy.Integer(3), sympy.Integer(1)]
u, w = alg.matrix("u", m, 1), alg.matrix("w", 1, n)


def entrywise(a: Any, b: Any) -> Any:
    return alg.mul(a, b) if alg.is_scalar(a) else alg.hadamard(a, b)


#: What a constructor is given, simple or not, and what the map has to do: the faces might agree on a wrong map.
MEANINGS: list[tuple[Callable[[], core.LinearMap], Any, Any]] = [
    *((partial(maps.sandwich, a, b, (m, n)), D, alg.mul(a, D, b)) for a, b in itertools.product(LEFT, RIGHT)),
    *((partial(maps.sandwich, a, ONE_SIZE, (m, 1)), u, alg.mul(a, u)) for a in LEFT),
    *((partial(maps.sandwich, ONE_SIZE, b, (1, n)), w, alg.mul(w, b)) for b in RIGHT),
    *((partial(maps.sandwich, a, H, ()), d, alg.mul(d, a, H)) for a in LEFT),
    *((partial(maps.hadamard_with, a, (m, n)), D, entrywise(a, D)) for a in ARRAYS),
    *((partial(maps.frobenius_with, a, (m, n)), D, alg.total(entrywise(a, D))) for a in ARRAYS[:5]),
    *((partial(maps.outer, a), d, alg.mul(d, a)) for a in ARRAYS),
    *((partial(maps.scaling, a, (m, n)), D, alg.mul(a, D)) for a in SCALARS),
    *((partial(maps.frobenius_with, a, ()), d, alg.mul(a, d)) for a in SCALARS),
    *((partial(maps.kronecker_left, a, (m, n)), D, alg.mul(a, D)) for a in SCALARS),
    *((partial(maps.kronecker_right, a, (m, n)), D, alg.mul(a, D)) for a in SCALARS),
    *((partial(make, KRON, ()), d, alg.mul(d, KRON)) for make in (maps.kronecker_left, maps.kronecker_right)),
    (partial(maps.kronecker_left, KRON, (m, n)), D, alg.kron(KRON, D)),
    (partial(maps.kronecker_right, KRON, (m, n)), D, alg.kron(D, KRON)),
    (lambda: maps.compose(maps.transpose_map((n, m)), maps.transpose_map((m, n))), D, D),
    (lambda: maps.compose(maps.scaling(c, (m, n)), maps.scaling(3, (m, n))), D, alg.mul(3, c, D)),
]


@pytest.mark.parametrize(("make", "direction", "meant"), MEANINGS)
def test_a_constructor_does_what_it_says(make: Callable[[], core.LinearMap], direction: Any, meant: Any) -> None:
    there = {x: FACES.draw(alg.shape_of(x), RNG) for x in (D, d, u, w)}
    one = make()
    FACES.same(FACES.value(one.apply(direction), at=there), FACES.value(meant, at=there))
    assert (one.domain, one.codomain) == (alg.shape_of(direction), alg.shape_of(meant))
    FACES.check(one)
