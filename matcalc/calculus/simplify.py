"""Results in textbook form: a list of named rewrite rules, applied bottom-up to every distinct node.

Each rule takes a node to an equal one (or to itself). One test walks :data:`RULES` and proves every rule numerically.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Identity, Integer, Mul, Pow, S, log
from sympy.matrices.expressions.special import OneMatrix

from ..algebra import (
    add,
    elementwise,
    frobenius,
    hadamard,
    is_negative,
    is_scalar,
    mul,
    neg,
    norm,
    one_like,
    operands,
    power,
    replace,
    split_coefficient,
    total,
    trace,
    transform,
    transpose,
)
from ..algebra.construct import term_key
from ..algebra.core import sort_key
from ..algebra.entrywise import argument, is_function
from ..algebra.nodes import (
    Elementwise,
    Frobenius,
    Hadamard,
    MatProduct,
    MatSum,
    Norm,
    Total,
    Trace,
    Transpose,
    definition_of,
)
from ..operators.reductions import softmax
from .cost import atoms, cost
from .factor import best_sum, cheapest, expand, factored


@dataclass(frozen=True)
class Rewrite:
    """A rule by name, with its identity as printed."""

    name: str
    identity: str
    apply: Callable[[Any], Any]


#: A rewrite can open another: in practice one round suffices, rarely two.
ROUNDS = 3


class Simplifier:
    """Simplification with a memory: what several results share is simplified once."""

    def __init__(self) -> None:
        self.rounds: list[dict[Any, Any]] = [{} for _ in range(ROUNDS)]
        self.signs: dict[Any, Any] = {}
        self.names: dict[Any, Any] = {}

    def __call__(self, root: Any) -> Any:
        """The textbook form of a result."""
        for memo in self.rounds:
            new = transform(root, _rewrite, memo)
            if new is root:
                break
            root = new
        return transform(root, _orient, self.signs)

    def expand_names(self, root: Any) -> Any:
        """Every named intermediate replaced by what it stands for."""
        return transform(root, definition_of, self.names)


def simplify(root: Any) -> Any:
    """The textbook form of a result."""
    return Simplifier()(root)


def expand_names(root: Any) -> Any:
    """Every named intermediate replaced by what it stands for."""
    return Simplifier().expand_names(root)


def _rewrite(node: Any) -> Any:
    if not operands(node):
        return node
    for rule in RULES:
        node = rule.apply(node)
    return node


# ---------------------------------------------------------------- the rules
def _norms(node: Any) -> Any:
    """A : A = ‖A‖², tr(AᵀA) = ‖A‖²."""
    if isinstance(node, Frobenius) and node.args[0] == node.args[1]:
        return power(norm(node.args[0]), Integer(2))
    if isinstance(node, Trace) and isinstance(node.args[0], MatProduct):
        half = _square_root_of_palindrome(node.args[0].args)
        if half is not None:
            return power(norm(half), Integer(2))
    if isinstance(node, Frobenius):
        half = _square_root_of_palindrome((*_factors(transpose(node.args[0])), *_factors(node.args[1])))
        if half is not None:
            return power(norm(half), Integer(2))
    return node


def _factors(a: Any) -> tuple[Any, ...]:
    return a.args if isinstance(a, MatProduct) else (a,)


def _square_root_of_palindrome(factors: tuple[Any, ...]) -> Any:
    """B where the product is BᵀB, else None."""
    if any(is_scalar(f) for f in factors):
        return None
    middle, odd = divmod(len(factors), 2)
    if odd or any(transpose(a) != b for a, b in zip(factors[:middle], reversed(factors[middle:]), strict=True)):
        return None
    return mul(*factors[middle:])


def _closed_loops(node: Any) -> Any:
    """tr(AB) = tr(BA) = Aᵀ : B: the way round with fewest operations, then first in order."""
    if isinstance(node, Trace) and isinstance(node.args[0], MatProduct):
        chain = list(node.args[0].args)
    elif isinstance(node, Frobenius) and 1 not in node.args[0].shape:
        chain = [*_factors(transpose(node.args[0])), *_factors(node.args[1])]
    else:
        return node
    if any(is_scalar(f) for f in chain):
        return node
    back = [transpose(f) for f in reversed(chain)]
    words = [w[i:] + w[:i] for w in (chain, back) for i in range(len(w))]
    best = min(words, key=lambda w: (sum(isinstance(f, Transpose) for f in w), [sort_key(f) for f in w]))
    candidates = [trace(mul(*best))]
    for w in words:
        candidates.extend(frobenius(transpose(mul(*w[:i])), mul(*w[i:])) for i in range(1, len(w)))
    fewest = min(cost(c) for c in candidates)
    return min((c for c in candidates if cost(c) == fewest), key=lambda c: (not isinstance(c, Trace), sort_key(c)))


def _entry_sums(node: Any) -> Any:
    """𝟏ᵀ(a ⊙ b) = aᵀb; sum(A ⊙ B) = A : B; of more factors, the first in order against the rest."""
    if isinstance(node, Total) and isinstance(node.args[0], Hadamard):
        factors = list(node.args[0].args)
    elif (
        isinstance(node, Frobenius) and any(isinstance(a, Hadamard) for a in node.args) and node.args[0] != node.args[1]
    ):
        factors = sorted((f for a in node.args for f in (a.args if isinstance(a, Hadamard) else (a,))), key=sort_key)
    else:
        return node
    return frobenius(factors[0], hadamard(*factors[1:]))


def _logarithms(node: Any) -> Any:
    """log(cA) = log c + log A for a number c > 0, where that shortens a sum."""
    if not isinstance(node, MatSum):
        return node
    table = {}
    for one in atoms(node)[0]:
        if is_function(one, "log") and isinstance(one, Elementwise):
            c, core = split_coefficient(one.args[1])
            if c.is_Rational and c.is_positive and c != 1:
                table[one] = add(mul(log(c), one_like(one)), elementwise("log", core))
    return cheapest([node, best_sum(replace(node, table))]) if table else node


def _scalar_factors(node: Any) -> Any:
    """2a + 2b = 2(a + b) inside a product of scalars; powers of one base are one power."""
    coefficient = node if is_scalar(node) else split_coefficient(node)[0]
    if not coefficient.is_Mul:
        return node
    content = S.One
    powers: dict[Any, Any] = {}
    for f in coefficient.args:
        c, rest = f.primitive() if f.is_Add else (S.One, f)
        content *= c
        base, p = rest.as_base_exp()
        powers[base] = powers.get(base, S.Zero) + p  # SymPy leaves a^(k−1) a as it is
    if content == 1 and len(powers) == len(coefficient.args):
        return node
    new = Mul(content, *(Pow(base, p) for base, p in powers.items()))
    return new if is_scalar(node) else mul(new, split_coefficient(node)[1])


def _sums(node: Any) -> Any:
    """Like terms collected, common factors taken out, products expanded, whichever takes fewest operations."""
    return best_sum(node) if isinstance(node, MatSum) else node


def _logistic_pairs(node: Any) -> Any:
    """σ(−z) = 1 − σ(z), where σ(z) stands beside it."""
    if not isinstance(node, MatSum):
        return node
    seen = {n.args[1] for n in atoms(node)[0] if isinstance(n, Elementwise) and is_function(n, "sigmoid")}
    table = {}
    for z in seen:
        if neg(z) in seen and is_negative(z):
            flipped = elementwise("sigmoid", z)
            table[flipped] = add(one_like(z), neg(elementwise("sigmoid", neg(z))))
    if not table:
        return node
    other = replace(node, table)
    return cheapest([node, other, factored(expand(other))])


def _softmax(node: Any) -> Any:
    """exp(z) / 𝟏ᵀexp(z) = softmax(z)."""
    coefficient, core = split_coefficient(node) if isinstance(node, MatProduct) else (S.One, node)
    if isinstance(core, Elementwise) and is_function(core, "exp") and core.shape[1] == 1:
        weight = total(core)
        if coefficient.as_powers_dict().get(weight) == -1:
            return mul(coefficient * weight, softmax(argument(core)))
    return node


def _products(node: Any) -> Any:
    """A product whose sums cancel when expanded: (A + B)x − Ax inside a factor."""
    if isinstance(node, (MatProduct, Hadamard)) and any(isinstance(a, MatSum) for a in node.args):
        expanded = expand(node)
        return cheapest([node, expanded, factored(expanded)])
    return node


RULES = [
    Rewrite("norms", "A : A = ‖A‖²", _norms),
    Rewrite("closed loops", "tr(AB) = tr(BA) = Aᵀ : B", _closed_loops),
    Rewrite("sums of products", "sum(A ⊙ B) = A : B", _entry_sums),
    Rewrite("common numbers", "2a + 2b = 2(a + b)", _scalar_factors),
    Rewrite("logarithms", "log(cA) = log c + log A", _logarithms),
    Rewrite("softmax", "exp(z) / 𝟏ᵀexp(z) = softmax(z)", _softmax),
    Rewrite("logistic function", "σ(−z) = 1 − σ(z)", _logistic_pairs),
    Rewrite("collect and factor", "AB + AC = A(B + C)", _sums),
    Rewrite("expand", "(A + B)C = AC + BC", _products),
]


# ---------------------------------------------------------------- signs
def _orient(node: Any) -> Any:
    """−2Aᵀ(b − Ax) is 2Aᵀ(Ax − b): a minus sign goes into the first difference it meets; −A − B gives it out."""
    if isinstance(node, Norm) and isinstance(node.args[0], MatSum) and _mixed(node.args[0]):
        return norm(_natural(node.args[0]))
    if isinstance(node, MatSum):
        return _same_differences(node)
    if not isinstance(node, (MatProduct, Hadamard)):
        return node
    coefficient, core = split_coefficient(node)
    build = hadamard if isinstance(core, Hadamard) else mul
    parts = list(core.args) if isinstance(core, (MatProduct, Hadamard)) else [core]
    for at, part in enumerate(parts):
        if isinstance(part, MatSum) and all(is_negative(t) for t in part.args):
            coefficient, parts[at] = -coefficient, neg(part)
    if coefficient.as_coeff_Mul()[0].is_negative:
        for at, part in enumerate(parts):
            flipped = _flip(part) if not _twice(parts, at) else None
            if flipped is not None:
                coefficient, parts[at] = -coefficient, flipped
                break
    return mul(coefficient, build(*parts))


def _twice(parts: list[Any], at: int) -> bool:
    """Does the factor, or its transpose, stand there once more? −rrᵀ keeps its sign."""
    rest = parts[:at] + parts[at + 1 :]
    return parts[at] in rest or transpose(parts[at]) in rest


def _natural(difference: Any) -> Any:
    """The sign with which the leading term in the order of print is positive: Ax − b rather than b − Ax."""
    lead = min(difference.args, key=lambda t: term_key(t)[:2])
    return neg(difference) if is_negative(lead) else difference


def _flip(part: Any) -> Any:
    """−part where part is a difference, perhaps transposed or a factor of a product; else None. 1 − y stays."""
    if isinstance(part, MatSum):
        return neg(part) if _mixed(part) and not _starts_with_one(part) else None
    if isinstance(part, Transpose):
        flipped = _flip(part.args[0])
        return None if flipped is None else transpose(flipped)
    if isinstance(part, (Hadamard, MatProduct)):
        build = hadamard if isinstance(part, Hadamard) else mul
        for at, f in enumerate(part.args):
            flipped = None if is_scalar(f) else _flip(f)
            if flipped is not None:
                return build(*part.args[:at], flipped, *part.args[at + 1 :])
    return None


def _starts_with_one(node: Any) -> bool:
    parts = [split_coefficient(t) for t in node.args]
    return any(isinstance(core, (OneMatrix, Identity)) and c.is_positive for c, core in parts)


def _mixed(node: Any) -> bool:
    return any(is_negative(t) for t in node.args) and not all(is_negative(t) for t in node.args)


def _same_differences(node: Any) -> Any:
    """x(y − Kx)ᵀ + (Kx − y)xᵀ = (Kx − y)xᵀ − x(Kx − y)ᵀ: one difference, not two of opposite sign."""
    seen: dict[Any, None] = {}
    terms, changed = [], False
    for term in sorted(node.args, key=is_negative):
        coefficient, core = split_coefficient(term)
        factors = list(core.args) if isinstance(core, (MatProduct, Hadamard)) else []
        for at, f in enumerate(factors):
            plain = f.args[0] if isinstance(f, Transpose) else f
            if isinstance(plain, MatSum) and _mixed(plain):
                if neg(plain) in seen:
                    factors[at] = transpose(neg(plain)) if isinstance(f, Transpose) else neg(plain)
                    coefficient, changed = -coefficient, True
                else:
                    seen[plain] = None
        build = hadamard if isinstance(core, Hadamard) else mul
        terms.append(mul(coefficient, build(*factors)) if factors else term)
    return add(*terms) if changed else node
