"""`matcalc check`."""

from __future__ import annotations

import sys
from typing import Any

import rich_click as click

from .app import FormulaCommand, cli
from .options import formula_options
from .output import put
from .question import derivation


@cli.command(cls=FormulaCommand)
@formula_options
@click.option("--trials", type=click.IntRange(1, 1000), default=3, show_default=True, help="Random points to try.")
def check(trials: int, **question: Any) -> None:
    """Proof-read a derivation numerically.

    Every step is compared with the one before it at random points; exit status 1 if one does not hold.
    """
    report = derivation(question, check=False).check(trials=trials)
    put(str(report), None)
    if not report:
        sys.exit(1)
