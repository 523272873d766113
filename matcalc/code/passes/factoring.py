"""One factorisation for all that is wanted of a matrix: Cholesky if it is positive definite, LU if it is shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..builder import Builder
from ..program import Program, Value
from .facts import Facts
from .rewriting import rewrite

#: Instructions that factor their first operand.
FACTORING = frozenset({"solve", "inverse", "det", "logdet"})


def factor_once(program: Program) -> Program:
    """A⁻¹b, A⁻ᵀb, A⁻¹, det A and log |det A| from one factorisation of A.

    A matrix is positive definite where it is declared so, and where it is positive semidefinite by its form, such as
    XᵀX or K + λI with λ > 0 and more than its determinant is wanted: that it has an inverse is assumed then already,
    while det XᵀX may be 0. Any other is factored by LU, where it is wanted twice.
    """
    wanted = [value for value in program.instructions if _is_factoring(value)]
    if not wanted:
        return program
    facts = Facts(program)
    uses = Counter(_matrix(value)[0] for value in wanted)
    invertible = {_matrix(value)[0] for value in wanted if value.op != "det"}
    definite = {m for m in uses if m in facts.semidefinite and (m in invertible or m.op == "input")}
    kinds = {m: "cholesky" if m in definite else "lu" for m, count in uses.items() if count > 1 or m in definite}

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        matrix, transposed = _matrix(value)
        kind = kinds.get(matrix)
        if kind is None:
            return None
        if kind == "cholesky" and uses[matrix] == 1 and value.op == "solve":
            return b.make("spd_solve", (new[matrix], new[value.operands[1]]), (), value.shape)
        factor = b.hint(b.make("factor", (new[matrix],), (kind,), ()), "L" if kind == "cholesky" else "LU")
        if value.op == "solve":
            transposed = transposed and kind == "lu"
            return b.make("factor_solve", (factor, new[value.operands[1]]), (kind, transposed), value.shape)
        made = b.make(f"factor_{value.op}", (factor,), (kind,), value.shape)
        return b.transpose(made) if transposed and value.op == "inverse" else made

    return rewrite(program, rule, _is_factoring)


def _is_factoring(value: Value) -> bool:
    """Does it factor one matrix? Stacks of them are left to the library."""
    return value.op in FACTORING and value.operands[0].rank == 2


def _matrix(value: Value) -> tuple[Value, bool]:
    """The matrix that is factored, and whether what is wanted is of its transpose."""
    matrix = value.operands[0]
    return (matrix.operands[0], True) if matrix.op == "transpose" else (matrix, False)
