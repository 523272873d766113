"""How long derivations take: `python -m tests.benchmarks.derive` prints a table. Nothing here is a timed test.

Warm: the median and the 95th percentile of derive() with steps over the textbook corpus. Cold: the command line in a
new process. Growth: an L-layer network written as statements, and the ratio of the times at L = 400 and L = 100.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import matcalc as mc
from tests.corpus.cases import load, question

FLAGSHIP = "½‖θ(Wx)‖²"


def warm(file: str) -> tuple[int, float, float, float]:
    """Cases answered, then median, 95th percentile and maximum of the second derivation of each, in seconds."""
    times = []
    for case in load(file):
        try:
            mc.derive(**question(case))
        except mc.MatcalcError:
            continue
        started = time.perf_counter()
        mc.derive(**question(case))
        times.append(time.perf_counter() - started)
    times.sort()
    return len(times), statistics.median(times), times[int(0.95 * len(times))], times[-1]


def cold(runs: int = 7) -> float:
    """The median wall time of the command line on the flagship."""
    command = [sys.executable, "-m", "matcalc", "derive", FLAGSHIP, "--wrt", "W"]
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def network(layers: int) -> tuple[str, str, list[str]]:
    """A tanh network as statements: text, declarations, parameters."""
    lines, declared = [], ["x: n", "y: n"]
    before = "x"
    for k in range(1, layers + 1):
        lines += [f"z{k} = W{k} {before} + b{k}", f"a{k} = tanh(z{k})"]
        declared += [f"W{k}: n×n", f"b{k}: n"]
        before = f"a{k}"
    lines.append(f"½‖{before} − y‖²")
    return "; ".join(lines), ", ".join(declared), [f"{p}{k}" for k in range(1, layers + 1) for p in "Wb"]


def growth(layers: int) -> float:
    """Seconds to derive the gradient by every parameter."""
    text, where, wrt = network(layers)
    started = time.perf_counter()
    mc.derive(text, wrt=wrt, where=where)
    return time.perf_counter() - started


def main() -> None:
    table = Table("measure", "value", title="derivations")
    for file in ("textbook", "applied"):
        count, median, high, worst = warm(file)
        table.add_row(
            f"{file}: {count} cases, warm",
            f"median {1e3 * median:.1f} ms, 95% {1e3 * high:.1f} ms, slowest {1e3 * worst:.0f} ms",
        )
    table.add_row(f"matcalc derive {FLAGSHIP} --wrt W, cold", f"{cold():.2f} s")
    growth(10)
    times = {layers: min(growth(layers) for _ in range(2)) for layers in (100, 400, 1000)}
    for layers, seconds in times.items():
        table.add_row(f"network of {layers} layers", f"{seconds:.2f} s")
    table.add_row("ratio 400 : 100 layers", f"{times[400] / times[100]:.2f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
