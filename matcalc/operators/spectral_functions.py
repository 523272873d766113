"""f(X) of a symmetric matrix through its spectrum: X = V Diag(λ) Vᵀ gives f(X) = V Diag(f(λ)) Vᵀ.

Here f is any function of one number, known or unspecified, and X stands for its symmetric part. With the divided
differences F_ij = (f(λ_i) − f(λ_j))/(λ_i − λ_j), F_ij = f′(λ_i) where λ_i = λ_j, the derivative is L_f(X, E) =
V (F ⊙ VᵀEV) Vᵀ (Daleckii & Krein 1965; Higham 2008, Theorem 3.11), a map that is its own adjoint. Where E commutes with
X it is f′(X) E. Functions of :data:`~.matrix_functions.ANALYTIC` are of any square matrix, and are taken from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Identity, Integer, Rational, S
from sympy.core.symbol import Str
from sympy.matrices.expressions.special import OneMatrix

from .. import algebra as alg
from ..algebra import (
    AbstractFunction,
    add,
    identity,
    mul,
    require_square,
    shape_of,
    show_shape,
    split_coefficient,
    transpose,
)
from ..algebra.nodes import (
    CONSTRUCTORS,
    SYMMETRIC,
    DiagMatrix,
    Elementwise,
    EntrywiseMax,
    EntrywiseMin,
    Hadamard,
    HadamardPower,
    MatProduct,
    MatSum,
    Transpose,
)
from ..errors import DerivationError, ShapeError
from ..maps import MatrixMap
from .entrywise import FUNCTION_TABLE, derivative_of
from .matrix_functions import ANALYTIC, OF_SYMMETRIC, commutes, matrix_function
from .table import Operator, Pairs, function, operator_of, register

HALF = Rational(1, 2)
DALECKII_KREIN = "Daleckii & Krein 1965; Higham 2008, Theorem 3.11"
#: f of a number → f of any square matrix.
_OF_SQUARE = {row.scalar: name for name, row in ANALYTIC.items()}


class _OfSpectrum:
    """A node made of a function of one number and a matrix: ``cls(Str('softplus') or AbstractFunction, X, …)``."""

    args: tuple[Any, ...]

    def __new__(cls, *args: Any) -> Any:
        return CONSTRUCTORS[cls](*args)

    @property
    def function(self) -> Any:
        return self.args[0]

    @property
    def at(self) -> Any:
        return self.args[1]


class SpectralFunction(_OfSpectrum, alg.MatrixNode):
    """f(X)."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return shape_of(args[1])


class SpectralFrechet(SpectralFunction):
    """L_f(X, E), the derivative of f at X in the direction E: ``SpectralFrechet(f, X, E)``."""


class SecondSpectralFrechet(SpectralFunction):
    """L_f(X, E, H), the second derivative, the same in E and H: ``SecondSpectralFrechet(f, X, E, H)``."""


