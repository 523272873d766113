"""What is refused: the span is marked «…» in the input, beside a piece of the message or of the hint."""

from __future__ import annotations

import pytest

from matcalc.errors import DerivationError, LimitError, MatcalcError, ParseError, ShapeError
from matcalc.language import read

WHERE = "A: m×n, B: p×n, S: n×n, x: n, y: m, r: 1×n, λ: scalar"

SYNTAX = [
    ("½«‖»Ax − y²", "never closed"),
    ("log«|»S", "never closed"),
    ("«(»x", "never closed"),
    ("x«)»", "closes nothing"),
    ("«(»x]", "close it with )"),
    ("x «+»", "an operand is missing"),
    ("x«,»x", "comma outside a call"),
    ("«()»", "something is missing"),
    ("«*» x", "cannot begin"),
    ("«3» = x", "only a name"),
    ("«A x» = y", "only a name"),
    ("x «:=» 3", "`where`"),
    ("x «==» y", "not an operator"),
    ("«x/2 x»", "x/(2 x) or (x/2) x"),
    ("«λ/2‖x‖²»", "(λ/2) ‖x‖²"),
    ("x «2»", "a number cannot follow"),
    ("log p(y«|»x)", "p(y|x) says no formula"),
    ("(«|»x)", "close it with |"),
    ("«|»x) y", "close it with |"),
    ("A «1»", "a vector of ones is 𝟏, or ones"),
    ("|x − y|«2»", "for a power write ^2"),
    ("«λ^2^3»", "parentheses"),
    ("«√λ²»", "√(x²)"),
    ("λ^«1/2»", "ambiguous"),
    ("«tr S S»", "where does the argument of tr end"),
    ("«log»", "needs an argument"),
    ("«sin²» x", "sin(x).^2"),
    ("«sin⁻¹»(x)", "sin(x)"),
    ("«\\partial» x", "--wrt"),
    ("«XtX»", "X'X"),
    ("«Xty»", "X'y"),
    ("«sigmiod»(A x)", "sigmoid"),
    ("«logdte»(S)", "logdet"),
    ("«foo»(x)", "unknown function"),
    ("«foo» x", "unknown name"),
    ("«\\frac»{d}{dx} x^2", "not part of the formula"),
    ("«\\frac»{\\mathrm{d}f}{\\mathrm{d}x}", "not part of the formula"),
    ("‖Ax − b«|»²", "‖ opens here, and | does not close it"),
    ("|Ax − b«‖»", "write |…| or ‖…‖"),
    ("½«|Cw − d|»²", "write ‖Cw − d‖ for the length"),
    ("log «\\left|C w\\right|»", "declare w: scalar"),
    ("«nrm2»(x)", "norm2"),
    ("«nan» x", "not a number"),
    ("«\\alhpa» x", "\\alpha"),
    ("«\\newcommand»{\\tr}{x}", "unknown LaTeX command"),
    ("«\\begin{align}» x", "environment"),
    ("x «%» y", "comments"),
    ("«<»script>", "unknown character"),
    ("«{{»x}}", "doubled braces"),
    ("np«.»linalg", "unknown character"),
    ("«х»", "cyrillic"),
    ("x«[»0]", "single entries"),
    ("«f'»(x)", "derivative"),
    ("«e^»λ", "exp(…)"),
    ("e'e + «e^»{-λ}", "exp(…)"),
    ("«e_ij»", "e_{ij}"),
    ("«x'x»; y; x", "no name"),
    ("«1/0» x", "division by zero"),
    ("«1e999» x", "out of range"),
    ("«1.2.»3", "cannot read this number"),
    ("«1.».2", "cannot read this number"),
    ("z = x; «z» = y", "assigned twice"),
    ("z = 2«z»", "before it is assigned"),
    ("Σ_i x_i'x_i + «x_i»", "outside of the sum"),
    ("Σ_i «i» x_i", "only be a subscript"),
    ("«∑» x", "needs an index"),
    ("S«^\\dagger»", "^+ or ^H"),
    ("S «\\» x", "A⁻¹ b"),
    ("«11ᵀ»", "1 1ᵀ"),
    ("«rank»(A)", "unknown function"),
    ("«rank» A", "unknown name"),
    ("«gram»(x)", "unknown function"),
    ("«xor»(y)", "if a product is meant, put spaces"),
    ("«Σ_{i≠j}» x_i'x_j", "some of the pairs"),
    ("«Σ_{i<j}» x_i'x_j", "some of the pairs"),
    ("«\\sum_{i<j}» x_i'x_j", "some of the pairs"),
    ("Σ_i «Σ_i »x_i'x_i", "the index i is in use"),
    ("Σ_{i=1}^N z_i + «Σ_{i=1}^M z_i»", "runs up to different sizes"),
    ("«Σ_{i=1}^0 x_i»", "not a size that a sum can run up to"),
    ("«Σ_{i=1}^{foo} x_i»", "not a size that a sum can run up to"),
    ("«0x»12", "numbers are decimal"),
    ("[1, 2; «3»]", "rows of these blocks differ"),
    ("\\frac x«»", "\\frac{a}{b}"),
    ("«\\hat{xy}»", "single letter"),
    ("x «⟩»", "closes nothing"),
    ("\\mathrm{«foo»}(x)", "unknown function"),
]

