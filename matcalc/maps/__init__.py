"""The elementary linear maps and their four faces: apply, adjoint, matrix on vec, indices."""

from .core import Composition, IdentityMap, LinearMap, SumMap, ZeroMap, compose, count, sum_maps
from .elementary import (
    BlockInnerWith,
    BlocksAgainst,
    BlockSumWith,
    DiagMap,
    DiagonalMap,
    FrobeniusWith,
    HadamardWith,
    KroneckerLeft,
    KroneckerRight,
    Outer,
    Sandwich,
    Scaling,
    TotalMap,
    TraceMap,
    TransposeMap,
    Triangle,
    UnvecMap,
    VecMap,
    WeightsOfBlocks,
    frobenius_with,
    hadamard_with,
    kronecker_left,
    kronecker_right,
    outer,
    sandwich,
    scaling,
    transpose_map,
)

__all__ = [name for name in dir() if not name.startswith("_")]
