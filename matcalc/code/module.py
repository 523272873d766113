"""Modules: the value, the derivative and both at once, as a self-contained file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ..algebra.core import FamilySymbol, shape_of, shown_name
from ..algebra.nodes import is_index
from ..operators.summations import unbound
from .builder import Builder
from .emitter import Emitter
from .lowering import Lowering
from .names import Names, ascii_name, identifier
from .options import Options
from .passes import optimise
from .program import Callee, Dims, Input, Program, Value, live
from .targets import Target, target_of
from .tensors import tensor


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
    #: Is it known to be real, though complex numbers occur?
    real: bool = field(default=False, kw_only=True)

    #: The type of what the emitted function returns, where it is not the target's array.
    type: ClassVar[str] = ""

    def lowered(self, lowering: Lowering) -> Value:
        """The array, with the axes of length 1 that the caller expects."""
        if self.into is None:
            value = lowering.value(self.expression)
        else:
            value = tensor(lowering, self.expression, self.out, self.into)
        return as_declared(lowering, lowering.builder.real(value) if self.real else value, self.dims)


@dataclass(frozen=True)
class More:
    """A further function: its arrays by variable, and the directions that it takes beside the inputs."""

    parts: Mapping[str, Part]
    directions: tuple[Input, ...] = ()
    #: What it returns, without the shape.
    summary: str = ""


@dataclass(frozen=True)
class Task:
    """What a module computes.

    ``by`` maps the keys of the parts to the variables whose plain gradient or Jacobian they are; it is empty for a
    Hessian, for a structured variable and for a layout of its own.
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
    by: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    formulas: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    guesses: Mapping[str, int] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    #: Functions beside the value, the derivative and both: of a Hessian the gradient and its product with a direction.
    more: Mapping[str, More] = field(default_factory=dict)
    #: May (AX − B)C become AXC − BC, where that is cheaper and costs digits?
    fast_math: bool = False
    #: Optimisations to leave out, by name, to measure what each is worth.
    without: frozenset[str] = frozenset()
    #: Of a batch (:mod:`matcalc.code.vmap`): the task of one example, the axis of the examples, and what has it.
    example: Task | None = None
    lead: Dims = ()
    moving: frozenset[Any] = frozenset()

    @property
    def is_joint(self) -> bool:
        """Is the derivative a dict of arrays?"""
        return self.joint or len(self.parts) > 1

    @property
    def differentiable(self) -> bool:
        """Is the derivative what automatic differentiation would find?"""
        return bool(self.by)

    @property
    def noun(self) -> str:
        """What the derivative is called in words."""
        names = {"gauss_newton": "Gauss–Newton matrix", "hessian": "Hessian", "jacobian": "Jacobian"}
        return names.get(self.kind, self.kind)

    @property
    def dims(self) -> Dims:
        """The dimensions of the value's array."""
        return (*self.lead, *value_dims(self))


def variable(symbol: Any, declared: Dims | None = None, name: str | None = None) -> Input:
    """An input: ``declared`` are the dimensions of the caller's array: () for a scalar, (n,) for n×1, else 2-D."""
    shape = shape_of(symbol)
    if declared is None:
        declared = shape[:1] if shape and shape[1] == 1 else tuple(shape)
    return Input(symbol, tuple(declared), name or str(symbol.name))


def program_of(task: Task) -> Program:
    """The array program of a task: ``"value"`` and the parts, the sub-expressions shared.

    With ``fast_math`` that is the one with products multiplied out where this is less work in all.
    """
    kept = _lowered(task, fast_math=False)
    if not task.fast_math:
        return kept
    return min(kept, _lowered(task, fast_math=True), key=lambda program: _work(task, program))


def _work(task: Task, program: Program) -> float:
    """About how many operations the derivative takes, for guessed sizes."""
    program = optimise(program.select(task.parts), ("shared",))
    count = Builder(program.inputs, task.guesses).size.count
    products = [v for v in program.instructions if v.op == "matmul"]
    return sum(count((*v.operands[0].shape, *v.operands[1].shape[1:])) for v in products) + sum(
        count(v.shape) for v in program.instructions
    )


