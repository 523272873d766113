"""Are the tests sharp? One small fault at a time is put into a differential or an adjoint, and a test has to see it.

    python -m tests.mutation                            # a sample of 300 mutants
    python -m tests.mutation --count 0 --jobs 4         # all of them
    python -m tests.mutation --only spectral --show     # those of one file, each as it ends

A mutant is killed when a test fails, or runs for more than a minute. Only tests that call the function are tried, the
shortest first. Nothing is written: a forked process replaces the code of the function in memory, so that a mutant costs
what the tests cost. docs/testing.md gives the figures and explains what survives.
"""

from __future__ import annotations

import argparse
import collections
import gc
import os
import pickle
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.mutants import ROOT, Mutant, mutants, sources
from tests.mutation.swap import Swapper
from tests.mutation.trial import Reach, judge, record

#: The tests that are to see the faults.
TESTS = (
    "tests/maps", "tests/operators",
    *(
        f"tests/calculus/test_{name}.py"
        for name in ("complex", "kinks", "samples", "spectral", "structures", "sums", "vecform")
    ),
)  # fmt: skip


class Mutation:
    """A pytest plugin: what it does with the collected tests instead of running them once."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.ends: dict[str, list[Mutant]] = collections.defaultdict(list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        args = self.args
        chosen = [m for path in sources() if args.only in str(path) for m in mutants(path)]
        random.Random(args.seed).shuffle(chosen)
        if args.count:
            chosen = chosen[: args.count]
        started = time.monotonic()
        reach = self._reach(session.items)
        took = time.monotonic() - started
        print(f"{len(session.items)} tests call {len(reach.places)} functions, {took:.0f} s", flush=True)
        swapper = Swapper()
        for mutant, end in parallel([self._trial(m, session.items, reach, swapper) for m in chosen], args.jobs):
            self.ends[end].append(chosen[mutant])
            if args.show:
                print(f"{end}: {chosen[mutant].name}", flush=True)
            if time.monotonic() - started > args.seconds:
                break
        return True

    def _trial(self, mutant: Mutant, items: Sequence[pytest.Item], reach: Reach, swapper: Swapper) -> Callable[[], str]:
        return lambda: judge(mutant, items, reach, swapper, self.args.budget)

    def _reach(self, items: Sequence[pytest.Item]) -> Reach:
        """Which test reaches which lines, and how long it takes; kept in a file where one is named."""
        kept = Path(self.args.reach) if self.args.reach else None
        if kept and kept.exists():
            return Reach.of(dict(pickle.loads(kept.read_bytes())))
        runs = parallel([lambda item=item: record(item) for item in items], self.args.jobs)
        found = {items[k].nodeid: one for k, one in runs}
        if kept:
            kept.write_bytes(pickle.dumps(found))
        return Reach.of(found)


def parallel(tasks: Sequence[Callable[[], Any]], jobs: int) -> Iterator[tuple[int, Any]]:
    """Each task in a forked process of its own, a few at a time; a task that dies of a signal ends as "hung"."""
    waiting = list(enumerate(tasks))
    running: dict[int, tuple[int, Path]] = {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, task = waiting.pop(0)
                out = Path(folder, str(number))
                pid = os.fork()
                if pid == 0:
                    _in_child(task, out)
                running[pid] = (number, out)
            pid, status = os.wait()
            number, out = running.pop(pid)
            yield number, pickle.loads(out.read_bytes()) if out.exists() and not status else "hung"
            out.unlink(missing_ok=True)


def _in_child(task: Callable[[], Any], out: Path) -> None:
    """Run the task, write what it gives, and leave without cleaning up what belongs to the parent."""
    code = 1
    gc.disable()
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        result = task()
        out.with_suffix(".part").write_bytes(pickle.dumps(result))
        out.with_suffix(".part").replace(out)
        code = 0
    finally:
        os._exit(code)


def summary(ends: dict[str, list[Mutant]]) -> str:
    """A table by file, and the survivors."""
    tally: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for end, some in ends.items():
        for mutant in some:
            for key in (str(mutant.path.relative_to(ROOT)), f"{mutant.path.parent.name}/", "all"):
                tally[key][end] += 1
    lines = []
    for key in sorted(tally, key=lambda k: (k == "all", k.endswith("/"), k)):
        one = tally[key]
        dead, tried = one["killed"] + one["hung"], one.total() - one["not applied"]
        lines.append(f"{key:40} {dead:4} of {tried:4} killed, {100 * dead / max(1, tried):5.1f} %")
    survivors = sorted(m.name for end, some in ends.items() if end not in ("killed", "hung") for m in some)
    return "\n".join([*lines, "", "survivors:", *survivors])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="how many mutants, 0 for all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a part of the file's path")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget", type=float, default=40, help="seconds of tests for a mutant")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--least", type=float, default=0, help="fail below this percentage")
    parser.add_argument("--reach", default="", help="a file to keep which test reaches what")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    plugin = Mutation(args)
    started = time.monotonic()
    options = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not oracle"]
    pytest.main([*options, *(str(ROOT / t) for t in TESTS)], plugins=[plugin])
    print(f"{summary(plugin.ends)}\n{time.monotonic() - started:.0f} s")
    dead = len(plugin.ends["killed"]) + len(plugin.ends["hung"])
    tried = sum(map(len, plugin.ends.values())) - len(plugin.ends["not applied"])
    sys.exit(0 if tried and 100 * dead >= args.least * tried else 1)


if __name__ == "__main__":
    main()
