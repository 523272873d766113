"""What is known of the values of a program whatever the inputs: no entry is negative, none exceeds 1, positive
semidefinite.

Everything said here holds for rounded arithmetic too: a product of numbers that are not negative is not negative, and
σ(z) is at most 1. Values of programs with complex inputs have none of this.
"""

from __future__ import annotations

from collections.abc import Callable

from ...algebra import is_complex_symbol
from ...algebra.core import properties_of
from ..program import Program, Value, is_number

#: Functions without negative values, and functions with values between −1 and 1.
NOT_NEGATIVE = frozenset({"exp", "sqrt", "abs", "sigmoid", "softplus", "cosh", "Phi", "step", "leaky_step"})
AT_MOST_ONE = frozenset({"sigmoid", "tanh", "sin", "cos", "erf", "Phi", "step", "leaky_step", "sign"})
#: Instructions whose entries are entries of their first operand.
SELECTIONS = frozenset(
    {"expand", "reshape", "transpose", "broadcast", "take", "every", "slice", "diagonal", "diag", "triangle", "vech"}
)
#: Longer products are not looked into.
LONGEST_PRODUCT = 8


class Facts:
    """The facts of a program, found in one sweep."""

    def __init__(self, program: Program) -> None:
        self.not_negative: set[Value] = set()
        self.at_most_one: set[Value] = set()
        self.semidefinite: set[Value] = set()
        self._factors: dict[Value, tuple[Value, ...]] = {}
        self._properties = {one.symbol: one.properties | properties_of(one.symbol) for one in program.inputs}
        if any(is_complex_symbol(one.symbol) for one in program.inputs):
            return
        for value in program.instructions:
            if _is_at_most_one(self, value):
                self.at_most_one.add(value)
            if _is_not_negative(self, value):
                self.not_negative.add(value)
            if value.rank == 2 and _is_semidefinite(self, value):
                self.semidefinite.add(value)

    def is_declared(self, value: Value, word: str) -> bool:
        """Is the input declared to have this property?"""
        return word in self._properties.get(value.attributes[0], ())

    def all(self, facts: set[Value], value: Value) -> bool:
        return all(v in facts for v in value.operands)

    def factors(self, value: Value) -> tuple[Value, ...]:
        """The matrices of a product, with Diag(d) for a row or column scaling; a transpose stands for its operand's."""
        found = self._factors.get(value)
        if found is None:
            found = self._factors[value] = _factors(self, value)
        return found


# ---------------------------------------------------------------- entries
def _is_not_negative(facts: Facts, value: Value) -> bool:
    rule = ENTRIES.get(value.op)
    return value.op in ALWAYS or (rule is not None and rule(facts, value))


def _given(facts: Facts, value: Value) -> bool:
    symbol = value.attributes[0]
    return facts.is_declared(value, "positive") or (not value.rank and bool(symbol.is_nonnegative))


def _product(facts: Facts, value: Value) -> bool:
    """A product in which what may be negative is there twice."""
    left: list[Value] = []
    stack = list(value.operands)
    for _ in range(LONGEST_PRODUCT):
        if not stack:
            break
        v = stack.pop()
        if v in facts.not_negative:
            continue
        if v in left:
            left.remove(v)
        elif v.op == "multiply":
            stack.extend(v.operands)
        else:
            left.append(v)
    return not left and not stack


def _difference(facts: Facts, value: Value) -> bool:
    """1 − b with b at most 1, and s − s² with s between 0 and 1."""
    a, b = value.operands
    if is_number(a) and a.attributes[0] >= 1:
        return b in facts.at_most_one
    square = b.op == "multiply" and b.operands == (a, a)
    return square and a in facts.not_negative and a in facts.at_most_one


def _sum_of_products(facts: Facts, value: Value) -> bool:
    """xᵀx, and sums of products of what is not negative."""
    return value.operands[0] is value.operands[-1] if not value.rank else facts.all(facts.not_negative, value)


def _every_operand(facts: Facts, value: Value) -> bool:
    return facts.all(facts.not_negative, value)


def _first(facts: Facts, value: Value) -> bool:
    return value.operands[0] in facts.not_negative


ALWAYS = frozenset({"eye", "ones", "zeros", "argmax", "size"})
#: Instruction → whether no entry of its result is negative.
ENTRIES: dict[str, Callable[[Facts, Value], bool]] = {
    "number": lambda facts, value: bool(value.attributes[0].is_nonnegative),
    "input": _given,
    "apply": lambda facts, value: value.attributes[0] in NOT_NEGATIVE,
    "add": _every_operand,
    "divide": _every_operand,
    "kron": _every_operand,
    "outer": _every_operand,
    "einsum": _every_operand,
    "minimum": _every_operand,
    "maximum": lambda facts, value: any(v in facts.not_negative for v in value.operands),
    "multiply": _product,
    "subtract": _difference,
    "power": lambda facts, value: (
        is_number(value.operands[1]) and (value.operands[1].attributes[0].is_even or _first(facts, value))
    ),
    "matmul": lambda facts, value: _sum_of_products(facts, value) or _every_operand(facts, value),
    "inner": lambda facts, value: _sum_of_products(facts, value) or _every_operand(facts, value),
    "sum": _first,
    "max": _first,
    **dict.fromkeys(SELECTIONS, _first),
}


