"""NumPy, with SciPy for what it lacks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ..passes import PASSES
from ..program import EACH, FACTORED, Value
from .in_place import in_place
from .python import (
    ARITHMETIC,
    SHARED,
    WORDS,
    PythonTarget,
    as_float,
    call,
    constants,
    define,
    fill,
    method,
    subscript,
    tuple_of,
)
from .runtime import helpers_of
from .target import Code, Scope

if TYPE_CHECKING:
    from ..emitter import Emitter

# fmt: off
#: Instruction → the NumPy expression of its operands a, b, c.
NUMPY: dict[str, str] = {
    **{op: text for op, text in ARITHMETIC.items() if op != "matmul"},
    "maximum":      "np.maximum(a, b)",
    "minimum":      "np.minimum(a, b)",
    "xlogy":        "special.xlogy(a, b)",
    "inner":        "np.vdot(a, b)",
    "vdot":         "np.vdot(a, b)",
    "outer":        "outer(a, b)",
    "residual":     "residual(a, b, c)",
    "kron":         "np.kron(a, b)",
    "trace":        "a.trace()",
    "vech":         "vech(a)",
    "duplication":  "duplication(a)",
    "elimination":  "elimination(a)",
    "conjugate":    "np.conj(a)",
    "real":         "np.real(a)",
    "argmax":       "largest_entry(a)",
    "solve":        "np.linalg.solve(a, b)",
    "inverse":      "np.linalg.inv(a)",
    "det":          "np.linalg.det(a)",
    "logdet":       "np.linalg.slogdet(a)[1]",
    "cholesky":     "np.linalg.cholesky(a)",
    "pinv":         "pinv(a)",
    "eigh":         "np.linalg.eigh(a)",
    "svd":          "np.linalg.svd(a, full_matrices=False)",
    "diagonal":     "a.diagonal()",
    "diag":         "np.diag(a)",
    "matrix_power": "np.linalg.matrix_power(a, b)",
    "sparse":       "filled(a)",
}
#: The same of every array along the first axis.
STACKED: dict[str, str] = {
    "diagonal":     "a.diagonal(axis1=1, axis2=2)",
    "argmax":       "largest_entries(a)",
}
#: Known function of one number → the NumPy expression of its argument z.
FUNCTIONS: dict[str, str] = {
    **{name: f"np.{name}(z)" for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
        "sinh", "cosh", "tanh", "arcsinh", "abs", "sign",
    )},
    "step":         "np.heaviside(z, 0.0)",
    "leaky_step":   "np.maximum(np.heaviside(z, 0.0), 0.01)",
    "softplus":     "np.logaddexp(0.0, z)",
    "sigmoid":      "sigmoid(z)",
    "erf":          "special.erf(z)",
    "Phi":          "special.ndtr(z)",
    "gamma":        "special.gamma(z)",
    "lgamma":       "special.gammaln(z)",
    "digamma":      "special.digamma(z)",
    "trigamma":     "special.polygamma(1, z)",
}
# fmt: on
HELPERS = helpers_of("numpy_runtime.py")
LIBRARIES = {
    "scipy": ("linalg", "sparse", "special"),
    "scipy.linalg": ("blas", "lapack"),
    "scipy.sparse.linalg": ("LinearOperator",),
}


# ---------------------------------------------------------------- expressions
def _matmul(scope: Scope, value: Value, a: ast.expr, b: ast.expr) -> ast.expr:
    """a.dot(b), which costs a call less than a @ b; of a vector, Aᵀv is v.dot(A). Stacks of matrices need @."""
    if is_stacked(value):
        return fill("a @ b", a=a, b=b)
    matrix, array = value.operands
    if array.rank == 1 and matrix.op == "transpose" and isinstance(a, ast.Attribute):
        return method(b, "dot", a.value)
    return method(a, "dot", b)


def is_stacked(value: Value) -> bool:
    """Is it a product of stacks of matrices?"""
    return value.op == "matmul" and any(v.rank > 2 for v in value.operands)


def _reduction(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axis = value.attributes[0]
    return method(a, value.op) if axis is None else method(a, value.op, axis=axis)


def _transpose(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    if axes == tuple(reversed(range(len(axes)))):
        return ast.Attribute(a, "T", ast.Load())
    return method(a, "transpose", *(ast.Constant(k) for k in axes))


def _reshape(scope: Scope, value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    lengths = list(sizes) or ([ast.Constant(-1)] if value.rank else [constants(())])
    return method(a, "reshape", *lengths) if value.attributes[0] == "C" else method(a, "reshape", *lengths, order="F")


def typed(scope: Scope) -> dict[str, ast.expr]:
    """``dtype=np.float32`` where that was asked for."""
    return {} if scope.dtype == "float64" else {"dtype": fill(f"np.{scope.dtype}")}


def _filled_array(name: str) -> Callable[..., ast.expr]:
    def emit(scope: Scope, value: Value, *sizes: ast.expr) -> ast.expr:
        return call(f"np.{name}", sizes[0] if len(sizes) == 1 else tuple_of(sizes), **typed(scope))

    return emit


def _block(scope: Scope, value: Value, *parts: ast.expr) -> ast.expr:
    rows, cols = value.attributes
    return call(
        "np.block",
        ast.List([ast.List(list(parts[i * cols : (i + 1) * cols]), ast.Load()) for i in range(rows)], ast.Load()),
    )


def _einsum(scope: Scope, value: Value, *operands: ast.expr) -> ast.expr:
    return call("np.einsum", ast.Constant(value.attributes[0]), *operands)


def _scatter(scope: Scope, value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    return call("scatter", ast.Constant(value.attributes[0]), a, *sizes)


def _broadcast(scope: Scope, value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    if value.operands[0].rank:
        return call("np.broadcast_to", a, tuple_of(sizes))
    return call("np.full", sizes[0] if len(sizes) == 1 else tuple_of(sizes), a, **typed(scope))


def _matrix_function(value: Value) -> str:
    """What the function of a matrix is called; those that may not be real are looked after."""
    (name,) = value.attributes
    return name if name in ("sqrtm", "logm") else f"linalg.{name}"


#: Kind of factorisation → what the functions of the runtime are called.
KINDS = {"cholesky": "cho", "lu": "lu"}


def _factored(scope: Scope, value: Value, *operands: ast.expr) -> ast.expr:
    """cho_solve(L, b), lu_inverse(LU), …"""
    kind, *transposed = value.attributes
    what = value.op.removeprefix("factor_")
    return call(f"{KINDS[kind]}_{what}", *operands, **({"transposed": True} if transposed == [True] else {}))


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., ast.expr]] = SHARED | {
    "matmul": _matmul,
    "matrix_function": lambda scope, value, a: call(_matrix_function(value), a),
    "divided_differences": lambda scope, value, *given: call("divided_differences", *given),
    "second_divided_differences": lambda scope, value, *given: call("second_divided_differences", *given),
    "frechet_matrix": lambda scope, value, a: call("frechet_matrix", fill(_matrix_function(value)), a),
    **dict.fromkeys(FACTORED, _factored),
    "spd_solve": lambda scope, value, a, b: call("spd_solve", a, b),
    "sum": _reduction,
    "max": _reduction,
    "transpose": _transpose,
    "reshape": _reshape,
    "triangle": lambda scope, value, a: call("np.tril" if value.attributes[0] else "np.triu", a),
    "einsum": _einsum,
    "broadcast": _broadcast,
    "block": _block,
    "concatenate": lambda scope, value, *parts: call("np.hstack", tuple_of(parts)),
    "eye": lambda scope, value, n: call("np.eye", n, **typed(scope)),
    "ones": _filled_array("ones"),
    "zeros": _filled_array("zeros"),
    "result": lambda scope, value, a: subscript(a, ast.Constant(value.attributes[0])),
    "scatter": _scatter,
    "sparse_zeros": lambda scope, value, *sizes: call("sparse.csr_array", tuple_of(sizes)),
}


# ---------------------------------------------------------------- statements
def _spread(emitter: Emitter, value: Value) -> Code:
    """Zeros, then the diagonal through a view that can be written to."""
    array, *sizes = emitter.operands(value)
    kind = typed(emitter.scope)
    if emitter.is_complex:
        if not array.atom:
            emitter.assign(value.operands[0])
            array = emitter.code_of(value.operands[0])
        kind = {"dtype": call("np.result_type", array.node, fill(emitter.scope.dtype.replace("64", "")))}
    zeros = call("np.zeros", tuple_of([size.node for size in sizes]), **kind)
    code = emitter.store(emitter.wanted(value), zeros)
    emitter.statements.append(ast.Assign([_diagonal(value, code)], array.node, lineno=0))
    return code


def _add_on_diagonal(emitter: Emitter, value: Value) -> Code:
    """In place, in an array that nothing else uses."""
    base = value.operands[0]
    own = emitter.storage.is_own(base, emitter.inside(value)) and base.op not in ("broadcast", "diagonal")
    whole, array = emitter.operands(value)
    if own and whole.name:
        code = whole
    else:
        code = emitter.store(emitter.wanted(value), whole.node if own else call("np.array", whole.node))
    if own:
        emitter.storage.overwrite(value, base)
    emitter.statements.append(ast.AugAssign(_diagonal(value, code), ast.Add(), array.node))
    return code


def _operator(emitter: Emitter, value: Value) -> Code:
    """Functions v ↦ J v and u ↦ Jᵀu, then the LinearOperator that calls them; of complex numbers, it wants Jᴴu."""
    height, width = (emitter.code_of(size) for size in value.operands[:2])
    names = [emitter.names.new(wanted) for wanted in ("matvec", "rmatvec")[: len(value.attributes)]]
    for name, (symbol, wanted), result in zip(names, value.attributes, value.operands[2:], strict=True):
        argument, statements, node = emitter.inner(wanted, symbol, result)
        emitter.statements.append(define(name, [argument], [*statements, ast.Return(node)]))
    both = [fill(names[0]), fill(names[-1])]  # one function for a symmetric operator
    kind = fill("float" if emitter.scope.dtype == "float64" else f"np.{emitter.scope.dtype}")
    if emitter.is_complex:
        both[1], kind = fill(f"lambda u: {names[-1]}(u.conj()).conj()"), fill("complex")
    shape = tuple_of([height.node, width.node])
    return Code(call("LinearOperator", shape, *both, dtype=kind), 60)


#: What becomes of what blocks of rows give: rows of the whole, or terms.
_COMBINED = {"stack": "np.concatenate", "sum": "sum"}


def _by_rows(emitter: Emitter, value: Value) -> Code:
    """A function of a block of rows, and the call that hands it one after the other; several results get variables."""
    name = emitter.names.new("block")
    width, *results = value.operands
    arrays, statements, nodes = emitter.by_rows(results)
    emitter.statements.append(define(name, list(arrays), [*statements, ast.Return(tuple_of(nodes))]))
    how, columns = tuple_of([fill(_COMBINED[one]) for one in value.attributes[0]]), emitter.code_of(width).node
    made = call("by_rows", fill(name), how, columns, *arrays.values())
    if len(results) == 1:
        return emitter.finish(value, made, [])
    names = emitter.unpack_results(value, len(results))
    emitter.statements.append(ast.Assign([tuple_of([ast.Name(one, ast.Store()) for one in names])], made, lineno=0))
    return Code(made, 60)


def _diagonal(value: Value, code: Code) -> ast.Subscript:
    view = call("np.einsum", ast.Constant(value.attributes[0]), code.node)
    return ast.Subscript(view, ast.Constant(...), ast.Store())


class NumPy(PythonTarget):
    """``np``, and ``special`` and ``linalg`` of SciPy."""

    name = "numpy"
    library = "np"
    array_type = "np.ndarray"
    test_imports = ()
    libraries = LIBRARIES
    template = "numpy.py.jinja"
    rows = NUMPY
    special = SPECIAL
    statements = MappingProxyType({
        "spread": _spread, "add_on_diagonal": _add_on_diagonal, "operator": _operator, "by_rows": _by_rows,
    })  # fmt: skip
    functions = FUNCTIONS
    helpers = HELPERS
    passes = tuple(PASSES)
    reserved = WORDS | {"np", "special", "linalg", "sparse", "LinearOperator", "blas", "lapack", *HELPERS}

    in_place = staticmethod(in_place)

    options: ClassVar[tuple[str, ...]] = (*PythonTarget.options, "batch")

    def expression(self, scope: Scope, value: Value, operands: Sequence[ast.expr]) -> Any:
        """The expression of an instruction, of one array or of one for every example."""
        if value.attributes == EACH and value.op in STACKED:
            return fill(STACKED[value.op], a=operands[0])
        if value.op == "apply" and value.attributes == ("sqrt",) and value.operands[0].op == "size":
            return fill("n ** 0.5", n=operands[0])  # Python's floats take the type of an array beside them
        return super().expression(scope, value, operands)

    def grouped(self, outer: Value, inner: Value, node: ast.expr) -> ast.expr:
        """2 beside an array as 2.0, which is faster; brackets where a @ b and a product of entries meet."""
        if inner.op == "number" and outer.op in ("add", "subtract", "multiply", "divide") and outer.rank:
            return as_float(node)
        return super().grouped(outer, inner, node) if is_stacked(outer) or is_stacked(inner) else node

    def array(self, given: Any) -> Any:
        import numpy as np

        if type(given) is not np.ndarray or given.dtype.kind not in "fc":
            given = np.asarray(given)
            given = given if given.dtype.kind in "fc" else given.astype(float)
        return given

    def fresh(self, value: Value, node: ast.expr, shared: bool) -> ast.expr:
        """A copy where it would be an input, a view of one, or an array returned already."""
        if value.rank and (shared or (value.op in ("diagonal", "broadcast") and value.operands[0].rank)):
            return method(node, "copy")
        return super().fresh(value, node, shared)
