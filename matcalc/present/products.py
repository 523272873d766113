"""Sums, products and quotients: signs, coefficients and fractions as a book sets them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import gcd
from typing import Any

from sympy import Add, Identity, Integer, Mul, Pow, S, Symbol
from sympy.matrices.expressions.special import OneMatrix

from ..algebra import hadamard_power, is_scalar, sort_key, split_coefficient, transpose
from ..algebra.construct import in_order
from ..algebra.nodes import (
    DiagMatrix,
    DifferentialScalar,
    Elementwise,
    Frobenius,
    Hadamard,
    HadamardPower,
    Inverse,
    Kronecker,
    MatProduct,
    MatSum,
    Transpose,
)
from ..operators.matrix_functions import MatrixFunction
from .measure import width
from .notation import ENTRYWISE_QUOTIENT, INFIX, Infix, Level
from .pieces import BreakHere, End, Part, Piece, join
from .printer import Printer, Writing, each, writes


# ---------------------------------------------------------------- sums
@writes(MatSum)
def _matrix_sum(to: Printer, node: Any) -> Writing:
    """Terms in the order in which they are stored; 𝟏 in a sum is the plain number: 1 + exp(z), but I − 𝟏𝟏ᵀ/n."""
    if any(isinstance(split_coefficient(term)[1], (Identity, DiagMatrix)) for term in node.args):
        return (yield from written_sum(to, node.args))
    return (yield from written_sum(to, [one for term in node.args for one in _entries_of_ones(term)]))


@writes(Add)
def _scalar_sum(to: Printer, node: Any) -> Writing:
    return (yield from written_sum(to, in_order(node.args)))


def _entries_of_ones(term: Any) -> Sequence[Any]:
    """(a − b) 𝟏 as its numbers a and −b, which are added to every entry."""
    coefficient, core = split_coefficient(term)
    if not isinstance(core, OneMatrix):
        return [term]
    return in_order(coefficient.args) if coefficient.is_Add else [coefficient]


def written_sum(to: Printer, terms: Sequence[Any], *, dots: bool = False) -> Writing:
    """a + b − c; with ``dots`` after a sign for terms left out."""
    pieces = yield from each(terms)
    if len(pieces) == 1 and not dots:
        return pieces[0]
    parts: list[Part] = [to.style.dots] if dots else []
    for piece in pieces:
        body = to.style.operand(piece.positive(), Level.FROBENIUS) if piece.negative else piece
        sign = to.style.minus if piece.negative else "+"
        if parts:
            parts += [BreakHere(Level.SUM), f" {sign} ", body]
        else:
            parts += [sign, body] if piece.negative else [body]
    return join(parts, Level.SUM, End.WORD if dots else pieces[0].first, pieces[-1].last)


# ---------------------------------------------------------------- quotients of scalars
@dataclass
class Quotient:
    """± p/q · numerator / denominator, the scalar coefficient of a term."""

    p: int = 1
    q: int = 1
    negative: bool = False
    numerator: list[Any] = field(default_factory=list)
    denominator: list[Any] = field(default_factory=list)


def _goes_below(exponent: Any) -> bool:
    return bool(exponent.as_coeff_Mul()[0].is_negative)


def quotient_of(coefficient: Any) -> Quotient:
    """A scalar as sign, number, factors above and factors below the line."""
    out = Quotient()
    factors = coefficient.args if coefficient.is_Mul else (coefficient,)
    primitive = [factor.primitive() if factor.is_Add else (S.One, factor) for factor in factors]  # 2a − 2b as 2(a − b)
    for factor in sorted((one for parts in primitive for one in parts), key=sort_key):
        if factor.is_Rational:
            out.negative ^= bool(factor.is_negative)
            out.p, out.q = out.p * abs(int(factor.p)), out.q * int(factor.q)
        elif factor.is_Pow and _goes_below(factor.exp):
            out.denominator.append(Pow(factor.base, -factor.exp))
        else:
            out.numerator.append(factor)
    common = gcd(out.p, out.q)
    out.p, out.q = out.p // common, out.q // common
    return out


def _is_plain(factor: Any) -> bool:
    """A number, a scalar variable, or a power of one: a factor that is written in front."""
    if factor.is_Pow:
        return factor.exp.is_number and _is_plain(factor.base)
    return isinstance(factor, Symbol) or bool(factor.is_number)


def _place(factor: Any) -> int:
    """Numbers and symbols first, inner products and then differentials last: λ ‖x‖ (A : B) dt."""
    if isinstance(factor, DifferentialScalar):
        return 3
    return 0 if _is_plain(factor) else 2 if isinstance(factor, Frobenius) else 1


# ---------------------------------------------------------------- products
#: What is wider than this, in ems, stands beside the fraction: a fraction cannot break.
WIDEST_FRACTION = 24.0


@writes(Mul)
def _scalar_product(to: Printer, node: Any) -> Writing:
    return (yield from written_product(to, node, []))


@writes(MatProduct)
def _matrix_product(to: Printer, node: Any) -> Writing:
    coefficient, factors = node.coefficient, node.factors
    if len(factors) == 1 and coefficient not in (S.One, S.NegativeOne) and _is_reciprocal(factors[0]):
        above = yield coefficient
        return (yield from _entrywise_quotient(to, above, _parts(factors[0])))
    return (yield from written_product(to, coefficient, factors))


def written_product(to: Printer, coefficient: Any, factors: Sequence[Any]) -> Writing:
    """coefficient · A B …, with the coefficient's denominator as a fraction."""
    style, c = to.style, quotient_of(coefficient)
    moving = [f for f in c.numerator if isinstance(f, DifferentialScalar)]
    if moving and c.denominator and len(c.numerator) > 1:  # (xᵀy/‖x‖²) d‖x‖
        rest_of_it = yield Mul(*(f for f in Mul.make_args(coefficient) if f not in moving))
        tightest = Level.PRODUCT if style.is_tex else Level.POSTFIX
        pieces = [style.operand(rest_of_it.positive(), tightest), *(yield from each(moving))]
        return replace(style.product(pieces, to.reserved), negative=rest_of_it.negative)
    front: list[Piece] = []  # numbers and scalar variables
    rest: list[Piece] = []
    for factor in sorted(c.numerator, key=_place):
        piece = yield factor
        (front if _is_plain(factor) else rest).append(piece)
    chain = yield from _chain(to, factors)
    if style.is_tex and rest and chain and c.denominator:  # \frac{xᵀSx}{‖x‖²} x
        ratio = yield Mul(coefficient, S.NegativeOne) if c.negative else coefficient
        pieces = [style.operand(ratio, Level.POSTFIX) if ratio.level < Level.PRODUCT else ratio, *chain]
        return replace(_side_by_side(to, pieces[:1], [], pieces[1:]), negative=c.negative)
    rest += chain
    below = yield from each(c.denominator)
    plain_below = all(_is_plain(factor) for factor in c.denominator)
    number: Piece | None = style.ratio(c.p, 1) if c.p != 1 else None
    if not below and c.q != 1:  # ½ X; 3/2 X as 3X/2, and λ/2 in LaTeX
        whole = style.ratio(c.p, c.q)
        if (style.is_tex and not front) or whole.level == Level.ATOM or not (front or rest):
            return replace(_side_by_side(to, [whole], front, rest), negative=c.negative)
    if c.q != 1:
        below.insert(0, style.ratio(c.q, 1))
    above = ([number] if number else []) + front
    if not below:
        return replace(_side_by_side(to, above[:1] if number else [], front, rest), negative=c.negative)
    bottom = _side_by_side(to, below[:1] if c.q != 1 else [], below[1:] if c.q != 1 else below, [])
    beside = _is_long(rest) and (plain_below or any(p.tall for p in rest))  # \frac{λ}{2n} ‖w‖²
    if style.is_tex and (beside or sum(width(p.text) for p in rest) > WIDEST_FRACTION):
        top = _side_by_side(to, above or [style.ratio(1, 1)], [], [])
        return replace(_side_by_side(to, [style.fraction(top, bottom)], [], rest), negative=c.negative)
    top = _side_by_side(to, [number] if number else [], front, rest) if above or rest else style.ratio(1, 1)
    return replace(style.fraction(top, bottom), negative=c.negative)


