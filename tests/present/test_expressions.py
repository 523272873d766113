"""What every expression looks like, as text and as LaTeX: one line each."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy.core.symbol import Str

from matcalc import algebra as alg
from matcalc.algebra import add, divide, frobenius, hadamard, hadamard_divide, hadamard_power, inverse, mul, neg, norm
from matcalc.algebra.nodes import Frobenius
from matcalc.operators import FUNCTIONS, OPERATORS, abstract, determinants, matrix_functions, reductions, spectral
from matcalc.present import latex_of, shared_names, text_of
from matcalc.present.printer import RULES
from tests.present.symbols import W1, A, B, S, T, W, X, Y, b, d, fn, half, k, lam, m, n, one, r, s, t, theta, x, y, z

TWO = sp.Integer(2)

# fmt: off
CASES = [
    # sums and products
    (r,                                               "Ax − b",              r"A x - b"),
    (mul(2, T(A), r),                                 "2 Aᵀ(Ax − b)",        r"2 A^{\top} (A x - b)"),
    (neg(mul(x, T(x))),                               "−xxᵀ",                r"-x x^{\top}"),
    (mul(add(X, T(X)), x),                            "(X + Xᵀ)x",           r"(X + X^{\top}) x"),
    (mul(X, X, X),                                    "X³",                  r"X^{3}"),
    (mul(T(X), T(X)),                                 "XᵀXᵀ",                r"X^{\top} X^{\top}"),
    (T(inverse(X)),                                   "X⁻ᵀ",                 r"X^{-\top}"),
    (mul(inverse(X), inverse(X)),                     "X⁻²",                 r"X^{-2}"),
    (alg.power(add(X, Y), sp.Integer(3)),             "(X + Y)³",            r"(X + Y)^{3}"),
    (T(add(X, mul(Y, X))),                            "(YX + X)ᵀ",           r"(Y X + X)^{\top}"),
    (add(mul(T(X), X), mul(lam, alg.identity(n))),    "XᵀX + λI",            r"X^{\top} X + \lambda I"),
    (add(mul(alg.ones(m, 1), T(x)), W),               "𝟏xᵀ + W",             r"\mathbf{1} x^{\top} + W"),
    (mul(x, alg.ones(1, m)),                          "x 𝟏ᵀ",                r"x \mathbf{1}^{\top}"),
    (alg.ones(m, n),                                  "𝟏𝟏ᵀ",                 r"\mathbf{1}\mathbf{1}^{\top}"),
    (mul(W1, x),                                      "W₁x",                 r"W_{1} x"),
    # scalars and quotients
    (divide(x, norm(x)),                              "x/‖x‖",               r"\frac{x}{\lVert x\rVert}"),
    (divide(y, mul(norm(x), norm(y))),                "y/(‖x‖‖y‖)", r"\frac{y}{\lVert x\rVert \lVert y\rVert}"),
    (divide(mul(T(A), r), norm(r)), "Aᵀ(Ax − b)/‖Ax − b‖", r"\frac{A^{\top} (A x - b)}{\lVert A x - b\rVert}"),
    (divide(mul(T(A), r), n),                         "Aᵀ(Ax − b)/n",        r"\frac{1}{n} A^{\top} (A x - b)"),
    (norm(r) ** 2 / (2 * n),                          "‖Ax − b‖²/(2n)", r"\frac{1}{2 n} \lVert A x - b\rVert^{2}"),
    (lam / 2 * norm(x) ** 2,                          "½λ‖x‖²",              r"\frac{\lambda}{2} \lVert x\rVert^{2}"),
    (mul(sp.Rational(3, 2), x),                       "3x/2",                r"\tfrac{3}{2} x"),
    (mul(-2 * lam, W),                                "−2λW",                r"-2 \lambda W"),
    (divide(add(x, y), s + t),                        "(x + y)/(s + t)",     r"\frac{x + y}{s + t}"),
    (mul(s / (lam * t), x),                           "sx/(λt)",             r"\frac{s x}{\lambda t}"),
    (sp.Rational(-1, 2),                              "−½",                  r"-\tfrac{1}{2}"),
    (sp.sqrt(t) / s,                                  "√t/s",                r"\frac{\sqrt{t}}{s}"),
    (1 / sp.sqrt(n),                                  "1/√n",                r"\frac{1}{\sqrt{n}}"),
    (1 + sp.exp(-t),                                  "1 + exp(−t)",         r"1 + \exp(-t)"),
    (t * (1 - t),                                     "t(1 − t)",            r"t (1 - t)"),
    (t ** (lam - 1),                                  "t^(λ − 1)",           r"t^{\lambda - 1}"),
    (t ** sp.Rational(3, 2),                          "t^(3/2)",             r"t^{3/2}"),
    (sp.tanh(t) ** 2,                                 "tanh²(t)",            r"\tanh^{2}(t)"),
    (sp.Abs(t),                                       "|t|",                 r"\lvert t\rvert"),
    (sp.log(t) / t,                                   "log(t)/t",            r"\frac{\log(t)}{t}"),
    (sp.digamma(t),                                   "digamma(t)",          r"\psi(t)"),
    # inner products
    (frobenius(A, B),                                 "A : B",               r"A : B"),
    (frobenius(x, mul(X, x)),                         "xᵀXx",                r"x^{\top} X x"),
    (half * norm(r) ** 2,                             "½‖Ax − b‖²", r"\tfrac{1}{2} \lVert A x - b\rVert^{2}"),
    (frobenius(x, y) / frobenius(x, x),               "xᵀy/(xᵀx)",           r"\frac{x^{\top} y}{x^{\top} x}"),
    (mul(frobenius(x, y), x),                         "(xᵀy)x",              r"(x^{\top} y) x"),
    (frobenius(A, B) * frobenius(A, A),               "(A : A)(A : B)",      r"(A : A) (A : B)"),
    (lam * frobenius(A, B),                           "λ A : B",             r"\lambda\, A : B"),
    (lam * norm(x) * frobenius(A, B),                 "λ‖x‖(A : B)",         r"\lambda \lVert x\rVert (A : B)"),
    (neg(frobenius(A, B)),                            "−A : B",              r"-A : B"),
    (alg.trace(mul(X, Y)),                            "tr(XY)",              r"\operatorname{tr}(X Y)"),
    (alg.total(x),                                    "𝟏ᵀx",                 r"\mathbf{1}^{\top} x"),
    (alg.total(A),                                    "sum(A)",              r"\operatorname{sum}(A)"),
    (reductions.norm_1(A),                            "‖A‖₁",                r"\lVert A\rVert_{1}"),
    (reductions.norm_inf(x),                          "‖x‖_∞",               r"\lVert x\rVert_{\infty}"),
    (norm(A) + spectral.spectral_norm(A),             "‖A‖₂ + ‖A‖_F", r"\lVert A\rVert_{2} + \lVert A\rVert_{F}"),
    # entry by entry
    (hadamard(fn("sigmoid", x), add(one, neg(fn("sigmoid", x)))),
     "σ(x) ⊙ (1 − σ(x))", r"\sigma(x) \odot (1 - \sigma(x))"),
    (add(one, neg(hadamard_power(fn("tanh", x), TWO))), "1 − tanh²(x)",        r"1 - \tanh^{2}(x)"),
    (hadamard_power(x, sp.S.NegativeOne),             "1 ⊘ x",               r"1 \oslash x"),
    (hadamard_divide(x, y),                           "x ⊘ y",               r"x \oslash y"),
    (hadamard_divide(mul(2, one), y),                 "2 ⊘ y",               r"2 \oslash y"),
    (hadamard_power(x, TWO),                          "x^{⊙2}",              r"x^{\odot 2}"),
    (hadamard_power(x, half),                         "sqrt(x)",             r"\sqrt{x}"),
    (hadamard(neg(x), mul(X, y)),                     "−x ⊙ Xy",             r"-x \odot X y"),
    (fn("softplus", x),                               "log(1 + exp(x))",     r"\log(1 + \exp(x))"),
    (fn("logsigmoid", neg(x)),                        "log σ(−x)",           r"\log \sigma(-x)"),
    (fn("step", x),                                   "[x > 0]",             r"[x > 0]"),
    (alg.elementwise(theta.prime, z),                 "θ′(z)",               r"\theta'(z)"),
    (FUNCTIONS["huber"].build(x, alg.scalar("δ")),    "huber(x, δ)",         r"\operatorname{huber}(x, \delta)"),
    # functions of matrices
    (determinants.logdet(X),                          "log det X",           r"\log \det X"),
    (determinants.logdet(mul(T(A), A)),               "log det(AᵀA)",        r"\log \det(A^{\top} A)"),
    (mul(determinants.det(X), T(inverse(X))),         "det(X) X⁻ᵀ",          r"\det(X) \, X^{-\top}"),
    (half * determinants.logdet(S),                   "½ log det S",         r"\tfrac{1}{2} \log \det S"),
    (mul(alg.diag_matrix(x), X),                      "Diag(x) X",           r"\operatorname{Diag}(x) \, X"),
    (alg.kron(T(x), alg.identity(n)),                 "xᵀ ⊗ I_n",            r"x^{\top} \otimes I_{n}"),
    (mul(alg.kron(X, alg.identity(n)), alg.commutation(n, n)), "(X ⊗ I_n) K_{nn}",    r"(X \otimes I_{n}) \, K_{nn}"),
    (alg.vec(A),                                      "vec(A)",              r"\operatorname{vec}(A)"),
    (alg.block([[A, b], [T(x), sp.Integer(1)]]),
     "[A, b; xᵀ, 1]", r"\begin{bmatrix} A & b \\ x^{\top} & 1 \end{bmatrix}"),
    (alg.unit_vector(alg.dimension("i"), n),          "e_i",                 r"e_{i}"),
    (reductions.lse(x),                               "lse(x)",              r"\operatorname{lse}(x)"),
    (reductions.RowLogSumExp.make(A),                 "log(exp(A) 𝟏)",       r"\log(\exp(A) \, \mathbf{1})"),
    (reductions.ArgMax.make(x),                       "[x = max(x)]",        r"[x = \max(x)]"),
    (matrix_functions.matrix_function("sqrtm", X),    "X^(1/2)",             r"X^{1/2}"),
    (inverse(matrix_functions.matrix_function("sqrtm", X)), "X^(−1/2)",            r"X^{-1/2}"),
    (spectral.eigenvalue("max", S),                   "λ_max(S)",            r"\lambda_{\max}(S)"),
    (abstract.HessianMatrix.make(Str("g"), x),        "∇²g(x)",              r"\nabla^{2} g(x)"),
    (abstract.JacobianMatrix.make(Str("h"), x, sp.Tuple(k, 1)), "J_h(x)",              r"J_{h}(x)"),
    # differentials
    (Frobenius.make(alg.elementwise(theta, z), mul(d(W), x)), "θ(z) : dW x",         r"\theta(z) : \mathrm{d}W \, x"),
    (Frobenius.make(x, hadamard(y, d(x))),            "x : (y ⊙ dx)",        r"x : (y \odot \mathrm{d}x)"),
    (mul(A, d(X), Y),                                 "A dX Y",              r"A \, \mathrm{d}X \, Y"),
    (alg.trace(mul(X, T(d(X)))),                      "tr(X dXᵀ)", r"\operatorname{tr}(X \, \mathrm{d}X^{\top})"),
    (d(inverse(X)),                                   "d(X⁻¹)",              r"\mathrm{d}(X^{-1})"),
    (d(alg.elementwise(theta, z)),                    "dθ(z)",               r"\mathrm{d}\theta(z)"),
    (d(determinants.logdet(X)),                       "d log det X",         r"\mathrm{d} \log \det X"),
]
# fmt: on


@pytest.mark.parametrize(("expression", "text", "latex"), CASES, ids=[case[1] for case in CASES])
def test_notation(expression, text, latex):
    assert (text_of(expression), latex_of(expression)) == (text, latex)


def test_sympy_prints_our_nodes_this_way():
    assert str(mul(2, T(A), r)) == "2 Aᵀ(Ax − b)"
    assert sp.latex(alg.trace(mul(X, Y))) == r"\operatorname{tr}(X Y)"
    assert sp.pretty(alg.elementwise(theta, x)) == "θ(x)"


def test_every_operator_has_a_notation():
    assert [cls for cls in OPERATORS if not any(base in RULES for base in cls.__mro__)] == []


def test_a_function_gives_way_to_a_variable_of_its_letter():
    sigma = alg.matrix("σ", n, 1)
    assert text_of(hadamard(fn("sigmoid", x), sigma)) == "σ ⊙ sigmoid(x)"
    assert latex_of(fn("Phi", x), taken=["Φ"]) == r"\operatorname{Phi}(x)"


def test_an_identity_beside_a_variable_called_i_shows_its_size():
    assert text_of(add(alg.identity(n), alg.matrix("I", n, n))) == "I_n + I"


@pytest.mark.parametrize("printed", ["t r", "p i x", "d x", "st", "ab"])
def test_letters_that_would_spell_a_word_are_kept_apart(printed):
    factors = [alg.matrix(letter, n, n) for letter in printed.replace(" ", "")]
    assert text_of(mul(*factors)) == printed


def test_terms_of_a_value_are_written_with_a_colon_on_request():
    assert text_of(half * frobenius(z, z), colon=True) == "½ z : z"


# ---------------------------------------------------------------- depth and sharing
def test_depth_is_no_limit():
    e = x
    for _ in range(3000):
        e = alg.elementwise(theta, mul(X, e))
    assert text_of(e).count("θ") == 3000
    assert latex_of(e).endswith(")" * 3000)


def test_an_expression_that_is_long_only_as_a_line_is_printed_with_its_parts_named():
    e = x
    for _ in range(60):
        e = add(hadamard(e, alg.elementwise(theta, e)), mul(X, e))
    text = text_of(e)
    assert len(text) < 5000
    assert text.startswith("t₁ = Xx + x ⊙ θ(x); t₂ = Xt₁ + θ(t₁) ⊙ t₁; ")
    assert r"\text{where } t_{1} = X x + x \odot \theta(x)" in latex_of(e)
    assert len(shared_names(e)) == 59


def test_ones_in_a_sum_are_numbers_unless_it_is_one_of_diagonal_matrices():
    mean = divide(alg.total(x), n)
    ones, square = alg.ones(n, 1), alg.ones(n, n)
    assert text_of(add(x, mul(-(mean + lam), ones))) == "x − λ − 𝟏ᵀx/n"
    assert text_of(add(sp.Identity(n), mul(-1 / n, square))) == "I − 𝟏𝟏ᵀ/n"
    assert text_of(add(alg.diag_matrix(x), mul(lam, square))) == "Diag(x) + λ 𝟏𝟏ᵀ"


def test_a_number_that_all_terms_have_stands_before_them():
    assert text_of(mul(2 * (s - t), x)) == "2(s − t)x"
    assert text_of((2 * s - 2 * t) / (2 * lam)) == "(s − t)/λ"
    assert text_of(sp.Rational(1, 2) - s / 2) == "½ − ½s"
