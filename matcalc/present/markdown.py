"""A derivation in Markdown, formulas between dollar signs as GitHub, Jupyter and pandoc read them."""

from __future__ import annotations

import re
from typing import Any

from .latex import LINE, aligned
from .names import with_math
from .page import page_of
from .paper import Paper, paper_of
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
    """The derivation as Markdown; the options are those of LaTeX."""
    with speaking(language):
        paper = paper_of(page_of(derivation, detail, form, latex_style(style, transpose, color)), report)
        return written(paper) + "\n"


def written(paper: Paper, line: float = LINE, *, closing: bool = True) -> str:
    """The derivation in a document; ``closing``: with what it needs and how it was checked."""
    notes = [with_math(note, ("$", "$"), escape_markdown) for note in paper.notes]
    said = paper.closing(("$", "$"), escape_markdown) if closing else []
    return fill("markdown/derivation.jinja", paper=paper, body=aligned(paper, line), notes=notes, closing=said).strip()


def escape_markdown(prose: str) -> str:
    """Prose in which nothing is markup.

    >>> print(escape_markdown("a*b <script> $x$"))
    a\\*b &lt;script&gt; \\$x\\$
    """
    escaped = prose.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", escaped)
