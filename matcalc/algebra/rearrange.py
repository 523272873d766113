"""Canonical constructors of what moves entries about: Diag and diag, vec, Kronecker products, blocks, names."""

from __future__ import annotations

from typing import Any

from sympy import Identity, Mul, S, Tuple
from sympy.core.symbol import Str
from sympy.matrices.expressions.special import OneMatrix

from ..errors import ShapeError
from . import construct, entrywise
from .core import is_scalar, properties_of, shape_of, show_shape
from .nodes import (
    CONSTRUCTORS,
    SYMMETRIC,
    TRANSPOSED,
    Block,
    BlockInner,
    BlockSum,
    Commutation,
    DiagMatrix,
    DiagonalSelection,
    DiagVector,
    Kronecker,
    MatProduct,
    MatSum,
    Named,
    NamedScalar,
    Transpose,
    Triangle,
    UnitVector,
    Unvec,
    Vec,
    block_shape,
)


def diag_matrix(v: Any) -> Any:
    """Diag(v): the diagonal matrix of a vector (or a row)."""
    if is_scalar(v):
        return v
    if 1 not in v.shape:
        raise ShapeError(f"Diag needs a vector, not {show_shape(shape_of(v))}")
    v = construct.transpose(v) if v.shape[1] != S.One else v
    coefficient, core = construct.split_coefficient(v)
    if construct.is_zero(core):
        return construct.zeros(v.shape[0], v.shape[0])
    inner = construct.identity(v.shape[0]) if isinstance(core, OneMatrix) else DiagMatrix.make(core)
    return construct.scale(coefficient, inner)


def diag_vector(a: Any) -> Any:
    """diag(A): the diagonal of a square matrix, as a vector."""
    if is_scalar(a):
        return a
    construct.require_square(a, "diag")
    coefficient, core = construct.split_coefficient(a)
    if construct.is_zero(core):
        return construct.zeros(a.shape[0], 1)
    if isinstance(core, DiagMatrix):
        inner = core.args[0]
    elif isinstance(core, (Identity, OneMatrix)):
        inner = construct.ones(a.shape[0], 1)
    elif isinstance(core, Transpose):
        inner = diag_vector(core.args[0])
    elif isinstance(core, MatProduct) and (found := _diagonal_of_product(core)) is not None:
        inner = found
    elif isinstance(core, MatSum) and all(_diagonal_of_product(t) is not None for t in core.args):
        inner = construct.add(*(diag_vector(t) for t in core.args))
    else:
        inner = DiagVector.make(core)
    return construct.mul(coefficient, inner)


def _diagonal_of_product(a: Any) -> Any:
    """diag(u vᵀ) = u ⊙ v; diag(P Diag(x) Q) = (P ⊙ Qᵀ) x; None for another product."""
    if not isinstance(a, MatProduct):
        return None
    factors = a.factors
    cut = next((k for k in range(1, len(factors)) if factors[k].shape[0] == S.One), None)
    if cut is not None:
        u, v = construct.mul(*factors[:cut]), construct.transpose(construct.mul(*factors[cut:]))
        return construct.mul(a.coefficient, entrywise.hadamard(u, v))
    at = [k for k, f in enumerate(factors) if isinstance(f, DiagMatrix)]
    if len(at) == 1 and 0 < at[0] < len(factors) - 1:
        left, right = construct.mul(*factors[: at[0]]), construct.mul(*factors[at[0] + 1 :])
        weights = entrywise.hadamard(left, construct.transpose(right))
        return construct.mul(a.coefficient, weights, factors[at[0]].args[0])
    return None


def triangle(a: Any, lower: bool) -> Any:
    """tril(A) or triu(A)."""
    if is_scalar(a):
        return a
    coefficient, core = construct.split_coefficient(a)
    kept = {"lower", "diagonal"} if lower else {"upper", "diagonal"}
    unchanged = isinstance(core, (DiagMatrix, Identity)) or properties_of(core) & kept
    if construct.is_zero(core) or unchanged or (isinstance(core, Triangle) and core.lower == lower):
        return a
    return construct.scale(coefficient, Triangle.make(core, Str("tril" if lower else "triu")))


def diag(a: Any) -> Any:
    """Both ways: a vector becomes a diagonal matrix, a square matrix its diagonal."""
    return diag_matrix(a) if is_scalar(a) or 1 in a.shape else diag_vector(a)


def kron(*factors: Any) -> Any:
    """A ⊗ B ⊗ …"""
    scalars: list[Any] = []
    parts: list[Any] = []
    for f in factors:
        coefficient, core = (f, None) if is_scalar(f) else construct.split_coefficient(f)
        scalars.append(coefficient)
        if core is not None:
            parts.extend(core.args if isinstance(core, Kronecker) else [core])
    if not parts:
        return Mul(*scalars)
    rows, cols = Mul(*(p.shape[0] for p in parts)), Mul(*(p.shape[1] for p in parts))
    if any(construct.is_zero(p) for p in parts):
        return construct.zeros(rows, cols)
    if all(isinstance(p, Identity) for p in parts):
        return construct.scale(Mul(*scalars), construct.identity(rows))
    if all(isinstance(p, OneMatrix) for p in parts):
        return construct.scale(Mul(*scalars), construct.ones(rows, cols))
    inner = parts[0] if len(parts) == 1 else Kronecker.make(*parts)
    return construct.scale(Mul(*scalars), inner)


def vec(a: Any) -> Any:
    """vec A: the columns of A, stacked."""
    if is_scalar(a):
        return a
    if a.shape[1] == S.One:
        return a
    if a.shape[0] == S.One:
        return construct.transpose(a)
    coefficient, core = construct.split_coefficient(a)
    if isinstance(core, Unvec):
        inner = core.args[0]
    elif isinstance(core, OneMatrix):
        inner = construct.ones(core.shape[0] * core.shape[1], 1)
    elif construct.is_zero(core):
        inner = construct.zeros(core.shape[0] * core.shape[1], 1)
    else:
        inner = Vec.make(core)
    return construct.scale(coefficient, inner)


