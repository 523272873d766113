"""What JAX, PyTorch and the array API have in common: arrays that are not written to, and that carry a type of numbers.

An array made of sizes alone is of the type of an argument; a number that is known from sizes alone is Python's, and
what acts on it is Python's ``math``. A term on a diagonal of a tensor is selected by a mask, so that it differentiates
and vectorises like everything else.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ..program import Value
from .python import LONGEST_LINE, SHARED, PythonTarget, call, constants, fill, subscript, tuple_of
from .target import Code, Node, Scope

if TYPE_CHECKING:
    from ..emitter import Emitter


def typed(scope: Scope) -> dict[str, Any]:
    """``dtype=W.dtype`` (and the device), for an array that is made."""
    if scope.like is None:
        return {}
    return {key: ast.Attribute(scope.like, key, ast.Load()) for key in scope.target.carries}  # type: ignore[attr-defined]


def shape_node(sizes: Sequence[ast.expr]) -> ast.expr:
    return tuple_of(sizes)


def _array(scope: Scope, value: Value, node: ast.expr) -> ast.expr:
    """The operand as an array: a number known from sizes is made one."""
    if value not in scope.static:
        return node
    return call(f"{scope.target.library}.asarray", node, **typed(scope))  # type: ignore[attr-defined]


def made(name: str) -> Callable[..., ast.expr]:
    """``jnp.ones((m, n), dtype=X.dtype)``."""

    def emit(scope: Scope, value: Value, *sizes: ast.expr) -> ast.expr:
        return call(f"{scope.target.library}.{name}", shape_node(sizes), **typed(scope))  # type: ignore[attr-defined]

    return emit


def _eye(scope: Scope, value: Value, n: ast.expr) -> ast.expr:
    return call(f"{scope.target.library}.eye", n, **typed(scope))  # type: ignore[attr-defined]


def _broadcast(scope: Scope, value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    library = scope.target.library  # type: ignore[attr-defined]
    if value.operands[0] in scope.static:
        return call(f"{library}.full", shape_node(sizes), a, **typed(scope))
    return call(f"{library}.broadcast_to", a, shape_node(sizes))


def _matrix_power(scope: Scope, value: Value, a: ast.expr, k: ast.expr) -> ast.expr:
    return call(f"{scope.target.library}.linalg.matrix_power", a, k)  # type: ignore[attr-defined]


def _reshape(scope: Scope, value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    lengths = shape_node(sizes) if sizes else constants((-1,) if value.rank else ())
    return call(f"{scope.target.library}.reshape", a, lengths)  # type: ignore[attr-defined]


def with_axes(scope: Scope, value: Value, node: ast.expr) -> ast.expr:
    """A part of a block matrix with two axes: rows and numbers grow them."""
    if value.rank == 2:
        return node
    if value.rank == 1:
        return subscript(node, tuple_of([ast.Constant(None), ast.Slice()]))
    return call(f"{scope.target.library}.reshape", _array(scope, value, node), constants((1, 1)))  # type: ignore[attr-defined]


def joined(scope: Scope, parts: Sequence[ast.expr], axis: int) -> ast.expr:
    if len(parts) == 1:
        return parts[0]
    library, name, keyword = scope.target.join  # type: ignore[attr-defined]
    return call(f"{library}.{name}", tuple_of(parts), **{keyword: axis})


def _concatenate(scope: Scope, value: Value, *parts: ast.expr) -> ast.expr:
    flat = [
        node if v.rank else call(f"{scope.target.library}.reshape", _array(scope, v, node), constants((1,)))  # type: ignore[attr-defined]
        for v, node in zip(value.operands, parts, strict=True)
    ]
    return joined(scope, flat, 0)


#: Rows that differ in the name of the library alone.
FUNCTIONAL: dict[str, Callable[..., ast.expr]] = SHARED | {
    "eye": _eye,
    "ones": made("ones"),
    "zeros": made("zeros"),
    "broadcast": _broadcast,
    "matrix_power": _matrix_power,
    "reshape": _reshape,
    "concatenate": _concatenate,
}


# ---------------------------------------------------------------- diagonals of tensors
def on_diagonal(emitter: Emitter, pattern: str, size: Callable[[int], ast.expr], array: Value, node: ast.expr) -> Any:
    """``where(same, a[:, :, None], 0)`` with ``same = eye(n, dtype=bool)[:, None, :]``: the array where indices agree.

    ``pattern`` has a letter for every axis; ``size`` gives the length of one. The array has an axis for every letter,
    in the order in which they are met; leading ones may be missing.
    """
    target: Any = emitter.target
    library, letters = target.library, list(dict.fromkeys(pattern))
    mask: ast.expr | None = None
    for letter in letters:
        for p, q in pairwise([k for k, c in enumerate(pattern) if c == letter]):
            eye = call(f"{library}.eye", size(p), **target.boolean(emitter.scope))
            same = _selected(eye, [ast.Slice() if k in (p, q) else None for k in range(len(pattern))])
            one = emitter.store("same", same).node
            mask = one if mask is None else fill("a & b", a=mask, b=one)
    present = set(letters[len(letters) - array.rank :])
    first = {letter: pattern.index(letter) for letter in letters}
    entries: list[ast.expr | None] = [
        ast.Slice() if c in present and first[c] == k else None for k, c in enumerate(pattern)
    ]
    if array in emitter.scope.static:
        node = emitter.store("", _array(emitter.scope, array, node)).node
    whole = _selected(node, entries) if array.rank else node
    assert mask is not None
    return call(f"{library}.where", mask, whole, ast.Constant(0.0))


def with_axes_at(node: ast.expr, present: Sequence[bool]) -> ast.expr:
    """The array with axes of length 1 where it has none."""
    return _selected(node, [ast.Slice() if has else None for has in present])


def _selected(node: ast.expr, entries: Sequence[ast.expr | None]) -> ast.expr:
    """``node[:, None, :]``, without the leading axes that broadcasting adds."""
    first = next((k for k, entry in enumerate(entries) if entry is not None), len(entries))
    rest = entries[first:]
    if all(entry is not None for entry in rest):
        return node
    return subscript(node, tuple_of([ast.Constant(None) if entry is None else entry for entry in rest]))


def _spread(emitter: Emitter, value: Value) -> Code:
    array, *sizes = emitter.operands(value)
    pattern, given = value.attributes[0].split("->")[0], value.operands[0]
    node = on_diagonal(emitter, pattern, lambda k: sizes[k].node, given, array.node)
    if _is_thin(value):
        node = emitter.store("", node).node
        node = call(f"{emitter.target.library}.broadcast_to", node, shape_node([s.node for s in sizes]))  # type: ignore[attr-defined]
    return emitter.finish(value, node, [array])


def _is_thin(value: Value) -> bool:
    """Is what a spread puts on a diagonal repeated along it?"""
    pattern = value.attributes[0].split("->")[0]
    lengths = dict(zip(pattern, value.shape, strict=True))
    return value.operands[0].shape != tuple(lengths[c] for c in dict.fromkeys(pattern))


def _add_on_diagonal(emitter: Emitter, value: Value) -> Code:
    whole, array = emitter.operands(value)
    if not whole.name:
        whole = emitter.store(emitter.wanted(value.operands[0]), whole.node)
    shape = ast.Attribute(whole.node, "shape", ast.Load())
    pattern = value.attributes[0].split("->")[0]
    node = on_diagonal(emitter, pattern, lambda k: subscript(shape, ast.Constant(k)), value.operands[1], array.node)
    return emitter.finish(value, fill("a + b", a=whole.node, b=node), [whole, array])


def _block_statement(emitter: Emitter, value: Value) -> Code:
    """The block matrix; where that would be too long for a line, its rows of blocks come first."""
    codes = emitter.operands(value)
    cols = value.attributes[1]
    whole = [with_axes(emitter.scope, v, code.node) for v, code in zip(value.operands, codes, strict=True)]
    rows = [joined(emitter.scope, whole[k : k + cols], 1) for k in range(0, len(whole), cols)]
    node = joined(emitter.scope, rows, 0)
    if len(rows) > 1 and cols > 1 and len(emitter.target.text(node)) > LONGEST_LINE:
        node = joined(emitter.scope, [emitter.store("", row).node for row in rows], 0)
    return emitter.finish(value, node, codes)


#: Known function → its name in Python's ``math``.
MATH = {name: name for name in (
    "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "lgamma", "gamma", "erf",
)} | {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "abs": "fabs"}  # fmt: skip


class FunctionalTarget(PythonTarget):
    """A library whose arrays are values."""

    passes = ("turned", "shared")
    #: What an array that is made takes over from an argument.
    carries: ClassVar[tuple[str, ...]] = ("dtype",)
    #: The function that puts arrays side by side: its module, its name, and what it calls the axis.
    join: ClassVar[tuple[str, str, str]]
    statements = MappingProxyType({"spread": _spread, "add_on_diagonal": _add_on_diagonal, "block": _block_statement})

    def applied(self, scope: Scope, value: Value, z: ast.expr) -> Node:
        """Of a number that Python knows, Python's function."""
        if value in scope.static and value.attributes[0] in MATH:
            return call(f"math.{MATH[value.attributes[0]]}", z)
        return super().applied(scope, value, z)

    def length(self, value: Value) -> int:
        """What is made of sizes says of which kind it is."""
        if value.op in ("eye", "ones", "zeros", "duplication", "elimination"):
            return super().length(value) + 18 * len(self.carries)
        if value.op in ("spread", "add_on_diagonal"):  # where(same & same_2, …[:, None, :], 0.0)
            return super().length(value) + 40
        return super().length(value) + (12 if value.op in ("transpose", "einsum", "reshape", "block") else 0)

    def needs(self, value: Value) -> Sequence[Value]:
        """A mask has the sizes of the axes whose indices agree; only what is repeated needs all of them."""
        if value.op != "spread":
            return value.operands
        pattern, (array, *sizes) = value.attributes[0].split("->")[0], value.operands
        if _is_thin(value):
            return value.operands
        return [array, *(sizes[k] for k in {pattern.index(c) for c in pattern if pattern.count(c) > 1})]

    def boolean(self, scope: Scope) -> dict[str, Any]:
        """The options of a mask."""
        device = (
            {}
            if scope.like is None or "device" not in self.carries
            else {"device": ast.Attribute(scope.like, "device", ast.Load())}
        )
        return {"dtype": self.bool_type, **device}

    #: The type of a mask.
    bool_type: ClassVar[ast.expr] = ast.Name("bool", ast.Load())
