"""What reading gives: a program with its symbols, and how each spelling was taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sympy import Expr

from ..algebra.core import PRINTERS
from ..errors import Span
from .build import Function
from .names import name_key


class Note(NamedTuple):
    """How something was read, and where it stands.

    ``words`` says it; where there are ``formulas``, with ``{}`` for each, and what is mathematics between dollars.
    """

    words: str
    span: Span
    formulas: tuple[Any, ...] = ()

    @property
    def text(self) -> str:
        """The sentence, its formulas as Unicode text."""
        return filled(self.words, [PRINTERS["text"](one) for one in self.formulas])

    def __str__(self) -> str:
        return self.text


def filled(words: str, formulas: Sequence[str]) -> str:
    """The words of a note with its formulas."""
    if not formulas:
        return words
    first, *others = words.replace("$", "").split("{}")
    return first + "".join(f"{formula}{rest}" for formula, rest in zip(formulas, others, strict=True))


@dataclass(frozen=True)
class Symbol:
    """A name of the program.

    ``node`` stands for it in expressions; ``structured`` is the same symbol with its declared properties. These differ
    for a variable of differentiation, whose entries count as independent. ``kind`` is ``variable``, ``function``,
    ``dimension`` or ``index`` (the k of e_k); ``rank`` is scalar, vector, row or matrix; ``shape`` is () for a scalar,
    (n,) for a vector, (rows, columns) otherwise. For a family x_i, ``index`` is i, and the node holds all of them, the
    index as last axis. ``inferred`` says that no declaration gave the shape, ``occurs`` that the name stands in the
    text.
    """

    name: str
    key: str
    kind: str
    node: Any
    structured: Any
    rank: str = "scalar"
    shape: tuple[Expr, ...] = ()
    properties: frozenset[str] = frozenset()
    inferred: bool = False
    occurs: bool = True
    index: str | None = None
    function: Function | None = None


@dataclass(frozen=True)
class Program:
    """What was read.

    ``expression`` is the last statement's; ``statements`` are all, with their names ("" for none); ``span`` is where
    the last one stands in ``source``. ``symbols`` are in order of appearance, those that are declared only at the end;
    ``named`` are the intermediate results; ``families`` maps x_i to its index i.
    """

    source: str
    span: Span
    statements: tuple[tuple[str, Any], ...]
    expression: Any
    symbols: Mapping[str, Symbol]
    functions: Mapping[str, Function] = field(default_factory=dict)
    dimensions: tuple[Expr, ...] = ()
    notes: tuple[Note, ...] = ()
    families: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, Any] = field(default_factory=dict)

    def symbol(self, name: str) -> Symbol | None:
        """The symbol that any spelling of a name addresses: ``lambda_`` finds λ."""
        key = name_key(name)
        return next((s for s in self.symbols.values() if s.key == key), None)
