"""The Gauss–Newton matrix JᵀJ of ½‖r‖²: the Hessian without the second derivatives of the residuals.

Reference: Nocedal & Wright, Numerical Optimization, §10.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sympy import Add, Pow

from ..algebra import contains, is_scalar, shape_of
from ..algebra.nodes import Frobenius, HadamardPower, Norm, Total, is_named
from ..calculus.intermediates import Names, name_intermediates
from ..calculus.jacobian import differential_map
from ..calculus.simplify import expand_names
from ..errors import DerivationError
from ..maps import LinearMap, ZeroMap, compose, scaling, sum_maps
from .closed import on_vec
from .derivative import Derivative, Maker, derivatives_of


def gauss_newton(value: Any, variable: Any, structured: Mapping[Any, Any] | None = None) -> Any:
    """Σ 2c_k J_kᵀJ_k for a value Σ c_k‖r_k‖², J_k the Jacobian of vec r_k on vec: JᵀJ for ½‖r‖².

    Terms without the variable count nothing. Raises DerivationError where another term contains the variable.
    """
    return on_vec(gauss_newtons(value, {"X": variable}, structured=structured)["X,X"])


def gauss_newtons(
    value: Any,
    variables: Mapping[str, Any],
    kind: str | None = None,
    *,
    letter: str | None = None,
    taken: Collection[str] = (),
    structured: Mapping[Any, Any] | None = None,
    structure: str | None = None,
    gradients: Mapping[str, Any] | None = None,
) -> dict[str, Derivative]:
    """The Gauss–Newton map by pairs of variables, ``"a,b"``, as the maps of a Hessian: dB ↦ Σ 2c J_a*(J_b(dB))."""
    if not is_scalar(value):
        raise DerivationError("the Gauss–Newton matrix needs a scalar: a sum of squares")
    made = Maker(frozenset({*map(str, taken), *map(str, variables)}), structured or {}, structure, letter or "f")
    squares = list(_squares(value, variables, Names(made.taken)))
    if not squares:
        raise DerivationError("the value does not depend on the variable")
    return {
        f"{a},{b}": made.block(value, b, y, _map(squares, x, y), a, x)
        for a, x in variables.items()
        for b, y in variables.items()
    }


def gauss_newton_of(derivation: Any) -> dict[str, Derivative]:
    """The Gauss–Newton maps of a derivation, by pairs of its variables."""
    return derivatives_of(derivation, gauss_newtons)


def residuals_of(derivation: Any) -> list[tuple[Any, Any]]:
    """c, r with the value Σ c‖r‖², the intermediates of each r named."""
    taken = {*derivation.program.symbols, *derivation.variables}
    return list(_squares(derivation.expression, derivation.variables, Names(frozenset(map(str, taken)))))


def _map(squares: list[tuple[Any, Any]], x: Any, y: Any) -> LinearMap:
    """dY ↦ Σ 2c J_x*(J_y(dY)): of ½‖r‖² the product of J_y and the adjoint of J_x."""
    terms = []
    for weight, residual in squares:
        left, right = differential_map(residual, x), differential_map(residual, y)
        if not (isinstance(left, ZeroMap) or isinstance(right, ZeroMap)):
            terms.append(compose(left.adjoint(), scaling(2 * weight, shape_of(residual)), right))
    return sum_maps(terms, shape_of(y), shape_of(x))


def _squares(value: Any, variables: Mapping[str, Any], names: Names) -> Iterator[tuple[Any, Any]]:
    """c, r with the value Σ c‖r‖², the intermediates of each r named."""
    plain = expand_names(value)
    for term in Add.make_args(plain.expand() if plain.is_Mul else plain):
        if any(contains(term, x) for x in variables.values()):
            weight, residual = _square(term, variables.values())
            yield weight, name_intermediates(residual, variables.values(), names)


def _square(term: Any, variables: Collection[Any]) -> tuple[Any, Any]:
    """c, r with the term c‖r‖²."""
    for factor in term.args if term.is_Mul else (term,):
        weight = term / factor
        residual = _residual(factor)
        if residual is not None and not any(contains(weight, x) for x in variables):
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
