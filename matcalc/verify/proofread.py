"""Numeric proof-reading: expressions at random points, derivatives by complex steps, one line against the next.

Everything is evaluated through the array program, so that a proof-read is one of the emitted code too. Derivatives of
values come from f(X + ih dX) = f(X) + ih df + O(h²), which has no cancellation and is exact to rounding (Squire & Trapp
1998); :func:`directional_derivative` can take central differences with Richardson extrapolation instead. All that is
random comes from a seed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from ..algebra import is_complex_symbol
from ..algebra.nodes import is_differential, variable_key
from ..code.interpret import interpret
from ..code.lower import lower
from ..code.lowering import inputs_of
from ..code.program import Input, Program, Value
from ..sampling import Point, number_of, positive_symbols, random_functions, random_point, sizes_of, whole_symbols
from .report import NO_POINT, TOLERANCE, Failure, Report, difference
from .structures import in_structure

Array: TypeAlias = Any

#: The imaginary step; its square is nothing beside 1.
STEP = 1e-20
#: Matrices with a larger condition number are too near singular for a comparison.
WORST_CONDITION = 1e4
#: How many ways to draw a point are tried before giving up.
ATTEMPTS = 80


# ---------------------------------------------------------------- evaluation
def evaluate(expression: Any, arrays: Mapping[Any, Array], functions: Mapping[str, Any] | None = None) -> Array:
    """The value of an expression; arrays are keyed by symbol or by name, functions by name (see `random_functions`)."""
    return interpret(lower({"value": expression}, _inputs(expression, arrays)), arrays, functions)["value"]


def _inputs(expression: Any, arrays: Mapping[Any, Array]) -> tuple[Input, ...]:
    """The variables of an expression, and those from whose shapes a size may be found."""
    return inputs_of([expression, *(key for key in arrays if not isinstance(key, str))])


# ---------------------------------------------------------------- derivatives
def directional_derivative(
    expression: Any,
    point: Mapping[Any, Array],
    directions: Mapping[Any, Array],
    functions: Mapping[str, Any] | None = None,
    method: str = "complex",
) -> Array:
    """d/dt of the expression at X + t dX, t = 0: by a complex step, or by ``"differences"``."""
    program = lower({"value": expression}, _inputs(expression, point))
    return _derivatives(program, point, directions, functions or {}, method)["value"]


def _derivatives(
    program: Program,
    point: Mapping[Any, Array],
    directions: Mapping[Any, Array],
    functions: Mapping[str, Any],
    method: str,
) -> dict[str, Array]:
    if method == "complex":
        moved = interpret(program, _moved(point, directions, 1j * STEP), functions)
        return {name: np.imag(a) / STEP for name, a in moved.items()}
    return _richardson(program, point, directions, functions)


def _moved(point: Mapping[Any, Array], directions: Mapping[Any, Array], step: complex) -> Point:
    """X + t dX."""
    return {s: a + step * directions[s] if s in directions else a for s, a in point.items()}


def _richardson(
    program: Program, point: Mapping[Any, Array], directions: Mapping[Any, Array], functions: Mapping[str, Any]
) -> dict[str, Array]:
    """Central differences at steps h, h/2, h/4, …, extrapolated to 0."""

    def central(h: float) -> dict[str, Array]:
        sides = [interpret(program, _moved(point, directions, step), functions) for step in (h, -h)]
        return {name: (sides[0][name] - sides[1][name]) / (2 * h) for name in sides[0]}

    table = [central(2.0**-k) for k in range(4, 9)]
    for order in range(1, len(table)):
        factor = 4.0**order
        table = [{n: (factor * b[n] - a[n]) / (factor - 1) for n in a} for a, b in pairwise(table)]
    return table[0]


# ---------------------------------------------------------------- points of the domain
@dataclass(frozen=True)
class Sample:
    """A point, a direction, sizes, and functions for the unspecified ones."""

    point: Point
    directions: Point
    sizes: Mapping[Any, int]
    functions: Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """Two arrays that should be equal, and what they are."""

    label: str
    a: Array
    b: Array
    before: Any = None
    after: Any = None


class Sheet:
    """Pairs of expressions, compiled once, to be evaluated at many points.

    They may contain ``Differential`` nodes: of a variable it is the direction, of any other node the directional
    derivative of its value; of a symbol that is not among the variables it is zero. ``symbols`` are further variables;
    one with declared properties is drawn with them, wherever it stands without.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[Any, Any]],
        variables: Sequence[Any],
        labels: Sequence[str] = (),
        symbols: Iterable[Any] = (),
    ) -> None:
        self.pairs = pairs
        self.labels = [labels[k] if k < len(labels) else f"line {k + 1}" for k in range(len(pairs))]
        whole = [side for pair in pairs for side in pair]
        differentials = [one.symbol for one in inputs_of(whole) if is_differential(one.symbol)]
        inner = [d.args[0] for d in differentials]
        self.expressions = [*whole, *inner, *variables, *symbols]
        inputs = inputs_of(self.expressions)
        self.inputs = tuple(one for one in inputs if not is_differential(one.symbol))
        self.symbols = [one.symbol for one in self.inputs]
        self.complex = any(map(is_complex_symbol, self.symbols))
        self.method = "differences" if self.complex else "complex"  # a complex step needs real variables
        canonical = {variable_key(s): s for s in self.symbols}
        self.variables = [canonical[variable_key(v)] for v in variables]
        self._differentials = differentials
        self._lines = lower(
            {str(k): side for k, side in enumerate(whole)}, (*self.inputs, *(i for i in inputs if i not in self.inputs))
        )
        self._inner = lower({str(k): node for k, node in enumerate(inner)}, self.inputs)

    def draw(self, seed: int, attempt: int) -> Sample:
        """A point; further attempts draw it, and choose the sizes, in other ways."""
        rng = np.random.default_rng([seed, attempt])
        sizes = sizes_of(self.expressions, attempt)
        functions = random_functions(self.expressions, rng, sizes)
        point = random_point(
            self.symbols, rng, sizes, attempt, positive_symbols(self.expressions), whole_symbols(self.expressions)
        )
        directions = {v: _direction(v, rng, np.shape(point[v])) for v in self.variables}
        return Sample(point, directions, sizes, functions)

    def comparisons(self, sample: Sample) -> list[Comparison]:
        """Both sides of every pair at a point."""
        arrays = dict(sample.point)
        if self._differentials:
            moved = _derivatives(self._inner, sample.point, sample.directions, sample.functions, self.method)
            arrays |= {d: moved[str(k)] for k, d in enumerate(self._differentials)}
            interpret(self._inner, sample.point, sample.functions, require_regular)
        sides = interpret(self._lines, arrays, sample.functions, require_regular)
        return [
            Comparison(label, sides[str(2 * k)], sides[str(2 * k + 1)], *pair)
            for k, (label, pair) in enumerate(zip(self.labels, self.pairs, strict=True))
        ]


