"""What is there already, transposed or as a factor of another product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

from ..builder import COMMUTATIVE, Builder
from ..program import ENTRYWISE, Program, Value
from .rewriting import rewrite

#: A matrix, and whether its transpose is meant.
Oriented: TypeAlias = "tuple[Value, bool]"
#: So many transposed arrays are not told from more.
MANY = 10**6


def transposes(program: Program) -> Program:
    """What is there beside its own transpose is computed once: XV for VᵀXᵀ too, X − V for Vᵀ − Xᵀ."""
    known: dict[Value, Oriented] = {}
    first: dict[Any, Value] = {}
    transposed: dict[Value, tuple[int, int]] = {}  # how many transposed arrays it takes, and its transpose
    twice: set[Value] = set()
    for value in program.instructions:
        known[value], transposed[value] = (value, False), (0, 1)
        if value.op == "transpose" and value.rank == 2:
            (of,) = value.operands
            known[value], transposed[value] = _transposed(known[of]), transposed[of][::-1]
        elif ways := _both_ways(value, known):
            there = next(((first[key], flipped) for flipped, key in enumerate(ways) if key in first), None)
            if there is not None:
                known[value] = there[0], bool(there[1])
                twice.update(there[:1] if there[1] else ())
            first.setdefault(ways[0], value)
            one, other = zip(*(transposed[v] for v in value.operands if v.rank), strict=True)
            transposed[value] = min(sum(one), MANY), min(sum(other), MANY)

    def is_turned(value: Value) -> bool:
        of, whether = known[value]
        return of in twice and whether == (transposed[of][0] <= transposed[of][1])

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        if value.op == "inner":
            return b.inner(*(new[v] for v in value.operands))
        if value.op == "sum":
            return b.sum(new[value.operands[0]], *value.attributes)
        if value.op == "transpose" or not is_turned(value):
            return None
        operands = [b.transpose(new[v]) if v.rank else new[v] for v in value.operands]
        if value.op == "matmul":
            operands.reverse()
        return b.transpose(b.make(value.op, operands, value.attributes, value.shape[::-1]))

    return rewrite(program, rule, lambda value: value.rank == 2 or value.op in ("inner", "sum")) if twice else program


def _both_ways(value: Value, known: Mapping[Value, Oriented]) -> tuple[Any, ...]:
    """How a matrix is computed, and how its transpose would be; () where that is not of the same kind."""
    matrices = [v for v in value.operands if v.rank]
    if value.op == "matmul":
        same = all(v.rank == 2 for v in matrices)
    else:
        same = value.op in ENTRYWISE and all(v.shape == value.shape for v in matrices)
    if not same or value.rank != 2:
        return ()
    one = [known[v] for v in value.operands]
    other = [_transposed(each) if each[0].rank else each for each in one]
    if value.op == "matmul":
        other.reverse()
    if value.op in COMMUTATIVE:
        one, other = (sorted(each, key=lambda v: v[0].number) for each in (one, other))
    return tuple((value.op, value.attributes, *each) for each in (one, other))


def _transposed(matrix: Oriented) -> Oriented:
    """The transpose."""
    return matrix[0], not matrix[1]


def shared_products(program: Program) -> Program:
    """(AB)C as A(BC) where BC is there already, and AB is for nothing else; the other way round."""
    instructions = program.instructions
    uses = Counter(v for value in instructions for v in value.operands)
    uses.update([*program.outputs.values(), *program.names])
    there = {v.operands: v for v in instructions if v.op == "matmul"}
    size = Builder(program.inputs).size

    def work(a: Value, b: Value) -> float:
        return size.count((*a.shape, *b.shape[1:]))

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        first, last = value.operands
        for inner, left in ((first, False), (last, True)):
            if inner.op != "matmul" or inner.rank != 2 or uses[inner] > 1 or any(v.rank != 2 for v in inner.operands):
                continue
            x, y = inner.operands
            other = there.get((first, x) if left else (y, last))
            if other is None or other is inner:
                continue
            pair = (other, y) if left else (x, other)
            if work(*pair) <= work(x, y) + work(first, last):
                uses[other] += 1  # it stays
                product = b.matmul(*(new[v] for v in other.operands))
                return b.matmul(product, new[y]) if left else b.matmul(new[x], product)
        return None

    return rewrite(program, rule, _is_product_of_products)


def _is_product_of_products(value: Value) -> bool:
    """Is it a product of matrices, and one of them a product?"""
    return (
        value.op == "matmul"
        and all(v.rank <= 2 for v in value.operands)
        and any(v.op == "matmul" for v in value.operands)
    )