def unvec(v: Any, rows: Any, cols: Any) -> Any:
    """The rows×cols matrix whose vec is v."""
    if is_scalar(v):
        return v
    if v.shape != (rows * cols, S.One):
        raise ShapeError(f"cannot fill a {rows}×{cols} matrix from {show_shape(shape_of(v))}")
    if cols == S.One:
        return v
    if rows == S.One:
        return construct.transpose(v)
    coefficient, core = construct.split_coefficient(v)
    if isinstance(core, Vec) and shape_of(core.args[0]) == (rows, cols):
        return construct.scale(coefficient, core.args[0])
    if isinstance(core, OneMatrix):
        return construct.scale(coefficient, construct.ones(rows, cols))
    if construct.is_zero(core):
        return construct.zeros(rows, cols)
    return construct.scale(coefficient, Unvec.make(core, Tuple(rows, cols)))


def commutation(m: Any, n: Any) -> Any:
    """K_mn: K_mn vec X = vec Xᵀ for X m×n; the identity where either is 1."""
    return construct.identity(m * n) if m == S.One or n == S.One else Commutation.make(Tuple(m, n))


def diagonal_selection(n: Any) -> Any:
    """E_n, n²×n, with vec Diag(x) = E_n x; 1 for n = 1."""
    return S.One if n == S.One else DiagonalSelection.make(Tuple(n))


def block_sum(a: Any, m: Any) -> Any:
    """Σ_ij A_ij M_[ij], for M of the shape of A ⊗ X."""
    (c, a), (d, m) = construct.split_coefficient(a), construct.split_coefficient(m)
    if construct.is_zero(a) or construct.is_zero(m):
        return construct.zeros(*(p / k for p, k in zip(m.shape, a.shape, strict=True)))
    if isinstance(m, Kronecker) and m.args[0].shape == a.shape:  # Σ A_ij C_ij D = (A:C) D
        return construct.mul(c, d, construct.frobenius(a, m.args[0]), kron(*m.args[1:]))
    if isinstance(m, Identity) and a.shape[0] == a.shape[1]:  # I = I ⊗ I
        return construct.mul(c, d, construct.trace(a), construct.identity(m.shape[0] / a.shape[0]))
    return construct.mul(c, d, _unless_scalar(BlockSum, a, m))


def block_inner(m: Any, b: Any) -> Any:
    """[M_[pq] : B]_pq, for M of the shape of X ⊗ B."""
    (c, m), (d, b) = construct.split_coefficient(m), construct.split_coefficient(b)
    if construct.is_zero(m) or construct.is_zero(b):
        return construct.zeros(*(p / k for p, k in zip(m.shape, b.shape, strict=True)))
    if isinstance(m, Kronecker) and m.args[-1].shape == b.shape:
        return construct.mul(c, d, construct.frobenius(b, m.args[-1]), kron(*m.args[:-1]))
    if isinstance(m, Identity) and b.shape[0] == b.shape[1]:
        return construct.mul(c, d, construct.trace(b), construct.identity(m.shape[0] / b.shape[0]))
    return construct.mul(c, d, _unless_scalar(BlockInner, m, b))


def _unless_scalar(cls: Any, a: Any, b: Any) -> Any:
    """A 1×1 result is the Frobenius product of the two."""
    return construct.frobenius(a, b) if a.shape == b.shape else cls.make(a, b)


def unit_vector(i: Any, n: Any) -> Any:
    """e_i of length n."""
    return UnitVector.make(Tuple(i, n))


def block(rows: list[list[Any]]) -> Any:
    """[A, B; C, D]: blocks whose heights and widths agree."""
    for row in rows:
        if len(row) != len(rows[0]):
            raise ShapeError("every row of blocks needs the same number of blocks")
        for part in row:
            if block_shape(part)[0] != block_shape(row[0])[0]:
                raise ShapeError("blocks beside each other need equal numbers of rows")
    for j in range(len(rows[0])):
        for row in rows:
            if block_shape(row[j])[1] != block_shape(rows[0][j])[1]:
                raise ShapeError("blocks above each other need equal numbers of columns")
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    return Block.make(Tuple(len(rows), len(rows[0])), *(part for row in rows for part in row))


def _transpose_block(a: Any) -> Any:
    rows, cols = (int(k) for k in a.args[0])
    parts = a.args[1:]
    turned = [construct.transpose(parts[i * cols + j]) for j in range(cols) for i in range(rows)]
    return Block.make(Tuple(cols, rows), *turned)


TRANSPOSED[Triangle] = lambda a: triangle(construct.transpose(a.args[0]), not a.lower)
TRANSPOSED[Block] = _transpose_block
TRANSPOSED[Kronecker] = lambda a: kron(*(construct.transpose(f) for f in a.args))
TRANSPOSED[Commutation] = lambda a: commutation(a.args[0][1], a.args[0][0])
SYMMETRIC[Kronecker] = lambda a: all(construct.is_symmetric(f) for f in a.args)

CONSTRUCTORS.update(
    {
        DiagMatrix: diag_matrix,
        DiagVector: diag_vector,
        Kronecker: kron,
        Triangle: lambda a, which: triangle(a, str(which) == "tril"),
        Vec: vec,
        BlockSum: block_sum,
        BlockInner: block_inner,
        Unvec: lambda v, shape: unvec(v, *shape),
        Named: lambda name, a: Named.make(Str(str(name)), a),
        NamedScalar: lambda name, a: NamedScalar.make(Str(str(name)), a),
    }
)
