"""Graphs and patterns on paper: what is drawn where, for the templates in templates/pictures/."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..present.templates import environment, words
from . import mathtext
from .graph import Box, Graph
from .layers import GAP, Layout, lay_out
from .pattern import Pattern

#: Size of the font and its lines, space around text in a box, around the picture, between the lanes of an edge.
FONT, LINE, PADDING, MARGIN, LANES = 17.0, 25.0, 11.0, 12.0, 7.0
#: TeX's letters are narrower than most, and its pages, too: in parts of SVG's letters, the gap, the width of a page's
#: text (345 pt, in pixels of 0.6 pt), and how much smaller than usual a picture may be.
TIKZ, PAGE, SMALLEST = (0.86, 62.0), 570.0, 0.6
#: Most that the ends of two edges at one side of a box are apart.
PORTS = 16.0
#: Side of a cell of a pattern, by how many there are in a row or column.
CELLS = ((8, 46.0), (16, 34.0), (32, 20.0), (80, 10.0))
#: Colours that all eyes tell apart (Okabe & Ito 2008), light enough for black letters; then grey.
COLORS = ("56B4E9", "E69F00", "7FCDB0", "F0E442", "D9A3C4", "F2A27A", "9BB7D4", "C9C9C9", "B5D99C", "E8D3A2")
MANY = "56B4E9"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


# ---------------------------------------------------------------- graphs
@dataclass(frozen=True)
class Drawn:
    """A box on paper: its corner, its size, and its lines of text with their heights."""

    box: Box
    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[float, str, str, str], ...]  # height, what it is, text, LaTeX


@dataclass(frozen=True)
class Curve:
    """A cubic spline: where it starts, then two handles and an end for each part."""

    start: tuple[float, float]
    parts: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class Edge:
    """An edge on paper: the value goes forward on one curve, the adjoint comes back on another."""

    forward: Curve
    back: Curve | None
    label: tuple[float, float]
    text: str
    latex: str


def _lines(box: Box) -> list[tuple[str, str, str]]:
    lines = [("value", box.label.text, box.label.latex)]
    if box.adjoint is not None:
        lines.append(("adjoint", box.adjoint.text, box.adjoint.latex))
    return lines


def _size(box: Box, narrow: float) -> tuple[float, float]:
    lines = _lines(box)
    return max(mathtext.width(text) for _, text, _ in lines) * FONT * narrow + 2 * PADDING, len(lines) * LINE + PADDING


def _drawn(box: Box, layout: Layout) -> Drawn:
    place = layout.places[box.key]
    lines = _lines(box)
    top = place.y - (len(lines) - 1) * LINE / 2
    placed = tuple((top + k * LINE, *line) for k, line in enumerate(lines))
    return Drawn(box, place.x - place.width / 2, place.y - place.height / 2, place.width, place.height, placed)


def _picture(graph: Graph, narrow: float = 1.0, gap: float = GAP) -> dict[str, Any]:
    """What the templates of both formats need; ``narrow`` says how wide the letters are, in parts of SVG's."""
    sizes = {box.key: _size(box, narrow) for box in graph.boxes}
    layout = lay_out(sizes, [(source, target) for source, target, _ in graph.edges], gap)
    ends = _ports(graph, layout)
    boxes = {box.key: box for box in graph.boxes}
    edges: list[Edge] = []
    taken: list[tuple[float, float, float]] = []
    for source, target, back in graph.edges:
        points = list(layout.routes[source, target])
        points[0] = (points[0][0], points[0][1] + ends["out", source, target])
        points[-1] = (points[-1][0], points[-1][1] + ends["in", source, target])
        shift = LANES / 2 if back else 0.0
        forward = _curve([(x, y - shift) for x, y in points])
        returning = _curve([(x, y + shift) for x, y in reversed(points)]) if back else None
        shape = boxes[source].shape
        label = _place_label(forward, mathtext.width(shape.text) * FONT * 0.8, taken)
        edges.append(Edge(forward, returning, label, shape.text, shape.latex))
    drawn = [_drawn(box, layout) for box in graph.boxes]
    moving = any(back for _, _, back in graph.edges)
    return {
        "boxes": drawn, "edges": edges, "width": layout.width, "height": layout.height, "moving": moving,
        "margin": MARGIN, "font": FONT, "words": words("pictures"),
        "spans": mathtext.spans, "title": graph.boxes[-1].label.text,
    }  # fmt: skip


def _ports(graph: Graph, layout: Layout) -> dict[tuple[str, int, int], float]:
    """How far from the middle of a box's side each of its edges ends, so that edges do not cross there."""
    offsets: dict[tuple[str, int, int], float] = {}
    pairs = [(source, target) for source, target, _ in graph.edges]
    for side, own, other in (("out", 0, 1), ("in", 1, 0)):
        for box in graph.boxes:
            mine = [pair for pair in pairs if pair[own] == box.key]
            nearest = 1 if side == "out" else -2
            mine.sort(key=lambda pair: (layout.routes[pair][nearest][1], layout.places[pair[other]].y))
            step = min(PORTS, (layout.places[box.key].height - PADDING) / max(len(mine), 1))
            for k, pair in enumerate(mine):
                offsets[side, pair[0], pair[1]] = (k - (len(mine) - 1) / 2) * step
    return offsets


