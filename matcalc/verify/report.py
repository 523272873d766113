"""What a numeric check found: the largest difference, and the lines that fail."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any

#: Largest relative difference that passes.
TOLERANCE = 1e-7
#: Differences below this part of 1 are rounding, whatever they are relative to.
FLOOR = 1e-3
NO_POINT = "no point was found at which every line has a finite real value"
UNSTEADY = "at every point tried, the values depend on the last digits of the point"


@dataclass(frozen=True)
class Failure:
    """A line that differs from the one before it."""

    label: str
    difference: float
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.label}: relative difference {self.difference:.1e}"


@dataclass(frozen=True)
class Report:
    """What a proof-read found: true when every pair agreed at every point."""

    largest: float
    points: int
    failures: tuple[Failure, ...] = ()
    reason: str = ""
    method: str = ""

    def __bool__(self) -> bool:
        return self.points > 0 and not self.failures

    def __str__(self) -> str:
        if self.failures:
            return "; ".join(str(f) for f in self.failures)
        if not self.points:
            return f"not checked: {self.reason}"
        places = "1 random point" if self.points == 1 else f"{self.points} random points"
        return f"checked at {places}, largest difference {show_number(self.largest)}"


def show_number(x: float) -> str:
    """``2·10⁻¹⁶``; 0 stays 0."""
    if x == 0 or not isfinite(x):
        return "0" if x == 0 else str(x)
    digits, exponent = f"{x:.0e}".split("e")
    power = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] if c.isdigit() else "⁻" for c in str(int(exponent)))
    return f"{digits}·10{power}"


def difference(a: Array, b: Array) -> float:
    """The largest difference of two arrays, relative to their largest entry; axes of length 1 do not count."""
    a, b = np.squeeze(np.asarray(a)), np.squeeze(np.asarray(b))
    if a.shape != b.shape:
        return float("inf")
    if not a.size:
        return 0.0
    apart = float(np.max(np.abs(a - b)))
    return apart / max(float(np.max(np.abs(a))), float(np.max(np.abs(b))), FLOOR) if isfinite(apart) else float("inf")
