"""Sizes and shapes while a program is read: unification of unknown sizes.

A shape is a pair (rows, columns); a scalar is (1, 1), a vector (n, 1), a row (1, n). A size is an integer, the name of
a dimension, an :class:`Unknown` that inference is to find, or a :class:`Polynomial` in these (``m*n``, ``n + 1``).

The rules of the operators (:mod:`.rules`) work at two resolutions. :class:`Sizes` knows the sizes exactly. For
:class:`Kinds` a size is 1 or :data:`MANY`, which is all that tells a scalar, a vector, a row and a matrix apart; that
is what the search for the kinds of undeclared names needs, and it is fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..errors import LimitError
from . import limits


class Unknown:
    """A size to be found; never 1."""

    __slots__ = ("link",)

    def __init__(self) -> None:
        self.link: Size | None = None


class Polynomial:
    """A sum of products of sizes: products of atoms → integer coefficient."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[tuple[str | Unknown, ...], int]) -> None:
        self.terms = dict(terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    __hash__ = None  # type: ignore[assignment]


Size: TypeAlias = "int | str | Unknown | Polynomial"
Shape: TypeAlias = "tuple[Size, Size]"
Terms: TypeAlias = "dict[tuple[str | Unknown, ...], int]"

SCALAR: Shape = (1, 1)
#: For :class:`Kinds`, any size but 1.
MANY = 0


class Kinds:
    """Shapes in the coarse: every size is 1 or :data:`MANY`. Counts what would make a reading odd."""

    exact = False

    def __init__(self) -> None:
        self.oddities = 0

    def fresh(self) -> Size:
        return MANY

    def size(self, size: Size) -> Size:
        return 1 if size == 1 else MANY

    def same(self, a: Size, b: Size) -> bool:
        return a == b

    def plus(self, a: Size, b: Size) -> Size:
        return MANY

    def times(self, a: Size, b: Size) -> Size:
        return 1 if a == 1 and b == 1 else MANY


class Sizes:
    """Exact sizes, unified as the rules ask for it."""

    exact = True

    def fresh(self) -> Size:
        return Unknown()

    def size(self, size: Size) -> Size:
        return size

    def find(self, size: Size) -> Size:
        """What a size is known to be by now."""
        while isinstance(size, Unknown) and size.link is not None:
            size = size.link
        if isinstance(size, Polynomial) and any(
            isinstance(a, Unknown) and a.link is not None for m in size.terms for a in m
        ):
            return _size(self._terms(size))
        return size

    def same(self, a: Size, b: Size) -> bool:
        """Make two sizes equal; False where that is impossible."""
        if a is b:
            return True
        a, b = self.find(a), self.find(b)
        if a is b or a == b:
            return True
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Unknown):
                if other == 1 or (isinstance(other, Polynomial) and one in self._atoms(other)):
                    return False
                one.link = other
                return True
        if isinstance(a, Polynomial) or isinstance(b, Polynomial):
            return self._solve(a, b)
        return False

    def could_be_same(self, a: Size, b: Size) -> bool:
        """Like :meth:`same`, without making them so."""
        a, b = self.find(a), self.find(b)
        return a == b or any(isinstance(s, (Unknown, Polynomial)) and t != 1 for s, t in ((a, b), (b, a)))

    def plus(self, a: Size, b: Size) -> Size:
        terms = self._terms(a)
        for monomial, number in self._terms(b).items():
            terms[monomial] = terms.get(monomial, 0) + number
        return _size(terms)

    def times(self, a: Size, b: Size) -> Size:
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        product: Terms = {}
        for left, c in self._terms(a).items():
            for right, d in self._terms(b).items():
                monomial = tuple(sorted((*left, *right), key=_order))
                if len(product) > limits.TERMS or len(monomial) > limits.TERMS:
                    raise LimitError("a size in this program has too many terms")
                product[monomial] = product.get(monomial, 0) + c * d
        return _size(product)

    def _terms(self, size: Size) -> Terms:
        size = size if isinstance(size, Polynomial) else self.find(size)
        if isinstance(size, int):
            return {(): size}
        if not isinstance(size, Polynomial):
            return {(size,): 1}
        if not any(isinstance(a, Unknown) and a.link is not None for m in size.terms for a in m):
            return dict(size.terms)
        total: Size = 0
        for monomial, number in size.terms.items():
            term: Size = number
            for atom in monomial:
                term = self.times(term, self.find(atom))
            total = self.plus(total, term)
        return self._terms(total)

    def _atoms(self, size: Size) -> set[str | Unknown]:
        return {atom for monomial in self._terms(size) for atom in monomial}

    def _solve(self, a: Size, b: Size) -> bool:
        """a = b for polynomials: solved for an unknown that stands in one term, where that divides the rest."""
        difference = self.plus(a, self.times(-1, b))
        terms = self._terms(difference)
        if all(number == 0 for number in terms.values()):
            return True
        if len(terms) == 2 and sorted(terms.values()) == [-1, 1]:  # m² = n² for sizes is m = n
            a_power, b_power = terms
            if len(a_power) == len(b_power) > 1 and len(set(a_power)) == len(set(b_power)) == 1:
                return self.same(a_power[0], b_power[0])
        for monomial, number in terms.items():
            rest = list(monomial)
            unknown = next((x for x in rest if isinstance(x, Unknown)), None)
            if unknown is None or sum(unknown in m for m in terms) != 1 or rest.count(unknown) != 1:
                continue
            rest.remove(unknown)
            solution: Terms = {}
            for other, coefficient in terms.items():
                if other == monomial:
                    continue
                left = list(other)
                if coefficient % number or any(left.count(x) < rest.count(x) for x in rest):
                    break
                for x in rest:
                    left.remove(x)
                solution[tuple(left)] = -coefficient // number
            else:
                found = _size(solution)
                if isinstance(found, int) and found < 2:
                    return False
                unknown.link = found
                return True
        return False

    # ------------------------------------------------------------ showing
    def show(self, shape: Shape) -> str:
        """``m×n``; ``scalar``; only the kind where the sizes are not known."""
        rows, cols = (self.find(s) for s in shape)
        if (rows, cols) == (1, 1):
            return "scalar"
        if isinstance(rows, Unknown) or isinstance(cols, Unknown):
            return "vector" if cols == 1 else "row" if rows == 1 else "matrix"
        return "×".join(_bracketed(self.show_size(s)) for s in (rows, cols))

    def show_size(self, size: Size) -> str:
        size = self.find(size)
        if not isinstance(size, Polynomial):
            return "?" if isinstance(size, Unknown) else str(size)
        parts = []
        for monomial, number in size.terms.items():
            letters = "·".join("?" if isinstance(a, Unknown) else a for a in monomial)
            parts.append(f"{number}·{letters}" if letters and number != 1 else letters or str(number))
        return " + ".join(parts).replace("+ -", "− ")


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text else text


def _order(atom: str | Unknown) -> tuple[bool, str, int]:
    return (isinstance(atom, Unknown), atom if isinstance(atom, str) else "", id(atom))


def _size(terms: Terms) -> Size:
    """The simplest size with these terms."""
    terms = {monomial: number for monomial, number in terms.items() if number}
    if not terms:
        return 0
    if len(terms) == 1:
        ((monomial, number),) = terms.items()
        if not monomial:
            return number
        if number == 1 and len(monomial) == 1:
            return monomial[0]
    return Polynomial(terms)
