"""Random points for proof-reading: sizes, arrays with the declared properties, smooth functions for unspecified ones.

Everything comes from the generator that is passed, so a seed gives the same point in every run. Sizes are distinct, so
that a lost transpose shows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .algebra import is_complex_symbol
from .algebra.core import postorder, properties_of, shape_of
from .algebra.entrywise import AbstractFunction, function_name
from .algebra.nodes import MatPower, is_dimension, is_index
from .operators.abstract import Gradient, HessianMatrix, JacobianMatrix, ScalarField, VectorField
from .operators.matrix_powers import PowerSum

Array: TypeAlias = Any
#: Variable → its array.
Point: TypeAlias = dict[Any, Array]

#: Sizes are drawn from these.
SIZES = (3, 4, 2, 5, 6, 7)


def sizes_of(expressions: Iterable[Any], turn: int = 0) -> dict[Any, int]:
    """A number for every size in the expressions, distinct as far as they reach; ``turn`` chooses another order."""
    found: set[Any] = set()
    for node in postorder(*expressions):
        found |= {node} if is_dimension(node) else set()
        for size in shape_of(node):
            found |= size.free_symbols
    ordered = sorted(found, key=str, reverse=bool(turn % 2))
    return {size: SIZES[(k + turn // 2) % len(SIZES)] for k, size in enumerate(ordered)}


def number_of(size: Any, sizes: Mapping[Any, int]) -> int:
    return int(size.subs(sizes))


# ---------------------------------------------------------------- random points
def _symmetric_part(a: Array) -> Array:
    return (a + a.T) / 2


def _orthogonal(a: Array) -> Array:
    q, r = np.linalg.qr(a)
    return q * np.sign(np.diag(r))


def _triangular(a: Array) -> Array:
    """Away from singular: the diagonal between ½ and 2."""
    return np.tril(a, -1) + np.diag(0.5 + 1.5 / (1 + np.exp(-np.diag(a))))


#: Property → an array that has it, from a normal one.
WITH_PROPERTY: dict[str, Callable[[Array], Array]] = {
    "spd": lambda a: a @ a.T / len(a) + np.eye(len(a)),
    "orthogonal": _orthogonal,
    "symmetric": _symmetric_part,
    "skew": lambda a: (a - a.T) / 2,
    "diagonal": lambda a: np.diag(np.diag(_triangular(a))),
    "lower": _triangular,
    "upper": lambda a: _triangular(a.T).T,
    "positive": lambda a: 0.5 + 1.5 / (1 + np.exp(-a)),
}

#: The same of complex arrays.
WITH_PATTERN: dict[str, Callable[[Array], Array]] = {
    "symmetric": _symmetric_part, "diagonal": lambda a: np.diag(np.diag(a)), "lower": np.tril, "upper": np.triu,
}  # fmt: skip

#: Ways to draw an array, from a normal one; squares first where the others ask too much of them.
DRAWS: tuple[Callable[[Array], Array], ...] = (
    lambda a: a,
    WITH_PROPERTY["positive"],
    lambda a: 0.1 + 0.8 / (1 + np.exp(-a)),
    lambda a: WITH_PROPERTY["spd"](a) if a.ndim == 2 and a.shape[0] == a.shape[1] else a,
    lambda a: a + 3 * np.eye(len(a)) if a.ndim == 2 and a.shape[0] == a.shape[1] else WITH_PROPERTY["positive"](a),
    lambda a: 0.3 * a,
    lambda a: -WITH_PROPERTY["positive"](a),
)


def _complex_array(normal: Array, properties: Collection[str]) -> Array:
    """A complex array with the declared properties."""
    if "hermitian" in properties:
        return (normal + normal.conj().T) / 2 + 3 * np.eye(len(normal))
    made = [WITH_PATTERN[name](normal) for name in WITH_PATTERN if name in properties and normal.ndim == 2]
    return made[0] if made else normal


def random_array(symbol: Any, rng: np.random.Generator, sizes: Mapping[Any, int], draw: int = 0) -> Array:
    """An array for a variable, with its declared properties; ``draw`` chooses among :data:`DRAWS`."""
    shape = tuple(number_of(size, sizes) for size in shape_of(symbol) if size != 1)
    normal = np.asarray(rng.standard_normal(shape))
    properties = properties_of(symbol)
    if is_complex_symbol(symbol):
        return _complex_array(normal + 1j * rng.standard_normal(shape), properties)
    for name, make in WITH_PROPERTY.items():
        if name in properties and (normal.ndim == 2 or name == "positive"):
            return make(normal)
    if not shape_of(symbol) and symbol.is_positive:
        return WITH_PROPERTY["positive"](normal)
    return DRAWS[draw](normal)


def random_point(
    symbols: Iterable[Any],
    rng: np.random.Generator,
    sizes: Mapping[Any, int] | None = None,
    attempt: int = 0,
    positive: Collection[Any] = (),
    whole: Collection[Any] = (),
) -> Point:
    """Arrays for the variables. The first attempts draw all in one way, the later ones mix."""
    symbols = list(symbols)
    sizes = sizes_of(symbols) if sizes is None else sizes
    point = {}
    for s in symbols:
        draw = attempt if attempt < len(DRAWS) else int(rng.integers(len(DRAWS)))
        array = random_array(s, rng, sizes, draw)
        if s in positive:
            array = np.abs(array) + 0.1
        elif s in whole:
            array = np.asarray(3.0 + rng.integers(3))
        elif is_index(s):
            array = np.asarray(1.0 + rng.integers(min(SIZES)))
        point[s] = array
    return point


def whole_symbols(expressions: Iterable[Any]) -> set[Any]:
    """The exponents k of matrix powers, which have to be whole numbers."""
    exponents = [node.args[-1] for node in postorder(*expressions) if isinstance(node, (MatPower, PowerSum))]
    return {s for k in exponents for s in k.free_symbols if not is_dimension(s)}


def positive_symbols(expressions: Iterable[Any]) -> set[Any]:
    """The thresholds δ of huber(r, δ), which have to be positive."""
    return {node.args[2] for node in postorder(*expressions) if function_name(node) == "huber"}


# ---------------------------------------------------------------- random functions
@dataclass(frozen=True)
class RandomElementwise:
    """θ(t) = c + a sin(t + φ) + b t + ½ t², and all its derivatives."""

    a: float
    b: float
    c: float
    phase: float

    def __getitem__(self, order: int) -> Callable[[Array], Array]:
        def run(t: Array) -> Array:
            wave = self.a * np.sin(t + self.phase + order * np.pi / 2)
            line = [self.c + self.b * t + t * t / 2, self.b + t, np.ones(np.shape(t))]
            return wave + line[order] if order < 3 else wave

        return run


class RandomField:
    """g(X) = c + Σ sin(x_i + φ_i) + ½(u : X)², with its gradient and Hessian."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def _weights(self, x: Array) -> tuple[Array, Array]:
        rng = np.random.default_rng(self._seed)
        return rng.standard_normal(x.shape), rng.uniform(0, 6, x.shape)

    def __getitem__(self, order: int) -> Callable[[Array], Array]:
        return (self._value, self._gradient, self._hessian)[order]

    def _value(self, x: Array) -> Array:
        u, phase = self._weights(x)
        return 3 + x.size + np.sum(np.sin(x + phase)) + np.sum(u * x) ** 2 / 2

    def _gradient(self, x: Array) -> Array:
        u, phase = self._weights(x)
        return np.cos(x + phase) + np.sum(u * x) * u

    def _hessian(self, x: Array) -> Array:
        u, phase = self._weights(x)
        waves = np.diag(-np.sin(x + phase).reshape(-1)).reshape(x.shape + x.shape)
        return waves + np.multiply.outer(u, u)


