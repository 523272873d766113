"""The shape of a call: known functions by their signatures, declared functions, and those that take sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..operators import FUNCTIONS
from .context import Context, is_vector
from .shapes import SCALAR, Shape, Size
from .signatures import Field, Signature
from .syntax import Call, Name, Node, Number, Operation, core, is_literal


def _fits(pattern: Any, shape: Shape) -> bool:
    """Can a shape match the pattern, as far as ones tell?"""
    if pattern == "S":
        return True
    if len(pattern) == 0:
        return shape == SCALAR
    if len(pattern) == 1:
        return is_vector(shape)
    return pattern[0] != pattern[1] or (shape[0] == 1) == (shape[1] == 1)


def call_shape(context: Context, node: Call, shapes: Sequence[Shape]) -> Shape:
    if node.of_matrix:
        return _of_matrix(context, node, shapes)
    if node.function in _SIZED:
        return _SIZED[node.function](context, node, shapes)
    found = context.signature(node.function)
    if found is None or isinstance(found, Field):
        return _field(context, node, shapes, found or Field(None, None))
    if any("f" in parameters for parameters, _ in found.alternatives):
        context.fail(f"{node.function} takes a function by its name, and a matrix", node, hint="write funm(tanh, X)")
    if len(shapes) not in found.arity():
        expected = " or ".join(str(n) for n in sorted(found.arity()))
        context.fail(
            f"{node.function} takes {expected} argument{'s' if expected != '1' else ''}, not {len(shapes)}", node
        )
    fitting = [a for a in found.alternatives if len(a[0]) == len(shapes) and all(map(_fits, a[0], shapes))]
    if not fitting:
        _wrong_arguments(context, node, shapes, found)
    parameters, result = fitting[0]
    if result == () and len(shapes) == 1 and shapes[0] == SCALAR:
        context.odd(node, 3 if node.function == "mean" else 1)  # the sum, the norm, the trace of a scalar
    return _bind(context, node, shapes, parameters, result)


def _of_matrix(context: Context, node: Call, shapes: Sequence[Shape]) -> Shape:
    """funm(θ, X), of a square matrix; θ is a function of one number."""
    found, (shape,) = context.signature(node.function), shapes
    if found is not None and (found.domain if isinstance(found, Field) else found.text != "S -> S"):
        context.fail(f"{node.function} is no function of one number", node, hint="write funm(tanh, X)")
    if not context.same(*shape):
        context.fail(f"funm needs a square matrix, not {context.text(node.operands[0])} ({context.shown(shape)})", node)
    if not isinstance(found, Signature):
        (x,) = node.operands
        context.remark(node, f"$funm({node.function}, {{}}) = V {node.function}(Λ) Vᵀ$, ${{}} = V Λ Vᵀ$", x, x)
    return shape


def _bind(context: Context, node: Call, shapes: Sequence[Shape], parameters: Sequence[Any], result: Any) -> Shape:
    sizes: dict[str, Size] = {}
    common: Shape = next((s for p, s in zip(parameters, shapes, strict=True) if p == "S" and s != SCALAR), SCALAR)
    for at, (pattern, shape) in enumerate(zip(parameters, shapes, strict=True)):
        if pattern == "S":
            if shape != SCALAR and not (context.same(common[0], shape[0]) and context.same(common[1], shape[1])):
                context.fail(
                    f"{node.function} needs arguments of one shape, "
                    f"not {' and '.join(context.shown(s) for s in shapes)}",
                    *node.operands,
                )
            if shape == SCALAR != common and not is_literal(node.operands[at]):
                context.odd(node)
            continue
        for size, actual in zip(pattern, shape, strict=False):  # a vector has one size
            ((name,),) = size
            if not context.same(sizes.setdefault(name, actual), actual):
                _wrong_arguments(context, node, shapes, None)
    if result == "S":
        return common
    values = [_evaluate(context, size, sizes) for size in result]
    return (values[0] if values else 1, values[1] if len(values) > 1 else 1)


def _evaluate(context: Context, size: list[list[str]], sizes: dict[str, Size]) -> Size:
    terms: list[Size] = []
    for factors in size:
        term: Size = 1
        for factor in factors:
            term = context.times(term, int(factor) if factor.isdecimal() else sizes[factor])
        terms.append(term)
    total = terms[0]
    for term in terms[1:]:
        total = context.plus(total, term)
    return total


def _wrong_arguments(context: Context, node: Call, shapes: Sequence[Shape], found: Signature | None) -> NoReturn:
    found = found or context.signature(node.function)  # type: ignore[assignment]
    wanted = {len(p): p for parameters, _ in (found.alternatives if found else []) for p in parameters if p != "S"}
    given = ", ".join(f"{context.text(n)} ({context.shown(s)})" for n, s in zip(node.operands, shapes, strict=True))
    if len(shapes) > 1:
        context.fail(
            f"{node.function} does not take {given}",
            *node.operands,
            hint=f"its signature is {found.text if found else ''}",
        )
    if 2 in wanted and wanted[2][0] == wanted[2][1]:
        need = "a square matrix" + (" or a vector" if 1 in wanted else "")
    else:
        need = "a matrix" if 2 in wanted else "a vector" if 1 in wanted else "a scalar"
    known = FUNCTIONS.get(node.function)
    context.fail(f"{node.function} needs {need}, not {given}", *node.operands, hint=(known and known.instead) or None)


def _field(context: Context, node: Call, shapes: Sequence[Shape], field: Field) -> Shape:
    """θ(X) entry by entry, or a declared function."""
    if len(shapes) != 1:
        context.fail(f"{node.function} takes 1 argument, not {len(shapes)}", node)
    (shape,) = shapes
    if field.domain is None or field.codomain is None:
        return shape
    domain: Shape = (context.size(field.domain[0]), context.size(field.domain[1]))
    if (domain == SCALAR) != (shape == SCALAR) or not (
        context.same(domain[0], shape[0]) and context.same(domain[1], shape[1])
    ):
        context.fail(
            f"{node.function} takes {context.shown(domain)}, "
            f"not {context.text(node.operands[0])} ({context.shown(shape)})",
            node.operands[0],
        )
    return (context.size(field.codomain[0]), context.size(field.codomain[1]))


def _vector(context: Context, node: Call, shapes: Sequence[Shape]) -> Shape:
    """vector(c): c in every entry."""
    return _filled(context, node, shapes, (context.fresh(), 1))


def _matrix(context: Context, node: Call, shapes: Sequence[Shape]) -> Shape:
    return _filled(context, node, shapes, (context.fresh(), context.fresh()))


def _filled(context: Context, node: Call, shapes: Sequence[Shape], shape: Shape) -> Shape:
    if list(shapes) != [SCALAR]:
        context.fail(f"{node.function}(c) takes one scalar", node)
    context.settle(node, shape)
    return shape


def _sized(context: Context, node: Call, shapes: Sequence[Shape]) -> Shape:
    """eye(n), ones(m, n), zeros(m, n)."""
    sizes = _sizes(context, node.operands, shapes)
    most = 1 if node.function == "eye" else 2
    if len(sizes) > most:
        context.fail(f"{node.function} takes at most {most} size{'s' if most > 1 else ''}", node)
    square = (sizes[0], sizes[0])
    shape = square if node.function == "eye" else (sizes[0], sizes[1] if len(sizes) > 1 else 1)
    context.settle(node, shape)
    return shape


def _refilled(context: Context, node: Call, shapes: Sequence[Shape]) -> Shape:
    """unvec(v, m, n), reshape(X, m, n): the same entries in another shape, column by column."""
    if len(shapes) != 3:
        context.fail(f"{node.function} takes a vector and two sizes", node)
    rows, cols = _sizes(context, node.operands[1:], shapes[1:])
    if not context.same(context.times(*shapes[0]), context.times(rows, cols)):
        context.fail(
            f"cannot fill {context.shown((rows, cols))} "
            f"from {context.text(node.operands[0])} ({context.shown(shapes[0])})",
            node,
        )
    context.settle(node, (rows, cols))
    return (rows, cols)


def _sizes(context: Context, operands: Sequence[Node], shapes: Sequence[Shape]) -> list[Size]:
    for operand, shape in zip(operands, shapes, strict=True):
        if shape != SCALAR:
            context.fail(f"{context.text(operand)} ({context.shown(shape)}) is not a size", operand)
    return [size_of(context, operand) for operand in operands]


def size_of(context: Context, node: Node) -> Size:
    """The size that an expression such as ``n + 1`` stands for."""
    node = core(node)
    if isinstance(node, Number) and node.value.denominator == 1 and node.value >= 1:
        return context.size(int(node.value))
    if isinstance(node, Name):
        return context.named_size(node.key)
    if isinstance(node, Operation) and node.operator in ("add", "product", "dot") and len(node.operands) <= 8:
        sizes = [size_of(context, operand) for operand in node.operands]
        total = sizes[0]
        for size in sizes[1:]:
            total = context.plus(total, size) if node.operator == "add" else context.times(total, size)
        return total
    context.fail(
        f"{context.text(node)} is not a size",
        node,
        hint="a size is a positive integer, a letter, or a sum or product of these",
    )


_SIZED: dict[str, Callable[[Context, Any, Sequence[Shape]], Shape]] = {
    "vector": _vector, "matrix": _matrix, "eye": _sized, "ones": _sized, "zeros": _sized,
    "unvec": _refilled, "reshape": _refilled,
}  # fmt: skip


#: Functions whose arguments, from this place on, are sizes.
SIZE_ARGUMENTS = {"eye": 0, "ones": 0, "zeros": 0, "unvec": 1, "reshape": 1}
