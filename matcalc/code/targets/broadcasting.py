"""Sums of products where there is no einsum: the axes of every array in one order, a product, and a sum."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import CompileError
from ..program import Value


@dataclass(frozen=True)
class Product:
    """Σ a ⊙ b ⊙ …, the axes of each aligned with ``letters``: those of the result, then those that are summed."""

    letters: str
    #: For every array its axes in the order of the letters.
    orders: tuple[tuple[int, ...], ...]
    #: For every array, which of the letters it has.
    present: tuple[tuple[bool, ...], ...]

    @classmethod
    def of(cls, value: Value) -> Product:
        """The product of an einsum. Raises CompileError where an array's diagonal would have to be taken."""
        before, after = value.attributes[0].split("->")
        operands = before.split(",")
        if any(len(set(one)) < len(one) for one in operands):
            raise CompileError(f"this target has no code for the sum of products {value.attributes[0]}")
        letters = after + "".join(c for c in dict.fromkeys(before.replace(",", "")) if c not in after)
        orders = tuple(tuple(one.index(c) for c in letters if c in one) for one in operands)
        return cls(letters, orders, tuple(tuple(c in one for c in letters) for one in operands))

    @staticmethod
    def kept(value: Value) -> int:
        """How many axes the result has."""
        return len(value.attributes[0].split("->")[1])


__all__ = ["Product"]
