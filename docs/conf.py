"""How the pages of docs/ become a site, offline: `sphinx-build -W docs docs/_build`."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from docutils import nodes

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

import matcalc  # noqa: E402  (the checkout's own)
from matcalc.resources import templates  # noqa: E402

project = "matcalc"
author = "matcalc developers"
release = version = matcalc.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "matcalc.sphinx"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "attrs_inline"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "separated"

html_theme = "furo"
html_title = "matcalc"
html_static_path = ["_static"]
#: Derivations are aligned by character: a font that has the mathematics.
_MONOSPACE = "'DejaVu Sans Mono', 'JuliaMono', 'STIX Two Math', Menlo, Consolas, monospace"
html_theme_options = {
    "light_css_variables": {"font-stack--monospace": _MONOSPACE},
    "dark_css_variables": {"font-stack--monospace": _MONOSPACE},
}
html_css_files = ["katex/katex.min.css", "matcalc.css"]
html_js_files = ["katex/katex.min.js", "mathematics.js"]
html_math_renderer = "katex"
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"

#: The line of index.md at which pages go that no table of contents names.
_MORE = "<!-- every other page -->"
#: A link out of docs/, to a file that the site does not have.
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)]+)\)")


def _name_every_page(app: Any, docname: str, source: list[str]) -> None:
    """A page that is new has its place in the table of contents before anybody has found it a better one."""
    if docname == "index":
        named = set(re.findall(r"^[\w/-]+$", source[0], re.MULTILINE))
        others = sorted(app.env.found_docs - named - {"index"})
        contents = "\n".join(["```{toctree}", ":caption: More", ":hidden:", "", *others, "```"]) if others else ""
        source[0] = source[0].replace(_MORE, contents)


def _name_files_outside(app: Any, docname: str, source: list[str]) -> None:
    """What is a link in the repository is the name of a file on the site."""
    source[0] = _OUTSIDE.sub(r"\1 (`\2`)", source[0])


# ---------------------------------------------------------------- formulas, set by the KaTeX that matcalc brings along
def _inline(self: Any, node: Any) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="math") + self.encode(node.astext()) + "</span>")
    raise nodes.SkipNode


def _display(self: Any, node: Any) -> None:
    self.body.append(self.starttag(node, "div", "", CLASS="math") + self.encode(node.astext()) + "</div>\n")
    raise nodes.SkipNode


def _bring_katex(app: Any) -> None:
    shutil.copytree(templates() / "katex", Path(app.outdir, "_static", "katex"), dirs_exist_ok=True)


def setup(app: Any) -> None:
    app.connect("source-read", _name_every_page)
    app.connect("source-read", _name_files_outside)
    app.add_html_math_renderer("katex", inline_renderers=(_inline, None), block_renderers=(_display, None))
    app.connect("builder-inited", _bring_katex)
