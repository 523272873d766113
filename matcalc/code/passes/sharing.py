"""Products that are there already, as factors of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..builder import Builder
from ..program import Program, Value
from .rewriting import rewrite


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
