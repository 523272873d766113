"""Functions of square matrices: expm, logm, sqrtm, sinm, … with their Fréchet derivatives; Cholesky factor;
pseudo-inverse.

For an analytic f the derivative is the upper right block of f([X E; 0 X]) (Mathias 1996; Higham 2008, Theorem 3.6), and
its adjoint is the same map at Xᵀ. Where E commutes with X it is f′(X) E.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from sympy import Identity, Integer, Rational, S, Tuple
from sympy.core.symbol import Str

from .. import algebra as alg
from ..algebra import add, identity, inverse, mul, neg, ones, require_square, shape_of, split_coefficient, transpose
from ..algebra.construct import POWER_RULES, TOTAL_RULES
from ..algebra.entrywise import is_function
from ..algebra.nodes import (
    CONSTRUCTORS,
    SYMMETRIC,
    Block,
    DiagMatrix,
    DiagVector,
    Inverse,
    MatPower,
    MatProduct,
    MatSum,
    Transpose,
)
from ..maps import HadamardWith, LinearMap, MatrixMap, compose, outer, sandwich, scaling, sum_maps, transpose_map
from .determinants import logdet
from .table import Operator, Pairs, function, register

HALF = Rational(1, 2)


class MatrixFunction(alg.MatrixNode):
    """f(X) of a square matrix: ``MatrixFunction(Str('expm'), X)``."""

    rank = 3

    def __new__(cls, name: Any, x: Any) -> Any:
        return matrix_function(str(name), x)

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return shape_of(args[1])

    @property
    def name(self) -> str:
        return str(self.args[0])


class Frechet(alg.MatrixNode):
    """L_f(X, E), the Fréchet derivative of f at X in the direction E: ``Frechet(Str('expm'), X, E)``."""

    rank = 3

    def __new__(cls, name: Any, x: Any, e: Any) -> Any:
        return frechet(str(name), x, e)

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        return shape_of(args[1])

    @property
    def name(self) -> str:
        return str(self.args[0])


class FrechetMatrix(alg.MatrixNode):
    """The matrix on vec of E ↦ L_f(X, E), n²×n²: ``FrechetMatrix(Str('expm'), X)``."""

    rank = 3

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        n = shape_of(args[1])[0]
        return (n * n, n * n)

    @property
    def name(self) -> str:
        return str(self.args[0])


def _f(name: str) -> Callable[[Any], Any]:
    return lambda x: matrix_function(name, x)


def _minus_sine(x: Any) -> Any:
    return neg(matrix_function("sinm", x))


def _half_over_root(x: Any) -> Any:
    return mul(HALF, inverse(matrix_function("sqrtm", x)))


def _one_with(sign: int, name: str) -> Callable[[Any], Any]:
    """I ± f(X)²."""
    return lambda x: add(identity(x.shape[0]), mul(sign, alg.power(matrix_function(name, x), Integer(2))))


@dataclass(frozen=True)
class Analytic:
    """f of a square matrix, for f analytic on its spectrum.

    ``scalar`` is f of a number, ``derivative(X)`` is f′(X), for directions that commute with X; ``at_zero(n)`` is f(0),
    ``at_one(n)`` f(I), where these have a name of their own; ``domain`` says in words where f is analytic.
    """

    scalar: str
    summary: str
    derivative: Callable[[Any], Any]
    domain: str = ""
    at_zero: Callable[[Any], Any] | None = None
    at_one: Callable[[Any], Any] | None = None


def _zero(n: Any) -> Any:
    return alg.zeros(n, n)


_CUT = "{} has no eigenvalue on the closed negative real axis"
# fmt: off
ANALYTIC = {
    #                 f of a number, and its name         f′(X)             analytic where, f(0), f(I)
    "expm":  Analytic("exp",  "matrix exponential",       _f("expm"),       at_zero=identity),
    "logm":  Analytic("log",  "matrix logarithm",         inverse,          _CUT, at_one=_zero),
    "sqrtm": Analytic("sqrt", "principal square root",    _half_over_root,  _CUT, at_one=identity),
    "sinm":  Analytic("sin",  "sine of a matrix",         _f("cosm"),       at_zero=_zero),
    "cosm":  Analytic("cos",  "cosine of a matrix",       _minus_sine,      at_zero=identity),
    "tanm":  Analytic("tan",  "tangent of a matrix",      _one_with(1, "tanm"), "cosm({}) invertible", at_zero=_zero),
    "sinhm": Analytic("sinh", "hyperbolic sine of a matrix",   _f("coshm"), at_zero=_zero),
    "coshm": Analytic("cosh", "hyperbolic cosine of a matrix", _f("sinhm"), at_zero=identity),
    "tanhm": Analytic(
        "tanh", "hyperbolic tangent of a matrix", _one_with(-1, "tanhm"), "coshm({}) invertible", at_zero=_zero
    ),
}
# fmt: on


def matrix_function(name: str, x: Any) -> Any:
    """f(X); the scalar function for a scalar, and for the entries of a diagonal matrix."""
    row = ANALYTIC[name]
    if alg.is_scalar(x):
        return alg.elementwise(row.scalar, x)
    require_square(x, name)
    if alg.is_zero(x) and row.at_zero:
        return row.at_zero(x.shape[0])
    if isinstance(x, Identity) and row.at_one:
        return row.at_one(x.shape[0])
    if isinstance(x, Transpose):
        return transpose(matrix_function(name, x.args[0]))
    c, core = split_coefficient(x)
    if isinstance(core, DiagMatrix):
        return alg.diag_matrix(alg.elementwise(row.scalar, mul(c, core.args[0])))
    return MatrixFunction.make(Str(name), x)


def _root_power(x: Any, p: Any) -> Any:
    """X^p for a multiple of one half: a power of the principal square root; None otherwise."""
    return alg.power(matrix_function("sqrtm", x), 2 * p) if p.is_Rational and p.q == 2 else None


POWER_RULES.append(_root_power)


def frechet(name: str, x: Any, e: Any) -> Any:
    """L_f(X, E), linear in E; f′(X) E where E is a polynomial in X, its inverse or a function of it."""
    c, core = split_coefficient(e)
    if alg.is_zero(core):
        return alg.zeros(*shape_of(x))
    if commutes(core, split_coefficient(x)[1]):
        return mul(c, ANALYTIC[name].derivative(x), core)
    return alg.scale(c, Frechet.make(Str(name), x, core))


def commutes(e: Any, x: Any) -> bool:
    """Is E built from X alone?"""
    if isinstance(e, Identity) or e == x:
        return True
    if isinstance(e, (MatProduct, MatSum)):
        return all(alg.is_scalar(a) or commutes(a, x) for a in e.args)
    if isinstance(e, (Inverse, MatPower)):
        return commutes(e.args[0], x)
    if isinstance(e, Transpose):
        return commutes(e.args[0], transpose(x))
    return (isinstance(e, MatrixFunction) or (type(e) in OF_SYMMETRIC and alg.is_symmetric(x))) and commutes(
        e.args[1], x
    )


#: Further functions ``cls(f, X)`` of a symmetric matrix; the operator that defines one adds it.
OF_SYMMETRIC: set[type] = set()


@dataclass(frozen=True)
class FrechetMap(MatrixMap):
    """E ↦ L_f(X, E)."""

    function: str
    at: Any

    identity: ClassVar[str] = "A : L_f(X, B) = L_f(Xᵀ, A) : B"
    rule: ClassVar[str] = "adjoint of a Fréchet derivative"
    reference: ClassVar[str] = "Higham 2008 §3.1; Giles 2008 §2.3"

    def apply(self, d: Any) -> Any:
        return frechet(self.function, self.at, d)

    def adjoint(self) -> LinearMap:
        return FrechetMap(self.domain, self.codomain, self.function, transpose(self.at))

    def matrix(self) -> Any:
        return FrechetMatrix.make(Str(self.function), self.at)


def _matrix_function(node: Any) -> Pairs:
    x = node.args[1]
    shape = shape_of(x)
    at = FrechetMap(shape, shape, node.name, x)
    c, core = split_coefficient(x)
    if c.is_number or core not in alg.operands(x):  # of tXB there is no node XB to differentiate
        yield x, at
    else:  # d f(tA) = f′(tA) A dt + L_f(tA, t dA)
        yield c, outer(at.apply(core))
        yield core, compose(at, scaling(c, shape))


def _function_assumes(node: Any) -> tuple[Any, ...]:
    domain = ANALYTIC[node.name].domain
    return (domain, node.args[1]) if domain else ()


def block_form(name: str, x: Any, e: Any) -> Any:
    """L_f(X, E) as a block of f([X E; 0 X]): the form that can be differentiated again."""
    n = shape_of(x)[0]
    eye, zero = identity(n), alg.zeros(n, n)
    big = Block.make(Tuple(2, 2), x, e, zero, x)
    pick_rows = Block.make(Tuple(1, 2), eye, zero)
    pick_cols = Block.make(Tuple(2, 1), zero, eye)
    return mul(pick_rows, matrix_function(name, big), pick_cols)


def _frechet(node: Any) -> Pairs:
    """Linear in E; in X through the block form: d L_f(X, E) = [I 0] L_f([X E; 0 X], [dX 0; 0 dX]) [0; I]."""
    _, x, e = node.args
    shape = shape_of(x)
    n = shape[0]
    yield e, FrechetMap(shape, shape, node.name, x)
    eye, zero = identity(n), alg.zeros(n, n)
    big = Block.make(Tuple(2, 2), x, e, zero, x)
    at = FrechetMap((2 * n, 2 * n), (2 * n, 2 * n), node.name, big)
    top, bottom = Block.make(Tuple(2, 1), eye, zero), Block.make(Tuple(2, 1), zero, eye)
    spread = sum_maps([sandwich(p, transpose(p), shape) for p in (top, bottom)], shape, (2 * n, 2 * n))
    pick = sandwich(transpose(top), bottom, (2 * n, 2 * n))
    yield x, compose(pick, at, spread)


register(
    Operator(
        MatrixFunction, "Fréchet derivative", lambda node: f"d {node.name}(A) = L_{node.name}(A, dA)", _matrix_function,
        "Higham 2008, ch. 3", _function_assumes, formulas=(f"d f(A) = L_f(A, dA), f one of {', '.join(ANALYTIC)}",),
    )
)  # fmt: skip
register(
    Operator(
        Frechet, "second Fréchet derivative",
        "d L_f(A, E) = L_f(A, dE) + [I 0] L_f([A E; 0 A], [dA 0; 0 dA]) [0; I]", _frechet,
        "Mathias 1996; Higham 2008, Theorem 3.6",
    )
)  # fmt: skip
CONSTRUCTORS[MatrixFunction] = lambda name, x: matrix_function(str(name), x)
CONSTRUCTORS[Frechet] = lambda name, x, e: frechet(str(name), x, e)
SYMMETRIC[MatrixFunction] = lambda a: alg.is_symmetric(a.args[1])
for _name, _row in ANALYTIC.items():
    function(_name, "(n, n) -> (n, n)", partial(matrix_function, _name), _row.summary)


# ---------------------------------------------------------------- Cholesky
class Cholesky(alg.MatrixNode):
    """The lower triangular L with S = L Lᵀ, of the symmetric part of its argument."""

    rank = 3


def chol(s: Any) -> Any:
    """chol(S), lower triangular."""
    if alg.is_scalar(s):
        return alg.elementwise("sqrt", s)
    require_square(s, "chol")
    return s if isinstance(s, Identity) else Cholesky.make(s)


def _cholesky(node: Any) -> Pairs:
    """dL = L Φ(L⁻¹ dS L⁻ᵀ), Φ the lower triangle with the diagonal halved; dS enters by its symmetric part."""
    (s,) = node.args
    shape = shape_of(s)
    n = shape[0]
    lower = inverse(node)
    phi = add(alg.triangle(ones(n, n), True), neg(mul(HALF, identity(n))))
    symmetric = compose(scaling(HALF, shape), sum_maps([scaling(S.One, shape), transpose_map(shape)], shape, shape))
    yield (
        s,
        compose(
            sandwich(node, ones(1, 1), shape),
            HadamardWith(shape, shape, phi),
            sandwich(lower, transpose(lower), shape),
            symmetric,
        ),
    )


register(
    Operator(
        Cholesky, "Cholesky factor", "dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ the lower triangle with halved diagonal", _cholesky,
        "Murray 2016 §3; Giles 2008 §2.2.2", lambda node: ("{} positive definite", node.args[0]),
        needs="A positive definite",
    )
)  # fmt: skip
CONSTRUCTORS[Cholesky] = chol
function("chol", "(n, n) -> (n, n)", chol, "lower Cholesky factor")


def _log_diagonal(a: Any) -> Any:
    """𝟏ᵀ log diag(chol S) = ½ log det S; None for another sum."""
    if is_function(a, "log") and isinstance(a.args[1], DiagVector) and isinstance(a.args[1].args[0], Cholesky):
        return HALF * logdet(a.args[1].args[0].args[0])
    return None


TOTAL_RULES.append(_log_diagonal)


# ---------------------------------------------------------------- pseudo-inverse
class PseudoInverse(alg.MatrixNode):
    """X⁺, the Moore–Penrose inverse."""

    rank = 2

    @classmethod
    def infer_shape(cls, args: tuple[Any, ...]) -> Any:
        rows, cols = shape_of(args[0])
        return (cols, rows)


def pinv(a: Any) -> Any:
    """A⁺."""
    if alg.is_scalar(a):
        return alg.power(a, S.NegativeOne)
    if isinstance(a, PseudoInverse):
        return a.args[0]
    if alg.is_zero(a):
        return alg.zeros(a.shape[1], a.shape[0])
    if isinstance(a, (Identity, Inverse)):
        return inverse(a)
    if isinstance(a, Transpose):
        return transpose(pinv(a.args[0]))
    return PseudoInverse.make(a)


def _pinv(node: Any) -> Pairs:
    """d(A⁺) = −A⁺ dA A⁺ + A⁺A⁺ᵀ dAᵀ (I − AA⁺) + (I − A⁺A) dAᵀ A⁺ᵀA⁺, at constant rank."""
    (a,) = node.args
    shape, turned = shape_of(a), shape_of(node)
    p = node
    left = add(identity(shape[0]), neg(mul(a, p)))
    right = add(identity(shape[1]), neg(mul(p, a)))
    turn = transpose_map(shape)
    yield (
        a,
        sum_maps(
            [
                sandwich(neg(p), p, shape),
                compose(sandwich(mul(p, transpose(p)), left, turned), turn),
                compose(sandwich(right, mul(transpose(p), p), turned), turn),
            ],
            shape,
            turned,
        ),
    )


register(
    Operator(
        PseudoInverse, "pseudo-inverse", "d(A⁺) = −A⁺dA A⁺ + A⁺A⁺ᵀdAᵀ(I − AA⁺) + (I − A⁺A)dAᵀA⁺ᵀA⁺", _pinv,
        "Golub & Pereyra 1973; Magnus & Neudecker §8.5", lambda node: ("{} of constant rank", node.args[0]),
        needs="A of constant rank",
    )
)  # fmt: skip
CONSTRUCTORS[PseudoInverse] = pinv
SYMMETRIC[PseudoInverse] = lambda a: alg.is_symmetric(a.args[0])
function("pinv", "(m, n) -> (n, m)", pinv, "Moore–Penrose inverse")
