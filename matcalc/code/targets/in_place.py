"""NumPy statements that overwrite an array on its last use: ``Z -= Z.max(axis=1)[:, None]``, ``np.exp(Z, out=Z)``.

A large result in fresh memory costs more than its arithmetic. Vectors are left alone: theirs is cheap, and an
expression reads better. NumPy itself reuses the memory of an unnamed left operand (and of a right one where the two may
change places), so that `A.dot(B) - C` needs nothing; what is written out is what it does not see: variables on their
last use, arguments of functions, and what is subtracted or divided by.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..program import Value
from .python import LONGEST_LINE, call, ungrouped
from .target import Code

if TYPE_CHECKING:
    from ..emitter import Emitter

OPERATORS = {"add": ast.Add, "subtract": ast.Sub, "multiply": ast.Mult, "divide": ast.Div}
COMMUTATIVE = ("add", "multiply", "maximum", "minimum")
UFUNCS = {"add": "np.add", "subtract": "np.subtract", "multiply": "np.multiply", "divide": "np.divide",
          "negative": "np.negative", "maximum": "np.maximum", "minimum": "np.minimum"}  # fmt: skip
#: Functions that are one call of a ufunc.
UFUNC_CALL = re.compile(r"(?:np|special)\.(?!where|polygamma)\w+\(.*z\)")


def in_place(emitter: Emitter, value: Value) -> Code | None:
    """The value, written over an operand on its last use; None where there is none, or nothing is gained."""
    if value.rank < 2 or (value.op not in UFUNCS and not _is_ufunc(emitter, value)):
        return None
    place = _place(emitter, value)
    if place is None:
        return None
    over = value.operands[place]
    if not emitter.code_of(over).name:
        emitter.assign(over)
    parts = _parts(emitter, value)
    name = emitter.code_of(over).name
    if value.op in OPERATORS and value not in emitter.program.names and (place == 0 or value.op in COMMUTATIVE):
        emitter.storage.overwrite(value, over)
        target = ast.Name(name, ast.Store())
        emitter.statements.append(ast.AugAssign(target, OPERATORS[value.op](), parts[1 - place]))
        return emitter.atom(name)
    node = _written(emitter, value, parts, name)
    if len(emitter.target.text(node)) > LONGEST_LINE:
        for v in value.operands:
            if not emitter.code_of(v).atom:
                emitter.assign(v)
        node = _written(emitter, value, _parts(emitter, value), name)
    emitter.storage.overwrite(value, over)
    if emitter.uses[value] == 1 and value in emitter.program.outputs.values():
        return Code(node, len(emitter.target.text(node)))  # it is returned, and nothing else
    return emitter.store(emitter.wanted(value), node)


def _parts(emitter: Emitter, value: Value) -> list[ast.expr]:
    """The operands; what stands alone between brackets or behind an operator needs none of its own."""
    parts = []
    for v, code in zip(value.operands, emitter.operands(value), strict=True):
        node = code.node if code.name else emitter.target.grouped(value, v, code.node)
        parts.append(ungrouped(node))
    return parts


def _written(emitter: Emitter, value: Value, parts: Sequence[ast.expr], name: str) -> ast.Call:
    """The ufunc that writes over the variable."""
    if value.op in UFUNCS:
        node = call(UFUNCS[value.op], *parts)
    else:
        node = emitter.target.fill(emitter.target.functions[value.attributes[0]], z=parts[0])
    node.keywords = [ast.keyword("out", ast.Name(name, ast.Load()))]
    return node


def _is_ufunc(emitter: Emitter, value: Value) -> bool:
    return value.op == "apply" and bool(UFUNC_CALL.fullmatch(emitter.target.functions[value.attributes[0]]))


def _place(emitter: Emitter, value: Value) -> int | None:
    """Which operand may be overwritten."""
    readers = emitter.inside(value)
    unnamed = []
    for k, v in enumerate(value.operands):
        code = emitter.code_of(v)
        if v.shape != value.shape or not emitter.storage.is_free(v, readers):
            continue
        if code.name:
            return k
        if not code.atom:
            unnamed.append(k)
    if value.op in ("apply", "negative"):
        return unnamed[0] if unnamed and value.op == "apply" else None
    return 1 if unnamed == [1] and value.op in ("subtract", "divide") else None
