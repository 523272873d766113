"""The NumPy target: an array program as Python statements.

Every instruction has a row in :data:`NUMPY`: the expression it becomes, as text that is parsed once and filled with the
expressions of its operands, as ``ast`` nodes; nothing is pasted together as text. A value that is used once stands where
it is used; one that is used more often, has a name or would make a line too long gets a variable.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sympy import Integer, Rational, exp, pi

from ..errors import CompileError
from .functions import ARRAY_FUNCTIONS
from .names import Names, identifier
from .program import Callee, Program, Value

#: Longest expression that stands inside another, and longest statement, in characters.
LONGEST_PART, LONGEST_LINE = 48, 78

# fmt: off
#: Instruction → the NumPy expression of its operands a, b, c.
NUMPY: dict[str, str] = {
    "add":          "a + b",
    "subtract":     "a - b",
    "multiply":     "a * b",
    "divide":       "a / b",
    "negative":     "-a",
    "floor_divide": "a // b",
    "power":        "a ** b",
    "maximum":      "np.maximum(a, b)",
    "minimum":      "np.minimum(a, b)",
    "xlogy":        "special.xlogy(a, b)",
    "matmul":       "a @ b",
    "inner":        "np.vdot(a, b)",
    "outer":        "np.outer(a, b)",
    "kron":         "np.kron(a, b)",
    "matrix_power": "np.linalg.matrix_power(a, b)",
    "trace":        "np.trace(a)",
    "argmax":       "largest_entry(a)",
    "solve":        "np.linalg.solve(a, b)",
    "inverse":      "np.linalg.inv(a)",
    "det":          "np.linalg.det(a)",
    "logdet":       "np.linalg.slogdet(a)[1]",
    "cholesky":     "np.linalg.cholesky(a)",
    "pinv":         "np.linalg.pinv(a, rcond=1e-12)",
    "eigh":         "np.linalg.eigh(a)",
    "svd":          "np.linalg.svd(a, full_matrices=False)",
    "diagonal":     "np.diagonal(a)",
    "diag":         "np.diag(a)",
    "eye":          "np.eye(a)",
}
# fmt: on


@dataclass(frozen=True)
class Code:
    """An expression and about how many characters it takes; a variable or a number is an atom."""

    node: ast.expr
    length: int
    atom: bool = False


# ---------------------------------------------------------------- expressions
@cache
def _template(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def fill(text: str, **parts: ast.expr) -> ast.expr:
    """The expression ``text`` with its names replaced."""
    return _filled(_template(text), parts)  # type: ignore[no-any-return]


def _filled(node: Any, parts: Mapping[str, ast.expr]) -> Any:
    if isinstance(node, ast.Name) and node.id in parts:
        return parts[node.id]
    if isinstance(node, ast.AST):
        return type(node)(**{name: _filled(inside, parts) for name, inside in ast.iter_fields(node)})
    return [_filled(one, parts) for one in node] if isinstance(node, list) else node


def _apply(value: Value, a: ast.expr) -> ast.expr:
    return fill(ARRAY_FUNCTIONS[value.attributes[0]].numpy, z=a)


def _tuple(parts: Sequence[ast.expr]) -> ast.expr:
    return ast.Tuple(list(parts), ast.Load())


def _call(name: str, *arguments: ast.expr, **options: Any) -> ast.expr:
    call = fill(f"{name}()")
    assert isinstance(call, ast.Call)
    call.args = list(arguments)
    call.keywords = [ast.keyword(key, ast.Constant(value)) for key, value in options.items()]
    return call


def _method(array: ast.expr, name: str, *arguments: ast.expr, **options: Any) -> ast.expr:
    return ast.Call(
        ast.Attribute(array, name, ast.Load()), list(arguments), [ast.keyword(k, ast.Constant(v)) for k, v in options.items()]
    )


def _reduction(value: Value, a: ast.expr) -> ast.expr:
    axis = value.attributes[0]
    return _call(f"np.{value.op}", a) if axis is None else _call(f"np.{value.op}", a, axis=axis)


def _transpose(value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    if axes == tuple(reversed(range(len(axes)))):
        return ast.Attribute(a, "T", ast.Load())
    return _method(a, "transpose", *(ast.Constant(k) for k in axes))


def _reshape(value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    if not sizes:
        return _method(a, "reshape", _tuple(()))
    lengths = [ast.Constant(-1)] if len(sizes) == 1 else list(sizes)
    return _method(a, "reshape", *lengths) if value.attributes[0] == "C" else _method(a, "reshape", *lengths, order="F")


def _index(axis: int, rank: int, part: ast.expr) -> ast.expr:
    """``:, :, part`` — the axes after it are left out."""
    before: list[ast.expr] = [ast.Slice() for _ in range(axis)]
    return part if not before else _tuple([*before, part])


def _subscript(array: ast.expr, index: ast.expr) -> ast.expr:
    return ast.Subscript(array, index, ast.Load())


def _expand(value: Value, a: ast.expr) -> ast.expr:
    axis, rank = value.attributes[0], value.rank
    return _subscript(a, _tuple([ast.Constant(None) if k == axis else ast.Slice() for k in range(rank)]))


def _take(value: Value, a: ast.expr, index: ast.expr) -> ast.expr:
    return _subscript(a, _index(value.attributes[0], value.operands[0].rank, index))


def _every(value: Value, a: ast.expr, step: ast.expr) -> ast.expr:
    return _subscript(a, _index(value.attributes[0], value.rank, ast.Slice(step=step)))


def _slice(value: Value, a: ast.expr, start: ast.expr, stop: ast.expr) -> ast.expr:
    return _subscript(a, _index(value.attributes[0], value.rank, ast.Slice(start, stop)))


def _filled_array(name: str) -> Callable[..., ast.expr]:
    def emit(value: Value, *sizes: ast.expr) -> ast.expr:
        return _call(f"np.{name}", sizes[0] if len(sizes) == 1 else _tuple(sizes))

    return emit


def _block(value: Value, *parts: ast.expr) -> ast.expr:
    rows, cols = value.attributes
    return _call("np.block", ast.List([ast.List(list(parts[i * cols : (i + 1) * cols]), ast.Load()) for i in range(rows)], ast.Load()))


def _einsum(value: Value, *operands: ast.expr) -> ast.expr:
    return _call("np.einsum", ast.Constant(value.attributes[0]), *operands)


def _broadcast(value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    return _call("np.broadcast_to", a, _tuple(sizes))


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., ast.expr]] = {
    "part": lambda value, a: ast.Attribute(a, value.attributes[0], ast.Load()),
    "matrix_function": lambda value, a: _call(f"linalg.{value.attributes[0]}", a),
    "frechet_matrix": lambda value, a: _call("frechet_matrix", fill(f"linalg.{value.attributes[0]}"), a),
    "apply": _apply,
    "sum": _reduction,
    "max": _reduction,
    "transpose": _transpose,
    "reshape": _reshape,
    "expand": _expand,
    "take": _take,
    "every": _every,
    "slice": _slice,
    "triangle": lambda value, a: _call("np.tril" if value.attributes[0] else "np.triu", a),
    "einsum": _einsum,
    "broadcast": _broadcast,
    "block": _block,
    "concatenate": lambda value, *parts: _call("np.hstack", _tuple(parts)),
    "ones": _filled_array("ones"),
    "zeros": _filled_array("zeros"),
    "size": lambda value, a: _subscript(ast.Attribute(a, "shape", ast.Load()), ast.Constant(value.attributes[0])),
}


def number(expression: Any) -> ast.expr:
    """A number as Python arithmetic: 2, 0.5, 1 / 3, np.pi, 2**0.5."""
    if expression.is_Integer:
        return _signed(int(expression), expression)
    if expression.is_Rational:
        p, q = expression.p, expression.q
        if Rational(str(p / q)) == expression:
            return _signed(p / q, expression)
        return fill("a / b", a=_signed(int(p), Integer(p)), b=ast.Constant(int(q)))
    if expression == pi:
        return fill("np.pi")
    if expression == exp(1):
        return fill("np.e")
    if expression.is_Pow and expression.exp.is_Rational:
        if expression.exp.is_negative:
            return fill("1 / a", a=number(expression.base**-expression.exp))
        return fill("a ** b", a=number(expression.base), b=number(expression.exp))
    if expression.is_Mul or expression.is_Add:
        above, below = expression.as_numer_denom() if expression.is_Mul else (expression, Integer(1))
        if below != 1:
            return fill("a / b", a=number(above), b=number(below))
        parts = [number(a) for a in expression.args]
        result = parts[0]
        for part in parts[1:]:
            result = fill("a * b" if expression.is_Mul else "a + b", a=result, b=part)
        return result
    return _signed(float(expression), expression)


def _signed(plain: float, expression: Any) -> ast.expr:
    if plain != plain or plain in (float("inf"), float("-inf")):
        raise CompileError(f"{expression} is not a finite number")
    constant = ast.Constant(abs(plain))
    return ast.UnaryOp(ast.USub(), constant) if plain < 0 else constant


# ---------------------------------------------------------------- statements
class Emitter:
    """Writes the statements of one function."""

    def __init__(self, program: Program, arguments: Mapping[Any, str], callables: Mapping[Callee, str], names: Names) -> None:
        self.program = program
        self.statements: list[ast.stmt] = []
        self._arguments = arguments
        self._callables = callables
        self._names = names
        self._code: dict[Value, Code] = {}
        instructions = program.instructions
        self._uses = Counter(operand for value in instructions for operand in value.operands)
        self._uses.update(program.outputs.values())

    def run(self) -> dict[str, ast.expr]:
        """Write what the outputs need; returns their expressions."""
        self._unpack_sizes()
        for value in self.program.instructions:
            if value not in self._code:
                self._code[value] = self._instruction(value)
        room = LONGEST_LINE // max(1, len(self.program.outputs))
        results = {}
        for name, value in self.program.outputs.items():
            if self._code[value].length > max(room, LONGEST_PART):
                self._code[value] = self._assign(value, self._code[value].node)
            results[name] = self._fresh(value)
        return results

    def _instruction(self, value: Value) -> Code:
        if value.op == "input":
            return self._atom(self._arguments[value.attributes[0]])
        if value.op == "number":
            node = number(value.attributes[0])
            text = len(ast.unparse(node))
            return Code(node, text, atom=text <= 8)
        if value.op == "spread":
            return self._spread(value)
        if value.op == "add_on_diagonal":
            return self._add_on_diagonal(value)
        operands = self._operands(value)
        node = self._expression(value, [code.node for code in operands])
        code = Code(node, _length(value) + sum(code.length for code in operands))
        if self._gets_variable(value, operands):
            return self._assign(value, node)
        return code

    def _operands(self, value: Value) -> list[Code]:
        """The operands' expressions, the longest put into variables where the line would be too long."""
        base = _length(value)
        while True:
            codes = [self._code[v] for v in value.operands]
            long = [v for v in value.operands if not self._code[v].atom and v.op != "number"]
            total = base + sum(code.length for code in codes)
            if not long or (total <= LONGEST_LINE and all(self._code[v].length <= LONGEST_PART for v in long)):
                return codes
            longest = max(long, key=lambda v: self._code[v].length)
            self._code[longest] = self._assign(longest, self._code[longest].node)

    def _expression(self, value: Value, operands: list[ast.expr]) -> ast.expr:
        if value.op in NUMPY:
            return fill(NUMPY[value.op], **dict(zip("abc", operands)))
        if value.op == "call":
            return ast.Call(ast.Name(self._callables[value.attributes[0]], ast.Load()), operands, [])
        return SPECIAL[value.op](value, *operands)

    def _gets_variable(self, value: Value, operands: Sequence[Code]) -> bool:
        if value in self.program.names:
            return True
        cheap = value.op in ("transpose", "expand") and operands[0].atom
        return self._uses[value] > 1 and not cheap

    # ------------------------------------------------------------ variables
    def _atom(self, name: str) -> Code:
        return Code(ast.Name(name, ast.Load()), len(name), atom=True)

    def _assign(self, value: Value, node: ast.expr) -> Code:
        return self._store(self._names.new(self._wanted(value)), node)

    def _store(self, name: str, node: ast.expr) -> Code:
        self.statements.append(ast.Assign([ast.Name(name, ast.Store())], node, lineno=0))
        return self._atom(name)

    def _wanted(self, value: Value) -> str:
        """A name that says what is in the variable."""
        if value in self.program.names:
            return identifier(self.program.names[value])
        inside = [self._short(v) for v in value.operands]
        if all(inside):
            wanted = _describe(value, [str(name) for name in inside])
            if wanted and len(wanted) <= 16:
                return wanted
        return "t" if value.rank else "s"

    def _short(self, value: Value) -> str | None:
        """A name for an operand, as a part of a longer one."""
        if value.op == "transpose":
            inner = self._short(value.operands[0])
            return inner + "t" if inner else None
        code = self._code.get(value)
        return code.node.id if code and isinstance(code.node, ast.Name) and not re.fullmatch(r"[ts](_\d+)?", code.node.id) else None

    # ------------------------------------------------------------ statements of their own
    def _unpack_sizes(self) -> None:
        """m, n = W.shape, for the sizes that are used more than once; a size used once stands where it is used."""
        wanted: dict[Value, dict[int, Value]] = {}
        for value in self.program.instructions:
            if value.op == "size":
                wanted.setdefault(value.operands[0], {})[value.attributes[0]] = value
        for array, sizes in wanted.items():
            source = ast.Name(self._arguments[array.attributes[0]], ast.Load())
            if len(sizes) < array.rank or array.rank == 1:
                for axis, value in sorted(sizes.items()):
                    text = SPECIAL["size"](value, source)
                    name = self._size_name(array.shape[axis])
                    self._code[value] = Code(text, 10, atom=True) if self._uses[value] == 1 else self._store(name, text)
            else:
                names = [self._size_name(size) for size in array.shape]
                self._code.update({sizes[axis]: self._atom(name) for axis, name in enumerate(names)})
                target = _tuple([ast.Name(name, ast.Store()) for name in names])
                self.statements.append(ast.Assign([target], fill("a.shape", a=source), lineno=0))

    def _size_name(self, size: Any) -> str:
        return self._names.new(identifier(str(size)) if size.is_Symbol else "size")

    def _spread(self, value: Value) -> Code:
        """Zeros, then the diagonal through a view that can be written to."""
        array, *sizes = self._operands(value)
        name = self._names.new(self._wanted(value))
        code = self._store(name, _call("np.zeros", _tuple([size.node for size in sizes])))
        view = _call("np.einsum", ast.Constant(value.attributes[0]), code.node)
        target = ast.Subscript(view, ast.Constant(...), ast.Store())
        self.statements.append(ast.Assign([target], array.node, lineno=0))
        return code

    def _add_on_diagonal(self, value: Value) -> Code:
        """In place, in an array that nothing else uses."""
        whole, array = self._operands(value)
        base = value.operands[0]
        own = self._uses[base] == 1 and base.op not in VIEWS and base.op != "input"
        if own and isinstance(whole.node, ast.Name):
            code = whole
        else:
            code = self._store(self._names.new("t"), whole.node if own else _call("np.array", whole.node))
        view = _call("np.einsum", ast.Constant(value.attributes[0]), code.node)
        target = ast.Subscript(view, ast.Constant(...), ast.Store())
        self.statements.append(ast.AugAssign(target, ast.Add(), array.node))
        return code

    def _fresh(self, value: Value) -> ast.expr:
        """The expression to return: a copy where it would be an input, or a view of one."""
        node = self._code[value].node
        base = value
        while base.op in VIEWS:
            base = base.operands[0]
        if value.rank and (base.op == "input" or value.op in ("diagonal", "broadcast")):
            return _method(node, "copy")
        if value.op == "number":
            return ast.Constant(float(ast.literal_eval(node))) if _is_literal(node) else node
        return node


