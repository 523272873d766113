"""Functions that emitted modules carry along, read from a file in which they are ordinary code.

The file is read as text, not imported: its libraries take a while to load, or are not installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .target import Helper

_FUNCTION = re.compile(r'^def (\w+)\(([^()]*)\) -> (.*):\n    """(.*)"""\n((?:    .*\n|\n)*)', re.MULTILINE)


def helpers_of(file: str) -> dict[str, Helper]:
    """Name → function, of a file beside this one, in its order."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    found = {}
    for name, signature, returns, formula, body in _FUNCTION.findall(text):
        lines = tuple(line.removeprefix("    ") for line in body.rstrip().splitlines())
        found[name] = Helper(" ".join(signature.split()).removesuffix(","), formula, lines, returns)
    return found


def words_called(text: str) -> list[str]:
    """The functions that a text calls, and those whose Fréchet derivatives it takes."""
    return re.findall(r"(?<![.\w])(\w+)\(", text) + re.findall(r"frechet_matrix\(@?(\w+),", text)


def called(text: str, helpers: Mapping[str, Helper]) -> dict[str, Helper]:
    """The helpers that a text calls, and those that they call, in their order."""
    found: set[str] = set()
    texts = [text]
    while texts:
        new = [word for word in dict.fromkeys(words_called(texts.pop())) if word in helpers and word not in found]
        found.update(new)
        texts += ["\n".join(helpers[name].body) for name in new]
    return {name: helper for name, helper in helpers.items() if name in found}
