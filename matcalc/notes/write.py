"""From a notes file to a document: by the ending of the file that is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..present.tongue import speaking
from .document import Document
from .model import Entry, Notes, NotesError, Section
from .work import Work, work_of

#: What can be written, by the ending of the file.
ENDINGS = (".tex", ".pdf", ".html", ".md", ".ipynb")
#: The kinds of LaTeX document.
LATEX_KINDS = ("article", "fragment", "beamer")
#: A longer formula is no title.
LONGEST_TITLE = 50


def write_notes(notes: Notes, works: Sequence[Work], ending: str, latex: str = "article") -> bytes:
    """The document, for a file with this ending; ``latex`` is its kind for .tex and .pdf: article, fragment or beamer.

    Raises NotesError for prose that cannot be written, and where there is no TeX to make a PDF.
    """
    if ending not in ENDINGS:
        raise NotesError(f"notes are not written to {ending or 'a file without an ending'}", hint=", ".join(ENDINGS))
    with speaking(notes.language):
        document = Document(notes, works)
        if ending in (".tex", ".pdf"):
            from .tex import written

            if ending == ".pdf" and latex == "fragment":
                raise NotesError("a fragment is no document of its own", hint="write it to a .tex file")
            source = written(document, latex)
            if ending == ".tex":
                return source.encode()
            from .pdf import typeset

            return typeset(source, Path(notes.name).stem, chinese=notes.language == "zh")
        if ending == ".html":
            from .page import written as page

            return page(document).encode()
        from . import markdown

        return (markdown.written(document) if ending == ".md" else markdown.notebook(document)).encode()


def write_derivation(derivation: Any, ending: str, form: str | None = None, **choices: Any) -> bytes:
    """A derivation as a document of its own, with a form of its result below the steps; ``choices`` as for notes."""
    source = derivation.program.source.strip()
    entry = Entry(source, form=(form,) if form else ())
    title = source.splitlines()[-1]
    if len(title) > LONGEST_TITLE:
        title = f"∂/∂{', '.join(derivation.variables)}"
    notes = Notes(title, section=(Section(derivation=(entry,)),), **choices)
    return write_notes(notes, [work_of(derivation, notes, entry)], ending)
