"""Thousands of random functions: gradients, Jacobians and Hessians in random directions, and through printed text.

    python -m tests.calculus.random_functions --count 2000

Each function, of depth 4 and more and over every operator, is differentiated by every variable in it. What comes out is
evaluated by a second, plain evaluator and compared with differences of the function's value: by a complex step where
the function is analytic, by extrapolated central differences elsewhere. Unspecified functions become known ones after
the derivation. It ends as right, wrong, refused (with a reason) or crashed; ``unclear`` is a function whose differences
do not settle (near a tie or a pole).
"""

from __future__ import annotations

import argparse
import collections
import time
import traceback
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
from sympy import Integer

from matcalc import MatcalcError
from matcalc import algebra as alg
from matcalc.algebra.entrywise import AbstractFunction
from matcalc.algebra.nodes import Elementwise, ElementwiseScalar
from matcalc.calculus.engine import run
from matcalc.operators.abstract import Gradient, HessianMatrix, ScalarField
from matcalc.operators.matrix_functions import Cholesky, Frechet, MatrixFunction, PseudoInverse
from matcalc.operators.spectral import Eigenvalue, Eigenvector, NuclearNorm, PolarFactor, SingularPair, SpectralNorm
from matcalc.operators.spectral_functions import SpectralFunction
from tests.naive import evaluate
from tests.random_expressions import SIZES, WideGenerator

NOT_ANALYTIC = (
    Cholesky, Eigenvalue, Eigenvector, Frechet, MatrixFunction, NuclearNorm, PolarFactor, PseudoInverse, SingularPair,
    SpectralFunction, SpectralNorm,
)  # fmt: skip
KINDS = ("gradient", "gradient", "gradient", "gradient", "jacobian", "jacobian", "hessian")


def draw(seed: int) -> tuple[Any, WideGenerator, str]:
    """A function, its variables, and the kind of derivative that is asked of it."""
    g = WideGenerator(seed)
    kind = KINDS[seed % len(KINDS)]
    if kind == "jacobian":
        shapes = [("m", "n"), ("m", 1), ("n", "n"), (1, "k")]
        rows, cols = (alg.dimension(d) if isinstance(d, str) else Integer(1) for d in g.rng.choice(shapes))
        return g.matrix(rows, cols, 4), g, kind
    return g.scalar(4 + seed % 2 if kind == "gradient" else 3), g, kind


# ---------------------------------------------------------------- unspecified functions, made known
def concrete(root: Any) -> Any:
    """θ = tanh and g(X) = sin(X : X), with their derivatives."""
    return alg.transform(root, _concrete)


def _concrete(node: Any) -> Any:
    if isinstance(node, (Elementwise, ElementwiseScalar)) and isinstance(node.args[0], AbstractFunction):
        return _derivative_of_tanh(node.args[1], node.args[0].order)
    if isinstance(node, (ScalarField, Gradient, HessianMatrix)):
        x = node.args[1]
        square = alg.frobenius(x, x)
        if isinstance(node, ScalarField):
            return alg.elementwise("sin", square)
        if isinstance(node, Gradient):
            return alg.mul(2, alg.elementwise("cos", square), x)
        v = alg.vec(x)
        outer = alg.mul(-4, alg.elementwise("sin", square), v, alg.transpose(v))
        return alg.add(alg.mul(2, alg.elementwise("cos", square), alg.identity(v.shape[0])), outer)
    return node


def _derivative_of_tanh(x: Any, order: int) -> Any:
    """tanh′ = 1 − t², tanh″ = −2t(1 − t²), tanh‴ = (6t² − 2)(1 − t²)."""
    t = alg.elementwise("tanh", x)
    one, square = alg.one_like(x), alg.hadamard(t, t)
    slope = alg.add(one, alg.neg(square))
    if order == 3:
        return alg.hadamard(alg.add(alg.mul(6, square), alg.mul(-2, one)), slope)
    return (t, slope, alg.mul(-2, alg.hadamard(t, slope)))[order]


# ---------------------------------------------------------------- comparing
def point(symbols: dict[str, Any], seed: int) -> dict[Any, Any]:
    rng = np.random.default_rng(seed)
    return {s: 0.7 * rng.standard_normal(shape_of(s)) for s in symbols.values()}


def shape_of(x: Any) -> list[int]:
    table = {alg.dimension(s): v for s, v in SIZES.items()}
    return [int(d.subs(table)) for d in alg.shape_of(x)]


