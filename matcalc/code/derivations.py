"""From a derivation to code: what of it goes into a module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..algebra import add, differential_of
from ..algebra.conjugate import is_complex_symbol, is_real_valued
from ..algebra.core import PRINTERS, shape_of
from ..algebra.nodes import is_named, named_nodes
from ..calculus.cost import full_weight
from ..errors import CompileError
from ..forms.derivative import derivatives_of
from ..operators.conjugation import RealPart
from .compiled import Compiled
from .module import More, Part, Task, emit, value_dims
from .options import Options
from .parts import parts_of
from .passes import OPTIMISATIONS
from .program import Input
from .targets import TARGETS, target_of

#: Formulas longer than this are left out of docstrings.
LONGEST_FORMULA = 88
#: Of more results than this, and of more names in conditions, none is written out in the docstring.
MOST_FORMULAS = 6


def source(derivation: Any, target: str = "numpy", structure: str = "dense", **options: Any) -> str:
    """A self-contained module as text; ``structure`` and the options as for :func:`compile_derivation`.

    Raises CompileError for a target, a structure or an option that is not there.
    """
    task = _task(derivation, target, structure, options)
    return emit(replace(task, more=more_of(derivation, task, structure)), target)


def compile_derivation(derivation: Any, target: str = "numpy", structure: str = "dense", **options: Any) -> Compiled:
    """The derivative as a callable that takes every variable by keyword.

    ``structure`` is "dense", or for Jacobians and Hessians the matrix on column-major vec: "sparse", a scipy.sparse
    array that holds no zeros, or "operator", a LinearOperator that multiplies by it and holds no matrix at all.
    ``form`` is "tensor", the axes of the value and then those of the variable, "vec", the matrix on vec, or
    "gauss-newton", JᵀJ of a value ½‖r‖² in place of the Hessian; without it, "tensor".

    ``batch=("x", "y")`` names inputs that get one more axis before their own, of length B: as many examples. The value,
    of shape (B,) or (B, m), and every array of the derivative, (B, n), (B, m, n) or (B, n, n), have it too and hold
    what each example alone gives, as by ``jax.vmap``; other inputs are shared. The directions of ``hvp`` have the axis
    where their variables do. For the targets numpy, jax and torch. Raises CompileError for what is no input, and where
    NumPy has no operation for all examples.

    ``fast_math=True`` multiplies residuals out where that is cheaper: (UVᵀ − T)V as U(VᵀV) − TV, which loses digits
    where UVᵀ is close to T. ``without=("factor", …)`` leaves optimisations of
    :data:`matcalc.code.passes.OPTIMISATIONS` out, to see what they are worth.
    """
    task = _task(derivation, target, structure, options)
    return Compiled(task, target, lambda: replace(task, more=more_of(derivation, task, structure)))


def _task(derivation: Any, target: str, structure: str, options: dict[str, Any]) -> Task:
    if target not in TARGETS:
        raise CompileError(f"there is no target {target!r}", hint=f"the targets are: {', '.join(TARGETS)}")
    form = options.pop("form", None)
    if structure != "dense" and target != "numpy":
        raise CompileError(f"the target {target} has dense arrays alone", hint=f'structure="{structure}" is for numpy')
    fast_math, without = bool(options.pop("fast_math", False)), frozenset(options.pop("without", ()))
    if extra := sorted(without.difference(OPTIMISATIONS)):
        raise CompileError(f"there is no optimisation {extra[0]!r}", hint=f"one of {', '.join(OPTIMISATIONS)}")
    asked = Options.of(options, target, target_of(target).options)
    if asked.batch and structure != "dense":
        raise CompileError(f'a batch is of dense arrays, not structure="{structure}"', hint="leave one of the two out")
    return replace(task_of(derivation, structure, form), options=asked, fast_math=fast_math, without=without)


def task_of(derivation: Any, structure: str = "dense", form: str | None = None) -> Task:
    """The task of a derivation: its value and every part of its result."""
    program, kind = derivation.program, derivation.kind
    kind = "gradient" if kind == "differential" and not shape_of(derivation.expression) else kind
    kind = "jacobian" if kind == "differential" else kind
    parts = parts_of(derivation, kind, structure, form)
    if type(next(iter(parts.values()))) is Part:
        parts = {key: replace(part, real=_is_real(derivation, key)) for key, part in parts.items()}
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
        formulas=tuple(_said(derivation, form)),
        assumptions=tuple(derivation.assumptions),
    )


def more_of(derivation: Any, task: Task, structure: str = "dense") -> dict[str, More]:
    """What a module of a Hessian has besides: the gradient, and the Hessian times a direction, in closed form."""
    if task.kind != "hessian" or derivation.structure is not None or derivation.layout != "gradient":
        return {}
    declared = {name: tuple(s.shape) for name, s in derivation.program.symbols.items()}
    gradients = {name: Part(derivation.derived.gradients[name], declared[name]) for name in derivation.variables}
    found = {"gradient": More(gradients, (), "The gradient")}
    if structure != "dense":
        return found
    blocks = derivatives_of(derivation)
    directions, products = [], {}
    for name, x in derivation.variables.items():
        letter = "V" if len(declared[name]) == 2 else "v"
        wanted = f"{letter}_{name}" if task.is_joint or letter in declared else letter
        directions.append(Input(differential_of(x), declared[name], wanted))
        along = [blocks[f"{name},{other}"] for other in derivation.variables]
        products[name] = Part(add(*(one.along(one.direction, one.closed) for one in along)), declared[name])
    given = " and ".join(one.name for one in directions) if len(directions) < 4 else "the directions"
    found["hvp"] = More(products, tuple(directions), f"The Hessian times {given}")
    return found


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
    real = derivation.structure == "complex-gradient" or _is_real(derivation)
    return RealPart.make(derivation.expression) if real else derivation.expression


def _is_real(derivation: Any, key: str = "") -> bool:
    """Is it a real function of complex arrays, or its derivative by real variables (``key``, such as X or X,Y)?"""
    symbols = derivation.program.symbols
    if shape_of(derivation.expression) or not any(is_complex_symbol(s.node) for s in symbols.values() if s.occurs):
        return False
    by_complex = any(is_complex_symbol(symbols[name].node) for name in key.split(",") if name)
    return not by_complex and is_real_valued(derivation.expression)


def _said(derivation: Any, form: str | None) -> dict[str, None]:
    """The formulas of the docstring: the derivatives, and what those names are that the assumptions speak of."""
    derivatives = () if form == "gauss-newton" else _formulas(derivation)
    return dict.fromkeys((*derivatives, *_definitions(derivation)))


def _definitions(derivation: Any) -> Iterator[str]:
    """S = XᵀX + λI, where det S > 0 is needed; nothing where there are many such names."""
    names = named_nodes(*(node for _, *nodes in derivation.derived.record.assumptions for node in nodes))
    if PRINTERS["text"].__name__ == "srepr" or len(names) > MOST_FORMULAS:
        return
    for one in names:
        line = f"{one.name} = {PRINTERS['text'](one.args[1])}"
        if len(line) <= LONGEST_FORMULA:
            yield line


def _formulas(derivation: Any) -> Iterator[str]:
    """∂f/∂W = …; where that is long, in named intermediates, with what those are; nothing where both are long."""
    results = [
        step for step in derivation.steps if step.kind == "result" and full_weight(step.after) <= LONGEST_FORMULA
    ]
    if PRINTERS["text"].__name__ == "srepr" or len(results) > MOST_FORMULAS:
        return
    said: dict[str, None] = {}
    shown = PRINTERS["text"]
    for step in results:
        lines = [f"{step.left} = {shown(step.after)}"]
        if len(lines[0]) > LONGEST_FORMULA:
            names = named_nodes(step.before)
            lines = [*(f"{one.name} = {shown(one.args[1])}" for one in names), f"{step.left} = {shown(step.before)}"]
        if all(len(line) <= LONGEST_FORMULA for line in lines):
            said |= dict.fromkeys(lines)
    yield from said


def _one_line(text: str) -> str:
    """The text on one line, shortened; what names stand for, line by line, ends in semicolons."""
    lines = [" ".join(line.split()).rstrip("; ") for line in text.splitlines() if line.strip()]
    flat = ("; " if all("=" in line for line in lines[:-1]) else " ").join(lines)
    return flat if len(flat) <= LONGEST_FORMULA else flat[: LONGEST_FORMULA - 1] + "…"


__all__ = ["compile_derivation", "inputs_of_program", "source", "task_of", "value_dims"]
