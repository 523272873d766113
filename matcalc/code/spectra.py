"""How functions of a symmetric matrix are computed: from its eigenvalues and eigenvectors, and divided differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import S

from .. import algebra as alg
from ..algebra.construct import is_symmetric
from ..algebra.nodes import is_symbol
from ..operators.spectral_functions import (
    SecondSpectralFrechet,
    SpectralFrechet,
    SpectralFrechetMatrix,
    SpectralFunction,
    values_at,
)
from .builder import Builder
from .lowering import Lowered, Lowering, lowers
from .program import Value


class _Eigenvalues(alg.MatrixNode):
    """The eigenvalues of a symmetric matrix, as a vector that functions of one number can be applied to."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return (args[0].shape[0], S.One)


@lowers(_Eigenvalues)
def _eigenvalues(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.eigh(symmetric(lo, node.args[0]))[0]


def symmetric(lo: Lowering, a: Any) -> Value:
    """The symmetric part, where a is not known or declared to be symmetric."""
    given = lo.given(a) if is_symbol(a) else None
    declared = given.properties & {"symmetric", "spd", "diagonal"} if given else ()
    value = lo.value(a)
    return value if declared or is_symmetric(a) else lo.builder.symmetric_part(value)


@dataclass(frozen=True)
class _Spectrum:
    """X = V Diag(w) Vᵀ, and the values of f and its derivatives at w."""

    b: Builder
    w: Value
    V: Value
    values: list[Value]

    @classmethod
    def of(cls, lo: Lowering, node: Any, orders: int) -> _Spectrum:
        fn, x = node.args[:2]
        w, V = lo.builder.eigh(symmetric(lo, x))
        values = [lo.value(f) for f in values_at(fn, _Eigenvalues.make(x), orders)]
        return cls(lo.builder, w, V, [lo.builder.broadcast(f, w.shape) for f in values])

    def inside(self, e: Value) -> Value:
        """VᵀEV."""
        return self.b.matmul(self.b.matmul(self.b.transpose(self.V), e), self.V)

    def outside(self, e: Value) -> Value:
        """VEVᵀ."""
        return self.b.matmul(self.b.matmul(self.V, e), self.b.transpose(self.V))

    def on_vec(self, half: Value) -> Value:
        """From T_acj the matrix on vec of Σ_j T_acj V_bj V_dj, of symmetric arguments."""
        b = self.b
        whole = b.einsum("acj,bj,dj->abcd", half, self.V, self.V)
        return b.multiply(b.number(S.Half), b.add(whole, b.transpose(whole, (0, 1, 3, 2))))


@lowers(SpectralFunction)
def _function(lo: Lowering, node: Any) -> Lowered:
    """V Diag(f(w)) Vᵀ."""
    one, b = _Spectrum.of(lo, node, 1), lo.builder
    return b.matmul(b.multiply(one.V, b.expand(one.values[0], 0)), b.transpose(one.V))


@lowers(SpectralFrechet)
def _frechet(lo: Lowering, node: Any) -> Lowered:
    """V (F ⊙ VᵀEV) Vᵀ."""
    one, b = _Spectrum.of(lo, node, 2), lo.builder
    F = b.divided_differences(one.w, *one.values)
    return one.outside(b.multiply(F, one.inside(symmetric(lo, node.args[2]))))


@lowers(SecondSpectralFrechet)
def _second(lo: Lowering, node: Any) -> Lowered:
    """V (S + Sᵀ) Vᵀ, S_ij = Σ_k f[w_i, w_k, w_j] E_ik H_kj in the basis of the eigenvectors."""
    one, b = _Spectrum.of(lo, node, 3), lo.builder
    E, H = (one.inside(symmetric(lo, a)) for a in node.args[2:])
    half = b.einsum("ikj,ik,kj->ij", b.second_divided_differences(one.w, *one.values), E, H)
    return one.outside(b.add(half, b.transpose(half)))


@lowers(SpectralFrechetMatrix)
def _matrix(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    if len(node.args) == 2:
        one = _Spectrum.of(lo, node, 2)
        F = b.divided_differences(one.w, *one.values)
        return b.vec_matrix(one.on_vec(b.einsum("ai,ci,ij->acj", one.V, one.V, F)), 2)
    one = _Spectrum.of(lo, node, 3)
    E, T = one.inside(symmetric(lo, node.args[2])), b.second_divided_differences(one.w, *one.values)
    whole = one.on_vec(b.einsum("ai,ijc->acj", one.V, b.einsum("ipj,ip,cp->ijc", T, E, one.V)))
    return b.vec_matrix(b.add(whole, b.transpose(whole, (1, 0, 2, 3))), 2)


__all__ = ["symmetric"]
