"""How the input was read: each name with its kind, shape and properties, in words and symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..algebra import is_scalar, postorder, replace, shape_of, shown_name, split_coefficient
from ..algebra.entrywise import argument, is_function
from ..algebra.nodes import Elementwise, Frobenius, Norm, UnitVector
from ..calculus.steps import NOT_ZERO, fill_in
from ..language.program import Note, filled
from ..operators.abstract import ScalarField, VectorField
from ..operators.definite import Signs
from ..operators.entrywise import of_entries
from ..operators.spectral_functions import SpectralFunction
from .expressions import latex_of, text_of
from .formulas import prose_to_latex, sentence_to_latex
from .names import MATH, escape_latex, latex_name, printable, text_name
from .notation import operatorname
from .printer import Printer, names_in
from .styles import LATEX, TEXT, Latex, Style
from .templates import words

_ARROWS = {TEXT: " → ", LATEX: r" \to "}


@dataclass(frozen=True)
class Entry:
    """What is known of one name; ``space`` says where it lives: ``∈ ℝ^{m×n}``, ``elementwise``.

    ``member`` and ``member_latex`` are the space in symbols, and empty for a function applied entry by entry.
    """

    name: str
    kind: str
    shape: tuple[Any, ...]
    properties: tuple[str, ...]
    inferred: bool
    member: str
    member_latex: str

    @property
    def space(self) -> str:
        return self.member or str(words().elementwise())

    @property
    def space_latex(self) -> str:
        return self.member_latex or rf"\ \text{{{words().elementwise()}}}"

    def symbol(self, style: Style) -> str:
        """The name as it stands in a formula."""
        return style.array(self.name) if self.shape else style.name(self.name)

    def meaning(self, *, variable: bool = False) -> str:
        """What it is, in words: a matrix, symmetric; a function; the variable."""
        said = words()
        if self.kind == "function":
            what = said.function() if self.member else said.entrywise_function()
        else:
            kinds = {(): said.scalar, (False,): said.vector, (False, True): said.vector, (True, False): said.row}
            what = kinds.get(tuple(bool(size == 1) for size in self.shape), said.matrix)()
        marks = [said.property(mark) for mark in self.properties] + ([said.variable()] if variable else [])
        return ", ".join([str(what), *map(str, marks)])

    def size(self, style: Style) -> str:
        """Its shape, m×n; of a function from where to where; nothing for a scalar."""
        if self.kind == "function":
            return (self.member_latex if style.is_tex else self.member).removeprefix(r"\colon ").removeprefix(": ")
        return show_sizes(self.shape, style)


@dataclass(frozen=True)
class Reading:
    """Every name of the input, and how ambiguous spellings were taken."""

    entries: tuple[Entry, ...]
    remarks: tuple[Note, ...] = ()
    samples: tuple[Any, ...] = ()

    @classmethod
    def of(cls, derivation: Any) -> Reading:
        """The reading of a derivation's program: its names in order of appearance."""
        program = derivation.program
        entries = [_entry(program, s) for s in program.symbols.values() if s.kind != "dimension" and s.occurs]
        samples = tuple(s for s in program.symbols.values() if s.index and s.occurs and len(s.shape) < 3)
        return cls(tuple(entries), program.notes, samples)

    @property
    def notes(self) -> tuple[str, ...]:
        """How ambiguous spellings were taken, and what the names of samples stand for, in sentences."""
        said = [_said(note) for note in self.remarks]
        return tuple(dict.fromkeys([*said, *map(_samples, self.samples)]))

    def notes_in(self, style: Style) -> tuple[str, ...]:
        """The same, with formulas of the style between marks for :func:`with_math`."""
        said = [_said(note, style) for note in self.remarks]
        return tuple(dict.fromkeys([*said, *(_samples(symbol, style) for symbol in self.samples)]))

    def phrases(self, style: Style = TEXT) -> list[str]:
        """``A, B ∈ ℝ^{n×n} symmetric``: names of one kind together."""
        groups: dict[tuple[str, ...], list[str]] = {}
        latex = style.is_tex
        for entry in self.entries:
            name = entry.symbol(style)
            groups.setdefault((entry.space_latex if latex else entry.space, *entry.properties), []).append(name)
        return [_phrase(names, space, marks, latex) for (space, *marks), names in groups.items()]

    def __str__(self) -> str:
        return "; ".join([", ".join(self.phrases()), *self.notes])


