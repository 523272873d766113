"""The gradient of a scalar: its differential, pulled back until only M : dX is left.

Reverse mode on the expression DAG. The derivation walks from the value to the variables, one level of operators a line.
A line does two things: what the line before wrote as M : L(dA) is moved to L*(M) : dA (an A:B identity), and the
differentials that come next are written out (a rule of the operator table). Terms that meet at one node are added
before the node is opened, so the cost is linear in the number of distinct nodes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy import Add, Mul, Pow, S

from ..algebra import (
    add,
    depends_on,
    differential_of,
    is_named,
    is_scalar,
    is_zero,
    named,
    postorder,
    replace,
    shape_of,
    split_coefficient,
    zero_like,
)
from ..algebra.nodes import Elementwise, Frobenius, Hadamard, MatProduct, MatSum, Norm, Transpose, replace_outside_names
from ..maps import Composition, FrobeniusWith, IdentityMap, LinearMap, Scaling, TransposeMap
from ..operators import operator_of
from .cost import count_operations
from .intermediates import DERIVED, Names
from .simplify import Simplifier
from .steps import Record, Rule, Step

#: A cotangent with more operations than this gets a name where it goes on into several terms, or into one.
LONG_COTANGENT, LONGEST_COTANGENT = 2, 9


#: Terms that a step leaves alone are written again while they are at most this many.
MOST_CARRIED = 4


@dataclass(frozen=True)
class Pending:
    """M : L(d node), a term of the line: cotangent, map (None once moved), node."""

    cotangent: Any
    map: LinearMap | None
    node: Any

    @property
    def displayed(self) -> Any:
        """The term as written."""
        d = differential_of(self.node)
        image = d if self.map is None else self.map.apply(d)
        if is_scalar(image):
            return Mul(self.cotangent, image, evaluate=True)
        if self.map is None:
            return _colon(self.cotangent, d)
        return _colon(self.cotangent, image)

    def moved(self) -> Pending:
        """L*(M) : d node."""
        return self if self.map is None else Pending(self.map.pull(self.cotangent), None, self.node)


def _colon(m: Any, image: Any) -> Any:
    """M : image, as it stands; the scalar factors of M in front."""
    if is_zero(m) or is_zero(image):
        return S.Zero
    return Frobenius.make(m, image)


def _through_transpose(x: Any, one: LinearMap) -> tuple[Any, LinearMap]:
    """d(Xᵀ) = (dX)ᵀ needs no line of its own."""
    while isinstance(x, Transpose):
        inner = x.args[0]
        turn = TransposeMap(shape_of(inner), shape_of(x))
        one = turn if isinstance(one, IdentityMap) else Composition(turn.domain, one.codomain, (*one.parts(), turn))
        x = inner
    return x, one


def is_trivial(node: Any, pairs: Sequence[Any]) -> bool:
    """What is below is opened in the same line: sums, names, scalings by what does not depend on the variable."""
    if isinstance(node, (Add, MatSum)) or is_named(node):
        return True
    if isinstance(node, MatProduct):
        return len(node.factors) == 1 and len(pairs) == 1
    return isinstance(node, Mul) and len(pairs) == 1


def levels(
    root: Any, hit: set[Any], variables: set[Any], derived: Mapping[Any, Any] | None = None
) -> tuple[list[list[Any]], dict[Any, list[tuple[Any, LinearMap]]]]:
    """The dependent nodes by the line in which they are opened, in topological order, and their differentials.

    ``derived`` maps what stands in a differential to its name: softmax(z) to p.
    """
    order = [n for n in postorder(root) if n in hit and n not in variables]
    pairs: dict[Any, list[tuple[Any, LinearMap]]] = {}
    named_as = {n.definition: n for n in order if is_named(n)}
    level: dict[Any, int] = {root: 0}
    found: dict[int, list[Any]] = defaultdict(list)
    for node in reversed(order):
        if node not in level:  # nothing reaches it: a norm whose square is differentiated at once
            continue
        operator = operator_of(node)
        pairs[node] = [_through_transpose(x, m) for x, m in operator.differential(node) if x in hit]
        if node in named_as or type(node) in DERIVED:  # with a = tanh(z), da = (1 − a ⊙ a) ⊙ dz
            by_name = partial(replace_outside_names, table={**(derived or {}), node: named_as.get(node, node)})
            pairs[node] = [(x, one.rewritten(by_name)) for x, one in pairs[node]]
        found[level[node]].append(node)
        for x, one in pairs[node]:
            same = is_trivial(node, pairs[node]) or (
                isinstance(one, FrobeniusWith) and type(x) in (MatProduct, MatSum, Hadamard)
            )
            level[x] = max(level.get(x, 0), level[node] if same else level[node] + 1)
    return [found[k] for k in sorted(found)], pairs


def gradient_steps(
    value: Any,
    variables: Sequence[Any],
    names: Names,
    record: Record,
    letter: str = "f",
    name_cotangents: bool = True,
    one_rule_a_line: bool = False,
) -> dict[Any, Any]:
    """The gradient of a scalar by each variable, with every step recorded; the named intermediates are kept.

    ``one_rule_a_line`` gives moving a map and opening the next differential a line each.
    """
    wanted = set(variables)
    hit = depends_on(value, wanted)
    for node in postorder(value):
        if is_named(node) and node in hit and node not in wanted:
            record.add(Step("let", node.name, node, node.definition))
    value = _squares_as_products(value, hit, letter, record)
    hit = depends_on(value, wanted)
    if value not in hit:
        return {x: zero_like(x) for x in variables}
    lines, pairs = levels(value, hit, wanted, names.derived)
    numbers, numbered = _numbers_of_layers(value), False
    simplify = Simplifier()
    record_derived(pairs, names.derived, record)
    left = f"d{letter}"
    active: list[Pending] = [Pending(S.One, None, value)]  # terms still to be opened or moved
    finished: list[Pending] = []  # M : dX of a variable
    for nodes in lines:
        opening = set(nodes)
        touched = [p for p in active if p.map is not None or p.node in opening]
        carried = [p for p in active if p.map is None and p.node not in opening]
        moved = [p.moved() for p in touched]
        rules = _move_rules(touched)
        before = _line_of(touched)
        if one_rule_a_line and rules:
            after = _line_of(moved)
            record.add(Step("pullback", left, before, after, tuple(rules), **_carried([*finished, *carried])))
            left, before, rules = "", after, []
        arriving: dict[Any, list[Any]] = defaultdict(list)
        for p in moved:
            if p.node in opening:
                arriving[p.node].append(p.cotangent)
        opened = [p for p in moved if p.node not in opening]
        for node in nodes:
            operator = operator_of(node)
            record.assume(*operator.assumes(node))
            m = _joined(arriving.pop(node), simplify)
            branches = len(pairs[node]) + (numbered and node in numbers)  # after δ₂ comes δ₁, however short
            if name_cotangents and _worth_a_name(m, branches):
                letter = "δ" if 1 in shape_of(m) else "Δ"
                numbered = node in numbers
                first = f"{letter}_{numbers[node]} " if numbered else ""
                name = names.fresh(first + ("δ Δ η" if letter == "δ" else "Δ Γ"))
                record.add(Step("let", name, named(name, m), m))
                m = named(name, m)
            if not is_trivial(node, pairs[node]):
                rules.append(Rule.of(operator, node))
            for x, one in pairs[node]:
                if x in opening:
                    arriving[x].append(one.pull(m))
                else:
                    opened.append(_pending(m, one, x))
        record.add(
            Step("differential", left, before, _line_of(opened), tuple(rules), **_carried([*finished, *carried]))
        )
        left = ""
        finished += [p for p in opened if p.map is None and p.node in wanted]
        active = carried + [p for p in opened if p.map is not None or p.node not in wanted]
    moved = [p.moved() for p in active]
    record.add(
        Step("pullback", left, _line_of(active), _line_of(moved), tuple(_move_rules(active)), **_carried(finished))
    )
    totals: dict[Any, list[Any]] = defaultdict(list)
    for p in (*finished, *moved):
        totals[p.node].append(p.cotangent)
    return {x: _joined(totals[x], simplify) if totals[x] else zero_like(x) for x in variables}


def record_derived(pairs: Mapping[Any, Any], derived: Mapping[Any, Any], record: Record) -> None:
    """Introduce p = softmax(z) where it stands in a differential that is written out."""
    used = {type(node) for node in pairs}
    for node in derived.values():
        if any(kind in used for kind in DERIVED):
            record.add(Step("let", node.name, node, node.definition))


def _numbers_of_layers(root: Any) -> dict[Any, str]:
    """The number k of z_k, and of the argument of h_k = tanh(…): their cotangent is δ_k, as in backpropagation."""
    found: dict[Any, str] = {}
    for node in postorder(root):
        number = re.search(r"[0-9]+$", node.name.rstrip("}")) if is_named(node) else None
        inside = node.definition if number else None
        places = [node, inside]
        if isinstance(inside, Elementwise):
            argument = inside.args[1]
            inside = argument.definition if is_named(argument) else argument
            places += [argument, inside]
        if isinstance(inside, MatSum):
            places += [split_coefficient(term)[1] for term in inside.args]
        for place in places if number else ():
            found.setdefault(place, number[0])  # type: ignore[index]
    return found


def _worth_a_name(m: Any, branches: int) -> bool:
    """Is the cotangent of a node long enough to be called δ?"""
    return not is_scalar(m) and count_operations(m) > (LONG_COTANGENT if branches > 1 else LONGEST_COTANGENT)


def _carried(terms: Sequence[Pending]) -> dict[str, Any]:
    """The terms carried along, where they are few enough to write again; else a mark that there are some."""
    few = len(terms) <= MOST_CARRIED
    return {"carried": tuple(p.displayed for p in terms) if few else (), "partial": not few}


def _pending(m: Any, one: LinearMap, x: Any) -> Pending:
    """A term as the line shows it: A : dX and c dX are already in their final form."""
    if isinstance(one, (IdentityMap, Scaling, FrobeniusWith)) or (is_scalar(x) and not is_scalar(m)):
        return Pending(one.pull(m), None, x)
    return Pending(m, one, x)


def _joined(cotangents: Iterable[Any], simplify: Simplifier) -> Any:
    total = add(*cotangents)
    return simplify(total) if isinstance(total, MatSum) or is_scalar(total) else total


def _line_of(terms: Sequence[Pending]) -> Any:
    return Add(*(p.displayed for p in terms))


def _move_rules(line: Sequence[Pending]) -> list[Rule]:
    """The A:B identities that move the maps of a line."""
    rules = []
    for p in line:
        if p.map is not None:
            rules += [Rule(part.rule, part.identity, part.reference) for part in p.map.parts() if part.identity]
    return list(dict.fromkeys(rules))


def _squares_as_products(value: Any, hit: set[Any], letter: str, record: Record) -> Any:
    """‖A‖² = A : A, where A holds the variable: the form whose differential is 2A : dA."""
    table = {}
    for node in postorder(value):
        if node in hit and isinstance(node, Pow) and isinstance(node.args[0], Norm) and node.args[1] == 2:
            a = node.args[0].args[0]
            table[node] = Frobenius.make(a, a)
    new = replace(value, table)
    if new != value:
        record.add(
            Step("value", letter, value, new, (Rule("square of a norm", "‖A‖² = A : A", "Golub & Van Loan §2.3"),))
        )
    return new


def gradient_only(value: Any, variables: Sequence[Any]) -> dict[Any, Any]:
    """The gradients without a record, by the same rules."""
    return gradient_steps(value, variables, Names(()), Record(), name_cotangents=False)
