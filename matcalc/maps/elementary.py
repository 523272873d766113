"""The elementary linear maps, each with its four faces. Shapes: X is m×n, M has the shape of the image.

The table is `docs/maps.md`'s source, and one generic test proves every row: adjoint against apply, matrix against apply
on vec, indices against both, at random points with distinct sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Integer, Mul

from .. import algebra as alg
from ..algebra import commutation, frobenius, hadamard, identity, kron, mul, shape_of, transpose, vec
from ..algebra.core import Shape
from .core import IdentityMap, LinearMap, count
from .indices import AtLeast, Indices, Term, deltas, entry, fresh, stack, times


# ---------------------------------------------------------------- products
@dataclass(frozen=True)
class Sandwich(LinearMap):
    """dX ↦ A dX B, for A k×m and B n×l; a left or right product where the other is the identity."""

    left: Any
    right: Any

    rule: ClassVar[str] = "cyclic property of the trace"
    on_vec: ClassVar[str] = "vec(ABC) = (Cᵀ ⊗ A) vec B"

    @property
    def identity(self) -> str:  # type: ignore[override]
        if isinstance(self.right, _IDENTITY) or self.right == 1:
            return "A : BC = BᵀA : C"
        return "A : BC = ACᵀ : B" if isinstance(self.left, _IDENTITY) or self.left == 1 else "A : BCD = BᵀADᵀ : C"

    def apply(self, d: Any) -> Any:
        return mul(self.left, d, self.right)

    def adjoint(self) -> LinearMap:
        return sandwich(transpose(self.left), transpose(self.right), self.codomain)

    def matrix(self) -> Any:
        return kron(transpose(self.right), self.left)

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [times(entry(self.left, out[0], into[0]), entry(self.right, into[1], out[1]))]


_IDENTITY = type(identity(alg.dimension("n")))


def sandwich(left: Any, right: Any, domain: Shape) -> LinearMap:
    """dX ↦ A dX B; scalar factors gather in a scaling, and a scalar dX gives the map dc ↦ AB dc."""
    if domain == ():
        return outer(mul(left, right))
    (c, left), (d, right) = _split(left), _split(right)
    left = identity(domain[0]) if left == 1 else left
    right = identity(domain[1]) if right == 1 else right
    coefficient = Mul(c, d)
    rows = shape_of(left)[0] if shape_of(left) else Integer(1)
    cols = shape_of(right)[1] if shape_of(right) else Integer(1)
    if (
        (isinstance(left, _IDENTITY) and isinstance(right, _IDENTITY))
        or (left == 1 and isinstance(right, _IDENTITY))
        or (isinstance(left, _IDENTITY) and right == 1)
    ):
        return scaling(coefficient, domain)
    if (rows, cols) == (1, 1):
        return frobenius_with(mul(coefficient, transpose(left), transpose(right)), domain)
    return Sandwich(domain, (rows, cols), mul(coefficient, left), right)


def _split(a: Any) -> tuple[Any, Any]:
    return (a, Integer(1)) if alg.is_scalar(a) else alg.split_coefficient(a)


@dataclass(frozen=True)
class Scaling(LinearMap):
    """dX ↦ c dX."""

    factor: Any

    identity: ClassVar[str] = "A : cB = cA : B"
    rule: ClassVar[str] = "linearity"

    def apply(self, d: Any) -> Any:
        return mul(self.factor, d)

    def adjoint(self) -> LinearMap:
        return self

    def matrix(self) -> Any:
        return mul(self.factor, identity(count(self.domain)))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(self.factor, deltas(out, into))]


def scaling(factor: Any, shape: Shape) -> LinearMap:
    return IdentityMap(shape, shape) if factor == 1 else Scaling(shape, shape, factor)


@dataclass(frozen=True)
class TransposeMap(LinearMap):
    """dX ↦ dXᵀ."""

    identity: ClassVar[str] = "A : Bᵀ = Aᵀ : B"
    rule: ClassVar[str] = "transpose of a Frobenius product"
    on_vec: ClassVar[str] = "vec Aᵀ = K vec A"

    def apply(self, d: Any) -> Any:
        return transpose(d)

    def adjoint(self) -> LinearMap:
        return TransposeMap(self.codomain, self.domain)

    def matrix(self) -> Any:
        return commutation(*self.domain)

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(factors=deltas(out, (into[1], into[0])))]


def transpose_map(domain: Shape) -> LinearMap:
    return IdentityMap((), ()) if domain == () else TransposeMap(domain, (domain[1], domain[0]))


# ---------------------------------------------------------------- entry by entry
@dataclass(frozen=True)
class HadamardWith(LinearMap):
    """dX ↦ A ⊙ dX."""

    array: Any

    identity: ClassVar[str] = "A : (B ⊙ C) = (A ⊙ B) : C"
    rule: ClassVar[str] = "Hadamard factor moves across"
    on_vec: ClassVar[str] = "vec(A ⊙ B) = Diag(vec A) vec B"

    def apply(self, d: Any) -> Any:
        return hadamard(self.array, d)

    def adjoint(self) -> LinearMap:
        return self

    def matrix(self) -> Any:
        return alg.diag_matrix(vec(self.array))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [times(entry(self.array, *out), Term(factors=deltas(out, into)))]


def hadamard_with(array: Any, shape: Shape) -> LinearMap:
    """dX ↦ A ⊙ dX; a scaling where A is a scalar or c 𝟏𝟏ᵀ."""
    if alg.is_scalar(array):
        return scaling(array, shape)
    c, core = alg.split_coefficient(array)
    return scaling(c, shape) if type(core).__name__ == "OneMatrix" else HadamardWith(shape, shape, array)


# ---------------------------------------------------------------- to and from scalars
@dataclass(frozen=True)
class Outer(LinearMap):
    """dc ↦ dc E, a scalar times a fixed matrix."""

    array: Any

    identity: ClassVar[str] = "A : cB = (A : B) c"
    rule: ClassVar[str] = "linearity"

    def apply(self, d: Any) -> Any:
        return mul(d, self.array)

    def adjoint(self) -> LinearMap:
        return FrobeniusWith(self.codomain, (), self.array)

    def matrix(self) -> Any:
        return vec(self.array)

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [entry(self.array, *out)]


def outer(array: Any) -> LinearMap:
    return scaling(array, ()) if alg.is_scalar(array) else Outer((), shape_of(array), array)


@dataclass(frozen=True)
class FrobeniusWith(LinearMap):
    """dX ↦ A : dX."""

    array: Any

    identity: ClassVar[str] = "c (A : B) = cA : B"
    rule: ClassVar[str] = "linearity"

    def apply(self, d: Any) -> Any:
        return frobenius(self.array, d)

    def adjoint(self) -> LinearMap:
        return Outer((), self.domain, self.array)

    def matrix(self) -> Any:
        return transpose(vec(self.array))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [entry(self.array, *into)]


def frobenius_with(array: Any, domain: Shape) -> LinearMap:
    return scaling(array, ()) if domain == () else FrobeniusWith(domain, (), array)


@dataclass(frozen=True)
class TraceMap(LinearMap):
    """dX ↦ tr dX, for m = n."""

    identity: ClassVar[str] = "tr A = I : A"
    rule: ClassVar[str] = "trace as a Frobenius product"

    def apply(self, d: Any) -> Any:
        return alg.trace(d)

    def adjoint(self) -> LinearMap:
        return Outer((), self.domain, identity(self.domain[0]))

    def matrix(self) -> Any:
        return transpose(vec(identity(self.domain[0])))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(factors=deltas((into[0],), (into[1],)))]


@dataclass(frozen=True)
class TotalMap(LinearMap):
    """dX ↦ 𝟏ᵀ dX 𝟏, the sum of all entries."""

    identity: ClassVar[str] = "𝟏ᵀA𝟏 = 𝟏𝟏ᵀ : A"
    rule: ClassVar[str] = "sum as a Frobenius product"

    def apply(self, d: Any) -> Any:
        return alg.total(d)

    def adjoint(self) -> LinearMap:
        return Outer((), self.domain, alg.ones(*self.domain))

    def matrix(self) -> Any:
        return alg.ones(1, count(self.domain))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term()]


# ---------------------------------------------------------------- diagonals
@dataclass(frozen=True)
class DiagMap(LinearMap):
    """dx ↦ Diag(dx), for a vector of length n."""

    identity: ClassVar[str] = "A : Diag(b) = diag(A) : b"
    rule: ClassVar[str] = "Diag and diag are adjoint"
    on_vec: ClassVar[str] = "vec Diag(a) = E a"

    def apply(self, d: Any) -> Any:
        return alg.diag_matrix(d)

    def adjoint(self) -> LinearMap:
        return DiagonalMap(self.codomain, self.domain)

    def matrix(self) -> Any:
        return alg.diagonal_selection(self.domain[0])

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(factors=deltas(out, (into[0], into[0])))]


@dataclass(frozen=True)
class DiagonalMap(LinearMap):
    """dX ↦ diag(dX), the diagonal as a vector."""

    identity: ClassVar[str] = "a : diag(B) = Diag(a) : B"
    rule: ClassVar[str] = "Diag and diag are adjoint"
    on_vec: ClassVar[str] = "diag(A) = Eᵀ vec A"

    def apply(self, d: Any) -> Any:
        return alg.diag_vector(d)

    def adjoint(self) -> LinearMap:
        return DiagMap(self.codomain, self.domain)

    def matrix(self) -> Any:
        return transpose(alg.diagonal_selection(self.domain[0]))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(factors=deltas((out[0], out[0]), into))]


# ---------------------------------------------------------------- rearrangements
@dataclass(frozen=True)
class VecMap(LinearMap):
    """dX ↦ vec dX."""

    identity: ClassVar[str] = "a : vec B = unvec(a) : B"
    rule: ClassVar[str] = "vec keeps the Frobenius product"

    def apply(self, d: Any) -> Any:
        return vec(d)

    def adjoint(self) -> LinearMap:
        return UnvecMap(self.codomain, self.domain)

    def matrix(self) -> Any:
        return identity(count(self.domain))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(factors=stack(out[0], into[0], into[1], self.domain))]


@dataclass(frozen=True)
class UnvecMap(LinearMap):
    """dx ↦ unvec(dx), the m×n matrix whose vec is dx."""

    identity: ClassVar[str] = "A : unvec(b) = vec(A) : b"
    rule: ClassVar[str] = "vec keeps the Frobenius product"

    def apply(self, d: Any) -> Any:
        return alg.unvec(d, *self.codomain)

    def adjoint(self) -> LinearMap:
        return VecMap(self.codomain, self.domain)

    def matrix(self) -> Any:
        return identity(count(self.domain))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(factors=stack(into[0], out[0], out[1], self.codomain))]


@dataclass(frozen=True)
class KroneckerLeft(LinearMap):
    """dX ↦ A ⊗ dX, for A k×l."""

    array: Any

    identity: ClassVar[str] = "M : (A ⊗ B) = Σ_ij A_ij M_[ij] : B"
    rule: ClassVar[str] = "Kronecker factor, block by block"
    on_vec: ClassVar[str] = "vec(A ⊗ B) = (I ⊗ K ⊗ I)(vec A ⊗ vec B)"
    reference: ClassVar[str] = "Magnus & Neudecker §2.2, §9.14"

    def apply(self, d: Any) -> Any:
        return kron(self.array, d)

    def adjoint(self) -> LinearMap:
        return BlockSumWith(self.codomain, self.domain, self.array)

    def matrix(self) -> Any:
        (k, l), (m, n) = shape_of(self.array), self.domain
        return mul(
            kron(identity(l), commutation(n, k), identity(m)),
            kron(vec(self.array), identity(m * n)),
        )

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        (k, l), (m, n) = shape_of(self.array), self.domain
        a, b = fresh(k), fresh(l)
        return [
            times(
                entry(self.array, a, b),
                Term(factors=stack(out[0], into[0], a, (m, k)) + stack(out[1], into[1], b, (n, l))),
                summed=(a, b),
            )
        ]


@dataclass(frozen=True)
class KroneckerRight(LinearMap):
    """dX ↦ dX ⊗ B, for B k×l."""

    array: Any

    identity: ClassVar[str] = "M : (A ⊗ B) = [M_[pq] : B]_pq : A"
    rule: ClassVar[str] = "Kronecker factor, block by block"
    on_vec: ClassVar[str] = "vec(A ⊗ B) = (I ⊗ K ⊗ I)(vec A ⊗ vec B)"
    reference: ClassVar[str] = "Magnus & Neudecker §2.2, §9.14"

    def apply(self, d: Any) -> Any:
        return kron(d, self.array)

    def adjoint(self) -> LinearMap:
        return BlockInnerWith(self.codomain, self.domain, self.array)

    def matrix(self) -> Any:
        (k, l), (m, n) = shape_of(self.array), self.domain
        return mul(
            kron(identity(n), commutation(l, m), identity(k)),
            kron(identity(m * n), vec(self.array)),
        )

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        (k, l), (m, n) = shape_of(self.array), self.domain
        a, b = fresh(k), fresh(l)
        return [
            times(
                entry(self.array, a, b),
                Term(factors=stack(out[0], a, into[0], (k, m)) + stack(out[1], b, into[1], (l, n))),
                summed=(a, b),
            )
        ]


@dataclass(frozen=True)
class _AdjointOfKronecker(LinearMap):
    """What both adjoints share: their matrix and entries are the Kronecker map's, transposed."""

    array: Any

    def matrix(self) -> Any:
        return transpose(self.adjoint().matrix())

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return self.adjoint().entries(into, out)


