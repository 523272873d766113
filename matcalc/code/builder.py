"""The builder of array programs: a method for every instruction, and the few formulas that operators share."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from math import prod
from typing import Any

from sympy import Integer, Min, S

from ..algebra import is_complex_symbol
from ..errors import CompileError
from .program import Callee, Dims, Input, Value, is_number
from .sizes import Sizes

#: The largest double is 2¹⁰²⁴ (1 − 2⁻⁵³).
LARGEST_NUMBER = 2**1023
#: Instructions that may be there already with their two operands in the other order, to the last bit.
COMMUTATIVE = frozenset({"add", "multiply", "maximum", "minimum"})


class Builder:
    """Writes instructions; the same instruction on the same operands is written once, and so is a ⊙ b for b ⊙ a."""

    def __init__(
        self,
        inputs: Sequence[Input] = (),
        guesses: Mapping[str, int] | None = None,
        *,
        fast_math: bool = False,
        without: Collection[str] = (),
    ) -> None:
        """``fast_math`` opens residuals where that is cheaper; ``without`` names habits to do without."""
        self.fast_math, self.without = fast_math, frozenset(without)
        self._table: dict[tuple[Hashable, ...], Value] = {}
        self.names: dict[Value, str] = {}
        self.hints: dict[Value, str] = {}
        self.inputs = tuple(inputs)
        self.complex = any(is_complex_symbol(one.symbol) for one in self.inputs)
        self.size = Sizes(self, self.inputs, guesses)

    def make(self, op: str, operands: Sequence[Value], attributes: Sequence[Any], shape: Dims) -> Value:
        """The value of this instruction."""
        numbers = tuple(v.number for v in operands)
        key = (op, numbers, tuple(attributes), tuple(shape))
        found = self._table.get(key)
        if found is None and op in COMMUTATIVE:
            found = self._table.get((op, numbers[::-1], *key[2:]))
        if found is None:
            found = Value(op, tuple(operands), tuple(attributes), tuple(shape), len(self._table))
            self._table[key] = found
        return found

    def name(self, value: Value, name: str) -> Value:
        """Suggest a name for a computed value; the first suggestion stays."""
        if value.op not in ("input", "number", "size"):
            self.names.setdefault(value, name)
        return value

    def hint(self, value: Value, name: str) -> Value:
        """What the value may be called, should it need a name."""
        self.hints.setdefault(value, name)
        return value

    # ------------------------------------------------------------ given
    def input(self, one: Input) -> Value:
        return self.make("input", (), (one.symbol,), one.declared)

    def number(self, expression: Any) -> Value:
        """A number known when the program is written. Raises CompileError where a double cannot hold it."""
        expression = S(expression)
        if expression.is_Rational and abs(expression) > LARGEST_NUMBER:
            raise CompileError("a number in this expression is too large for a floating-point number")
        return self.make("number", (), (expression,), ())

    def size_of(self, array: Value, axis: int) -> Value:
        return self.make("size", (array,), (axis,), ())

    # ------------------------------------------------------------ entry by entry
    def _entrywise(self, op: str, a: Value, b: Value) -> Value:
        return self.make(op, (a, b), (), broadcast_shapes(a.shape, b.shape))

    def add(self, a: Value, b: Value) -> Value:
        if is_number(a, 0):
            return b
        if is_number(b, 0):
            return a
        if is_number(a) and is_number(b):
            return self.number(a.attributes[0] + b.attributes[0])
        if b.op == "negative":
            return self.subtract(a, b.operands[0])
        return self._entrywise("add", a, b)

    def subtract(self, a: Value, b: Value) -> Value:
        if is_number(b, 0):
            return a
        if is_number(a, 0):
            return self.negative(b)
        if is_number(a) and is_number(b):
            return self.number(a.attributes[0] - b.attributes[0])
        if b.op == "negative":
            return self.add(a, b.operands[0])
        return self._entrywise("subtract", a, b)

    def multiply(self, a: Value, b: Value) -> Value:
        for one, other in ((a, b), (b, a)):
            if is_number(one, 1):
                return other
            if is_number(one, -1):
                return self.negative(other)
        if is_number(a) and is_number(b):
            return self.number(a.attributes[0] * b.attributes[0])
        return self._entrywise("multiply", a, b)

    def divide(self, a: Value, b: Value) -> Value:
        if is_number(b, 1):
            return a
        if is_number(b, -1):
            return self.negative(a)
        if is_number(a) and is_number(b) and not is_number(b, 0):
            return self.number(a.attributes[0] / b.attributes[0])
        return self._entrywise("divide", a, b)

    def negative(self, a: Value) -> Value:
        if a.op == "negative":
            return a.operands[0]
        if is_number(a):
            return self.number(-a.attributes[0])
        if a.op == "subtract" and a.operands[0].shape == a.operands[1].shape:
            return self.subtract(a.operands[1], a.operands[0])
        return self.make("negative", (a,), (), a.shape)

    def power(self, a: Value, p: Value) -> Value:
        """a^p entry by entry; small whole powers are products, and halves are square roots."""
        if is_number(p) and p.attributes[0].is_Rational:
            exponent = p.attributes[0]
            if exponent < 0:
                return self.divide(self.number(1), self.power(a, self.number(-exponent)))
            if exponent == 1:
                return a
            if exponent in (2, 3, 4):
                square = self.multiply(a, a)
                return square if exponent == 2 else self.multiply(square, a if exponent == 3 else square)
            if exponent.q == 2 and exponent.p in (1, 3):  # a^{3/2} = a √a
                root = self.apply("sqrt", a)
                return root if exponent.p == 1 else self.multiply(a, root)
        return self._entrywise("power", a, p)

    def maximum(self, a: Value, b: Value) -> Value:
        return self._entrywise("maximum", a, b)

    def minimum(self, a: Value, b: Value) -> Value:
        return self._entrywise("minimum", a, b)

    def xlogy(self, a: Value, b: Value) -> Value:
        """a log b entry by entry, and 0 where a is 0."""
        return self._entrywise("xlogy", a, b)

    def apply(self, function: str, a: Value) -> Value:
        """A function of :mod:`matcalc.code.functions`, entry by entry."""
        return self.make("apply", (a,), (function,), a.shape)

    def call(self, function: Callee, a: Value, shape: Dims) -> Value:
        """A function that the caller passes."""
        return self.make("call", (a,), (function,), shape)

    def field(self, name: str, x: Value) -> Value:
        """g(X), a number."""
        return self.call(Callee(name, "field", 0), x, ())

    def gradient(self, name: str, x: Value) -> Value:
        """∇g(X), of the shape of X."""
        return self.call(Callee(name, "field", 1), x, x.shape)

    def hessian(self, name: str, x: Value) -> Value:
        """∇²g(X) on vec X, from the caller's array of shape x.shape + x.shape."""
        return self.vec_matrix(self.call(Callee(name, "field", 2), x, x.shape + x.shape), x.rank)

    def map(self, name: str, x: Value, shape: Dims) -> Value:
        """h(X), of the given shape as a matrix."""
        return self.call(Callee(name, "map", 0), x, tuple(size for size in shape if size != 1))

    def jacobian(self, name: str, x: Value, shape: Dims) -> Value:
        """J_h(X) on vec, from the caller's array of shape value.shape + x.shape."""
        out = tuple(size for size in shape if size != 1)
        return self.vec_matrix(self.call(Callee(name, "map", 1), x, out + x.shape), len(out))

    def vec_matrix(self, tensor: Value, split: int) -> Value:
        """The matrix on vec of a tensor whose first ``split`` axes are the value's: columns stacked on both sides."""
        out, into = tensor.shape[:split], tensor.shape[split:]
        axes = (*reversed(range(split)), *reversed(range(split, tensor.rank)))
        sizes = tuple(prod(part) for part in (out, into) if part)
        return self.reshape(self.transpose(tensor, axes), sizes)

    # ------------------------------------------------------------ exponentials, without overflow
    def _shifted(self, z: Value, axis: int | None) -> tuple[Value, Value]:
        """The largest entry c, and z − c."""
        c = self.max(z, axis)
        return c, self.subtract(z, c if axis is None else self.expand(c, axis))

    def logsumexp(self, z: Value, axis: int | None = None) -> Value:
        """c + log Σ exp(z − c), with c the largest entry."""
        c, shifted = self._shifted(z, axis)
        return self.add(c, self.apply("log", self.sum(self.apply("exp", shifted), axis)))

    def softmax(self, z: Value) -> Value:
        """exp(z − c) / Σ exp(z − c), of a vector or of every row."""
        axis = None if z.rank == 1 else 1
        e = self.hint(self.apply("exp", self._shifted(z, axis)[1]), "e" if z.rank == 1 else "E")
        total = self.sum(e, axis)
        weights = self.divide(e, total if axis is None else self.expand(total, axis))
        return self.hint(weights, "p" if z.rank == 1 else "P")

    def logsoftmax(self, z: Value) -> Value:
        """z − c − log Σ exp(z − c), of a vector or of every row."""
        axis = None if z.rank == 1 else 1
        shifted = self._shifted(z, axis)[1]
        log = self.apply("log", self.sum(self.apply("exp", shifted), axis))
        return self.subtract(shifted, log if axis is None else self.expand(log, axis))

    # ------------------------------------------------------------ products
    def matmul(self, a: Value, b: Value) -> Value:
        """Of matrices and vectors, xᵀA as Aᵀx; of stacks of matrices, one by one."""
        if a.rank == 1 and b.rank == 2:
            a, b = self.transpose(b), a
        if b.rank == 1:
            shape: Dims = a.shape[:-1]
        elif b.rank == 2:
            shape = (*a.shape[:-1], b.shape[1])
        else:
            shape = (b.shape[0], a.shape[-2], b.shape[2])
        return self.make("matmul", (a, b), (), shape)

    def inner(self, a: Value, b: Value) -> Value:
        """Σ a ⊙ b, without a conjugate; of vectors the dot product."""
        if a.rank == 1:
            return self.make("matmul", (a, b), (), ())
        if a.op == b.op == "transpose" and a.attributes == b.attributes:
            a, b = a.operands[0], b.operands[0]
        return self.sum(self.multiply(a, b)) if self.complex else self.make("inner", (a, b), (), ())

    def conjugate(self, a: Value) -> Value:
        return self.make("conjugate", (a,), (), a.shape)

    def real(self, a: Value) -> Value:
        """The real part."""
        return self.make("real", (a,), (), a.shape)

    def outer(self, u: Value, v: Value) -> Value:
        return self.make("outer", (u, v), (), (*u.shape, *v.shape))

    def kron(self, a: Value, b: Value) -> Value:
        return self.make("kron", (a, b), (), tuple(m * n for m, n in zip(a.shape, b.shape, strict=True)))

    def einsum(self, subscripts: str, *operands: Value) -> Value:
        """A sum of products in NumPy's notation, with an explicit result."""
        before, after = subscripts.split("->")
        sizes: dict[str, Any] = {}
        for letters, value in zip(before.split(","), operands, strict=True):
            sizes.update(zip(letters, value.shape, strict=True))
        return self.make("einsum", operands, (subscripts,), tuple(sizes[c] for c in after))

    def matrix_power(self, a: Value, k: Value) -> Value:
        return self.make("matrix_power", (a, k), (), a.shape)

    def power_sum(self, x: Value, e: Value, k: Value) -> Value:
        """Σ X^i E X^{k−1−i}, the upper right block of [X E; 0 X]^k (Mathias 1996)."""
        n = x.shape[0]
        power = self.matrix_power(self.block(2, 2, [x, e, self.zeros(x.shape), x], (2 * n, 2 * n)), k)
        return self.slice(self.slice(power, 0, S.Zero, n), 1, n, 2 * n)

    def vech(self, a: Value) -> Value:
        """The columns of the lower triangle, stacked."""
        return self.make("vech", (a,), (), (a.shape[0] * (a.shape[0] + 1) / 2,))

    def duplication(self, n: Any) -> Value:
        return self.make("duplication", (self.size(n),), (), (n * n, n * (n + 1) / 2))

    def elimination(self, n: Any) -> Value:
        return self.make("elimination", (self.size(n),), (), (n * (n + 1) / 2, n * n))

    # ------------------------------------------------------------ reductions
    def sum(self, a: Value, axis: int | None = None) -> Value:
        if axis is None and a.op == "diag":
            return self.sum(a.operands[0])
        if a.rank == 0:
            return a
        if a.op == "transpose" and (axis is None or a.rank == 2):
            return self.sum(a.operands[0], None if axis is None else 1 - axis)
        return self.make("sum", (a,), (axis,), () if axis is None else (*a.shape[:axis], *a.shape[axis + 1 :]))

    def max(self, a: Value, axis: int | None = None) -> Value:
        return self.make("max", (a,), (axis,), () if axis is None else (*a.shape[:axis], *a.shape[axis + 1 :]))

    def trace(self, a: Value) -> Value:
        return self.make("trace", (a,), (), ())

    def argmax(self, a: Value) -> Value:
        return self.make("argmax", (a,), (), a.shape)

    # ------------------------------------------------------------ linear algebra
    def solve(self, a: Value, b: Value) -> Value:
        return self.make("solve", (a, b), (), b.shape)

    def inverse(self, a: Value) -> Value:
        if a.op == "transpose":
            return self.transpose(self.inverse(a.operands[0]))
        return self.make("inverse", (a,), (), a.shape)

    def det(self, a: Value) -> Value:
        return self.make("det", (a,), (), ())

    def logdet(self, a: Value) -> Value:
        return self.make("logdet", (a,), (), ())

    def cholesky(self, a: Value) -> Value:
        return self.make("cholesky", (a,), (), a.shape)

    def pinv(self, a: Value) -> Value:
        return self.make("pinv", (a,), (), a.shape[::-1])

    def symmetric_part(self, a: Value) -> Value:
        """½(a + aᵀ)."""
        return self.multiply(self.number(S.Half), self.add(a, self.transpose(a)))

    def eigh(self, a: Value) -> tuple[Value, Value]:
        """Eigenvalues, ascending, and the matrix of eigenvectors of a symmetric matrix."""
        both = self.make("eigh", (a,), (), ())
        values = self.make("part", (both,), ("eigenvalues",), a.shape[:1])
        return values, self.make("part", (both,), ("eigenvectors",), a.shape)

    def svd(self, a: Value) -> tuple[Value, Value, Value]:
        """U, the singular values and Vᵀ of the thin decomposition."""
        whole = self.make("svd", (a,), (), ())
        rank = Min(*a.shape)
        shapes = {"U": (a.shape[0], rank), "S": (rank,), "Vh": (rank, a.shape[1])}
        u, s, vh = (self.make("part", (whole,), (field,), shape) for field, shape in shapes.items())
        return u, s, vh

    def matrix_function(self, name: str, a: Value) -> Value:
        return self.make("matrix_function", (a,), (name,), a.shape)

    def frechet(self, name: str, x: Value, e: Value) -> Value:
        """L_f(X, E), the upper right block of f([X E; 0 X]) (Mathias 1996)."""
        n = x.shape[0]
        big = self.block(2, 2, [x, e, self.zeros(x.shape), x], (2 * n, 2 * n))
        return self.slice(self.slice(self.matrix_function(name, big), 0, S.Zero, n), 1, n, 2 * n)

    def frechet_matrix(self, name: str, x: Value) -> Value:
        n = x.shape[0]
        return self.make("frechet_matrix", (x,), (name,), (n * n, n * n))

    def divided_differences(self, w: Value, f: Value, df: Value) -> Value:
        """f[w_i, w_j] = (f(w_i) − f(w_j)) / (w_i − w_j), and f′(w_i) where they are equal."""
        return self.make("divided_differences", (w, f, df), (), w.shape * 2)

    def second_divided_differences(self, w: Value, f: Value, df: Value, ddf: Value) -> Value:
        """f[w_i, w_j, w_k] = (f[w_i, w_j] − f[w_j, w_k]) / (w_i − w_k), and its limits."""
        return self.make("second_divided_differences", (w, f, df, ddf), (), w.shape * 3)

    # ------------------------------------------------------------ rearrangements
    def transpose(self, a: Value, axes: tuple[int, ...] | None = None) -> Value:
        """The axes in another order, reversed where none is given; a vector stays as it is."""
        axes = tuple(reversed(range(a.rank))) if axes is None else axes
        if a.op == "transpose":
            axes = tuple(a.attributes[0][k] for k in axes)
            a = a.operands[0]
        if axes == tuple(range(a.rank)):
            return a
        return self.make("transpose", (a,), (axes,), tuple(a.shape[k] for k in axes))

    def reshape(self, a: Value, shape: Dims, order: str = "C") -> Value:
        if tuple(shape) == a.shape:
            return a
        sizes = self.size.of(shape) if len(shape) > 1 else ()  # a vector takes all there is
        return self.make("reshape", (a, *sizes), (order,), shape)

    def flat(self, a: Value, order: str = "C") -> Value:
        """All entries as a vector."""
        return a if a.rank == 1 else self.reshape(a, (prod(a.shape),), order)

    def expand(self, a: Value, axis: int) -> Value:
        """A new axis of length 1: v[:, None]."""
        shape = (*a.shape[:axis], Integer(1), *a.shape[axis:])
        if a.op == "expand":  # both at once
            before = a.attributes[0]
            return self.make("expand", a.operands, (tuple(sorted([axis, *(k + (k >= axis) for k in before)])),), shape)
        return self.make("expand", (a,), ((axis,),), shape)

    def broadcast(self, a: Value, shape: Dims) -> Value:
        if tuple(shape) == a.shape:
            return a
        sizes = self.size.of(shape)
        if is_number(a, 1):
            return self.make("ones", sizes, (), shape)
        if is_number(a, 0):
            return self.make("zeros", sizes, (), shape)
        return self.make("broadcast", (a, *sizes), (), shape)

    def diagonal(self, a: Value) -> Value:
        if a.op == "diag":
            return a.operands[0]
        return self.make("diagonal", (a,), (), a.shape[:1])

    def diag(self, v: Value) -> Value:
        return self.make("diag", (v,), (), (*v.shape, *v.shape))

    def triangle(self, a: Value, lower: bool) -> Value:
        return self.make("triangle", (a,), (lower,), a.shape)

    def take(self, a: Value, axis: int, index: Value) -> Value:
        """The entry, row or column at an index counted from 0."""
        return self.make("take", (a, index), (axis,), (*a.shape[:axis], *a.shape[axis + 1 :]))

    def every(self, a: Value, axis: int, step: Any, count: Any) -> Value:
        """The ``count`` entries at 0, step, 2 step, … along an axis."""
        return self.make("every", (a, self.size(step)), (axis,), (*a.shape[:axis], count, *a.shape[axis + 1 :]))

    def slice(self, a: Value, axis: int, start: Any, stop: Any) -> Value:
        """The entries from ``start`` up to ``stop`` along an axis."""
        shape = (*a.shape[:axis], stop - start, *a.shape[axis + 1 :])
        ends = (start == 0, stop == a.shape[axis])  # then the bound need not be written
        bounds = (self.number(0) if end else self.size(size) for size, end in zip((start, stop), ends, strict=True))
        return self.make("slice", (a, *bounds), (axis, *ends), shape)

    def spread(self, a: Value, pattern: str, shape: Dims) -> Value:
        """Zeros of the given shape, with a on a diagonal: ``"ikil->ikl"`` says T[i, k, i, l] = a[i, k, l]."""
        return self.make("spread", (a, *self.size.of(shape)), (pattern,), shape)

    def add_on_diagonal(self, whole: Value, a: Value, pattern: str) -> Value:
        """``whole`` with a added on a diagonal, named as in :meth:`spread`."""
        return self.make("add_on_diagonal", (whole, a), (pattern,), whole.shape)

    def block(self, rows: int, cols: int, parts: Sequence[Value], shape: Dims) -> Value:
        return self.make("block", parts, (rows, cols), shape)

    def concatenate(self, parts: Sequence[Value], length: Any) -> Value:
        return self.make("concatenate", parts, (), (length,))

    # ------------------------------------------------------------ constants
    def eye(self, n: Any) -> Value:
        return self.make("eye", (self.size(n),), (), (n, n))

    def ones(self, shape: Dims) -> Value:
        return self.broadcast(self.number(1), shape)

    def zeros(self, shape: Dims) -> Value:
        return self.broadcast(self.number(0), shape)


def broadcast_shapes(a: Dims, b: Dims) -> Dims:
    """The shape of a ⊙ b by NumPy's rule; sizes that are not known to differ are taken to agree."""
    rank = max(len(a), len(b))
    one = Integer(1)
    left, right = (one,) * (rank - len(a)) + tuple(a), (one,) * (rank - len(b)) + tuple(b)
    for p, q in zip(left, right, strict=True):
        if p.is_Integer and q.is_Integer and p != q and one not in (p, q):
            raise CompileError(f"shapes {a} and {b} do not broadcast")
    return tuple(q if p == one else p for p, q in zip(left, right, strict=True))
