"""`matcalc check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import rich_click as click
from click import get_current_context
from click.core import ParameterSource

from .app import FormulaCommand, cli
from .options import formula_options
from .output import put
from .question import derivation


@cli.command(cls=FormulaCommand)
@formula_options
@click.option("--claim", metavar="TEXT", help="Is TEXT the derivative? In any spelling; LaTeX from a paper, too.")
@click.option(
    "--code",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Does the Python function in FILE compute it? The file is run.",
)
@click.option("--function", metavar="NAME", help="Which function of FILE. [default: gradient, or the only one]")
@click.option("--trials", type=click.IntRange(1, 1000), default=3, show_default=True, help="Random points to try.")
def check(trials: int, claim: str | None, code: Path | None, function: str | None, **question: Any) -> None:
    """Proof-read a derivation numerically, or a formula of yours.

    Every step is compared with the one before it at random points, and the code with the result. With --claim the
    answer is yes, or no with what is wrong and the smallest counterexample. Exit status 1 if something does not hold.

    \b
    matcalc check "tr(XᵀAX)" --wrt X --claim "2AX"
    matcalc check "‖Ax − b‖²" --wrt x --claim '2 A^\\top (Ax - b)'
    matcalc check "‖Ax − b‖²" --wrt x --code gradient.py
    """
    if claim is not None and code is not None:
        raise click.UsageError("--claim and --code are two questions: ask one of them")
    chosen = get_current_context().get_parameter_source("trials") is not ParameterSource.DEFAULT
    if chosen and (claim is not None or code is not None):
        raise click.UsageError("--trials is of the derivation's own check: leave it out beside --claim and --code")
    if claim is None and code is None:
        found: Any = derivation(question, check=False).check(trials=trials)
    else:
        from matcalc.claims import code_of

        asked = derivation(question)
        found = asked.verify_claim(claim) if claim is not None else code_of(asked, code, function)
    put(str(found), None)
    if not found:
        sys.exit(1)
