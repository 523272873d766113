r"""A derivation as an HTML fragment: LaTeX in ``\[ \]`` for KaTeX or MathJax, and as text for readers without them."""

from __future__ import annotations

from typing import Any

from . import text
from .latex import aligned, prose
from .page import page_of
from .templates import fill


def render(derivation: Any, *, detail: str | None = None, report: Any = None, form: str | None = None) -> str:
    """The derivation as one ``<section>``; everything that comes from the input is escaped."""
    page = page_of(derivation, detail, form)
    said = prose(page, aligned(page), (r"\(", r"\)"), report)
    said["notes"] = list(derivation.reading.notes)
    plain = text.render(derivation, detail=detail, report=report, form=form)
    return fill("html/derivation.html", plain=plain, **said).strip() + "\n"
