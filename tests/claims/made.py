"""Claims made from the corpus: fifty that are wrong in a known way, and fifty that are right in another form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise, permutations
from typing import Any, NamedTuple

import matcalc as mc
from matcalc.algebra import add, is_scalar, mul, neg, replace, shape_of, transpose
from matcalc.algebra.construct import HALF
from matcalc.algebra.core import postorder
from matcalc.algebra.nodes import MatProduct, MatSum
from matcalc.calculus.factor import expand
from matcalc.claims.comparison import Comparison
from matcalc.present.expressions import latex_of, text_of
from tests.corpus.cases import load, question

EACH = 10


class Made(NamedTuple):
    """A claim about a case, and the diagnoses that are right for it."""

    id: str
    question: dict[str, Any]
    claim: str
    diagnoses: tuple[str, ...]


@cache
def gradients() -> list[tuple[str, dict[str, Any], mc.Derivation, str]]:
    """Cases by one real variable without a structure, derived; the closed form that the corpus states."""
    found = []
    for case in (*load("textbook"), *load("applied")):
        asked = question(case)
        plain = isinstance(asked.get("wrt"), str) and not asked.get("structure") and "complex" not in str(case["where"])
        if case["kind"] != "gradient" or not plain:
            continue
        try:
            derivation = mc.derive(**asked)
        except mc.MatcalcError:
            continue
        if "polar" in str(derivation.result) or "v_max" in str(derivation.result):
            continue  # printed in names that the language has no word for
        if len(str(derivation.result)) < 120 and not is_scalar(derivation.result):
            found.append((case["id"], asked, derivation, case.get("closed") or ""))
    return found


def sign(g: Any) -> Any:
    return neg(g)


def factor(g: Any) -> Any:
    return mul(HALF, g)


def turned(g: Any) -> Any:
    return transpose(g) if 1 not in shape_of(g) else None


def order(g: Any) -> Any:
    """The factors of some product in another order."""
    for node in postorder(g):
        if isinstance(node, MatProduct) and 2 <= len(node.factors) <= 4:
            for factors in permutations(node.factors):
                if factors != node.factors and all(a.shape[1] == b.shape[0] for a, b in pairwise(factors)):
                    edited = mul(node.coefficient, *factors)
                    if edited.shape == node.shape and edited != node:
                        return replace(g, {node: edited})
    return None


def missing(g: Any) -> Any:
    whole = expand(g)
    return add(*whole.args[1:]) if isinstance(whole, MatSum) else None


WRONG: dict[Callable[[Any], Any], tuple[str, ...]] = {
    sign: ("sign",),
    factor: ("factor",),
    turned: ("transposed", "layout"),
    order: ("order",),
    missing: ("missing term",),
}


def wrong() -> Iterator[Made]:
    """Fifty: ten in each of the five ways."""
    for make, diagnoses in WRONG.items():
        count = 0
        for name, asked, derivation, _ in gradients():
            edited = make(derivation.result)
            if edited is None or count == EACH or edited == derivation.result or _agree(derivation, edited):
                continue
            count += 1
            yield Made(f"{name}-{make.__name__}", asked, text_of(edited), diagnoses)


def _agree(derivation: mc.Derivation, edited: Any) -> bool:
    """Is what was meant to be wrong right after all?"""
    if shape_of(edited) != shape_of(derivation.result):
        return False
    declared = [s.structured for s in derivation.program.symbols.values() if s.kind == "variable"]
    compared = Comparison(edited, derivation.result, derivation.variables.values(), declared)
    return compared.agree(edited, derivation.result)


def right() -> Iterator[Made]:
    """Fifty: closed forms as the corpus states them, those not simplified, and results in LaTeX."""
    stated = [(name, asked, closed, d) for name, asked, d, closed in gradients() if closed and _readable(closed)]
    for name, asked, closed, _ in stated[: 2 * EACH]:
        yield Made(f"{name}-stated", asked, closed, ())
    for name, asked, closed, _ in stated[2 * EACH : 4 * EACH]:
        yield Made(f"{name}-unsimplified", asked, f"(3*({closed}) - ({closed}))/2", ())
    for name, asked, _, derivation in stated[4 * EACH : 5 * EACH]:
        claim = rf"\nabla f = {latex_of(expand(derivation.result))}."
        yield Made(f"{name}-latex", asked, claim, ())


def _readable(closed: str) -> bool:
    """Without words that explain: the corpus is written for people."""
    explaining = ("where", "with", "=", "for ", ";", ",", "[", "|", "sign", "∇", "Σ", "_i")
    return not any(word in closed for word in explaining)
