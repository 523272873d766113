"""Expressions that are short as a graph and long as a line: what occurs often is printed once, under a name."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..algebra import is_named, operands, postorder

#: Nodes that a printed expression may have (about five characters each) before shared parts get names.
LONGEST_PRINT = 4_000
#: A shared part with fewer nodes than this is simply printed again.
SHORTEST_SHARED = 6


def printed_size(root: Any, known: dict[Any, int] | None = None) -> int:
    """How many nodes are printed: shared ones count every time, what stands under a name once.

    ``known``: sizes found before, which are used and added to.
    """
    sizes = {} if known is None else known
    stack = [root]
    while stack:
        node = stack[-1]
        below = () if is_named(node) else operands(node)
        missing = [child for child in below if child not in sizes]
        if missing:
            stack.extend(missing)
        else:
            sizes[node] = 1 + sum(sizes[child] for child in below)
            stack.pop()
    return sizes[root]


def shared_names(root: Any, prefix: str = "t") -> dict[Any, str]:
    """Names for shared sub-expressions, definitions before uses; none where the expression prints short enough."""
    if printed_size(root) <= LONGEST_PRINT:
        return {}
    uses: Counter[Any] = Counter()
    for node in postorder(root):
        uses.update(() if is_named(node) else operands(node))
    chosen: set[Any] = set()
    names: dict[Any, str] = {}
    sizes: dict[Any, int] = {}
    for node in postorder(root):
        sizes[node] = 1 if is_named(node) else 1 + sum(1 if c in chosen else sizes[c] for c in operands(node))
        if uses[node] > 1 and sizes[node] >= SHORTEST_SHARED and not is_named(node) and node is not root:
            chosen.add(node)
            names[node] = f"{prefix}_{len(names) + 1}"
    return names
