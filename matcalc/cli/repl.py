"""`matcalc repl`: formulas at a prompt, with a history, and with the reading of what is typed below it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import rich_click as click

from matcalc.errors import MatcalcError

from .app import cli
from .options import DETAILS, FORMS, KINDS, LAYOUTS
from .output import put, wants_color, width

HELP = """\
FORMULA           derive by every variable
FORMULA by x      derive by x; by W, b: by both
:where TEXT       declare: W: m×n, x: n     (:where alone forgets)
:define θ=tanh    make a function concrete  (:define alone forgets)
:kind, :layout, :detail, :form, :structure NAME      as the options of matcalc derive
:latex, :code     the last derivation in LaTeX, as a NumPy module
:check TEXT       is TEXT the derivative that was asked for last?
:help, :quit      (or Ctrl-D)"""
#: What can be set, and to what; None is anything.
SETTINGS: dict[str, tuple[str, ...] | None] = {
    "where": None, "kind": KINDS, "layout": LAYOUTS, "detail": DETAILS, "form": FORMS, "structure": None,
}  # fmt: skip
_BY = re.compile(r"^(.*\S)\s+by\s+(\S.*)$", re.DOTALL)


@cli.command()
def repl() -> None:
    """Derive formulas at a prompt, with a history.

    What is typed is read while it is typed: the shapes, or what is wrong, stand below. Type :help for more. Needs
    prompt_toolkit (pip install 'matderive[repl]'); lines from a pipe need nothing.

    \b
    matcalc repl
    echo "tr(AXB) by X" | matcalc repl
    """
    session = Session()
    for line in _typed(session) if sys.stdin.isatty() else sys.stdin:
        try:
            said = session.answer(line.strip())
        except MatcalcError as error:
            click.echo(f"{type(error).__name__}: {error}", err=True)
            continue
        except EOFError:
            break
        if said:
            put(said, None, wants_color("auto", sys.stdout))


class Session:
    """What has been set, and the last derivation."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.define: dict[str, str] = {}
        self.last: Any = None

    def answer(self, line: str) -> str:
        """What is shown for a line. Raises a MatcalcError, or EOFError at the end."""
        if not line:
            return ""
        if line.startswith(":"):
            name, _, rest = line[1:].partition(" ")
            return self._command(name.strip(), rest.strip())
        formula, names = self._asked(line)
        import matcalc

        self.last = matcalc.derive(formula, wrt=names, **self._options())
        form = {"form": self.settings["form"]} if "form" in self.settings else {}
        return str(self.last.text(width=width(None), color=wants_color("auto", sys.stdout), **form))

    def reading(self, line: str) -> str:
        """How a line is read so far: the names with their shapes, or what is wrong."""
        if not line.strip() or line.startswith(":"):
            return ":help says what can be typed"
        from matcalc.language import read
        from matcalc.language.names import names_of
        from matcalc.present.reading import Reading

        formula, names = self._asked(line)
        try:
            program = read(formula, self.settings.get("where"), self.define or None, names_of(names) if names else ())
        except MatcalcError as error:
            return error.message
        return ", ".join(Reading.of(SimpleNamespace(program=program)).phrases())

    @staticmethod
    def _asked(line: str) -> tuple[str, str | None]:
        found = _BY.match(line)
        if found is None:
            return line, None
        return found[1], found[2]

    def _options(self) -> dict[str, Any]:
        return {k: v for k, v in self.settings.items() if k != "form"} | {"define": self.define or None}

    def _command(self, name: str, rest: str) -> str:
        if name in ("quit", "exit", "q"):
            raise EOFError
        if name == "help":
            return HELP
        if name == "define":
            return self._define(rest)
        if name in SETTINGS:
            return self._set(name, rest)
        wanted: dict[str, Callable[[], str]] = {
            "latex": lambda: str(self.last.latex()),
            "code": lambda: str(self.last.source()),
            "check": lambda: str(self.last.verify_claim(rest)),
        }
        if name not in wanted:
            return f"unknown command :{name}; :help lists those there are"
        return wanted[name]() if self.last is not None else "derive something first"

    def _define(self, rest: str) -> str:
        name, _, meaning = rest.replace(":=", "=").partition("=")
        if not rest:
            self.define.clear()
        elif not meaning.strip():
            return "as in :define θ=tanh"
        else:
            self.define[name.strip()] = meaning.strip()
        return ""

    def _set(self, name: str, rest: str) -> str:
        allowed = SETTINGS[name]
        if not rest:
            self.settings.pop(name, None)
        elif allowed is not None and rest not in allowed:
            return f":{name} is one of {', '.join(allowed)}"
        else:
            self.settings[name] = rest
        return ""


def history_file() -> Path:
    """Where the history is kept: $XDG_STATE_HOME, or ~/.local/state."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state, "matcalc", "history")


def _typed(session: Session) -> Iterator[str]:
    """The lines that are typed at the prompt."""
    try:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory
    except ImportError:
        raise click.ClickException("the prompt needs prompt_toolkit: pip install 'matderive[repl]'") from None
    file = history_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    said: dict[str, str] = {}

    def below() -> str:
        line = prompt.default_buffer.text
        if line not in said:
            said.clear()
            said[line] = session.reading(line)
        return said[line]

    prompt: PromptSession[str] = PromptSession("∂ ", history=FileHistory(str(file)), bottom_toolbar=below)
    while (line := _line(prompt)) is not None:
        yield line


def _line(prompt: Any) -> str | None:
    """The next line, empty where Ctrl-C took it back; None at the end."""
    try:
        return str(prompt.prompt())
    except KeyboardInterrupt:
        return ""
    except EOFError:
        return None
