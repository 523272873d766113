"""Residuals X − AB, in which A and B are often narrow.

They are computed first, and then multiplied. Two ways of saving a large product lose digits and are not done. One is
RᵀP + XᵀQ as Rᵀ(P + Q) + Bᵀ(AᵀQ), where AB is much larger than X. The other is RQ as A − A(BQ) where A = XQ: in Xᵀ(RQ)
AᵀA multiplies the rounding of BQ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from ..builder import Builder
from ..program import Program, Value, is_number
from .blocks import is_low_rank
from .rewriting import rewrite

#: A factor's sign is the sign of the result.
HAVE_A_SIGN = frozenset({"matmul", "inner", "outer", "multiply", "divide", "transpose", "sum", "trace"})


def signs(program: Program) -> Program:
    """In products, AB − X as −(X − AB), and b − a as −(a − b) where that is there; the sign goes to what follows."""
    instructions = program.instructions
    users: dict[Value | None, list[Value | None]] = defaultdict(list)
    for value in instructions:
        for operand in value.operands:
            users[operand].append(value)
    for value in program.outputs.values():
        users[value].append(None)
    guess = Builder(program.inputs).size.guess
    there = {v.operands: v for v in instructions if v.op == "subtract" and v.rank}

    def is_in_products(value: Value) -> bool:
        return all(
            use is not None
            and (use.op in ("matmul", "inner", "outer") or (use.op == "transpose" and is_in_products(use)))
            for use in users[value]
        )

    def is_backward(value: Value) -> bool:
        opposite = there.get(value.operands[::-1])
        if opposite is not None:
            return opposite.number < value.number
        low, x = value.operands
        return is_low_rank(low, guess) and x.shape == low.shape and not is_low_rank(x, guess)

    backward = {value for value in there.values() if is_backward(value) and is_in_products(value)}

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        operands = [new[v] for v in value.operands]
        if value in backward:
            return _minus(b, b.subtract(*operands[::-1]))
        negative = [v.op == "negative" for v in operands]
        plain = [v.operands[0] if v.op == "negative" else v for v in operands]
        if not any(negative):
            return None
        if value.op == "negative":
            return plain[0]
        if value.op in ("add", "subtract"):
            first, second = negative[0], negative[1] == (value.op == "add")
            if first == second:
                return _minus(b, b.add(*plain)) if first else b.add(*plain)
            return b.subtract(*plain[:: -1 if first else 1])
        if value.op in ("multiply", "divide") and is_number(number := operands[0]):
            return b.make(value.op, (b.number(-number.attributes[0]), plain[1]), (), value.shape)
        if value.op in HAVE_A_SIGN:
            made = b.make(value.op, plain, value.attributes, value.shape)
            return _minus(b, made) if sum(negative) % 2 else made
        return None

    return rewrite(program, rule, lambda value: True) if backward else program


def _minus(b: Builder, value: Value) -> Value:
    """−value; of a difference too, whose operands the builder would exchange."""
    return b.make("negative", (value,), (), value.shape)


def residuals_by_blas(program: Program) -> Program:
    """X − AB with narrow A and B, and X − uvᵀ, in one call, which adds to a copy of X."""
    uses = Counter(v for value in program.instructions for v in value.operands)
    uses.update([*program.outputs.values(), *program.names])
    guess = Builder(program.inputs).size.guess

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        x, low = value.operands
        if uses[low] > 1 or x.shape != low.shape or not is_low_rank(low, guess):
            return None
        return b.make("residual", [new[v] for v in (x, *low.operands)], (), value.shape)

    return rewrite(program, rule, lambda value: value.op == "subtract" and value.rank == 2)