SHAPES = [
    ("norm(«A»)", "of a matrix write norm2(A)"),
    ("«A*B»", "inner sizes n and p differ"),
    ("«A'x»", "A x conforms"),
    ("«x*x»", "x'x"),
    ("«A + B»", "cannot add A (m×n) and B (p×n)"),
    ("«A + x»", "cannot add"),
    ("«x + r»", "r'"),
    ("«A ⊙ B»", "entry by entry"),
    ("A / «S»", "/ is for scalars"),
    ("«A»²", "square"),
    ("«A»⁻¹", "square"),
    ("«x»²", "x.^2"),
    ("tr(«A»)", "tr needs a square matrix"),
    ("λ_max(«A»)", "square"),
    ("«A : B»", "equal shapes"),
    ("«x·y»", "one length"),
    ("[«A, B»]", "equal numbers of rows"),
    ("max(«A, B»)", "one shape"),
    ("«exp(x, x)»", "takes 1 argument, not 2"),
    ("«|x|»", "‖x‖"),
    ("x.^«y»", "scalar exponent"),
    ("«A + λ I»", "cannot add"),
    ("sum(«θ(x, x)»)", "θ takes 1 argument, not 2"),
    ("«unvec(x)»", "a vector and two sizes"),
    ("«unvec(x, 2 n, 1)»", "cannot fill 2·n×1 from x (n×1)"),
    ("«reshape(A, m + 1, n)»", "cannot fill"),
    ("«eye(2, 3)»", "at most 1 size"),
    ("«ones(2, 3, 4)»", "at most 2 sizes"),
    ("ones(«1.5», 1)", "1.5 is not a size"),
    ("eye(«x»)", "x (n×1) is not a size"),
    ("unvec(x, n, «A»)", "A (m×n) is not a size"),
    ("2.^«x»", "scalar exponent"),
    ("«‖x‖_y»", "subscript of a norm is a scalar"),
    ("S^«{x}»", "exponent must be a scalar"),
    ("⟨«x, y»⟩", "equal shapes"),
    ("chol(«x»)", "chol needs a square matrix"),
    ("«(Y ⊗ Z) vec(T)»", "leave open how they fit together"),
]

VALUES = [
    ("«x/0»", "division by zero"),
    ("«log(0)»", "not a real number"),
    ("x'x + «log(0 x'x)»", "not a real number"),
    ("x'x + «√(x'x − x'x − 1)»", "not a real number"),
    ("«log(x'x : 0)»", "not a real number"),
    ("s = 0 x'x\n«log(s)» + x'x", "not a real number"),
    ("«√(-1)»", "not a real number"),
    ("«[1, 2; 2, 4]⁻¹»", "singular"),
    ("«S^{1/3}»", "integer exponent"),
    ("«‖x‖_{2,1}»", "not known"),
    ("«‖A‖_3»", "of a matrix with the subscript 3"),
    ("«0⁻¹»", "division by zero"),
    ("«Σ_{i=0}^N x_i»", "a sum runs from i = 1"),
    ("«eigval(S, 0)»", "which eigenvalue is meant"),
]


