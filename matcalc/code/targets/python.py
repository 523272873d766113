"""What the targets that are Python have in common: expressions as ``ast`` nodes, statements, signatures, the module.

A row's text is parsed once and filled with the expressions of the operands; nothing is pasted together as text.
"""

from __future__ import annotations

import ast
import builtins
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from sympy import Integer, Rational, exp, pi

from ...algebra.core import shape_of
from ...errors import CompileError
from ..program import Value
from .runtime import called as helpers_called
from .target import Helper, Scope, Target
from .templates import template
from .testing import self_test_text, shapes_text

if TYPE_CHECKING:
    from ..module import Function, Signature, Task

#: Stands before brackets that Python does not need, until the text is written.
GROUP = "GROUP__"
#: Words of every emitted Python module.
WORDS = frozenset(dir(builtins)) | {
    "Callable", "value", "gradient", "jacobian", "hessian", "value_and_gradient", "value_and_jacobian",
    "value_and_hessian", "gauss_newton", "value_and_gauss_newton", "hvp", "check_shapes", "SHAPES", "gradients",
    "jacobians", "hessians", GROUP,
}  # fmt: skip
#: Where these meet unbracketed, Python reads from left to right, but a person would hesitate: a * b @ c.
PRODUCTS = ("multiply", "divide")
#: Between the arguments of a signature, not inside a type.
_ARGUMENT = re.compile(r", (?![^\[]*\])")
#: Longest line of a signature before it is broken, and longest statement.
LINE, LONGEST_LINE = 88, 72


# ---------------------------------------------------------------- nodes
@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def fill(text: str, **parts: ast.expr) -> ast.expr:
    """The expression ``text`` with its names replaced."""
    return _filled(_parsed(text), parts)  # type: ignore[no-any-return]


def _filled(node: Any, parts: Mapping[str, ast.expr]) -> Any:
    if isinstance(node, ast.Name) and node.id in parts:
        return parts[node.id]
    if isinstance(node, ast.AST):
        if not node._fields:  # ast.Load(), ast.Add(), …
            return node
        return type(node)(**{name: _filled(inside, parts) for name, inside in ast.iter_fields(node)})
    return [_filled(one, parts) for one in node] if isinstance(node, list) else node


def tuple_of(parts: Sequence[ast.expr]) -> ast.expr:
    return ast.Tuple(list(parts), ast.Load())


def call(name: str, *arguments: ast.expr, **options: Any) -> ast.Call:
    """``name(*arguments, **options)``; an option is a node or a constant."""
    call = fill(f"{name}()")
    assert isinstance(call, ast.Call)
    call.args = list(arguments)
    call.keywords = _keywords(options)
    return call


def method(array: ast.expr, name: str, *arguments: ast.expr, **options: Any) -> ast.expr:
    return ast.Call(ast.Attribute(array, name, ast.Load()), list(arguments), _keywords(options))


def _keywords(options: Mapping[str, Any]) -> list[ast.keyword]:
    return [
        ast.keyword(key, value if isinstance(value, ast.expr) else ast.Constant(value))
        for key, value in options.items()
    ]


def define(name: str, parameters: Sequence[str], body: Sequence[ast.stmt]) -> ast.stmt:
    """A function of these arguments."""
    arguments = ast.arguments([], [ast.arg(one) for one in parameters], None, [], [], None, [])
    return ast.FunctionDef(name, arguments, list(body), [], lineno=0)


def subscript(array: ast.expr, index: ast.expr) -> ast.expr:
    return ast.Subscript(array, index, ast.Load())


def constants(numbers: Sequence[int]) -> ast.expr:
    return tuple_of([ast.Constant(k) for k in numbers])


def ungrouped(node: ast.expr) -> ast.expr:
    """The expression without the brackets that a person wants around it."""
    return node.args[0] if isinstance(node, ast.Call) and _is_group(node.func) else node


