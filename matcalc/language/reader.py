"""Text → program: the front door of the language.

    read("½‖θ(Wx)‖²", where="W: m×n, x: n", define={"θ": "tanh"})

A program is a list of statements; the last one is what is differentiated. Everything that was decided while reading —
kinds, shapes, how a spelling was taken — is in the :class:`~.program.Program`, so that nothing is guessed silently.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from .. import algebra as alg
from ..errors import LimitError, MatcalcError, ParseError, ShapeError, Span
from ..operators import FUNCTIONS
from . import limits
from .assemble import assemble
from .build import Body, Function
from .declarations import clean_name, read_declarations
from .declarations import define as add_definitions
from .declared import Declarations, FunctionDeclaration, Variable, pair
from .entries import Entry, entries_of, inferred_ranks
from .inference import Names, infer, oddities, scalar_capitals
from .names import base_letter, name_key, nearest, shown
from .parser import parse
from .program import Note, Program
from .scanner import Scanner
from .shapes import Shape
from .signatures import Field, Signature, signature
from .sympy_input import program_from_sympy
from .syntax import Call, IndexedSum, Name, Operation, Statement, core, postorder
from .words import Vocabulary

#: Greek letters that multiply a sum in parentheses, where θ, φ, ψ, σ, ρ are applied to it.
MULTIPLIERS = frozenset("αβγεϵημντλ")
#: A trailing clause of declarations: `… where W: m×n, x: n`.
_WHERE = re.compile(r"(?:^|(?<=[\s,;}]))(?:where|\\(?:text|textrm|mathrm)\{\s*where\s*:?\s*\})(?=[\s\\]|$):?")
#: `f(x) =` before the last statement says only what the value is called.
_HEADED = re.compile(
    r"(?:^|[;\n\r])[ \t]*((?:\\(?:mathcal|mathscr|mathrm|mathbf|mathbb|operatorname) ?(?:\{[A-Za-z]{1,9}\}|[A-Za-z])"
    r"|\\?[^\W\d]\w{0,9})(?:_\{\w{1,9}\})? ?\([^()=;\n\r]{1,40}\)[ \t]*=(?!=))[^;\n\r]*$"
)
#: {\bf x} and {\rm tr}; \[ … \]; the full stop or comma after a displayed formula; f := before the only one.
_DRESSES = (
    re.compile(r"\{\s*\\(?:bf|rm|it|sf|tt|cal|mit)\s+(?P<kept>[A-Za-z]+|\\[A-Za-z]+)\s*\}"),
    re.compile(r"^\s*\\\[(?P<kept>)"),
    re.compile(r"(?P<kept>)\\\]\s*[.,]?\s*$"),
    re.compile(r"(?<=[\w)\]}|‖'²ᵀ])\s*[.,](?P<kept>)\s*$"),
    re.compile(r"^\s*(?:[fghLJEℓ]|[^\W\d]\w{0,9}\s*\([^()=;\n]{1,40}\))\s*:=(?P<kept>)(?=[^;\n]*$)"),
)
#: A name before `=` at the start of a statement.
_ASSIGNED = re.compile(r"(?:^|[;\n\r])\s*((?:[\w\\₀-₉\u0300-\u036f]|\{[^{}=;\n]*\})+)\s*=(?!=)")


def read(
    text: Any, where: str | None = None, define: Mapping[str, str] | None = None, wrt: str | Sequence[str] = ()
) -> Program:
    """Read a program, with declarations from ``where`` and from a trailing ``where`` clause in the text.

    ``wrt`` names the variables of differentiation: they count as known names where a run of letters is split. A SymPy
    expression is taken as it is. Raises ParseError, ShapeError, DerivationError or LimitError, with the place in the
    text.
    """
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    if not isinstance(text, str):
        return program_from_sympy(text, names)
    return _Reading(text, where, define or {}, names).program()


def _plain(text: str) -> str:
    """Without what surrounds a formula in print, character by character, so that places stay where they are."""
    for pattern in _DRESSES:
        text = pattern.sub(lambda found: found["kept"].rjust(len(found[0])), text)
    return text


class _Reading:
    """The stages of reading one program."""

    def __init__(self, text: str, where: str | None, define: Mapping[str, str], wrt: Sequence[str]) -> None:
        if len(text) > limits.CHARACTERS:
            raise LimitError(f"the input has more than {limits.CHARACTERS} characters")
        headed = _HEADED.search(text)
        if headed:
            text = text[: headed.start(1)] + " " * len(headed[1]) + text[headed.end(1) :]
        text = _plain(text)
        self.source = text
        self.end = len(text)
        self.declared = Declarations()
        if where is not None and not isinstance(where, str):
            raise ParseError(f"declarations are text, not {type(where).__name__}")
        if where:
            leading = re.match(r"\s*where\s", where)
            read_declarations(where, leading.end() if leading else 0, into=self.declared)
        clause = _WHERE.search(text)
        if clause is not None and "where" not in self.declared.variables:
            self.end = len(text[: clause.start()].rstrip(", \t\r\n"))
            read_declarations(text, clause.end(), into=self.declared)
        add_definitions(define, self.declared)
        self.wrt = [clean_name(str(name), str(name), Span(0, len(str(name)))) for name in wrt]
        self.notes: list[Note] = []
        self.display: dict[str, str] = {}
        self.bodies: dict[str, Body] = {}

    def program(self) -> Program:
        vocabulary, statements = self._parse()
        self._check_order(statements)
        best: tuple[int, Program, Mapping[str, Entry]] | None = None
        failed: MatcalcError | None = None
        *readings, samples = self._readings(statements)
        for entries in (*readings, samples):
            if entries is samples and best is None and failed is not None and not isinstance(failed, ShapeError):
                break  # as for Σ_i x_i y_i with x: n and y: m
            try:
                odd, program = self._program(vocabulary, statements, entries)
            except MatcalcError as error:
                failed = error
                continue
            if best is None or odd < best[0]:
                best = odd, program, entries
        if best is None:
            assert failed is not None
            raise failed
        self._refuse_single_entries(statements, best[2])
        return best[1]

    def _readings(self, statements: Sequence[Statement]) -> list[Mapping[str, Entry]]:
        """Which names may be entries of arrays, the likeliest first. Else x_i is a sample, beside an x or without one.

        Of readings that conform the one with the fewest oddities is taken: in Σ_i exp(−‖x − x_i‖²) a number x_i would
        be spread over a vector. In the last one, x_i is no entry of a declared x.
        """
        declared = {key: _rank(v) for key, v in self.declared.variables.items()}
        taken = declared.keys() | self.declared.dimensions.keys() | {s.target for s in statements if s.target}
        wrt = {name_key(name) for name in self.wrt}
        loose = inferred_ranks(statements, taken, wrt)
        found = entries_of(statements, declared, self._shown, self.source)
        more = entries_of(statements, {**declared, **loose}, self._shown, self.source) if loose else found
        pairs = {key: one for key, one in more.items() if one.stem not in loose or loose[one.stem] == 2}
        samples = {key: one for key, one in found.items() if one.stem not in declared}
        readings: list[Mapping[str, Entry]] = []
        for reading in (more, pairs, found, samples):
            if reading not in readings:
                readings.append(reading)
        return readings

    def _program(
        self, vocabulary: Vocabulary, statements: Sequence[Statement], entries: Mapping[str, Entry]
    ) -> tuple[int, Program]:
        """The program where these names are entries of arrays, and how odd it reads."""
        families = self._families(statements, entries)
        functions = self._functions(vocabulary)
        names = self._names(functions, statements)
        names.shapes.update(dict.fromkeys(entries, (1, 1)))
        for entry in entries.values():
            if entry.stem not in names.shapes:
                names.kinds.setdefault(entry.stem, "vector" if len(entry.indices) == 1 else "matrix")
        typing = infer(self.source, statements, names)
        if scalars := scalar_capitals(statements, typing, names, {name_key(name) for name in self.wrt}):
            names.kinds.update(dict.fromkeys(scalars, "scalar"))
            typing = infer(self.source, statements, names)
        odd = oddities(statements, typing, names)
        numbers = (f"{self._shown(key)} is read as a number; a matrix would be declared" for key in scalars)
        said = (Note(words, Span(0, 0)) for words in numbers)
        notes = [*self.notes, *self._said_of(entries), *self._strange(statements), *said]
        return odd, assemble(
            self.source, self.end, statements, self.declared, functions, self.bodies, names, typing,
            families=families, entries=entries, wrt={name_key(name) for name in self.wrt}, notes=notes,
        )  # fmt: skip

    # ------------------------------------------------------------ text → tree
    def _known_names(self) -> dict[str, str]:
        """The names that a run of letters may hold, with their kinds."""
        kinds = {
            name_key(clean_name(found[1], self.source, Span(*found.span(1)))): "variable"
            for found in _ASSIGNED.finditer(self.source, 0, self.end)
            if not found[1][0].isdigit()
        }
        kinds |= {name_key(name): "variable" for name in self.wrt}
        kinds |= dict.fromkeys(self.declared.dimensions, "dimension")
        kinds |= dict.fromkeys(self.declared.functions, "function")
        kinds |= {key: "scalar" if v.kind == "scalar" else "variable" for key, v in self.declared.variables.items()}
        return kinds

    def _parse(self) -> tuple[Vocabulary, tuple[Statement, ...]]:
        kinds, multipliers = self._known_names(), set[str]()
        while True:
            vocabulary = Vocabulary(self.source, kinds, FUNCTIONS)
            scanner = Scanner(self.source, vocabulary, 0, self.end)
            tokens = scanner.scan()
            both = vocabulary.uncalled & vocabulary.called.keys()
            if not both:
                statements = parse(self.source, tokens)
                both = set(_multipliers(statements, vocabulary.called))
                multipliers |= both
            if not both:
                break
            kinds |= dict.fromkeys(both, "variable")  # λ‖w‖² + λ(…): a letter that also stands alone is no function
        for key in sorted(multipliers):
            name = shown(key)
            self.notes.append(
                Note(f"{name}(…) is {name} times (…); a function would be declared, {name}: elementwise", Span(0, 0))
            )
        self.notes += [Note(*note) for note in (*vocabulary.notes, *scanner.notes)]
        for token in tokens:
            if token.type in ("NAME", "CALLEE", "FUNCTION") and isinstance(token.value, str):
                self.display.setdefault(token.value, token.value if token.text.startswith("\\") else shown(token.text))
        return vocabulary, statements

    def _check_order(self, statements: Sequence[Statement]) -> None:
        """A name is assigned once, before it is used; only the last statement may have no name."""
        assigned: set[str] = set()
        used: dict[str, Span] = {}
        for statement in statements:
            for node in postorder(statement.expression):
                if isinstance(node, Name) and node.key not in assigned:
                    used.setdefault(node.key, node.span)
            target, span = statement.target, statement.target_span
            if target is None:
                if statement is not statements[-1]:
                    raise self._error(
                        "this expression has no name and is not the last",
                        statement.expression.span,
                        "write name = … before it, or join it to what follows",
                    )
            elif target in assigned:
                raise self._error(f"{self._shown(target)} is assigned twice", span, "use a new name")
            elif target in used:
                raise self._error(f"{self._shown(target)} is used before it is assigned", used[target])
            else:
                assigned.add(target)

    def _strange(self, statements: Sequence[Statement]) -> Iterator[Note]:
        """What is declared as a, where the formula has A."""
        used = {n.key for s in statements for n in postorder(s.expression) if isinstance(n, Name)}
        stems = {key.partition("_")[0] for key in used}
        for key, variable in self.declared.variables.items():
            twin = key.swapcase()
            if twin in used - self.declared.variables.keys() and key not in used | stems:
                yield Note(f"{variable.name} is declared, but the formula has {self._shown(twin)}", variable.span)

    def _refuse_single_entries(self, statements: Sequence[Statement], entries: Mapping[str, Entry]) -> None:
        """Refuse x_1 beside entries x_i: it would be a variable of its own."""
        stems = {entry.stem for entry in entries.values()}
        for node in (n for s in statements for n in postorder(s.expression)):
            if not isinstance(node, Name) or node.key in self.declared.variables:
                continue
            found = re.fullmatch(r"(\w*?)_?\d+", node.key)
            if found and (stem := found[1]) in stems:
                x, name = self._shown(stem), self._shown(node.key)
                raise self._error(
                    f"{name} would be a variable of its own, not an entry of {x}", node.span,
                    f"an entry is written e_kᵀ{x}; if {name} is a variable, declare {name}: scalar",
                )  # fmt: skip

    def _said_of(self, entries: Mapping[str, Entry]) -> Iterator[Note]:
        """x_i = e_iᵀ x."""
        n = alg.dimension("n")
        for key, entry in entries.items():
            first, *second = (alg.unit_vector(alg.index(k), n) for k in entry.indices)
            whole = alg.matrix(self._shown(entry.stem), n, n if second else 1)
            formulas = alg.scalar(self._shown(key)), alg.mul(alg.transpose(first), whole, *second)
            yield Note("${} = {}$", entry.span, formulas)

    def _families(self, statements: Sequence[Statement], entries: Mapping[str, Entry]) -> dict[str, str]:
        """Names such as x_i under a sum over i, with their index. Refused where x_i also stands outside of the sum."""
        found: dict[str, str] = {}
        inside: set[Name] = set()
        sums = [n for s in statements for n in postorder(s.expression) if isinstance(n, IndexedSum)]
        for one in sums:
            for node in postorder(one):
                if isinstance(node, Name) and node.key in entries:
                    continue
                if isinstance(node, Name) and one.index in node.key.partition("_")[2].split(","):
                    found[node.key] = one.index
                    inside.add(node)
                elif isinstance(node, Name) and node.key == one.index:
                    raise self._error(f"the index {one.index} can only be a subscript", node.span)
        if sums:
            for node in (n for s in statements for n in postorder(s.expression)):
                if isinstance(node, Name) and node.key in found and node not in inside:
                    raise self._error(
                        f"{self._shown(node.key)} stands outside of the sum over {found[node.key]}", node.span,
                        f"put the body of the sum in parentheses: Σ_{found[node.key]} (…)",
                    )  # fmt: skip
        return found

    def _error(self, message: str, span: Span, hint: str | None = None) -> ParseError:
        return ParseError(message, source=self.source, span=span, hint=hint)

    def _shown(self, key: str) -> str:
        declared = self.declared.variables.get(key) or self.declared.functions.get(key)
        return declared.name if declared else self.display.get(key, key)

    # ------------------------------------------------------------ functions
    def _functions(self, vocabulary: Vocabulary) -> dict[str, Function]:
        found = {key: self._function(declaration) for key, declaration in self.declared.functions.items()}
        for key in vocabulary.called:
            found[key] = Function(self._shown(key), key, "elementwise")
        return found

    def _function(self, declaration: FunctionDeclaration) -> Function:
        kind = "elementwise" if declaration.codomain is None else "field"
        definition: str | Body | None = None
        if declaration.definition is not None:
            definition = self._definition(declaration)
            if isinstance(definition, Body):
                self.bodies[declaration.key] = definition
            elif kind == "elementwise" and not declaration.declared:
                kind = "known"
            elif kind == "elementwise" and not FUNCTIONS[definition].signature.startswith("S -> S"):
                place = declaration.definition
                raise ParseError(
                    f"{definition} does not act entry by entry, but {declaration.name} is declared so",
                    source=place.source,
                    span=place.span,
                )
        return Function(declaration.name, declaration.key, kind, declaration.domain, declaration.codomain, definition)

    def _definition(self, declaration: FunctionDeclaration) -> str | Body:
        """What a function is defined as: a known function's name, or an expression in its parameter."""
        definition = declaration.definition
        assert definition is not None
        source, span, parameter = definition.source, definition.span, definition.parameter
        if parameter is None:
            name = definition.text.strip().lstrip("\\")
            if name in FUNCTIONS:
                return name
            close = nearest(name[:40], FUNCTIONS)
            hint = f"did you mean {close}?" if close else f"for an expression write {declaration.name}(t) := …"
            raise ParseError(f"unknown function ‘{name[:30]}’", source=source, span=span, hint=hint)
        variables = self.declared.variables
        kinds = {key: kind for key, kind in self._known_names().items() if kind != "variable" or key in variables}
        kinds[parameter] = "variable"
        vocabulary = Vocabulary(source, kinds, FUNCTIONS)
        statements = parse(source, Scanner(source, vocabulary, span.start, span.end).scan())
        if len(statements) != 1 or statements[0].target is not None:
            raise ParseError("a definition is one expression", source=source, span=span)
        expression = statements[0].expression
        for node in postorder(expression):
            stranger = (
                isinstance(node, Name) and node.key != parameter and kinds.get(node.key) not in ("scalar", "dimension")
            )
            if stranger or (isinstance(node, Call) and node.function in vocabulary.called):
                name = node.key if isinstance(node, Name) else node.function if isinstance(node, Call) else ""
                raise ParseError(
                    f"{name} is not known inside this definition", source=source, span=node.span, hint=f"declare {name}"
                )
        if declaration.domain is None or declaration.codomain is None:
            return Body(source, parameter, expression, {})
        shapes: dict[str, Shape] = {key: pair(v.shape) for key, v in variables.items() if v.shape is not None}
        shapes[parameter] = declaration.domain
        others = {key: Field(d.domain, d.codomain) for key, d in self.declared.functions.items()}
        typing = infer(source, statements, Names(shapes, {**_signatures(), **others}, set(self.declared.dimensions)))
        if not all(map(typing.sizes.same, typing.value, declaration.codomain)):
            wanted, given = typing.sizes.show(declaration.codomain), typing.sizes.show(typing.value)
            raise ParseError(
                f"{declaration.name} is declared to give {wanted}, but this is {given}", source=source, span=span
            )
        return Body(source, parameter, expression, typing.settled)

    # ------------------------------------------------------------ shapes
    def _names(self, functions: Mapping[str, Function], statements: Sequence[Statement]) -> Names:
        """What is known of the names before inference."""
        variables = self.declared.variables
        signatures = _signatures()
        for key, function in functions.items():
            known = function.kind == "known" and isinstance(function.definition, str)
            signatures[key] = (
                signature(FUNCTIONS[str(function.definition)].signature)
                if known
                else Field(function.domain, function.codomain)
            )
        for key in self.declared.dimensions.keys() & variables.keys():
            variable = variables[key]
            if variable.kind == "scalar":
                raise ParseError(
                    f"{variable.name} is a size already, and a scalar in expressions",
                    source=variable.source,
                    span=variable.span,
                    hint="leave this declaration out",
                )
            self.notes.append(
                Note(f"{variable.name} names a variable and a size; in the expression it is the variable", Span(0, 0))
            )
        assigned = {s.target for s in statements}
        return Names(
            shapes={key: pair(v.shape) for key, v in variables.items() if v.shape is not None},
            functions=signatures,
            dimensions={key for key in self.declared.dimensions if key not in variables and key not in assigned},
            kinds={key: v.kind for key, v in variables.items() if v.shape is None},
            display={**self.display, **{key: v.name for key, v in variables.items()}},
        )


def _multipliers(statements: Sequence[Statement], called: Container[str]) -> Iterator[str]:
    """The letters such as λ before a sum in parentheses, in λ(‖w‖² − 1): by custom they multiply it."""
    for node in (n for s in statements for n in postorder(s.expression)):
        if isinstance(node, Call) and node.function in called and base_letter(node.function) in MULTIPLIERS:
            argument = core(node.operands[0])
            if len(node.operands) == 1 and isinstance(argument, Operation) and argument.operator == "add":
                yield node.function


def _rank(variable: Variable) -> int | None:
    """How many axes a declared variable has; None where its shape is inferred."""
    if variable.shape is None:
        return {"scalar": 0, "vector": 1}.get(variable.kind, 2)
    return 1 if len(variable.shape) == 2 and variable.shape[1] == 1 else len(variable.shape)


def _signatures() -> dict[str, Signature | Field]:
    return {name: signature(function.signature) for name, function in FUNCTIONS.items()}
