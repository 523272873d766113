"""The NumPy target: every instruction as a Python expression.

An instruction has a row in :data:`NUMPY`: the expression it becomes, as text that is parsed once and filled with the
expressions of its operands; or, where it depends on attributes or on the number of operands, a function in
:data:`SPECIAL`. Everything is made of ``ast`` nodes; nothing is pasted together as text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sympy import Integer, Rational, exp, pi

from ..errors import CompileError
from .functions import ARRAY_FUNCTIONS
from .program import Value

# fmt: off
#: Instruction → the NumPy expression of its operands a, b, c.
NUMPY: dict[str, str] = {
    "add":          "a + b",
    "subtract":     "a - b",
    "multiply":     "a * b",
    "divide":       "a / b",
    "negative":     "-a",
    "floor_divide": "a // b",
    "power":        "a ** b",
    "maximum":      "np.maximum(a, b)",
    "minimum":      "np.minimum(a, b)",
    "xlogy":        "special.xlogy(a, b)",
    "matmul":       "a @ b",
    "inner":        "np.vdot(a, b)",
    "outer":        "np.multiply.outer(a, b)",
    "kron":         "np.kron(a, b)",
    "trace":        "a.trace()",
    "vech":         "vech(a)",
    "duplication":  "duplication(a)",
    "elimination":  "elimination(a)",
    "conjugate":    "np.conj(a)",
    "real":         "np.real(a)",
    "argmax":       "largest_entry(a)",
    "solve":        "np.linalg.solve(a, b)",
    "inverse":      "np.linalg.inv(a)",
    "det":          "np.linalg.det(a)",
    "logdet":       "np.linalg.slogdet(a)[1]",
    "cholesky":     "np.linalg.cholesky(a)",
    "pinv":         "np.linalg.pinv(a, rcond=1e-12)",
    "eigh":         "np.linalg.eigh(a)",
    "svd":          "np.linalg.svd(a, full_matrices=False)",
    "diagonal":     "a.diagonal()",
    "diag":         "np.diag(a)",
    "eye":          "np.eye(a)",
}
# fmt: on


# ---------------------------------------------------------------- expressions
@cache
def _template(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def fill(text: str, **parts: ast.expr) -> ast.expr:
    """The expression ``text`` with its names replaced."""
    return _filled(_template(text), parts)  # type: ignore[no-any-return]


def _filled(node: Any, parts: Mapping[str, ast.expr]) -> Any:
    if isinstance(node, ast.Name) and node.id in parts:
        return parts[node.id]
    if isinstance(node, ast.AST):
        return type(node)(**{name: _filled(inside, parts) for name, inside in ast.iter_fields(node)})
    return [_filled(one, parts) for one in node] if isinstance(node, list) else node


def _matrix_power(value: Value, a: ast.expr, k: ast.expr) -> ast.expr:
    """The exponent is a whole number, of whatever type it is passed."""
    whole = value.operands[1].op in ("number", "size")
    return call("np.linalg.matrix_power", a, k if whole else call("int", k))


def _apply(value: Value, a: ast.expr) -> ast.expr:
    return fill(ARRAY_FUNCTIONS[value.attributes[0]].numpy, z=a)


def tuple_of(parts: Sequence[ast.expr]) -> ast.expr:
    return ast.Tuple(list(parts), ast.Load())


def call(name: str, *arguments: ast.expr, **options: Any) -> ast.expr:
    call = fill(f"{name}()")
    assert isinstance(call, ast.Call)
    call.args = list(arguments)
    call.keywords = [ast.keyword(key, ast.Constant(value)) for key, value in options.items()]
    return call


def method(array: ast.expr, name: str, *arguments: ast.expr, **options: Any) -> ast.expr:
    return ast.Call(
        ast.Attribute(array, name, ast.Load()),
        list(arguments),
        [ast.keyword(k, ast.Constant(v)) for k, v in options.items()],
    )


def _reduction(value: Value, a: ast.expr) -> ast.expr:
    axis = value.attributes[0]
    return method(a, value.op) if axis is None else method(a, value.op, axis=axis)


def _transpose(value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    if axes == tuple(reversed(range(len(axes)))):
        return ast.Attribute(a, "T", ast.Load())
    return method(a, "transpose", *(ast.Constant(k) for k in axes))


def _reshape(value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    lengths = list(sizes) or ([ast.Constant(-1)] if value.rank else [tuple_of(())])
    return method(a, "reshape", *lengths) if value.attributes[0] == "C" else method(a, "reshape", *lengths, order="F")


def _index(axis: int, rank: int, part: ast.expr) -> ast.expr:
    """``:, :, part`` — the axes after it are left out."""
    before: list[ast.expr] = [ast.Slice() for _ in range(axis)]
    return part if not before else tuple_of([*before, part])


def _subscript(array: ast.expr, index: ast.expr) -> ast.expr:
    return ast.Subscript(array, index, ast.Load())


def _expand(value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    return _subscript(a, tuple_of([ast.Constant(None) if k in axes else ast.Slice() for k in range(value.rank)]))


def _take(value: Value, a: ast.expr, index: ast.expr) -> ast.expr:
    return _subscript(a, _index(value.attributes[0], value.operands[0].rank, index))


def _every(value: Value, a: ast.expr, step: ast.expr) -> ast.expr:
    return _subscript(a, _index(value.attributes[0], value.rank, ast.Slice(step=step)))


def _slice(value: Value, a: ast.expr, start: ast.expr, stop: ast.expr) -> ast.expr:
    axis, from_first, to_last = value.attributes
    return _subscript(a, _index(axis, value.rank, ast.Slice(None if from_first else start, None if to_last else stop)))


def _filled_array(name: str) -> Callable[..., ast.expr]:
    def emit(value: Value, *sizes: ast.expr) -> ast.expr:
        return call(f"np.{name}", sizes[0] if len(sizes) == 1 else tuple_of(sizes))

    return emit


def _block(value: Value, *parts: ast.expr) -> ast.expr:
    rows, cols = value.attributes
    return call(
        "np.block",
        ast.List([ast.List(list(parts[i * cols : (i + 1) * cols]), ast.Load()) for i in range(rows)], ast.Load()),
    )


def _einsum(value: Value, *operands: ast.expr) -> ast.expr:
    return call("np.einsum", ast.Constant(value.attributes[0]), *operands)


def _broadcast(value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    return call("np.broadcast_to", a, tuple_of(sizes))


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., ast.expr]] = {
    "matrix_power": _matrix_power,
    "part": lambda value, a: ast.Attribute(a, value.attributes[0], ast.Load()),
    "matrix_function": lambda value, a: call(f"linalg.{value.attributes[0]}", a),
    "frechet_matrix": lambda value, a: call("frechet_matrix", fill(f"linalg.{value.attributes[0]}"), a),
    "apply": _apply,
    "sum": _reduction,
    "max": _reduction,
    "transpose": _transpose,
    "reshape": _reshape,
    "expand": _expand,
    "take": _take,
    "every": _every,
    "slice": _slice,
    "triangle": lambda value, a: call("np.tril" if value.attributes[0] else "np.triu", a),
    "einsum": _einsum,
    "broadcast": _broadcast,
    "block": _block,
    "concatenate": lambda value, *parts: call("np.hstack", tuple_of(parts)),
    "ones": _filled_array("ones"),
    "zeros": _filled_array("zeros"),
    "size": lambda value, a: _subscript(ast.Attribute(a, "shape", ast.Load()), ast.Constant(value.attributes[0])),
}


def number(expression: Any) -> ast.expr:
    """A number as Python arithmetic: 2, 0.5, 1 / 3, np.pi, 2**0.5."""
    if expression.is_Integer:
        return _signed(int(expression), expression)
    if expression.is_Rational:
        p, q = expression.p, expression.q
        if Rational(str(p / q)) == expression:
            return _signed(p / q, expression)
        return fill("a / b", a=_signed(int(p), Integer(p)), b=ast.Constant(int(q)))
    if expression == pi:
        return fill("np.pi")
    if expression == exp(1):
        return fill("np.e")
    if expression.is_Pow and expression.exp.is_Rational:
        if expression.exp.is_negative:
            return fill("1 / a", a=number(expression.base**-expression.exp))
        return fill("a ** b", a=number(expression.base), b=number(expression.exp))
    if expression.is_Mul or expression.is_Add:
        above, below = expression.as_numer_denom() if expression.is_Mul else (expression, Integer(1))
        if below != 1:
            return fill("a / b", a=number(above), b=number(below))
        parts = [number(a) for a in expression.args]
        result = parts[0]
        for part in parts[1:]:
            result = fill("a * b" if expression.is_Mul else "a + b", a=result, b=part)
        return result
    return _signed(float(expression), expression)


def _signed(plain: float, expression: Any) -> ast.expr:
    if plain != plain or plain in (float("inf"), float("-inf")):
        raise CompileError(f"{expression} is not a finite number")
    constant = ast.Constant(abs(plain))
    return ast.UnaryOp(ast.USub(), constant) if plain < 0 else constant


def expression(value: Value, operands: Sequence[ast.expr]) -> ast.expr:
    """The NumPy expression of an instruction."""
    if value.op in NUMPY:
        return fill(NUMPY[value.op], **dict(zip("abc", operands, strict=False)))
    return SPECIAL[value.op](value, *operands)


def length(value: Value) -> int:
    """About how many characters an instruction adds to its operands."""
    if value.op == "apply":
        return len(ARRAY_FUNCTIONS[value.attributes[0]].numpy)
    if value.op in NUMPY:
        return len(NUMPY[value.op]) - len(value.operands)
    if value.op == "call":
        return 10
    if value.op == "expand":
        return 3 * value.rank + 2
    return 8 + sum(len(str(a)) for a in value.attributes) + 2 * len(value.operands)
