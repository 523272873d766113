"""From a derivation to code: what of it goes into a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..algebra.core import PRINTERS, shape_of
from ..algebra.nodes import is_named, named_nodes
from ..calculus.cost import full_weight
from ..calculus.engine import LONGEST_RESULT
from ..calculus.structure import FREE_ENTRIES, structured_shape
from ..errors import CompileError
from ..forms.derivative import derivatives_of
from ..operators.conjugation import RealPart
from .compiled import Compiled
from .linear_operators import operator_parts
from .module import Part, Task, emit, value_dims
from .passes import OPTIMISATIONS
from .program import Dims, Input
from .structured import sparse_part
from .targets import TARGETS

#: Formulas longer than this are left out of docstrings.
LONGEST_FORMULA = 88
#: Of more results than this, none is written out in the docstring.
MOST_FORMULAS = 6
#: How a Jacobian or a Hessian may be returned.
OUTPUTS = ("dense", "sparse", "operator")


def source(derivation: Any, target: str = "numpy", structure: str = "dense", **options: Any) -> str:
    """A self-contained module as text; ``structure`` and the options as for :func:`compile_derivation`.

    Raises CompileError for a target, a structure or an option that is not there.
    """
    return emit(_task(derivation, target, structure, options), target)


def compile_derivation(derivation: Any, target: str = "numpy", structure: str = "dense", **options: Any) -> Compiled:
    """The derivative as a callable that takes every variable by keyword.

    ``structure`` is "dense", or for Jacobians and Hessians the matrix on column-major vec: "sparse", a scipy.sparse
    array that holds no zeros, or "operator", a LinearOperator that multiplies by it and holds no matrix at all.

    ``fast_math=True`` multiplies residuals out where that is cheaper: (UVᵀ − T)V as U(VᵀV) − TV, which loses digits
    where UVᵀ is close to T. ``without=("factor", …)`` leaves optimisations of
    :data:`matcalc.code.passes.OPTIMISATIONS` out, to see what they are worth.
    """
    return Compiled(_task(derivation, target, structure, options), target)


def _task(derivation: Any, target: str, structure: str, options: Mapping[str, Any]) -> Task:
    if target not in TARGETS:
        raise CompileError(f"there is no target {target!r}", hint=f"the targets are: {', '.join(TARGETS)}")
    if structure not in OUTPUTS:
        raise CompileError(f"structure={structure!r} is not known", hint=f"one of {', '.join(OUTPUTS)}")
    if structure != "dense" and target != "numpy":
        raise CompileError(f"the target {target} has dense arrays alone", hint=f'structure="{structure}" is for numpy')
    if unknown := [name for name in options if name not in ("fast_math", "without")]:
        raise CompileError(f"unknown option {unknown[0]!r}")
    without = frozenset(options.get("without", ()))
    if extra := sorted(without.difference(OPTIMISATIONS)):
        raise CompileError(f"there is no optimisation {extra[0]!r}", hint=f"one of {', '.join(OPTIMISATIONS)}")
    return replace(task_of(derivation, structure), fast_math=bool(options.get("fast_math")), without=without)


def task_of(derivation: Any, structure: str = "dense") -> Task:
    """The task of a derivation: its value and every part of its result."""
    program, kind = derivation.program, derivation.kind
    kind = "gradient" if kind == "differential" and not shape_of(derivation.expression) else kind
    kind = "jacobian" if kind == "differential" else kind
    if kind == "gradient" and structure != "dense":
        raise CompileError(
            "a gradient is an array like its variable, not a matrix",
            hint='structure is for kind="jacobian" and kind="hessian"',
        )
    parts = dict({"dense": _parts, "sparse": _sparse_parts, "operator": _operator_parts}[structure](derivation, kind))
    return Task(
        value=_value(derivation),
        kind=kind,
        parts=parts,
        inputs=inputs_of_program(program),
        joint=derivation.joint,
        spare=tuple(_input(s) for s in program.symbols.values() if s.kind == "variable" and not s.occurs),
        named=tuple(step.before for step in derivation.steps if step.kind == "let" and is_named(step.before)),
        by=_plain(derivation, kind),
        title=_one_line(program.source),
        formulas=tuple(_formulas(derivation)),
        assumptions=tuple(derivation.assumptions),
    )


def _plain(derivation: Any, kind: str) -> dict[str, Any]:
    """The variables whose gradient or Jacobian is what automatic differentiation finds."""
    plain = derivation.structure is None and derivation.layout == "gradient" and kind != "hessian"
    program = derivation.program
    return {name: program.symbols[name].node for name in derivation.variables} if plain else {}


def inputs_of_program(program: Any) -> tuple[Input, ...]:
    """The variables and indices that occur, in order of appearance."""
    return tuple(_input(s) for s in program.symbols.values() if s.kind in ("variable", "index") and s.occurs)


def _input(symbol: Any) -> Input:
    return Input(symbol.node, tuple(symbol.shape), symbol.name, frozenset(symbol.properties))


def _value(derivation: Any) -> Any:
    """The value; of a real function of complex variables, without the rounding in its imaginary part."""
    real = derivation.structure == "complex-gradient"
    return RealPart.make(derivation.expression) if real else derivation.expression


def _parts(derivation: Any, kind: str) -> Iterator[tuple[str, Part]]:
    """The arrays of the result. In a layout of its own, the matrix that was asked for is returned as it is."""
    declared = {name: tuple(s.shape) for name, s in derivation.program.symbols.items()}
    value, shapes = derivation.expression, _variable_shapes(derivation)
    if derivation.structure in FREE_ENTRIES:
        declared = {name: shape[:1] for name, shape in shapes.items()}
    for key in derivation.derived.results:
        if derivation.layout != "gradient":
            expression = derivation.results[key]
            shape = shape_of(expression)
            yield key, Part(expression, shape[:1] if shape and shape[1] == 1 else shape)
            continue
        expression = _short(derivation, key)
        names = key.split(",")
        a, b = names if kind == "hessian" and len(names) == 2 else (key, key)
        if kind == "gradient":
            yield key, Part(expression, declared[key])
        elif kind == "hessian":
            yield key, Part(expression, declared[a] + declared[b], shapes[a], shapes[b])
        else:
            yield key, Part(expression, value_dims_of(value) + declared[key], shape_of(value), shapes[key])


def _variable_shapes(derivation: Any) -> dict[str, Any]:
    """The shapes of what is differentiated by: the variables, or the vectors of their free entries."""
    shapes = {name: shape_of(x) for name, x in derivation.variables.items()}
    if derivation.structure in FREE_ENTRIES:
        return {name: structured_shape(derivation.structure, shape) for name, shape in shapes.items()}
    return shapes


def _sparse_parts(derivation: Any, kind: str) -> Iterator[tuple[str, Part]]:
    """Matrices on vec, sparse."""
    shapes = _variable_shapes(derivation)
    for key in derivation.derived.results:
        row, _, name = key.rpartition(",")
        out = shapes[row] if kind == "hessian" else shape_of(derivation.expression)
        yield key, sparse_part(_short(derivation, key), out, shapes[name], derivation.layout == "denominator")


def _operator_parts(derivation: Any, kind: str) -> Iterator[tuple[str, Part]]:
    """Linear operators on vec."""
    return operator_parts(derivatives_of(derivation).items(), derivation.layout == "denominator")


def value_dims_of(value: Any) -> Dims:
    """The dimensions of the value's array."""
    shape = shape_of(value)
    return shape[:1] if shape and shape[1] == 1 else shape


def _short(derivation: Any, key: str) -> Any:
    """The result; where it is very long without its named intermediates, in those."""
    derived = derivation.derived
    compact = derived.compact.get(key)
    if compact is not None and derivation.structure is None and full_weight(compact) > LONGEST_RESULT:
        return compact
    return derived.results[key]


def _formulas(derivation: Any) -> Iterator[str]:
    """∂f/∂W = …; where that is long, in named intermediates, with what those are; nothing where both are long."""
    results = [
        step for step in derivation.steps if step.kind == "result" and full_weight(step.after) <= LONGEST_FORMULA
    ]
    if PRINTERS["text"].__name__ == "srepr" or len(results) > MOST_FORMULAS:
        return
    said: dict[str, None] = {}
    for step in results:
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
