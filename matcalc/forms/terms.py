"""Index notation in normal form: sums of products of elements and Kronecker deltas, every sum over a δ carried out.

The linear maps state their entries (:mod:`matcalc.maps.indices`). Here they are contracted through compositions and
sums of maps, and what stands in an entry is taken apart: (Diag(v))_ij = δ_ij v_i, (u vᵀ)_ij = u_i v_j, (A ⊙ B)_ij =
A_ij B_ij, (AB)_ij = Σ_k A_ik B_kj. A stacked index a = i + (j − 1)m of a vec becomes the pair (i, j).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count as counter
from itertools import groupby
from typing import Any, TypeAlias

from sympy import Integer

from ..algebra import is_scalar, is_symmetric, power, sort_key, split_coefficient
from ..algebra.nodes import (
    DiagMatrix,
    DiagVector,
    Elementwise,
    Hadamard,
    HadamardPower,
    MatProduct,
    MatSum,
    Transpose,
    Triangle,
    Unvec,
    Vec,
)
from ..errors import LimitError
from ..maps import Composition, LinearMap, SumMap
from ..maps.indices import ONE, AtLeast, Delta, Entry, Stack, Term

#: More terms than this say nothing to a reader.
MOST_TERMS = 200
#: Products of more factors than this stay whole: (ABCD)_ij.
LONGEST_PRODUCT = 3


@dataclass(frozen=True)
class Pair:
    """Two indices as one: (i, j) for i + (j − 1)m, i running fastest up to ``size``; each may be a pair itself."""

    fast: Axis
    slow: Axis
    size: Any

    def rename(self, names: Mapping[str, Axis]) -> Pair:
        return Pair(renamed(self.fast, names), renamed(self.slow, names), self.size)


Axis: TypeAlias = "str | Pair"


def renamed(axis: Axis, names: Mapping[str, Axis]) -> Axis:
    """The axis with its indices replaced."""
    return names.get(axis, axis) if isinstance(axis, str) else axis.rename(names)


def flat(axis: Axis) -> tuple[str, ...]:
    """The indices of an axis, the fastest first."""
    return (axis,) if isinstance(axis, str) else (*flat(axis.fast), *flat(axis.slow))


@dataclass(frozen=True)
class Element:
    """A_ij, an element of a matrix that is not taken apart; a vector's column index is ``"1"``."""

    array: Any
    axes: tuple[Axis, Axis]

    def rename(self, names: Mapping[str, Axis]) -> Element:
        row, col = (renamed(a, names) for a in self.axes)
        if is_symmetric(self.array) and isinstance(row, str) and isinstance(col, str) and col < row:
            row, col = col, row
        return replace(self, axes=(row, col))


Factor: TypeAlias = "Delta | AtLeast | Stack | Element"


@dataclass(frozen=True)
class Product:
    """c Π factors, summed over ``summed``."""

    coefficient: Any = field(default_factory=lambda: Integer(1))
    factors: tuple[Factor, ...] = ()
    summed: tuple[str, ...] = ()

    def rename(self, names: Mapping[str, str]) -> Product:
        return replace(
            self,
            factors=tuple(f.rename(names) for f in self.factors),
            summed=tuple(names.get(s, s) for s in self.summed),
        )

    @property
    def elements(self) -> tuple[Element, ...]:
        return tuple(f for f in self.factors if isinstance(f, Element))

    @property
    def deltas(self) -> tuple[Delta, ...]:
        return tuple(f for f in self.factors if isinstance(f, Delta))

    @property
    def indicators(self) -> tuple[Delta | AtLeast | Stack, ...]:
        """The factors that are 0 or 1."""
        return tuple(f for f in self.factors if not isinstance(f, Element))


def indices_of(factor: Factor) -> tuple[str, ...]:
    """The indices of a factor, in order, each once; not the constant one."""
    return tuple(dict.fromkeys(index_of_every_axis(factor)))


def index_of_every_axis(factor: Factor) -> tuple[str, ...]:
    """The index of every axis of a factor's array: A_ii has two; not the constant one."""
    if isinstance(factor, Element):
        found = [i for a in factor.axes for i in flat(a)]
    elif isinstance(factor, Stack):
        found = [factor.whole, factor.fast, factor.slow]
    else:
        found = [factor.left, factor.right]
    return tuple(i for i in found if i != ONE)


