"""A limit on time: what takes longer ends with a LimitError."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .errors import LimitError


class _OutOfTime(BaseException):
    """Raised by the alarm; no `except Exception` on the way stops it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """What is done inside may take so long; None is for ever. Raises LimitError, from where the alarm finds it.

    It needs the main thread of a system with alarms (not Windows); elsewhere there is no limit.
    """
    if seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _OutOfTime:
        raise LimitError(
            f"no answer in {seconds:g} seconds", hint="allow more time, or ask for less: one variable, another form"
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
