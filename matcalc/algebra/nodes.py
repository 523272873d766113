"""The node types. Each is built by the constructor of its name in the other modules of this room, which canonicalises;
``Node.make`` builds exactly what it is told and is for the constructors and for steps of a derivation alone.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from sympy import Integer, Symbol
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from .core import MatrixNode, Node, ScalarNode, Shape, operands, postorder, rebuild, shape_of

#: Node class → its canonical constructor.
CONSTRUCTORS: dict[type, Callable[..., Any]] = {}
#: How a node transposes, where that is not Transpose(…).
TRANSPOSED: dict[type, Callable[[Any], Any]] = {}
#: When a node's value is known to be symmetric.
SYMMETRIC: dict[type, Callable[[Any], bool]] = {}


class _Canonical(Node):
    """A node whose class, called, canonicalises: ``cls(*args)`` is what SymPy's rebuilding and pickling call."""

    def __new__(cls, *args: Any) -> Any:
        return CONSTRUCTORS[cls](*args)


# ---------------------------------------------------------------- linear structure
class MatSum(_Canonical, MatrixNode):
    """A + B + …, terms collected and ordered."""

    rank = 8


class MatProduct(_Canonical, MatrixNode):
    """c A B …: a scalar coefficient (left out when 1), then matrices; never 1×1."""

    rank = 6

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        factors = [a for a in args if isinstance(a, MatrixExpr)]
        return (factors[0].shape[0], factors[-1].shape[1])

    @property
    def coefficient(self) -> Any:
        first = self.args[0]
        return Integer(1) if isinstance(first, MatrixExpr) else first

    @property
    def factors(self) -> tuple[Any, ...]:
        return tuple(self.args if isinstance(self.args[0], MatrixExpr) else self.args[1:])


class Transpose(_Canonical, MatrixNode):
    """Xᵀ of a matrix that does not transpose by itself."""

    rank = 2

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        rows, cols = shape_of(args[0])
        return (cols, rows)


class Inverse(_Canonical, MatrixNode):
    """X⁻¹."""

    rank = 2


class MatPower(_Canonical, MatrixNode):
    """X^k for a symbolic or large integer k; small powers are products."""

    rank = 2


class Trace(_Canonical, ScalarNode):
    """tr X."""

    rank = 4


class Frobenius(_Canonical, ScalarNode):
    """A : B = tr(AᵀB) = Σ A_ij B_ij; for vectors the inner product."""

    rank = 4


class Norm(_Canonical, ScalarNode):
    """‖X‖, the Euclidean norm of a vector and the Frobenius norm of a matrix."""

    rank = 4
    is_nonnegative = True


class Total(_Canonical, ScalarNode):
    """𝟏ᵀX𝟏, the sum of all entries."""

    rank = 4

    def _eval_is_nonnegative(self) -> bool | None:
        return True if has_nonnegative_entries(self.args[0]) else None


def has_nonnegative_entries(a: Any) -> bool:
    """Are the entries known not to be negative: |X|, exp X, even powers and powers of such?"""
    if isinstance(a, HadamardPower):
        return bool(a.args[1].is_even) or has_nonnegative_entries(a.args[0])
    if isinstance(a, Hadamard):
        return all(has_nonnegative_entries(f) for f in a.args)
    return isinstance(a, Elementwise) and str(a.args[0]) in ("abs", "exp", "relu", "sigmoid", "softplus")


# ---------------------------------------------------------------- entry by entry
class Hadamard(_Canonical, MatrixNode):
    """A ⊙ B ⊙ …, factors collected and ordered."""

    rank = 6


class HadamardPower(_Canonical, MatrixNode):
    """X^{⊙p}, every entry to the power p (a scalar); p = −1 is the entrywise reciprocal."""

    rank = 2


class Elementwise(_Canonical, MatrixNode):
    """φ(X) entry by entry; further arguments are scalars: huber(R, δ)."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        return shape_of(args[1])

    @property
    def function(self) -> Any:
        return self.args[0]

    @property
    def derivative_order(self) -> int:
        """How many primes an unspecified function bears; 0 for a known one."""
        return getattr(self.args[0], "order", 0)


class ElementwiseScalar(_Canonical, ScalarNode):
    """φ(t) of a scalar, for the functions that SymPy does not know."""

    rank = 3

    @property
    def function(self) -> Any:
        return self.args[0]


class EntrywiseMax(_Canonical, MatrixNode):
    """max(A, B) entry by entry."""

    rank = 3


class EntrywiseMin(_Canonical, MatrixNode):
    """min(A, B) entry by entry."""

    rank = 3


# ---------------------------------------------------------------- rearrangements
class DiagMatrix(_Canonical, MatrixNode):
    """Diag(v), the diagonal matrix of a vector."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        n = shape_of(args[0])[0]
        return (n, n)


class DiagVector(_Canonical, MatrixNode):
    """diag(X), the diagonal of a square matrix as a vector."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        return (shape_of(args[0])[0], Integer(1))


class Triangle(_Canonical, MatrixNode):
    """tril(X) or triu(X), the other entries zero: ``Triangle(X, Str('tril'))``."""

    rank = 3

    @property
    def lower(self) -> bool:
        return str(self.args[1]) == "tril"


class Kronecker(_Canonical, MatrixNode):
    """A ⊗ B."""

    rank = 6

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        rows, cols = Integer(1), Integer(1)
        for a in args:
            rows, cols = rows * a.shape[0], cols * a.shape[1]
        return (rows, cols)


class Vec(_Canonical, MatrixNode):
    """vec X, the columns of X stacked."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        rows, cols = shape_of(args[0])
        return (rows * cols, Integer(1))


