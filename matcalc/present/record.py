"""A derivation as data, for JSON.

The keys: ``expression`` (text and latex), ``kind``, ``layout``, ``variables`` (name → shape), ``reading`` (a list of
name, kind, shape, properties, inferred, text), ``notes``, ``steps`` (kind, left, before, after, rule, identity,
reference, kink, note; each formula as text, and ``latex`` for ``after``), ``results`` (name → text, latex, shape),
``result`` (the one result, or null where there are several), ``assumptions``, ``check`` (null, or passed,
method, points, largest, reason), ``form`` (null, or the form asked for: form, lines).
"""

from __future__ import annotations

from typing import Any

from ..algebra import shape_of
from .expressions import latex_of, text_of
from .printer import Printer, has_other_norms, names_in
from .sharing import LONGEST_PRINT, printed_size
from .styles import LATEX, TEXT


def render(derivation: Any, *, report: Any = None, form: str | None = None) -> dict[str, Any]:
    """The derivation as a dictionary of strings, numbers, lists and dictionaries."""
    written = _Written(derivation)
    results = {name: written.formula(value) for name, value in derivation.results.items()}
    return {
        "expression": written.formula(derivation.expression),
        "kind": derivation.kind,
        "layout": derivation.layout,
        "variables": {name: _shape(node) for name, node in derivation.variables.items()},
        "reading": [
            {
                "name": entry.name,
                "kind": entry.kind,
                "shape": [text_of(size) for size in entry.shape],
                "properties": list(entry.properties),
                "inferred": entry.inferred,
                "text": entry.space,
            }
            for entry in derivation.reading.entries
        ],
        "notes": list(derivation.reading.notes),
        "steps": [written.step(step) for step in derivation.steps],
        "results": results,
        "result": next(iter(results.values())) if len(results) == 1 else None,
        "assumptions": derivation.assumptions,
        "check": None if report is None else _check(report),
        "form": None if form is None else _form(derivation, form),
    }


class _Written:
    """Formulas as strings; what occurs in several is printed once."""

    def __init__(self, derivation: Any) -> None:
        self.taken = {*derivation.program.symbols, *names_in(derivation.expression)}
        norms = has_other_norms(derivation.expression)
        self.print_text = Printer(TEXT, self.taken, many_norms=norms)
        self.print_latex = Printer(LATEX, self.taken, many_norms=norms)
        self.sizes: dict[Any, int] = {}

    def text(self, value: Any) -> str:
        return text_of(value, self.taken) if self._is_long(value) else self.print_text(value)

    def latex(self, value: Any) -> str:
        return latex_of(value, self.taken) if self._is_long(value) else self.print_latex(value)

    def _is_long(self, value: Any) -> bool:
        return printed_size(value, self.sizes) > LONGEST_PRINT

    def formula(self, value: Any) -> dict[str, Any]:
        return {"text": self.text(value), "latex": self.latex(value), "shape": _shape(value)}

    def step(self, step: Any) -> dict[str, Any]:
        return {
            "kind": step.kind,
            "left": step.left,
            "before": self.text(step.before),
            "after": self.text(step.after),
            "latex": self.latex(step.after),
            "carried": [self.text(term) for term in step.carried],
            "rule": step.rule,
            "identity": step.identity,
            "reference": step.reference,
            "kink": step.kink,
            "note": step.note,
        }


def _shape(value: Any) -> list[str]:
    return [text_of(size) for size in shape_of(value)]


def _form(derivation: Any, name: str) -> dict[str, Any]:
    from . import forms

    return forms.record(derivation, name)


def _check(report: Any) -> dict[str, Any]:
    return {
        "passed": bool(report),
        "method": report.method,
        "points": report.points,
        "largest": float(report.largest),
        "reason": report.reason,
    }
