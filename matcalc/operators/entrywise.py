"""What acts entry by entry: Hadamard products and powers, and the table of functions with their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Integer, Rational, S, pi, sqrt

from .. import algebra as alg
from ..algebra import (
    add,
    elementwise,
    entrywise_max,
    entrywise_min,
    hadamard,
    hadamard_power,
    mul,
    neg,
    one_like,
    shape_of,
    subtract,
)
from ..algebra.entrywise import AbstractFunction
from ..algebra.nodes import Elementwise, ElementwiseScalar, EntrywiseMax, EntrywiseMin, Hadamard, HadamardPower
from ..errors import DerivationError
from ..maps import hadamard_with, sandwich
from .table import Operator, Pairs, function, register

HALF = Rational(1, 2)


# ---------------------------------------------------------------- the table
@dataclass(frozen=True)
class Entrywise:
    """φ applied to every entry, so that dφ(X) = φ′(X) ⊙ dX.

    ``derivative(X)`` is φ′(X) as an expression; ``domain`` says in words where φ is differentiable ("" for everywhere);
    ``code`` is the array instruction that computes φ, ``latex`` and ``text`` its name in print.
    """

    name: str
    derivative: Callable[[Any], Any]
    formula: str
    domain: str = ""
    code: str = ""
    latex: str = ""


def _f(name: str) -> Callable[[Any], Any]:
    return lambda x: elementwise(name, x)


def _power(x: Any, p: Any) -> Any:
    return hadamard_power(x, S(p))


def _sum(x: Any, constant: Any, *terms: Any) -> Any:
    """constant + terms, the constant in every entry."""
    return add(mul(constant, one_like(x)), *terms)


def _inv(x: Any) -> Any:
    return hadamard_power(x, S.NegativeOne)


def _zero(x: Any) -> Any:
    return alg.zero_like(x)


def _logistic_derivative(x: Any) -> Any:
    s = elementwise("sigmoid", x)
    return hadamard(s, _sum(x, 1, neg(s)))


def _silu_derivative(x: Any) -> Any:
    """σ(x) + x σ(x) (1 − σ(x))."""
    s = elementwise("sigmoid", x)
    return add(s, hadamard(x, s, _sum(x, 1, neg(s))))


def _gelu_derivative(x: Any) -> Any:
    """Φ(x) + x φ(x), φ the normal density."""
    return add(elementwise("Phi", x), hadamard(x, elementwise("normal_density", x)))


# fmt: off
TABLE = [
    #         φ             φ′(x)                                                       d φ(A) =                          where
    Entrywise("exp",        _f("exp"),                                                  "exp(A) ⊙ dA"),
    Entrywise("log",        _inv,                                                       "dA ⊘ A",                         "{} > 0"),
    Entrywise("log1p",      lambda x: _inv(_sum(x, 1, x)),                              "dA ⊘ (1 + A)",                   "{} > −1"),
    Entrywise("expm1",      _f("exp"),                                                  "exp(A) ⊙ dA"),
    Entrywise("abs",        _f("sign"),                                                 "sign(A) ⊙ dA",                   "{} ≠ 0"),
    Entrywise("sign",       _zero,                                                      "0",                              "{} ≠ 0"),
    Entrywise("step",       _zero,                                                      "0",                              "{} ≠ 0"),
    Entrywise("sin",        _f("cos"),                                                  "cos(A) ⊙ dA"),
    Entrywise("cos",        lambda x: neg(elementwise("sin", x)),                       "−sin(A) ⊙ dA"),
    Entrywise("tan",        lambda x: _sum(x, 1, _power(elementwise("tan", x), 2)),     "(1 + tan²(A)) ⊙ dA",             "cos({}) ≠ 0"),
    Entrywise("arcsin",     lambda x: _power(_sum(x, 1, neg(_power(x, 2))), -HALF),     "dA ⊘ √(1 − A²)",                 "|{}| < 1"),
    Entrywise("arccos",     lambda x: neg(_power(_sum(x, 1, neg(_power(x, 2))), -HALF)), "−dA ⊘ √(1 − A²)",               "|{}| < 1"),
    Entrywise("arctan",     lambda x: _inv(_sum(x, 1, _power(x, 2))),                   "dA ⊘ (1 + A²)"),
    Entrywise("arcsinh",    lambda x: _power(_sum(x, 1, _power(x, 2)), -HALF),          "dA ⊘ √(1 + A²)"),
    Entrywise("sinh",       _f("cosh"),                                                 "cosh(A) ⊙ dA"),
    Entrywise("cosh",       _f("sinh"),                                                 "sinh(A) ⊙ dA"),
    Entrywise("tanh",       lambda x: _sum(x, 1, neg(_power(elementwise("tanh", x), 2))), "(1 − tanh²(A)) ⊙ dA"),
    Entrywise("erf",        lambda x: mul(2 / sqrt(pi), elementwise("exp", neg(_power(x, 2)))), "2/√π exp(−A²) ⊙ dA"),
    Entrywise("Phi",        _f("normal_density"),                                       "φ(A) ⊙ dA, φ the normal density"),
    Entrywise("normal_density", lambda x: neg(hadamard(x, elementwise("normal_density", x))), "−A ⊙ φ(A) ⊙ dA"),
    Entrywise("sigmoid",    _logistic_derivative,                                       "σ(A) ⊙ (1 − σ(A)) ⊙ dA"),
    Entrywise("softplus",   _f("sigmoid"),                                              "σ(A) ⊙ dA, σ the logistic function"),
    Entrywise("logsigmoid", lambda x: elementwise("sigmoid", neg(x)),                   "σ(−A) ⊙ dA, σ the logistic function"),
    Entrywise("relu",       _f("step"),                                                 "[A > 0] ⊙ dA",                   "{} ≠ 0"),
    Entrywise("leaky_relu", _f("leaky_step"),                                           "(0.01 + 0.99 [A > 0]) ⊙ dA",     "{} ≠ 0"),
    Entrywise("leaky_step", _zero,                                                      "0",                              "{} ≠ 0"),
    Entrywise("elu",        lambda x: elementwise("exp", neg(elementwise("relu", neg(x)))), "exp(min(A, 0)) ⊙ dA"),
    Entrywise("gelu",       _gelu_derivative,                                           "(Φ(A) + A ⊙ φ(A)) ⊙ dA"),
    Entrywise("silu",       _silu_derivative,                                           "(σ(A) + A ⊙ σ′(A)) ⊙ dA"),
    Entrywise("gamma",      lambda x: hadamard(elementwise("gamma", x), elementwise("digamma", x)), "Γ(A) ⊙ ψ(A) ⊙ dA",   "{} not a pole"),
    Entrywise("lgamma",     _f("digamma"),                                              "ψ(A) ⊙ dA, ψ the digamma function", "{} not a pole"),
    Entrywise("digamma",    _f("trigamma"),                                             "ψ′(A) ⊙ dA",                     "{} not a pole"),
]
# fmt: on
FUNCTION_TABLE = {row.name: row for row in TABLE}

#: What holds where a function has a kink or a jump: its subdifferential (Clarke 1983 §2.1) and what the code takes.
KINKS = {
    "abs": "∂|a| at a = 0 is [−1, 1]; the code takes 0",
    "relu": "∂max(a, 0) at a = 0 is [0, 1]; the code takes 0",
    "leaky_relu": "∂ at a = 0 is [0.01, 1]; the code takes 0.01",
    "sign": "sign jumps at a = 0; the code takes the derivative 0",
    "step": "[a > 0] jumps at a = 0; the code takes the derivative 0",
    "leaky_step": "0.01 + 0.99 [a > 0] jumps at a = 0; the code takes the derivative 0",
}


def kink_of(name: str) -> str:
    return KINKS.get(name, "")


def derivative_of(fn: Any, x: Any) -> Any:
    """φ′(x), for a known function by its name or an abstract one."""
    if isinstance(fn, AbstractFunction):
        return elementwise(fn.prime, x)
    row = FUNCTION_TABLE.get(str(fn))
    if row is None:
        raise DerivationError(f"no derivative is known for {fn}")
    return row.derivative(x)


def _elementwise(node: Any) -> Pairs:
    x = node.args[1]
    if str(node.args[0]) == "huber":
        yield from _huber_pairs(node)
    else:
        yield x, hadamard_with(derivative_of(node.args[0], x), shape_of(x))


def _identity(node: Any) -> str:
    fn = node.args[0]
    if isinstance(fn, AbstractFunction):
        return f"d{fn}(A) = {fn.prime}(A) ⊙ dA"
    if str(fn) == "huber":
        return "d huber(A, δ) = clip(A, −δ, δ) ⊙ dA"
    shown = {"sigmoid": "σ(A)", "logsigmoid": "log σ(A)", "softplus": "log(1 + exp(A))"}.get(str(fn), f"{fn}(A)")
    return f"d {shown} = {FUNCTION_TABLE[str(fn)].formula}"


def _assumes(node: Any) -> tuple[Any, ...]:
    fn = node.args[0]
    if isinstance(fn, AbstractFunction):
        return (
            f"{AbstractFunction(fn.args[0], Integer(0))} differentiable" if fn.order == 0 else f"{fn} differentiable",
        )
    row = FUNCTION_TABLE.get(str(fn))
    if not row or not row.domain:
        return ()
    x = node.args[1]
    return (row.domain if alg.is_scalar(x) else of_entries(row.domain), x)


def of_entries(domain: str) -> str:
    """What is asked of a number, asked of all entries: ``{} ≠ 0`` of an array says no more than that one is not 0."""
    what = domain.removesuffix(" ≠ 0")
    return domain if what == domain else f"no zero entry in {what}"


for _cls in (Elementwise, ElementwiseScalar):
    register(
        Operator(
            _cls, "elementwise function", _identity, _elementwise, "Magnus & Neudecker §5.11", _assumes,
            kink=lambda node: kink_of(str(node.args[0])),
        )
    )  # fmt: skip


# ---------------------------------------------------------------- products and powers
def _hadamard(node: Any) -> Pairs:
    for at, factor in enumerate(node.args):
        rest = hadamard(*node.args[:at], *node.args[at + 1 :])
        yield factor, hadamard_with(rest, node.shape)


register(
    Operator(
        Hadamard,
        "Hadamard product",
        "d(A ⊙ B) = dA ⊙ B + A ⊙ dB",
        _hadamard,
        "Magnus & Neudecker §8.2; Matrix Cookbook (38)",
    )
)


def _hadamard_power(node: Any) -> Pairs:
    """d(A^{⊙p}) = p A^{⊙(p−1)} ⊙ dA + A^{⊙p} ⊙ log A dp."""
    a, p = node.args
    yield a, hadamard_with(mul(p, hadamard_power(a, p - 1)), node.shape)
    if not p.is_number:
        yield p, sandwich(hadamard(node, elementwise("log", a)), Integer(1), ())


def _power_assumes(node: Any) -> tuple[Any, ...]:
    p = node.args[1]
    if p.is_Integer:
        return (of_entries("{} ≠ 0"), node.args[0]) if p < 0 else ()
    return ("{} > 0", node.args[0])


register(
    Operator(
        HadamardPower,
        "entrywise power",
        "d(A^{⊙p}) = p A^{⊙(p−1)} ⊙ dA",
        _hadamard_power,
        "Magnus & Neudecker §5.11",
        _power_assumes,
    )
)


def _extreme(node: Any) -> Pairs:
    """d max(A, B) = [A > B] ⊙ dA + [B > A] ⊙ dB, away from ties; for the minimum the other way round."""
    a, b = node.args
    gap = subtract(a, b) if isinstance(node, EntrywiseMax) else subtract(b, a)
    yield a, hadamard_with(elementwise("step", gap), node.shape)
    yield b, hadamard_with(elementwise("step", neg(gap)), node.shape)


for _node, _name in ((EntrywiseMax, "max"), (EntrywiseMin, "min")):
    _sign = ">" if _name == "max" else "<"
    register(
        Operator(
            _node, f"entrywise {_name}", f"d {_name}(A, B) = [A {_sign} B] ⊙ dA + [B {_sign} A] ⊙ dB", _extreme,
            "Clarke 1983 §2.3", lambda node: (of_entries("{} ≠ 0"), subtract(*node.args)),
            kink=lambda node: "where a = b the weights are t and 1 − t, 0 ≤ t ≤ 1; the code takes 0 for both",
        )
    )  # fmt: skip


# ---------------------------------------------------------------- Huber
def huber(r: Any, delta: Any) -> Any:
    """½r² where |r| ≤ δ, else δ(|r| − ½δ), entry by entry; r may be a scalar."""
    return elementwise("huber", r, delta)


def clip(r: Any, bound: Any) -> Any:
    """r limited to [−δ, δ]: max(min(r, δ), −δ)."""
    limit = mul(bound, one_like(r))
    if alg.is_scalar(r):
        shifted = [elementwise("relu", add(r, limit)), neg(elementwise("relu", subtract(r, limit))), neg(limit)]
        return add(*shifted)  # min and max of scalars are relus
    return entrywise_max(entrywise_min(r, limit), neg(limit))


def _huber_pairs(node: Any) -> Pairs:
    """∂/∂r = clip(r, −δ, δ); ∂/∂δ = max(|r| − δ, 0)."""
    _, r, delta = node.args
    yield r, hadamard_with(clip(r, delta), shape_of(r))
    beyond = elementwise("relu", subtract(elementwise("abs", r), mul(delta, one_like(r))))
    yield delta, sandwich(beyond, Integer(1), ())


# ---------------------------------------------------------------- in the language
for _row in TABLE:
    if _row.name not in ("step", "leaky_step", "normal_density", "logsigmoid"):
        function(_row.name, "S -> S", _f(_row.name), "entry by entry")
function("sqrt", "S -> S", _f("sqrt"), "square root, entry by entry")
function("square", "S -> S", _f("square"), "square, entry by entry")
function("identity", "S -> S", _f("identity"), "the identity function")
function("max0", "S -> S", _f("relu"), "max(x, 0), entry by entry")
function("huber", "S, () -> S", huber, "Huber loss, entry by entry")
