"""Jacobians and Hessians: the differential as a linear map of dX, read through its matrix face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Identity, S

from ..algebra import (
    add,
    depends_on,
    differential_of,
    is_named,
    is_scalar,
    mul,
    postorder,
    replace,
    shape_of,
    vec,
)
from ..algebra.core import contains
from ..algebra.nodes import MatProduct
from ..maps import HadamardWith, IdentityMap, LinearMap, Sandwich, ZeroMap, compose, sum_maps
from ..operators import operator_of
from .gradient import is_trivial, levels, record_derived
from .intermediates import with_names
from .simplify import expand_names, simplify
from .steps import Record, Rule, Step
from .vecform import tidy


def differential_map(value: Any, variable: Any) -> LinearMap:
    """The linear map dX ↦ dY, accumulated from the variable upwards: shared nodes are visited once."""
    hit = depends_on(value, [variable])
    shape = shape_of(variable)
    maps: dict[Any, LinearMap] = {variable: IdentityMap(shape, shape)}
    for node in postorder(value):
        if node in hit and node not in maps:
            terms = [compose(one, maps[x]) for x, one in operator_of(node).differential(node) if x in hit]
            maps[node] = sum_maps(terms, shape, shape_of(node))
    return maps.get(value, ZeroMap(shape, shape_of(value)))


def jacobian_matrix(value: Any, variable: Any) -> Any:
    """J with d vec Y = J d vec X, simplified."""
    return simplify(tidy(expand_names(differential_map(expand_names(value), variable).matrix())))


def derivative(value: Any, variable: Any) -> Any:
    """The derivative as books give it: of Y's shape for a scalar variable, of X's shape for a scalar value, else J."""
    if is_scalar(variable):
        return simplify(expand_names(differential_map(expand_names(value), variable).apply(S.One)))
    if is_scalar(value):
        return simplify(expand_names(differential_map(expand_names(value), variable).pull(S.One)))
    return jacobian_matrix(value, variable)


def jacobian_steps(
    value: Any, variables: Sequence[Any], record: Record, letter: str = "F", derived: Mapping[Any, Any] | None = None
) -> dict[Any, Any]:
    """dY written out line by line until only the dX are left, read as matrices; the derivative by each variable.

    ``derived`` as in :func:`matcalc.calculus.gradient.levels`.
    """
    hit = depends_on(value, variables)
    for node in postorder(value):
        if is_named(node) and node in hit and node not in variables:
            record.add(Step("let", node.name, node, node.definition))
    answers = {x: derivative(value, x) for x in variables}
    if value not in hit:
        return answers
    lines, pairs = levels(value, hit, set(variables), derived)
    record_derived(pairs, derived or {}, record)
    line = differential_of(value)
    left = f"d{letter}"
    for nodes in lines:
        rules: list[Rule] = []
        before = line
        for node in nodes:
            d = differential_of(node)
            if not contains(line, d):
                continue
            operator = operator_of(node)
            record.assume(*operator.assumes(node))
            line = replace(line, {d: add(*(one.apply(differential_of(x)) for x, one in pairs[node]))})
            if not is_trivial(node, pairs[node]) and not operator.linear:
                rules.append(Rule.of(operator, node))
        record.add(Step("differential", left, before, line, tuple(dict.fromkeys(rules))))
        left = ""
    if not is_scalar(value):
        vectors = shape_of(value)[1] == 1 and all(is_scalar(x) or shape_of(x)[1] == 1 for x in variables)
        known = names_of(value, variables, derived)
        on_vec = vec(line)
        read = add(*(_product(with_names(answers[x], known), differential_of(x)) for x in variables if x in hit))
        found = {r: None for x in variables if x in hit and not is_scalar(x) for r in _vec_rules(value, x, vectors)}
        record.add(Step("collect", left if vectors else f"vec d{letter}", on_vec, read, tuple(found)))
    return answers


def names_of(value: Any, variables: Sequence[Any], derived: Mapping[Any, Any] | None = None) -> list[Any]:
    """The named intermediates of a value, and the names of what stands in its derivative."""
    hit = depends_on(value, variables)
    known = [n for n in postorder(value) if is_named(n) and n in hit and n not in variables]
    return [*known, *(n for n in (derived or {}).values() if n not in known)]


def _vec_rules(value: Any, variable: Any, vectors: bool) -> tuple[Rule, ...]:
    """The identities by which the maps of a differential become one matrix."""
    rules: dict[str, Rule] = {}
    seen: set[int] = set()
    queue: list[LinearMap] = [differential_map(value, variable)]
    while queue:
        one = queue.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        parts = [p for p in (*one.terms(), *one.parts()) if p is not one]
        queue.extend(parts)
        if isinstance(one, HadamardWith) and vectors:
            rules["diagonal"] = Rule("Hadamard product as a matrix", "a ⊙ b = Diag(a) b", "Magnus & Neudecker §3.6")
        elif one.on_vec and not (vectors and isinstance(one, Sandwich)):
            rules[one.on_vec] = Rule("matrix on vec", one.on_vec, "Magnus & Neudecker §2.4, §3.7")
    return tuple(rules.values())


def _product(j: Any, d: Any) -> Any:
    """J vec dX, as it stands; for a scalar dX the vec of dY/dX times it."""
    if is_scalar(d):
        return mul(vec(j), d)
    d = vec(d)
    if isinstance(j, Identity):
        return d
    factors = j.args if isinstance(j, MatProduct) else (j,)
    return MatProduct.make(*factors, d)
