"""From a derivation to code: what of it goes into a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..algebra.core import PRINTERS, shape_of
from ..algebra.nodes import is_named, named_nodes
from ..calculus.cost import full_weight
from ..calculus.engine import LONGEST_RESULT
from ..errors import CompileError
from ..operators.conjugation import RealPart
from .compiled import Compiled
from .module import Part, Task, emit, value_dims
from .program import Dims, Input

#: Formulas longer than this are left out of docstrings.
LONGEST_FORMULA = 88


def source(derivation: Any, target: str = "numpy", **options: Any) -> str:
    """A self-contained module as text. Raises CompileError for a target or an option that is not there."""
    return emit(_task(derivation, target, "dense", options))


def compile_derivation(derivation: Any, target: str = "numpy", structure: str = "dense", **options: Any) -> Compiled:
    """The derivative as a callable that takes every variable by keyword."""
    return Compiled(_task(derivation, target, structure, options))


def _task(derivation: Any, target: str, structure: str, options: Mapping[str, Any]) -> Task:
    if target != "numpy":
        raise CompileError(f"there is no target {target!r}", hint="the targets are: numpy")
    if structure != "dense":
        raise CompileError(f"structure={structure!r} is not supported yet", hint='use structure="dense"')
    if options:
        raise CompileError(f"unknown option {next(iter(options))!r}")
    return task_of(derivation)


def task_of(derivation: Any) -> Task:
    """The task of a derivation: its value and every part of its result."""
    program, kind = derivation.program, derivation.kind
    kind = "gradient" if kind == "differential" and not shape_of(derivation.expression) else kind
    kind = "jacobian" if kind == "differential" else kind
    parts = dict(_parts(derivation, kind))
    return Task(
        value=_value(derivation),
        kind=kind,
        parts=parts,
        inputs=inputs_of_program(program),
        joint=derivation.joint,
        spare=tuple(_input(s) for s in program.symbols.values() if s.kind == "variable" and not s.occurs),
        named=tuple(step.before for step in derivation.steps if step.kind == "let" and is_named(step.before)),
        title=_one_line(program.source),
        formulas=tuple(_formulas(derivation)),
        assumptions=tuple(derivation.assumptions),
    )


def inputs_of_program(program: Any) -> tuple[Input, ...]:
    """The variables that occur, in order of appearance."""
    return tuple(_input(s) for s in program.symbols.values() if s.kind == "variable" and s.occurs)


def _input(symbol: Any) -> Input:
    return Input(symbol.node, tuple(symbol.shape), symbol.name)


def _value(derivation: Any) -> Any:
    """The value; of a real function of complex variables, without the rounding in its imaginary part."""
    real = derivation.structure == "complex-gradient"
    return RealPart.make(derivation.expression) if real else derivation.expression


def _parts(derivation: Any, kind: str) -> Iterator[tuple[str, Part]]:
    """The arrays of the result. In a layout of its own, the matrix that was asked for is returned as it is."""
    declared = {name: tuple(s.shape) for name, s in derivation.program.symbols.items()}
    variables = derivation.variables
    single = len(variables) == 1
    for key, expression in derivation.results.items():
        names = key.split(",") if kind == "hessian" and not single else [key]
        a, b = (names[0], names[-1]) if kind == "hessian" else ("", names[-1])
        b = b if b in variables else next(iter(variables))
        a = a if a in variables else next(iter(variables))
        into = shape_of(variables[b])
        if derivation.layout != "gradient":
            shape = shape_of(expression)
            yield key, Part(expression, shape[:1] if shape and shape[1] == 1 else shape)
        elif kind == "gradient":
            yield key, Part(_short(derivation, key, expression), declared[b])
        elif kind == "hessian":
            yield key, Part(expression, declared[a] + declared[b], shape_of(variables[a]), into)
        else:
            value = derivation.expression
            yield key, Part(expression, value_dims_of(value) + declared[b], shape_of(value), into)


def value_dims_of(value: Any) -> Dims:
    """The dimensions of the value's array."""
    shape = shape_of(value)
    return shape[:1] if shape and shape[1] == 1 else shape


def _short(derivation: Any, key: str, expression: Any) -> Any:
    """The result; where it is very long without its named intermediates, in those."""
    compact = derivation.derived.compact.get(key)
    if compact is None or derivation.structure is not None or full_weight(compact) <= LONGEST_RESULT:
        return expression
    return compact


def _formulas(derivation: Any) -> Iterator[str]:
    """∂f/∂W = …; in named intermediates, with what those are, where it is long without; nothing where it is long with."""
    if PRINTERS["text"].__name__ == "srepr":
        return
    said: dict[str, None] = {}
    for step in derivation.steps:
        if step.kind != "result":
            continue
        lines = [f"{step.left} = {step.after}"]
        if len(lines[0]) > LONGEST_FORMULA:
            names = named_nodes(step.before)
            lines = [*(f"{one.name} = {one.args[1]}" for one in names), f"{step.left} = {step.before}"]
        if all(len(line) <= LONGEST_FORMULA for line in lines):
            said |= dict.fromkeys(lines)
    yield from said


def _one_line(text: str) -> str:
    """The text on one line, shortened."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_FORMULA else flat[: LONGEST_FORMULA - 1] + "…"


__all__ = ["compile_derivation", "inputs_of_program", "source", "task_of", "value_dims"]
