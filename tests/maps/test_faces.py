"""Every elementary linear map: its four faces against each other, at random points with distinct sizes.

The checks are the definitions: M : L(d) = L*(M) : d; vec L(d) = J vec d; L(d) by index notation.
"""

from __future__ import annotations

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

MAPS = [
    core.IdentityMap((m, n), (m, n)),
    core.ZeroMap((m, n), (k, l)),
    maps.sandwich(A, B, (m, n)),
    maps.sandwich(A, ONE_SIZE, (m, n)),
    maps.sandwich(ONE_SIZE, B, (m, n)),
    maps.sandwich(alg.transpose(v), ONE_SIZE, (n, m)),
    maps.scaling(c, (m, n)),
    maps.transpose_map((m, n)),
    maps.hadamard_with(H, (m, n)),
    maps.outer(E),
    maps.frobenius_with(E, (m, n)),
    elementary.TraceMap((n, n), ()),
    elementary.TotalMap((m, n), ()),
    elementary.DiagMap((n, ONE_SIZE), (n, n)),
    elementary.DiagonalMap((n, n), (n, ONE_SIZE)),
    elementary.VecMap((m, n), (m * n, ONE_SIZE)),
    elementary.UnvecMap((m * n, ONE_SIZE), (m, n)),
    maps.kronecker_left(KRON, (m, n)),
    maps.kronecker_right(KRON, (m, n)),
    elementary.BlockSumWith((k * m, l * n), (m, n), KRON),
    elementary.BlockInnerWith((m * k, n * l), (m, n), KRON),
    elementary.WeightsOfBlocks((k, l), (m, n), BIG),
    elementary.BlocksAgainst((m, n), (k, l), BIG),
    elementary.Triangle((m, m), (m, m), True),
    elementary.Triangle((m, m), (m, m), False),
    maps.compose(maps.transpose_map((k, l)), maps.sandwich(A, B, (m, n)), maps.hadamard_with(H, (m, n))),
    maps.sum_maps([maps.hadamard_with(H, (m, n)), maps.scaling(c, (m, n))], (m, n), (m, n)),
]


def test_every_map_is_here() -> None:
    made = {type(part) for one in MAPS for part in (one, *one.parts(), *one.terms())}
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


@pytest.mark.parametrize("one", MAPS, ids=lambda one: type(one).__name__)
def test_faces_agree(one: core.LinearMap, env: dict[Any, Any]) -> None:
    rng = np.random.default_rng(7)
    d, cotangent = stand_in("D", one.domain), stand_in("M", one.codomain)
    env = env | {d: draw(one.domain, rng), cotangent: draw(one.codomain, rng)}
    applied = evaluate(one.apply(d), env, SIZES)
    pulled = evaluate(one.pull(cotangent), env, SIZES)
    assert np.sum(env[cotangent] * applied) == pytest.approx(np.sum(pulled * env[d]))  # M : L(d) = L*(M) : d
    j = np.atleast_2d(evaluate(one.matrix(), env, SIZES))
    column = vec(np.atleast_2d(env[d]))
    np.testing.assert_allclose(j @ column, vec(np.atleast_2d(applied)), atol=1e-12)
    np.testing.assert_allclose(by_indices(one, env) @ column, vec(np.atleast_2d(applied)), atol=1e-12)
    twice = one.adjoint().adjoint()
    np.testing.assert_allclose(evaluate(twice.apply(d), env, SIZES), applied, atol=1e-12)


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
