"""Are the tests sharp? One small fault at a time is put into a differential or an adjoint, and a test has to see it.

    python -m tests.mutation                            # a sample of 300 mutants
    python -m tests.mutation --count 0 --jobs 4         # all of them; --json FILE writes the survivors for a machine
    python -m tests.mutation --only spectral --show     # those of one file, each as it ends

A mutant is killed when a test fails, runs for more than a minute, or is ended by a signal. Only tests that call the
function are tried, the shortest first. Nothing is written: a forked process replaces the code of the function in
memory, so that a mutant costs what the tests cost. Where this machinery itself fails, that is said, and no mutant
counts as killed by it. docs/testing.md gives the figures and explains what survives.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutants import ROOT, Mutant, mutants, sources
from tests.mutation.processes import Died, Raised, parallel
from tests.mutation.report import Ends
from tests.mutation.swap import Swapper
from tests.mutation.trial import Reach, judge, record

#: Tests that are run in one process without a mutant.
BATCH = 25
#: Seconds between two lines that say how far it is.
EVERY = 20
#: The tests that are to see the faults.
TESTS = (
    "tests/maps", "tests/operators",
    *(
        f"tests/calculus/test_{name}.py"
        for name in (
            "chain", "complex", "jacobians", "kinks", "names", "samples", "spectral", "structures", "sums", "vecform",
        )
    ),
)  # fmt: skip


class Mutation:
    """A pytest plugin: what it does with the collected tests instead of running them once."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.ends = Ends()
        self.faults: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        args = self.args
        chosen = [m for path in sources() if args.only in str(path.relative_to(ROOT)) for m in mutants(path)]
        random.Random(args.seed).shuffle(chosen)
        if args.again:
            keys = {one["key"] for one in json.loads(Path(args.again).read_text(encoding="utf-8"))["survivors"]}
            chosen = [m for m in chosen if m.key in keys]
        if args.count:
            chosen = chosen[: args.count]
        started = time.monotonic()
        reach = self._reach(session.items)
        print(f"{len(session.items)} tests call {len(reach.places)} functions, {_since(started)}", flush=True)
        swapper = Swapper()
        tasks = [self._trial(m, session.items, reach, swapper) for m in chosen]
        said = time.monotonic()
        for number, given in parallel(tasks, args.jobs):
            mutant, end = chosen[number], self._end(given)
            self.ends.ends[mutant] = end
            if args.show:
                print(f"{end}: {mutant.name}", flush=True)
            if time.monotonic() - said > EVERY:
                said = time.monotonic()
                done = f"{len(self.ends.ends)} of {len(chosen)} mutants, {self.ends.share():.1f} % killed"
                print(f"{done}, {_since(started)}", flush=True)
            if time.monotonic() - started > args.seconds:
                break
        return True

    def _end(self, given: Any) -> str:
        """How a mutant ends. A fault of the machinery is no end that a test has brought about."""
        if isinstance(given, Died):
            return "hung" if given.of_its_clock else "crashed"
        if isinstance(given, Raised):
            self.faults.append(given.traceback)
            return "broken"
        return str(given)

    def _trial(self, mutant: Mutant, items: Sequence[pytest.Item], reach: Reach, swapper: Swapper) -> Callable[[], str]:
        return lambda: judge(mutant, items, reach, swapper, self.args.budget)

    def _reach(self, items: Sequence[pytest.Item]) -> Reach:
        """Which test reaches which lines, and how long it takes; kept in a file where one is named."""
        kept = Path(self.args.reach) if self.args.reach else None
        if kept and kept.exists():
            return Reach.of(dict(pickle.loads(kept.read_bytes())))
        some = [items[k : k + BATCH] for k in range(0, len(items), BATCH)]
        runs = parallel([lambda batch=batch: [record(item) for item in batch] for batch in some], self.args.jobs)
        found = {
            item.nodeid: one for k, ends in runs for item, one in zip(some[k], ends if isinstance(ends, list) else ())
        }
        if kept:
            kept.write_bytes(pickle.dumps(found))
        return Reach.of(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="how many mutants, 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a part of the file's path")
    parser.add_argument(
        "--tests", nargs="*", help="folders and files of tests that are to see the faults, for all of them"
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=40, help="seconds of tests for a mutant")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--least", type=float, default=0, help="fail below this percentage")
    parser.add_argument("--reach", default="", help="a file to keep which test reaches what")
    parser.add_argument("--json", default="", help="a file for the figures and the survivors")
    parser.add_argument("--again", default="", help="such a file: only what survived then")
    parser.add_argument("--show", action="store_true", help="each mutant as it ends")
    args = parser.parse_args()
    plugin = Mutation(args)
    for library in ("OMP", "OPENBLAS", "MKL"):  # threads would not survive a fork, and the processes share the machine
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    started = time.monotonic()
    options = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not oracle", "--rootdir", str(ROOT)]
    status = pytest.main([*options, *(str(ROOT / t) for t in args.tests or TESTS)], plugins=[plugin])
    print(f"{plugin.ends.text()}\n{_since(started)}")
    if args.json:
        plugin.ends.write(Path(args.json), time.monotonic() - started, plugin.faults)
    for fault in plugin.faults[:3]:
        print(fault, file=sys.stderr)
    good = plugin.ends.ends and not plugin.ends.broken and plugin.ends.share() >= args.least
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        good = False
    sys.exit(0 if good else 1)


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.0f} s"


if __name__ == "__main__":
    main()
