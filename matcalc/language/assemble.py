"""Statements and their shapes → the program: symbols of the algebra, built expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, NoReturn

from .. import algebra as alg
from ..errors import DerivationError, ParseError, ShapeError, Span
from .build import Body, Builder, Family, Function, SizeNames
from .declared import Declarations, Variable, pair
from .entries import Entry, axes, upright
from .entries import families as families_of
from .inference import Names, Typing
from .names import name_key
from .program import Note, Program, Symbol
from .shapes import Shape, Size
from .syntax import Call, Constant, IndexedSum, Name, Statement, postorder

#: Properties that say nothing of the value of an entry or its place.
_REMARKS = frozenset({"constant"})
#: Properties that say that the entries are complex numbers.
_COMPLEX = frozenset({"complex", "hermitian"})


def assemble(
    source: str,
    end: int,
    statements: Sequence[Statement],
    declared: Declarations,
    functions: Mapping[str, Function],
    bodies: Mapping[str, Body],
    names: Names,
    typing: Typing,
    *,
    families: Mapping[str, str],
    entries: Mapping[str, Entry],
    wrt: set[str],
    notes: Sequence[Note],
) -> Program:
    """The program of statements whose shapes are known. ``wrt`` are the keys of the variables of differentiation."""
    maker = _Maker(source, statements, declared, functions, bodies, names, typing, families, entries, wrt)
    symbols, values, samples = maker.symbols()
    builder = Builder(source, typing.settled, maker.sizes, functions, values, samples, maker.lengths)
    builder.noted = {node: None for _, _, formulas in typing.remarks for node in formulas}
    built: list[tuple[str, Any]] = []
    named: dict[str, Any] = {}
    for statement in statements:
        expression = builder.build(statement.expression)
        if any(alg.contains(expression, f.sample) for f in samples):
            raise DerivationError(
                "these sums over entries have no matrix form", source=source, span=statement.expression.span
            )
        if entries:
            expression = alg.transform(expression, upright)
        name = ""
        if statement.target is not None:
            name = names.display.get(statement.target, statement.target)
            if statement is not statements[-1]:
                expression = alg.named(name, expression)
                named[name] = expression
            values[statement.target] = expression
        built.append((name, expression))
    sizes = {
        size: None for s in symbols.values() if s.occurs for d in s.shape for size in sorted(d.free_symbols, key=str)
    }
    said = [*notes, *(Note(words, span, tuple(builder.noted[n] for n in ns)) for words, span, ns in typing.remarks)]
    return Program(
        source, Span(statements[-1].expression.span.start, end), tuple(built), built[-1][1], MappingProxyType(symbols),
        MappingProxyType({f.name: f for f in functions.values()}), tuple(sizes), tuple(dict.fromkeys(said)),
        MappingProxyType({maker.shown(key): index for key, index in families.items()}), MappingProxyType(named),
    )  # fmt: skip


@dataclass
class _Maker:
    """Makes the symbols of a program."""

    source: str
    statements: Sequence[Statement]
    declared: Declarations
    functions: Mapping[str, Function]
    bodies: Mapping[str, Body]
    names: Names
    typing: Typing
    families: Mapping[str, str]
    entries: Mapping[str, Entry]
    wrt: set[str]

    def __post_init__(self) -> None:
        self.lengths = self._lengths()
        self.assigned = {s.target for s in self.statements if s.target is not None}
        self.order = self._appearance()
        lengths = {size for size in self.lengths.values() if isinstance(size, str)}
        used = {self.shown(key) for key in self.typing.shapes} | set(self.declared.dimensions.values()) | lengths
        used |= {f.name for f in self.functions.values()} | set(self._indices())
        self.sizes = SizeNames(self.typing.sizes, self.declared.dimensions, used)
        shapes = [
            self.typing.shapes[key] for key in self.order if key in self.typing.shapes and key not in self.assigned
        ]
        self.sizes.name([*shapes, *self.typing.settled.values()])

    def shown(self, key: str) -> str:
        """The name as typed; that of samples x_i, however its index was typed."""
        return key if key in self.families else self.names.display.get(key, key)

    def _appearance(self) -> dict[str, None]:
        """The keys of names and functions in order of appearance, those inside definitions last."""
        places: list[tuple[int, str]] = []
        for node in (n for s in self.statements for n in postorder(s.expression)):
            if isinstance(node, Name):
                entry = self.entries.get(node.key)
                places.append((node.span.start, entry.stem if entry else node.key))
            elif isinstance(node, Call):
                places.append((node.name_span.start, node.function))
        for body in self.bodies.values():
            inside = (n for n in postorder(body.expression) if isinstance(n, Name) and n.key != body.parameter)
            places += [(len(self.source) + n.span.start, n.key) for n in inside]
        return dict.fromkeys(key for _, key in sorted(places))

    def _indices(self) -> dict[str, None]:
        """The letters k of unit vectors e_k, in order of appearance, that are no declared sizes."""
        constants = (n for s in self.statements for n in postorder(s.expression) if isinstance(n, Constant))
        letters = (n.size for n in constants if n.kind == "unit" and n.size and not n.size.isdecimal())
        return dict.fromkeys(k for k in letters if k not in self.declared.dimensions)

    def _lengths(self) -> dict[str, Size]:
        """The size that each index of a sum runs up to: N where none is written."""
        found: dict[str, Size] = {}
        same = self.typing.sizes.same
        for index, length, entry in axes(self.entries, self.typing.shapes):
            if not same(found.setdefault(index, length), length):
                raise self._clash(index, entry.span)
        for node in (n for s in self.statements for n in postorder(s.expression)):
            if not isinstance(node, IndexedSum):
                continue
            if node.lower not in (None, "1"):
                raise DerivationError(f"a sum runs from {node.index} = 1", source=self.source, span=node.span)
            if node.index in found and node.upper is None:
                continue
            taken = self.declared.variables.keys() | self.typing.shapes.keys()
            upper = node.upper or next(letter for letter in ("N", "M", "K", "Nₛ") if letter not in taken)
            size: Size = int(upper) if upper.isdecimal() else name_key(upper)
            if not (upper.isdecimal() or len(upper) == 1) or upper == "0" or size in self.declared.variables:
                raise ParseError(
                    f"{upper} is not a size that a sum can run up to",
                    source=self.source,
                    span=node.span,
                    hint=f"write Σ_{{{node.index}=1}}^N",
                )
            if not same(found.setdefault(node.index, size), size):
                raise self._clash(node.index, node.span)
        return found

    def _clash(self, index: str, span: Span) -> ParseError:
        return ParseError(
            f"the index {index} runs up to different sizes", source=self.source, span=span, hint="use another index"
        )

    def symbols(self) -> tuple[dict[str, Symbol], dict[str, Any], list[Family]]:
        """The symbols by name, what each key stands for in expressions, and the families."""
        symbols: dict[str, Symbol] = {}
        values: dict[str, Any] = {}
        samples: list[Family] = []
        arrays: dict[tuple[str, Any], Any] = {}
        shapes: dict[str, str] = {}
        for key in self.order:
            if key in self.functions:
                function = self.functions[key]
                given = key in self.declared.functions
                symbols[function.name] = Symbol(
                    function.name, key, "function", None, None, inferred=not given, function=function
                )
            elif key in self.typing.shapes and key not in self.assigned:
                symbol = self._variable(key, self.declared.variables.get(key), self.typing.shapes[key])
                values[key] = symbol.node
                if symbol.index is not None:
                    values[key] = self._sample(symbol, self.typing.shapes[key])
                    self._require_one_shape(key, shapes)
                    array = arrays.setdefault((key.removesuffix(f"_{symbol.index}"), symbol.node.shape), symbol.node)
                    samples.append(Family(symbol.index, values[key], array))
                    if array is not symbol.node:  # x_j beside x_i: samples of the same family
                        continue
                symbols[symbol.name] = symbol
            elif key in self.names.dimensions:
                name = self.declared.dimensions.get(key, key)
                symbols[name] = Symbol(name, key, "dimension", alg.dimension(name), alg.dimension(name))
        for key, entry in self.entries.items():
            try:
                values[key], found = families_of(key, entry, self.sizes.shape(self.typing.shapes[entry.stem]))
            except ShapeError as error:
                raise error.at(self.source, entry.span) from None
            samples += found
        for letter in self._indices():
            node = alg.index(letter)
            symbols.setdefault(letter, Symbol(letter, letter, "index", node, node, inferred=True))
        for key, variable in self.declared.variables.items():
            if key not in self.order and key not in self.assigned and variable.shape is not None:
                symbols.setdefault(variable.name, self._variable(key, variable, pair(variable.shape), occurs=False))
        return symbols, values, samples

    def _require_one_shape(self, key: str, seen: dict[str, str]) -> None:
        """Refuse x_i and x_j of different shapes: they are samples of one array."""
        first = seen.setdefault(key.removesuffix(f"_{self.families[key]}"), key)
        shapes = [self.sizes.shape(self.typing.shapes[k]) for k in (first, key)]
        if shapes[0] != shapes[1]:
            one, other = self.shown(first), self.shown(key)
            said = " and ".join(f"{x} as {alg.show_shape(s)}" for x, s in zip((one, other), shapes, strict=True))
            raise ShapeError(
                f"{one} and {other} are samples of one array, but are read as of two shapes: {said}",
                source=self.source, span=self._place(key), hint=f"declare {one} and {other}",
            )  # fmt: skip

    def _variable(self, key: str, variable: Variable | None, shape: Shape, occurs: bool = True) -> Symbol:
        name = self.shown(key)
        properties = variable.properties if variable else frozenset()
        entries = properties & _COMPLEX
        if variable and entries and occurs:
            self._require_general(variable, key)
        rows, cols = self.sizes.shape(shape)
        inferred = variable is None or variable.shape is None
        index = self.families.get(key) if occurs else None
        matrices = index is not None and cols != 1
        if index is not None:
            one, (rows, cols) = (rows, cols), self._whole_family(key, rows, cols, index)
        two_axes = variable is not None and variable.shape is not None and len(variable.shape) == 2  # b: n×1 is 2-D
        if (rows, cols) == (1, 1):
            node = structured = alg.scalar(name, *entries)
            axes = (rows, cols) if two_axes else ()
            return Symbol(name, key, "variable", node, structured, "scalar", axes, properties, inferred, occurs)
        if matrices:  # their columns are vec X_i, of which no property is used
            node = alg.matrix(name, rows, cols)
            return Symbol(
                name, key, "variable", node, node, "matrix", (*one, cols), properties, inferred, occurs, index
            )
        symbol = alg.matrix if index is None else partial(alg.family, shown=self._name_of_all(key, cols == 1))
        structured = symbol(name, rows, cols, *sorted(properties - _REMARKS))
        if properties >= _COMPLEX or (key in self.wrt and entries):
            # Hermitian says complex; differentiated by, its entries are independent
            entries = frozenset({"complex"})
        node = symbol(name, rows, cols, *entries) if key in self.wrt or not self.wrt else structured
        rank = "vector" if cols == 1 else "row" if rows == 1 else "matrix"
        dimensions = (rows,) if cols == 1 and not two_axes else (rows, cols)
        return Symbol(name, key, "variable", node, structured, rank, dimensions, properties, inferred, occurs, index)

    def _require_general(self, variable: Variable, key: str) -> None:
        """Refuse what is not known of complex variables."""
        if key in self.families:
            self._refuse(variable, "sums over complex samples are not supported")
        if clash := variable.properties & {"spd", "skew", "orthogonal", "positive"}:
            hint = "declare a Hermitian matrix: n×n hermitian" if "spd" in clash else None
            self._refuse(variable, f"a complex variable cannot be {', '.join(sorted(clash))}", hint)

    def _refuse(self, variable: Variable, message: str, hint: str | None = None) -> NoReturn:
        raise DerivationError(message, source=variable.source, span=variable.span, hint=hint)

    def _whole_family(self, key: str, rows: Any, cols: Any, index: str) -> tuple[Any, Any]:
        """The shape of all x_i together: a matrix with the vectors as columns, a vector of the scalars."""
        length = self.sizes.expression(self.lengths[index])
        if cols != 1:  # vec X_i are the columns
            return (rows * cols, length)
        return (length, cols) if rows == 1 else (rows, length)

    def _name_of_all(self, key: str, scalars: bool) -> str:
        """What all samples are called together: X for vectors x_i, y for numbers y_i; x_{1:N} where that is taken."""
        index, stem = self.families[key], self.shown(key).partition("_")[0]
        name = stem if scalars else stem[:1].upper() + stem[1:]
        if name in self.sizes.used:
            name = f"{stem}_{{1:{self.sizes.expression(self.lengths[index])}}}"
        self.sizes.used.add(name)
        return name

    def _sample(self, symbol: Symbol, shape: Shape) -> Any:
        """One x_i."""
        rows, cols = self.sizes.shape(shape)
        return alg.scalar(symbol.name) if (rows, cols) == (1, 1) else alg.matrix(symbol.name, rows, cols)

    def _place(self, key: str) -> Span:
        nodes = (n for s in self.statements for n in postorder(s.expression))
        return next(n.span for n in nodes if isinstance(n, Name) and n.key == key)
