"""How fast emitted derivatives are: `python -m tests.benchmarks.evaluation` times them beside an expert's and JAX's.

Every result is compared with the expert's before it is timed. Engines take turns, and times are medians of this
process's processor time on one thread, so that a machine that others use will do. With ``--write`` the tables go into
`docs/performance.md`. JAX and PyTorch are left out where they are not installed. Nothing here is a timed test.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import importlib.metadata
import importlib.util
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SIZES = ("small", "medium", "large")
#: The size at which an optimisation is left out, where that is not the medium one.
SIZE_OF = {"deltas": "small", "blocks": "large"}
ENGINES = ("expert", "matcalc", "fast-math", "jax", "torch")
#: Largest relative difference from the expert's result.
TOLERANCE = 1e-8
#: What automatic differentiation may need, in bytes; torch, which runs eagerly, takes long before that.
MOST_MEMORY = {"jax": 3 * 2**30, "torch": 2**28}


# ---------------------------------------------------------------- engines
def engines(
    problem: Any, given: Mapping[str, Any], dims: Mapping[str, int], wanted: Iterable[str]
) -> dict[str, Callable[[], Any]]:
    """Name → a call without arguments that computes the derivative."""
    found: dict[str, Callable[[], Any]] = {"expert": lambda: problem.expert(**given)}
    derivation = derived(problem)
    plain = derivation.compile()
    found["matcalc"] = lambda: plain(**given)
    if _function(derivation.source(fast_math=True), problem.kind) != _function(plain.source, problem.kind):
        fast = derivation.compile(fast_math=True)
        found["fast-math"] = lambda: fast(**given)
    for name, make in (("jax", with_jax), ("torch", with_torch)):
        if name in wanted and problem.ad_bytes(dims) <= MOST_MEMORY[name]:
            engine = make(problem, given)
            found |= {} if engine is None else {name: engine}
    return found


def _function(source: str, name: str) -> str:
    """The text of one function of a module."""
    return source.split(f"\ndef {name}(", 1)[1].split("\ndef ", 1)[0]


def derived(problem: Any) -> Any:
    import matcalc as mc

    return mc.derive(problem.expression, wrt=problem.wrt, where=problem.where, kind=problem.kind)


def _places(problem: Any, given: Mapping[str, Any]) -> Any:
    names = list(given)
    return tuple(map(names.index, problem.wrt)) if isinstance(problem.wrt, tuple) else names.index(problem.wrt)


def with_jax(problem: Any, given: Mapping[str, Any]) -> Callable[[], Any] | None:
    """jit of grad, jacrev or hessian, compiled beforehand, arrays on the device."""
    try:
        jax = importlib.import_module("jax")
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_cpu_enable_async_dispatch", False)  # which takes less for a small call
    jnp, jsp = importlib.import_module("jax.numpy"), importlib.import_module("jax.scipy")
    space = SimpleNamespace(**{k: getattr(jnp, k) for k in dir(jnp) if not k.startswith("_")})
    space.solve, space.slogdet = jnp.linalg.solve, jnp.linalg.slogdet
    space.logsumexp, space.softmax, space.sigmoid = jsp.special.logsumexp, jax.nn.softmax, jax.nn.sigmoid
    space.cho_solve = lambda S, B: jsp.linalg.cho_solve(jsp.linalg.cho_factor(S, lower=True), B)
    transform = {"gradient": jax.grad, "jacobian": jax.jacrev, "hessian": jax.hessian}[problem.kind]
    f = jax.jit(transform(lambda *a: problem.jax(space, **dict(zip(given, a))), argnums=_places(problem, given)))
    arrays = [jnp.asarray(a) for a in given.values()]
    return lambda: jax.block_until_ready(f(*arrays))


def with_torch(problem: Any, given: Mapping[str, Any]) -> Callable[[], Any] | None:
    """torch.func.grad, jacrev or hessian, eagerly."""
    try:
        torch = importlib.import_module("torch")
    except ImportError:
        return None
    torch.set_num_threads(1)
    arrays = [torch.from_numpy(a.copy()) for a in given.values()]
    func = importlib.import_module("torch.func")
    transform = {"gradient": func.grad, "jacobian": func.jacrev, "hessian": func.hessian}[problem.kind]
    f = transform(lambda *a: problem.torch(torch, **dict(zip(given, a))), argnums=_places(problem, given))
    return lambda: f(*arrays)


# ---------------------------------------------------------------- measuring
def flat(result: Any) -> list[Any]:
    import numpy as np

    parts = result.values() if isinstance(result, dict) else result if isinstance(result, tuple) else [result]
    return [np.asarray(part) for part in parts]


def error(got: Any, want: Any) -> float:
    import numpy as np

    pairs = zip(flat(got), flat(want), strict=True)
    return max(float(np.max(np.abs(a - b)) / (np.max(np.abs(b)) or 1.0)) for a, b in pairs)


def measure(calls: Mapping[str, Callable[[], Any]], rounds: int, budget: float) -> dict[str, float]:
    """Median processor seconds of each call; they take turns."""
    loops, once = {}, {}
    for name, call in calls.items():
        call()
        started = time.process_time()
        call()
        once[name] = max(time.process_time() - started, 1e-7)
        loops[name] = max(1, min(2000, int(1e-3 / once[name])))
    rounds = max(3, min(rounds, int(budget / sum(once[n] * (loops[n] + 1) for n in calls))))
    samples: dict[str, list[float]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        for name, call in calls.items():
            call()
            started = time.process_time()
            for _ in range(loops[name]):
                call()
            samples[name].append((time.process_time() - started) / loops[name])
    gc.enable()
    return {name: statistics.median(times) for name, times in samples.items()}


def rows(options: argparse.Namespace) -> list[tuple[str, str, str, dict[str, float]]]:
    """Problem, kind, size, and the seconds of every engine. Raises AssertionError where a result differs."""
    import numpy as np

    from .problems import PROBLEMS

    found = []
    for problem in PROBLEMS:
        if options.only and not any(part in problem.name for part in options.only.split(",")):
            continue
        for size in options.sizes.split(","):
            dims = problem.sizes[size]
            given = problem.make(np.random.default_rng(20240607), dims)
            calls = engines(problem, given, dims, options.engines.split(","))
            want = calls["expert"]()
            for name, call in calls.items():
                assert error(call(), want) < TOLERANCE, (problem.name, size, name)
            found.append((problem.name, problem.kind, size, measure(calls, options.rounds, options.budget)))
            print(
                "  ".join([f"{problem.name:20}{size:8}", *(f"{k} {shown(v)}" for k, v in found[-1][3].items())]),
                flush=True,
            )
    return found


def ablations(options: argparse.Namespace) -> list[tuple[str, str, str, float]]:
    """Optimisation, what it is, where it does most, and the time without it relative to the time with it."""
    import numpy as np

    from matcalc.code.passes import OPTIMISATIONS

    from .problems import PROBLEMS

    cases = [(problem, derived(problem)) for problem in PROBLEMS]
    found = []
    for name, says in OPTIMISATIONS.items():
        best: tuple[float, str] = (0.0, "")
        for problem, derivation in cases:
            size = SIZE_OF.get(name, "medium")
            if derivation.source(without=(name,)) == derivation.source():
                continue
            given = problem.make(np.random.default_rng(20240607), problem.sizes[size])
            calls = {"with": derivation.compile(), "without": derivation.compile(without=(name,))}
            bound = {key: partial(f, **given) for key, f in calls.items()}
            assert error(bound["without"](), bound["with"]()) < TOLERANCE
            times = measure(bound, options.rounds, options.budget / 2)
            best = max(best, (times["without"] / times["with"], f"{problem.name}, {size}"))
        found.append((name, says, best[1], best[0]))
        print(found[-1], flush=True)
    return found


# ---------------------------------------------------------------- networks
def backpropagation(layers: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """The gradient of ½‖a_L − y‖² for a_k = tanh(W_k a_{k−1} + b_k), by hand."""
    import numpy as np

    a = [given["x"]]
    for k in range(1, layers + 1):
        a.append(np.tanh(given[f"W{k}"].dot(a[-1]) + given[f"b{k}"]))
    found, delta = {}, a[-1] - given["y"]
    for k in range(layers, 0, -1):
        delta = delta * (1.0 - a[k] * a[k])
        found[f"W{k}"], found[f"b{k}"] = np.multiply.outer(delta, a[k - 1]), delta
        delta = delta.dot(given[f"W{k}"])
    return found


def networks(options: argparse.Namespace) -> list[tuple[int, float, float, int, float]]:
    """Layers; seconds to derive and to compile; lines; run time relative to backpropagation by hand, 128 units."""
    import numpy as np

    import matcalc as mc

    from .derive import network

    found = []
    for layers in map(int, options.layers.split(",")):
        text, where, wrt = network(layers)
        started = time.process_time()
        derivation = mc.derive(text, wrt=wrt, where=where)
        derived_at = time.process_time()
        f = derivation.compile()
        compiled_at = time.process_time()
        rng = np.random.default_rng(0)
        given: dict[str, Any] = {"x": rng.standard_normal(128), "y": rng.standard_normal(128)}
        for k in range(1, layers + 1):
            given |= {f"W{k}": rng.standard_normal((128, 128)) / 11, f"b{k}": rng.standard_normal(128)}
        want, got = backpropagation(layers, given), f(**given)
        assert all(error(got[name], want[name]) < TOLERANCE for name in want)
        calls = {"matcalc": partial(f, **given), "hand": partial(backpropagation, layers, given)}
        times = measure(calls, options.rounds, options.budget)  # before the next network is made
        lines = _function(f.source, "gradient").count("\n")
        found.append((layers, derived_at - started, compiled_at - derived_at, lines, times["matcalc"] / times["hand"]))
        print(found[-1], flush=True)
    return found


# ---------------------------------------------------------------- tables
def shown(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return (
        f"{seconds * 1e6:.3g} µs"
        if seconds < 1e-3
        else f"{seconds * 1e3:.3g} ms"
        if seconds < 1
        else f"{seconds:.3g} s"
    )


def geometric(ratios: Iterable[float]) -> str:
    known = list(ratios)
    return f"{statistics.geometric_mean(known):.2f} (worst {max(known):.2f})" if known else "–"


def table(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, body)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def summary(found: list[tuple[str, str, str, dict[str, float]]]) -> str:
    def ratios(a: str, b: str, kinds: Iterable[str], sizes: Iterable[str]) -> str:
        return geometric(t[a] / t[b] for _, k, s, t in found if a in t and b in t and k in kinds and s in sizes)

    every, big, second = ("gradient", "jacobian", "hessian"), ("medium", "large"), ("jacobian", "hessian")
    best = [(n, k, s, t | {"best": t.get("fast-math", t["matcalc"])}) for n, k, s, t in found]
    found = best
    return table(
        ["ratio of times, geometric mean", "small", "medium and large"],
        [
            [
                "matcalc / expert",
                ratios("matcalc", "expert", every, ("small",)),
                ratios("matcalc", "expert", every, big),
            ],
            [
                "matcalc with fast_math / expert",
                ratios("best", "expert", every, ("small",)),
                ratios("best", "expert", every, big),
            ],
            [
                "matcalc / JAX, gradients",
                ratios("matcalc", "jax", ("gradient",), ("small",)),
                ratios("matcalc", "jax", ("gradient",), big),
            ],
            [
                "matcalc / JAX, Hessians and Jacobian",
                ratios("matcalc", "jax", second, ("small",)),
                ratios("matcalc", "jax", second, big),
            ],
            ["matcalc / torch", ratios("matcalc", "torch", every, ("small",)), ratios("matcalc", "torch", every, big)],
        ],
    )


def times_table(found: list[tuple[str, str, str, dict[str, float]]]) -> str:
    body = (
        [name, kind, size, *(shown(t.get(engine)) for engine in ENGINES), f"{t['matcalc'] / t['expert']:.2f}"]
        for name, kind, size, t in found
    )
    return table(["problem", "kind", "size", *ENGINES, "matcalc / expert"], body)


def environment() -> str:
    names = [name for name in ("numpy", "scipy", "jax", "torch") if importlib.util.find_spec(name)]
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names]
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        cpu = re.search(r"model name\s*: (.*)", info.read_text()).group(1)  # type: ignore[union-attr]
    return (
        f"Measured on {dt.datetime.now(tz=dt.UTC):%Y-%m-%d}, one thread of {os.cpu_count()} cores of {cpu} "
        f"(load {os.getloadavg()[0]:.0f}), Python {platform.python_version()}, {', '.join(versions)}; "
        "medians of processor time."
    )


def write(name: str, text: str) -> None:
    """Put a table between its marks in the page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, rest = page.split(begin, 1)
    PAGE.write_text(before + begin + text + "\n" + end + rest.split(end, 1)[1], encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--what", default="evaluation,ablations,networks", help="which of the three")
    parser.add_argument("--only", default="", help="problems whose name contains one of these")
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--engines", default="jax,torch", help="beside the expert and matcalc")
    parser.add_argument("--layers", default="10,100,1000")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for every row")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in THREADS):  # read when the libraries are loaded
        environ = os.environ | dict.fromkeys(THREADS, "1") | {"JAX_PLATFORMS": "cpu"}
        return subprocess.call([sys.executable, "-m", "tests.benchmarks.evaluation", *sys.argv[1:]], env=environ)
    if hasattr(os, "sched_setaffinity"):  # XLA takes every core that it may use
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = {}
    if "evaluation" in options.what:
        found = rows(options)
        texts["evaluation"] = "\n\n".join([summary(found), times_table(found), environment()])
    if "ablations" in options.what:
        head = ["optimisation", "what it does", "where it does most", "time without / with"]
        body = ([f"`{n}`", s, w or "–", f"{gain:.2f}" if w else "–"] for n, s, w, gain in ablations(options))
        texts["ablations"] = table(head, body)
    if "networks" in options.what:
        head = ["layers", "derive", "compile", "lines of the gradient", "run time / backpropagation by hand"]
        body = ([str(n), f"{d:.2f} s", f"{c:.2f} s", str(k), f"{r:.2f}"] for n, d, c, k, r in networks(options))
        texts["networks"] = table(head, body)
    for name, text in texts.items():
        print(f"\n{text}")
        if options.write:
            write(name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