class Contraction:
    """The entries of one linear map, with the size of every index."""

    def __init__(self, sizes: Mapping[str, Any]) -> None:
        self.free = tuple(sizes)
        self.sizes: dict[str, Any] = {**sizes, ONE: Integer(1)}
        self._fresh = counter()

    def run(
        self, one: LinearMap, out: Sequence[str], into: Sequence[str], finish: Callable[[Any], Any]
    ) -> list[Product]:
        """The normal form; ``finish`` is applied to every array and every coefficient."""
        found = []
        for product in self._entries(one, tuple(out), tuple(into)):
            found.extend(self._taken_apart(product, finish))
        return self._merged(found)

    def fresh(self, size: Any) -> str:
        if size == 1:
            return ONE
        name = f"~{next(self._fresh)}"
        self.sizes[name] = size
        return name

    # ------------------------------------------------------------ compositions
    def _entries(self, one: LinearMap, out: tuple[str, ...], into: tuple[str, ...]) -> list[Product]:
        if isinstance(one, SumMap):
            return [product for part in one.maps for product in self._entries(part, out, into)]
        if not isinstance(one, Composition):
            return [self._normal(_product_of(term)) for term in one.entries(out, into)]
        products = [Product()]
        here: tuple[str, ...] = out
        new: tuple[str, ...] = ()
        for at, part in enumerate(one.maps):
            last = at == len(one.maps) - 1
            there = into if last else tuple(self.fresh(size) for size in part.domain)
            steps = self._entries(part, here, there)
            if len(products) * len(steps) > MOST_TERMS:
                raise LimitError(f"the index notation has more than {MOST_TERMS} terms", hint="ask for the vec form")
            products = [self._normal(_times(p, s, summed=new)) for p in products for s in steps]
            here, new = there, tuple(i for i in there if i != ONE)
        return products

    # ------------------------------------------------------------ one product
    def _normal(self, product: Product) -> Product:
        """Every δ on a summed index used, stacked indices resolved, sums over nothing counted."""
        before = None
        while product != before:
            before = product
            product = self._resolve_stacks(self._use_deltas(product))
        self._infer_sizes(product)
        used = {i for f in product.factors for i in indices_of(f)}
        idle = [s for s in product.summed if s not in used]
        for index in idle:  # Σ_k 1 = n
            product = replace(product, coefficient=product.coefficient * self.sizes[index])
        return replace(product, summed=tuple(s for s in product.summed if s in used))

    def _use_deltas(self, product: Product) -> Product:
        """Σ_k δ_ik T_k = T_i; δ_ij T_j = δ_ij T_i; each δ once."""
        names: dict[str, str] = {}
        factors = list(product.factors)
        summed = list(product.summed)
        for f in [f for f in factors if isinstance(f, Delta)]:
            left, right = _follow(names, f.left), _follow(names, f.right)
            if left != right:
                kept, gone = sorted((left, right), key=lambda i: (i in summed, self._place(i)))
                names[gone] = kept
                if gone in summed:
                    summed.remove(gone)
        names = {index: _follow(names, index) for index in names}
        ties = [Delta(kept, gone) for gone, kept in names.items() if gone not in product.summed]
        rest = [f.rename(names) for f in factors if not isinstance(f, Delta)]
        rest = [f for f in rest if not (isinstance(f, AtLeast) and f.left == f.right)]  # [i ≥ i] = 1
        ties.sort(key=lambda d: (self._place(d.left), self._place(d.right)))
        return Product(product.coefficient, (*ties, *rest), tuple(summed))

    def _place(self, index: str) -> tuple[int, str]:
        return (self.free.index(index) if index in self.free else len(self.free) if index != ONE else -1, index)

    def _resolve_stacks(self, product: Product) -> Product:
        """Σ_a [a = (i, j)] T_a = T_(i,j); [a = (i, j)] [a = (p, q)] = [a = (i, j)] δ_ip δ_jq."""
        factors, summed = list(product.factors), product.summed
        for f in product.factors:
            if not isinstance(f, Stack):
                continue
            for g in factors:
                if isinstance(g, Stack) and g is not f and g.whole == f.whole and g.size == f.size:
                    factors.remove(g)
                    return replace(product, factors=(*factors, Delta(f.fast, g.fast), Delta(f.slow, g.slow)))
            others = [g for g in factors if g is not f and f.whole in indices_of(g)]
            if f.whole in summed and all(isinstance(g, Element) for g in others):
                pair = {f.whole: Pair(f.fast, f.slow, f.size)}
                factors = [g.rename(pair) if isinstance(g, Element) else g for g in factors if g is not f]
                return replace(product, factors=tuple(factors), summed=tuple(s for s in summed if s != f.whole))
        return product

    def _infer_sizes(self, product: Product) -> None:
        """The sizes of indices that a map made for itself."""
        for f in product.factors:
            if isinstance(f, Element):
                for axis, size in zip(f.axes, f.array.shape, strict=True):
                    self._size_of(axis, size)
        for f in product.factors:
            if isinstance(f, Stack):
                self.sizes.setdefault(f.fast, f.size)
                if f.whole in self.sizes:
                    self.sizes.setdefault(f.slow, self.sizes[f.whole] / f.size)
                elif f.slow in self.sizes:
                    self.sizes[f.whole] = self.sizes[f.slow] * f.size

    def _size_of(self, axis: Axis, size: Any) -> None:
        """Note that an axis has this size."""
        if isinstance(axis, str):
            self.sizes.setdefault(axis, size)
        else:
            self._size_of(axis.fast, axis.size)
            self._size_of(axis.slow, size / axis.size)

    # ------------------------------------------------------------ what stands in an entry
    def _taken_apart(self, product: Product, finish: Callable[[Any], Any]) -> list[Product]:
        """The product with every element taken apart, as far as that shows more."""
        done: list[Product] = []
        queue = [replace(product, coefficient=finish(product.coefficient), factors=tuple(_finished(product, finish)))]
        while queue:
            first = queue.pop(0)
            for at, f in enumerate(first.factors):
                parts = self._open(f) if isinstance(f, Element) else None
                if parts is not None:
                    rest = replace(first, factors=(*first.factors[:at], *first.factors[at + 1 :]))
                    queue = [self._normal(_times(rest, part)) for part in parts] + queue
                    break
            else:
                done.append(self._normal(first))
            if len(done) + len(queue) > MOST_TERMS:
                raise LimitError(f"the index notation has more than {MOST_TERMS} terms", hint="ask for the vec form")
        return done

    def _open(self, element: Element) -> list[Product] | None:
        """A_ij as a sum of products of simpler elements; None where it stays."""
        c, array = split_coefficient(element.array)
        row, col = element.axes
        found = self._parts(array, row, col)
        if found is None:
            return None if c == 1 else [Product(c, (Element(array, element.axes),))]
        return [replace(p, coefficient=c * p.coefficient) for p in found]

    def _parts(self, a: Any, row: Axis, col: Axis) -> list[Product] | None:
        if getattr(a, "is_ZeroMatrix", False):
            return []
        if type(a).__name__ == "OneMatrix":
            return [Product()]
        if isinstance(a, Transpose):
            return [_element(a.args[0], col, row)]
        if isinstance(a, Hadamard):
            return [Product(factors=tuple(Element(f, (row, col)) for f in a.args))]
        if isinstance(a, MatSum):
            return None if _is_entrywise(a) else [_element(t, row, col) for t in a.args]
        if isinstance(a, MatProduct):
            return self._product(a, row, col)
        if isinstance(row, str) and isinstance(col, str):
            if getattr(a, "is_Identity", False):
                return [Product(factors=(Delta(row, col),))]
            if isinstance(a, DiagMatrix):
                return [Product(factors=(Delta(row, col), Element(a.args[0], (row, ONE))))]
            if isinstance(a, DiagVector):
                return [_element(a.args[0], row, row)]
            if isinstance(a, Triangle):
                inside = AtLeast(row, col) if a.lower else AtLeast(col, row)
                return [Product(factors=(inside, Element(a.args[0], (row, col))))]
            if isinstance(a, Unvec):
                return [_element(a.args[0], Pair(row, col, a.shape[0]), ONE)]
        elif isinstance(a, Vec) and isinstance(row, Pair) and row.size == a.args[0].shape[0]:
            return [_element(a.args[0], row.fast, row.slow)]
        elif isinstance(row, Pair) and row == col and getattr(a, "is_Identity", False):
            return [Product()]
        elif isinstance(row, Pair) and isinstance(col, Pair) and row.size == col.size:
            both = (row.fast, col.fast), (row.slow, col.slow)
            deltas = tuple(Delta(i, j) for i, j in both if isinstance(i, str) and isinstance(j, str))
            if getattr(a, "is_Identity", False) and len(deltas) == 2:
                return [Product(factors=deltas)]
            if isinstance(a, DiagMatrix) and len(deltas) == 2:
                return [Product(factors=(*deltas, Element(a.args[0], (row, ONE))))]
        return None

    def _product(self, a: Any, row: Axis, col: Axis) -> list[Product] | None:
        """(u vᵀ)_ij = u_i v_j; (ABC)_ij = Σ A_ik B_kl C_lj; a power stays whole."""
        runs = [(factor, len(list(run))) for factor, run in groupby(a.factors)]
        factors = [power(factor, Integer(times)) if times > 1 else factor for factor, times in runs]
        inner = [f.shape[1] for f in factors[:-1]]
        if len(factors) == 1 or sum(size != 1 for size in inner) >= LONGEST_PRODUCT:
            return None
        between = [self.fresh(size) for size in inner]
        axes = [row, *between, col]
        found = tuple(Element(f, (axes[at], axes[at + 1])) for at, f in enumerate(factors))
        return [Product(a.coefficient, found, tuple(i for i in between if i != ONE))]

    # ------------------------------------------------------------ sums
    def _merged(self, products: Iterable[Product]) -> list[Product]:
        """Like terms added up; summed indices renamed in order of appearance so that like terms look alike."""
        return collected(self._ordered(product) for product in products)

    def _ordered(self, product: Product) -> Product:
        """Factors in the order of the indices they carry, free ones first; sums named by the order of appearance."""
        factors = self._chain(product)
        names: dict[str, str] = {}
        for f in factors:
            for i in indices_of(f):
                if i in product.summed and i not in names:  # the name tells the size: sums over different ones differ
                    names[i] = f"+{len(names)}:{self.sizes[i]}"
                    self.sizes[names[i]] = self.sizes[i]
        renamed = [f.rename(names) for f in factors]
        return Product(product.coefficient, tuple(renamed), tuple(names.values()))

    def _chain(self, product: Product) -> list[Factor]:
        """The factors as a chain: weights of the indices that are there, what is summed with them, then the rest."""
        rest = sorted(product.factors, key=self._order_of(product.summed))
        if not product.summed:
            return rest
        chain: list[Factor] = []
        seen: set[str] = set()
        while rest:
            last = set(indices_of(chain[-1])) if chain else set()
            best = min(rest, key=lambda f: _far(set(indices_of(f)), seen, last & set(product.summed)))
            rest.remove(best)
            chain.append(best)
            seen |= set(indices_of(best))
        return chain

    def _order_of(self, summed: Sequence[str]) -> Callable[[Factor], Any]:
        """By the free indices that a factor carries, then by what it is."""

        def key(f: Factor) -> Any:
            free = sorted(self._place(i) for i in indices_of(f) if i not in summed)
            number = len([i for i in indices_of(f) if i in summed])
            return (not free, free, number, (1, sort_key(f.array)) if isinstance(f, Element) else (0, ()))

        return key


