"""Where in a document something is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import MatcalcError


@dataclass(frozen=True)
class Fault:
    """What is wrong in a document, and where: line and column, which count from 1, or the number of the block."""

    place: str
    error: MatcalcError

    def describe(self, name: str) -> str:
        """``notes.md:12:5: ParseError: …`` with the line of the formula and a caret."""
        return f"{name}:{self.place}: {type(self.error).__name__}: {self.error}"
