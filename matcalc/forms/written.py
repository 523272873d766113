"""Expressions of numeric sizes written out entry by entry: an interpreter from our nodes to SymPy matrices.

W of 2×2 is [[w_11, w_12], [w_21, w_22]], x of length 2 (x_1, x_2). :class:`Written` has two ways to write functions: as
SymPy functions, whose derivatives SymPy knows (for proofs), or as they are printed, σ(t), with the named intermediates
z_1, z_2 as entries of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

import sympy
from sympy import Function, Integer, Matrix, Symbol
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr, MatrixSymbol
from sympy.matrices.expressions.special import Identity, OneMatrix, ZeroMatrix

from ..algebra import AbstractFunction, ScalarNode, elementwise, is_named, operands, postorder, properties_of, shape_of
from ..algebra import nodes as nd
from ..errors import DerivationError, LimitError
from ..operators import abstract as ab
from ..operators import determinants as dt
from ..operators import matrix_powers as mp
from ..operators import reductions as rd
from ..operators import vech as vh
from .entries import Component

#: Arrays of more entries than this are not written out.
MOST_ENTRIES = 256
#: Inverses and determinants of larger matrices are too long to write out.
LARGEST_INVERSE = 3


# ---------------------------------------------------------------- symbols
def entry_names(node: Any, taken: Collection[str]) -> str:
    """The letter of the entries: small, w for W, unless that names something else."""
    name = str(node.name)
    small = name[0].lower() + name[1:]
    return name if small in taken and small != name else small


def entries_of(node: Any, taken: Collection[str] = ()) -> Matrix:
    """The matrix of a variable's entries, as its declared properties make them: symmetric, diagonal, …"""
    rows, cols = numeric(node)
    letter, marks = entry_names(node, taken), properties_of(node)
    return Matrix(rows, cols, lambda i, j: _entry(letter, marks, i, j, (rows, cols)))


def _entry(letter: str, marks: Collection[str], i: int, j: int, shape: tuple[int, int]) -> Any:
    sign = 1
    if ("diagonal" in marks and i != j) or ("lower" in marks and i < j) or ("upper" in marks and i > j):
        return Integer(0)
    if "skew" in marks:
        sign = 0 if i == j else 1
    if {"symmetric", "spd", "skew"} & set(marks) and i > j:
        i, j, sign = j, i, -sign if "skew" in marks else sign
    numbers = [k + 1 for k, size in zip((i, j), shape, strict=True) if size != 1] or [1]
    gap = "," if max(numbers) > 9 else ""
    subscript = gap.join(map(str, numbers))
    stem, _, own = letter.partition("_")
    return sign * Symbol(f"{stem}_{{{own.strip('{}') + ',' if own else ''}{subscript}}}", real=True)


def numeric(node: Any) -> tuple[int, int]:
    """The shape in numbers. Raises DerivationError for a symbolic size, LimitError for one too large."""
    shape = shape_of(node) or (Integer(1), Integer(1))
    if not all(size.is_Integer for size in shape):
        raise DerivationError(
            f"the explicit form needs numeric sizes, but {node} is {'×'.join(map(str, shape))}",
            hint="declare small sizes: W: 2×2",
        )
    rows, cols = (int(size) for size in shape)
    if rows * cols > MOST_ENTRIES:
        raise LimitError(f"{node} has {rows * cols} entries, more than the {MOST_ENTRIES} that are written out")
    return rows, cols


# ---------------------------------------------------------------- functions
@cache
def _unspecified(name: str, order: int) -> Any:
    """θ, θ′, θ″ as SymPy functions of one argument."""
    members = {
        "nargs": 1,
        "is_real": True,
        "fdiff": lambda self, argindex=1: _unspecified(name, order + 1)(self.args[0]),
    }
    return type(name + "′" * order, (Function,), members)