def _curve(points: Sequence[tuple[float, float]]) -> Curve:
    """Through the points, horizontal at each."""
    parts = []
    for (x, y), (u, v) in pairwise(points):
        middle = (x + u) / 2
        parts.append(((middle, y), (middle, v), (u, v)))
    return Curve(points[0], tuple(parts))


def _place_label(curve: Curve, width: float, taken: list[tuple[float, float, float]]) -> tuple[float, float]:
    """A place above the first part of a curve, where no other label stands."""
    places = [_along(curve, t) for t in (0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78)]
    free = [
        (x, y)
        for x, y in places
        if all(abs(x - u) > (width + w) / 2 + 3 or abs(y - v) > 0.8 * FONT for u, v, w in taken)
    ]
    x, y = free[0] if free else places[0]
    taken.append((x, y, width))
    return x, y


def _along(curve: Curve, t: float) -> tuple[float, float]:
    """A point of the first part of a curve."""
    (x, y), (a, b, c) = curve.start, curve.parts[0]
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return tuple(sum(w * p[i] for w, p in zip(weights, ((x, y), a, b, c), strict=True)) for i in (0, 1))  # type: ignore[return-value]


def graph_svg(graph: Graph) -> str:
    """The picture as SVG."""
    return environment().get_template("pictures/graph.svg").render(**_picture(graph)).strip() + "\n"


def graph_tikz(graph: Graph) -> str:
    """The picture in TikZ, made smaller where it is wider than a page's text."""
    picture = _picture(graph, *TIKZ)
    scale = min(1.0, max(SMALLEST, PAGE / picture["width"]))
    return environment().get_template("pictures/graph.jinja").render(**picture, scale=scale).strip() + "\n"


# ---------------------------------------------------------------- patterns
def _cell(count: int) -> float:
    return next(side for most, side in CELLS if count <= most)


def _paper(pattern: Pattern) -> dict[str, Any]:
    """What the templates of both formats need."""
    rows, columns = pattern.classes.shape
    side = _cell(max(rows, columns))
    few = int(pattern.classes.max(initial=0)) <= len(COLORS)
    cells = [
        (i, j, COLORS[int(kind) - 1] if few else MANY, pattern.labels.get((i, j)) if side > CELLS[2][1] else None)
        for (i, j), kind in _entries(pattern.classes)
        if kind
    ]
    widest = max((mathtext.width(label.text) for label in pattern.labels.values()), default=0.0)
    if side > CELLS[2][1]:
        side = max(side, widest * FONT * 0.8 + 8)
    named = side > CELLS[2][1] and max(rows, columns) > 1
    return {
        "pattern": pattern, "rows": rows, "columns": columns, "side": side, "cells": cells, "named": named,
        "across": [k for k in range(1, rows) if k % pattern.row_block == 0],
        "down": [k for k in range(1, columns) if k % pattern.column_block == 0],
        "colors": COLORS, "margin": MARGIN, "font": FONT, "spans": mathtext.spans,
        "measure": mathtext.width,
        "words": words("pictures"),
    }  # fmt: skip


def _entries(classes: Any) -> Iterable[tuple[tuple[int, int], int]]:
    rows, columns = classes.shape
    return (((i, j), int(classes[i, j])) for i in range(rows) for j in range(columns))


def pattern_svg(pattern: Pattern) -> str:
    """The picture as SVG."""
    return environment().get_template("pictures/pattern.svg").render(**_paper(pattern)).strip() + "\n"


def pattern_tikz(pattern: Pattern) -> str:
    """The picture in TikZ."""
    return environment().get_template("pictures/pattern.jinja").render(**_paper(pattern)).strip() + "\n"


def pattern_text(pattern: Pattern) -> str:
    """The picture in characters."""
    few = int(pattern.classes.max(initial=0)) <= len(LETTERS)
    signs = "·" + (LETTERS if few else "")
    lines = []
    for i, row in enumerate(pattern.classes):
        cells = [(signs[k] if few else "■" if k else "·") for k in map(int, row)]
        blocks = [" ".join(cells[j : j + pattern.column_block]) for j in range(0, len(cells), pattern.column_block)]
        if i and i % pattern.row_block == 0:
            lines.append("")
        lines.append("   ".join(blocks))
    rows, columns = pattern.classes.shape
    caption = words("pictures").caption(pattern.title.text, rows, columns, pattern.nonzeros, pattern.sizes)
    return "\n".join([*lines, "", str(caption)])
