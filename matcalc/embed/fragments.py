"""What an answer in Markdown consists of, for those who build a tree of a document: pandoc, Sphinx.

Only what matcalc writes is understood: paragraphs with formulas, displayed formulas, tables, programs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Span:
    """A part of a sentence: ``kind`` is "text", "math", "strong" or "code"."""

    kind: str
    text: str


@dataclass(frozen=True)
class Paragraph:
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Display:
    """A formula on lines of its own."""

    latex: str


@dataclass(frozen=True)
class Listing:
    language: str
    text: str


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first holds the headings."""

    rows: tuple[tuple[tuple[Span, ...], ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture for HTML and for LaTeX."""

    svg: str
    tikz: str


Fragment: TypeAlias = "Paragraph | Display | Listing | Table | Picture"

_FENCE = re.compile(r"(`{3,})(\w*)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|$)", re.DOTALL)
_DISPLAY = re.compile(r"\$\$\s*(.*?)\s*\$\$[ \t]*(?:\n|$)", re.DOTALL)
_SPAN = re.compile(
    r"\\(?P<escaped>[^\w\s])|(?<![\\$])\$(?P<math>(?:[^$\\]|\\.)+)\$|\*\*(?P<strong>.+?)\*\*|`(?P<code>[^`]+)`",
    re.DOTALL,
)


def fragments(markdown: str) -> Iterator[Fragment]:
    """The fragments of an answer, in order.

    >>> for one in fragments("So $x > 0$\\n\\n$$\\n2x\\n$$\\n"):
    ...     print(one)
    Paragraph(spans=(Span(kind='text', text='So '), Span(kind='math', text='x > 0')))
    Display(latex='2x')
    """
    at = 0
    while at < len(markdown):
        if markdown[at] == "\n":
            at += 1
        elif found := _FENCE.match(markdown, at):
            yield Listing(found[2], found[3])
            at = found.end()
        elif found := _DISPLAY.match(markdown, at):
            yield Display(found[1])
            at = found.end()
        else:
            end = re.compile(r"\n[ \t]*\n|\n(?=\$\$|```)|$(?!\n)").search(markdown, at)
            assert end is not None
            yield _prose(markdown[at : end.start()])
            at = max(end.end(), at + 1)


def _prose(text: str) -> Fragment:
    lines = text.split("\n")
    if len(lines) > 1 and all(line.lstrip().startswith("|") for line in lines) and re.fullmatch(r"[|\s:-]+", lines[1]):
        return Table(tuple(_cells(line) for i, line in enumerate(lines) if i != 1))
    return Paragraph(tuple(spans(text)))


def _cells(line: str) -> tuple[tuple[Span, ...], ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(tuple(spans(cell.strip())) for cell in re.split(r"(?<!\\)\|", inner))


def spans(text: str) -> Iterator[Span]:
    """The parts of a sentence; escapes are undone."""
    plain: list[str] = []
    at = 0
    for found in _SPAN.finditer(text):
        plain.append(html.unescape(text[at : found.start()]))
        at = found.end()
        if found["escaped"] is not None:
            plain.append(found["escaped"])
            continue
        if before := "".join(plain):
            yield Span("text", before)
        plain = []
        yield Span(str(found.lastgroup), str(found[str(found.lastgroup)]))
    plain.append(html.unescape(text[at:]))
    if rest := "".join(plain):
        yield Span("text", rest)
