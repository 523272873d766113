"""Notes in Markdown, as GitHub and pandoc read it, and as a Jupyter notebook in which each derivation can be run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..present.markdown import escape_markdown
from ..present.markdown import written as derivation
from ..present.names import with_math
from ..present.templates import fill, sentence, words
from .document import Document, Item
from .prose import MarkdownProse
from .work import question


def written(document: Document) -> str:
    """The document as Markdown."""
    return "\n\n".join(cell["source"] for cell in cells(document) if cell["kind"] == "markdown") + "\n"


def notebook(document: Document) -> str:
    """The document as a notebook: prose and derivations, and after each the Python that derives it."""
    made = []
    for number, cell in enumerate(cells(document)):
        base = {"id": f"cell-{number}", "metadata": {}, "source": cell["source"].splitlines(keepends=True)}
        code: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
        made.append({**base, **(code if cell["kind"] == "code" else {"cell_type": "markdown"})})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": made,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def cells(document: Document) -> Iterator[dict[str, str]]:
    """Prose, derivations and code, in order."""
    notes, said, prose = document.notes, words("notes"), MarkdownProse(document.prose)
    head = [
        f"# {escape_markdown(notes.title)}" if notes.title else "",
        *map(escape_markdown, (notes.author, notes.date)),
    ]
    head.append(document.write(prose, notes.abstract, ("abstract",)))
    yield _markdown(*head)
    if document.solutions or any(True for _ in document.items):
        yield {"kind": "code", "source": "import matcalc as mc"}
    for chapter in document.chapters:
        section = chapter.section
        anchor = f'<a id="{chapter.id}"></a>'
        heading = f"## {chapter.number} {escape_markdown(section.title)}" if section.title else ""
        yield _markdown(anchor, heading, document.write(prose, section.text, (*section.place, "text")))
        for item in chapter.items:
            yield from _item(document, prose, item)
        yield _markdown(document.write(prose, section.after, (*section.place, "after")))
    if document.solutions:
        yield _markdown(f"## {said.solutions()}")
        for item in document.solutions:
            assert item.solution is not None
            yield _markdown(f"### {document.labels[item.id]}", derivation(item.solution))
            yield {"kind": "code", "source": _call(document, item)}
    if notes.rules and document.rules:
        reasons = [with_math(rule.reason, ("$", "$"), escape_markdown) for rule in document.rules]
        rules = fill("markdown/rules.jinja", rules=document.rules, reasons=reasons, full=notes.detail == "full")
        yield _markdown(f"## {said.rules()}", rules.strip())


def _markdown(*parts: str) -> dict[str, str]:
    return {"kind": "markdown", "source": "\n\n".join(part for part in parts if part)}


def _item(document: Document, prose: MarkdownProse, item: Item) -> Iterator[dict[str, str]]:
    entry, said = item.work.entry, words("notes")
    title = f" ({escape_markdown(item.title)})" if item.title else ""
    hints = [sentence(document.write(prose, hint, (*entry.place, "hints"))) for hint in entry.hints]
    hinted = f"{said.hints()}: {' '.join(hints)}" if hints and entry.exercise else ""
    yield _markdown(
        f'<a id="{item.id}"></a>',
        f"**{document.labels[item.id]}**{title}",
        document.write(prose, entry.text, (*entry.place, "text")),
        derivation(item.shown, closing=item.solution is None),
        hinted,
        document.write(prose, entry.after, (*entry.place, "after")),
    )
    if item.solution is None:
        yield {"kind": "code", "source": _call(document, item)}


def _call(document: Document, item: Item) -> str:
    """``mc.derive("‖Ax − b‖²", wrt="x")``."""
    asked: dict[str, Any] = question(document.notes, item.work.entry)
    arguments = [json.dumps(asked.pop("expression"), ensure_ascii=False)]
    arguments += [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in asked.items()]
    return f"mc.derive({', '.join(arguments)})"
