"""What must not happen while an input is dealt with: a crash, a hang, code run, a file written."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matcalc as mc


class Finding(AssertionError):  # noqa: N818  (it is one)
    """What must not happen, happened."""


class _Late(BaseException):
    """Raised by the alarm; not an Exception, so that nothing on the way can swallow it."""


@contextmanager
def in_time(seconds: float, what: str) -> Iterator[None]:
    """Raise a Finding if the block takes longer, in time of this process, however busy the machine is."""

    def late(*_: Any) -> None:
        raise _Late

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except _Late:
        raise Finding(f"{what} took more than {seconds} s") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Watch:
    """An audit hook (they cannot be removed, hence a switch): what the interpreter was asked to do while it was on."""

    FORBIDDEN = (
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
        "subprocess.",
        "socket.",
        "ctypes.",
        "shutil.",
        "os.remove",
    )

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or (event in ("exec", "compile") and _importing()):
            return
        if event.startswith(self.FORBIDDEN):
            self.seen.append(f"{event}{arguments!r}"[:200])
        elif event == "exec" and not Path(arguments[0].co_filename).exists():
            self.seen.append(f"exec of {arguments[0].co_filename}")
        elif event == "compile" and not _of_a_file(arguments[1]):
            self.seen.append(f"compile of {str(arguments[0])[:100]!r}")
        elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
            self.seen.append(f"open{arguments!r}")

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.on, self.seen = True, []
        try:
            yield
        finally:
            self.on = False
        if self.seen:
            raise Finding("; ".join(self.seen))


def _importing() -> bool:
    """Whether a module is being loaded late: what it makes, such as the methods of a dataclass, is its own affair."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None


def _of_a_file(name: Any) -> bool:
    """Code that stands in a file; or what `ast.parse` calls <unknown>: a tree, which is not run."""
    return isinstance(name, str) and (name == "<unknown>" or Path(name).exists())


def check_error(error: mc.MatcalcError) -> None:
    """An error has a message, and points into the text that it speaks of."""
    if not error.message or isinstance(error, mc.errors.InternalError):
        raise Finding(f"{type(error).__name__}: {error.message}")
    if (
        error.span is not None
        and error.source is not None
        and not 0 <= error.span.start <= error.span.end <= len(error.source) + 1
    ):
        raise Finding(f"span {error.span} outside a text of {len(error.source)}")
    if error.message not in str(error):
        raise Finding("the message is not shown")
