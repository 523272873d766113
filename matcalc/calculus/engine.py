"""From an expression and variables to derivatives with their steps: one call for every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal, TypeAlias

from ..algebra import (
    add,
    differential_of,
    is_named,
    is_scalar,
    is_symmetric,
    mul,
    named,
    postorder,
    replace,
    shape_of,
    show_shape,
)
from ..algebra.nodes import Frobenius
from ..errors import DerivationError
from .chain import chain_steps
from .cost import count_operations, full_weight
from .gradient import gradient_steps
from .intermediates import Names, name_intermediates, with_names
from .jacobian import differential_map, jacobian_steps, names_of
from .samples import as_sum
from .simplify import Simplifier, expand_names
from .special import add_symmetric_case, with_properties
from .steps import Record, Step
from .structure import in_structure, needs, on_vec
from .wirtinger import choose_structure, complex_gradients, is_complex_problem, require_supported

KindName = Literal["gradient", "jacobian", "hessian", "differential"]
KINDS: tuple[KindName, ...] = ("gradient", "jacobian", "hessian", "differential")


#: The arrays of a sum with their samples, the length of the sample axis, and the index.
Samples: TypeAlias = "tuple[Mapping[Any, Any], Any, str]"

#: A result with more operations than this is printed in its named intermediates alone.
LONGEST_RESULT = 400


class Results(Mapping[str, Any]):
    """Derivatives by key, each worked out when it is first asked for."""

    def __init__(self) -> None:
        self._makers: dict[str, Callable[[], Any]] = {}
        #: Shown every result that is made from now on, before anybody else: the certificate's.
        self.watch: Callable[[str, Any], None] | None = None
        self._made: dict[str, Any] = {}

    @property
    def made(self) -> Mapping[str, Any]:
        """Those that have been worked out."""
        return self._made

    def later(self, key: str, maker: Callable[[], Any]) -> None:
        self._makers[key] = maker

    def __getitem__(self, key: str) -> Any:
        if key not in self._made:
            made = self._makers[key]()
            if self.watch is not None:
                self.watch(key, made)
            self._made[key] = made
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _same(result: Any) -> Any:
    return result


@dataclass
class Derived:
    """What the engine found: results by key, the differential, the record, and the forms with named intermediates."""

    kind: KindName
    expression: Any
    variables: tuple[Any, ...]
    results: Results = field(default_factory=Results)
    compact: dict[str, Any] = field(default_factory=dict)
    gradients: dict[str, Any] = field(default_factory=dict)
    differential_terms: tuple[Any, ...] = ()
    structure: str | None = None
    record: Record = field(default_factory=Record)

    @cached_property
    def differential(self) -> Any:
        """The sum of its terms, one a variable; None where there are none."""
        return add(*self.differential_terms) if self.differential_terms else None


def run(
    value: Any,
    variables: Mapping[str, Any],
    kind: KindName,
    *,
    taken: Sequence[str] = (),
    structured: Mapping[Any, Any] | None = None,
    structure: str | None = None,
    letter: str = "f",
    detail: str = "normal",
    samples: Samples | None = None,
) -> Derived:
    """Differentiate ``value`` by the variables (display name → node).

    ``structured`` maps a variable, which is differentiated entry by entry, to the symbol with its declared properties,
    which the result may use. ``structure`` projects the result. Raises DerivationError where the kind does not fit.
    """
    if kind in ("gradient", "hessian") and not is_scalar(value):
        raise DerivationError(
            f"a {kind.replace('hess', 'Hess')} needs a scalar, but the value is {show_shape(shape_of(value))}",
            hint='did you mean the Jacobian (kind="jacobian")?',
        )
    found = Derived(kind, value, tuple(variables.values()), structure=structure)
    names = Names(taken)
    prepared = name_intermediates(value, variables.values(), names)
    finish = _Finish(structured or {}, structure)
    full = detail == "full"
    if is_complex_problem(value, variables):
        require_supported(value, variables, kind)
        if is_scalar(value):
            _complex_gradients(found, variables, names, finish, letter, full)
            return found
    if kind == "gradient" or (kind == "differential" and is_scalar(value)):
        _gradients(found, prepared, variables, names, finish, letter, full)
    elif kind == "hessian":
        _gradients(found, prepared, variables, names, _Finish({}, None), letter, full)
        _hessians(found, variables, names, finish)
    else:
        _jacobians(found, prepared, variables, names, finish, letter)
    if samples is not None and kind == "gradient":
        _sums(found, samples, letter)
    if structured:
        found.record.steps = with_properties(found.record.steps, structured)
    if detail == "brief":
        found.record.steps = _brief(found, letter)
    return found


def _brief(found: Derived, letter: str) -> list[Step]:
    """The differential and the answer alone, with the names that stand in them."""
    results = [s for s in found.record.steps if s.kind == "result"]
    lets = {s.left: s for s in found.record.steps if s.kind == "let"}
    needed = {n.name for s in results for n in postorder(s.before) if is_named(n)}
    line = Step(
        "differential",
        f"d{letter if is_scalar(found.expression) else letter.upper()}",
        differential_of(found.expression),
        found.differential,
    )
    shown = [line] if found.differential_terms else []
    return [*(s for name, s in lets.items() if name in needed), *shown, *results]


@dataclass(frozen=True)
class _Finish:
    """The last touches of a result: declared properties, the structure asked for, textbook form."""

    structured: Mapping[Any, Any]
    structure: str | None
    simplify: Simplifier = field(default_factory=Simplifier)

    def plain(self, result: Any) -> Any:
        """Textbook form, with the declared properties used."""
        plain = self.simplify(self.simplify.expand_names(result))
        return self.simplify(replace(plain, self.structured)) if self.structured else plain

    def gradient(self, result: Any, x: Any) -> Any:
        return in_structure(self.plain(result), self.structure, self.structured.get(x, x))

    def on_vec(self, result: Any, rows: Any, columns: Any) -> Any:
        """For a matrix on vec; ``rows`` and ``columns`` are the variables among its sides, or None."""
        return on_vec(self.plain(result), self.structure, rows, columns)


def _gradients(
    found: Derived, value: Any, variables: Mapping[str, Any], names: Names, finish: _Finish, letter: str, full: bool
) -> None:
    if full:
        chain_steps(value, list(variables.values()), found.record, letter)
    raw = gradient_steps(value, list(variables.values()), names, found.record, letter, one_rule_a_line=full)
    terms = []
    for name, x in variables.items():
        found.record.assume(*needs(finish.structure, x))
        compact = finish.simplify(raw[x])
        found.compact[name] = compact
        found.results.later(name, partial(finish.gradient, compact, x))
        d = differential_of(x)
        terms.append(mul(compact, d) if is_scalar(x) else Frobenius.make(compact, d))
        found.record.add(_result_step(letter, name, compact, found.results, finish.structure))
        add_symmetric_case(found.record, f"∂{letter}/∂{name}", found.results, name, variables)
    found.differential_terms = tuple(terms)


def _complex_gradients(
    found: Derived, variables: Mapping[str, Any], names: Names, finish: _Finish, letter: str, full: bool
) -> None:
    """By complex variables; nothing is put off, since both Wirtinger derivatives are lines of the derivation."""
    found.structure = choose_structure(found.expression, variables, finish.structure)
    results, differential = complex_gradients(
        found.expression, variables, found.structure, names, found.record, finish.simplify, letter, full
    )
    found.differential_terms = (differential,)
    for name, result in results.items():
        found.compact[name] = result
        found.results.later(name, partial(_Finish(finish.structured, None).plain, result))


def _sums(found: Derived, samples: Samples, letter: str) -> None:
    """The gradients as sums over the samples, beside the matrix forms."""
    for name, result in found.results.items():
        form = as_sum(result, *samples) if full_weight(result) <= LONGEST_RESULT else None
        if form is not None:
            found.record.add(Step("result", f"∂{letter}/∂{name}", form, form, note="as a sum over the samples"))


def _result_step(letter: str, name: str, compact: Any, results: Results, structure: str | None) -> Step:
    """The answer; in named intermediates first where that is shorter, and alone where it would be very long without."""
    left, note = f"∂{letter}/∂{name}", structure or ""
    if full_weight(compact) > LONGEST_RESULT:
        return Step("result", left, compact, compact, note=note)
    result = results[name]
    if structure:  # the compact form is that of independent entries
        return Step("result", left, result, result, note=note)
    shorter = any(is_named(n) for n in postorder(compact)) and count_operations(compact) < count_operations(result)
    return Step("result", left, compact if shorter else result, result, note=note)


def _jacobians(
    found: Derived, value: Any, variables: Mapping[str, Any], names: Names, finish: _Finish, letter: str
) -> None:
    known = names_of(value, list(variables.values()), names.derived)
    answers = jacobian_steps(value, list(variables.values()), found.record, letter.upper(), names.derived)
    terms = []
    for name, x in variables.items():
        result = finish.on_vec(answers[x], None, x)
        found.compact[name] = result
        found.results.later(name, partial(_same, result))
        terms.append(differential_map(expand_names(value), x).apply(differential_of(x)))
        short = with_names(result, known)
        found.record.add(_result_step(letter.upper(), name, short, found.results, finish.structure))
    found.differential_terms = tuple(terms)


def _hessians(found: Derived, variables: Mapping[str, Any], names: Names, finish: _Finish) -> None:
    """The Jacobian of every gradient by every variable; block (a, b) is ∂²f/∂vec a ∂(vec b)ᵀ."""
    single = len(variables) == 1
    gradients, found.results, compact, found.compact = found.results, Results(), found.compact, {}
    for a, x in variables.items():
        found.gradients[a] = gradients[a]
        letter = names.fresh("g h q" if single or is_scalar(x) or 1 in shape_of(x) else "G H Q")
        shown = compact[a] if count_operations(compact[a]) <= count_operations(gradients[a]) else gradients[a]
        found.record.add(Step("let", letter, named(letter, shown), shown, note="gradient"))
        known = names_of(shown, list(variables.values()), names.derived)
        answers = jacobian_steps(shown, list(variables.values()), found.record, letter, names.derived)
        for b, y in variables.items():
            result = finish.on_vec(answers[y], x, y)
            key = f"{a},{b}"
            found.compact[key] = result
            found.results.later(key, partial(_same, result))
            left = f"∂²f/∂{a}²" if a == b else f"∂²f/∂{a}∂{b}"
            short = with_names(result, known)
            short = short if count_operations(short) < count_operations(result) else result
            note = _symmetry_note(result) if a == b else ""
            found.record.add(Step("result", left, short, result, note=note))


def _symmetry_note(result: Any) -> str:
    return "symmetric" if not is_scalar(result) and is_symmetric(result) else ""