def _lowered(task: Task, fast_math: bool) -> Program:
    directions = [one for more in task.more.values() for one in more.directions]
    inputs = (*task.inputs, *task.spare, *directions)
    lowering = Lowering(Builder(inputs, task.guesses, fast_math=fast_math, without=task.without))
    of_samples = unbound(*task.named)  # these have another value for every sample
    for node in task.named:
        if node not in of_samples:
            lowering.factor(node)
    outputs = {"value": as_declared(lowering, lowering.value(task.value), value_dims(task))}
    outputs |= {key: part.lowered(lowering) for key, part in task.parts.items()}
    for function, more in task.more.items():
        outputs |= {f"{function} {key}": part.lowered(lowering) for key, part in more.parts.items()}
    used = {v.attributes[0] for v in live(outputs.values()) if v.op == "input"}
    inputs = (*task.inputs, *(one for one in task.spare if one.symbol in used))
    return Program(outputs, inputs, lowering.builder.names, lowering.builder.hints)


def value_dims(task: Task) -> Dims:
    """The dimensions of the value's array: a vector has one, a row two."""
    shape = shape_of(task.value)
    return shape[:1] if shape and shape[1] == 1 else shape


def as_declared(lowering: Lowering, value: Value, dims: Dims) -> Value:
    """Put back the axes of length 1 that the caller expects."""
    if dims and not value.rank:
        return lowering.builder.broadcast(value, dims)
    if len(dims) == 3 and value.rank == 2:  # all samples X_i, from a matrix whose columns are vec X_i
        b = lowering.builder
        return b.transpose(b.reshape(value, (dims[1], dims[0], dims[2])), (1, 0, 2))
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
    #: Of functions that take directions.
    directions: Mapping[Any, str] = field(default_factory=dict)
    #: The arrays that have an axis of the examples before their own.
    moving: frozenset[Any] = frozenset()
    #: What has to be a whole number.
    whole: frozenset[Any] = frozenset()

    def with_directions(self, directions: Sequence[Input]) -> Signature:
        """The signature of a function that takes directions beside the arrays."""
        more = {one.symbol: self.directions[one.symbol] for one in directions}
        return replace(self, arrays={**self.arrays, **more})


def signature_of(program: Program, target: Target, directions: Sequence[Input] = ()) -> Signature:
    """Names for the arguments; two variables never share one."""
    names = Names(target.reserved)
    arrays = {one.symbol: names.new(target.identifier(one.name)) for one in program.inputs}
    callees = {v.attributes[0] for v in program.instructions if v.op == "call"}
    ordered = sorted(callees, key=lambda c: (c.name, c.order))
    callables = {c: names.new(prefix_of(c) + ascii_name(c.name)) for c in ordered}
    given = {d.symbol: names.new(target.identifier(d.name)) for d in directions}
    return Signature(arrays, callables, names, given, whole=program.whole)


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
    #: What it computes; of a batch, with the axis of the examples.
    task: Task


def emit(task: Task, target: str = "numpy") -> str:
    """The module of a task as text."""
    return module_of(task, target).source


def module_of(task: Task, target: str = "numpy") -> Module:
    """Write the module of a task for a target."""
    to = target_of(target)
    if to.distributed:
        from .distributed import distributed_module

        return distributed_module(replace(task, more={}), to)
    program = program_of(task)
    signature = signature_of(program, to, [one for more in task.more.values() for one in more.directions])
    inputs = program.inputs
    if task.options.batch:
        from .vmap import over_task, with_axis

        task = over_task(task)
        inputs = tuple(with_axis(one, task.moving, task.lead) for one in inputs)
        signature = replace(signature, moving=task.moving)
    both = f"value_and_{task.kind}"
    wanted = {"value": ["value"], task.kind: list(task.parts), both: ["value", *task.parts]}
    functions = [
        function
        for name, outputs in wanted.items()
        for function in _functions(to, name, task, program.select(outputs), signature)
    ]
    for name, more in task.more.items():
        outputs = {key: program.outputs[f"{name} {key}"] for key in more.parts}
        arguments = signature.with_directions(more.directions)
        directions = (task.example or task).more[name].directions
        part = replace(program, outputs=outputs, inputs=(*program.inputs, *directions))
        functions.extend(_functions(to, name, task, part, arguments))
    order = ["value", *(name for name in task.more if name == "gradient"), task.kind, both]
    functions.sort(key=lambda f: order.index(f.name.lstrip("_")) if f.name.lstrip("_") in order else len(order))
    docs = {
        "title": task.title or f"The {task.noun} of a function of {', '.join(signature.arrays.values())}",
        "formulas": list(task.formulas),
        "arguments": arguments_of(inputs, signature),
        "assumptions": list(task.assumptions),
    }
    return Module(to.module(task, signature, functions, docs), signature, inputs, task)


