"""Exercises on a sheet: as text, as data, or as notes, which bring LaTeX, PDF, HTML, Markdown and notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..notes.exercise import hidden
from ..notes.model import Entry, Notes, Section
from ..notes.work import worked
from ..notes.write import ENDINGS, write_notes
from ..present.expressions import latex_of, text_of
from ..present.formula import result_of, value_of
from ..present.formulas import formula_to_latex
from ..present.page import Line, Page, page_of
from ..present.pieces import Piece
from ..present.templates import speaking, words
from ..present.text import written
from .deal import Exercise

#: What is written into, in a terminal.
BLANK = "_" * 16
#: Format → ending of the file of notes that holds it.
FORMATS = {"latex": ".tex", "pdf": ".pdf", "html": ".html", "markdown": ".md", "notebook": ".ipynb"}


@dataclass(frozen=True)
class Sheet:
    """Exercises with what is shown of each.

    ``blank``: numbers of steps that are left blank in a derivation that is otherwise whole, () for all of them, None
    for the problem alone. ``hints`` and ``solutions`` say whether they are on the sheet.
    """

    exercises: Sequence[Exercise]
    blank: tuple[int, ...] | None = None
    hints: bool = False
    solutions: bool = False
    language: str = "en"
    style: str = "italic"
    transpose: str = "top"

    # ------------------------------------------------------------ text
    def text(self, width: int = 80) -> str:
        """For a terminal, or as plain text."""
        with speaking(self.language):
            return "\n\n".join([*self._problems(width), *self._solutions(width)])

    def _problems(self, width: int) -> Iterator[str]:
        said = words("exercises")
        for number, one in enumerate(self.exercises, 1):
            page = page_of(one.derivation)
            heading = f"{said.exercise(number)}. {said.find(_sought(page))}"
            hints = [said.hint(k, identity) for k, identity in enumerate(one.hints, 1)] if self.hints else []
            shown = written(page, _with_blanks(page, self.blank), width, False, None)
            yield "\n".join([heading, "", shown, *(["", *hints] if hints else [])])

    def _solutions(self, width: int) -> Iterator[str]:
        said = words("exercises")
        for number, one in enumerate(self.exercises if self.solutions else (), 1):
            shown = one.derivation.text(width=width, report=one.report, language=self.language)
            yield f"{said.solution(number)}\n\n{shown}"

    # ------------------------------------------------------------ data
    def json(self) -> str:
        """For a learning platform: problem, hints, answer and steps, as text and as LaTeX."""
        return json.dumps([self._record(one) for one in self.exercises], ensure_ascii=False, indent=2)

    def _record(self, one: Exercise) -> dict[str, Any]:
        d = one.derivation
        record: dict[str, Any] = {
            "expression": one.expression,
            "wrt": list(d.variables),
            "where": one.where,
            "kind": d.kind,
            "topic": one.topic,
            "level": one.level,
            "problem": {"text": value_of(d, latex=False), "latex": value_of(d)},
        }
        if self.hints:
            record["hints"] = [{"text": hint, "latex": formula_to_latex(hint)} for hint in one.hints]
        if self.solutions:
            record["answer"] = {"text": result_of(d, latex=False), "latex": result_of(d)}
            record["results"] = {k: {"text": text_of(r), "latex": latex_of(r)} for k, r in d.results.items()}
            record["solution"] = {"text": d.text(report=one.report), "latex": d.latex(report=one.report)}
        return record

    # ------------------------------------------------------------ notes
    def write(self, ending: str, latex: str = "article") -> bytes:
        """The sheet as notes are written: ``ending`` is that of the file, ``latex`` the kind of LaTeX document."""
        with speaking(self.language):
            notes = self._notes()
        return write_notes(notes, worked(notes), ending, latex)

    def _notes(self) -> Notes:
        said = words("exercises")
        entries = tuple(self._entry(one) for one in self.exercises)
        return Notes(
            title=str(said.title()),
            language=self.language,
            style=self.style,
            transpose=self.transpose,
            rules=self.solutions or self.blank is not None,
            solutions=self.solutions,
            section=(Section(derivation=entries),),
            name="exercises",
        )

    def _entry(self, one: Exercise) -> Entry:
        hints = tuple(f"${formula_to_latex(identity)}$" for identity in one.hints)
        options = {key: str(value) for key, value in (one.options or {}).items() if key in ("layout", "structure")}
        return Entry(
            expression=one.expression,
            wrt=one.wrt,
            where=one.where,
            define=dict(one.define or {}),
            kind=one.kind,
            joint=len(one.wrt) > 1,
            exercise=True,
            bare=self.blank is None,
            blank=self.blank or (),
            hints=hints if self.hints else (),
            **options,  # type: ignore[arg-type]
        )


def _with_blanks(page: Page, blank: tuple[int, ...] | None) -> list[Line]:
    """The lines of an exercise: blanks in place of what is asked for, or the problem alone."""
    if blank is None:
        return page.lines[:1]
    kinds = [line.kind if line.kind in ("let", "result") else "steps" for line in page.lines]
    hide = hidden(kinds, blank)
    return [replace(line, text=Piece(BLANK)) if one else line for line, one in zip(page.lines, hide, strict=True)]


def _sought(page: Page) -> list[str]:
    """What is to be found: ∂f/∂x, …"""
    lefts = [line.left for line in page.lines if line.kind == "result" and line.left]
    return lefts if page.derivation.kind != "hessian" else [left for left in lefts if "²" in left] or lefts


__all__ = ["ENDINGS", "FORMATS", "Sheet"]
