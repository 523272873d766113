"""Linear maps dX ↦ L(dX), and how they compose, add and transpose.

A map has four faces: ``apply`` (the differential, the JVP), ``adjoint`` (the A:B identity, the gradient, the VJP),
``matrix`` (on column-major vec: d vec Y = J d vec X) and ``entries`` (index notation). An elementary map states all
four; compositions and sums get theirs from their parts: L∘N applies N first, (L∘N)* = N*∘L*, matrices multiply, indices
contract. Reference: Magnus & Neudecker, Matrix Differential Calculus, ch. 2, 3 and 9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from sympy import Basic, Integer

from ..algebra import add, identity, mul, zeros
from ..algebra.core import Shape
from .indices import ONE, Entry, Indices, Term, contract, deltas, fresh, stack, times


@dataclass(frozen=True)
class LinearMap:
    """A linear map from arrays of shape ``domain`` to arrays of shape ``codomain``; ``()`` is a scalar."""

    domain: Shape
    codomain: Shape

    #: The A:B identity that moves the map to the other side, as it is named beside a step.
    identity: ClassVar[str] = ""
    #: The name of that identity, and where it is proved.
    rule: ClassVar[str] = ""
    reference: ClassVar[str] = "Magnus & Neudecker §1.10"
    #: The identity that gives the matrix face, as it is named beside a step.
    on_vec: ClassVar[str] = ""

    def apply(self, d: Any) -> Any:
        """L(d), for d of shape ``domain``."""
        raise NotImplementedError

    def adjoint(self) -> LinearMap:
        """L*, with M : L(d) = L*(M) : d."""
        raise NotImplementedError

    def matrix(self) -> Any:
        """The matrix J with vec L(d) = J vec d, of size(codomain) × size(domain)."""
        raise NotImplementedError

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        """∂L(d)_out / ∂d_into as a sum of products of entries and δ."""
        raise NotImplementedError

    def parts(self) -> Sequence[LinearMap]:
        """The maps whose composition this is, outermost first."""
        return (self,)

    def terms(self) -> Sequence[LinearMap]:
        """The maps whose sum this is."""
        return (self,)

    def rewritten(self, change: Callable[[Any], Any]) -> LinearMap:
        """The same map with every expression in it changed."""
        new: dict[str, Any] = {}
        for f in fields(self):
            old = getattr(self, f.name)
            if isinstance(old, Basic):
                new[f.name] = change(old)
            elif f.name == "maps":
                new[f.name] = tuple(one.rewritten(change) for one in old)
        return replace(self, **new) if new else self

    def pull(self, m: Any) -> Any:
        """L*(M)."""
        return self.adjoint().apply(m)


class MatrixMap(LinearMap):
    """A map of matrices that has no index notation of its own: its entries are those of its matrix on vec."""

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        a, b = fresh(Integer(2)), fresh(Integer(2))  # the stacked indices of the matrix on vec; of a number none
        rows = stack(a, out[0], out[1], self.codomain) if self.codomain else ()
        columns = stack(b, into[0], into[1], self.domain) if self.domain else ()
        entry_of = Entry(self.matrix(), a if rows else ONE, b if columns else ONE)
        summed = (*((a,) if rows else ()), *((b,) if columns else ()))
        return [times(Term(factors=(entry_of,)), Term(factors=rows + columns), summed=summed)]


def count(shape: Shape) -> Any:
    """The number of entries of an array of this shape."""
    return shape[0] * shape[1] if shape else Integer(1)


@dataclass(frozen=True)
class IdentityMap(LinearMap):
    """dX ↦ dX."""

    identity: ClassVar[str] = ""

    def apply(self, d: Any) -> Any:
        return d

    def adjoint(self) -> LinearMap:
        return self

    def matrix(self) -> Any:
        return identity(count(self.domain))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [Term(factors=deltas(out, into))]

    def parts(self) -> Sequence[LinearMap]:
        return ()


@dataclass(frozen=True)
class ZeroMap(LinearMap):
    """dX ↦ 0."""

    def apply(self, d: Any) -> Any:
        return zeros(*self.codomain) if self.codomain else Integer(0)

    def adjoint(self) -> LinearMap:
        return ZeroMap(self.codomain, self.domain)

    def matrix(self) -> Any:
        return zeros(count(self.codomain), count(self.domain))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return []

    def terms(self) -> Sequence[LinearMap]:
        return ()


@dataclass(frozen=True)
class Composition(LinearMap):
    """L₁ ∘ L₂ ∘ …, the last applied first."""

    maps: tuple[LinearMap, ...]

    def apply(self, d: Any) -> Any:
        for one in reversed(self.maps):
            d = one.apply(d)
        return d

    def adjoint(self) -> LinearMap:
        return compose(*(one.adjoint() for one in reversed(self.maps)))

    def matrix(self) -> Any:
        return mul(*(one.matrix() for one in self.maps))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return contract(self.maps, out, into)

    def parts(self) -> Sequence[LinearMap]:
        return self.maps


@dataclass(frozen=True)
class SumMap(LinearMap):
    """L₁ + L₂ + …"""

    maps: tuple[LinearMap, ...]

    def apply(self, d: Any) -> Any:
        return add(*(one.apply(d) for one in self.maps))

    def adjoint(self) -> LinearMap:
        return sum_maps([one.adjoint() for one in self.maps], self.codomain, self.domain)

    def matrix(self) -> Any:
        return add(*(one.matrix() for one in self.maps))

    def entries(self, out: Indices, into: Indices) -> list[Term]:
        return [term for one in self.maps for term in one.entries(out, into)]

    def terms(self) -> Sequence[LinearMap]:
        return self.maps


def compose(*maps: LinearMap) -> LinearMap:
    """L₁ ∘ L₂ ∘ …, with neighbours fused where the table knows how: A(B dX C)D = (AB) dX (CD)."""
    from .fuse import fuse

    chain: list[LinearMap] = []
    domain = maps[-1].domain
    codomain = maps[0].codomain
    for one in maps:
        if isinstance(one, ZeroMap):
            return ZeroMap(domain, codomain)
        for part in one.parts():
            while chain and (joined := fuse(chain[-1], part)) is not None:
                chain.pop()
                part = joined
            if not isinstance(part, IdentityMap):
                chain.append(part)
    if not chain:
        return IdentityMap(domain, codomain)
    return chain[0] if len(chain) == 1 else Composition(domain, codomain, tuple(chain))


def sum_maps(maps: Sequence[LinearMap], domain: Shape, codomain: Shape) -> LinearMap:
    """L₁ + L₂ + …; the zero map of the given shapes where there are none."""
    flat = [term for one in maps for term in one.terms()]
    if not flat:
        return ZeroMap(domain, codomain)
    return flat[0] if len(flat) == 1 else SumMap(domain, codomain, tuple(flat))
