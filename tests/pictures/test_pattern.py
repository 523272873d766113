"""Where a Jacobian is not zero, as SciPy's sparse Jacobian has it; which entries are the same."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from click.testing import CliRunner

import matcalc as mc
from matcalc.cli import cli


def _rows(text: str) -> list[list[int]]:
    return [[0 if c == "·" else ord(c) - 96 for c in line.split()] for line in text.split("\n")]


PATTERNS = [  # formula, variable, declarations, classes
    ("σ(Wx)", "W", "W: 2×3, x: 3", "a · c · e ·\n· b · d · f"),
    ("Wa", "W", "W: 2×3, a: 3", "a · b · c ·\n· a · b · c"),
    ("X'", "X", "X: 2×2", "a · · ·\n· · a ·\n· a · ·\n· · · a"),
    ("diag(x)", "x", "x: 2", "a ·\n· ·\n· ·\n· a"),
    ("x .^ 2", "x", "x: 3", "a · ·\n· b ·\n· · c"),
    ("A x", "x", "A: 2×2", "a c\nb d"),
    ("relu(x)", "x", "x: 2", "a ·\n· b"),
]


@pytest.mark.parametrize(("formula", "variable", "where", "expected"), PATTERNS)
def test_entries_that_are_the_same(formula: str, variable: str, where: str, expected: str) -> None:
    found = mc.derive(formula, wrt=variable, where=where).pattern()
    assert found.classes.tolist() == _rows(expected)


def test_the_pattern_is_that_of_the_compiled_jacobian() -> None:
    derivation = mc.derive("tril(A X) B", wrt="X", where="A: 3×2, X: 2×3, B: 3×2")
    rng = np.random.default_rng(1)
    arrays = {"A": rng.normal(size=(3, 2)), "X": rng.normal(size=(2, 3)), "B": rng.normal(size=(3, 2))}
    full = derivation.compile()(**arrays)
    on_vec = full.reshape(3, 2, 6, order="C").transpose(1, 0, 2).reshape(6, 2, 3).transpose(0, 2, 1).reshape(6, 6)
    assert ((on_vec != 0) == (derivation.pattern().classes != 0)).all()


def test_symbolic_sizes_are_made_small_and_named() -> None:
    found = mc.derive("Wx", wrt="W").pattern()
    assert dict(found.sizes) == {"m": 3, "n": 4}
    assert found.classes.shape == (3, 12)
    assert found.nonzeros == 12
    assert (found.row_block, found.column_block) == (3, 3)
    assert found.text().endswith("∂F/∂W: 3×12, 12 of 36 entries are not zero; m = 3, n = 4")


def test_gradient_and_hessian() -> None:
    gradient = mc.derive("tr(tril(X)' X)", wrt="X", where="X: 3×3").pattern()
    assert (gradient.classes != 0).tolist() == np.tril(np.ones((3, 3), dtype=bool)).tolist()
    hessian = mc.hessian("½ x'x + (a'y)^2", wrt=["x", "y"], where="x: 2, y: 2")
    assert hessian.pattern("x,x").classes.tolist() == [[1, 0], [0, 1]]
    assert hessian.pattern("x,y").nonzeros == 0
    with pytest.raises(mc.DerivationError, match="several"):
        hessian.pattern()
    with pytest.raises(mc.DerivationError, match="no derivative by z"):
        hessian.pattern("z")


def test_a_large_matrix_is_refused() -> None:
    with pytest.raises(mc.LimitError, match="more than 80"):
        mc.derive("Wx", wrt="W", where="W: 40×40").pattern()


def test_the_svg_has_a_cell_for_every_entry_that_is_not_zero() -> None:
    found = mc.derive("σ(Wx)", wrt="W", where="W: 2×3, x: 3").pattern()
    root = ET.fromstring(found.svg())
    space = "{http://www.w3.org/2000/svg}"
    assert sum(1 for r in root.iter(f"{space}rect") if (r.get("fill") or "") not in ("", "#FFFFFF", "none")) == 6
    texts = ["".join(t.itertext()) for t in root.iter(f"{space}text")]
    assert "x1 σ′(z1)" in texts
    assert {"f1", "f2", "w11", "w23"} <= set(texts)


def test_the_commands(tmp_path: Any) -> None:
    done = CliRunner().invoke(cli, ["pattern", "Wa", "--wrt", "W", "--where", "W: 2×2"])
    assert done.output == "a ·   b ·\n· a   · b\n\n∂F/∂W: 2×4, 4 of 8 entries are not zero\n"
    for name, start in (("g.svg", "<svg"), ("g.tex", "% needs")):
        for command in ("graph", "pattern"):
            file = tmp_path / f"{command}{name}"
            done = CliRunner().invoke(cli, [command, "Wa", "--wrt", "W", "-o", str(file)])
            assert done.exit_code == 0, done.output
            assert file.read_text().startswith(start)
    assert CliRunner().invoke(cli, ["graph", "x(", "-o", str(tmp_path / "no.svg")]).exit_code == 1
