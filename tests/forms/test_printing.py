"""How forms look, as text and as LaTeX, and what is said where there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

import matcalc as mc
from matcalc.forms import FORMS
from matcalc.forms.layouts import LAYOUTS, SENTENCES, sentence
from matcalc.present.layout import columns

TENSORS = {  # expression, variable, declarations: tensor form
    ("Wa", "W", "W: 3×3, a: 3"): "∂F_i/∂W_jk = δ_ij a_k",
    ("σ(Wx + b)", "W", ""): "∂F_i/∂W_jk = σ′(z_i) δ_ij x_k",
    ("σ(X)", "X", "X: m×n"): "∂F_ij/∂X_pq = σ′(X_ij) δ_ip δ_jq",
    ("AXB", "X", "A: m×m, X: m×n, B: n×n"): "∂F_ij/∂X_pq = A_ip B_qj",
    ("Xᵀ", "X", "X: m×n"): "∂F_ij/∂X_pq = δ_iq δ_jp",
    ("X²", "X", ""): "∂F_ij/∂X_pq = δ_ip X_qj + X_ip δ_jq",
    ("X⁻¹", "X", ""): "∂F_ij/∂X_pq = −(X⁻¹)_ip (X⁻¹)_qj",
    ("‖Ax − b‖²", "x", ""): "∂f/∂x_i = 2 Σ_j A_ji r_j",
    ("tanh(A tanh(Bx))", "x", ""): "∂F_i/∂x_j = Σ_k (1 − tanh²(u_i)) A_ik (1 − tanh²(z_k)) B_kj",
    ("tr X", "X", ""): "∂f/∂X_ij = δ_ij",
    ("XW + B", "W", "X: 1×3, W: 3×2, B: 1×2"): "∂F_i/∂W_jk = δ_ik X_j",
    ("diag(X)", "X", "X: n×n"): "∂F_i/∂X_jk = δ_ij δ_ik",
    ("tril(X)", "X", "X: n×n"): "∂F_ij/∂X_pq = [i ≥ j] δ_ip δ_jq",
    ("t A", "t", "t: scalar, A: m×n"): "∂F_ij/∂t = A_ij",
    ("t²", "t", "t: scalar"): "∂f/∂t = 2t",
    ("vec(X)", "X", "X: m×n"): "∂F_i/∂X_jk = [i = j + (k − 1)m]",
}  # fmt: skip


@pytest.mark.parametrize("case", TENSORS, ids=lambda case: case[0])
def test_tensor_forms(case: tuple[str, str, str]) -> None:
    expression, wrt, where = case
    assert str(mc.derive(expression, wrt=wrt, where=where or None).form("tensor")) == TENSORS[case]


def test_latex() -> None:
    d = mc.derive("σ(X)", wrt="X", where="X: m×n")
    left = r"\frac{\partial F_{i j}}{\partial X_{p q}} = "
    assert d.form("tensor").latex() == left + r"\sigma'(X_{i j}) \, \delta_{i p} \, \delta_{j q}"
    cases = r"\begin{cases} \sigma'(X_{i j}) & \text{if $i = p, j = q$} \\ 0 & \text{otherwise} \end{cases}"
    assert d.form("components").latex() == left + cases


def test_components() -> None:
    assert str(mc.derive("Wa", wrt="W").form("components")) == "∂F_i/∂W_jk = a_k if i = j, else 0"
    two = mc.derive("σ(X)", wrt="X", where="X: m×n").form("components")
    assert str(two) == "∂F_ij/∂X_pq = σ′(X_ij) if i = p, j = q, else 0"
    p = mc.derive("softmax(x)", wrt="x").form("components")
    assert str(p).endswith("= softmax(x)_i − softmax(x)_i² if i = j, −softmax(x)_i softmax(x)_j if i ≠ j")


def test_a_structure_composes_the_map_with_its_projection() -> None:
    d = mc.derive("AX", wrt="X", where="A, X: n×n", structure="symmetric")
    assert str(d.form("tensor")) == "∂F_ij/∂X_pq = ½ A_ip δ_jq + ½ A_iq δ_jp"
    assert str(d.form("components")).startswith("∂F_ij/∂X_pq = A_ij if j = q, j = p, ½ A_ip if j = q, j ≠ p")
    with pytest.raises(mc.DerivationError, match="no other forms"):
        mc.derive("‖Z‖²", wrt="Z", where="Z: m×n complex").form("tensor")


def test_index_letters_give_way_to_names() -> None:
    assert str(mc.derive("Ai", wrt="A", where="A: j×k, i: k").form("tensor")) == "∂F_l/∂A_rs = δ_lr i_s"


def test_sparsity_and_einsum() -> None:
    form = mc.derive("b = Wa", wrt="W", where="W: 3×3, a: 3").form("tensor")
    assert (form.size, form.nonzeros, form.order, form.axes) == (27, 9, 3, ("i", "j", "k"))
    (one,) = form.einsum
    assert (one.subscripts, [str(o.array) for o in one.operands]) == ("ij,k->ijk", ["I", "a"])
    assert mc.derive("X²", wrt="X", where="X: 3×3").form("tensor").nonzeros == 45
    assert mc.derive("tril(X)", wrt="X", where="X: 3×3").form("tensor").nonzeros == 6
    assert mc.derive("tril(X)", wrt="X", where="X: n×n").form("tensor").nonzeros is None


QUESTIONS: list[tuple[str, Any, str, str | None]] = [
    ("σ(Wx + b)", ("W", "b"), "W: 2×2", None),
    ("½‖θ(Wx)‖²", "W", "W: 2×2, x: 2", None),
    ("xᵀAx", "x", "A: 2×2", "hessian"),
    ("½‖Ax + By‖²", ("x", "y"), "A: 2×2, B: 2×2", "hessian"),
    ("exp(t a)", "t", "t: scalar, a: 2", None),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("expression", "wrt", "where", "kind"), QUESTIONS, ids=str)
def test_every_form_is_written_in_every_format(form: str, expression: str, wrt: Any, where: str, kind: Any) -> None:
    for layout in LAYOUTS:
        d = mc.derive(expression, wrt=wrt, where=where, kind=kind, layout=layout)
        if form == "matrix" and expression == "σ(Wx + b)":
            continue  # there is none by W
        if form == "gauss-newton" and "‖" not in expression:
            continue  # that is no sum of squares
        assert max(map(columns, d.text(form=form).splitlines())) <= 90
        for write in (d.latex, d.markdown, d.html):
            assert write(form=form).count("{") == write(form=form).count("}")
        assert json.dumps(d.json(form=form))


def test_there_is_no_matrix_for_a_vector_by_a_matrix() -> None:
    with pytest.raises(mc.DerivationError, match="exists for vectors") as caught:
        mc.derive("Wx", wrt="W").form("matrix")
    assert "vec" in str(caught.value.hint)


def test_refusals() -> None:
    d = mc.derive("Wx", wrt="W")
    with pytest.raises(mc.DerivationError, match="not known"):
        d.form("picture")
    with pytest.raises(mc.DerivationError, match="numeric sizes"):
        d.form("explicit")
    with pytest.raises(mc.LimitError, match="entries"):
        mc.derive("WX", wrt="W", where="W: 9×9, X: 9×9").form("explicit")


def test_every_layout_has_its_sentence() -> None:
    m, n = mc.derive("Wx", wrt="x").expression.shape[0], 3
    shapes = [(), (m, 1), (m, n)]
    said = {
        sentence(layout, a, b) for layout in ("gradient", "numerator", "denominator") for a in shapes for b in shapes
    }
    assert said <= {line for lines in SENTENCES.values() for line in lines}
    assert sentence("numerator", (), (m, 1)).startswith("The derivative is a row")
