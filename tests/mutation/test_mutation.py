"""The faults are faults: each mutant is another program, and one that is put in is in."""

from __future__ import annotations

import ast

import pytest

from matcalc import algebra as alg
from matcalc import maps
from matcalc.present import text_of
from tests.mutation.__main__ import parallel
from tests.mutation.mutants import PACKAGE, Mutant, mutants
from tests.mutation.swap import Swapper

LINEAR, ELEMENTARY = PACKAGE / "operators" / "linear.py", PACKAGE / "maps" / "elementary.py"


@pytest.mark.parametrize("path", [LINEAR, ELEMENTARY], ids=lambda path: path.stem)
def test_every_mutant_is_another_program(path) -> None:
    original = ast.unparse(ast.parse(path.read_text(encoding="utf-8")))
    found = list(mutants(path))
    assert len(found) > 80
    for one in found[::7]:
        changed = one.tree()
        compile(changed, str(path), "exec")
        assert ast.unparse(changed) != original


def _fault(where: str, change: str) -> Mutant:
    return next(one for one in mutants(ELEMENTARY) if one.where == where and change in one.change)


def test_a_mutant_takes_the_place_of_the_code() -> None:
    """The adjoint of dX ↦ A dX B without its transposes, in a process of its own."""
    m, n = alg.dimension("m"), alg.dimension("n")
    a, b = alg.matrix("A", m, m), alg.matrix("B", n, n)

    def adjoint() -> str:
        return text_of(maps.Sandwich((m, n), (m, n), a, b).pull(alg.matrix("M", m, n)))

    def mutated() -> str:
        assert Swapper().apply(_fault("Sandwich.adjoint", "transpose(self.left) → self.left"))
        return adjoint()

    results = dict(parallel([mutated, adjoint], jobs=2))
    assert results == {0: "AMBᵀ", 1: "AᵀMBᵀ"}
