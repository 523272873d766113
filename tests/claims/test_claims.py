"""Second opinions: fifty wrong claims refuted, most with the right diagnosis, and fifty right ones confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

import matcalc as mc
from tests.claims.made import right, wrong


def test_fifty_wrong_claims_are_refuted_and_diagnosed() -> None:
    claims = list(wrong())
    assert len(claims) == 50
    diagnosed = []
    for made in claims:
        opinion = mc.derive(**made.question).verify_claim(made.claim)
        assert not opinion, made
        if opinion.diagnosis in made.diagnoses:
            diagnosed.append(made.id)
        else:
            print(f"{made.id}: {made.claim}: {opinion.diagnosis}: {opinion.explanation}")
    print(f"{len(claims)} wrong claims refuted, {len(diagnosed)} with the right diagnosis")
    assert len(diagnosed) >= 44


def test_fifty_right_claims_are_confirmed() -> None:
    claims = list(right())
    assert len(claims) == 50
    for made in claims:
        assert mc.derive(**made.question).verify_claim(made.claim), made


CASES = [
    # formula          by   claim                       diagnosis           a piece of the explanation
    ("tr(XᵀAX)",       "X", "2AX",                      "symmetric",        "it holds only for symmetric A"),
    ("tr(XᵀAX)",       "X", "AX",                       "missing term",     "the term AᵀX is missing"),
    ("‖Ax − b‖²",      "x", "Aᵀ(Ax − b)",               "factor",           "a factor 2 is missing"),
    ("‖Ax − b‖²",      "x", "4Aᵀ(Ax − b)",              "factor",           "there is a factor 2 too many"),
    ("‖Ax − b‖²",      "x", "−2Aᵀ(Ax − b)",             "sign",             "the wrong sign"),
    ("‖Ax − b‖²",      "x", "2Aᵀ(Ax + b)",              "sign of a term",   "has the wrong sign"),
    ("‖Ax − b‖²",      "x", "2(Ax − b)ᵀA",              "layout",           "numerator layout"),
    ("Ax",             "x", "Aᵀ",                       "layout",           "denominator layout"),
    ("log det(X)",     "X", "X⁻¹",                      "transposed",       "it is transposed"),
    ("λ‖x‖²",          "x", "2x",                       "factor",           "a factor λ is missing"),
    ("(1/n)‖x − a‖²",  "x", "2(x − a)",                 "factor",           "a factor 1/n is missing"),
    ("½‖θ(Wx)‖²",      "W", "θ(Wx) xᵀ",                 "missing factor",   "the factor θ′(Wx) is missing"),
    ("½‖θ(Wx)‖²",      "W", "(θ(Wx) ⊙ θ(Wx)) xᵀ",       "primes",           "θ′(Wx)"),
    ("sum(exp(x))",    "x", "exp(x) + 1",               "extra term",       "does not belong there"),
    ("sum(x .^ 3)",    "x", "3 x",                      "power",            "instead of"),
    ("tr(AXB)",        "X", "vec(AᵀBᵀ)",                "vec",              "stacked"),
    ("tr(A(X ⊙ X))",   "X", "2 Aᵀ X",                   "elementwise",      "entry by entry"),
    ("aᵀXb",           "X", "b aᵀ",                     "layout",           "numerator layout"),
    ("xᵀx",            "x", "2",                        "shape",            "it is scalar, but the derivative is n×1"),
]  # fmt: skip
WHERE = {"tr(A(X ⊙ X))": "A, X: n×n", "tr(AXB)": "A: p×m, X: m×n, B: n×p"}


@pytest.mark.parametrize(("formula", "wrt", "claim", "diagnosis", "said"), CASES)
def test_what_is_wrong(formula: str, wrt: str, claim: str, diagnosis: str, said: str) -> None:
    opinion = mc.check_claim(formula, claim, wrt=wrt, where=WHERE.get(formula))
    assert not opinion
    assert opinion.diagnosis == diagnosis, opinion
    assert said in str(opinion)


RIGHT = [
    ("½‖θ(Wx)‖²", "W", "(θ(Wx) ⊙ θ'(Wx)) x'", {}),
    ("½‖θ(Wx)‖²", "W", r"\left(\theta(Wx) \odot \theta'(Wx)\right) x^\top", {}),
    ("½‖θ(Wx)‖²", "W", "(tanh(Wx) - tanh(Wx).^3) xᵀ", {"define": {"θ": "tanh"}}),
    ("g(Wx)", "W", "∇g(Wx) xᵀ", {"where": "g: ℝ^m → ℝ, W: m×n, x: n"}),
    ("tr(AXB)", "X", r"$$\frac{\partial f}{\partial X} = A^\top B^\top.$$", {}),
    ("tr(XᵀAX)", "X", "df = tr(dXᵀ A X) + tr(XᵀA dX)", {}),
    ("AX", "X", "I ⊗ A", {}),
    ("X⁻¹", "X", "−X⁻ᵀ ⊗ X⁻¹", {}),
    ("X⁻¹", "X", "dX ↦ −X⁻¹ dX X⁻¹", {}),
    ("z = Wx + b; ½‖z − y‖²", "W", "(z − y) xᵀ", {}),
    ("‖Ax − b‖²", "x", "r = Ax − b; 2 Aᵀ r", {}),
    ("xᵀAx", "x", "A + Aᵀ", {"kind": "hessian"}),
    ("‖Ax − b‖²", "x", "2(Ax − b)ᵀA", {"layout": "numerator"}),
]


@pytest.mark.parametrize(("formula", "wrt", "claim", "options"), RIGHT)
def test_what_is_right(formula: str, wrt: str, claim: str, options: dict[str, str]) -> None:
    assert mc.check_claim(formula, claim, wrt=wrt, **options)


def test_the_counterexample_is_small() -> None:
    said = mc.check_claim("‖Ax − b‖²", "Aᵀ(Ax − b)", wrt="x").counterexample
    assert said == "for A = 1, x = 2, b = 3 the derivative is −2, the claim gives −1"


@pytest.mark.parametrize("claim", ["", "2 +", "A(", "frobnicate(A)", "𓀀", "A A A", "2Aᵀ(Ax − c)"])
def test_a_claim_that_cannot_be_read_is_refused(claim: str) -> None:
    with pytest.raises(mc.MatcalcError):
        mc.check_claim("‖Ax − b‖²", claim, wrt="x")


# ---------------------------------------------------------------- code
CODE = {
    "right": ("return 2 * A.T @ (A @ x - b)", True, ""),
    "a column": ("return (2 * A.T @ (A @ x - b))[:, None]", True, ""),
    "half": ("return A.T @ (A @ x - b)", False, "it is ½ times the derivative"),
    "sign": ("return 2 * A.T @ (b - A @ x)", False, "it has the wrong sign"),
    "something else": ("return np.exp(x)", False, "the derivative is something else"),
}


@pytest.mark.parametrize("name", CODE)
def test_a_python_function(name: str, tmp_path: Path) -> None:
    from matcalc.claims import code_of

    body, holds, said = CODE[name]
    file = tmp_path / "mine.py"
    file.write_text(f"import numpy as np\n\n\ndef gradient(A, x, b):\n    {body}\n")
    opinion = code_of(mc.derive("‖Ax − b‖²", wrt="x", where="A: m×n"), file)
    assert bool(opinion) is holds
    assert said in str(opinion)


def test_code_that_cannot_be_run(tmp_path: Path) -> None:
    from matcalc.claims import code_of

    derivation = mc.derive("‖Ax − b‖²", wrt="x", where="A: m×n")
    file = tmp_path / "mine.py"
    for text, message in (
        ("raise ValueError('no')", "no"),
        ("def f(A, y): return y", "takes y, which the formula does not contain"),
        ("def f(x): ...\ndef g(x): ...", "which function is meant"),
    ):
        file.write_text(text)
        with pytest.raises(mc.DerivationError, match=message):
            code_of(derivation, file)
    file.write_text("while True: pass")
    with pytest.raises(mc.LimitError, match=r"took longer than 0\.5 seconds"):
        code_of(derivation, file, timeout=0.5)


SAMPLES = [
    ("Σ_i w'x_i", "w", "Σ_i x_i"),
    ("Σ_i w'x_i", "w", "X 𝟏"),
    ("Σ_i ‖x_i − μ‖²", "μ", "2 Σ_i (μ − x_i)"),
    ("½Σ_i (w'x_i)²", "w", "Σ_i x_i x_i' w"),
    ("Σ_i (y_i − wᵀx_i)²", "w", "2 Σ_i (wᵀx_i − y_i) x_i"),
    ("Σ_i (y_i − wᵀx_i)²", "w", "2 X(Xᵀw − y)"),
    ("Σ_i ‖y_i − W x_i‖²", "W", "2 Σ_j (W x_j − y_j) x_jᵀ"),
    ("Σ_i ‖X_i w‖²", "w", "2 (Σ_k X_kᵀX_k) w"),
    ("log Σ_i exp(−‖A x_i‖²)", "A", "−2 A (Σ_i exp(−‖A x_i‖²) x_i x_iᵀ) / Σ_k exp(−‖A x_k‖²)"),
    ("Σ_i log(1 + exp(−y_i w'x_i))", "w", "−Σ_i y_i x_i σ(−y_i w'x_i)"),
    ("Σ_i log det(S + x_i x_i')", "S", "Σ_i inv(S + x_i x_i')'"),
]


@pytest.mark.parametrize(("expression", "wrt", "claim"), SAMPLES)
def test_claims_about_samples_need_no_declarations(expression: str, wrt: str, claim: str) -> None:
    derivation = mc.derive(expression, wrt=wrt)
    assert derivation.verify_claim(claim)
    opinion = derivation.verify_claim(f"−({claim})")
    assert not opinion
    assert "the wrong sign" in str(opinion)


@pytest.mark.parametrize(
    ("expression", "wrt", "claim"), [("½‖Ax − b‖²", "x", "Aᵀr"), ("½‖tanh(Wx)‖²", "W", "(tanh(z) ⊙ (1 − tanh²(z))) xᵀ")]
)
def test_a_claim_may_use_the_names_of_the_derivation(expression: str, wrt: str, claim: str) -> None:
    assert mc.derive(expression, wrt=wrt).verify_claim(claim)


@pytest.mark.parametrize("where", ["σ := tanh", "σ: elementwise", "σ: scalar"])
def test_a_sigma_of_the_question_is_not_the_sigmoid(where: str) -> None:
    assert mc.derive("xᵀx", wrt="x", where=where).verify_claim("2x")