@cache
def _unspecified_field(name: str, component: int, by: tuple[int, ...]) -> Any:
    """∂…h_c as a SymPy function of the entries of its argument; ``by`` are the entries it was differentiated by."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return _unspecified_field(name, component, tuple(sorted((*by, argindex))))(*self.args)

    label = f"{name}[{component}]" + "".join(f"_{k}" for k in by)
    return type(label, (Function,), {"is_real": True, "fdiff": fdiff})


_t = Symbol("t", real=True)
#: Functions that SymPy does not have, by their definitions.
DEFINITIONS: dict[str, Any] = {
    "log1p": sympy.log(1 + _t),
    "expm1": sympy.exp(_t) - 1,
    "step": sympy.Piecewise((1, _t > 0), (0, True)),
    "Phi": (1 + sympy.erf(_t / sympy.sqrt(2))) / 2,
    "normal_density": sympy.exp(-(_t**2) / 2) / sympy.sqrt(2 * sympy.pi),
    "sigmoid": 1 / (1 + sympy.exp(-_t)),
    "softplus": sympy.log(1 + sympy.exp(_t)),
    "logsigmoid": -sympy.log(1 + sympy.exp(-_t)),
    "relu": sympy.Piecewise((_t, _t > 0), (0, True)),
    "leaky_relu": sympy.Piecewise((_t, _t > 0), (_t / 100, True)),
    "leaky_step": sympy.Piecewise((1, _t > 0), (sympy.Rational(1, 100), True)),
    "elu": sympy.Piecewise((_t, _t > 0), (sympy.exp(_t) - 1, True)),
    "gelu": _t * (1 + sympy.erf(_t / sympy.sqrt(2))) / 2,
    "silu": _t / (1 + sympy.exp(-_t)),
    "digamma": sympy.polygamma(0, _t),
    "trigamma": sympy.polygamma(1, _t),
}


def as_sympy(function: Any, t: Any, *parameters: Any) -> Any:
    """φ(t) as SymPy knows it: abstract functions as unspecified ones, others by their definitions."""
    if isinstance(function, AbstractFunction):
        return _unspecified(function.name, function.order)(t)
    name = str(function)
    if name == "huber":
        (delta,) = parameters
        return sympy.Piecewise((t**2 / 2, sympy.Abs(t) <= delta), (delta * (sympy.Abs(t) - delta / 2), True))
    return DEFINITIONS[name].subs(_t, t) if name in DEFINITIONS else elementwise(name, t)


def as_printed(function: Any, t: Any, *parameters: Any) -> Any:
    """φ(t) as it is printed."""
    return elementwise(function, t, *parameters)


# ---------------------------------------------------------------- the interpreter
class Written:
    """Expressions as SymPy matrices (scalars as SymPy scalars), each node once.

    ``printed``: functions as they are printed and named intermediates as symbols, else everything for SymPy.
    ``given`` has the entries of variables that are not to be made from their names.
    """

    def __init__(self, printed: bool, taken: Collection[str] = (), given: Mapping[Any, Any] | None = None) -> None:
        self.printed = printed
        self.taken = taken
        self.function = as_printed if printed else as_sympy
        self.memo: dict[Any, Any] = dict(given or {})

    def __call__(self, root: Any) -> Any:
        """The value of an expression. Raises DerivationError for what has no formula in its entries."""
        for node in postorder(root, skip=self.memo):
            self.memo[node] = self._value(node)
        return self.memo[root]

    def matrix(self, root: Any) -> Matrix:
        """The value as a matrix: 1×1 for a scalar."""
        value = self(root)
        return value if isinstance(value, sympy.MatrixBase) else Matrix([[value]])

    def _value(self, node: Any) -> Any:
        numeric(node)
        if self.printed and is_named(node):
            return entries_of(node, self.taken) if isinstance(node, MatrixExpr) else Symbol(node.name, real=True)
        rule = next((RULES[cls] for cls in type(node).__mro__ if cls in RULES), None)
        if rule is not None:
            return rule(self, node, *(self.memo[c] for c in operands(node)))
        if isinstance(node, (MatrixExpr, ScalarNode)):
            raise DerivationError(f"{node} has no formula in its entries that could be written out")
        return node.func(*(self.memo[c] for c in node.args)) if node.args else node


# ---------------------------------------------------------------- one rule a node type
def _each(rule: Callable[..., Any]) -> Callable[..., Any]:
    """Entry by entry: ``rule`` on the entries of matrices of one shape."""

    def write(to: Written, node: Any, *values: Any) -> Any:
        first = values[0]
        return Matrix(*first.shape, lambda i, j: rule(*(v[i, j] for v in values)))

    return write


def _elementwise(to: Written, node: Any, x: Any, *parameters: Any) -> Any:
    return x.applyfunc(lambda t: to.function(node.args[0], t, *parameters))


def _product(to: Written, node: Any, *values: Any) -> Any:
    out = values[-1]
    for one in reversed(values[:-1]):
        out = one * out if isinstance(one, sympy.MatrixBase) else _scaled(one, out)
    return out


def _scaled(c: Any, a: Any) -> Any:
    """c A; the multiplication of SymPy's matrices takes our scalars for arrays."""
    return a.applyfunc(lambda t: c * t)


def _vec(a: Any) -> Matrix:
    """The columns of a matrix, stacked."""
    return Matrix([a[i, j] for j in range(a.cols) for i in range(a.rows)])


def _unvec(v: Any, rows: int, cols: int) -> Matrix:
    return Matrix(rows, cols, lambda i, j: v[i + j * rows])


