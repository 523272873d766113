"""Values of every shape by variables of every shape: each line holds, and so does the code that is emitted."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.calculus.jacobian import derivative

#: What a variable is, and what a value is: rows and columns.
VARIABLES = {"number": ("1", "1"), "column": ("m", "1"), "row": ("1", "n"), "matrix": ("m", "n")}
VALUES = {"number": ("1", "1"), "column": ("k", "1"), "row": ("1", "p"), "matrix": ("k", "p")}
PAIRS = [pair for pair in itertools.product(VALUES, VARIABLES) if pair != ("number", "number")]


def asked(value: str, variable: str) -> dict[str, Any]:
    """The differential of L tanh(X) R, with the sizes of the value and of the variable."""
    (a, b), (rows, cols) = VALUES[value], VARIABLES[variable]
    if variable == "number":
        return dict(expression="tanh(X) A + X² B", where=f"X: scalar, A, B: {a}×{b}")
    return dict(expression="L tanh(X) R", where=f"L: {a}×{rows}, X: {rows}×{cols}, R: {cols}×{b}")


@pytest.mark.parametrize(("value", "variable"), PAIRS)
def test_every_line_holds(value: str, variable: str) -> None:
    holds(mc.derive(**asked(value, variable), wrt="X"))


@pytest.mark.parametrize(("value", "variable"), [pair for pair in PAIRS if pair[0] != "number"])
def test_a_line_says_where_vec_is_taken(value: str, variable: str) -> None:
    (line,) = (step for step in mc.derive(**asked(value, variable), wrt="X").steps if step.kind == "collect")
    assert line.left == ("vec dF" if {"row", "matrix"} & {value, variable} else "")


def holds(derivation: mc.Derivation) -> None:
    assert derivation.certificate, str(derivation.certificate)
    assert derivation.certificate.lines >= 1
    report = derivation.check()
    assert report, str(report)


@pytest.mark.parametrize(("value", "variable"), PAIRS)
def test_the_shape_of_a_derivative(value: str, variable: str) -> None:
    """By a number the value's, of a number the variable's, else a row for every entry of the value."""
    (a, b), (rows, cols) = VALUES[value], VARIABLES[variable]
    derivation = mc.derive(**asked(value, variable), wrt="X", check=False)
    shape = (a, b) if variable == "number" else (rows, cols)
    if "number" not in (value, variable):
        shape = ("".join(x for x in (a, b) if x != "1"), "".join(x for x in shape if x != "1"))
    assert tuple(str(size).replace("*", "") for size in derivation.result.shape) == shape


@pytest.mark.parametrize(("rows", "cols"), list(VARIABLES.values())[1:])
def test_the_derivative_of_a_number_has_the_shape_of_the_variable(rows: str, cols: str) -> None:
    size = {"1": alg.ones(1, 1), "m": alg.dimension("m"), "n": alg.dimension("n")}
    a, x = (alg.matrix(name, size[rows], size[cols]) for name in "AX")
    assert derivative(alg.frobenius(a, x), x) == a


@pytest.mark.parametrize(
    "expression", ["X", "−X", "Xᵀ", "3X", "t X", "X ⊙ A", "vec X", "A ⊙ X ⊙ A", "(A + X) ⊗ B", "t(X − A)"]
)
@pytest.mark.parametrize("shape", ["n", "1×n", "n×n"])
def test_linear_functions(expression: str, shape: str) -> None:
    """Whose Jacobians are identities and fixed matrices."""
    holds(mc.derive(expression, wrt="X", where=f"X, A: {shape}, B: 2×3, t: scalar"))