def require_regular(value: Value, operands: Sequence[Array]) -> None:
    """Refuse a point at which an entry is not a finite real number, or a matrix is nearly singular."""
    if (
        value.op in ("solve", "inverse", "logdet", "cholesky")
        and not np.linalg.cond(np.real(operands[0])) < WORST_CONDITION
    ):
        raise np.linalg.LinAlgError("nearly singular")


def _somewhere(sheet: Sheet, seed: int, compare: Callable[[Sample], list[Comparison]]) -> list[Comparison] | None:
    """What is compared at a point where everything is finite and real; None where none is found."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of points outside the domain, which are not used
        for attempt in range(ATTEMPTS):
            sample = sheet.draw(seed, attempt)
            try:
                found = compare(sample)
            except (np.linalg.LinAlgError, IndexError):  # singular, not positive definite, e_n shorter than n
                continue
            if all(
                _is_finite(side) and (sheet.complex or not np.iscomplexobj(side)) for c in found for side in (c.a, c.b)
            ):
                return found
    return None


def _is_finite(a: Array) -> bool:
    return bool(np.all(np.isfinite(a)))


def _direction(variable: Any, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """A random direction, complex for a complex variable."""
    real = np.asarray(rng.standard_normal(shape))
    return real + 1j * rng.standard_normal(shape) if is_complex_symbol(variable) else real


# ---------------------------------------------------------------- proof-reading
def check_pairs(
    pairs: Sequence[tuple[Any, Any]],
    variables: Sequence[Any],
    *,
    labels: Sequence[str] = (),
    points: int = 3,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> Report:
    """Compare both sides of every pair at random points, in random directions d(variable); see :class:`Sheet`."""
    sheet = Sheet(pairs, variables, labels)
    return _proof_read(sheet, sheet.comparisons, points, seed, tolerance)


def check(derivation: Any, trials: int = 3, seed: int = 0, tolerance: float = TOLERANCE) -> Report:
    """Proof-read a derivation: every step against its predecessor, the compiled code against derivatives of the value.

    The first step's left side is the differential of the value itself, by a complex step; every entry of the compiled
    derivative is compared with one too (for a Hessian, of the gradient, whose own steps are among those compared).
    """
    steps = [step for step in derivation.steps if step.kind in ("value", "differential", "pullback", "collect")]
    symbols = [s.structured for s in derivation.program.symbols.values() if s.kind in ("variable", "index")]
    sheet = Sheet(
        [(step.before, step.after) for step in steps],
        list(derivation.variables.values()),
        [f"step {k}, {step.rule or step.kind}" for k, step in enumerate(steps, 1)],
        symbols,
    )
    code = _CodeCheck(derivation, sheet) if derivation.layout == "gradient" else None
    return _proof_read(
        sheet,
        lambda sample: sheet.comparisons(sample) + (code.comparisons(sample) if code else []),
        trials,
        seed,
        tolerance,
    )


def _proof_read(
    sheet: Sheet, compare: Callable[[Sample], list[Comparison]], points: int, seed: int, tolerance: float
) -> Report:
    largest, done = 0.0, 0
    worst: dict[str, Failure] = {}
    for number in range(points):
        found = _somewhere(sheet, seed + number, compare)
        if found is None:
            continue
        done += 1
        for c in found:
            apart = difference(c.a, c.b)
            largest = max(largest, apart)
            if apart > tolerance and (c.label not in worst or apart > worst[c.label].difference):
                worst[c.label] = Failure(c.label, apart, c.before, c.after)
    return Report(largest, done, tuple(worst.values()), "" if done else NO_POINT)


# ---------------------------------------------------------------- the compiled code
class _CodeCheck:
    """The compiled value and derivative against the value and its complex steps, entry by entry."""

    def __init__(self, derivation: Any, sheet: Sheet) -> None:
        self.structure = derivation.structure
        self.hessian = derivation.kind == "hessian"
        self.names = list(derivation.variables)
        self.keys = list(derivation.derived.results)
        self.sheet = sheet
        self.compiled = derivation.compile()
        values = list(derivation.derived.gradients.values()) if self.hessian else [derivation.expression]
        self._value = lower({"value": derivation.expression}, sheet.inputs)
        self._programs = [lower({"value": value}, sheet.inputs) for value in values]

    def comparisons(self, sample: Sample) -> list[Comparison]:
        functions = {
            argument: sample.functions[callee.name][callee.order]
            for callee, argument in self.compiled.module.signature.callables.items()
        }
        value, derivative = self.compiled.value_and_derivative(**self._arguments(sample), **functions)
        parts = derivative if isinstance(derivative, dict) else dict.fromkeys(self.keys, derivative)
        plain = interpret(self._value, sample.point, sample.functions, require_regular)["value"]
        found = [Comparison("compiled value", plain, value)]
        for k, program in enumerate(self._programs):
            for name, variable in zip(self.names, self.sheet.variables, strict=True):
                key = f"{self.names[k]},{name}" if self.hessian else name
                if self.sheet.complex:
                    want = complex_entries(program, sample, variable, self.structure)
                else:
                    want = all_entries(program, sample, variable)
                    want = in_structure(
                        want, self.structure, np.ndim(sample.point[variable]), self.hessian, sample.point[variable]
                    )
                got = parts[key]
                if np.ndim(got) == 3 and np.ndim(want) == 2:  # by all samples X_i, whose columns are vec X_i
                    got = got.swapaxes(0, 1).reshape(np.shape(want))
                found.append(Comparison(f"compiled ∂/∂{key}", want, got))
        return found

    def _arguments(self, sample: Sample) -> dict[str, Array]:
        """The point as the caller passes it: by name, with the declared axes."""
        arrays = {variable_key(s): a for s, a in sample.point.items()}
        given = {}
        for one in self.compiled.module.inputs:
            shape = tuple(number_of(size, sample.sizes) for size in one.declared)
            array = arrays.get(variable_key(one.symbol))  # None where only a size is found from it
            if array is not None and len(shape) == 3:  # the columns are vec X_i
                array = array.reshape(shape[1], shape[0], shape[2]).swapaxes(0, 1)
            given[one.name] = np.zeros(shape) if array is None else array.reshape(shape)
        return given


def all_entries(program: Program, sample: Sample, variable: Any, unit: complex = 1.0, method: str = "complex") -> Array:
    """The derivative of a program's value by every entry of a variable: the value's axes, then the variable's.

    Entries move along ``unit``: i for an imaginary part.
    """
    at = sample.point[variable]
    columns = []
    for k in range(at.size):
        basis = np.zeros(at.size, dtype=type(unit))
        basis[k] = unit
        direction = {variable: basis.reshape(at.shape)}
        columns.append(_derivatives(program, sample.point, direction, sample.functions, method)["value"])
    return np.stack(columns, axis=-1).reshape(np.shape(columns[0]) + at.shape)


def complex_entries(program: Program, sample: Sample, variable: Any, structure: str | None) -> Array:
    """The derivative by a variable where some are complex, in the convention: a + ib, ½(a − ib) or ½(a + ib).

    a is the derivative by the real parts, b that by the imaginary parts.
    """
    a = all_entries(program, sample, variable, method="differences")
    if not is_complex_symbol(variable):
        return a
    b = all_entries(program, sample, variable, 1j, "differences")
    return {"complex-gradient": a + 1j * b, "wirtinger-conjugate": (a + 1j * b) / 2}.get(
        structure or "", (a - 1j * b) / 2
    )