def _functions(target: Target, name: str, task: Task, program: Program, signature: Signature) -> Iterator[Function]:
    """The function of this name; where a library maps it over examples, after that of one example."""
    called = {v.attributes[0] for v in program.instructions if v.op == "call"}
    callables = {c: argument for c, argument in signature.callables.items() if c in called}
    if task.moving and not target.maps:
        from .vmap import over_examples

        program = over_examples(program, task, target.passes)
    else:
        program = optimise(program, target.passes, task.without)
    names, wanted = signature.names.copy(), result_names(task)
    emitter = Emitter(
        target, program, signature.arrays, callables, names, wanted, without=task.without, dtype=task.options.dtype
    )
    results = emitter.run()
    lines = target.lines([*emitter.statements, *target.results(task, results)])
    arguments = list(callables.values())
    if task.example is not None and target.maps:
        alone = replace(signature, moving=frozenset())
        head = target.signature(f"_{name}", task.example, alone, arguments)
        says = re.sub("[:,]", r" of one example\g<0>", summary(task.example, name), count=1)
        yield Function(f"_{name}", head, says, lines)
        lines = target.over_examples(f"_{name}", signature, arguments)
    lines = [*target.prologue(task, signature, "\n".join(lines)), *lines]
    yield Function(name, target.signature(name, task, signature, arguments), summary(task, name), lines)


def result_names(task: Task) -> dict[str, str]:
    """What the outputs are called: f, G or g, J, H, with the variable's name if there are more."""
    names = {"value": "f"}
    names |= {key: "" for more in task.more.values() for key in more.parts}
    for key, part in task.parts.items():
        letter = {"jacobian": "J", "hessian": "H"}.get(task.kind) or (
            "G" if len(part.dims) - len(task.lead) == 2 else "g"
        )
        names[key] = f"{letter}_{'_'.join(identifier(k) for k in key.split(','))}" if task.is_joint else letter
    return names


def summary(task: Task, name: str) -> str:
    if name in task.more:
        more = task.more[name]
        dims = show_dims(next(iter(more.parts.values())).dims)
        return f"{more.summary}: {'an array by each of the names' if task.is_joint else dims}."
    if name == "value":
        return f"The value: {show_dims(task.dims)}."
    if name != task.kind:
        return f"The value and the {task.noun}, sharing what they share."
    if task.is_joint:
        return f"The {task.noun}, an array by each of {len(task.parts)} names."
    return f"The {task.noun}: {show_dims(next(iter(task.parts.values())).dims)}."


def show_dims(dims: Dims) -> str:
    """``a number``, ``shape (n,)``, ``shape (m, n)``."""
    if not dims:
        return "a number"
    return f"shape ({dims[0]},)" if len(dims) == 1 else f"shape ({', '.join(str(d) for d in dims)})"


def arguments_of(inputs: Sequence[Input], signature: Signature) -> list[str]:
    """What is passed, a line each: ``W: shape (m, n)``."""
    lines = [f"{signature.arrays[one.symbol]}: {_described(one, signature)}" for one in inputs]
    return lines + [f"{argument}: {_role(callee)}" for callee, argument in signature.callables.items()]


def _described(one: Input, signature: Signature) -> str:
    moves = one.symbol in signature.moving
    if one.symbol in signature.whole:
        return "an index, from 1" if is_index(one.symbol) else "a whole number"
    shown = f", called {shown_name(one.symbol)} above" if isinstance(one.symbol, FamilySymbol) else ""
    samples = "; the last axis is that of the samples" if shown or len(one.declared) - moves > 2 else ""
    examples = "; the first axis is that of the examples" if moves else ""
    return f"{show_dims(one.declared)}{shown}{samples}{examples}"


def _role(callee: Callee) -> str:
    marks = "′" * callee.order
    if callee.kind == "elementwise":
        return f"{callee.name}{marks}, applied entry by entry"
    if callee.kind == "field":
        return ["x ↦ {}(x), a number", "x ↦ ∇{}(x), of the shape of x", "x ↦ ∇²{}(x), of shape x.shape + x.shape"][
            callee.order
        ].format(callee.name)
    return ["x ↦ {}(x)", "x ↦ its Jacobian, of shape {}(x).shape + x.shape"][callee.order].format(callee.name)
