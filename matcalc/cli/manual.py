"""`matcalc manual`: the manual page, made of the help of every command."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import rich_click as click

from matcalc import __version__

from .app import COMMANDS, cli
from .output import put

EXIT_STATUS = (
    ("0", "Done; for check, everything holds."),
    (
        "1",
        "The input is wrong, with a message that says where; check found a fault; time ran out; interrupted.",
    ),
    ("2", "The command is used wrongly."),
)


@cli.command()
def manual() -> None:
    """Print the manual page, for man.

    \b
    matcalc manual | man -l -
    matcalc manual > ~/.local/share/man/man1/matcalc.1
    """
    put("\n".join(page()), None)


def page() -> Iterator[str]:
    """The lines of the page, in man's macros."""
    yield f'.TH MATCALC 1 "" "matcalc {__version__}" "User Commands"'
    yield from (".SH NAME", r"matcalc \- derivatives of matrix expressions, step by step")
    yield from (".SH SYNOPSIS", ".B matcalc", "COMMAND EXPRESSION [OPTIONS]", ".br")
    yield from (".B matcalc", "EXPRESSION [OPTIONS]")
    yield ".SH DESCRIPTION"
    yield from _prose(cli.help or "")
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = cli.commands[name]
        yield f".SS matcalc {_plain(name)} {_plain(' '.join(command.collect_usage_pieces(click.Context(command))))}"
        yield from _prose(command.help or "")
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                record = option.get_help_record(click.Context(command))
                if record is not None:
                    yield from (".TP", rf"\fB{_plain(record[0])}\fR", _plain(" ".join(record[1].split())))
    yield ".SH EXIT STATUS"
    for status, meaning in EXIT_STATUS:
        yield from (".TP", rf"\fB{status}\fR", meaning)
    yield ".SH ENVIRONMENT"
    yield from (".TP", r"\fBNO_COLOR\fR", "Nothing is coloured where it is set and not empty.")


def _prose(text: str) -> Iterator[str]:
    r"""Paragraphs; one that begins with \b keeps its lines."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from (".PP", ".nf", ".RS 2", *map(_plain, paragraph[1:].strip("\n").splitlines()), ".RE", ".fi")
        else:
            yield from (".PP", _plain(" ".join(paragraph.split())))


def _plain(text: str) -> str:
    """Text in which nothing is a macro: no backslash, hyphen, apostrophe or dot that man would take for its own."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return r"\&" + text if text.startswith(".") else text
