"""Statements: which values of a program get a variable, what it is called, and the lines that follow from that.

A value that is used once stands where it is used; one that is used more often, has a name, or would make a line too
long gets a variable. Names say what is inside (`z`, `tanh_z`, `Wx`, `K_inv_y`) as far as that is short.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .names import GROUP, Names, identifier
from .numpy_target import SPECIAL, call, expression, fill, length, method, number, tuple_of
from .program import Callee, Program, Value

#: Longest expression that stands inside another, and longest statement, in characters.
LONGEST_PART, LONGEST_LINE = 60, 72
#: Instructions whose result may be a view of their operand.
VIEWS = frozenset({"transpose", "reshape", "diagonal", "expand", "take", "every", "slice", "broadcast"})
#: Where these meet unbracketed, Python reads from left to right, but a person would hesitate: a * b @ c.
PRODUCTS = ("multiply", "divide")


@dataclass(frozen=True)
class Code:
    """An expression and about how many characters it takes; a variable or a number is an atom."""

    node: ast.expr
    length: int
    atom: bool = False


class Emitter:
    """Writes the statements of one function."""

    def __init__(
        self,
        program: Program,
        arguments: Mapping[object, str],
        callables: Mapping[Callee, str],
        names: Names,
        results: Mapping[str, str],
    ) -> None:
        """``arguments`` names the inputs by symbol, ``results`` the outputs that need a variable."""
        self.program = program
        self.statements: list[ast.stmt] = []
        self._arguments, self._callables, self._names = arguments, callables, names
        self._code: dict[Value, Code] = {}
        self._results = {value: results[name] for name, value in program.outputs.items()}
        self._instructions = program.instructions
        self._uses = Counter(operand for value in self._instructions for operand in value.operands)
        self._uses.update(program.outputs.values())

    def run(self) -> dict[str, ast.expr]:
        """Write what the outputs need; returns their expressions."""
        self._unpack_sizes()
        for value in self._instructions:
            if value not in self._code:
                self._code[value] = self._instruction(value)
        outputs = self.program.outputs
        room = LONGEST_LINE // max(1, len(outputs)) if len(outputs) > 1 else LONGEST_LINE
        returned: set[Value] = set()
        found = {}
        for name, value in outputs.items():
            if self._code[value].length > room:
                self._code[value] = self._assign(value, self._code[value].node)
            found[name] = self._fresh(value, again=value in returned)
            returned.add(value)
        return found

    # ------------------------------------------------------------ expressions
    def _instruction(self, value: Value) -> Code:
        if value.op == "input":
            return self._atom(self._arguments[value.attributes[0]])
        if value.op == "number":
            literal = number(value.attributes[0])
            text = len(ast.unparse(literal))
            return Code(literal, text, atom=text <= 8)
        if value.op == "spread":
            return self._spread(value)
        if value.op == "add_on_diagonal":
            return self._add_on_diagonal(value)
        operands = self._operands(value)
        parts = [self._grouped(value, v, code) for v, code in zip(value.operands, operands, strict=True)]
        if value.op == "call":
            node: ast.expr = ast.Call(ast.Name(self._callables[value.attributes[0]], ast.Load()), parts, [])
        else:
            node = expression(value, parts)
        if self._gets_variable(value, operands):
            return self._assign(value, node)
        return Code(node, length(value) + sum(code.length for code in operands))

    def _operands(self, value: Value) -> list[Code]:
        """The operands' expressions, the longest put into variables where the line would be too long."""
        while True:
            codes = [self._code[v] for v in value.operands]
            parts = [v for v in value.operands if not self._code[v].atom and v.op != "number"]
            whole = length(value) + sum(code.length for code in codes)
            if not parts or (whole <= LONGEST_LINE and all(self._code[v].length <= LONGEST_PART for v in parts)):
                return codes
            longest = max(parts, key=lambda v: self._code[v].length)
            self._code[longest] = self._assign(longest, self._code[longest].node)

    def _grouped(self, outer: Value, inner: Value, code: Code) -> ast.expr:
        """The operand, in brackets where a matrix product and a product of entries meet."""
        meet = (outer.op == "matmul" and inner.op in PRODUCTS) or (outer.op in PRODUCTS and inner.op == "matmul")
        return ast.Call(ast.Name(GROUP, ast.Load()), [code.node], []) if meet and not code.atom else code.node

    def _gets_variable(self, value: Value, operands: Sequence[Code]) -> bool:
        if value in self.program.names:
            return True
        cheap = value.op in ("transpose", "expand", "part") and operands[0].atom
        return self._uses[value] > 1 and not cheap

    # ------------------------------------------------------------ variables
    def _atom(self, name: str) -> Code:
        return Code(ast.Name(name, ast.Load()), len(name), atom=True)

    def _assign(self, value: Value, node: ast.expr) -> Code:
        return self._store(self._wanted(value), node)

    def _store(self, wanted: str, node: ast.expr) -> Code:
        name = self._names.new(wanted) if wanted else self._names.numbered()
        self.statements.append(ast.Assign([ast.Name(name, ast.Store())], node, lineno=0))
        return self._atom(name)

    def _wanted(self, value: Value) -> str:
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
        code = self._code.get(value)
        name = code.node.id if code and isinstance(code.node, ast.Name) else ""
        return "" if re.fullmatch(r"t\d+", name) else name

    # ------------------------------------------------------------ statements of their own
    def _unpack_sizes(self) -> None:
        """m, n = W.shape, for the sizes that are used more than once; a size used once stands where it is used."""
        wanted: dict[Value, dict[int, Value]] = {}
        for value in self._instructions:
            if value.op == "size":
                wanted.setdefault(value.operands[0], {})[value.attributes[0]] = value
        for array, sizes in wanted.items():
            source = ast.Name(self._arguments[array.attributes[0]], ast.Load())
            if len(sizes) < array.rank or array.rank == 1:
                for axis, value in sorted(sizes.items()):
                    text = SPECIAL["size"](value, source)
                    once = self._uses[value] == 1
                    self._code[value] = (
                        Code(text, 10, atom=True) if once else self._store(_size_name(array, axis), text)
                    )
            else:
                names = [self._names.new(_size_name(array, axis)) for axis in range(array.rank)]
                self._code.update({sizes[axis]: self._atom(name) for axis, name in enumerate(names)})
                target = tuple_of([ast.Name(name, ast.Store()) for name in names])
                self.statements.append(ast.Assign([target], fill("a.shape", a=source), lineno=0))

    def _spread(self, value: Value) -> Code:
        """Zeros, then the diagonal through a view that can be written to."""
        array, *sizes = self._operands(value)
        code = self._store(self._wanted(value), call("np.zeros", tuple_of([size.node for size in sizes])))
        self.statements.append(ast.Assign([self._diagonal(value, code)], array.node, lineno=0))
        return code

    def _add_on_diagonal(self, value: Value) -> Code:
        """In place, in an array that nothing else uses."""
        whole, array = self._operands(value)
        base = value.operands[0]
        own = self._uses[base] == 1 and base.op not in VIEWS | {"input", "call"}
        if own and isinstance(whole.node, ast.Name):
            code = whole
        else:
            code = self._store(self._wanted(value), whole.node if own else call("np.array", whole.node))
        self.statements.append(ast.AugAssign(self._diagonal(value, code), ast.Add(), array.node))
        return code

    def _diagonal(self, value: Value, code: Code) -> ast.Subscript:
        view = call("np.einsum", ast.Constant(value.attributes[0]), code.node)
        return ast.Subscript(view, ast.Constant(...), ast.Store())

    # ------------------------------------------------------------ results
    def _fresh(self, value: Value, again: bool) -> ast.expr:
        """The expression to return: a copy where it would be an input, a view of one, or an array returned already."""
        node = self._code[value].node
        base = value
        while base.op in VIEWS:
            base = base.operands[0]
        if value.rank and (again or base.op == "input" or value.op in ("diagonal", "broadcast")):
            return method(node, "copy")
        if value.op == "number":
            return _as_float(node)
        return node


