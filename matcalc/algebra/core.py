"""Nodes: interned SymPy objects with a known shape, a sort key and a place in a DAG.

A scalar is any SymPy ``Expr``; a matrix is a SymPy ``MatrixExpr``. Sums, products, powers and functions of scalars are
SymPy's own; everything with a matrix in it is a :class:`MatrixNode` or a :class:`ScalarNode` of ours, for three
reasons: shapes are stored instead of recomputed down the tree, equal nodes are one object (so that sharing survives
every rewrite), and canonical forms are those of a textbook.

Every walk here is iterative and visits a node once: cost is linear in the number of distinct nodes, at any depth.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, ClassVar, TypeAlias

from sympy import Expr, Integer, S, Symbol, srepr
from sympy.core.basic import Basic
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr, MatrixSymbol

#: ``()`` of a scalar, ``(rows, cols)`` of a matrix.
Shape: TypeAlias = "tuple[Any, ...]"

#: Equal nodes are the same object: class and arguments → node.
_INTERNED: weakref.WeakValueDictionary[tuple[Any, ...], Basic] = weakref.WeakValueDictionary()


class Node(Basic):
    """What our matrix and scalar nodes share: raw interned construction, a stored shape and a sort key."""

    #: Where the node stands among commuting factors: symbols, then functions, then products, then sums.
    rank: ClassVar[int] = 5
    _shape: Shape
    _symbols: frozenset[Any] | None = None
    key: SortKey
    #: The arguments that are expressions, in order (not names, sizes or functions).
    operands: tuple[Any, ...]

    @property
    def shape(self) -> Any:
        return self._shape

    @classmethod
    def make(cls, *args: Basic, shape: Shape | None = None) -> Any:
        """The node with exactly these arguments: no canonicalisation, but interned."""
        key = (cls, args)
        found = _INTERNED.get(key)
        if found is None:
            found = Basic.__new__(cls, *args)
            found._shape = cls.infer_shape(args) if shape is None else shape
            found.operands = tuple(a for a in args if is_expression(a))
            _INTERNED[key] = found
        return found

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        """The shape of the node, from its arguments; the shape of the first where nothing else is said."""
        return shape_of(args[0])

    @property
    def free_symbols(self) -> set[Any]:
        """The symbols in it, as SymPy has them; SymPy itself would visit a shared node as often as there are paths."""
        if self._symbols is None:
            inside = {arg for node in postorder(self) for arg in _leaves(node)}
            self._symbols = frozenset().union(*(leaf.free_symbols for leaf in inside))
        return set(self._symbols)

    # One printer for our nodes, wherever SymPy meets them; `present` registers it.
    def _latex(self, printer: Any) -> str:
        return str(PRINTERS["latex"](self))

    def _sympystr(self, printer: Any) -> str:
        return str(PRINTERS["text"](self))

    def _pretty(self, printer: Any) -> Any:
        from sympy.printing.pretty.stringpict import prettyForm

        return prettyForm(str(PRINTERS["text"](self)))


#: How a node prints itself, and what later rooms make of nodes (``form``, ``why``): filled in by `matcalc.present`.
PRINTERS: dict[str, Callable[..., str]] = {"latex": srepr, "text": srepr, "form": repr, "why": repr}


class MatrixNode(Node, MatrixExpr):
    """A matrix-valued node (a vector is n×1, a row 1×n)."""

    is_commutative = False

    def __new__(cls, *args: Any) -> Any:
        return cls.make(*args)


class ScalarNode(Node, Expr):
    """A scalar made of matrices: real, and an atom to SymPy's scalar algebra."""

    is_commutative = True
    is_real = True

    def __new__(cls, *args: Any) -> Any:
        return cls.make(*args)

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        return ()


class StructuredSymbol(MatrixSymbol):
    """A matrix symbol with properties: symmetric, spd, skew, diagonal, lower, upper, orthogonal, positive, …"""

    def __new__(cls, name: Any, rows: Any, cols: Any, *properties: Any) -> Any:
        plain = MatrixSymbol(name, rows, cols)
        marks = sorted({str(p) for p in properties})
        return Basic.__new__(cls, *plain.args, *(Str(p) for p in marks)) if marks else plain

    @property
    def properties(self) -> frozenset[str]:
        return frozenset(str(p) for p in self.args[3:])


