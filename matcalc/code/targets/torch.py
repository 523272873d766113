"""PyTorch: functions of tensors, and a ``torch.autograd.Function`` whose backward pass is the closed form."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, ClassVar

from ..program import Value
from .functional import FUNCTIONAL, FunctionalTarget, typed
from .python import ARITHMETIC, WORDS, call, fill, method
from .runtime import helpers_of
from .target import Scope

# fmt: off
#: Instruction → the PyTorch expression of its operands a, b, c.
TORCH: dict[str, str] = ARITHMETIC | {
    "xlogy":        "torch.xlogy(a, b)",
    "inner":        "(a * b).sum()",
    "outer":        "torch.outer(a, b)",
    "kron":         "kron(a, b)",
    "trace":        "torch.trace(a)",
    "vech":         "vech(a)",
    "conjugate":    "torch.conj(a)",
    "real":         "torch.real(a)",
    "argmax":       "largest_entry(a)",
    "solve":        "torch.linalg.solve(a, b)",
    "inverse":      "torch.linalg.inv(a)",
    "det":          "torch.linalg.det(a)",
    "logdet":       "torch.linalg.slogdet(a)[1]",
    "cholesky":     "torch.linalg.cholesky(a)",
    "pinv":         "pinv(a)",
    "eigh":         "torch.linalg.eigh(a)",
    "svd":          "torch.linalg.svd(a, full_matrices=False)",
    "diagonal":     "torch.diagonal(a)",
    "diag":         "torch.diag(a)",
}
#: Known function of one number → the PyTorch expression of its argument z.
FUNCTIONS: dict[str, str] = {
    **{name: f"torch.{name}(z)" for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
        "sinh", "cosh", "tanh", "arcsinh", "abs", "sign",
    )},
    "step":         "(z > 0).to(z.dtype)",
    "leaky_step":   "torch.where(z > 0, torch.ones_like(z), 0.01)",
    "softplus":     "torch.logaddexp(z, torch.zeros_like(z))",
    "sigmoid":      "torch.sigmoid(z)",
    "erf":          "torch.erf(z)",
    "Phi":          "torch.special.ndtr(z)",
    "gamma":        "gamma(z)",
    "lgamma":       "torch.lgamma(z)",
    "digamma":      "torch.digamma(z)",
    "trigamma":     "torch.special.zeta(2, z)",
}
# fmt: on
HELPERS = helpers_of("torch_runtime.py")
#: Function of a matrix → its name; logm and sqrtm are not there.
MATRIX_FUNCTIONS = {"expm": "torch.linalg.matrix_exp"} | {
    name: name for name in ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")
}


def _reduction(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    """The largest entries along an axis are ``amax``."""
    axis = value.attributes[0]
    name = {"sum": "sum", "max": "amax"}[value.op]
    return method(a, name) if axis is None else method(a, name, dim=axis)


def _bound(name: str, side: str) -> Callable[..., ast.expr]:
    """maximum and minimum take tensors, clamp takes a number."""

    def emit(scope: Scope, value: Value, a: ast.expr, b: ast.expr) -> ast.expr:
        left, right = (v in scope.static for v in value.operands)
        if left and right:
            return call(name[:3], a, b)
        if left or right:
            return call("torch.clamp", *((b,) if left else (a,)), **{side: a if left else b})
        return call(f"torch.{name}", a, b)

    return emit


def _transpose(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    axes = value.attributes[0]
    return ast.Attribute(a, "T", ast.Load()) if axes == (1, 0) else method(a, "permute", *map(ast.Constant, axes))


def _frechet_matrix(scope: Scope, value: Value, a: ast.expr) -> ast.expr:
    return call("frechet_matrix", fill(scope.target.matrix_function(value)), a)


def _of_vech(scope: Scope, value: Value, n: ast.expr) -> ast.expr:
    return call(value.op, n, **typed(scope))


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., ast.expr]] = FUNCTIONAL | {
    "maximum": _bound("maximum", "min"),
    "minimum": _bound("minimum", "max"),
    "matrix_function": lambda scope, value, a: call(scope.target.matrix_function(value), a),
    "divided_differences": lambda scope, value, *given: call("divided_differences", *given),
    "second_divided_differences": lambda scope, value, *given: call("second_divided_differences", *given),
    "frechet_matrix": _frechet_matrix,
    "sum": _reduction,
    "max": _reduction,
    "transpose": _transpose,
    "triangle": lambda scope, value, a: call("torch.tril" if value.attributes[0] else "torch.triu", a),
    "einsum": lambda scope, value, *operands: call("torch.einsum", ast.Constant(value.attributes[0]), *operands),
    "duplication": _of_vech,
    "elimination": _of_vech,
}


class Torch(FunctionalTarget):
    """``torch`` alone."""

    name = "torch"
    library = "torch"
    array_type = "torch.Tensor"
    test_arrays = "{k: torch.as_tensor(np.asarray(a)) for k, a in arrays.items()}"
    number_type = "torch.Tensor"
    template = "torch.py.jinja"
    wrapper = "torch_wrapper.py.jinja"
    carries = ("dtype", "device")
    maps, vmap = True, ("torch.vmap", "in_dims")
    options: ClassVar[tuple[str, ...]] = (*FunctionalTarget.options, "batch")
    join = ("torch", "cat", "dim")
    rows = TORCH
    special = SPECIAL
    functions = FUNCTIONS
    helpers = HELPERS
    matrix_functions = MATRIX_FUNCTIONS
    reserved = WORDS | {"torch", "math", "partial", "Any", "differentiable", "Differentiable", "ctx", *HELPERS}
    bool_type = fill("torch.bool")

    def array(self, given: Any) -> Any:
        """Tensors as they are; numbers and lists of them in double precision."""
        import torch

        if not isinstance(given, torch.Tensor):
            given = torch.as_tensor(given, dtype=None if hasattr(given, "dtype") else torch.float64)
        return given if given.is_floating_point() or given.is_complex() else given.to(torch.float64)

    def single(self, array: Any) -> Any:
        return array.float()
