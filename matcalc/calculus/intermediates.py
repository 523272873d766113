"""Which intermediate results get a name, and which: z = Wx, r = Ax − b, p = softmax(z).

A name is given to the argument of a non-linear function that is itself a formula and contains the variable: it will
stand in the function and in its derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..algebra import depends_on, is_scalar, named, operands, postorder, rebuild, replace, split_coefficient
from ..algebra.nodes import (
    Elementwise,
    ElementwiseScalar,
    Frobenius,
    Hadamard,
    Inverse,
    MatProduct,
    MatSum,
    Norm,
    is_leaf,
    is_named,
)
from ..operators.determinants import Det, LogDet
from ..operators.reductions import LogSoftmax, LogSumExp, RowLogSumExp, Softmax, softmax
from ..operators.summations import unbound
from .simplify import expand_names

#: Node type → names tried for its argument: for a vector, for a matrix, for a scalar.
SUGGESTIONS: dict[type, tuple[str, str, str]] = {
    Norm: ("r z u v", "R E Z M", "s t"),
    Frobenius: ("r z u v", "R E Z M", "s t"),
    Elementwise: ("z u v w", "Z U V M", "s t u"),
    ElementwiseScalar: ("z u v w", "Z U V M", "s t u"),
    Softmax: ("z u v w", "Z U V M", "s t"),
    LogSoftmax: ("z u v w", "Z U V M", "s t"),
    LogSumExp: ("z u v w", "Z U V M", "s t"),
    RowLogSumExp: ("z u v w", "Z U V M", "s t"),
    Inverse: ("", "S M K P", ""),
    Det: ("", "S M K P", ""),
    LogDet: ("", "S M K P", ""),
}

#: Functions whose value stands in their own derivative, with the names tried for it: p = softmax(z).
VALUES: dict[type, tuple[str, str]] = {Softmax: ("p q π", "P Q")}
#: Functions in whose derivative another one stands, of the same argument: that of lse(z) is softmax(z).
DERIVED: dict[type, Callable[[Any], Any]] = {LogSoftmax: softmax, LogSumExp: softmax}

#: What is worth a name: not a symbol, nor a function of something that has one.
FORMULAS = (MatProduct, MatSum, Hadamard, Inverse)


class Names:
    """Names in use, and fresh ones."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        #: What stands in derivatives and has a name: softmax(z) → p.
        self.derived: dict[Any, Any] = {}
        self.numbers: dict[str, int] = {}

    def fresh(self, wishes: str) -> str:
        """The first wish that is free; the first wish with a number where none is."""
        wanted = wishes.split()
        name = next((w for w in wanted if w not in self.taken), "")
        while not name or name in self.taken:
            self.numbers[wanted[0]] = number = self.numbers.get(wanted[0], 0) + 1
            name = f"{wanted[0]}_{number}"
        self.taken.add(name)
        return name


def name_intermediates(root: Any, variables: Iterable[Any], names: Names) -> Any:
    """The same expression with intermediates named, where a lecturer would name them."""
    variables = list(variables)
    hit = depends_on(root, variables)
    chosen: dict[Any, str] = {}
    for node in postorder(root):
        if node in hit:
            for argument in _worth_a_name(node):
                if argument in hit and argument not in chosen:
                    chosen[argument] = _wishes(node, argument)
    #: Values that the input gives a name itself: A = softmax(Z) is no P.
    own = {node.definition for node in postorder(root) if is_named(node) and type(node.definition) in VALUES}
    done: dict[Any, Any] = {}
    of_samples = unbound(root)
    for node in postorder(root):
        new = rebuild(node, [done[c] for c in operands(node)]) if operands(node) else node
        if node in chosen and not is_named(new) and not is_leaf(new):
            index = "".join(of_samples.get(node, ()))
            wishes = " ".join(f"{wish}_{index}" for wish in chosen[node].split()) if index else chosen[node]
            new = named(names.fresh(wishes), new)
        done[node] = new
        if type(new) in VALUES and node in hit and node not in own:
            done[node] = _valued(new, names)
        elif is_named(node) and node.definition in own:
            done[node.definition] = names.derived[new.definition] = new
    for node in postorder(done[root]):
        if type(node) in DERIVED:
            value = DERIVED[type(node)](node.args[0])
            if type(value) in VALUES and is_named(node.args[0]):
                names.derived.setdefault(value, _valued(value, names))
    return done[root]


def _valued(node: Any, names: Names) -> Any:
    """softmax(z) under its name, p."""
    if node not in names.derived:
        vector, matrix = VALUES[type(node)]
        names.derived[node] = named(names.fresh(vector if 1 in node.shape else matrix), node)
    return names.derived[node]


def with_names(result: Any, nodes: Iterable[Any]) -> Any:
    """A result that is written out in the variables, with names for what they stand for: Diag(p) − ppᵀ."""
    table: dict[Any, Any] = {}
    for node in nodes:
        table[expand_names(node.definition)] = node
    return replace(result, table)


def _worth_a_name(node: Any) -> Iterator[Any]:
    if type(node) not in SUGGESTIONS:
        return
    if isinstance(node, Frobenius) and node.args[0] != node.args[1]:
        return
    argument = node.args[1] if isinstance(node, (Elementwise, ElementwiseScalar)) else node.args[0]
    if type(split_coefficient(argument)[1]) in FORMULAS or (
        is_scalar(argument) and (argument.is_Add or argument.is_Mul)
    ):
        yield argument


def _wishes(node: Any, argument: Any) -> str:
    vector, matrix, scalar = SUGGESTIONS[type(node)]
    if is_scalar(argument):
        return scalar
    is_vector = 1 in argument.shape
    if isinstance(node, (Norm, Frobenius)) and not isinstance(argument, MatSum):
        return "z u v r" if is_vector else "Z U V R"
    return vector if is_vector else matrix
