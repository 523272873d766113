"""Modules: the value, the derivative and both at once, as a self-contained Python file."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ..algebra.core import shape_of
from ..resources import templates
from .builder import Builder
from .emitter import Emitter, source_of
from .functions import ARRAY_FUNCTIONS
from .lowering import Lowering
from .names import Names, ascii_name, identifier
from .program import Callee, Dims, Input, Program, Value, live
from .tensors import tensor

if TYPE_CHECKING:
    from jinja2 import Template

#: Longest line of a signature before it is broken.
LINE = 88


@dataclass(frozen=True)
class Part:
    """One array of a derivative, of the dimensions ``dims`` as declared.

    Without ``into``, ``expression`` is what it is. With it, it is a matrix on vec, and the array is the tensor of shape
    out + into, for the value (of a Hessian: the first variable) and the variable, by their shapes as matrices or
    ``()``.
    """

    expression: Any
    dims: Dims
    out: Any = None
    into: Any = None


@dataclass(frozen=True)
class Task:
    """What a module computes.

    ``parts`` maps the name of a variable, or ``"a,b"`` for a joint Hessian, to its array; more than one, or ``joint``,
    and the derivative is a dict. ``spare`` are declared variables that do not occur: only a size may be found from
    them. ``named`` are named intermediates: a variable of the code that holds one gets its name. The rest goes into
    docstrings.
    """

    value: Any
    kind: str
    parts: Mapping[str, Part]
    inputs: tuple[Input, ...]
    joint: bool = False
    spare: tuple[Input, ...] = ()
    named: tuple[Any, ...] = ()
    title: str = ""
    formulas: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    guesses: Mapping[str, int] = field(default_factory=dict)


def variable(symbol: Any, declared: Dims | None = None, name: str | None = None) -> Input:
    """An input: ``declared`` are the dimensions of the caller's array: () for a scalar, (n,) for n×1, else 2-D."""
    shape = shape_of(symbol)
    if declared is None:
        declared = shape[:1] if shape and shape[1] == 1 else tuple(shape)
    return Input(symbol, tuple(declared), name or str(symbol.name))


def program_of(task: Task) -> Program:
    """The array program of a task: ``"value"`` and the parts, the sub-expressions shared."""
    lowering = Lowering(Builder((*task.inputs, *task.spare), task.guesses))
    for node in task.named:
        lowering.factor(node)
    outputs = {"value": _as_declared(lowering, lowering.value(task.value), value_dims(task))}
    for key, part in task.parts.items():
        if part.into is None:
            array = lowering.value(part.expression)
        else:
            array = tensor(lowering, part.expression, part.out, part.into)
        outputs[key] = _as_declared(lowering, array, part.dims)
    used = {v.attributes[0] for v in live(outputs.values()) if v.op == "input"}
    inputs = (*task.inputs, *(one for one in task.spare if one.symbol in used))
    return Program(outputs, inputs, lowering.builder.names, lowering.builder.hints)


def value_dims(task: Task) -> Dims:
    """The dimensions of the value's array: a vector has one, a row two."""
    shape = shape_of(task.value)
    return shape[:1] if shape and shape[1] == 1 else shape


def _as_declared(lowering: Lowering, value: Value, dims: Dims) -> Value:
    """Put back the axes of length 1 that the caller expects."""
    for axis, size in enumerate(dims):
        if size == 1:
            value = lowering.builder.expand(value, axis)
    return value


# ---------------------------------------------------------------- signatures
@dataclass(frozen=True)
class Signature:
    """The arguments of the emitted functions: arrays, then the caller's functions, keyword only."""

    arrays: Mapping[Any, str]
    callables: Mapping[Callee, str]
    names: Names


def signature_of(program: Program) -> Signature:
    """Names for the arguments; two variables never share one."""
    names = Names()
    arrays = {one.symbol: names.new(identifier(one.name)) for one in program.inputs}
    callees = {v.attributes[0] for v in program.instructions if v.op == "call"}
    ordered = sorted(callees, key=lambda c: (c.name, c.order))
    return Signature(arrays, {c: names.new(prefix_of(c) + ascii_name(c.name)) for c in ordered}, names)


def prefix_of(callee: Callee) -> str:
    """θ, dθ, d2θ; g, grad_g, hess_g; h, jac_h."""
    if callee.order == 0:
        return ""
    if callee.kind == "elementwise":
        return "d" if callee.order == 1 else f"d{callee.order}"
    return {("field", 1): "grad_", ("field", 2): "hess_", ("map", 1): "jac_"}[callee.kind, callee.order]


