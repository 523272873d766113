"""Between the arguments and the library: the question that the options state, and whether its answer holds."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import rich_click as click

from matcalc.errors import InternalError, LimitError, ParseError

if TYPE_CHECKING:
    from matcalc import Derivation

#: Bytes that are read from standard input at most.
LONGEST = 4_000_000


def derivation(question: Mapping[str, Any], check: bool = True) -> Derivation:
    """Put the question that the options state. One whose answer does not hold is a fault of ours, and is not shown."""
    options = {name: value for name, value in question.items() if value is not None}
    options["expression"] = _text(question["expression"])
    options["where"] = ", ".join(question["where"]) or None
    options["define"] = dict(_definition(text) for text in question["define"]) or None
    options["wrt"] = ", ".join(question["wrt"]) or None

    import matcalc

    try:
        return matcalc.derive(**options, check=check)
    except InternalError as error:
        command = _reproducer(options["expression"], question)
        error.hint = f"this is a fault of matcalc; please report it, with the command that shows it:\n    {command}"
        raise


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
