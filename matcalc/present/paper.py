"""A derivation on paper, as plain data: what is set, before it is decided how wide a line may be.

Everything is a string of LaTeX or of escaped-later prose, so that a :class:`Paper` can be written to a file and read
back: the notes keep derivations that have not changed this way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from ..calculus.steps import Rule
from .formulas import formula_to_latex, prose_to_latex
from .names import loosened, with_math
from .page import Line, Page
from .pieces import Piece
from .templates import words


@dataclass(frozen=True)
class Mark:
    """What stands at the right of a row; ``rule`` is its number among the rules of the paper, from 1, or 0."""

    latex: str
    rule: int = 0


@dataclass(frozen=True)
class Row:
    """``left = formula``, which may break at ``breaks`` (see :data:`matcalc.present.pieces.Breaks`), and its marks."""

    left: str
    formula: str
    breaks: tuple[tuple[int, int], ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def piece(self) -> Piece:
        return Piece(self.formula, breaks=self.breaks)


@dataclass(frozen=True)
class Block:
    """Rows that belong together: "steps", names that are introduced ("let"), or the answer ("result")."""

    kind: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Symbol:
    """A row of the table of notation."""

    symbol: str
    meaning: str
    size: str


@dataclass(frozen=True)
class Named:
    """A rule in the box of rules: its name, identity, side condition, why it holds and where it is proved.

    ``reason`` is prose with formulas between marks, for :func:`with_math`.
    """

    name: str
    identity: str
    needs: str = ""
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Paper:
    """A derivation, ready to be set: notation, notes, blocks of rows, the closing sentences, the rules used.

    ``needs`` and ``difference`` are LaTeX, ``unchecked`` is prose; so are ``notes`` and ``structure``, with formulas
    between marks; ``points`` is None where nothing was checked, ``modulus`` that of exact arithmetic, and ``unchecked``
    says why not where a check was asked for.
    """

    notation: tuple[Symbol, ...]
    notes: tuple[str, ...]
    blocks: tuple[Block, ...]
    needs: tuple[str, ...]
    layout: str
    structure: str
    rules: tuple[Named, ...]
    points: int | None = None
    difference: str = ""
    modulus: str = ""
    passed: bool = True
    unchecked: str = ""
    plain: str = ""

    def closing(self, dollars: tuple[str, str], escape: Any) -> list[str]:
        """What the result needs, the layout, and how it was checked: sentences with formulas between ``dollars``."""
        said = []
        if self.needs:
            said.append(str(words().needs([loosened(latex, dollars) for latex in self.needs])))
        if self.structure:
            said.append(with_math(self.structure, dollars, escape))
        if self.layout:
            said.append(str(words().layout(self.layout)))
        if self.unchecked:
            said.append(str(words().unchecked(escape(self.unchecked))))
        elif self.modulus and self.passed:
            said.append(str(words().exact(self.points, self.modulus.join(dollars))))
        elif self.points is not None:
            say = words().checked if self.passed else words().failed
            said.append(str(say(self.points, self.difference.join(dollars))))
        return said

    def record(self) -> dict[str, Any]:
        """As dictionaries, lists, strings and numbers."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> Paper:
        """From what :meth:`record` gave. Raises KeyError or TypeError for anything else."""
        blocks = [
            Block(
                block["kind"],
                tuple(
                    Row(
                        row["left"],
                        row["formula"],
                        tuple((int(at), int(rank)) for at, rank in row["breaks"]),
                        tuple(Mark(**mark) for mark in row["marks"]),
                    )
                    for row in block["rows"]
                ),
            )
            for block in record["blocks"]
        ]
        return cls(
            **{
                **record,
                "notation": tuple(Symbol(**one) for one in record["notation"]),
                "notes": tuple(record["notes"]),
                "blocks": tuple(blocks),
                "needs": tuple(record["needs"]),
                "rules": tuple(Named(**one) for one in record["rules"]),
            }
        )


def paper_of(page: Page, report: Any = None, plain: str = "") -> Paper:
    """The page as data; ``report`` is what a check found, ``plain`` the derivation as text."""
    derivation, rules = page.derivation, _Rules(page)
    lines = [(_kind(line), _row(line, rules)) for line in page.lines]
    blocks = [Block(kind, tuple(row for _, row in rows)) for kind, rows in groupby(lines, key=lambda pair: pair[0])]
    checked = report is not None and report.points
    return Paper(
        tuple(_notation(page)),
        derivation.reading.notes_in(page.tex),
        tuple(blocks),
        tuple(latex for _, latex in page.conditions),
        "" if derivation.layout == "gradient" else derivation.layout,
        prose_to_latex(str(words().structure(page.structure)), style=page.tex) if page.structure else "",
        tuple(rules.named()),
        points=report.points if checked else None,
        difference=latex_power(report.largest) if checked else "",
        modulus="2^{61} - 1" if checked and report.method == "exact" else "",
        passed=bool(report) if checked else True,
        unchecked=str(report.reason) if report is not None and not report.points else "",
        plain=plain,
    )


def latex_power(number: float) -> str:
    r"""``2 \cdot 10^{-16}``, to one digit."""
    if not number:
        return "0"
    digit, exponent = f"{number:.0e}".split("e")
    return rf"{digit} \cdot 10^{{{int(exponent)}}}"


def _kind(line: Line) -> str:
    return line.kind if line.kind in ("let", "result") else "steps"


def _row(line: Line, rules: _Rules) -> Row:
    marks = (Mark(remark.latex, rules.number(remark.rule) if remark.rule else 0) for remark in line.remarks)
    return Row(line.left_latex, line.latex.text, line.latex.breaks, tuple(marks))


def _notation(page: Page) -> Iterator[Symbol]:
    """Every name of the input; the variables are marked as such."""
    variables = page.derivation.variables
    for entry in page.derivation.reading.entries:
        yield Symbol(entry.symbol(page.tex), entry.meaning(variable=entry.name in variables), entry.size(page.tex))


class _Rules:
    """The rules that a page uses, in the order in which it meets them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.numbers: dict[tuple[str, str], tuple[int, Rule]] = {}

    def number(self, rule: Rule) -> int:
        return self.numbers.setdefault((rule.name, rule.identity), (len(self.numbers) + 1, rule))[0]

    def named(self) -> Iterable[Named]:
        tex, said = self.page.tex, words("rules")
        for _, rule in self.numbers.values():
            yield Named(
                str(said.name(rule.name)),
                formula_to_latex(str(said.identity(rule.identity)), tex),
                formula_to_latex(str(said.needs(rule.needs)), tex) if rule.needs else "",
                prose_to_latex(str(said.reason(rule.name)), style=tex),
                rule.reference,
            )


__all__ = ["Block", "Mark", "Named", "Paper", "Row", "Symbol", "latex_power", "paper_of"]
