"""Products of a matrix with itself or with a residual, sums of products, multiples of the identity."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping

from ..builder import Builder
from ..program import Program, Value
from .facts import Facts, mirrors
from .rewriting import rewrite


def symmetric_products(program: Program) -> Program:
    """XᵀDiag(d)X with d ≥ 0 as BᵀB for B = Diag(√d) X: BLAS computes one half of it and copies the other (syrk)."""
    if not any(map(_is_matrix_product, program.instructions)):
        return program
    facts = Facts(program)

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        parts = facts.factors(value)
        if len(parts) != 3 or parts[1].rank != 1 or not mirrors(parts[0], parts[2]):
            return None
        left, d, right = parts
        if d not in facts.not_negative:
            return None
        root = b.apply("sqrt", new[d])
        if right.op == "transpose":  # X Diag(d) Xᵀ
            scaled = b.multiply(new[left], root)
            return b.matmul(scaled, b.transpose(scaled))
        scaled = b.multiply(b.expand(root, 1), new[right])
        return b.matmul(b.transpose(scaled), scaled)

    return rewrite(program, rule, _is_matrix_product)


def _is_matrix_product(value: Value) -> bool:
    return value.op == "matmul" and value.rank == 2


def sums_of_products(program: Program) -> Program:
    """The row sums of A ⊙ B as an einsum, which does not write A ⊙ B out."""
    instructions = program.instructions
    uses = Counter(v for value in instructions for v in value.operands)
    uses.update(program.outputs.values())

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        (product,) = value.operands
        if product.op != "multiply" or uses[product] > 1 or any(v.shape != product.shape for v in product.operands):
            return None
        return b.einsum("ij,ij->i", *(new[v] for v in product.operands)) if product.rank == 2 else None

    return rewrite(program, rule, lambda value: value.op == "sum" and value.attributes[0] == 1)


def multiples_of_the_identity(program: Program) -> Program:
    """A + cI adds c on the diagonal of A."""

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        for whole, other in (value.operands, value.operands[::-1]):
            c = _multiple(other)
            if c is not None and whole.shape == value.shape and _multiple(whole) is None:
                return b.add_on_diagonal(new[whole], new[c] if isinstance(c, Value) else b.number(c), "ii->i")
        return None

    return rewrite(program, rule, lambda value: value.op == "add" and value.rank == 2)


def _multiple(value: Value) -> Value | int | None:
    """c where the value is cI; None where it is something else."""
    if value.op == "eye":
        return 1
    if value.op == "multiply":
        for c, eye in (value.operands, value.operands[::-1]):
            if eye.op == "eye" and c.rank == 0:
                return c
    return None


def shared_products(program: Program) -> Program:
    """(AB)C as A(BC) where BC is there already, and AB is for nothing else; the other way round; BᵀAᵀ as (AB)ᵀ."""
    instructions = program.instructions
    uses = Counter(v for value in instructions for v in value.operands)
    uses.update([*program.outputs.values(), *program.names])
    there = {v.operands: v for v in instructions if v.op == "matmul"}
    size = Builder(program.inputs).size

    def work(a: Value, b: Value) -> float:
        return size.count((*a.shape, *b.shape[1:]))

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        first, last = value.operands
        if first.op == last.op == "transpose" and (other := there.get((last.operands[0], first.operands[0]))):
            return b.transpose(b.matmul(*(new[v] for v in other.operands)))
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
    """Is it a product of matrices, and one of them a product or a transpose?"""
    if value.op != "matmul" or any(v.rank > 2 for v in value.operands):
        return False
    return any(v.op in ("matmul", "transpose") for v in value.operands)


def products_of_residuals(program: Program) -> Program:
    """RP + XQ as R(P + Q) + A(BᵀQ), where R = X − ABᵀ with narrow A and B: one large product less.

    The same with R and X transposed, or on the right. No digit is lost: X is R + ABᵀ up to the rounding of R.
    """
    uses = Counter(v for value in program.instructions for v in value.operands)
    uses.update([*program.outputs.values(), *program.names])
    count = Builder(program.inputs).size.count

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        if any(uses[v] > 1 or v.op != "matmul" or v.rank != 2 for v in value.operands):
            return None
        one, two = value.operands
        for side, (first, second) in itertools.product((0, 1), ((one, two), (two, one))):
            r, x = first.operands[side], second.operands[side]
            p, q = first.operands[1 - side], second.operands[1 - side]
            turned = r.op == x.op == "transpose"
            if turned:
                r, x = r.operands[0], x.operands[0]
            low = _difference(r, x)
            if low is None or sum(count(f.shape) for f in low.operands) >= count(x.shape):
                continue
            # X = ABᵀ + R where R = X − ABᵀ, ABᵀ − R where R = ABᵀ − X; XQ is added or subtracted
            same = (r.operands[0] is x) == (value.op == "add")
            joined = (b.add if same else b.subtract)(new[p], new[q])
            factors = [new[f] for f in low.operands]
            large = [b.transpose(new[r]) if turned else new[r], joined]
            small = [*([b.transpose(f) for f in factors[::-1]] if turned else factors), new[q]]
            if side == 0:
                terms = [b.matmul(*large), b.matmul(small[0], b.matmul(*small[1:]))]
            else:
                terms = [b.matmul(*large[::-1]), b.matmul(b.matmul(small[2], small[0]), small[1])]
            return (b.add if value.op == "add" else b.subtract)(*terms if first is one else terms[::-1])
        return None

    return rewrite(program, rule, lambda value: value.op in ("add", "subtract") and value.rank == 2)


def _difference(r: Value, x: Value) -> Value | None:
    """The product of matrices ABᵀ where R is X − ABᵀ or ABᵀ − X."""
    if r.op != "subtract" or x not in r.operands:
        return None
    low = r.operands[1 if r.operands[0] is x else 0]
    return low if low.op == "matmul" and all(v.rank == 2 for v in low.operands) else None
