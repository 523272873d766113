"""Large arrays that are wanted row by row, or summed over their rows: a block of rows at a time stays in the cache."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from ...errors import InternalError
from ..builder import Builder
from ..factors import ONE
from ..program import ENTRYWISE, Program, Value

#: So many times narrower is narrow, by the guesses of sizes.
NARROW = 4
#: Who uses a value; None is an output.
Users: TypeAlias = "Mapping[Value, Sequence[Value | None]]"
#: About how large a size is.
Guess: TypeAlias = "Callable[[Any], float]"


def blocks_of_rows(program: Program) -> Program:
    """(T − UVᵀ)V with narrow U and V: rows of the residual are computed, multiplied and forgotten.

    The residual, m×n, is neither written to memory nor read from it, and no digit is lost as in TV − U(VᵀV).
    """
    if any(value.op in ("operator", "by_rows") for value in program.instructions):
        return program  # it has functions of its own
    regions = _regions(program)
    return _in_blocks(program, regions) if regions else program


def _regions(program: Program) -> dict[Value, _Region]:
    """The region of every value that is better computed in blocks of rows."""
    users: dict[Value, list[Value | None]] = defaultdict(list)
    for value in program.instructions:
        for operand in dict.fromkeys(value.operands):
            users[operand].append(value)
    for value in program.outputs.values():
        users[value].append(None)
    guess = Builder(program.inputs).size.guess
    found: dict[Value, _Region] = {}
    seen: set[Value] = set()
    for value in program.instructions:
        if value not in seen and is_low_rank(value, guess):
            region = _Region(value, users, found, guess)
            if region.follow(value) and region.complete():
                found.update(dict.fromkeys([*region.inside, *region.sums], region))
            seen |= region.inside
    return found


def is_low_rank(value: Value, guess: Guess) -> bool:
    """UVᵀ with narrow U and V, or uvᵀ: larger than what it is made of."""
    if value.op not in ("matmul", "outer") or value.rank != 2 or value.shape[0] == ONE:
        return False
    inner = 1.0 if value.op == "outer" else guess(value.operands[0].shape[1])
    return all(inner * NARROW <= guess(size) for size in value.shape)


# ---------------------------------------------------------------- rows of operands
def _by_row(value: Value, rows: Any) -> Sequence[bool]:
    """Of each operand, does a row of the result need that row alone, or all of it? () where no operand has rows."""
    if value.rank not in (1, 2) or value.shape[0] != rows:
        return ()
    if value.op in ENTRYWISE:
        return [v.rank == value.rank and v.shape[0] == rows for v in value.operands]
    if value.op == "einsum" and value.attributes == ("ij,ij->i",):
        return [True, True]
    along_rows = (
        value.op == "outer"
        or (value.op == "matmul" and value.operands[0].rank == 2)
        or (value.op in ("sum", "max") and value.attributes[0] == 1)
        or _is_column(value)
    )
    return [True, *[False] * (len(value.operands) - 1)] if along_rows else ()


def _summed(value: Value, rows: Any) -> Sequence[Value]:
    """The arrays of which it is a sum over the rows, such as AᵀB, uᵀB or A : B; () where it is no such sum."""
    over = value.operands
    if value.op == "matmul" and over[0].rank == 2:
        over = (*over[0].operands, over[1]) if over[0].op == "transpose" else ()
    elif value.op not in ("matmul", "inner", "vdot") and not (value.op == "sum" and value.attributes[0] in (None, 0)):
        return ()
    return over if all(v.rank in (1, 2) and v.shape[0] == rows for v in over) else ()


def _is_column(value: Value) -> bool:
    """Is it v[:, None]?"""
    return value.op == "expand" and value.operands[0].rank == 1 and value.attributes == ((1,),)


class _Region:
    """What is computed a block of rows at a time.

    ``inside`` are the values of which a block gives its rows, ``sums`` those of which it gives a term. Nothing outside
    needs a large array of the region. Of the ``regions`` found before, it sees the results only.
    """

    def __init__(self, seed: Value, users: Users, regions: Mapping[Value, _Region], guess: Guess) -> None:
        self.shape, self.rows = seed.shape, seed.shape[0]
        self.inside: set[Value] = set()
        self.sums: set[Value] = set()
        self._users, self._regions, self._guess = users, regions, guess

    def cut(self, value: Value) -> list[Value]:
        """The operands of which a block needs its rows."""
        return [v for v, by_row in self._operands(value) if by_row]

    def whole(self, value: Value) -> list[Value]:
        """The operands of which a block needs all."""
        return [v for v, by_row in self._operands(value) if not by_row]

    def summed(self, value: Value) -> Sequence[Value]:
        """The arrays of which it is a sum over the rows."""
        return () if self._is_taken(value) else _summed(value, self.rows)

    def _operands(self, value: Value) -> Iterator[tuple[Value, bool]]:
        return zip(value.operands, () if self._is_taken(value) else _by_row(value, self.rows), strict=False)

    def _is_taken(self, value: Value) -> bool:
        """Is it computed in another region?"""
        return self._regions.get(value, self) is not self

    @cached_property
    def results(self) -> list[Value]:
        """What is wanted outside."""
        return sorted([*self.sums, *(v for v in self.inside if not self._is_done(v))], key=lambda v: v.number)

    @cached_property
    def given(self) -> list[Value]:
        """What comes from outside."""
        rows = {v.operands[0] if _is_column(v) else v for v in self._rows() if v not in self.inside}
        return sorted(rows.union(*map(self.whole, self.inside)), key=lambda v: v.number)

    def _rows(self) -> Iterator[Value]:
        """Of what a block needs its rows."""
        for value in self.inside:
            yield from self.cut(value)
        for value in self.sums:
            yield from self.summed(value)

    def follow(self, seed: Value) -> bool:
        """Take in a large array and what uses it; False where a large array is wanted as a whole."""
        stack = [seed]
        while stack:
            value = stack.pop()
            if value in self.inside:
                continue
            self.inside.add(value)
            if value.shape != self.shape:
                continue  # a narrow array may leave
            for use, turned in self._uses(value):
                if use is not None and value in self.summed(use):
                    self.sums.add(use)
                elif use is not None and not turned and value in self.cut(use):
                    stack.append(use)
                else:
                    return False
        return True

    def complete(self) -> bool:
        """Take in what the region needs of itself, and what serves it alone. Is that possible, and does it pay?"""
        dependent = self._dependent()
        stack = list(self._rows())
        while stack:
            value = stack.pop()
            if value in dependent and value not in self.inside:
                self.inside.add(value)
                stack.extend(self.cut(value))
        for value in self.inside:  # of a narrow array that is wanted in sums only, the sums
            uses = [use for use, _ in self._uses(value) if use not in self.inside]
            if value.shape != self.shape and all(use and self._can_sum(use, dependent) for use in uses):
                self.sums.update(use for use in uses if use is not None)
        self._take_in(value for value in self._rows() if value not in self.inside)
        return (
            all(self.cut(v) and dependent.isdisjoint(self.whole(v)) for v in self.inside)
            and all(v.shape != self.shape or self._is_done(v) for v in self.inside)
            and all(map(self._is_narrow, [*self.inside, *self.sums]))
        )

    def _dependent(self) -> set[Value]:
        """The region and all that needs something of it, directly or not."""
        found = set(self.inside)
        stack = list(found)
        while stack:
            for use in self._users[stack.pop()]:
                if use is not None and use not in found:
                    region = self._regions.get(use)
                    uses = {use} if region is None else region.inside | region.sums
                    found |= uses
                    stack.extend(uses)
        return found

    def _can_sum(self, use: Value, dependent: set[Value]) -> bool:
        """Is it a sum over the rows of what is there with the block?"""
        over = self.summed(use)
        return bool(over) and all(v in self.inside or v not in dependent for v in over)

    def _take_in(self, values: Iterable[Value]) -> None:
        """Take in those that serve the region alone, and what serves these, users first."""
        seen = set(values)
        heap = [(-v.number, v) for v in seen]
        heapify(heap)
        while heap:
            _, value = heappop(heap)
            if self.cut(value) and not _is_column(value) and self._is_narrow(value) and self._is_done(value):
                self.inside.add(value)
                new = [v for v in self.cut(value) if v not in self.inside and v not in seen]
                seen.update(new)
                for v in new:
                    heappush(heap, (-v.number, v))

    def _uses(self, value: Value) -> Iterator[tuple[Value | None, bool]]:
        """Who uses a value, and who its transpose."""
        for user in self._users[value]:
            if user is not None and user.op == "transpose" and user.rank == 2:
                yield from ((use, True) for use in self._users[user])
            else:
                yield user, False

    def _is_done(self, value: Value) -> bool:
        """Does the region take all that is made of a value?"""
        return all(
            use is not None
            and (
                (use in self.sums and value in self.summed(use))
                or (not turned and use in self.inside and value in self.cut(use) and value not in self.whole(use))
            )
            for use, turned in self._uses(value)
        )

    def _is_narrow(self, value: Value) -> bool:
        """If it is a product, then with a narrow array? Of others, a large one takes less time than its blocks."""
        if value.op != "matmul" or value.rank < 2:
            return True
        inner, (height, width) = value.operands[0].shape[1], value.shape
        ends = (height, width) if value in self.sums else (inner, width)
        return min(map(self._guess, ends)) * NARROW <= max(map(self._guess, (inner, height, width)))


# ---------------------------------------------------------------- the program with them
def _in_blocks(program: Program, regions: Mapping[Value, _Region]) -> Program:
    """The program in which the regions are computed a block of rows at a time."""
    b, new = Builder(program.inputs), dict[Value, Value]()
    for value in _in_order(program, regions):
        if value in new:
            continue
        if value not in regions:
            new[value] = b.make(value.op, [new[v] for v in value.operands], value.attributes, value.shape)
            continue
        region = regions[value]
        block = _Block(b, new, program, region)
        parts = [block.term(v) if v in region.sums else block.rows(v) for v in region.results]
        how = tuple("sum" if v in region.sums else "stack" for v in region.results)
        made = b.make("by_rows", [b.size(region.shape[1]), *parts], (how,), ())
        new.update((v, b.make("result", (made,), (k,), v.shape)) for k, v in enumerate(region.results))
    outputs = {name: new[value] for name, value in program.outputs.items()}
    names, hints = ({new[v]: name for v, name in table.items() if v in new} for table in (program.names, program.hints))
    return Program(outputs, program.inputs, b.names | names, b.hints | hints)


def _in_order(program: Program, regions: Mapping[Value, _Region]) -> Iterator[Value]:
    """What is needed outside of blocks: as in the program, but what a region is given comes before its results."""

    def needs(value: Value) -> Sequence[Value]:
        return regions[value].given if value in regions else value.operands

    needed, stack = set[Value](), list(program.outputs.values())
    while stack:
        value = stack.pop()
        if value not in needed:
            needed.add(value)
            stack.extend(needs(value))
    done, begun = set[Value](), set[Value]()
    for one in sorted(needed, key=lambda v: v.number):
        stack = [one]
        while stack:
            missing = [v for v in needs(stack[-1]) if v not in done]
            if missing:
                begun.add(stack[-1])
                if not begun.isdisjoint(missing):
                    raise InternalError("a block of rows needs what is made of it")
                stack.extend(reversed(missing))
            elif (value := stack.pop()) not in done:
                done.add(value)
                yield value


class _Block:
    """The instructions of a region for a block: what has rows is cut, anything else is the same for all blocks."""

    def __init__(self, b: Builder, new: Mapping[Value, Value], program: Program, region: _Region) -> None:
        self.b, self.new, self.region = b, new, region
        self._copies: dict[Value, Value] = {}
        for value in sorted(region.inside, key=lambda v: v.number):
            by_row = _by_row(value, region.rows)
            operands = [self.rows(v) if cut else new[v] for v, cut in zip(value.operands, by_row, strict=True)]
            made = self._copies[value] = b.make(value.op, operands, value.attributes, value.shape)
            for table, names in ((b.names, program.names), (b.hints, program.hints)):
                if value in names:
                    table[made] = names[value]

    def rows(self, value: Value) -> Value:
        """The rows of a value that belong to the block."""
        if value in self._copies:
            return self._copies[value]
        if _is_column(value):
            return self.b.expand(self.rows(value.operands[0]), 1)
        return self.b.make("rows", (self.new[value],), (), value.shape)

    def term(self, value: Value) -> Value:
        """The term of a sum over rows that belongs to the block."""
        over = [self.rows(v) for v in self.region.summed(value)]
        if value.op == "matmul" and value.operands[0].rank == 2:
            over[0] = self.b.transpose(over[0])
        return self.b.make(value.op, over, value.attributes, value.shape)
