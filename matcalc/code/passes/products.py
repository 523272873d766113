"""Products of a matrix with itself, sums of products, multiples of the identity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..builder import Builder
from ..program import Program, Value
from .blocks import NARROW
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


def narrow_on_the_right(program: Program) -> Program:
    """AᵀX with few columns of A as (XᵀA)ᵀ: OpenBLAS computes a narrow result faster by columns."""
    guess = Builder(program.inputs).size.guess

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        left, right = value.operands
        narrow = all(guess(value.shape[0]) * NARROW <= guess(size) for size in right.shape)
        if left.op != "transpose" or right.op == "transpose" or right.rank != 2 or not narrow:
            return None
        return b.transpose(b.matmul(b.transpose(new[right]), new[left.operands[0]]))

    return rewrite(program, rule, _is_matrix_product)


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