class FamilySymbol(StructuredSymbol):
    """All samples x_1, …, x_N as one array, the index its last axis: ``name`` is x_i, and it is ``shown`` as X."""

    def __new__(cls, name: Any, rows: Any, cols: Any, shown: Any, *properties: Any) -> Any:
        plain = MatrixSymbol(name, rows, cols)
        marks = sorted({str(p) for p in properties})
        return Basic.__new__(cls, *plain.args, Str(str(shown)), *(Str(p) for p in marks))

    @property
    def shown(self) -> str:
        return str(self.args[3])

    @property
    def properties(self) -> frozenset[str]:
        return frozenset(str(p) for p in self.args[4:])


def shown_name(node: Any) -> str:
    """The name of a symbol in print."""
    return node.shown if isinstance(node, FamilySymbol) else str(node.name)


# ---------------------------------------------------------------- leaves
def dimension(name: str) -> Symbol:
    """The size called ``name``: a positive integer."""
    return Symbol(name, integer=True, positive=True)


def index(name: str) -> Symbol:
    """The index called ``name``, as k in e_k: a whole number from 1 up to a size, and no size itself."""
    return Symbol(name, integer=True, nonzero=True)


def scalar(name: str, *properties: str) -> Symbol:
    """A scalar variable; real unless it is said to be complex."""
    return Symbol(name, complex=True) if "complex" in properties else Symbol(name, real=True)


def matrix(name: str, rows: Any, cols: Any, *properties: str) -> MatrixSymbol:
    """A matrix variable of shape rows×cols; a vector of length n is n×1."""
    return StructuredSymbol(name, rows, cols, *properties)


def family(name: str, rows: Any, cols: Any, *properties: str, shown: str) -> FamilySymbol:
    """The array of all samples called ``name``, which is shown as ``shown``."""
    made: FamilySymbol = FamilySymbol(name, rows, cols, shown, *properties)
    return made


def properties_of(node: Basic) -> frozenset[str]:
    """The declared properties of a variable; none for anything else."""
    return node.properties if isinstance(node, StructuredSymbol) else frozenset()


# ---------------------------------------------------------------- shapes
def shape_of(node: Any) -> Shape:
    """``()`` for a scalar, ``(rows, cols)`` for a matrix."""
    return tuple(node.shape) if isinstance(node, MatrixExpr) else ()


def is_scalar(node: Any) -> bool:
    return not isinstance(node, MatrixExpr)


def is_column(node: Any) -> bool:
    return isinstance(node, MatrixExpr) and node.shape[1] == S.One


def is_row(node: Any) -> bool:
    return isinstance(node, MatrixExpr) and node.shape[0] == S.One


def is_expression(arg: Any) -> bool:
    return isinstance(arg, (Expr, MatrixExpr))


def size_of(node: Any) -> Expr:
    """The number of entries."""
    shape = shape_of(node)
    return Integer(1) if shape == () else shape[0] * shape[1]


def show_shape(shape: Shape) -> str:
    """``m×n``; ``scalar``."""
    return "×".join(f"({d})" if d.is_Add else str(d) for d in shape) if shape else "scalar"


# ---------------------------------------------------------------- walking
def operands(node: Any) -> tuple[Any, ...]:
    """The sub-expressions of a node; none for a symbol, a number or a constant matrix."""
    if isinstance(node, Node):
        return node.operands
    if isinstance(node, MatrixExpr):  # SymPy's symbols and constant matrices: their arguments are names and sizes
        return ()
    return tuple(node.args)


def _leaves(node: Any) -> tuple[Any, ...]:
    """What a node is made of, without its operands; a symbol, a number or a constant matrix itself."""
    if isinstance(node, Node):
        return tuple(arg for arg in node.args if not is_expression(arg))
    return () if operands(node) else (node,)


def open_operands(node: Any) -> tuple[Any, ...]:
    """What the value of a node is made of; of a sum, whose body has no single value, the variables in it."""
    return node.variables if getattr(node, "binds", False) else operands(node)


