"""Syntax tree → algebra, by a table from operators to constructors.

Shapes are known to conform by now, so that what is left to decide is how: which operand is spread over the others,
whether a bar is a determinant. An error of a constructor gets the span of the node that asked for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sympy import Add, Expr, Integer, Mul, Rational, S, Symbol, pi
from sympy.core.symbol import Str

from .. import algebra as alg
from ..algebra.nodes import Block as BlockNode
from ..errors import DerivationError, LimitError, MatcalcError, ShapeError
from ..operators import FUNCTIONS
from ..operators.abstract import apply_function
from ..operators.reductions import norm_1, norm_inf, norm_p
from ..operators.spectral import nuclear_norm, spectral_norm
from ..operators.spectral_functions import function_of_matrix
from ..operators.summations import summed_over
from ..operators.sums import SampleSum, SampleSumScalar, sum_over_samples
from .calls import SIZE_ARGUMENTS
from .shapes import Polynomial, Shape, Size, Sizes, Unknown
from .syntax import Block, Call, Constant, IndexedSum, Name, Node, Norm, Number, Operation, core, postorder

#: Numbers with more bits are refused.
BITS = 8_000
#: Functions that SymPy evaluates at integers, and the largest at which it may.
_EVALUATED = {"gamma": 200, "lgamma": 200, "digamma": 200}
#: Functions that mean something else where the argument is complex.
_OF_COMPLEX: dict[str, Callable[[Any], Any]] = {
    "abs": alg.modulus, "norm2": alg.complex_norm, "norm1": lambda a: alg.total(alg.modulus(a)),
}  # fmt: skip
_NORM_NUMBER = re.compile(r"[0-9]{1,3}([./][0-9]{1,3})?(?<!/0)")
#: Letters for the sizes that inference has found, in this order.
SIZE_LETTERS = "mnpqrskldMNPQ"


class SizeNames:
    """Sizes as SymPy expressions; an unknown one gets the next letter that is free."""

    def __init__(self, sizes: Sizes, display: Mapping[str, str], used: set[str]) -> None:
        self.sizes, self.display, self.used = sizes, display, set(used)
        self.letters: dict[Unknown, Symbol] = {}

    def name(self, shapes: Sequence[Shape]) -> None:
        """Give letters to the unknown sizes in these shapes, in order; a single one is n."""
        found: dict[Unknown, None] = {}
        for size in (s for shape in shapes for s in shape):
            for atom in self.sizes._atoms(size):
                if isinstance(atom, Unknown) and atom not in self.letters:
                    found[atom] = None
        letters = SIZE_LETTERS if len(found) + len(self.letters) != 1 else "n" + SIZE_LETTERS
        numbered = (f"{letter}{k}" for k in range(1, 10**6) for letter in "mnpq")
        free = (letter for source in (letters, numbered) for letter in source if letter not in self.used)
        for atom in found:
            letter = next(free)
            self.used.add(letter)
            self.letters[atom] = alg.dimension(letter)

    def declared(self, name: str) -> Expr | None:
        """The size that a declaration gives this name."""
        return alg.dimension(self.display[name]) if name in self.display else None

    def expression(self, size: Size) -> Expr:
        size = self.sizes.find(size)
        if isinstance(size, int):
            return Integer(size)
        if isinstance(size, str):
            return alg.dimension(self.display.get(size, size))
        if isinstance(size, Unknown):
            if size not in self.letters:
                self.name([(size, 1)])
            return self.letters[size]
        assert isinstance(size, Polynomial)
        return Add(
            *(Mul(number, *(self.expression(atom) for atom in monomial)) for monomial, number in size.terms.items())
        )

    def shape(self, shape: Shape) -> tuple[Expr, Expr]:
        return (self.expression(shape[0]), self.expression(shape[1]))


@dataclass(frozen=True)
class Body:
    """A function defined by an expression in one parameter."""

    source: str
    parameter: str
    expression: Node
    settled: Mapping[Node, Shape]


@dataclass(frozen=True)
class Function:
    """A function of a program: what it is called, and what it is.

    ``kind`` is ``elementwise`` or ``field`` (a declared function of vectors or matrices), or ``known`` where it is but
    another name for a known function. ``definition`` is a known function's name, a :class:`Body`, or None for an
    abstract one.
    """

    name: str
    key: str
    kind: str
    domain: Shape | None = None
    codomain: Shape | None = None
    definition: str | Body | None = None


@dataclass(frozen=True)
class Family:
    """x_i under a sum over i: ``sample`` stands for one, ``array`` for all (its last axis is the index).

    Of entries of what the program names, ``array`` is the key of that name, and a function that arranges it.
    """

    index: str
    sample: Any
    array: Any


@dataclass
class Builder:
    """Builds the expressions of a program.

    ``values`` maps the key of a name to its expression; ``lengths`` the index of a sum to the size that it runs up to.
    """

    source: str
    settled: Mapping[Node, Shape]
    sizes: SizeNames
    functions: Mapping[str, Function]
    values: dict[str, Any]
    families: Sequence[Family] = ()
    lengths: Mapping[str, Size] = field(default_factory=dict)
    depth: int = 0
    applied: dict[tuple[str, Any], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inside: dict[str, tuple[Mapping[Any, Any], Any]] = {}
        #: Nodes that a note speaks of → their expressions.
        self.noted: dict[Node, Any] = {}
        self.complex = any(map(alg.is_complex_symbol, self.values.values()))

    def build(self, root: Node, pointwise: bool = False) -> Any:
        """The expression of a syntax tree. ``pointwise``: every operator acts entry by entry."""
        built: dict[Node, Any] = {}
        numeric: set[Node] = set()
        table = POINTWISE if pointwise else OPERATORS
        for node in postorder(root):
            operands = [built[o] for o in node.operands]
            try:
                built[node] = value = self._one(node, operands, table, pointwise)
                if isinstance(node, Number) or (node.operands and all(o in numeric for o in node.operands)):
                    numeric.add(node)
                    _require_real(value)
                elif alg.is_scalar(value) and alg.definition_of(value).is_Number:  # xᵀx − xᵀx, or a name for it
                    numeric.add(node)
                _limit_number(value)
                if node in self.noted:
                    self.noted[node] = value
            except MatcalcError as error:
                raise error.at(self.source, node.span) from None
        return built[root]

    def _one(self, node: Node, operands: list[Any], table: Mapping[str, Callable[..., Any]], pointwise: bool) -> Any:
        if isinstance(node, Operation):
            if node.operator not in table:
                raise DerivationError(
                    f"‘{node.operator.replace('_', ' ')}’ does not act entry by entry",
                    hint="declare the function, as in g: ℝ^n → ℝ",
                )
            return table[node.operator](self, node, *operands)
        if isinstance(node, Number):
            if node in self.settled and self.settled[node] != (1, 1):
                return alg.zeros(*self.sizes.shape(self.settled[node]))
            return _rational(node.value)
        if isinstance(node, Name):
            found = self.values.get(node.key)
            return self.sizes.expression(node.key) if found is None else found
        if isinstance(node, Constant):
            return self._constant(node)
        if isinstance(node, Call):
            return self._call(node, operands, pointwise)
        if pointwise:
            raise DerivationError("this does not act entry by entry", hint="declare the function, as in g: ℝ^n → ℝ")
        if isinstance(node, Norm):
            return _norm(self, node, *operands)
        if isinstance(node, Block):
            return self._block(node, operands)
        assert isinstance(node, IndexedSum)
        return self._sum(node, operands[0])

    # ------------------------------------------------------------ atoms
    def _constant(self, node: Constant) -> Any:
        if node.kind == "pi":
            return pi
        rows, cols = self.sizes.shape(self.settled[node])
        if node.kind == "identity":
            return alg.identity(rows)
        if node.kind == "unit":
            return alg.unit_vector(self._place(node.size or "i"), rows)
        return alg.ones(rows, cols) if node.kind == "ones" else alg.zeros(rows, cols)

    def _place(self, text: str) -> Any:
        """The k of e_k: a number, a declared size (e_n is the last), or an index of its own."""
        return Integer(text) if text.isdecimal() else self.sizes.declared(text) or alg.index(text)

    def _block(self, node: Block, operands: list[Any]) -> Any:
        entries = [
            alg.zeros(*self.sizes.shape(self.settled[e])) if core(e) is not e and e in self.settled else value
            for e, value in zip(node.operands, operands, strict=True)
        ]
        return alg.block([entries[i : i + node.columns] for i in range(0, len(entries), node.columns)])

    def _sum(self, node: IndexedSum, body: Any) -> Any:
        """Σ_i body, in matrix form; inside another sum, whose samples it needs, that waits for the outer one."""
        samples = {f.sample: self._array(f) for f in self.families if f.index == node.index and self._is_known(f)}
        size = self.sizes.expression(self.lengths[node.index])
        self.inside[node.index] = (samples, size)
        bound = {node.index} | {n.index for n in alg.postorder(body) if isinstance(n, (SampleSum, SampleSumScalar))}
        if any(f.index not in bound and alg.contains(body, f.sample) for f in self.families):
            return (SampleSumScalar if alg.is_scalar(body) else SampleSum).make(body, Str(node.index), size)
        try:
            return sum_over_samples(body, samples, size, self.inside)
        except DerivationError:
            return summed_over(body, node.index, samples, size, self.inside)

    def _is_known(self, family: Family) -> bool:
        return not isinstance(family.array, tuple) or family.array[0] in self.values

    def _array(self, family: Family) -> Any:
        if not isinstance(family.array, tuple):
            return family.array
        key, arranged = family.array
        return arranged(self.values[key])

    # ------------------------------------------------------------ functions
    def _call(self, node: Call, operands: list[Any], pointwise: bool) -> Any:
        name = node.function
        function = self.functions.get(name)
        if node.of_matrix and not pointwise:
            (x,) = operands
            return function_of_matrix(
                FUNCTIONS[name].build if function is None else lambda t: self._apply(function, node, t), x
            )
        if function is not None:
            return self._apply(function, node, operands[0])
        if pointwise and not (
            not node.of_matrix
            and name in FUNCTIONS
            and (FUNCTIONS[name].signature.startswith("S -> S") or len(operands) == 2)
        ):
            raise DerivationError(f"{name} does not act entry by entry", hint="declare the function, as in g: ℝ^n → ℝ")
        if name in SIZE_ARGUMENTS or name in ("vector", "matrix"):
            return self._sized(node, operands)
        largest = _EVALUATED.get(name)
        if largest and any(getattr(o, "is_Rational", False) and abs(o) > largest for o in operands):
            raise LimitError(f"{name} of a number beyond {largest} is too large")
        if self.complex and name in _OF_COMPLEX and alg.is_complex(operands[0]):
            return _OF_COMPLEX[name](*operands)
        return FUNCTIONS[name].build(*operands)

    def _sized(self, node: Call, operands: list[Any]) -> Any:
        rows, cols = self.sizes.shape(self.settled[node])
        if node.function == "eye":
            return alg.identity(rows)
        if node.function == "zeros":
            return alg.zeros(rows, cols)
        if node.function in ("unvec", "reshape"):
            return alg.unvec(alg.vec(operands[0]), rows, cols)
        return alg.mul(operands[0] if node.function != "ones" else S.One, alg.ones(rows, cols))

    def _apply(self, function: Function, node: Call, argument: Any) -> Any:
        """A function of the program at its argument."""
        definition = function.definition
        if isinstance(definition, Body):
            if self.depth > 20:
                raise DerivationError(f"the definition of {function.name} goes round in a circle")
            if (function.key, argument) not in self.applied:
                values = {**self.values, definition.parameter: argument}
                inner = Builder(
                    definition.source,
                    definition.settled,
                    self.sizes,
                    self.functions,
                    values,
                    depth=self.depth + 1,
                    applied=self.applied,
                )
                self.applied[function.key, argument] = inner.build(
                    definition.expression, pointwise=function.kind == "elementwise"
                )
            return self.applied[function.key, argument]
        if definition is not None:
            value = FUNCTIONS[definition].build(argument)
            if function.codomain is not None and alg.shape_of(value) != _matrix_shape(
                self.sizes.shape(function.codomain)
            ):
                raise ShapeError(
                    f"{function.name} is {definition}, "
                    f"whose value is {alg.show_shape(alg.shape_of(value))}, not as declared"
                )
            return value
        if function.codomain is None:
            return alg.elementwise(alg.abstract_function(function.name), argument)
        return apply_function(function.name, _matrix_shape(self.sizes.shape(function.codomain)), argument)


def _matrix_shape(shape: tuple[Expr, Expr]) -> tuple[Expr, ...]:
    return () if shape == (1, 1) else shape


def _rational(value: Fraction) -> Rational:
    return Rational(value.numerator, value.denominator)


def _require_real(value: Any) -> None:
    """Refuse 1/0, log 0, √−1."""
    value = alg.transform(value, alg.definition_of)
    if alg.is_scalar(value) and (value.is_finite is False or value.is_real is False):
        raise DerivationError("this is not a real number")


def _limit_number(value: Any) -> None:
    number = (value.as_coeff_Mul() if alg.is_scalar(value) else alg.split_coefficient(value))[0]
    if number.is_Rational and max(abs(int(number.p)).bit_length(), int(number.q).bit_length()) > BITS:
        raise LimitError("a number in this expression is too large")


# ---------------------------------------------------------------- operators
def _spread(value: Any, shape: tuple[Expr, Expr]) -> Any:
    """A scalar in every entry, a row in every row, a column in every column."""
    if alg.is_scalar(value):
        return alg.mul(value, alg.ones(*shape))
    if alg.is_row(value) and shape[0] != 1:
        return alg.mul(alg.ones(shape[0], 1), value)
    if alg.is_column(value) and shape[1] != 1:
        return alg.mul(value, alg.ones(1, shape[1]))
    return value


def _add(builder: Builder, node: Node, *terms: Any) -> Any:
    shapes = [alg.shape_of(t) for t in terms if not alg.is_scalar(t)]
    if not shapes:
        return alg.add(*terms)
    shape = next((s for s in shapes if 1 not in s), shapes[0])
    return alg.add(*(_spread(t, shape) for t in terms if t != 0))


def _product(builder: Builder, node: Node, *factors: Any) -> Any:
    """The matrix product; a row times a column within the chain is a scalar of its own (``A bᵀc``)."""
    stack: list[tuple[list[Any], Any]] = []
    for factor in factors:
        stack.append(([factor], alg.shape_of(factor)))
        while len(stack) > 1:
            (left, a), (right, b) = stack[-2:]
            if a and b and (a[1] == 1) != (b[0] == 1):
                break
            both = (a[0], b[1]) if a and b else a or b
            stack[-2:] = [(left + right, both) if both != (1, 1) else ([alg.mul(*left, *right)], ())]
    return alg.mul(*(factor for group, _ in stack for factor in group))


def _dot(builder: Builder, node: Node, a: Any, b: Any) -> Any:
    return alg.frobenius(a, b) if alg.is_column(a) and alg.is_column(b) else alg.mul(a, b)


def _divide(builder: Builder, node: Node, a: Any, c: Any) -> Any:
    if c == 0:
        raise DerivationError("division by zero")
    return alg.divide(a, c)


def _hadamard_divide(builder: Builder, node: Node, a: Any, b: Any) -> Any:
    if alg.is_zero(b):
        raise DerivationError("division by zero")
    return alg.hadamard_divide(a, b)


def _inverse(a: Any) -> Any:
    if isinstance(a, BlockNode) and _is_singular(a):
        raise DerivationError("this matrix is singular: it has no inverse")
    if alg.is_zero(a):
        raise DerivationError("zero has no inverse")
    return alg.inverse(a)


def _is_singular(a: Any) -> bool:
    """Is this a matrix of numbers without an inverse?"""
    rows, cols = (int(k) for k in a.args[0])
    if rows != cols or not all(getattr(e, "is_Rational", False) for e in a.args[1:]):
        return False
    grid = [[Fraction(int(e.p), int(e.q)) for e in a.args[1 + i * cols : 1 + (i + 1) * cols]] for i in range(rows)]
    for k in range(rows):  # Gaussian elimination
        pivot = next((i for i in range(k, rows) if grid[i][k]), None)
        if pivot is None:
            return True
        grid[k], grid[pivot] = grid[pivot], grid[k]
        for i in range(k + 1, rows):
            if ratio := grid[i][k] / grid[k][k]:
                grid[i] = [x - ratio * y for x, y in zip(grid[i], grid[k], strict=True)]
    return False


def _power(builder: Builder, node: Node, a: Any, p: Any) -> Any:
    if alg.is_scalar(a):
        if a == 0 and p.is_negative:
            raise DerivationError("division by zero")
        return alg.power(a, p)
    if p.is_Integer:
        return alg.power(_inverse(a), -p) if p < 0 else alg.power(a, p)
    if p in (S.Half, -S.Half):
        root = FUNCTIONS["sqrtm"].build(a)
        return root if p > 0 else alg.inverse(root)
    if not p.is_number:
        return alg.power(_inverse(a), -p) if p.could_extract_minus_sign() else alg.power(a, p)
    raise DerivationError("a power of a matrix needs an integer exponent, or ±1/2")


def _entrywise_power(builder: Builder, node: Node, a: Any, p: Any) -> Any:
    if not alg.is_scalar(p):
        raise DerivationError("an entrywise power needs a scalar exponent", hint="write 2^t as exp(t log 2)")
    return _power(builder, node, a, p) if alg.is_scalar(a) else alg.hadamard_power(a, p)


def _bars(builder: Builder, node: Node, a: Any) -> Any:
    return _abs(builder, node, a) if alg.is_scalar(a) else FUNCTIONS["det"].build(a)


def _norm(builder: Builder, node: Norm, a: Any, p: Any = None) -> Any:
    matrix = not alg.is_scalar(a) and 1 not in alg.shape_of(a)
    if builder.complex and alg.is_complex(a):
        if node.kind in ("", "F") or (node.kind == "2" and not matrix):
            return alg.complex_norm(a)
        a = alg.modulus(a) if node.kind not in ("2", "*") else a
    if node.kind == "F" or (node.kind in ("", "2") and not (matrix and node.kind)):
        return alg.norm(a)
    if node.kind == "1":
        return norm_1(a)
    if node.kind in ("2", "*"):
        return spectral_norm(a) if node.kind == "2" else nuclear_norm(a)
    if matrix:
        raise DerivationError(
            f"‖X‖ of a matrix with the subscript {node.kind} is not supported",
            hint="known are ‖X‖_F, ‖X‖₂, ‖X‖₁ and ‖X‖_*",
        )
    if node.kind == "∞":
        return norm_inf(a)
    if p is not None:
        return norm_p(a, p)
    if _NORM_NUMBER.fullmatch(node.kind) and Rational(node.kind) > 0:
        return norm_p(a, Rational(node.kind))
    raise DerivationError(
        f"the norm with the subscript {node.kind[:20]} is not known", hint="known are ‖x‖₁, ‖x‖₂, ‖x‖₃ …, ‖x‖_∞"
    )


def _abs(builder: Builder, node: Node, a: Any) -> Any:
    return alg.modulus(a) if builder.complex and alg.is_complex(a) else FUNCTIONS["abs"].build(a)


OPERATORS: dict[str, Callable[..., Any]] = {
    "group":               lambda builder, node, a: a,
    "add":                 _add,
    "negate":              lambda builder, node, a: alg.neg(a),
    "product":             _product,
    "dot":                 _dot,
    "frobenius":           lambda builder, node, a, b: alg.frobenius(a, b),
    "hadamard":            lambda builder, node, a, b: alg.hadamard(a, b),
    "hadamard_divide":     _hadamard_divide,
    "divide":              _divide,
    "kron":                lambda builder, node, a, b: alg.kron(a, b),
    "transpose":           lambda builder, node, a: alg.transpose(a),
    "inverse_transpose":   lambda builder, node, a: alg.transpose(_inverse(a)),
    "conjugate_transpose": lambda builder, node, a: alg.transpose(alg.conjugate(a)),
    "conjugate":           lambda builder, node, a: alg.conjugate(a),
    "pinv":                lambda builder, node, a: FUNCTIONS["pinv"].build(a),
    "power":               _power,
    "entrywise_power":     _entrywise_power,
    "sqrt":                lambda builder, node, a: FUNCTIONS["sqrt"].build(a),
    "bars":                _bars,
}  # fmt: skip

#: The operators inside a function that acts entry by entry: θ(t) := t/(1 + exp(−t)).
POINTWISE: dict[str, Callable[..., Any]] = {
    "group":           lambda builder, node, a: a,
    "add":             _add,
    "negate":          lambda builder, node, a: alg.neg(a),
    "product":         lambda builder, node, *factors: alg.hadamard(*factors),
    "dot":             lambda builder, node, a, b: alg.hadamard(a, b),
    "hadamard":        lambda builder, node, a, b: alg.hadamard(a, b),
    "hadamard_divide": _hadamard_divide,
    "divide":          _hadamard_divide,
    "power":           _entrywise_power,
    "entrywise_power": _entrywise_power,
    "sqrt":            lambda builder, node, a: FUNCTIONS["sqrt"].build(a),
    "bars":            _abs,
}  # fmt: skip

__all__ = ["OPERATORS", "POINTWISE", "Body", "Builder", "Family", "Function", "SizeNames"]
