"""One entry of a derivative, case by case: ∂b_i/∂W_jk is a_k if i = j, else 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product as cartesian

from ..maps.indices import Delta
from .derivative import Shown
from .tensor import TensorForm
from .terms import Product, collected

#: Independent conditions are told apart up to this many; beyond, the entry is given with its δ.
MOST_CONDITIONS = 3


@dataclass(frozen=True)
class Case:
    """``terms`` added up, where all δ of ``equal`` are 1 and of each group in ``unequal`` one is 0."""

    equal: tuple[Delta, ...]
    unequal: tuple[tuple[Delta, ...], ...]
    terms: tuple[Product, ...]


@dataclass(frozen=True)
class Components(Shown):
    """An entry of a derivative with the case distinction that its δ stand for; the last case is "else"."""

    tensor: TensorForm
    cases: tuple[Case, ...]


def components(tensor: TensorForm) -> Components:
    """The cases of an entry: δ that always stand together are one condition."""
    conditions = _conditions(tensor.terms)
    if not conditions or len(conditions) > MOST_CONDITIONS:
        return Components(tensor, (Case((), (), tensor.terms),))
    cases = []
    for truth in cartesian((True, False), repeat=len(conditions)):
        holds = {d for condition, true in zip(conditions, truth, strict=True) if true for d in condition}
        fails = tuple(condition for condition, true in zip(conditions, truth, strict=True) if not true)
        terms = collected(_at(t, holds) for t in tensor.terms if set(t.deltas) <= holds)
        cases.append(Case(tuple(d for c in conditions for d in c if d in holds), fails, tuple(terms)))
    return Components(tensor, tuple(_joined(cases)))


def _conditions(terms: Iterable[Product]) -> list[tuple[Delta, ...]]:
    """The δ between free indices, grouped by the terms in which they stand."""
    groups: dict[frozenset[int], list[Delta]] = {}
    where: dict[Delta, set[int]] = {}
    for at, term in enumerate(terms):
        for delta in term.deltas:
            where.setdefault(delta, set()).add(at)
    for delta, places in where.items():
        groups.setdefault(frozenset(places), []).append(delta)
    return [tuple(group) for group in groups.values()]


def _at(term: Product, holds: set[Delta]) -> Product:
    """The term where the δ are 1: of indices that are equal the first is written."""
    names: dict[str, str] = {}
    for d in holds:
        names[d.right] = min(names.get(d.right, d.left), d.left)
    kept = tuple(f for f in term.factors if not (isinstance(f, Delta) and f in holds))
    return replace(term, factors=kept).rename(names)


def _joined(cases: Sequence[Case]) -> list[Case]:
    """Cases whose value is 0 are the last one, "else"."""
    zero = [c for c in cases if not c.terms]
    some = [c for c in cases if c.terms]
    return [*some, replace(zero[-1], equal=(), unequal=())] if zero else some
