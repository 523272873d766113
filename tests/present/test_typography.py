"""LaTeX in the letters asked for, arranged so that it fits, and named rules below it."""

from __future__ import annotations

import re

import pytest

import matcalc as mc
from matcalc.present.formulas import formula_to_latex
from matcalc.present.latex import LINE, arranged
from matcalc.present.measure import width
from matcalc.present.page import page_of
from matcalc.present.paper import Mark, Paper, Row, paper_of
from matcalc.present.styles import latex_style

NETWORK = "z = Wx + b; a = σ(z); ½‖Va − y‖²"


def test_letters_and_transposes_are_those_asked_for() -> None:
    d = mc.derive("λ‖Ax − Σ b‖²", wrt="x", where="Σ: m×m")
    bold = d.latex(style="bold", transpose="T")
    assert r"\mathbf{A}^{\mathsf{T}}" in bold
    assert r"\boldsymbol{\Sigma}" in bold
    assert r"\lambda" in bold
    assert r"\boldsymbol{\lambda}" not in bold
    assert r"\mathrm{A}" in d.latex(style="upright")
    assert r"\mathbf{A}" not in d.latex()
    assert r"\textcolor{teal}{\mathrm{d}x}" in d.latex(color=True)


@pytest.mark.parametrize(("option", "value"), [("style", "comic"), ("transpose", "x")])
def test_what_there_is_not_is_refused(option: str, value: str) -> None:
    with pytest.raises(mc.MatcalcError, match=f"{option}='{value}' is not known"):
        mc.derive("xᵀx").latex(**{option: value})


@pytest.mark.parametrize(
    ("identity", "latex"),
    [
        ("d(ab) = da b + a db", r"\mathrm{d}(a b) = \mathrm{d}a\, b + a \,\mathrm{d}b"),
        ("A = VΛVᵀ, F_ij = λ_i − λ_j", r"\mathbf{V} \boldsymbol{\Lambda} \mathbf{V}^{\top},\ F_{i j} = \lambda_{i}"),
        ("a : diag(B) = Diag(a) : B", r"\mathbf{a} : \operatorname{diag}(\mathbf{B})"),
        ("dp = p ⊙ (da − 𝟏 pᵀda), p = softmax(a)", r"\mathrm{d}\mathbf{p} = \mathbf{p} \odot"),
        ("d(A^{⊙p}) = p A^{⊙(p−1)} ⊙ dA", r"\mathrm{d}(\mathbf{A}^{\odot p}) = p \mathbf{A}"),
        ("d expm1(A) = exp(A) ⊙ dA", r"\mathrm{d} \operatorname{expm1}(\mathbf{A})"),
        ("d‖A‖₂ = u₁v₁ᵀ : dA", r"= \mathbf{u}_{1}\mathbf{v}_{1}^{\top} : "),
        ("Df(W) = Df(z) ∘ Dz(W)", r"\mathrm{D}f(\mathbf{W})"),
    ],
)
def test_identities_know_their_arrays(identity: str, latex: str) -> None:
    assert latex in formula_to_latex(identity, latex_style("bold"))


def test_the_rules_of_a_derivation_are_numbered_and_listed_once() -> None:
    latex = mc.derive(NETWORK, wrt=("V", "W", "b")).latex()
    listed = re.findall(r"\\makebox\[1.8em\]\[l\]\{\((\d+)\)\}", latex)
    used = {int(n) for n in re.findall(r"\\text\{\((\d+)\)\}", latex)}
    assert [int(n) for n in listed] == list(range(1, len(listed) + 1))
    assert used == set(range(1, len(listed) + 1))


def test_names_are_introduced_in_words_and_the_answer_is_boxed() -> None:
    latex = mc.derive(NETWORK, wrt=("V", "W", "b")).latex()
    assert "\\intertext{Let $z = W x + b$, $a = \\sigma(z)$ and $r = V a - y$.}" in latex
    assert latex.count(r"\boxed{") == 1
    assert latex.count(r"\begin{align*}") == latex.count(r"\end{align*}") == 1


def test_fractions_stand_where_a_book_has_them() -> None:
    assert r"\frac{\lambda}{2} \lVert x\rVert^{2}" in mc.derive("½λ‖x‖²", wrt="x").latex()
    rayleigh = mc.derive("xᵀSx/(xᵀx)", wrt="x", where="S: n×n symmetric").latex(standalone=False)
    assert (
        r"\boxed{\frac{2}{\lVert x\rVert^{2}} \left(S x - \frac{x^{\top} S x}{\lVert x\rVert^{2}} x\right)}" in rayleigh
    )


def test_a_paper_survives_being_written_down() -> None:
    paper = paper_of(page_of(mc.derive(NETWORK, wrt="W")), plain="text")
    assert Paper.of_record(paper.record()) == paper


@pytest.mark.parametrize("line", [30.0, 45.0, 60.0])
def test_rows_fit_the_line(line: float) -> None:
    marks = (Mark(r"\mathrm{d}(A B) = \mathrm{d}A\, B + A \,\mathrm{d}B", 1), Mark("A : B C = B^{\\top}A : C", 2))
    rows = [Row("f", "a + b + c + d + e + f + g + h + i", tuple((k, 10) for k in range(1, 33, 4)), marks), Row("", "x")]
    made = arranged(rows, line)
    main = max(width(row.formula) for row in made)
    side = max(width(row.remark) for row in made)
    assert width("f") + main + side <= line
    assert "".join(row.formula for row in made).replace(" ", "") == "a+b+c+d+e+f+g+h+ix"


def test_names_of_samples_are_set_as_formulas() -> None:
    d = mc.derive("Σ_i ‖y_i − W x_i‖²", wrt="W")
    assert r"$\mathbf{Y}$ = [$\mathbf{y}_{1}$, …, $\mathbf{y}_{N}$], the samples as columns." in d.latex(style="bold")
    assert r"\(Y\) = [\(y_{1}\), …" in d.html()
    assert "\x00" not in d.latex() + d.html() + d.markdown()


def test_a_formula_breaks_inside_brackets_that_grow_and_inside_colour() -> None:
    long = " + ".join(f"(xᵀx/(yᵀy)) A_{k} X B_{k}" for k in range(12))
    where = "a: m, b: n, X: m×n" + "".join(f", A_{k}: m×m, B_{k}: n×n" for k in range(12))
    latex = mc.derive(f"aᵀ({long}) b", wrt="X", where=where, check=False).latex(color=True)
    assert latex.count(r"\Bigl(") == latex.count(r"\Bigr)") > 0
    for line in filter(re.compile(r"(?!.*hangindent).*&").match, latex.splitlines()):
        plain = re.sub(r"\\[{}]", "", line)
        assert plain.count("{") == plain.count("}")
        assert len(re.findall(r"\\left\b", line)) == len(re.findall(r"\\right\b", line))
        assert width(line.split("&&")[0]) <= LINE


def test_reasons_are_prose_with_formulas() -> None:
    latex = mc.derive("det(X)", wrt="X").latex(detail="full")
    assert r"expand $\det(A + \mathrm{d}A)$ along its entries" in latex
    assert r"expand \(" not in mc.derive("det(X)", wrt="X").text(detail="full")
    assert "expand det(A + dA) along its entries" in mc.derive("det(X)", wrt="X").text(detail="full").replace(
        "\n", " "
    ).replace("            ", "")


def test_a_symmetric_constant_is_noted_as_a_formula() -> None:
    latex = mc.derive("x'*S_1*x", wrt="x", where="S_1: n×n symmetric").latex(style="bold")
    assert r"\text{S" not in latex
