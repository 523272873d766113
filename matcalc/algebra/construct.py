"""Canonical constructors of sums, products, transposes, inverses and the scalars made from them.

Canonical means: nested sums and products are flat, like terms are collected, factors that cancel are gone, transposes
stand at the leaves, scalars stand in front, and a 1×1 product is a scalar. Nothing is expanded and nothing is factored
here: that is a choice, and :mod:`matcalc.calculus.simplify` makes it for results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from sympy import Add, Expr, Identity, Integer, Mul, Pow, Rational, S
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from ..errors import LimitError, ShapeError
from . import entrywise, rearrange
from .core import Node, is_scalar, properties_of, shape_of, show_shape, sort_key
from .nodes import (
    CONSTRUCTORS,
    SYMMETRIC,
    TRANSPOSED,
    DiagMatrix,
    Frobenius,
    Inverse,
    Kronecker,
    MatPower,
    MatProduct,
    MatSum,
    Named,
    Norm,
    Total,
    Trace,
    Transpose,
    UnitVector,
)

#: Products are written out up to this power; beyond it a power stays a power.
LONGEST_POWER = 8
#: No number with more bits than this is ever computed.
LARGEST_NUMBER_BITS = 4000


def ones(rows: Any, cols: Any = 1) -> Any:
    """The rows×cols matrix of ones; the scalar 1 where both are 1."""
    return S.One if rows == S.One and cols == S.One else OneMatrix(rows, cols)


def zeros(rows: Any, cols: Any = 1) -> Any:
    return S.Zero if rows == S.One and cols == S.One else ZeroMatrix(rows, cols)


def zero_like(node: Any) -> Any:
    return zeros(*shape_of(node)) if shape_of(node) else S.Zero


def one_like(node: Any) -> Any:
    """1 in every entry."""
    return ones(*shape_of(node)) if shape_of(node) else S.One


def identity(n: Any) -> Any:
    return S.One if n == S.One else Identity(n)


def is_zero(node: Any) -> bool:
    return isinstance(node, ZeroMatrix) or node == 0


# ---------------------------------------------------------------- sums
def add(*terms: Any) -> Any:
    """A + B + …, of equal shapes."""
    if all(is_scalar(t) for t in terms):
        return Add(*terms)
    shape = next(shape_of(t) for t in terms if not is_scalar(t))
    for t in terms:
        if shape_of(t) != shape:
            raise ShapeError(f"cannot add {show_shape(shape)} and {show_shape(shape_of(t))}")
    collected: dict[Any, Any] = {}
    stack = list(reversed(terms))
    while stack:
        coefficient, core = split_coefficient(stack.pop())
        if isinstance(core, MatSum) and coefficient in (1, -1):
            stack.extend(scale(coefficient, t) for t in reversed(core.args))
        elif not is_zero(core):
            number, symbolic = (coefficient, S.One) if isinstance(core, OneMatrix) else coefficient.as_coeff_Mul()
            key = scale(symbolic, core)
            collected[key] = collected.get(key, S.Zero) + number
    found = [scale(number, key) for key, number in collected.items() if number != 0]
    if not found:
        return zeros(*shape)
    return found[0] if len(found) == 1 else MatSum.make(*in_order(found))


def in_order(terms: Sequence[Any]) -> list[Any]:
    """Terms as a book writes them: 1 + e, Wx + b, A + xB, XᵀX + λI; a positive one first where there is one."""
    ordered = sorted(terms, key=term_key)
    lead = next((t for t in ordered if not is_negative(t)), ordered[0])
    return [lead, *(t for t in ordered if t is not lead)]


def term_key(term: Any) -> tuple[Any, ...]:
    """Where a term stands in a sum."""
    coefficient, core = split_coefficient(term)
    number, symbolic = coefficient.as_coeff_Mul()
    if symbolic == 1 and isinstance(core, (Identity, OneMatrix)):
        place = 0
    elif symbolic != 1:
        place = 3
    else:
        place = 1 if isinstance(core, MatProduct) else 2
    return (place, sort_key(core), sort_key(symbolic), bool(number.is_negative))


def is_negative(term: Any) -> bool:
    """Does the term carry a minus sign?"""
    coefficient = term if is_scalar(term) else split_coefficient(term)[0]
    return bool(coefficient.as_coeff_Mul()[0].is_negative)


def neg(a: Any) -> Any:
    return mul(S.NegativeOne, a)


def subtract(a: Any, b: Any) -> Any:
    return add(a, neg(b))


# ---------------------------------------------------------------- products
def split_coefficient(node: Any) -> tuple[Any, Any]:
    """``c, M`` with node = c M: the scalar coefficient of a matrix and the rest."""
    if isinstance(node, MatProduct) and not isinstance(node.args[0], MatrixExpr):
        rest = node.args[1:]
        return node.args[0], rest[0] if len(rest) == 1 else MatProduct.make(*rest)
    return S.One, node


def scale(coefficient: Any, core: Any) -> Any:
    """c M, for a core without a coefficient of its own."""
    if is_scalar(core):
        return Mul(coefficient, core)
    if coefficient == 1:
        return core
    if coefficient == 0:
        return zero_like(core)
    inner, core = split_coefficient(core)
    coefficient = Mul(coefficient, inner)
    if coefficient == 1:
        return core
    if coefficient == -1 and isinstance(core, MatSum):
        return MatSum.make(*in_order([scale(coefficient, t) for t in core.args]))
    factors = core.args if isinstance(core, MatProduct) else (core,)
    return MatProduct.make(coefficient, *factors)


def mul(*factors: Any) -> Any:
    """The matrix product, scalars anywhere: shapes are checked, and what is 1×1 becomes a scalar in front."""
    scalars: list[Any] = []
    chain: list[Any] = []
    for factor in factors:
        if is_scalar(factor):
            scalars.append(factor)
        elif isinstance(factor, MatProduct):
            scalars.append(factor.coefficient)
            chain.extend(factor.factors)
        else:
            chain.append(factor)
    if not chain:
        return Mul(*scalars)
    for left, right in pairwise(chain):
        if left.shape[1] != right.shape[0]:
            raise ShapeError(
                f"cannot multiply {show_shape(shape_of(left))} by {show_shape(shape_of(right))}: "
                f"inner sizes {left.shape[1]} and {right.shape[0]} differ"
            )
    shape = (chain[0].shape[0], chain[-1].shape[1])
    if any(is_zero(m) for m in chain) or 0 in scalars:
        return zeros(*shape)
    cells = _cut_at_ones(_cancel(_split_ones(chain)))
    kept: list[Any] = []
    for cell in cells:
        if not cell:
            continue
        if cell[0].shape[0] == S.One and cell[-1].shape[1] == S.One:
            scalars.append(_inner(cell))
        else:
            kept.extend(_absorb_diagonals(cell))
    coefficient = Mul(*scalars)
    if not kept:  # everything cancelled: the product is c I, or a scalar
        return coefficient if shape == (1, 1) else scale(coefficient, identity(shape[0]))
    if len(kept) == 1 or any(isinstance(k, MatProduct) or is_scalar(k) for k in kept):
        return scale(coefficient, kept[0]) if len(kept) == 1 else mul(coefficient, *kept)
    if len(kept) == 2 and all(isinstance(k, OneMatrix) for k in kept):
        return scale(coefficient, ones(*shape))  # 𝟏 𝟏ᵀ is the matrix of ones
    return scale(coefficient, MatProduct.make(*kept))


def _split_ones(chain: Sequence[Any]) -> list[Any]:
    """The m×n matrix of ones is 𝟏 𝟏ᵀ, so that what stands beside it is summed."""
    out: list[Any] = []
    for m in chain:
        if isinstance(m, OneMatrix) and m.shape[0] != S.One and m.shape[1] != S.One and len(chain) > 1:
            out += [ones(m.shape[0], 1), ones(1, m.shape[1])]
        else:
            out.append(m)
    return out


def _cancel(chain: Sequence[Any]) -> list[Any]:
    """Drop I, A A⁻¹ and QᵀQ; merge neighbouring diagonal matrices."""
    out: list[Any] = []
    for m in chain:
        if isinstance(m, Identity):
            continue
        if out and _are_inverse(out[-1], m):
            out.pop()
        elif out and isinstance(out[-1], DiagMatrix) and isinstance(m, DiagMatrix):
            out.append(rearrange.diag_matrix(entrywise.hadamard(out.pop().args[0], m.args[0])))
        else:
            out.append(m)
            _cancel_product(out)
    return out


def _are_inverse(a: Any, b: Any) -> bool:
    if isinstance(a, Transpose) and isinstance(b, Transpose):
        return _are_inverse(b.args[0], a.args[0])
    if isinstance(a, Inverse) or isinstance(b, Inverse):
        return (isinstance(a, Inverse) and a.args[0] == b) or (isinstance(b, Inverse) and b.args[0] == a)
    if isinstance(a, Transpose) or isinstance(b, Transpose):
        plain = b if isinstance(a, Transpose) else a
        return "orthogonal" in properties_of(plain) and transpose(a) == b
    return False


def _cancel_product(out: list[Any]) -> None:
    """(XᵀX)⁻¹ XᵀX = I and XᵀX (XᵀX)⁻¹ = I, for the inverse of a product that could not be taken apart."""
    for at, m in enumerate(out):
        inner = m.args[0] if isinstance(m, Inverse) else None
        if isinstance(inner, MatProduct) and inner.coefficient == 1:
            length = len(inner.factors)
            for start in (at + 1, at - length):
                if start >= 0 and tuple(out[start : start + length]) == inner.factors:
                    del out[min(at, start) : min(at, start) + length + 1]
                    return


def _cut_at_ones(chain: Sequence[Any]) -> list[list[Any]]:
    """Cut where an inner size is 1: a column, then scalars, then a row."""
    cells: list[list[Any]] = [[]]
    for m in chain:
        if cells[-1] and m.shape[0] == S.One:
            cells.append([])
        cells[-1].append(m)
    return cells


def _absorb_diagonals(cell: Sequence[Any]) -> list[Any]:
    """Diag(d) v is d ⊙ v, and vᵀ Diag(d) is (d ⊙ v)ᵀ."""
    if not any(isinstance(m, DiagMatrix) for m in cell) or len(cell) == 1:
        return list(cell)
    if cell[-1].shape[1] == S.One:
        return _fold_diagonals(cell)
    if cell[0].shape[0] == S.One:
        return [transpose(mul(*_fold_diagonals([transpose(m) for m in reversed(cell)])))]
    return list(cell)


def _fold_diagonals(cell: Sequence[Any]) -> list[Any]:
    tail: list[Any] = []
    for m in reversed(cell):
        if isinstance(m, DiagMatrix) and tail:
            tail = [entrywise.hadamard(m.args[0], mul(*tail))]
        else:
            tail.insert(0, m)
    return tail


def _inner(cell: Sequence[Any]) -> Any:
    """The scalar of a chain from a row to a column: 𝟏ᵀv, or uᵀ A v read the way round that has fewer transposes."""
    if len(cell) == 1:
        return cell[0]
    if isinstance(cell[0], OneMatrix):
        return total(mul(*cell[1:]))
    if isinstance(cell[-1], OneMatrix):
        return total(mul(*(transpose(m) for m in reversed(cell[:-1]))))
    back = [transpose(m) for m in reversed(cell)]
    chain = min(list(cell), back, key=lambda c: (sum(isinstance(m, Transpose) for m in c), [sort_key(m) for m in c]))
    return frobenius(transpose(chain[0]), mul(*chain[1:]), oriented=True)


def divide(a: Any, c: Any) -> Any:
    """a / c for a scalar c."""
    return mul(power(c, S.NegativeOne), a)


def power(a: Any, p: Any) -> Any:
    """A scalar to any power; a square matrix to an integer power (p = −1: the inverse)."""
    if is_scalar(a):
        guard_number(a, p)
        return Pow(a, p)
    require_square(a, "a power")
    if p == 0:
        return identity(a.shape[0])
    if p.is_Integer and p < 0:
        return power(inverse(a), -p)
    if p.is_Integer and p <= LONGEST_POWER:
        return mul(*[a] * int(p))
    for rule in POWER_RULES:
        if (found := rule(a, p)) is not None:
            return found
    return MatPower.make(a, p)


#: Further powers that are another function: X^{1/2}; the operator that defines it adds its rule.
POWER_RULES: list[Callable[[Any, Any], Any]] = []
#: Further sums of entries that have a form of their own.
TOTAL_RULES: list[Callable[[Any], Any]] = []


def guard_number(base: Any, p: Any) -> None:
    """Refuse a numeric power too large to compute."""
    number = base if base.is_Rational else base.as_coeff_Mul()[0] if isinstance(base, Expr) else S.One
    if p.is_Rational and number.is_Rational:
        bits = max(abs(number.p).bit_length(), number.q.bit_length()) if abs(number) != 1 else 0
        if bits * abs(p) > LARGEST_NUMBER_BITS or abs(p.p).bit_length() > 64:
            raise LimitError("a number in this expression would be too large")


def require_square(a: Any, what: str) -> None:
    rows, cols = shape_of(a)
    if rows != cols:
        raise ShapeError(f"{what} needs a square matrix, not {show_shape(shape_of(a))}")


# ---------------------------------------------------------------- transposes and inverses
def transpose(a: Any) -> Any:
    """Aᵀ, moved to the leaves of a product; a sum is transposed term by term only if that leaves fewer transposes."""
    if is_scalar(a):
        return a
    if isinstance(a, Node):
        found = a.__dict__.get("transposed")
        if found is None:
            found = a.transposed = _transpose(a)
        return found
    return _transpose(a)


def _transpose(a: Any) -> Any:
    if isinstance(a, Transpose):
        return a.args[0]
    if isinstance(a, (OneMatrix, ZeroMatrix)):
        return type(a)(*reversed(a.shape))
    if isinstance(a, MatProduct):
        return mul(a.coefficient, *(transpose(m) for m in reversed(a.factors)))
    if isinstance(a, MatSum):
        turned = add(*(transpose(t) for t in a.args))
        return turned if turned is a or _count_transposes(turned) <= _count_transposes(a) else Transpose.make(a)
    if is_symmetric(a):
        return a
    rule = TRANSPOSED.get(type(a))
    return rule(a) if rule else Transpose.make(a)


def _count_transposes(node: Any) -> int:
    """Transposes in the terms of a sum, not looked for inside functions."""
    if isinstance(node, Transpose):
        return 1
    return sum(_count_transposes(a) for a in node.args) if isinstance(node, (MatSum, MatProduct)) else 0


def is_symmetric(a: Any) -> bool:
    """Is A = Aᵀ known?"""
    if is_scalar(a):
        return True
    if a.shape[0] != a.shape[1]:
        return False
    if isinstance(a, (Identity, DiagMatrix, OneMatrix, ZeroMatrix)):
        return True
    if properties_of(a) & {"symmetric", "spd", "diagonal"}:
        return True
    if isinstance(a, (MatSum, MatProduct)):
        return transpose(a) is a
    if isinstance(a, Named):
        return is_symmetric(a.definition)
    rule = SYMMETRIC.get(type(a))
    return bool(rule and rule(a))


def _all_symmetric(a: Any) -> bool:
    return all(is_symmetric(x) for x in a.operands if not is_scalar(x))


SYMMETRIC[Inverse] = SYMMETRIC[MatPower] = _all_symmetric


def inverse(a: Any) -> Any:
    """A⁻¹; of a product of square matrices, the product of the inverses; (A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹."""
    if is_scalar(a):
        return power(a, S.NegativeOne)
    require_square(a, "an inverse")
    if isinstance(a, Inverse):
        return a.args[0]
    if isinstance(a, Identity):
        return a
    if isinstance(a, ZeroMatrix):
        raise ShapeError("the zero matrix has no inverse")
    if "orthogonal" in properties_of(a):
        return transpose(a)
    if isinstance(a, Transpose):
        return transpose(inverse(a.args[0]))
    if isinstance(a, DiagMatrix):
        return rearrange.diag_matrix(entrywise.hadamard_power(a.args[0], S.NegativeOne))
    if isinstance(a, MatProduct) and all(m.shape[0] == m.shape[1] for m in a.factors):
        return mul(power(a.coefficient, S.NegativeOne), *(inverse(m) for m in reversed(a.factors)))
    if isinstance(a, Kronecker) and all(m.shape[0] == m.shape[1] for m in a.args):
        return rearrange.kron(*(inverse(m) for m in a.args))
    coefficient, core = split_coefficient(a)
    if coefficient != 1:
        return scale(power(coefficient, S.NegativeOne), inverse(core))
    turned = transpose(a) if isinstance(a, (MatProduct, MatSum)) else a
    if not isinstance(turned, Transpose) and _count_transposes(turned) < _count_transposes(a):
        return Transpose.make(Inverse.make(turned))  # (XᵀAᵀX)⁻¹ = (XᵀAX)⁻ᵀ: one inverse for both
    return Inverse.make(a)


TRANSPOSED[Inverse] = Transpose.make
TRANSPOSED[MatPower] = lambda a: MatPower.make(transpose(a.args[0]), a.args[1])


# ---------------------------------------------------------------- scalars from matrices
def frobenius(a: Any, b: Any, oriented: bool = False) -> Any:
    """A : B = tr(AᵀB); uᵀv for vectors. ``oriented``: the arguments are already the canonical way round."""
    if is_scalar(a) and is_scalar(b):
        return Mul(a, b)
    if shape_of(a) != shape_of(b):
        raise ShapeError(f"A : B needs equal shapes, not {show_shape(shape_of(a))} and {show_shape(shape_of(b))}")
    if not oriented and (1 in a.shape):
        return mul(transpose(a), b) if a.shape[1] == S.One else mul(a, transpose(b))
    (c, a), (d, b) = split_coefficient(a), split_coefficient(b)
    if is_zero(a) or is_zero(b):
        return S.Zero
    if isinstance(a, UnitVector) and isinstance(b, UnitVector) and (a == b or _distinct(a, b)):
        return Mul(c, d) if a == b else S.Zero
    for one, other in ((a, b), (b, a)):
        if isinstance(one, OneMatrix):
            return Mul(c, d, total(other))
        if isinstance(one, Identity):
            return Mul(c, d, trace(other))
    if not oriented:
        a, b = sorted((a, b), key=sort_key)
    return Mul(c, d, Frobenius.make(a, b))


def _distinct(a: Any, b: Any) -> bool:
    """Are e_i and e_j different: are i and j different numbers?"""
    i, j = a.args[0][0], b.args[0][0]
    return bool(i.is_Integer and j.is_Integer and i != j)


def trace(a: Any) -> Any:
    """tr A."""
    if is_scalar(a):
        return a
    require_square(a, "a trace")
    coefficient, core = split_coefficient(a)
    if isinstance(core, Transpose):
        core = core.args[0]
    if is_zero(core):
        return S.Zero
    if isinstance(core, Identity):
        return Mul(coefficient, core.shape[0])
    if isinstance(core, DiagMatrix):
        return Mul(coefficient, total(core.args[0]))
    if isinstance(core, OneMatrix):
        return Mul(coefficient, core.shape[0])
    if isinstance(core, MatProduct):
        for at, (left, right) in enumerate(pairwise(core.factors), 1):
            if left.shape[1] == S.One and right.shape[0] == S.One:  # tr(u vᵀ) = vᵀu
                return mul(coefficient, *core.factors[at:], *core.factors[:at])
    return Mul(coefficient, Trace.make(core))


def total(a: Any) -> Any:
    """𝟏ᵀA𝟏, the sum of the entries."""
    if is_scalar(a):
        return a
    coefficient, core = split_coefficient(a)
    if isinstance(core, Transpose):
        core = core.args[0]
    if is_zero(core):
        return S.Zero
    if isinstance(core, OneMatrix):
        return Mul(coefficient, core.shape[0], core.shape[1])
    if isinstance(core, Identity):
        return Mul(coefficient, core.shape[0])
    if isinstance(core, DiagMatrix):
        return Mul(coefficient, total(core.args[0]))
    if isinstance(core, MatProduct):
        for at, (left, right) in enumerate(pairwise(core.factors), 1):
            if left.shape[1] == S.One and right.shape[0] == S.One:  # 𝟏ᵀu vᵀ𝟏
                return Mul(coefficient, total(mul(*core.factors[:at])), total(mul(*core.factors[at:])))
    if core.shape[0] == S.One:
        core = transpose(core)
    if isinstance(core, UnitVector):  # e_kᵀ𝟏
        return coefficient
    for rule in TOTAL_RULES:
        if (found := rule(core)) is not None:
            return Mul(coefficient, found)
    return Mul(coefficient, Total.make(core))


def norm(a: Any) -> Any:
    """‖A‖, the Euclidean or Frobenius norm."""
    if is_scalar(a):
        return abs(a)
    coefficient, core = split_coefficient(a)
    if is_zero(core):
        return S.Zero
    if coefficient.is_Rational:
        return Mul(abs(coefficient), Norm.make(transpose(core) if core.shape[0] == S.One else core))
    return Norm.make(a)


def _rebuild_frobenius(a: Any, b: Any) -> Any:
    return frobenius(a, b)


CONSTRUCTORS |= {
    MatSum: add,
    MatProduct: mul,
    Transpose: transpose,
    Inverse: inverse,
    MatPower: power,
    Frobenius: _rebuild_frobenius,
    Trace: trace,
    Total: total,
    Norm: norm,
}
HALF = Rational(1, 2)
TWO = Integer(2)
