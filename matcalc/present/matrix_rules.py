"""The notation of functions of matrices, of rearrangements, of unspecified functions and of differentials."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy import Identity, S, Symbol
from sympy.core.symbol import Str
from sympy.matrices.expressions.special import OneMatrix

from ..algebra import differential_of, is_column, is_named, is_row, matrix, scalar
from ..algebra.entrywise import argument, function_name, is_function
from ..algebra.nodes import (
    Block,
    BlockInner,
    BlockSum,
    Differential,
    DifferentialScalar,
    Elementwise,
    ElementwiseScalar,
    Kronecker,
    MatProduct,
    Norm,
    Total,
    Triangle,
    Unvec,
    Vec,
    is_symbol,
)
from ..operators.abstract import Gradient, HessianMatrix, JacobianMatrix, ScalarField, VectorField
from ..operators.conjugation import RealPart
from ..operators.determinants import LogDet
from ..operators.matrix_functions import Frechet, FrechetMatrix, MatrixFunction, PseudoInverse
from ..operators.matrix_powers import PowerSum
from ..operators.reductions import ArgMax, LogSoftmax, MaxEntry, RowLogSumExp
from ..operators.spectral import Eigenvalue, Eigenvector, NuclearNorm, SingularPair, SpectralNorm
from ..operators.spectral_functions import (
    SecondSpectralFrechet,
    SpectralFrechet,
    SpectralFrechetMatrix,
    SpectralFunction,
)
from ..operators.summations import Sample, SampleNumber, Stacked, Summation, SummationScalar
from ..operators.sums import SampleSum, SampleSumScalar
from .notation import CALLS, FUNCTIONS, LETTER_OF, Call, Level, operatorname
from .pieces import End, Piece, join
from .printer import RULES, Printer, Writing, each, prints, writes
from .products import matrix_power
from .rules import function_label, indicator, log_of


# ---------------------------------------------------------------- functions of matrices
@writes(*CALLS)
def _call(to: Printer, node: Any) -> Writing:
    """tr(X), Diag(v), softmax(z); the largest absolute entry of a vector is ‖x‖_∞."""
    if isinstance(node, MaxEntry) and is_function(node.args[0], "abs") and is_column(node.args[0]):
        inner = yield argument(node.args[0])
        return to.style.norm(inner, "∞")
    inside = yield from each(node.operands)
    return to.style.call(to.style.pick(CALLS[type(node)]), inside)


_call_in_brackets = RULES[Vec]


@writes(Vec)
def _vec(to: Printer, node: Any) -> Writing:
    """vec(X); vec dX."""
    (a,) = node.args
    if not (isinstance(a, Differential) and (is_symbol(a.args[0]) or is_named(a.args[0]))):
        return (yield from _call_in_brackets(to, node))
    inner = yield a
    return join([to.style.pick(CALLS[Vec]), to.style.space, inner], Level.PREFIX, End.CALL, End.WORD)


@writes(Norm)
def _norm(to: Printer, node: Any) -> Writing:
    """‖X‖; ‖X‖_F of a matrix where other norms of matrices are about."""
    inner = yield node.args[0]
    return to.style.norm(inner, "F" if to.many_norms and not is_column(node.args[0]) else "")


@writes(SpectralNorm, NuclearNorm)
def _matrix_norm(to: Printer, node: Any) -> Writing:
    inner = yield node.args[0]
    return to.style.norm(inner, "2" if isinstance(node, SpectralNorm) else "*")


@writes(Total)
def _total(to: Printer, node: Any) -> Writing:
    """𝟏ᵀv of a vector, sum(X) of a matrix, ‖X‖₁ of absolute values."""
    (a,) = node.args
    if is_function(a, "abs"):
        inner = yield argument(a)
        return to.style.norm(inner, "1")
    inner = yield a
    if not is_column(a) and not is_row(a):
        return to.style.call(to.style.pick(Call("sum", operatorname("sum"))), [inner])
    one = Piece(to.style.one, Level.ATOM, End.ONES, End.ONES)
    return to.style.product([to.style.postfix(one, to.style.transpose), to.style.operand(inner, Level.PREFIX)])


@writes(LogDet)
def _logdet(to: Printer, node: Any) -> Writing:
    """log det X."""
    (a,) = node.args
    inner = yield a
    label = to.style.pick(Call("det", r"\det"))
    if is_symbol(a) or is_named(a):
        return log_of(to, join([label, " ", inner], Level.PREFIX, End.CALL, End.CALL))
    return log_of(to, to.style.call(label, [inner]))


@writes(LogSoftmax)
def _logsoftmax(to: Printer, node: Any) -> Writing:
    inner = yield node.args[0]
    return log_of(to, to.style.call(to.style.pick(Call("softmax", operatorname("softmax"))), [inner]))


@writes(RowLogSumExp)
def _row_lse(to: Printer, node: Any) -> Writing:
    """log(exp(Z) 𝟏)."""
    inner = yield node.args[0]
    one = Piece(to.style.one, Level.ATOM, End.ONES, End.ONES)
    exponentials = to.style.call(function_label(to, "exp"), [inner])
    return to.style.call(function_label(to, "log"), [to.style.product([exponentials, one])])


@writes(ArgMax)
def _argmax(to: Printer, node: Any) -> Writing:
    """[x = max(x)], the indicator of the largest entry."""
    inner = yield node.args[0]
    largest = yield MaxEntry.make(node.args[0])
    return indicator(to, inner, f" = {largest.text}")


# ---------------------------------------------------------------- spectra and matrix functions
@writes(MatrixFunction)
def _matrix_function(to: Printer, node: Any) -> Writing:
    """expm(X), logm(X); the square root as X^(1/2)."""
    if node.name == "sqrtm":
        return (yield from matrix_power(to, node.args[1], S.Half))
    inner = yield node.args[1]
    return to.style.call(to.style.pick(Call(node.name, operatorname(node.name))), [inner])


@writes(Frechet, FrechetMatrix)
def _frechet(to: Printer, node: Any) -> Writing:
    """L_f(X, E), the Fréchet derivative; K_f(X), its matrix on vec (Higham 2008, ch. 3)."""
    inside = yield from each(node.args[1:])
    letter = "L" if isinstance(node, Frechet) else "K"
    name = to.style.pick(Call(node.name, operatorname(node.name)))
    return to.style.call(to.style.subscript(letter, name), inside)


@writes(SpectralFunction)
def _spectral_function(to: Printer, node: Any) -> Writing:
    """funm(θ, X), unlike θ(X), which acts entry by entry."""
    inside = yield from each(node.args)
    return to.style.call(to.style.pick(Call("funm", operatorname("funm"))), inside)


@writes(SpectralFrechet, SecondSpectralFrechet, SpectralFrechetMatrix)
def _spectral_frechet(to: Printer, node: Any) -> Writing:
    """L_θ(X, E), L_θ(X, E, H); K_θ(X) and K_θ(X, E), their matrices on vec."""
    label, *inside = yield from each(node.args)
    letter = "K" if isinstance(node, SpectralFrechetMatrix) else "L"
    return to.style.call(to.style.subscript(letter, label.text), inside)


@prints(Str)
def _name_of_function(to: Printer, node: Any) -> Piece:
    """The f of funm(f, X)."""
    return Piece(function_label(to, node.name), Level.ATOM, End.CALL, End.CALL)


@writes(Sample, SampleNumber)
def _sample(to: Printer, node: Any) -> Writing:
    """X_i, as it was declared, dX_i; e_i, a column of I; (A)_i of another array."""
    array, number = node.args[0], isinstance(node, SampleNumber)
    if is_symbol(array) or isinstance(array, Identity):
        return to.style.symbol(getattr(array, "name", f"e_{node.index}"), scalar=number)
    if isinstance(array, Differential):
        return (
            yield differential_of(scalar(array.args[0].name) if number else matrix(array.args[0].name, *node.shape))
        )
    inner = to.style.bracket((yield array))
    return replace(inner, text=to.style.subscript(inner.text, node.index))


@writes(SampleSum, SampleSumScalar, Summation, SummationScalar)
def _sample_sum(to: Printer, node: Any) -> Writing:
    """Σ_i (W x_i − y_i) x_iᵀ."""
    body = yield node.args[0]
    inner = to.style.operand(body, Level.PRODUCT)
    head = to.style.pick(Call(f"Σ_{node.index} ", rf"\sum_{{{node.index}}} "))
    return join([head, inner], Level.PREFIX, End.CALL, End.CALL, tall=to.style.is_tex)


@writes(Stacked)
def _stacked(to: Printer, node: Any) -> Writing:
    """[S_i⁻ᵀ]_i, all samples together."""
    body = yield node.args[0]
    inner = to.style.bracket(body, "[", "]")
    return replace(inner, text=to.style.subscript(inner.text, node.index), first=End.CALL, last=End.CALL)


@writes(PowerSum)
def _power_sum(to: Printer, node: Any) -> Writing:
    """Σ_{i=0}^{k−1} Xⁱ E Xᵏ⁻¹⁻ⁱ."""
    style = to.style
    index = Symbol("i", integer=True)
    x, e = (yield node.args[0]), (yield node.args[1])
    last, first, second = (yield node.args[2] - 1), (yield index), (yield node.args[2] - 1 - index)
    head = style.pick(Call(f"Σ_{{i=0}}^{{{last.text}}} ", rf"\sum_{{i=0}}^{{{last.text}}} "))
    body = style.product([style.postfix(x, style.exponent(first)), e, style.postfix(x, style.exponent(second))])
    return join([head, body], Level.SUM, End.CALL, End.CALL, tall=style.is_tex)


@writes(PseudoInverse)
def _pseudo_inverse(to: Printer, node: Any) -> Writing:
    inner = yield node.args[0]
    return to.style.postfix(inner, to.style.pick(Call("⁺", "^{+}")))


@writes(Eigenvalue, Eigenvector)
def _eigen(to: Printer, node: Any) -> Writing:
    """λ_max(X), v_max(X)."""
    inner = yield node.args[1]
    plain, letter = ("λ", r"\lambda") if isinstance(node, Eigenvalue) else ("v", "v")
    if node.which.isdecimal():
        return to.style.call(to.style.name(f"{plain}_{node.which}"), [inner])
    return to.style.call(to.style.pick(Call(f"{plain}_{node.which}", rf"{letter}_{{\{node.which}}}")), [inner])


@writes(RealPart)
def _real_part(to: Printer, node: Any) -> Writing:
    """Re(a)."""
    inner = yield node.args[0]
    return to.style.call(to.style.pick(Call("Re", operatorname("Re"))), [inner])


@writes(SingularPair)
def _singular_pair(to: Printer, node: Any) -> Writing:
    """u₁(X) v₁(X)ᵀ."""
    inner = yield node.args[0]
    u, v = (to.style.call(to.style.array(f"{letter}_1"), [inner]) for letter in "uv")
    return to.style.product([u, to.style.postfix(v, to.style.transpose)])


# ---------------------------------------------------------------- rearrangements
@writes(Triangle)
def _triangle(to: Printer, node: Any) -> Writing:
    inner = yield node.args[0]
    name = str(node.args[1])
    return to.style.call(to.style.pick(Call(name, operatorname(name))), [inner])


@writes(Unvec)
def _unvec(to: Printer, node: Any) -> Writing:
    """unvec(v, m, n), with the shape below the name in LaTeX."""
    inner = yield node.args[0]
    rows, cols = (yield node.args[1][0]), (yield node.args[1][1])
    if to.style.is_tex:
        return to.style.call(rf"{operatorname('unvec')}_{{{rows.text} \times {cols.text}}}", [inner])
    return to.style.call("unvec", [inner, rows, cols])


@writes(BlockSum)
def _block_sum(to: Printer, node: Any) -> Writing:
    """Σ_ij A_ij M_[ij]; where A is a row of ones, M (𝟏 ⊗ I)."""
    if _is_row_of_ones(node.args[0]):
        fold = Kronecker.make(OneMatrix(node.args[0].shape[1], 1), Identity(node.shape[1]))
        return (yield MatProduct.make(node.args[1], fold))
    style = to.style
    a, m = (yield node.args[0]), (yield node.args[1])
    head = style.pick(Call("Σ_ij ", r"\sum_{ij} "))
    body = f"{_entry(to, a, 'ij')} {_entry(to, m, '[ij]')}"
    return Piece(head + body, Level.SUM, End.CALL, End.CALL, moving=a.moving or m.moving, tall=style.is_tex)


@writes(BlockInner)
def _block_inner(to: Printer, node: Any) -> Writing:
    """[M_[pq] : B]_pq; where B is a row of ones, M (I ⊗ 𝟏)."""
    if _is_row_of_ones(node.args[1]):
        fold = Kronecker.make(Identity(node.shape[1]), OneMatrix(node.args[1].shape[1], 1))
        return (yield MatProduct.make(node.args[0], fold))
    style = to.style
    m, b = (yield node.args[0]), (yield node.args[1])
    inside = f"{_entry(to, style.operand(m, Level.ATOM), '[pq]')} : {style.operand(b, Level.PRODUCT).text}"
    return Piece(_entry(to, Piece(f"[{inside}]"), "pq"), Level.ATOM, End.CALL, End.CALL, moving=m.moving or b.moving)


def _is_row_of_ones(a: Any) -> bool:
    return isinstance(a, OneMatrix) and a.shape[0] == 1


def _entry(to: Printer, array: Piece, index: str) -> str:
    """A_ij, the braces left out in text."""
    braced = f"{{{index}}}" if to.style.is_tex else index
    return f"{to.style.operand(array, Level.ATOM).text}_{braced}"


@writes(Block)
def _block(to: Printer, node: Any) -> Writing:
    """[A, B; C, D]."""
    pieces = yield from each(node.args[1:])
    width = int(node.args[0][1])
    return to.style.matrix([pieces[i : i + width] for i in range(0, len(pieces), width)])


# ---------------------------------------------------------------- unspecified functions
@writes(ScalarField, VectorField, Gradient, HessianMatrix, JacobianMatrix)
def _field(to: Printer, node: Any) -> Writing:
    """g(x), ∇g(x), ∇²g(x), J_h(x)."""
    style = to.style
    inner = yield node.at
    name = style.name(node.name)
    nabla = style.pick(Call("∇", r"\nabla "))
    label = {
        Gradient: nabla + name,
        HessianMatrix: style.pick(Call("∇²", r"\nabla^{2} ")) + name,
        JacobianMatrix: style.subscript("J", name),
    }.get(type(node), name)
    return style.call(label, [inner])


# ---------------------------------------------------------------- differentials
def _has_one_letter(to: Printer, node: Any) -> bool:
    """Is it a function with a letter for its name: θ(z), σ(z)?"""
    name = function_name(node)
    return name is None or (FUNCTIONS.get(name, CALLS[MaxEntry]).text == LETTER_OF.get(name) and to.is_free(name))


@writes(Differential, DifferentialScalar)
def _differential(to: Printer, node: Any) -> Writing:
    """dX, dz; dθ(z); d log det X; d(…) of anything else."""
    (x,) = node.args
    inner = yield x
    d = to.style.pick(Call("d", r"\mathrm{d}"))
    if is_symbol(x) or is_named(x) or x in to.aliases:
        whole = join([d, inner], Level.ATOM, End.WORD, End.WORD)
    elif inner.level >= Level.PREFIX and inner.first in (End.CALL, End.BARS) and not inner.negative:
        near = isinstance(x, (Elementwise, ElementwiseScalar)) and _has_one_letter(to, x)
        whole = join([d, "" if near or inner.first is End.BARS else " ", inner], Level.PREFIX, End.WORD, End.CALL)
    else:
        whole = join([d, to.style.bracket(inner)], Level.ATOM, End.WORD, End.CALL)
    return to.style.differential(whole)
