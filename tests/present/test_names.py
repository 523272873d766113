"""Names and prose in print: typography, and nothing typed that LaTeX or a terminal obeys."""

from __future__ import annotations

import re

import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.present import escape_latex, latex_name, latex_of, text_name, text_of
from matcalc.present.formulas import formula_to_latex, sentence_to_latex
from matcalc.present.markdown import escape_markdown


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        ("W", "W", "W"),
        ("W_1", "W₁", "W_{1}"),
        ("W1", "W₁", "W_{1}"),
        ("W₁₂", "W₁₂", "W_{12}"),
        ("x_{new}", "x_{new}", r"x_{\mathrm{new}}"),
        ("x_new", "x_{new}", r"x_{\mathrm{new}}"),
        ("x_i", "x_i", "x_{i}"),
        ("A_ij", "A_{ij}", "A_{ij}"),
        ("theta", "θ", r"\theta"),
        ("λ₁", "λ₁", r"\lambda_{1}"),
        ("Σ", "Σ", r"\Sigma"),
        ("x̂", "x̂", r"\hat{x}"),
        ("loss", "loss", r"\mathrm{loss}"),
    ],
)
def test_names(name, text, latex):
    assert (text_name(name), latex_name(name)) == (text, latex)


HOSTILE = [
    r"\input{/etc/passwd}", r"\write18{ls}", "{{7*7}}", "<script>alert(1)</script>", "a%b", "a_b_c", "a&b", "$x$", "#1",
    "~", "^^41", "x\x1b[31m", "\u202eabc", "<< 7*7 >>", "<% raw %>", "}", "\\", "_", "'",
]  # fmt: skip
#: The commands that a name may become.
SAFE = re.compile(
    r"\\(?:text(?:backslash|asciicircum|asciitilde|less|greater|bar|asciigrave)?|mathrm|hat|bar|[A-Za-z]*?(?:alpha|theta))\b|\\[{}$&#%_]"
)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_obeyed(name):
    node = alg.matrix(name, alg.dimension("n"), 1)
    latex = latex_of(node)
    rest = SAFE.sub("", latex)
    assert "\\" not in rest
    assert not set(rest) & set("%$&#~^")
    assert latex.replace(r"\{", "").replace(r"\}", "").count("{") == latex.replace(r"\{", "").replace(r"\}", "").count(
        "}"
    )
    assert not re.search("[\x00-\x1f\x7f\u202a-\u202e]", text_of(node) + latex)


@pytest.mark.parametrize("prose", HOSTILE)
def test_no_prose_is_obeyed(prose):
    assert "\\" not in SAFE.sub("", escape_latex(prose))
    assert not re.search(r"(?<!\\)[<>$`]", escape_markdown(prose))


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        ("‖A‖² = A : A", r"\lVert A\rVert ^{2} = A : A"),
        ("d(A⁻¹) = −A⁻¹ dA A⁻¹", r"\mathrm{d}(A^{-1}) = -A^{-1} \,\mathrm{d}A\, A^{-1}"),
        ("dθ(A) = θ′(A) ⊙ dA", r"\mathrm{d}\theta(A) = \theta'(A) \odot \mathrm{d}A"),
        ("A : BC = ACᵀ : B", r"A : B C = A C^{\top} : B"),
        ("d e(A) = 0 away from ties", r"\mathrm{d} e(A) = 0 \text{ away from ties}"),
        ("M : (A ⊗ B) = Σ_ij A_ij M_[ij] : B", r"M : (A \otimes B) = \sum _{i j} A_{i j} M_{[i j]} : B"),
    ],
)
def test_identities_in_latex(formula, latex):
    assert formula_to_latex(formula) == latex


def test_conditions_in_latex():
    assert sentence_to_latex("{} invertible", "A^{2}") == r"A^{2} \text{ invertible}"
    assert sentence_to_latex("|{}| < 1", "x") == r"\lvert x\rvert < 1"


@pytest.mark.parametrize(
    ("name", "space"), [("θ_{new}", "elementwise"), ("g_{new}", "ℝ^n → ℝ"), ("h_{new}", "ℝ^n → ℝ^m")]
)
def test_a_function_with_a_long_subscript(name: str, space: str) -> None:
    """Braces of a name are no places to fill in."""
    derivation = mc.derive(f"sum({name}(x))", wrt="x", where=f"x: n, {name}: {space}", detail="full")
    assert derivation.assumptions == [f"{name} differentiable"]
    assert f"needs {name} differentiable" in derivation.text()
    assert derivation.latex()
