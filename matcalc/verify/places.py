"""Points at which an expression is evaluated, with a direction: sizes, arrays with the declared properties, functions.

A place gives the value of every node and its differential in the direction. Among residues that is the p-adic step of
:mod:`.numbers`; among machine numbers the complex step, f(X + ih dX) = f(X) + ih df + O(h²), which has no cancellation
(Squire & Trapp 1998), or, where a value is not analytic as it is computed, central differences with Richardson's
extrapolation. No rule of differentiation is used. All that is random comes from a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import prod
from random import Random
from typing import Any, TypeAlias

import numpy as np

from ..algebra import is_complex_symbol, nodes
from ..algebra.core import postorder, properties_of, shape_of
from ..algebra.entrywise import AbstractFunction, function_name
from ..algebra.nodes import is_dimension, is_index, variable_key
from ..operators.abstract import Gradient, HessianMatrix, JacobianMatrix, ScalarField, VectorField
from ..operators.matrix_powers import PowerSum
from ..sampling import DRAWS, SIZES, WITH_PATTERN, WITH_PROPERTY, RandomElementwise
from .numbers import MODULUS, PRIME, Floats, NotExactError, OutsideDomainError, Residues
from .values import Evaluation, TooLargeError, is_rational, is_steppable

Array: TypeAlias = Any

#: The imaginary step: its square is nothing, and it stays far from the ends of the exponents in long products.
STEP = 1e-100
#: Richardson's steps are this, over 1, 2, 4, …; a later attempt starts closer.
WIDEST, LEVELS = 2.0**-5, 4
#: The extrapolation is believed where its last correction is at most this part of it.
SETTLED = 1e-8
#: Relative size of a move in the last digits: some times what rounding adds up to.
SHAKE = 1e-13
#: Variables with more entries are not drawn; those with many are drawn by NumPy, whose generator takes time to load.
MOST_NUMBERS, MANY_NUMBERS = 400_000, 1000


#: Most nodes are these, of which nothing has to be known.
PLAIN = frozenset((nodes.MatSum, nodes.MatProduct, nodes.Transpose, nodes.Frobenius, nodes.Hadamard, nodes.Inverse))


# ---------------------------------------------------------------- what is asked
@dataclass
class Question:
    """The variables of some expressions, what is unspecified in them, and how derivatives are taken."""

    symbols: dict[Any, Any]  # variable key → the symbol, with its properties
    moving: list[Any]  # the keys of the variables that have a direction
    abstract: dict[str, Any] = field(default_factory=dict)
    positive: set[Any] = field(default_factory=set)
    whole: set[Any] = field(default_factory=set)
    steppable: bool = True
    rational: bool = True
    is_complex: bool = False
    size: int = 0

    @classmethod
    def of(cls, expressions: Iterable[Any], variables: Iterable[Any], symbols: Iterable[Any] = ()) -> Question:
        """Of expressions and the variables that move; ``symbols`` bear the declared properties."""
        asked = cls({}, [variable_key(v) for v in variables])
        for node in (*postorder(*expressions), *symbols):
            asked.size += 1
            if type(node) not in PLAIN:
                asked._meet(node)
        return asked

    def _meet(self, node: Any) -> None:
        if nodes.is_symbol(node) and not is_dimension(node):
            key = variable_key(node)
            if key not in self.symbols or properties_of(node):
                self.symbols[key] = node
            self.is_complex |= is_complex_symbol(node)
        elif isinstance(node, nodes.UnitVector):
            self.symbols |= {variable_key(s): s for s in node.args[0][0].free_symbols if not is_dimension(s)}
        elif isinstance(node, (nodes.MatPower, PowerSum)):
            self.whole |= {variable_key(s) for s in node.args[-1].free_symbols if not is_dimension(s)}
        elif function_name(node) == "huber":
            self.positive.add(variable_key(node.args[2])) if nodes.is_symbol(node.args[2]) else None
        elif isinstance(node, (ScalarField, Gradient, HessianMatrix, VectorField, JacobianMatrix)):
            self.abstract.setdefault(node.name, node)
        elif node.args and isinstance(node.args[0], AbstractFunction):
            self.abstract.setdefault(node.args[0].name, node)
        self.steppable = self.steppable and is_steppable(node)
        self.rational = self.rational and is_rational(node)


# ---------------------------------------------------------------- unspecified functions
class _Polynomial:
    """θ(t) = c₀ + c₁ t + … + c₆ t⁶, with its derivatives."""

    def __init__(self, draw: Draw) -> None:
        self.coefficients = [draw.one() for _ in range(7)]

    def __getitem__(self, order: int) -> Callable[[Array], Array]:
        coefficients = self.coefficients
        for _ in range(order):
            coefficients = [k * c for k, c in enumerate(coefficients)][1:]

        def run(t: Array) -> Array:
            found = 0 * t
            for c in reversed(coefficients):
                found = (found * t + c) % MODULUS
            return found

        return run


class _Map:
    """h(X) with the entries d_k + Σ_i B_ki x_i³ + c_k (u : X)², and its Jacobian; of a number also the Hessian."""

    def __init__(self, draw: Draw, shape: tuple[int, ...], of: tuple[int, int]) -> None:
        self.B, self.c, self.d, self.u = draw.array((*shape, *of)), draw.array(shape), draw.array(shape), draw.array(of)
        self.shape = shape

    def __getitem__(self, order: int) -> Callable[[Array], Array]:
        return (self._value, self._jacobian, self._hessian)[order]

    def _value(self, x: Array) -> Array:
        return self.d + np.sum(self.B * x**3, axis=(-2, -1)) + self.c * np.sum(self.u * x) ** 2

    def _jacobian(self, x: Array) -> Array:
        return 3 * self.B * x**2 + 2 * np.multiply.outer(self.c, np.sum(self.u * x) * self.u)

    def _hessian(self, x: Array) -> Array:
        cubes = np.zeros((x.size, x.size), dtype=x.dtype)
        np.fill_diagonal(cubes, (6 * self.B * x).reshape(-1))
        return cubes.reshape(x.shape + x.shape) + 2 * self.c * np.multiply.outer(self.u, self.u)


# ---------------------------------------------------------------- drawing
class Draw:
    """Where random numbers come from: normal ones, or residues."""

    def __init__(self, numbers: Floats | Residues, seed: str) -> None:
        self.numbers = numbers
        self.random = Random(seed)
        #: One number: a residue modulo p, or a normal one.
        self.one: Callable[[], Array] = (
            partial(self.random.getrandbits, 60) if numbers.exact else lambda: np.float64(self.random.gauss(0.0, 1.0))
        )

    def array(self, shape: tuple[int, ...]) -> Array:
        if not shape:
            return self.one()
        draw, count = self.one, prod(shape)
        if count > MOST_NUMBERS:
            raise TooLargeError(f"an array of {'×'.join(map(str, shape))} numbers is too large")
        if count > MANY_NUMBERS and not self.numbers.exact:
            return np.random.default_rng(self.random.getrandbits(64)).standard_normal(shape)
        return np.array([draw() for _ in range(count)], object if self.numbers.exact else float).reshape(shape)

    def function(self, node: Any, size: Callable[[Any], int]) -> Any:
        """For an unspecified function: its derivatives by order."""
        if isinstance(node.args[0], AbstractFunction):
            if self.numbers.exact:
                return _Polynomial(self)
            a, b, phase = (self.random.uniform(*ends) for ends in ((0.5, 1.5), (-1, 1), (0, 6)))
            return RandomElementwise(a, b, 3 + abs(self.one()), phase)
        into = () if isinstance(node, (ScalarField, Gradient, HessianMatrix)) else tuple(map(size, node.args[2]))
        rows, cols = node.at.shape
        return _Map(self, into, (size(rows), size(cols)))


def _normal_part(a: Array, of: str) -> Array:
    """The part of a square array with a property that is linear: what a tangent keeps."""
    if of in ("symmetric", "spd", "hermitian", "symmetric-entries", "vech", "affine-invariant"):
        return a + a.T
    if of in ("skew", "skew-entries"):
        return a - a.T
    if of in ("diagonal", "diagonal-vector"):
        return np.diag(np.diag(a))
    return np.tril(a) if of in ("lower", "vech-lower") else np.triu(a) if of == "upper" else a


#: Properties that make a linear space; the others are conditions beside.
LINEAR = ("spd", "symmetric", "skew", "diagonal", "lower", "upper")


def _exact_array(symbol: Any, shape: tuple[int, ...], draw: Draw) -> Array:
    """Residues with the declared properties."""
    found = draw.array(shape)
    properties = properties_of(symbol)
    if "positive" in properties or (not shape and symbol.is_positive):
        return found * found % MODULUS  # squares
    if "orthogonal" in properties:
        raise NotExactError
    for name in LINEAR:
        if name in properties and len(shape) == 2:
            found = _normal_part(found, name)
    return found


def _float_array(symbol: Any, shape: tuple[int, ...], draw: Draw, way: int) -> Array:
    """Machine numbers with the declared properties, drawn in one of several ways."""
    properties = properties_of(symbol)
    flat = tuple(n for n in shape if n != 1)
    normal = draw.array(flat)
    if is_complex_symbol(symbol):
        normal = normal + 1j * draw.array(flat)
        if "hermitian" in properties:
            made = (normal + normal.conj().T) / 2 + 3 * np.eye(len(normal))
        else:
            made = next((make(normal) for name, make in WITH_PATTERN.items() if name in properties), normal)
        return np.reshape(made, shape)[()]
    for name, make in WITH_PROPERTY.items():
        if name in properties and (len(flat) == 2 or name == "positive"):
            return np.reshape(make(normal), shape)
    if not shape and symbol.is_positive:
        return WITH_PROPERTY["positive"](np.asarray(normal))[()]
    return np.reshape(DRAWS[way](np.asarray(normal)), shape)[()]


# ---------------------------------------------------------------- a place
class Place:
    """A random point and a direction: ``place(node)`` is the value of a node, ``place.tangent(node)`` its differential.

    ``attempt`` chooses sizes and ways to draw. ``point`` and ``direction`` give the point and the direction of a
    structured variable from its key, (the point) and a random array.
    """

    def __init__(
        self,
        question: Question,
        exact: bool,
        seed: int,
        attempt: int,
        direction: Callable[[Any, Array, Array], Array] = lambda key, x, d: d,
        point: Callable[[Any, Array], Array] = lambda key, x: x,
    ) -> None:
        self.question = question
        self.numbers: Floats | Residues = Residues() if exact else Floats()
        self.draw = Draw(self.numbers, f"{seed}/{attempt}")
        self.sizes = _sizes(question.symbols.values(), seed + attempt)
        self.attempt = attempt
        self.base = Evaluation(self.numbers, self.sizes, {}, {}, self.tangent)
        arrays = {key: point(key, self._array(key, symbol)) for key, symbol in question.symbols.items()}
        self.directions = {
            key: direction(key, arrays[key], self._normal(question.symbols[key], np.shape(arrays[key])))
            for key in question.moving
        }
        self.base.arrays = arrays
        self.base.functions = {
            name: self.draw.function(node, self.base.size) for name, node in question.abstract.items()
        }
        self._moved: list[tuple[float, Evaluation]] = []

    def _array(self, key: Any, symbol: Any) -> Array:
        shape = tuple(self.base.size(size) for size in shape_of(symbol))
        if key in self.question.whole:
            found = self.draw.random.randrange(3, 6)
            return found if self.numbers.exact else np.float64(found)
        if is_index(symbol):
            return self.draw.random.randrange(1, 1 + min(SIZES))
        if self.numbers.exact:
            return _exact_array(symbol, shape, self.draw)
        way = self.attempt if self.attempt < len(DRAWS) else self.draw.random.randrange(len(DRAWS))
        found = _float_array(symbol, shape, self.draw, way)
        return np.abs(found) + 0.1 if key in self.question.positive else found

    def _normal(self, symbol: Any, shape: tuple[int, ...]) -> Array:
        """A random direction; complex for a complex variable."""
        found = self.draw.array(shape)
        return found + 1j * self.draw.array(shape) if is_complex_symbol(symbol) else found

    def __call__(self, node: Any) -> Array:
        return self.base(node)

    def shaken(self) -> Place:
        """The place with each array scaled by nearly 1: what changes there by more than a little, rounding decides."""
        found, rng = copy(self), np.random.default_rng(self.attempt)
        arrays = {
            key: a * (1 + SHAKE * rng.standard_normal()) if np.result_type(a).kind in "fc" else a
            for key, a in self.base.arrays.items()
        }
        found.base = Evaluation(self.numbers, self.sizes, arrays, self.base.functions, found.tangent)
        found._moved = []
        return found

    # ------------------------------------------------------------ derivatives
    def tangent(self, node: Any) -> Array:
        """d(node): of a variable its direction, of another symbol zero, else the derivative of the value."""
        if nodes.is_symbol(node):
            found = self.directions.get(variable_key(node))
            return self.base(node) * 0 if found is None else found
        if isinstance(node, nodes.Named):
            return self.tangent(node.definition)
        return self.along(self.directions, self._moved)(node)

    def along(
        self, directions: Mapping[Any, Array], moved: list[tuple[float, Evaluation]] | None = None
    ) -> Callable[[Any], Array]:
        """The differential of nodes in other directions."""
        evaluations: list[tuple[Any, Evaluation]] = [] if moved is None else moved
        if not evaluations:
            evaluations += self._evaluations(directions)

        def differential(node: Any) -> Array:
            start = self.base(node)  # at first, for what does not move is taken from there
            if not self.numbers.exact and not self.question.steppable:
                return _extrapolated(evaluations, node)
            ((_, there),) = evaluations
            if self.numbers.exact:
                return (there(node) - start) // PRIME % PRIME
            if not np.all(np.isfinite(start)):  # as where a logarithm is negative
                raise OutsideDomainError("a value that is not a real number")
            return np.imag(there(node)) / STEP

        return differential

    def _evaluations(self, directions: Mapping[Any, Array]) -> list[tuple[Any, Evaluation]]:
        if self.numbers.exact:
            steps: list[Any] = [PRIME]
        elif self.question.steppable:
            steps = [1j * STEP]
        else:
            widest = WIDEST / 8 ** (self.attempt % 3)
            steps = [sign * widest / 2**k for k in range(LEVELS) for sign in (1, -1)]
        return [(step, self._at(step, directions)) for step in steps]

    def _at(self, step: Any, directions: Mapping[Any, Array]) -> Evaluation:
        base = self.base
        arrays = {k: a + step * directions[k] if k in directions else a for k, a in base.arrays.items()}
        return Evaluation(self.numbers, self.sizes, arrays, base.functions, beside=base)


def _extrapolated(evaluations: list[tuple[Any, Evaluation]], node: Any) -> Array:
    """Central differences at steps h, h/2, h/4, …, extrapolated to 0."""
    values = [(step, moved(node)) for step, moved in evaluations]
    table = [(a - b) / (2 * step) for (step, a), (_, b) in zip(values[::2], values[1::2], strict=True)]
    before = table[-1]
    for order in range(1, len(table)):
        factor = 4.0**order
        before = table[-1]
        table = [(factor * b - a) / (factor - 1) for a, b in pairwise(table)]
    correction = np.max(np.abs(table[0] - before), initial=0)
    if not correction <= SETTLED * max(1.0, np.max(np.abs(table[0]), initial=0)):
        raise OutsideDomainError("the differences do not settle")
    return table[0]


def _sizes(symbols: Collection[Any], turn: int) -> dict[Any, int]:
    """A number for every size, distinct as far as they reach; ``turn`` chooses another order."""
    shapes = {size for symbol in symbols for size in shape_of(symbol) if not size.is_Integer}
    found = {s for size in shapes for s in ((size,) if size.is_Symbol else size.free_symbols)}
    ordered = sorted(found, key=lambda size: str(size.name), reverse=bool(turn % 2))
    return {size: SIZES[(k + turn // 2) % len(SIZES)] for k, size in enumerate(ordered)}
