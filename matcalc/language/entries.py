"""Entries under a sum: x_i of a vector x, A_ij of a matrix A, where these are declared or assigned.

They are samples like any other: the numbers x_i are those of the vector x. An entry A_ij is, for the inner of its two
sums, an entry of the row or column of A that the outer sum runs over, and these rows or columns are vectors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy.matrices.expressions.special import OneMatrix

from .. import algebra as alg
from ..algebra.nodes import (
    Elementwise,
    Frobenius,
    Hadamard,
    HadamardPower,
    MatProduct,
    MatSum,
    Norm,
    Transpose,
)
from ..errors import ParseError, ShapeError, Span
from .build import Family
from .shapes import Shape, Size
from .syntax import IndexedSum, Name, Node, Statement


@dataclass(frozen=True)
class Entry:
    """x_i or A_ij: the name of the array, the indices, and which of them the outer sums run over, place by place."""

    stem: str
    indices: tuple[str, ...]
    outer: frozenset[str]
    span: Span


def entries_of(
    statements: Sequence[Statement], ranks: Mapping[str, int | None], shown: Callable[[str], str], source: str
) -> dict[str, Entry]:
    """The names that are entries. ``ranks`` are the axes of the arrays that are known, None where that is inferred."""
    found: dict[str, Entry] = {}
    assigned: set[str] = set()
    for statement in statements:
        for node, around in _names(statement.expression):
            stem, _, subscript = node.key.partition("_")
            known = stem in assigned or stem in ranks
            if not (around and subscript and known and node.key not in ranks):
                continue
            indices = tuple(subscript.replace(",", ""))
            rank = ranks.get(stem)
            if rank == 0 or not set(indices) & set(around):
                continue
            if missing := [k for k in indices if k not in around]:
                raise ParseError(f"{shown(node.key)} has the index {missing[0]}, which no sum around it has",
                                 source=source, span=node.span)  # fmt: skip
            if len(indices) != (rank or len(indices)) or len(indices) > 2:
                raise ParseError(
                    f"{shown(stem)} has {'one index' if rank == 1 else 'two indices'}, unlike {shown(node.key)}",
                    source=source, span=node.span,
                    hint=None if rank == 1 else f"{shown(stem)}_{{ij}} is an entry; a sample has a name of its own",
                )  # fmt: skip
            outer = min(indices, key=around.index)
            before = found.setdefault(node.key, Entry(stem, indices, frozenset([outer]), node.span))
            found[node.key] = replace(before, outer=before.outer | {outer})
        if statement.target is not None:
            assigned.add(statement.target)
    for node, around in (one for s in statements for one in _names(s.expression)):
        if node.key in found and not around:
            raise ParseError(
                f"{shown(node.key)} stands outside of the sum over {found[node.key].indices[0]}",
                source=source, span=node.span,
                hint=f"put the body of the sum in parentheses: Σ_{found[node.key].indices[0]} (…)",
            )  # fmt: skip
    return found


def inferred_ranks(statements: Sequence[Statement], taken: Collection[str], wrt: Collection[str]) -> dict[str, int]:
    """The undeclared arrays that names such as P_ij and x_i under sums may be entries of, with their axes.

    P_ij under sums over i and j can be nothing else. x_i can, unless it is differentiated by x, or x or x_j stands
    there too.
    """
    uses = [one for s in statements for one in _names(s.expression)]
    alone = {node.key for node, _ in uses}
    found: dict[str, int] = {}
    samples: dict[str, set[str]] = defaultdict(set)
    refused = set(taken)
    for node, around in uses:
        stem, _, subscript = node.key.partition("_")
        indices = tuple(subscript.replace(",", ""))
        if not indices or not set(indices) & set(around):
            continue
        named = node.key in taken or node.key in wrt  # x_i itself is declared, or differentiated by
        if named or not set(indices) <= set(around) or found.setdefault(stem, len(indices)) != len(indices):
            refused.add(stem)
        samples[stem].add(node.key)
    one = {stem for stem in found if stem in alone or stem in wrt or len(samples[stem]) > 1}
    return {stem: n for stem, n in found.items() if stem not in refused and (n == 2 or (n == 1 and stem in one))}


def _names(root: Node) -> Iterator[tuple[Name, tuple[str, ...]]]:
    """Every name, with the indices of the sums around it, the outermost first."""
    stack: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    while stack:
        node, around = stack.pop()
        if isinstance(node, Name):
            yield node, around
        inside = (*around, node.index) if isinstance(node, IndexedSum) else around
        stack.extend((child, inside) for child in reversed(node.operands))


def axes(entries: Mapping[str, Entry], shapes: Mapping[str, Shape]) -> Iterator[tuple[str, Size, Entry]]:
    """Every index of an entry, with the length of its axis."""
    for entry in entries.values():
        for axis, index in enumerate(entry.indices):
            yield index, shapes[entry.stem][axis], entry


def families(key: str, entry: Entry, shape: tuple[Any, Any]) -> tuple[Any, list[Family]]:
    """What an entry stands for in expressions, and the families that it belongs to; ``shape`` is that of the array."""
    sample, stem = alg.scalar(key), entry.stem
    if len(entry.indices) == 1 and shape[1] != 1:
        raise ShapeError(f"{stem} is {alg.show_shape(shape)}, and its entries have two indices, unlike {key}")
    if len(set(entry.indices)) == 1:  # x_i, or A_ii
        pick = alg.diag_vector if len(entry.indices) == 2 else _itself
        return sample, [Family(entry.indices[0], sample, (stem, pick))]
    found = []
    for outer in sorted(entry.outer):
        by_rows = entry.indices[0] == outer
        inner = entry.indices[1 if by_rows else 0]
        line = alg.matrix(f"{stem}_{{{outer}·}}" if by_rows else f"{stem}_{{·{outer}}}", shape[1 if by_rows else 0], 1)
        found += [Family(inner, sample, line), Family(outer, line, (stem, alg.transpose if by_rows else _itself))]
    return sample, found


def upright(node: Any) -> Any:
    """Pᵀ : log(Pᵀ) and ‖Xᵀ − VᵀUᵀ‖, what rows give, as P : log P and ‖X − UV‖."""
    if isinstance(node, Frobenius) and all(map(_is_of_transpose, node.args)):
        return alg.frobenius(*map(alg.transpose, node.args))
    if isinstance(node, Norm) and _is_of_transpose(node.args[0]):
        return alg.norm(alg.transpose(node.args[0]))
    return node


def _is_of_transpose(a: Any) -> bool:
    """Is it Aᵀ, or made of such arrays entry by entry?"""
    if isinstance(a, (Elementwise, HadamardPower, MatSum, MatProduct, Hadamard)):
        cores = [alg.split_coefficient(one)[1] for one in alg.operands(a) if not alg.is_scalar(one)]
        arrays = [one for one in cores if not isinstance(one, OneMatrix)]
        return bool(arrays) and all(map(_is_of_transpose, arrays))
    return isinstance(a, Transpose)


def _itself(array: Any) -> Any:
    return array
