"""The command line: it reads arguments, calls the library, and writes down what comes back.

Exit status 0: done. 1: the input is wrong, or `check` found a fault. 2: the command is used wrongly. Results go to
standard output, messages to standard error. The library is imported only when a formula is at hand, so that help comes
at once.
"""

from __future__ import annotations

import difflib
import io
import itertools
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import rich_click as click

from matcalc import __version__
from matcalc.errors import InternalError, LimitError, MatcalcError, ParseError
from matcalc.files import write_atomically

if TYPE_CHECKING:
    from matcalc import Derivation
    from matcalc.verify import Report

KINDS = ("gradient", "jacobian", "hessian", "differential")
LAYOUTS = ("gradient", "numerator", "denominator")
FORMS = ("operator", "matrix", "vec", "tensor", "components", "explicit")
COLORS = ("auto", "always", "never")
DETAILS = ("brief", "normal", "full")
TARGETS = ("numpy",)
FORMATS = {".txt": "text", ".tex": "latex", ".md": "markdown", ".html": "html", ".json": "json"}

#: Bytes that are read from standard input at most.
LONGEST = 4_000_000
#: A derivation of more steps is not proof-read unasked: that would take longer than to derive it.
MOST_STEPS = 400
#: What may be a misspelt command where a formula may stand, too.
_WORD = re.compile(r"[A-Za-z]{4,}")
#: How a hint for Python names what is an option here.
_KEYWORD = re.compile(r'\b(kind|form|layout|structure)[= ]"([\w-]+)"')
#: What is an option where a formula may stand, too: nobody derives −h or −o.
_OPTION = re.compile(r"--.+|-[ho]", re.DOTALL)


