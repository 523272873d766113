"""Why a step holds: both of its sides written out entry by entry, for small sizes, and SymPy's word that they agree."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sympy import Integer, Matrix

from ..algebra import add, depends_on, is_named, is_scalar, matrix, postorder, replace, scalar, shape_of, total
from ..algebra.core import PRINTERS
from ..algebra.nodes import Differential, DifferentialScalar, is_symbol
from ..calculus.simplify import expand_names
from ..calculus.steps import Step
from ..errors import DerivationError, LimitError
from ..operators import operator_of
from .explicit import vanish
from .written import Written, entries_of

#: The kinds of steps that say that one thing equals another.
EQUATIONS = ("value", "differential", "pullback", "collect")
#: Sizes that a step is written out for.
LARGEST_SIZE = 3
#: An entry with more characters than this explains nothing.
LONGEST_ENTRY = 1200


@dataclass(frozen=True)
class Why:
    """A step entry by entry: ``before`` and ``after`` are SymPy matrices, 1×1 for scalars; ``sizes`` says for which."""

    number: int
    step: Step
    sizes: tuple[tuple[str, int], ...]
    before: Matrix
    after: Matrix
    proved: bool
    taken: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return PRINTERS["why"](self, self.taken)


def why(derivation: Any, number: int, size: int = 2) -> Why:
    """The step of this number, from 1, with every size taken as ``size``.

    Names and their differentials stand for themselves where they are shown; for the proof everything is written out in
    the variables. Raises DerivationError for a step that there is not or that has no formula in its entries, LimitError
    for larger sizes.
    """
    steps = [step for step in derivation.steps if step.kind in EQUATIONS]
    if not 1 <= number <= len(steps):
        raise DerivationError(f"there is no step {number}", hint=f"the steps are 1 to {len(steps)}")
    if not 1 <= size <= LARGEST_SIZE:
        raise LimitError(f"a step is written out for sizes up to {LARGEST_SIZE}")
    step = steps[number - 1]
    variables = {**{x: x for x in derivation.variables.values()}, **_structured(derivation)}
    letters = {s for node in postorder(step.before, step.after) for one in shape_of(node) for s in one.free_symbols}
    sizes = {letter: Integer(size) for letter in letters}
    taken = set(derivation.program.symbols)
    small = {x.xreplace(sizes): y.xreplace(sizes) for x, y in variables.items()}
    given = {x: entries_of(y, taken) for x, y in small.items() if x != y}
    shown, proof = [], []
    for side in (step.before.xreplace(sizes), step.after.xreplace(sizes)):
        shown.append(Written(True, taken, given).matrix(_without_differentials(side, small, True)))
        proof.append(Written(False, taken, given).matrix(expand_names(_without_differentials(side, small, False))))
    differences = (proof[0] - proof[1]).applyfunc(vanish)
    named = tuple(sorted((str(letter), size) for letter in letters))
    if max(len(str(entry)) for side in shown for entry in side) > LONGEST_ENTRY:
        raise LimitError(f"step {number} is too long to be written out", hint="another step, or a smaller size")
    proved = all(entry == 0 for entry in differences)
    return Why(number, step, named, shown[0], shown[1], proved, frozenset(taken))


def _structured(derivation: Any) -> dict[Any, Any]:
    """The variables with declared properties, as they stand in lines, and with their properties."""
    symbols = derivation.program.symbols.values()
    return {s.node: s.structured for s in symbols if s.kind == "variable" and s.node in derivation.variables.values()}


def _without_differentials(root: Any, variables: Collection[Any], named: bool) -> Any:
    """Differentials of variables as variables, dx; those of formulas by their rules. ``named``: dz of a name stays."""
    memo: dict[Any, Any] = {}
    found = [node for node in postorder(root) if isinstance(node, (Differential, DifferentialScalar))]
    hit = depends_on(add(*(total(node.args[0]) for node in found)), variables) if found else set()
    return replace(root, {node: _differential(node.args[0], hit, named, memo) for node in found})


def _differential(node: Any, hit: Collection[Any], named: bool, memo: dict[Any, Any]) -> Any:
    if node in memo:
        return memo[node]
    if is_symbol(node) or (named and is_named(node)):
        name = f"d{node.name[0].lower()}{node.name[1:]}"
        made = scalar(name) if is_scalar(node) else matrix(name, *node.shape)
    elif is_named(node):
        made = _differential(node.definition, hit, named, memo)
    else:
        pairs = operator_of(node).differential(node)
        made = add(*(one.apply(_differential(x, hit, named, memo)) for x, one in pairs if x in hit))
    memo[node] = made
    return made


__all__ = ["Why", "why"]
