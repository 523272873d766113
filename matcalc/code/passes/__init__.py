"""The optimiser: passes over the array program, each a function from program to program with a name.

A target names the passes that it wants (:attr:`matcalc.code.targets.Target.passes`), and runs them in this order.
Every pass keeps the value of every output; :mod:`tests.code.test_passes` compares programs before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ..program import Program
from .blocks import blocks_of_rows
from .factoring import factor_once
from .orientation import conjugate_products, orientations
from .products import multiples_of_the_identity, narrow_on_the_right, sums_of_products, symmetric_products
from .residuals import residuals_by_blas, signs
from .sharing import shared_products


@dataclass(frozen=True)
class Pass:
    """A rewriting of programs."""

    name: str
    #: What it does, in a line.
    says: str
    run: Callable[[Program], Program]


# fmt: off
PASSES = {row.name: row for row in (
    Pass("turned",    "what is there transposed or conjugated, as that",              orientations),
    Pass("shared",    "(AB)C as A(BC) where BC is there already",                     shared_products),
    Pass("vdot",      "Σ a* ⊙ b in one call",                                         conjugate_products),
    Pass("sums",      "row sums of A ⊙ B as an einsum",                               sums_of_products),
    Pass("shift",     "A + cI adds c on the diagonal",                                multiples_of_the_identity),
    Pass("symmetric", "XᵀDiag(d)X with d ≥ 0 as BᵀB, B = Diag(√d)X (syrk)",           symmetric_products),
    Pass("signs",     "(AB − X)V as −(X − AB)V; the sign goes to what follows",        signs),
    Pass("blocks",    "(T − UVᵀ)V in blocks of rows that stay in the cache",          blocks_of_rows),
    Pass("narrow",    "AᵀX with narrow A as (XᵀA)ᵀ",                                   narrow_on_the_right),
    Pass("blas",      "X − AB with narrow A and B, X − uvᵀ in one call of BLAS",      residuals_by_blas),
    Pass("factor",    "one factorisation of a matrix for all uses, Cholesky if s.p.d.", factor_once),
)}
#: What is done where a program is lowered or written, and can be left out like a pass: name → what it is.
HABITS = {
    "order":     "chains of matrices in the order of least work",
    "open":      "(A + B)C opened where that is much cheaper",
    "diagonal":  "Diag(d)A scales rows",
    "kronecker": "(A ⊗ B) vec X as two products of a reshaped array",
    "ones":      "products with 𝟏 are sums and repetitions",
    "solve":     "A⁻¹b is a solve, no inverse is formed",
    "trace":     "tr(AB) and diag(AB) without AB",
    "deltas":    "Jacobians and Hessians filled through views of their diagonals",
    "in place":  "arrays are written over on their last use",
}
# fmt: on
#: Everything that can be left out.
OPTIMISATIONS = {name: row.says for name, row in PASSES.items()} | HABITS


def optimise(program: Program, wanted: Collection[str], without: Collection[str] = ()) -> Program:
    """The program after the wanted passes."""
    for name, row in PASSES.items():
        if name in wanted and name not in without:
            program = row.run(program)
    return program


__all__ = ["HABITS", "OPTIMISATIONS", "PASSES", "Pass", "optimise"]
