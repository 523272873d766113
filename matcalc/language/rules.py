"""The shape of every operator's value, from the shapes of its operands. One rule an operator.

A rule is called with the sizes (:class:`.shapes.Sizes`, or :class:`.shapes.Kinds` in the search for kinds), the node
and the shapes of its operands. It returns a shape, or calls ``sizes.fail`` with the operands at fault. ``sizes.odd``
counts what a reader would find odd: a scalar spread over a vector, a transposed scalar, a scalar to the right of a
matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, NoReturn

from .calls import call_shape
from .context import Context, is_vector
from .shapes import SCALAR, Shape, Size
from .syntax import Block, Call, Constant, Name, Node, Norm, Number, Operation, core, is_literal

Rule = Callable[[Context, Any, Sequence[Shape]], Shape]
RULES: dict[str, Rule] = {}


def rule(*operators: str) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        for operator in operators:
            RULES[operator] = function
        return function

    return register


def shape_of(context: Context, node: Node, shapes: Sequence[Shape]) -> Shape:
    """The shape of a node that is no name, from those of its operands."""
    if isinstance(node, Operation):
        return RULES[node.operator](context, node, shapes)
    if isinstance(node, Number):
        return SCALAR
    if isinstance(node, Call):
        return call_shape(context, node, shapes)
    if isinstance(node, Constant):
        return _constant(context, node)
    if isinstance(node, Norm):
        return _norm(context, node, shapes)
    if isinstance(node, Block):
        return _block(context, node, shapes)
    if shapes[0] != SCALAR and isinstance(core(node.operands[0]), Call):
        context.odd(node)  # a sum over samples of a function's vector, Σ_i log(1 + exp(y_i))
    return shapes[0]


class Fold(NamedTuple):
    """An operator of any number of operands, one after the other: so the search for kinds can forget those it has seen.

    ``step(context, node, so_far, index, shape)`` takes one operand in; ``finish(context, node, so_far)`` is the shape.
    What is so far is hashable, and in the coarse the same for all that behave alike.
    """

    start: Any
    step: Callable[[Context, Any, Any, int, Shape], Any]
    finish: Callable[[Context, Any, Any], Shape]


FOLDS: dict[str, Fold] = {}


def _folded(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    start, step, finish = FOLDS[node.operator]
    so_far = start
    for index, shape in enumerate(shapes):
        so_far = step(context, node, so_far, index, shape)
    return finish(context, node, so_far)


# ---------------------------------------------------------------- sums
class _Terms(NamedTuple):
    """The terms of a sum so far: the shape of the matrices, columns and rows, where the first of each stands, and the
    number of scalars that are no plain numbers."""

    shapes: tuple[Shape | None, ...]
    places: tuple[int, ...]
    scalars: int


def _add_term(context: Context, node: Operation, so_far: _Terms, index: int, shape: Shape) -> _Terms:
    """Equal shapes add; scalars, rows and columns wait for what they will be spread over."""
    if shape == SCALAR:
        return so_far if is_literal(node.operands[index]) else so_far._replace(scalars=so_far.scalars + 1)
    kind = 1 if shape[1] == 1 else 2 if shape[0] == 1 else 0
    known = so_far.shapes[kind]
    if known is None:
        shapes = (*so_far.shapes[:kind], shape, *so_far.shapes[kind + 1 :])
        places = (*so_far.places[:kind], index if context.exact else 0, *so_far.places[kind + 1 :])
        return so_far._replace(shapes=shapes, places=places)
    if not (context.same(known[0], shape[0]) and context.same(known[1], shape[1])):
        _cannot_add(context, node.operands[so_far.places[kind]], known, node.operands[index], shape)
    return so_far


def _finish_sum(context: Context, node: Operation, so_far: _Terms) -> Shape:
    """Scalars are spread over vectors and matrices, rows and columns over a matrix."""
    matrix, column, row = so_far.shapes
    terms = [node.operands[place] for place in so_far.places]
    if matrix is None and column is not None and row is not None:
        x, y = (context.text(_unsigned(term)) for term in terms[1:])
        context.fail(
            f"cannot add the column {x} ({context.shown(column)}) and the row {y} ({context.shown(row)})",
            terms[1], terms[2], hint=f"transpose one of them: {_turned(context, terms[2])}",
        )  # fmt: skip
    if matrix is not None:
        for shape, term, axis, what in ((column, terms[1], 0, "column"), (row, terms[2], 1, "row")):
            if shape is None:
                continue
            if not context.same(matrix[axis], shape[axis]):
                _cannot_add(context, terms[0], matrix, term, shape)
            context.odd(node)
            context.remark(node, f"${{}}$ is added to every {what} of ${{}}$", _unsigned(term), _unsigned(terms[0]))
    total = matrix or column or row or SCALAR
    if total != SCALAR:
        context.odd(node, so_far.scalars)
        for term in node.operands if context.exact else ():
            if context.shape(term) == SCALAR and not _is_zero(term):
                context.remark(node, "the scalar ${}$ is added to every entry", _unsigned(term))
    return total


FOLDS["add"] = Fold(_Terms((None, None, None), (0, 0, 0), 0), _add_term, _finish_sum)
RULES["add"] = _folded


def _is_zero(node: Node) -> bool:
    inner = core(node)
    return isinstance(inner, Number) and inner.value == 0


def _unsigned(term: Node) -> Node:
    """A term without its sign."""
    return term.operands[0] if isinstance(term, Operation) and term.operator == "negate" else term


def _cannot_add(context: Context, left: Node, a: Shape, right: Node, b: Shape) -> NoReturn:
    hint = None
    if context.exact and (a[1], a[0]) == b:
        hint = f"{_turned(context, right)} has the shape {context.shown(a)}"
    context.fail(
        f"cannot add {context.text(_unsigned(left))} ({context.shown(a)}) "
        f"and {context.text(_unsigned(right))} ({context.shown(b)})",
        left,
        right,
        hint=hint,
    )


def _turned(context: Context, node: Node) -> str:
    """The transpose of a node, as one would type it."""
    node = core(node)
    if isinstance(node, Operation) and node.operator == "transpose":
        return context.text(node.operands[0])
    return (
        f"{context.text(node)}'"
        if isinstance(node, Name)
        else f"({context.text(node)})'".replace("((", "(").replace("))'", ")'")
    )


@rule("negate", "group", "conjugate", "sqrt")
def _unchanged(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    return shapes[0]


# ---------------------------------------------------------------- products
def _multiply(
    context: Context, node: Operation, so_far: tuple[tuple[Shape, int], ...], index: int, shape: Shape
) -> Any:
    """The matrix product, from left to right. A row that nothing before it can be multiplied by waits for its column:
    in ``A bᵀc`` it makes a scalar."""
    stack = (*so_far, (shape, index if context.exact else 0))
    while len(stack) > 1:
        (a, left), (b, right) = stack[-2:]
        if SCALAR not in (a, b) and (a[1] == 1) != (b[0] == 1):
            break
        product = _times(context, node.operands[left], a, node.operands[index], b)
        stack = (*stack[:-2], (product, right if a == SCALAR else left))
    return stack


def _finish_product(context: Context, node: Operation, so_far: tuple[tuple[Shape, int], ...]) -> Shape:
    for (a, left), (b, right) in pairwise(so_far):
        _cannot_multiply(context, node.operands[left], a, node.operands[right], b)
    return so_far[0][0]


FOLDS["product"] = Fold((), _multiply, _finish_product)
RULES["product"] = _folded


def _times(context: Context, left: Node, a: Shape, right: Node, b: Shape) -> Shape:
    if a == SCALAR:
        return b
    if b == SCALAR:
        if not is_literal(right):
            context.odd(right)
        return a
    if not context.same(a[1], b[0]):
        _cannot_multiply(context, left, a, right, b)
    return (a[0], b[1])


def _cannot_multiply(context: Context, left: Node, a: Shape, right: Node, b: Shape) -> NoReturn:
    x, y = context.text(left), context.text(right)
    p, q = context.shown_size(a[1]), context.shown_size(b[0])
    hint = None
    if "?" in p + q and len(p + q) > 2:
        hint = "declare the shapes of the names in them, as in --where 'A: m×n'"
        context.fail(f"the shapes of {x} and {y} leave open how they fit together", left, right, hint=hint)
    if context.exact:
        if is_vector(a) and is_vector(b):
            hint = f"write {x}'{y} for the inner product, {x} {y}' for the outer, {x} ⊙ {y} entry by entry"
        elif a[0] == b[0]:
            hint = f"{_turned(context, left)} {y} conforms"
        elif a[1] == b[1]:
            hint = f"{x} {_turned(context, right)} conforms"
    context.fail(
        f"cannot multiply {x} ({context.shown(a)}) by {y} ({context.shown(b)})"
        + (f": inner sizes {p} and {q} differ" if "?" not in (p, q) else ""),
        left, right, hint=hint,
    )  # fmt: skip


@rule("dot")
def _dot(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    """u · v of two vectors is their inner product; otherwise the product."""
    if is_vector(shapes[0]) and is_vector(shapes[1]):
        if not context.same(shapes[0][0], shapes[1][0]):
            u, v = (context.text(n) for n in node.operands)
            context.fail(
                f"{u} · {v} needs vectors of one length, not {context.shown(shapes[0])} and {context.shown(shapes[1])}",
                *node.operands,
            )
        context.remark(node, "${} · {}$ is the inner product", *node.operands)
        return SCALAR
    return _times(context, node.operands[0], shapes[0], node.operands[1], shapes[1])


@rule("hadamard")
def _hadamard(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    return _entry_by_entry(context, node, shapes, "multiply", " entry by entry")


@rule("hadamard_divide")
def _hadamard_divide(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    return _entry_by_entry(context, node, shapes, "divide", " entry by entry")


def _entry_by_entry(context: Context, node: Any, shapes: Sequence[Shape], verb: str, how: str) -> Shape:
    (left, right), (a, b) = node.operands, shapes
    if SCALAR in (a, b):
        if a != b and not is_literal(left if a == SCALAR else right):
            context.odd(node)
        return b if a == SCALAR else a
    if not (context.same(a[0], b[0]) and context.same(a[1], b[1])):
        hint = (
            f"{_turned(context, right)} has the shape {context.shown(a)}"
            if context.exact and (b[1], b[0]) == a
            else None
        )
        context.fail(
            f"cannot {verb} {context.text(left)} ({context.shown(a)}) "
            f"and {context.text(right)} ({context.shown(b)}){how}",
            left,
            right,
            hint=hint,
        )
    return a


@rule("divide")
def _divide(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    if shapes[1] != SCALAR:
        left, right = (context.text(n) for n in node.operands)
        context.fail(
            f"cannot divide by {right} ({context.shown(shapes[1])}): / is for scalars",
            node.operands[1],
            hint=f"write {left} ⊘ {right} entry by entry" + ("" if 1 in shapes[1] else f", or {left} {right}⁻¹"),
        )
    return shapes[0]


@rule("kron")
def _kron(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    (p, q), (r, s) = shapes
    return (context.times(p, r), context.times(q, s))


@rule("frobenius")
def _frobenius(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    """A : B, of equal shapes."""
    (left, right), (a, b) = node.operands, shapes
    if (a == SCALAR) != (b == SCALAR) or not (context.same(a[0], b[0]) and context.same(a[1], b[1])):
        context.fail(
            f"A : B needs equal shapes, not {context.text(left)} ({context.shown(a)}) "
            f"and {context.text(right)} ({context.shown(b)})",
            left,
            right,
        )
    return SCALAR


# ---------------------------------------------------------------- postfix
@rule("transpose", "conjugate_transpose")
def _transpose(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    ((rows, cols),) = shapes
    if shapes[0] == SCALAR:
        context.odd(node)
    return (cols, rows)


@rule("pinv")
def _pinv(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    ((rows, cols),) = shapes
    return (cols, rows)


@rule("inverse_transpose")
def _inverse_transpose(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    _require_square(context, node.operands[0], shapes[0], "an inverse")
    return shapes[0]


@rule("power")
def _power(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    base, exponent = node.operands
    if shapes[1] != SCALAR:
        context.fail(f"an exponent must be a scalar, not {context.shown(shapes[1])}", exponent)
    if shapes[0] != SCALAR:
        if 1 in shapes[0]:
            x = context.text(base)
            context.fail(
                f"a power needs a scalar or a square matrix, not {x} ({context.shown(shapes[0])})",
                base,
                hint=f"write {x}.^{_exponent(context, exponent)} entry by entry, or {x}'{x} for its squared length",
            )
        _require_square(context, base, shapes[0], "a power")
    return shapes[0]


def _exponent(context: Context, node: Node) -> str:
    return str(node.value) if isinstance(node, Number) else context.text(node)


@rule("entrywise_power")
def _entrywise_power(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    if shapes[1] != SCALAR:
        context.fail(f"an entrywise power needs a scalar exponent, not {context.shown(shapes[1])}", node.operands[1])
    return shapes[0]


@rule("bars")
def _bars(context: Context, node: Operation, shapes: Sequence[Shape]) -> Shape:
    """|c| and |X|."""
    (shape,) = shapes
    if shape == SCALAR:
        return SCALAR
    x = context.text(node.operands[0])
    if 1 in shape:
        context.fail(
            f"|·| is for scalars and square matrices, not for {x} ({context.shown(shape)})",
            node,
            hint=f"write ‖{x}‖ or abs({x})",
        )
    _require_square(context, node.operands[0], shape, "a determinant")
    context.remark(node, "$|{}|$ is the determinant", *node.operands)
    return SCALAR


def _require_square(context: Context, node: Node, shape: Shape, what: str) -> None:
    if not context.same(*shape):
        context.fail(f"{what} needs a square matrix, not {context.text(node)} ({context.shown(shape)})", node)


# ---------------------------------------------------------------- atoms
def _constant(context: Context, node: Constant) -> Shape:
    if node.kind == "pi":
        return SCALAR
    size = context.named_size(node.size) if node.size and node.kind != "unit" else context.fresh()
    shape = {"identity": (size, size), "ones": (size, 1), "unit": (size, 1)}.get(node.kind) or (size, context.fresh())
    context.settle(node, shape)
    return shape


def _norm(context: Context, node: Norm, shapes: Sequence[Shape]) -> Shape:
    if len(shapes) > 1 and shapes[1] != SCALAR:
        context.fail(f"the subscript of a norm is a scalar, not {context.shown(shapes[1])}", node)
    if shapes[0] == SCALAR:
        context.odd(node)
    elif 1 not in shapes[0] and not node.kind:
        context.remark(node, "$‖{}‖$ is the Frobenius norm", node.operands[0])
    elif node.kind == "2" and 1 not in shapes[0]:
        context.remark(node, "$‖{}‖₂$ is the spectral norm", node.operands[0])
    return SCALAR


def _block(context: Context, node: Block, shapes: Sequence[Shape]) -> Shape:
    """Blocks in a row have one height, blocks in a column one width; a 0 takes the room that is left."""
    k = node.columns
    free = [_is_zero(entry) for entry in node.operands]
    heights = [_common(context, node, shapes, free, range(i, i + k), 0) for i in range(0, len(shapes), k)]
    widths = [_common(context, node, shapes, free, range(j, len(shapes), k), 1) for j in range(k)]
    for at, entry in enumerate(node.operands):
        if free[at]:
            context.settle(entry, (heights[at // k], widths[at % k]))
    rows, cols = heights[0], widths[0]
    for height in heights[1:]:
        rows = context.plus(rows, height)
    for width in widths[1:]:
        cols = context.plus(cols, width)
    return (rows, cols)


def _common(
    context: Context, node: Block, shapes: Sequence[Shape], free: Sequence[bool], places: range, axis: int
) -> Size:
    """The one height (axis 0) or width (axis 1) of the blocks in these places; 1 if all are free."""
    fixed = [at for at in places if not free[at]]
    for at in fixed[1:]:
        if not context.same(shapes[fixed[0]][axis], shapes[at][axis]):
            side, first, other = ("beside", "above")[axis], node.operands[fixed[0]], node.operands[at]
            context.fail(
                f"cannot put {context.text(first)} ({context.shown(shapes[fixed[0]])}) {side} "
                f"{context.text(other)} ({context.shown(shapes[at])}): "
                f"they need equal numbers of {('rows', 'columns')[axis]}", first, other,
            )  # fmt: skip
    return shapes[fixed[0]][axis] if fixed else 1
