"""The tables people look derivatives up in, row by row, with what matcalc is asked and what the table says.

`python -m tests.tables` writes docs/tables.md anew; `tests/test_tables.py` derives every row, proof-reads it, and
compares it with the closed form of the table at a random point.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.rules_page import _escaped

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables.md"


class Row(NamedTuple):
    """One row: its number or name in the table, the function, the variable, declarations, the closed form there.

    ``closed`` is in the input language, in the shape of the answer; where it is empty, the derivation's own proof-read
    stands alone. ``ask`` are more options of ``matcalc.derive``.
    """

    number: str
    function: str
    by: str
    where: str
    closed: str = ""
    ask: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    title: str
    source: str
    rows: tuple[Row, ...]
    #: What is left out, each with its reason.
    outside: tuple[tuple[str, str], ...] = ()


JACOBIAN, HESSIAN = (("kind", "jacobian"),), (("kind", "hessian"),)
ENTRIES, DIAGONAL = (("structure", "symmetric-entries"),), (("structure", "diagonal"),)
COOKBOOK = "Petersen & Pedersen, The Matrix Cookbook, version of 15 November 2012"
WIKIPEDIA = "Wikipedia, Matrix calculus, section Identities"
SQUARE = "X, A, B, C: n×n, a, b, c: n, x: scalar"
WIDE = "X: m×n, A: p×m, B: n×p, C: m×m, D: m×m, a: m, b, c: n"

# fmt: off
TABLES = (
    Table("Matrix Cookbook, chapter 2: rules", COOKBOOK, (
        Row("(33)", "A + 0 X", "X", "A, X: m×n", "", JACOBIAN),
        Row("(34)", "α X", "X", "α: scalar, X: m×n", "α eye(m*n)", JACOBIAN),
        Row("(35)", "X + Y", "Y", "X, Y: m×n", "eye(m*n)", JACOBIAN),
        Row("(36)", "tr(X)", "X", SQUARE, "eye(n)"),
        Row("(37)", "X Y", "X", "X: m×n, Y: n×p", "Y' ⊗ eye(m)", JACOBIAN),
        Row("(37)", "X Y", "Y", "X: m×n, Y: n×p", "eye(p) ⊗ X", JACOBIAN),
        Row("(38)", "X ⊙ Y", "X", "X, Y: m×n", "Diag(vec(Y))", JACOBIAN),
        Row("(39)", "X ⊗ Y", "X", "X: m×n, Y: p×q", "", JACOBIAN),
        Row("(39)", "X ⊗ Y", "Y", "X: m×n, Y: p×q", "", JACOBIAN),
        Row("(40)", "X⁻¹", "X", SQUARE, "−X⁻ᵀ ⊗ X⁻¹", JACOBIAN),
        Row("(41)", "det(X)", "X", SQUARE, "adj(X)ᵀ"),
        Row("(42)", "det(X)", "X", SQUARE, "det(X) X⁻ᵀ"),
        Row("(43)", "log det X", "X", "X: n×n spd", "X⁻ᵀ"),
        Row("(44)", "Xᵀ", "X", "X: m×n", "", JACOBIAN),
        Row("(45)", "‖X^H A‖²", "X", "X: m×n complex, A: m×p complex", ""),
    )),
    Table("Matrix Cookbook, chapter 2: determinants", COOKBOOK, (
        Row("(46)", "det(A + x B)", "x", SQUARE, "det(A + x B) tr((A + x B)⁻¹ B)"),
        Row("(48)", "det(A + x B)", "x", SQUARE, "det(A + x B) (tr((A + x B)⁻¹ B)² − tr((A + x B)⁻¹ B (A + x B)⁻¹ B))",
            HESSIAN),
        Row("(47), (49), (50)", "det(X)", "X", SQUARE, "det(X) X⁻ᵀ"),
        Row("(51)", "det(A X B)", "X", SQUARE, "det(A X B) X⁻ᵀ"),
        Row("(52)", "det(XᵀA X)", "X", SQUARE, "2 det(XᵀA X) X⁻ᵀ"),
        Row("(53)", "det(XᵀA X)", "X", "X: n×m, A: n×n symmetric", "2 det(XᵀA X) A X (XᵀA X)⁻¹"),
        Row("(54)", "det(XᵀA X)", "X", "X: n×m, A: n×n", "det(XᵀA X) (A X (XᵀA X)⁻¹ + AᵀX (XᵀAᵀX)⁻¹)"),
        Row("(55)", "log det(XᵀX)", "X", "X: n×m", "2 (X^+)ᵀ"),
        Row("(56)", "log det((Y^+)ᵀ Y^+)", "Y", "Y: m×n", "−2 (Y^+)ᵀ"),
        Row("(57)", "log |det(X)|", "X", SQUARE, "X⁻ᵀ"),
        Row("(58)", "det(X^4)", "X", SQUARE, "4 det(X)^4 X⁻ᵀ"),
    )),
    Table("Matrix Cookbook, chapter 2: inverses and eigenvalues", COOKBOOK, (
        Row("(59)", "(A + x B)⁻¹", "x", SQUARE, "−(A + x B)⁻¹ B (A + x B)⁻¹", JACOBIAN),
        Row("(60)", "X⁻¹", "X", SQUARE, "−X⁻ᵀ ⊗ X⁻¹", JACOBIAN),
        Row("(61)", "aᵀX⁻¹b", "X", SQUARE, "−X⁻ᵀ a bᵀ X⁻ᵀ"),
        Row("(62)", "det(X⁻¹)", "X", SQUARE, "−det(X⁻¹) X⁻ᵀ"),
        Row("(63)", "tr(A X⁻¹ B)", "X", SQUARE, "−(X⁻¹ B A X⁻¹)ᵀ"),
        Row("(64)", "tr((X + A)⁻¹)", "X", SQUARE, "−((X + A)⁻¹ (X + A)⁻¹)ᵀ"),
        Row("(65)", "tr(X)", "X", SQUARE, "eye(n)"),
        Row("(66)", "det(X)", "X", SQUARE, "det(X) X⁻ᵀ"),
        Row("(67)", "lambda_max(A)", "A", "A: n×n symmetric", "eigvec(A, 1) eigvec(A, 1)ᵀ"),
        Row("(67)", "lambda_2(A)", "A", "A: n×n symmetric", "eigvec(A, 2) eigvec(A, 2)ᵀ"),
        Row("(68)", "cᵀ eigvec(A, 1) eigvec(A, 1)ᵀ c", "A", "A: n×n symmetric, c: n"),
    )),
    Table("Matrix Cookbook, chapter 2: vectors and matrices", COOKBOOK, (
        Row("(69)", "xᵀa", "x", "x, a: n", "a"),
        Row("(69)", "aᵀx", "x", "x, a: n", "a"),
        Row("(70)", "aᵀX b", "X", WIDE, "a bᵀ"),
        Row("(71)", "bᵀXᵀa", "X", WIDE, "a bᵀ"),
        Row("(72)", "aᵀX a", "X", SQUARE, "a aᵀ"),
        Row("(72)", "aᵀXᵀa", "X", SQUARE, "a aᵀ"),
        Row("(73)", "X", "X", WIDE, "eye(m*n)", JACOBIAN),
        Row("(74)", "X B", "X", WIDE, "B' ⊗ eye(m)", JACOBIAN),
        Row("(75)", "XᵀC", "X", WIDE, "", JACOBIAN),
        Row("(76)", "sum(X)²", "X", WIDE, "2 sum(X) ones(m, n)"),
        Row("(77)", "bᵀXᵀX c", "X", WIDE, "X(b cᵀ + c bᵀ)"),
        Row("(78)", "(B x + b)ᵀC(D x + d)", "x", "B: m×n, C: m×p, D: p×n, x: n, b: m, d: p",
            "BᵀC(D x + d) + DᵀCᵀ(B x + b)"),
        Row("(79), (80)", "XᵀC X", "X", WIDE, "", JACOBIAN),
        Row("(81)", "xᵀB x", "x", "x: n, B: n×n", "(B + Bᵀ) x"),
        Row("(82)", "bᵀXᵀD X c", "X", WIDE, "DᵀX b cᵀ + D X c bᵀ"),
        Row("(83)", "(X b + a)ᵀD(X b + a)", "X", WIDE, "(D + Dᵀ)(X b + a) bᵀ"),
        Row("(84)", "(x − A s)ᵀW(x − A s)", "s", "x: m, A: m×n, s: n, W: m×m symmetric", "−2 AᵀW(x − A s)"),
        Row("(85)", "(x − s)ᵀW(x − s)", "x", "x, s: n, W: n×n symmetric", "2 W(x − s)"),
        Row("(86)", "(x − s)ᵀW(x − s)", "s", "x, s: n, W: n×n symmetric", "−2 W(x − s)"),
        Row("(87)", "(x − A s)ᵀW(x − A s)", "x", "x: m, A: m×n, s: n, W: m×m symmetric", "2 W(x − A s)"),
        Row("(88)", "(x − A s)ᵀW(x − A s)", "A", "x: m, A: m×n, s: n, W: m×m symmetric", "−2 W(x − A s) sᵀ"),
        Row("(90)", "X^3", "X", SQUARE, "", JACOBIAN),
        Row("(91)", "aᵀX^3 b", "X", SQUARE, "a bᵀ(X²)ᵀ + Xᵀa bᵀXᵀ + (X²)ᵀa bᵀ"),
        Row("(92)", "aᵀ(X²)ᵀX² b", "X", SQUARE, "X² a bᵀXᵀ + XᵀX² a bᵀ + X² b aᵀXᵀ + XᵀX² b aᵀ"),
        Row("(93)", "sin(x)ᵀA exp(x)", "x", "x: n, A: n×n", "cos(x) ⊙ (A exp(x)) + exp(x) ⊙ (Aᵀ sin(x))"),
        Row("(94), (95)", "(A x)ᵀ(A x) / ((B x)ᵀ(B x))", "x", "A: m×n, B: p×n, x: n",
            "2 AᵀA x / (xᵀBᵀB x) − (2 xᵀAᵀA x / (xᵀBᵀB x)²) BᵀB x"),
        Row("(96)", "xᵀA x + bᵀx", "x", "A: n×n, x, b: n", "(A + Aᵀ)x + b"),
        Row("(97)", "xᵀA x + bᵀx", "x", "A: n×n, x, b: n", "A + Aᵀ", HESSIAN),
    ), (
        ("(89), ∂(a − xᴴb)²/∂x", "a complex value: complex variables have real values here"),
    )),
    Table("Matrix Cookbook, chapter 2: traces", COOKBOOK, (
        Row("(98)", "tr(expm(X))", "X", SQUARE, "expm(X)ᵀ"),
        Row("(99)", "tr(X)", "X", SQUARE, "eye(n)"),
        Row("(100)", "tr(X A)", "X", "X: m×n, A: n×m", "Aᵀ"),
        Row("(101)", "tr(A X B)", "X", WIDE, "AᵀBᵀ"),
        Row("(102)", "tr(A Xᵀ B)", "X", "A: p×n, X: m×n, B: m×p", "B A"),
        Row("(103)", "tr(XᵀA)", "X", "X, A: m×n", "A"),
        Row("(104)", "tr(A Xᵀ)", "X", "X, A: m×n", "A"),
        Row("(105)", "tr(A ⊗ X)", "X", "A: m×m, X: n×n", "tr(A) eye(n)"),
        Row("(106)", "tr(X²)", "X", SQUARE, "2 Xᵀ"),
        Row("(107)", "tr(X² B)", "X", SQUARE, "(X B + B X)ᵀ"),
        Row("(108)", "tr(XᵀC X)", "X", WIDE, "C X + CᵀX"),
        Row("(109)", "tr(C X Xᵀ)", "X", WIDE, "C X + CᵀX"),
        Row("(110)", "tr(X XᵀC)", "X", WIDE, "C X + CᵀX"),
        Row("(111)", "tr(X B Xᵀ)", "X", "X: m×n, B: n×n", "X Bᵀ + X B"),
        Row("(112)", "tr(B XᵀX)", "X", "X: m×n, B: n×n", "X Bᵀ + X B"),
        Row("(113)", "tr(XᵀX B)", "X", "X: m×n, B: n×n", "X Bᵀ + X B"),
        Row("(114)", "tr(A X B X)", "X", SQUARE, "AᵀXᵀBᵀ + BᵀXᵀAᵀ"),
        Row("(115)", "tr(XᵀX)", "X", WIDE, "2 X"),
        Row("(115)", "tr(X Xᵀ)", "X", WIDE, "2 X"),
        Row("(116)", "tr(BᵀXᵀC X B)", "X", WIDE, "CᵀX B Bᵀ + C X B Bᵀ"),
        Row("(117)", "tr(XᵀD X E)", "X", "X: m×n, D: m×m, E: n×n", "D X E + DᵀX Eᵀ"),
        Row("(118)", "tr(A X B XᵀC)", "X", "A: p×m, X: m×n, B: n×n, C: m×p", "AᵀCᵀX Bᵀ + C A X B"),
        Row("(119)", "tr((A X B + C)(A X B + C)ᵀ)", "X", "A: p×m, X: m×n, B: n×q, C: p×q", "2 Aᵀ(A X B + C)Bᵀ"),
        Row("(120)", "tr(X ⊗ X)", "X", SQUARE, "2 tr(X) eye(n)"),
        Row("(121)", "tr(X^5)", "X", SQUARE, "5 (X^4)ᵀ"),
        Row("(122)", "tr(A X^3)", "X", SQUARE, "(A X² + X A X + X² A)ᵀ"),
        Row("(123)", "tr(BᵀXᵀC X XᵀC X B)", "X", WIDE,
            "C X XᵀC X B Bᵀ + CᵀX B BᵀXᵀCᵀX + C X B BᵀXᵀC X + CᵀX XᵀCᵀX B Bᵀ"),
        Row("(124)", "tr(A X⁻¹ B)", "X", SQUARE, "−X⁻ᵀAᵀBᵀX⁻ᵀ"),
        Row("(125)", "tr((XᵀC X)⁻¹ A)", "X", "X: m×n, C: m×m symmetric, A: n×n", "−(C X (XᵀC X)⁻¹)(A + Aᵀ)(XᵀC X)⁻¹"),
        Row("(126)", "tr((XᵀC X)⁻¹ (XᵀB X))", "X", "X: m×n, B, C: m×m symmetric",
            "−2 C X (XᵀC X)⁻¹ XᵀB X (XᵀC X)⁻¹ + 2 B X (XᵀC X)⁻¹"),
        Row("(127)", "tr((A + XᵀC X)⁻¹ (XᵀB X))", "X", "X: m×n, A: n×n symmetric, B, C: m×m symmetric",
            "−2 C X (A + XᵀC X)⁻¹ XᵀB X (A + XᵀC X)⁻¹ + 2 B X (A + XᵀC X)⁻¹"),
    ), (
        ("(128), tr(sin(X))", "the sine of a matrix by its power series: sin acts entry by entry here"),
    )),
    Table("Matrix Cookbook, chapter 2: norms, structured matrices", COOKBOOK, (
        Row("(129)", "‖x − a‖", "x", "x, a: n", "(x − a)/‖x − a‖"),
        Row("(130)", "(x − a)/‖x − a‖", "x", "x, a: n", "I/‖x − a‖ − (x − a)(x − a)ᵀ/‖x − a‖³", JACOBIAN),
        Row("(131)", "‖x‖²", "x", "x: n", "2 x"),
        Row("(132)", "‖X‖_F²", "X", WIDE, "2 X"),
        Row("(137)", "U = XᵀX + I; log det U", "X", "X: m×n", "2 X (XᵀX + I)⁻¹"),
        Row("(138), (139)", "tr(A X)", "X", "A: n×n, X: n×n symmetric", "A + Aᵀ − A ⊙ I", ENTRIES),
        Row("(140)", "det(X)", "X", "X: n×n symmetric", "det(X) (2 X⁻¹ − X⁻¹ ⊙ I)", ENTRIES),
        Row("(141)", "log det X", "X", "X: n×n spd", "2 X⁻¹ − X⁻¹ ⊙ I", ENTRIES),
        Row("(142)", "tr(A X)", "X", "A: n×n, X: n×n diagonal", "A ⊙ I", DIAGONAL),
    ), (
        ("(143)–(150), Toeplitz matrices", "no declaration says that a matrix is Toeplitz"),
    )),
    Table("Wikipedia: vector by vector", WIKIPEDIA, (
        Row("a constant", "a + 0 x", "x", "a, x: n", "", JACOBIAN),
        Row("x", "x", "x", "x: n", "eye(n)", JACOBIAN),
        Row("A x", "A x", "x", "A: m×n, x: n", "A", JACOBIAN),
        Row("xᵀA", "xᵀA", "x", "A: n×m, x: n", "Aᵀ", JACOBIAN),
        Row("a u(x)", "a sin(x)", "x", "a: scalar, x: n", "a Diag(cos(x))", JACOBIAN),
        Row("v(x) a", "(xᵀx) a", "x", "a: m, x: n", "2 a xᵀ", JACOBIAN),
        Row("v(x) u(x)", "(xᵀx) sin(x)", "x", "x: n", "(xᵀx) Diag(cos(x)) + 2 sin(x) xᵀ", JACOBIAN),
        Row("A u(x)", "A sin(x)", "x", "A: m×n, x: n", "A Diag(cos(x))", JACOBIAN),
        Row("u + v", "sin(x) + A x", "x", "A: n×n, x: n", "Diag(cos(x)) + A", JACOBIAN),
        Row("g(u)", "tanh(A x)", "x", "A: m×n, x: n", "Diag(1 − tanh(A x).^2) A", JACOBIAN),
        Row("f(g(u))", "exp(B tanh(A x))", "x", "A: m×n, B: p×m, x: n",
            "Diag(exp(B tanh(A x))) B Diag(1 − tanh(A x).^2) A", JACOBIAN),
    )),
    Table("Wikipedia: scalar by vector", WIKIPEDIA, (
        Row("a constant", "a + 0 x'x", "x", "a: scalar, x: n"),
        Row("a u", "a ‖x‖²", "x", "a: scalar, x: n", "2 a x"),
        Row("u + v", "‖x‖² + bᵀx", "x", "b, x: n", "2 x + b"),
        Row("u v", "‖x‖² (bᵀx)", "x", "b, x: n", "2 (bᵀx) x + ‖x‖² b"),
        Row("g(u)", "sin(‖x‖²)", "x", "x: n", "2 cos(‖x‖²) x"),
        Row("f(g(u))", "exp(sin(‖x‖²))", "x", "x: n", "2 exp(sin(‖x‖²)) cos(‖x‖²) x"),
        Row("u·v", "sin(x)·exp(x)", "x", "x: n", "cos(x) ⊙ exp(x) + sin(x) ⊙ exp(x)"),
        Row("u·A v", "sin(x)ᵀA exp(x)", "x", "A: n×n, x: n", "cos(x) ⊙ (A exp(x)) + exp(x) ⊙ (Aᵀ sin(x))"),
        Row("∂²f/∂x∂xᵀ", "exp(bᵀx)", "x", "b, x: n", "exp(bᵀx) b bᵀ", HESSIAN),
        Row("a·x", "aᵀx", "x", "a, x: n", "a"),
        Row("bᵀA x", "bᵀA x", "x", "b: m, A: m×n, x: n", "Aᵀb"),
        Row("xᵀA x", "xᵀA x", "x", "A: n×n, x: n", "(A + Aᵀ) x"),
        Row("xᵀA x, second", "xᵀA x", "x", "A: n×n, x: n", "A + Aᵀ", HESSIAN),
        Row("x·x", "xᵀx", "x", "x: n", "2 x"),
        Row("aᵀx xᵀb", "aᵀx xᵀb", "x", "a, b, x: n", "(a bᵀ + b aᵀ) x"),
        Row("(Ax + b)ᵀC(Dx + e)", "(A x + b)ᵀC(D x + e)", "x", "A: m×n, b: m, C: m×p, D: p×n, e: p, x: n",
            "DᵀCᵀ(A x + b) + AᵀC(D x + e)"),
        Row("‖x − a‖", "‖x − a‖", "x", "x, a: n", "(x − a)/‖x − a‖"),
    )),
    Table("Wikipedia: vector by scalar, matrix by scalar", WIKIPEDIA, (
        Row("a constant", "a + 0 x a", "x", "a: n, x: scalar", "", JACOBIAN),
        Row("a u", "a sin(x b)", "x", "a: scalar, b: n, x: scalar", "a (b ⊙ cos(x b))", JACOBIAN),
        Row("A u", "A sin(x b)", "x", "A: m×n, b: n, x: scalar", "A (b ⊙ cos(x b))", JACOBIAN),
        Row("uᵀ", "sin(x b)ᵀ", "x", "b: n, x: scalar", "(b ⊙ cos(x b))ᵀ", JACOBIAN),
        Row("u + v", "sin(x b) + x b", "x", "b: n, x: scalar", "b ⊙ cos(x b) + b", JACOBIAN),
        Row("uᵀv", "sin(x a)ᵀexp(x b)", "x", "a, b: n, x: scalar",
            "(a ⊙ cos(x a))ᵀexp(x b) + sin(x a)ᵀ(b ⊙ exp(x b))"),
        Row("g(u)", "tanh(x A b)", "x", "A: m×n, b: n, x: scalar", "(1 − tanh(x A b).^2) ⊙ (A b)", JACOBIAN),
        Row("a U", "a (A + x B)", "x", "A, B: m×n, a, x: scalar", "a B", JACOBIAN),
        Row("A U B", "C (A + x B) D", "x", "C: p×m, A, B: m×n, D: n×q, x: scalar", "C B D", JACOBIAN),
        Row("U + V", "A + x B + x² A", "x", "A, B: m×n, x: scalar", "B + 2 x A", JACOBIAN),
        Row("U V", "(A + x B)(B + x A)", "x", SQUARE, "B(B + x A) + (A + x B)A", JACOBIAN),
        Row("U ⊗ V", "(A + x B) ⊗ (C + x D)", "x", "A, B: m×n, C, D: p×q, x: scalar",
            "B ⊗ (C + x D) + (A + x B) ⊗ D", JACOBIAN),
        Row("U ∘ V", "(A + x B) ⊙ (C + x D)", "x", "A, B, C, D: m×n, x: scalar",
            "B ⊙ (C + x D) + (A + x B) ⊙ D", JACOBIAN),
        Row("U⁻¹", "(A + x B)⁻¹", "x", SQUARE, "−(A + x B)⁻¹ B (A + x B)⁻¹", JACOBIAN),
        Row("∂²U⁻¹/∂x∂y", "aᵀ(A + x B)⁻¹ b", "x", SQUARE, "2 aᵀ(A + x B)⁻¹ B (A + x B)⁻¹ B (A + x B)⁻¹ b", HESSIAN),
        Row("e^{xA}", "expm(x A)", "x", "A: n×n, x: scalar", "A expm(x A)", JACOBIAN),
        Row("g(xA), of a matrix", "sinm(x A)", "x", "A: n×n, x: scalar", "A cosm(x A)", JACOBIAN),
        Row("g(xA), g any function, A symmetric", "funm(g, x A)", "x", "A: n×n symmetric, x: scalar", "", JACOBIAN),
    )),
    Table("Wikipedia: scalar by matrix, scalar by scalar with matrices", WIKIPEDIA, (
        Row("a u", "a ‖X‖_F²", "X", "a: scalar, X: m×n", "2 a X"),
        Row("u v", "tr(X) det(X)", "X", SQUARE, "det(X) I + tr(X) det(X) X⁻ᵀ"),
        Row("g(u)", "sin(tr(A X))", "X", SQUARE, "cos(tr(A X)) Aᵀ"),
        Row("tr g(X)", "tr(X^4)", "X", SQUARE, "4 (X³)ᵀ"),
        Row("tr g(X), g any function, X symmetric", "tr(funm(g, X))", "X", "X: n×n symmetric"),
        Row("aᵀX b", "aᵀX b", "X", WIDE, "a bᵀ"),
        Row("aᵀXᵀb", "bᵀXᵀa", "X", WIDE, "a bᵀ"),
        Row("(Xa)ᵀC(Xb)", "(X b)ᵀC(X c)", "X", WIDE, "C X c bᵀ + CᵀX b cᵀ"),
        Row("(Xa + b)ᵀC(Xa + b)", "(X b + a)ᵀC(X b + a)", "X", WIDE, "(C + Cᵀ)(X b + a) bᵀ"),
        Row("tr X", "tr(X)", "X", SQUARE, "eye(n)"),
        Row("tr AX", "tr(A X)", "X", SQUARE, "Aᵀ"),
        Row("tr AXᵀ", "tr(A Xᵀ)", "X", SQUARE, "A"),
        Row("tr XᵀAX", "tr(XᵀC X)", "X", WIDE, "(C + Cᵀ) X"),
        Row("tr X⁻¹A", "tr(X⁻¹A)", "X", SQUARE, "−X⁻ᵀAᵀX⁻ᵀ"),
        Row("tr AXB", "tr(A X B)", "X", SQUARE, "AᵀBᵀ"),
        Row("tr AXBXᵀC", "tr(A X B XᵀC)", "X", SQUARE, "AᵀCᵀX Bᵀ + C A X B"),
        Row("tr Xⁿ", "tr(X^6)", "X", SQUARE, "6 (X^5)ᵀ"),
        Row("tr AXⁿ", "tr(A X²)", "X", SQUARE, "(A X + X A)ᵀ"),
        Row("tr e^X", "tr(expm(X))", "X", SQUARE, "expm(X)ᵀ"),
        Row("|X|", "det(X)", "X", SQUARE, "det(X) X⁻ᵀ"),
        Row("ln |aX|", "log det(x X)", "X", "x: scalar positive, X: n×n spd", "X⁻ᵀ"),
        Row("|AXB|", "det(A X B)", "X", SQUARE, "det(A X B) X⁻ᵀ"),
        Row("|Xⁿ|", "det(X^3)", "X", SQUARE, "3 det(X)³ X⁻ᵀ"),
        Row("ln |XᵀX|", "log det(XᵀX)", "X", "X: n×m", "2 (X^+)ᵀ"),
        Row("ln |XᵀX|, by X⁺", "log det((Y^+)ᵀ Y^+)", "Y", "Y: m×n", "−2 (Y^+)ᵀ"),
        Row("|XᵀAX|", "det(XᵀA X)", "X", "X: n×m, A: n×n symmetric", "2 det(XᵀA X) A X (XᵀA X)⁻¹"),
        Row("∂|U|/∂x", "det(A + x B)", "x", SQUARE, "det(A + x B) tr((A + x B)⁻¹ B)"),
        Row("∂ ln |U|/∂x", "log |det(A + x B)|", "x", SQUARE, "tr((A + x B)⁻¹ B)"),
        Row("∂² |U|/∂x²", "det(A + x B)", "x", SQUARE,
            "det(A + x B) (tr((A + x B)⁻¹ B)² − tr((A + x B)⁻¹ B (A + x B)⁻¹ B))", HESSIAN),
        Row("∂g(u)/∂x", "sin(tr(A + x B))", "x", SQUARE, "cos(tr(A + x B)) tr(B)"),
        Row("∂ tr e^{xA}/∂x", "tr(expm(x A))", "x", "A: n×n, x: scalar", "tr(A expm(x A))"),
    )),
    Table("Wikipedia: differentials", WIKIPEDIA, (
        Row("d tr X", "tr(X)", "X", SQUARE, "eye(n)"),
        Row("d |X| = tr(adj(X) dX)", "det(X)", "X", SQUARE, "adj(X)ᵀ"),
        Row("d ln |X|", "log det X", "X", "X: n×n spd", "X⁻ᵀ"),
        Row("dA", "A + 0 X", "X", "A, X: m×n", "", JACOBIAN),
        Row("d(aX)", "α X", "X", "α: scalar, X: m×n", "α eye(m*n)", JACOBIAN),
        Row("d(X + Y)", "X + Y", "X", "X, Y: m×n", "eye(m*n)", JACOBIAN),
        Row("d(XY)", "X Y", "X", "X: m×n, Y: n×p", "Y' ⊗ eye(m)", JACOBIAN),
        Row("d(X ⊗ Y)", "X ⊗ Y", "X", "X: m×n, Y: p×q", "", JACOBIAN),
        Row("d(X ∘ Y)", "X ⊙ Y", "X", "X, Y: m×n", "Diag(vec(Y))", JACOBIAN),
        Row("dXᵀ", "Xᵀ", "X", "X: m×n", "", JACOBIAN),
        Row("d(X⁻¹)", "X⁻¹", "X", SQUARE, "−X⁻ᵀ ⊗ X⁻¹", JACOBIAN),
        Row("d(Xᴴ)", "‖X^H A‖²", "X", "X: m×n complex, A: m×p complex", ""),
        Row("dXⁿ", "X^4", "X", SQUARE, "", JACOBIAN),
        Row("df(X) = Σ_ij P_i dX P_j (f(λ_i) − f(λ_j))/(λ_i − λ_j)", "funm(f, X)", "X", "X: n×n symmetric", "",
            JACOBIAN),
    )),
)
# fmt: on


HEAD = """\
# The tables, row by row

Every row of chapter 2 of the Matrix Cookbook and of Wikipedia's tables of identities, as a command to type. What the
commands print is proof-read, and compared with the table's own closed form, by the tests. At the end of each table
stands what is out of scope, and why. The identities that the engine itself applies are in [rules.md](rules.md).

This page is written by `python -m tests.tables`.
"""


def command(row: Row) -> str:
    """The row as one would type it."""
    options = "".join(f" --{name} {value}" for name, value in row.ask if value != "jacobian")
    return f"matcalc derive {shlex.quote(row.function)} --wrt {row.by} --where {shlex.quote(row.where)}{options}"


def page() -> str:
    parts = [HEAD]
    for table in TABLES:
        parts.append(f"## {table.title}\n\n{table.source}.\n")
        parts.append("| row | the table says | derived by |\n| --- | --- | --- |")
        for row in table.rows:
            said = _escaped(row.closed) if row.closed else ""
            typed = command(row).replace("|", "\\|")
            parts.append(f"| {_escaped(row.number)} | {said} | `{typed}` |")
        parts += [f"| {_escaped(what)} | | out of scope: {why} |" for what, why in table.outside]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
