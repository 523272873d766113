"""The table of operators: what is known of each, in one block.

An :class:`Operator` says how the value of a node type changes (its differential, as elementary linear maps of its
operands' differentials), what that needs, and how it computes. A :class:`Function` is a name in the input language with
its signature. Both are registered where they are defined; nothing else in the project knows an operator by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import DerivationError
from ..maps import LinearMap

#: (operand, L): the differential of a node is the sum of L(d operand).
Pairs = Iterable[tuple[Any, LinearMap]]


def _nothing(node: Any) -> Sequence[str]:
    return ()


def _no_kink(node: Any) -> str:
    return ""


@dataclass(frozen=True)
class Operator:
    """What the engine knows of a node type.

    ``rule`` is the name of the differential rule and ``identity`` its formula, as printed beside a step (a callable
    where it depends on the node); ``differential(node)`` yields the operands with their linear maps; ``assumes(node)``
    lists what the rule needs at a node, ``needs`` says it in general; ``formulas`` are the forms of a formula that
    depends on the node; ``compute(builder, node, *operand_values)`` writes array instructions. ``kink(node)`` says,
    where the value is not smooth, what the subdifferential is at the kink and what the code takes there.
    """

    node: type
    rule: str
    identity: str | Callable[[Any], str]
    differential: Callable[[Any], Pairs]
    reference: str
    assumes: Callable[[Any], Sequence[str]] = _nothing
    compute: Callable[..., Any] | None = None
    linear: bool = False
    needs: str = ""
    formulas: tuple[str, ...] = ()
    kink: Callable[[Any], str] = _no_kink

    def formula(self, node: Any) -> str:
        return self.identity(node) if callable(self.identity) else self.identity


@dataclass(frozen=True)
class Function:
    """A function of the input language: name, signature (alternatives separated by ``|``) and what it builds.

    ``instead`` says what to write for arguments that it does not take.
    """

    name: str
    signature: str
    build: Callable[..., Any]
    summary: str = ""
    aliases: tuple[str, ...] = field(default=())
    instead: str = ""


#: Node type → operator.
OPERATORS: dict[type, Operator] = {}
#: Name in the input language → function.
FUNCTIONS: dict[str, Function] = {}


def register(operator: Operator) -> Operator:
    OPERATORS[operator.node] = operator
    return operator


def function(
    name: str,
    signature: str,
    build: Callable[..., Any],
    summary: str = "",
    aliases: tuple[str, ...] = (),
    instead: str = "",
) -> None:
    """Make ``name`` (and its aliases) a function of the input language."""
    record = Function(name, signature, build, summary, aliases, instead)
    for one in (name, *aliases):
        FUNCTIONS[one] = record


def operator_of(node: Any) -> Operator:
    """The operator of a node. Raises DerivationError where there is none."""
    for cls in type(node).__mro__:
        if cls in OPERATORS:
            return OPERATORS[cls]
    raise DerivationError(f"no differential is known for {type(node).__name__}")