@dataclass(frozen=True)
class BlockSumWith(_AdjointOfKronecker):
    """dM ↦ Σ_ij A_ij dM_[ij], the adjoint of X ↦ A ⊗ X."""

    identity: ClassVar[str] = "X : Σ_ij A_ij M_[ij] = (A ⊗ X) : M"
    rule: ClassVar[str] = "Kronecker factor, block by block"

    def apply(self, d: Any) -> Any:
        return alg.block_sum(self.array, d)

    def adjoint(self) -> LinearMap:
        return KroneckerLeft(self.codomain, self.domain, self.array)


@dataclass(frozen=True)
class BlockInnerWith(_AdjointOfKronecker):
    """dM ↦ [dM_[pq] : B]_pq, the adjoint of X ↦ X ⊗ B."""

    identity: ClassVar[str] = "X : [M_[pq] : B]_pq = (X ⊗ B) : M"
    rule: ClassVar[str] = "Kronecker factor, block by block"

    def apply(self, d: Any) -> Any:
        return alg.block_inner(d, self.array)

    def adjoint(self) -> LinearMap:
        return KroneckerRight(self.codomain, self.domain, self.array)


def kronecker_left(array: Any, domain: Shape) -> LinearMap:
    """dX ↦ A ⊗ dX."""
    if alg.is_scalar(array):
        return scaling(array, domain)
    if domain == ():
        return outer(array)
    rows, cols = shape_of(array)
    return KroneckerLeft(domain, (rows * domain[0], cols * domain[1]), array)


