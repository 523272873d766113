"""The opinion on a claim: whether it holds, else what is wrong with it, as far as a small change explains that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from sympy import Rational

from ..algebra import is_scalar, mul, neg, properties_of, replace, shape_of, show_shape, subtract, transpose, vec
from ..algebra.core import postorder
from ..algebra.nodes import MatProduct, MatSum, differential_of, is_dimension, is_symbol
from ..calculus.factor import expand
from ..derivation import Derivation, derive
from ..errors import DerivationError
from ..present.expressions import text_of
from ..present.templates import words
from ..verify.numbers import OutsideDomainError
from .comparison import POINTS, Comparison, same, with_property
from .counterexample import smallest
from .edits import Edit, edits
from .reading import read_claim

Array: TypeAlias = Any

#: Factors that are looked for: those people lose.
DENOMINATORS = 12
TWISTS = (Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 2), Fraction(-2))
#: Properties of which one may have been taken for granted.
PROPERTIES = ("diagonal", "orthogonal", "positive")


@dataclass(frozen=True)
class Opinion:
    """Whether a claim holds; true where it does.

    ``diagnosis`` names what is wrong ("" where no small change explains it): transposed, layout, sign, factor,
    transposed factor, symmetric, vec, shape, missing term, extra term, sign of a term, factor of a term, transposed
    term, order, elementwise, missing factor, extra factor, power, inverse, primes, constant, condition.
    ``explanation`` says it in a sentence, ``counterexample`` shows it in small numbers; ``derivative`` is right.
    """

    holds: bool
    claim: Any
    derivative: Any
    diagnosis: str = ""
    explanation: str = ""
    counterexample: str = ""

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        say = words("claims")
        if self.holds:
            return str(say.right(POINTS))
        right = str(say.derivative(self.derivative if isinstance(self.derivative, str) else text_of(self.derivative)))
        said = f"no: {self.explanation}" if self.explanation else str(say.wrong())
        return "\n".join(filter(None, [said, right, self.counterexample]))


def check_claim(
    expression: Any,
    claim: str,
    wrt: str | None = None,
    where: str | None = None,
    define: Mapping[str, str] | None = None,
    **options: Any,
) -> Opinion:
    """Is ``claim`` the derivative of ``expression`` by ``wrt``? Options are those of :func:`matcalc.derive`.

    The claim is text in any spelling, LaTeX from a paper too, among the names of the expression: a gradient, a
    Jacobian, a Hessian, or an expression in ``dX`` (the differential). Raises a MatcalcError where the expression
    cannot be derived or the claim cannot be read.

    >>> print(check_claim("tr(XᵀAX)", "2AX", wrt="X").explanation)
    it holds only for symmetric A
    """
    return claim_of(derive(expression, wrt=wrt, where=where, define=define, **options), claim)


def claim_of(derivation: Derivation, claim: str) -> Opinion:
    """The opinion on a claim about a derivation. Raises DerivationError where several results are claimed at once."""
    results = derivation.results
    if len(results) != 1:
        raise DerivationError("a claim is about one derivative", hint="ask for the derivative by one variable")
    (key, truth), *_ = results.items()
    expression = read_claim(claim, derivation)
    differentials = {
        node: differential_of(derivation.variables[node.name[1:]])
        for node in postorder(expression)
        if is_symbol(node) and not is_dimension(node) and node.name[1:] in derivation.variables and node.name[0] == "d"
    }
    if differentials:
        expression, truth = replace(expression, differentials), derivation.differential
    return _Case(derivation, expression, truth, key).opinion()


class _Case:
    """A claim beside the derivative."""

    def __init__(self, derivation: Derivation, claim: Any, truth: Any, key: str) -> None:
        self.derivation, self.claim, self.truth, self.key = derivation, claim, truth, key
        self.declared = [s.structured for s in derivation.program.symbols.values() if s.kind == "variable"]
        self.variables = list(derivation.variables.values())
        self.say = words("claims")

    def opinion(self) -> Opinion:
        self.compared = Comparison(self.claim, self.truth, self.variables, self.declared)
        if _same_shape(self.claim, self.truth) and self.compared.agree(self.claim, self.truth):
            return Opinion(True, self.claim, self.truth)
        diagnosis, explanation = next(self._diagnoses(), ("", ""))
        return Opinion(False, self.claim, self.truth, diagnosis, explanation, self._counterexample())

    def _counterexample(self) -> str:
        if not _same_shape(self.claim, self.truth):
            return ""
        found = smallest(self.claim, self.truth, self.declared)
        return "" if found is None else str(self.say.counterexample(*found))

    # ------------------------------------------------------------ what may be wrong
    def _diagnoses(self) -> Iterator[tuple[str, str]]:
        yield from self._as_a_whole()
        if not _same_shape(self.claim, self.truth):
            claimed, right = show_shape(shape_of(self.claim)), show_shape(shape_of(self.truth))
            yield "shape", str(self.say.shape(claimed, right))
            return
        yield from self._by_a_factor()
        yield from self._under_a_condition("symmetric")
        yield from self._by_a_term()
        yield from self._by_an_edit()
        yield from self._by_a_constant()
        for property_ in PROPERTIES:
            yield from self._under_a_condition(property_)

    def _as_a_whole(self) -> Iterator[tuple[str, str]]:
        """Transposed, of the other sign, stacked."""
        claim, truth, agree = self.claim, self.truth, self.compared.agree
        if is_scalar(truth) or is_scalar(claim):
            if _same_shape(claim, truth) and agree(claim, neg(truth)):
                yield "sign", str(self.say.sign())
            return
        if shape_of(claim) == shape_of(transpose(truth)) and agree(claim, transpose(truth)):
            other = "numerator" if is_scalar(self.derivation.expression) else "denominator"
            if shape_of(claim) == shape_of(truth):
                yield "transposed", str(self.say.transposed())
            yield "layout", str(self.say.layout(other))
        if _same_shape(claim, truth) and agree(claim, neg(truth)):
            yield "sign", str(self.say.sign())
        if shape_of(claim) == shape_of(vec(truth)) and agree(claim, vec(truth)):
            yield "vec", str(self.say.vec())

    def _by_a_factor(self) -> Iterator[tuple[str, str]]:
        """c times the derivative: a number, or a scalar of the problem."""
        claims, truths = self.compared.values(self.claim), self.compared.values(self.truth)
        for turned in (False, True):
            if turned and (is_scalar(self.truth) or self.truth.shape[0] != self.truth.shape[1]):
                continue
            ratios = [_ratio(a, b.T if turned else b) for a, b in zip(claims, truths, strict=True)]
            found = None if any(r is None for r in ratios) else self._factor(ratios)
            if found is not None:
                note = f"{self.say.transposed()}, and " if turned else ""
                yield ("transposed factor" if turned else "factor"), note + found

    def _factor(self, ratios: Sequence[Any]) -> str | None:
        """What a ratio that is one at each point is, in words."""
        number = _nearest(ratios[0])
        if number is not None and all(np.isclose(r, float(number), rtol=1e-7) for r in ratios):
            inverse = 1 / number
            missing = abs(number) < 1
            return str(self.say.factor(_shown(inverse)) if missing else self.say.surplus(_shown(number)))
        for node in self._scalars():
            try:
                values = [float(np.real(v)) for v in self.compared.values(node)]
            except OutsideDomainError:
                continue
            for times, power in product(TWISTS, (1, -1, 2, -2)):
                expected = [float(times) * v**power if v else np.nan for v in values]
                if np.allclose(expected, ratios, rtol=1e-7, atol=0):
                    factor = mul(Rational(times.denominator, times.numerator), node ** (-power))
                    return str(self.say.factor(text_of(factor)))
        return None

    def _scalars(self) -> list[Any]:
        """Scalars of the problem: its variables, sizes, norms and inner products."""
        found = {n: None for n in postorder(self.truth, self.claim, self.derivation.expression) if is_scalar(n)}
        sizes = {d: None for n in self.declared for d in shape_of(n) if not d.is_number}
        return [n for n in (*sizes, *found) if not n.is_number][:40]

    def _under_a_condition(self, property_: str) -> Iterator[tuple[str, str]]:
        """Right for matrices with a property that nobody declared."""
        squares = [
            s for s in self.declared if len(shape_of(s)) == 2 and s.shape[0] == s.shape[1] != 1 and not properties_of(s)
        ]
        for held in [*([s] for s in squares), squares]:
            if held and self._holds_with(held, property_):
                kind = "symmetric" if property_ == "symmetric" else "condition"
                yield kind, str(self.say.symmetric([s.name for s in held], property_))

    def _holds_with(self, symbols: Sequence[Any], property_: str) -> bool:
        try:
            compared = Comparison(
                self.claim, self.truth, self.variables, self.declared, [with_property(s, property_) for s in symbols]
            )
        except DerivationError:
            return False
        return compared.agree(self.claim, self.truth)

    def _by_a_term(self) -> Iterator[tuple[str, str]]:
        """The difference is a multiple of a term of the derivative, or a term of the claim."""
        gap = self.compared.values(subtract(self.claim, self.truth))
        for whole in (self.truth, expand(self.truth)):
            for term in _terms(whole):
                try:
                    values = self.compared.values(term)
                except OutsideDomainError:
                    continue
                ratios = [_ratio(a, b) for a, b in zip(gap, values, strict=True)]
                number = _nearest(ratios[0]) if ratios[0] is not None else None
                if number is not None and all(
                    r is not None and np.isclose(r, float(number), rtol=1e-6) for r in ratios
                ):
                    yield self._term(term, 1 + number)
                square = not is_scalar(term) and term.shape[0] == term.shape[1]
                if square and all(same(g, v.T - v) for g, v in zip(gap, values, strict=True)):
                    yield "transposed term", str(self.say.term_transposed(text_of(transpose(term))))
        for whole in (self.claim, expand(self.claim)):
            for term in _terms(whole) if isinstance(whole, MatSum) or (is_scalar(whole) and whole.is_Add) else ():
                if self.compared.agree(subtract(self.claim, term), self.truth):
                    yield "extra term", str(self.say.term_extra(text_of(term)))

    def _term(self, term: Any, times: Fraction) -> tuple[str, str]:
        """The claim has ``times`` the term."""
        said = text_of(term)
        if times == 0:
            return "missing term", str(self.say.term_missing(said))
        if times == -1:
            return "sign of a term", str(self.say.term_sign(said))
        return "factor of a term", str(self.say.term_factor(said, _shown(1 / times)))

    def _by_an_edit(self) -> Iterator[tuple[str, str]]:
        """One change to the claim makes it right, or one to the derivative makes it the claim."""
        for formula, other, undone in ((self.claim, self.truth, True), (self.truth, self.claim, False)):
            for edit in edits(formula):
                if self.compared.agree(edit.formula, other):
                    yield self._edit(edit, undone)

    def _edit(self, edit: Edit, undone: bool) -> tuple[str, str]:
        before, after = (text_of(x) for x in (edit.before, edit.after))
        wrong, right = (before, after) if undone else (after, before)
        say = self.say
        found = {
            "term dropped": ("extra term", say.term_extra(before)),
            "factor dropped": ("extra factor", say.factor_extra(before)),
            "term negated": ("sign of a term", say.term_sign(before)),
            "term doubled": ("factor of a term", say.term_factor(before, "2" if undone else "½")),
            "term halved": ("factor of a term", say.term_factor(before, "½" if undone else "2")),
            "term transposed": ("transposed term", say.term_transposed(before)),
            "factor transposed": ("transposed factor", say.factor_transposed(before)),
            "order": ("order", say.order(wrong, right)),
            "elementwise": ("elementwise", say.elementwise(wrong, right)),
        }  # fmt: skip
        if not undone:
            found["term dropped"] = ("missing term", say.term_missing(before))
            found["factor dropped"] = ("missing factor", say.factor_missing(before))
        kind, said = found.get(edit.kind, (edit.kind, say.instead(right, wrong)))
        return kind, str(said)

    def _by_a_constant(self) -> Iterator[tuple[str, str]]:
        gaps = [np.ravel(g) for g in self.compared.values(subtract(self.claim, self.truth))]
        if all(g.size and np.allclose(g, g[0], rtol=1e-9) and np.isclose(g[0], gaps[0][0], rtol=1e-7) for g in gaps):
            yield "constant", str(self.say.constant())


def _same_shape(a: Any, b: Any) -> bool:
    return shape_of(a) == shape_of(b)


def _terms(whole: Any) -> tuple[Any, ...]:
    """The terms of a sum, with a coefficient before it multiplied out."""
    if isinstance(whole, MatSum) or (is_scalar(whole) and whole.is_Add):
        return tuple(whole.args)
    if isinstance(whole, MatProduct) and len(whole.factors) == 1 and isinstance(whole.factors[0], MatSum):
        return tuple(mul(whole.coefficient, t) for t in whole.factors[0].args)
    return ()


def _ratio(a: Array, b: Array) -> float | None:
    """c with a = c b; None where there is none."""
    if np.shape(a) != np.shape(b) or np.iscomplexobj(a) or np.iscomplexobj(b):
        return None
    square = float(np.sum(b * b))
    if not square:
        return None
    c = float(np.sum(a * b)) / square
    return c if same(a, c * b) else None


def factor_between(claimed: Sequence[Array], truths: Sequence[Array]) -> str | int | None:
    """The simple number by which the claims are the derivatives, −1 for a sign; None where there is none."""
    ratios = [_ratio(a, b) for a, b in zip(claimed, truths, strict=True)]
    number = None if ratios[0] is None else _nearest(ratios[0])
    if number is None or not all(r is not None and np.isclose(r, float(number), rtol=1e-7) for r in ratios):
        return None
    return -1 if number == -1 else _shown(number)


def _nearest(ratio: float) -> Fraction | None:
    """The simple fraction that a ratio is; None where it is none."""
    found = Fraction(ratio).limit_denominator(DENOMINATORS)
    return found if abs(found - Fraction(ratio)) < 1e-7 and abs(found) <= 100 else None


def _shown(number: Fraction) -> str:
    return text_of(Rational(number.numerator, number.denominator))


def code_of(derivation: Derivation, path: Any, function: str | None = None, timeout: float = 20.0) -> Opinion:
    """The opinion on a Python function in a file, which is run in a process of its own; see :mod:`.code`."""
    from .code import opinion_on_code

    return opinion_on_code(derivation, path, function, timeout)
