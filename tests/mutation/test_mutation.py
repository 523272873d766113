"""The faults are faults: each mutant is another program, and one that is put in is in."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.equivalent import REASONS
from tests.mutation.mutants import PACKAGE, mutants, sources

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


#: What becomes of a task that returns, raises, runs out of time, or is ended by another signal.
ENDS = """
import os, signal
from tests.mutation.processes import Died, Raised, parallel

signals = signal.SIGVTALRM, signal.SIGSEGV
tasks = [lambda: "killed", lambda: 1 / 0, *(lambda s=s: os.kill(os.getpid(), s) for s in signals)]
for number, end in sorted(parallel(tasks, jobs=2), key=lambda one: one[0]):
    match end:
        case Raised(traceback):
            print("raised", traceback.split()[-3])
        case Died():
            print("died", end.of_its_clock)
        case _:
            print(end)
"""


def test_a_fault_of_the_machinery_is_no_kill() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS], cwd=PACKAGE.parent, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout.splitlines() == ["killed", "raised division", "died True", "died False"], done.stderr


def test_equivalent_mutants_are_mutants() -> None:
    """What is excused is still there."""
    assert REASONS.keys() <= {mutant.key for path in sources() for mutant in mutants(path)}


@pytest.mark.slow
def test_a_sample_is_killed(tmp_path: Path) -> None:
    """Faults in the elementary maps, before the tests of the maps alone."""
    summary = tmp_path / "summary.json"
    options = ["--tests", "tests/maps", "--only", "maps/elementary", "--count", "8", "--json", str(summary)]
    command = [sys.executable, "-m", "tests.mutation", *options, "--least", "100"]
    done = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(summary.read_text(encoding="utf-8"))
    assert (found["survivors"], found["broken"], found["faults"]) == ([], [], [])
    assert found["figures"]["maps/"]["killed"] >= 6
