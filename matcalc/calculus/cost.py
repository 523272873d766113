"""How many operations an expression takes: what simplification makes smaller."""

from __future__ import annotations

from typing import Any

from sympy import S
from sympy.matrices.expressions.matexpr import MatrixExpr

from ..algebra.core import Node, operands, postorder
from ..algebra.nodes import Hadamard, HadamardPower, Kronecker, MatProduct, MatSum, Transpose, is_leaf, is_named

#: Sums and products are looked into this many levels deep when forms are compared; what is below is an atom.
DEPTH = 5
#: Node types that are taken apart when forms of a sum are compared.
STRUCTURE = (MatSum, MatProduct, Hadamard, HadamardPower, Kronecker, Transpose)


def count_operations(root: Any) -> int:
    """Operations in the distinct sub-expressions: n-ary nodes count n − 1, a quotient one, a name nothing."""
    seen: set[Any] = set()
    stack, total = [root], 0
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            total += own_cost(node)
            if not is_named(node):
                stack.extend(operands(node))
    return total


def own_cost(node: Any) -> int:
    """The operations of the node itself."""
    if is_leaf(node) or is_named(node):
        return 0
    if isinstance(node, Hadamard):
        below = sum(isinstance(f, HadamardPower) and f.args[1] == -1 for f in node.args)
        return int(len(node.args) - 1 - min(below, len(node.args) - 1))  # A ⊘ B is one operation, that of B^{⊙−1}
    if isinstance(node, (MatSum, MatProduct, Kronecker)):
        return len(node.args) - (2 if node.args[0] is S.NegativeOne else 1)  # a sign is no operation
    if isinstance(node, HadamardPower) and node.args[1].is_Integer:
        p = int(node.args[1])
        return p - 1 if p > 0 else -p  # so many multiplications and divisions
    if isinstance(node, (Node, MatrixExpr)):
        return 1
    if node.is_Add or node.is_Mul:
        return len(node.args) - (2 if node.args[0] is S.NegativeOne else 1)
    if node.is_Pow and node.args[1] == -1:
        return 0  # the quotient is counted by the product it stands in
    return 1


HEAVIEST = 10**9


class _Weights:
    """Operations of an expression written out as a tree, remembered on our nodes and in a table for SymPy's."""

    def __init__(self, attribute: str, through_names: bool) -> None:
        self.attribute, self.through_names = attribute, through_names
        self.table: dict[Any, int] = {}

    def get(self, node: Any) -> int | None:
        return node.__dict__.get(self.attribute) if isinstance(node, Node) else self.table.get(node)

    def __contains__(self, node: Any) -> bool:
        return self.get(node) is not None

    def __call__(self, root: Any) -> int:
        found = self.get(root)
        if found is None:
            if len(self.table) > 50_000:
                self.table.clear()
            for node in postorder(root, skip=self):
                below = () if is_named(node) and not self.through_names else operands(node)
                found = min(HEAVIEST, own_cost(node) + sum(self(c) for c in below))
                if isinstance(node, Node):
                    node.__dict__[self.attribute] = found
                else:
                    self.table[node] = found
        assert found is not None
        return found


#: Operations written out in full, shared parts as often as they stand there; a name counts nothing.
weight = _Weights("weight", through_names=False)
#: The same with every name replaced by what it stands for.
full_weight = _Weights("full_weight", through_names=True)


def atoms(root: Any) -> tuple[list[Any], int]:
    """What a form is made of, each once, and the operations that join them: sums and products a few levels deep."""
    found: dict[Any, None] = {}
    seen: set[Any] = set()
    joining = 0
    level = [root]
    for depth in range(DEPTH + 1):
        below: list[Any] = []
        for node in level:
            if node in seen or node in found:
                continue
            if isinstance(node, STRUCTURE) and depth < DEPTH:
                seen.add(node)
                joining += own_cost(node)
                below.extend(operands(node))
            else:
                found[node] = None
        level = below
    return list(found), joining


def cost(root: Any) -> int:
    """The measure by which two forms are compared: joining operations, and every distinct atom once."""
    parts, joining = atoms(root)
    return joining + sum(weight(a) for a in parts)
