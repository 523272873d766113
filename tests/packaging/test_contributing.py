"""The operator that docs/contributing.md adds is added, by the letter, to a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
#: A block of code that begins with the file it belongs to.
_BLOCK = re.compile(r"```python\n# (\S+\.py)\n(.*?)```", re.DOTALL)
_COMMANDS = re.compile(r"```sh\n(pytest .*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and its tests with the pieces of the page."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("matcalc", "templates", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    pieces = _BLOCK.findall(PAGE)
    assert len(pieces) == 5
    for name, code in pieces:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{code}" if file.tell() else code)
    return folder


def run(command: str, folder: Path) -> str:
    """What a command prints in the copy."""
    shims = folder / "bin"
    shims.mkdir(exist_ok=True)
    for name, module in (("pytest", "pytest"), ("matcalc", "matcalc")):
        (shims / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        (shims / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{shims}:{os.environ['PATH']}", "PYTHONPATH": str(folder), "COLUMNS": "80"}
    for name in [name for name in environment if name.startswith(("PYTEST_", "COV_"))]:
        del environment[name]
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_operator_is_added_as_the_page_says(copy: Path) -> None:
    tests, derivation = _COMMANDS.findall(PAGE)[0].strip().splitlines()
    passed = re.search(r"(\d+) passed", run(tests, copy))
    assert passed
    assert int(passed[1]) >= 4
    shown = run(derivation, copy)
    assert "KL(p, q)" in shown
    assert "d KL(a, b) = (1 + log(a ⊘ b)) : da − (a ⊘ b) : db" in shown
    assert "∂f/∂q = −p ⊘ q" in shown
    assert "checked at" in shown


def test_it_is_derived_in_every_form_and_format(copy: Path) -> None:
    assert "Diag" in run("matcalc 'kl(p, q)' --wrt p --kind hessian --detail full", copy)
    assert "operatorname{KL}" in run("matcalc 'kl(softmax(W x), q)' --wrt x --format latex", copy)
    assert "np.log" in run("matcalc code 'kl(p, q)' --wrt p", copy)
