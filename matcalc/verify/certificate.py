"""The certificate of a derivation: every line and every result against the value itself, before anybody sees them.

At random points every line is compared with the one before it, and every result, paired with a direction, with the
differential of the value, which :mod:`.places` takes without any rule of differentiation. Where all is rational, or
made of unspecified functions, the arithmetic is exact. What that proves is said in docs/certificates.md.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from ..algebra import differential_of, is_complex_symbol, is_scalar
from ..algebra.nodes import variable_key
from ..errors import InternalError
from .numbers import PRIME, NotExactError, OutsideDomainError
from .pairing import coordinates, direction_in, flat, outside, paired, point_in
from .places import Array, Place, Question
from .report import NO_POINT, TOLERANCE, UNSTEADY, Failure, Report, difference
from .values import TooLargeError

#: Points at which machine numbers are compared in a short derivation, by its nodes; residues say more at one.
POINTS, SHORT, LONG = 2, 30, 400
#: How many places are tried for a point, fewer in long derivations.
ATTEMPTS, FEW_ATTEMPTS, EXACT_ATTEMPTS = 60, 8, 6
#: Where all that is compared, or a result, is smaller, another place is tried.
TINY = 1e-3
#: A larger difference is believed at once; a smaller one where it shows at two points.
PLAIN = 1e-3
#: Sides that differ by no more than so many times what they change by at a point next to this one tell nothing.
MOST_SHAKEN = 10.0
#: With more variables than this they move together.
MOST_VARIABLES = 8
#: Entries of one variable up to which residues are quick enough.
MOST_RESIDUES = 100
#: With more terms than this the differential is not summed for the check.
MOST_TERMS = 40
COMPLEX_STRUCTURES = ("complex-gradient", "wirtinger", "wirtinger-conjugate")


@dataclass(frozen=True)
class Certificate(Report):
    """What the check of a derivation found; true when everything agreed.

    ``method`` says how differentials of the value were taken: ``"exact"`` (residues modulo 2⁶¹ − 1), ``"complex step"``
    or ``"differences"``. ``lines`` and ``results`` count what was compared at every point; ``seconds`` is what it took.
    """

    lines: int = 0
    results: int = 0
    seconds: float = field(default=0.0, compare=False)
    place: Any = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        if self.points and not self.failures and self.method == "exact":
            places = "1 random point" if self.points == 1 else f"{self.points} random points"
            return f"checked exactly at {places}, modulo 2⁶¹ − 1"
        return super().__str__()


@dataclass(frozen=True)
class Claim:
    """Two values that have to agree at every place."""

    label: str
    sides: Callable[[Place], tuple[Array, Array]]
    before: Any = None
    after: Any = None


def certify(derivation: Any) -> Certificate:
    """Check a derivation. What failed is in the certificate; nothing is raised for it.

    Results that are worked out only later are compared then, with what the certificate holds for; one that differs
    raises InternalError.
    """
    started = time.perf_counter()
    with _quiet():
        check = _Check(derivation)
        found = check.certificate()
    if found and found.place is not None:
        derivation.derived.results.watch = partial(check.confirm, found.place)
    return replace(found, seconds=time.perf_counter() - started)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of points outside the domain, which are not used."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Check:
    """The claims of a derivation, tried at places."""

    def __init__(self, derivation: Any) -> None:
        self.derivation = derivation
        self.derived = derivation.derived
        self.structure = derivation.structure
        self.variables = dict(derivation.variables)
        self.lines = list(self._lines())
        self.results = list(self._results())
        declared = [s.structured for s in derivation.program.symbols.values() if s.kind == "variable"]
        self.question = Question.of(self._expressions(), self.variables.values(), declared)

    def _expressions(self) -> Iterator[Any]:
        yield self.derivation.expression
        yield from self.derived.compact.values()
        for claim in (*self.lines, *self.results):
            yield from (side for side in (claim.before, claim.after) if side is not None)

    # ------------------------------------------------------------ what has to hold
    def _lines(self) -> Iterator[Claim]:
        plain = self.structure is None
        for k, step in enumerate(self.derived.record.steps, 1):
            compared = step.kind in ("value", "differential", "pullback", "collect") or (
                step.kind == "result" and plain and step.before is not step.after
            )
            if compared:
                yield _equal(f"step {k}, {step.rule or step.kind}", step.before, step.after)
        if 0 < len(self.derived.differential_terms) <= MOST_TERMS:
            yield _equal("the differential", differential_of(self.derivation.expression), self.derived.differential)

    def _results(self) -> Iterator[Claim]:
        value = self.derivation.expression
        hessian = self.derivation.kind == "hessian"
        if hessian:
            yield from self._gradients(value, self.derived.gradients, None)
            for key, result in self.derived.results.items():
                a, b = key.split(",")
                yield self._block(key, self.derived.gradients[a], result, self.variables[a], self.variables[b])
            return
        if self.structure in COMPLEX_STRUCTURES:
            yield from self._complex(value, dict(self.derived.results), self.structure)
            return
        made = self.derived.results.made
        results = {name: made.get(name, self.derived.compact[name]) for name in self.derived.results}
        complete = all(name in made for name in results)
        yield from self._gradients(value, results, self.structure if complete else None)

    def _gradients(self, value: Any, results: dict[str, Any], structure: str | None) -> Iterator[Claim]:
        """Every result against the differential in its direction alone; many together, in all directions at once."""
        if len(results) > MOST_VARIABLES:
            yield Claim("the results", partial(self._together, value, results))
            return
        for name, result in results.items():
            x = self.variables[name]

            def sides(place: Place, name: str = name, result: Any = result, x: Any = x) -> tuple[Array, Array]:
                key = variable_key(x)
                d = place.directions[key]
                move = place.tangent if len(results) == 1 else place.along({key: d})
                at = coordinates(structure, place.base.arrays[key], d, place.numbers)
                return flat(move(value)), paired(place(result), value, x, at, place.numbers)

            yield Claim(f"∂/∂{name}", sides, value, result)
            if structure is not None and is_scalar(value) and not is_scalar(x):
                yield Claim(f"∂/∂{name} in the structure", partial(_inside, structure, result), result)

    def _together(self, value: Any, results: dict[str, Any], place: Place) -> tuple[Array, Array]:
        total: Array = 0
        for name, result in results.items():
            x = self.variables[name]
            key = variable_key(x)
            at = coordinates(None, place.base.arrays[key], place.directions[key], place.numbers)
            total = total + paired(place(result), value, x, at, place.numbers)
        return flat(place.tangent(value)), total

    def _block(self, key: str, gradient: Any, block: Any, a: Any, b: Any) -> Claim:
        """H vec dB = vec dG; with a structure both sides are paired with a second direction within it."""
        structure = self.structure

        def sides(place: Place) -> tuple[Array, Array]:
            kb, ka = variable_key(b), variable_key(a)
            db = place.directions[kb]
            move = place.tangent if len(self.variables) == 1 else place.along({kb: db})
            at = coordinates(structure, place.base.arrays[kb], db, place.numbers)
            moved = flat(move(gradient))
            if structure is None:
                return moved, paired(place(block), gradient, b, at, place.numbers)
            x = place.base.arrays[ka]
            second = direction_in(structure, x, place.draw.array(np.shape(x)))
            row = coordinates(structure, x, second, place.numbers)
            times = place(block) @ at if np.ndim(place(block)) else place(block) * at
            return np.sum(flat(second) * moved), np.sum(row * flat(times))

        return Claim(f"∂²/∂{key}", sides, gradient, block)

    def _complex(self, value: Any, results: dict[str, Any], structure: str) -> Iterator[Claim]:
        """df(dZ) and df(i dZ) give ∂f/∂Z : dZ and ∂f/∂Z* : dZ* apart."""
        for name, result in results.items():
            x = self.variables[name]

            def sides(place: Place, result: Any = result, x: Any = x) -> tuple[Array, Array]:
                key = variable_key(x)
                d = place.directions[key]
                straight = place.along({key: d})(value)
                if not is_complex_symbol(x):
                    return straight, np.sum(place(result) * d)
                turned = place.along({key: 1j * d})(value)
                if structure == "wirtinger":
                    return (straight - 1j * turned) / 2, np.sum(place(result) * d)
                twice = 1 if structure == "wirtinger-conjugate" else 2
                return twice * (straight + 1j * turned) / 2, np.sum(place(result) * np.conj(d))

            yield Claim(f"∂/∂{name}", sides, value, result)

    def confirm(self, place: Place, name: str, result: Any) -> None:
        """A result that is worked out later, against the form of it that was compared. Raises InternalError."""
        compact = self.derived.compact[name]
        structured = self.structure is not None and self.structure not in COMPLEX_STRUCTURES
        claims = (
            self._gradients(self.derivation.expression, {name: result}, self.structure)
            if structured
            else [_equal(f"∂/∂{name}", compact, result)]
        )
        with _quiet():
            for claim in claims:
                try:
                    a, b = claim.sides(place)
                except (NotExactError, OutsideDomainError, TooLargeError):
                    continue  # its form asks more of a point than the one that was compared
                differs = np.any((a - b) % PRIME != 0) if place.numbers.exact else difference(a, b) > PLAIN
                if differs and not place.numbers.rooted:
                    raise InternalError(
                        f"{claim.label} does not hold, so it is not shown", hint="please report this fault of matcalc"
                    )

    # ------------------------------------------------------------ trying
    def certificate(self) -> Certificate:
        try:
            found = self._exactly()
            return self._with_floats() if found is None else found
        except TooLargeError as error:
            return Certificate(0.0, 0, reason=str(error))

    def _place(self, exact: bool, seed: int, attempt: int) -> Place:
        structure = self.structure
        place = Place(
            self.question, exact, seed, attempt, lambda key, x, d: direction_in(structure, x, d),
            lambda key, x: point_in(structure, x) if key in self.question.moving else x,
        )  # fmt: skip
        if exact and max((int(np.size(a)) for a in place.base.arrays.values()), default=0) > MOST_RESIDUES:
            raise NotExactError
        return place

    def _exactly(self) -> Certificate | None:
        """The comparison among residues; None where the expressions are not rational, or no point is found soon."""
        if not self.question.rational:
            return None
        for attempt in range(EXACT_ATTEMPTS):
            try:
                place = self._place(True, 0, attempt)
                compared = self._compared(place)
            except OutsideDomainError:
                continue
            except NotExactError:
                return None
            wrong = [(claim, 1.0) for claim, a, b in compared if np.any((a - b) % PRIME != 0)]
            if wrong and place.numbers.rooted:
                return None
            return self._made("exact", wrong, points=1, largest=float(bool(wrong)), place=place)
        return None

    def _with_floats(self) -> Certificate:
        method = "complex step" if self.question.steppable else "differences"
        wanted = POINTS if self.question.size <= SHORT and self.question.steppable else 1
        points, seed, largest, place = 0, 0, 0.0, None
        wrong: list[list[tuple[Claim, float]]] = []
        reason = NO_POINT
        while points < wanted and seed < wanted + 3:
            found = self._somewhere(seed)
            seed += 1
            if found is None:
                continue
            apart = [(claim, difference(a, b)) for claim, a, b in found[1]]
            failing = [(claim, by) for claim, by in apart if not by <= TOLERANCE]
            if failing and _is_rounding(*found, dict(failing)):
                reason = UNSTEADY
                continue
            place, points = found[0], points + 1
            largest = max([largest, *(by for _, by in apart)])
            if failing:
                wrong.append(failing)
                if len(wrong) > 1 or max(by for _, by in failing) > PLAIN:
                    break
                wanted = points + 3  # rounding near a singular point, or a small fault: others tell
        if not points:
            return Certificate(0.0, 0, reason=reason, method=method)
        plain = len(wrong) > 1 or (bool(wrong) and max(by for _, by in wrong[0]) > PLAIN)
        return self._made(method, wrong[-1] if plain else [], points=points, largest=largest, place=place)

    def _somewhere(self, seed: int) -> tuple[Place, list[tuple[Claim, Array, Array]]] | None:
        """A place at which everything has a finite real value, with what is compared there."""
        for attempt in range(ATTEMPTS if self.question.size <= LONG else FEW_ATTEMPTS):
            try:
                place = self._place(False, seed, attempt)
                compared = self._compared(place)
            except OutsideDomainError:
                continue
            sides = [side for _, a, b in compared for side in (a, b)]
            sizes = [tuple(float(np.max(np.abs(x), initial=0)) for x in (a, b)) for _, a, b in compared]
            tiny = any(0 < min(both) < TINY for both in sizes[len(self.lines) :])
            if attempt < FEW_ATTEMPTS and (tiny or max((a for a, _ in sizes), default=1.0) < TINY):
                continue  # what is wrong could pass
            if all(np.all(np.isfinite(a)) and (self.question.is_complex or np.isrealobj(a)) for a in sides):
                return place, compared
        return None

    def _compared(self, place: Place) -> list[tuple[Claim, Array, Array]]:
        return [(claim, *claim.sides(place)) for claim in (*self.lines, *self.results)]

    def _made(self, method: str, wrong: list[tuple[Claim, float]], **found: Any) -> Certificate:
        failures = tuple(Failure(claim.label, by, claim.before, claim.after) for claim, by in wrong)
        lines, results = len(self.lines), len(self.results)
        return Certificate(method=method, failures=failures, lines=lines, results=results, **found)


def _is_rounding(place: Place, compared: Iterable[tuple[Claim, Array, Array]], failing: Mapping[Claim, float]) -> bool:
    """Do all sides that differ change as much when the point moves in its last digits?"""
    near = place.shaken()
    try:
        return all(
            failing[claim] <= MOST_SHAKEN * max(map(difference, (a, b), claim.sides(near)))
            for claim, a, b in compared
            if claim in failing
        )
    except OutsideDomainError:  # next to the point there is no value
        return True


def _equal(label: str, before: Any, after: Any) -> Claim:
    return Claim(label, lambda place: (place(before), place(after)), before, after)


def _inside(structure: str, result: Any, place: Place) -> tuple[Array, Array]:
    gradient = place(result)
    beyond = outside(structure, gradient)
    return (gradient * 0, gradient * 0) if beyond is None else (beyond, beyond * 0)
