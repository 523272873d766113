"""Functions of one number by their definitions, at real numbers and, where they are analytic, beside the real axis.

Kinks and jumps go by the real part: |x + ih| is (x + ih) sign x, which has the derivative sign x as its imaginary part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any


def _special(name: str) -> Callable[[Array], Array]:
    def run(x: Array) -> Array:
        from scipy import special

        return getattr(special, name)(x)

    return run


def _trigamma(x: Array) -> Array:
    from scipy import special

    return special.polygamma(1, x)


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def _where_positive(z: Array, yes: Array, no: Array) -> Array:
    return np.where(np.real(z) > 0, yes, no)


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    **{
        name: getattr(np, name)
        for name in (
            "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
            "sinh", "cosh", "tanh", "arcsinh",
        )
    },
    "abs": lambda z: z * np.sign(np.real(z)),
    "sign": lambda z: np.sign(np.real(z)),
    "step": lambda z: _where_positive(z, 1.0, 0.0),
    "relu": lambda z: _where_positive(z, z, 0.0),
    "leaky_relu": lambda z: _where_positive(z, z, 0.01 * z),
    "leaky_step": lambda z: _where_positive(z, 1.0, 0.01),
    "elu": lambda z: _where_positive(z, z, np.exp(z) - 1),
    "sigmoid": _sigmoid,
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "logsigmoid": lambda z: -np.log(1 + np.exp(-z)),
    "silu": lambda z: z * _sigmoid(z),
    "normal_density": lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi),
    "Phi": _special("ndtr"),
    "gelu": lambda z: z * _special("ndtr")(z),
    "erf": _special("erf"),
    "gamma": _special("gamma"),
    "lgamma": _special("gammaln"),
    "digamma": _special("digamma"),
    "trigamma": _trigamma,
}  # fmt: skip

#: SciPy's, which round a tiny imaginary part away.
REAL_ONLY = frozenset(("Phi", "gelu", "erf", "gamma", "lgamma", "digamma", "trigamma"))
