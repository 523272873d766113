"""A limit on time: what takes longer ends with a LimitError."""

from __future__ import annotations

import _thread
import contextlib
import signal
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from .errors import LimitError

#: Seconds between two alarms, and how many are passed over after one that was raised: it is on its way out.
AGAIN, QUIET = 0.02, 10


class _OutOfTime(BaseException):
    """Raised by the alarm; no `except Exception` on the way stops it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """What is done inside may take so long; None is for ever. Raises LimitError, from where the alarm finds it.

    It needs the main thread; elsewhere there is no limit. On systems without alarms (Windows) a second thread
    interrupts the first between two steps of Python: one long call of NumPy or SciPy is not cut short there.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    try:
        with _alarm(seconds) if hasattr(signal, "setitimer") else _timer(seconds):
            yield
    except _OutOfTime:
        raise LimitError(
            f"no answer in {seconds:g} seconds", hint="allow more time, or ask for less: one variable, another form"
        ) from None


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """The system's clock sends a signal, and again: Python ignores what is raised while an object goes away."""
    outside, armed, quiet = _caller(), True, 0

    def ring(number: int, frame: FrameType | None) -> None:
        nonlocal quiet
        quiet -= 1
        if armed and quiet < 0 and not _must_go_on(frame, outside):
            quiet = QUIET
            raise _OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _caller() -> FrameType | None:
    """Who asked for the limit."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename in (__file__, contextlib.__file__):
        frame = frame.f_back
    return frame


def _must_go_on(frame: FrameType | None, outside: FrameType | None) -> bool:
    """Is an object going away, or a module being imported, which would be left half done?"""
    while frame is not None and frame is not outside:
        code = frame.f_code
        if code.co_name == "__del__" or code.co_filename.startswith(("<frozen importlib", weakref.__file__)):
            return True
        frame = frame.f_back
    return False


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    """A thread interrupts the main one, as Ctrl-C does."""
    rung = threading.Event()

    def ring() -> None:
        rung.set()
        _thread.interrupt_main()

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    try:
        yield
    except KeyboardInterrupt:
        if rung.is_set():
            raise _OutOfTime from None
        raise
    finally:
        timer.cancel()
        with suppress(KeyboardInterrupt):  # one that came when all was done
            timer.join()