def _is_long(pieces: Sequence[Piece]) -> bool:
    """Better beside a fraction than on top of it: ‖w‖², A : B and (A + B)x, but not x or log(t)."""
    if len(pieces) == 1:
        return pieces[0].first in (End.BARS, End.GROUP, End.WIDE) or pieces[0].level <= Level.FROBENIUS
    return len(pieces) > 1


def _side_by_side(to: Printer, number: Sequence[Piece], front: Sequence[Piece], rest: Sequence[Piece]) -> Piece:
    """Factors next to each other; only the last may be loose, and only after numbers and symbols: ½ A : B."""
    style = to.style
    pieces = [*number, *front, *rest]
    if not pieces:
        return style.ratio(1, 1)
    if len(pieces) == 1:
        return pieces[0]
    loosest = Level.FROBENIUS if len(rest) <= 1 else Level.PREFIX
    done = [style.operand(p, Level.POSTFIX) if p not in number else p for p in pieces[:-1]]
    return style.product([*done, style.operand(pieces[-1], loosest)], to.reserved)


def _chain(to: Printer, factors: Iterable[Any]) -> Generator[Any, Piece, list[Piece]]:
    """Matrix factors as pieces, equal neighbours as powers: X X X is X³."""
    runs: list[tuple[Any, int]] = []
    for factor in factors:
        if runs and runs[-1][0] == factor and _has_powers(factor):
            runs[-1] = (factor, runs[-1][1] + 1)
        else:
            runs.append((factor, 1))
    pieces: list[Piece] = []
    for factor, count in runs:
        if count == 1:
            pieces.append((yield factor))
        else:
            pieces.append((yield from matrix_power(to, factor, Integer(count))))
    return pieces


