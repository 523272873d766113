"""The templates: sentences and markup. Delimiters ``<< >>`` leave braces to LaTeX, and a missing value is an error."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ..resources import templates


@cache
def environment() -> Environment:
    """Templates named ``*.html`` escape what is put in; the others get text that is ready.

    A macro of :func:`words` that is called inside such a template is not escaped: phrases that hold anything from the
    input are made before.
    """
    return Environment(
        loader=FileSystemLoader(templates()),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"], default=False),
    )


@cache
def words(language: str = "en") -> Any:
    """The sentences of a language, as functions: ``words().let("z")``."""
    return environment().get_template(f"words/{language}.jinja").module


def fill(name: str, **values: Any) -> str:
    """The template called ``name``, filled in."""
    return environment().get_template(name).render(words=words(), **values)
