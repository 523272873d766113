"""Exercises: drawn from the grammar, or made of a formula; each with hints, and a solution that holds."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import DerivationError, MatcalcError
from ..language.names import names_of
from .grammar import LEVELS, PARTS, ROLES, TOPICS, Pattern

if TYPE_CHECKING:
    from ..derivation import Derivation
    from ..verify import Report

_PLACE = re.compile(r"<([^<>]+)>")
#: An answer that prints longer than this is none for a blackboard.
LONGEST_ANSWER = 110
#: How many formulas are drawn for one that is new and holds.
ATTEMPTS = 200


@dataclass(frozen=True)
class Exercise:
    """A formula to differentiate. ``topic`` and ``level`` are "" and 0 where it was not drawn."""

    expression: str
    wrt: tuple[str, ...] = ()
    where: str = ""
    kind: str = ""
    define: Mapping[str, str] | None = None
    topic: str = ""
    level: int = 0
    options: Mapping[str, Any] | None = None

    @cached_property
    def derivation(self) -> Derivation:
        """The solution. Raises MatcalcError for a formula that cannot be derived."""
        import matcalc

        wrt: Any = self.wrt[0] if len(self.wrt) == 1 else list(self.wrt) or None
        asked: dict[str, Any] = {
            "where": self.where or None,
            "kind": self.kind or None,
            "define": dict(self.define or {}) or None,
        }
        return matcalc.derive(self.expression, wrt=wrt, **asked, **(self.options or {}))

    @cached_property
    def report(self) -> Report:
        """What the check of the solution found; a solution that does not hold is never derived."""
        assert self.derivation.certificate is not None
        return self.derivation.certificate

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """The identities that lead to the solution, in the order in which they are used."""
        identities = (rule.identity for step in self.derivation.steps for rule in step.rules)
        return tuple(dict.fromkeys(identity for identity in identities if identity))


def exercise(expression: str, wrt: str | Sequence[str] = (), **options: Any) -> Exercise:
    """An exercise made of a formula; the options are those of :func:`matcalc.derive`.

    >>> exercise("‖Ax − b‖²", wrt="x").hints[-1]
    'A : BC = BᵀA : C'
    """
    names = names_of(wrt) if isinstance(wrt, str) else tuple(wrt)
    where, kind, define = (options.pop(key, None) for key in ("where", "kind", "define"))
    return Exercise(expression, names, where or "", kind or "", define, options=options)


def deal(
    count: int = 1, level: int | None = None, topics: Collection[str] | str | None = None, seed: int | None = None
) -> list[Exercise]:
    """Exercises of a level (1, 2 or 3; all by default) and of some topics (all by default), each solved and proof-read.

    The same seed deals the same exercises. No formula comes twice; DerivationError where there are not as many.

    >>> first, second = deal(2, level=1, topics="traces", seed=5)
    >>> first.level, first.topic, bool(first.report)
    (1, 'traces', True)
    """
    chosen = [topics] if isinstance(topics, str) else list(topics or TOPICS)
    for topic in chosen:
        if topic not in TOPICS:
            raise DerivationError(f"there is no topic ‘{topic}’", hint=f"one of {'; '.join(TOPICS)}")
    if level is not None and level not in LEVELS:
        raise DerivationError(f"there is no level {level}", hint="1, 2 or 3")
    rng = random.Random(seed)
    dealt: dict[str, Exercise] = {}
    for number in range(count):
        # by turns, so that a sheet has something of everything
        wanted = level or LEVELS[number * len(LEVELS) // count]
        topic = chosen[number % len(chosen)] if len(chosen) < count else rng.choice(chosen)
        for one in _drawn(rng, topic, wanted):
            if _skeleton(one) not in dealt and _is_good(one):
                dealt[_skeleton(one)] = one
                break
        else:
            raise DerivationError(
                f"there are not {count} different exercises of this kind", hint="other topics or levels"
            )
    return list(dealt.values())


def _drawn(rng: random.Random, topic: str, level: int) -> Iterator[Exercise]:
    for _ in range(ATTEMPTS):
        yield _filled(rng.choice(TOPICS[topic][level]), rng, topic, level)


def _filled(pattern: Pattern, rng: random.Random, topic: str, level: int) -> Exercise:
    """The pattern with its places filled: parts first, then letters for the roles."""
    formula = pattern.formula
    parts: dict[str, str] = {}
    while any(name in PARTS for name in _PLACE.findall(formula)):
        for name in _PLACE.findall(formula):
            if name in PARTS:
                parts.setdefault(name, rng.choice(PARTS[name]))
        formula = _PLACE.sub(lambda place: parts.get(place[1], place[0]), formula)
    letters: dict[str, str] = {}
    for role in dict.fromkeys(_PLACE.findall(formula)):
        free = [letter for letter in ROLES[role][1].split() if letter not in letters.values()]
        letters[role] = free[0] if rng.random() < 0.6 else rng.choice(free)  # the usual letter more often than not
    where = ", ".join(f"{letter}: {ROLES[role][0]}" for role, letter in letters.items())
    wrt = tuple(letters[role] for role in pattern.wrt.split(","))
    expression = _PLACE.sub(lambda place: letters[place[1]], formula)
    return Exercise(expression, wrt, where, pattern.kind, topic=topic, level=level)


def _skeleton(one: Exercise) -> str:
    """The formula apart from its letters: two that differ in these alone are one exercise."""
    return re.sub(r"(?<![^\W\d_])[^\W\d_](?![^\W\d_])|[A-Z]", "·", one.expression) + one.kind


def _is_good(one: Exercise) -> bool:
    """Can it be derived, does it hold, and does the answer fit on a board?"""
    try:
        results = one.derivation.results.values()
    except MatcalcError:
        return False
    return bool(one.report) and all(len(str(result)) <= LONGEST_ANSWER for result in results)
