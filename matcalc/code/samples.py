"""Programs cut at their sums over samples: what one chunk of the samples contributes, and what follows from the totals.

A size that some inputs have and no variable of the derivative has may be that of the samples. Every value is then free
of the samples, or has one slice for every sample, made of that sample alone, or is a sum over samples (a reduction or a
contraction of that axis), or follows from such sums. The sums of chunks add up to the sums of all; a program in which a
slice needs a sum (softmax over samples, centred data) does not split, and is refused with that reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from sympy import Symbol

from ..errors import CompileError
from .program import ENTRYWISE, Input, Program, Value, live

#: What a value is: without samples, a sum over them, something that follows from sums; or the axis of the samples.
FREE, SUM, LATE = "free", "sum", "late"
State = "str | int"

#: Instructions whose operands after the first are the sizes of the result.
SHAPED = frozenset({"reshape", "broadcast"})
MADE = frozenset({"ones", "zeros", "eye"})


@dataclass(frozen=True)
class Split:
    """``chunk`` gives the sums over a chunk's samples; ``finish`` the outputs from the totals, its first inputs."""

    samples: Any
    chunk: Program
    finish: Program
    totals: tuple[Input, ...]
    #: Input → its axis of samples.
    axes: dict[Any, int]


def split(program: Program, fixed: set[Any], wanted: str = "") -> Split:
    """The program cut at its sums over samples; ``fixed`` are the sizes of the variables of the derivative.

    ``wanted`` names the size of the samples where more than one would do. Raises CompileError where there is none.
    """
    sizes = {size for one in program.inputs for size in one.declared if isinstance(size, Symbol)}
    candidates = sorted((s for s in sizes if s.name == wanted) if wanted else sizes - fixed, key=str)
    if not candidates:
        raise CompileError(
            f"no input has the size {wanted}"
            if wanted
            else "every size of the inputs is one of the variables: there is no axis of samples"
        )
    tried = [_try(program, size) for size in candidates]
    found = [one for one in tried if isinstance(one, Split)]
    if not found:
        raise next(one for one in tried if isinstance(one, CompileError))
    if len(found) > 1:
        names = ", ".join(str(one.samples) for one in found)
        raise CompileError(f"the samples may be counted by any of {names}", hint=f'say samples="{found[0].samples}"')
    return found[0]


def _try(program: Program, size: Any) -> Split | CompileError:
    """The program cut at its sums along this size, or why it cannot be."""
    try:
        return _Splitting(program, size).run()
    except CompileError as reason:
        return reason