def _small(a: Any, node: Any) -> Any:
    if a.rows > LARGEST_INVERSE:
        raise LimitError(f"{node} is too long to write out: at most {LARGEST_INVERSE}×{LARGEST_INVERSE}")
    return a


def _inverse(to: Written, node: Any, a: Any) -> Any:
    return _scaled(1 / a.det(method="berkowitz"), _small(a, node).adjugate())


def _det(to: Written, node: Any, a: Any) -> Any:
    return _small(a, node).det(method="berkowitz")


def _whole(k: Any, node: Any) -> int:
    if not k.is_Integer:
        raise DerivationError(f"{node} has no formula in its entries: its exponent is no number")
    return int(k)


def _power_sum(to: Written, node: Any, x: Any, e: Any, k: Any) -> Any:
    """Σ X^i E X^{k−1−i}."""
    last = _whole(k, node) - 1
    terms = [x**i * e * x ** (last - i) for i in range(last + 1)]
    return sum(terms[1:], terms[0])


def _kronecker(to: Written, node: Any, *values: Any) -> Any:
    out = values[0]
    for b in values[1:]:
        a = out
        out = Matrix(
            a.rows * b.rows,
            a.cols * b.cols,
            lambda i, j, a=a, b=b: a[i // b.rows, j // b.cols] * b[i % b.rows, j % b.cols],
        )
    return out


def _block_sum(to: Written, node: Any, a: Any, m: Any) -> Any:
    p, q = m.rows // a.rows, m.cols // a.cols
    out = sympy.zeros(p, q)
    for i in range(a.rows):
        for j in range(a.cols):
            out += _scaled(a[i, j], m[i * p : (i + 1) * p, j * q : (j + 1) * q])
    return out


def _block_inner(to: Written, node: Any, m: Any, b: Any) -> Any:
    return Matrix(
        m.rows // b.rows,
        m.cols // b.cols,
        lambda i, j: sum(m[i * b.rows + k, j * b.cols + l] * b[k, l] for k in range(b.rows) for l in range(b.cols)),
    )


def _block(to: Written, node: Any, *values: Any) -> Any:
    rows, cols = (int(k) for k in node.args[0])
    parts = [v if isinstance(v, sympy.MatrixBase) else Matrix([[v]]) for v in values]
    return Matrix.vstack(*(Matrix.hstack(*parts[i * cols : (i + 1) * cols]) for i in range(rows)))


def _commutation(to: Written, node: Any) -> Any:
    m, n = (int(k) for k in node.args[0])
    return Matrix(m * n, m * n, lambda r, c: int(divmod(r, n) == divmod(c, m)[::-1]))  # (Xᵀ)_ji = X_ij


def _diagonal_selection(to: Written, node: Any) -> Any:
    n = int(node.args[0][0])
    return Matrix(n * n, n, lambda r, c: int(r == c * (n + 1)))


def _triangle_places(n: int) -> list[tuple[int, int]]:
    """Row and column of the entries of vech."""
    return [(i, j) for j in range(n) for i in range(j, n)]


def _vech(to: Written, node: Any, a: Any) -> Any:
    return Matrix([a[place] for place in _triangle_places(a.rows)])


def _elimination(to: Written, node: Any) -> Any:
    """L_n vec X = vech X."""
    n = int(node.args[0][0])
    places = _triangle_places(n)
    return Matrix(len(places), n * n, lambda r, c: int(divmod(c, n) == places[r][::-1]))


def _duplication(to: Written, node: Any) -> Any:
    """D_n vech X = vec X for symmetric X."""
    n = int(node.args[0][0])
    places = _triangle_places(n)
    return Matrix(n * n, len(places), lambda r, c: int(divmod(r, n) in (places[c], places[c][::-1])))


def _unit_vector(to: Written, node: Any) -> Any:
    i, n = node.args[0]
    return Matrix(int(n), 1, lambda r, c: int(r + 1 == i))


def _rows(a: Any, node: Any) -> list[list[Any]]:
    """What softmax and lse work on: the whole of a column, else every row."""
    return [list(a)] if a.cols == 1 else [list(a[i, :]) for i in range(a.rows)]


def _exp_sum(entries: Any) -> Any:
    return sum(sympy.exp(t) for t in entries)


def _softmax(to: Written, node: Any, a: Any) -> Any:
    found = [sympy.exp(t) / _exp_sum(row) for row in _rows(a, node) for t in row]
    return Matrix(a.rows, a.cols, found)


def _logsoftmax(to: Written, node: Any, a: Any) -> Any:
    found = [t - sympy.log(_exp_sum(row)) for row in _rows(a, node) for t in row]
    return Matrix(a.rows, a.cols, found)


def _field(to: Written, node: Any, at: Any) -> Any:
    """g(X), ∇g(X), ∇²g(X), h(X), J_h(X) by the entries of X, column by column."""
    if to.printed:
        return node if node.shape == () else Matrix(*numeric(node), lambda i, j: _numbered(node, i, j))
    arguments = list(_vec(at))
    count = len(arguments)
    if isinstance(node, ab.ScalarField):
        return _unspecified_field(node.name, 0, ())(*arguments)
    if isinstance(node, ab.Gradient):
        return _unvec([_unspecified_field(node.name, 0, (k + 1,))(*arguments) for k in range(count)], *at.shape)
    if isinstance(node, ab.HessianMatrix):
        by = [[tuple(sorted((a + 1, b + 1))) for b in range(count)] for a in range(count)]
        return Matrix(count, count, lambda a, b: _unspecified_field(node.name, 0, by[a][b])(*arguments))
    if isinstance(node, ab.VectorField):
        rows, cols = numeric(node)
        return _unvec([_unspecified_field(node.name, c, ())(*arguments) for c in range(rows * cols)], rows, cols)
    rows, _ = numeric(node)
    return Matrix(rows, count, lambda c, k: _unspecified_field(node.name, c, (k + 1,))(*arguments))


def _numbered(node: Any, i: int, j: int) -> Any:
    """The entry in row i and column j, counted from 0, of what is not written out further: ∇g(x)₁."""
    return Component.make(node, *(Str(str(k + 1)) for k, size in zip((i, j), node.shape, strict=True) if size != 1))


RULES: dict[type, Callable[..., Any]] = {
    MatrixSymbol: lambda to, node: entries_of(node, to.taken),
    Identity: lambda to, node: sympy.eye(int(node.shape[0])),
    OneMatrix: lambda to, node: sympy.ones(*numeric(node)),
    ZeroMatrix: lambda to, node: sympy.zeros(*numeric(node)),
    nd.MatSum: lambda to, node, *v: sum(v[1:], v[0]),
    nd.MatProduct: _product,
    nd.Transpose: lambda to, node, a: a.T,
    nd.Inverse: _inverse,
    nd.MatPower: lambda to, node, a, k: a ** _whole(k, node),
    mp.PowerSum: _power_sum,
    nd.Trace: lambda to, node, a: a.trace(),
    nd.Frobenius: lambda to, node, a, b: sum(x * y for x, y in zip(a, b, strict=True)),
    nd.Norm: lambda to, node, a: sympy.sqrt(sum(x**2 for x in a)),
    nd.Total: lambda to, node, a: sum(a),
    nd.Hadamard: _each(sympy.Mul),
    nd.HadamardPower: lambda to, node, a, p: a.applyfunc(lambda t: t**p),
    nd.Elementwise: _elementwise,
    nd.ElementwiseScalar: lambda to, node, t, *more: to.function(node.args[0], t, *more),
    nd.EntrywiseMax: _each(sympy.Max),
    nd.EntrywiseMin: _each(sympy.Min),
    nd.DiagMatrix: lambda to, node, v: Matrix(len(v), len(v), lambda i, j: v[i] if i == j else 0),
    nd.DiagVector: lambda to, node, a: a.diagonal().T,
    nd.Kronecker: _kronecker,
    nd.Vec: lambda to, node, a: _vec(a),
    nd.Unvec: lambda to, node, v, *sizes: _unvec(v, *numeric(node)),
    nd.Commutation: _commutation,
    nd.DiagonalSelection: _diagonal_selection,
    nd.BlockSum: _block_sum,
    nd.BlockInner: _block_inner,
    vh.Vech: _vech,
    vh.Duplication: _duplication,
    vh.Elimination: _elimination,
    nd.UnitVector: _unit_vector,
    nd.Block: _block,
    nd.Triangle: lambda to, node, a: a.lower_triangular() if node.lower else a.upper_triangular(),
    nd.Named: lambda to, node, a: a,
    nd.NamedScalar: lambda to, node, t: t,
    dt.Det: _det,
    dt.LogDet: lambda to, node, a: sympy.log(_det(to, node, a)),
    rd.MaxEntry: lambda to, node, a: sympy.Max(*a),
    rd.LogSumExp: lambda to, node, a: sympy.log(_exp_sum(a)),
    rd.RowLogSumExp: lambda to, node, a: Matrix([sympy.log(_exp_sum(a[i, :])) for i in range(a.rows)]),
    rd.Softmax: _softmax,
    rd.LogSoftmax: _logsoftmax,
    ab.ScalarField: _field,
    ab.Gradient: _field,
    ab.HessianMatrix: _field,
    ab.VectorField: _field,
    ab.JacobianMatrix: _field,
}
