"""A document whose blocks are derived: the whole of it, or a list of what is wrong and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..errors import MatcalcError
from . import latex, markdown
from .block import Block
from .places import Fault

#: A document in pieces: text as it stands, blocks, and errors that were found while it was read.
Pieces = Iterable["str | Block | Fault"]


class DocumentError(MatcalcError):
    """Blocks of a document that cannot be derived: ``faults`` says which, and why."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = "one block" if len(self.faults) == 1 else f"{len(self.faults)} blocks"
        details = "\n\n".join(fault.describe(name) for fault in self.faults)
        super().__init__(f"{count} of the document cannot be derived, so nothing is written\n\n{details}")


def fault(block: Block, error: MatcalcError) -> Fault:
    """The place of an error: in the block's text where it points there, else in its header."""
    text = block.text.strip("\n")
    if error.span is None or error.source != text:
        return Fault(f"{block.header}:{block.column}", error)
    leading = len(block.text) - len(block.text.lstrip("\n"))
    before = text[: error.span.start]
    column = len(before) - (before.rfind("\n") + 1) + 1
    line = block.line + leading + before.count("\n")
    return Fault(f"{line}:{column + block.column - 1 if block.inline else column}", error)


def answered(pieces: Pieces, format: str) -> Iterator[str | Fault]:
    """The pieces with answers in place of blocks."""
    for piece in pieces:
        if isinstance(piece, Block):
            try:
                yield piece.indented(getattr(piece, format)())
            except MatcalcError as error:
                yield fault(piece, error)
        else:
            yield piece


_READERS: dict[str, Callable[[str, Mapping[str, str]], Pieces]] = {"markdown": markdown.pieces, "latex": latex.pieces}


def filled(
    text: str, format: str = "markdown", *, name: str = "document", defaults: Mapping[str, str] | None = None
) -> str:
    """The document with derivations in place of its blocks.

    ``format`` is "markdown" or "latex"; ``defaults`` are options for every block that does not set them. Raises
    DocumentError, which lists every block that cannot be derived: a document is filled whole or not at all.

    >>> print(filled("So `‖x‖²`{.matcalc wrt=x} it is."))
    So $\\frac{\\partial f}{\\partial x} = 2 x$ it is.
    """
    parts = list(answered(_READERS[format](text, defaults or {}), format))
    faults = [part for part in parts if isinstance(part, Fault)]
    if faults:
        raise DocumentError(name, faults)
    return "".join(part for part in parts if isinstance(part, str))