def _far(indices: set[str], seen: set[str], summed: set[str]) -> int:
    """How far a factor is from the end of a chain; of equals the first comes next."""
    if indices <= seen:
        return 0
    return 1 if indices & summed else 2 if indices & seen else 3


def collected(products: Iterable[Product]) -> list[Product]:
    """Like terms added up."""
    totals: dict[tuple[Any, ...], Product] = {}
    for one in products:
        key = (frozenset(Counter(one.factors).items()), one.summed)
        found = totals.get(key)
        totals[key] = one if found is None else replace(found, coefficient=found.coefficient + one.coefficient)
    return [p for p in totals.values() if p.coefficient != 0]


def _finished(product: Product, finish: Callable[[Any], Any]) -> Iterator[Factor]:
    for f in product.factors:
        if isinstance(f, Element):
            array = finish(f.array)
            yield replace(f, array=array)
        else:
            yield f


def _element(array: Any, row: Axis, col: Axis) -> Product:
    """The product A_ij; a scalar has no indices."""
    return Product(coefficient=array) if is_scalar(array) else Product(factors=(Element(array, (row, col)),))


def _product_of(term: Term) -> Product:
    """A term as the maps state it."""
    factors = tuple(Element(f.array, (f.row, f.col)) if isinstance(f, Entry) else f for f in term.factors)
    return Product(term.coefficient, factors, term.summed)


def _times(*products: Product, summed: tuple[str, ...] = ()) -> Product:
    out = Integer(1)
    for p in products:
        out = out * p.coefficient
    return Product(
        out, tuple(f for p in products for f in p.factors), tuple(s for p in products for s in p.summed) + summed
    )


def _follow(names: Mapping[str, str], index: str) -> str:
    while index in names:
        index = names[index]
    return index


def _is_entrywise(a: Any) -> bool:
    """Is A_ij written with elements at (i, j) alone: 1 − tanh²(Z)? Then it stays together."""
    if isinstance(a, MatSum):
        return all(_is_entrywise(split_coefficient(t)[1]) for t in a.args)
    if isinstance(a, (Hadamard, HadamardPower)):
        return all(_is_entrywise(x) for x in a.operands if not is_scalar(x))
    if isinstance(a, Transpose):
        return False
    if isinstance(a, Elementwise):
        return True
    return not isinstance(a, (MatProduct, DiagMatrix, DiagVector, Triangle, Unvec)) and not getattr(
        a, "is_Identity", False
    )


__all__ = [
    "MOST_TERMS", "Axis", "Contraction", "Element", "Factor", "Pair", "Product", "collected", "flat",
    "index_of_every_axis", "indices_of",
]  # fmt: skip
