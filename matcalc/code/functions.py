"""The known functions of one number, as array code.

Those of :data:`ELEMENTARY` are an instruction of their own, and every target has a row for each. Functions that are
compositions of others (gelu, elu, log σ, …) are in :data:`COMPOSED`, written in the vocabulary of the array program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sympy import Rational, pi, sqrt

from ..errors import CompileError

if TYPE_CHECKING:
    from .builder import Builder
    from .program import Value


# fmt: off
#: Functions that are an instruction of their own, and what they are.
ELEMENTARY = {
    "exp": "exp", "log": "log", "log1p": "log(1 + z)", "expm1": "exp(z) − 1", "sqrt": "√z",
    "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "arcsin", "arccos": "arccos", "arctan": "arctan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "arcsinh",
    "abs": "|z|",
    "sign": "−1, 0 or 1",
    "step": "1 where z > 0, 0 elsewhere",
    "leaky_step": "1 where z > 0, 1/100 elsewhere",
    "softplus": "log(1 + exp(z))",
    "sigmoid": "1/(1 + exp(−z))",
    "erf": "2/√π ∫₀ᶻ exp(−t²) dt",
    "Phi": "the standard normal distribution function",
    "gamma": "Γ", "lgamma": "log |Γ|", "digamma": "Γ′/Γ", "trigamma": "(Γ′/Γ)′",
}
# fmt: on


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
    if name not in ELEMENTARY:
        raise CompileError(f"there is no array code for the function {name}")
    return b.apply(name, z)
