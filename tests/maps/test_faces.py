"""Every elementary linear map: its four faces against each other, at random points with distinct sizes.

The checks are the definitions: M : L(d) = L*(M) : d; vec L(d) = J vec d; L(d) by index notation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from matcalc import algebra as alg
from matcalc import maps
from matcalc.maps import core, elementary
from matcalc.maps.indices import ONE, AtLeast, Delta, Entry, Stack
from tests.naive import evaluate, vec

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

#: How each map is made; made anew in every test, by its constructor.
MAPS: list[Callable[[], core.LinearMap]] = [
    lambda: core.IdentityMap((m, n), (m, n)),
    lambda: core.ZeroMap((m, n), (k, l)),
    lambda: maps.sandwich(A, B, (m, n)),
    lambda: maps.sandwich(A, ONE_SIZE, (m, n)),
    lambda: maps.sandwich(ONE_SIZE, B, (m, n)),
    lambda: maps.sandwich(alg.transpose(v), ONE_SIZE, (n, m)),
    lambda: maps.scaling(c, (m, n)),
    lambda: maps.transpose_map((m, n)),
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
    lambda: elementary.Triangle((m, m), (m, m), False),
    lambda: maps.compose(maps.transpose_map((k, l)), maps.sandwich(A, B, (m, n)), maps.hadamard_with(H, (m, n))),
    lambda: maps.sum_maps([maps.hadamard_with(H, (m, n)), maps.scaling(c, (m, n))], (m, n), (m, n)),
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
    known = {
        cls
        for module in (core, elementary)
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, core.LinearMap) and not cls.__name__.startswith("_")
    }
    assert known - {core.LinearMap} == made


def size(d: Any) -> int:
    return int(d.subs({alg.dimension(s): value for s, value in SIZES.items()})) if d != 1 else 1


def draw(shape: Any, rng: np.random.Generator) -> Any:
    return rng.standard_normal([size(d) for d in shape]) if shape else rng.standard_normal()


@pytest.fixture
def env() -> dict[Any, Any]:
    rng = np.random.default_rng(1)
    found: dict[Any, Any] = {x: draw(x.shape, rng) for x in (A, B, H, E, KRON, BIG, v)}
    return found | {c: rng.standard_normal()}


def stand_in(name: str, shape: Any) -> Any:
    return alg.matrix(name, *shape) if shape else alg.scalar(name)


@pytest.mark.parametrize("make", MAPS, ids=[type(make()).__name__ for make in MAPS])
def test_faces_agree(make: Callable[[], core.LinearMap], env: dict[Any, Any]) -> None:
    one = make()
    rng = np.random.default_rng(7)
    d, cotangent = stand_in("D", one.domain), stand_in("M", one.codomain)
    env = env | {d: draw(one.domain, rng), cotangent: draw(one.codomain, rng)}
    assert (alg.shape_of(one.apply(d)), alg.shape_of(one.pull(cotangent))) == (one.codomain, one.domain)
    applied = evaluate(one.apply(d), env, SIZES)
    pulled = evaluate(one.pull(cotangent), env, SIZES)
    assert np.sum(env[cotangent] * applied) == pytest.approx(np.sum(pulled * env[d]))  # M : L(d) = L*(M) : d
    j = np.atleast_2d(evaluate(one.matrix(), env, SIZES))
    column = vec(np.atleast_2d(env[d]))
    np.testing.assert_allclose(j @ column, vec(np.atleast_2d(applied)), atol=1e-12)
    np.testing.assert_allclose(by_indices(one, env) @ column, vec(np.atleast_2d(applied)), atol=1e-12)
    twice = one.adjoint().adjoint()
    np.testing.assert_allclose(evaluate(twice.apply(d), env, SIZES), applied, atol=1e-12)


D = alg.matrix("D", m, n)
d = alg.scalar("d")
#: What a constructor makes of simple cases, and what it has to do.
MEANINGS: list[tuple[Callable[[], core.LinearMap], Any, Any]] = [
    (lambda: maps.sandwich(alg.mul(2, A), alg.mul(c, B), (m, n)), D, alg.mul(2, c, A, D, B)),
    (lambda: maps.sandwich(A, H, ()), d, alg.mul(d, A, H)),
    (lambda: maps.hadamard_with(alg.mul(c, alg.ones(m, n)), (m, n)), D, alg.mul(c, D)),
    (lambda: maps.kronecker_left(c, (m, n)), D, alg.mul(c, D)),
    (lambda: maps.kronecker_right(c, (m, n)), D, alg.mul(c, D)),
    (lambda: maps.kronecker_left(KRON, ()), d, alg.mul(d, KRON)),
    (lambda: maps.kronecker_right(KRON, ()), d, alg.mul(d, KRON)),
    (lambda: maps.compose(maps.transpose_map((n, m)), maps.transpose_map((m, n))), D, D),
    (lambda: maps.compose(maps.scaling(c, (m, n)), maps.scaling(3, (m, n))), D, alg.mul(3, c, D)),
    (lambda: maps.outer(c), d, c * d),
    (lambda: maps.frobenius_with(c, ()), d, c * d),
]


@pytest.mark.parametrize(("make", "direction", "meant"), MEANINGS)
def test_a_constructor_does_what_it_says(
    make: Callable[[], core.LinearMap], direction: Any, meant: Any, env: dict[Any, Any]
) -> None:
    """The faces might agree on a wrong map."""
    rng = np.random.default_rng(5)
    there = env | {D: draw(D.shape, rng), d: draw((), rng)}
    np.testing.assert_allclose(evaluate(make().apply(direction), there, SIZES), evaluate(meant, there, SIZES))


def by_indices(one: core.LinearMap, env: dict[Any, Any]) -> np.ndarray:
    """The matrix on vec, entry by entry from index notation."""
    out_shape = [size(s) for s in one.codomain] or [1, 1]
    in_shape = [size(s) for s in one.domain] or [1, 1]
    names = ("i", "j"), ("p", "q")
    out = tuple(ONE if s == 1 else name for s, name in zip(out_shape, names[0]))
    into = tuple(ONE if s == 1 else name for s, name in zip(in_shape, names[1]))
    extents = {"i": out_shape[0], "j": out_shape[1], "p": in_shape[0], "q": in_shape[1], ONE: 1}
    tensor = np.zeros([*out_shape, *in_shape])
    for term in one.entries(out if one.codomain else (), into if one.domain else ()):
        operands, letters, local = [], [], dict(extents)
        for f in term.factors:
            if isinstance(f, Entry):
                array = np.atleast_2d(evaluate(f.array, env, SIZES))
                local |= {f.row: array.shape[0], f.col: array.shape[1]}
        for f in term.factors:
            if isinstance(f, Stack):
                fast = local.get(f.fast) or size(f.size)
                local.setdefault(f.fast, fast)
                local.setdefault(f.whole, fast * local.get(f.slow, 1))
                local.setdefault(f.slow, local[f.whole] // fast)
        for f in term.factors:
            match f:
                case Entry(array, row, col):
                    operands.append(np.atleast_2d(evaluate(array, env, SIZES)))
                    letters.append((row, col))
                case Delta(a, b):
                    extent = local.get(a, local.get(b))
                    operands.append(np.eye(extent))
                    letters.append((a, b))
                case AtLeast(a, b):
                    operands.append(np.tril(np.ones((local[a], local[b]))))
                    letters.append((a, b))
                case Stack(whole, fast, slow, _):
                    cube = np.zeros((local[whole], local[fast], local[slow]))
                    for s in range(local[slow]):
                        cube[s * local[fast] : (s + 1) * local[fast], :, s] = np.eye(local[fast])
                    operands.append(cube)
                    letters.append((whole, fast, slow))
        numbers = {
            name: at
            for at, name in enumerate(dict.fromkeys(["i", "j", "p", "q", *[x for pair in letters for x in pair]]))
        }
        args: list[Any] = []
        for array, pair in zip(operands, letters):
            args += [array, [numbers[x] for x in pair]]
        for name, extent in zip("ijpq", [*out_shape, *in_shape]):
            args += [np.ones(extent), [numbers[name]]]
        value = np.einsum(*args, [numbers[x] for x in "ijpq"]) * float(evaluate(term.coefficient, env, SIZES))
        tensor += value
    return np.stack([vec(tensor[:, :, p, q])[:, 0] for q in range(in_shape[1]) for p in range(in_shape[0])], axis=1)
