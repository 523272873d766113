"""Which arrays share memory, and which of them something that is not written yet still reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from .program import Program, Value

#: Instructions whose result may be a view of their first operand, or that operand itself.
VIEWS = frozenset({
    "transpose", "reshape", "diagonal", "expand", "take", "every", "slice", "broadcast", "rows", "part", "result",
    "real", "matrix_power", "call",
})  # fmt: skip


def is_view(value: Value) -> bool:
    """May it be a view of its first operand? An einsum of one array may be its diagonal."""
    return value.op in VIEWS or (value.op == "einsum" and len(value.operands) == 1)


def memory_of(value: Value) -> Value:
    """The array whose memory it may have. What a function returns together are arrays of their own."""
    while is_view(value) and value.op not in ("part", "result") and value.operands[0].rank:
        value = value.operands[0]
    return value


class Storage:
    """The memory of a program's arrays while its statements are written, one after the other."""

    def __init__(self, program: Program, kept: Iterable[Value] = ()) -> None:
        """``kept`` are values that come from elsewhere."""
        self._readers: dict[Value, list[Value]] = defaultdict(list)
        self._owner: dict[Value, Value] = {}
        self._sharing: dict[Value, list[Value]] = defaultdict(list)
        self._written: set[Value] = set()
        self._kept = {*program.outputs.values(), *kept}
        for value in program.instructions:
            for operand in value.operands:
                self._readers[operand].append(value)
            self._share(value, self._owner[value.operands[0]] if is_view(value) else value)

    def _share(self, value: Value, owner: Value) -> None:
        self._owner[value] = owner
        self._sharing[owner].append(value)

    def overwrite(self, value: Value, other: Value) -> None:
        """The value, with its views, takes the memory of another that nothing reads any more."""
        owner = self._owner[other]
        self._sharing[owner] = []
        for one in self._sharing.pop(value):
            self._share(one, owner)

    def write(self, values: Iterable[Value]) -> None:
        """These values have been computed by a statement."""
        self._written.update(values)

    def is_free(self, value: Value, readers: Collection[Value]) -> bool:
        """May the array be overwritten, once these readers have read it?

        It may if it is not the caller's, nor returned, and if whatever else reads it, or a view of it, is done.
        """
        return not is_view(value) and self.is_own(value, readers)

    def is_own(self, value: Value, readers: Collection[Value]) -> bool:
        """The same of an array that may be a view of such an array."""
        owner = self._owner[value]
        if owner.op in ("input", "call", "number", "size"):
            return False
        return not any(
            one in self._kept or any(r not in self._written and r not in readers for r in self._readers[one])
            for one in self._sharing[owner]
        )
