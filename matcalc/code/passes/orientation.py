"""Arrays that are there transposed or conjugated already, and products with a conjugate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ...algebra import is_complex_symbol
from ..builder import COMMUTATIVE, Builder
from ..program import ENTRYWISE, Program, Value
from .rewriting import rewrite

#: What is done to an array: its transpose is taken, its conjugate, or both.
TURNED, CONJUGATED = 1, 2
#: An array, and what is done to it.
Oriented: TypeAlias = "tuple[Value, int]"
#: The conjugate of the result is the result of the conjugates.
OF_CONJUGATES = frozenset({"add", "subtract", "multiply", "divide", "negative", "matmul", "outer"})
#: So many transposed arrays are not told from more.
MANY = 10**6


def orientations(program: Program) -> Program:
    """What is there beside its own transpose or conjugate is computed once: X − V for Vᵀ − Xᵀ, Ax for A*x*.

    Of a matrix and its transpose, the one that takes fewer transposed arrays is computed; of an array and its
    conjugate, the one that conjugates fewer entries.
    """
    ways = _Ways(program)
    return rewrite(program, ways.rule, lambda value: True) if ways.any else program


class _Ways:
    """In which orientation every array of a program is computed."""

    def __init__(self, program: Program) -> None:
        self.known: dict[Value, Oriented] = {}
        self.first: dict[Any, Value] = {}
        self.seen: dict[Value, set[int]] = defaultdict(set)
        #: How many transposed arrays it takes, and how many its transpose.
        self.transposed: dict[Value, tuple[int, int]] = {}
        #: How many entries are conjugated for it, and for its conjugate, without conjugating the result.
        self.conjugated: dict[Value, tuple[float, float]] = {}
        self.count = Builder(program.inputs).size.count
        self.complex = any(value.op == "conjugate" for value in program.instructions)
        for value in program.instructions:
            self._meet(value)
        self.any = any(self._wanted(of) != 0 or len(seen) > 1 for of, seen in self.seen.items())

    def _meet(self, value: Value) -> None:
        """Find out whether the value is one that is known, in some orientation."""
        if value.op in ("transpose", "conjugate") and value.rank <= 2:
            of, done = self.known[value.operands[0]]
            self.known[value] = of, done ^ (TURNED if value.op == "transpose" else CONJUGATED)
            return
        ways = list(self._keys(value))
        found = next(((self.first[key], done) for done, key in ways if key in self.first), None)
        self.known[value] = found or (value, 0)
        if found is None:
            size = 0.0 if _is_real(value) else self.count(value.shape)
            self.transposed[value], self.conjugated[value] = (0, 1), (0.0, size)
            if ways:
                self.first[ways[0][1]] = value
                one, other = zip(*(self._transposes(v) for v in value.operands), strict=True)
                self.transposed[value] = min(sum(one), MANY), min(sum(other), MANY)
            if ways and value.op in OF_CONJUGATES:
                one, other = zip(*(self._conjugates(v) for v in value.operands), strict=True)
                self.conjugated[value] = sum(one), sum(other)
        if ways:
            of, done = self.known[value]
            self.seen[of].add(done)

    def _keys(self, value: Value) -> Iterator[tuple[int, Any]]:
        """How it is computed, and its transpose and conjugate would be, where that is of the same kind."""
        if value.op not in ENTRYWISE and value.op not in OF_CONJUGATES:
            return
        operands = [self.known[v] for v in value.operands]
        arrays = [v for v in value.operands if v.rank]
        turns = value.rank == 2 and value.op != "outer"
        turns &= all(v.rank == 2 if value.op == "matmul" else v.shape == value.shape for v in arrays)
        conjugates = self.complex and value.op in OF_CONJUGATES
        for done in range(4):
            if (done & TURNED and not turns) or (done & CONJUGATED and not conjugates):
                continue
            there = [(v, before ^ _possible(v, done)) for v, before in operands]
            if done & TURNED and value.op == "matmul":
                there.reverse()
            if value.op in COMMUTATIVE:
                there.sort(key=lambda one: (one[0].number, one[1]))
            yield done, (value.op, value.attributes, *there)

    def _transposes(self, value: Value) -> tuple[int, int]:
        of, done = self.known[value]
        both = self.transposed[of] if value.rank == 2 else (0, 0)
        return both[::-1] if done & TURNED else both

    def _conjugates(self, value: Value) -> tuple[float, float]:
        """How many entries are conjugated for a value and for its conjugate, the result of the better one included."""
        of, done = self.known[value]
        one, other = self.conjugated[of]
        size = self.count(of.shape)
        both = min(one, other + size), min(other, one + size)
        return both[::-1] if done & CONJUGATED else both

    def _wanted(self, of: Value) -> int:
        """The orientation, from the one that was met first, in which it is computed."""
        wanted = CONJUGATED if self.conjugated[of][1] < self.conjugated[of][0] else 0
        if len({done & TURNED for done in self.seen[of]}) > 1 and self.transposed[of][1] < self.transposed[of][0]:
            wanted |= TURNED
        return wanted

    def rule(self, b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        operands = [new[v] for v in value.operands]
        if value.op == "inner":
            return b.inner(*operands)
        if value.op == "sum":
            return b.sum(operands[0], *value.attributes)
        if value.op == "conjugate":
            return _done(b, operands[0], CONJUGATED)
        of, done = self.known[value]
        if of not in self.seen or not (change := done ^ self._wanted(of)):
            return None
        operands = [_done(b, v, change) for v in operands]
        if change & TURNED and value.op == "matmul":
            operands.reverse()
        shape = value.shape[::-1] if change & TURNED else value.shape
        return _done(b, b.make(value.op, operands, value.attributes, shape), change)


def _is_real(value: Value) -> bool:
    return value.op in ("number", "size", "real") or (
        value.op == "input" and not is_complex_symbol(value.attributes[0])
    )


def _possible(value: Value, done: int) -> int:
    """What makes a difference: a vector has no transpose, a real array no conjugate."""
    return (done & TURNED if value.rank == 2 else 0) | (0 if _is_real(value) else done & CONJUGATED)


def _done(b: Builder, value: Value, what: int) -> Value:
    """The transpose, the conjugate, or both."""
    if what & CONJUGATED and not _is_real(value):
        if value.op == "conjugate":
            value = value.operands[0]
        elif value.op == "transpose":
            value = b.transpose(_done(b, value.operands[0], CONJUGATED), *value.attributes)
        else:
            value = b.conjugate(value)
    return b.transpose(value) if what & TURNED and value.rank == 2 else value


def conjugate_products(program: Program) -> Program:
    """Σ a* ⊙ b in one call, which conjugates on the way."""

    def rule(b: Builder, value: Value, new: Mapping[Value, Value]) -> Value | None:
        product: Sequence[Value] = [new[v] for v in value.operands]
        if value.op == "sum":
            (whole,) = product
            product = whole.operands if whole.op == "multiply" else ()
        if len(product) != 2 or product[0].shape != product[1].shape:
            return None
        for one, other in (product, product[::-1]):
            a, turned = (one.operands[0], True) if one.op == "transpose" else (one, False)
            if a.op == "conjugate":
                a = b.transpose(a.operands[0]) if turned else a.operands[0]
                return b.make("vdot", (a, other), (), ())
        return None

    return rewrite(program, rule, _is_sum_of_products)


def _is_sum_of_products(value: Value) -> bool:
    return not value.shape and (value.op == "sum" or (value.op == "matmul" and value.operands[0].rank == 1))
