"""`matcalc code`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from .app import FormulaCommand, cli
from .options import CODE_FORMS, DTYPES, OUTPUTS, TARGETS, choice, formula_options, output_options
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
@click.option("--checks", is_flag=True, help="Test the shapes of what the functions are given.")
@click.option("--self-test", is_flag=True, help="Run as a program, compare the derivative with differences.")
@choice("--dtype", DTYPES, default="float64", help="Type of the arrays that the code makes.")
@click.option(
    "--batch",
    default="",
    metavar="NAMES",
    help="Inputs that get a leading axis of examples; value and derivative get it too, as by jax.vmap.",
)
@click.option("--samples", default="", metavar="SIZE", help="The size that counts the samples, for dask and jax-mesh.")
@output_options
def code(target: str, returned: str, form: str | None, output: Path | None, force: bool, **options: Any) -> None:
    """Write a Python module that computes the value and the derivative.

    EXPRESSION may be spelt in Unicode, in ASCII or in LaTeX; - reads it from standard input.

    \b
    matcalc code "‖Ax − b‖²" --wrt x -o gradient.py
    matcalc code "½‖tanh(Wx) − y‖²" --wrt W --target jax --self-test
    matcalc code "softmax(Wx)" --wrt x --as operator
    matcalc code "log(1 + exp(−y wᵀx))" --wrt w --where "w: n, y: scalar" --batch x,y
    """
    refuse_overwriting(output, force)
    asked = {name: options.pop(name) for name in ("checks", "self_test", "dtype", "fast_math", "samples", "batch")}
    put(derivation(options).source(target=target, structure=returned, form=form, **asked), output)
