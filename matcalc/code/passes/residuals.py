"""Residuals X − AB, in which A and B are often narrow."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from ..builder import Builder
from ..program import Program, Value, is_number
from .blocks import is_low_rank
from .rewriting import rewrite
from .sharing import oriented

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


def residuals_by_blas(program: Program) -> Program:
    """X − AB with narrow A and B in one call, which adds to a copy of X."""
    uses = Counter(v for value in program.instructions for v in value.operands)
    uses.update([*program.outputs.values(), *program.names])
    guess = Builder(program.inputs).size.guess

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        x, low = value.operands
        if uses[low] > 1 or x.shape != low.shape or low.op != "matmul" or not is_low_rank(low, guess):
            return None
        return b.make("residual", [new[v] for v in (x, *low.operands)], (), value.shape)

    return rewrite(program, rule, lambda value: value.op == "subtract" and value.rank == 2)
