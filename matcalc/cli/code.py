"""`matcalc code`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .app import FormulaCommand, cli
from .options import TARGETS, choice, formula_options, output_options
from .output import put, refuse_overwriting
from .question import derivation


@cli.command(cls=FormulaCommand)
@formula_options
@choice("--target", TARGETS, default="numpy", help="What the code calls.")
@output_options
def code(target: str, output: Path | None, force: bool, **question: Any) -> None:
    """Write a Python module that computes the value and the derivative.

    EXPRESSION may be spelt in Unicode, in ASCII or in LaTeX; - reads it from standard input.
    """
    refuse_overwriting(output, force)
    put(derivation(question).source(target=target), output)