# ---------------------------------------------------------------- text
@dataclass(frozen=True)
class Function:
    """An emitted function, as the template writes it."""

    name: str
    signature: str
    summary: str
    body: list[str]


@dataclass(frozen=True)
class Module:
    """An emitted module: its text, and what its functions take."""

    source: str
    signature: Signature
    inputs: tuple[Input, ...]


def emit(task: Task) -> str:
    """The module of a task as text."""
    return module_of(task).source


def module_of(task: Task) -> Module:
    """Write the module of a task."""
    program = program_of(task)
    signature = signature_of(program)
    both = f"value_and_{task.kind}"
    wanted = {"value": ["value"], task.kind: list(task.parts), both: ["value", *task.parts]}
    functions = [_function(name, task, program.select(outputs), signature) for name, outputs in wanted.items()]
    text = "\n".join(line for function in functions for line in function.body)
    source = _template("module.py.jinja").render(
        title=task.title or f"The {task.kind} of a function of {', '.join(signature.arrays.values())}",
        formulas=list(task.formulas),
        arguments=_arguments(program.inputs, signature),
        assumptions=list(task.assumptions),
        helpers={name: helper for name, helper in HELPERS.items() if re.search(rf"\b{name}\(", text)},
        scipy=[name for name in ("linalg", "special") if re.search(rf"(?<![.\w]){name}\.", text)],
        needs_callable=bool(signature.callables) or "frechet_matrix(" in text,
        ambiguous=any(name in ("l", "O", "I") for name in _assigned(signature, text)),
        functions=functions,
    )
    return Module(source, signature, program.inputs)


@dataclass(frozen=True)
class Helper:
    """A small function of the emitted module."""

    signature: str
    formula: str
    body: tuple[str, ...]


HELPERS = {
    row.name: Helper("z: np.ndarray", row.formula, (row.helper,)) for row in ARRAY_FUNCTIONS.values() if row.helper
} | {
    "largest_entry": Helper(
        "z: np.ndarray",
        "1 at the largest entry of z, 0 elsewhere.",
        ("indicator = np.zeros(z.shape)", "indicator.flat[np.argmax(z)] = 1.0", "return indicator"),
    ),
    "vech": Helper(
        "X: np.ndarray", "The columns of the lower triangle of X, stacked.", ("return X.T[np.triu_indices(len(X))]",)
    ),
    "elimination": Helper(
        "n: int",
        "The matrix L with vech X = L vec X for X n×n.",
        ("j, i = np.triu_indices(n)", "return np.eye(n * n)[i + n * j]"),
    ),
    "duplication": Helper(
        "n: int",
        "The matrix D with vec X = D vech X for symmetric X n×n.",
        (
            "j, i = np.triu_indices(n)",
            "eye = np.eye(n * n)",
            "return np.maximum(eye[i + n * j], eye[j + n * i]).T",
        ),
    ),
    "frechet_matrix": Helper(
        "f: Callable, X: np.ndarray",
        "The matrix K with vec L_f(X, E) = K vec E, L_f(X, E) the upper right block of f([X E; 0 X]).",
        (
            "n = len(X)",
            "big = np.kron(np.eye(2), X)",
            "K = np.zeros((n * n, n * n))",
            "for k in range(n * n):",
            "    big[k % n, n + k // n] = 1.0",
            "    K[:, k] = f(big)[:n, n:].T.reshape(-1)",
            "    big[k % n, n + k // n] = 0.0",
            "return K",
        ),
    ),
}


def _assigned(signature: Signature, text: str) -> set[str]:
    return {
        *signature.arrays.values(),
        *re.findall(r"^ *(\w+) = ", text, re.MULTILINE),
        *re.findall(r"(\w+)(?=,.* = )", text),
    }


def _function(name: str, task: Task, program: Program, signature: Signature) -> Function:
    used = set(program.instructions)
    called = {v.attributes[0] for v in used if v.op == "call"}
    callables = {c: argument for c, argument in signature.callables.items() if c in called}
    emitter = Emitter(program, signature.arrays, callables, signature.names.copy(), _result_names(task))
    results = emitter.run()
    lines = source_of([*emitter.statements, *_return(task, results)])
    return Function(
        name,
        _signature_text(name, signature.arrays, callables, _returns(task, name)),
        _summary(task, name),
        lines,
    )