@pytest.mark.parametrize(
    ("kind", "marked", "said"),
    [
        *((ParseError, *case) for case in SYNTAX),
        *((ShapeError, *case) for case in SHAPES),
        *((DerivationError, *case) for case in VALUES),
    ],
)
def test_the_span_and_the_reason(kind, marked, said):
    start, end = marked.index("«"), marked.index("»") - 1
    text = marked.replace("«", "").replace("»", "")
    with pytest.raises(MatcalcError) as caught:
        read(text, WHERE)
    error = caught.value
    assert isinstance(error, (kind, LimitError))
    assert error.source == text
    assert error.span == (start, end), f"{error}"
    assert said in f"{error.message} {error.hint}"
    assert "^" in error.caret


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("«: n»", "needs a name"),
        ("x: «-3»", "positive integer"),
        ("A: «0»×n", "cannot be 0"),
        ("x: n, «x»: m", "declared twice"),
        ("A: n×n «symetric»", "symmetric"),
        ("A: m×n «symmetric»", "only a square matrix"),
        ("«x:»", "not given a shape"),
        ("«x»", "not given a shape"),
        ("x: «n×m×p»", "at most two sizes"),
        ("x: «foo»", "not a size"),
        ("«3»: n", "not a name"),
        ("x: «2.5»", "whole number"),
        ("x: n«:» m", "out of place"),
        ("«x y»: n", "not a name"),
        ("x: «99999999999999»", "too large"),
        ("«x»: x", "its own size"),
        ("«n»: scalar, x: n", "a size already"),
        ("θ := «tahn»", "tanh"),
        ("θ: elementwise, θ := «softmax»", "entry by entry"),
        ("θ(t) := t «q»", "not known inside"),
        ("θ(t) := «t'» t", "entry by entry"),
        ("g: ℝ^n → ℝ, g(z) := «2z»", "declared to give"),
        ("L: «ℝ^n →»", "arrow"),
        ("θ: ℝ^n → ℝ, «θ»: n", "declared twice"),
        ("x: n, «x»: ℝ → ℝ", "declared twice"),
        ("«x», θ := tanh", "not given a shape"),
        ("«θ :=»", "not given a definition"),
        ("x: n, «x» := tanh", "a variable, not a function"),
        ("θ := tanh, «θ» := exp", "defined twice"),
        ("L: ℝ^n → ℝ «ℝ»", "out of place"),
        ("«x: n×»", "a size is missing"),
        ("«S: 𝕊»", "one size"),
        ("«S: 𝕊^{n×m}»", "one size"),
        ("A: m+«×»n", "cannot read a size"),
        ("A: m«-»1×n", "out of place"),
        ("A: ℝ^{«m×n×p»}", "at most two sizes"),
        ("A: symmetric «matrix»", "unknown property"),
    ],
)
def test_bad_declarations(marked, said):
    start, end = marked.index("«"), marked.index("»") - 1
    where = marked.replace("«", "").replace("»", "")
    with pytest.raises(MatcalcError) as caught:
        read("θ(x)'x", where) if "θ" in where else read("x'x", where)
    error = caught.value
    assert said in f"{error.message} {error.hint}"
    assert error.source == where
    assert error.span == (start, end), str(error)


@pytest.mark.parametrize(
    ("definitions", "said"),
    [
        ({1: "tanh"}, "two texts"),
        ({"θ": 2}, "two texts"),
        ({"θ": "tanh := 3"}, "cannot read this definition"),
        ({"θ": "x; y"}, "cannot read this definition"),
        ({"θ": ""}, "not given a definition"),
        ({"θ": "t " * 600_000}, "too long"),
        ({"θ(t)": "θ(t)"}, "round in a circle"),
        ({"θ(t)": "φ(t)", "φ(t)": "θ(t)"}, "round in a circle"),
        ({"θ": "det"}, "square matrix"),
    ],
)
def test_bad_definitions(definitions, said):
    with pytest.raises(MatcalcError, match=said):
        read("sum(θ(x))", "x: n", definitions)


def test_declarations_are_text():
    with pytest.raises(ParseError, match="declarations are text, not list"):
        read("x'x", ["x: n"])


def test_a_tie_between_readings_is_refused_and_names_both():
    with pytest.raises(ParseError, match=r"x may be a vector or a scalar"):
        read("A*x*y")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "[x; " * 3_000,
        r"\frac{1}{" * 5_000,
        r"\sqrt{" * 5_000,
        "f(" * 10_000,
        "‖" * 50_000,
        "|" * 99_999,
        "√" * 50_000 + "x",
        "-" * 50_000 + "x",
        "log " * 50_000 + "x",
        "x" + "'" * 50_000,
        "x" + "^2" * 20_000,
        "x" + "\u0302" * 100_000,
        "x_" * 50_000,
        "x" * 399_999,
        "x " * 150_000,
        "x\n" * 100_000,
        "a" * 500_000,
        "\\" + "a" * 100_000,
        "1" * 100_000,
        "2^{2^{2^{2^{2}}}}",
        "1e400*1e400*1e400*1e400*1e400*1e400*1e400*1e400",
        "gamma(1e9)",
    ],
    ids=lambda text: f"{text[:12]}…{len(text)}",
)
def test_what_is_too_large_is_refused_at_once(text):
    with pytest.raises((LimitError, ParseError)):
        read(text)


@pytest.mark.parametrize(
    "where",
    [
        "x: n, " * 50_000,
        "(" * 100_000,
        "x: " + "n·" * 5_000 + "n",
        "x: " + "·".join(f"(n{i}+m{i})" for i in range(30)),
        "x" * 400_001,
    ],
    ids=["many", "deep", "long", "expanding", "characters"],
)
def test_declarations_that_are_too_large_are_refused_at_once(where):
    with pytest.raises((LimitError, ParseError)):
        read("x", where)
