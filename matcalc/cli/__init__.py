"""The command line: it reads arguments, calls the library, and writes down what comes back.

Exit status 0: done. 1: the input is wrong, or `check` found a fault. 2: the command is used wrongly. Results go to
standard output, messages to standard error. The library is imported only when a formula is at hand, so that help comes
at once.
"""

from __future__ import annotations

import io
import sys
from typing import NoReturn

from . import (  # noqa: F401  (registers the commands)
    check,
    code,
    completion,
    derive,
    documents,
    exercise,
    explain,
    manual,
    notes,
    pictures,
    repl,
    rules,
    serve,
)
from .app import cli


def main() -> NoReturn:
    """The `matcalc` command. Formulas are not ASCII, so the streams are UTF-8 whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    cli.main(prog_name="matcalc")
    raise SystemExit  # click has ended the program before


__all__ = ["cli", "main"]
