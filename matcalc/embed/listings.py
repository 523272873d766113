"""Programs as they stand in a document."""

from __future__ import annotations

from collections.abc import Callable

from ..present.names import escape_latex

#: Characters that a typewriter font has as they are, where prose has them otherwise.
_TYPEWRITER = {'"': r"\char34{}", "'": r"\textquotesingle{}", " ": "~"}


def _markdown(source: str) -> str:
    return f"```python\n{source.rstrip()}\n```"


def _latex(source: str) -> str:
    r"""Line by line and not as ``verbatim``, which has no mathematics: docstrings quote the formulas."""
    lines = (
        "".join(_TYPEWRITER[c] if c in _TYPEWRITER else escape_latex(c) for c in line) or r"\mbox{}"
        for line in source.rstrip().split("\n")
    )
    body = "\\\\\n".join(lines)
    return f"\\begin{{flushleft}}\\small\\ttfamily\n{body}\n\\end{{flushleft}}"


LISTINGS: dict[str, Callable[[str], str]] = {"markdown": _markdown, "latex": _latex}
