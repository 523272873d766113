"""What the options ``checks`` and ``self_test`` add to a Python module."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any

from ...algebra import is_complex_symbol
from ...algebra.nodes import is_index
from ...errors import CompileError
from ..options import Options
from .templates import template

if TYPE_CHECKING:
    from ..module import Signature, Task
    from ..program import Input

#: Sizes are drawn from these, so that a lost transpose shows.
SIZES = (3, 4, 2, 5, 6, 7)
#: How the arrays that have no property are drawn, one way after the other, until the derivative exists there.
DRAWS = (
    "rng.standard_normal({})",
    "rng.uniform(0.5, 2.0, {})",
    "rng.uniform(0.1, 0.9, {})",
    "0.3 * rng.standard_normal({})",
    "rng.uniform(1.1, 2.0, {})",
)
#: The last time, square matrices have eigenvalues with a positive real part, for roots and logarithms.
DOMINANT = "4.0 * np.eye({n}) + rng.uniform(-0.5, 0.5, ({n}, {n}))"
#: Property of an n×n matrix → an array that has it, and a direction that keeps it.
WITH_PROPERTY = {
    "spd": ("np.cov(rng.standard_normal(({n}, 4 * {n}))) + np.eye({n})", "np.cov(rng.standard_normal(({n}, {n})))"),
    "symmetric": ("np.cov(rng.standard_normal(({n}, {n})))", "np.cov(rng.standard_normal(({n}, {n})))"),
    "diagonal": ("np.diag(rng.uniform(0.5, 2.0, {n}))", "np.diag(rng.standard_normal({n}))"),
    "lower": ("np.tril(rng.uniform(0.5, 2.0, ({n}, {n})))", "np.tril(rng.standard_normal(({n}, {n})))"),
    "upper": ("np.triu(rng.uniform(0.5, 2.0, ({n}, {n})))", "np.triu(rng.standard_normal(({n}, {n})))"),
}
#: Draws an array for every example of a batch.
STACK = "stack(lambda: "


def shapes_text(task: Task, signature: Signature, array_type: str) -> str:
    """The table of shapes, and the function that compares."""
    shapes = {}
    for one in (*task.inputs, *task.spare):
        if one.symbol in signature.arrays and one.declared:
            parts = [str(int(size)) if size.is_Integer else f'"{size}"' for size in one.declared]
            shapes[signature.arrays[one.symbol]] = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
    return template("python", "checks.py.jinja").render(shapes=shapes, array_type=array_type).rstrip("\n")


def self_test_text(task: Task, signature: Signature, target: Any) -> str:
    """A test that the module runs as a program. Raises CompileError where there is no point to test at."""
    if signature.callables:
        raise CompileError("a module with functions of the caller's has no self-test")
    if not task.differentiable and "gradient" not in task.more:
        raise CompileError("the self-test is of a plain gradient, Jacobian or Hessian")
    if any(is_complex_symbol(one.symbol) for one in task.inputs):
        raise CompileError("there is no self-test by complex variables")
    for attempt in range(len(DRAWS)):
        if _holds(task, attempt):
            return _text(task, signature, target, attempt)
    raise CompileError("no point was found at which the derivative could be tested")


def _text(task: Task, signature: Signature, target: Any, attempt: int) -> str:
    by = {key.split(",")[0] for key in task.parts}
    lengths, variables = _lengths(task), [one for one in task.inputs if one.name in by]
    single = task.options.dtype == "float32"
    draws = {signature.arrays[one.symbol]: _drawn(one, lengths, attempt, signature) for one in task.inputs}
    moving = [f'"{one.name}"' for one in variables if one.symbol in task.moving]
    rendered = template("python", "self_test.py.jinja").render(
        imports=target.test_imports,
        draws=draws,
        stacks=lengths[task.lead[0]] if any(draw.startswith(STACK) for draw in draws.values()) else 0,
        directions={
            one.name: (signature.arrays[one.symbol], _direction(one, lengths, task.moving)) for one in variables
        },
        shared=len(moving) < len(variables),
        moving=f"({', '.join(moving)}{',' * (len(moving) == 1)})" if moving else "",
        arrays=target.test_arrays,
        joint=task.is_joint,
        kind=task.kind,
        differenced="gradient" if task.kind == "hessian" else "value",
        step="1e-2" if single else "1e-5",
        tolerance="1e-2" if single else "1e-6",
    )
    return rendered.rstrip("\n")


def _holds(task: Task, attempt: int) -> bool:
    """Does the test hold of the NumPy module?"""
    from ..module import module_of
    from . import target_of

    options = Options(dtype=task.options.dtype, batch=task.options.batch)
    module = module_of(replace(task.example or task, options=options), "numpy")
    test = _text(task, module.signature, target_of("numpy"), attempt)
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            exec(f"{module.source}\n\n{test}", {"__name__": "__main__"})  # noqa: S102 - the module and its test
        except (ArithmeticError, AssertionError, ValueError, RuntimeWarning):  # no derivative there
            return False
    return True


def _lengths(task: Task) -> dict[Any, int]:
    """A number for every size."""
    found = {s for one in (*task.inputs, *task.spare) for size in one.declared for s in size.free_symbols}
    return {size: SIZES[k % len(SIZES)] for k, size in enumerate(sorted(found, key=str))}


def _drawn(one: Input, lengths: dict[Any, int], attempt: int, signature: Signature) -> str:
    """A random array with the declared properties."""
    moving = signature.moving
    if one.symbol in signature.whole:
        return "1" if is_index(one.symbol) else "3"
    shape = [int(size.subs(lengths)) for size in one.declared]
    if found := _with_property(one, shape, one.symbol in moving, 0):
        return found
    if attempt == len(DRAWS) - 1 and len(shape) == 2 and shape[0] == shape[1] and one.symbol not in moving:
        return DOMINANT.format(n=shape[0])
    positive = "positive" in one.properties or (len(shape) == (one.symbol in moving) and one.symbol.is_positive)
    return _of_shape(DRAWS[max(attempt, 1) if positive else attempt], shape)


def _direction(one: Input, lengths: dict[Any, int], moving: Collection[Any]) -> str:
    shape = [int(size.subs(lengths)) for size in one.declared]
    return _with_property(one, shape, one.symbol in moving, 1) or _of_shape(DRAWS[0], shape)


def _with_property(one: Input, shape: list[int], moves: bool, which: int) -> str:
    """An n×n array with a declared property, or a direction that keeps it; of a batch as many as it has examples."""
    for name, draws in WITH_PROPERTY.items():
        if name in one.properties and len(shape) == 2 + moves:
            draw = draws[which].format(n=shape[-1])
            return f"{STACK}{draw})" if moves else draw
    return ""


def _of_shape(draw: str, lengths: list[int]) -> str:
    """The draw with its shape; of a number without."""
    return draw.format(_shape(lengths)).replace(", )", ")")


def _shape(lengths: list[int]) -> str:
    return str(tuple(lengths)) if len(lengths) > 1 else ", ".join(map(str, lengths))
