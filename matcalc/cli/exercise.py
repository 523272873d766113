"""`matcalc exercise`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import rich_click as click

from .app import FormulaCommand, cli
from .options import FORMATS, KINDS, LATEX_KINDS, choice, output_options, print_options
from .output import put, refuse_overwriting, store, width

#: Formats of a sheet, by ending; those of notes, and text.
SHEETS = {**FORMATS, ".pdf": "pdf", ".ipynb": "notebook"}


@cli.command(cls=FormulaCommand)
@click.argument("expression", required=False)
@click.option("--wrt", metavar="NAME", multiple=True, help="Of a formula: differentiate by NAME.")
@click.option("--where", metavar="TEXT", multiple=True, help="Of a formula: shapes.")
@choice("--kind", KINDS, default=None, help="Of a formula.")
@click.option("--level", type=click.IntRange(1, 3), help="How hard: 1, 2 or 3. [default: from 1 to 3]")
@click.option("--topic", metavar="NAME", multiple=True, help="What about; --topic list names them. [default: any]")
@click.option("--count", type=click.IntRange(1, 200), default=1, show_default=True, help="How many.")
@click.option("--seed", type=int, help="Deal the same exercises again.")
@click.option("--blank", metavar="STEPS", help="Show the derivation with steps blank: 2,3, or all.")
@click.option("--hints", is_flag=True, help="Name the identities that lead to the answer.")
@click.option("--solutions", is_flag=True, help="Put the solutions at the end.")
@choice("--format", tuple(SHEETS.values()), default=None, help="[default: by the ending of FILE, else text]")
@choice("--latex", LATEX_KINDS, default="article", help="The kind of LaTeX document.")
@print_options
@output_options
def exercise(
    expression: str | None,
    level: int | None,
    topic: tuple[str, ...],
    count: int,
    seed: int | None,
    blank: str | None,
    hints: bool,
    solutions: bool,
    format: str | None,
    latex: str,
    language: str | None,
    style: str | None,
    transpose: str | None,
    output: Path | None,
    force: bool,
    **question: Any,
) -> None:
    """Deal exercises, with hints and solutions where you ask for them.

    Without EXPRESSION they are drawn at random, as a textbook would have them; with it, the exercise is to derive that
    formula. Every solution is proof-read before the exercise is dealt.

    \b
    matcalc exercise --level 2 --count 3 --seed 7 --solutions
    matcalc exercise --topic list
    matcalc exercise "½‖Ax − b‖²" --wrt x --blank 2 --hints
    """
    refuse_overwriting(output, force)
    from matcalc import exercises

    if "list" in topic:
        put("\n".join(exercises.TOPICS), None)
        return
    chosen = format or (SHEETS.get(output.suffix.lower()) if output else None) or "text"
    steps = None if blank is None else _steps(blank)
    if expression is None:
        dealt = exercises.deal(count, level, topic or None, seed)
    else:
        names = ", ".join(question["wrt"])
        dealt = [exercises.exercise(expression, names or (), where=", ".join(question["where"]), kind=question["kind"])]
        dealt[0].report  # noqa: B018  (it is proof-read first)
    from matcalc.exercises.sheet import FORMATS as NOTES
    from matcalc.exercises.sheet import Sheet

    print_in = {"language": language, "style": style, "transpose": transpose}
    sheet = Sheet(dealt, steps, hints, solutions, **{k: v for k, v in print_in.items() if v})
    if chosen in ("text", "json"):
        put(sheet.json() if chosen == "json" else sheet.text(width(output)), output)
        return
    document = sheet.write(NOTES[chosen], latex)
    if output is None:
        if chosen == "pdf":
            raise click.BadParameter("a PDF is written to a file: -o sheet.pdf", param_hint="--format")
        put(document.decode(), None)
        return
    store(document, output)


def _steps(text: str) -> tuple[int, ...]:
    """`2,3` as numbers; all of them is the empty list."""
    if text.strip() == "all":
        return ()
    if not re.fullmatch(r"\s*\d+(\s*,\s*\d+)*\s*", text):
        raise click.BadParameter(f"'{text}' is not a list of steps, as in 2,3, nor all", param_hint="--blank")
    return tuple(int(part) for part in text.split(","))
