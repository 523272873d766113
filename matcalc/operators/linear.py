"""Sums, products, transposes and everything else that is linear in each argument."""

from __future__ import annotations

from typing import Any

from sympy import Tuple

from .. import algebra as alg
from ..algebra.core import shape_of
from ..algebra.nodes import (
    Block,
    BlockInner,
    BlockSum,
    DiagMatrix,
    DiagVector,
    Frobenius,
    Kronecker,
    MatProduct,
    MatSum,
    Named,
    NamedScalar,
    Norm,
    Total,
    Trace,
    Transpose,
    Triangle,
    Unvec,
    Vec,
    block_shape,
)
from ..maps import (
    BlockInnerWith,
    BlocksAgainst,
    BlockSumWith,
    Composition,
    DiagMap,
    DiagonalMap,
    IdentityMap,
    LinearMap,
    TotalMap,
    TraceMap,
    TransposeMap,
    UnvecMap,
    VecMap,
    WeightsOfBlocks,
    compose,
    frobenius_with,
    kronecker_left,
    kronecker_right,
    outer,
    sandwich,
)
from ..maps import Triangle as TriangleMap
from .table import Operator, Pairs, function, register

MN = "Magnus & Neudecker"


# ---------------------------------------------------------------- sums and products
def _sum(node: Any) -> Pairs:
    for term in node.args:
        yield term, IdentityMap(node.shape, node.shape)


register(Operator(MatSum, "sum rule", "d(A + B) = dA + dB", _sum, f"{MN} §8.2", linear=True))


def product_pairs(node: Any) -> Pairs:
    """d(c A B C) = dc ABC + c dA BC + c A dB C + c AB dC."""
    factors, c = node.factors, node.coefficient
    if c != 1:
        yield c, outer(alg.mul(*factors))
    for at, factor in enumerate(factors):
        left = alg.mul(c, *factors[:at])
        right = alg.mul(*factors[at + 1 :])
        yield factor, sandwich(left, right, shape_of(factor))


register(Operator(MatProduct, "product rule", "d(AB) = dA B + A dB", product_pairs, f"{MN} §8.2; Matrix Cookbook (37)"))


def _transposed(node: Any) -> Pairs:
    yield node.args[0], TransposeMap(shape_of(node.args[0]), node.shape)


register(
    Operator(Transpose, "transpose", "d(Aᵀ) = (dA)ᵀ", _transposed, f"{MN} §8.2; Matrix Cookbook (44)", linear=True)
)


# ---------------------------------------------------------------- scalars
def _trace(node: Any) -> Pairs:
    inner = node.args[0]
    functional = TraceMap(shape_of(inner), ())
    if isinstance(inner, MatProduct):  # one step for tr(A X B): the trace is carried along
        for operand, one in product_pairs(inner):
            yield operand, compose_unfused(functional, one)
    else:
        yield inner, functional


def compose_unfused(outermost: Any, inner: Any) -> Any:
    """tr ∘ (A · B), kept as it is written: tr(A dX B)."""
    if isinstance(inner, IdentityMap):
        return outermost
    return Composition(inner.domain, outermost.codomain, (outermost, inner))


def _trace_identity(node: Any) -> str:
    return "d tr(UV) = tr(dU V) + tr(U dV)" if isinstance(node.args[0], MatProduct) else "d tr A = tr dA"


register(
    Operator(
        Trace, "trace", _trace_identity, _trace, f"{MN} §8.3; Matrix Cookbook (36)", linear=True,
        formulas=("d tr A = tr dA", "d tr(UV) = tr(dU V) + tr(U dV)"),
    )
)  # fmt: skip


def _frobenius(node: Any) -> Pairs:
    a, b = node.args
    if a == b:  # d(A:A) = 2 A : dA
        yield a, frobenius_with(alg.mul(2, a), shape_of(a))
    else:
        yield a, frobenius_with(b, shape_of(a))
        yield b, frobenius_with(a, shape_of(b))


