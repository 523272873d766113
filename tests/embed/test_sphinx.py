"""The Sphinx extension: directive and role in both markups; an error fails the build at its line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("myst_parser")

CONF = 'project = "t"\nextensions = ["myst_parser", "matcalc.sphinx", "sphinx.ext.mathjax"]\n'


def build(folder: Path, **pages: str) -> subprocess.CompletedProcess[str]:
    (folder / "conf.py").write_text(CONF)
    for name, text in pages.items():
        (folder / name.replace("_", ".")).write_text(text)
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-W",
        "--keep-going",
        "-q",
        "-b",
        "html",
        str(folder),
        str(folder / "out"),
    ]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_directive_and_role(tmp_path: Path) -> None:
    markdown = "# T\n```{matcalc}\n:wrt: W\n:where: 'W: m×n'\n\n½‖θ(Wx)‖²\n```\n\nIs {matcalc}`wrt=x; ‖x‖²`.\n"
    rest = "R\n=\n\n.. matcalc::\n   :wrt: x\n   :code: numpy\n\n   x'Ax\n\n:matcalc:`wrt=x; a'x`\n"
    done = build(tmp_path, index_md=markdown + "\n```{toctree}\nother\n```\n", other_rst=rest)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert r"(\theta'(z) \odot \theta(z)) x^{\top}" in page
    assert r"\(\frac{\partial f}{\partial x} = 2 x\)" in page
    other = (tmp_path / "out" / "other.html").read_text(encoding="utf-8")
    assert "highlight-python" in other
    assert r"\(\frac{\partial f}{\partial x} = a\)" in other


def test_an_error_has_a_line(tmp_path: Path) -> None:
    done = build(tmp_path, index_rst="R\n=\n\n.. matcalc::\n   :wrt: x\n\n   logdte(x)\n\nand :matcalc:`z(`\n")
    assert done.returncode != 0
    assert "index.rst:4: ERROR: ParseError: unknown function ‘logdte’\n    logdte(x)\n    ^^^^^^" in done.stderr
    assert "index.rst:9: ERROR: ParseError: this parenthesis is never closed" in done.stderr
