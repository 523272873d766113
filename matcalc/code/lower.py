"""From expressions to the array program: a table with a row for every node type.

Each node is lowered once, operands first; what a matrix lowers to is a :class:`~matcalc.code.products.Factor`, which is
written out only where its entries are needed. The cost is linear in the number of distinct nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias

import sympy
from sympy import Add, Identity, Mul, Pow, Rational, S, Symbol
from sympy.matrices.expressions.matexpr import MatrixSymbol
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from .. import algebra as alg
from ..algebra import nodes
from ..algebra.construct import in_order, is_symmetric, split_coefficient
from ..algebra.core import is_scalar, operands, postorder, properties_of, shape_of
from ..algebra.entrywise import SCALAR_FUNCTIONS, AbstractFunction, function_name, is_function
from ..errors import CompileError
from ..operators.matrix_functions import Cholesky, Frechet, FrechetMatrix, MatrixFunction, PseudoInverse
from ..operators.spectral import Eigenvalue, Eigenvector, NuclearNorm, PolarFactor, SingularPair, SpectralNorm
from ..operators.table import OPERATORS
from .functions import apply_function
from .products import (
    ONE,
    CommutationFactor,
    Dense,
    DiagonalFactor,
    Factor,
    IdentityFactor,
    InverseFactor,
    KroneckerFactor,
    OnesFactor,
    Repeated,
    SelectionFactor,
    SliceFactor,
    UnitFactor,
    array_shape,
    chain,
    diagonal,
    diagonal_of,
    inner,
    trace_of,
)
from .program import Builder, Callee, Input, Program, Value, is_number

Lowered: TypeAlias = "Factor | Value"
HALF = Rational(1, 2)

#: Node type → how it is computed.
TABLE: dict[type, Callable[[Lowering, Any], Lowered]] = {}


def lowers(*types: type) -> Callable[[Callable[[Lowering, Any], Lowered]], Callable[[Lowering, Any], Lowered]]:
    """The function below computes nodes of these types."""

    def enter(rule: Callable[[Lowering, Any], Lowered]) -> Callable[[Lowering, Any], Lowered]:
        TABLE.update(dict.fromkeys(types, rule))
        return rule

    return enter


def lower(
    outputs: Mapping[str, Any], inputs: Sequence[Input] | None = None, guesses: Mapping[str, int] | None = None
) -> Program:
    """The program that computes the outputs. Without ``inputs``, every symbol is one, a column as a vector."""
    inputs = inputs_of(outputs.values()) if inputs is None else inputs
    lowering = Lowering(Builder(inputs, guesses))
    values = {name: lowering.value(expression) for name, expression in outputs.items()}
    return Program(values, lowering.builder.inputs, lowering.builder.names)


def inputs_of(expressions: Iterable[Any]) -> tuple[Input, ...]:
    """The variables that occur in the expressions, in order of their names, and the differentials; arrays before numbers.

    A symbol with properties and the plain one of its name are one variable.
    """
    found: dict[Any, Any] = {}
    for node in postorder(*expressions):
        if is_differential(node) or (nodes.is_symbol(node) and not is_dimension(node)):
            key = variable_key(node)
            if key not in found or properties_of(node):
                found[key] = node
    ordered = sorted(found.values(), key=lambda node: (is_scalar(node), name_of(node)))
    return tuple(Input(node, array_shape(shape_of(node)), name_of(node)) for node in ordered)


def is_differential(node: Any) -> bool:
    return isinstance(node, (nodes.Differential, nodes.DifferentialScalar))


def variable_key(node: Any) -> Any:
    """What variables that take the same array have in common: whether it is a differential, and the name."""
    if is_differential(node):
        inner = node.args[0]
        return ("d", inner.name if nodes.is_symbol(inner) else inner)
    return ("", node.name)


def is_dimension(node: Any) -> bool:
    """Is the symbol a size?"""
    return isinstance(node, Symbol) and bool(node.is_integer and node.is_positive)


def name_of(node: Any) -> str:
    """The name of a variable; d and the name for a differential."""
    if is_differential(node):
        return "d" + name_of(node.args[0])
    return str(node.args[0]) if nodes.is_named(node) else str(getattr(node, "name", "node"))


class Lowering:
    """Lowers nodes into a builder, each once."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._memo: dict[Any, Lowered] = {}
        self._given = {variable_key(one.symbol): one for one in builder.inputs}
        self._quotients: dict[Any, tuple[Value, Value]] = {}

    # ------------------------------------------------------------ results
    def value(self, node: Any) -> Value:
        """The array of a node, written out."""
        found = self._lowered(node)
        return found.dense() if isinstance(found, Factor) else found

    def factor(self, node: Any) -> Factor:
        """The matrix of a node, with its structure."""
        found = self._lowered(node)
        return found if isinstance(found, Factor) else Dense(self.builder, _two(shape_of(node)), found)

    def factors(self, node: Any) -> list[Factor]:
        """The factors of a product without its coefficient; the node itself where it is none."""
        core = split_coefficient(node)[1]
        return [self.factor(f) for f in (core.factors if isinstance(core, nodes.MatProduct) else (core,))]

    def _lowered(self, root: Any) -> Lowered:
        if root not in self._memo:
            for node in postorder(root):
                if node not in self._memo:
                    self._memo[node] = self._lower(node)
        return self._memo[root]

    def _lower(self, node: Any) -> Lowered:
        if is_scalar(node) and not isinstance(node, nodes.Node) and node.is_number:
            return self.builder.number(node)
        for cls in type(node).__mro__:
            if cls in TABLE:
                return TABLE[cls](self, node)
            if cls in OPERATORS and (compute := OPERATORS[cls].compute) is not None:
                return compute(self.builder, node, *(self.value(x) for x in operands(node)))  # type: ignore[no-any-return]
        raise CompileError(f"there is no array code for {type(node).__name__}")

    def given(self, node: Any) -> Input | None:
        """The caller's array for a variable, if there is one."""
        return self._given.get(variable_key(node))

    def input(self, node: Any) -> Value:
        """The array of a variable: of the caller's, without axes of length 1."""
        one = self.given(node)
        if one is None:
            raise CompileError(f"{name_of(node)} is not among the inputs")
        b, shape = self.builder, array_shape(shape_of(node))
        raw = b.input(one)
        return raw if len(shape) == len(one.declared) else b.name(b.reshape(raw, shape), f"{one.name}_flat")

    # ------------------------------------------------------------ scaling
    def quotient(self, scalar: Any) -> tuple[Value, Value]:
        """Numerator and denominator of a scalar."""
        found = self._quotients.get(scalar)
        if found is None:
            found = self._quotients[scalar] = self._quotient(scalar)
        return found

    def _quotient(self, scalar: Any) -> tuple[Value, Value]:
        b = self.builder
        if scalar.is_number:
            return self.value(scalar), b.number(1)
        above, below = b.number(1), b.number(1)
        number, rest = scalar.as_coeff_Mul()
        for factor in sorted(Mul.make_args(rest), key=alg.sort_key):
            if factor.is_Pow and factor.exp.is_number and factor.exp.is_negative:
                below = b.multiply(below, _power(self, factor.base, -factor.exp))
            else:
                above = b.multiply(above, self.value(factor))
        if number.is_Rational and above.op == "number" and below.op != "number" and abs(number.p) == 1:
            above, below = b.number(number.p), b.multiply(b.number(number.q), below)
        else:
            above = b.multiply(b.number(number), above)
        return above, below

    def scale(self, scalar: Any, array: Value) -> Value:
        """c A: in the quotient form of c, and on the smallest array that carries it."""
        if scalar == 1:
            return array
        above, below = self.quotient(scalar)
        return self._scaled(array, above, below)

    def _scaled(self, array: Value, above: Value, below: Value) -> Value:
        b = self.builder
        if array.op in ("outer", "matmul") and array.rank == 2 and array not in b.names:
            sizes = [b.size.count(v.shape) for v in array.operands]
            if array.op == "outer" or min(sizes) * 2 < b.size.count(array.shape):
                parts = list(array.operands)
                at = sizes.index(min(sizes))
                parts[at] = self._scaled(parts[at], above, below)
                return b.make(array.op, parts, (), array.shape)
        if is_number(below, 1):
            return b.multiply(above, array)
        if is_number(above) and abs(above.attributes[0]) == 1:
            return b.divide(b.multiply(above, array), below)
        return b.multiply(b.divide(above, below), array)


