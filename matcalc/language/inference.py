"""What kind each name is and which shape it has: inference over the whole program.

Two steps. First the *kinds* of undeclared lower-case names (scalar or vector) are chosen: every reading that conforms
is weighed by its oddities, then by how far it strays from the letter convention, then by whether its value is a scalar.
The readings are explored statement by statement, and of those that agree on every name still in use only the best is
kept, so that the work is linear in the length of the program. Then the *sizes* are unified exactly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, TypeAlias

from ..errors import LimitError, MatcalcError, ParseError, ShapeError, Span
from . import calls, limits, rules
from .names import base_letter
from .shapes import MANY, SCALAR, Kinds, Shape, Size, Sizes
from .signatures import Field, Signature
from .syntax import Call, Constant, IndexedSum, Name, Node, Operation, Statement, core, postorder

#: The letters that are vectors by convention when nobody declares them; a–g and Greek letters are scalars.
VECTOR_LETTERS = frozenset("hijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Typing:
    """What inference found: the shape of every name and of every node that has a size of its own."""

    shapes: Mapping[str, Shape]
    settled: Mapping[Node, Shape]
    value: Shape
    sizes: Sizes
    remarks: Sequence[Remark]


#: What is to be said of a node, with ``{}`` for formulas; where it stands; the formulas.
Remark: TypeAlias = "tuple[str, Span, tuple[Node, ...]]"


@dataclass
class Names:
    """What is known of the names before inference: declared shapes, functions, dimensions; and who uses what."""

    shapes: dict[str, Shape]
    functions: Mapping[str, Signature | Field]
    dimensions: set[str]
    kinds: dict[str, str] = field(default_factory=dict)
    display: Mapping[str, str] = field(default_factory=dict)


class _MismatchError(Exception):
    """Shapes that do not conform, in the search for kinds."""


# ---------------------------------------------------------------- the two contexts of the rules
class _Common:
    """What both resolutions share: looking functions and sizes up."""

    names: Names

    def signature(self, name: str) -> Signature | Field | None:
        return self.names.functions.get(name)


class _Coarse(_Common, Kinds):
    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names

    def odd(self, node: Node, number: int = 1) -> None:
        self.oddities += number

    def remark(self, node: Node, words: str, *formulas: Node) -> None:
        pass

    def settle(self, node: Node, shape: Shape) -> None:
        pass

    def fail(self, message: str, *nodes: Node, hint: str | None = None) -> NoReturn:
        raise _MismatchError

    def text(self, node: Node) -> str:
        return ""

    def shape(self, node: Node) -> Shape:
        raise NotImplementedError

    def shown(self, shape: Shape) -> str:
        return ""

    def shown_size(self, size: Size) -> str:
        return ""

    def named_size(self, name: str) -> Size:
        return 1 if name == "1" else MANY


class _Exact(_Common, Sizes):
    def __init__(self, names: Names, source: str) -> None:
        self.names, self.source = names, source
        self.settled: dict[Node, Shape] = {}
        self.remarks: list[Remark] = []
        self.shapes: dict[Node, Shape] = {}

    def shape(self, node: Node) -> Shape:
        """The shape of a node that was seen."""
        return self.shapes[node]

    def odd(self, node: Node, number: int = 1) -> None:
        pass

    def remark(self, node: Node, words: str, *formulas: Node) -> None:
        """What is to be said of a node, with ``{}`` for formulas."""
        self.remarks.append((words, node.span, formulas))

    def settle(self, node: Node, shape: Shape) -> None:
        self.settled[node] = shape

    def fail(self, message: str, *nodes: Node, hint: str | None = None) -> NoReturn:
        span = Span(min(n.span.start for n in nodes), max(n.span.end for n in nodes))
        raise ShapeError(message, source=self.source, span=span, hint=hint)

    def text(self, node: Node) -> str:
        """The node as it was typed, shortened."""
        text = " ".join(self.source[node.span.start : min(node.span.end, node.span.start + 200)].split())
        while (
            isinstance(node, Operation)
            and node.operator == "group"
            and len(text) > 1
            and text[0] in "({"
            and text[-1] in ")}"
        ):
            node, text = node.operands[0], text[1:-1].strip()
        if isinstance(node, Operation) and node.operator in ("add", "negate") and not text.startswith("("):
            text = f"({text})"
        return text if len(text) <= 40 else text[:38] + "…"

    def shown(self, shape: Shape) -> str:
        return self.show(shape)

    def shown_size(self, size: Size) -> str:
        return self.show_size(size)

    def named_size(self, name: str) -> Size:
        return int(name) if name.isdecimal() else name


# ---------------------------------------------------------------- the whole
def infer(source: str, statements: Sequence[Statement], names: Names) -> Typing:
    """Find the kinds, then the sizes. ShapeError where they do not conform, ParseError where two readings tie."""
    programs = [list(postorder(s.expression)) for s in statements]
    names.dimensions |= (
        _size_names(programs) - names.shapes.keys() - {s.target for s in statements if s.target is not None}
    )
    unknown = _undeclared(statements, programs, names)
    assigned = {s.target for s in statements}
    unknown |= {  # an array may be there by its entries alone
        key: (kind,) for key, kind in names.kinds.items() if key not in unknown.keys() | names.shapes.keys() | assigned
    }
    choices = {key for key, kinds in unknown.items() if len(kinds) > 1}
    readings: Sequence[Mapping[str, str]] = [{}]
    if choices:
        readings = _Search(source, statements, programs, names, unknown).run()
    failed: MatcalcError | None = None
    for reading in readings:
        kinds = {key: reading.get(key, options[0]) for key, options in unknown.items()}
        try:
            typing = _unify(source, statements, programs, names, kinds)
        except MatcalcError as error:
            failed = failed or error
            continue
        _refuse_vectors_as_determinants(source, programs, names, typing.shapes, kinds, unknown)
        return typing
    assert failed is not None
    raise failed


def _size_names(programs: Sequence[Sequence[Node]]) -> set[str]:
    """Names in places where a size stands: eye(n), and the indices of sums."""
    found: set[str] = set()
    for node in (n for program in programs for n in program):
        if isinstance(node, Call) and node.function in calls.SIZE_ARGUMENTS:
            for argument in node.operands[calls.SIZE_ARGUMENTS[node.function] :]:
                found |= {n.key for n in postorder(argument) if isinstance(n, Name)}
        elif isinstance(node, IndexedSum):
            found |= {node.index, node.upper or "N"}
        elif isinstance(node, Constant) and node.size and node.kind != "unit" and not node.size.isdecimal():
            found.add(node.size)
    return found


def _undeclared(
    statements: Sequence[Statement], programs: Sequence[Sequence[Node]], names: Names
) -> dict[str, tuple[str, ...]]:
    """The names without a declaration, in order of appearance, with the kinds they may have, the likeliest first."""
    assigned: set[str] = set()
    found: dict[str, tuple[str, ...]] = {}
    for statement, program in zip(statements, programs, strict=True):
        for node in program:
            if (
                isinstance(node, Name)
                and node.key not in assigned
                and node.key not in names.shapes
                and node.key not in names.dimensions
            ):
                declared = names.kinds.get(node.key)
                found.setdefault(node.key, (declared,) if declared else kinds_of(node.key))
        if statement.target is not None:
            assigned.add(statement.target)
    return found


def kinds_of(key: str) -> tuple[str, ...]:
    """The kinds that an undeclared name may have by its letter, the conventional one first."""
    letter = unicodedata.normalize("NFKC", base_letter(key))[:1]
    if letter.isupper():
        return ("matrix",)
    return ("vector", "scalar") if letter in VECTOR_LETTERS else ("scalar", "vector")


_COARSE: dict[str, Shape] = {
    "scalar": SCALAR,
    "vector": (MANY, 1),
    "row": (1, MANY),
    "matrix": (MANY, MANY),
    "square": (MANY, MANY),
}


def _unify(
    source: str,
    statements: Sequence[Statement],
    programs: Sequence[Sequence[Node]],
    names: Names,
    kinds: Mapping[str, str],
) -> Typing:
    """Exact sizes for a program whose kinds are chosen."""
    context = _Exact(names, source)
    known: dict[str, Shape] = dict(names.shapes)
    for key, kind in kinds.items():
        rows, cols = (1 if size == 1 else context.fresh() for size in _COARSE[kind])
        known[key] = (rows, rows if kind == "square" else cols)
    value = SCALAR
    for statement, program in zip(statements, programs, strict=True):
        shapes: dict[Node, Shape] = {}
        context.shapes = shapes
        for node in program:
            if isinstance(node, Name):
                shapes[node] = known.get(node.key, SCALAR)
            else:
                shapes[node] = rules.shape_of(context, node, [shapes[o] for o in node.operands])
        value = shapes[statement.expression]
        if statement.target is not None:
            declared = names.shapes.get(statement.target)
            if declared is not None and not all(map(context.same, declared, value)):
                context.fail(
                    f"{context.text(statement.expression)} is {context.show(value)}, "
                    f"but {statement.target} is declared {context.show(declared)}",
                    statement.expression,
                )  # fmt: skip
            known[statement.target] = value
    return Typing(known, context.settled, value, context, context.remarks)


def _refuse_vectors_as_determinants(
    source: str,
    programs: Sequence[Sequence[Node]],
    names: Names,
    shapes: Mapping[str, Shape],
    kinds: Mapping[str, str],
    unknown: Mapping[str, tuple[str, ...]],
) -> None:
    """|Ax − b| is a determinant if x and b are scalars; by their letters it is the norm of a vector: ParseError."""
    usual = {key: options[0] for key, options in unknown.items()}
    chosen = {key: _coarse(shape) for key, shape in shapes.items()}
    outside = _names_outside_of_bars(programs)
    matrix = any(_COARSE["matrix"] == shape for shape in chosen.values())
    for node in (n for program in programs for n in program):
        if isinstance(node, Operation) and node.operator == "bars":
            (operand,) = node.operands
            inside = {n.key for n in postorder(operand) if isinstance(n, Name)}
            stray = [key for key in kinds if key in inside and (usual[key], kinds[key]) == ("vector", "scalar")]
            usually = chosen | {key: _COARSE[usual[key]] for key in stray}
            read = _shape(operand, chosen, names)
            if matrix and not outside.isdisjoint(stray) and read == SCALAR:
                x = source[operand.span.start : operand.span.end].strip()
                raise ParseError(
                    f"|{x}| is the length of a vector, or the absolute value of a number",
                    source=source, span=node.span,
                    hint=f"write ‖{x}‖ for the length; for the absolute value declare {', '.join(stray)}: scalar",
                )  # fmt: skip
            if stray and read != SCALAR and _shape(operand, usually, names) == _COARSE["vector"]:
                x = source[operand.span.start : operand.span.end].strip()
                raise ParseError(
                    f"|{x}| is the length of a vector, or a determinant if {' and '.join(stray)} "
                    f"{'are scalars' if len(stray) > 1 else 'is a scalar'}",
                    source=source, span=node.span,
                    hint=f"write ‖{x}‖ for the length; for the determinant declare {', '.join(stray)}: scalar",
                )  # fmt: skip


def _names_outside_of_bars(programs: Sequence[Sequence[Node]]) -> set[str]:
    inside: set[Node] = set()
    for node in (n for program in programs for n in program):
        if isinstance(node, Operation) and node.operator == "bars":
            inside.update(postorder(node))
    return {n.key for program in programs for n in program if isinstance(n, Name) and n not in inside}


def oddities(statements: Sequence[Statement], typing: Typing, names: Names) -> int:
    """How much a reader would find odd in the reading that was chosen."""
    context, known = _Coarse(names), {key: _coarse(shape) for key, shape in typing.shapes.items()}
    for statement in statements:
        _walked(context, statement.expression, known)
    return context.oddities


def scalar_capitals(statements: Sequence[Statement], typing: Typing, names: Names, wrt: Collection[str]) -> list[str]:
    """Undeclared capitals in C ‖w‖² + … and N log σ² + …: as matrices they would make the value one.

    They are those of the terms that are not scalars, where the others are, if as scalars they make these scalars too.
    """
    known = {key: _coarse(shape) for key, shape in typing.shapes.items()}
    root = core(statements[-1].expression)
    terms = root.operands if isinstance(root, Operation) and root.operator == "add" else ()
    shapes = [_shape(term, known, names) for term in terms]
    if SCALAR not in shapes or all(shape == SCALAR for shape in shapes):
        return []
    strange = [term for term, shape in zip(terms, shapes, strict=True) if shape != SCALAR]
    capitals = dict.fromkeys(
        node.key
        for term in strange
        for node in postorder(term)
        if isinstance(node, Name) and node.key not in names.shapes.keys() | names.kinds.keys() | set(wrt)
        if kinds_of(node.key) == ("matrix",)
    )
    uses = [n.key for s in statements for n in postorder(s.expression) if isinstance(n, Name)]
    as_scalars = known | dict.fromkeys(capitals, SCALAR)
    single = all(uses.count(key) == 1 for key in capitals)
    return list(capitals) if single and all(_shape(term, as_scalars, names) == SCALAR for term in strange) else []


def _shape(root: Node, known: Mapping[str, Shape], names: Names) -> Shape | None:
    """The coarse shape of an expression, where those of its names are known; None where they do not conform."""
    try:
        return _walked(_Coarse(names), root, known)
    except _MismatchError:
        return None


def _walked(context: _Coarse, root: Node, known: Mapping[str, Shape]) -> Shape:
    shapes: dict[Node, Shape] = {}
    for node in postorder(root):
        if isinstance(node, Name):
            shapes[node] = known.get(node.key, SCALAR)
        else:
            shapes[node] = rules.shape_of(context, node, [shapes[o] for o in node.operands])
    return shapes[root]


# ---------------------------------------------------------------- the search for kinds
class _Reading(NamedTuple):
    """A partial reading: its cost, the kinds chosen so far (a linked list), and one that costs the same, if any.

    ``samples`` counts the names x_i that stray from the letter convention, which is weaker for them: Σ_i w_i log p_i is
    a number, Σ_i ‖x_i − μ‖² is of vectors.
    """

    oddities: int
    strays: int
    samples: int
    chosen: tuple[object, ...] | None
    rival: tuple[object, ...] | None


#: From so many readings on, those that have so many oddities more than the best are given up.
FEW, FAR = 64, 4

#: What waits on the stack (shapes, folds half way) and the shapes of the names still in use → the best reading so far.
State: TypeAlias = "tuple[tuple[Any, ...], tuple[Shape, ...]]"
States: TypeAlias = "dict[State, _Reading]"


class _Search:
    """Weigh the kinds of undeclared names against each other.

    A state is what the rest of the program can see of a reading: the shapes of the operands waiting on the stack, and
    of the names that are used again. Of equal states the cheapest survives; two that cost the same are a tie.
    """

    def __init__(
        self,
        source: str,
        statements: Sequence[Statement],
        programs: Sequence[Sequence[Node]],
        names: Names,
        unknown: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.source, self.statements, self.programs = source, statements, programs
        self.names, self.unknown = names, unknown
        self.context = _Coarse(names)
        self.fixed = {key: _coarse(shape) for key, shape in names.shapes.items()}
        self.fixed |= {key: _COARSE[kinds[0]] for key, kinds in unknown.items() if len(kinds) == 1}
        indices = {node.index for program in programs for node in program if isinstance(node, IndexedSum)}
        self.samples = {key for key in unknown if not indices.isdisjoint(key.partition("_")[2].split(","))}
        self.folded: dict[Node, tuple[Operation, int]] = {}
        self.uses: dict[str, int] = {}
        for node in (n for program in programs for n in program):
            if isinstance(node, Name):
                self.uses[node.key] = self.uses.get(node.key, 0) + 1
            if isinstance(node, Operation) and node.operator in rules.FOLDS:
                self.folded |= {operand: (node, index) for index, operand in enumerate(node.operands)}

    def run(self) -> list[Mapping[str, str]]:
        """The readings that conform, best first; if none does, the one that comes furthest."""
        live: list[str] = []
        states: States = {((), ()): _Reading(0, 0, 0, None, None)}
        left = dict(self.uses)
        for statement, program in zip(self.statements, self.programs, strict=True):
            for node in program:
                following = self._step(states, live, left, node)
                if node in self.folded:
                    following = self._fold(following, *self.folded[node])
                if not following:
                    best = min(states.values(), key=lambda r: r[:3])
                    return [_assignment(best.chosen)]
                states = following if len(following) <= FEW else _promising(following)
                if len(states) > limits.READINGS:
                    raise LimitError(
                        "too many names are undeclared to weigh all readings", source=self.source, span=node.span,
                        hint="declare the shapes: where W: m×n, x: n",
                    )  # fmt: skip
            if statement is not self.statements[-1]:
                states = self._assign(states, live, left, statement.target)
        ranked = sorted(states.items(), key=_rank)
        best = ranked[0][1]
        rivals = [reading.chosen for state, reading in ranked[1:] if _rank((state, reading)) == _rank(ranked[0])]
        if best.rival is not None or rivals:
            raise self._tie(_assignment(best.chosen), _assignment(best.rival or rivals[0]))
        return [_assignment(reading.chosen) for _, reading in ranked]

    def _step(self, states: States, live: list[str], left: dict[str, int], node: Node) -> States:
        """Every state after one more node."""
        following: States = {}
        if isinstance(node, Name):
            key = node.key
            left[key] -= 1
            if key in live:
                slot = live.index(key)
                drop = left[key] == 0
                for (stack, seen), reading in states.items():
                    rest = seen[:slot] + seen[slot + 1 :] if drop else seen
                    _keep(following, ((*stack, seen[slot]), rest), reading)
                if drop:
                    live.pop(slot)
            elif key in self.unknown and key not in self.fixed:
                again, sample = left[key] > 0, key in self.samples
                for (stack, seen), reading in states.items():
                    for stray, kind in enumerate(self.unknown[key]):
                        shape = _COARSE[kind]
                        chosen = (key, kind, reading.chosen)
                        rival = None if reading.rival is None else (key, kind, reading.rival)
                        _keep(
                            following,
                            ((*stack, shape), (*seen, shape) if again else seen),
                            _Reading(
                                reading.oddities,
                                reading.strays + (0 if sample else stray),
                                reading.samples + (stray if sample else 0),
                                chosen,
                                rival,
                            ),
                        )
                if again:
                    live.append(key)
            else:
                shape = self.fixed.get(key, SCALAR)
                for (stack, seen), reading in states.items():
                    following[(*stack, shape), seen] = reading
            return following
        context = self.context
        fold = rules.FOLDS.get(node.operator) if isinstance(node, Operation) else None
        count = 1 if fold else len(node.operands)
        for (stack, seen), reading in states.items():
            context.oddities = 0
            at = len(stack) - count
            try:
                shape = fold.finish(context, node, stack[at]) if fold else rules.shape_of(context, node, stack[at:])
            except _MismatchError:
                continue
            after = reading._replace(oddities=reading.oddities + context.oddities) if context.oddities else reading
            _keep(following, ((*stack[:at], shape), seen), after)
        return following

    def _fold(self, states: States, parent: Operation, index: int) -> States:
        """Take the operand on top of the stack into the operator that it belongs to."""
        following: States = {}
        start, step, _ = rules.FOLDS[parent.operator]
        for (stack, seen), reading in states.items():
            self.context.oddities = 0
            below, so_far = (stack[:-2], stack[-2]) if index else (stack[:-1], start)
            try:
                so_far = step(self.context, parent, so_far, index, stack[-1])
            except _MismatchError:
                continue
            after = reading._replace(oddities=reading.oddities + self.context.oddities)
            _keep(following, ((*below, so_far), seen), after)
        return following

    def _assign(self, states: States, live: list[str], left: Mapping[str, int], target: str | None) -> States:
        """End a statement: its value leaves the stack, and is remembered if its name is used below."""
        following: States = {}
        again = target is not None and left.get(target, 0) > 0
        if target is not None and again:
            self.fixed.pop(target, None)
        for (stack, seen), reading in states.items():
            _keep(following, (stack[:-1], (*seen, stack[-1]) if again else seen), reading)
        if target is not None and again:
            live.append(target)
        return following

    def _tie(self, one: Mapping[str, str], other: Mapping[str, str]) -> ParseError:
        """Two readings that are equally good."""
        differ = next(key for key in one if one[key] != other.get(key))
        span = next(n.span for p in self.programs for n in p if isinstance(n, Name) and n.key == differ)
        shown = self.names.display.get(differ, differ)
        return ParseError(
            f"two readings are equally good: {shown} may be a {one[differ]} or a {other[differ]}",
            source=self.source,
            span=span,
            hint=f"declare it: where {shown}: n for a vector, where {shown}: scalar for a scalar",
        )


def _rank(item: tuple[State, _Reading]) -> tuple[Any, ...]:
    """What a whole reading costs: of two with as many oddities and strays, the one whose value is a number is meant."""
    state, reading = item
    return reading.oddities, reading.strays, state[0] != (SCALAR,), reading.samples


def _promising(states: States) -> States:
    """Without the readings that are far odder than the best."""
    least = min(reading.oddities for reading in states.values())
    return {state: reading for state, reading in states.items() if reading.oddities <= least + FAR}


def _keep(states: States, state: State, reading: _Reading) -> None:
    """Keep the cheaper of two readings that end in one state; remember a tie."""
    found = states.get(state)
    if found is None or reading[:3] < found[:3]:
        states[state] = reading
    elif reading[:3] == found[:3] and found.rival is None and reading.chosen != found.chosen:
        states[state] = found._replace(rival=reading.chosen)


def _assignment(chosen: object) -> dict[str, str]:
    found: dict[str, str] = {}
    while isinstance(chosen, tuple):
        key, kind, chosen = chosen
        found[key] = kind
    return dict(reversed(found.items()))


def _coarse(shape: Shape) -> Shape:
    return (1 if shape[0] == 1 else MANY, 1 if shape[1] == 1 else MANY)
