"""Derivations written out: the flagship as it should look, and what holds for all."""

from __future__ import annotations

import json
import re

import pytest

import matcalc as mc
from matcalc.present.layout import columns

FLAGSHIP = """\
 f(W) = ½‖θ(Wx)‖²                       θ elementwise, W ∈ ℝ^{m×n}, x ∈ ℝ^n
let z = Wx
    f = ½ θ(z) : θ(z)                   ‖A‖² = A : A
   df = θ(z) : dθ(z)                    d(A:A) = 2A : dA
      = θ(z) : (θ′(z) ⊙ dz)             dθ(A) = θ′(A) ⊙ dA
      = (θ(z) ⊙ θ′(z)) : dz             A : (B ⊙ C) = (A ⊙ B) : C
"""

CASES = {  # expression: (wrt, where)
    "½‖θ(Wx)‖²": ("W", None),
    "‖Ax − b‖²": ("x", None),
    "tr(A X B Xᵀ)": ("X", "A: m×m, B: n×n"),
    "½ log det S + ½ yᵀS⁻¹y": ("S", "S: n×n spd"),
    "1ᵀ log(1 + exp(−y ⊙ Xw))": ("w", None),
    "z = Wx + b; a = tanh(z); ½‖Va − y‖²": (("V", "W", "b"), None),
    "xᵀy/(‖x‖‖y‖)": ("x", None),
    "‖Ax − b‖_∞ + λ‖x‖₁": ("x", None),
    "log(1ᵀ exp(x))": ("x", None),
    "g(Wx)": ("W", "g: ℝ^m → ℝ, W: m×n, x: n"),
    "A ⊗ X": ("X", "A: m×m, X: n×n"),
}


LEFT_SIDE = re.compile(r"\s*(let \S+|∂\S+|d?[fFg]|vec dF|) = ")


@pytest.fixture(scope="module", params=CASES, ids=str)
def derivation(request):
    wrt, where = CASES[request.param]
    return mc.derive(request.param, wrt=wrt, where=where)


def test_the_flagship():
    text = mc.derive("½‖θ(Wx)‖²", wrt="W").text()
    assert text.splitlines()[0] == FLAGSHIP.splitlines()[0]
    for line in FLAGSHIP.splitlines()[1:5]:
        assert line in text
    assert "∂f/∂W = (θ" in text
    assert text.splitlines()[-1].startswith("needs θ differentiable")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_text_keeps_to_its_width_and_aligns(derivation, width):
    lines = derivation.text(width=width).splitlines()
    assert max(map(columns, [*lines, *derivation.text(width=max(width, 80), detail="full").splitlines()])) <= max(
        width, 80
    )
    assert max(map(columns, lines)) <= width
    assert len({line.index(" = ") for line in lines[1:] if LEFT_SIDE.match(line)}) == 1


@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
def test_every_format_is_written_at_every_detail(derivation, detail):
    assert derivation.text(detail=detail)
    latex = derivation.latex(detail=detail)
    assert latex.count(r"\begin{align*}") == latex.count(r"\end{align*}") == 1
    assert "\n\n" not in latex.partition(r"\begin{align*}")[2]  # TeX allows no paragraph there
    assert latex.count("{") == latex.count("}")
    assert derivation.markdown(detail=detail).count("$$") == 2
    assert derivation.html(detail=detail).count("<section") == 1


def test_brief_is_shorter_and_full_names_its_sources():
    d = mc.derive("‖Ax − b‖²", wrt="x")
    assert (
        len(d.text(detail="brief").splitlines()) < len(d.text().splitlines()) < len(d.text(detail="full").splitlines())
    )
    assert "Magnus & Neudecker" in d.text(detail="full")
    assert r"Magnus \& Neudecker" in d.latex(detail="full")


def test_the_last_line_of_a_derivation_is_its_result(derivation):
    for result in derivation.results.values():
        assert str(result).replace(" ", "") in derivation.text(width=200).replace(" ", "")


def test_json_holds_strings_and_numbers_alone(derivation):
    record = derivation.json()
    assert json.loads(json.dumps(record)) == record
    assert {"expression", "kind", "variables", "reading", "steps", "results", "assumptions", "check"} <= record.keys()
    assert all({"before", "after", "rule", "identity", "latex"} <= step.keys() for step in record["steps"])


def test_a_check_is_reported_at_the_end():
    d = mc.derive("‖Ax − b‖²", wrt="x")
    report = d.check()
    assert re.search(
        r"checked at \d+ random points, largest difference (0|\d·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$", d.text(report=report)
    )
    assert d.json(report=report)["check"]["passed"] is True


def test_colour_changes_nothing_but_colour(derivation):
    painted = derivation.text(color=True)
    assert "\x1b[" in painted
    assert re.sub("\x1b\\[[0-9;]*m", "", painted) == derivation.text()


def test_html_escapes_what_comes_from_the_input():
    html = mc.derive("½‖relu(Wx)‖²", wrt="W", where="W: m×n").html()
    body = re.sub(r"</?(section|p|div|details|summary|pre|table|thead|tbody|tr|th|td)( class=\"[\w-]+\")?>", "", html)
    assert not set(body) & set("<>")
    assert not re.search(r"&(?!amp;|lt;|gt;|#\d+;)", body)


def test_terms_and_factors_stand_in_the_order_of_a_book() -> None:
    where = "a, b: n, A_1, A_2, A_10, X: n×n, t: scalar"
    spellings = "aᵀ(A_10 X + A_2 X + A_1 X)b t λ", "λ t aᵀ(A_1 X + A_10 X + A_2 X)b"
    title, other = (mc.derive(f, wrt="X", where=where, check=False).text().split("   ")[0] for f in spellings)
    assert title == other
    assert "λt" in title
    assert title.index("A₁X") < title.index("A₂X") < title.index("A₁₀X")


@pytest.mark.parametrize("detail", ["brief", "normal", "full"])
def test_terms_that_cancel_leave_zero(detail: str) -> None:
    d = mc.derive("sin(x)^2 + cos(x)^2", wrt="x")
    assert "∂f/∂x = 0" in d.text(detail=detail)
    assert r"&= 0" in d.latex(detail=detail)
