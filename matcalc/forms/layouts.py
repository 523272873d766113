"""Layouts: how the numbers of a derivative are put on paper.

Gradient layout, the engine's own, gives a derivative by a variable or of a scalar the shape of the other, and a vector
by a vector rows for the value and columns for the variable. Numerator layout puts the value first and the variable
transposed: the derivative by an m×n matrix is n×m, by a vector a row. Denominator layout is the transpose of numerator
layout throughout. A matrix on vec has the value's entries down and the variable's across in gradient and numerator
layout.
"""

from __future__ import annotations

from typing import Any

from ..algebra import transpose
from ..algebra.core import Shape
from ..errors import DerivationError

LAYOUTS = ("gradient", "numerator", "denominator")


def lay_out(result: Any, layout: str, value: Shape, variable: Shape, kind: str = "") -> Any:
    """A derivative given in gradient layout, in the layout asked for; ``value`` and ``variable`` are shapes.

    For a block of a Hessian, ``kind="hessian"``, the value is the gradient.
    """
    if layout not in LAYOUTS:
        raise DerivationError(f"layout={layout!r} is not known", hint=f"one of {', '.join(LAYOUTS)}")
    if layout == "gradient":
        return result
    of_scalar = value == () and kind != "hessian"  # what is given has the variable's shape: that of denominator layout
    return transpose(result) if of_scalar == (layout == "numerator") else result


def sentence(layout: str, value: Shape, variable: Shape, kind: str = "") -> str:
    """What the layout does to this derivative, in one sentence."""
    rule = _rule(value, variable, kind)
    return SENTENCES[rule][LAYOUTS.index(layout)]


def _rule(value: Shape, variable: Shape, kind: str) -> str:
    if kind == "hessian":
        return "hessian"
    of_vector, by_vector = len(value) == 2 and value[1] == 1, len(variable) == 2 and variable[1] == 1
    if value == () and variable == ():
        return "number"
    if value == ():
        return "scalar by vector" if by_vector else "scalar by matrix"
    if variable == ():
        return "vector by scalar" if of_vector else "matrix by scalar"
    return "vector by vector" if of_vector and by_vector else "on vec"


#: For gradient, numerator and denominator layout.
SENTENCES: dict[str, tuple[str, str, str]] = {
    "number": ("The derivative is a number, in every layout.",) * 3,
    "scalar by vector": (
        "The gradient is a column, like the vector.",
        "The derivative is a row: the value gives the one row, the variable the columns.",
        "The derivative is a column: the variable gives the rows.",
    ),
    "scalar by matrix": (
        "The gradient has the shape m×n of the matrix.",
        "The derivative is n×m, with ∂f/∂X_ij in row j and column i.",
        "The derivative is m×n, with ∂f/∂X_ij in row i and column j.",
    ),
    "vector by scalar": (
        "The derivative is a column, like the vector.",
        "The derivative is a column: the value gives the rows.",
        "The derivative is a row: the value gives the columns.",
    ),
    "matrix by scalar": (
        "The derivative has the shape of the matrix.",
        "The derivative has the shape of the matrix.",
        "The derivative is transposed.",
    ),
    "vector by vector": (
        "Rows belong to the value, columns to the variable: dy = J dx.",
        "Rows belong to the value, columns to the variable: dy = J dx.",
        "Rows belong to the variable, columns to the value: dy = Jᵀ dx.",
    ),
    "on vec": (
        "Rows belong to the entries of the value, columns to those of the variable: d vec Y = J d vec X.",
        "Rows belong to the entries of the value, columns to those of the variable: d vec Y = J d vec X.",
        "Rows belong to the entries of the variable, columns to those of the value: d vec Y = Jᵀ d vec X.",
    ),
    "hessian": (
        "Rows belong to the first variable, columns to the second.",
        "Rows belong to the first variable, columns to the second.",
        "Rows belong to the second variable, columns to the first; a Hessian by one variable is symmetric.",
    ),
}
