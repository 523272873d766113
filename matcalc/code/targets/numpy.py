"""NumPy, with SciPy for what it lacks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..program import Value
from .python import (
    ARITHMETIC,
    SHARED,
    WORDS,
    PythonTarget,
    call,
    constants,
    fill,
    method,
    submodules,
    tuple_of,
)
from .target import Code, Helper, Scope

if TYPE_CHECKING:
    from ..emitter import Emitter

# fmt: off
#: Instruction → the NumPy expression of its operands a, b, c.
NUMPY: dict[str, str] = ARITHMETIC | {
    "maximum":      "np.maximum(a, b)",
    "minimum":      "np.minimum(a, b)",
    "xlogy":        "special.xlogy(a, b)",
    "inner":        "np.vdot(a, b)",
    "outer":        "np.multiply.outer(a, b)",
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
    "pinv":         "np.linalg.pinv(a, rcond=1e-12)",
    "eigh":         "np.linalg.eigh(a)",
    "svd":          "np.linalg.svd(a, full_matrices=False)",
    "diagonal":     "a.diagonal()",
    "diag":         "np.diag(a)",
    "eye":          "np.eye(a)",
}
#: Known function of one number → the NumPy expression of its argument z.
FUNCTIONS: dict[str, str] = {
    **{name: f"np.{name}(z)" for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
        "sinh", "cosh", "tanh", "abs", "sign",
    )},
    "step":         "np.heaviside(z, 0.0)",
    "leaky_step":   "np.where(z > 0, 1.0, 0.01)",
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


# ---------------------------------------------------------------- expressions
def _matrix_power(scope: Scope, value: Value, a: ast.expr, k: ast.expr) -> ast.expr:
    """The exponent is a whole number, of whatever type it is passed."""
    whole = value.operands[1].op in ("number", "size")
    return call("np.linalg.matrix_power", a, k if whole else call("int", k))


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


def _filled_array(name: str) -> Callable[..., ast.expr]:
    def emit(scope: Scope, value: Value, *sizes: ast.expr) -> ast.expr:
        return call(f"np.{name}", sizes[0] if len(sizes) == 1 else tuple_of(sizes))

    return emit


def _block(scope: Scope, value: Value, *parts: ast.expr) -> ast.expr:
    rows, cols = value.attributes
    return call(
        "np.block",
        ast.List([ast.List(list(parts[i * cols : (i + 1) * cols]), ast.Load()) for i in range(rows)], ast.Load()),
    )


def _einsum(scope: Scope, value: Value, *operands: ast.expr) -> ast.expr:
    return call("np.einsum", ast.Constant(value.attributes[0]), *operands)


def _broadcast(scope: Scope, value: Value, a: ast.expr, *sizes: ast.expr) -> ast.expr:
    return call("np.broadcast_to", a, tuple_of(sizes))


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., ast.expr]] = SHARED | {
    "matrix_power": _matrix_power,
    "matrix_function": lambda scope, value, a: call(f"linalg.{value.attributes[0]}", a),
    "frechet_matrix": lambda scope, value, a: call("frechet_matrix", fill(f"linalg.{value.attributes[0]}"), a),
    "sum": _reduction,
    "max": _reduction,
    "transpose": _transpose,
    "reshape": _reshape,
    "triangle": lambda scope, value, a: call("np.tril" if value.attributes[0] else "np.triu", a),
    "einsum": _einsum,
    "broadcast": _broadcast,
    "block": _block,
    "concatenate": lambda scope, value, *parts: call("np.hstack", tuple_of(parts)),
    "ones": _filled_array("ones"),
    "zeros": _filled_array("zeros"),
}


# ---------------------------------------------------------------- statements
def _spread(emitter: Emitter, value: Value) -> Code:
    """Zeros, then the diagonal through a view that can be written to."""
    array, *sizes = emitter.operands(value)
    zeros = call("np.zeros", tuple_of([size.node for size in sizes]))
    code = emitter.store(emitter.wanted(value), zeros)
    emitter.statements.append(ast.Assign([_diagonal(value, code)], array.node, lineno=0))
    return code


def _add_on_diagonal(emitter: Emitter, value: Value) -> Code:
    """In place, in an array that nothing else uses."""
    whole, array = emitter.operands(value)
    base = value.operands[0]
    own = emitter.uses[base] == 1 and base.op not in emitter.views | {"input", "call"}
    if own and whole.name:
        code = whole
    else:
        code = emitter.store(emitter.wanted(value), whole.node if own else call("np.array", whole.node))
    emitter.statements.append(ast.AugAssign(_diagonal(value, code), ast.Add(), array.node))
    return code


def _diagonal(value: Value, code: Code) -> ast.Subscript:
    view = call("np.einsum", ast.Constant(value.attributes[0]), code.node)
    return ast.Subscript(view, ast.Constant(...), ast.Store())


# ---------------------------------------------------------------- helpers
HELPERS = {
    "sigmoid": Helper(
        "z: np.ndarray",
        "1/(1 + exp(−z)), entry by entry; where exp(−z) would overflow it is 0 to rounding.",
        ("return 1 / (1 + np.exp(-np.maximum(z, -700.0)))",),
    ),
    "largest_entry": Helper(
        "z: np.ndarray",
        "1 at the largest entry of z, 0 elsewhere.",
        ("indicator = np.zeros(z.shape)", "indicator.flat[np.argmax(z)] = 1.0", "return indicator"),
    ),
    "vech": Helper(
        "X: np.ndarray", "The columns of the lower triangle of X, stacked.", ("return X.T[np.triu_indices(len(X))]",)
    ),
    "elimination": Helper(
        "n: int",
        "The matrix L with vech X = L vec X for X n×n.",
        ("j, i = np.triu_indices(n)", "return np.eye(n * n)[i + n * j]"),
    ),
    "duplication": Helper(
        "n: int",
        "The matrix D with vec X = D vech X for symmetric X n×n.",
        (
            "j, i = np.triu_indices(n)",
            "eye = np.eye(n * n)",
            "return np.maximum(eye[i + n * j], eye[j + n * i]).T",
        ),
    ),
    "frechet_matrix": Helper(
        "f: Callable, X: np.ndarray",
        "The matrix K with vec L_f(X, E) = K vec E, L_f(X, E) the upper right block of f([X E; 0 X]).",
        (
            "n = len(X)",
            "big = np.kron(np.eye(2), X)",
            "K = np.zeros((n * n, n * n))",
            "for k in range(n * n):",
            "    big[k % n, n + k // n] = 1.0",
            "    K[:, k] = f(big)[:n, n:].T.reshape(-1)",
            "    big[k % n, n + k // n] = 0.0",
            "return K",
        ),
    ),
}


class NumPy(PythonTarget):
    """``np``, and ``special`` and ``linalg`` of SciPy."""

    name = "numpy"
    library = "np"
    array_type = "np.ndarray"
    template = "numpy.py.jinja"
    rows = NUMPY
    special = SPECIAL
    statements = MappingProxyType({"spread": _spread, "add_on_diagonal": _add_on_diagonal})
    functions = FUNCTIONS
    helpers = HELPERS
    reserved = WORDS | {"np", "special", "linalg", *HELPERS}

    def fresh(self, value: Value, node: ast.expr, shared: bool) -> ast.expr:
        """A copy where it would be an input, a view of one, or an array returned already."""
        if value.rank and (shared or value.op in ("diagonal", "broadcast")):
            return method(node, "copy")
        return super().fresh(value, node, shared)

    def imports(self, text: str) -> dict[str, Any]:
        return {"scipy": submodules(text, "linalg", "special")}
