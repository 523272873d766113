"""`matcalc notes`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from .app import cli
from .options import LATEX_KINDS, choice, print_options
from .output import refuse_overwriting, store

if TYPE_CHECKING:
    from matcalc.notes import Entry, Notes

#: With fewer derivations than this no progress is shown.
FEW = 3


@cli.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="Write to FILE: .tex, .pdf, .html, .md or .ipynb; may be given more than once. [default: Markdown, to stdout]",
)  # fmt: skip
@choice("--latex", LATEX_KINDS, default="article", help="The kind of LaTeX document.")
@print_options
@click.option("--no-cache", is_flag=True, help="Derive everything anew.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def notes(
    file: Path,
    output: tuple[Path, ...],
    latex: str,
    language: str | None,
    style: str | None,
    transpose: str | None,
    no_cache: bool,
    force: bool,
) -> None:
    """Write teaching notes: the derivations and the prose of a TOML file.

    Options say what the file does not, or otherwise. What has not changed since the last time is not derived again.
    A PDF needs latexmk and pdfLaTeX, HTML nothing.

    \b
    matcalc notes lecture.toml -o lecture.html
    matcalc notes lecture.toml -o lecture.pdf --language de
    """
    for one in output:
        refuse_overwriting(one, force)
    from dataclasses import replace

    from matcalc.notes import read_notes, worked, write_notes
    from matcalc.notes.work import cache_folder

    chosen = {"language": language, "style": style, "transpose": transpose}
    read = read_notes(file)
    for key, value in chosen.items():
        read = replace(read, **{key: value}) if value else read  # type: ignore[arg-type]
    with _progress(read) as tick:
        works = worked(read, tick, None if no_cache else cache_folder())
    if not output:
        click.echo(write_notes(read, works, ".md").decode().rstrip("\n"))
    for one in output:
        document = write_notes(read, works, one.suffix.lower(), latex)
        store(document, one)


@contextmanager
def _progress(notes: Notes) -> Iterator[Callable[[Entry], None]]:
    """A bar on a terminal, where there is more than a little to do."""
    total = sum(1 for _ in notes.entries())
    if total < FEW or not (sys.stderr and sys.stderr.isatty()):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        done = 0

        def tick(entry: Entry) -> None:
            nonlocal done
            bar.update(task, completed=done, description=entry.title or entry.expression[:50])
            done += 1

        yield tick
