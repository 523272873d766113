"""A filter for pandoc and Quarto: `pandoc notes.md --filter pandoc-matcalc -o notes.pdf`.

pandoc hands over its tree of the document as JSON, in which a block of ours is a code block of the class matcalc; its
options are the block's attributes, or its first lines. What is put in its place are pandoc's own paragraphs and
formulas, so that every format that pandoc writes shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import MatcalcError, ParseError
from .block import Block
from .document import DocumentError
from .fragments import Display, Listing, Paragraph, Picture, Span, Table
from .markdown import header_of
from .options import known, read_options
from .places import Fault

Node = dict[str, Any]


def filtered(document: Node, name: str = "document", defaults: Mapping[str, str] | None = None) -> Node:
    """pandoc's document with derivations in place of its blocks.

    Options for every block are ``defaults``, and those in the document's metadata, under ``matcalc``. Raises
    DocumentError.
    """
    walk = _Walk({**(defaults or {}), **_defaults(document)})
    blocks = walk.through(document["blocks"])
    if walk.faults:
        raise DocumentError(name, walk.faults)
    return {**document, "blocks": blocks}


class _Walk:
    """One walk through a tree; blocks are counted, since pandoc does not say on which lines they stand."""

    def __init__(self, defaults: Mapping[str, str]) -> None:
        self.defaults = defaults
        self.count = 0
        self.faults: list[Fault] = []

    def through(self, node: Any) -> Any:
        """The node with answers in place of blocks."""
        if isinstance(node, list):
            return [self.through(child) for child in node]
        if not isinstance(node, dict):
            return node
        kind = node.get("t")
        if kind in ("CodeBlock", "Code") and (found := _ours(node)) is not None:
            return self._answered(node, *found)
        return {key: self.through(child) for key, child in node.items()}

    def _answered(self, node: Node, header: Mapping[str, str] | str, identifier: str) -> Node:
        self.count += 1
        text: str = node["c"][1]
        try:
            options = read_options(header) if isinstance(header, str) else {known(k): v for k, v in header.items()}
            if node["t"] == "CodeBlock":
                block = Block.of(text, options, 0, self.defaults)
                answer = [node for one in block.fragments() for node in _BUILD[type(one)](one)]
                return {"t": "Div", "c": [[identifier, ["matcalc"], []], answer]}
            if re.match(r"matcalc\s", text):
                raise ParseError(
                    "pandoc reads a fence whose line holds options as code in a sentence",
                    hint="write ```{.matcalc wrt=W}, or put the options into the block: #| wrt: W",
                )
            block = Block(text.strip(), {**self.defaults, **options}, inline=True)
            return _math("InlineMath", block.markdown()[1:-1])
        except MatcalcError as error:
            self.faults.append(Fault(f"block {self.count}", error))
            return node


def _ours(node: Node) -> tuple[Mapping[str, str] | str, str] | None:
    """The options of a block of ours, and its identifier; None for other code."""
    identifier, classes, attributes = node["c"][0]
    if "matcalc" in classes:
        return dict(attributes), identifier
    for one in classes:  # readers without attributes keep the braces
        if one.startswith("{") and (header := header_of(one)) is not None:
            return header, identifier
    if node["t"] == "Code" and not classes and re.match(r"matcalc\s+[a-z]+=\S", node["c"][1]):
        return "", ""
    return None


def _defaults(document: Node) -> dict[str, str]:
    """The options in the metadata: `matcalc: {detail: brief}`."""
    entries = document.get("meta", {}).get("matcalc", {}).get("c", {})
    return {known(key): _plain(value) for key, value in entries.items()}


def _plain(node: Any) -> str:
    """The text of a node, formulas and all."""
    if isinstance(node, list):
        return "".join(map(_plain, node))
    if not isinstance(node, dict):
        return ""
    kind, content = node.get("t"), node.get("c", "")
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Str", "MetaString"):
        return str(content)
    if kind == "MetaBool":
        return "yes" if content else "no"
    if kind in ("Math", "Code"):
        return str(content[1])
    return _plain(content)


# ---------------------------------------------------------------- pandoc's nodes
def _math(kind: str, latex: str) -> Node:
    return {"t": "Math", "c": [{"t": kind}, latex]}


def _inlines(parts: tuple[Span, ...]) -> list[Node]:
    return [node for part in parts for node in _inline(part)]


def _inline(part: Span) -> Iterator[Node]:
    if part.kind == "math":
        yield _math("InlineMath", part.text)
    elif part.kind == "code":
        yield {"t": "Code", "c": [["", [], []], part.text]}
    elif part.kind == "strong":
        yield {"t": "Strong", "c": list(_words(part.text))}
    else:
        yield from _words(part.text)


def _words(text: str) -> Iterator[Node]:
    for word in re.findall(r"\s+|\S+", text):
        yield {"t": "SoftBreak" if "\n" in word else "Space"} if word.isspace() else {"t": "Str", "c": word}


def _table(table: Table) -> Node:
    none: list[Any] = ["", [], []]
    rows: list[Any] = [
        [none, [[none, {"t": "AlignDefault"}, 1, 1, [{"t": "Plain", "c": _inlines(cell)}]] for cell in row]]
        for row in table.rows
    ]
    head, body = rows[:1], rows[1:]
    columns = [[{"t": "AlignDefault"}, {"t": "ColWidthDefault"}] for _ in table.rows[0]]
    return {"t": "Table", "c": [none, [None, []], columns, [none, head], [[none, 0, [], body]], [none, []]]}


_BUILD: dict[type, Callable[[Any], list[Node]]] = {
    Paragraph: lambda one: [{"t": "Para", "c": _inlines(one.spans)}],
    Display: lambda one: [{"t": "Para", "c": [_math("DisplayMath", one.latex)]}],
    Listing: lambda one: [{"t": "CodeBlock", "c": [["", [one.language] if one.language else [], []], one.text]}],
    Table: lambda one: [_table(one)],
    # each writer takes its own
    Picture: lambda one: [{"t": "RawBlock", "c": ["html", one.svg]}, {"t": "RawBlock", "c": ["latex", one.tikz]}],
}
