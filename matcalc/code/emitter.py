"""Statements: which values of a program get a variable, what it is called, and the lines that follow from that.

A value that is used once stands where it is used; one that is used more often, has a name, or would make a line too
long gets a variable. Names say what is inside (`z`, `tanh_z`, `Wx`, `K_inv_y`) as far as that is short.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from ..algebra import is_complex_symbol
from .names import Names, identifier
from .program import Callee, Program, Value, live
from .storage import Storage, memory_of
from .targets.target import Code, Node, Scope, Statement, Target

#: Longest expression that stands inside another, and longest statement, in characters.
LONGEST_PART, LONGEST_LINE = 60, 72
#: The same, as it is written: with `return` and an indentation it stays within 88 columns.
LONGEST_TEXT = 77


class Emitter:
    """Writes the statements of one function, as its target spells them."""

    def __init__(
        self,
        target: Target,
        program: Program,
        arguments: Mapping[object, str],
        callables: Mapping[Callee, str],
        names: Names,
        results: Mapping[str, str],
        given: Mapping[Value, Code] | None = None,
        without: Collection[str] = (),
        dtype: str = "float64",
    ) -> None:
        """``arguments`` names the inputs by symbol, ``results`` the outputs that need a variable.

        ``given`` has what is computed outside of the function.
        """
        self.target, self.program = target, program
        self.statements: list[Statement] = []
        self._arguments, self._callables, self.names = arguments, callables, names
        self._code: dict[Value, Code] = dict(given or {})
        self._results = {value: results[name] for name, value in program.outputs.items() if name in results}
        self._instructions = in_turn(live(program.outputs.values(), self._code), program.outputs.values())
        self._inside = self._depending()
        #: Which arrays may be overwritten.
        self.storage = Storage(program, kept={*self._code, *self._read_later()})
        self._without = without
        self.is_complex = any(is_complex_symbol(one.symbol) for one in program.inputs)
        self._overwrites = "in place" not in without and not self.is_complex
        self.uses = Counter(operand for value in self._instructions for operand in target.needs(value))
        self.uses.update(program.outputs.values())
        arrays = [one for one in program.inputs if one.declared] or program.inputs
        first = arguments[arrays[0].symbol] if arrays else None
        self.scope = Scope.of(target, self._instructions, None if first is None else target.variable(first), dtype)

    def run(self) -> dict[str, Node]:
        """Write what the outputs need; returns their expressions."""
        self._unpack_sizes()
        outputs = self.program.outputs
        room = LONGEST_LINE // max(1, len(outputs))
        long = {value for value in outputs.values() if not self.uses[value] > 1} if len(outputs) > 2 else set()
        for value in self._instructions:
            if value not in self._code and value not in self._inside:
                self._code[value] = self._instruction(value)
                if self._code[value].name:
                    self.storage.write(self.inside(value))
                elif value in long and self._is_long(value, room):
                    self.assign(value)
        returned: set[Value] = set()
        found = {}
        for name, value in outputs.items():
            if self._is_long(value, room):
                self.assign(value)
            memory = memory_of(value)
            shared = memory.op == "input" or memory in returned
            found[name] = self.target.fresh(value, self._code[value].node, shared=shared)
            if value.op != "operator":  # which nobody writes to
                returned.add(memory)
        return found

    def _is_long(self, value: Value, room: int) -> bool:
        """Is it an expression that takes more room than there is?"""
        code = self._code[value]
        return code.length > room and not code.name

    # ------------------------------------------------------------ expressions
    def _instruction(self, value: Value) -> Code:
        if value.op == "input":
            return self.atom(self._arguments[value.attributes[0]])
        if value.op == "number":
            literal = self.target.number(value.attributes[0])
            text = len(self.target.text(literal))
            return Code(literal, text, atom=text <= 8)
        if value.op in self.target.statements:
            return self.target.statements[value.op](self, value)
        if value.op == "transpose" and self._gets_variable(value) and value not in self.program.names:
            self.assign(value.operands[0])  # A = …, and A.T wherever it is used
        if self._overwrites and (written := self.target.in_place(self, value)) is not None:
            return written
        while True:
            operands = self.operands(value)
            parts = [
                code.node if code.name else self.target.grouped(value, v, code.node)
                for v, code in zip(value.operands, operands, strict=True)
            ]
            if value.op == "call":
                node = self.target.called(self._callables[value.attributes[0]], parts)
            else:
                node = self.target.expression(self.scope, value, parts)
            if not self._overflows(value, node, operands):
                break
        return self.finish(value, node, operands)

    def finish(self, value: Value, node: Node, operands: Sequence[Code]) -> Code:
        """The expression of a value, in a variable where it gets one."""
        if self._gets_variable(value):
            return self._assign(value, node)
        return Code(node, self.target.length(value) + sum(code.length for code in operands))

    def code_of(self, value: Value) -> Code:
        """What stands for a value."""
        return self._code[value]

    def operands(self, value: Value) -> list[Code]:
        """The operands' expressions, the longest put into variables where the line would be too long."""
        mentioned = self.target.needs(value)
        while True:
            parts = [v for v in mentioned if not self._code[v].atom and v.op != "number"]
            whole = self.target.length(value) + sum(self._code[v].length for v in mentioned)
            if not parts or (whole <= LONGEST_LINE and all(self._code[v].length <= LONGEST_PART for v in parts)):
                return [self._code[v] for v in value.operands]
            self.assign(max(parts, key=lambda v: self._code[v].length))

    def _overflows(self, value: Value, node: Node, operands: Sequence[Code]) -> bool:
        """Do brackets, which are not counted above, make the line too long? The longest operand then gets a name."""
        parts = [v for v in value.operands if not self._code[v].atom and v.op != "number"]
        about = self.target.length(value) + sum(code.length for code in operands)
        if not parts or about <= LONGEST_LINE // 2 or len(self.target.text(node)) <= LONGEST_TEXT:
            return False
        self.assign(max(parts, key=lambda v: self._code[v].length))
        return True

    def inside(self, value: Value) -> set[Value]:
        """The value, and what stands inside its expression."""
        found, stack = {value}, list(value.operands)
        while stack:
            v = stack.pop()
            if v not in found and not (v in self._code and self._code[v].name):
                found.add(v)
                stack.extend(v.operands)
        return found

    def _gets_variable(self, value: Value) -> bool:
        return value in self.program.names or (self.uses[value] > 1 and not self._is_cheap(value))

    def _is_cheap(self, value: Value) -> bool:
        """Is it a view of a variable, that may as well be written again?"""
        return value.op in ("transpose", "expand", "part") and self._code[value.operands[0]].atom

    # ------------------------------------------------------------ functions inside of this one
    def inner(self, wanted: str, symbol: object, result: Value) -> tuple[str, list[Statement], Node]:
        """A function of the array of a symbol: its argument's name, its statements, what it returns.

        What it uses from outside is put into variables first.
        """
        self._capture(result)
        names = self.names.copy()
        name = names.new(wanted)
        statements, nodes = self._inside_function(names, [result], {**self._arguments, symbol: name}, {})
        return name, statements, nodes[0]

    def by_rows(self, results: Sequence[Value]) -> tuple[dict[str, Node], list[Statement], list[Node]]:
        """A function of blocks of rows: its arguments with the arrays that they are rows of, statements and results."""
        self._capture(*results)
        names = self.names.copy()
        blocks = [value for value in live(results, given=self._code) if value.op == "rows"]
        arrays = [self._code[value.operands[0]] for value in blocks]
        called = [names.new(f"{code.name}_rows" if code.name else "rows") for code in arrays]
        given = dict(zip(blocks, map(self.atom, called), strict=True))
        statements, nodes = self._inside_function(names, results, self._arguments, given)
        return dict(zip(called, (code.node for code in arrays), strict=True)), statements, nodes

    def unpack_results(self, value: Value, count: int) -> list[str]:
        """Variables for the results of an instruction, which gets none itself."""
        found = {v.attributes[0]: v for v in self._instructions if v.op == "result" and v.operands[0] is value}
        names = []
        for k in range(count):
            wanted = self.wanted(found[k]) if k in found else "_"
            names.append(self.names.new(self.target.identifier(wanted)) if wanted else self.names.numbered())
            if k in found:
                self._code[found[k]] = self.atom(names[-1])
        return names

    def _capture(self, *results: Value) -> None:
        """Put what a function that returns the results uses from outside into variables."""
        for value in self._captured(results):
            if not self._code[value].atom and not self._is_cheap(value) and not _is_of_sizes(value):
                self.assign(value)

    def _inside_function(
        self, names: Names, results: Sequence[Value], arguments: Mapping[object, str], given: Mapping[Value, Code]
    ) -> tuple[list[Statement], list[Node]]:
        """The statements and the results of a function that is written inside of this one."""
        program = Program(
            {str(k): one for k, one in enumerate(results)}, self.program.inputs, self.program.names, self.program.hints
        )
        code = {**self._code, **given}
        emitter = Emitter(
            self.target, program, arguments, self._callables, names, {}, code, self._without, self.scope.dtype
        )
        found = list(emitter.run().values())
        return emitter.statements, found

    def _read_later(self) -> Iterator[Value]:
        """What operators use from outside: they are called when all the statements have been run."""
        if any(value.op == "operator" for value in self._instructions):
            for value in self._inside:
                yield from (x for x in value.operands if x not in self._inside)

    def _captured(self, results: Sequence[Value]) -> Iterator[Value]:
        """What a function that returns the results uses from outside."""
        for value in live(results):
            if value in self._inside:
                yield from (x for x in value.operands if x not in self._inside and x.op != "number")

    def _depending(self) -> set[Value]:
        """The values that are computed in functions inside of this one: they depend on those functions' arguments."""
        found: set[Value] = set()
        for value in self._instructions:
            is_argument = value.op == "input" and value.attributes[0] not in self._arguments
            if value.op == "operator":
                found.update(value.operands[2:])
            elif value.op == "by_rows":
                continue
            elif value.op == "rows" or is_argument or not found.isdisjoint(value.operands):
                found.add(value)
        return found

    # ------------------------------------------------------------ variables
    def atom(self, name: str) -> Code:
        return Code(self.target.variable(name), len(name), atom=True, name=name)

    def assign(self, value: Value) -> None:
        """Put an expression into a variable."""
        self._code[value] = self._assign(value, self._code[value].node)
        self.storage.write(self.inside(value))

    def _assign(self, value: Value, node: Node) -> Code:
        return self.store(self.wanted(value), node)

    def store(self, wanted: str, node: Node) -> Code:
        """A new variable with the value of an expression; it is called as wanted, or t1, t2, …"""
        name = self.names.new(self.target.identifier(wanted)) if wanted else self.names.numbered()
        self.statements.append(self.target.assign(name, node))
        return self.atom(name)

    def wanted(self, value: Value) -> str:
        """A name that says what is in the variable; "" where none is short."""
        if value in self.program.names:
            return identifier(self.program.names[value])
        if value in self._results:
            return self._results[value]
        if value in self.program.hints:
            return self.program.hints[value]
        inside = [self._short(v) for v in value.operands]
        wanted = _describe(value, inside) if all(inside) else ""
        return wanted if len(wanted) <= 16 else ""

    def _short(self, value: Value) -> str:
        """A name for an operand, as a part of a longer one."""
        if value.op == "transpose":
            inner = self._short(value.operands[0])
            return inner + "t" if inner else ""
        if value.op == "factor":  # what is computed from a factorisation is called after the matrix
            return self._short(value.operands[0])
        code = self._code.get(value)
        return "" if code is None or re.fullmatch(r"t\d+", code.name) else code.name

    # ------------------------------------------------------------ statements of their own
    def _unpack_sizes(self) -> None:
        """m, n = W.shape, for the sizes that are used more than once; a size used once stands where it is used."""
        wanted: dict[Value, dict[int, Value]] = {}
        for value in self._instructions:
            if value.op == "size" and self.uses[value]:
                wanted.setdefault(value.operands[0], {})[value.attributes[0]] = value
        for array, sizes in wanted.items():
            source = self.target.variable(self._arguments[array.attributes[0]])
            if len(sizes) < array.rank or array.rank == 1:
                for axis, value in sorted(sizes.items()):
                    node = self.target.expression(self.scope, value, [source])
                    once = self.uses[value] == 1
                    self._code[value] = Code(node, 10, atom=True) if once else self.store(_size_name(array, axis), node)
            else:
                names = [self.names.new(self.target.identifier(_size_name(array, axis))) for axis in range(array.rank)]
                self._code.update({sizes[axis]: self.atom(name) for axis, name in enumerate(names)})
                self.statements.append(self.target.unpack(names, source))

    # ------------------------------------------------------------ results