def _return(task: Task, results: Mapping[str, ast.expr]) -> list[ast.stmt]:
    """The value, the array, a dict of arrays, or the value and those."""
    parts = {key: node for key, node in results.items() if key != "value"}
    if not parts:
        return [ast.Return(results["value"])]
    if not is_joint(task):
        whole: ast.expr = next(iter(parts.values()))
        return [ast.Return(ast.Tuple([results["value"], whole], ast.Load()) if "value" in results else whole)]
    table = ast.Dict([ast.Constant(key) for key in parts], list(parts.values()))
    if "value" not in results:
        return [ast.Return(table)]
    name = ast.Name(f"{task.kind}s", ast.Store())
    both = ast.Tuple([results["value"], ast.Name(name.id, ast.Load())], ast.Load())
    return [ast.Assign([name], table, lineno=0), ast.Return(both)]


def _result_names(task: Task) -> dict[str, str]:
    """What the outputs are called: f, G or g, J, H, with the variable's name if there are more."""
    names = {"value": "f"}
    for key, part in task.parts.items():
        letter = {"jacobian": "J", "hessian": "H"}.get(task.kind) or ("G" if len(part.dims) == 2 else "g")
        names[key] = f"{letter}_{'_'.join(identifier(k) for k in key.split(','))}" if is_joint(task) else letter
    return names


def is_joint(task: Task) -> bool:
    """Is the derivative a dict of arrays?"""
    return task.joint or len(task.parts) > 1


def _returns(task: Task, name: str) -> str:
    value = "np.ndarray" if value_dims(task) else "float"
    if name == "value":
        return value
    part = next(iter(task.parts.values()))
    array = "np.ndarray" if part.dims else "float"
    whole = f"dict[str, {array}]" if is_joint(task) else array
    return whole if name == task.kind else f"tuple[{value}, {whole}]"


def _signature_text(name: str, arrays: Mapping[Any, str], callables: Mapping[Callee, str], returns: str) -> str:
    """``name(W: np.ndarray, x: np.ndarray) -> float``; the arguments on lines of their own where that is too long."""
    arguments = [f"{one}: {'np.ndarray' if shape_of(symbol) else 'float'}" for symbol, one in arrays.items()]
    if callables:
        arguments += ["*", *(f"{one}: Callable" for one in callables.values())]
    line = f"{name}({', '.join(arguments)}) -> {returns}"
    if len(line) + len("def :") <= LINE:
        return line
    if len(together := ", ".join(arguments)) + 4 <= LINE:
        return f"{name}(\n    {together}\n) -> {returns}"
    return f"{name}(\n" + "".join(f"    {one},\n" for one in arguments) + f") -> {returns}"


def _summary(task: Task, name: str) -> str:
    if name == "value":
        return f"The value: {show_dims(value_dims(task))}."
    if name != task.kind:
        return f"The value and the {task.kind}, sharing what they share."
    if is_joint(task):
        return f"The {task.kind}, an array by each of {len(task.parts)} names."
    return f"The {task.kind}: {show_dims(next(iter(task.parts.values())).dims)}."


def show_dims(dims: Dims) -> str:
    """``a number``, ``shape (n,)``, ``shape (m, n)``."""
    if not dims:
        return "a number"
    return f"shape ({dims[0]},)" if len(dims) == 1 else f"shape ({', '.join(str(d) for d in dims)})"


def _arguments(inputs: Sequence[Input], signature: Signature) -> list[str]:
    """What is passed, a line each: ``W: shape (m, n)``."""
    lines = [f"{signature.arrays[one.symbol]}: {show_dims(one.declared)}" for one in inputs]
    return lines + [f"{argument}: {_role(callee)}" for callee, argument in signature.callables.items()]


def _role(callee: Callee) -> str:
    marks = "′" * callee.order
    if callee.kind == "elementwise":
        return f"{callee.name}{marks}, applied entry by entry"
    if callee.kind == "field":
        return ["x ↦ {}(x), a number", "x ↦ ∇{}(x), of the shape of x", "x ↦ ∇²{}(x), of shape x.shape + x.shape"][
            callee.order
        ].format(callee.name)
    return ["x ↦ {}(x)", "x ↦ its Jacobian, of shape {}(x).shape + x.shape"][callee.order].format(callee.name)


# ---------------------------------------------------------------- templates
@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(templates() / "python"),
        undefined=StrictUndefined,
        variable_start_string="<<", variable_end_string=">>", block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>",
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters["doc"] = as_docstring
    return environment.get_template(name)


def as_docstring(text: str) -> str:
    """Text that may stand inside triple double quotes: no backslash, no quote and no control character gets through."""
    plain = "".join(" " if c in "\r\n\t\v\f\x1c\x1d\x1e\x85\u2028\u2029" or ord(c) < 32 else c for c in text)
    return plain.replace("\\", "\\\\").replace('"', "'")
