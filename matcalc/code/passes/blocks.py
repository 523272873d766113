"""Large arrays that are wanted row by row, or summed over their rows: a block of rows at a time stays in the cache."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..builder import Builder
from ..factors import ONE
from ..program import Program, Value, live

#: Instructions that compute an entry of the result from an entry of each operand.
ENTRYWISE = frozenset(
    {"add", "subtract", "multiply", "divide", "negative", "power", "maximum", "minimum", "xlogy", "apply"}
)
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
    if any(value.op == "operator" for value in program.instructions):
        return program  # it has functions of its own
    while (region := _first_region(program)) is not None:
        program = _in_blocks(program, region)
    return program


def _first_region(program: Program) -> _Region | None:
    """The first region that pays and is not computed in blocks yet."""
    users: dict[Value, list[Value | None]] = defaultdict(list)
    seen: set[Value] = set()  # what is in a block, or was found in a region that does not pay
    for value in program.instructions:
        for operand in dict.fromkeys(value.operands):
            users[operand].append(value)
        if value.op == "rows" or (value.op != "by_rows" and not seen.isdisjoint(value.operands)):
            seen.add(value)
    for value in program.outputs.values():
        users[value].append(None)
    guess = Builder(program.inputs).size.guess
    for value in program.instructions:
        if value not in seen and _is_large_product(value, guess):
            region = _Region(value, program, users, guess)
            if region.follow(value) and region.complete():
                return region
            seen |= region.inside
    return None


def _is_large_product(value: Value, guess: Guess) -> bool:
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
    elif value.op not in ("matmul", "inner") and not (value.op == "sum" and value.attributes[0] in (None, 0)):
        return ()
    return over if all(v.rank in (1, 2) and v.shape[0] == rows for v in over) else ()


def _is_column(value: Value) -> bool:
    """Is it v[:, None]?"""
    return value.op == "expand" and value.operands[0].rank == 1 and value.attributes == ((1,),)


class _Region:
    """What is computed a block of rows at a time.

    ``inside`` are the values of which a block gives its rows, ``sums`` those of which it gives a term. Nothing outside
    needs a large array of the region.
    """

    def __init__(self, seed: Value, program: Program, users: Users, guess: Guess) -> None:
        self.shape, self.rows = seed.shape, seed.shape[0]
        self.inside: set[Value] = set()
        self.sums: set[Value] = set()
        self._program, self._users, self._guess = program, users, guess

    def cut(self, value: Value) -> list[Value]:
        """The operands of which a block needs its rows."""
        return [v for v, by_row in zip(value.operands, _by_row(value, self.rows), strict=False) if by_row]

    def whole(self, value: Value) -> list[Value]:
        """The operands of which a block needs all."""
        return [v for v, by_row in zip(value.operands, _by_row(value, self.rows), strict=False) if not by_row]

    def summed(self, value: Value) -> Sequence[Value]:
        return _summed(value, self.rows)

    @property
    def results(self) -> list[Value]:
        """What is wanted outside."""
        return sorted([*self.sums, *(v for v in self.inside if not self._is_done(v))], key=lambda v: v.number)

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
            for use in self._uses(value):
                if use is not None and value in self.summed(use):
                    self.sums.add(use)
                elif use is not None and value in self.cut(use):
                    stack.append(use)
                else:
                    return False
        return True

    def complete(self) -> bool:
        """Take in what the region needs of itself, and what serves it alone. Is that possible, and does it pay?"""
        dependent = set(self.inside)
        for value in self._program.instructions:
            if not dependent.isdisjoint(value.operands):
                dependent.add(value)
        stack = [v for one in self.inside for v in self.cut(one)] + [v for one in self.sums for v in self.summed(one)]
        while stack:
            value = stack.pop()
            if value in dependent and value not in self.inside:
                self.inside.add(value)
                stack.extend(self.cut(value))
        at_hand = {v for v in self._program.instructions if v not in dependent} | self.inside
        for value in self.inside:  # of a narrow array that is wanted in sums only, the sums
            uses = {use for use in self._uses(value) if use not in self.inside}
            if value.shape != self.shape and all(use and at_hand.issuperset(self.summed(use) or [use]) for use in uses):
                self.sums.update(use for use in uses if use is not None)
        for value in reversed(self._program.instructions):
            if self.cut(value) and not _is_column(value) and self._is_narrow(value) and self._is_done(value):
                self.inside.add(value)
        return (
            all(self.cut(v) and dependent.isdisjoint(self.whole(v)) for v in self.inside)
            and all(v.shape != self.shape or self._is_done(v) for v in self.inside)
            and all(map(self._is_narrow, [*self.inside, *self.sums]))
        )

    def _uses(self, value: Value) -> Iterator[Value | None]:
        """Who uses a value; of its transpose, who uses that."""
        for user in self._users[value]:
            if user is not None and user.op == "transpose" and user.rank == 2:
                yield from self._users[user]
            else:
                yield user

    def _is_done(self, value: Value) -> bool:
        """Does the region take all that is made of a value?"""
        return all(
            (use in self.sums and value in self.summed(use))
            or (use in self.inside and value in self.cut(use) and value not in self.whole(use))
            for use in self._uses(value)
            if use is not None
        ) and None not in self._uses(value)

    def _is_narrow(self, value: Value) -> bool:
        """If it is a product, then with a narrow array? Of others, a large one takes less time than its blocks."""
        if value.op != "matmul" or value.rank < 2:
            return True
        inner, (height, width) = value.operands[0].shape[1], value.shape
        ends = (height, width) if value in self.sums else (inner, width)
        return min(map(self._guess, ends)) * NARROW <= max(map(self._guess, (inner, height, width)))


# ---------------------------------------------------------------- the program with it
def _in_blocks(program: Program, region: _Region) -> Program:
    """The program in which the region is computed a block of rows at a time."""
    b, new = Builder(program.inputs), dict[Value, Value]()

    def copy(values: Iterable[Value]) -> None:
        for v in values:
            new[v] = b.make(v.op, [new[o] for o in v.operands], v.attributes, v.shape)

    block, results = _Block(b, new, program, region), region.results
    copy(live(block.given()))
    parts = [block.term(v) if v in region.sums else block.copy(v) for v in results]
    how = tuple("sum" if v in region.sums else "stack" for v in results)
    made = b.make("by_rows", [b.size(region.shape[1]), *parts], (how,), ())
    new.update((v, b.make("result", (made,), (k,), v.shape)) for k, v in enumerate(results))
    copy(live(program.outputs.values(), given=new))
    outputs = {name: new[value] for name, value in program.outputs.items()}
    names, hints = ({new[v]: name for v, name in table.items() if v in new} for table in (program.names, program.hints))
    return Program(outputs, program.inputs, b.names | names, b.hints | hints)


class _Block:
    """The instructions of a region for a block: what has rows is cut, anything else is the same for all blocks."""

    def __init__(self, b: Builder, new: Mapping[Value, Value], program: Program, region: _Region) -> None:
        self.b, self.new, self.region = b, new, region
        self._names = ((b.names, program.names), (b.hints, program.hints))
        self._copies: dict[Value, Value] = {}

    def given(self) -> set[Value]:
        """What comes from outside."""
        region = self.region
        cut = {v for one in region.inside for v in region.cut(one)} | {v for s in region.sums for v in region.summed(s)}
        whole = {v for one in region.inside for v in region.whole(one)}
        return whole | {v.operands[0] if _is_column(v) else v for v in cut - region.inside}

    def copy(self, value: Value) -> Value:
        """The rows of a value that belong to the block."""
        if value not in self.region.inside:
            return self._rows(value)
        if value not in self._copies:
            by_row = _by_row(value, self.region.rows)
            operands = [self.copy(v) if cut else self.new[v] for v, cut in zip(value.operands, by_row, strict=True)]
            made = self._copies[value] = self.b.make(value.op, operands, value.attributes, value.shape)
            self._named(value, made)
        return self._copies[value]

    def term(self, value: Value) -> Value:
        """The term of a sum over rows that belongs to the block."""
        over = [self.copy(v) for v in self.region.summed(value)]
        if value.op == "matmul" and value.operands[0].rank == 2:
            over[0] = self.b.transpose(over[0])
        return self.b.make(value.op, over, value.attributes, value.shape)

    def _rows(self, whole: Value) -> Value:
        if _is_column(whole):
            return self.b.expand(self._rows(whole.operands[0]), 1)
        return self.b.make("rows", (self.new[whole],), (), whole.shape)

    def _named(self, value: Value, made: Value) -> None:
        for table, names in self._names:
            if value in names:
                table[made] = names[value]
