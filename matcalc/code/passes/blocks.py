"""Large arrays that are only multiplied by narrow ones, a block of rows at a time: they never leave the cache."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..builder import Builder
from ..factors import ONE
from ..program import Program, Value
from .rewriting import rewrite

#: Instructions that compute a row of the result from a row of each operand.
ENTRYWISE = frozenset(
    {"add", "subtract", "multiply", "divide", "negative", "power", "maximum", "minimum", "xlogy", "apply"}
)
#: So many times narrower is narrow, by the guesses of sizes.
NARROW = 4
#: Who uses a value; None is an output.
Users: TypeAlias = "Mapping[Value, Sequence[Value | None]]"


def blocks_of_rows(program: Program) -> Program:
    """(T − UVᵀ)V with narrow U and V: rows of the residual are computed, multiplied and forgotten.

    The residual, m×n, is neither written to memory nor read from it, and no digit is lost as in TV − U(VᵀV).
    """
    if any(value.op == "operator" for value in program.instructions):
        return program  # it has functions of its own
    users: dict[Value, list[Value | None]] = defaultdict(list)
    for value in program.instructions:
        for operand in dict.fromkeys(value.operands):
            users[operand].append(value)
    for value in program.outputs.values():
        users[value].append(None)
    guess = Builder(program.inputs).size.guess
    plans: dict[Value, _Plan] = {}
    for value in program.instructions:
        plan = _plan(value, users)
        if plan is not None and plan.pays(guess):
            plans.update(dict.fromkeys(plan.products, plan))

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        return plans[value].result(b, value, new, program)

    return rewrite(program, rule, plans.__contains__) if plans else program


@dataclass
class _Plan:
    """A large array, what is computed for it alone (operands first), and the products that it is in.

    ``products`` says of each whether a block gives its rows (``"stack"``) or a term of it (``"sum"``).
    """

    large: Value
    inside: list[Value]
    products: dict[Value, str]
    #: The products' new values, as soon as the first one is there.
    done: dict[Value, Value] = field(default_factory=dict)

    def pays(self, guess: Callable[[Any], float]) -> bool:
        """Is it made of narrow arrays, and multiplied by narrow ones?"""
        rows, columns = map(guess, self.large.shape)
        made = any(v.op == "matmul" and guess(v.operands[0].shape[1]) * NARROW <= columns for v in self.inside)
        return made and all(
            guess(v.operands[1].shape[1]) * NARROW <= (columns if how == "stack" else rows)
            for v, how in self.products.items()
            if v.op == "matmul" and v.operands[1].rank == 2
        )

    def result(self, b: Builder, value: Value, new: Mapping[Value, Value], program: Program) -> Value | None:
        """The new value of a product; None where another factor comes too late."""
        others = (v.operands[1] for v in self.products if v.op == "matmul")
        if not self.done and all(v in new for v in others) and new.keys().isdisjoint(self.products):
            block = _Block(b, new, program, self.large.shape[0])
            for one in self.inside:
                block.copy(one)
            width = b.size(self.large.shape[1])
            made = b.make("by_rows", [width, *map(block.product, self.products)], (tuple(self.products.values()),), ())
            self.done.update((v, b.make("result", (made,), (k,), v.shape)) for k, v in enumerate(self.products))
        return self.done.get(value)


def _plan(large: Value, users: Users) -> _Plan | None:
    """How to compute the products of an array by blocks of rows; None where something else is wanted of it."""
    if large.op not in ENTRYWISE or large.rank != 2 or large.shape[0] == ONE:
        return None
    products: dict[Value, str] = {}
    turned = []
    for user in users[large]:
        if user is None:
            return None
        if user.op == "transpose" and user.rank == 2:
            turned.append(user)
        elif user.op == "matmul" and user.operands[0] is large and user.operands[1] is not large:
            products[user] = "stack"
        elif user.op == "inner" and set(user.operands) == {large}:
            products[user] = "sum"
        else:
            return None
    for one in turned:
        for user in users[one]:
            if user is None or user.op != "matmul" or user.operands[0] is not one or user.operands[1] in (one, large):
                return None
            products[user] = "sum"
    inside = _for_it_alone(large, users)
    in_blocks = any(v.op == "rows" for one in inside for v in one.operands)
    return _Plan(large, inside, products) if products and not in_blocks else None


def _for_it_alone(large: Value, users: Users) -> list[Value]:
    """What is computed row by row and used in the large array only; operands first."""
    found, stack = {large}, [large]
    while stack:
        value = stack.pop()
        for operand in value.operands if value.op in ENTRYWISE else value.operands[:1]:
            by_rows = operand.op in ENTRYWISE or operand.op in ("matmul", "outer")
            if by_rows and operand.shape == large.shape and found.issuperset(users[operand]):
                found.add(operand)
                stack.append(operand)
    return sorted(found, key=lambda v: v.number)


@dataclass
class _Block:
    """The instructions on a block of rows: what has rows is cut, anything else is the same for all blocks."""

    b: Builder
    new: Mapping[Value, Value]
    program: Program
    rows: Any
    copies: dict[Value, Value] = field(default_factory=dict)

    def copy(self, value: Value) -> None:
        """The value for a block."""
        if value.op in ENTRYWISE:
            operands = [self.cut(v) for v in value.operands]
        else:  # a product of some rows, or of some entries of a column, and all of the other factor
            left, right = value.operands
            operands = [self.cut(left) if left.rank == 2 else self._rows(left), self.new[right]]
        made = self.copies[value] = self.b.make(value.op, operands, value.attributes, value.shape)
        for table, names in ((self.b.names, self.program.names), (self.b.hints, self.program.hints)):
            if value in names:
                table[made] = names[value]

    def cut(self, value: Value) -> Value:
        """The rows of an operand; a number, a row, or a vector that stands for one, is the same for every row."""
        if value in self.copies:
            return self.copies[value]
        if value.rank < 2 or value.shape[0] != self.rows:
            return self.new[value]
        if value.op == "expand" and value.operands[0].rank == 1:  # v[:, None]
            return self.b.expand(self._rows(value.operands[0]), 1)
        return self._rows(value)

    def _rows(self, whole: Value) -> Value:
        return self.b.make("rows", (self.new[whole],), (), whole.shape)

    def product(self, value: Value) -> Value:
        """What a block gives of a product of the large array."""
        if value.op == "inner":
            return self.b.inner(*(self.copies[v] for v in value.operands))
        first, other = value.operands
        if first in self.copies:
            return self.b.matmul(self.copies[first], self.new[other])
        return self.b.matmul(self.b.transpose(self.copies[first.operands[0]]), self._rows(other))
