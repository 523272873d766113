"""How two neighbouring linear maps become one: the rules by which a composition stays short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Mul

from ..algebra import hadamard, mul
from .core import IdentityMap, LinearMap
from .elementary import (
    DiagMap,
    DiagonalMap,
    FrobeniusWith,
    HadamardWith,
    Outer,
    Sandwich,
    Scaling,
    TransposeMap,
    UnvecMap,
    VecMap,
    frobenius_with,
    hadamard_with,
    outer,
    sandwich,
    scaling,
)

Rule = Callable[[Any, Any], "LinearMap | None"]

RULES: dict[tuple[type, type], Rule] = {
    (Scaling, Scaling): lambda L, N: scaling(Mul(L.factor, N.factor), N.domain),
    (Scaling, Sandwich): lambda L, N: sandwich(mul(L.factor, N.left), N.right, N.domain),
    (Sandwich, Scaling): lambda L, N: sandwich(mul(N.factor, L.left), L.right, N.domain),
    (Scaling, HadamardWith): lambda L, N: hadamard_with(mul(L.factor, N.array), N.domain),
    (HadamardWith, Scaling): lambda L, N: hadamard_with(mul(N.factor, L.array), N.domain),
    (Sandwich, Sandwich): lambda L, N: sandwich(mul(L.left, N.left), mul(N.right, L.right), N.domain),  # A(C dX D)B
    (HadamardWith, HadamardWith): lambda L, N: hadamard_with(hadamard(L.array, N.array), N.domain),
    (TransposeMap, TransposeMap): lambda L, N: scaling(1, N.domain),
    (VecMap, UnvecMap): lambda L, N: scaling(1, N.domain),
    (UnvecMap, VecMap): lambda L, N: scaling(1, N.domain) if L.codomain == N.domain else None,
    (DiagonalMap, DiagMap): lambda L, N: scaling(1, N.domain),  # diag(Diag(x)) = x
}


def fuse(left: LinearMap, right: LinearMap) -> LinearMap | None:
    """``left ∘ right`` as one map, or None where there is no shorter form."""
    if isinstance(left, FrobeniusWith):  # A : N(dX) = N*(A) : dX
        return frobenius_with(right.pull(left.array), right.domain)
    if left.codomain == () and not isinstance(left, (Scaling, IdentityMap)):  # a functional is A : dX for one A
        return (
            fuse(frobenius_with(left.pull(1), left.domain), right)
            if not isinstance(right, Outer)
            else scaling(left.apply(right.array), ())
        )
    if isinstance(right, Outer):  # L(dc E) = dc L(E)
        return outer(left.apply(right.array))
    rule = RULES.get((type(left), type(right)))
    return rule(left, right) if rule else None