def _size_name(array: Value, axis: int) -> str:
    size = array.shape[axis]
    return identifier(str(size)) if size.is_Symbol else "size"


def _as_float(node: ast.expr) -> ast.expr:
    """A whole number as 2.0; arithmetic of numbers is one already."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return ast.UnaryOp(node.op, ast.Constant(float(node.operand.value)))  # type: ignore[arg-type]
    return ast.Constant(float(node.value)) if isinstance(node, ast.Constant) else node  # type: ignore[arg-type]


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
    if value.op == "solve":
        return f"{first}_inv_{rest[0]}"
    if value.op == "multiply" and value.operands[0] is value.operands[1]:
        return f"{first}_squared"
    if value.op in ("eigh", "svd"):
        return value.op
    words = {
        "inverse": "{}_inv", "sum": "sum_{}", "max": "max_{}", "det": "det_{}", "logdet": "logdet_{}", "trace": "tr_{}",
        "pinv": "{}_pinv", "cholesky": "chol_{}",
    }  # fmt: skip
    return words[value.op].format(first) if value.op in words else ""


# ---------------------------------------------------------------- text
def source_of(statements: Sequence[ast.stmt]) -> list[str]:
    """The lines of statements, spelt as formatters do: double quotes, x**2 for a simple power, no idle brackets."""
    return [line for statement in statements for line in _lines(statement)]


def _lines(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
        return ["return " + ", ".join(_text(part) for part in statement.value.elts)]
    if isinstance(statement, (ast.Return, ast.Assign)) and isinstance(statement.value, ast.Dict):
        whole = _text(statement)
        if len(whole) > LONGEST_LINE:
            lead = _text(statement).split("{", 1)[0]
            pairs = zip(statement.value.keys, statement.value.values, strict=True)
            return [lead + "{", *(f"    {_text(key)}: {_text(value)}," for key, value in pairs if key), "}"]
        return [whole]
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple):
        return [", ".join(_text(t) for t in statement.targets[0].elts) + " = " + _text(statement.value)]
    return [_text(statement)]


def _text(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(node)).replace(f"{GROUP}(", "(")
    if '"' not in text and "\\" not in text:
        text = text.replace("'", '"')
    return re.sub(r"(?<![\w.)\]])([\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", text)
