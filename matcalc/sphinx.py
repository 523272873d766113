"""A directive and a role for Sphinx, in reStructuredText and MyST: put ``matcalc.sphinx`` among the extensions.

    ```{matcalc}                              .. matcalc::
    :wrt: W                                      :wrt: W
    ½‖θ(Wx)‖²
    ```                                          ½‖θ(Wx)‖²

Options are those of every block (:data:`matcalc.embed.options.OPTIONS`), and ``matcalc_options`` in ``conf.py`` sets
them for all. The role takes them before the formula: ``:matcalc:`wrt=x; ‖Ax − b‖²```. Formulas become math nodes,
which the builder shows as it shows others; a formula that cannot be derived is an error at its line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.typing import ExtensionMetadata

from . import __version__
from .embed.block import Block
from .embed.fragments import Display, Listing, Paragraph, Picture, Span, Table
from .embed.options import OPTIONS, read_options
from .errors import MatcalcError


class MatcalcDirective(SphinxDirective):
    """A formula on lines of its own."""

    has_content = True
    option_spec: ClassVar = dict.fromkeys((*OPTIONS, "name"), directives.unchanged)

    def run(self) -> list[nodes.Node]:
        options = {key: value for key, value in self.options.items() if key != "name"}
        block = Block.of("\n".join(self.content), options, self.content_offset, self.config.matcalc_options)
        try:
            answer = list(block.fragments())
        except MatcalcError as error:
            raise self.error(f"{type(error).__name__}: {error}") from None
        container = nodes.container(classes=["matcalc"])
        self.add_name(container)
        container += [node for one in answer for node in _BUILD[type(one)](one)]
        self.set_source_info(container)
        for node in container.findall(nodes.math_block):
            node["docname"] = self.env.docname
        return [container]


class MatcalcRole(SphinxRole):
    """A formula in a sentence; options stand before it, ended by a semicolon."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        header, semicolon, formula = self.text.rpartition(";")
        try:
            options = {**self.config.matcalc_options, **read_options(header if semicolon else "")}
            answer = Block(formula.strip(), options, inline=True).markdown()
        except MatcalcError as error:
            message = self.inliner.reporter.error(f"{type(error).__name__}: {error}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [nodes.math(answer[1:-1], answer[1:-1])], []


# ---------------------------------------------------------------- docutils' nodes
def _inline(spans: Sequence[Span]) -> list[nodes.Node]:
    make = {"math": nodes.math, "strong": nodes.strong, "code": nodes.literal}
    return [make[one.kind](one.text, one.text) if one.kind in make else nodes.Text(one.text) for one in spans]


def _display(one: Display) -> nodes.Node:
    return nodes.math_block(one.latex, one.latex, nowrap=False, number=None, label=None)


def _listing(one: Listing) -> nodes.Node:
    node = nodes.literal_block(one.text, one.text)
    node["language"] = one.language or "text"
    return node


def _table(one: Table) -> nodes.Node:
    head, body = nodes.thead(), nodes.tbody()
    head += [_row(cells) for cells in one.rows[:1]]
    body += [_row(cells) for cells in one.rows[1:]]
    width = len(one.rows[0])
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in range(width)), head, body, cols=width)
    return nodes.table("", group)


def _row(cells: Sequence[Sequence[Span]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *_inline(cell))) for cell in cells))


def _picture(one: Picture) -> list[nodes.Node]:
    """Raw for both builders, of which each takes its own."""
    return [nodes.raw("", one.svg, format="html"), nodes.raw("", one.tikz, format="latex")]


_BUILD: dict[type, Callable[[Any], list[nodes.Node]]] = {
    Paragraph: lambda one: [nodes.paragraph("", "", *_inline(one.spans))],
    Display: lambda one: [_display(one)],
    Listing: lambda one: [_listing(one)],
    Table: lambda one: [_table(one)],
    Picture: _picture,
}


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_config_value("matcalc_options", {}, "env", types=frozenset({dict}))
    app.add_directive("matcalc", MatcalcDirective)
    app.add_role("matcalc", MatcalcRole())
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
