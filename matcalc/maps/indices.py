"""Index notation: sums of products of entries A_ik and Kronecker deltas, with repeated indices summed.

An index is a string such as ``i``; ``"1"`` is the only value of an index over a size of 1 and prints as nothing. A sum
over k of δ_ik T_k is T_i: contraction removes every summed index that a delta ties to another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import count as counter
from typing import TYPE_CHECKING, Any, TypeAlias

from sympy import Integer, Mul, S

from ..algebra import is_scalar, split_coefficient

if TYPE_CHECKING:
    from .core import LinearMap

Index: TypeAlias = str
Indices: TypeAlias = "tuple[str, ...]"

#: The only value of an index whose size is 1.
ONE = "1"


@dataclass(frozen=True)
class Delta:
    """δ_ij: 1 where i = j, else 0."""

    left: Index
    right: Index

    def rename(self, names: Mapping[Index, Index]) -> Delta:
        return Delta(names.get(self.left, self.left), names.get(self.right, self.right))


@dataclass(frozen=True)
class AtLeast:
    """[i ≥ j]: 1 on and below the diagonal, else 0."""

    left: Index
    right: Index

    def rename(self, names: Mapping[Index, Index]) -> AtLeast:
        return AtLeast(names.get(self.left, self.left), names.get(self.right, self.right))


@dataclass(frozen=True)
class Entry:
    """A_ij, an entry of a matrix (or A_i of a vector)."""

    array: Any
    row: Index
    col: Index

    def rename(self, names: Mapping[Index, Index]) -> Entry:
        return Entry(self.array, names.get(self.row, self.row), names.get(self.col, self.col))


@dataclass(frozen=True)
class Stack:
    """[a = i + (j − 1) m]: 1 where the stacked index a is the pair (i, j), i running fastest up to m, else 0."""

    whole: Index
    fast: Index
    slow: Index
    size: Any

    def rename(self, names: Mapping[Index, Index]) -> Stack:
        return Stack(
            names.get(self.whole, self.whole),
            names.get(self.fast, self.fast),
            names.get(self.slow, self.slow),
            self.size,
        )


Factor: TypeAlias = "Delta | AtLeast | Stack | Entry"


@dataclass(frozen=True)
class Term:
    """c Π factors, summed over ``summed``."""

    coefficient: Any = field(default_factory=lambda: Integer(1))
    factors: tuple[Factor, ...] = ()
    summed: tuple[Index, ...] = ()

    def rename(self, names: Mapping[Index, Index]) -> Term:
        return replace(self, factors=tuple(f.rename(names) for f in self.factors))


def entry(array: Any, row: Index, col: Index) -> Term:
    """The term A_ij, the coefficient of A in front; a scalar has no indices."""
    if is_scalar(array):
        return Term(coefficient=array)
    c, core = split_coefficient(array)
    if core.is_Identity:
        return Term(coefficient=c, factors=deltas((row,), (col,)))
    if type(core).__name__ == "OneMatrix":
        return Term(coefficient=c)
    if type(core).__name__ == "Transpose":
        core, row, col = core.args[0], col, row
    return Term(coefficient=c, factors=(Entry(core, row, col),))


def deltas(out: Indices, into: Indices) -> tuple[Factor, ...]:
    """δ_ip δ_jq for the pairs that are not over a size of 1."""
    return tuple(Delta(i, p) for i, p in zip(out, into, strict=True) if i != p)


def stack(whole: Index, fast: Index, slow: Index, sizes: Sequence[Any]) -> tuple[Factor, ...]:
    """[whole = (fast, slow)], for pairs of these sizes; a δ where one of them is 1."""
    if sizes[1] == S.One:
        return deltas((whole,), (fast,))
    if sizes[0] == S.One:
        return deltas((whole,), (slow,))
    return (Stack(whole, fast, slow, sizes[0]),)


def times(*terms: Term, summed: tuple[Index, ...] = ()) -> Term:
    """The product of terms, summed over the given indices too."""
    return Term(
        coefficient=Mul(*(t.coefficient for t in terms)),
        factors=tuple(f for t in terms for f in t.factors),
        summed=tuple(i for i in (*(s for t in terms for s in t.summed), *summed) if i != ONE),
    )


def simplify(term: Term) -> Term:
    """Use every δ that ties a summed index: Σ_k δ_ik T_k = T_i."""
    factors, summed = list(term.factors), list(term.summed)
    again = True
    while again:
        again = False
        for f in factors:
            if isinstance(f, Delta) and (f.left in summed or f.right in summed):
                gone, kept = (f.left, f.right) if f.left in summed else (f.right, f.left)
                factors.remove(f)
                summed.remove(gone)
                factors = [g.rename({gone: kept}) for g in factors]
                factors = [g for g in factors if not (isinstance(g, Delta) and g.left == g.right)]
                again = True
                break
    unique = list(dict.fromkeys(f for f in factors if isinstance(f, Delta))) + [
        f for f in factors if not isinstance(f, Delta)
    ]
    return Term(term.coefficient, tuple(unique), tuple(summed))


_FRESH = counter()


def fresh(size: Any) -> Index:
    """A new summed index; the constant one for a size of 1."""
    return ONE if size == S.One else f"_{next(_FRESH)}"


def fresh_pair(shape: Sequence[Any]) -> Indices:
    return tuple(fresh(size) for size in shape)


def contract(maps: Sequence[LinearMap], out: Indices, into: Indices) -> list[Term]:
    """The entries of a composition: indices between neighbours are summed."""
    terms = [Term()]
    here = out
    sizes: dict[Index, Any] = {}
    for at, one in enumerate(maps):
        last = at == len(maps) - 1
        there = into if last else fresh_pair(one.domain)
        sizes |= {} if last else dict(zip(there, one.domain, strict=True))
        new = () if last else tuple(dict.fromkeys(there))
        terms = [times(t, s, summed=new) for t in terms for s in one.entries(here, there)]
        here = there
    return [_counted(simplify(t), sizes) for t in terms]


def _counted(term: Term, sizes: Mapping[Index, Any]) -> Term:
    """Σ_k 1 = n, where no factor has the summed index, as of a matrix of ones."""
    met = {getattr(f, place.name) for f in term.factors for place in fields(f) if place.name not in ("array", "size")}
    left = [i for i in term.summed if i not in met]
    kept = tuple(i for i in term.summed if i in met)
    return Term(Mul(term.coefficient, *(sizes[i] for i in left)), term.factors, kept)
