"""The graph says what is computed from what; its adjoints, put together, are the gradient; the picture is sound."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import matcalc as mc
from matcalc.algebra import is_scalar, matrix, named_nodes, replace, scalar
from matcalc.calculus.simplify import expand_names
from matcalc.pictures.graph import Drawing, Formula, barred
from matcalc.pictures.layers import lay_out
from matcalc.verify import check_pairs

README_PICTURE = Path(__file__).resolve().parents[2] / "docs" / "_static" / "graph.svg"

CASES = [  # a program, variables, declarations
    ("z = W x + b; a = σ(z); ½‖a − y‖²", ["W", "b"], "W: m×n"),
    ("½‖θ(Wx)‖²", ["W", "x"], None),
    ("tr(A X B X')", ["X"], None),
    ("-y' log(softmax(W x))", ["W"], None),
    ("λ‖w‖² + Σ_i log(1 + exp(-y_i w'x_i))", ["w"], None),
    ("½ y' inv(S) y + ½ logdet(S)", ["S"], "S: n×n spd"),
    ("h = x + W_2 tanh(W_1 x); ‖h‖²", ["x", "W_1"], "W_1: m×n, W_2: n×m"),
    ("loss = ‖Ax-b‖²; sqrt(loss)", ["x"], None),
    ("Q = X W_q; K = X W_k; ½‖softmax(Q K'/√d) − Y‖²", ["W_q", "W_k"], "X: n×d, W_q: d×d, W_k: d×d, Y: n×n"),
    ("a' x", ["x"], None),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_the_adjoints_put_together_are_the_gradient(case: Any) -> None:
    program, variables, where = case
    derivation = mc.derive(program, wrt=variables, where=where)
    drawing = Drawing(derivation)
    adjoints = drawing.adjoints
    known: dict[Any, Any] = {}
    for node in reversed(named_nodes(drawing.value)):  # v̄ in terms of the variables, from the value back
        if node in adjoints:
            bar = barred(node.name)
            symbol = scalar(bar) if is_scalar(node) else matrix(bar, *node.shape)
            known[symbol] = expand_names(replace(adjoints[node], known))
    for name, variable in derivation.variables.items():
        found = expand_names(replace(adjoints[variable], known))
        assert check_pairs([(found, expand_names(derivation.results[name]))], [variable])


def test_what_is_computed_from_what() -> None:
    boxes = mc.derive("z = W x + b; a = σ(z); ½‖a − y‖²", wrt=["W", "b"]).graph().boxes
    shown = {box.label.text: (box.role, box.shape.text, box.adjoint and box.adjoint.text) for box in boxes}
    assert shown == {
        "W": ("variable", "m×n", "W̄ = z̄xᵀ"),
        "x": ("constant", "n", None),
        "b": ("variable", "m", "b̄ = z̄"),
        "z = Wx + b": ("step", "m", "z̄ = ā ⊙ σ′(z)"),
        "a = σ(z)": ("step", "m", "ā = r̄"),
        "y": ("constant", "m", None),
        "r = a − y": ("step", "m", "r̄ = r"),
        "f = ½‖r‖²": ("value", "1", "f̄ = 1"),
    }
    by_label = {box.label.text: box for box in boxes}
    assert by_label["z = Wx + b"].inputs == tuple(by_label[name].key for name in ("W", "x", "b"))


def test_adjoints_use_what_is_known_on_the_way() -> None:
    boxes = mc.derive("½‖tanh(Wx)‖²", wrt="W").graph().boxes
    assert "z̄ = ā ⊙ (1 − a^{⊙2})" in [box.adjoint and box.adjoint.text for box in boxes]


def test_the_adjoint_of_a_vector_is_a_symbol() -> None:
    boxes = mc.derive("σ(Wx)", wrt="x").graph().boxes
    assert boxes[-1].adjoint == Formula("F̄", r"\bar{F}")


def test_a_variable_alone_is_a_graph() -> None:
    assert [box.label.text for box in mc.derive("x", wrt="x", where="x: n").graph().boxes] == ["x", "F = x"]


def test_a_graph_that_nobody_can_read_is_refused() -> None:
    layers = "; ".join(f"a_{k + 1} = tanh(W_{k} a_{k})" for k in range(150))
    with pytest.raises(mc.LimitError, match="boxes"):
        mc.derive(f"{layers}; ‖a_150‖²", wrt="W_0").graph()


# ---------------------------------------------------------------- the picture
def _boxes(svg: str) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(svg)
    rectangles = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("rx")]
    return [tuple(float(r.get(k, "")) for k in ("x", "y", "width", "height")) for r in rectangles]  # type: ignore[misc]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_boxes_do_not_overlap(case: Any) -> None:
    program, variables, where = case
    picture = mc.derive(program, wrt=variables, where=where).graph()
    boxes = _boxes(picture.svg())
    assert len(boxes) == len(picture.boxes)
    for k, (x, y, width, height) in enumerate(boxes):
        for u, v, w, h in boxes[:k]:
            assert x + width <= u or u + w <= x or y + height <= v or v + h <= y


def test_edges_lead_to_the_right_and_around_boxes() -> None:
    layout = lay_out(dict.fromkeys(range(4), (50.0, 30.0)), [(0, 1), (1, 2), (2, 3), (0, 3)])
    assert [layout.places[k].layer for k in range(4)] == [0, 1, 2, 3]
    for x, y in layout.routes[0, 3][1:-1]:
        assert all(abs(x - p.x) > p.width / 2 or abs(y - p.y) > p.height / 2 for p in layout.places.values())
    assert all(x < u or (x, y) == (u, v) for (x, y), (u, v) in zip(layout.routes[0, 3], layout.routes[0, 3][1:]))


def test_the_picture_in_the_readme_is_current() -> None:
    picture = mc.derive("z = W x + b; a = σ(z); ½‖a − y‖²", wrt=["W", "b"], where="W: m×n").graph()
    assert README_PICTURE.read_text(encoding="utf-8") == picture.svg()


def test_hostile_names_are_text() -> None:
    derivation = mc.derive("x_{<b>&}' x_{<b>&}", wrt="x_{<b>&}", where="x_{<b>&}: n")
    for picture in (derivation.graph(), derivation.pattern()):
        assert "<b>" not in picture.svg()
        ET.fromstring(picture.svg())
        assert "&}" not in picture.tikz().replace(r"\&", "")


@pytest.mark.tex
def test_tikz_compiles(tmp_path: Path) -> None:
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    pictures = [mc.derive(p, wrt=v, where=w).graph().tikz() for p, v, w in CASES]
    pictures += [mc.derive("σ(Wx)", wrt="W", where="W: 2×3, x: 3").pattern().tikz(), mc.derive("X'").pattern().tikz()]
    body = "\n\n".join(pictures)
    head = r"\documentclass{article}\usepackage{amsmath,amssymb,tikz}\usepackage[paperwidth=60cm]{geometry}"
    (tmp_path / "t.tex").write_text(f"{head}\\begin{{document}}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert not re.findall(r"Missing character.*", done.stdout)


def test_pictures_speak_the_language_asked_for() -> None:
    d = mc.derive("½‖Wx − y‖²", wrt="W")
    assert "Adjungierte" in d.graph().svg(language="de")
    assert "adjoints" in d.graph().svg()
    assert "Einträgen sind nicht null" in mc.derive("Diag(a)x", wrt="x", where="a, x: 3").pattern().text(language="de")