def _frobenius_identity(node: Any) -> str:
    return "d(A:A) = 2A : dA" if node.args[0] == node.args[1] else "d(A:B) = dA : B + A : dB"


register(
    Operator(
        Frobenius, "Frobenius product", _frobenius_identity, _frobenius, f"{MN} §8.2",
        formulas=("d(A:A) = 2A : dA", "d(A:B) = dA : B + A : dB"),
    )
)  # fmt: skip


def _norm(node: Any) -> Pairs:
    (a,) = node.args
    yield a, frobenius_with(alg.divide(a, node), shape_of(a))


register(
    Operator(
        Norm, "norm", "d‖A‖ = (A/‖A‖) : dA", _norm, "Matrix Cookbook (129)",
        assumes=lambda node: ("{} ≠ 0", node.args[0]), needs="A ≠ 0",
        kink=lambda node: "∂‖A‖ at A = 0 is the unit ball; the code divides by zero",
    )
)  # fmt: skip


def _total(node: Any) -> Pairs:
    (a,) = node.args
    yield a, TotalMap(shape_of(a), ())


register(Operator(Total, "sum of the entries", "d(𝟏ᵀA𝟏) = 𝟏ᵀ dA 𝟏", _total, f"{MN} §8.2", linear=True))


# ---------------------------------------------------------------- rearrangements
def _diag_matrix(node: Any) -> Pairs:
    (v,) = node.args
    yield v, DiagMap(shape_of(v), node.shape)


def _diag_vector(node: Any) -> Pairs:
    (a,) = node.args
    yield a, DiagonalMap(shape_of(a), node.shape)


register(Operator(DiagMatrix, "diagonal matrix", "d Diag(a) = Diag(da)", _diag_matrix, f"{MN} §1.3", linear=True))
register(Operator(DiagVector, "diagonal", "d diag(A) = diag(dA)", _diag_vector, f"{MN} §1.3", linear=True))


def _vec(node: Any) -> Pairs:
    (a,) = node.args
    yield a, VecMap(shape_of(a), node.shape)


def _unvec(node: Any) -> Pairs:
    v = node.args[0]
    yield v, UnvecMap(shape_of(v), node.shape)


register(Operator(Vec, "vec", "d vec A = vec dA", _vec, f"{MN} §2.4", linear=True))
register(Operator(Unvec, "unvec", "d unvec(a) = unvec(da)", _unvec, f"{MN} §2.4", linear=True))


def _kronecker(node: Any) -> Pairs:
    parts = node.args
    for at, part in enumerate(parts):
        one: LinearMap = IdentityMap(shape_of(part), shape_of(part))
        if at:
            one = compose(kronecker_left(alg.kron(*parts[:at]), one.codomain), one)
        if at + 1 < len(parts):
            one = compose(kronecker_right(alg.kron(*parts[at + 1 :]), one.codomain), one)
        yield part, one


register(Operator(Kronecker, "Kronecker product", "d(A ⊗ B) = dA ⊗ B + A ⊗ dB", _kronecker, f"{MN} §9.14"))


def _block_sum(node: Any) -> Pairs:
    a, m = node.args
    yield a, WeightsOfBlocks(shape_of(a), node.shape, m)
    yield m, BlockSumWith(shape_of(m), node.shape, a)


def _block_inner(node: Any) -> Pairs:
    m, b = node.args
    yield m, BlockInnerWith(shape_of(m), node.shape, b)
    yield b, BlocksAgainst(shape_of(b), node.shape, m)


register(
    Operator(
        BlockSum,
        "weighted sum of blocks",
        "d Σ A_ij M_[ij] = Σ dA_ij M_[ij] + Σ A_ij dM_[ij]",
        _block_sum,
        f"{MN} §9.14",
    )
)
register(
    Operator(
        BlockInner, "blocks against B", "d[M_[pq] : B] = [dM_[pq] : B] + [M_[pq] : dB]", _block_inner, f"{MN} §9.14"
    )
)


