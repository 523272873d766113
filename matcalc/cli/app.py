"""How arguments are read: a command whose argument is a formula, and the group in which a formula means `derive`."""

from __future__ import annotations

import difflib
import itertools
import re
import sys
from typing import Any

import rich_click as click

from matcalc import __version__
from matcalc.errors import MatcalcError
from matcalc.timing import time_limit

from .output import wants_color

#: The commands, in the order in which people meet them.
COMMANDS = (
    "derive", "code", "notes", "exercise", "check", "graph", "pattern", "filter", "rules", "explain", "repl", "serve",
    "completion", "manual",
)  # fmt: skip
#: What may be a misspelt command where a formula may stand, too.
_WORD = re.compile(r"[A-Za-z]{4,}")
#: How a hint for Python names what is an option here.
_KEYWORD = re.compile(r'\b(kind|form|layout|structure)[= ]"([\w-]+)"')
#: What is an option where a formula may stand, too: nobody derives −h or −o.
_OPTION = re.compile(r"--.+|-[ho]", re.DOTALL)


class FormulaCommand(click.RichCommand):
    """A command whose argument is a formula: `-x'*x` is one, and no cluster of short options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, formulas = self._apart(args)
        self.make_parser(ctx).parse_args([*options])  # an option that does not exist is the first thing to say
        if len(formulas) > 1:
            ctx.fail(f"One formula is expected, but {len(formulas)} arguments are given. Put the formula in quotes.")
        return super().parse_args(ctx, [*options, "--", *formulas])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, within the time that --timeout allows."""
        with time_limit(ctx.params.pop("timeout", None)):
            return super().invoke(ctx)

    def _apart(self, args: list[str]) -> tuple[list[str], list[str]]:
        """The options with their values, and everything else."""
        with_value = {
            name
            for param in self.params
            if isinstance(param, click.Option) and not param.is_flag
            for name in param.opts
        }
        options: list[str] = []
        formulas: list[str] = []
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                formulas.extend(rest)
            elif _OPTION.fullmatch(arg):
                options.append(arg)
                options.extend(itertools.islice(rest, 1 if arg in with_value else 0))
            else:
                formulas.append(arg)
        return options, formulas


class FormulaGroup(click.RichGroup):
    """A group of commands in which an expression in place of a command means `derive`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.commands, key=COMMANDS.index)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:  # a shell asks what could stand here
            return super().parse_args(ctx, args)
        if not args:
            args = ["--help"]
        own = {name for param in self.get_params(ctx) for name in param.opts}
        first = args[0]
        if first not in own and first not in self.commands and not ctx.resilient_parsing:
            self._refuse_misspelt_command(ctx, first)
            args = ["derive", *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelt_command(self, ctx: click.Context, word: str) -> None:
        """A word that resembles a command is not read as the product of its letters, nor is any word in lower case."""
        if not _WORD.fullmatch(word):
            return
        close = difflib.get_close_matches(word.lower(), self.commands, n=1)
        if close:
            ctx.fail(f"No such command '{word}'. Did you mean '{close[0]}'? (As a formula: matcalc derive {word})")
        if word.islower():
            ctx.fail(f"No such command '{word}'. (As a formula: matcalc derive {word})")

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error in the input ends it with status 1 and a message."""
        try:
            return super().invoke(ctx)
        except MatcalcError as error:
            error.hint = error.hint and _KEYWORD.sub(r"--\1 \2", error.hint)
            name = click.style(f"{type(error).__name__}:", fg="red", bold=True)
            click.echo(f"{name} {error}", err=True, color=wants_color("auto", sys.stderr))
            ctx.exit(1)


@click.group(cls=FormulaGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="matcalc %(version)s", help="Show the version and exit.")
@click.rich_config({"text_markup": None, "padding_helptext_first_line": (0, 0, 1, 0), "max_width": 100})
def cli() -> None:
    """Derivatives of matrix expressions in closed form, written out step by step and proof-read.

    \b
    matcalc derive "½‖θ(Wx)‖²" --wrt W
    matcalc "tr(A*X'*B*X)" --wrt X
    matcalc code "‖Ax − b‖²" --wrt x -o gradient.py
    echo 'x^\\top A x' | matcalc derive - --format latex
    """