class RandomMap:
    """h(X) with entries 2 + Σ B sin(x + φ) + c_k (u : X)²/2, and its Jacobian."""

    def __init__(self, seed: int, shape: tuple[int, ...]) -> None:
        self._seed, self._shape = seed, shape

    def _weights(self, x: Array) -> tuple[Array, Array, Array, Array]:
        rng = np.random.default_rng(self._seed)
        mixing = rng.standard_normal(self._shape + x.shape)
        return mixing, rng.standard_normal(self._shape), rng.standard_normal(x.shape), rng.uniform(0, 6, x.shape)

    def __getitem__(self, order: int) -> Callable[[Array], Array]:
        return (self._value, self._jacobian)[order]

    def _value(self, x: Array) -> Array:
        mixing, c, u, phase = self._weights(x)
        return 2 + np.tensordot(mixing, np.sin(x + phase), x.ndim) + c * np.sum(u * x) ** 2 / 2

    def _jacobian(self, x: Array) -> Array:
        mixing, c, u, phase = self._weights(x)
        return mixing * np.cos(x + phase) + np.multiply.outer(c, np.sum(u * x) * u)


def random_functions(expressions: Iterable[Any], rng: np.random.Generator, sizes: Mapping[Any, int]) -> dict[str, Any]:
    """Smooth functions for the abstract ones in the expressions: name → its derivatives by order."""
    found: dict[str, Any] = {}
    for node in postorder(*expressions):
        function = node.args[0] if node.args else None
        if isinstance(function, AbstractFunction) and function.name not in found:
            a, b, phase = rng.uniform(0.5, 1.5), rng.uniform(-1, 1), rng.uniform(0, 6)
            found[function.name] = RandomElementwise(a, b, 3 + abs(rng.standard_normal()), phase)
        elif isinstance(node, (ScalarField, Gradient, HessianMatrix)) and node.name not in found:
            found[node.name] = RandomField(int(rng.integers(2**31)))
        elif isinstance(node, (VectorField, JacobianMatrix)) and node.name not in found:
            shape = tuple(number_of(size, sizes) for size in node.args[2] if size != 1)
            found[node.name] = RandomMap(int(rng.integers(2**31)), shape)
    return found
