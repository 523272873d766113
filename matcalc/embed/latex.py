r"""LaTeX: ``\matcalc[options]{formula}`` in a sentence, and an environment for a derivation.

    \begin{matcalc}[wrt=W, where={W: m\times n, x: n}]
      \tfrac12 \|\theta(Wx)\|^2
    \end{matcalc}

What stands in a comment or is printed verbatim is left alone. The document needs amsmath and amssymb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..errors import MatcalcError, ParseError
from .block import Block
from .options import read_options
from .places import Fault

_TOKEN = re.compile(
    r"""(?P<comment>(?<!\\)(?:\\\\)*%[^\n]*)
    |(?P<verbatim>\\begin\{(?P<name>verbatim\*?|Verbatim|lstlisting|minted|comment)\}.*?\\end\{(?P=name)\})
    |(?P<verb>\\(?:verb|lstinline)\*?(?P<mark>[^\sA-Za-z*]).*?(?P=mark))
    |(?P<environment>\\begin\{matcalc\})
    |(?P<command>\\matcalc(?![A-Za-z@]))""",
    re.VERBOSE | re.DOTALL,
)
_END = r"\end{matcalc}"


def pieces(text: str, defaults: Mapping[str, str]) -> Iterator[str | Block | Fault]:
    """The document in pieces."""
    at = 0
    while found := _TOKEN.search(text, at):
        if not (found["environment"] or found["command"]):
            yield text[at : found.end()]
            at = found.end()
            continue
        yield text[at : found.start()]
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        try:
            block, at = (_environment if found["environment"] else _command)(text, found.end(), defaults)
            block.header = line
            yield block
        except MatcalcError as error:
            yield Fault(f"{line}:{column}", error)
            if error.expected:  # it does not end, and where anything behind it would begin is not known
                return
            at = found.end()
    yield text[at:]


def _environment(text: str, at: int, defaults: Mapping[str, str]) -> tuple[Block, int]:
    options, at = _optional(text, at)
    end = text.find(_END, at)
    if end < 0:
        raise ParseError(rf"\begin{{matcalc}} without {_END}", expected=(_END,))
    leading = len(text[at:end]) - len(text[at:end].lstrip())
    start = max(at, text.rfind("\n", 0, at + leading) + 1)  # of the line on which the formula begins
    return Block.of(text[start:end].rstrip(), options, text.count("\n", 0, start), defaults), end + len(_END)


def _command(text: str, at: int, defaults: Mapping[str, str]) -> tuple[Block, int]:
    options, at = _optional(text, at)
    while text[at : at + 1].isspace():
        at += 1
    if text[at : at + 1] != "{":
        raise ParseError(r"\matcalc needs a formula in braces", hint=r"\matcalc[wrt=x]{x^\top A x}")
    end = _matching(text, at, "{", "}")
    line = text.count("\n", 0, at) + 1
    column = at + 1 - text.rfind("\n", 0, at + 1)
    return Block(text[at + 1 : end], {**defaults, **options}, line, line, column, inline=True), end + 1


def _optional(text: str, at: int) -> tuple[dict[str, str], int]:
    """The options in brackets, and where they end."""
    if text[at : at + 1] != "[":
        return {}, at
    end = _matching(text, at, "[", "]")
    return read_options(re.sub(r"\s+", " ", text[at + 1 : end])), end + 1


def _matching(text: str, at: int, opening: str, closing: str) -> int:
    """The bracket that closes the one at ``at``; braces inside count, escaped ones do not."""
    depth, braces, i = 0, 0, at
    while i < len(text):
        c = text[i]
        if c == "\\":
            i += 1
        elif opening != "{" and c in "{}":
            braces += 1 if c == "{" else -1
        elif c == opening and not braces:
            depth += 1
        elif c == closing and not braces:
            depth -= 1
            if not depth:
                return i
        i += 1
    raise ParseError(f"‘{opening}’ is not closed by ‘{closing}’", expected=(closing,))