def _has_powers(factor: Any) -> bool:
    """Is X X written X² ? Not for θ(X), whose square looks like the entrywise one, and not for XᵀXᵀ."""
    return not isinstance(factor, (Elementwise, Transpose))


def matrix_power(to: Printer, base: Any, exponent: Any) -> Writing:
    """Xᵏ; the inverse has negative powers, the square root half ones."""
    while isinstance(base, Inverse) or (isinstance(base, MatrixFunction) and base.name == "sqrtm"):
        inner_exponent = S.NegativeOne if isinstance(base, Inverse) else S.Half
        base, exponent = base.args[-1], inner_exponent * exponent
    inner = yield base
    power = yield from written_exponent(exponent)
    return to.style.postfix(inner, to.style.exponent(power))


def written_exponent(p: Any) -> Writing:
    """An exponent: a fraction of numbers stands on one line, 3/2."""
    if p.is_Rational and not p.is_Integer:
        return Piece(f"{abs(p.p)}/{p.q}", Level.PRODUCT, End.NUMBER, End.NUMBER, negative=bool(p.is_negative))
    return (yield p)


# ---------------------------------------------------------------- A : B
@writes(Frobenius)
def _frobenius(to: Printer, node: Any) -> Writing:
    """A : B for matrices, in derivations and with differentials; xᵀAy for vectors."""
    a, b = node.args
    left, right = (yield a), (yield b)
    if left.moving and not right.moving:  # p : dz
        left, right = right, left
    if to.colon or left.moving or right.moving or is_scalar(a) or a.shape[1] != 1:
        return infix(to, INFIX[Frobenius], [left, right])
    if a in to.aliases:
        return to.style.product([to.style.postfix(left, to.style.transpose), to.style.operand(right, Level.POSTFIX)])
    (c, a), (d, b) = split_coefficient(transpose(a)), split_coefficient(b)
    factors = [f for m in (a, b) for f in (m.factors if isinstance(m, MatProduct) and m not in to.aliases else (m,))]
    return (yield from written_product(to, Mul(c, d), factors))


