"""How the input was read: each name with its kind, shape and properties, in words and symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..algebra import postorder, shape_of
from ..algebra.nodes import Norm, UnitVector
from ..operators.abstract import ScalarField, VectorField
from .expressions import latex_of, text_of
from .formulas import sentence_to_latex
from .names import escape_latex, latex_name, printable, text_name
from .notation import operatorname
from .printer import Printer, names_in
from .styles import LATEX, TEXT, Style
from .templates import words

_ARROWS = {TEXT: " → ", LATEX: r" \to "}


@dataclass(frozen=True)
class Entry:
    """What is known of one name; ``space`` says where it lives: ``∈ ℝ^{m×n}``, ``elementwise``."""

    name: str
    kind: str
    shape: tuple[Any, ...]
    properties: tuple[str, ...]
    inferred: bool
    space: str
    space_latex: str


@dataclass(frozen=True)
class Reading:
    """Every name of the input, and how ambiguous spellings were taken."""

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, derivation: Any) -> Reading:
        """The reading of a derivation's program: its names in order of appearance."""
        program = derivation.program
        entries = [_entry(program, s) for s in program.symbols.values() if s.kind != "dimension" and s.occurs]
        samples = [_samples(s) for s in program.symbols.values() if s.index and s.occurs]
        return cls(tuple(entries), tuple(dict.fromkeys([*(note.text for note in program.notes), *samples])))

    def phrases(self, latex: bool = False) -> list[str]:
        """``A, B ∈ ℝ^{n×n} symmetric``: names of one kind together."""
        groups: dict[tuple[str, ...], list[str]] = {}
        for entry in self.entries:
            name = latex_name(entry.name) if latex else text_name(entry.name)
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
    return Entry(
        symbol.name, "variable", tuple(shape), tuple(sorted(symbol.properties - {"complex"})), symbol.inferred, *spaces
    )


def _range_of(program: Any, index: Any) -> tuple[str, str]:
    """Where an index runs: k of e_k ∈ ℝ^m from 1 to m."""
    vectors = (n for n in postorder(program.expression) if isinstance(n, UnitVector) and n.args[0][0] == index)
    last = [n.shape[0] for n in vectors] or [0]
    return f"∈ {{1, …, {text_of(last[0])}}}", rf"\in \{{1, \dots, {latex_of(last[0])}\}}"


def _samples(symbol: Any) -> str:
    """What x_i stands for in a formula that takes all samples together."""
    stem, last = symbol.name.removesuffix(symbol.index), text_of(symbol.shape[-1])
    return str(words().samples(symbol.name, f"{stem}1", f"{stem}{last}", len(symbol.shape) == 1))


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
    said = words().elementwise()
    return said, rf"\ \text{{{said}}}"


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
def conditions(derivation: Any) -> Iterator[tuple[str, str]]:
    """What the result needs, as text and as LaTeX."""
    taken = names_in(derivation.expression)
    for template, *nodes in _without_repetition(derivation.derived.record.assumptions):
        yield (
            template.format(*(text_of(node, taken) for node in nodes)),
            sentence_to_latex(template, *(latex_of(node, taken) for node in nodes)),
        )


def _without_repetition(found: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Each condition once: ‖x‖ ≠ 0 is x ≠ 0, and X with det X > 0 is invertible."""
    plain = [(t, *(n.args[0] if t == "{} ≠ 0" and isinstance(n, Norm) else n for n in nodes)) for t, *nodes in found]
    positive = {n for t, *nodes in plain if t == "det {} > 0" for n in nodes}
    return [one for one in dict.fromkeys(plain) if not (one[0] == "{} invertible" and one[1] in positive)]


def assumptions(derivation: Any) -> list[str]:
    """What the result needs, in words."""
    return [text for text, _ in conditions(derivation)]