class Unvec(_Canonical, MatrixNode):
    """The m×n matrix whose vec is the vector: ``Unvec(v, Tuple(m, n))``."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        return tuple(args[1])


class Commutation(MatrixNode):
    """K_mn, with K_mn vec X = vec Xᵀ for X m×n: ``Commutation(Tuple(m, n))``."""

    rank = 0

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        m, n = args[0]
        return (m * n, m * n)


class DiagonalSelection(MatrixNode):
    """E_n = Σ_i (e_i ⊗ e_i) e_iᵀ, with vec Diag(x) = E_n x: ``DiagonalSelection(Tuple(n))``."""

    rank = 0

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        n = args[0][0]
        return (n * n, n)


class BlockSum(_Canonical, MatrixNode):
    """Σ_ij A_ij M_[ij], M_[ij] the blocks of M: the adjoint of A ⊗ X. ``BlockSum(A, M)``."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        (k, l), (p, q) = shape_of(args[0]), shape_of(args[1])
        return (p / k, q / l)


class BlockInner(_Canonical, MatrixNode):
    """[M_[pq] : B]_pq, M_[pq] the blocks of M of B's shape: the adjoint of X ⊗ B. ``BlockInner(M, B)``."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        (p, q), (k, l) = shape_of(args[0]), shape_of(args[1])
        return (p / k, q / l)


class UnitVector(MatrixNode):
    """e_i of length n, i counted from 1: ``UnitVector(Tuple(i, n))``."""

    rank = 0

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        return (args[0][1], Integer(1))


class Block(MatrixNode):
    """Blocks in rows: ``Block(Tuple(rows, cols), A11, A12, …)``, row by row."""

    rank = 7

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        rows, cols = (int(k) for k in args[0])
        parts = args[1:]
        height = sum((block_shape(parts[i * cols])[0] for i in range(rows)), Integer(0))
        width = sum((block_shape(parts[j])[1] for j in range(cols)), Integer(0))
        return (height, width)


def block_shape(part: Any) -> tuple[Any, Any]:
    """The shape of a block; a scalar is 1×1."""
    return shape_of(part) or (Integer(1), Integer(1))


# ---------------------------------------------------------------- names and differentials
class Named(_Canonical, MatrixNode):
    """An intermediate result with a name of its own, such as z = Wx: ``Named(Str('z'), W x)``."""

    rank = 1

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Shape:
        return shape_of(args[1])

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def definition(self) -> Any:
        return self.args[1]


class NamedScalar(_Canonical, ScalarNode):
    """A scalar intermediate result with a name of its own."""

    rank = 1

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def definition(self) -> Any:
        return self.args[1]


class Differential(MatrixNode):
    """dX, the differential of an expression: the direction itself for a variable."""

    rank = 9


class DifferentialScalar(ScalarNode):
    """dt, the differential of a scalar."""

    rank = 9


def is_named(node: Any) -> bool:
    return isinstance(node, (Named, NamedScalar))


def definition_of(node: Any) -> Any:
    """What a named result stands for; anything else itself."""
    return node.definition if is_named(node) else node


def named(name: str, expression: Any) -> Any:
    """The same value under a name."""
    scalar = not isinstance(expression, MatrixExpr)
    return (NamedScalar if scalar else Named).make(Str(name), expression)


def differential_of(node: Any) -> Any:
    """The symbol d(node), of the node's shape."""
    return (Differential if isinstance(node, MatrixExpr) else DifferentialScalar).make(node)


def named_nodes(*roots: Any) -> list[Any]:
    """The named intermediates below nodes, definitions before uses."""
    return [n for n in postorder(*roots) if is_named(n)]


class _Opaque(Container[Any]):
    """What is known already, and every name: a walk does not enter them."""

    def __init__(self, known: Mapping[Any, Any]) -> None:
        self.known = known

    def __contains__(self, node: Any) -> bool:
        return node in self.known or is_named(node)


def replace_outside_names(root: Any, table: Mapping[Any, Any]) -> Any:
    """Replace nodes by others of the same shape, but not within what a name stands for."""
    memo: dict[Any, Any] = dict(table)
    for node in postorder(root, skip=_Opaque(memo)):
        memo[node] = rebuild(node, [memo.get(c, c) for c in operands(node)]) if operands(node) else node
    return memo.get(root, root)


def is_leaf(node: Any) -> bool:
    """A symbol, a number or a constant matrix."""
    return not operands(node)


def is_symbol(node: Any) -> bool:
    return isinstance(node, Symbol) or (
        isinstance(node, MatrixExpr) and not isinstance(node, Node) and hasattr(node, "name")
    )


def is_differential(node: Any) -> bool:
    return isinstance(node, (Differential, DifferentialScalar))


def variable_key(node: Any) -> Any:
    """What variables that take the same array have in common: whether it is a differential, and the name."""
    if is_differential(node):
        inner = node.args[0]
        return ("d", inner.name if is_symbol(inner) else inner)
    return ("", node.name)


def is_dimension(node: Any) -> bool:
    """Is the symbol a size?"""
    return isinstance(node, Symbol) and bool(node.is_integer and node.is_positive)


def is_index(node: Any) -> bool:
    """Is the symbol a place, as k in e_k: a whole number from 1 on that the caller passes?"""
    return isinstance(node, Symbol) and bool(node.is_integer) and not is_dimension(node)