def infix(to: Printer, notation: Infix, operands: Sequence[Piece]) -> Piece:
    """Operands joined by a sign; a minus of the first comes before the whole."""
    style = to.style
    negative = operands[0].negative
    done = [style.operand(p, notation.operand) for p in [operands[0].positive(), *operands[1:]]]
    parts: list[Part] = [done[0]]
    for operand in done[1:]:
        parts += [BreakHere(notation.level), style.pick(notation), operand]
    return join(parts, notation.level, done[0].first, done[-1].last, negative=negative)


# ---------------------------------------------------------------- entry by entry
@writes(Hadamard)
def _hadamard(to: Printer, node: Any) -> Writing:
    """A ⊙ B; negative powers as a quotient, A ⊘ B."""
    above = [f for f in node.args if not _is_reciprocal(f)]
    below = [f for f in node.args if _is_reciprocal(f)]
    if not above:
        return (yield from _entrywise_quotient(to, to.style.ratio(1, 1), below))
    pieces = sorted((yield from each(above)), key=lambda piece: piece.moving)  # A ⊙ dX
    top = pieces[0] if len(pieces) == 1 else infix(to, INFIX[Hadamard], pieces)
    return (yield from _entrywise_quotient(to, top, below)) if below else top


@writes(Kronecker)
def _kronecker(to: Printer, node: Any) -> Writing:
    """A ⊗ B; an identity among the factors shows its size."""
    pieces = []
    for factor in node.args:
        if factor.is_Identity:
            pieces.append((yield from sized_identity(to, factor)))
        else:
            pieces.append((yield factor))
    return infix(to, INFIX[Kronecker], pieces)


def sized_identity(to: Printer, node: Any) -> Writing:
    """I_n."""
    index = yield from indices(to, [node.shape[0]])
    return Piece(to.style.subscript(to.style.array("I"), index), Level.ATOM, End.WORD, End.WORD)


def indices(to: Printer, sizes: Sequence[Any]) -> Generator[Any, Piece, str]:
    """Sizes as a subscript: mn, with commas where they are longer."""
    pieces = yield from each(sizes)
    short = all(p.first is End.SCALAR and p.level == Level.ATOM for p in pieces)
    return ("" if short else ",").join(to.style.signed(p).text for p in pieces)


def _is_reciprocal(factor: Any) -> bool:
    if isinstance(factor, Hadamard):
        return all(_is_reciprocal(f) for f in factor.args)
    return isinstance(factor, HadamardPower) and _goes_below(factor.args[1])


def _parts(node: Any) -> Sequence[Any]:
    return node.args if isinstance(node, Hadamard) else (node,)


def _entrywise_quotient(to: Printer, above: Piece, below: Sequence[Any]) -> Writing:
    """A ⊘ B, B the product of the reciprocals' bases."""
    pieces = []
    for factor in below:
        base, p = factor.args
        pieces.append((yield hadamard_power(base, -p)))
    bottom = pieces[0] if len(pieces) == 1 else infix(to, INFIX[Hadamard], pieces)
    return infix(to, ENTRYWISE_QUOTIENT, [above, bottom])


@writes(HadamardPower)
def _hadamard_power(to: Printer, node: Any) -> Writing:
    """X^{⊙p}; 1 ⊘ X for negative powers."""
    base, p = node.args
    if _goes_below(p):
        return (yield from _entrywise_quotient(to, to.style.ratio(1, 1), [node]))
    inner = yield base
    if p == S.Half:
        return to.style.entrywise_root(inner)
    exponent = yield from written_exponent(p)
    return to.style.postfix(inner, to.style.entrywise_exponent(exponent))
