"""Teaching notes: derivations and the prose between them, from one TOML file to LaTeX, PDF, HTML, Markdown, notebook.

:func:`read_notes` reads the file, :func:`write_notes` derives what stands in it and writes the document;
:func:`write_derivation` makes one of a single derivation. The modules, in the order in which data walks
through them: ``places`` (where in the file something stands), ``model`` (what a file says), ``prose`` (Markdown),
``work`` (derivations, kept from one run to the next), and one module for each output.
"""

from __future__ import annotations

from .model import Entry, Notes, Section, read_notes
from .work import Work, worked
from .write import ENDINGS, write_derivation, write_notes

__all__ = ["ENDINGS", "Entry", "Notes", "Section", "Work", "read_notes", "worked", "write_derivation", "write_notes"]
