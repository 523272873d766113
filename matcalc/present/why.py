"""A step written out entry by entry, as text: what stood before, what stands after, and that they agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..forms.why import Why
from .forms import array_piece
from .layout import wrap, wrap_words
from .printer import Printer
from .styles import TEXT
from .templates import words

#: What a side's entries are moved in.
INDENT = 6


def render(found: Why, taken: Any, width: int = 80) -> str:
    """The step as lines of at most ``width`` columns, where operators allow it."""
    return "\n".join(_lines(found, Printer(TEXT, taken), width))


def _lines(found: Why, printer: Printer, width: int) -> Iterator[str]:
    said = words("forms")
    sizes = ", ".join(f"{name} = {size}" for name, size in found.sizes)
    identity = f": {found.step.identity}" if found.step.identity else ""
    yield from wrap_words([f"{said.why(found.number, sizes)}{identity}"], width)
    for side, entries in ((found.step.before, found.before), (found.step.after, found.after)):
        yield from (f"  {line}" for line in wrap(TEXT.signed(printer.piece(side)), width - 2))
        first, *more = wrap(TEXT.signed(array_piece(printer, entries)), width - INDENT - 2)
        yield f"{' ' * INDENT}= {first}"
        yield from (f"{' ' * INDENT}  {line}" for line in more)
    count = len(found.before)
    yield f"  {said.proved(count) if found.proved else said.unproved(count)}"
