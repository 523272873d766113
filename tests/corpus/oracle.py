"""What JAX autodiff says that each derivative of the corpus must be.

    python -m tests.corpus.oracle                    # compute what is new or has changed, and write expected.npz

The value of an expression is the case's `oracle`, a line of Python in `jnp` written straight from the definition; its
derivative is autodiff's, in float64. Only this module needs JAX: the tests read what it has written (see `records.py`).
"""

from __future__ import annotations

import unicodedata
from types import CodeType
from typing import Any

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402  (after the switch to float64)
import jax.scipy as jsp  # noqa: E402
import numpy as np  # noqa: E402

from tests.corpus import cases, records  # noqa: E402
from tests.corpus.cases import Arrays, Case  # noqa: E402

#: What `define` can make of an abstract function.
FUNCTIONS = {
    "identity": lambda z: z,
    "exp": jnp.exp,
    "log": jnp.log,
    "log1p": jnp.log1p,
    "expm1": jnp.expm1,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "arctan": jnp.arctan,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "erf": jsp.special.erf,
    "Phi": jsp.stats.norm.cdf,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "relu": jax.nn.relu,
    "elu": jax.nn.elu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "silu": jax.nn.silu,
    "leaky_relu": jax.nn.leaky_relu,
    "square": jnp.square,
    "softmax": lambda z: jax.nn.softmax(z, axis=-1),
    "logsoftmax": lambda z: jax.nn.log_softmax(z, axis=-1),
    "lse": jsp.special.logsumexp,
    "logsumexp": jsp.special.logsumexp,
    "sum": jnp.sum,
    "mean": jnp.mean,
    "norm1": lambda z: jnp.sum(jnp.abs(z)),
    "norm2": lambda z: jnp.sqrt(jnp.sum(z * z)),
    "logdet": lambda z: jnp.linalg.slogdet(z)[1],
    "tr": jnp.trace,
    "trace": jnp.trace,
    "det": jnp.linalg.det,
    "inv": jnp.linalg.inv,
    "vec": lambda z: z.T.reshape(-1),
}


def namespace(case: Case, given: Arrays) -> dict[str, Any]:
    """What the names in `oracle` mean: jnp, jax, jsp, the inputs, and the abstract functions as `define` makes them."""
    names: dict[str, Any] = {"jnp": jnp, "jax": jax, "jsp": jsp}
    definitions = dict(case.get("define") or {})
    for name, entry in cases.declarations(case).items():
        if entry["function"] in FUNCTIONS:
            definitions.setdefault(name, entry["function"])
    for name, text in definitions.items():
        if text not in FUNCTIONS:
            raise ValueError(f"{case.get('id')}: unknown function {text!r} in `define`")
        names[cases.pyname(name)] = FUNCTIONS[text]
    names.update((name, jnp.asarray(array)) for name, array in given.items())
    return names


def value(case: Case, given: Arrays) -> np.ndarray:
    """The value of the expression at these inputs."""
    return np.asarray(eval(_compiled(case), namespace(case, given)))


def expected(case: Case, given: Arrays) -> np.ndarray | Arrays:
    """The derivative by autodiff, of the shape that FORMAT.md gives; a `structure` is applied last.

    A dict where `wrt` is a list: variable → array; for a Hessian `"a,b"` → array of shape a.shape + b.shape.
    """
    code, names, variables = _compiled(case), namespace(case, given), cases.variables(case)

    def function(*args: Any) -> Any:
        return eval(code, {**names, **dict(zip(variables, args, strict=True))})

    def scalar(*args: Any) -> Any:
        return jnp.reshape(function(*args), ())

    args = tuple(names[name] for name in variables)
    positions = tuple(range(len(args)))
    table: Arrays
    if case["kind"] == "hessian":
        rows = jax.jacfwd(jax.grad(scalar, positions), positions)(*args)
        table = {f"{a},{b}": np.asarray(rows[i][j]) for i, a in enumerate(variables) for j, b in enumerate(variables)}
    elif case["kind"] in ("gradient", "jacobian"):
        # forward mode is safe for every oracle; a constant value still yields zeros
        differentiate = jax.grad(scalar, positions) if case["kind"] == "gradient" else jax.jacfwd(function, positions)
        table = {name: np.asarray(part) for name, part in zip(variables, differentiate(*args), strict=True)}
    else:
        raise ValueError(f"{case.get('id')}: unknown kind {case['kind']!r}")
    if isinstance(case["wrt"], list):
        return table
    return _structured(case, next(iter(table.values())), args[0].ndim)


def _compiled(case: Case) -> CodeType:
    return compile(unicodedata.normalize("NFKC", case["oracle"]), f"<oracle of {case.get('id')}>", "eval")


#: How a convention for structured variables changes the derivative G of independent entries (last two axes).
STRUCTURES = {
    "symmetric": lambda G, Gt: (G + Gt) / 2,
    "symmetric-entries": lambda G, Gt: G + Gt - G * np.eye(G.shape[-1]),
    "skew": lambda G, Gt: (G - Gt) / 2,
    "skew-entries": lambda G, Gt: G - Gt,
    "diagonal": lambda G, Gt: G * np.eye(G.shape[-1]),
    "lower": lambda G, Gt: np.tril(G),
    "upper": lambda G, Gt: np.triu(G),
}


def _structured(case: Case, array: np.ndarray, ndim: int) -> np.ndarray:
    """Apply the case's convention; to a Hessian, on both pairs of axes."""
    structure = case.get("structure")
    if structure is None:
        return array
    if structure == "complex-gradient":
        return np.conj(array)
    project = STRUCTURES[structure]
    array = np.asarray(project(array, np.swapaxes(array, -1, -2)))
    if case["kind"] == "hessian":
        exchange = (*range(ndim, 2 * ndim), *range(ndim))  # ∂²f/∂X∂X is symmetric under it
        array = array.transpose(exchange)
        array = np.asarray(project(array, np.swapaxes(array, -1, -2))).transpose(exchange)
    return array


def answer(case: Case, seed: int) -> records.Trial:
    """The inputs of a trial, and the derivative there."""
    given = cases.inputs(case, seed)
    return records.Trial(given, expected(case, given))


def recorded(case: Case) -> list[records.Trial]:
    """What is recorded of a case that has not changed since; else what JAX says now."""
    kept = records.trials(case)
    return kept if len(kept) == len(records.SEEDS) else [answer(case, seed) for seed in records.SEEDS]


if __name__ == "__main__":
    records.write({case["id"]: (case, recorded(case)) for case in records.corpus()})
