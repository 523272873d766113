"""How everything is written: one precedence table, and for every node type its notation as text and as LaTeX.

What is regular is a row of a table here; what needs a decision (quotients, signs, powers) is a rule in one of the
modules ``products``, ``rules`` and ``matrix_rules``. A row gives the Unicode form first, then the LaTeX form.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from ..algebra.nodes import (
    DiagMatrix,
    DiagVector,
    EntrywiseMax,
    EntrywiseMin,
    Frobenius,
    Hadamard,
    Kronecker,
    Trace,
    Vec,
)
from ..operators.determinants import Det
from ..operators.matrix_functions import Cholesky
from ..operators.reductions import LogSumExp, MaxEntry, Softmax
from ..operators.spectral import PolarFactor
from ..operators.vech import Vech
from .names import escape_latex


class Level(IntEnum):
    """How tightly an expression holds together, loosest first; what is looser than its place asks for is bracketed."""

    SUM = 10
    FROBENIUS = 20  # A : B
    ENTRYWISE = 30  # A ⊙ B, A ⊘ B, A ⊗ B, a/b
    PRODUCT = 40  # AB, 2x
    PREFIX = 50  # log det A
    POSTFIX = 60  # Aᵀ, A⁻¹, x²
    ATOM = 70


class Infix(NamedTuple):
    """Operands joined by a sign; each operand holds together at least as tightly as ``operand``."""

    text: str
    latex: str
    level: Level
    operand: Level


class Call(NamedTuple):
    """A function with its arguments in parentheses."""

    text: str
    latex: str


def operatorname(name: str) -> str:
    r"""An upright name in LaTeX: ``\operatorname{tr}``."""
    return rf"\operatorname{{{name if name.isalnum() else escape_latex(name)}}}"


# fmt: off
INFIX = {  # a Hadamard product under `:` is bracketed although it need not be: A : (B ⊙ C) = (A ⊙ B) : C
    Frobenius: Infix(" : ", r" : ",         Level.FROBENIUS, Level.PRODUCT),
    Hadamard:  Infix(" ⊙ ", r" \odot ",     Level.ENTRYWISE, Level.PRODUCT),
    Kronecker: Infix(" ⊗ ", r" \otimes ",   Level.ENTRYWISE, Level.PRODUCT),
}
ENTRYWISE_QUOTIENT = Infix(" ⊘ ", r" \oslash ", Level.ENTRYWISE, Level.PRODUCT)

CALLS = {
    Trace:        Call("tr", operatorname("tr")),
    Det:          Call("det", r"\det"),
    DiagMatrix:   Call("Diag", operatorname("Diag")),
    DiagVector:   Call("diag", operatorname("diag")),
    Vec:          Call("vec", operatorname("vec")),
    MaxEntry:     Call("max", r"\max"),
    EntrywiseMax: Call("max", r"\max"),
    EntrywiseMin: Call("min", r"\min"),
    LogSumExp:    Call("lse", operatorname("lse")),
    Softmax:      Call("softmax", operatorname("softmax")),
    Vech:         Call("vech", operatorname("vech")),
    Cholesky:     Call("chol", operatorname("chol")),
    PolarFactor:  Call("polar", operatorname("polar")),
}

#: Functions of a scalar, applied entry by entry; what is not here is written with its own name.
FUNCTIONS = {
    "exp":            Call("exp", r"\exp"),
    "log":            Call("log", r"\log"),
    "abs":            Call("abs", operatorname("abs")),
    "sin":            Call("sin", r"\sin"),
    "cos":            Call("cos", r"\cos"),
    "tan":            Call("tan", r"\tan"),
    "arcsin":         Call("arcsin", r"\arcsin"),
    "arccos":         Call("arccos", r"\arccos"),
    "arctan":         Call("arctan", r"\arctan"),
    "arcsinh":        Call("arcsinh", r"\operatorname{arcsinh}"),
    "sinh":           Call("sinh", r"\sinh"),
    "cosh":           Call("cosh", r"\cosh"),
    "tanh":           Call("tanh", r"\tanh"),
    "Phi":            Call("Φ", r"\Phi"),
    "normal_density": Call("φ", r"\varphi"),
    "sigmoid":        Call("σ", r"\sigma"),
    "gamma":          Call("gamma", r"\Gamma"),
    "digamma":        Call("digamma", r"\psi"),
    "trigamma":       Call("trigamma", r"\psi'"),
}
# fmt: on

#: A function that is written with a letter gives way to a variable of that name.
LETTER_OF = {"normal_density": "φ", "sigmoid": "σ", "Phi": "Φ", "gamma": "Γ", "digamma": "ψ", "trigamma": "ψ"}

CONJUGATE, CONJUGATE_TRANSPOSE = Call("^*", "^{*}"), Call("ᴴ", r"^{\mathsf{H}}")

#: Functions whose square is written tanh²(x).
POWER_ON_NAME = {"sin", "cos", "tan", "sinh", "cosh", "tanh"}

#: Rationals that are one character.
GLYPHS = {
    (1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (1, 4): "¼", (3, 4): "¾", (1, 5): "⅕", (2, 5): "⅖", (3, 5): "⅗", (4, 5): "⅘",
    (1, 6): "⅙", (5, 6): "⅚", (1, 8): "⅛", (3, 8): "⅜", (5, 8): "⅝", (7, 8): "⅞",
}  # fmt: skip
