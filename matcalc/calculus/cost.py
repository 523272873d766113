"""How many operations an expression takes: what simplification makes smaller."""

from __future__ import annotations

from typing import Any

from sympy.matrices.expressions.matexpr import MatrixExpr

from ..algebra.core import Node, postorder
from ..algebra.nodes import Hadamard, HadamardPower, Kronecker, MatProduct, MatSum, is_leaf, is_named


def count_operations(*roots: Any) -> int:
    """Operations in the distinct sub-expressions: n-ary nodes count n − 1, a quotient as one, a name nothing."""
    return sum(_own(node) for node in postorder(*roots))


def _own(node: Any) -> int:
    if is_leaf(node) or is_named(node):
        return 0
    if isinstance(node, (MatSum, MatProduct, Hadamard, Kronecker)):
        return len(node.args) - 1
    if isinstance(node, HadamardPower) and node.args[1] == -1:
        return 1
    if isinstance(node, (Node, MatrixExpr)):
        return 1
    if node.is_Add or node.is_Mul:
        return len(node.args) - 1
    if node.is_Pow and node.args[1] == -1:
        return 0  # the quotient is counted by the product it stands in
    return 1
