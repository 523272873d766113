"""MATLAB code is run by GNU Octave, Julia code is parsed: every node type, and the corpus."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import io

import matcalc as mc
from matcalc import algebra as alg
from matcalc.code import Part, Task
from matcalc.code.derivations import task_of
from matcalc.code.module import Module, module_of
from matcalc.errors import CompileError
from tests.code.cases import CASES, SIZES
from tests.code.test_lowering import same, setting, size
from tests.corpus import cases, records
from tests.naive import evaluate

CORPUS = {case["id"]: case for case in records.corpus()}


class Octave:
    """Runs the derivatives of many modules in one process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.given, self.script = folder, {}, []  # type: ignore[var-annotated]
        self.modules: list[Module] = []

    def add(self, module: Module, kind: str, arrays: Mapping[str, Any]) -> int:
        """The module's derivative at the arrays, which are named as typed; returns its number."""
        k = len(self.modules)
        self.modules.append(module)
        (self.folder / f"d{k}.m").write_text(module.source.replace("derivative()", f"d{k}()"), encoding="utf-8")
        names = []
        for one in module.inputs:
            array = np.asarray(arrays[one.name])
            names.append(f"c{k}_{len(names)}")
            self.given[names[-1]] = array.reshape(-1, 1) if array.ndim == 1 else array
        self.script.append(
            f"try\n  f = d{k}(); r{k} = f.{kind}({', '.join(names)}); save('-append', '-v7', 'out.mat', 'r{k}');\n"
            f"catch problem\n  r{k} = problem.message; save('-append', '-v7', 'out.mat', 'r{k}');\nend"
        )
        return k

    def run(self) -> dict[str, Any]:
        io.savemat(self.folder / "in.mat", self.given)
        lines = ["load('in.mat'); z = 1; save('-v7', 'out.mat', 'z');", *self.script]
        (self.folder / "main.m").write_text("\n".join(lines), encoding="utf-8")
        subprocess.run(["octave-cli", "-q", "main.m"], cwd=self.folder, capture_output=True, text=True, check=True)
        return io.loadmat(self.folder / "out.mat", simplify_cells=False)  # type: ignore[no-any-return]


def _task(name: str) -> tuple[Task, dict[str, Any], Any, tuple[int, ...]]:
    """A node type as a task, with arrays, what the result is, and its shape."""
    inputs, env, arrays = setting(CASES[name], 4)
    shape = alg.shape_of(CASES[name])
    dims = shape[:1] if shape and shape[1] == 1 else shape
    task = Task(CASES[name], "gradient", {"x": Part(CASES[name], dims)}, inputs)
    return task, arrays, evaluate(CASES[name], env, SIZES), tuple(size(d) for d in dims)


@pytest.mark.octave
@pytest.mark.slow
def test_octave_computes_every_node_type(tmp_path: Path) -> None:
    octave, wanted = Octave(tmp_path), {}
    for name in CASES:
        task, arrays, want, shape = _task(name)
        try:
            wanted[octave.add(module_of(task, "matlab"), "gradient", arrays)] = name, want, shape
        except CompileError as refusal:
            assert "has no code for" in refusal.message  # noqa: PT017
    assert len(wanted) > 240
    found = octave.run()
    wrong = {}
    for k, (name, want, shape) in wanted.items():
        got = found[f"r{k}"]
        if got.dtype.kind not in "fciu" or got.size != np.prod(shape) or not same(got.reshape(shape), want):
            wrong[name] = f"{got}\n{octave.modules[k].source}"
    assert not wrong, "\n".join([*wrong, next(iter(wrong.values()))])


@pytest.mark.octave
@pytest.mark.slow
def test_octave_computes_the_corpus(tmp_path: Path) -> None:
    octave, wanted = Octave(tmp_path), {}
    for case in CORPUS.values():
        derivation = mc.derive(**cases.question(case))
        task = task_of(derivation)
        try:
            module = module_of(task, "matlab")
        except CompileError as refusal:
            assert "has no code for" in refusal.message  # noqa: PT017
            continue
        if module.signature.callables:
            continue
        given, want = records.trials(case)[0]
        given = {one.name: _array(one.name, given) for one in module.inputs}
        wanted[octave.add(module, task.kind, given)] = case["id"], want
    assert len(wanted) > 300
    found = octave.run()
    wrong = {}
    for k, (name, want) in wanted.items():
        got = found[f"r{k}"]
        parts = want.items() if isinstance(want, dict) else [("", want)]
        for key, array in parts:
            one = got if not key else _field(got, key)
            shape = np.shape(array)
            if one is None or one.dtype.kind not in "fciu" or one.size != array.size:
                wrong[name] = f"{one}, not {shape}\n{octave.modules[k].source}"
            elif not cases.same(one.reshape(shape), array, rtol=1e-7):
                wrong[name] = f"{one}, not {array}\n{octave.modules[k].source}"
    assert not wrong, "\n".join([*wrong, next(iter(wrong.values()))])


def _array(name: str, given: Mapping[str, Any]) -> Any:
    """The array of a name, however it is spelt."""
    from matcalc.code.names import name_key

    return next(array for key, array in given.items() if key == name or name_key(key) == name_key(name))


def _field(got: Any, key: str) -> Any:
    """A field of a structure that Octave has saved."""
    from matcalc.code.targets import target_of

    field = "_".join(target_of("matlab").identifier(part) for part in key.split(","))
    return got[field][0, 0] if got.dtype.names and field in got.dtype.names else None


# ---------------------------------------------------------------- Julia, which is not run
def errors_in(source: str) -> list[str]:
    """What a parser of Julia does not understand."""
    sitter, julia = pytest.importorskip("tree_sitter"), pytest.importorskip("tree_sitter_julia")
    parser = sitter.Parser(sitter.Language(julia.language()))
    found, stack = [], [parser.parse(source.encode()).root_node]
    while stack:
        node = stack.pop()
        if node.type == "ERROR" or node.is_missing:
            found.append(node.text.decode())
        stack.extend(node.children)
    return found


def test_the_parser_finds_an_error() -> None:
    assert errors_in("function f(x)\n return (x\nend\n")


def test_julia_of_every_node_type_parses() -> None:
    for name in CASES:
        try:
            source = module_of(_task(name)[0], "julia").source
        except CompileError as refusal:
            assert "has no code for" in refusal.message  # noqa: PT017
            continue
        assert not errors_in(source), f"{name}\n{source}"
        assert "@" not in re.sub(r'"""[\s\S]*?"""', "", source), name


@pytest.mark.slow
def test_julia_of_the_corpus_parses() -> None:
    for case in list(CORPUS.values())[::3]:
        source = mc.derive(**cases.question(case)).source("julia")
        assert not errors_in(source), f"{case['id']}\n{source}"
