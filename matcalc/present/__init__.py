"""Expressions and derivations in print: Unicode text, LaTeX, Markdown, HTML, JSON.

Importing this package makes SymPy print our nodes this way. Each format of a derivation is a module with a function
``render``: :mod:`~matcalc.present.text`, :mod:`~matcalc.present.latex`, :mod:`~matcalc.present.markdown`,
:mod:`~matcalc.present.html`, :mod:`~matcalc.present.record`.
"""

from __future__ import annotations

from typing import Any

from ..algebra.core import PRINTERS
from . import matrix_rules, rules  # they fill the table of notations
from .expressions import latex_of, text_of
from .names import escape_latex, latex_name, text_name
from .printer import Printer, names_in
from .sharing import shared_names
from .styles import LATEX, TEXT


def _form(form: Any, latex: bool = False) -> str:
    from .forms import written  # needed only where a form is printed

    return written(form, latex)


def _why(found: Any, taken: Any) -> str:
    from .why import render

    return render(found, taken)


PRINTERS.update(text=text_of, latex=latex_of, form=_form, why=_why)

__all__ = [
    "LATEX", "TEXT", "Printer", "escape_latex", "latex_name", "latex_of", "matrix_rules", "names_in", "rules",
    "shared_names", "text_name", "text_of",
]  # fmt: skip
