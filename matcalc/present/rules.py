"""The notation of names, numbers, powers, and functions of scalars applied entry by entry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy
from sympy import Function, Identity, Max, Min, Pow, Rational, S, Symbol
from sympy.core.numbers import NumberSymbol
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from ..algebra import AbstractFunction, Conjugate, ConjugateScalar, shown_name
from ..algebra.entrywise import SCALAR_FUNCTIONS, argument, function_name
from ..algebra.nodes import (
    Commutation,
    DiagonalSelection,
    Elementwise,
    ElementwiseScalar,
    HadamardPower,
    Inverse,
    MatPower,
    Named,
    NamedScalar,
    Transpose,
    UnitVector,
)
from ..operators.matrix_functions import MatrixFunction
from ..operators.vech import Duplication, Elimination
from .notation import CONJUGATE, CONJUGATE_TRANSPOSE, FUNCTIONS, POWER_ON_NAME, Call, Level, operatorname
from .pieces import End, Piece, join
from .printer import RULES, Printer, Writing, each, prints, writes
from .products import indices, matrix_power, sized_identity, written_exponent, written_product


# ---------------------------------------------------------------- names and numbers
@prints(Symbol, NamedScalar)
def _scalar_name(to: Printer, node: Any) -> Piece:
    return to.style.symbol(node.name, scalar=True)


@prints(MatrixSymbol, Named)
def _matrix_name(to: Printer, node: Any) -> Piece:
    return to.style.symbol(shown_name(node))


@prints(Rational)
def _number(to: Printer, node: Any) -> Piece:
    return replace(to.style.ratio(abs(int(node.p)), int(node.q)), negative=bool(node.is_negative))


@prints(NumberSymbol)
def _constant(to: Printer, node: Any) -> Piece:
    return to.style.symbol({S.Pi: "π", S.Exp1: "e"}.get(node, str(node)), scalar=True)


@prints(OneMatrix)
def _ones(to: Printer, node: Any) -> Piece:
    """𝟏, 𝟏ᵀ, and 𝟏𝟏ᵀ for the matrix of ones."""
    one = Piece(to.style.one, Level.ATOM, End.ONES, End.ONES)
    if node.shape[1] == 1:
        return one
    row = to.style.postfix(one, to.style.transpose)
    return row if node.shape[0] == 1 else join([one, row], Level.PRODUCT, End.ONES, End.ONES)


@prints(ZeroMatrix)
def _zeros(to: Printer, node: Any) -> Piece:
    return Piece(to.style.zero, Level.ATOM, End.NUMBER, End.NUMBER)


@writes(Identity)
def _identity(to: Printer, node: Any) -> Writing:
    """I; with its size where a variable is called I."""
    if "I" in to.taken:
        return (yield from sized_identity(to, node))
    return Piece(to.style.array("I"), Level.ATOM, End.LETTER, End.LETTER, letter="I")


@writes(UnitVector, Commutation, DiagonalSelection, Duplication, Elimination)
def _sized(to: Printer, node: Any) -> Writing:
    """e_i, K_mn, E_n, D_n, L_n."""
    letter, sizes = {
        UnitVector: ("e", node.args[0][:1]),
        Commutation: ("K", node.args[0]),
        DiagonalSelection: ("E", node.args[0]),
        Duplication: ("D", node.args[0]),
        Elimination: ("L", node.args[0]),
    }[type(node)]
    index = yield from indices(to, sizes)
    return Piece(to.style.subscript(to.style.array(letter), index), Level.ATOM, End.WORD, End.WORD)


# ---------------------------------------------------------------- powers, transposes, inverses
@writes(Pow)
def _power(to: Printer, node: Any) -> Writing:
    """xᵖ; √x; 1/x; tanh²(x)."""
    base, p = node.args
    if p.as_coeff_Mul()[0].is_negative:
        return (yield from written_product(to, node, []))
    if p == S.Half:
        inner = yield base
        return to.style.root(inner)
    exponent = yield from written_exponent(p)
    if p.is_Integer and function_of(base) in POWER_ON_NAME:
        inside = yield argument(base)
        return to.style.call(function_label(to, function_of(base)) + to.style.exponent(exponent), [inside])
    inner = yield base
    return to.style.postfix(inner, to.style.exponent(exponent))


_entrywise_power = RULES[HadamardPower]


@writes(HadamardPower)
def _power_of_function(to: Printer, node: Any) -> Writing:
    """tanh²(x), and X^{⊙p} otherwise."""
    base, p = node.args
    if not (p.is_Integer and p > 1 and function_of(base) in POWER_ON_NAME):
        return (yield from _entrywise_power(to, node))
    inside, exponent = (yield argument(base)), (yield p)
    return to.style.call(function_label(to, function_of(base)) + to.style.exponent(exponent), [inside])


@writes(Conjugate, ConjugateScalar)
def _conjugate(to: Printer, node: Any) -> Writing:
    """Z*."""
    inner = yield node.args[0]
    return to.style.postfix(inner, to.style.pick(CONJUGATE))


@writes(Transpose)
def _transpose(to: Printer, node: Any) -> Writing:
    """Aᵀ, and A⁻ᵀ for the transpose of an inverse."""
    (a,) = node.args
    if isinstance(a, (Inverse, Conjugate)) and a not in to.aliases:
        inner = yield a.args[0]
        mark = to.style.inverse_transpose if isinstance(a, Inverse) else to.style.pick(CONJUGATE_TRANSPOSE)
        return to.style.postfix(inner, mark)
    inner = yield a
    return to.style.postfix(inner, to.style.transpose)


@writes(Inverse)
def _inverse(to: Printer, node: Any) -> Writing:
    (a,) = node.args
    if isinstance(a, Transpose) and a not in to.aliases:
        inner = yield a.args[0]
        return to.style.postfix(inner, to.style.inverse_transpose)
    if isinstance(a, MatrixFunction) and a not in to.aliases:
        return (yield from matrix_power(to, a, S.NegativeOne))
    inner = yield a
    return to.style.postfix(inner, to.style.inverse)


@writes(MatPower)
def _matrix_power(to: Printer, node: Any) -> Writing:
    return (yield from matrix_power(to, *node.args))


# ---------------------------------------------------------------- functions of scalars, entry by entry
_NAME_OF_CLASS = {cls: name for name, cls in SCALAR_FUNCTIONS.items()}


def function_of(node: Any) -> str:
    """The name of the known function that a node applies, or nothing."""
    return function_name(node) or _NAME_OF_CLASS.get(type(node), "")


def function_label(to: Printer, name: str) -> str:
    row = FUNCTIONS.get(name)
    if row is None or not to.is_free(name):
        row = Call(name, operatorname(name))
    return to.style.pick(row)


@writes(Elementwise, ElementwiseScalar)
def _elementwise(to: Printer, node: Any) -> Writing:
    """exp(X), θ′(X), [X > 0], log(1 + exp(X))."""
    style = to.style
    name = function_name(node) or ""
    x = yield node.args[1]
    if name in ("step", "leaky_step"):
        positive = indicator(to, x, " > 0")
        if name == "step":
            return positive
        slope = style.product([Piece("0.99", Level.ATOM, End.NUMBER, End.NUMBER), positive])
        return join(["0.01 + ", slope], Level.SUM, End.NUMBER, End.CALL)
    if name == "softplus":
        inner = join(["1 + ", style.call(function_label(to, "exp"), [x])], Level.SUM, End.NUMBER, End.CALL)
        return style.call(function_label(to, "log"), [inner])
    if name == "abs" and isinstance(node, ElementwiseScalar):
        return style.absolute(x)
    if name == "logsigmoid":
        return log_of(to, style.call(function_label(to, "sigmoid"), [x]))
    parameters = yield from each(node.args[2:])
    fn = node.args[0]
    label = function_label(to, name) if name else style.name(fn.name) + style.prime * fn.order
    return style.call(label, [x, *parameters])


@prints(AbstractFunction)
def _abstract_function(to: Printer, node: Any) -> Piece:
    return Piece(to.style.name(node.name) + to.style.prime * node.order, Level.ATOM, End.CALL, End.CALL)


def indicator(to: Printer, x: Piece, condition: str) -> Piece:
    """[x > 0]: 1 where it holds, else 0."""
    inner = join([to.style.signed(x), condition], Level.SUM, x.first, End.NUMBER)
    return replace(to.style.bracket(inner, "[", "]"), first=End.CALL, last=End.CALL)


def log_of(to: Printer, inner: Piece) -> Piece:
    """log σ(x), log det X: the logarithm of something that is one word."""
    return join([function_label(to, "log"), " ", inner], Level.PREFIX, End.CALL, End.CALL)


@writes(Function, sympy.exp)
def _scalar_function(to: Printer, node: Any) -> Writing:
    """exp(t); |t|."""
    inside = yield from each(node.args)
    if isinstance(node, sympy.Abs):
        return to.style.absolute(inside[0])
    if isinstance(node, sympy.polygamma):
        order = node.args[0]
        if order in (0, 1):
            return to.style.call(function_label(to, "trigamma" if order else "digamma"), inside[1:])
    return to.style.call(function_label(to, function_of(node) or type(node).__name__), inside)


@writes(Max, Min)
def _extreme_of_scalars(to: Printer, node: Any) -> Writing:
    inside = yield from each(node.args)
    return to.style.call(to.style.pick(Call("max", r"\max") if isinstance(node, Max) else Call("min", r"\min")), inside)
