"""`matcalc code`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from .app import FormulaCommand, cli
from .options import CODE_FORMS, OUTPUTS, TARGETS, choice, formula_options, output_options
from .output import put, refuse_overwriting
from .question import derivation


@cli.command(cls=FormulaCommand)
@formula_options
@choice("--target", TARGETS, default="numpy", help="What the code calls.")
@click.option(
    "--as",
    "returned",
    type=click.Choice(OUTPUTS),
    default="dense",
    show_default=True,
    metavar="STRUCTURE",
    help="What a Jacobian or Hessian is returned as: dense array, sparse matrix or linear operator on vec. "
    f"One of {', '.join(OUTPUTS)}.",
)
@choice("--form", CODE_FORMS, default=None, help="A matrix on vec; of ½‖r‖² the matrix JᵀJ. [default: tensor]")
@click.option(
    "--fast-math",
    is_flag=True,
    help="Multiply residuals out where that is cheaper: (UVᵀ − T)V as U(VᵀV) − TV, which loses digits where UVᵀ ≈ T.",
)
@output_options
def code(
    target: str, returned: str, form: str | None, fast_math: bool, output: Path | None, force: bool, **question: Any
) -> None:
    """Write a Python module that computes the value and the derivative.

    EXPRESSION may be spelt in Unicode, in ASCII or in LaTeX; - reads it from standard input.
    """
    refuse_overwriting(output, force)
    options = {"structure": returned, "form": form, "fast_math": fast_math}
    put(derivation(question).source(target=target, **options), output)