# ---------------------------------------------------------------- how arguments are read
class FormulaCommand(click.RichCommand):
    """A command whose argument is a formula: `-x'*x` is one, and no cluster of short options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, formulas = self._apart(args)
        self.make_parser(ctx).parse_args([*options])  # an option that does not exist is the first thing to say
        if len(formulas) > 1:
            ctx.fail(f"One formula is expected, but {len(formulas)} arguments are given. Put the formula in quotes.")
        return super().parse_args(ctx, [*options, "--", *formulas])

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
        return list(self.commands)  # in the order in which people meet them

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            args = ["--help"]
        own = {name for param in self.get_params(ctx) for name in param.opts}
        first = args[0]
        if first not in own and first not in self.commands:
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
            click.echo(f"{name} {error}", err=True, color=_wants_color("auto", sys.stderr))
            ctx.exit(1)


# ---------------------------------------------------------------- options that commands share
def _choice(name: str, values: Sequence[str], *, default: str | None, help: str = "") -> Callable[[Any], Any]:
    """An option with a few values, which its help names."""
    text = f"{', '.join(values)}. {help}" if default is None else f"{help} One of {', '.join(values)}."
    return click.option(
        name, type=click.Choice(values), default=default, show_default=True, metavar=name[2:].upper(), help=text.strip()
    )


def _several(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for one in reversed(decorators):
            function = one(function)
        return function

    return decorate


formula_options = _several(
    click.argument("expression"),
    click.option("--wrt", metavar="NAME", multiple=True, help="Differentiate by NAME; W,b: by both. [default: by all]"),
    click.option("--where", metavar="TEXT", multiple=True, help="Shapes: 'W: m×n, x: n, A: n×n symmetric'."),
    click.option("--define", metavar="NAME=TEXT", multiple=True, help="Make a function concrete: 'θ=tanh'."),
    _choice("--kind", KINDS, default=None, help="[default: gradient of a scalar, else jacobian]"),
    _choice("--layout", LAYOUTS, default="gradient", help="Shape convention."),
    click.option("--structure", metavar="NAME", help="How a structured variable counts: symmetric, diagonal, lower, …"),
)
output_options = _several(
    click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE."),
    click.option("--force", is_flag=True, help="Overwrite FILE if it exists."),
)


# ---------------------------------------------------------------- the commands
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


@cli.command(cls=FormulaCommand)
@formula_options
@_choice("--detail", DETAILS, default="normal", help="How many steps.")
@_choice("--form", FORMS, default=None, help="Show the result in this form in place of the steps.")
@click.option("--no-check", is_flag=True, help="Do not proof-read the derivation before it is shown.")
@_choice("--format", tuple(FORMATS.values()), default=None, help="[default: by the ending of FILE, else text]")
@_choice("--color", COLORS, default="auto", help="When to colour text.")
@output_options
def derive(
    format: str | None,
    color: str,
    form: str | None,
    no_check: bool,
    output: Path | None,
    force: bool,
    **question: Any,
) -> None:
    """Derive a formula, step by step.

    EXPRESSION may be spelt in Unicode, in ASCII or in LaTeX; - reads it from standard input. The derivation is
    proof-read at random points before it is shown.
    """
    _refuse_overwriting(output, force)
    derivation = _derivation(question)
    options = {"report": None if no_check else _proof_read(derivation, question), "form": form}
    chosen = format or (FORMATS.get(output.suffix.lower(), "text") if output else "text")
    if chosen == "text":
        colored = output is None and _wants_color(color, sys.stdout)
        _put(derivation.text(width=_width(output), color=colored, **options), output, colored)
    elif chosen == "json":
        _put(json.dumps(derivation.json(**options), ensure_ascii=False, indent=2), output)
    else:
        _put(getattr(derivation, chosen)(**options), output)


@cli.command(cls=FormulaCommand)
@formula_options
@_choice("--target", TARGETS, default="numpy", help="What the code calls.")
@output_options
def code(target: str, output: Path | None, force: bool, **question: Any) -> None:
    """Write a Python module that computes the value and the derivative.

    EXPRESSION may be spelt in Unicode, in ASCII or in LaTeX; - reads it from standard input.
    """
    _refuse_overwriting(output, force)
    _put(_derivation(question).source(target=target), output)


@cli.command(cls=FormulaCommand)
@formula_options
@click.option("--trials", type=click.IntRange(1, 1000), default=3, show_default=True, help="Random points to try.")
def check(trials: int, **question: Any) -> None:
    """Proof-read a derivation numerically.

    Every step is compared with the one before it at random points; exit status 1 if one does not hold.
    """
    report = _derivation(question).check(trials=trials)
    _put(str(report), None)
    if not report:
        sys.exit(1)


@cli.command()
@click.argument("name", required=False)
def rules(name: str | None) -> None:
    """List the identities that derivations use.

    Each with its reference and what it needs; NAME picks those that mention it.
    """
    import matcalc

    known = matcalc.rules()
    found = [rule for rule in known if name is None or name.casefold() in f"{rule.name} {rule.identity}".casefold()]
    if not found:
        close = difflib.get_close_matches(str(name), [rule.name for rule in known], n=1)
        raise ParseError(f"no rule is called '{name}'", hint=f"did you mean {close[0]}?" if close else None)
    for group, members in itertools.groupby(found, key=lambda rule: rule.group):
        click.echo(f"{group}s\n")
        for rule in members:
            click.echo(f"  {rule.name}: {rule.identity}")
            notes = [rule.reference, f"needs {rule.assumes}" if rule.assumes else ""]
            if any(notes):
                click.echo(f"      {' · '.join(filter(None, notes))}")
        click.echo()


# ---------------------------------------------------------------- between the arguments and the library
def _derivation(question: Mapping[str, Any]) -> Derivation:
    """Put the question that the options state."""
    options = {name: value for name, value in question.items() if value is not None}
    options["expression"] = _text(question["expression"])
    options["where"] = ", ".join(question["where"]) or None
    options["define"] = dict(_definition(text) for text in question["define"]) or None
    names = [name.strip() for text in question["wrt"] for name in re.split(r",(?![^{]*\})", text)]
    options["wrt"] = names[0] if len(names) == 1 else names or None

    import matcalc

    return matcalc.derive(**options)


def _proof_read(derivation: Derivation, question: Mapping[str, Any]) -> Report:
    """What a check of the derivation found. One that does not hold is a fault of ours, and is not shown."""
    from matcalc.verify import Report

    if len(derivation.steps) > MOST_STEPS:
        return Report(0.0, 0, reason="it is long; `matcalc check` does it")
    try:
        report = derivation.check()
    except MatcalcError as error:  # no code can be written for it
        return Report(0.0, 0, reason=error.message)
    if report.failures:
        command = _reproducer(derivation.program.source, question)
        raise InternalError(
            f"the derivation does not hold, so it is not shown: {report}",
            hint=f"this is a fault of matcalc; please report it, with the command that shows it:\n    {command}",
        )
    return report


def _reproducer(expression: str, question: Mapping[str, Any]) -> str:
    """The `check` command that asks the same question."""
    words = ["matcalc", "check", expression]
    for name in ("wrt", "where", "define", "kind", "layout", "structure"):
        given = question[name]
        for value in given if isinstance(given, tuple) else (given,):
            if value is not None and (name, value) != ("layout", "gradient"):
                words += [f"--{name}", value]
    return shlex.join(words)


def _text(expression: str) -> str:
    """The formula itself, or standard input for `-`."""
    if expression != "-":
        return expression
    data = sys.stdin.buffer.read(LONGEST + 1) if sys.stdin else b""
    if len(data) > LONGEST:
        raise LimitError(f"standard input is longer than {LONGEST} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"standard input is not UTF-8 text: byte {error.start + 1} cannot be read") from None


def _definition(text: str) -> tuple[str, str]:
    """`θ=tanh` (or `θ := tanh`) as name and meaning."""
    match = re.fullmatch(r"\s*([^=]+?)\s*:?=\s*(\S.*?)\s*", text, re.DOTALL)
    if not match:
        raise click.BadParameter(f"'{text}' is not of the form NAME=FUNCTION, as in θ=tanh", param_hint="--define")
    return match.group(1), match.group(2)


def _width(output: Path | None) -> int:
    """Columns for text: those of the terminal, up to what is pleasant to read; 80 elsewhere."""
    if output is None and sys.stdout and sys.stdout.isatty():
        return min(max(40, shutil.get_terminal_size().columns), 120)
    return 80


def _wants_color(choice: str, stream: TextIO | None) -> bool:
    """`auto` colours a terminal, unless NO_COLOR is set (https://no-color.org) or the terminal is a dumb one."""
    if choice == "auto" and stream is not None:
        return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return choice == "always"


def _put(text: str, output: Path | None, color: bool | None = None) -> None:
    """Write to the file, or to standard output; one newline at the end."""
    if output is None:
        click.echo(text.rstrip("\n"), color=color)
        return
    try:
        write_atomically(output, text.rstrip("\n") + "\n")
    except OSError as error:
        raise click.FileError(str(output), hint=error.strerror or str(error)) from None


def _refuse_overwriting(output: Path | None, force: bool) -> None:
    """Before any work is done, since the answer will have nowhere to go."""
    if output is not None and output.is_file() and not force:
        raise click.BadParameter(f"'{output}' exists; --force overwrites it", param_hint="--output")


def main() -> NoReturn:
    """The `matcalc` command. Formulas are not ASCII, so the streams are UTF-8 whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    cli.main(prog_name="matcalc")
    raise SystemExit  # click has ended the program before
