"""Expressions as strings: :func:`text_of` and :func:`latex_of`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .printer import Printer, has_other_norms, names_in
from .sharing import shared_names
from .styles import LATEX, TEXT, Style


def text_of(expression: Any, taken: Collection[str] = (), *, colon: bool = False) -> str:
    """The expression as Unicode text, in the spelling of the input language.

    ``taken``: further names of variables. ``colon``: xᵀy is written x : y. An expression too long to print whole is
    preceded by definitions of its shared parts: ``t₁ = …; t₂ = …; f(t₁, t₂)``.

    >>> from matcalc.algebra import dimension, matrix, mul, norm, power, subtract, transpose
    >>> m, n = dimension("m"), dimension("n")
    >>> A, x, b = matrix("A", m, n), matrix("x", n, 1), matrix("b", m, 1)
    >>> text_of(mul(2, transpose(A), subtract(mul(A, x), b)))
    '2 Aᵀ(Ax − b)'
    """
    return "; ".join(_with_definitions(expression, TEXT, taken, colon))


def latex_of(expression: Any, taken: Collection[str] = (), *, colon: bool = False, style: Style = LATEX) -> str:
    """The expression as LaTeX math."""
    *definitions, last = _with_definitions(expression, style, taken, colon)
    return rf"{last} \quad\text{{where }} {', '.join(definitions)}" if definitions else last


def _with_definitions(expression: Any, style: Style, taken: Collection[str], colon: bool) -> list[str]:
    names = {*taken, *names_in(expression)}
    prefix = next(letter for letter in ("t", "u", "w", "shared") if not any(name.startswith(letter) for name in names))
    aliases = shared_names(expression, prefix)
    printer = Printer(style, names, colon=colon, aliases=aliases, many_norms=has_other_norms(expression))
    lines = [f"{style.name(name)} = {style.signed(printer.definition(node)).text}" for node, name in aliases.items()]
    return [*lines, printer(expression)]
