"""Prose in Markdown, as LaTeX, as HTML and as Markdown again: formulas between dollars, references by ``[](#name)``.

CommonMark with tables, read by markdown-it; no HTML and no LaTeX passes through, outside formulas. ``[text](#name)``
refers to a section or a derivation, and without a text to its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ..present.names import escape_latex
from .mathematics import in_commands, refusal

_DOLLARS = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)((?:\\.|[^$\\])+?)(?<!\s)\$(?!\d)", re.DOTALL)
#: Addresses that a link may lead to.
_ADDRESS = re.compile(r"(https?://|mailto:)[^\s\\{}^~]+")


@cache
def parser() -> MarkdownIt:
    """CommonMark and tables, with formulas; HTML is text."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block", "html_inline", "image"])
    made.inline.ruler.before("escape", "formula", _formula)
    return made


def _formula(state: StateInline, silent: bool) -> bool:
    r"""``$x$`` and ``$$x$$`` as tokens of their own; ``\$`` is a dollar sign."""
    found = _DOLLARS.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        token = state.push("display" if found[1] else "formula", "", 0)
        token.content = (found[1] or found[2]).strip()
    state.pos = found.end()
    return True


class ProseError(Exception):
    """What cannot stand in prose."""


class Prose:
    """Reads Markdown and checks it: ``labels`` maps a name that can be referred to to what is said for it."""

    def __init__(self, labels: Mapping[str, str], macros: Mapping[str, str]) -> None:
        self.labels = labels
        self.macros = macros

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a text. Raises ProseError for a formula that is none and for a reference that leads nowhere."""
        found = parser().parse(text)
        for token in _flat(found):
            if token.type in ("formula", "display"):
                if reason := refusal(token.content, self.macros):
                    raise ProseError(f"{reason}: ${token.content}$")
                token.content = in_commands(token.content)
            elif token.type == "link_open":
                target = str(token.attrs["href"])
                if target.startswith("#") and target[1:] not in self.labels:
                    raise ProseError(f"[](#{target[1:]}) refers to nothing")
                if not target.startswith("#") and not _ADDRESS.fullmatch(target):
                    raise ProseError(f"a link leads to #name, https:// or mailto:, not to {target}")
        return found


def _flat(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())


def _link_text(tokens: Sequence[Token], at: int, labels: Mapping[str, str]) -> str:
    """What is said for a link without a text: the number of what it leads to."""
    target = str(tokens[at].attrs["href"])
    bare = tokens[at + 1].type == "link_close"
    return labels.get(target[1:], "") if bare else ""


class Writer:
    """Walks tokens; a subclass says what each kind becomes. ``escape`` makes text of a format out of prose."""

    escape: Callable[[str], str]

    def __init__(self, prose: Prose) -> None:
        self.prose = prose

    def __call__(self, text: str) -> str:
        """The text in the format. Raises ProseError."""
        return self.blocks(self.prose.tokens(text)).strip()

    def blocks(self, tokens: Sequence[Token]) -> str:
        return "".join(self.one(tokens, k) for k in range(len(tokens)))

    def one(self, tokens: Sequence[Token], k: int) -> str:
        token = tokens[k]
        if token.type == "inline":
            return "".join(self.one(token.children or (), j) for j in range(len(token.children or ())))
        if token.type == "text":
            return self.escape(token.content)
        return str(getattr(self, token.type)(tokens, k))


def _fixed(text: str) -> Callable[[Any, Any, Any], str]:
    return lambda self, tokens, k: text


class LatexProse(Writer):
    """LaTeX for the packages amsmath, amssymb and hyperref."""

    escape = staticmethod(escape_latex)
    softbreak, hardbreak = _fixed("\n"), _fixed("\\\\\n")
    paragraph_close = _fixed("\n\n")
    em_open, em_close = _fixed(r"\emph{"), _fixed("}")
    strong_open, strong_close = _fixed(r"\textbf{"), _fixed("}")
    bullet_list_open, bullet_list_close = _fixed("\\begin{itemize}\n"), _fixed("\\end{itemize}\n\n")
    ordered_list_open, ordered_list_close = _fixed("\\begin{enumerate}\n"), _fixed("\\end{enumerate}\n\n")
    list_item_open, list_item_close = _fixed(r"\item "), _fixed("\n")
    blockquote_open, blockquote_close = _fixed("\\begin{quote}\n"), _fixed("\\end{quote}\n\n")
    hr = _fixed("\\medskip\\hrule\\medskip\n\n")
    thead_open, thead_close = _fixed(""), _fixed("\\hline\n")
    tbody_open, tbody_close, tr_open = _fixed(""), _fixed(""), _fixed("")
    tr_close = _fixed(" \\\\\n")
    table_close = _fixed("\\hline\n\\end{tabular}\n\\end{center}\n\n")
    th_close, td_close = _fixed(""), _fixed("")
    heading_close = _fixed("}\n\n")

    def paragraph_open(self, tokens: Sequence[Token], k: int) -> str:
        return ""

    def heading_open(self, tokens: Sequence[Token], k: int) -> str:
        return r"\subsection*{" if tokens[k].tag in ("h1", "h2") else r"\subsubsection*{"

    def formula(self, tokens: Sequence[Token], k: int) -> str:
        return f"${tokens[k].content}$"

    def display(self, tokens: Sequence[Token], k: int) -> str:
        return f"\n\\[\n{tokens[k].content}\n\\]\n"

    def code_inline(self, tokens: Sequence[Token], k: int) -> str:
        return rf"\texttt{{{escape_latex(tokens[k].content)}}}"

    def fence(self, tokens: Sequence[Token], k: int) -> str:
        lines = (escape_latex(line).replace(" ", "~") or "~" for line in tokens[k].content.rstrip("\n").split("\n"))
        body = "\\\\\n".join(rf"\texttt{{{line}}}" for line in lines)
        return f"\\begin{{flushleft}}\n{body}\n\\end{{flushleft}}\n\n"

    code_block = fence

    def link_open(self, tokens: Sequence[Token], k: int) -> str:
        target = str(tokens[k].attrs["href"])
        text = escape_latex(_link_text(tokens, k, self.prose.labels))
        if target.startswith("#"):
            return rf"\hyperref[{target[1:]}]{{{text}"
        safe = target.replace("%", r"\%").replace("#", r"\#").replace("&", r"\&").replace("_", r"\_")
        return rf"\href{{{safe}}}{{{text}"

    link_close = _fixed("}")

    def table_open(self, tokens: Sequence[Token], k: int) -> str:
        width = 0
        for token in tokens[k:]:
            width += token.type == "th_open"
            if token.type == "thead_close":
                break
        return f"\\begin{{center}}\n\\begin{{tabular}}{{{'l' * width}}}\n\\hline\n"

    def th_open(self, tokens: Sequence[Token], k: int) -> str:
        return "" if tokens[k - 1].type == "tr_open" else " & "

    td_open = th_open


class HtmlProse(Writer):
    """HTML; a formula is what ``math`` makes of it."""

    def __init__(self, prose: Prose, math: Callable[[str, bool], str]) -> None:
        super().__init__(prose)
        self.math = math

    def one(self, tokens: Sequence[Token], k: int) -> str:
        token = tokens[k]
        if token.type == "inline":
            return super().one(tokens, k)
        if token.type in ("formula", "display"):
            return self.math(token.content, token.type == "display")
        if token.type == "heading_open":
            return "<h4>" if token.tag in ("h1", "h2") else "<h5>"
        if token.type == "heading_close":
            return "</h4>\n" if token.tag in ("h1", "h2") else "</h5>\n"
        rendered: str = parser().renderer.render([token], parser().options, {})
        if token.type == "link_open":
            return rendered + self.text(_link_text(tokens, k, self.prose.labels))
        return rendered

    def text(self, prose: str) -> str:
        from markdown_it.common.utils import escapeHtml

        return str(escapeHtml(prose))


class MarkdownProse(Writer):
    """Markdown as it was typed, with references written out and formulas in commands."""

    def __call__(self, text: str) -> str:
        self.prose.tokens(text)  # a formula that is none is refused
        named = re.sub(r"\[\]\(#([\w-]+)\)", lambda m: f"[{self.prose.labels[m[1]]}](#{m[1]})", text)
        safe = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", named)
        return _DOLLARS.sub(lambda m: f"$${in_commands(m[1])}$$" if m[1] else f"${in_commands(m[2])}$", safe).strip()


__all__ = ["HtmlProse", "LatexProse", "MarkdownProse", "Prose", "ProseError", "parser"]
