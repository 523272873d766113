"""Jacobians and Hessians: the differential as a linear map of dX, read through its matrix face."""

from __future__ import annotations

from typing import Any

from sympy import S

from ..algebra import (
    add,
    depends_on,
    differential_of,
    identity,
    is_named,
    is_scalar,
    mul,
    postorder,
    replace,
    shape_of,
    vec,
    zero_like,
)
from ..algebra.core import contains
from ..algebra.nodes import MatProduct
from ..maps import HadamardWith, IdentityMap, LinearMap, Sandwich, ZeroMap, compose, sum_maps
from ..operators import operator_of
from .gradient import levels
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
    """The derivative as a book gives it: of Y's shape for a scalar variable, of X's shape for a scalar value, else J."""
    if is_scalar(variable):
        return simplify(expand_names(differential_map(expand_names(value), variable).apply(S.One)))
    if is_scalar(value):
        return simplify(expand_names(differential_map(expand_names(value), variable).pull(S.One)))
    return jacobian_matrix(value, variable)


def jacobian_steps(value: Any, variable: Any, record: Record, letter: str = "F") -> Any:
    """dY written out line by line until only dX is left, then read as a matrix; returns the derivative."""
    hit = depends_on(value, [variable])
    for node in postorder(value):
        if is_named(node) and node in hit:
            record.add(Step("let", node.name, node, node.definition))
    if value not in hit:
        return zero_like(variable) if is_scalar(value) else derivative(value, variable)
    lines, pairs = levels(value, hit, {variable})
    line = differential_of(value)
    left = f"d{letter}"
    for nodes in lines:
        rules: list[Rule] = []
        before = line
        for node in nodes:
            operator = operator_of(node)
            record.assume(*operator.assumes(node))
            d = differential_of(node)
            if not contains(line, d):
                continue
            opened = add(*(one.apply(differential_of(x)) for x, one in pairs[node]))
            line = _substitute(line, d, opened)
            identity_text = operator.formula(node)
            if identity_text and not is_named(node) and not operator.linear:
                rules.append(Rule(operator.rule, identity_text, operator.reference))
        record.add(Step("differential", left, before, line, tuple(dict.fromkeys(rules))))
        left = ""
    answer = derivative(value, variable)
    d = differential_of(variable)
    if is_scalar(variable):
        record.add(Step("collect", left, line, mul(answer, d)))
    elif not is_scalar(value):
        vectors = shape_of(value)[1] == shape_of(variable)[1] == 1
        on_vec = left if vectors else f"vec d{letter}"
        record.add(Step("collect", on_vec, vec(line), _product(answer, vec(d)), _vec_rules(value, variable, vectors)))
    return answer


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
    """J vec dX, as it stands."""
    if is_scalar(j) or j == identity(shape_of(j)[0]):
        return mul(j, d)
    factors = j.args if isinstance(j, MatProduct) else (j,)
    return MatProduct.make(*factors, d) if shape_of(j)[0] != 1 else mul(j, d)


def _substitute(line: Any, old: Any, new: Any) -> Any:
    return new if line == old else replace(line, {old: new})