def _is_group(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == GROUP


# ---------------------------------------------------------------- rows that all libraries share
def _expand(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    return subscript(a, tuple_of([ast.Constant(None) if k in axes else ast.Slice() for k in range(value.rank)]))


def _index(axis: int, part: ast.expr) -> ast.expr:
    """``:, :, part`` — the axes after it are left out."""
    before: list[ast.expr] = [ast.Slice() for _ in range(axis)]
    return part if not before else tuple_of([*before, part])


def _take(scope: Scope, value: Value, a: ast.expr, index: ast.expr) -> ast.expr:
    return subscript(a, _index(value.attributes[0], index))


def _every(scope: Scope, value: Value, a: ast.expr, step: ast.expr) -> ast.expr:
    return subscript(a, _index(value.attributes[0], ast.Slice(step=step)))


def _slice(scope: Scope, value: Value, a: ast.expr, start: ast.expr, stop: ast.expr) -> ast.expr:
    axis, from_first, to_last = value.attributes
    return subscript(a, _index(axis, ast.Slice(None if from_first else start, None if to_last else stop)))


def _size(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    return subscript(ast.Attribute(a, "shape", ast.Load()), ast.Constant(value.attributes[0]))


#: Instructions that are spelt alike whatever the library.
SHARED: dict[str, Callable[..., ast.expr]] = {
    "part": lambda scope, value, a: ast.Attribute(a, value.attributes[0], ast.Load()),
    "expand": _expand,
    "take": _take,
    "every": _every,
    "slice": _slice,
    "size": _size,
}
ARITHMETIC = {
    "add": "a + b",
    "subtract": "a - b",
    "multiply": "a * b",
    "divide": "a / b",
    "negative": "-a",
    "floor_divide": "a // b",
    "power": "a ** b",
    "matmul": "a @ b",
}


# ---------------------------------------------------------------- the target
class PythonTarget(Target):
    """A target that is Python: ``module`` is what its library is called in the code."""

    library: ClassVar[str]
    #: The types of an array and of a number.
    array_type: ClassVar[str]
    number_type: ClassVar[str] = "float"
    template: ClassVar[str]
    options: ClassVar[tuple[str, ...]] = ("checks", "self_test", "dtype")

    fill = staticmethod(fill)

    def variable(self, name: str) -> ast.expr:
        return ast.Name(name, ast.Load())

    def called(self, function: str, arguments: Sequence[ast.expr]) -> ast.expr:
        return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])

    def text(self, node: ast.AST) -> str:
        return _text(node)

    def number(self, expression: Any) -> ast.expr:
        """2, 0.5, 1 / 3, np.pi, 2**0.5."""
        if expression.is_Integer:
            return _signed(int(expression), expression)
        if expression.is_Rational:
            p, q = expression.p, expression.q
            if Rational(str(p / q)) == expression:
                return _signed(p / q, expression)
            return fill("a / b", a=_signed(int(p), Integer(p)), b=ast.Constant(int(q)))
        if expression == pi:
            return fill(f"{self.library}.pi")
        if expression == exp(1):
            return fill(f"{self.library}.e")
        if expression.is_Pow and expression.exp.is_Rational:
            if expression.exp.is_negative:
                return fill("1 / a", a=self.number(expression.base**-expression.exp))
            return fill("a ** b", a=self.number(expression.base), b=self.number(expression.exp))
        if expression.is_Mul and expression.could_extract_minus_sign():
            return fill("-a", a=self.number(-expression))
        if expression.is_Mul or expression.is_Add:
            above, below = expression.as_numer_denom() if expression.is_Mul else (expression, Integer(1))
            if below != 1:
                return fill("a / b", a=self.number(above), b=self.number(below))
            parts = [self.number(a) for a in expression.args]
            result = parts[0]
            for part in parts[1:]:
                result = fill("a * b" if expression.is_Mul else "a + b", a=result, b=part)
            return result
        return _signed(float(expression), expression)

    def grouped(self, outer: Value, inner: Value, node: ast.expr) -> ast.expr:
        """Brackets where a matrix product and a product of entries meet."""
        meet = (outer.op == "matmul" and inner.op in PRODUCTS) or (outer.op in PRODUCTS and inner.op == "matmul")
        return ast.Call(ast.Name(GROUP, ast.Load()), [node], []) if meet else node

    def fresh(self, value: Value, node: ast.expr, shared: bool) -> ast.expr:
        """A number is a float."""
        return as_float(node) if value.op == "number" else node

    # ------------------------------------------------------------ statements
    def assign(self, name: str, node: ast.expr) -> ast.stmt:
        return ast.Assign([ast.Name(name, ast.Store())], node, lineno=0)

    def unpack(self, names: Sequence[str], array: ast.expr) -> ast.stmt:
        target = tuple_of([ast.Name(name, ast.Store()) for name in names])
        return ast.Assign([target], ast.Attribute(array, "shape", ast.Load()), lineno=0)

    def lines(self, statements: Sequence[ast.stmt]) -> list[str]:
        """Spelt as formatters do: double quotes, x**2 for a simple power, no idle brackets."""
        found = [line for statement in _without_last_name(statements) for line in _lines(statement)]
        return [line for before, line in pairwise(["(docstring)", *found]) if line or before]

    def results(self, task: Task, results: Mapping[str, ast.expr]) -> list[ast.stmt]:
        parts = {key: node for key, node in results.items() if key != "value"}
        if not parts:
            return [ast.Return(results["value"])]
        if not task.is_joint:
            whole: ast.expr = next(iter(parts.values()))
            return [ast.Return(ast.Tuple([results["value"], whole], ast.Load()) if "value" in results else whole)]
        table = ast.Dict([ast.Constant(key) for key in parts], list(parts.values()))
        if "value" not in results:
            return [ast.Return(table)]
        name = ast.Name(f"{task.kind}s", ast.Store())
        both = ast.Tuple([results["value"], ast.Name(name.id, ast.Load())], ast.Load())
        return [ast.Assign([name], table, lineno=0), ast.Return(both)]

    def prologue(self, task: Task, signature: Signature, text: str) -> list[str]:
        """The check of the shapes, where that is asked for."""
        known = {one.symbol for one in (*task.inputs, *task.spare) if one.declared}
        arrays = [f"{name}={name}" for symbol, name in signature.arrays.items() if symbol in known]
        return [f"check_shapes({', '.join(arrays)})"] if task.options.checks and arrays else []

    #: The function that maps a function over examples, and what it calls the axes.
    vmap: ClassVar[tuple[str, str]] = ("", "")

    def over_examples(self, function: str, signature: Signature, callables: Sequence[str]) -> list[str]:
        """The function of one example, mapped over the axis of the examples; functions of the caller's are for all."""
        vmap, axes = self.vmap
        names = signature.names.copy()
        one, mapped, shared = (names.new(wanted) for wanted in ("one", "mapped", axes))
        lines = []
        if callables:
            lines += _bracketed(f"{one} = partial(", [function, *(f"{name}={name}" for name in callables)], ")")
            function = one
        places = ["0" if symbol in signature.moving else "None" for symbol in signature.arrays]
        if "None" not in places:
            lines += [f"{mapped} = {vmap}({function})"]
        elif len(line := f"{mapped} = {vmap}({function}, {axes}=({', '.join(places)}))") + 4 <= LINE:
            lines += [line]
        else:
            lines += [f"{shared} = (", *(f"    {place}," for place in places), ")"]
            lines += [f"{mapped} = {vmap}({function}, {axes}={shared})"]
        return [*lines, *_bracketed(f"return {mapped}(", list(signature.arrays.values()), ")")]

    # ------------------------------------------------------------ at run time
    def single(self, array: Any) -> Any:
        """The array in single precision."""
        return array.astype("float32")

    @abstractmethod
    def array(self, given: Any) -> Any:
        """An array of the library, of real or complex numbers, from what a caller passes."""

    # ------------------------------------------------------------ functions and the module
    def type_of(self, dims: Any) -> str:
        return self.array_type if dims else self.number_type

    def returns(self, name: str, task: Task) -> str:
        """The type of what a function returns."""
        value, name = self.type_of(task.dims), name.removeprefix("_")
        if name == "value":
            return value
        part = next(iter(task.more.get(name, task).parts.values()))
        array = part.type or self.type_of(part.dims)
        whole = f"dict[str, {array}]" if task.is_joint else array
        return whole if name == task.kind or name in task.more else f"tuple[{value}, {whole}]"

    def signature(self, name: str, task: Task, signature: Signature, callables: Sequence[str]) -> str:
        arguments = self.arguments(signature)
        if callables:
            arguments += ["*", *(f"{one}: Callable" for one in callables)]
        return self.head(name, arguments, self.returns(name, task))

    def arguments(self, signature: Signature) -> list[str]:
        """``W: np.ndarray``, of every array."""
        return [f"{one}: {self._type_of(symbol, signature)}" for symbol, one in signature.arrays.items()]

    def _type_of(self, symbol: Any, signature: Signature) -> str:
        return "int" if symbol in signature.whole else self.type_of(symbol in signature.moving or shape_of(symbol))

    @staticmethod
    def head(name: str, arguments: Sequence[str], returns: str) -> str:
        """``name(W: np.ndarray, x: np.ndarray) -> float``; arguments on lines of their own where that is too long."""
        line = f"{name}({', '.join(arguments)}) -> {returns}"
        if len(line) + len("def :") <= LINE:
            return line
        if len(together := ", ".join(arguments)) + 4 <= LINE:
            return f"{name}(\n    {together}\n) -> {returns}"
        return f"{name}(\n" + "".join(f"    {one},\n" for one in arguments) + f") -> {returns}"

    def module(self, task: Task, signature: Signature, functions: Sequence[Function], docs: Mapping[str, Any]) -> str:
        text = "\n".join(line for function in functions for line in function.body)
        helpers = helpers_called(text, self.helpers)
        around = self.around(task, signature) if self._differentiates(task, signature) else ""
        heads = "\n".join(
            (*(f.signature for f in functions), *(f"{h.signature} -> {h.returns}" for h in helpers.values()), around)
        )
        whole = "\n".join((text, *("\n".join(helper.body) for helper in helpers.values()), around))
        if task.options.checks:
            docs = {**docs, "checks": shapes_text(task, signature, self.array_type)}
        if task.options.self_test:
            docs = {**docs, "self_test": self_test_text(task, signature, self)}
        return template("python", self.template).render(
            **{"checks": "", "self_test": "", **docs},
            standard=[line for word, line in self.standard.items() if re.search(word, f"{heads}\n{whole}")],
            libraries={p: used for p, names in self.libraries.items() if (used := submodules(whole, *names))},
            ambiguous=any(name in ("l", "O", "I") for name in _assigned(signature, text)),
            **self.carried(helpers),
            functions=functions,
            around=around,
            text=whole,
        )

    def carried(self, helpers: Mapping[str, Helper]) -> dict[str, Any]:
        """What the template says of the functions that are carried along."""
        heads = {name: self.head(name, _ARGUMENT.split(one.signature), one.returns) for name, one in helpers.items()}
        return {"helpers": helpers, "helper_heads": heads}

    #: What a self-test imports beside the module's own, and how it makes arrays of NumPy's.
    test_imports: ClassVar[Sequence[str]] = ("import numpy as np",)
    test_arrays: ClassVar[str] = "arrays"
    #: The template of what stands after the functions.
    wrapper: ClassVar[str] = ""
    #: What the code says → what it needs of Python's library.
    standard: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            r"\bmath\.": "import math",
            r"\bCallable\b": "from collections.abc import Callable",
            r"\bpartial\(": "from functools import partial",
            r"\bAny\b": "from typing import Any",
        }
    )
    #: Package → its modules that are imported where the code calls them.
    libraries: ClassVar[Mapping[str, Sequence[str]]] = MappingProxyType({})

    def _differentiates(self, task: Task, signature: Signature) -> bool:
        """Can the library differentiate by all that is passed: no functions, no indices, no exponents of matrices?"""
        numbers = not signature.callables and not signature.whole
        return bool(self.wrapper) and task.differentiable and numbers and not task.moving

    def around(self, task: Task, signature: Signature) -> str:
        """What stands after the functions: the value with its derivative, for automatic differentiation."""
        parts = {variable: key for key, variable in task.by.items()}
        names = signature.names.copy()
        derivative = f"{task.kind}s" if task.is_joint else names.new({"jacobian": "J"}.get(task.kind, "G"))
        arguments = list(signature.arrays.values())
        arrays = {
            k: derivative if not task.is_joint else f"{derivative}[{_text(ast.Constant(parts[symbol]))}]"
            for k, symbol in enumerate(signature.arrays)
            if symbol in parts
        }
        return (
            template("python", self.wrapper)
            .render(
                head=self.head("differentiable", self.arguments(signature), self.array_type),
                arguments=arguments,
                by=[arguments[k] for k in arrays],
                value=names.new("f"),
                derivative=derivative,
                kind=task.kind,
                cotangents=[arrays.get(k, "") for k in range(len(arguments))],
                scalar=not task.dims,
                joint=task.is_joint,
            )
            .rstrip("\n")
        )


