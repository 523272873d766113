"""Where answers go: a file, written whole or not at all, or standard output."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TextIO

import rich_click as click

from matcalc.files import write_atomically


def width(output: Path | None) -> int:
    """Columns for text: those of the terminal, up to what is pleasant to read; 80 elsewhere."""
    if output is None and sys.stdout and sys.stdout.isatty():
        return min(max(40, shutil.get_terminal_size().columns), 120)
    return 80


def wants_color(choice: str, stream: TextIO | None) -> bool:
    """`auto` colours a terminal, unless NO_COLOR is set (https://no-color.org) or the terminal is a dumb one."""
    if choice == "auto" and stream is not None:
        return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return choice == "always"


def put(text: str, output: Path | None, color: bool | None = None) -> None:
    """Write to the file, or to standard output; one newline at the end."""
    if output is None:
        click.echo(text.rstrip("\n"), color=color)
    else:
        store(text.rstrip("\n") + "\n", output)


def store(content: str | bytes, output: Path) -> None:
    """Write to the file."""
    try:
        write_atomically(output, content)
    except OSError as error:
        raise click.FileError(str(output), hint=error.strerror or str(error)) from None


def refuse_overwriting(output: Path | None, force: bool) -> None:
    """Before any work is done, since the answer will have nowhere to go."""
    if output is not None and output.is_file() and not force:
        raise click.BadParameter(f"'{output}' exists; --force overwrites it", param_hint="--output")
