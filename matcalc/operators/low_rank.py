"""Matrices made of a sample, opened: fixed matrices plus outer products, so that only numbers and vectors vary.

Where a sample x_i is a vector, a matrix that depends on it is K + u₁v₁ᵀ + u₂v₂ᵀ + …, with K the same for all samples.
Traces, inner products, norms, products, determinants and inverses of such a matrix are formulas of uᵀv and Ku:
det(K + uvᵀ) = det K (1 + vᵀK⁻¹u), and (K + uvᵀ)⁻¹ = K⁻¹ − K⁻¹u vᵀK⁻¹/(1 + vᵀK⁻¹u), one outer product after the other
(Sherman & Morrison 1950; Magnus & Neudecker §1.11). So a sum over N samples of d×d matrices costs what vectors cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

from sympy import Rational, S

from .. import algebra as alg
from ..algebra import add, depends_on, frobenius, inverse, is_scalar, mul, neg, operands, postorder, rebuild, transpose
from ..algebra.nodes import (
    DiagVector,
    Frobenius,
    Inverse,
    MatProduct,
    MatSum,
    Norm,
    Total,
    Trace,
    Transpose,
)
from ..errors import DerivationError
from .determinants import Det, LogDet, det, logdet


@dataclass(frozen=True)
class Opened:
    """Σ c K + Σ u vᵀ: ``fixed`` holds the (c, K), where K is the same for all samples; ``outer`` the (u, v)."""

    fixed: tuple[tuple[Any, Any], ...]
    outer: tuple[tuple[Any, Any], ...] = ()

    @property
    def T(self) -> Opened:
        return Opened(tuple((c, transpose(k)) for c, k in self.fixed), tuple((v, u) for u, v in self.outer))

    def scaled(self, c: Any) -> Opened:
        return Opened(tuple((mul(c, d), k) for d, k in self.fixed), tuple((mul(c, u), v) for u, v in self.outer))

    def __add__(self, other: Opened) -> Opened:
        return Opened(self.fixed + other.fixed, self.outer + other.outer)

    def __matmul__(self, other: Opened) -> Opened:
        fixed = tuple((mul(c, d), mul(k, q)) for (c, k), (d, q) in product(self.fixed, other.fixed))
        left = tuple((mul(c, k, u), v) for (c, k), (u, v) in product(self.fixed, other.outer))
        right = tuple((u, other.T.times(v)) for u, v in self.outer)
        return Opened(fixed, left + right)

    def times(self, x: Any) -> Any:
        """The product with a column."""
        terms = [mul(c, k, x) for c, k in self.fixed] + [mul(frobenius(v, x), u) for u, v in self.outer]
        return add(*terms) if terms else None

    def against(self, other: Opened) -> Any:
        """A : B."""
        return add(
            *(mul(c, d, frobenius(k, q)) for (c, k), (d, q) in product(self.fixed, other.fixed)),
            *(mul(c, frobenius(u, mul(k, v))) for (c, k), (u, v) in product(self.fixed, other.outer)),
            *(mul(c, frobenius(u, mul(k, v))) for (c, k), (u, v) in product(other.fixed, self.outer)),
            *(mul(frobenius(u, p), frobenius(v, q)) for (u, v), (p, q) in product(self.outer, other.outer)),
        )

    def written(self) -> Any:
        return add(*(mul(c, k) for c, k in self.fixed), *(mul(u, transpose(v)) for u, v in self.outer))


class _Opener:
    """The nodes of one body, each with what it is once matrices are opened."""

    def __init__(self, dependent: set[Any], samples: Iterable[Any]) -> None:
        self.dependent = dependent
        self.found: dict[Any, Any] = {x: x for x in samples}

    def opened(self, node: Any) -> Opened:
        """A matrix as Σ c K + Σ u vᵀ."""
        if node not in self.dependent:
            return Opened(((S.One, node),))
        found = self.found[node]
        if not isinstance(found, Opened):
            raise no_matrix_form(node)
        return found

    def plain(self, node: Any) -> Any:
        """A number, a vector, or a matrix without a sample in it."""
        found = self.found.get(node, node)
        return found.written() if isinstance(found, Opened) else found

    def visit(self, node: Any) -> Any:
        rule = RULES.get(type(node))
        if rule is not None and any(_is_matrix(x) for x in (node, *operands(node)) if x in self.dependent):
            return rule(self, node)
        if any(isinstance(self.found.get(x), Opened) for x in operands(node)) or _is_matrix(node):
            raise no_matrix_form(node)
        return rebuild(node, [self.plain(x) for x in operands(node)])


def open_matrices(body: Any, samples: Iterable[Any]) -> Any:
    """The body with every matrix that depends on a sample opened; raises DerivationError where one cannot be."""
    opener = _Opener(depends_on(body, samples), samples)
    for node in postorder(body):
        if node in opener.dependent and node not in opener.found:
            opener.found[node] = opener.visit(node)
    return opener.plain(body)


def _is_matrix(node: Any) -> bool:
    return not is_scalar(node) and S.One not in node.shape


def no_matrix_form(node: Any) -> DerivationError:
    return DerivationError(
        f"the sum over samples of {node} has no matrix form that is supported yet",
        hint="write the sum with matrices whose columns are the samples",
    )


# ---------------------------------------------------------------- one rule a node type
def _product(opener: _Opener, node: Any) -> Any:
    """c A B …: a matrix, or a column or a row, from the vector outwards."""
    if node.shape[0] == S.One:
        return transpose(_chain(opener, [transpose(f) for f in reversed(node.factors)], opener.plain(node.coefficient)))
    return _chain(opener, list(node.factors), opener.plain(node.coefficient))


def _chain(opener: _Opener, factors: list[Any], c: Any) -> Any:
    cut = next((k for k in range(1, len(factors)) if factors[k].shape[0] == S.One), None)
    if cut is not None:
        u = _chain(opener, factors[:cut], c)
        v = _chain(opener, [transpose(f) for f in reversed(factors[cut:])], S.One)
        return Opened((), ((u, v),))
    if factors[-1].shape[1] == S.One:
        column = opener.plain(factors[-1])
        for factor in reversed(factors[:-1]):
            column = _turned(opener, factor).times(column)
        return mul(c, column)
    return reduce(Opened.__matmul__, (_turned(opener, f) for f in factors)).scaled(c)


def _turned(opener: _Opener, factor: Any) -> Opened:
    """A factor, perhaps transposed on the way."""
    if factor in opener.found or factor not in opener.dependent:
        if factor not in opener.found and isinstance(factor, Transpose) and factor.args[0] in opener.found:
            return opener.opened(factor.args[0]).T
        turned = transpose(factor)
        return opener.opened(turned).T if turned in opener.dependent else opener.opened(factor)
    return opener.opened(factor)


def _base(opener: _Opener, node: Any) -> tuple[Any, Any, tuple[tuple[Any, Any], ...]]:
    """c, K and the outer products of the only operand, c K + Σ u vᵀ."""
    whole = opener.opened(node.args[0])
    if len(whole.fixed) == 1:
        return (*whole.fixed[0], whole.outer)
    if not whole.fixed or any(opener.dependent & set(postorder(c)) for c, _ in whole.fixed):
        raise no_matrix_form(node)
    return S.One, add(*(mul(c, k) for c, k in whole.fixed)), whole.outer


def _updates(c: Any, k: Any, outer: Iterable[tuple[Any, Any]]) -> tuple[Opened, list[Any]]:
    """(cK + Σ uvᵀ)⁻¹, and the factors 1 + vᵀK⁻¹u that the determinant grows by."""
    found = Opened(((alg.power(c, S.NegativeOne), inverse(k)),))
    growth = []
    for u, v in outer:
        left, right = found.times(u), found.T.times(v)
        growth.append(add(S.One, frobenius(v, left)))
        found += Opened((), ((neg(mul(alg.power(growth[-1], S.NegativeOne), left)), right),))
    return found, growth


def _inverse(opener: _Opener, node: Any) -> Any:
    return _updates(*_base(opener, node))[0]


def _det(opener: _Opener, node: Any) -> Any:
    c, k, outer = _base(opener, node)
    return mul(alg.power(c, k.shape[0]), det(k), *_updates(c, k, outer)[1])


def _logdet(opener: _Opener, node: Any) -> Any:
    c, k, outer = _base(opener, node)
    logs = (alg.elementwise("log", one) for one in _updates(c, k, outer)[1])
    return add(mul(k.shape[0], alg.elementwise("log", c)), logdet(k), *logs)


def _trace(opener: _Opener, node: Any) -> Any:
    a = opener.opened(node.args[0])
    return add(*(mul(c, alg.trace(k)) for c, k in a.fixed), *(frobenius(u, v) for u, v in a.outer))


def _total(opener: _Opener, node: Any) -> Any:
    a = opener.opened(node.args[0])
    return add(*(mul(c, alg.total(k)) for c, k in a.fixed), *(mul(alg.total(u), alg.total(v)) for u, v in a.outer))


def _diagonal(opener: _Opener, node: Any) -> Any:
    a = opener.opened(node.args[0])
    return add(*(mul(c, alg.diag_vector(k)) for c, k in a.fixed), *(alg.hadamard(u, v) for u, v in a.outer))


def _norm(opener: _Opener, node: Any) -> Any:
    a = opener.opened(node.args[0])
    return alg.power(a.against(a), Rational(1, 2))


RULES: dict[type, Callable[[_Opener, Any], Any]] = {
    MatSum: lambda opener, node: reduce(Opened.__add__, map(opener.opened, node.args)),
    MatProduct: _product,
    Transpose: lambda opener, node: opener.opened(node.args[0]).T,
    Inverse: _inverse,
    Det: _det,
    LogDet: _logdet,
    Trace: _trace,
    Total: _total,
    DiagVector: _diagonal,
    Norm: _norm,
    Frobenius: lambda opener, node: opener.opened(node.args[0]).against(opener.opened(node.args[1])),
}
