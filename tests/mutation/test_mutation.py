"""The faults are faults: each mutant is another program, and one that is put in is in."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.mutation.mutants import PACKAGE, mutants

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


#: Run in a process of its own: forking is for programs without threads, and other tests start some.
SCRIPT = """
from matcalc import algebra as alg, maps
from matcalc.present import text_of
from tests.mutation.mutants import PACKAGE, mutants
from tests.mutation.processes import parallel
from tests.mutation.swap import Swapper

m, n = alg.dimension("m"), alg.dimension("n")
a, b = alg.matrix("A", m, m), alg.matrix("B", n, n)

def adjoint():
    return text_of(maps.Sandwich((m, n), (m, n), a, b).pull(alg.matrix("M", m, n)))

def mutated():
    found = mutants(PACKAGE / "maps" / "elementary.py")
    change = "transpose(self.left) → self.left"
    assert Swapper().apply(next(one for one in found if one.where == "Sandwich.adjoint" and change in one.change))
    return adjoint()

print(*(result for _, result in sorted(parallel([mutated, adjoint], jobs=2))))
"""


def test_a_mutant_takes_the_place_of_the_code() -> None:
    """The adjoint of dX ↦ A dX B without a transpose, in a process that is forked."""
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.split() == ["AMBᵀ", "AᵀMBᵀ"], done.stderr
