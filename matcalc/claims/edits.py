"""Small changes to a formula, those by which a wrong formula usually differs from the right one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, permutations
from typing import Any, NamedTuple

from sympy import Add, Integer, Mul, Rational, S

from ..algebra import (
    AbstractFunction,
    add,
    hadamard,
    inverse,
    is_scalar,
    mul,
    neg,
    replace,
    shape_of,
    transpose,
)
from ..algebra.core import postorder
from ..algebra.nodes import (
    Elementwise,
    ElementwiseScalar,
    Hadamard,
    HadamardPower,
    Inverse,
    MatProduct,
    MatSum,
    is_symbol,
)
from ..errors import MatcalcError

#: Nodes of a formula that are changed, and factors of a product that are put in another order.
MOST_NODES, MOST_FACTORS = 60, 4


class Edit(NamedTuple):
    """What was changed, from what, into what, and the formula that this gives."""

    kind: str
    before: Any
    after: Any
    formula: Any


def edits(formula: Any) -> Iterator[Edit]:
    """The formula with one of its parts changed."""
    nodes = list(postorder(formula))[-MOST_NODES:]
    for node in reversed(nodes):
        for kind, after, part in _changes(node):
            try:
                edited = replace(formula, {node: after})
            except MatcalcError:  # shapes that no longer conform
                continue
            if edited != formula and shape_of(edited) == shape_of(formula):
                yield Edit(kind, node if part is None else part, after, edited)


def _changes(node: Any) -> Iterator[tuple[str, Any, Any]]:
    """(kind, what takes the node's place, the part of it that is meant where that is less)."""
    if isinstance(node, (MatSum, Add)):
        yield from _terms(node)
    if isinstance(node, MatProduct):
        yield from _product(node)
    if isinstance(node, Hadamard):
        yield from _hadamard(node)
    if isinstance(node, Mul):
        yield from (("factor dropped", Mul(*(f for f in node.args if f is not one)), one) for one in node.args)
    if isinstance(node, (Elementwise, ElementwiseScalar)) and isinstance(node.args[0], AbstractFunction):
        yield from _orders(node)
    if isinstance(node, HadamardPower) or (is_scalar(node) and node.is_Pow):
        base, p = node.args
        yield from (("power", node.func(base, q), None) for q in (p + 1, p - 1, -p) if q != 0)
        yield "power", base, None
    if isinstance(node, Inverse):
        yield "inverse", node.args[0], None
    if not is_scalar(node) and node.shape[0] == node.shape[1] and (is_symbol(node) or isinstance(node, Inverse)):
        if not isinstance(node, Inverse):
            yield "inverse", inverse(node), None
        yield "factor transposed", transpose(node), None


def _terms(node: Any) -> Iterator[tuple[str, Any, Any]]:
    for at, term in enumerate(node.args):
        rest = [t for k, t in enumerate(node.args) if k != at]
        yield "term dropped", add(*rest), term
        yield "term negated", add(*rest, neg(term)), term
        yield "term doubled", add(*rest, mul(2, term)), term
        yield "term halved", add(*rest, mul(Rational(1, 2), term)), term
        if not is_scalar(term) and term.shape[0] == term.shape[1]:
            yield "term transposed", add(*rest, transpose(term)), term


def _product(node: Any) -> Iterator[tuple[str, Any, Any]]:
    c, factors = node.coefficient, node.factors
    for at, factor in enumerate(factors):
        if at or len(factors) > 1:
            around = (factors[:at], factors[at + 1 :])
            yield from _conforming("factor transposed", c, (*around[0], transpose(factor), *around[1]), factor)
            if factor.shape[0] == factor.shape[1]:
                yield from _conforming("factor dropped", c, (*around[0], *around[1]), factor)
    if len(factors) <= MOST_FACTORS:
        for order in permutations(factors):
            if order != factors:
                yield from _conforming("order", c, order, None)
                yield from _conforming("order", c, tuple(transpose(f) if is_vector(f) else f for f in order), None)
    if len(factors) == 2 and factors[0].shape == factors[1].shape:
        yield "elementwise", mul(c, hadamard(*factors)), None
    if c != 1:
        yield "factor dropped", mul(*factors), c
        yield from ((("factor", mul(s, node), None)) for s in (2, Rational(1, 2), -1))


def is_vector(node: Any) -> bool:
    return S.One in node.shape


def _conforming(kind: str, c: Any, factors: Any, part: Any) -> Iterator[tuple[str, Any, Any]]:
    if factors and all(a.shape[1] == b.shape[0] for a, b in pairwise(factors)):
        yield kind, mul(c, *factors), part


def _hadamard(node: Any) -> Iterator[tuple[str, Any, Any]]:
    for at, factor in enumerate(node.args):
        rest = hadamard(*(f for k, f in enumerate(node.args) if k != at))
        yield "factor dropped", rest, factor
        if node.shape[0] == node.shape[1]:
            yield "elementwise", mul(factor, rest), None
            yield "elementwise", mul(rest, factor), None


def _orders(node: Any) -> Iterator[tuple[str, Any, Any]]:
    function = node.args[0]
    for order in (function.order + 1, function.order - 1):
        if order >= 0:
            yield "primes", node.func.make(AbstractFunction(function.args[0], Integer(order)), *node.args[1:]), None
