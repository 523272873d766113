"""Where the boxes of a graph stand: in columns from left to right, each right of those it is computed from.

The method is that of Sugiyama, Tagawa and Toda (1981): layers by longest paths, edges over several layers through
invisible boxes, few crossings by barycentres, then heights that make edges straight. All lengths are in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

#: Space between columns, between boxes of a column, and above an edge that passes a column.
GAP, SPACE, LANE = 92.0, 22.0, 12.0
SWEEPS = 12


@dataclass
class Place:
    """A box, or a point that an edge passes through: its size, its layer, its centre."""

    width: float
    height: float
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    is_box: bool = True


@dataclass(frozen=True)
class Layout:
    """The places of the boxes by key, and for every edge the points that it passes through, left to right."""

    places: Mapping[int, Place]
    routes: Mapping[tuple[int, int], list[tuple[float, float]]]
    width: float
    height: float


def lay_out(sizes: Mapping[int, tuple[float, float]], edges: Sequence[tuple[int, int]], gap: float = GAP) -> Layout:
    """Places for boxes of these sizes, keys in an order in which edges lead forward; columns are ``gap`` apart.

    >>> layout = lay_out({0: (40, 20), 1: (40, 20)}, [(0, 1)])
    >>> layout.places[0].x < layout.places[1].x, layout.places[0].y == layout.places[1].y
    (True, True)
    """
    places = {key: Place(*size) for key, size in sizes.items()}
    _layer(places, edges)
    chains = _with_lanes(places, edges)
    layers: list[list[int]] = [[] for _ in range(1 + max(p.layer for p in places.values()))]
    for key, place in places.items():
        layers[place.layer].append(key)
    _order(places, layers)
    _heights(places, layers)
    width = _columns(places, layers, gap)
    low = min(p.y - p.height / 2 for p in places.values())
    for place in places.values():
        place.y -= low
    height = max(p.y + p.height / 2 for p in places.values())
    routes = {edge: _route(places, chain) for edge, chain in chains.items()}
    return Layout({key: places[key] for key in sizes}, routes, width, height)


def _layer(places: Mapping[int, Place], edges: Sequence[tuple[int, int]]) -> None:
    """As far left as the inputs allow; what has no inputs stands right before its first use."""
    sources: dict[int, list[int]] = {key: [] for key in places}
    targets: dict[int, list[int]] = {key: [] for key in places}
    for source, target in edges:
        sources[target].append(source)
        targets[source].append(target)
    for key in places:
        places[key].layer = max((places[s].layer + 1 for s in sources[key]), default=0)
    for key in places:
        if not sources[key] and targets[key]:
            places[key].layer = min(places[t].layer for t in targets[key]) - 1


def _with_lanes(places: dict[int, Place], edges: Sequence[tuple[int, int]]) -> dict[tuple[int, int], list[int]]:
    """Invisible boxes where an edge passes a layer; for every edge the boxes on its way."""
    chains: dict[tuple[int, int], list[int]] = {}
    fresh = max(places) + 1
    for source, target in edges:
        chain = [source]
        for layer in range(places[source].layer + 1, places[target].layer):
            places[fresh] = Place(0, LANE, layer, is_box=False)
            chain.append(fresh)
            fresh += 1
        chain.append(target)
        for left, right in pairwise(chain):
            places[left].after.append(right)
            places[right].before.append(left)
        chains[source, target] = chain
    return chains


def _order(places: Mapping[int, Place], layers: list[list[int]]) -> None:
    """The order in each layer with the fewest crossings that sweeps to and fro find."""
    best, fewest = [list(layer) for layer in layers], _crossings(places, layers)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            at = {key: i for other in layers for i, key in enumerate(other)}
            middle = {
                key: _mean([at[n] for n in (places[key].before if forward else places[key].after)], at[key])
                for key in layer
            }
            layer.sort(key=lambda key: middle[key])
        crossings = _crossings(places, layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    layers[:] = best


def _crossings(places: Mapping[int, Place], layers: list[list[int]]) -> int:
    count = 0
    for left, right in pairwise(layers):
        at = {key: i for i, key in enumerate(right)}
        ends = [at[n] for key in left for n in sorted(places[key].after, key=lambda n: at[n])]
        count += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
    return count


def _heights(places: Mapping[int, Place], layers: list[list[int]]) -> None:
    """Centres near the middle of the neighbours, boxes of a layer apart from each other."""
    for layer in layers:
        _apart(places, layer, dict.fromkeys(layer, 0.0))
    for sweep in range(2 * SWEEPS):
        for layer in layers if sweep % 2 else reversed(layers):
            wanted = {
                key: _mean([places[n].y for n in (*places[key].before, *places[key].after)], places[key].y)
                for key in layer
            }
            _apart(places, layer, wanted)


def _apart(places: Mapping[int, Place], layer: list[int], wanted: Mapping[int, float]) -> None:
    """Put boxes where they want to be; those that would touch share the difference."""
    groups: list[tuple[list[int], float, float]] = []  # keys, top, height
    for key in layer:
        height = places[key].height
        members, top = [key], wanted[key] - height / 2
        while groups and groups[-1][1] + groups[-1][2] + SPACE > top:
            others, their_top, their_height = groups.pop()
            weight = len(others) / (len(others) + len(members))
            # where each group alone would start the joint stack
            top = weight * their_top + (1 - weight) * (top - their_height - SPACE)
            members, height = others + members, their_height + SPACE + height
        groups.append((members, top, height))
    for members, top, _ in groups:
        for key in members:
            places[key].y = top + places[key].height / 2
            top += places[key].height + SPACE


def _columns(places: Mapping[int, Place], layers: list[list[int]], gap: float) -> float:
    x = 0.0
    for layer in layers:
        width = max((places[key].width for key in layer), default=0.0)
        for key in layer:
            places[key].x = x + width / 2
            if not places[key].is_box:
                places[key].width = width
        x += width + gap
    return x - gap


def _route(places: Mapping[int, Place], chain: Iterable[int]) -> list[tuple[float, float]]:
    """The points of an edge: from the right side of a box, across the columns on its way, to the left side of one."""
    first, *between, last = chain
    points = [(places[first].x + places[first].width / 2, places[first].y)]
    for key in between:
        lane = places[key]
        points += [(lane.x - lane.width / 2, lane.y), (lane.x + lane.width / 2, lane.y)]
    return [*points, (places[last].x - places[last].width / 2, places[last].y)]


def _mean(numbers: Sequence[float], default: float) -> float:
    return sum(numbers) / len(numbers) if numbers else default
