"""A claim and the derivative at random points: do they agree, and under which condition?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from ..algebra.core import StructuredSymbol
from ..algebra.nodes import variable_key
from ..errors import DerivationError
from ..verify.numbers import NotExactError, OutsideDomainError
from ..verify.places import Place, Question
from ..verify.report import NO_POINT, difference
from ..verify.values import TooLargeError

Array: TypeAlias = Any

POINTS, ATTEMPTS = 3, 60
#: Largest relative difference of what is called equal.
TOLERANCE = 1e-8


class Comparison:
    """Points at which two formulas have values; ``holding`` gives variables a property beyond those declared."""

    def __init__(
        self, claim: Any, truth: Any, variables: Iterable[Any], declared: Sequence[Any], holding: Sequence[Any] = ()
    ) -> None:
        self.claim, self.truth = claim, truth
        question = Question.of([claim, truth], variables, declared)
        for symbol in holding:
            question.symbols[variable_key(symbol)] = symbol
        self.places: list[Place] = []
        with quiet():
            for seed in range(POINTS):
                place = next((p for p in map(_placing(question, seed), range(ATTEMPTS)) if self._fits(p)), None)
                if place is not None:
                    self.places.append(place)
        if not self.places:
            raise DerivationError(f"the claim cannot be compared: {NO_POINT}")

    def _fits(self, place: Place | None) -> bool:
        if place is None:
            return False
        try:
            return all(bool(np.all(np.isfinite(place(one)))) for one in (self.claim, self.truth))
        except TooLargeError as error:
            raise DerivationError(f"the claim cannot be compared: {error}") from None
        except OutsideDomainError:
            return False

    def values(self, formula: Any) -> list[Array]:
        with quiet():
            return [place(formula) for place in self.places]

    def agree(self, a: Any, b: Any) -> bool:
        """Have the formulas the same value at every point? Not where one of them has none."""
        with quiet():
            try:
                return all(same(place(a), place(b)) for place in self.places)
            except (OutsideDomainError, NotExactError, TooLargeError, ValueError):
                return False


def same(a: Array, b: Array) -> bool:
    return np.shape(a) == np.shape(b) and difference(a, b) <= TOLERANCE


def _placing(question: Question, seed: int) -> Callable[[int], Place | None]:
    def place(attempt: int) -> Place | None:
        try:
            return Place(question, False, seed, attempt)
        except OutsideDomainError:
            return None

    return place


def with_property(symbol: Any, property_: str) -> Any:
    return StructuredSymbol(symbol.name, *symbol.shape, property_)


@contextmanager
def quiet() -> Iterator[None]:
    """Without NumPy's remarks on points outside the domain."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
