r"""A derivation as an HTML fragment: LaTeX in ``\[ \]`` for KaTeX or MathJax, and as text for readers without them."""

from __future__ import annotations

from typing import Any

from . import text
from .latex import LINE, aligned
from .names import escape_latex, with_math
from .page import page_of
from .paper import paper_of
from .styles import latex_style
from .templates import fill, speaking


def render(
    derivation: Any,
    *,
    detail: str | None = None,
    report: Any = None,
    form: str | None = None,
    style: str = "italic",
    transpose: str = "top",
    color: bool = False,
    language: str = "en",
) -> str:
    """The derivation as one ``<section>``; everything that comes from the input is escaped."""
    plain = text.render(derivation, detail=detail, report=report, form=form, language=language)
    with speaking(language):
        paper = paper_of(page_of(derivation, detail, form, latex_style(style, transpose, color)), report)
        notes = [with_math(note, (r"\(", r"\)"), str) for note in paper.notes]
        said = paper.closing((r"\(", r"\)"), escape_latex)
        body = aligned(paper, LINE)
        return (
            fill("html/derivation.html", paper=paper, body=body, plain=plain, notes=notes, closing=said).strip() + "\n"
        )
