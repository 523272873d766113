"""Eigenvalues, eigenvectors and singular values: λ_max, λ_min, λ_k of a symmetric matrix; spectral, nuclear norms."""

from __future__ import annotations

from functools import partial
from typing import Any

from sympy import S
from sympy.core.symbol import Str

from .. import algebra as alg
from ..algebra import add, identity, mul, neg, require_square, shape_of, transpose
from ..algebra.nodes import CONSTRUCTORS
from ..errors import DerivationError, LimitError
from ..maps import UnvecMap, VecMap, compose, frobenius_with, sandwich, scaling, sum_maps, transpose_map
from .matrix_functions import HALF, pinv
from .table import Operator, Pairs, function, register

#: Eigenvalues of which a sum is written.
MOST_EIGENVALUES = 100
SIMPLE = "Magnus & Neudecker §8.9, Theorem 8.9; Magnus 1985"


class Eigenvalue(alg.ScalarNode):
    """λ_max, λ_min or the k-th largest eigenvalue of a symmetric matrix: ``Eigenvalue(Str('max'), X)``."""

    rank = 4

    @property
    def which(self) -> str:
        return str(self.args[0])


class Eigenvector(alg.MatrixNode):
    """The unit eigenvector of λ_max or λ_min: ``Eigenvector(Str('max'), X)``; its sign is undetermined, and cancels."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return (shape_of(args[1])[0], S.One)

    @property
    def which(self) -> str:
        return str(self.args[0])


def eigenvalue(which: str, x: Any) -> Any:
    """λ_max(X) or λ_min(X) of a symmetric matrix; of another matrix, of its symmetric part."""
    if alg.is_scalar(x):
        return x
    require_square(x, f"lambda_{which}")
    if x == identity(x.shape[0]):
        return S.One
    return Eigenvalue.make(Str(which), x)


def eigenvector(which: str, x: Any) -> Any:
    """The unit eigenvector of the eigenvalue."""
    if alg.is_scalar(x):
        return S.One
    require_square(x, "an eigenvector")
    return Eigenvector.make(Str(which), x)


def _rank_of(k: Any) -> str:
    """1 is the largest eigenvalue, 2 the second largest."""
    if not (k.is_Integer and k >= 1):
        raise DerivationError(
            "which eigenvalue is meant is said by a number: 1 for the largest, 2 for the second largest"
        )
    return "max" if k == 1 else str(k)


def sum_of_largest(x: Any, k: Any) -> Any:
    """λ_1 + … + λ_k, the sum of the k largest eigenvalues (Overton & Womersley 1993)."""
    _rank_of(k)
    if k > MOST_EIGENVALUES:
        raise LimitError(f"a sum of {k} eigenvalues is too long: at most {MOST_EIGENVALUES}")
    return add(*(eigenvalue(_rank_of(S(i)), x) for i in range(1, int(k) + 1)))


def _symmetric_part(shape: Any) -> Any:
    both = sum_maps([scaling(S.One, shape), transpose_map(shape)], shape, shape)
    return compose(scaling(HALF, shape), both)


def _eigenvalue(node: Any) -> Pairs:
    x = node.args[1]
    v = Eigenvector.make(node.args[0], x)
    yield x, frobenius_with(mul(v, transpose(v)), shape_of(x))


def _eigenvector(node: Any) -> Pairs:
    """dv = (λI − X)⁺ dX v, where X is its symmetric part."""
    x = node.args[1]
    shape = shape_of(x)
    symmetric = x if alg.is_symmetric(x) else mul(HALF, add(x, transpose(x)))
    shifted = add(mul(Eigenvalue.make(*node.args), identity(shape[0])), neg(symmetric))
    yield x, compose(sandwich(pinv(shifted), node, shape), _symmetric_part(shape))


_MULTIPLE = "the subdifferential at a multiple λ: hull of the vvᵀ; the code takes one"


def _simple(node: Any) -> tuple[Any, ...]:
    return (f"λ_{node.which}({{}}) simple, {{}} symmetric", node.args[1], node.args[1])


register(
    Operator(
        Eigenvalue, "simple eigenvalue", "dλ(A) = vvᵀ : dA, Av = λv, ‖v‖ = 1", _eigenvalue, SIMPLE, _simple,
        kink=lambda node: _MULTIPLE if node.which == "max" else "",
        needs="λ simple, A symmetric",
    )
)  # fmt: skip
register(
    Operator(
        Eigenvector, "eigenvector", "dv = (λI − A)⁺ dA v", _eigenvector, SIMPLE, _simple, needs="λ simple, A symmetric"
    )
)
CONSTRUCTORS[Eigenvalue] = lambda which, x: eigenvalue(str(which), x)
CONSTRUCTORS[Eigenvector] = lambda which, x: eigenvector(str(which), x)
function("lambda_max", "(n, n) -> ()", lambda x: eigenvalue("max", x), "largest eigenvalue of a symmetric matrix")
function("lambda_min", "(n, n) -> ()", lambda x: eigenvalue("min", x), "smallest eigenvalue of a symmetric matrix")
function(
    "eigval",
    "(n, n), () -> ()",
    lambda x, k: eigenvalue(_rank_of(k), x),
    "k-th largest eigenvalue of a symmetric matrix",
)
function(
    "eigvec", "(n, n), () -> (n,)", lambda x, k: eigenvector(_rank_of(k), x), "unit eigenvector of the k-th largest"
)
function(
    "kyfan", "(n, n), () -> ()", sum_of_largest, "sum of the k largest eigenvalues", aliases=("lambda_sum_largest",)
)
for _k in range(1, 10):  # λ₂(A)
    function(
        f"lambda_{_k}",
        "(n, n) -> ()",
        partial(eigenvalue, _rank_of(S(_k))),
        f"{('largest', 'second largest', 'third largest')[_k - 1] if _k < 4 else f'{_k}-th largest'} eigenvalue of a "
        "symmetric matrix",
    )


# ---------------------------------------------------------------- singular values
class SpectralNorm(alg.ScalarNode):
    """‖X‖₂, the largest singular value."""

    rank = 4
    is_nonnegative = True


class NuclearNorm(alg.ScalarNode):
    """‖X‖_*, the sum of the singular values."""

    rank = 4
    is_nonnegative = True


class SingularPair(alg.MatrixNode):
    """u₁v₁ᵀ, of the largest singular value."""

    rank = 3


class PolarFactor(alg.MatrixNode):
    """UVᵀ of the thin singular value decomposition X = UΣVᵀ, the orthogonal polar factor."""

    rank = 3


def spectral_norm(a: Any) -> Any:
    """‖A‖₂; the Euclidean norm of a vector."""
    return alg.norm(a) if alg.is_scalar(a) or 1 in a.shape else SpectralNorm.make(a)


def nuclear_norm(a: Any) -> Any:
    """‖A‖_*; the Euclidean norm of a vector."""
    return alg.norm(a) if alg.is_scalar(a) or 1 in a.shape else NuclearNorm.make(a)


def _spectral_norm(node: Any) -> Pairs:
    (x,) = node.args
    yield x, frobenius_with(SingularPair.make(x), shape_of(x))


def _nuclear_norm(node: Any) -> Pairs:
    (x,) = node.args
    yield x, frobenius_with(PolarFactor.make(x), shape_of(x))


def _singular_pair(node: Any) -> Pairs:
    """d(uvᵀ) = du vᵀ + u dvᵀ, where v is the eigenvector of XᵀX, dv = (σ²I − XᵀX)⁺ (σ dXᵀ u + Xᵀ dX v); u likewise."""
    (x,) = node.args
    shape = shape_of(x)
    sigma = SpectralNorm.make(x)
    left, right = (
        pinv(add(mul(sigma**2, identity(n)), neg(square)))
        for n, square in zip(shape, (mul(x, transpose(x)), mul(transpose(x), x)), strict=True)
    )
    turn = transpose_map(shape)
    turned = (shape[1], shape[0])
    maps = [
        sandwich(mul(sigma, left), mul(transpose(node), node), shape),
        compose(sandwich(mul(left, x), node, turned), turn),
        sandwich(mul(sigma, node, transpose(node)), right, shape),
        compose(sandwich(node, mul(x, right), turned), turn),
    ]
    yield x, sum_maps(maps, shape, shape)


def _polar_factor(node: Any) -> Pairs:
    """XQᵀ dQ + dQ QᵀX = dX − Q dXᵀ Q, where X has full rank: then one of QQᵀ, QᵀQ is the identity.

    On vec, dQ = (QᵀX ⊗ I + I ⊗ XQᵀ)⁻¹ vec(dX − Q dXᵀ Q); both XQᵀ and QᵀX are symmetric, of eigenvalues σ and 0.
    """
    (x,) = node.args
    shape = m, n = shape_of(x)
    q, vectors = node, (m * n, S.One)
    sum_of_roots = add(alg.kron(mul(transpose(q), x), identity(m)), alg.kron(identity(n), mul(x, transpose(q))))
    turned = compose(sandwich(neg(q), q, (n, m)), transpose_map(shape))
    skewed = sum_maps([scaling(S.One, shape), turned], shape, shape)
    solve = sandwich(alg.inverse(sum_of_roots), S.One, vectors)
    yield x, compose(UnvecMap(vectors, shape), solve, VecMap(shape, vectors), skewed)


register(
    Operator(
        SpectralNorm, "spectral norm", "d‖A‖₂ = u₁v₁ᵀ : dA", _spectral_norm, "Watson 1992; Magnus & Neudecker §8.9",
        lambda node: ("a simple largest singular value of {}", node.args[0]), needs="σ₁ simple",
        kink=lambda node: "the subdifferential at a multiple σ₁: hull of the uvᵀ; the code takes one",
    )
)  # fmt: skip
register(
    Operator(
        NuclearNorm, "nuclear norm", "d‖A‖_* = UVᵀ : dA, A = UΣVᵀ", _nuclear_norm, "Watson 1992",
        lambda node: ("{} of full rank", node.args[0]), needs="A of full rank",
        kink=lambda node: "subdifferential at lower rank: UVᵀ + W, ‖W‖₂ ≤ 1; the code takes a W of norm 1",
    )
)  # fmt: skip
register(
    Operator(
        SingularPair, "singular vectors", "d(uvᵀ) = du vᵀ + u dvᵀ, dv = (σ²I − AᵀA)⁺ (σ dAᵀ u + Aᵀ dA v)",
        _singular_pair, "Magnus & Neudecker §8.9",
        lambda node: ("a simple largest singular value of {}", node.args[0]), needs="σ₁ simple",
    )
)  # fmt: skip
register(
    Operator(
        PolarFactor, "polar factor", "AQᵀ dQ + dQ QᵀA = dA − Q dAᵀ Q", _polar_factor,
        "Higham 2008 §8.5; Kenney & Laub 1991", lambda node: ("{} of full rank", node.args[0]), needs="A of full rank",
    )
)  # fmt: skip
CONSTRUCTORS[SpectralNorm], CONSTRUCTORS[NuclearNorm] = spectral_norm, nuclear_norm
function("sigma_max", "(m, n) -> () | (n,) -> ()", spectral_norm, "largest singular value, the spectral norm")
function("nuclear", "(m, n) -> () | (n,) -> ()", nuclear_norm, "nuclear norm, the sum of the singular values")
