"""Run an array program in NumPy, without text: one row for every instruction.

The arithmetic is analytic beside the real axis — no conjugates, no absolute values, kinks by the real part — so that a
program at X + ih dX has its directional derivative as imaginary part (Squire & Trapp 1998).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..errors import CompileError
from .program import EACH, Callee, Program, Value

Array: TypeAlias = Any
#: The caller's functions: name → its derivatives of order 0, 1, 2, …
Functions: TypeAlias = Mapping[str, Any]


def interpret(
    program: Program,
    arrays: Mapping[Any, Array],
    functions: Functions | None = None,
    watch: Callable[[Value, Sequence[Array]], None] | None = None,
) -> dict[str, Array]:
    """The outputs at these arrays, keyed by the inputs' symbols (or by their names).

    ``functions`` maps the name of a function to its derivatives by order; ``watch`` is shown every instruction with its
    operands before it runs.
    """
    given = dict(functions or {})
    by_name = {one.symbol: one.name for one in program.inputs}
    results: dict[Value, Array] = {}
    for value in program.instructions:
        if value.op == "input":
            symbol = value.attributes[0]
            array = arrays[symbol] if symbol in arrays else arrays[by_name[symbol]]
            results[value] = np.asarray(array)
        elif value.op == "call":
            results[value] = _call(value.attributes[0], given, results[value.operands[0]])
        else:
            operands = [results[v] for v in value.operands]
            if watch is not None:
                watch(value, operands)
            results[value] = RUN[value.op](value, *operands)
    return {name: results[value] for name, value in program.outputs.items()}


def _call(callee: Callee, functions: dict[str, Any], x: Array) -> Array:
    if callee.name not in functions:
        raise CompileError(f"the function {callee.name} is not given")
    orders = functions[callee.name]
    return orders[callee.order](x)


# ---------------------------------------------------------------- functions of one number
def _special(name: str, derivative: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """scipy.special's function, imported when it is first used; beside the real axis f(x + ih) = f(x) + ih f′(x).

    SciPy's complex versions round an imaginary part of 10⁻²⁰ away.
    """

    def run(z: Array) -> Array:
        from scipy import special

        x = np.real(z)
        at = getattr(special, name)(x)
        return at + 1j * np.imag(z) * derivative(x) if np.iscomplexobj(z) else at

    return run


def _polygamma(order: int) -> Callable[[Array], Array]:
    def run(x: Array) -> Array:
        from scipy import special

        return special.polygamma(order, x)

    return run


def _trigamma(z: Array) -> Array:
    x = np.real(z)
    at = _polygamma(1)(x)
    return at + 1j * np.imag(z) * _polygamma(2)(x) if np.iscomplexobj(z) else at


def _gamma_derivative(x: Array) -> Array:
    from scipy import special

    return special.gamma(x) * special.digamma(x)


def _xlogy(a: Array, b: Array) -> Array:
    zero = a == 0
    return np.where(zero, 0.0, a * np.log(np.where(zero, 1.0, b)))


def _abs(z: Array) -> Array:
    return z * np.sign(np.real(z))


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-np.where(np.real(z) > -700, z, -700.0)))


def _softplus(z: Array) -> Array:
    """max(z, 0) + log(1 + exp(−|z|))."""
    positive = np.real(z) > 0
    return np.where(positive, z, 0.0) + np.log1p(np.exp(np.where(positive, -z, z)))


#: Function → its values, at real and complex numbers.
FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    **{
        name: getattr(np, name)
        for name in (
            "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
            "sinh", "cosh", "tanh", "arcsinh",
        )
    },
    "abs": _abs,
    "sign": lambda z: np.sign(np.real(z)),
    "step": lambda z: np.heaviside(np.real(z), 0.0),
    "leaky_step": lambda z: np.where(np.real(z) > 0, 1.0, 0.01),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "erf": _special("erf", lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x)),
    "Phi": _special("ndtr", lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi)),
    "gamma": _special("gamma", _gamma_derivative),
    "lgamma": _special("gammaln", _polygamma(0)),
    "digamma": _special("digamma", _polygamma(1)),
    "trigamma": _trigamma,
}  # fmt: skip


# ---------------------------------------------------------------- instructions
def _inner(value: Value, a: Array, b: Array) -> Array:
    return np.sum(a * b)  # no conjugate


def _max(value: Value, a: Array) -> Array:
    return np.max(a, axis=value.attributes[0])  # complex numbers are compared by their real parts first


def _argmax(value: Value, a: Array) -> Array:
    if value.attributes == EACH:
        return np.array([_argmax(value.operands[0], one) for one in a]).reshape(np.shape(a))
    out = np.zeros(np.shape(a))
    out.flat[np.argmax(np.real(a))] = 1.0
    return out


def _logdet(value: Value, a: Array) -> Array:
    """log |det A|; of a complex matrix near a real one, the logarithm of ± det A."""
    sign, magnitude = np.linalg.slogdet(a)
    if not np.iscomplexobj(a):
        return magnitude
    return magnitude + np.log(sign * np.sign(np.real(sign)))


#: Imaginary parts up to this are a complex step.
LARGEST_STEP = 1e-9


def _beside(f: Callable[[Array], Any], derivative: Callable[[Array, Array, Any], Any], a: Array) -> Any:
    """f(A + ih E) = f(A) + ih L(A, E), for functions whose algorithms are not analytic."""
    at = f(np.real(a))
    if not np.iscomplexobj(a):
        return at
    step = np.imag(a)
    size = float(np.max(np.abs(step))) or 1.0
    moved = derivative(np.real(a), step / size, at)
    if isinstance(at, tuple):
        return tuple(x + 1j * size * dx for x, dx in zip(at, moved, strict=True))
    return at + 1j * size * moved


def _cholesky(value: Value, a: Array) -> Array:
    def derivative(s: Array, e: Array, lower: Array) -> Array:
        inside = np.linalg.solve(lower, np.linalg.solve(lower, e).T).T  # L⁻¹ E L⁻ᵀ
        return lower @ (np.tril(inside) - np.diag(np.diag(inside)) / 2)

    return _beside(np.linalg.cholesky, derivative, a)


def _pinv(value: Value, a: Array) -> Array:
    def derivative(x: Array, e: Array, p: Array) -> Array:
        left, right = np.eye(x.shape[0]) - x @ p, np.eye(x.shape[1]) - p @ x
        return -p @ e @ p + p @ p.T @ e.T @ left + right @ e.T @ p.T @ p

    return _beside(lambda x: np.linalg.pinv(x, rcond=1e-12), derivative, a)


def _eigh(value: Value, a: Array) -> tuple[Array, Array]:
    def derivative(x: Array, e: Array, at: tuple[Array, Array]) -> tuple[Array, Array]:
        values, vectors = at
        inside = vectors.T @ e @ vectors
        gaps = values - values[:, None] + np.eye(len(values))
        return np.diag(inside).copy(), vectors @ ((inside / gaps) * (1 - np.eye(len(values))))

    return tuple(_beside(lambda x: tuple(np.linalg.eigh(x)), derivative, a))


def _svd(value: Value, a: Array) -> tuple[Array, Array, Array]:
    """The singular vectors move as those of simple singular values do (Giles 2008 §3.1; Townsend 2016)."""

    def derivative(x: Array, e: Array, at: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        u, s, vh = at
        v, inside = vh.T, u.T @ e @ vh.T
        gaps = s**2 - s[:, None] ** 2 + np.eye(len(s))
        apart = (1 - np.eye(len(s))) / gaps
        du = u @ (apart * (inside * s + s[:, None] * inside.T)) + (e @ v - u @ inside) / s
        dv = v @ (apart * (s[:, None] * inside + inside.T * s)) + (e.T @ u - v @ inside.T) / s
        return du, np.diag(inside).copy(), dv.T

    return tuple(_beside(lambda x: tuple(np.linalg.svd(x, full_matrices=False)), derivative, a))


def _part(value: Value, parts: tuple[Array, ...]) -> Array:
    fields = {"eigenvalues": 0, "eigenvectors": 1, "U": 0, "S": 1, "Vh": 2}
    return parts[fields[value.attributes[0]]]


def _matrix_function(value: Value, a: Array) -> Array:
    from scipy import linalg

    f = getattr(linalg, value.attributes[0])
    if (
        np.iscomplexobj(a) and np.max(np.abs(np.imag(a))) > LARGEST_STEP
    ):  # a matrix that is complex, not one moved by ih E
        return f(a)

    def derivative(x: Array, e: Array, at: Array) -> Array:
        n = len(x)
        return np.real(f(np.block([[x, e], [np.zeros((n, n)), x]]))[:n, n:])

    return _beside(f, derivative, a)


def _divided(value: Value, *given: Array) -> Array:
    """As in the emitted modules."""
    from .targets import numpy_runtime

    return getattr(numpy_runtime, value.op)(*given)


def _vech(a: Array) -> Array:
    """The columns of the lower triangle: the rows of the upper one of the transpose."""
    columns, rows = np.triu_indices(a.shape[-1])
    return a[..., rows, columns]


def _elimination(n: int) -> Array:
    rows, cols = np.triu_indices(n)
    return np.eye(n * n)[cols + n * rows]


def _duplication(n: int) -> Array:
    """Columns of entries off the diagonal are those of both."""
    rows, cols = np.triu_indices(n)
    both = np.eye(n * n)[cols + n * rows] + np.eye(n * n)[rows + n * cols]
    return np.minimum(both, 1.0).T


def _frechet_matrix(value: Value, a: Array) -> Array:
    n = len(a)
    columns = []
    for k in range(n * n):
        big = np.kron(np.eye(2), a)
        big[k % n, n + k // n] = 1.0
        columns.append(_matrix_function(value, big)[:n, n:].reshape(-1, order="F"))
    return np.stack(columns, axis=1)


def _number(value: Value) -> Array:
    expression = value.attributes[0]
    return int(expression) if expression.is_Integer else float(expression)


def _transpose(value: Value, a: Array) -> Array:
    return np.transpose(a, value.attributes[0])


def _reshape(value: Value, a: Array, *sizes: Any) -> Array:
    return np.reshape(a, _sizes(*sizes) or ((-1,) if value.rank else ()), order=value.attributes[0])


def _broadcast(value: Value, a: Array, *sizes: Any) -> Array:
    return np.array(np.broadcast_to(a, tuple(int(s) for s in sizes)))


def _index(axis: int, rank: int, part: Any) -> tuple[Any, ...]:
    return tuple(part if k == axis else slice(None) for k in range(rank))


def _take(value: Value, a: Array, index: Any) -> Array:
    return a[_index(value.attributes[0], np.ndim(a), int(np.real(index)))]


def _every(value: Value, a: Array, step: Any) -> Array:
    return a[_index(value.attributes[0], np.ndim(a), slice(None, None, int(step)))]


def _slice(value: Value, a: Array, start: Any, stop: Any) -> Array:
    axis, _, to_last = value.attributes
    return a[_index(axis, np.ndim(a), slice(int(start), None if to_last else int(stop)))]


def _spread(value: Value, a: Array, *sizes: Any) -> Array:
    out = np.zeros(tuple(int(s) for s in sizes), dtype=np.result_type(a, float))
    np.einsum(value.attributes[0], out)[...] = a
    return out


def _add_on_diagonal(value: Value, whole: Array, a: Array) -> Array:
    out = np.array(whole, dtype=np.result_type(whole, a))
    np.einsum(value.attributes[0], out)[...] += a
    return out


def _block(value: Value, *parts: Array) -> Array:
    rows, cols = value.attributes
    return np.block([[np.atleast_2d(p) for p in parts[i * cols : (i + 1) * cols]] for i in range(rows)])


def _matrix_power(value: Value, a: Array, k: Any) -> Array:
    return np.linalg.matrix_power(a, int(np.real(k)))


def _sizes(*sizes: Any) -> tuple[int, ...]:
    return tuple(int(s) for s in sizes)


#: Instruction → what it computes.
RUN: dict[str, Callable[..., Array]] = {
    "number": _number,
    "size": lambda value, a: np.shape(a)[value.attributes[0]],
    "add": lambda value, a, b: a + b,
    "subtract": lambda value, a, b: a - b,
    "multiply": lambda value, a, b: a * b,
    "divide": lambda value, a, b: a / b,
    "negative": lambda value, a: -a,
    "floor_divide": lambda value, a, b: a // b,
    "power": lambda value, a, b: np.power(np.asarray(a) * 1.0, b),
    "maximum": lambda value, a, b: np.where(np.real(a) > np.real(b), a, b),
    "minimum": lambda value, a, b: np.where(np.real(a) < np.real(b), a, b),
    "xlogy": lambda value, a, b: _xlogy(a, b),
    "apply": lambda value, a: FUNCTIONS[value.attributes[0]](a),
    "matmul": lambda value, a, b: np.matmul(a, b),
    "inner": _inner,
    "outer": lambda value, a, b: np.multiply.outer(a, b),
    "kron": lambda value, a, b: np.kron(a, b),
    "einsum": lambda value, *operands: np.einsum(value.attributes[0], *operands, optimize=True),
    "matrix_power": _matrix_power,
    "sum": lambda value, a: np.sum(a, axis=value.attributes[0]),
    "max": _max,
    "conjugate": lambda value, a: np.conj(a),
    "real": lambda value, a: np.real(a),
    "trace": lambda value, a: np.trace(a),
    "argmax": _argmax,
    "solve": lambda value, a, b: np.linalg.solve(a, b),
    "inverse": lambda value, a: np.linalg.inv(a),
    "det": lambda value, a: np.linalg.det(a),
    "logdet": _logdet,
    "factor": lambda value, a: a,
    "factor_solve": lambda value, a, b: np.linalg.solve(a.T if value.attributes[1] else a, b),
    "factor_inverse": lambda value, a: np.linalg.inv(a),
    "factor_det": lambda value, a: np.linalg.det(a),
    "factor_logdet": _logdet,
    "spd_solve": lambda value, a, b: np.linalg.solve(a, b),
    "cholesky": _cholesky,
    "pinv": _pinv,
    "eigh": _eigh,
    "svd": _svd,
    "part": _part,
    "matrix_function": _matrix_function,
    "frechet_matrix": _frechet_matrix,
    "divided_differences": _divided,
    "second_divided_differences": _divided,
    "rows": lambda value, a: a,
    "vdot": lambda value, a, b: np.vdot(a, b),
    "residual": lambda value, x, a, b: x - (a @ b if a.ndim == 2 else np.outer(a, b)),
    "by_rows": lambda value, width, *results: results,
    "result": lambda value, a: a[value.attributes[0]],
    "vech": lambda value, a: _vech(a),
    "duplication": lambda value, n: _duplication(int(n)),
    "elimination": lambda value, n: _elimination(int(n)),
    "transpose": _transpose,
    "reshape": _reshape,
    "expand": lambda value, a: np.expand_dims(a, value.attributes[0]),
    "broadcast": _broadcast,
    "diagonal": lambda value, a: np.diagonal(a, axis1=-2, axis2=-1),
    "diag": lambda value, a: np.diag(a),
    "triangle": lambda value, a: (np.tril if value.attributes[0] else np.triu)(a),
    "take": _take,
    "every": _every,
    "slice": _slice,
    "spread": _spread,
    "add_on_diagonal": _add_on_diagonal,
    "block": _block,
    "concatenate": lambda value, *parts: np.hstack(parts),
    "eye": lambda value, n: np.eye(int(n)),
    "ones": lambda value, *sizes: np.ones(_sizes(*sizes)),
    "zeros": lambda value, *sizes: np.zeros(_sizes(*sizes)),
}
