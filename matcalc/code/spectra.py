"""How functions of a symmetric matrix are computed: from its eigenvalues and eigenvectors, and divided differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import S

from .. import algebra as alg
from ..algebra.conjugate import is_complex_symbol
from ..algebra.construct import is_symmetric
from ..algebra.nodes import is_symbol
from ..operators.matrix_functions import ANALYTIC, Frechet, MatrixFunction
from ..operators.spectral_functions import (
    SecondSpectralFrechet,
    SpectralFrechet,
    SpectralFrechetMatrix,
    SpectralFunction,
    values_at,
)
from .builder import Builder
from .factors import Dense, SpectralFactor
from .lowering import Lowered, Lowering, lowers
from .products import chain
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


def known_symmetric(lo: Lowering, a: Any) -> bool:
    """Is it symmetric, or declared to be?"""
    given = lo.given(a) if is_symbol(a) else None
    return bool(given and given.properties & {"symmetric", "spd", "diagonal"}) or is_symmetric(a)


def known_hermitian(lo: Lowering, a: Any) -> bool:
    """Is it known to be symmetric, and real?"""
    some = any(is_complex_symbol(one.symbol) for one in lo.builder.inputs)
    return known_symmetric(lo, a) and not (some and any(map(is_complex_symbol, a.free_symbols)))


def symmetric(lo: Lowering, a: Any) -> Value:
    """The symmetric part, where a is not known or declared to be symmetric."""
    value = lo.value(a)
    return value if known_symmetric(lo, a) else lo.builder.symmetric_part(value)


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
        return cls.of_function(lo, fn, x, orders)

    @classmethod
    def of_function(cls, lo: Lowering, fn: Any, x: Any, orders: int) -> _Spectrum:
        w, V = lo.builder.eigh(symmetric(lo, x))
        values = [lo.value(f) for f in values_at(fn, _Eigenvalues.make(x), orders)]
        return cls(lo.builder, w, V, [lo.builder.broadcast(f, w.shape) for f in values])

    def between(self, lo: Lowering, e: Any) -> Value:
        """VᵀEV, in the cheapest order where E is a product."""
        c, core = alg.split_coefficient(e)
        V = Dense(self.b, e.shape, self.V)
        product = chain([V.T, *lo.factors(core), V]).dense()
        return product if c == 1 else self.b.multiply(lo.value(c), product)

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
    one = _Spectrum.of(lo, node, 1)
    return SpectralFactor(lo.builder, node.shape, one.V, one.values[0])


@lowers(MatrixFunction)
def _matrix_function(lo: Lowering, node: Any) -> Lowered:
    """By the spectrum, or by the library's expm, logm, …"""
    x = node.args[1]
    if not known_hermitian(lo, x):
        return lo.builder.matrix_function(node.name, lo.value(x))
    one = _Spectrum.of_function(lo, ANALYTIC[node.name].scalar, x, 1)
    return SpectralFactor(lo.builder, node.shape, one.V, one.values[0])


@lowers(Frechet)
def _matrix_frechet(lo: Lowering, node: Any) -> Lowered:
    """V (F ⊙ VᵀEV) Vᵀ for a symmetric matrix (Daleckii & Krein, for any E), else a block of f([X E; 0 X])."""
    _, x, e = node.args
    b = lo.builder
    if not known_hermitian(lo, x):
        return b.frechet(node.name, lo.value(x), lo.value(e))
    if node.name == "sqrtm":  # (a − b)/(√a − √b) = √a + √b
        one = _Spectrum.of_function(lo, "sqrt", x, 1)
        (root,) = one.values
        return one.outside(b.divide(one.between(lo, e), b.add(b.expand(root, 1), b.expand(root, 0))))
    one = _Spectrum.of_function(lo, ANALYTIC[node.name].scalar, x, 2)
    return one.outside(b.multiply(b.divided_differences(one.w, *one.values), one.between(lo, e)))


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
