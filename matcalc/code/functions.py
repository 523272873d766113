"""The known functions of one number, as array code.

A row of :data:`ARRAY_FUNCTIONS` is an instruction of its own: the text NumPy has for it, for an array called ``z``;
where that would be long, ``helper`` is the body of a small function of the emitted module. Functions that are
compositions of others (gelu, elu, log σ, …) are in :data:`COMPOSED`, written in the vocabulary of the array program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import Rational, pi, sqrt

from ..errors import CompileError

if TYPE_CHECKING:
    from .builder import Builder
    from .program import Value


@dataclass(frozen=True)
class ArrayFunction:
    """A function applied to every entry."""

    name: str
    numpy: str
    helper: str = ""
    #: What the helper computes, for its docstring.
    formula: str = ""


def _numpy(name: str) -> ArrayFunction:
    return ArrayFunction(name, f"np.{name}(z)")


# fmt: off
_ROWS = [
    *(_numpy(name) for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
        "sinh", "cosh", "tanh",
        "abs", "sign",
    )),
    ArrayFunction("step",       "np.heaviside(z, 0.0)"),
    ArrayFunction("leaky_step", "np.where(z > 0, 1.0, 0.01)"),
    ArrayFunction("softplus",   "np.logaddexp(0.0, z)"),
    ArrayFunction("sigmoid",    "sigmoid(z)",
                  helper="return 1 / (1 + np.exp(-np.maximum(z, -700.0)))",
                  formula="1/(1 + exp(−z)), entry by entry; where exp(−z) would overflow it is 0 to rounding."),
    ArrayFunction("erf",        "special.erf(z)"),
    ArrayFunction("Phi",        "special.ndtr(z)"),
    ArrayFunction("gamma",      "special.gamma(z)"),
    ArrayFunction("lgamma",     "special.gammaln(z)"),
    ArrayFunction("digamma",    "special.digamma(z)"),
    ArrayFunction("trigamma",   "special.polygamma(1, z)"),
]
# fmt: on
ARRAY_FUNCTIONS = {row.name: row for row in _ROWS}


# ---------------------------------------------------------------- compositions
def _relu(b: Builder, z: Value) -> Value:
    return b.maximum(z, b.number(0))


def _leaky_relu(b: Builder, z: Value) -> Value:
    return b.maximum(z, b.multiply(b.number(Rational(1, 100)), z))


def _elu(b: Builder, z: Value) -> Value:
    """max(z, 0) + exp(min(z, 0)) − 1."""
    return b.add(b.maximum(z, b.number(0)), b.apply("expm1", b.minimum(z, b.number(0))))


def _logsigmoid(b: Builder, z: Value) -> Value:
    """−log(1 + exp(−z))."""
    return b.negative(b.apply("softplus", b.negative(z)))


def _silu(b: Builder, z: Value) -> Value:
    return b.multiply(z, b.apply("sigmoid", z))


def _gelu(b: Builder, z: Value) -> Value:
    return b.multiply(z, b.apply("Phi", z))


def _normal_density(b: Builder, z: Value) -> Value:
    """exp(−z²/2) / √(2π)."""
    bell = b.apply("exp", b.multiply(b.number(Rational(-1, 2)), b.multiply(z, z)))
    return b.divide(bell, b.number(sqrt(2 * pi)))


#: Function → how it is written in the vocabulary.
COMPOSED: dict[str, Callable[[Builder, Value], Value]] = {
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "logsigmoid": _logsigmoid,
    "silu": _silu,
    "gelu": _gelu,
    "normal_density": _normal_density,
}


def apply_function(b: Builder, name: str, z: Value) -> Value:
    """φ(z) entry by entry, by the name of a known function."""
    if name in COMPOSED:
        return COMPOSED[name](b, z)
    if name not in ARRAY_FUNCTIONS:
        raise CompileError(f"there is no array code for the function {name}")
    return b.apply(name, z)
