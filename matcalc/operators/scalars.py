"""Scalar algebra: SymPy's own sums, products, powers and functions."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Add, Mul, Pow

from ..algebra import mul
from ..algebra.core import shape_of
from ..algebra.entrywise import SCALAR_FUNCTIONS
from ..algebra.nodes import Norm
from ..maps import frobenius_with, scaling
from .entrywise import FUNCTION_TABLE, kink_of
from .table import Operator, Pairs, register


def _add(node: Any) -> Pairs:
    for term in node.args:
        yield term, scaling(1, ())


register(Operator(Add, "sum rule", "d(a + b) = da + db", _add, "", linear=True))


def _mul(node: Any) -> Pairs:
    for at, factor in enumerate(node.args):
        yield factor, scaling(Mul(*node.args[:at], *node.args[at + 1 :]), ())


register(Operator(Mul, "product rule", "d(ab) = da b + a db", _mul, ""))


def _pow(node: Any) -> Pairs:
    base, p = node.args
    if isinstance(base, Norm) and p.is_Integer and p >= 2:  # ‖A‖^p = (A:A)^{p/2}, smooth at 0
        a = base.args[0]
        yield a, frobenius_with(mul(p * Pow(base, p - 2), a), shape_of(a))
        return
    yield base, scaling(p * Pow(base, p - 1), ())
    if not p.is_number:
        yield p, scaling(node * sympy.log(base), ())


def _pow_identity(node: Any) -> str:
    base, p = node.args
    if isinstance(base, Norm) and p.is_Integer and p >= 2:
        return "‖A‖² = A : A, d(A:A) = 2A : dA" if p == 2 else "d‖A‖ᵖ = p‖A‖ᵖ⁻² A : dA"
    if p == -1:
        return "d(1/a) = −da/a²"
    return "d aᵖ = p aᵖ⁻¹ da"


def _pow_assumes(node: Any) -> tuple[Any, ...]:
    base, p = node.args
    if p.is_integer:
        return () if p.is_nonnegative else ("{} ≠ 0", base)
    return ("{} > 0", base) if not isinstance(base, Norm) else ("{} ≠ 0", base.args[0])


register(
    Operator(
        Pow, "power rule", _pow_identity, _pow, "", _pow_assumes,
        needs="a > 0, or an integer power (a ≠ 0 where it is negative)",
        formulas=("d aᵖ = p aᵖ⁻¹ da", "d(1/a) = −da/a²", "d‖A‖ᵖ = p‖A‖ᵖ⁻² A : dA"),
    )
)  # fmt: skip

_NAMES = {cls: name for name, cls in SCALAR_FUNCTIONS.items()}


def _function(node: Any) -> Pairs:
    (t,) = node.args
    yield t, scaling(FUNCTION_TABLE[_NAMES[type(node)]].derivative(t), ())


def _function_identity(node: Any) -> str:
    row = FUNCTION_TABLE[_NAMES[type(node)]]
    return (
        f"d {row.name}(a) = {row.formula.replace(' ⊙ dA', ' da').replace('⊘', '/').replace('⊙', '·').replace('A', 'a')}"
    )


def _function_assumes(node: Any) -> tuple[Any, ...]:
    domain = FUNCTION_TABLE[_NAMES[type(node)]].domain
    return (domain, node.args[0]) if domain else ()


for _cls in _NAMES:
    register(
        Operator(
            _cls, "chain rule", _function_identity, _function, "", _function_assumes,
            kink=lambda node: kink_of(_NAMES[type(node)]),
        )
    )  # fmt: skip
