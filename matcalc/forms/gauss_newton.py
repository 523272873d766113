"""The Gauss–Newton matrix JᵀJ of ½‖r‖²: the Hessian without the second derivatives of the residuals.

Reference: Nocedal & Wright, Numerical Optimization, §10.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Add, Pow

from ..algebra import add, contains, is_scalar, mul, replace, transpose, vec
from ..algebra.nodes import Frobenius, HadamardPower, Norm, Total, is_named
from ..calculus.jacobian import jacobian_matrix
from ..calculus.simplify import expand_names, simplify
from ..errors import DerivationError


def gauss_newton(value: Any, variable: Any, structured: Mapping[Any, Any] | None = None) -> Any:
    """Σ 2c_k J_kᵀJ_k for a value Σ c_k‖r_k‖², J_k the Jacobian of vec r_k: JᵀJ for ½‖r‖².

    Terms without the variable count nothing. Raises DerivationError where another term contains the variable.
    """
    if not is_scalar(value):
        raise DerivationError("the Gauss–Newton matrix needs a scalar: a sum of squares")
    plain = expand_names(value)
    terms = []
    for term in Add.make_args(plain.expand() if plain.is_Mul else plain):
        if contains(term, variable):
            weight, residual = _square(term, variable)
            j = jacobian_matrix(residual, variable)
            j = vec(j) if is_scalar(variable) else j
            terms.append(mul(2 * weight, transpose(j), j))
    if not terms:
        raise DerivationError("the value does not depend on the variable")
    return simplify(replace(add(*terms), dict(structured or {})))


def _square(term: Any, variable: Any) -> tuple[Any, Any]:
    """c, r with the term c‖r‖²."""
    for factor in term.args if term.is_Mul else (term,):
        weight = term / factor
        residual = _residual(factor)
        if residual is not None and not contains(weight, variable):
            return weight, residual
    raise DerivationError(
        f"{term} is not a square: the Gauss–Newton matrix is that of a sum of terms c‖r‖²",
        hint='kind="hessian" gives the Hessian of any value',
    )


def _residual(node: Any) -> Any:
    """r where the node is ‖r‖², r : r, or the sum of the squares of r; None otherwise."""
    if is_named(node):
        return _residual(node.definition)
    if isinstance(node, Pow) and node.args[1] == 2:
        return node.args[0].args[0] if isinstance(node.args[0], Norm) else node.args[0]
    if isinstance(node, Frobenius) and node.args[0] == node.args[1]:
        return node.args[0]
    if isinstance(node, Total) and isinstance(node.args[0], HadamardPower) and node.args[0].args[1] == 2:
        return node.args[0].args[0]
    return None
