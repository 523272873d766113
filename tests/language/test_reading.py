"""How expressions are read: three spellings, what a run of letters means, kinds and shapes of undeclared names."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from sympy import Rational

import matcalc as mc
import matcalc.present  # (it prints the formulas of notes)
from matcalc import algebra as alg
from matcalc.errors import ParseError
from matcalc.language import read

SHAPES = "A, B, X: n×n, W: m×n, x, y: n, b: m, λ: scalar, t: scalar"


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "½‖θ(Wx)‖²",
            "0.5*norm2(theta(W*x))^2",
            r"\frac{1}{2}\|\theta(Wx)\|_2^2",
            r"\tfrac12 \lVert\theta(W x)\rVert^2",
        ),
        (
            "tr(A Xᵀ B X)",
            "tr(A*X'*B*X)",
            r"\operatorname{tr}(A X^\top B X)",
            r"\mathrm{tr}\left(AX^{\mathsf{T}}BX\right)",
        ),
        (
            "‖Wx − b‖₂²",
            "norm2(W*x - b)^2",
            r"\lVert Wx-b\rVert_2^2",
            "||W@x-b||^2",
            r"\left\|Wx-b\right\|^2_2",
            "|| W x − b ||²",
        ),
        ("x ⊙ y ⊘ (A x)", "x.*y./(A*x)", r"x \odot y \oslash (A x)"),
        ("xᵀA⁻¹x", "x'*A^-1*x", r"x^\top A^{-1} x", "x'*inv(A)*x", r"\mathbf{x}^T\mathbf{A}^{-1}\mathbf{x}"),
        ("A⁻ᵀ", "inv(A)'", "A^-T", r"A^{-\top}", "(A')^{-1}", "A^{-T}"),
        ("log det A", "logdet(A)", "log|A|", r"\log\det(A)", r"\log\left|A\right|", r"\ln |A|"),
        ("λ xᵀx", "lambda*x'*x", r"\lambda x^\top x", "lambda ⟨x, x⟩", r"\lambda\langle x, x \rangle", "λ x·x"),
        ("x^{⊙2}", "x.^2", r"x^{\odot 2}", "x^{∘2}", "x ⊙ x", "x.*x", "x^{\\circ 2}"),
        ("A ⊗ B", "kron(A, B)", r"A \otimes B"),
        ("A : B", "A:B", r"A \colon B"),
        ("√(xᵀx)", "sqrt(x'*x)", r"\sqrt{x^\top x}", "(x'x)^{1/2}", "(x'x)^(1/2)"),
        ("𝟏ᵀx", "1'x", "vector(1)'*x", r"\mathbf{1}^\top x", "ones' x", "sum(x)", "1_n'x", "1_{}ᵀx"),
        ("A + λI", "A + lambda*eye", r"A + \lambda I", "A + λ I_n", "A + λ eye(n)"),
        ("[A, B; B, A]", r"\begin{bmatrix} A & B \\ B & A \end{bmatrix}", "[A, B\n B, A]"),
        ("−x − y", "-x-y", "- x - y", "-(x+y)", "–x − y"),
        ("(1/3)x", "1/3 x", "⅓x", r"\frac13 x", r"\frac{1}{3}x", "x/3"),
        ("λ_max(A)", "lambda_max(A)", r"\lambda_{\max}(A)"),
        ("√(xᵀx) + λ", r"f(x) = \sqrt{x^\top x} + \lambda", "g(x) = sqrt(x'x) + lambda"),
        ("(tanh(t)).^2", "tanh²(t)", "tanh^2(t)", r"\tanh^{2}\left(t\right)", r"\tanh^2 (t)"),
        ("½ t/λ", r"\frac t2 / \lambda", r"\frac{t}{2}/λ", r"\frac12 t/λ"),
        ("max(0, t)", r"\max\{0, t\}", r"\max\left\{0, t\right\}", r"\operatorname{ReLU}(t)", "relu(t)"),
        ("A : B", r"\left\langle A, B \right\rangle_F", r"\langle A, B\rangle_{\mathrm{F}}", "⟨A, B⟩"),
        ("xᵀx", r"x^{\!\top} x", "x'x"),
        ("exp(−x)", "e^{-x}", r"e^{-x}", r"\exp(-x)", r"\exp\left(-x\right)", "exp(-x)"),
    ],
)
def test_all_spellings_give_one_expression(spellings):
    first, *others = (read(text, SHAPES).expression for text in spellings)
    for text, other in zip(spellings[1:], others):
        assert other == first, text


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("Wx", "W * x"),
        ("xᵀAx", "x' * A * x"),
        ("y ⊙ Ax", "y ⊙ (A * x)"),
        ("-A'", "-(A')"),
        ("2x'x", "2 * x' * x"),
        ("x''", "x"),
        ("A x'y", "(x'*y) * A"),
        ("A x xᵀy", "A * x * (x'*y)"),
        ("t^2/2", "(t^2)/2"),
        ("1/2^2", "1/(2^2)"),
        ("0.1 x + 0.2 x", "3/10 x"),
        ("log σ(x)", "log(σ(x))"),
        ("tr X", "tr(X)"),
        ("\\sin(x)^\\top y", "(sin(x))' * y"),
        ("A:B + t", "(A:B) + t"),
        ("t A:B", "(t A):B"),
        ("|t||λ|", "abs(t) * abs(λ)"),
        ("‖x‖‖y‖", "norm2(x) * norm2(y)"),
        ("‖x − ‖y‖ x‖", "norm2(x - norm2(y)*x)"),
        ("2.*X", "2*X"),
        ("max(0, x)", "relu(x)"),
        ("1 1ᵀ x", "ones*(ones'*x)"),
        ("x^Ty", "x'*y"),
        ("X^TX", "X'*X"),
        ("A^TB^T", "A'*B'"),
    ],
)
def test_precedence_and_juxtaposition(short, long):
    assert read(short, SHAPES).expression == read(long, SHAPES).expression


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Wx + b", {"W": "matrix", "x": "vector", "b": "vector"}),
        ("x'Ax + c", {"x": "vector", "A": "matrix", "c": "scalar"}),
        ("Wa", {"W": "matrix", "a": "vector"}),
        ("‖x − a‖", {"x": "vector", "a": "vector"}),
        ("λ‖w‖²", {"λ": "scalar", "w": "vector"}),
        ("sigmoid(x)", {"x": "vector"}),
        ("aᵀXb", {"a": "vector", "X": "matrix", "b": "vector"}),
        ("½‖y − Xβ‖² + λ‖β‖₁", {"y": "vector", "X": "matrix", "β": "vector", "λ": "scalar"}),
        ("A + tB", {"A": "matrix", "t": "scalar", "B": "matrix"}),
        ("f(x)", {"f": "function", "x": "vector"}),
        ("W f(x)", {"W": "matrix", "f": "function", "x": "vector"}),
        ("g(θ(Wx))", {"g": "function", "θ": "function", "W": "matrix", "x": "vector"}),
        ("λ‖w‖² + λ(c + 1)", {"λ": "scalar", "w": "vector", "c": "scalar"}),
        ("A(B + C)", {"A": "matrix", "B": "matrix", "C": "matrix"}),
        ("X beta", {"X": "matrix", "β": "vector"}),
        ("y_i'x_i", {"y_i": "vector", "x_i": "vector"}),
        ("c x", {"c": "scalar", "x": "vector"}),
        ("exp(a'x)", {"a": "vector", "x": "vector"}),
        ("log|S + xI|", {"S": "matrix", "x": "scalar"}),
        ("|xA|", {"x": "scalar", "A": "matrix"}),
    ],
)
def test_kinds_of_undeclared_names(text, kinds):
    symbols = read(text).symbols
    assert {name: s.rank if s.kind == "variable" else s.kind for name, s in symbols.items()} == kinds
    assert all(s.inferred for s in symbols.values())


@pytest.mark.parametrize(
    ("text", "where", "shapes"),
    [
        ("Wx + b", "", {"W": "m n", "x": "n", "b": "m"}),
        ("tr(AXB)", "", {"A": "m n", "X": "n p", "B": "p m"}),
        ("norm2(x)^2", "", {"x": "n"}),
        ("‖y − Xw‖²", "X: n×p", {"y": "n", "X": "n p", "w": "p"}),
        ("A ⊗ X − C", "A: 2×3, C: 8×6", {"A": "2 3", "X": "4 2", "C": "8 6"}),
        ("[A; b'] x", "", {"A": "m n", "b": "n", "x": "n"}),
        ("[x; 1]' y", "x: k", {"x": "k", "y": "k+1"}),
        ("vec(X) + v", "X: m×n", {"X": "m n", "v": "m*n"}),
        ("XW + b'", "", {"X": "m n", "W": "n p", "b": "p"}),
        ("n x'x", "x: vector, n: scalar", {"n": "", "x": "m"}),
        ("I_3 x", "", {"x": "3"}),
        ("unvec(v, 2, 3)", "", {"v": "6"}),
        ("x'Ax", "A: symmetric", {"x": "n", "A": "n n"}),
    ],
)
def test_shapes_are_inferred(text, where, shapes):
    found = {
        name: [str(size).replace(" ", "") for size in s.shape]
        for name, s in read(text, where).symbols.items()
        if s.kind == "variable"
    }
    assert found == {name: sizes.split() for name, sizes in shapes.items()}


def test_intermediate_results_keep_their_names():
    program = read("z = W x + b; a = σ(z); ½‖a − y‖²", "W: m×n, x: n, b: m, y: m")
    assert [name for name, _ in program.statements] == ["z", "a", ""]
    assert list(program.named) == ["z", "a"]
    assert list(program.symbols) == ["W", "x", "b", "σ", "y"]
    assert program.expression.free_symbols  # built


def test_symbols_come_in_order_of_appearance_with_what_was_declared():
    program = read("λ‖W₁x‖²", "x: n, W₁: n×n symmetric, λ: scalar, q: k", wrt="W1")
    assert list(program.symbols) == ["λ", "W₁", "x", "q"]
    assert [s.occurs for s in program.symbols.values()] == [True, True, True, False]
    w = program.symbol("W_1")
    assert w is not None
    assert w.properties == {"symmetric"}
    assert alg.properties_of(w.structured) == {"symmetric"}
    assert not alg.properties_of(w.node)  # its entries count as independent when it is differentiated by


def test_numbers_are_exact():
    n, x = alg.dimension("n"), alg.matrix("x", alg.dimension("n"), 1)
    assert read("0.1 x", "x: n").expression == alg.mul(Rational(1, 10), x)
    assert read("1e-3 x", "x: n").expression == alg.mul(Rational(1, 1000), x)
    assert read("½ n", "x: n, A: n×n").expression == Fraction(1, 2) * n


@pytest.mark.parametrize(
    ("text", "where", "note"),
    [
        ("XW + b'", "", "bᵀ is added to every row of XW"),
        ("1 + exp(−z)", "", "the scalar 1 is added to every entry"),
        ("x + c", "x: n, c: scalar", "the scalar c is added to every entry"),
        ("u·v", "u, v: n", "u · v is the inner product"),
        ("|X|", "", "|X| is the determinant"),
        (r"\left\|T-UV^\top\right\|", "T: m×n, V: n×k", "‖T − UVᵀ‖ is the Frobenius norm"),
        (r"\lVert A^{-1}\rVert_2", "", "‖A⁻¹‖₂ is the spectral norm"),
        ("Σ_i β_i²", "β: n", "β_i = e_iᵀ β"),
        ("t^3/2", "t: scalar", "^3/2 is the power 3, divided by 2"),
        ("p'x", "p: n, x: n, B: n×p", "p names a variable and a size; in the expression it is the variable"),
    ],
)
def test_what_was_decided_is_noted(text, where, note):
    assert note in [str(n) for n in read(text, where).notes]


@pytest.mark.parametrize(
    ("text", "where", "define", "same"),
    [
        ("θ(Wx)", "W: m×n, x: n", {"θ": "tanh"}, "tanh(Wx)"),
        ("θ(Wx)", "W: m×n, x: n", {"theta": "tanh"}, "tanh(Wx)"),
        ("θ(Wx) where θ := tanh", "W: m×n, x: n", {}, "tanh(Wx)"),
        ("θ(x)", "x: n", {"θ(t)": "t^2 + 3"}, "x.^2 + 3"),
        ("θ(x)", "x: n, θ(t) := max(t, λ t)", {}, "max(x, λ x)"),
        ("g(x)", "x: n, g: ℝ^n → ℝ, g(z) := z'z + 1", {}, "x'x + 1"),
        ("g(x)", "x: n, g: ℝ^n → ℝ", {"g": "logsumexp"}, "lse(x)"),
        ("h(θ(x))", "x: n, h(t) := t^2, θ(t) := exp(t)", {}, "exp(x).^2"),
    ],
)
def test_functions_are_made_concrete(text, where, define, same):
    where = "λ: scalar, " + where
    assert read(text, where, define).expression == read(same, where).expression


@pytest.mark.parametrize("text", ["np'*x + None'*x", "class' class", "exp' exp", "x̂ᵀx̂", "Wx' Wx", "XtX' x", "sum' x"])
def test_a_declared_name_is_one_name(text):
    read(text, "np, None, x, class, exp, x̂, Wx, XtX, sum: n")


@pytest.mark.parametrize(
    ("text", "families", "shapes"),
    [
        ("Σ_i ‖y_i − W x_i‖² + λ‖W‖²", {"y_i": "i", "x_i": "i"}, {"y_i": "m N", "W": "m n", "x_i": "n N", "λ": ""}),
        ("\\sum_{i=1}^K c_i", {"c_i": "i"}, {"c_i": "K"}),
        ("∑ᵢ₌₁ᴺ xᵢᵀxᵢ", {"x_i": "i"}, {"x_i": "n N"}),
    ],
)
def test_sums_over_samples(text, families, shapes):
    program = read(text)
    assert dict(program.families) == families
    assert {n: [str(d) for d in s.shape] for n, s in program.symbols.items()} == {
        n: d.split() for n, d in shapes.items()
    }


def test_a_long_program_is_read_statement_by_statement():
    lines = [f"z{k} = W{k} a{k - 1} + b{k}; a{k} = σ(z{k})" for k in range(1, 1001)]
    program = read("a0 = x\n" + "\n".join(lines) + "\n‖a1000‖²")
    assert len(program.named) == 2001
    assert program.symbols["b7"].rank == "vector"


def test_squares_of_sizes_are_equal_only_if_the_sizes_are() -> None:
    assert str(read("tr(X ⊗ X)").symbols["X"].shape) == "(n, n)"


def test_a_fraction_right_before_a_letter_is_said_to_be_a_factor() -> None:
    assert "1/2n… is (1/2) n…" in [note.text for note in read("1/2n x'x", "x: n").notes]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x.T @ A @ x", "xᵀAx"),
        ("(A x − b).T (A x − b)", "(Ax − b)ᵀ(Ax − b)"),
        (r"\mathcal{L}(W) = \|W\|_F^2", "‖W‖_F²"),
        (r"\mathcal{L}_{reg}(W) = \|W\|_F^2", "‖W‖_F²"),
        ("Σ_i (yᵢ − aᵀxᵢ)²", "Σ_i (y_i − aᵀx_i)²"),
        ("norm(A x − b)^2", "‖Ax − b‖²"),
    ],
)
def test_other_spellings_of_the_same(text, same):
    where = "A: n×n, x, b, a: n"
    assert read(text, where).expression == read(same, where).expression


@pytest.mark.parametrize(
    ("expression", "wrt", "result"),
    [
        ("x'Ax − λ(x'x − 1)", "x", "(A + Aᵀ − 2λI)x"),
        ("‖X − UVᵀ‖² + λ(‖U‖² + ‖V‖²)", "U", "2((UVᵀ − X)V + λU)"),
        (r"w'Σw - \lambda(\mu'w - 1)", "w", "(Σ + Σᵀ)w − λμ"),
        ("γ(x + y)'z", "x", "γz"),
    ],
)
def test_a_multiplier_before_a_sum_is_no_function(expression: str, wrt: str, result: str) -> None:
    derivation = mc.derive(expression, wrt=wrt)
    assert str(derivation.result) == result
    assert " times (…); a function would be declared" in derivation.text()


def test_a_greek_letter_before_a_product_is_a_function() -> None:
    assert "λ elementwise" in mc.derive("λ(Wx)", wrt="W").text()
    assert "θ elementwise" in mc.derive("‖θ(Wx + b)‖²", wrt="W").text()
    assert "β elementwise" in mc.derive("sum(β(Wx + b))", wrt="W", where="β: elementwise").text()


@pytest.mark.parametrize(
    ("expression", "same"),
    [
        (r"{\bf x}^T {\rm A} {\bf x}", "xᵀAx"),
        (r"\[ x^T A x \]", "xᵀAx"),
        ("x^⊺ A x", "xᵀAx"),
        ("x^T A x.", "xᵀAx"),
        ("xᵀAx,", "xᵀAx"),
        ("f := xᵀAx", "xᵀAx"),
        ("f(x) := xᵀAx", "xᵀAx"),
        (r"xᵀx + \frac{n}{2}\log 2\pi", "xᵀx + (n/2) log(2π)"),
        ("xᵀx − log 2π", "xᵀx − log(2π)"),
    ],
)
def test_what_stands_around_a_formula_in_print(expression: str, same: str) -> None:
    assert mc.derive(expression, wrt="x").expression == mc.derive(same, wrt="x").expression


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("xTAx", "xTAx is ambiguous: a transpose"),
        ("x^t A x", "^t is ambiguous: a transpose, or a power"),
        ("‖Ax − b‖² + λ|x|", "|x| is the length of a vector, or the absolute value of a number"),
        ("log 2πσ² + xᵀx", "where does the argument of log end?"),
        ("log 2 x", "where does the argument of log end?"),
    ],
)
def test_slips_that_would_be_read_as_something_else(expression: str, message: str) -> None:
    with pytest.raises(ParseError, match=re.escape(message)):
        mc.derive(expression, wrt="x")


def test_powers_by_a_time_and_absolute_values_stay() -> None:
    assert str(mc.derive("γ^t r", wrt="γ", where="r: scalar, t: scalar").expression) == "r*γ**t"
    assert mc.derive("x |x|", wrt="x").expression.is_commutative
    assert mc.derive("x^t", wrt="x").result is not None


@pytest.mark.parametrize(
    ("expression", "wrt", "numbers"),
    [("½‖w‖² + C Σᵢ max(0, 1 − yᵢ(wᵀxᵢ + b))", "w", "C"), ("N log σ² + xᵀx/σ²", "σ", "N"), ("‖x‖² + K", "x", "K")],
)
def test_a_capital_that_would_spread_the_loss_is_a_number(expression: str, wrt: str, numbers: str) -> None:
    derivation = mc.derive(expression, wrt=wrt)
    assert f"{numbers} is read as a number; a matrix would be declared" in derivation.text()
    assert alg.shape_of(derivation.expression) == ()
    declared = mc.derive(expression, wrt=wrt, where=f"{numbers}: m×n")
    assert alg.shape_of(declared.expression) != ()


def test_the_mean_of_a_number_is_not_what_is_meant() -> None:
    program = mc.derive("m = mean(x); v = mean((x − m).^2); g ⊙ (x − m)/√(v + e) + b", wrt="x").program
    assert program.symbols["x"].rank == "vector"


def test_a_property_needs_no_colon_and_case_is_minded() -> None:
    assert str(mc.derive("xᵀAx", wrt="x", where="A symmetric, x: n").result) == "2 Ax"
    assert "a is declared, but the formula has A" in mc.derive("xᵀAx", wrt="x", where="a: n×n symmetric").text()


def test_an_upright_word_before_parentheses_is_a_function() -> None:
    with pytest.raises(ParseError, match="unknown function ‘KL’"):
        mc.derive(r"\mathrm{KL}(p)", wrt="p")
    assert str(mc.derive(r"\mathrm{tr}(XᵀX)", wrt="X").result) == "2X"
    assert mc.derive(r"\mathrm{W}(x)", wrt="x").expression == mc.derive("Wx", wrt="x").expression


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        (r"xᵀx + \lamda", r"did you mean \lambda?"),
        ("∂f/∂x xᵀx", "--wrt x"),
        ("∇(xᵀx)", "--wrt x"),
        ("<x, y>", "an inner product is written xᵀy, A : B or ⟨x, y⟩"),
        (r"\left< x, y \right>", "an inner product is written"),
    ],
)
def test_what_to_write_instead(expression: str, hint: str) -> None:
    with pytest.raises(ParseError) as caught:
        mc.derive(expression, wrt="x")
    assert hint in str(caught.value.hint)


def test_a_greek_letter_of_two_arguments_is_refused() -> None:
    with pytest.raises(mc.MatcalcError, match="λ takes 1 argument, not 2"):
        mc.derive("λ(x + y, z)", wrt="x")