def along(value: Any, x: Any, env: dict[Any, Any], direction: Any) -> tuple[Any, float]:
    """The derivative of the value along a direction, and how far it can be trusted."""
    return slope(value, env, {x: direction}, SIZES, not any(isinstance(n, NOT_ANALYTIC) for n in alg.postorder(value)))


def slope(
    value: Any, env: dict[Any, Any], directions: dict[Any, Any], sizes: dict[str, int], analytic: bool
) -> tuple[Any, float]:
    """d/dt of the value at X + t dX: by a complex step where it is analytic, else by Richardson's extrapolation."""

    def at(h: Any) -> Any:
        return evaluate(value, env | {x: env[x] + h * d for x, d in directions.items()}, sizes)

    if analytic:
        return np.imag(at(1e-30j)) / 1e-30, 1e-9
    table = [(at(h) - at(-h)) / (2 * h) for h in (1e-2 / 2**k for k in range(5))]
    order = 0
    while len(table) > 1:
        previous, order = table, order + 1
        table = [(4.0**order * b - a) / (4.0**order - 1) for a, b in pairwise(table)]
    settled = float(np.max(np.abs(table[0] - previous[-1]))) / max(1.0, float(np.max(np.abs(table[0]))))
    return table[0], max(1e-6, 100 * settled)


def is_at_a_kink(value: Any, env: dict[Any, Any]) -> bool:
    """Has a nuclear norm in it a singular value of almost 0? It has no derivative there."""
    for node in alg.postorder(value):
        if isinstance(node, NuclearNorm):
            singular = np.linalg.svd(evaluate(node.args[0], env, SIZES), compute_uv=False)
            if not singular[-1] > 1e-6 * singular[0]:
                return True
    return False


def contracted(result: Any, value: Any, x: Any, env: dict[Any, Any], direction: Any) -> Any:
    """The derivative that was found, along the direction."""
    found = evaluate(result, env, SIZES)
    if alg.is_scalar(x):
        return found * direction
    if alg.is_scalar(value):
        return np.sum(found * direction)
    flat = np.atleast_2d(found) @ direction.reshape(-1, order="F")
    return flat.reshape(shape_of(value), order="F")


def check(seed: int) -> tuple[str, str]:
    """How the function of this seed ends, and why."""
    value, g, kind = draw(seed)
    env = point(g.symbols, seed)
    rng = np.random.default_rng(seed)
    present = [s for s in g.symbols.values() if alg.contains(value, s)]
    unclear = is_at_a_kink(concrete(value), env)
    for x in present if not unclear else ():
        derived = run(value, {str(x): x}, kind)  # type: ignore[arg-type]
        target = derived.gradients[str(x)] if kind == "hessian" else value
        result = next(iter(derived.results.values()))
        direction = rng.standard_normal(np.shape(env[x]))
        target = concrete(target)
        want, trust = along(target, x, env, direction)
        if not np.all(np.isfinite(want)) or trust > 1e-3:
            unclear = True
            continue
        got = contracted(concrete(result), target, x, env, direction)
        gap = float(np.max(np.abs(got - want))) / max(1.0, float(np.max(np.abs(want))))
        if not gap <= trust:
            return "wrong", f"{kind} by {x} of {value}: {gap:.1e}"
    return ("unclear", "") if unclear else ("right", "")


def outcome(seed: int, verbose: bool = False) -> tuple[str, str]:
    """:func:`check`, with whatever is raised as a result."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return check(seed)
    except MatcalcError as error:
        return "refused", str(error).splitlines()[0]
    except Exception as error:  # noqa: BLE001  (a crash is what this program counts)
        if verbose:
            traceback.print_exc()
        return "crashed", f"{type(error).__name__}: {error}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    started = time.perf_counter()
    ends: collections.Counter[str] = collections.Counter()
    distinct = set()
    for seed in range(args.start, args.start + args.count):
        distinct.add(draw(seed)[0])
        end, why = outcome(seed, args.verbose)
        ends[end] += 1
        if end in ("wrong", "crashed", "refused"):
            print(f"{end:8} {seed:6} {why[:300]}")
    print(f"{args.count} functions, {len(distinct)} distinct, {time.perf_counter() - started:.0f} s: {dict(ends)}")


if __name__ == "__main__":
    main()
