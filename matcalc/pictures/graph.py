"""The graph of a computation: a box for every variable and every intermediate result, and the adjoints.

The boxes are those steps that have a name in the input, get one in the derivation, or are functions of their own, as
σ(z) is. The adjoint of a box is v̄ = ∂f/∂v: the sum of what comes back from every box that v goes into, by the same A:B
identities as in the derivation. Adjoints are shown on the way to the variables of differentiation only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from unicodedata import normalize

from sympy import Integer

from ..algebra import (
    add,
    depends_on,
    frobenius,
    is_named,
    is_scalar,
    matrix,
    mul,
    named,
    operands,
    postorder,
    rebuild,
    replace,
    scalar,
    shape_of,
)  # fmt: skip
from ..algebra.nodes import Elementwise, ElementwiseScalar, is_symbol
from ..calculus.gradient import gradient_only
from ..calculus.intermediates import Names, name_intermediates
from ..calculus.simplify import simplify
from ..errors import LimitError
from ..operators.abstract import ScalarField, VectorField
from ..operators.reductions import LogSoftmax, Softmax
from ..present.names import latex_name, split_name, text_name
from ..present.printer import Printer, has_other_norms, names_in
from ..present.reading import show_sizes
from ..present.styles import LATEX, TEXT
from ..present.tongue import language as spoken
from ..present.tongue import speaking

#: Functions whose value has a box of its own, and the names tried for it: vector, matrix, scalar.
FUNCTIONS: dict[type, str] = {
    Elementwise: "a h u v",
    ElementwiseScalar: "s t",
    Softmax: "p q",
    LogSoftmax: "u v",
    VectorField: "u v",
    ScalarField: "s t",
}
#: More boxes than these nobody can read.
MOST_BOXES = 120
#: The mark of an adjoint.
BAR = "\u0304"


@dataclass(frozen=True)
class Formula:
    """A formula in both styles."""

    text: str
    latex: str


@dataclass(frozen=True)
class Box:
    """A value on the way: its name, how it is computed, its shape, and its adjoint where one flows back.

    ``role`` is "variable" (differentiated by), "constant", "step" or "value".
    """

    key: int
    role: str
    label: Formula
    shape: Formula
    adjoint: Formula | None = None
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Graph:
    """The boxes, each after those it is computed from. The adjoint of a value that is no scalar is a symbol."""

    boxes: tuple[Box, ...]
    scalar: bool = True

    @cached_property
    def edges(self) -> list[tuple[int, int, bool]]:
        """(from, to, whether an adjoint flows back along it)."""
        moving = {box.key for box in self.boxes if box.adjoint is not None}
        return [(i, box.key, {i, box.key} <= moving) for box in self.boxes for i in box.inputs]

    def svg(self, language: str | None = None) -> str:
        """The picture for a page of HTML, or for a file."""
        from .drawing import graph_svg

        with speaking(language or spoken()):
            return graph_svg(self)

    def tikz(self, language: str | None = None) -> str:
        """The picture as a ``tikzpicture``, for a LaTeX document with tikz and amsmath."""
        from .drawing import graph_tikz

        with speaking(language or spoken()):
            return graph_tikz(self)

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_latex_(self) -> str:
        return self.tikz()


def graph(derivation: Any) -> Graph:
    """The graph of what a derivation differentiates. Raises LimitError where it has too many boxes to be read."""
    return Drawing(derivation).graph()


class Drawing:
    """The boxes of one derivation: ``nodes`` are what they stand for, with the value last."""

    def __init__(self, derivation: Any) -> None:
        self.derivation = derivation
        expression = derivation.expression
        self.variables = list(derivation.variables.values())
        self.names = Names({*derivation.program.symbols, *names_in(expression)})
        self.letter = self.names.fresh("f φ ℓ" if is_scalar(expression) else "F Φ")
        value = expression.definition if is_named(expression) else expression
        if is_named(expression):
            self.letter = expression.name
        self.value = named(self.letter, self._with_boxes(name_intermediates(value, self.variables, self.names)))
        norms = has_other_norms(self.value)
        taken = {*self.names.taken}
        self.printers = {style: Printer(style, taken, many_norms=norms) for style in (TEXT, LATEX)}

    # ------------------------------------------------------------ which steps there are
    def _with_boxes(self, root: Any) -> Any:
        """The value with a name for everything that has a box."""
        hit = depends_on(root, self.variables)
        below_a_name = {node.definition for node in postorder(root) if is_named(node)}
        done: dict[Any, Any] = {}
        for node in postorder(root):
            new = rebuild(node, [done[c] for c in operands(node)]) if operands(node) else node
            wishes = FUNCTIONS.get(type(node))
            if wishes and node in hit and node is not root and node not in below_a_name and not is_named(new):
                new = named(self.names.fresh(wishes if is_scalar(node) or 1 in node.shape else wishes.upper()), new)
            done[node] = new
        return done[root]

    def graph(self) -> Graph:
        if len(self.nodes) > MOST_BOXES:
            raise LimitError(f"the graph has {len(self.nodes)} boxes, more than the {MOST_BOXES} that can be read")
        keys = {node: key for key, node in enumerate(self.nodes)}
        adjoints = {**self.adjoints, self.value: Integer(1)}
        return Graph(tuple(self._box(node, keys, adjoints.get(node)) for node in keys), is_scalar(self.value))

    @cached_property
    def nodes(self) -> list[Any]:
        order = [node for node in postorder(self.value) if is_named(node) or is_symbol(node)]
        used = {*self._used(order), self.value}
        return [node for node in order if node in used]

    def _used(self, order: Iterable[Any]) -> Iterator[Any]:
        """The boxes that another one is computed from; sizes and indices are none."""
        known = {s.node for s in self.derivation.program.symbols.values() if s.kind == "variable"}
        known |= {s.structured for s in self.derivation.program.symbols.values() if s.kind == "variable"}
        for node in filter(is_named, order):
            yield from (child for child in self._inputs(node) if is_named(child) or child in known)

    def _inputs(self, node: Any) -> list[Any]:
        """The boxes that a box is computed from, in order of appearance."""
        stack, seen = [node.definition], set()
        inputs: list[Any] = []
        while stack:
            one = stack.pop()
            if one in seen:
                continue
            seen.add(one)
            if is_named(one) or is_symbol(one):
                inputs.append(one)
            else:
                stack.extend(reversed(operands(one)))
        return inputs

    # ------------------------------------------------------------ adjoints
    @cached_property
    def adjoints(self) -> dict[Any, Any]:
        """v̄ of every box on the way to a variable, as a formula in the adjoints of later boxes."""
        moving = depends_on(self.value, self.variables)
        incoming: dict[Any, list[Any]] = {node: [] for node in self.nodes}
        for node in reversed(self.nodes):
            if not is_named(node) or node not in moving:
                continue
            inputs = [c for c in self._inputs(node) if c in incoming and c in moving]
            symbols = {c: _symbol(c) for c in inputs if is_named(c)}
            local = replace(node.definition, symbols)
            pulled = gradient_only(self._paired(node, local), [symbols.get(c, c) for c in inputs]) if inputs else {}
            for child in inputs:
                back = {symbol: child for child, symbol in symbols.items()}
                part = replace(simplify(pulled[symbols.get(child, child)]), back)
                incoming[child].append(replace(part, {node.definition: node}))  # 1 − a² in place of 1 − tanh²(z)
        known = {s.node: s.structured for s in self.derivation.program.symbols.values() if s.kind == "variable"}
        structured = {node: marked for node, marked in known.items() if node is not marked}
        return {node: simplify(replace(simplify(add(*parts)), structured)) for node, parts in incoming.items() if parts}

    def _paired(self, node: Any, local: Any) -> Any:
        """v̄ : φ(inputs), whose gradient is what flows back; for the value of a scalar f itself."""
        if node is self.value and is_scalar(local):
            return local
        bar = barred(node.name)
        return mul(scalar(bar), local) if is_scalar(local) else frobenius(matrix(bar, *local.shape), local)

    # ------------------------------------------------------------ boxes
    def _box(self, node: Any, keys: Mapping[Any, int], adjoint: Any) -> Box:
        label, bar = self._name(node.name), self._name(barred(node.name))
        inputs: tuple[int, ...] = ()
        if is_named(node):
            label = self._equation(label, node.definition)
            inputs = tuple(keys[c] for c in self._inputs(node) if c in keys)
        if node is self.value and not is_scalar(node):
            back: Formula | None = bar
        else:
            back = None if adjoint is None else self._equation(bar, adjoint)
        shape = shape_of(node)
        size = Formula(show_sizes(shape, TEXT) or "1", show_sizes(shape, LATEX) or "1")
        role = "value" if node is self.value else "step" if is_named(node) else "constant"
        return Box(keys[node], "variable" if node in self.variables else role, label, size, back, inputs)

    def _name(self, name: str) -> Formula:
        return Formula(normalize("NFC", text_name(name)), latex_name(name))

    def _equation(self, left: Formula, right: Any) -> Formula:
        text, latex = (self._printed(right, style) for style in (TEXT, LATEX))
        return Formula(normalize("NFC", f"{left.text} = {text}"), f"{left.latex} = {latex}")

    def _printed(self, value: Any, style: Any) -> str:
        return str(style.signed(self.printers[style].piece(value)).text)


def _symbol(node: Any) -> Any:
    """A symbol in the place of an intermediate result."""
    return scalar(node.name) if is_scalar(node) else matrix(node.name, *node.shape)


def barred(name: str) -> str:
    """The name of an adjoint: z̄, a bar on the letter and a subscript behind it.

    >>> barred("z_1"), barred("loss")
    ('z̄_1', 'loss_{bar}')
    """
    letter = name[:1]
    rest = name[1:]
    if split_name(name).base != letter:  # a word, or a letter with an accent of its own
        return f"{split_name(name).base}_{{bar{split_name(name).subscript}}}"
    return f"{letter}{BAR}{rest}"
