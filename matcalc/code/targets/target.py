"""What a target is: how the array program is written in one language, for one library.

The emitter decides which values get a variable and what it is called; a target says how instructions, numbers,
statements and functions are spelt. Nodes are whatever the target makes of an expression: the emitter only passes them
on. A target is a file beside this one with a table of instructions, and a line in :data:`matcalc.code.targets.TARGETS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from ...errors import CompileError
from ..names import identifier
from ..program import Value

if TYPE_CHECKING:
    from ..emitter import Emitter
    from ..module import Function, Signature, Task

Node: TypeAlias = Any
Statement: TypeAlias = Any


@dataclass(frozen=True)
class Code:
    """An expression and about how many characters it takes; a variable or a number is an atom."""

    node: Node
    length: int
    atom: bool = False
    #: What it is called, if it is a variable.
    name: str = ""


#: What numbers that are known from sizes are made of.
STATIC = frozenset({
    "number", "size", "add", "subtract", "multiply", "divide", "negative", "floor_divide", "power", "apply",
    "maximum", "minimum",
})  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """The function that is being written: its target, and an array argument for what has to be of its kind."""

    target: Target
    like: Node | None
    #: Numbers that are known from the sizes of the arrays alone.
    static: frozenset[Value]
    #: The type of the arrays that are made, where they are not like an argument.
    dtype: str = "float64"

    @classmethod
    def of(cls, target: Target, instructions: Iterable[Value], like: Node | None, dtype: str) -> Scope:
        static: set[Value] = set()
        for value in instructions:
            if value.op in STATIC and not value.shape and (value.op == "size" or static.issuperset(value.operands)):
                static.add(value)
        return cls(target, like, frozenset(static), dtype)


@dataclass(frozen=True)
class Helper:
    """A small function of the emitted module."""

    signature: str
    formula: str
    body: tuple[str, ...]
    #: The type of what it returns.
    returns: str = ""


class Target(ABC):
    """A language and a library. Subclasses fill the tables."""

    name: ClassVar[str]
    #: Instruction → the expression of its operands a, b, c.
    rows: ClassVar[Mapping[str, str]]
    #: Instruction → a function of the scope, the value and its operands' nodes, that makes its expression.
    special: ClassVar[Mapping[str, Callable[..., Node]]]
    #: Instruction → a function of the emitter and the value that writes statements and returns the variable.
    statements: ClassVar[Mapping[str, Callable[[Emitter, Value], Code]]] = MappingProxyType({})
    #: Known function of one number → the expression of its argument z.
    functions: ClassVar[Mapping[str, str]]
    #: Known functions that the target has not, and why.
    missing: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: Function of a matrix → its name; of what is not there, there is no code.
    matrix_functions: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: Functions of the emitted module, written where they are called.
    helpers: ClassVar[Mapping[str, Helper]] = MappingProxyType({})
    #: The passes of :data:`matcalc.code.passes.PASSES` that its programs go through.
    passes: ClassVar[tuple[str, ...]] = ()
    #: Words that no variable may take.
    reserved: ClassVar[frozenset[str]]
    #: The options of :class:`~matcalc.code.options.Options` that it knows.
    options: ClassVar[tuple[str, ...]] = ()
    #: Is it a module whose samples are spread?
    distributed: ClassVar[bool] = False
    #: Do inverses and determinants take stacks of matrices?
    stacks: ClassVar[bool] = True
    #: Does the library make a function of one example into one of all? Then a batch is left to it.
    maps: ClassVar[bool] = False
    #: Does the module run in Python?
    runs: ClassVar[bool] = True

    # ------------------------------------------------------------ expressions
    def expression(self, scope: Scope, value: Value, operands: Sequence[Node]) -> Node:
        """The expression of an instruction."""
        if value.op in ("inverse", "det", "logdet") and value.operands[0].rank > 2 and not self.stacks:
            raise CompileError(f"the target {self.name} has no code for {value.op} of every matrix of a stack")
        if value.op == "apply":
            return self.applied(scope, value, operands[0])
        if value.op in self.rows:
            return self.fill(self.rows[value.op], **dict(zip("abc", operands, strict=False)))
        if value.op not in self.special:
            raise CompileError(f"the target {self.name} has no code for {value.op}")
        return self.special[value.op](scope, value, *operands)

    def applied(self, scope: Scope, value: Value, z: Node) -> Node:
        """A known function of one number, entry by entry."""
        return self.fill(self._function(value), z=z)

    def _function(self, value: Value) -> Any:
        name = value.attributes[0]
        if name not in self.functions:
            raise CompileError(f"the target {self.name} has no code for the function {name}: {self.missing[name]}")
        return self.functions[name]

    def matrix_function(self, value: Value) -> str:
        """What a function of matrices is called."""
        name = value.attributes[0]
        if name not in self.matrix_functions:
            raise CompileError(f"the target {self.name} has no code for the matrix function {name}")
        return self.matrix_functions[name]

    def length(self, value: Value) -> int:
        """About how many characters an instruction adds to its operands."""
        if value.op == "apply":
            return len(self._function(value))
        if value.op in self.rows:
            return len(self.rows[value.op]) - len(value.operands)
        if value.op == "call":
            return 10
        if value.op == "expand":
            return 3 * value.rank + 2
        return 8 + sum(len(str(a)) for a in value.attributes) + 2 * len(value.operands)

    @abstractmethod
    def fill(self, text: str, **parts: Node) -> Node:
        """The expression ``text`` with its names replaced."""

    @abstractmethod
    def variable(self, name: str) -> Node:
        """A variable."""

    @abstractmethod
    def number(self, expression: Any) -> Node:
        """A number known when the program is written. Raises CompileError where it is not finite."""

    @abstractmethod
    def called(self, function: str, arguments: Sequence[Node]) -> Node:
        """A call of a function of the caller's."""

    @abstractmethod
    def text(self, node: Node) -> str:
        """The expression as text."""

    def needs(self, value: Value) -> Sequence[Value]:
        """The operands that the code of an instruction mentions."""
        return value.operands

    def grouped(self, outer: Value, inner: Value, node: Node) -> Node:
        """An operand, in brackets that a person wants and the language does not need."""
        return node

    def fresh(self, value: Value, node: Node, shared: bool) -> Node:
        """What is returned: an array of the caller's own; ``shared`` if it is an input or returned twice."""
        return node

    # ------------------------------------------------------------ statements
    def in_place(self, emitter: Emitter, value: Value) -> Code | None:
        """The value, written over an array that is not needed any more; None where it gets memory of its own."""
        return None

    @abstractmethod
    def assign(self, name: str, node: Node) -> Statement:
        """name = node."""

    @abstractmethod
    def unpack(self, names: Sequence[str], array: Node) -> Statement:
        """m, n = the shape of an array."""

    @abstractmethod
    def lines(self, statements: Sequence[Statement]) -> list[str]:
        """The statements as text."""

    # ------------------------------------------------------------ functions and the module
    def identifier(self, name: str) -> str:
        """A legal name that reads like the one that was typed."""
        return identifier(name)

    @abstractmethod
    def results(self, task: Task, results: Mapping[str, Node]) -> list[Statement]:
        """The end of a function: it returns the value, the array, the arrays by name, or the value and those."""

    @abstractmethod
    def signature(self, name: str, task: Task, signature: Signature, callables: Sequence[str]) -> str:
        """The head of a function, without ``def``."""

    def over_examples(self, function: str, signature: Signature, callables: Sequence[str]) -> list[str]:
        """The function of one example, called for all, where the library :attr:`maps` functions."""
        raise NotImplementedError

    def prologue(self, task: Task, signature: Signature, text: str) -> list[str]:
        """Lines before the statements of a function, whose text is given."""
        return []

    @abstractmethod
    def module(self, task: Task, signature: Signature, functions: Sequence[Function], docs: Mapping[str, Any]) -> str:
        """The text of the module."""
