"""SymPy expressions as input give what the same text gives."""

from __future__ import annotations

import pytest
import sympy as sp

from matcalc.errors import DerivationError, ParseError
from matcalc.language import read

m, n = sp.symbols("m n", integer=True, positive=True)
t = sp.Symbol("t")
A, B = sp.MatrixSymbol("A", m, n), sp.MatrixSymbol("B", m, n)
S, x = sp.MatrixSymbol("S", n, n), sp.MatrixSymbol("x", n, 1)
WHERE = "A, B: m×n, S: n×n, x: n, t: scalar"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (x.T * S * x, "x'S x"),
        (sp.Trace(A.T * B) * t + sp.log(t) / n, "t tr(A'B) + log(t)/n"),
        (sp.log(sp.Determinant(S)), "log det S"),
        ((A.T * A + t * sp.Identity(n)).inverse() * x, "(A'A + t I)⁻¹ x"),
        (sp.hadamard_product(A, B), "A ⊙ B"),
        (sp.KroneckerProduct(A, S), "A ⊗ S"),
        (S**3, "S^3"),
        (sp.OneMatrix(1, n) * x, "sum(x)"),
        (A + sp.OneMatrix(m, n), "A + 1"),
        (A.applyfunc(sp.tanh), "tanh(A)"),
        (sp.DiagMatrix(x) * x, "Diag(x) x"),
        (sp.sin(t) ** 2 * sp.exp(-t), "sin(t)^2 * exp(-t)"),
        (sp.Matrix([[1, t], [t, 2]]), "[1, t; t, 2]"),
        (sp.Max(t, 0), "max(t, 0)"),
    ],
)
def test_the_same_as_text(expression, text):
    assert read(expression).expression == read(text, WHERE).expression


def test_symbols():
    program = read(t * x.T * S * x, wrt="S")
    assert {name: s.rank for name, s in program.symbols.items() if s.kind == "variable"} == {
        "t": "scalar",
        "x": "vector",
        "S": "matrix",
    }
    assert program.symbols["n"].kind == "dimension"


@pytest.mark.parametrize("expression", [A[0, 0], sp.Function("f")(t), sp.Integral(t, t), t + sp.oo, 0.5 * t])
def test_what_has_no_counterpart_is_refused(expression):
    with pytest.raises(DerivationError):
        read(expression)


@pytest.mark.parametrize("thing", [None, 3, 2.5, ["x"], object()])
def test_anything_else_is_no_expression(thing):
    with pytest.raises(ParseError):
        read(thing)
