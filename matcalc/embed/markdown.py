"""Markdown: fenced blocks whose language is matcalc, and inline code of the class .matcalc.

    ```matcalc wrt=W where="W: m×n"            ```{.matcalc wrt=W}            ```{matcalc}
    ½‖θ(Wx)‖²                                  ½‖θ(Wx)‖²                      #| wrt: W
    ```                                        ```                            ½‖θ(Wx)‖²

and in a sentence `‖x‖²`{.matcalc wrt=x}. Blocks may stand in lists and quotations. Blocks of other languages are left
alone, whatever they contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..errors import MatcalcError
from .block import Block
from .options import read_options
from .places import Fault

#: Where a fence opens: what stands before it (indentation, a list item, the marks of a quotation), the fence, the info.
_FENCE = re.compile(
    r"(?P<prefix>[ \t]*(?:(?:>|[-*+]|\d{1,9}[.)])[ \t]+|>){0,30})(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*?)[ \t]*$"
)
#: Code in a sentence, up to the first run of as many ticks, and the attributes behind it.
_INLINE = re.compile(
    r"(?<!`)(?P<ticks>`+)(?!`)(?P<text>(?:(?!(?<!`)(?P=ticks)(?!`)).)+)(?P=ticks)(?!`)"
    r"\{(?P<options>(?:\"[^\"]{0,2000}\"|'[^']{0,2000}'|[^}\"']){0,1000})\}"
)
#: An identifier or a class among the attributes of a block: they are the document's.
_MARK = re.compile(r"(?:^|(?<=\s))[#.][^\s=}]+")


def header_of(info: str) -> str | None:
    """The options in the info string of a block of ours; None for a block of another language.

    >>> header_of("matcalc wrt=W"), header_of("{#loss .matcalc wrt=W}"), header_of("{matcalc, wrt=W}")
    ('wrt=W', 'wrt=W', 'wrt=W')
    >>> header_of("python")
    """
    plain = re.fullmatch(r"matcalc(?:$|[\s{].*)", info)
    if plain:
        rest = info.removeprefix("matcalc").strip()
        return _MARK.sub("", rest[1:-1]).strip() if rest[:1] + rest[-1:] == "{}" else rest
    if not (info.startswith("{") and info.endswith("}")):
        return None
    inside = info[1:-1].strip()
    engine = re.fullmatch(r"matcalc(?:$|[\s,](.*))", inside)
    if engine:
        return (engine[1] or "").strip()
    if ".matcalc" not in _MARK.findall(inside):
        return None
    return _MARK.sub("", inside).strip()


def pieces(text: str, defaults: Mapping[str, str]) -> Iterator[str | Block | Fault]:
    """The document in pieces."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        end = "" if at == len(lines) - 1 else "\n"
        if opening is None or (opening["fence"][0] == "`" and "`" in opening["info"]):
            yield from _inline(lines[at], at + 1, defaults)
            yield end
            at += 1
            continue
        inner = re.sub(r"[^>\s]", " ", opening["prefix"])
        last = _closing(lines, at, opening["fence"])
        header = header_of(opening["info"])
        if header is None:
            yield "\n".join(lines[at : last + 1]) + ("" if last >= len(lines) - 1 else "\n")
        else:
            body = "\n".join(_without(inner, line) for line in lines[at + 1 : last])
            yield ("" if at == 0 or _is_blank(lines[at - 1]) else f"{inner.rstrip()}\n") + opening["prefix"]
            try:
                block = Block.of(body, read_options(header), at + 1, defaults)
                block.prefix = inner
                yield block
            except MatcalcError as error:
                yield Fault(f"{at + 1}:1", error)
            if last < len(lines) - 1:
                yield "\n" if _is_blank(lines[last + 1]) else f"\n{inner.rstrip()}\n"
        at = last + 1


def _is_blank(line: str) -> bool:
    return not line.strip(" \t>")


def _closing(lines: list[str], opening: int, fence: str) -> int:
    """The line that closes a fence, or one past the end."""
    closes = re.compile(rf"[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return next((i for i in range(opening + 1, len(lines)) if closes.match(lines[i])), len(lines))


def _without(prefix: str, line: str) -> str:
    """A line of a block in a list or a quotation, without what marks it as such."""
    kept = 0
    while kept < min(len(prefix), len(line)) and (line[kept] == prefix[kept] or line[kept] in " \t"):
        kept += 1
    return line[kept:] if not line[:kept].strip(" \t>") else line


def _inline(line: str, number: int, defaults: Mapping[str, str]) -> Iterator[str | Block | Fault]:
    """A line of prose: code of the class .matcalc is a formula."""
    at = 0
    for found in _INLINE.finditer(line):
        header = header_of(f"{{{found['options']}}}")
        if header is None:
            continue
        yield line[at : found.start()]
        column = found.start("text") + 1
        try:
            options = {**defaults, **read_options(header)}
            yield Block(found["text"].strip(), options, number, number, column, inline=True)
        except MatcalcError as error:
            yield Fault(f"{number}:{column}", error)
        at = found.end()
    yield line[at:]
