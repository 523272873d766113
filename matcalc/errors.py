"""The one family of exceptions: what is wrong, where it is in the text, and a way on.

Every error that a user can cause is a :class:`MatcalcError`. Its text is ready to print: the message, the source line
with a caret under the exact span, and a hint where one is known.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of characters ``source[start:end]``."""

    start: int
    end: int


#: Longest piece of a source line that is shown around a caret, in characters.
WIDTH = 76


class MatcalcError(Exception):
    """What cannot be done, where in the input, and what would help.

    ``message`` is one sentence; ``source`` the text it speaks of; ``span`` the characters meant; ``hint`` the way on.
    ``expected`` lists what could have stood there, for tools.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str | None = None,
        span: tuple[int, int] | None = None,
        hint: str | None = None,
        expected: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.span = Span(*span) if span is not None else None
        self.hint = hint
        self.expected = expected

    def at(self, source: str, span: tuple[int, int]) -> MatcalcError:
        """Attach a place, unless a more exact one is already known; returns the error itself."""
        if self.span is None:
            self.source, self.span = source, Span(*span)
        return self

    @property
    def caret(self) -> str:
        """The source line with carets under the span; empty when no place is known."""
        if self.source is None or self.span is None:
            return ""
        start = min(max(self.span.start, 0), len(self.source))
        line_start = self.source.rfind("\n", 0, start) + 1
        line_end = self.source.find("\n", start)
        line = self.source[line_start : line_end if line_end >= 0 else len(self.source)]
        column = start - line_start
        length = max(1, min(self.span.end, line_start + len(line)) - start)
        if len(line) > WIDTH:  # show a window around the spot
            left = max(0, column - WIDTH // 2)
            line, column = line[left : left + WIDTH], column - left
            length = min(length, max(1, len(line) - column))
            if left:
                line, column = "…" + line, column + 1
        shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in line)
        marks = "^" * max(1, _columns(shown[column : column + length]))
        return f"    {shown}\n    {' ' * _columns(shown[:column])}{marks}"

    def __str__(self) -> str:
        parts = [self.message, self.caret, f"hint: {self.hint}" if self.hint else ""]
        return "\n".join(part for part in parts if part)


class ParseError(MatcalcError):
    """The text is not in the language: an unknown token, an unbalanced bar, an ambiguous spelling."""


class ShapeError(MatcalcError):
    """Shapes do not conform, or a square matrix is needed."""


class DerivationError(MatcalcError):
    """There is no derivative to give: not differentiable there, the variable is absent, or no rule is known yet."""


class CompileError(MatcalcError):
    """The derivative cannot be written as code for this target."""


class LimitError(MatcalcError):
    """The input is too large or too deep."""


class InternalError(MatcalcError):
    """A fault of matcalc itself: an answer that failed its own proof-reading."""


def _columns(text: str) -> int:
    """Terminal columns that ``text`` occupies: combining marks take none, wide characters two."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
