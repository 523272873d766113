"""The chain rule told before it is used: each intermediate map with its derivative, then their composition.

∂z/∂W for z = Wx is no matrix, and the chain rule holds all the same: Dz(W) is the linear map dW ↦ dW x, Df(z) the
linear map dz ↦ df, and Df(W) = Df(z) ∘ Dz(W) is one after the other. Reference: Magnus & Neudecker §5.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..algebra import add, depends_on, differential_of, is_named, postorder, replace
from ..algebra.core import contains
from ..operators.summations import unbound
from .gradient import levels
from .steps import Record, Rule, Step

#: With more intermediates than this the story is left out.
MOST_MAPS = 8
REFERENCE = "Magnus & Neudecker §5.12"


def chain_steps(value: Any, variables: Sequence[Any], record: Record, letter: str) -> None:
    """Record dz = Dz(W)[dW] for every intermediate z, df = Df(z)[dz], and the composition of the maps."""
    hit = depends_on(value, variables)
    named = [n for n in postorder(value) if is_named(n) and n in hit and n not in variables]
    if not named or len(named) > MOST_MAPS or not unbound(value).keys().isdisjoint(named):
        return
    stops = {*variables, *named}
    told: dict[Any, Any] = {}
    for node in named:
        line = _in_terms_of(node.definition, stops - {node}, hit)
        told[differential_of(node)] = line
        rule = Rule("derivative of an intermediate map", _map_name(node.name, line, stops), REFERENCE)
        record.add(Step("let", node.name, node, node.definition))
        record.add(Step("differential", f"d{node.name}", differential_of(node), line, (rule,)))
    line = _in_terms_of(value, stops, hit)
    outer = Rule("derivative of the outer map", _map_name(letter, line, stops), REFERENCE)
    record.add(Step("differential", f"d{letter}", differential_of(value), line, (outer,)))
    whole = line
    for d in reversed(list(told)):
        line = replace(line, {d: told[d]})
    chain = Rule("chain rule", _composition(named, variables, told | {None: whole}, letter), REFERENCE)
    record.add(Step("differential", f"d{letter}", differential_of(value), line, (chain,)))


def _in_terms_of(value: Any, stops: set[Any], hit: set[Any]) -> Any:
    """d(value) written with the differentials of the stops only."""
    if value in stops:
        return differential_of(value)
    inner = depends_on(value, [s for s in stops if s in hit or contains(value, s)])
    lines, pairs = levels(value, inner, stops)
    line = differential_of(value)
    for nodes in lines:
        for node in nodes:
            line = replace(
                line, {differential_of(node): add(*(one.apply(differential_of(x)) for x, one in pairs[node]))}
            )
    return line


def _label(node: Any) -> str:
    return str(node.name)


def _map_name(letter: str, line: Any, stops: set[Any]) -> str:
    """``Dz(W): dW ↦ dz``"""
    inputs = sorted(_label(s) for s in stops if contains(line, differential_of(s)))
    return f"D{letter}({', '.join(inputs)}): {', '.join('d' + i for i in inputs)} ↦ d{letter}"


def _composition(named: Sequence[Any], variables: Sequence[Any], told: dict[Any, Any], letter: str) -> str:
    """``Df(W) = Df(z) ∘ Dz(W)`` where each map has the arguments before it; without names where the maps branch."""
    inputs = [{s for s in (*variables, *named) if contains(line, differential_of(s))} for line in told.values()]
    if inputs == [set(variables), *({z} for z in named)]:
        at = [", ".join(sorted(map(_label, variables))), *map(_label, named)]
        maps = [f"D{y}({x})" for x, y in zip(at, [*at[1:], letter], strict=True)]
        return f"D{letter}({at[0]}) = {' ∘ '.join(reversed(maps))}"
    return "D(g ∘ h)(x) = Dg(h(x)) ∘ Dh(x)"
