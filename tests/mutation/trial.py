"""Which tests call a function, and whether one of them sees a mutant of it."""

from __future__ import annotations

import collections
import resource
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import Mutant, sources
from tests.mutation.swap import FailsAtImportError, Swapper

#: Seconds of processor time after which a mutant counts as hung, and bytes that it may take.
HUNG, MEMORY = 60, 6 * 2**30
#: Tests that are about one operator or one map come first.
DIRECT = ("tests/maps", "tests/operators")


#: A function: its file and its first line.
Place = tuple[str, int]


@dataclass(frozen=True)
class Reach:
    """Function → the tests that call it; and how long each takes."""

    places: dict[Place, set[str]]
    seconds: dict[str, float]

    @classmethod
    def of(cls, runs: dict[str, Any]) -> Reach:
        """From what :func:`record` gave for each test; a test that fails without a mutant is no witness."""
        places: dict[Place, set[str]] = collections.defaultdict(set)
        seconds = {}
        for name, run in runs.items():
            if run is None:
                continue
            seconds[name], reached = run
            for place in reached:
                places[place].add(name)
        return cls(dict(places), seconds)

    def witnesses(self, mutant: Mutant) -> list[str]:
        """The tests that call the function with the mutant, those about its operator first, then the shortest."""
        first, last = mutant.span
        found = {
            name
            for (file, line), names in self.places.items()
            if file == str(mutant.path) and first <= line <= last
            for name in names
        }
        if mutant.where.startswith("row "):  # the row of a function: the tests that are named after it, then any
            row = mutant.where.split("'")[1]
            named = [name for name in self.seconds if f"{row} of a scalar" in name or f"function {row}]" in name]
            return [*named, *self._sorted(found - set(named))]
        return self._sorted(found)

    def _sorted(self, names: set[str]) -> list[str]:
        return sorted(names, key=lambda name: (not name.startswith(DIRECT), self.seconds[name]))


def record(item: pytest.Item) -> tuple[float, set[Place]] | None:
    """Seconds, and the functions of the mutated files that the test calls; None where it fails."""
    files = {str(path) for path in sources()}
    reached: set[Place] = set()

    def called(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename in files:
            reached.add((code.co_filename, code.co_firstlineno))

    started = time.process_time()
    sys.setprofile(called)
    try:
        good = passes(item)
    finally:
        sys.setprofile(None)
    return (time.process_time() - started, reached) if good else None


def passes(item: pytest.Item) -> bool:
    reports = runtestprotocol(item, log=False, nextitem=None)
    return not any(report.failed for report in reports)


def judge(mutant: Mutant, items: Sequence[pytest.Item], reach: Reach, swapper: Swapper, budget: float) -> str:
    """How a mutant ends: killed by a test, not reached by any, or survived what the budget allows."""
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_VIRTUAL, HUNG)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    witnesses = reach.witnesses(mutant)
    if not witnesses:
        return "not reached"
    try:
        if not swapper.apply(mutant):
            return "not applied"
    except FailsAtImportError:
        return "killed"
    by_name = {item.nodeid: item for item in items}
    started = time.process_time()
    for name in witnesses:
        if not passes(by_name[name]):
            return "killed"
        if time.process_time() - started > budget:
            return "survived so far"
    return "survived"