def _phrase(names: Sequence[str], space: str, properties: Sequence[str], latex: bool) -> str:
    """``x, y ∈ ℝ^n``; ``θ elementwise``."""
    listed, said = ", ".join(names), ", ".join(words().property(mark) for mark in properties)
    if latex:
        return rf"{listed} {space}" + (rf"\text{{ {said}}}" if said else "")
    return f"{listed}{'' if space[0] in ':(' else ' '}{space} {said}".rstrip()


def _entry(program: Any, symbol: Any) -> Entry:
    if symbol.kind == "function":
        space, space_latex = _space_of_function(program, symbol)
        return Entry(symbol.name, "function", (), (), symbol.inferred, space, space_latex)
    if symbol.kind == "index":
        return Entry(symbol.name, "index", (), (), symbol.inferred, *_range_of(program, symbol.node))
    shape, last = (symbol.shape[:-1], symbol.shape[-1]) if symbol.index else (symbol.shape, None)
    field = "C" if symbol.properties & {"complex", "hermitian"} else "R"
    spaces = [f"∈ {space_of(shape, TEXT, field)}", rf"\in {space_of(shape, LATEX, field)}"]
    if symbol.index:
        spaces[0] += f" ({text_name(symbol.index)} = 1…{text_of(last)})"
        spaces[1] += rf"\ ({latex_name(symbol.index)} = 1, \dots, {latex_of(last)})"
    marks = symbol.properties - {"complex"}
    if not shape and "positive" in marks:
        marks = marks - {"positive"} | {"positive-number"}
    return Entry(symbol.name, "variable", tuple(shape), tuple(sorted(marks)), symbol.inferred, *spaces)


def _range_of(program: Any, index: Any) -> tuple[str, str]:
    """Where an index runs: k of e_k ∈ ℝ^m from 1 to m."""
    vectors = (n for n in postorder(program.expression) if isinstance(n, UnitVector) and n.args[0][0] == index)
    last = [n.shape[0] for n in vectors] or [0]
    return f"∈ {{1, …, {text_of(last[0])}}}", rf"\in \{{1, \dots, {latex_of(last[0])}\}}"


def _said(note: Note, style: Style = TEXT) -> str:
    """A note in words; in a style with its formulas between marks."""
    template = str(words().note(note.words))
    if not isinstance(style, Latex):
        return filled(template, [text_of(one) for one in note.formulas])
    if not note.formulas:
        return printable(template)
    return prose_to_latex(template, *(latex_of(one, style=style) for one in note.formulas), style=style)


def _samples(symbol: Any, style: Style | None = None) -> str:
    """What the samples together are called; in a style their names are formulas, between marks. Matrices are not."""
    stem, last = symbol.name.removesuffix(symbol.index), text_of(symbol.shape[-1])
    names = [shown_name(symbol.node), f"{stem}1", f"{stem}{last}"]
    scalars = len(symbol.shape) == 1
    if style is not None:
        whole, *each = names
        shown = [style.array(whole), *map(style.name if scalars else style.array, each)]
        names = [name.join((MATH, MATH)) for name in shown]
    return str(words().samples(*names, scalars))


def _space_of_function(program: Any, symbol: Any) -> tuple[str, str]:
    """``elementwise``; ``: ℝ^m → ℝ``; ``= tanh`` for a function that is defined."""
    definition = program.functions[symbol.name].definition
    if isinstance(definition, str):
        return f"= {definition}", rf"= {operatorname(definition)}"
    if definition is not None:
        body = definition.source[slice(*definition.expression.span)]
        return (
            f"({definition.parameter}) = {printable(body)}",
            rf"({latex_name(definition.parameter)}) = \text{{{escape_latex(body)}}}",
        )
    for node in postorder(program.expression):
        if isinstance(node, (ScalarField, VectorField)) and node.name == symbol.name:
            into, out = shape_of(node.at), shape_of(node)
            plain, latex = (f"{space_of(into, s)}{arrow}{space_of(out, s)}" for s, arrow in _ARROWS.items())
            return f": {plain}", rf"\colon {latex}"
        if isinstance(node, SpectralFunction) and getattr(node.function, "name", "") == symbol.name:
            return ": ℝ → ℝ", r"\colon \mathbb{R} \to \mathbb{R}"
    return "", ""


