"""A derivation in Markdown, formulas between dollar signs as GitHub, Jupyter and pandoc read them."""

from __future__ import annotations

import re
from typing import Any

from .latex import aligned, prose
from .page import page_of
from .templates import fill


def render(derivation: Any, *, detail: str | None = None, report: Any = None, form: str | None = None) -> str:
    """The derivation as Markdown."""
    page = page_of(derivation, detail, form)
    said = prose(page, aligned(page), ("$", "$"), report)
    said["notes"] = [escape_markdown(note) for note in derivation.reading.notes]
    return fill("markdown/derivation.jinja", **said).strip() + "\n"


def escape_markdown(prose: str) -> str:
    """Prose in which nothing is markup.

    >>> print(escape_markdown("a*b <script> $x$"))
    a\\*b &lt;script&gt; \\$x\\$
    """
    escaped = prose.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", escaped)
