"""From expression to piece: rules by node type, run with a stack of their own, so that depth is no limit.

A rule is a generator: it yields the sub-expressions it wants printed and gets their pieces back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from functools import cache
from typing import Any, TypeAlias, TypeVar

from sympy import Symbol
from sympy.core.basic import Basic
from sympy.matrices.expressions.matexpr import MatrixSymbol

from ..algebra import AbstractFunction, is_named, postorder, shown_name
from .notation import LETTER_OF
from .pieces import Piece
from .styles import Style

#: What a rule is when it runs: it yields expressions, receives pieces and returns one.
Writing: TypeAlias = "Generator[Any, Piece, Piece]"
Rule: TypeAlias = "Callable[[Printer, Any], Writing]"

RULES: dict[type, Rule] = {}
_R = TypeVar("_R", bound=Callable[..., Any])


def writes(*types: type) -> Callable[[_R], _R]:
    """Register a rule for node types; a rule for a class serves its subclasses."""

    def register(rule: _R) -> _R:
        for cls in types:
            RULES[cls] = rule
        return rule

    return register


def prints(*types: type) -> Callable[[Callable[[Printer, Any], Piece]], Callable[[Printer, Any], Piece]]:
    """Register a rule for node types that are printed without printing anything below them."""

    def register(rule: Callable[[Printer, Any], Piece]) -> Callable[[Printer, Any], Piece]:
        writes(*types)(lambda to, node: _ready(rule(to, node)))
        return rule

    return register


def each(nodes: Iterable[Any]) -> Generator[Any, Piece, list[Piece]]:
    """The pieces of several expressions, in order."""
    pieces = []
    for node in nodes:
        piece = yield node
        pieces.append(piece)
    return pieces


def _ready(piece: Piece) -> Writing:
    yield from ()
    return piece


class Printer:
    """Prints expressions in a style; equal sub-expressions are printed once.

    ``taken``: names of variables, which a function written with the same letter gives way to. ``colon``: products of
    vectors are written A : B, as in a derivation. ``aliases``: nodes that are written by a name. ``many_norms``: the
    Frobenius norm is marked, because other norms of matrices stand beside it.
    """

    def __init__(
        self,
        style: Style,
        taken: Collection[str] = (),
        *,
        colon: bool = False,
        aliases: Mapping[Any, str] | None = None,
        many_norms: bool = False,
    ) -> None:
        self.style = style
        self.taken = frozenset(taken)
        self.colon = colon
        self.many_norms = many_norms
        self.aliases = dict(aliases or {})
        self.reserved = _function_names() | {name for name in self.taken if len(name) > 1}
        self._memo: dict[Any, Piece] = {}

    def __call__(self, expression: Any) -> str:
        return self.style.signed(self.piece(expression)).text

    def piece(self, root: Any) -> Piece:
        """The expression as a piece."""
        return self._run(root, self._start(root))

    def definition(self, root: Any) -> Piece:
        """The expression written out, although it has an alias."""
        return self._run(None, rule_of(root)(self, root))

    def sum_of(self, terms: Iterable[Any], *, dots: bool = False) -> Piece:
        """The terms added up in this order, after ⋯ where there are more of them."""
        from .products import written_sum

        piece = self._run(None, written_sum(self, list(terms), dots=dots))
        return self.style.signed(piece)

    def _start(self, node: Any) -> Writing:
        alias = self.aliases.get(node)
        return rule_of(node)(self, node) if alias is None else _ready(self.style.symbol(alias))

    def _run(self, root: Any, rule: Writing) -> Piece:
        memo = self._memo
        if root is not None and root in memo:
            return memo[root]
        stack: list[tuple[Any, Writing]] = [(root, rule)]
        answer: Any = None
        while True:
            node, writing = stack[-1]
            try:
                child = writing.send(answer)
            except StopIteration as done:
                answer = done.value
                stack.pop()
                if node is not None:
                    memo[node] = answer
                if not stack:
                    return answer  # type: ignore[no-any-return]
                continue
            answer = memo.get(child)
            if answer is None:
                stack.append((child, self._start(child)))

    def is_free(self, function: str) -> bool:
        """May the function be written with its letter?"""
        return LETTER_OF.get(function) not in self.taken


def rule_of(node: Any) -> Rule:
    """The rule for a node, by its class and the classes it derives from."""
    for cls in type(node).__mro__:
        if cls in RULES:
            return RULES[cls]
    raise TypeError(f"no notation is known for {type(node).__name__}")


@cache
def _function_names() -> frozenset[str]:
    from ..operators import FUNCTIONS

    return frozenset(FUNCTIONS)


def has_other_norms(*roots: Any) -> bool:
    """Is there a norm of a matrix that is not the Frobenius norm?"""
    from ..operators.spectral import NuclearNorm, SpectralNorm

    return any(isinstance(node, (NuclearNorm, SpectralNorm)) for node in postorder(*roots))


def names_in(*roots: Any) -> set[str]:
    """The names of the variables, functions and intermediates in expressions."""
    found: set[str] = set()
    for node in postorder(*roots):
        if isinstance(node, (Symbol, MatrixSymbol)) or is_named(node):
            found.update((str(node.name), shown_name(node)))
        elif node.args and isinstance(node.args[0], (AbstractFunction, Basic)) and hasattr(node, "function"):
            found.update([node.function.name] if isinstance(node.function, AbstractFunction) else [])
        elif hasattr(node, "at") and hasattr(node, "name"):
            found.add(str(node.name))
    return found
