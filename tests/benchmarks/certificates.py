"""How the corpus is certified, and at what cost: `python -m tests.benchmarks.certificates` prints a table.

Processor time of the second derivation of each case, without its certificate, and of the certificate. Then a network of
many layers, with tanh and with an unspecified function.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import matcalc as mc
from matcalc.verify import Certificate, certify
from tests.benchmarks.derive import network
from tests.corpus.cases import load, question

#: A certificate may take this part of the derivation, or so many seconds.
SHARE, LEAST = 0.2, 0.005
Row = tuple[float, float, Certificate]


def timed(**asked: object) -> Row:
    """Seconds to derive, seconds to certify, and the certificate."""
    started = time.process_time()
    derivation = mc.derive(**asked, check=False)  # type: ignore[arg-type]
    derived = time.process_time()
    found = certify(derivation)
    return derived - started, time.process_time() - derived, found


def corpus(file: str) -> list[Row]:
    rows = []
    for case in load(file):
        try:
            mc.derive(**question(case))
        except mc.MatcalcError:
            continue
        rows.append(timed(**question(case)))
    return rows


def main() -> None:
    table = Table("cases", "number", "certified", "median", "95 %", "all together", "over budget", title="certificates")
    rows = [row for file in ("textbook", "applied") for row in corpus(file)]
    for method in ("exact", "complex step", "differences", ""):
        some = [row for row in rows if row[2].method.startswith(method)]
        times = sorted(seconds for _, seconds, _ in some)
        share = sum(times) / sum(derived for derived, _, _ in some)
        over = sum(seconds > max(SHARE * derived, LEAST) for derived, seconds, _ in some)
        table.add_row(
            method or "all", str(len(some)), str(sum(bool(found) for _, _, found in some)),
            f"{1e3 * statistics.median(times):.1f} ms", f"{1e3 * times[int(0.95 * len(times))]:.1f} ms",
            f"{share:.0%} of deriving", str(over),
        )  # fmt: skip
    console = Console(width=110)
    console.print(table)
    for layers in (100, 1000):
        text, where, wrt = network(layers)
        for function in ("tanh", "θ"):
            derived, seconds, found = timed(expression=text.replace("tanh", function), wrt=wrt, where=where)
            console.print(f"{layers} layers, {function}: {derived:.2f} s, certified in {seconds:.2f} s: {found}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
