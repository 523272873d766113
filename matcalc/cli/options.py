"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import rich_click as click

KINDS = ("gradient", "jacobian", "hessian", "differential")
LAYOUTS = ("gradient", "numerator", "denominator")
FORMS = ("operator", "matrix", "vec", "tensor", "components", "explicit", "gauss-newton")
COLORS = ("auto", "always", "never")
LANGUAGES = ("en", "de", "zh", "es")
STYLES = ("italic", "bold", "upright")
TRANSPOSES = ("top", "T")
LATEX_KINDS = ("article", "fragment", "beamer")
DETAILS = ("brief", "normal", "full")
TARGETS = ("numpy", "jax", "torch", "array-api", "dask", "jax-mesh", "matlab", "julia")
DTYPES = ("float64", "float32")
CODE_FORMS = ("tensor", "vec", "gauss-newton")
OUTPUTS = ("dense", "sparse", "operator")
FORMATS = {".txt": "text", ".tex": "latex", ".md": "markdown", ".html": "html", ".json": "json"}


def choice(name: str, values: Sequence[str], *, default: str | None, help: str = "") -> Callable[[Any], Any]:
    """An option with a few values, which its help names."""
    text = f"{', '.join(values)}. {help}" if default is None else f"{help} One of {', '.join(values)}."
    return click.option(
        name, type=click.Choice(values), default=default, show_default=True, metavar=name[2:].upper(), help=text.strip()
    )


def several(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for one in reversed(decorators):
            function = one(function)
        return function

    return decorate


formula_options = several(
    click.argument("expression"),
    click.option("--wrt", metavar="NAME", multiple=True, help="Differentiate by NAME; W,b: by both. [default: by all]"),
    click.option("--where", metavar="TEXT", multiple=True, help="Shapes: 'W: m×n, x: n, A: n×n symmetric'."),
    click.option("--define", metavar="NAME=TEXT", multiple=True, help="Make a function concrete: 'θ=tanh'."),
    choice("--kind", KINDS, default=None, help="[default: gradient of a scalar, else jacobian]"),
    choice("--layout", LAYOUTS, default="gradient", help="Shape convention."),
    click.option("--structure", metavar="NAME", help="How a structured variable counts: symmetric, diagonal, lower, …"),
    click.option(
        "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Give up after so long."
    ),
)
language_option = choice("--language", LANGUAGES, default=None, help="What sentences are in. [default: en]")
print_options = several(
    language_option,
    choice("--style", STYLES, default=None, help="Vectors and matrices in LaTeX, Markdown and HTML. [default: italic]"),
    choice("--transpose", TRANSPOSES, default=None, help="The sign of the transpose there. [default: top]"),
)
output_options = several(
    click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to FILE."),
    click.option("--force", is_flag=True, help="Overwrite FILE if it exists."),
)
