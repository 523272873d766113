"""Sums of products with a residual X − AB in which A and B are narrow."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

from ..builder import Builder
from ..program import Program, Value
from .rewriting import rewrite
from .sharing import oriented


def products_of_residuals(program: Program) -> Program:
    """RP + XQ as R(P + Q) + A(BQ), where R = X − AB with narrow A and B: one large product less.

    The same with R and X transposed, or on the right. No digit is lost: X is R + AB up to the rounding of R. (RQ as
    A − A(BQ), where A = XQ is there, does lose digits: in XᵀRQ the rounding of BQ is multiplied by AᵀA.)
    """
    uses = Counter(v for value in program.instructions for v in value.operands)
    uses.update([*program.outputs.values(), *program.names])
    count = Builder(program.inputs).size.count

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        if any(uses[v] > 1 or v.op != "matmul" or v.rank != 2 for v in value.operands):
            return None
        for side, flipped in itertools.product((0, 1), (False, True)):
            first, second = value.operands[::-1] if flipped else value.operands
            (r, turned), (x, x_turned) = oriented(first.operands[side]), oriented(second.operands[side])
            for rest, low, sign in _differences(r):
                x_there, x_there_turned = oriented(rest)
                if x_there is not x or (x_there_turned != turned) != x_turned:
                    continue
                if sum(count(f.shape) for f in low.operands) >= count(r.shape):
                    continue
                p, q = (new[v.operands[1 - side]] for v in (first, second))
                # X = AB + R where R = X − AB, AB − R where R = AB − X; XQ is added or subtracted
                joined = b.add(p, q) if (sign > 0) == (value.op == "add") else b.subtract(p, q)
                factors = [new[f] for f in low.operands]
                if turned:
                    factors = [b.transpose(f) for f in reversed(factors)]
                if side == 0:
                    terms = b.matmul(new[first.operands[0]], joined), b.matmul(factors[0], b.matmul(factors[1], q))
                else:
                    terms = b.matmul(joined, new[first.operands[1]]), b.matmul(b.matmul(q, factors[0]), factors[1])
                return (b.add if value.op == "add" else b.subtract)(*terms[::-1] if flipped else terms)
        return None

    return rewrite(program, rule, lambda value: value.op in ("add", "subtract") and value.rank == 2)


def _differences(r: Value) -> Iterator[tuple[Value, Value, int]]:
    """X, AB and the sign where R is X − AB, or AB − X."""
    if r.op == "subtract":
        for (x, low), sign in ((r.operands, 1), (r.operands[::-1], -1)):
            if low.op == "matmul" and x.rank == 2 and all(v.rank == 2 for v in low.operands):
                yield x, low, sign
