"""The arrays of a derivation's result: dense, sparse or as operators, in the form that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..algebra.core import shape_of
from ..calculus.cost import full_weight
from ..calculus.engine import LONGEST_RESULT
from ..calculus.structure import FREE_ENTRIES, structured_shape
from ..errors import CompileError
from ..forms import closed
from ..forms.derivative import Derivative, derivatives_of
from ..forms.gauss_newton import gauss_newton_of
from .linear_operators import operator_parts
from .module import Part
from .program import Dims
from .structured import VecPart, sparse_part

#: How a Jacobian or a Hessian may be returned, and in which forms.
STRUCTURES = ("dense", "sparse", "operator")
FORMS = ("tensor", "vec", "gauss-newton")


def parts_of(derivation: Any, kind: str, structure: str, form: str | None) -> Mapping[str, Part]:
    """The parts by key. Raises CompileError for a structure or a form that is not there, or not of this kind."""
    if structure not in STRUCTURES:
        raise CompileError(f"structure={structure!r} is not known", hint=f"one of {', '.join(STRUCTURES)}")
    if form not in (None, *FORMS):
        raise CompileError(f"there is no code for form {form!r}", hint=f"one of {', '.join(FORMS)}")
    squares = form == "gauss-newton"
    if kind == "gradient" and structure != "dense" and not squares:
        raise CompileError(
            "a gradient is an array like its variable, not a matrix",
            hint='structure is for kind="jacobian" and kind="hessian"',
        )
    turned = derivation.layout == "denominator"
    if structure == "operator":
        maps = gauss_newton_of(derivation) if squares else derivatives_of(derivation)
        return dict(operator_parts(maps.items(), turned))
    if structure == "dense" and form != "vec":
        return dict(_gauss_newton(derivation) if squares else _tensors(derivation, kind))
    found = {}
    for key, expression, out, into in _results(derivation, kind, squares):
        part = sparse_part(expression, out, into, turned)
        found[key] = part if structure == "sparse" else VecPart(part.expression, part.dims, part.out, part.into)
    return found


def _tensors(derivation: Any, kind: str) -> Iterator[tuple[str, Part]]:
    """The arrays of the result. In a layout of its own, the matrix that was asked for is returned as it is."""
    declared = _declared(derivation)
    value, shapes = derivation.expression, _variable_shapes(derivation)
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


def _declared(derivation: Any) -> dict[str, Dims]:
    """The dimensions of the arrays of the variables, or of the vectors of their free entries."""
    if derivation.structure in FREE_ENTRIES:
        return {name: shape[:1] for name, shape in _variable_shapes(derivation).items()}
    return {name: tuple(s.shape) for name, s in derivation.program.symbols.items()}


def _variable_shapes(derivation: Any) -> dict[str, Any]:
    """The shapes of what is differentiated by: the variables, or the vectors of their free entries."""
    shapes = {name: shape_of(x) for name, x in derivation.variables.items()}
    if derivation.structure in FREE_ENTRIES:
        return {name: structured_shape(derivation.structure, shape) for name, shape in shapes.items()}
    return shapes


def _gauss_newton(derivation: Any) -> Iterator[tuple[str, Part]]:
    """JᵀJ as arrays of the shapes of a Hessian's."""
    declared = _declared(derivation)
    for key, one in gauss_newton_of(derivation).items():
        row, _, name = key.partition(",")
        dims = declared[row] + declared[name]
        yield key, Part(_as_result(one), dims, one.value_shape, one.variable_shape)


def _as_result(one: Derivative) -> Any:
    """As the engine gives it: of or by a number an array, else the matrix on vec."""
    return closed.matrix(one) if () in (one.value_shape, one.variable_shape) else closed.on_vec(one)


def _results(derivation: Any, kind: str, squares: bool) -> Iterator[tuple[str, Any, Dims, Dims]]:
    """By key the result in gradient layout, and the shapes of the value and the variable."""
    if squares:
        for key, one in gauss_newton_of(derivation).items():
            yield key, _as_result(one), one.value_shape, one.variable_shape
        return
    shapes = _variable_shapes(derivation)
    for key in derivation.derived.results:
        row, _, name = key.rpartition(",")
        out = shapes[row] if kind == "hessian" else shape_of(derivation.expression)
        yield key, _short(derivation, key), out, shapes[name]


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
