"""What a derivation gains from symmetry: declared properties in its lines, and the answer for symmetric constants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as changed
from typing import Any

from sympy.matrices.expressions.matexpr import MatrixSymbol

from ..algebra import matrix, postorder, replace, transform, transpose
from ..algebra.nodes import Differential, DifferentialScalar, Transpose
from .cost import count_operations, full_weight
from .simplify import simplify
from .steps import Record, Step

#: An answer with more operations than this is not looked at again for special cases.
LONGEST = 60
#: The answer for symmetric constants is shown where it takes at most this share of the operations.
SHORTER = 0.7
#: With more such constants than this the condition is longer than what it saves.
MOST_CONSTANTS = 2


# ---------------------------------------------------------------- declared properties
def with_properties(steps: Sequence[Step], structured: Mapping[Any, Any]) -> list[Step]:
    """The lines with the declared properties of the variables used: S⁻ᵀ : dS is S⁻¹ : dS for a symmetric S.

    A variable is differentiated entry by entry, so its symbol has no properties. They hold for its value all the same,
    everywhere but inside a differential.
    """
    memo: dict[Any, Any] = dict(structured)
    said: set[Any] = set()

    def change(root: Any) -> Any:
        memo.update({n: n for n in postorder(root) if isinstance(n, (Differential, DifferentialScalar))})
        return transform(root, lambda node: node, memo)

    out = []
    for step in steps:
        used = {x for x in _transposed(step.before, step.after, *step.carried) if x in structured}
        if step.kind not in ("differential", "pullback") or not used:
            out.append(step)
            continue
        new = changed(
            step, before=change(step.before), after=change(step.after), carried=tuple(map(change, step.carried))
        )
        gone = used - said - set(_transposed(new.before, new.after, *new.carried))
        gone = {x for x in gone if structured[x] not in set(_transposed(new.before, new.after, *new.carried))}
        said |= gone
        told = [f"{x.name}ᵀ = {transpose(structured[x])}" for x in sorted(gone, key=str)]
        out.append(changed(new, note=",  ".join([*([step.note] if step.note else []), *told])))
    return out


def _transposed(*roots: Any) -> Iterator[Any]:
    """The variables that are transposed somewhere outside differentials."""
    opaque = {n for n in postorder(*roots) if isinstance(n, (Differential, DifferentialScalar))}
    for node in postorder(*roots, skip=opaque):
        if isinstance(node, Transpose):
            yield from (x for x in postorder(node) if isinstance(x, MatrixSymbol))


# ---------------------------------------------------------------- symmetric constants
def add_symmetric_case(record: Record, left: str, results: Mapping[str, Any], name: str, variables: Any) -> None:
    """(A + Aᵀ)x is 2Ax for a symmetric A: a line of its own, where a constant makes the answer so much shorter."""
    last = record.steps[-1]
    if last.kind != "result" or full_weight(last.after) > LONGEST:
        return
    result = results[name]
    constants = [x for x in dict.fromkeys(_transposed(result)) if _is_plain_square(x, variables)]
    if not constants or len(constants) > MOST_CONSTANTS:
        return
    table = {x: matrix(x.name, *x.shape, "symmetric") for x in constants}
    special = simplify(replace(result, table))
    if count_operations(special) <= SHORTER * count_operations(result):
        record.add(Step("case", left, result, special, note=",".join(x.name for x in constants)))


def _is_plain_square(x: Any, variables: Mapping[str, Any]) -> bool:
    """A square constant of which nothing is declared."""
    return type(x) is MatrixSymbol and x.shape[0] == x.shape[1] != 1 and x not in variables.values()
