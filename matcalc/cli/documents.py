"""`matcalc filter`, and `pandoc-matcalc`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import rich_click as click

from matcalc.errors import LimitError, MatcalcError, ParseError

from .app import cli
from .options import choice, output_options
from .output import put, refuse_overwriting

#: Formats of documents, by ending.
DOCUMENTS = {".md": "markdown", ".qmd": "markdown", ".Rmd": "markdown", ".markdown": "markdown", ".tex": "latex"}
#: Bytes that are read at most.
LONGEST = 64_000_000


@cli.command("filter")
@click.argument("document", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@choice("--from", (*dict.fromkeys(DOCUMENTS.values()), "pandoc"), default=None, help="[default: by the ending]")
@click.option("--set", "settings", metavar="NAME=VALUE", multiple=True, help="An option for every block: detail=brief.")
@output_options
def fill(document: Path, settings: tuple[str, ...], output: Path | None, force: bool, **options: str | None) -> None:
    """Put derivations in place of the matcalc blocks of a document.

    In Markdown, blocks are fenced: ```matcalc wrt=W, then a formula, then ```. In LaTeX, they are \\matcalc{…} in a
    sentence and \\begin{matcalc}…\\end{matcalc}. `pandoc` reads and writes pandoc's JSON. Where a block is wrong,
    nothing is written, and the message says which and why.

    \b
    matcalc filter lecture.md -o filled.md
    matcalc filter paper.tex --set detail=brief -o filled.tex
    """
    refuse_overwriting(output, force)
    if output is not None and output.resolve() == document.resolve():
        raise click.BadParameter("the document would be overwritten by its answer", param_hint="--output")
    text = _text(document)
    name = "standard input" if str(document) == "-" else str(document)
    given = options["from"] or DOCUMENTS.get(document.suffix, "markdown")

    from matcalc.embed import filled
    from matcalc.embed.options import read_options

    defaults = {key: value for one in settings for key, value in read_options(one).items()}
    if given == "pandoc":
        put(_filtered(text, name, defaults), output)
    else:
        put(filled(text, given, name=name, defaults=defaults), output)


def pandoc_filter() -> None:
    """The command `pandoc-matcalc`, which pandoc calls: JSON in, JSON out."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        click.echo(_filtered(_text(Path("-")), "the document", {}))
    except MatcalcError as error:
        click.echo(f"matcalc: {error}", err=True)
        sys.exit(1)


def _filtered(text: str, name: str, defaults: dict[str, str]) -> str:
    from matcalc.embed.pandoc import filtered

    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or "blocks" not in document:
        raise ParseError(f"{name} is not a document in pandoc's JSON", hint="pandoc -t json writes one")
    return json.dumps(filtered(document, name, defaults), ensure_ascii=False)


def _text(document: Path) -> str:
    data = sys.stdin.buffer.read(LONGEST + 1) if str(document) == "-" else document.read_bytes()
    if len(data) > LONGEST:
        raise LimitError(f"the document is longer than {LONGEST} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"the document is not UTF-8 text: byte {error.start + 1} cannot be read") from None
