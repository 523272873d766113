"""What holds for the forms of any derivative: they are faces of one linear map, and it is the numeric derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcalc import algebra as alg
from matcalc.forms import Derivative, jvp, on_vec, tensor, vjp
from tests.calculus.test_random import agrees
from tests.naive import evaluate, vec


def column(a: Any) -> np.ndarray:
    """vec of an array; of a number the 1×1 matrix."""
    return vec(np.atleast_2d(a))


def check_forms(
    d: Derivative,
    numeric: np.ndarray,
    env: Mapping[Any, Any],
    sizes: Mapping[str, int],
    seed: int,
    tolerance: float = 1e-8,
) -> None:
    """All forms of ``d`` at a point, against the Jacobian ``numeric`` on column-major vec."""

    def at(expression: Any, more: Mapping[Any, Any] | None = None) -> np.ndarray:
        return np.asarray(evaluate(expression, {**env, **(more or {})}, sizes))

    rng = np.random.default_rng(seed)
    direction = rng.standard_normal(numeric.shape[1]).reshape(np.shape(np.atleast_2d(env[d.variable])), order="F")
    direction = direction if d.variable_shape else direction[0, 0]
    cotangent = d.cotangent()
    shape = np.shape(at(d.value))
    m = rng.standard_normal(shape)

    j = np.atleast_2d(at(on_vec(d)))
    pushed = at(jvp(d), {d.direction: direction})
    pulled = at(vjp(d), {cotangent: m})
    assert agrees(j, numeric, tolerance), "the vec form is not the numeric Jacobian"
    assert agrees(j @ column(direction), column(pushed), 1e-9), "vec form × vec dX is not the JVP"
    left, right = np.sum(m * pushed), np.sum(pulled * direction)
    assert abs(left - right) <= 1e-9 * max(1.0, abs(left)), "⟨M, JVP(dX)⟩ is not ⟨VJP(M), dX⟩"

    form = tensor(d)
    array = np.asarray(form.compute(at))
    assert array.shape == tuple(int(at(size)) for size in form.shape)
    by_axes = array.reshape(*np.atleast_2d(pushed).shape, *np.atleast_2d(direction).shape)
    contracted = np.einsum("ijpq,pq->ij", by_axes, np.atleast_2d(direction))
    assert agrees(column(contracted), column(pushed), 1e-9), "the tensor contracted with dX is not the JVP"
    flat = np.stack(
        [column(by_axes[:, :, p, q])[:, 0] for q in range(by_axes.shape[3]) for p in range(by_axes.shape[2])], 1
    )
    assert agrees(flat, numeric, tolerance), "the tensor is not the numeric Jacobian"
    if form.nonzeros is not None:
        assert np.count_nonzero(array) <= int(at(form.nonzeros))


def stand_in(name: str, shape: Any) -> Any:
    """A symbol of this shape."""
    return alg.matrix(name, *shape) if shape else alg.scalar(name)