#: Instructions whose result may be a view of their operand.
VIEWS = frozenset({"transpose", "reshape", "diagonal", "expand", "take", "every", "slice", "broadcast"})


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def _length(value: Value) -> int:
    """About how many characters an instruction adds to its operands."""
    if value.op == "apply":
        return len(ARRAY_FUNCTIONS[value.attributes[0]].numpy)
    if value.op in NUMPY:
        return len(NUMPY[value.op]) - len(value.operands)
    return 8 + sum(len(str(a)) for a in value.attributes) + 2 * len(value.operands)


def _describe(value: Value, names: list[str]) -> str:
    """`Wx`, `tanh_z`, `residual`, `K_inv_y`, `sum_e`: what an instruction computes, from its operands' names."""
    first, *rest = names or [""]
    if value.op == "apply":
        return f"{value.attributes[0]}_{first}"
    if value.op in ("matmul", "outer") and all(len(name) <= 6 for name in names):
        return "".join(names) if all(len(name) <= 3 for name in names) else "_".join(names)
    if value.op == "solve":
        return f"{first}_inv_{rest[0]}"
    if value.op == "multiply" and value.operands[0] is value.operands[1]:
        return f"{first}_squared"
    if value.op == "subtract":
        return "residual"
    words = {"inverse": "{}_inv", "sum": "sum_{}", "max": "max_{}", "det": "det_{}", "logdet": "logdet_{}", "trace": "tr_{}"}
    return words[value.op].format(first) if value.op in words else ""


def source_of(statements: Sequence[ast.stmt]) -> list[str]:
    """The lines of statements, spelt as formatters do: double quotes, x**2 for a simple power."""
    module = ast.fix_missing_locations(ast.Module(list(statements), []))
    text = ast.unparse(module).replace("'", '"')  # no string in emitted code has a quote in it
    text = re.sub(r"(?<![\w.)\]])([\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", text)
    return text.splitlines()
