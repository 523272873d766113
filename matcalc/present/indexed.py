"""Index notation in print: A_ij, δ_ij, Σ_k A_ik x_k, and the forms made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sympy import Pow

from ..algebra import FamilySymbol, shown_name
from ..forms.components import Case, Components
from ..forms.entries import Component, entry_of
from ..forms.tensor import Einsum, Operand, TensorForm
from ..forms.terms import Element, Factor, Product
from ..maps.indices import ONE, AtLeast, Delta
from .names import latex_name, text_name
from .notation import Level
from .pieces import BreakHere, End, Part, Piece, join
from .printer import Printer, Writing, writes
from .styles import TEXT, Style


def subscripted(style: Style, base: Piece, indices: Sequence[str]) -> Piece:
    """A_ij; the base in brackets where it is no letter or call: (Wx)_i. Numbers are small: z₁."""
    simple = base.level == Level.ATOM and not base.negative and (base.letter or base.last in (End.CALL, End.GROUP))
    base = base if simple or not indices else style.bracket(base)
    return join([base, subscript(style, indices)], Level.ATOM, End.WORD, End.WORD)


def subscript(style: Style, indices: Sequence[str]) -> str:
    """``_ij``; ₁₂ for numbers."""
    if not indices:
        return ""
    if style.is_tex:
        return f"_{{{' '.join(indices) if all(len(i) == 1 for i in indices) else ''.join(indices)}}}"
    if all(i.isdecimal() for i in indices):
        gap = "," if any(len(i) > 1 for i in indices) else ""
        return gap.join(i.translate(_SMALL) for i in indices)
    return "_" + "".join(indices)


_SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@writes(Component)
def _component(to: Printer, node: Any) -> Writing:
    """A_ij, and δ_ij for the identity."""
    if getattr(node.array, "is_Identity", False):
        return Piece(delta(to.style, node.indices), Level.ATOM, End.WORD, End.WORD)
    base = yield node.array
    return subscripted(to.style, base, node.indices)


def delta(style: Style, indices: Sequence[str]) -> str:
    return ("δ" if style is TEXT else r"\delta") + subscript(style, indices)


# ---------------------------------------------------------------- sums of products
def factor_piece(to: Printer, factor: Factor) -> Piece:
    """A δ or another pattern."""
    style = to.style
    if isinstance(factor, Delta):
        text = delta(style, (factor.left, factor.right))
    elif isinstance(factor, AtLeast):
        text = f"[{factor.left} {'≥' if style is TEXT else chr(92) + 'geq'} {factor.right}]"
    else:
        assert not isinstance(factor, Element)
        size = style.signed(style.operand(to.piece(factor.size), Level.POSTFIX)).text
        text = f"[{factor.whole} = {factor.fast} + ({factor.slow} {style.minus} 1){size}]"
    return Piece(text, Level.ATOM, End.WORD, End.WORD)


def product_piece(to: Printer, product: Product) -> Piece:
    """c Σ_k A_ik δ_ij …; equal factors as powers."""
    style = to.style
    coefficient = to.piece(product.coefficient)
    pieces: list[Piece] = []
    for factor, count in _counted(product.factors):
        if isinstance(factor, Element):
            entry = entry_of(factor)
            pieces.append(style.operand(to.piece(entry if count == 1 else Pow(entry, count)), Level.POSTFIX))
        else:
            pieces.append(factor_piece(to, factor))
    pieces = [replace(p, first=End.WORD, last=End.WORD) for p in pieces]
    plain = coefficient.text == "1" and bool(pieces)
    front = [] if plain else [style.operand(coefficient.positive(), Level.PRODUCT)]
    if not product.summed:
        body = style.product([*front, *pieces]) if front or pieces else coefficient
        return replace(body, negative=coefficient.negative)
    sign = "Σ" if style is TEXT else r"\sum"
    inner = style.product(pieces)
    whole = join([sign, subscript(style, product.summed), " ", inner], Level.PRODUCT, End.WORD, End.WORD)
    return replace(style.product([*front, whole]) if front else whole, negative=coefficient.negative)


def _counted(factors: Iterable[Factor]) -> Iterator[tuple[Factor, int]]:
    return iter(Counter(factors).items())


def sum_piece(to: Printer, products: Sequence[Product]) -> Piece:
    """The sum of products; 0 where there are none."""
    style = to.style
    if not products:
        return Piece(style.zero, Level.ATOM, End.NUMBER, End.NUMBER)
    pieces = sorted((product_piece(to, p) for p in products), key=lambda p: p.negative)
    parts: list[Part] = []
    for piece in pieces:
        sign = style.minus if piece.negative else "+"
        body = style.operand(piece.positive(), Level.FROBENIUS)
        if parts:
            parts += [BreakHere(Level.SUM), f" {sign} ", body]
        else:
            parts += [sign, body] if piece.negative else [body]
    level = Level.SUM if len(pieces) > 1 or pieces[0].negative else pieces[0].level
    return join(parts, level, End.WORD, End.WORD)


# ---------------------------------------------------------------- left sides and parts of a tensor form
def left_side(form: TensorForm, style: Style) -> str:
    """∂F_i/∂W_jk; ∂²f/∂x_i∂x_j for a Hessian."""
    d = form.derivative
    name = text_name if style is TEXT else latex_name
    of, by = ([i for i in axes if i != ONE] for axes in (form.value_axes, form.variable_axes))
    variable = shown_name(d.variable) if isinstance(d.variable, FamilySymbol) else d.name
    below = _indexed_name(style, name(variable), variable, by)
    if d.row is not None:
        above, first = name(d.letter), _indexed_name(style, name(d.row), d.row, of)
        if style is TEXT:
            return f"∂²{above}/∂{first}∂{below}"
        return rf"\frac{{\partial^{{2}} {above}}}{{\partial {first} \, \partial {below}}}"
    above = _indexed_name(style, name(d.letter), d.letter, of)
    return f"∂{above}/∂{below}" if style is TEXT else rf"\frac{{\partial {above}}}{{\partial {below}}}"


def _indexed_name(style: Style, shown: str, name: str, indices: Sequence[str]) -> str:
    return subscripted(style, style.symbol(name), indices).text if indices else shown


def axes_of(form: TensorForm) -> str:
    """``i | j, k``: the value's indices, then the variable's."""
    of, by = ([i for i in axes if i != ONE] for axes in (form.value_axes, form.variable_axes))
    return " | ".join(filter(None, (", ".join(of), ", ".join(by)))) if of else ", ".join(by)


def einsum_piece(to: Printer, einsums: Sequence[Einsum]) -> Piece:
    """``2 einsum("ki,kj->ij", A, A) + …``."""
    style = to.style
    if not einsums:
        return Piece(style.zero, Level.ATOM, End.NUMBER, End.NUMBER)
    parts: list[Part] = []
    for one in einsums:
        coefficient = to.piece(one.coefficient)
        sign = style.minus if coefficient.negative else "+"
        call = _einsum_call(to, one)
        plain = coefficient.text == "1"
        body = call if plain else style.product([style.operand(coefficient.positive(), Level.PRODUCT), call])
        if parts:
            parts += [BreakHere(Level.SUM), f" {sign} ", body]
        else:
            parts += [sign, body] if coefficient.negative else [body]
    return join(parts, Level.SUM, End.WORD, End.WORD)


def _einsum_call(to: Printer, one: Einsum) -> Piece:
    style = to.style
    arrow = one.subscripts if style is TEXT else one.subscripts.replace("->", r"$\to$")
    quoted = f'"{arrow}"' if style is TEXT else rf"\text{{{arrow}}}"
    if not one.operands:
        return Piece("1", Level.ATOM, End.NUMBER, End.NUMBER)
    name = "einsum" if style is TEXT else r"\operatorname{einsum}"
    shown = [Piece(quoted, Level.ATOM, End.WORD, End.WORD), *(_operand(to, o) for o in one.operands)]
    return style.call(name, shown)


def _operand(to: Printer, operand: Operand) -> Piece:
    """An array; I with its size; reshaped where it has more axes than a matrix."""
    array = operand.array
    if getattr(array, "is_Identity", False):
        piece = Piece(to.style.subscript("I", to(array.shape[0])), Level.ATOM, End.WORD, End.WORD)
    else:
        piece = to.piece(array)
    if not operand.is_reshaped:
        return piece
    sizes = (
        "×".join(to(s) for s in operand.shape) if to.style is TEXT else r" \times ".join(to(s) for s in operand.shape)
    )
    size = Piece(sizes, Level.ATOM, End.WORD, End.WORD)
    return to.style.call("reshape" if to.style is TEXT else r"\operatorname{reshape}", [piece, size])


# ---------------------------------------------------------------- cases
def condition(case: Case, style: Style) -> str:
    """``i = p, j ≠ q``; an inequality of several pairs is "not (i = p, j = q)"."""
    different = "≠" if style is TEXT else r"\neq"
    shown = [f"{d.left} = {d.right}" for d in case.equal]
    for group in case.unequal:
        if len(group) == 1:
            shown.append(f"{group[0].left} {different} {group[0].right}")
        else:
            pairs, other = zip(*((d.left, d.right) for d in group), strict=True)
            shown.append(f"({', '.join(pairs)}) {different} ({', '.join(other)})")
    return ", ".join(shown)


def cases_of(form: Components, to: Printer) -> Iterator[tuple[Piece, str]]:
    """The value and the condition of each case; an empty condition for the last, "else"."""
    for case in form.cases:
        yield sum_piece(to, case.terms), condition(case, to.style)


__all__ = [
    "axes_of", "cases_of", "condition", "delta", "einsum_piece", "factor_piece", "left_side", "product_piece",
    "subscript", "subscripted", "sum_piece",
]  # fmt: skip
