"""The options of a block, as they stand in its header: `wrt=W where="W: m×n, x: n" show=result`."""

from __future__ import annotations

import re

from ..errors import MatcalcError, ParseError
from ..language.names import nearest

#: Every option, and what it says.
OPTIONS = {
    "wrt": "differentiate by these names; all variables without it",
    "where": "shapes and properties",
    "define": "functions made concrete: θ=tanh; several are separated by semicolons",
    "kind": "gradient, jacobian, hessian or differential",
    "layout": "gradient, numerator or denominator",
    "structure": "how a structured variable counts",
    "detail": "brief, normal or full",
    "form": "the result in this form in place of the steps",
    "show": "derivation, value, result, code, graph or pattern; several are separated by commas",
    "code": "the target that code is written for; without show, code is what is shown",
    "check": "no: do not proof-read",
}
_OPTION = re.compile(
    r"""\s*,?\s*(?P<name>[A-Za-z-]+)\s*=\s*
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|\{(?P<braces>(?:[^{}]|\{[^{}]*\})*)\}
    |(?P<bare>(?:[^\s"'{},]|\{[^{}]*\}|,(?!\s|[A-Za-z-]+=|$))+))""",
    re.VERBOSE,
)
#: A line of options at the top of a block, as Quarto has them: `#| wrt: W`.
_LINE = re.compile(r"[ \t]*(?:#|%|//)\|[ \t]*(?P<name>[A-Za-z-]+)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*$")


def read_options(header: str) -> dict[str, str]:
    """The options of a header, their values as text. Raises ParseError at what is no option.

    >>> read_options('wrt=W,b where="W: m×n, x: n" detail=brief')
    {'wrt': 'W,b', 'where': 'W: m×n, x: n', 'detail': 'brief'}
    >>> read_options("wrt=x, where={A: n×n, x: n}")
    {'wrt': 'x', 'where': 'A: n×n, x: n'}
    """
    options: dict[str, str] = {}
    at = 0
    end = len(header.rstrip().rstrip(","))
    while at < end and header[at:end].strip():
        found = _OPTION.match(header, at, end)
        if found is None:
            at += len(header[at:end]) - len(header[at:end].lstrip(" \t,"))
            raise ParseError(
                "an option is written name=value", source=header, span=(at, end), hint='as in wrt=W where="W: m×n"'
            )
        value = next(text for kind in ("double", "single", "braces", "bare") if (text := found[kind]) is not None)
        if found["double"] is not None:
            value = re.sub(r'\\(["\\])', r"\1", value)
        _add(options, found["name"], value, header, found.span("name"))
        at = found.end()
    return options


def read_lines(body: str) -> tuple[dict[str, str], str, int]:
    """The options in the first lines of a block, the rest, and how many lines they took.

    >>> read_lines("#| wrt: W\\n#| where: 'W: m×n'\\n½‖Wx‖²")
    ({'wrt': 'W', 'where': 'W: m×n'}, '½‖Wx‖²', 2)
    """
    options: dict[str, str] = {}
    lines = body.split("\n")
    for number, line in enumerate(lines):
        found = _LINE.match(line)
        if found is None:
            return options, "\n".join(lines[number:]), number
        value = found["value"]
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        _add(options, found["name"], value, line, found.span("name"))
    return options, "", len(lines)


def _add(options: dict[str, str], name: str, value: str, source: str, span: tuple[int, int]) -> None:
    try:
        known(name)
    except MatcalcError as error:
        raise error.at(source, span) from None
    if name in options:
        raise ParseError(f"{name} is given twice", source=source, span=span)
    options[name] = value


def known(name: str) -> str:
    """The name of an option. Raises ParseError where there is none of that name."""
    if name not in OPTIONS:
        close = nearest(name, OPTIONS)
        raise ParseError(f"there is no option ‘{name}’", hint=f"did you mean {close}?" if close else "; ".join(OPTIONS))
    return name
