"""The templates of emitted modules: Jinja2 with ``<< >>``, so that braces are left to the languages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ...resources import templates

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def template(folder: str, name: str) -> Template:
    """A template of ``templates/``."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(templates() / folder),
        undefined=StrictUndefined,
        variable_start_string="<<", variable_end_string=">>", block_start_string="<%", block_end_string="%>",
        comment_start_string="<#", comment_end_string="#>",
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters["doc"] = as_docstring
    environment.filters["plain"] = plain
    environment.filters["julia"] = lambda text: as_docstring(text).replace("$", "\\$")
    return environment.get_template(name)


def as_docstring(text: str) -> str:
    """Text that may stand inside triple double quotes: no backslash, no quote and no control character gets through."""
    return plain(text).replace("\\", "\\\\").replace('"', "'")


def plain(text: str) -> str:
    """The text on one line, without control characters."""
    return "".join(" " if c in "\r\n\t\v\f\x1c\x1d\x1e\x85\u2028\u2029" or ord(c) < 32 else c for c in text)