class _Splitting:
    def __init__(self, program: Program, size: Any) -> None:
        self.program, self.size = program, size
        self.states: dict[Value, Any] = {}

    def run(self) -> Split:
        for value in self.program.instructions:
            self.states[value] = self.state(value)
        for name, value in self.program.outputs.items():
            if isinstance(self.states[value], int):
                what = "the value" if name == "value" else f"the derivative by {name}"
                raise self.refusal(f"{what} has an entry for every sample")
        late = [v for v in self.program.instructions if self.states[v] == LATE]
        needed = dict.fromkeys(x for v in late for x in self.read(v) if self.states[x] == SUM)
        needed |= dict.fromkeys(v for v in self.program.outputs.values() if self.states[v] == SUM)
        if not needed:
            raise self.refusal("nothing is summed over the samples")
        totals = {v: self.total(v, k) for k, v in enumerate(needed, 1)}
        chunk = replace(self.program, outputs={totals[v].name: v for v in needed})
        return Split(self.size, self.reads(chunk), self.finish(totals), tuple(totals.values()), self.axes())

    def axes(self) -> dict[Any, int]:
        """Every input of samples with their axis."""
        return {one.symbol: one.declared.index(self.size) for one in self.program.inputs if self.size in one.declared}

    def total(self, value: Value, k: int) -> Input:
        return Input(Symbol(f"total_{k}"), value.shape, f"total_{k}")

    def reads(self, program: Program) -> Program:
        """The program with the inputs that it reads."""
        read = {v.attributes[0] for v in program.instructions if v.op == "input"}
        return replace(program, inputs=tuple(one for one in program.inputs if one.symbol in read))

    def finish(self, totals: dict[Value, Input]) -> Program:
        """The outputs, with the totals as inputs."""
        made: dict[Value, Value] = {}
        for value in self.program.instructions:
            if value in totals:
                made[value] = Value("input", (), (totals[value].symbol,), value.shape, value.number)
            elif any(made.get(x, x) is not x for x in value.operands):
                made[value] = replace(value, operands=tuple(made.get(x, x) for x in value.operands))
        outputs = {name: made.get(v, v) for name, v in self.program.outputs.items()}
        names, hints = (
            {made.get(v, v): name for v, name in table.items()} for table in (self.program.names, self.program.hints)
        )
        inputs = (*totals.values(), *self.program.inputs)
        done = Program(outputs, inputs, names, hints)
        read = {v.attributes[0] for v in live(outputs.values()) if v.op == "input"}
        return replace(done, inputs=tuple(one for one in inputs if one.symbol in read or one in totals.values()))

    def refusal(self, reason: str) -> CompileError:
        return CompileError(f"the samples, counted by {self.size}, do not separate: {reason}")

    def read(self, value: Value) -> tuple[Value, ...]:
        """The operands that are more than the sizes of the result."""
        if value.op in MADE:
            return ()
        return value.operands[:1] if value.op in SHAPED else value.operands

    # ------------------------------------------------------------ one instruction
    def state(self, value: Value) -> Any:
        if value.op in ("input", "size") or value.op in MADE:
            return self.given(value)
        states = [self.states[x] for x in self.read(value)]
        along = [s for s in states if isinstance(s, int)]
        if not along:
            if self.size in value.shape and value.op == "broadcast":
                return self.repeated(value, states[0])
            return LATE if SUM in states or LATE in states else FREE
        if SUM in states or LATE in states:
            raise self.refusal("what belongs to one sample needs a sum over all of them")
        rule = self.entrywise if value.op in ENTRYWISE else getattr(self, f"_{value.op}", None)
        if value.op == "call" and value.attributes[0].kind == "elementwise":
            rule = self.entrywise
        if rule is None:
            raise self.refusal(f"{value.op.replace('_', ' ')} mixes them")
        return rule(value, states)

    def given(self, value: Value) -> Any:
        if value.op == "size":
            return SUM if value.operands[0].shape[value.attributes[0]] == self.size else FREE
        axes = [k for k, size in enumerate(value.shape) if size == self.size]
        if len(axes) > 1:
            raise self.refusal("an array pairs samples with samples")
        if any(size != self.size and self.size in size.free_symbols for size in value.shape):
            raise self.refusal("an array has the samples in a longer axis")
        return axes[0] if axes else FREE

    def repeated(self, value: Value, state: Any) -> Any:
        if state != FREE:
            raise self.refusal("what belongs to one sample needs a sum over all of them")
        return self.given(value)

    def entrywise(self, value: Value, states: list[Any]) -> Any:
        """Axes are aligned from the right."""
        places = {s - x.rank for s, x in zip(states, value.operands, strict=True) if isinstance(s, int)}
        if len(places) > 1:
            raise self.refusal("samples meet other samples")
        return value.rank + places.pop()

    def reduced(self, value: Value, states: list[Any], whole: Any) -> Any:
        axis = value.attributes[0]
        if axis is None or axis == states[0]:
            return whole
        return states[0] - (axis < states[0])

    def _sum(self, value: Value, states: list[Any]) -> Any:
        return self.reduced(value, states, SUM)

    def _max(self, value: Value, states: list[Any]) -> Any:
        found = self.reduced(value, states, None)
        if found is None:
            raise self.refusal("the largest entry is looked for among all of them")
        return found

    def _matmul(self, value: Value, states: list[Any]) -> Any:
        a, b = value.operands
        inside = (a.rank - 1, max(0, b.rank - 2))
        summed = [s == k for s, k in zip(states, inside, strict=True)]
        if all(summed):
            return SUM
        if any(summed) or all(isinstance(s, int) for s in states):
            raise self.refusal("a product pairs samples with samples")
        if isinstance(states[0], int):
            return states[0]
        return value.rank - 1 if b.rank > 1 and states[1] == b.rank - 1 else states[1]

    def _inner(self, value: Value, states: list[Any]) -> Any:
        if states[0] != states[1]:
            raise self.refusal("samples meet other samples")
        return SUM

    def _outer(self, value: Value, states: list[Any]) -> Any:
        if all(isinstance(s, int) for s in states):
            raise self.refusal("a product pairs samples with samples")
        return 0 if isinstance(states[0], int) else value.operands[0].rank

    def _einsum(self, value: Value, states: list[Any]) -> Any:
        before, after = value.attributes[0].split("->")
        letters = {one[s] for one, s in zip(before.split(","), states, strict=True) if isinstance(s, int)}
        letter = letters.pop()
        whole = all(isinstance(s, int) for one, s in zip(before.split(","), states, strict=True) if letter in one)
        if letters or not whole or any(one.count(letter) > 1 for one in before.split(",")):
            raise self.refusal("samples meet other samples")
        return after.index(letter) if letter in after else SUM

    def _transpose(self, value: Value, states: list[Any]) -> Any:
        return value.attributes[0].index(states[0])

    def _expand(self, value: Value, states: list[Any]) -> Any:
        own = [k for k in range(value.rank) if k not in value.attributes[0]]
        return own[states[0]]

    def _broadcast(self, value: Value, states: list[Any]) -> Any:
        return value.rank - value.operands[0].rank + states[0]

    def _reshape(self, value: Value, states: list[Any]) -> Any:
        """The samples stay an axis of their own where as many entries stand before it."""
        shape, at = value.operands[0].shape, states[0]
        for k, size in enumerate(value.shape):
            if size == self.size and prod(value.shape[:k]) == prod(shape[:at]) and value.attributes[0] == "C":
                return k
        raise self.refusal("a rearrangement mixes them")

    def _part_of(self, value: Value, states: list[Any]) -> Any:
        axis = value.attributes[0]
        if axis == states[0]:
            raise self.refusal("some of them are picked out")
        return states[0] - (value.op == "take" and axis < states[0])

    _take = _slice = _every = _part_of

    def _solve(self, value: Value, states: list[Any]) -> Any:
        """A⁻¹B by columns."""
        if states[0] != FREE or states[1] != value.rank - 1 or value.rank < 2:
            raise self.refusal("a system of equations mixes them")
        return states[1]


Rule = Callable[[Value, list[Any]], Any]
