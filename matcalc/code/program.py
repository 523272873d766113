"""The array program: a straight line of array instructions, each with a known shape, each written once.

A :class:`Value` is an instruction and its result. Shapes are tuples of sizes (SymPy integers, symbols, sums and
products of them): ``()`` a number, ``(n,)`` a vector — a column and a row alike: which one is known where it is used —
``(m, n)`` a matrix, longer for tensors. A :class:`~matcalc.code.builder.Builder` makes values and numbers them, so that
what is computed twice is the same value; a :class:`Program` is what its outputs need. The instructions are those of
:data:`VOCABULARY`; every target prints them and :mod:`matcalc.code.interpret` runs them, so that operators × targets
never multiply.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..algebra.nodes import is_index

Dims: TypeAlias = "tuple[Any, ...]"

# fmt: off
#: Instruction → what it means. ``a``, ``b`` are operands; what is in brackets are attributes, known when the program is
#: written.
VOCABULARY = {
    # given
    "input":        "the array [symbol] that the caller passes",
    "number":       "the number [expression]",
    "size":         "the length of axis [k] of a",
    # entry by entry, with NumPy's broadcasting
    "add":          "a + b",
    "subtract":     "a − b",
    "multiply":     "a ⊙ b",
    "divide":       "a ⊘ b",
    "negative":     "−a",
    "floor_divide": "a / b of sizes, a whole number",
    "power":        "a to the power b",
    "maximum":      "the larger of a and b",
    "minimum":      "the smaller of a and b",
    "xlogy":        "a log b, 0 where a is 0",
    "apply":        "the known function [name] of a",
    "call":         "the caller's function [callee] of a",
    # products
    "matmul":       "a b, of matrices and vectors",
    "inner":        "Σ a ⊙ b, over all axes",
    "outer":        "u vᵀ of two vectors",
    "kron":         "a ⊗ b",
    "einsum":       "the sum of products [subscripts]",
    "matrix_power": "aᵇ for an integer b",
    # reductions
    "sum":          "the sum along [axis], or of all entries",
    "max":          "the largest entry along [axis], or of all",
    "trace":        "tr a",
    "vech":         "the columns of the lower triangle, stacked",
    "duplication":  "D of a×a matrices, with vec X = D vech X",
    "elimination":  "L of a×a matrices, with vech X = L vec X",
    "conjugate":    "the complex conjugate, entry by entry",
    "real":         "the real part, entry by entry",
    "argmax":       "1 at the largest entry of a, 0 elsewhere",
    # linear algebra
    "solve":        "a⁻¹ b",
    "inverse":      "a⁻¹",
    "det":          "det a",
    "logdet":       "log |det a|",
    "cholesky":     "the lower triangular L with a = L Lᵀ, for a symmetric positive definite a",
    "pinv":         "a⁺",
    "eigh":         "eigenvalues, ascending, and eigenvectors of a symmetric a",
    "svd":          "U, S, Vh of the thin singular value decomposition of a",
    "part":         "the result [field] of a decomposition",
    "matrix_function": "[name] of a square matrix: expm, logm, sqrtm, sinm, …",
    "frechet_matrix": "the matrix on vec of the Fréchet derivative of [name] at a",
    "divided_differences": "(b_i − b_j) / (a_i − a_j), and c_i where a_i = a_j; b is f(a), c is f′(a)",
    "second_divided_differences": "f[a_i, a_j, a_k] from a, f(a), f′(a) and f″(a)",
    # rearrangements
    "transpose":    "the axes in the order [axes]",
    "reshape":      "the entries in the given shape, in [order] C or F; the sizes are operands",
    "expand":       "new axes of length 1, at [axes] of the result",
    "broadcast":    "a repeated to the given shape; the sizes are operands",
    "diagonal":     "the diagonal of a matrix",
    "diag":         "the diagonal matrix of a vector",
    "triangle":     "the entries [lower] or not above, or not below, the diagonal",
    "take":         "the entries at b along [axis]",
    "every":        "every b-th entry along [axis]",
    "slice":        "the entries from b up to c along [axis]",
    "spread":       "zeros of the given shape, with a where the indices [pattern] agree",
    "add_on_diagonal": "a, with b added where the indices [pattern] agree",
    "block":        "[rows] × [cols] blocks",
    "concatenate":  "vectors and numbers one after the other",
    # constants of a size
    "eye":          "the identity matrix",
    "ones":         "ones of the given shape",
    "zeros":        "zeros of the given shape",
}
#: Instructions that only passes write (:mod:`matcalc.code.passes`), for targets that ask for those passes.
FACTORED = {
    "factor":         "a factorisation of a, [cholesky] or [lu], kept for the instructions below",
    "factor_solve":   "a⁻¹ b from the factorisation of a, or a⁻ᵀ b where [transposed]",
    "factor_inverse": "a⁻¹ from the factorisation of a",
    "factor_det":     "det a from the factorisation of a",
    "factor_logdet":  "log |det a| from the factorisation of a",
    "spd_solve":      "a⁻¹ b for a symmetric positive definite a",
}
#: The same: what a library has one call for.
CALLED = {
    "vdot":           "Σ a* ⊙ b, over all axes",
    "residual":       "a − b c of matrices, a − b cᵀ where b and c are vectors",
}
#: The same: what is computed a block of rows at a time.
BLOCKED = {
    "rows":           "the rows of a that belong to the block; what is computed of them is inside of a function",
    "by_rows":        "b, c, … computed by that function, for blocks of a columns, and put together as [how] says",
    "result":         "the result [k] of a, several arrays",
}
#: What only a target with sparse arrays has: their sums are ``add``.
SPARSE = {
    "scatter":      "the matrix with the entries of a at the places that [pattern] names, zero elsewhere",
    "sparse":       "the matrix a as a sparse one",
    "sparse_zeros": "the sparse matrix of zeros of the given shape",
    "operator":     "the linear operator of shape a×b with the product c, and dᵀ of its transpose, of [arguments]",
}
# fmt: on
#: Those that compute an entry of the result from the entry of each operand at the same place.
ENTRYWISE = frozenset(
    {
        "add",
        "subtract",
        "multiply",
        "divide",
        "negative",
        "power",
        "maximum",
        "minimum",
        "xlogy",
        "apply",
        "conjugate",
        "real",
        "floor_divide",
    }
)  # fmt: skip
#: The attributes of a ``diagonal`` or an ``argmax`` of every array along the first axis.
EACH = ("each",)


@dataclass(frozen=True, eq=False)
class Value:
    """An instruction and its result; values are compared by identity, because equal ones are the same object."""

    op: str
    operands: tuple[Value, ...]
    attributes: tuple[Any, ...]
    shape: Dims
    #: Its place among the instructions of its builder.
    number: int

    @property
    def rank(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        inside = [f"%{v.number}" for v in self.operands] + [str(a) for a in self.attributes]
        return f"%{self.number} = {self.op}({', '.join(inside)}) : {self.shape}"


@dataclass(frozen=True)
class Input:
    """An array of the caller's: its symbol, the array's dimensions as declared, and the name that was typed.

    ``declared`` has length 0, 1 or 2: a vector ``x: n`` is ``(n,)``, a row ``r: 1×n`` is ``(1, n)``. ``properties`` are
    those that the array is declared to have (spd, positive, …), even where the symbol is taken without them.
    """

    symbol: Any
    declared: Dims
    name: str
    properties: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Callee:
    """A function of the caller's: θ and its derivatives, g with ∇g and ∇²g, h with its Jacobian.

    ``kind`` is ``"elementwise"``, ``"field"`` (to a number) or ``"map"`` (to an array), ``order`` that of the
    derivative. The derivative of g has the shape of its argument x, the second x.shape + x.shape; a Jacobian has
    value.shape + x.shape.
    """

    name: str
    kind: str
    order: int


@dataclass(frozen=True)
class Program:
    """What the outputs need, in order, and names for the values that have one."""

    outputs: Mapping[str, Value]
    inputs: tuple[Input, ...]
    names: Mapping[Value, str]
    #: What a value may be called, should it need a name.
    hints: Mapping[Value, str] = field(default_factory=dict)

    @property
    def instructions(self) -> list[Value]:
        """The values that the outputs need, operands first, in the order in which they were written."""
        return live(self.outputs.values())

    @property
    def whole(self) -> frozenset[Any]:
        """The symbols of the inputs that are whole numbers: indices, and what exponents of matrices are made of."""
        exponents = [value.operands[1] for value in self.instructions if value.op == "matrix_power"]
        numbers = {v.attributes[0] for v in live(exponents) if v.op == "input" and not v.rank}
        return frozenset(numbers.union(one.symbol for one in self.inputs if is_index(one.symbol)))

    def select(self, outputs: Iterable[str]) -> Program:
        """The program of some of the outputs."""
        return Program({name: self.outputs[name] for name in outputs}, self.inputs, self.names, self.hints)

    def __str__(self) -> str:
        lines = [repr(v) for v in self.instructions]
        return "\n".join([*lines, *(f"return {name} = %{v.number}" for name, v in self.outputs.items())])


def live(outputs: Iterable[Value], given: Collection[Value] = ()) -> list[Value]:
    """Everything below the outputs, in order of number; what is ``given`` and what is only below that is left out."""
    found: set[Value] = set(given)
    stack = list(outputs)
    while stack:
        value = stack.pop()
        if value not in found:
            found.add(value)
            stack.extend(value.operands)
    return sorted(found.difference(given), key=lambda v: v.number)


def is_number(value: Value, number: Any = None) -> bool:
    """Is the value a number known when the program is written (and this one)?"""
    return value.op == "number" and (number is None or value.attributes[0] == number)