def _bracketed(start: str, parts: Sequence[str], end: str) -> list[str]:
    """What stands in brackets, on lines of its own where that is too long for one."""
    inside = ", ".join(parts)
    if len(start) + len(inside) + len(end) + 4 <= LINE:
        return [f"{start}{inside}{end}"]
    if len(inside) + 8 <= LINE:
        return [start, f"    {inside}", end]
    return [start, *(f"    {part}," for part in parts), end]


def _without_last_name(statements: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """What is returned right after it was computed needs no name."""
    if len(statements) < 2:
        return statements
    *before, made, last = statements
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Name) and isinstance(made, ast.Assign):
        name = made.targets[0]
        if isinstance(name, ast.Name) and name.id == last.value.id:
            return [*before, ast.Return(made.value)]
    return statements


def submodules(text: str, *names: str) -> list[str]:
    """Those of the modules that the text calls."""
    return [name for name in names if re.search(rf"(?<![.\w]){name}[.,(]", text)]


def _assigned(signature: Signature, text: str) -> set[str]:
    return {
        *signature.arrays.values(),
        *re.findall(r"^ *(\w+) = ", text, re.MULTILINE),
        *re.findall(r"(\w+)(?=,.* = )", text),
    }


def _signed(plain: float, expression: Any) -> ast.expr:
    if plain != plain or plain in (float("inf"), float("-inf")):
        raise CompileError(f"{expression} is not a finite number")
    constant = ast.Constant(abs(plain))
    return ast.UnaryOp(ast.USub(), constant) if plain < 0 else constant


def as_float(node: ast.expr) -> ast.expr:
    """A whole number as 2.0; arithmetic of numbers is one already."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
        return ast.UnaryOp(node.op, ast.Constant(float(node.operand.value)))  # type: ignore[arg-type]
    return ast.Constant(float(node.value)) if isinstance(node, ast.Constant) else node  # type: ignore[arg-type]


# ---------------------------------------------------------------- text
def _lines(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef):
        body = [f"    {line}" for inside in statement.body for line in _lines(inside)]
        parameters = ", ".join(one.arg for one in statement.args.args)
        return ["", f"def {statement.name}({parameters}):", *body, ""]
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple) and len(statement.value.elts) > 1:
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
    text = ast.unparse(node).replace(f"{GROUP}(", "(")
    if '"' not in text and "\\" not in text:
        text = text.replace("'", '"')
    return re.sub(r"(?<![\w.)\]])([\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", text)
