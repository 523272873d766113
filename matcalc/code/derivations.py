"""From a derivation to code: what of it goes into a module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..algebra.core import PRINTERS, shape_of
from ..algebra.nodes import is_named, named_nodes
from ..calculus.cost import full_weight
from ..errors import CompileError
from ..operators.conjugation import RealPart
from .compiled import Compiled
from .module import Task, emit, value_dims
from .parts import parts_of
from .passes import OPTIMISATIONS
from .program import Input
from .targets import TARGETS

#: Formulas longer than this are left out of docstrings.
LONGEST_FORMULA = 88
#: Of more results than this, none is written out in the docstring.
MOST_FORMULAS = 6


def source(derivation: Any, target: str = "numpy", structure: str = "dense", **options: Any) -> str:
    """A self-contained module as text; ``structure`` and the options as for :func:`compile_derivation`.

    Raises CompileError for a target, a structure or an option that is not there.
    """
    return emit(_task(derivation, target, structure, options), target)


def compile_derivation(derivation: Any, target: str = "numpy", structure: str = "dense", **options: Any) -> Compiled:
    """The derivative as a callable that takes every variable by keyword.

    ``structure`` is "dense", or for Jacobians and Hessians the matrix on column-major vec: "sparse", a scipy.sparse
    array that holds no zeros, or "operator", a LinearOperator that multiplies by it and holds no matrix at all.
    ``form`` is "tensor", the axes of the value and then those of the variable, "vec", the matrix on vec, or
    "gauss-newton", JᵀJ of a value ½‖r‖² in place of the Hessian; without it, "tensor".

    ``fast_math=True`` multiplies residuals out where that is cheaper: (UVᵀ − T)V as U(VᵀV) − TV, which loses digits
    where UVᵀ is close to T. ``without=("factor", …)`` leaves optimisations of
    :data:`matcalc.code.passes.OPTIMISATIONS` out, to see what they are worth.
    """
    return Compiled(_task(derivation, target, structure, options), target)


def _task(derivation: Any, target: str, structure: str, options: dict[str, Any]) -> Task:
    if target not in TARGETS:
        raise CompileError(f"there is no target {target!r}", hint=f"the targets are: {', '.join(TARGETS)}")
    form = options.pop("form", None)
    if structure != "dense" and target != "numpy":
        raise CompileError(f"the target {target} has dense arrays alone", hint=f'structure="{structure}" is for numpy')
    if unknown := [name for name in options if name not in ("fast_math", "without")]:
        raise CompileError(f"unknown option {unknown[0]!r}")
    without = frozenset(options.get("without", ()))
    if extra := sorted(without.difference(OPTIMISATIONS)):
        raise CompileError(f"there is no optimisation {extra[0]!r}", hint=f"one of {', '.join(OPTIMISATIONS)}")
    return replace(task_of(derivation, structure, form), fast_math=bool(options.get("fast_math")), without=without)


def task_of(derivation: Any, structure: str = "dense", form: str | None = None) -> Task:
    """The task of a derivation: its value and every part of its result."""
    program, kind = derivation.program, derivation.kind
    kind = "gradient" if kind == "differential" and not shape_of(derivation.expression) else kind
    kind = "jacobian" if kind == "differential" else kind
    parts = parts_of(derivation, kind, structure, form)
    kind = "gauss_newton" if form == "gauss-newton" else kind
    return Task(
        value=_value(derivation),
        kind=kind,
        parts=parts,
        inputs=inputs_of_program(program),
        joint=derivation.joint,
        spare=tuple(_input(s) for s in program.symbols.values() if s.kind == "variable" and not s.occurs),
        named=tuple(step.before for step in derivation.steps if step.kind == "let" and is_named(step.before)),
        by=_plain(derivation, kind) if form in (None, "tensor") else {},
        title=_one_line(program.source),
        formulas=tuple(_formulas(derivation)) if form != "gauss-newton" else (),
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