def kronecker_right(array: Any, domain: Shape) -> LinearMap:
    """dX ↦ dX ⊗ B."""
    if alg.is_scalar(array):
        return scaling(array, domain)
    if domain == ():
        return outer(array)
    rows, cols = shape_of(array)
    return KroneckerRight(domain, (rows * domain[0], cols * domain[1]), array)


@dataclass(frozen=True)
class Triangle(LinearMap):
    """dX ↦ tril(dX) or triu(dX): the entries on and below (above) the diagonal."""

    lower: bool

    identity: ClassVar[str] = "A : tril(B) = tril(A) : B"
    rule: ClassVar[str] = "a triangle of entries is kept"

    def apply(self, d: Any) -> Any:
        return alg.triangle(d, self.lower)

    def adjoint(self) -> LinearMap:
        return self

    def matrix(self) -> Any:
        return alg.diag_matrix(vec(alg.triangle(alg.ones(*self.domain), self.lower)))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        inside = AtLeast(out[0], out[1]) if self.lower else AtLeast(out[1], out[0])
        return [Term(factors=(*deltas(out, into), inside))]


@dataclass(frozen=True)
class WeightsOfBlocks(LinearMap):
    """dA ↦ Σ_ij dA_ij M_[ij], for a fixed M cut into blocks."""

    array: Any

    identity: ClassVar[str] = "X : Σ_ij A_ij M_[ij] = [M_[ij] : X]_ij : A"
    rule: ClassVar[str] = "Kronecker factor, block by block"

    def apply(self, d: Any) -> Any:
        return alg.block_sum(d, self.array)

    def adjoint(self) -> LinearMap:
        return BlocksAgainst(self.codomain, self.domain, self.array)

    def matrix(self) -> Any:
        return _blocks_as_columns(self.array, self.domain, self.codomain)

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        rows, cols = fresh(self.array.shape[0]), fresh(self.array.shape[1])
        (m, n), (k, l) = self.codomain, self.domain
        places = stack(rows, out[0], into[0], (m, k)) + stack(cols, out[1], into[1], (n, l))
        return [times(entry(self.array, rows, cols), Term(factors=places), summed=(rows, cols))]


@dataclass(frozen=True)
class BlocksAgainst(LinearMap):
    """dB ↦ [M_[ij] : dB]_ij, for a fixed M cut into blocks."""

    array: Any

    identity: ClassVar[str] = "A : [M_[ij] : B]_ij = Σ_ij A_ij M_[ij] : B"
    rule: ClassVar[str] = "Kronecker factor, block by block"

    def apply(self, d: Any) -> Any:
        return alg.block_inner(self.array, d)

    def adjoint(self) -> LinearMap:
        return WeightsOfBlocks(self.codomain, self.domain, self.array)

    def matrix(self) -> Any:
        return transpose(self.adjoint().matrix())

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return self.adjoint().entries(into, out)


def _blocks_as_columns(array: Any, weights: Shape, block: Shape) -> Any:
    """R(M), its columns the vecs of the blocks of M: vec Σ A_ij M_[ij] = R(M) vec A (Van Loan & Pitsianis 1993)."""
    (k, l), (m, n) = weights, block
    order = kron(identity(l), commutation(n, k), identity(m))  # vec(A ⊗ X) = order (vec A ⊗ vec X)
    return alg.unvec(mul(transpose(order), vec(array)), m * n, k * l)
