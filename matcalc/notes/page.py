"""Notes as one HTML file: KaTeX and its fonts in it, MathML for readers without JavaScript, no request to anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from markupsafe import Markup

from ..present.latex import MathRow, parts_of
from ..present.names import MATH, printable, with_math
from ..present.paper import Paper
from ..present.templates import fill, language, sentence, words
from . import katex
from .document import Document, Item
from .mathml import mathml
from .prose import HtmlProse

#: The width of a line in ems; a narrow window scrolls.
LINE = 52.0


def written(document: Document) -> str:
    """The document as a page."""
    return _Page(document).written()


class _Page:
    """Writes formulas as MathML that KaTeX replaces, and everything else as text."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.prose = HtmlProse(document.prose, lambda tex, display: str(self.math(tex, display)))

    def math(self, tex: str, display: bool = False) -> Markup:
        kind = " display" if display else ""
        shown = mathml(tex, display, self.document.macros)
        return Markup(f'<span class="math{kind}" data-tex="{escape(tex)}">{shown}</span>')

    def text(self, prose: str, place: tuple[Any, ...]) -> Markup:
        return Markup(self.document.write(self.prose, prose, place))

    def written(self) -> str:
        document, notes = self.document, self.document.notes
        return fill(
            "notes/page.html",
            notes=notes,
            title=printable(notes.title),
            language=language(),
            abstract=self.text(notes.abstract, ("abstract",)),
            chapters=[
                {
                    "number": one.number,
                    "id": one.id,
                    "title": printable(one.section.title),
                    "text": self.text(one.section.text, (*one.section.place, "text")),
                    "after": self.text(one.section.after, (*one.section.place, "after")),
                    "derivations": [self.item(item) for item in one.items],
                }
                for one in document.chapters
            ],
            solutions=[self.item(item, solution=True) for item in document.solutions],
            rules=[self.rule(rule) for rule in document.rules] if notes.rules else [],
            full=notes.detail == "full",
            said=words("notes"),
            katex_style=Markup(katex.style()),
            katex_script=Markup(katex.script()),
            macros=Markup(json.dumps(document.macros).replace("<", "\\u003c")),
        )

    def rule(self, rule: Any) -> dict[str, Any]:
        needs = words().needs([str(self.math(rule.needs))]) if rule.needs else ""
        reason = self.between(with_math(rule.reason, (MATH, MATH), escape))
        return {"rule": rule, "identity": self.math(rule.identity), "needs": Markup(needs), "reason": reason}

    def item(self, item: Item, solution: bool = False) -> dict[str, Any]:
        entry = item.work.entry
        paper = item.solution if solution and item.solution else item.shown
        said = [] if item.solution and not solution else paper.closing(("\x00", "\x00"), escape)
        return {
            "id": f"{item.id}-solution" if solution else item.id,
            "label": self.document.labels[item.id],
            "title": printable(item.title),
            "text": self.text(entry.text, (*entry.place, "text")),
            "after": self.text(entry.after, (*entry.place, "after")),
            "hints": [self.text(hint, (*entry.place, "hints")) for hint in entry.hints] if entry.exercise else [],
            "notation": [
                {"symbol": self.math(s.symbol), "meaning": s.meaning, "size": self.math(s.size) if s.size else ""}
                for s in paper.notation
            ],
            "notes": [self.between(sentence(with_math(note, (MATH, MATH), escape))) for note in paper.notes],
            "parts": list(self.parts(paper)),
            "closing": [self.between(sentence(one)) for one in said],
            "plain": paper.plain,
        }

    def between(self, phrase: str) -> Markup:
        """A sentence whose formulas stand between marks."""
        parts = phrase.split("\x00")
        return Markup("".join(str(self.math(part)) if k % 2 else part for k, part in enumerate(parts)))

    def parts(self, paper: Paper) -> Iterator[dict[str, Any]]:
        for part in parts_of(paper, LINE, "\x01#"):
            yield {"kind": part.kind, "names": self.names(part.names), "rows": [self.row(r) for r in part.rows]}

    def names(self, names: Any) -> Markup:
        """``Let z = Wx.``"""
        if not names:
            return Markup("")
        said = str(words().introduce([f"\x00{k}\x00" for k in range(len(names))])).replace("$", "")
        parts = said.split("\x00")
        return Markup("".join(str(self.math(names[int(p)])) if k % 2 else escape(p) for k, p in enumerate(parts)))

    def row(self, row: MathRow) -> dict[str, Any]:
        remark, _, number = row.remark.partition("\x01")
        sign = "" if row.continued else "="
        return {
            "left": self.math(rf"\displaystyle {row.left}") if row.left else "",
            "formula": self.math(rf"{sign} \displaystyle {row.formula}".strip()) if row.formula else "",
            "continued": row.continued,
            "remark": self.math(remark) if remark else "",
            "rule": number,
            "names": self.names(row.names),
        }


__all__ = ["LINE", "written"]
