"""What the `where` clause says: records of declared variables, functions and definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import Span
from .shapes import Shape, Size

PROPERTIES = (
    "symmetric",
    "spd",
    "skew",
    "diagonal",
    "lower",
    "upper",
    "orthogonal",
    "positive",
    "constant",
    "complex",
    "hermitian",
)
SQUARE_PROPERTIES = frozenset({"symmetric", "spd", "skew", "diagonal", "lower", "upper", "orthogonal", "hermitian"})


@dataclass(frozen=True)
class Variable:
    """A declared variable: ``shape`` is () for a scalar, (n,) for a vector, (m, n) for a matrix or row.

    Where only the kind was given (``x: vector``), ``shape`` is None and ``kind`` says which; it is empty, and left to
    inference, where only a property was (``x: positive``).
    """

    name: str
    key: str
    span: Span
    kind: str
    shape: tuple[Size, ...] | None
    properties: frozenset[str] = frozenset()
    source: str = ""


@dataclass(frozen=True)
class Definition:
    """What a function is: a known one by its name, or an expression in ``parameter``."""

    source: str
    span: Span
    parameter: str | None = None

    @property
    def text(self) -> str:
        return self.source[self.span.start : self.span.end]


@dataclass(frozen=True)
class FunctionDeclaration:
    """A function: from shape ``domain`` to shape ``codomain``; elementwise where these are None.

    ``declared`` says whether a type was given, or only a definition.
    """

    name: str
    key: str
    span: Span
    domain: Shape | None = None
    codomain: Shape | None = None
    definition: Definition | None = None
    declared: bool = True


@dataclass
class Declarations:
    """Everything that was declared, by key, in order."""

    variables: dict[str, Variable] = field(default_factory=dict)
    functions: dict[str, FunctionDeclaration] = field(default_factory=dict)
    dimensions: dict[str, str] = field(default_factory=dict)


def pair(shape: tuple[Size, ...]) -> Shape:
    """(rows, columns) of a shape with no, one or two sizes."""
    return (shape[0] if shape else 1, shape[1] if len(shape) == 2 else 1)
