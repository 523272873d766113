"""Powers of a square matrix with a symbolic or large exponent: X^k, and its differential Σ X^i dX X^{k−1−i}.

The sum is a linear map of its own, L_k(X, E) = Σ_{i=0}^{k−1} X^i E X^{k−1−i}; it is the upper right block of [X E; 0
X]^k (Mathias 1996; Higham 2008, Theorem 3.6), and its adjoint is the same map at Xᵀ. Where E commutes with X it is k
X^{k−1} E. Powers up to the eighth are written out as products.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Tuple

from .. import algebra as alg
from ..algebra import identity, kron, mul, power, shape_of, split_coefficient, transpose, zeros
from ..algebra.nodes import CONSTRUCTORS, TRANSPOSED, Block, MatPower
from ..errors import DerivationError
from ..maps import LinearMap, MatrixMap, compose, sandwich, sum_maps
from .matrix_functions import commutes
from .table import Operator, Pairs, register


class PowerSum(alg.MatrixNode):
    """L_k(X, E) = Σ_{i=0}^{k−1} X^i E X^{k−1−i}: ``PowerSum(X, E, k)``."""

    rank = 3

    def __new__(cls, x: Any, e: Any, k: Any) -> Any:
        return power_sum(x, e, k)


def power_sum(x: Any, e: Any, k: Any) -> Any:
    """L_k(X, E), linear in E; k X^{k−1} E where E is made of X alone."""
    c, core = split_coefficient(e)
    if alg.is_zero(core):
        return zeros(*shape_of(x))
    if commutes(core, split_coefficient(x)[1]):
        return mul(c, k, power(x, k - 1), core)
    return alg.scale(c, PowerSum.make(x, core, k))


def _corner(x: Any, e: Any, y: Any, k: Any) -> Any:
    """The upper right block of [X E; 0 Y]^k, Σ X^i E Y^{k−1−i}."""
    n = shape_of(x)[0]
    eye, zero = identity(n), zeros(n, n)
    big = MatPower.make(Block.make(Tuple(2, 2), x, e, zero, y), k)
    return mul(Block.make(Tuple(1, 2), eye, zero), big, Block.make(Tuple(2, 1), zero, eye))


@dataclass(frozen=True)
class PowerMap(MatrixMap):
    """E ↦ Σ X^i E X^{k−1−i}."""

    at: Any
    exponent: Any

    identity: ClassVar[str] = "A : Σ XⁱBXᵏ⁻¹⁻ⁱ = Σ (Xᵀ)ⁱA(Xᵀ)ᵏ⁻¹⁻ⁱ : B"
    rule: ClassVar[str] = "cyclic property of the trace"
    reference: ClassVar[str] = "Magnus & Neudecker §9.9"

    def apply(self, d: Any) -> Any:
        return power_sum(self.at, d, self.exponent)

    def adjoint(self) -> LinearMap:
        return PowerMap(self.domain, self.codomain, transpose(self.at), self.exponent)

    def matrix(self) -> Any:
        """Σ (Xᵀ)^{k−1−i} ⊗ X^i: of P = I ⊗ X and Q = Xᵀ ⊗ I, the corner of [P I; 0 Q]^k."""
        n = shape_of(self.at)[0]
        left, right = kron(identity(n), self.at), kron(transpose(self.at), identity(n))
        return _corner(left, identity(n * n), right, self.exponent)


def _power(node: Any) -> Pairs:
    x, k = node.args
    yield x, PowerMap(node.shape, node.shape, x, k)
    if not k.is_number:
        yield k, _NoDerivative((), node.shape)


@dataclass(frozen=True)
class _NoDerivative(LinearMap):
    """By the exponent, which is a whole number: refused where it is asked for."""

    def _refuse(self) -> Any:
        raise DerivationError("the exponent of a matrix power is a whole number: there is no derivative by it")

    def apply(self, d: Any) -> Any:
        return self._refuse()

    def adjoint(self) -> LinearMap:
        return self._refuse()  # type: ignore[no-any-return]

    def matrix(self) -> Any:
        return self._refuse()


def _power_sum(node: Any) -> Pairs:
    """Linear in E; in X the map L_k at [X E; 0 X], of [dX 0; 0 dX]."""
    x, e, k = node.args
    shape = shape_of(x)
    n = shape[0]
    yield e, PowerMap(shape, shape, x, k)
    eye, zero = identity(n), zeros(n, n)
    double = (2 * n, 2 * n)
    at = PowerMap(double, double, Block.make(Tuple(2, 2), x, e, zero, x), k)
    top, bottom = Block.make(Tuple(2, 1), eye, zero), Block.make(Tuple(2, 1), zero, eye)
    spread = sum_maps([sandwich(p, transpose(p), shape) for p in (top, bottom)], shape, double)
    yield x, compose(sandwich(transpose(top), bottom, double), at, spread)
    if not k.is_number:
        yield k, _NoDerivative((), shape)


def _whole(node: Any) -> tuple[Any, ...]:
    """The exponent is a positive integer; k − 1 comes from a differential, and is one less than one."""
    k = node.args[-1]
    return () if k.is_number or k.as_coeff_Add()[0].is_negative else ("{} a positive integer", k)


register(
    Operator(
        MatPower, "matrix power", "d(Aᵏ) = Σ Aⁱ dA Aᵏ⁻¹⁻ⁱ", _power, "Magnus & Neudecker §8.2; Matrix Cookbook (91)",
        _whole,
        needs="k a positive integer",
    )
)  # fmt: skip
register(
    Operator(
        PowerSum, "differential of a matrix power, again",
        "d Σ AⁱEAᵏ⁻¹⁻ⁱ = Σ Aⁱ dE Aᵏ⁻¹⁻ⁱ + [I 0] L_k([A E; 0 A], [dA 0; 0 dA]) [0; I]",
        _power_sum, "Mathias 1996; Higham 2008, Theorem 3.6", _whole, needs="k a positive integer",
        compute=lambda b, node, x, e, k: b.power_sum(x, e, k),
    )
)  # fmt: skip
CONSTRUCTORS[PowerSum] = power_sum
TRANSPOSED[PowerSum] = lambda a: power_sum(transpose(a.args[0]), transpose(a.args[1]), a.args[2])
