"""Sums of products: expanding, collecting, factoring.

A sum has many forms; the one a book prints is the one with fewest operations. Candidates are made by expanding products
over sums and by taking out common factors (scalars, a matrix on the left or right, a Hadamard factor), and the cheapest
is kept; a tie goes to the form as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, reduce
from itertools import product as cartesian
from math import gcd, prod
from typing import Any

from sympy import Add, Identity, Integer, Mul, Pow, Rational, S
from sympy.matrices.expressions.special import OneMatrix

from ..algebra import (
    add,
    hadamard,
    hadamard_power,
    identity,
    is_symmetric,
    mul,
    one_like,
    ones,
    scale,
    split_coefficient,
    transpose,
)
from ..algebra.core import shape_of
from ..algebra.nodes import DiagMatrix, Hadamard, HadamardPower, MatProduct, MatSum, Transpose
from .cost import cost, weight

#: Products over sums are expanded only while the result has at most this many terms.
MOST_TERMS = 16
#: Of the factors that several terms share, those are tried that promise most.
MOST_FACTORS = 3
#: Sums whose forms are remembered: the same sum is met at every level of a derivation.
REMEMBERED = 4096


@lru_cache(maxsize=REMEMBERED)
def best_sum(node: Any) -> Any:
    """The cheapest form of a sum of matrices among itself, its factored and its expanded forms."""
    candidates = [node, factored(node)]
    expanded = expand(node)
    if expanded is not node:
        candidates += [expanded, factored(expanded)]
    if isinstance(node, MatSum) and any(isinstance(f, Transpose) for f in atoms_of_terms(node)):
        turned = add(*(transpose(t) for t in node.args))  # (XB + BX)ᵀ rather than BᵀXᵀ + XᵀBᵀ
        candidates += [transposed_whole(one) for one in (turned, factored(turned))]
    return cheapest(candidates)


def atoms_of_terms(node: Any) -> list[Any]:
    """The factors of the terms of a sum."""
    return [f for t in node.args for f in (t.args if isinstance(t, (MatProduct, Hadamard)) else (t,))]


def transposed_whole(a: Any) -> Any:
    """aᵀ, a sum transposed as a whole."""
    return Transpose.make(a) if isinstance(a, MatSum) and not is_symmetric(a) else transpose(a)


def cheapest(candidates: Iterable[Any]) -> Any:
    """The candidate with fewest operations; of equals, the first."""
    return min(candidates, key=cost)


# ---------------------------------------------------------------- expanding
@lru_cache(maxsize=REMEMBERED)
def expand(node: Any) -> Any:
    """Products and Hadamard products distributed over the sums in them, then collected."""
    terms = node.args if isinstance(node, MatSum) else (node,)
    out: list[Any] = []
    for term in terms:
        out.extend(_expand_term(term))
        if len(out) > MOST_TERMS:
            return node
    return add(*out)


def _expand_term(term: Any) -> list[Any]:
    """c (A + B) C = c AC + c BC, one level deep."""
    coefficient, core = split_coefficient(term)
    if isinstance(core, Transpose) and isinstance(core.args[0], MatSum):
        return [scale(coefficient, transpose(t)) for t in core.args[0].args]
    if isinstance(core, MatSum):
        return [scale(coefficient, t) for t in core.args]
    if not isinstance(core, (MatProduct, Hadamard)) or not any(isinstance(f, MatSum) for f in core.args):
        return [term]
    choices = [f.args if isinstance(f, MatSum) else (f,) for f in core.args]
    if prod(len(c) for c in choices) > MOST_TERMS:
        return [term]
    build = mul if isinstance(core, MatProduct) else hadamard
    return [mul(coefficient, build(*choice)) for choice in cartesian(*choices)]


# ---------------------------------------------------------------- factoring
@lru_cache(maxsize=REMEMBERED)
def factored(node: Any) -> Any:
    """Common factors taken out of a sum, the most useful first, while that saves operations."""
    if not isinstance(node, MatSum):
        return node
    best = node
    for attempt in (
        _common_scalar,
        _factor_by(_left),
        _factor_by(_right),
        _factor_by(_entrywise),
        _like_matrices,
        _like_scalars,
    ):
        found = attempt(node)
        if found is not None and cost(found) < cost(best):
            best = found
    if best is node:
        return node
    return _again(best)


def _again(node: Any) -> Any:
    """Factor what is left: the sum itself, or the sum inside a product just made."""
    if isinstance(node, MatSum):
        return factored(node)
    if isinstance(node, MatProduct):
        return mul(*(best_sum(a) if isinstance(a, MatSum) else a for a in node.args))
    if isinstance(node, Hadamard):
        return hadamard(*(best_sum(a) if isinstance(a, MatSum) else a for a in node.args))
    return node


def _common_scalar(node: Any) -> Any:
    """c A + c B = c (A + B)."""
    parts = [split_coefficient(t) for t in node.args]
    common = common_factor([c for c, _ in parts])
    if common == 1:
        return None
    return mul(common, add(*(scale(_without(c, common), core) for c, core in parts)))


def common_factor(scalars: Sequence[Any]) -> Any:
    """What divides every scalar: a common number and common powers of one sign."""
    split = [_powers(c) for c in scalars]
    number = _common_number([n for n, _ in split])
    out = [number]
    for base, p in split[0][1].items():
        others = [powers.get(base, S.Zero) for _, powers in split]
        if all(q.is_Rational for q in others) and (all(q > 0 for q in others) or all(q < 0 for q in others)):
            out.append(Pow(base, min(others) if p > 0 else max(others)))
    return Mul(*out)


def _without(c: Any, common: Any) -> Any:
    """c / common, which SymPy leaves as a^k a^{−k} where the power is a symbol."""
    (number, powers), (divisor, others) = _powers(c), _powers(common)
    return Mul(number / divisor, *(Pow(base, p - others.get(base, S.Zero)) for base, p in powers.items()))


def _powers(c: Any) -> tuple[Any, dict[Any, Any]]:
    """c as a number times powers of bases."""
    number, rest = c.as_coeff_Mul()
    powers = {}
    for f in Mul.make_args(rest):
        base, p = f.as_base_exp()
        powers.update({base: p} if p.is_Rational else {f: S.One})  # exp(a), and a^k, as a whole
    powers.pop(S.One, None)
    return number, powers


def _common_number(numbers: Sequence[Any]) -> Any:
    if not all(n.is_Rational for n in numbers):
        return S.One
    sign = -1 if all(n < 0 for n in numbers) else 1
    if len({abs(n) for n in numbers}) == 1:
        return sign * abs(numbers[0])
    if all(n.is_Integer for n in numbers):
        return sign * Integer(reduce(gcd, (abs(int(n)) for n in numbers)))
    if len({n.q for n in numbers}) == 1:  # ½A + 3/2 B = ½(A + 3B)
        return sign * Rational(reduce(gcd, (abs(int(n.p)) for n in numbers)), numbers[0].q)
    return Integer(sign)


def _left(core: Any) -> tuple[Any, Any]:
    """First factor and the rest."""
    if isinstance(core, MatProduct):
        return core.args[0], mul(*core.args[1:])
    return core, _unit(shape_of(core)[1])


def _right(core: Any) -> tuple[Any, Any]:
    """Last factor and the rest."""
    if isinstance(core, MatProduct):
        return core.args[-1], mul(*core.args[:-1])
    return core, _unit(shape_of(core)[0])


def _unit(n: Any) -> Any:
    return identity(n)


def _entrywise(core: Any) -> list[tuple[Any, Any]]:
    """Every Hadamard factor with the rest."""
    if isinstance(core, Hadamard):
        return [(f, hadamard(*(g for g in core.args if g is not f))) for f in core.args]
    if isinstance(core, (OneMatrix, Identity)):
        return []
    if isinstance(core, MatProduct) and isinstance(core.args[0], DiagMatrix) and 1 not in core.shape:
        rest = mul(*core.args[1:])  # Diag(u) A = (u 𝟏ᵀ) ⊙ A
        return [(rest, mul(core.args[0].args[0], ones(1, core.shape[1])))]
    if isinstance(core, HadamardPower) and core.args[1].is_Integer and core.args[1] > 1:
        return [(core.args[0], hadamard_power(core.args[0], core.args[1] - 1))]
    return [(core, one_like(core))]


def _factor_by(view: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Take out the factor, seen through ``view``, whose taking out saves most."""

    def attempt(node: Any) -> Any:
        groups: dict[Any, list[tuple[Any, Any]]] = {}
        for term in node.args:
            coefficient, core = split_coefficient(term)
            found = view(core)
            for factor, rest in found if isinstance(found, list) else [found]:
                groups.setdefault(factor, []).append((term, mul(coefficient, rest)))
        shared = [(factor, members) for factor, members in groups.items() if len(members) > 1]
        shared.sort(key=lambda one: (len(one[1]) - 1) * (1 + weight(one[0])), reverse=True)
        best = None
        for factor, members in shared[:MOST_FACTORS]:
            taken = {id(term) for term, _ in members}
            inner = add(*(rest for _, rest in members))
            joined = mul(inner, factor) if view is _right else (mul if view is _left else hadamard)(factor, inner)
            found = add(joined, *(t for t in node.args if id(t) not in taken))
            if best is None or cost(found) < cost(best):
                best = found
        return best

    return attempt


def _like_scalars(node: Any) -> Any:
    """λA − λB + C = λ(A − B) + C."""
    groups: dict[Any, list[Any]] = {}
    for term in node.args:
        coefficient, _ = split_coefficient(term)
        size = -coefficient if coefficient.as_coeff_Mul()[0].is_negative else coefficient
        groups.setdefault(size, []).append(term)
    if len(groups) in (1, len(node.args)):
        return None
    parts = []
    for size, terms in groups.items():
        alone = size == S.One or len(terms) == 1
        parts += terms if alone else [mul(size, add(*(mul(1 / size, t) for t in terms)))]
    return add(*parts)


def _like_matrices(node: Any) -> Any:
    """λA + μA = (λ + μ)A."""
    groups: dict[Any, list[Any]] = {}
    for term in node.args:
        coefficient, core = split_coefficient(term)
        groups.setdefault(core, []).append(coefficient)
    if len(groups) == len(node.args):
        return None
    return add(*(scale(Add(*coefficients), core) for core, coefficients in groups.items()))
