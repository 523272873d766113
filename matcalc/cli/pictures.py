"""`matcalc graph` and `matcalc pattern`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rich_click as click

from .app import FormulaCommand, cli
from .options import choice, formula_options, language_option, output_options
from .output import put, refuse_overwriting
from .question import derivation

#: Formats of pictures, by ending.
PICTURES = {".svg": "svg", ".tex": "tikz"}


@cli.command(cls=FormulaCommand)
@formula_options
@choice("--format", tuple(PICTURES.values()), default=None, help="[default: by the ending of FILE, else svg]")
@language_option
@output_options
def graph(format: str | None, language: str | None, output: Path | None, force: bool, **question: Any) -> None:
    """Draw the computation as a graph, with the adjoints that flow back.

    Boxes are the variables and the intermediate results, edges carry the shapes. tikz is for LaTeX.

    \b
    matcalc graph "½‖tanh(Wx + b)‖²" --wrt W,b -o graph.svg
    matcalc graph "tr(AXBXᵀ)" --wrt X --format tikz
    """
    refuse_overwriting(output, force)
    chosen = format or (PICTURES.get(output.suffix.lower()) if output else None) or "svg"
    put(getattr(derivation(question).graph(), chosen)(language), output)


@cli.command(cls=FormulaCommand)
@formula_options
@click.option("--of", "key", metavar="NAME", help="Which derivative, where there are several: W; for a Hessian a,b.")
@choice("--format", ("text", *PICTURES.values()), default=None, help="[default: by the ending of FILE, else text]")
@language_option
@output_options
def pattern(
    key: str | None, format: str | None, language: str | None, output: Path | None, force: bool, **question: Any
) -> None:
    """Show where the Jacobian is not zero.

    Rows are the entries of the value, columns those of the variable, both column by column; equal entries have the same
    letter or colour. Sizes that are symbols are made small numbers.

    \b
    matcalc pattern "tanh(Wx)" --wrt W
    matcalc pattern "AXB" --wrt X -o pattern.svg
    """
    refuse_overwriting(output, force)
    chosen = format or (PICTURES.get(output.suffix.lower()) if output else None) or "text"
    put(getattr(derivation(question).pattern(key), chosen)(language), output)