def _block(node: Any) -> Pairs:
    rows, cols = (int(k) for k in node.args[0])
    parts = node.args[1:]
    heights = [block_shape(parts[i * cols])[0] for i in range(rows)]
    widths = [block_shape(parts[j])[1] for j in range(cols)]
    for i in range(rows):
        for j in range(cols):
            part = parts[i * cols + j]
            place, across = _selection(heights, i), _selection(widths, j)
            yield part, sandwich(place, alg.transpose(across), shape_of(part))


def _selection(sizes: list[Any], at: int) -> Any:
    """[0; I; 0], the columns of the identity that put a block in its place."""
    parts = [alg.identity(s) if k == at else alg.zeros(s, sizes[at]) for k, s in enumerate(sizes)]
    return parts[0] if len(parts) == 1 else Block.make(Tuple(len(parts), 1), *parts)


register(Operator(Block, "blocks", "d[A B] = [dA dB]", _block, f"{MN} §1.5", linear=True))


def _triangle(node: Any) -> Pairs:
    yield node.args[0], TriangleMap(node.shape, node.shape, node.lower)


register(Operator(Triangle, "triangle", "d tril(A) = tril(dA)", _triangle, f"{MN} §3.5", linear=True))


# ---------------------------------------------------------------- names
def _named(node: Any) -> Pairs:
    shape = shape_of(node)
    yield node.definition, IdentityMap(shape, shape)


def _named_identity(node: Any) -> str:
    return "definition"


for _cls in (Named, NamedScalar):
    register(Operator(_cls, "definition", _named_identity, _named, "", linear=True))


# ---------------------------------------------------------------- in the language
def _row_sums(a: Any) -> Any:
    return a if alg.is_scalar(a) else alg.mul(a, alg.ones(a.shape[1], 1))


function("tr", "(n, n) -> ()", alg.trace, "trace", ("trace",))
function("sum", "S -> ()", alg.total, "sum of all entries")
function("mean", "S -> ()", lambda a: alg.divide(alg.total(a), alg.size_of(a)), "mean of all entries")
function("dot", "S, S -> ()", alg.frobenius, "inner product")
function("diag", "(n,) -> (n, n) | (n, n) -> (n,)", alg.diag, "diagonal matrix of a vector; diagonal of a matrix")
function("Diag", "(n,) -> (n, n)", alg.diag_matrix, "diagonal matrix of a vector")
function("vec", "(m, n) -> (m*n,)", alg.vec, "columns stacked")
function("kron", "(m, n), (p, q) -> (m*p, n*q)", alg.kron, "Kronecker product")
function("outer", "(m,), (n,) -> (m, n)", lambda u, v: alg.mul(u, alg.transpose(v)), "outer product u vᵀ")
function("rowsum", "(m, n) -> (m,)", _row_sums, "sums of the rows")
function("colsum", "(m, n) -> (n,)", lambda a: _row_sums(alg.transpose(a)), "sums of the columns")
function("tril", "(m, n) -> (m, n)", lambda a: alg.triangle(a, True), "lower triangle")
function("triu", "(m, n) -> (m, n)", lambda a: alg.triangle(a, False), "upper triangle")
function(
    "cumsum", "(n,) -> (n,)",
    lambda a: alg.mul(alg.triangle(alg.ones(a.shape[0], a.shape[0]), True), a), "running sums",
)  # fmt: skip


def _blockdiag(*parts: Any) -> Any:
    """The block diagonal matrix of its arguments."""
    rows = [
        [p if i == j else alg.zeros(block_shape(p)[0], block_shape(q)[1]) for j, q in enumerate(parts)]
        for i, p in enumerate(parts)
    ]
    return alg.block(rows)


function("blockdiag", "(m, n), (p, q) -> (m + p, n + q)", _blockdiag, "block diagonal matrix")
