"""Complex conjugation: Z* of a complex variable is a leaf, and the conjugate of an expression has it at its leaves.

All other operators are analytic with real coefficients, so that conj f(Z) = f(Z*): conjugation moves to the leaves,
as transposition does, and Zᴴ is (Z*)ᵀ. An operator that is not (an absolute value, a maximum) takes real operands
only. With Z and Z* two independent variables the derivatives of an expression are Wirtinger's.
References: Hjørungnes & Gesbert 2007, Complex-Valued Matrix Differentiation; Matrix Cookbook ch. 4.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Rational, Symbol
from sympy.matrices.expressions.matexpr import MatrixExpr, MatrixSymbol

from ..errors import DerivationError
from .construct import add, frobenius, is_symmetric, is_zero, mul, power, scale, split_coefficient, transpose
from .core import MatrixNode, ScalarNode, StructuredSymbol, is_scalar, operands, postorder, properties_of, rebuild
from .entrywise import function_name, hadamard, hadamard_power
from .nodes import (
    CONSTRUCTORS,
    TRANSPOSED,
    Block,
    DiagMatrix,
    DiagVector,
    Elementwise,
    ElementwiseScalar,
    Frobenius,
    Hadamard,
    HadamardPower,
    Inverse,
    Kronecker,
    MatPower,
    MatProduct,
    MatSum,
    Named,
    NamedScalar,
    Total,
    Trace,
    Transpose,
    Triangle,
    Unvec,
    Vec,
)

HALF = Rational(1, 2)

#: Operators that are analytic with real coefficients: conj f(A, B) = f(A*, B*). Other modules add theirs.
ANALYTIC: set[type] = {
    Block, DiagMatrix, DiagVector, Frobenius, Hadamard, HadamardPower, Inverse, Kronecker, MatPower, MatProduct, MatSum,
    Total, Trace, Transpose, Triangle, Unvec, Vec, sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.log, sympy.sin,
    sympy.cos, sympy.tan, sympy.sinh, sympy.cosh, sympy.tanh,
}  # fmt: skip
#: Functions that are so, entry by entry.
ANALYTIC_FUNCTIONS = frozenset(
    ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan", "arcsinh", "sigmoid")
)


class Conjugate(MatrixNode):
    """Z* of a complex matrix variable."""

    rank = 1


class ConjugateScalar(ScalarNode):
    """z* of a complex scalar variable."""

    rank = 1


def is_complex_symbol(node: Any) -> bool:
    """Is it a variable that is declared complex?"""
    if isinstance(node, MatrixSymbol):
        return bool(properties_of(node) & {"complex", "hermitian"})
    return isinstance(node, Symbol) and node.is_real is None


def is_complex(root: Any) -> bool:
    """Does a complex variable occur?"""
    return any(is_complex_symbol(node) for node in postorder(root))


def conjugate(root: Any) -> Any:
    """The conjugate of an expression; of a real one, itself. DerivationError at an operator that is not analytic."""
    memo: dict[Any, Any] = {}
    for node in postorder(root):
        memo[node] = _conjugate(node, [memo[x] for x in operands(node)])
    return memo[root]


def _conjugate(node: Any, inside: list[Any]) -> Any:
    if is_complex_symbol(node):
        return _of_symbol(node)
    if isinstance(node, (Conjugate, ConjugateScalar)):
        return node.args[0]
    if inside == list(operands(node)):
        return node
    if isinstance(node, (Named, NamedScalar)):
        return inside[0]
    if not is_analytic(node):
        raise DerivationError(
            f"{node} of a complex argument is not supported",
            hint="products, inverses, traces, determinants and norms ‖Z‖ are",
        )
    return rebuild(node, inside)


def is_analytic(node: Any) -> bool:
    """Is the operator of a node analytic with real coefficients?"""
    if isinstance(node, (Elementwise, ElementwiseScalar)):
        return function_name(node) in ANALYTIC_FUNCTIONS
    if isinstance(node, HadamardPower) or (is_scalar(node) and node.is_Pow):
        return bool(node.args[1].is_real)
    return type(node) in ANALYTIC


def _of_symbol(node: Any) -> Any:
    return Conjugate.make(node) if isinstance(node, MatrixExpr) else ConjugateScalar.make(node)


def is_real_valued(root: Any) -> bool:
    """Is the value known to be real: its own conjugate, or a sum, product or trace that is?"""
    if not is_scalar(root):
        return bool(conjugate(root) == root)
    if conjugate(root) == root:
        return True
    if root.is_Add or root.is_Mul or (root.is_Function and len(root.args) == 1) or isinstance(root, NamedScalar):
        return all(is_real_valued(x) for x in operands(root))
    if root.is_Pow:
        return is_real_valued(root.base) and bool(root.exp.is_real)
    if isinstance(root, (Trace, Frobenius)):
        return _has_real_trace(root)
    return type(root).__name__ in ("Det", "LogDet") and is_hermitian(root.args[0])  # unchanged by transposition


def _has_real_trace(node: Any) -> bool:
    """tr P = tr P*, because the factors of P* are those of P or of Pᵀ in cyclic order."""
    left = [transpose(f) for f in reversed(_factors(node.args[0]))] if isinstance(node, Frobenius) else []
    chain = [*left, *_factors(node.args[-1])]
    there = [conjugate(f) for f in chain]
    back = [transpose(f) for f in reversed(chain)]
    return any(there == one[k:] + one[:k] for one in (chain, back) for k in range(len(chain))) or (
        isinstance(node, Frobenius) and all(is_hermitian(x) for x in node.args)
    )


def _factors(a: Any) -> list[Any]:
    c, core = split_coefficient(a)
    factors = list(core.factors) if isinstance(core, MatProduct) else [core]
    return [scale(c, factors[0]), *factors[1:]] if not is_real_valued(c) else factors


def is_hermitian(a: Any) -> bool:
    """Is A = Aᴴ known?"""
    if is_scalar(a):
        return is_real_valued(a)
    return bool(a.shape[0] == a.shape[1] and conjugate(a) == transpose(a))


# ---------------------------------------------------------------- what is made of conjugates
def real_part(a: Any) -> Any:
    """Re A = ½(A + A*)."""
    return mul(HALF, add(a, conjugate(a)))


def squared_modulus(a: Any) -> Any:
    """|A|² entry by entry."""
    return a * conjugate(a) if is_scalar(a) else hadamard(a, conjugate(a))


def modulus(a: Any) -> Any:
    """|A| entry by entry."""
    return power(squared_modulus(a), HALF) if is_scalar(a) else hadamard_power(squared_modulus(a), HALF)


def complex_norm(a: Any) -> Any:
    """‖A‖ = √(A* : A)."""
    if is_scalar(a) or is_zero(a):
        return modulus(a)
    product = mul(transpose(conjugate(a)), a) if a.shape[1] == 1 else frobenius(conjugate(a), a)
    return power(product, HALF)


def _transpose_of_symbol(a: Any) -> Any:
    """Aᵀ = A* of a Hermitian A."""
    return Conjugate.make(a) if "hermitian" in properties_of(a) else Transpose.make(a)


def _transpose_of_conjugate(a: Any) -> Any:
    inner = a.args[0]
    if "hermitian" in properties_of(inner):
        return inner
    return a if is_symmetric(inner) else Transpose.make(a)


TRANSPOSED[StructuredSymbol] = _transpose_of_symbol
TRANSPOSED[Conjugate] = _transpose_of_conjugate
CONSTRUCTORS[Conjugate] = CONSTRUCTORS[ConjugateScalar] = conjugate
