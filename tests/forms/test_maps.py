"""Index notation of every elementary map and of compositions of sums, against the matrix on vec."""

from __future__ import annotations

import numpy as np
import pytest

from matcalc import algebra as alg
from matcalc import maps
from matcalc.forms import Derivative
from matcalc.maps import core, elementary
from tests.forms.checks import check_forms
from tests.maps.faces import stand_in
from tests.maps.test_faces import ENV, FACES, MAPS, SIZES, A, B, E, H, c, k, l, m, n
from tests.naive import evaluate

ONE = alg.ones(1, 1)
both = maps.sum_maps([maps.hadamard_with(H, (m, n)), maps.scaling(c, (m, n))], (m, n), (m, n))
stacked = (m * n, ONE)
N = alg.matrix("N_2", m * n, m * n)

COMPOSITIONS = [
    core.Composition((m, n), (k, l), (maps.sandwich(A, B, (m, n)), both)),
    core.Composition((m, n), (m, n), (both, both)),
    core.Composition((m, n), (n, m), (maps.transpose_map((m, n)), both)),
    core.Composition(
        (m, n), (m, n),
        (elementary.UnvecMap(stacked, (m, n)), maps.sandwich(N, ONE, stacked), elementary.VecMap((m, n), stacked)),
    ),
    core.Composition((m, n), (n, m), (elementary.UnvecMap(stacked, (n, m)), elementary.VecMap((m, n), stacked))),
    core.Composition((m, n), stacked, (elementary.VecMap((m, n), stacked), both)),
    core.Composition((m, ONE), (m, n), (both, maps.sandwich(alg.identity(m), alg.ones(1, n), (m, ONE)))),
    core.Composition((n, n), (n, n), (elementary.DiagMap((n, ONE), (n, n)), elementary.DiagonalMap((n, n), (n, ONE)))),
    core.Composition((m, n), (m, n), (maps.outer(E), maps.frobenius_with(H, (m, n)))),
    core.Composition((m, n), (m, n), (maps.sandwich(alg.ones(m, m), alg.ones(n, n), (m, n)), both)),
]  # fmt: skip


@pytest.mark.parametrize("one", [*(make() for make in MAPS), *COMPOSITIONS], ids=lambda one: type(one).__name__)
def test_forms_of_a_map(one: core.LinearMap) -> None:
    rng = np.random.default_rng(3)
    x = stand_in("X_0", one.domain)
    derivative = Derivative(one.apply(x), x, one, taken=frozenset("klmn"))
    env = ENV | {x: FACES.draw(one.domain, rng), N: FACES.draw((m * n, m * n), rng)}
    numeric = np.atleast_2d(evaluate(one.matrix(), env, SIZES))
    check_forms(derivative, numeric, env, SIZES, 1)
