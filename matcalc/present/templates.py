"""The templates: sentences and markup. Delimiters ``<< >>`` leave braces to LaTeX, and a missing value is an error."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ..resources import templates
from .names import escape_latex, loosened, with_math
from .tongue import language, speaking


@cache
def environment() -> Environment:
    """Templates named ``*.html`` and ``*.svg`` escape what is put in; the others get text that is ready.

    A macro of :func:`words` that is called inside such a template is not escaped: phrases that hold anything from the
    input are made before.
    """
    made = Environment(
        loader=FileSystemLoader(templates()),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html", "svg"], default=False),
    )
    made.filters |= {
        "capitalized": capitalized,
        "sentence": sentence,
        "latex": escape_latex,
        "latex_prose": latex_prose,
        "latex_condition": latex_condition,
    }
    return made


def capitalized(phrase: str) -> str:
    """With a capital at the beginning, the rest as it is.

    >>> capitalized("needs A"), capitalized("")
    ('Needs A', '')
    """
    return phrase[:1].upper() + phrase[1:]


def sentence(phrase: str) -> str:
    """A sentence of its own, with a full stop where it has none.

    >>> sentence("needs A")
    'Needs A.'
    """
    stop = "" if phrase[-1:] in ".!?。：:" else "。" if language() == "zh" else "."
    return capitalized(phrase) + stop


def latex_prose(prose: str) -> str:
    """Prose with formulas between marks, in LaTeX."""
    return with_math(prose, ("$", "$"), escape_latex)


def latex_condition(latex: str) -> str:
    """A condition in LaTeX, its words outside its formulas."""
    return loosened(latex, ("$", "$"))


@cache
def _catalogue(folder: str, language: str) -> Any:
    return environment().get_template(f"{folder}/{language}.jinja").module


def words(folder: str = "words") -> Any:
    """The sentences of the language that is written in, as functions: ``words().let("z")``."""
    return _catalogue(folder, language())


def fill(name: str, **values: Any) -> str:
    """The template called ``name``, filled in."""
    return environment().get_template(name).render(words=words(), **values)


__all__ = ["capitalized", "environment", "fill", "language", "sentence", "speaking", "words"]
