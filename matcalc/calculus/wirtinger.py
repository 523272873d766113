"""Gradients by complex variables: Z and Z* are differentiated as two independent variables (Wirtinger).

df = ∂f/∂Z : dZ + ∂f/∂Z* : dZ*. Conventions: ``wirtinger`` is ∂f/∂Z, ``wirtinger-conjugate`` is ∂f/∂Z*, and
``complex-gradient``, for a real f, is ∂f/∂Re Z + i ∂f/∂Im Z = 2 ∂f/∂Z*, the direction of steepest ascent. Where none
is asked for, a real f gives the last, and an f without Z* its complex derivative ∂f/∂Z. References: Brandwood 1983;
Hjørungnes & Gesbert 2007; Matrix Cookbook §4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..algebra import (
    add,
    conjugate,
    contains,
    differential_of,
    is_complex,
    is_complex_symbol,
    is_real_valued,
    is_scalar,
    mul,
)
from ..algebra.nodes import Frobenius
from ..errors import DerivationError
from .gradient import gradient_steps
from .intermediates import Names, name_intermediates
from .simplify import Simplifier, expand_names
from .steps import Record, Step

COMPLEX_STRUCTURES = ("complex-gradient", "wirtinger", "wirtinger-conjugate")


def is_complex_problem(value: Any, variables: Mapping[str, Any]) -> bool:
    """Is there a complex variable in it?"""
    return any(map(is_complex_symbol, variables.values())) or is_complex(value)


def require_supported(value: Any, variables: Mapping[str, Any], kind: str) -> None:
    """Refuse a kind of derivative that is not known of complex variables, and operators that are not analytic."""
    conjugate(value)
    if kind == "hessian":
        raise DerivationError("second derivatives by complex variables are not supported")
    if kind == "jacobian":
        for name, x in variables.items():
            if is_complex_symbol(x) and contains(value, conjugate(x)):
                raise DerivationError(
                    f"the value is not analytic in {name}: {name}* occurs", hint="a scalar value has a gradient by it"
                )


def choose_structure(value: Any, variables: Mapping[str, Any], structure: str | None) -> str:
    """The convention asked for, or the one that fits; DerivationError where it does not apply."""
    if structure is not None and structure not in COMPLEX_STRUCTURES:
        raise DerivationError(
            f"structure {structure!r} is not supported for complex variables",
            hint=f"supported: {', '.join(COMPLEX_STRUCTURES)}",
        )
    real = is_real_valued(expand_names(value))  # R* of a named R has no name
    if structure == "complex-gradient" and not real:
        raise DerivationError(
            "the value is not known to be real, and only a real function has a complex gradient",
            hint="take its real part, Re(…), or ask for structure='wirtinger'",
        )
    every_complex = all(map(is_complex_symbol, variables.values()))
    if not real and not every_complex:
        raise DerivationError("the value is not known to be real", hint="take its real part, Re(…)")
    if structure is not None:
        return structure
    if real:
        return "complex-gradient"
    if not any(contains(value, conjugate(x)) for x in variables.values()):
        return "wirtinger"
    raise DerivationError(
        "the value is not known to be real, and not analytic: it has two derivatives, ∂f/∂Z and ∂f/∂Z*",
        hint="ask for structure='wirtinger' or 'wirtinger-conjugate', or take the real part, Re(…)",
    )


def complex_gradients(
    value: Any,
    variables: Mapping[str, Any],
    structure: str,
    names: Names,
    record: Record,
    simplify: Simplifier,
    letter: str,
    one_rule_a_line: bool = False,
) -> tuple[dict[str, Any], Any]:
    """The gradient by each variable in the convention, and df; the lines are recorded, with both derivatives."""
    pairs = {name: (x, conjugate(x)) if is_complex_symbol(x) else (x,) for name, x in variables.items()}
    flat = [x for pair in pairs.values() for x in pair]
    prepared = name_intermediates(value, flat, names)
    raw = gradient_steps(prepared, flat, names, record, letter, one_rule_a_line=one_rule_a_line)
    plain = {x: simplify(simplify.expand_names(raw[x])) for x in flat}
    results: dict[str, Any] = {}
    for name, pair in pairs.items():
        for x, mark in zip(pair, ("", "*"), strict=False):
            note = structure if structure == ("wirtinger-conjugate" if mark else "wirtinger") else ""
            record.add(Step("result", f"∂{letter}/∂{name}{mark}", plain[x], plain[x], note=note))
        if len(pair) == 1:
            results[name] = plain[pair[0]]
        elif structure == "complex-gradient":
            results[name] = simplify(mul(2, plain[pair[1]]))
            record.add(Step("result", f"2 ∂{letter}/∂{name}*", results[name], results[name], note=structure))
        else:
            results[name] = plain[pair[structure == "wirtinger-conjugate"]]
    return results, add(*(_term(plain[x], differential_of(x)) for x in flat))


def _term(g: Any, d: Any) -> Any:
    return mul(g, d) if is_scalar(d) else Frobenius.make(g, d)
