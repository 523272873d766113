"""Functions of one number that are others put together: a row each, differentiated and computed as what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Rational, S, log

from .. import algebra as alg
from ..algebra import add, elementwise, hadamard, hadamard_divide, mul, neg, one_like
from .table import function

HALF = Rational(1, 2)


def _of(name: str) -> Callable[[Any], Any]:
    return lambda x: elementwise(name, x)


def _over(name: str) -> Callable[[Any], Any]:
    """1/φ(x)."""
    return lambda x: alg.hadamard_power(elementwise(name, x), S.NegativeOne)


def _ratio(above: str, below: str) -> Callable[[Any], Any]:
    return lambda x: hadamard_divide(elementwise(above, x), elementwise(below, x))


def _log_to(base: int) -> Callable[[Any], Any]:
    return lambda x: mul(1 / log(S(base)), elementwise("log", x))


def _root(x: Any, sign: int) -> Any:
    """√(x² ± 1)."""
    return elementwise("sqrt", add(elementwise("square", x), mul(sign, one_like(x))))


def _arctanh(x: Any) -> Any:
    """½ log(1 + x) − ½ log(1 − x)."""
    one = one_like(x)
    return mul(HALF, add(elementwise("log", add(one, x)), neg(elementwise("log", add(one, neg(x))))))


def _softsign(x: Any) -> Any:
    return hadamard_divide(x, add(one_like(x), elementwise("abs", x)))


def _mish(x: Any) -> Any:
    return hadamard(x, elementwise("tanh", elementwise("softplus", x)))


def _erfc(x: Any) -> Any:
    return add(one_like(x), neg(elementwise("erf", x)))


# fmt: off
#: Name, what it is, the same in words, other names.
COMPOSITIONS: list[tuple[str, Callable[[Any], Any], str, tuple[str, ...]]] = [
    ("sech",       _over("cosh"),                                         "1/cosh",                 ()),
    ("csch",       _over("sinh"),                                         "1/sinh",                 ()),
    ("coth",       _over("tanh"),                                         "1/tanh",                 ()),
    ("sec",        _over("cos"),                                          "1/cos",                  ()),
    ("csc",        _over("sin"),                                          "1/sin",                  ()),
    ("cot",        _ratio("cos", "sin"),                                  "cos/sin",                ()),
    ("arccosh",    lambda x: _of("log")(add(x, _root(x, -1))),            "log(x + √(x² − 1))",     ("acosh",)),
    ("arctanh",    _arctanh,                                              "½ log((1 + x)/(1 − x))", ("atanh",)),
    ("log2",       _log_to(2),                                            "log x / log 2",          ()),
    ("log10",      _log_to(10),                                           "log x / log 10",         ()),
    ("erfc",       _erfc,                                                 "1 − erf",                ()),
    ("softsign",   _softsign,                                             "x/(1 + |x|)",            ()),
    ("mish",       _mish,                                                 "x tanh(softplus x)",     ()),
    ("logsigmoid", lambda x: _of("log")(_of("sigmoid")(x)),               "log σ",                  ("log_sigmoid",)),
]
# fmt: on

for _name, _build, _words, _aliases in COMPOSITIONS:
    function(_name, "S -> S", _build, f"{_words}, entry by entry", aliases=_aliases)