def postorder(*roots: Any, skip: Container[Any] = ()) -> Iterator[Any]:
    """Every distinct node below the roots once, operands first; not what is in ``skip`` or only below that."""
    seen: set[Any] = set()
    stack: list[tuple[Any, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
        elif node not in seen and node not in skip:
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(operands(node)) if child not in seen)


def rebuild(node: Any, new_operands: Iterable[Any]) -> Any:
    """The same operator on other operands, through the canonical constructor."""
    fresh = iter(new_operands)
    old = node.args
    new = tuple(next(fresh) if is_expression(a) else a for a in old) if isinstance(node, Node) else tuple(fresh)
    if len(old) == len(new) and all(a is b for a, b in zip(old, new, strict=True)):
        return node
    return BUILDERS.get(node.func, node.func)(*new)


#: How functions of SymPy's are built; `entrywise` fills it in.
BUILDERS: dict[type, Callable[[Any], Any]] = {}


def transform(root: Any, rule: Callable[[Any], Any], memo: dict[Any, Any] | None = None) -> Any:
    """Rewrite bottom-up: every distinct node is rebuilt from its rewritten operands, then given to ``rule``."""
    memo = {} if memo is None else memo
    for node in postorder(root, skip=memo):
        children = operands(node)
        memo[node] = rule(rebuild(node, [memo[c] for c in children]) if children else node)
    return memo[root]


def replace(root: Any, table: Mapping[Any, Any]) -> Any:
    """Replace nodes by others of the same shape, bottom-up; what is replaced is not looked into."""
    memo: dict[Any, Any] = dict(table)
    return transform(root, lambda node: node, memo) if table else root


def depends_on(root: Any, variables: Iterable[Any]) -> set[Any]:
    """The distinct nodes below ``root`` (itself included) in which one of the variables occurs."""
    hit: set[Any] = set(variables)
    for node in postorder(root):
        if node not in hit and any(child in hit for child in operands(node)):
            hit.add(node)
    return hit


def contains(root: Any, variable: Any) -> bool:
    return any(node == variable for node in postorder(root))


# ---------------------------------------------------------------- order
SortKey: TypeAlias = "tuple[int, str, int, str, bytes]"

#: So much of the names in an expression, in the order in which they stand, decides about its place.
NAMES_COMPARED = 60

#: Keys of SymPy's own nodes (ours carry theirs); emptied when it grows large.
_KEYS: dict[Any, SortKey] = {}


def sort_key(node: Any) -> SortKey:
    """A total order that is the same in every run: rank, leading name, size, all names, digest of the structure."""
    found = _known_key(node)
    if found is None:
        if len(_KEYS) > 50_000:
            _KEYS.clear()
        for one in postorder(node, skip=_Keyed()):
            found = _key(one)
            if isinstance(one, Node):
                one.key = found
            else:
                _KEYS[one] = found
    assert found is not None
    return found


class _Keyed(Container[Any]):
    """The nodes whose key is known."""

    def __contains__(self, node: Any) -> bool:
        return _known_key(node) is not None


def _known_key(node: Any) -> SortKey | None:
    return node.__dict__.get("key") if isinstance(node, Node) else _KEYS.get(node)


def _key(node: Any) -> SortKey:
    children = [sort_key(c) for c in operands(node)]
    digest = blake2b(_head(node).encode(), digest_size=8)
    for child in children:
        digest.update(child[4])
    if isinstance(node, (Symbol, MatrixSymbol)):
        greek = isinstance(node, Symbol) and "α" <= node.name[:1].casefold() <= "ω"
        lead = names = " " * greek + _letter_order(node.name)  # λt: Greek scalars stand first
    else:
        lead = min((c[1] for c in children), default=_head(node))
        names = " ".join(c[3] for c in children)[:NAMES_COMPARED]
    return (_rank(node), lead, 1 + sum(c[2] for c in children), names, digest.digest())


def _head(node: Any) -> str:
    """What tells a node from others with the same operands: its class, names, sizes and numbers."""
    if isinstance(node, Node):
        return type(node).__name__ + "|" + "|".join(str(a) for a in node.args if not is_expression(a))
    if node.args and not isinstance(node, MatrixExpr):
        return type(node).__name__
    return f"{type(node).__name__}|{node}|{shape_of(node)}|{sorted(properties_of(node))}"


def _letter_order(name: str) -> str:
    """Alphabetical, a capital beside its small letter, A_2 before A_10."""
    return re.sub(r"[0-9]+", lambda digits: digits[0].zfill(6), name.casefold() + name.swapcase())


def _rank(node: Any) -> int:
    if isinstance(node, Node):
        return node.rank - getattr(node, "derivative_order", 0)  # θ′(z) stands before θ(z)
    if isinstance(node, (Symbol, MatrixSymbol)):
        return 1
    if isinstance(node, MatrixExpr) or node.is_number:
        return 0
    return 8 if node.is_Add else 6 if node.is_Mul else 2 if node.is_Pow else 3
