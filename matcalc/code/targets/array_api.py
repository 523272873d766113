"""The array API standard: one source for NumPy, CuPy, PyTorch, JAX and Dask arrays, by ``array-api-compat``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...algebra.core import shape_of
from ..program import Value
from .broadcasting import Product
from .functional import FUNCTIONAL, FunctionalTarget, typed, with_axes_at
from .python import ARITHMETIC, WORDS, PythonTarget, call, constants, fill
from .runtime import helpers_of
from .target import Scope

if TYPE_CHECKING:
    from ..module import Signature, Task

# fmt: off
#: Instruction → the expression of its operands a, b, c.
ARRAY_API: dict[str, str] = ARITHMETIC | {
    "maximum":      "xp.maximum(a, b)",
    "minimum":      "xp.minimum(a, b)",
    "xlogy":        "xlogy(xp, a, b)",
    "inner":        "xp.sum(a * b)",
    "outer":        "a[:, None] * b",
    "kron":         "kron(xp, a, b)",
    "trace":        "xp.linalg.trace(a)",
    "vech":         "vech(xp, a)",
    "conjugate":    "xp.conj(a)",
    "real":         "xp.real(a)",
    "argmax":       "largest_entry(xp, a)",
    "solve":        "xp.linalg.solve(a, b)",
    "inverse":      "xp.linalg.inv(a)",
    "det":          "xp.linalg.det(a)",
    "logdet":       "xp.linalg.slogdet(a)[1]",
    "cholesky":     "xp.linalg.cholesky(a)",
    "pinv":         "pinv(xp, a)",
    "eigh":         "xp.linalg.eigh(a)",
    "svd":          "xp.linalg.svd(a, full_matrices=False)",
    "diagonal":     "xp.linalg.diagonal(a)",
    "diag":         "diag(xp, a)",
}
#: Known function of one number → the expression of its argument z.
FUNCTIONS: dict[str, str] = {
    **{name: f"xp.{name}(z)" for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign",
    )},
    "arcsin":       "xp.asin(z)",
    "arccos":       "xp.acos(z)",
    "arctan":       "xp.atan(z)",
    "arcsinh":      "xp.asinh(z)",
    "step":         "xp.astype(z > 0, z.dtype)",
    "leaky_step":   "xp.where(z > 0, xp.ones_like(z), 0.01)",
    "softplus":     "xp.logaddexp(z, xp.zeros_like(z))",
    "sigmoid":      "sigmoid(xp, z)",
}
# fmt: on
HELPERS = helpers_of("array_api_runtime.py")
#: Known functions that the standard does not have, and why there is no code for them.
MISSING = dict.fromkeys(
    ("erf", "Phi", "gamma", "lgamma", "digamma", "trigamma"), "the array API has no special functions"
)


def _reduction(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axis = value.attributes[0]
    return call(f"xp.{value.op}", a) if axis is None else call(f"xp.{value.op}", a, axis=axis)


def _transpose(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    return ast.Attribute(a, "T", ast.Load()) if axes == (1, 0) else call("xp.permute_dims", a, constants(axes))


def _einsum(scope: Scope, value: Value, *operands: ast.expr) -> ast.expr:
    """A product of the arrays with their axes aligned, summed."""
    product = Product.of(value)
    factors = []
    for node, axes, present in zip(operands, product.orders, product.present, strict=True):
        if axes == (1, 0):
            node = ast.Attribute(node, "T", ast.Load())
        elif axes != tuple(range(len(axes))):
            node = call("xp.permute_dims", node, constants(axes))
        factors.append(with_axes_at(node, present))
    whole = factors[0]
    for factor in factors[1:]:
        whole = fill("a * b", a=whole, b=factor)
    summed = range(Product.kept(value), len(product.letters))
    return call("xp.sum", whole, axis=summed[0] if len(summed) == 1 else constants(summed)) if summed else whole


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., ast.expr]] = FUNCTIONAL | {
    "matrix_function": lambda scope, value, a: call(scope.target.matrix_function(value), a),
    "divided_differences": lambda scope, value, *given: call("divided_differences", fill("xp"), *given),
    "second_divided_differences": lambda scope, value, *given: call("second_divided_differences", fill("xp"), *given),
    "frechet_matrix": lambda scope, value, a: call(scope.target.matrix_function(value), a),
    "sum": _reduction,
    "max": _reduction,
    "transpose": _transpose,
    "triangle": lambda scope, value, a: call("xp.tril" if value.attributes[0] else "xp.triu", a),
    "einsum": _einsum,
    "duplication": lambda scope, value, n: call("duplication", fill("xp"), n, **typed(scope)),
    "elimination": lambda scope, value, n: call("elimination", fill("xp"), n, **typed(scope)),
}


STANDARD = {word: line for word, line in PythonTarget.standard.items() if "Any" not in line} | {
    "": "from typing import Any, TypeAlias"
}


class ArrayAPI(FunctionalTarget):
    """``xp``, the namespace of the arrays that are passed."""

    name = "array-api"
    library = "xp"
    array_type = "Array"
    number_type = "Array"
    template = "array_api.py.jinja"
    carries = ("dtype", "device")
    standard = STANDARD
    join = ("xp", "concat", "axis")
    rows = ARRAY_API
    special = SPECIAL
    functions = FUNCTIONS
    missing = MISSING
    helpers = HELPERS
    reserved = WORDS | {"xp", "Any", "Array", "array_namespace", "math", *HELPERS}
    bool_type = fill("xp.bool")

    def prologue(self, task: Task, signature: Signature, text: str) -> list[str]:
        """The namespace of the arrays."""
        checks = super().prologue(task, signature, text)
        if "xp" not in re.findall(r"\w+", text):
            return checks
        arrays = [name for symbol, name in signature.arrays.items() if shape_of(symbol)] or signature.arrays.values()
        return [*checks, f"xp = array_namespace({', '.join(arrays)})"]

    def array(self, given: Any) -> Any:
        """Arrays as they are; numbers and lists of them as NumPy's."""
        from array_api_compat import is_array_api_obj

        if is_array_api_obj(given):
            return given
        import numpy as np

        return np.asarray(given, dtype=float)