def _is_at_most_one(facts: Facts, value: Value) -> bool:
    """Is no entry larger than 1, nor smaller than −1?"""
    if value.op == "apply":
        return value.attributes[0] in AT_MOST_ONE
    if value.op == "number":
        return bool(abs(value.attributes[0]) <= 1)
    if value.op in ("multiply", "negative") or value.op in SELECTIONS:
        return all(v in facts.at_most_one for v in value.operands[: 2 if value.op == "multiply" else 1])
    if value.op == "divide":  # a share of a sum: exp(z) / Σ exp(z)
        part, whole = value.operands
        along = whole.attributes[0] if whole.op == "expand" else ()
        whole = whole.operands[0] if along else whole
        shares = whole.op == "sum" and whole.operands[0] is part and part in facts.not_negative
        return shares and (not whole.rank or (whole.attributes[0],) == along)
    return False


# ---------------------------------------------------------------- matrices
def _is_semidefinite(facts: Facts, value: Value) -> bool:
    """Is the matrix symmetric positive semidefinite, up to the rounding of its entries?"""
    rule = MATRICES.get(value.op)
    return rule is not None and rule(facts, value)


def _scaled(facts: Facts, value: Value) -> bool:
    """c A with c not negative, and A ⊙ B of two (Schur)."""
    a, b = value.operands
    if a.rank == b.rank == 2:
        return facts.all(facts.semidefinite, value)
    number, matrix = (a, b) if b.rank == 2 else (b, a)
    return number.rank == 0 and number in facts.not_negative and matrix in facts.semidefinite


def _gram(facts: Facts, value: Value) -> bool:
    """BᵀB, and BᵀAB with A semidefinite, or Diag(d) with d not negative."""
    if mirrors(*value.operands):
        return True
    parts = facts.factors(value)
    count = len(parts)
    if not all(mirrors(parts[k], parts[count - 1 - k]) for k in range(count // 2)):
        return False
    middle = parts[count // 2]
    return count % 2 == 0 or (middle in facts.not_negative if middle.rank == 1 else middle in facts.semidefinite)


def mirrors(a: Value, b: Value) -> bool:
    """Is a = bᵀ? A vector stands for Diag of it."""
    if a.rank == 1 and b.rank == 1:
        return a is b
    return (a.op == "transpose" and a.operands[0] is b) or (b.op == "transpose" and b.operands[0] is a)


def _factors(facts: Facts, value: Value) -> tuple[Value, ...]:
    if value.op == "matmul" and value.rank == 2 and all(v.rank == 2 for v in value.operands):
        parts = tuple(f for v in value.operands for f in facts.factors(v))
        return parts if len(parts) <= LONGEST_PRODUCT else (value,)
    if value.op == "multiply" and value.rank == 2:
        for one, other in (value.operands, value.operands[::-1]):
            if other.rank == 2 and other.shape == value.shape:
                if one.op == "expand" and one.attributes[0] == (1,):  # d[:, None] ⊙ A
                    return (one.operands[0], *facts.factors(other))
                if one.rank == 1:  # A ⊙ d
                    return (*facts.factors(other), one)
    if value.op == "transpose" and value.operands[0].op in ("matmul", "multiply"):
        inside = facts.factors(value.operands[0])
        if len(inside) > 1 and all(f.rank == 1 or f.op == "transpose" for f in inside):
            return tuple(f if f.rank == 1 else f.operands[0] for f in reversed(inside))
    return (value,)


#: Instruction → whether its result is positive semidefinite.
MATRICES: dict[str, Callable[[Facts, Value], bool]] = {
    "input": lambda facts, value: facts.is_declared(value, "spd"),
    "eye": lambda facts, value: True,
    "diag": lambda facts, value: value.operands[0] in facts.not_negative,
    "add": lambda facts, value: facts.all(facts.semidefinite, value),
    "divide": lambda facts, value: (
        value.operands[0] in facts.semidefinite
        and value.operands[1].rank == 0
        and value.operands[1] in facts.not_negative
    ),
    "add_on_diagonal": lambda facts, value: (
        value.operands[0] in facts.semidefinite and value.operands[1] in facts.not_negative
    ),
    "multiply": _scaled,
    "outer": lambda facts, value: value.operands[0] is value.operands[1],
    "inverse": lambda facts, value: value.operands[0] in facts.semidefinite,
    "transpose": lambda facts, value: value.operands[0] in facts.semidefinite,
    "kron": lambda facts, value: facts.all(facts.semidefinite, value),
    "matmul": _gram,
}


__all__ = ["Facts", "mirrors"]
