"""How what moves entries about is computed: permutations, diagonals, vec, Kronecker products, blocks; and functions of
matrices, eigenvalues and singular values. One row for every node type.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Identity

from .. import algebra as alg
from ..algebra import nodes
from ..algebra.construct import split_coefficient
from ..algebra.core import shape_of
from ..operators.matrix_functions import Cholesky, FrechetMatrix, PseudoInverse
from ..operators.spectral import Eigenvalue, Eigenvector, NuclearNorm, PolarFactor, SingularPair, SpectralNorm
from ..operators.vech import Duplication, Elimination
from .factors import ONE, CommutationFactor, DiagonalFactor, KroneckerFactor, SelectionFactor, SliceFactor, UnitFactor
from .lowering import Lowered, Lowering, lowers
from .products import diagonal_of
from .program import Value
from .spectra import symmetric


# ---------------------------------------------------------------- permutations and selections
@lowers(nodes.UnitVector)
def _unit(lo: Lowering, node: Any) -> Lowered:
    index = lo.value(node.args[0][0])
    return UnitFactor(lo.builder, node.shape, lo.builder.subtract(index, lo.builder.number(1)))


@lowers(nodes.Commutation)
def _commutation(lo: Lowering, node: Any) -> Lowered:
    return CommutationFactor(lo.builder, node.shape, *node.args[0])


@lowers(Duplication, Elimination)
def _of_vech(lo: Lowering, node: Any) -> Lowered:
    n = node.args[0][0]
    return lo.builder.duplication(n) if isinstance(node, Duplication) else lo.builder.elimination(n)


@lowers(nodes.DiagonalSelection)
def _selection(lo: Lowering, node: Any) -> Lowered:
    return SelectionFactor(lo.builder, node.shape, node.args[0][0])


# ---------------------------------------------------------------- rearrangements
@lowers(nodes.DiagMatrix)
def _diag_matrix(lo: Lowering, node: Any) -> Lowered:
    return DiagonalFactor(lo.builder, node.shape, lo.value(node.args[0]))


@lowers(nodes.DiagVector)
def _diag_vector(lo: Lowering, node: Any) -> Lowered:
    a = node.args[0]
    if isinstance(a, nodes.MatSum):
        terms = [split_coefficient(t) for t in a.args]
        return lo.add_up(terms, lambda t: diagonal_of(lo.factors(t)), node.shape[:1])
    return diagonal_of(lo.factors(a))


@lowers(nodes.Triangle)
def _triangle(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.triangle(lo.value(node.args[0]), node.lower)


@lowers(nodes.Kronecker)
def _kronecker(lo: Lowering, node: Any) -> Lowered:
    return KroneckerFactor(lo.builder, node.shape, tuple(lo.factor(a) for a in node.args))


@lowers(nodes.Vec)
def _vec(lo: Lowering, node: Any) -> Lowered:
    """Columns stacked: the rows of the transpose."""
    b = lo.builder
    return b.flat(b.transpose(lo.value(node.args[0])))


@lowers(nodes.Unvec)
def _unvec(lo: Lowering, node: Any) -> Lowered:
    b, (rows, cols) = lo.builder, node.shape
    return b.transpose(b.reshape(lo.value(node.args[0]), (cols, rows)))


@lowers(nodes.BlockSum)
def _block_sum(lo: Lowering, node: Any) -> Lowered:
    """Σ_ij A_ij M_[ij]."""
    a, m = node.args
    (k, l), (p, q) = a.shape, node.shape
    return _contract_blocks(
        lo, m, (("i", k), ("p", p), ("j", l), ("q", q)), a, (("i", k), ("j", l)), (("p", p), ("q", q))
    )


@lowers(nodes.BlockInner)
def _block_inner(lo: Lowering, node: Any) -> Lowered:
    """[M_[pq] : B]_pq."""
    m, a = node.args
    (k, l), (p, q) = a.shape, node.shape
    return _contract_blocks(
        lo, m, (("p", p), ("i", k), ("q", q), ("j", l)), a, (("i", k), ("j", l)), (("p", p), ("q", q))
    )


def _contract_blocks(lo: Lowering, m: Any, cut: Any, a: Any, weights: Any, out: Any) -> Value:
    """A sum over blocks of M, whose axes are cut in two each; axes of length 1 are left out."""
    b = lo.builder
    blocks = b.reshape(lo.value(m), tuple(size for _, size in cut if size != ONE))
    letters = ["".join(letter for letter, size in axes if size != ONE) for axes in (cut, weights, out)]
    return b.einsum(f"{letters[1]},{letters[0]}->{letters[2]}", lo.value(a), blocks)


@lowers(nodes.Block)
def _block(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    rows, cols = (int(k) for k in node.args[0])
    parts = node.args[1:]
    if 1 in (rows, cols):  # [0; I; 0] and [0 I 0] select rows and columns
        inside = [at for at, part in enumerate(parts) if not alg.is_zero(part)]
        if len(inside) == 1 and (parts[inside[0]] == 1 or isinstance(parts[inside[0]], Identity)):
            lengths = [nodes.block_shape(part)[0 if cols == 1 else 1] for part in parts]
            start = Add(*lengths[: inside[0]])
            if 1 not in node.shape:
                return SliceFactor(b, node.shape, start, start + lengths[inside[0]])
            return UnitFactor(b, node.shape, b.size(start))
    if 1 in node.shape:
        return b.concatenate([lo.value(part) for part in parts], node.shape[0] * node.shape[1])
    whole = [_with_two_axes(lo, part) for part in parts]
    return b.block(rows, cols, whole, node.shape)


def _with_two_axes(lo: Lowering, part: Any) -> Value:
    """A column as an n×1 array; rows and numbers grow axes by themselves."""
    value = lo.value(part)
    return lo.builder.expand(value, 1) if value.rank == 1 and shape_of(part)[1] == 1 else value


# ---------------------------------------------------------------- functions of matrices, eigenvalues, singular values
@lowers(FrechetMatrix)
def _frechet_matrix(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.frechet_matrix(node.name, lo.value(node.args[1]))


@lowers(PseudoInverse)
def _pinv(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.pinv(lo.value(node.args[0]))


@lowers(Cholesky)
def _cholesky(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.cholesky(symmetric(lo, node.args[0]))


@lowers(Eigenvalue)
def _eigenvalue(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    values, _ = b.eigh(symmetric(lo, node.args[1]))
    return b.take(values, 0, b.number(_place(node.which)))


@lowers(Eigenvector)
def _eigenvector(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    _, vectors = b.eigh(symmetric(lo, node.args[1]))
    return b.take(vectors, 1, b.number(_place(node.which)))


def _place(which: str) -> int:
    """Where an eigenvalue stands in ascending order."""
    return -int(which) if which.isdecimal() else {"max": -1, "min": 0}[which]


@lowers(SpectralNorm)
def _spectral_norm(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    return b.take(b.svd(lo.value(node.args[0]))[1], 0, b.number(0))


@lowers(NuclearNorm)
def _nuclear_norm(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.sum(lo.builder.svd(lo.value(node.args[0]))[1])


@lowers(SingularPair)
def _singular_pair(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    u, _, vh = b.svd(lo.value(node.args[0]))
    return b.outer(b.take(u, 1, b.number(0)), b.take(vh, 0, b.number(0)))


@lowers(PolarFactor)
def _polar_factor(lo: Lowering, node: Any) -> Lowered:
    u, _, vh = lo.builder.svd(lo.value(node.args[0]))
    return lo.builder.matmul(u, vh)
