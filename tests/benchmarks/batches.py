"""How fast batches are: `python -m tests.benchmarks.batches` times per-example gradients, written by hand, by --batch,
by jax.vmap and by a Python loop. Nothing here is a timed test.

Results are compared with the hand-written ones before they are timed; with ``--write`` the table goes into
`docs/performance.md`. The way of measuring is that of :mod:`tests.benchmarks.evaluation`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import matcalc as mc

from . import evaluation

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Batch:
    """A function of one example and its per-example gradients; ``shapes`` of the examples' arrays and of the shared."""

    name: str
    question: Mapping[str, Any]
    examples: Mapping[str, tuple[int, ...]]
    shared: Mapping[str, tuple[int, ...]]
    #: The same function in JAX, and the gradients of all examples by hand.
    jax: Callable[..., Any]
    expert: Callable[..., Any]


def logistic(w: Any, x: Any, y: Any) -> Any:
    """−y σ(−y wᵀx) x of every example."""
    z = y * (x @ w)
    return (-y / (1.0 + np.exp(z)))[:, None] * x


def perceptron(W1: Any, W2: Any, x: Any, y: Any) -> Any:
    """By W₁ and W₂, of every example."""
    a = np.tanh(x @ W1.T)
    r = a @ W2.T - y
    delta = (r @ W2) * (1.0 - a * a)
    return {"W1": delta[:, :, None] * x[:, None, :], "W2": r[:, :, None] * a[:, None, :]}


def ridge(K: Any, b: Any) -> Any:
    """2 K⁻¹b of every example, K positive definite."""
    from scipy import linalg

    return 2.0 * linalg.cho_solve(linalg.cho_factor(K, lower=True), b.T).T


BATCHES = (
    Batch(
        "logistic regression, n = 100",
        {"expression": "log(1 + exp(−y wᵀx))", "wrt": "w", "where": "w: n, x: n, y: scalar"},
        {"x": (100,), "y": ()}, {"w": (100,)},
        lambda jnp, w, x, y: jnp.logaddexp(0.0, -y * (w @ x)), logistic,
    ),
    Batch(
        "network, 64 → 64 → 10",
        {"expression": "½‖W2 tanh(W1 x) − y‖²", "wrt": ("W1", "W2"), "where": "W1: p×n, W2: m×p, x: n, y: m"},
        {"x": (64,), "y": (10,)}, {"W1": (64, 64), "W2": (10, 64)},
        lambda jnp, W1, W2, x, y: 0.5 * ((W2 @ jnp.tanh(W1 @ x) - y) ** 2).sum(), perceptron,
    ),
    Batch(
        "bᵀK⁻¹b of a shared K, n = 100",
        {"expression": "bᵀK⁻¹b", "wrt": "b", "where": "K: n×n spd, b: n"},
        {"b": (100,)}, {"K": (100, 100)},
        lambda jnp, K, b: b @ jnp.linalg.solve(K, b), ridge,
    ),
)  # fmt: skip


def arrays_of(batch: Batch, examples: int) -> dict[str, Any]:
    """Random arrays; what is called K is positive definite."""
    rng = np.random.default_rng(0)
    given = {name: rng.standard_normal(shape) / shape[-1] ** 0.5 for name, shape in batch.shared.items()}
    if "K" in given:
        given["K"] = given["K"] @ given["K"].T + np.eye(len(given["K"]))
    return given | {name: rng.standard_normal((examples, *shape)) for name, shape in batch.examples.items()}


def ways(batch: Batch, given: Arrays) -> dict[str, Callable[[], Any]]:
    """Every way of computing the gradients of all examples."""
    derivation = mc.derive(**batch.question)
    many, one = derivation.compile(batch=tuple(batch.examples)), derivation.compile()
    shared = {name: given[name] for name in batch.shared}

    def loop() -> Any:
        rows = zip(*(given[name] for name in batch.examples), strict=True)
        outs = [one(**shared, **dict(zip(batch.examples, row, strict=True))) for row in rows]
        if isinstance(outs[0], dict):
            return {key: np.stack([out[key] for out in outs]) for key in outs[0]}
        return np.stack(outs)

    calls = {"by hand": lambda: batch.expert(**given), "matcalc --batch": lambda: many(**given), "loop": loop}
    if (vmapped := with_jax(batch, given)) is not None:
        calls["jax.vmap, jit"] = vmapped
    return calls


def with_jax(batch: Batch, given: Arrays) -> Callable[[], Any] | None:
    """jit of vmap of grad, compiled beforehand, arrays on the device."""
    try:
        jax = importlib.import_module("jax")
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    wrt = batch.question["wrt"]
    names = (wrt,) if isinstance(wrt, str) else wrt
    places = tuple(list(given).index(name) for name in names)
    one = jax.grad(
        lambda *arrays: batch.jax(jax.numpy, **dict(zip(given, arrays, strict=True))),
        argnums=places if len(places) > 1 else places[0],
    )
    f = jax.jit(jax.vmap(one, in_axes=tuple(0 if name in batch.examples else None for name in given)))
    arrays = [jax.numpy.asarray(array) for array in given.values()]
    return lambda: jax.block_until_ready(f(*arrays))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", default="10,1000")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in evaluation.THREADS):  # read when the libraries are loaded
        environ = os.environ | dict.fromkeys(evaluation.THREADS, "1") | {"JAX_PLATFORMS": "cpu"}
        return subprocess.call([sys.executable, "-m", "tests.benchmarks.batches", *sys.argv[1:]], env=environ)
    if hasattr(os, "sched_setaffinity"):  # XLA takes every core that it may use
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    columns = ("by hand", "matcalc --batch", "jax.vmap, jit", "loop")
    body = []
    for batch in BATCHES:
        for examples in map(int, options.examples.split(",")):
            calls = ways(batch, arrays_of(batch, examples))
            want = calls["by hand"]()
            assert all(evaluation.error(call(), want) < evaluation.TOLERANCE for call in calls.values())
            times = evaluation.measure(calls, 15, 4.0)
            body.append([batch.name, str(examples), *(evaluation.shown(times.get(name)) for name in columns)])
    text = evaluation.table(["gradients of", "B", *columns], body) + "\n\n" + evaluation.environment()
    print(text)
    if options.write:
        evaluation.write("batches", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
