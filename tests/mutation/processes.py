"""Tasks in forked processes, a few at a time, and what becomes of those that do not come to their end."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Died:
    """A process that was ended by a signal: by its clock, or by a fault of what ran in it."""

    by: int

    @property
    def of_its_clock(self) -> bool:
        return self.by == signal.SIGVTALRM


@dataclass(frozen=True)
class Raised:
    """A task that raised an exception, with the traceback."""

    traceback: str


def parallel(tasks: Sequence[Callable[[], Any]], jobs: int) -> Iterator[tuple[int, Any]]:
    """The number of each task, as it ends, and what it gave; :class:`Died` or :class:`Raised` where it gave nothing."""
    waiting = list(enumerate(tasks))
    running: dict[int, tuple[int, Path]] = {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, task = waiting.pop(0)
                out = Path(folder, str(number))
                with warnings.catch_warnings():  # that other threads do not survive: what runs here has none
                    warnings.simplefilter("ignore", DeprecationWarning)
                    pid = os.fork()
                if pid == 0:
                    _in_child(task, out)
                running[pid] = (number, out)
            pid, status = os.wait()
            number, out = running.pop(pid)
            yield number, _what_it_gave(out, status)
            out.unlink(missing_ok=True)


def _what_it_gave(out: Path, status: int) -> Any:
    if os.WIFSIGNALED(status):
        return Died(os.WTERMSIG(status))
    return pickle.loads(out.read_bytes()) if out.exists() else Raised(f"left with the exit status {status >> 8}")


def _in_child(task: Callable[[], Any], out: Path) -> None:
    """Run the task, write what it gives, and leave without cleaning up what belongs to the parent."""
    gc.disable()
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            result = task()
        except BaseException:  # noqa: BLE001 - whatever it is, it is reported
            result = Raised(traceback.format_exc())
        out.with_suffix(".part").write_bytes(pickle.dumps(result))
        out.with_suffix(".part").replace(out)
    finally:
        os._exit(0)