class SpectralFrechetMatrix(_OfSpectrum, alg.MatrixNode):
    """The matrix on vec of E ↦ L_f(X, E), or, with E given, of H ↦ L_f(X, E, H): n²×n²."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        n = shape_of(args[1])[0]
        return (n * n, n * n)


# ---------------------------------------------------------------- constructors
def spectral_function(fn: Any, x: Any) -> Any:
    """f(X), for a known function by its name or an unspecified one; f of a number for a number."""
    if alg.is_scalar(x):
        return alg.elementwise(fn, x)
    require_square(x, "funm")
    name = "" if isinstance(fn, AbstractFunction) else str(fn)
    if name in _OF_SQUARE:
        return matrix_function(_OF_SQUARE[name], x)
    x = _essential(x)
    if isinstance(x, DiagMatrix):
        return alg.diag_matrix(alg.elementwise(fn, x.args[0]))
    if alg.is_zero(x) or isinstance(split_coefficient(x)[1], Identity):
        n = shape_of(x)[0]
        return mul(alg.elementwise(fn, S.Zero if alg.is_zero(x) else split_coefficient(x)[0]), identity(n))
    return SpectralFunction.make(_named(fn), x)


def spectral_frechet(fn: Any, x: Any, e: Any) -> Any:
    """L_f(X, E), linear in E; f′(X) E where E commutes with X."""
    _require_shape(x, e)
    x, (c, core) = _essential(x), split_coefficient(_essential(e))
    if alg.is_zero(core):
        return alg.zeros(*shape_of(x))
    if _commutes(core, x):
        return mul(c, core, derivative_at(fn, x))
    return alg.scale(c, SpectralFrechet.make(_named(fn), x, core))


def second_spectral_frechet(fn: Any, x: Any, e: Any, h: Any) -> Any:
    """L_f(X, E, H), linear in E and in H."""
    _require_shape(x, e, h)
    x = _essential(x)
    (c, e), (d, h) = (split_coefficient(_essential(a)) for a in (e, h))
    if alg.is_zero(e) or alg.is_zero(h):
        return alg.zeros(*shape_of(x))
    return alg.scale(c * d, SecondSpectralFrechet.make(_named(fn), x, *sorted((e, h), key=alg.sort_key)))


def _named(fn: Any) -> Any:
    return Str(fn) if isinstance(fn, str) else fn


def _require_shape(x: Any, *directions: Any) -> None:
    for e in directions:
        if shape_of(e) != shape_of(x):
            raise ShapeError(f"a direction at {show_shape(shape_of(x))} is not {show_shape(shape_of(e))}")


def symmetric_part(a: Any) -> Any:
    """½(A + Aᵀ)."""
    return a if alg.is_symmetric(a) else mul(HALF, add(a, transpose(a)))


def _essential(a: Any) -> Any:
    """A of Aᵀ, and of ½(A + Aᵀ): only the symmetric part matters."""
    if isinstance(a, Transpose):
        return a.args[0]
    c, core = split_coefficient(a)
    if c == HALF and isinstance(core, MatSum) and len(core.args) == 2 and transpose(core.args[0]) == core.args[1]:
        return min(core.args, key=alg.sort_key)
    return a


def _commutes(e: Any, x: Any) -> bool:
    """Is E built from X alone, and symmetric where X is but its symmetric part?"""
    if alg.is_symmetric(x):
        return commutes(e, split_coefficient(x)[1])
    if isinstance(e, (MatProduct, MatSum)):
        return all(alg.is_scalar(a) or _commutes(a, x) for a in e.args)
    return isinstance(e, Identity) or (type(e) is SpectralFunction and e.at == x)


# ---------------------------------------------------------------- from functions of a number to functions of a matrix
def lifted(expression: Any, t: Any, x: Any) -> Any:
    """f(X), where ``expression`` is f(t) entry by entry, for a vector t: sums and products stay what they are.

    1/(1 + t²) gives (I + X²)⁻¹. Raises DerivationError where a part of the expression has no such form.
    """
    memo: dict[Any, Any] = {t: x}
    for node in alg.postorder(expression):
        if node not in memo and not alg.is_scalar(node):
            memo[node] = _lifted(node, [memo.get(a, a) for a in node.args], x)
    return memo[expression]


def _lifted(node: Any, inside: list[Any], x: Any) -> Any:
    if isinstance(node, OneMatrix):
        return identity(shape_of(x)[0])
    if isinstance(node, MatSum):
        return add(*inside)
    if isinstance(node, (Hadamard, MatProduct)):  # of a product, the coefficient and one vector
        return mul(*inside)
    if isinstance(node, HadamardPower):
        return _power(*inside)
    if isinstance(node, (EntrywiseMax, EntrywiseMin)):  # max(a, b) = b + relu(a − b)
        a, b = inside
        sign = 1 if isinstance(node, EntrywiseMax) else -1
        return add(b, mul(sign, spectral_function("relu", mul(sign, alg.subtract(a, b)))))
    if isinstance(node, Elementwise) and len(inside) == 2:
        return spectral_function(*inside)
    raise DerivationError(f"{type(node).__name__} of a matrix through its spectrum is not known")


def _power(x: Any, p: Any) -> Any:
    if p.is_integer or (p.is_Rational and p.q == 2):
        return alg.power(x, p) if not p.could_extract_minus_sign() else alg.power(alg.inverse(x), -p)
    return matrix_function("expm", mul(p, matrix_function("logm", x)))  # t^p = exp(p log t)


def _numbers(n: Any) -> Any:
    """A vector that stands for the eigenvalues."""
    return alg.matrix("f(·)", n, 1)  # no name that can be typed


def function_of_matrix(build: Callable[[Any], Any], x: Any) -> Any:
    """f(X), where ``build(t)`` is f(t) entry by entry for a vector t."""
    if alg.is_scalar(x):
        return build(x)
    require_square(x, "funm")
    t = _numbers(shape_of(x)[0])
    return lifted(build(t), t, x)


def derivative_at(fn: Any, x: Any) -> Any:
    """f′(X)."""
    if isinstance(fn, AbstractFunction):
        return spectral_function(fn.prime, x)
    return function_of_matrix(lambda t: derivative_of(fn, t), symmetric_part(x))


def slope(root: Any, t: Any) -> Any:
    """f′(t), for f(t) entry by entry."""
    known: dict[Any, Any] = {t: alg.one_like(t)}
    for node in alg.postorder(root):
        if node not in known:
            parts = [(known[a], one) for a, one in _pairs(node) if a in known]
            if parts:
                known[node] = add(*(one.apply(d) for d, one in parts))
    return known.get(root, alg.zero_like(root))


def _pairs(node: Any) -> Pairs:
    return operator_of(node).differential(node) if alg.operands(node) else ()


def values_at(fn: Any, t: Any, orders: int) -> list[Any]:
    """f(t), f′(t), … for a vector t."""
    found = [alg.elementwise(fn, t)]
    while len(found) < orders:
        if isinstance(fn, AbstractFunction):
            fn = fn.prime
            found.append(alg.elementwise(fn, t))
        else:
            found.append(slope(found[-1], t))
    return found


# ---------------------------------------------------------------- differentials
@dataclass(frozen=True)
class SpectralMap(MatrixMap):
    """E ↦ L_f(X, E)."""

    function: Any
    at: Any

    identity: ClassVar[str] = "A : L_f(X, B) = L_f(X, A) : B"
    rule: ClassVar[str] = "a derivative that is its own adjoint"
    reference: ClassVar[str] = DALECKII_KREIN

    def apply(self, d: Any) -> Any:
        return spectral_frechet(self.function, self.at, d)

    def adjoint(self) -> SpectralMap:
        return self

    def matrix(self) -> Any:
        return SpectralFrechetMatrix.make(self.function, _essential(self.at))


@dataclass(frozen=True)
class SecondSpectralMap(SpectralMap):
    """H ↦ L_f(X, E, H)."""

    direction: Any

    identity: ClassVar[str] = "A : L_f(X, E, B) = L_f(X, E, A) : B"

    def apply(self, d: Any) -> Any:
        return second_spectral_frechet(self.function, self.at, self.direction, d)

    def matrix(self) -> Any:
        c, e = split_coefficient(_essential(self.direction))
        return alg.scale(c, SpectralFrechetMatrix.make(self.function, _essential(self.at), e))


def _spectral_function(node: Any) -> Pairs:
    yield node.at, SpectralMap(node.shape, node.shape, node.function, node.at)


def _spectral_frechet(node: Any) -> Pairs:
    fn, x, e = node.args
    yield e, SpectralMap(node.shape, node.shape, fn, x)
    yield x, SecondSpectralMap(node.shape, node.shape, fn, x, e)


def _third(node: Any) -> Pairs:
    raise DerivationError("third derivatives of a function of a symmetric matrix are not supported")


_TIMES = ("", "twice ", "three times ", "four times ")


def _assumes(order: int) -> Callable[[Any], tuple[Any, ...]]:
    """X symmetric; f differentiable, for its derivative of this order."""

    def assumes(node: Any) -> tuple[Any, ...]:
        fn, x = node.args[:2]
        if isinstance(fn, AbstractFunction):
            plain, times = AbstractFunction(fn.args[0], Integer(0)), _TIMES[min(fn.order + order, 4) - 1]
            return (f"{{}} symmetric, {plain} {times}continuously differentiable", x)
        domain = FUNCTION_TABLE[str(fn)].domain if str(fn) in FUNCTION_TABLE else ""
        if not domain:
            return ("{} symmetric", x)
        return ("{} symmetric, " + domain.replace("{}", "λ") + " for every eigenvalue λ", x)

    return assumes


register(
    Operator(
        SpectralFunction, "function of a symmetric matrix",
        "d f(A) = L_f(A, dA) = V (F ⊙ VᵀdA V) Vᵀ, A = VΛVᵀ, F_ij = (f(λ_i) − f(λ_j))/(λ_i − λ_j), F_ii = f′(λ_i)",
        _spectral_function, DALECKII_KREIN, _assumes(1), needs="A symmetric, f continuously differentiable",
    )
)  # fmt: skip
register(
    Operator(
        SpectralFrechet, "second derivative of a function of a symmetric matrix",
        "d L_f(A, E) = L_f(A, dE) + L_f(A, E, dA), L_f(A, VEVᵀ, VHVᵀ) = V S Vᵀ, "
        "S_ij = Σ_k f[λ_i, λ_k, λ_j] (E_ik H_kj + H_ik E_kj)",
        _spectral_frechet, "Bhatia 1997, §V.3; Daleckii & Krein 1965", _assumes(2),
        needs="A symmetric, f twice continuously differentiable",
    )
)  # fmt: skip
for _node in (SecondSpectralFrechet, SpectralFrechetMatrix):
    register(Operator(_node, "third derivative", "", _third, DALECKII_KREIN, _assumes(3)))
OF_SYMMETRIC.add(SpectralFunction)
CONSTRUCTORS[SpectralFunction] = spectral_function
CONSTRUCTORS[SpectralFrechet] = spectral_frechet
CONSTRUCTORS[SecondSpectralFrechet] = second_spectral_frechet
CONSTRUCTORS[SpectralFrechetMatrix] = SpectralFrechetMatrix.make
SYMMETRIC.update(dict.fromkeys((SpectralFunction, SpectralFrechet, SecondSpectralFrechet), lambda a: True))


def _refuse(*given: Any) -> Any:
    raise DerivationError("funm takes a function by its name, and a matrix", hint="write funm(tanh, X)")


function("funm", "f, (n, n) -> (n, n)", _refuse, "f of a symmetric matrix, through its spectrum; f by its name")
