"""Canonical constructors of what acts entry by entry: Hadamard products and powers, functions θ(X)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import sympy
from sympy import Identity, Integer, Mul, Pow, S
from sympy.core.basic import Basic
from sympy.core.symbol import Str
from sympy.matrices.expressions.special import OneMatrix

from ..errors import ShapeError
from . import construct, rearrange
from .core import BUILDERS, is_scalar, shape_of, show_shape, sort_key
from .nodes import (
    CONSTRUCTORS,
    SYMMETRIC,
    TRANSPOSED,
    Elementwise,
    ElementwiseScalar,
    EntrywiseMax,
    EntrywiseMin,
    Hadamard,
    HadamardPower,
    MatProduct,
    MatSum,
    Transpose,
    UnitVector,
)


class AbstractFunction(Basic):
    """An unspecified function θ, or a derivative of it: ``AbstractFunction(Str('θ'), Integer(1))`` is θ′."""

    @property
    def name(self) -> str:
        return str(self.args[0])

    @property
    def order(self) -> int:
        return int(self.args[1])

    @property
    def prime(self) -> AbstractFunction:
        return AbstractFunction(self.args[0], Integer(self.order + 1))

    def _sympystr(self, printer: Any) -> str:
        return self.name + "′" * self.order


def abstract_function(name: str) -> AbstractFunction:
    return AbstractFunction(Str(name), Integer(0))


def hadamard(*factors: Any) -> Any:
    """A ⊙ B ⊙ …, of equal shapes; scalars are coefficients. Equal factors become powers."""
    if all(is_scalar(f) for f in factors):
        return Mul(*factors)
    shape = next(shape_of(f) for f in factors if not is_scalar(f))
    scalars: list[Any] = []
    powers: dict[Any, Any] = {}
    stack = list(reversed(factors))
    while stack:
        coefficient, core = (stack.pop(), None) if is_scalar(stack[-1]) else construct.split_coefficient(stack.pop())
        scalars.append(coefficient)
        if core is None or isinstance(core, OneMatrix):
            continue
        if shape_of(core) != shape:
            raise ShapeError(f"A ⊙ B needs equal shapes, not {show_shape(shape)} and {show_shape(shape_of(core))}")
        if construct.is_zero(core):
            return construct.zeros(*shape)
        if isinstance(core, Hadamard):
            stack.extend(reversed(core.args))
        else:
            base, p = core.args if isinstance(core, HadamardPower) else (core, S.One)
            powers[base] = powers.get(base, S.Zero) + p
    parts = [hadamard_power(base, p) for base, p in powers.items() if p != 0]
    parts = _merge_quotients(_merge_logistic(parts))
    for part in parts:
        if isinstance(part, UnitVector) and len(parts) > 1:  # e_k ⊙ a = (e_kᵀ a) e_k
            rest = _hadamard([p for p in parts if p is not part], shape)
            return construct.scale(Mul(*scalars, construct.frobenius(part, rest)), part)
    return construct.scale(Mul(*scalars), _hadamard(parts, shape))


def _hadamard(parts: list[Any], shape: Any) -> Any:
    """The product of collected factors, the repeated rows and columns among them as diagonal matrices."""
    if not parts:
        return construct.ones(*shape)
    if len(parts) == 1:
        return parts[0]
    if 1 not in shape:
        for part in parts:
            rest = [p for p in parts if p is not part]
            if isinstance(part, Identity):  # I ⊙ A = Diag(diag A)
                return rearrange.diag_matrix(rearrange.diag_vector(_hadamard(rest, shape)))
            if (
                isinstance(part, MatProduct)
                and isinstance(part.factors[-1], OneMatrix)
                and part.factors[-1].shape[0] == S.One
            ):
                column = construct.mul(part.coefficient, *part.factors[:-1])  # (u 𝟏ᵀ) ⊙ A = Diag(u) A
                return construct.mul(rearrange.diag_matrix(column), _hadamard(rest, shape))
            if (
                isinstance(part, MatProduct)
                and isinstance(part.factors[0], OneMatrix)
                and part.factors[0].shape[1] == S.One
            ):
                row = construct.transpose(construct.mul(part.coefficient, *part.factors[1:]))  # (𝟏 vᵀ) ⊙ A = A Diag(v)
                return construct.mul(_hadamard(rest, shape), rearrange.diag_matrix(row))
    if any(isinstance(p, (Hadamard, OneMatrix)) or construct.split_coefficient(p)[0] != 1 for p in parts):
        return hadamard(*parts)
    return Hadamard.make(*sorted(parts, key=sort_key))


def _merge_logistic(parts: list[Any]) -> list[Any]:
    """eᶻ ⊙ σ(−z) = σ(z): the logistic function appears from eᶻ / (1 + eᶻ)."""
    for one in parts:
        if is_function(one, "exp"):
            z = one.args[1]
            partner = elementwise("sigmoid", construct.neg(z))
            if any(p is partner for p in parts):
                rest = [p for p in parts if p is not one and p is not partner]
                return [*rest, elementwise("sigmoid", z)]
    return parts


#: Quotients that have a name of their own: sinh/cosh = tanh.
QUOTIENTS = {("sinh", "cosh"): "tanh", ("sin", "cos"): "tan"}


def _merge_quotients(parts: list[Any]) -> list[Any]:
    """sinh(z) ⊘ cosh(z) = tanh(z)."""
    for (above, below), name in QUOTIENTS.items():
        for one in parts:
            if is_function(one, above):
                partner = hadamard_power(elementwise(below, one.args[1]), S.NegativeOne)
                if any(p is partner for p in parts):
                    rest = [p for p in parts if p is not one and p is not partner]
                    return [*rest, elementwise(name, one.args[1])]
    return parts


def hadamard_power(a: Any, p: Any) -> Any:
    """a^{⊙p}, every entry to the power p."""
    if is_scalar(a):
        return construct.power(a, p)
    if p == 1:
        return a
    if p == 0 or isinstance(a, OneMatrix):
        return construct.one_like(a)
    if construct.is_zero(a) or (isinstance(a, UnitVector) and p.is_positive):
        return a
    coefficient, core = construct.split_coefficient(a)
    if coefficient != 1 and (p.is_integer or coefficient.is_positive):
        construct.guard_number(coefficient, p)
        return construct.scale(Pow(coefficient, p), hadamard_power(core, p))
    if isinstance(core, HadamardPower) and (p.is_integer or core.args[1].is_odd):
        return hadamard_power(core.args[0], core.args[1] * p)
    if isinstance(core, Hadamard) and p.is_integer:
        return hadamard(*(hadamard_power(f, p) for f in core.args))
    if p == -1:
        z = _one_plus_exp(core)
        if z is not None:  # 1 / (1 + e^{−z}) is the logistic function
            return elementwise("sigmoid", construct.neg(z))
        if is_function(core, "exp"):
            return elementwise("exp", construct.neg(core.args[1]))
    return HadamardPower.make(a, p)


def hadamard_divide(a: Any, b: Any) -> Any:
    """a ⊘ b, entry by entry."""
    if is_scalar(a) and is_scalar(b):
        return construct.divide(a, b)
    return hadamard(a, hadamard_power(b, S.NegativeOne))


# ---------------------------------------------------------------- functions
#: Of larger trees, their functions are nodes of ours, which SymPy takes for atoms.
LARGEST_TREE = 200

#: Functions of a scalar that SymPy knows under its own name.
SCALAR_FUNCTIONS: dict[str, Any] = {
    "exp": sympy.exp, "log": sympy.log, "abs": sympy.Abs, "sign": sympy.sign, "sin": sympy.sin, "cos": sympy.cos,
    "tan": sympy.tan, "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan, "sinh": sympy.sinh,
    "arcsinh": sympy.asinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "erf": sympy.erf,
    "gamma": sympy.gamma, "lgamma": sympy.loggamma,
}  # fmt: skip


#: Further logarithms that have a name of their own; operators that define such a name add their rule.
LOG_RULES: list[Callable[[Any], Any]] = []


def function_name(node: Any) -> str | None:
    """The name of the known function a node applies; None for anything else."""
    return (
        str(node.args[0].name)  # printing the Str itself would take SymPy's printer
        if isinstance(node, (Elementwise, ElementwiseScalar)) and isinstance(node.args[0], Str)
        else None
    )


def is_function(node: Any, name: str) -> bool:
    return function_name(node) == name or (
        is_scalar(node) and name in SCALAR_FUNCTIONS and isinstance(node, _scalar_class(name))
    )


def _scalar_class(name: str) -> Any:
    return SCALAR_FUNCTIONS[name]


def argument(node: Any) -> Any:
    """The first expression among the arguments of a function: X of θ(X)."""
    return node.args[1] if isinstance(node, (Elementwise, ElementwiseScalar)) else node.args[0]


def elementwise(function: str | Str | AbstractFunction, a: Any, *parameters: Any) -> Any:
    """φ(a) entry by entry, by the name of a known function or an abstract one."""
    if isinstance(function, AbstractFunction):
        return (ElementwiseScalar if is_scalar(a) else Elementwise).make(function, a)
    name = str(function)
    rewritten = _rewrite(name, a)
    if rewritten is not None:
        return rewritten
    if is_scalar(a) and name in SCALAR_FUNCTIONS and _is_small(a):
        return SCALAR_FUNCTIONS[name](a)
    return (ElementwiseScalar if is_scalar(a) else Elementwise).make(Str(name), a, *parameters)


def _is_small(a: Any) -> bool:
    """May SymPy look into it? It visits what is shared as often as there are paths to it, in every product anew."""
    stack, count = [a], 0
    while stack and count <= LARGEST_TREE:
        stack.extend(stack.pop().args)
        count += 1
    return not stack


def _rewrite(name: str, a: Any) -> Any:
    """Compositions that have a name of their own, and functions that are powers."""
    if name == "identity":
        return a
    if name == "square":
        return hadamard_power(a, Integer(2))
    if name == "sqrt":
        return hadamard_power(a, construct.HALF)
    if name == "log":
        z = _one_plus_exp(a)
        if z is not None:  # log(1 + eᶻ), stable under this name
            return elementwise("softplus", z)
        if is_function(a, "sigmoid"):
            return elementwise("logsigmoid", argument(a))
        z = _one_minus_sigmoid(a)
        if z is not None:  # log(1 − σ(z)) = log σ(−z)
            return elementwise("logsigmoid", construct.neg(z))
        for rule in LOG_RULES:
            if (found := rule(a)) is not None:
                return found
    if name == "log1p":
        return elementwise("log", construct.add(construct.one_like(a), a)) if is_function(a, "exp") else None
    if name == "abs" and (is_function(a, "exp") or (isinstance(a, HadamardPower) and a.args[1] == construct.HALF)):
        return a
    if name == "relu" and construct.is_zero(a):
        return a
    return None


def _terms(a: Any) -> tuple[Any, ...]:
    return a.args if isinstance(a, MatSum) or (is_scalar(a) and a.is_Add) else ()


def _one_plus_exp(a: Any) -> Any:
    """z where a = 1 + eᶻ, else None."""
    terms = _terms(a)
    if len(terms) == 2 and construct.one_like(a) in terms:
        other = next(t for t in terms if t != construct.one_like(a))
        if is_function(other, "exp"):
            return argument(other)
    return None


def _one_minus_sigmoid(a: Any) -> Any:
    """z where a = 1 − σ(z), else None."""
    terms = _terms(a)
    if len(terms) == 2 and construct.one_like(a) in terms:
        other = construct.neg(next(t for t in terms if t != construct.one_like(a)))
        if is_function(other, "sigmoid"):
            return argument(other)
    return None


def entrywise_max(a: Any, b: Any) -> Any:
    """max(A, B) entry by entry, of equal shapes."""
    return _extreme(sympy.Max, EntrywiseMax, a, b)


def entrywise_min(a: Any, b: Any) -> Any:
    return _extreme(sympy.Min, EntrywiseMin, a, b)


def _extreme(scalar_class: Any, node: Any, a: Any, b: Any) -> Any:
    if is_scalar(a) and is_scalar(b):
        return scalar_class(a, b)
    if shape_of(a) != shape_of(b):
        raise ShapeError(f"cannot compare {show_shape(shape_of(a))} and {show_shape(shape_of(b))} entry by entry")
    return a if a == b else node.make(*sorted((a, b), key=sort_key))


def _transpose_by_operand(a: Any) -> Any:
    """θ(X)ᵀ = θ(Xᵀ) is used only to remove a transpose that is there."""
    inner = [x for x in a.operands if not is_scalar(x)]
    if all(isinstance(x, Transpose) for x in inner):
        return a.func(*(construct.transpose(x) if x in inner else x for x in a.args))
    return Transpose.make(a)


def _all_symmetric(a: Any) -> bool:
    return all(construct.is_symmetric(x) for x in a.operands if not is_scalar(x))


for _node in (Hadamard, HadamardPower, Elementwise, EntrywiseMax, EntrywiseMin):
    TRANSPOSED[_node] = _transpose_by_operand
    SYMMETRIC[_node] = _all_symmetric

BUILDERS.update({_class: partial(elementwise, _name) for _name, _class in SCALAR_FUNCTIONS.items()})
CONSTRUCTORS.update(
    {
        Hadamard: hadamard,
        HadamardPower: hadamard_power,
        Elementwise: elementwise,
        ElementwiseScalar: elementwise,
        EntrywiseMax: entrywise_max,
        EntrywiseMin: entrywise_min,
    }
)