def _two(shape: Any) -> tuple[Any, Any]:
    return shape or (ONE, ONE)


# ---------------------------------------------------------------- leaves
@lowers(MatrixSymbol, nodes.Differential, nodes.DifferentialScalar)
def _variable(lo: Lowering, node: Any) -> Lowered:
    return lo.input(node)


@lowers(Symbol)
def _scalar_variable(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.size(node) if is_dimension(node) and lo.given(node) is None else lo.input(node)


@lowers(Identity)
def _identity(lo: Lowering, node: Any) -> Lowered:
    return IdentityFactor(lo.builder, node.shape)


@lowers(OneMatrix)
def _ones(lo: Lowering, node: Any) -> Lowered:
    return OnesFactor(lo.builder, node.shape)


@lowers(ZeroMatrix)
def _zeros(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.zeros(array_shape(node.shape))


@lowers(nodes.UnitVector)
def _unit(lo: Lowering, node: Any) -> Lowered:
    index = lo.value(node.args[0][0])
    return UnitFactor(lo.builder, node.shape, lo.builder.subtract(index, lo.builder.number(1)))


@lowers(nodes.Commutation)
def _commutation(lo: Lowering, node: Any) -> Lowered:
    return CommutationFactor(lo.builder, node.shape, *node.args[0])


@lowers(nodes.DiagonalSelection)
def _selection(lo: Lowering, node: Any) -> Lowered:
    return SelectionFactor(lo.builder, node.shape, node.args[0][0])


@lowers(nodes.Named, nodes.NamedScalar)
def _named(lo: Lowering, node: Any) -> Lowered:
    found = lo._lowered(node.args[1])
    if isinstance(found, (Value, Dense)):
        lo.builder.name(found if isinstance(found, Value) else found.value, node.name)
    return found


# ---------------------------------------------------------------- sums
@lowers(Add)
def _scalar_sum(lo: Lowering, node: Any) -> Lowered:
    return _add_up(lo, [t.as_coeff_Mul() for t in in_order(node.args)], lo.value, ())


@lowers(nodes.MatSum)
def _sum(lo: Lowering, node: Any) -> Lowered:
    terms = [split_coefficient(t) for t in node.args]
    found = [lo.factor(core) for _, core in terms]
    if all(isinstance(f, (DiagonalFactor, IdentityFactor)) for f in found):
        entries = _add_up(lo, terms, lambda core: diagonal(lo.factor(core)), node.shape[:1])
        return DiagonalFactor(lo.builder, node.shape, entries)
    return _add_up(lo, terms, lambda core: _thin(lo, lo.factor(core)), array_shape(node.shape))


def _thin(lo: Lowering, factor: Factor) -> Value:
    """An array that broadcasts to the matrix: a number for a matrix of ones, a row or a column that is repeated."""
    if isinstance(factor, OnesFactor):
        return lo.builder.number(1)
    return factor.thin() if isinstance(factor, Repeated) else factor.dense()


def _add_up(lo: Lowering, terms: Sequence[tuple[Any, Any]], array: Callable[[Any], Value], shape: Any) -> Value:
    """c₁ A₁ + c₂ A₂ + …, subtracting where a coefficient is negative."""
    b = lo.builder
    result = b.number(0)
    for coefficient, core in terms:
        if coefficient.as_coeff_Mul()[0].is_negative:
            result = b.subtract(result, lo.scale(-coefficient, array(core)))
        else:
            result = b.add(result, lo.scale(coefficient, array(core)))
    return b.broadcast(result, shape)


# ---------------------------------------------------------------- products
@lowers(Mul)
def _scalar_product(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    for factor in node.args:  # x log x is 0 at 0
        if isinstance(factor, sympy.log) and factor.args[0] in node.args:
            rest = Mul(*(f for f in node.args if f != factor and f != factor.args[0]))
            x = lo.value(factor.args[0])
            return lo.scale(rest, b.xlogy(x, x))
    above, below = lo.quotient(node)
    return b.divide(above, below)


@lowers(nodes.MatProduct)
def _product(lo: Lowering, node: Any) -> Lowered:
    found = chain([lo.factor(f) for f in node.factors])
    c, b = node.coefficient, lo.builder
    if c == 1:
        return found
    if isinstance(found, (DiagonalFactor, IdentityFactor)):
        return DiagonalFactor(b, node.shape, b.broadcast(lo.scale(c, diagonal(found)), node.shape[:1]))
    if isinstance(found, Repeated):
        return Repeated(b, node.shape, lo.scale(c, found.vector), found.as_column)
    if isinstance(found, OnesFactor):
        return b.broadcast(lo.value(c), array_shape(node.shape))
    return lo.scale(c, found.dense())


@lowers(nodes.Transpose)
def _transpose(lo: Lowering, node: Any) -> Lowered:
    return lo.factor(node.args[0]).T


@lowers(nodes.Inverse)
def _inverse(lo: Lowering, node: Any) -> Lowered:
    return InverseFactor(lo.builder, node.shape, lo.value(node.args[0]), is_symmetric(node.args[0]))


@lowers(nodes.MatPower)
def _matrix_power(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.matrix_power(lo.value(node.args[0]), lo.value(node.args[1]))


@lowers(Pow)
def _scalar_power(lo: Lowering, node: Any) -> Lowered:
    return _power(lo, *node.args)


def _power(lo: Lowering, base: Any, p: Any) -> Value:
    """Of a norm, an even power is one of A : A."""
    b = lo.builder
    if isinstance(base, nodes.Norm) and p.is_Integer and p % 2 == 0:
        a = lo.value(base.args[0])
        return b.power(b.inner(a, a), b.number(p / 2))
    return b.power(lo.value(base), lo.value(p))


# ---------------------------------------------------------------- scalars of matrices
@lowers(nodes.Trace)
def _trace(lo: Lowering, node: Any) -> Lowered:
    """tr of a sum is taken term by term, so that no product is written out for its diagonal alone."""
    a = node.args[0]
    if isinstance(a, nodes.MatSum):
        return _add_up(lo, [split_coefficient(t) for t in a.args], lambda t: trace_of(lo.factors(t)), ())
    return trace_of(lo.factors(a))


@lowers(nodes.Frobenius)
def _frobenius(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    x, y = node.args
    for one, other in ((x, y), (y, x)):
        if is_function(other, "log") and other.args[1] is one:  # Σ x log x
            return b.sum(b.xlogy(lo.value(one), lo.value(one)))
    if x is not y and 1 not in x.shape and (isinstance(x, nodes.MatProduct) or isinstance(y, nodes.MatProduct)):
        left, right = lo.factors(x), lo.factors(y)
        c = Mul(split_coefficient(x)[0], split_coefficient(y)[0])
        return lo.scale(c, trace_of([*(f.T for f in reversed(left)), *right]))
    return inner(lo.factor(x), lo.factor(y))


@lowers(nodes.Norm)
def _norm(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.apply("sqrt", _power(lo, node, S(2)))


@lowers(nodes.Total)
def _total(lo: Lowering, node: Any) -> Lowered:
    """Sums move into products: 𝟏ᵀAB𝟏 = (𝟏ᵀA)(B𝟏), Σ A ⊙ B = A : B."""
    b = lo.builder
    c, a = split_coefficient(node.args[0])
    if isinstance(a, nodes.MatProduct):
        ends = (OnesFactor(b, (ONE, a.shape[0])), OnesFactor(b, (a.shape[1], ONE)))
        return lo.scale(c, chain([*ends[:1], *lo.factors(a), *(ends[1:] if a.shape[1] != 1 else ())]).dense())
    if isinstance(a, nodes.HadamardPower) and a.args[1] == 2:
        x = lo.value(a.args[0])
        return lo.scale(c, b.inner(x, x))
    if isinstance(a, nodes.Hadamard) and not any(isinstance(f, nodes.HadamardPower) for f in a.args):
        if _entropy_like(a.args) is None:
            first, last = a.args[:-1], lo.value(a.args[-1])
            return lo.scale(c, b.inner(reduce(b.multiply, [lo.value(f) for f in first]), last))
    return lo.scale(c, b.sum(lo.value(a)))


# ---------------------------------------------------------------- entry by entry
def _entropy_like(factors: Sequence[Any]) -> Any:
    """log X among the factors beside X itself; None where there is none."""
    return next((f for f in factors if is_function(f, "log") and f.args[1] in factors), None)


@lowers(nodes.Hadamard)
def _hadamard(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    factors = list(node.args)
    logarithm = _entropy_like(factors)
    above: list[Value] = []
    if logarithm is not None:  # x log x is 0 at 0
        x = logarithm.args[1]
        above.append(b.xlogy(lo.value(x), lo.value(x)))
        factors.remove(logarithm)
        factors.remove(x)
    below: list[Value] = []
    for f in factors:
        if isinstance(f, nodes.HadamardPower) and f.args[1].is_number and f.args[1].is_negative:
            below.append(b.power(lo.value(f.args[0]), b.number(-f.args[1])))
        else:
            above.append(_thin(lo, lo.factor(f)))
    top = reduce(b.multiply, above, b.number(1))
    result = b.divide(top, reduce(b.multiply, below)) if below else top
    return b.broadcast(result, array_shape(node.shape))


@lowers(nodes.HadamardPower)
def _hadamard_power(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.power(lo.value(node.args[0]), lo.value(node.args[1]))


@lowers(nodes.Elementwise, nodes.ElementwiseScalar)
def _elementwise(lo: Lowering, node: Any) -> Lowered:
    b, function, x = lo.builder, node.args[0], lo.value(node.args[1])
    if isinstance(function, AbstractFunction):
        return b.call(Callee(function.name, "elementwise", function.order), x, x.shape)
    name = function_name(node)
    if name == "huber":  # c (|r| − c/2) with c = min(|r|, δ)
        size = b.apply("abs", x)
        near = b.minimum(size, lo.value(node.args[2]))
        return b.multiply(near, b.subtract(size, b.multiply(b.number(HALF), near)))
    return apply_function(b, str(name), x)


@lowers(nodes.EntrywiseMax, sympy.Max)
def _maximum(lo: Lowering, node: Any) -> Lowered:
    return reduce(lo.builder.maximum, [lo.value(a) for a in node.args])


@lowers(nodes.EntrywiseMin, sympy.Min)
def _minimum(lo: Lowering, node: Any) -> Lowered:
    return reduce(lo.builder.minimum, [lo.value(a) for a in node.args])


def _scalar_function(name: str) -> Callable[[Lowering, Any], Lowered]:
    return lambda lo, node: apply_function(lo.builder, name, lo.value(node.args[0]))


for _name, _cls in SCALAR_FUNCTIONS.items():
    TABLE[_cls] = _scalar_function(_name)


@lowers(sympy.polygamma)
def _polygamma(lo: Lowering, node: Any) -> Lowered:
    order, x = node.args
    if order not in (0, 1):
        raise CompileError(f"there is no array code for {node}")
    return lo.builder.apply("trigamma" if order == 1 else "digamma", lo.value(x))


# ---------------------------------------------------------------- rearrangements
@lowers(nodes.DiagMatrix)
def _diag_matrix(lo: Lowering, node: Any) -> Lowered:
    return DiagonalFactor(lo.builder, node.shape, lo.value(node.args[0]))


@lowers(nodes.DiagVector)
def _diag_vector(lo: Lowering, node: Any) -> Lowered:
    a = node.args[0]
    if isinstance(a, nodes.MatSum):
        terms = [split_coefficient(t) for t in a.args]
        return _add_up(lo, terms, lambda t: diagonal_of(lo.factors(t)), node.shape[:1])
    return diagonal_of(lo.factors(a))


@lowers(nodes.Triangle)
def _triangle(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.triangle(lo.value(node.args[0]), node.lower)


@lowers(nodes.Kronecker)
def _kronecker(lo: Lowering, node: Any) -> Lowered:
    return KroneckerFactor(lo.builder, node.shape, tuple(lo.factor(a) for a in node.args))


@lowers(nodes.Vec)
def _vec(lo: Lowering, node: Any) -> Lowered:
    """Columns stacked: the rows of the transpose."""
    b = lo.builder
    return b.flat(b.transpose(lo.value(node.args[0])))


@lowers(nodes.Unvec)
def _unvec(lo: Lowering, node: Any) -> Lowered:
    b, (rows, cols) = lo.builder, node.shape
    return b.transpose(b.reshape(lo.value(node.args[0]), (cols, rows)))


@lowers(nodes.BlockSum)
def _block_sum(lo: Lowering, node: Any) -> Lowered:
    """Σ_ij A_ij M_[ij]."""
    a, m = node.args
    (k, l), (p, q) = a.shape, node.shape
    return _contract_blocks(lo, m, (("i", k), ("p", p), ("j", l), ("q", q)), a, (("i", k), ("j", l)), (("p", p), ("q", q)))


@lowers(nodes.BlockInner)
def _block_inner(lo: Lowering, node: Any) -> Lowered:
    """[M_[pq] : B]_pq."""
    m, a = node.args
    (k, l), (p, q) = a.shape, node.shape
    return _contract_blocks(lo, m, (("p", p), ("i", k), ("q", q), ("j", l)), a, (("i", k), ("j", l)), (("p", p), ("q", q)))


def _contract_blocks(lo: Lowering, m: Any, cut: Any, a: Any, weights: Any, out: Any) -> Value:
    """A sum over blocks of M, whose axes are cut in two each; axes of length 1 are left out."""
    b = lo.builder
    blocks = b.reshape(lo.value(m), tuple(size for _, size in cut if size != ONE))
    letters = ["".join(letter for letter, size in axes if size != ONE) for axes in (cut, weights, out)]
    return b.einsum(f"{letters[1]},{letters[0]}->{letters[2]}", lo.value(a), blocks)


@lowers(nodes.Block)
def _block(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    rows, cols = (int(k) for k in node.args[0])
    parts = node.args[1:]
    if 1 in (rows, cols):  # [0; I; 0] and [0 I 0] select rows and columns
        inside = [at for at, part in enumerate(parts) if not alg.is_zero(part)]
        if len(inside) == 1 and (parts[inside[0]] == 1 or isinstance(parts[inside[0]], Identity)):
            lengths = [nodes.block_shape(part)[0 if cols == 1 else 1] for part in parts]
            start = Add(*lengths[: inside[0]])
            if 1 not in node.shape:
                return SliceFactor(b, node.shape, start, start + lengths[inside[0]])
            return UnitFactor(b, node.shape, b.size(start))
    if 1 in node.shape:
        return b.concatenate([lo.value(part) for part in parts], node.shape[0] * node.shape[1])
    whole = [_with_two_axes(lo, part) for part in parts]
    return b.block(rows, cols, whole, node.shape)


def _with_two_axes(lo: Lowering, part: Any) -> Value:
    """A column as an n×1 array; rows and numbers grow axes by themselves."""
    value = lo.value(part)
    return lo.builder.expand(value, 1) if value.rank == 1 and shape_of(part)[1] == 1 else value


# ---------------------------------------------------------------- functions of matrices, eigenvalues, singular values
@lowers(MatrixFunction)
def _matrix_function(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.matrix_function(node.name, lo.value(node.args[1]))


@lowers(Frechet)
def _frechet(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.frechet(node.name, lo.value(node.args[1]), lo.value(node.args[2]))


@lowers(FrechetMatrix)
def _frechet_matrix(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.frechet_matrix(node.name, lo.value(node.args[1]))


@lowers(PseudoInverse)
def _pinv(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.pinv(lo.value(node.args[0]))


def _symmetric(lo: Lowering, a: Any) -> Value:
    """The symmetric part, where a is not known to be symmetric."""
    value = lo.value(a)
    return value if is_symmetric(a) else lo.builder.symmetric_part(value)


@lowers(Cholesky)
def _cholesky(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.cholesky(_symmetric(lo, node.args[0]))


@lowers(Eigenvalue)
def _eigenvalue(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    values, _ = b.eigh(_symmetric(lo, node.args[1]))
    return b.take(values, 0, b.number(-1 if node.which == "max" else 0))


@lowers(Eigenvector)
def _eigenvector(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    _, vectors = b.eigh(_symmetric(lo, node.args[1]))
    return b.take(vectors, 1, b.number(-1 if node.which == "max" else 0))


@lowers(SpectralNorm)
def _spectral_norm(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    return b.take(b.svd(lo.value(node.args[0]))[1], 0, b.number(0))


@lowers(NuclearNorm)
def _nuclear_norm(lo: Lowering, node: Any) -> Lowered:
    return lo.builder.sum(lo.builder.svd(lo.value(node.args[0]))[1])


@lowers(SingularPair)
def _singular_pair(lo: Lowering, node: Any) -> Lowered:
    b = lo.builder
    u, _, vh = b.svd(lo.value(node.args[0]))
    return b.outer(b.take(u, 1, b.number(0)), b.take(vh, 0, b.number(0)))


@lowers(PolarFactor)
def _polar_factor(lo: Lowering, node: Any) -> Lowered:
    u, _, vh = lo.builder.svd(lo.value(node.args[0]))
    return lo.builder.matmul(u, vh)


def leaf_types() -> tuple[type, ...]:
    """The node types without operands that the table has to know."""
    return (
        Symbol, MatrixSymbol, Identity, OneMatrix, ZeroMatrix, nodes.UnitVector, nodes.Commutation, nodes.DiagonalSelection,
        nodes.Differential, nodes.DifferentialScalar,
    )  # fmt: skip


__all__ = ["TABLE", "Lowering", "inputs_of", "is_dimension", "leaf_types", "lower", "name_of"]