def space_of(shape: Sequence[Any], style: Style, field: str = "R") -> str:
    """ℝ, ℝ^n or ℝ^{m×n}; ℂ where ``field`` is C."""
    numbers = {"R": "ℝ", "C": "ℂ"}[field] if style is TEXT else rf"\mathbb{{{field}}}"
    if not shape:
        return numbers
    exponent = show_sizes(shape, style)
    return f"{numbers}^{exponent if len(exponent) == 1 else f'{{{exponent}}}'}"


def show_sizes(shape: Sequence[Any], style: Style) -> str:
    """``m×n``; ``n`` for a vector; nothing for a scalar."""
    sizes = shape[:1] if len(shape) == 2 and shape[1] == 1 else shape
    printer = Printer(style)
    many = len(sizes) > 1
    shown = [style.bracket(p).text if many and size.is_Add else p.text for size in sizes for p in [printer.piece(size)]]
    return ("×" if style is TEXT else r" \times ").join(shown)


# ---------------------------------------------------------------- assumptions
def conditions(derivation: Any, tex: Latex = LATEX) -> Iterator[tuple[str, str]]:
    """What the result needs, as text and as LaTeX."""
    taken = names_in(derivation.expression)
    variables = [s for s in derivation.program.symbols.values() if s.kind == "variable"]
    structured = {s.node: s.structured for s in variables}
    signs = Signs(s.node for s in variables if not s.shape and "positive" in s.properties)
    for condition, *nodes in _without_repetition(derivation.derived.record.assumptions):
        if nodes and _is_declared(condition, replace(nodes[0], structured), signs):
            continue
        template = str(words("rules").needs(condition))
        yield (
            fill_in(template, *(text_of(node, taken) for node in nodes)),
            sentence_to_latex(template, *(latex_of(node, taken, style=tex) for node in nodes), style=tex),
        )


#: Conditions that hold for every positive definite matrix, and for what is positive.
_OF_DEFINITE = {
    "{} positive definite", "{} invertible", "det {} > 0", "{} has no eigenvalue on the closed negative real axis",
}  # fmt: skip
_OF_POSITIVE = {"{} > 0", *NOT_ZERO}


def _is_declared(condition: str, node: Any, signs: Signs) -> bool:
    """Does the condition follow from what was declared of the variables?"""
    if condition in _OF_DEFINITE:
        return signs.is_positive_definite(node)
    return condition in _OF_POSITIVE and signs.is_positive(node)


def _without_repetition(found: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Each condition once: ‖x‖ > 0 and xᵀx ≠ 0 are x ≠ 0, and X with det X > 0 is invertible."""
    plain = [_plainly(*one) for one in found]
    positive = {n for t, *nodes in plain if t == "det {} > 0" for n in nodes}
    return [one for one in dict.fromkeys(plain) if not (one[0] == "{} invertible" and one[1] in positive)]


def _plainly(condition: str, *nodes: Any) -> tuple[Any, ...]:
    """Of ‖x‖, x : x and |x| that they are not 0 or positive, as x ≠ 0; of the array abs(x), as no zero entry in x."""
    x = nodes[0] if len(nodes) == 1 else None
    if condition in ("{} ≠ 0", "{} > 0") and (
        isinstance(x, Norm)
        or (isinstance(x, Frobenius) and x.args[0] == x.args[1])
        or (x is not None and is_scalar(x) and is_function(x, "abs"))
    ):
        return "{} ≠ 0", argument(x)
    if condition in _OF_POSITIVE and x is not None:  # 2d > 0 is d > 0
        c, core = x.as_coeff_Mul() if is_scalar(x) else split_coefficient(x)
        x = core if c.is_Rational and c > 0 else x
    if condition == "{} > 0" and isinstance(x, Elementwise) and is_function(x, "abs"):
        return of_entries("{} ≠ 0"), argument(x)
    return (condition, x) if len(nodes) == 1 else (condition, *nodes)


def assumptions(derivation: Any) -> list[str]:
    """What the result needs, in words."""
    return [text for text, _ in conditions(derivation)]
