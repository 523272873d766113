"""Every example in README.md, in docs/ and in the docstrings is run: a pytest plugin, loaded by the settings.

In Markdown, a `python` block is run (with its output compared, where it is written as a session with `>>>`), and so is
a `console` block, each command of which (`$ matcalc …`) must print what stands under it. The blocks of a document share
their names and a folder of their own, so that one may use what an earlier one wrote. To write the outputs anew:

    python -m tests.documents README.md docs/*.md
"""

from __future__ import annotations

import contextlib
import doctest
import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sybil import Example, Sybil
from sybil.parsers.doctest import DocTestParser
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).resolve().parent.parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
#: As in a terminal of 80 columns, without colours.
ENVIRONMENT = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "PYTHONPATH": str(ROOT)}
_SHELL = re.compile(r"[|;&<>`$]")
_CHECKED = re.compile(
    r"checked (?:exactly at \d+ random points?, modulo 2⁶¹ − 1"
    r"|at \d+ random points?, largest difference (?:0|\d·10⁻¹[⁰¹²³⁴-⁹]))"
)


# ---------------------------------------------------------------- console blocks
def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that stands under it. A line that begins with `> ` goes on.

    >>> list(commands("$ echo a\\na\\n$ true\\n"))
    [('echo a', 'a\\n'), ('true', '')]
    """
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while output.startswith("> "):
            more, _, output = output[2:].partition("\n")
            command += "\n" + more
        yield command, output


def run(command: str) -> str:
    """What a command prints. `matcalc` alone runs in this process, which is fast; all else in a shell that knows it."""
    words = shlex.split(command)
    if words[0] == "matcalc" and not _needs_a_shell(command):
        from matcalc.cli import cli

        result = CliRunner(env=ENVIRONMENT).invoke(cli, words[1:], prog_name="matcalc")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output
    with tempfile.TemporaryDirectory() as folder:
        shim = Path(folder, "matcalc")
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m matcalc "$@"\n')
        shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
        path = os.pathsep.join((folder, str(Path(sys.executable).parent), os.environ["PATH"]))
        environment = {**os.environ, **ENVIRONMENT, "PATH": path}
        pipe, both = subprocess.PIPE, subprocess.STDOUT
        done = subprocess.run(
            ["bash", "-c", command], env=environment, stdout=pipe, stderr=both, encoding="utf-8", check=False
        )
    return done.stdout


def _needs_a_shell(command: str) -> bool:
    """Whether anything outside quotes is for the shell."""
    return bool(_SHELL.search(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", command)))


def check_console(example: Example) -> str | None:
    """Run the commands of a console block; the first difference, or None."""
    for command, expected in commands(str(example.parsed)):
        got = run(command)
        if not doctest.OutputChecker().check_output(_comparable(expected), _comparable(got), doctest.ELLIPSIS):
            return f"$ {command}\n--- expected\n{expected}--- got\n{got}"
    return None


def _plain(output: str) -> str:
    """The output without what the eye does not see: spaces at the end of lines, empty lines around it."""
    return "".join(f"{line.rstrip()}\n" for line in output.strip("\n").splitlines())


def _comparable(output: str) -> str:
    """The plain output without rounding errors, which differ from machine to machine, and how they were measured.

    >>> _comparable("checked at 3 random points, largest difference 5·10⁻¹⁶")
    'checked\\n'
    """
    return _CHECKED.sub("checked", _plain(output))


# ---------------------------------------------------------------- documents
def _enter(namespace: dict[str, Any]) -> None:
    """Run a document in a folder of its own."""
    stack = contextlib.ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    stack.callback(os.chdir, Path.cwd())
    os.chdir(folder)
    namespace["_leave"] = stack.close


def _leave(namespace: dict[str, Any]) -> None:
    namespace["_leave"]()


markdown = Sybil(
    path=str(ROOT),
    patterns=["README.md", "docs/*.md"],
    parsers=[PythonCodeBlockParser(doctest_optionflags=FLAGS), CodeBlockParser("console", check_console), SkipParser()],
    setup=_enter,
    teardown=_leave,
)
docstrings = Sybil(path=str(ROOT / "matcalc"), patterns=["*.py"], parsers=[DocTestParser(FLAGS)])

pytest_collect_file = (markdown + docstrings).pytest()


# ---------------------------------------------------------------- writing the output anew
def rewritten(text: str) -> str:
    """A document with the output of its commands as it is now; an output that is abridged by `...` is left alone."""

    def renew(match: re.Match[str]) -> str:
        block = ""
        for command, output in commands(match.group(1)):
            typed = command.replace("\n", "\n> ")
            block += f"$ {typed}\n{output if '...' in output else _plain(run(command))}"
        return f"```console\n{block}```"

    return re.sub(r"^```console\n(.*?)^```$", renew, text, flags=re.DOTALL | re.MULTILINE)


def main() -> None:
    """Rewrite the documents named on the command line."""
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        namespace: dict[str, Any] = {}
        _enter(namespace)
        try:
            path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
        finally:
            _leave(namespace)


if __name__ == "__main__":
    main()
