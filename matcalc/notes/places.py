"""Where in a TOML file something stands, for messages: the parser of the standard library does not say."""

from __future__ import annotations

import re
from typing import Any

#: ``("section", 2, "derivation", 0, "where")``: the key of the first derivation in the third section.
Path = tuple[Any, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\- ]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*[\"']?([\w\\\-]+)[\"']?\s*=")
_QUOTES = re.compile(r'"""|' + r"'''")


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, at which a key or a table stands; that of the table where the key is not found."""
    counts: dict[Path, int] = {}
    here: Path = ()
    found: int | None = None
    quotes = ""  # of the string that goes on over lines
    for number, line in enumerate(text.splitlines(), 1):
        if not quotes:
            header, key = _HEADER.match(line), _KEY.match(line)
            if header:
                here = _table(header[2].split("."), header[1] == "[[", counts)
                if here == path:
                    return number
                if here and path[: len(here)] == here:
                    found = number
            elif key and (*here, key[1]) == path[: len(here) + 1]:
                return number
        for mark in _QUOTES.findall(line):
            quotes = "" if mark == quotes else quotes or mark
    return found


def _table(names: list[str], is_array: bool, counts: dict[Path, int]) -> Path:
    """The path of the table that a header opens; arrays of tables are counted."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name.strip())
        if path in counts:
            path = (*path, counts[path])
    path = (*path, names[-1].strip())
    if not is_array:
        return path
    counts[path] = counts.get(path, -1) + 1
    for inner in [p for p in counts if p[: len(path)] == path and len(p) > len(path) and p[len(path)] == counts[path]]:
        del counts[inner]
    return (*path, counts[path])
