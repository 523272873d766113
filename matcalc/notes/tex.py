"""Notes in LaTeX: an article, a fragment to be put into a document of one's own, or the frames of a talk.

Base and recommended packages alone: amsmath, amssymb, geometry, hyperref, xcolor, and the class beamer for a talk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..present.latex import NUMBER, MathRow, Part, parts_of
from ..present.names import escape_latex, with_math
from ..present.templates import fill, language, words
from .document import Chapter, Document, Item
from .prose import LatexProse

#: The width of a line in ems, in the geometry of each template.
LINE = {"article": 46.0, "fragment": 42.0, "beamer": 44.0}
#: The number of a rule, which leads to it.
LINKED = r"\ \text{(\hyperref[rule-#]{#})}"
#: Rows of an alignment on a frame.
FRAME = 9


def written(document: Document, kind: str = "article") -> str:
    """The document as LaTeX."""
    notes, prose = document.notes, LatexProse(document.prose)
    line = LINE[kind]
    chapters = [_chapter(document, prose, one, line, kind) for one in document.chapters]
    solutions = [_item(document, prose, item, line, kind, solution=True) for item in document.solutions]
    abstract = document.write(prose, notes.abstract, ("abstract",))
    return fill(
        f"notes/{kind}.tex.jinja",
        title=escape_latex(notes.title),
        author=escape_latex(notes.author),
        date=escape_latex(notes.date),
        abstract=abstract,
        macros=document.macros,
        chapters=chapters,
        solutions=solutions,
        rules=document.rules if notes.rules else [],
        full=notes.detail == "full",
        said=words("notes"),
        chinese=language() == "zh",
    )


def _chapter(document: Document, prose: LatexProse, one: Chapter, line: float, kind: str) -> dict[str, Any]:
    section = one.section
    return {
        "title": escape_latex(section.title),
        "id": one.id,
        "text": document.write(prose, section.text, (*section.place, "text")),
        "after": document.write(prose, section.after, (*section.place, "after")),
        "derivations": [_item(document, prose, item, line, kind) for item in one.items],
    }


def _item(
    document: Document, prose: LatexProse, item: Item, line: float, kind: str, solution: bool = False
) -> dict[str, Any]:
    entry = item.work.entry
    paper = item.solution if solution and item.solution else item.shown
    number = NUMBER if kind == "beamer" else LINKED
    parts = list(parts_of(paper, line, number))
    closing = [] if item.solution and not solution else paper.closing(("$", "$"), escape_latex)
    return {
        "id": item.id,
        "title": escape_latex(item.title),
        "label": document.labels[item.id],
        "text": document.write(prose, entry.text, (*entry.place, "text")),
        "after": document.write(prose, entry.after, (*entry.place, "after")),
        "hints": [document.write(prose, hint, (*entry.place, "hints")) for hint in entry.hints],
        "notation": paper.notation,
        "notes": [with_math(note, ("$", "$"), escape_latex) for note in paper.notes],
        "parts": parts,
        "frames": list(_frames(parts)) if kind == "beamer" else [],
        "closing": closing,
    }


def _frames(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts on frames: an alignment too long for one goes on on the next."""
    frame: list[Part] = []
    used = 0
    for part in (piece for whole in parts for piece in _pieces(whole)):
        height = len(part.rows) + 2 * (part.kind == "result") + bool(part.names)
        if frame and used + height > FRAME + 2:
            yield frame
            frame, used = [], 0
        frame.append(part)
        used += height
    if frame:
        yield frame


def _pieces(part: Part) -> Iterator[Part]:
    rows: list[MathRow] = []
    for row in part.rows:
        if len(rows) >= FRAME and not row.continued:
            yield replace(part, rows=rows)
            if row.names:
                yield Part("let", names=row.names)
                row = replace(row, names=())
            rows = []
        rows.append(row)
    yield replace(part, rows=rows)


__all__ = ["LINE", "written"]
