"""`matcalc derive`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import rich_click as click

from .app import FormulaCommand, cli
from .options import COLORS, DETAILS, FORMATS, FORMS, choice, formula_options, output_options, print_options
from .output import put, refuse_overwriting, store, wants_color, width
from .question import derivation

#: What a file gets by its ending; those that one opens are documents of their own.
ENDINGS = {**FORMATS, ".html": "document", ".pdf": "document"}


@cli.command(cls=FormulaCommand)
@formula_options
@choice("--detail", DETAILS, default="normal", help="How many steps.")
@choice("--form", FORMS, default=None, help="Show the result in this form in place of the steps.")
@print_options
@click.option("--no-check", is_flag=True, help="Do not proof-read the derivation before it is shown.")
@click.option("--why", type=click.IntRange(1), metavar="N", help="Below text: step N entry by entry, for small sizes.")
@choice("--format", tuple(FORMATS.values()), default=None, help="[default: by the ending of FILE, else text]")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@choice("--color", COLORS, default="auto", help="When to colour text, or differentials in LaTeX (always).")
@output_options
def derive(
    format: str | None,
    as_json: bool,
    color: str,
    form: str | None,
    language: str | None,
    style: str | None,
    transpose: str | None,
    why: int | None,
    no_check: bool,
    output: Path | None,
    force: bool,
    **question: Any,
) -> None:
    """Derive a formula, step by step.

    EXPRESSION may be spelt in Unicode, in ASCII or in LaTeX; - reads it from standard input. The derivation is
    proof-read at random points before it is shown.

    \b
    matcalc derive "½‖θ(Wx)‖²" --wrt W --detail full
    matcalc derive "xᵀAx" --wrt x --kind hessian --where "A: n×n symmetric"
    matcalc derive "log det X" --wrt X --form tensor
    matcalc derive "½‖tanh(Wx + b) − y‖²" --wrt W,b -o steps.pdf
    """
    refuse_overwriting(output, force)
    asked = derivation(question, check=not no_check)
    ending = output.suffix.lower() if output else ""
    chosen = "json" if as_json else format or ENDINGS.get(ending, "text")
    if why and (form or chosen != "text"):
        raise click.BadParameter("stands below the steps in text", param_hint="--why")
    spoken = {"language": language} if language else {}
    set_in = {"style": style, "transpose": transpose, "color": color == "always"}
    set_in = {name: value for name, value in set_in.items() if value}
    if chosen == "text":
        colored = output is None and wants_color(color, sys.stdout)
        written = asked.text(width=width(output), color=colored, form=form, **spoken)
        put(f"{written}\n\n{_why(asked, why, language)}" if why else written, output, colored)
    elif chosen == "json":
        put(json.dumps(asked.json(form=form), ensure_ascii=False, indent=2), output)
    elif output and chosen == "document":
        from matcalc.notes import write_derivation

        store(write_derivation(asked, ending, form, detail=asked.detail, **spoken, **set_in), output)
    else:
        put(getattr(asked, chosen)(form=form, **spoken, **set_in), output)


def _why(asked: Any, step: int, language: str | None) -> str:
    from matcalc.present.tongue import speaking

    with speaking(language or "en"):
        return str(asked.why(step))