def in_turn(instructions: list[Value], outputs: Collection[Value]) -> list[Value]:
    """The instructions; of many outputs, what serves one alone comes as soon as what it needs is there.

    So the gradients of a network's weights are computed as backpropagation passes their layers, while the layer is in
    the cache.
    """
    if len(outputs) < 3:
        return instructions
    serves: dict[Value, Value | None] = {value: value for value in outputs}  # None: more than one of them
    for value in reversed(instructions):
        only = serves.get(value)
        for operand in value.operands:
            serves[operand] = only if serves.get(operand, only) is only else None
    place: dict[Value, int] = {}
    for value in instructions:
        needed = [place.get(v, -1) for v in value.operands]
        place[value] = max(needed, default=-1) if serves[value] is not None else value.number
    return sorted(instructions, key=lambda v: (place[v], v.number))


def _size_name(array: Value, axis: int) -> str:
    size = array.shape[axis]
    return identifier(str(size)) if size.is_Symbol else "size"


def _is_of_sizes(value: Value) -> bool:
    """Is it arithmetic of sizes and numbers, such as 2n?"""
    inside = {"size", "input", "number", "add", "subtract", "multiply", "floor_divide"}
    return not value.rank and all(x.op in inside for x in live([value]))


def _describe(value: Value, names: list[str]) -> str:
    """`Wx`, `tanh_z`, `residual`, `K_inv_y`, `sum_e`: what an instruction computes, from its operands' names."""
    first, *rest = names or [""]
    if value.op == "apply":
        return f"{value.attributes[0]}_{first}"
    if value.op == "call":
        callee = value.attributes[0]
        return (
            identifier(callee.name) + ("", "_prime", "_second")[callee.order] + f"_{first}" if callee.order < 3 else ""
        )
    if value.op in ("matmul", "outer") and all(len(name) <= 6 for name in names):
        return "".join(names) if all(len(name) <= 3 for name in names) else "_".join(names)
    if value.op in ("solve", "factor_solve", "spd_solve"):
        return f"{first}_inv_{rest[0]}"
    if value.op.startswith("factor_"):
        return f"{first}{value.op.removeprefix('factor').replace('inverse', 'inv')}"
    if value.op == "multiply" and value.operands[0] is value.operands[1]:
        return f"{first}_squared"
    if value.op in ("eigh", "svd"):
        return value.op
    words = {
        "inverse": "{}_inv", "sum": "sum_{}", "max": "max_{}", "det": "det_{}", "logdet": "logdet_{}", "trace": "tr_{}",
        "pinv": "{}_pinv", "cholesky": "chol_{}",
    }  # fmt: skip
    return words[value.op].format(first) if value.op in words else ""
