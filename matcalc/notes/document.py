"""What every output writes: numbered sections and derivations, one list of rules, the names that are referred to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..present.paper import Block, Mark, Named, Paper, Row
from ..present.templates import words
from .exercise import blanked
from .mathematics import macro_refusal
from .model import Notes, Section
from .prose import Prose, ProseError, Writer
from .work import Work


@dataclass(frozen=True)
class Item:
    """A derivation where it stands: what is shown, and the whole of it where steps are left blank."""

    work: Work
    shown: Paper
    title: str
    solution: Paper | None = None

    @property
    def id(self) -> str:
        return self.work.entry.id or f"derivation-{self.work.number}"


@dataclass(frozen=True)
class Chapter:
    """A section with its number and its derivations."""

    section: Section
    number: int
    items: tuple[Item, ...]

    @property
    def id(self) -> str:
        return self.section.id or f"section-{self.number}"


class Document:
    """The notes, ready for a format."""

    def __init__(self, notes: Notes, works: Sequence[Work]) -> None:
        self.notes = notes
        for name, body in notes.macros.items():
            if reason := macro_refusal(name, body, notes.macros):
                raise notes.error(f"the macro {name}: {reason}", ("macros", name))
        self.macros = {"\\" + name.lstrip("\\"): body for name, body in notes.macros.items()}
        self._rules: dict[tuple[str, str], tuple[int, Named]] = {}
        self.chapters = tuple(self._chapters(iter(works)))
        self.prose = Prose(self.labels, self.macros)

    @property
    def rules(self) -> list[Named]:
        """The rules used, by number."""
        return [rule for _, rule in self._rules.values()]

    @property
    def labels(self) -> dict[str, str]:
        """What is said for a section or a derivation that is referred to."""
        said = words("notes")
        found = {one.id: f"{said.section()}\u00a0{one.number}" for one in self.chapters}
        for item in self.items:
            kind = said.exercise() if item.solution else said.derivation()
            found[item.id] = f"{kind}\u00a0{item.work.number}"
        return found

    @property
    def items(self) -> Iterator[Item]:
        for chapter in self.chapters:
            yield from chapter.items

    @property
    def solutions(self) -> list[Item]:
        return [item for item in self.items if item.solution] if self.notes.solutions else []

    def _chapters(self, works: Iterator[Work]) -> Iterator[Chapter]:
        for number, section in enumerate(self.notes.section, 1):
            items = tuple(self._item(next(works)) for _ in section.derivation)
            yield Chapter(section, number, items)

    def _item(self, work: Work) -> Item:
        paper = self._renumbered(work.paper)
        forms = [self._renumbered(form) for _, form in work.forms]
        known = {row.left for block in paper.blocks if block.kind == "let" for row in block.rows}
        blocks = [block for form in forms for block in _without_title(form, known)]
        paper = replace(paper, blocks=(*paper.blocks, *blocks))
        entry = work.entry
        if not entry.exercise:
            return Item(work, paper, entry.title)
        return Item(work, blanked(paper, entry.blank, entry.bare), entry.title, paper)

    def _renumbered(self, paper: Paper) -> Paper:
        """The marks of a derivation with the numbers that its rules have in the whole document."""
        numbers = [0, *(self._number(rule) for rule in paper.rules)]

        def row(one: Row) -> Row:
            return replace(one, marks=tuple(Mark(mark.latex, numbers[mark.rule]) for mark in one.marks))

        blocks = (replace(block, rows=tuple(map(row, block.rows))) for block in paper.blocks)
        return replace(paper, blocks=tuple(blocks))

    def _number(self, rule: Named) -> int:
        return self._rules.setdefault((rule.name, rule.identity), (len(self._rules) + 1, rule))[0]

    def write(self, writer: Writer, text: str, place: tuple[Any, ...]) -> str:
        """Prose in a format; what cannot stand in it is refused with its place."""
        try:
            return writer(text)
        except ProseError as error:
            raise self.notes.error(str(error), place) from None


def _without_title(paper: Paper, known: set[str]) -> Iterator[Block]:
    """The blocks of a form without what stands above already: the line that states the problem, names introduced."""
    first, *others = paper.blocks
    for block in (replace(first, rows=first.rows[1:]), *others):
        rows = tuple(row for row in block.rows if block.kind != "let" or row.left not in known)
        if rows:
            yield replace(block, rows=rows)
