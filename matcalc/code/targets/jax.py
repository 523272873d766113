"""JAX: pure functions for ``jit``, ``vmap`` and ``grad``, and the value with the closed form as its derivative."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, ClassVar

from ..program import Value
from .functional import FUNCTIONAL, FunctionalTarget
from .python import ARITHMETIC, WORDS, call, constants, fill
from .runtime import helpers_of
from .target import Scope

# fmt: off
#: Instruction → the JAX expression of its operands a, b, c.
JAX: dict[str, str] = ARITHMETIC | {
    "maximum":      "jnp.maximum(a, b)",
    "minimum":      "jnp.minimum(a, b)",
    "xlogy":        "special.xlogy(a, b)",
    "inner":        "jnp.vdot(a, b)",
    "outer":        "jnp.outer(a, b)",
    "kron":         "jnp.kron(a, b)",
    "trace":        "jnp.trace(a)",
    "vech":         "vech(a)",
    "conjugate":    "jnp.conj(a)",
    "real":         "jnp.real(a)",
    "argmax":       "largest_entry(a)",
    "solve":        "jnp.linalg.solve(a, b)",
    "inverse":      "jnp.linalg.inv(a)",
    "det":          "jnp.linalg.det(a)",
    "logdet":       "jnp.linalg.slogdet(a)[1]",
    "cholesky":     "jnp.linalg.cholesky(a)",
    "pinv":         "pinv(a)",
    "eigh":         "jnp.linalg.eigh(a)",
    "svd":          "jnp.linalg.svd(a, full_matrices=False)",
    "diagonal":     "jnp.diagonal(a)",
    "diag":         "jnp.diag(a)",
}
#: Known function of one number → the JAX expression of its argument z.
FUNCTIONS: dict[str, str] = {
    **{name: f"jnp.{name}(z)" for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
        "sinh", "cosh", "tanh", "arcsinh", "abs", "sign",
    )},
    "step":         "jnp.heaviside(z, 0.0)",
    "leaky_step":   "jnp.where(z > 0, 1.0, 0.01)",
    "softplus":     "jax.nn.softplus(z)",
    "sigmoid":      "jax.nn.sigmoid(z)",
    "erf":          "special.erf(z)",
    "Phi":          "special.ndtr(z)",
    "gamma":        "special.gamma(z)",
    "lgamma":       "special.gammaln(z)",
    "digamma":      "special.digamma(z)",
    "trigamma":     "special.polygamma(1, z)",
}
# fmt: on
HELPERS = helpers_of("jax_runtime.py")
LIBRARIES = {"jax.scipy": ("linalg", "special")}
#: Function of a matrix → its name; logm is not there.
MATRIX_FUNCTIONS = {"expm": "linalg.expm"} | {
    name: name for name in ("sqrtm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")
}


def _matrix_function(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    return call(scope.target.matrix_function(value), a)


def _frechet_matrix(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    return call("frechet_matrix", fill(scope.target.matrix_function(value)), a)


def _reduction(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axis = value.attributes[0]
    return call(f"jnp.{value.op}", a) if axis is None else call(f"jnp.{value.op}", a, axis=axis)


def _transpose(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    if axes == tuple(reversed(range(len(axes)))):
        return ast.Attribute(a, "T", ast.Load())
    return call("jnp.transpose", a, constants(axes))


def _of_vech(scope: Scope, value: Value, n: ast.expr) -> ast.expr:
    return call(value.op, n)


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., ast.expr]] = FUNCTIONAL | {
    "matrix_function": _matrix_function,
    "divided_differences": lambda scope, value, *given: call("divided_differences", *given),
    "second_divided_differences": lambda scope, value, *given: call("second_divided_differences", *given),
    "frechet_matrix": _frechet_matrix,
    "sum": _reduction,
    "max": _reduction,
    "transpose": _transpose,
    "triangle": lambda scope, value, a: call("jnp.tril" if value.attributes[0] else "jnp.triu", a),
    "einsum": lambda scope, value, *operands: call("jnp.einsum", ast.Constant(value.attributes[0]), *operands),
    "duplication": _of_vech,
    "elimination": _of_vech,
}


class Jax(FunctionalTarget):
    """``jnp``, and ``special`` and ``linalg`` of ``jax.scipy``."""

    name = "jax"
    library = "jnp"
    array_type = "jax.Array"
    test_imports = ("import numpy as np", "", 'jax.config.update("jax_enable_x64", True)')
    number_type = "jax.Array"
    libraries = LIBRARIES
    template = "jax.py.jinja"
    wrapper = "jax_wrapper.py.jinja"
    maps, vmap = True, ("jax.vmap", "in_axes")
    options: ClassVar[tuple[str, ...]] = (*FunctionalTarget.options, "batch")
    join = ("jnp", "concatenate", "axis")
    rows = JAX
    special = SPECIAL
    functions = FUNCTIONS
    matrix_functions = MATRIX_FUNCTIONS
    helpers = HELPERS
    reserved = WORDS | {"jax", "jnp", "special", "linalg", "math", "partial", "differentiable", *HELPERS}  # fmt: skip

    def array(self, given: Any) -> Any:
        import jax.numpy as jnp

        array = jnp.asarray(given)
        return array if jnp.issubdtype(array.dtype, jnp.inexact) else array.astype(float)
