"""Batches: the program of one example made into that of all examples at once, as ``jax.vmap`` does for a function.

An array that differs from example to example is *moving*: its new first axis, of length B, counts the examples. What is
shared stays as it is and broadcasts, so that Wx of shared W is XWᵀ and never a product with B copies of W. Every
instruction has a rule here, or is refused; :func:`over_examples` is the whole transformation.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from math import prod
from typing import Any, TypeAlias

from sympy import Integer

from ..algebra import dimension
from ..algebra.nodes import is_index
from ..errors import CompileError
from ..language.names import name_key
from .builder import Builder
from .module import More, Part, Task
from .names import ascii_name, identifier
from .passes import optimise
from .program import EACH, Dims, Input, Program, Value

#: What the number of examples may be called: the first that is no size and no variable.
LETTERS = ("B", "N", "batch", "examples")
Rule: TypeAlias = "Callable[[Examples, Value], Value]"
RULES: dict[str, Rule] = {}


def maps(*ops: str) -> Callable[[Rule], Rule]:
    """The function below computes these instructions for all examples, where an operand is moving."""

    def enter(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, rule))
        return rule

    return enter


# ---------------------------------------------------------------- the task
def over_task(task: Task) -> Task:
    """The task as its functions are documented and checked: every moving array has the axis of the examples.

    ``task.options.batch`` names what moves. Raises CompileError for a name that is no array here.
    """
    moving = [_named(task, name) for name in task.options.batch]
    taken = {str(size) for one in (*task.inputs, *task.spare) for s in one.declared for size in s.free_symbols}
    taken |= {one.name for one in (*task.inputs, *task.spare)}
    lead: Dims = (dimension(next(letter for letter in LETTERS if letter not in taken)),)
    symbols = frozenset(one.symbol for one in moving)
    names = {one.name for one in moving}
    more = {}
    for name, function in task.more.items():  # a direction moves with its variable
        turned = [d for d, by in zip(function.directions, function.parts, strict=False) if by in names]
        symbols |= {one.symbol for one in turned}
        directions = tuple(with_axis(one, symbols, lead) for one in function.directions)
        more[name] = More(_parts(function.parts, lead), directions, function.summary)
    return replace(
        task,
        parts=_parts(task.parts, lead),
        inputs=tuple(with_axis(one, symbols, lead) for one in task.inputs),
        more=more,
        example=task,
        lead=lead,
        moving=symbols,
    )


def _named(task: Task, name: str) -> Input:
    for one in task.inputs:
        if name_key(name) in {name_key(spelt) for spelt in (one.name, identifier(one.name), ascii_name(one.name))}:
            if is_index(one.symbol):
                raise CompileError(f"{name} is an index, and one for all examples")
            return one
    inputs = ", ".join(one.name for one in task.inputs)
    raise CompileError(f"there is no input {name!r} to batch over", hint=f"the inputs are: {inputs}")


def _parts(parts: Mapping[str, Part], lead: Dims) -> dict[str, Part]:
    return {key: replace(part, dims=(*lead, *part.dims)) for key, part in parts.items()}


def with_axis(one: Input, moving: Collection[Any], lead: Dims) -> Input:
    """The input, with the axis of the examples if it moves."""
    return replace(one, declared=(*lead, *one.declared)) if one.symbol in moving else one


# ---------------------------------------------------------------- the program
def over_examples(program: Program, task: Task, passes: Collection[str]) -> Program:
    """The optimised program of all examples.

    Matrices are factored last: one that is shared is factored once for all examples, those that move are left to the
    library, which takes stacks of them. An example is taken as a whole, not in blocks of rows. Raises CompileError
    where an instruction has no array code for all examples.
    """
    one = optimise(program, set(passes) - {"factor", "blocks", "blas", "vdot"}, task.without)
    inputs = tuple(with_axis(i, task.moving, task.lead) for i in one.inputs)
    examples = Examples(Builder(inputs, task.guesses), {i.symbol: i for i in inputs}, task)
    for value in one.instructions:
        examples.add(value)
    new = examples.new
    outputs = {name: examples.full(value) for name, value in one.outputs.items()}
    names, hints = ({new[v]: name for v, name in table.items() if v in new} for table in (one.names, one.hints))
    return optimise(Program(outputs, inputs, names, hints), set(passes) & {"factor"}, task.without)


class Examples:
    """The new value of every instruction so far, and which of them are moving."""

    def __init__(self, b: Builder, inputs: Mapping[Any, Input], task: Task) -> None:
        self.b, self.lead, self._inputs = b, task.lead, inputs
        self.new: dict[Value, Value] = {}
        self.moving: set[Value] = set()
        self._given = task.moving

    def add(self, value: Value) -> None:
        """Compute an instruction for all examples."""
        if value.op == "input":
            symbol = value.attributes[0]
            self.new[value] = self.b.input(self._inputs[symbol])
            if symbol in self._given:
                self.moving.add(value)
        elif value.op == "size":  # of an axis that now has another before it
            (array,), (axis,) = value.operands, value.attributes
            self.new[value] = self.b.size_of(self.new[array], axis + (array in self.moving))
        elif self.moving.isdisjoint(value.operands):
            self.new[value] = self.b.make(
                value.op, [self.new[v] for v in value.operands], value.attributes, value.shape
            )
        elif value.op in RULES:
            self.new[value] = RULES[value.op](self, value)
            self.moving.add(value)
        else:
            raise _refusal(value)

    def shape(self, value: Value) -> Dims:
        """The shape of all examples of it."""
        return (*self.lead, *value.shape)

    def lifted(self, value: Value, rank: int) -> Value:
        """The array, to broadcast against arrays that have so many axes in one example."""
        array = self.new[value]
        if value in self.moving:
            for _ in range(rank - value.rank):
                array = self.b.expand(array, 1)
        return array

    def full(self, value: Value, rank: int | None = None) -> Value:
        """The array of all examples; what is shared is repeated."""
        rank = value.rank if rank is None else rank
        shape = (Integer(1),) * (rank - value.rank) + value.shape
        array = self.lifted(value, rank)
        if value not in self.moving:
            for _ in range(rank - value.rank):
                array = self.b.expand(array, 0)
            array = self.b.broadcast(array, (*self.lead, *shape))
        return array

    def einsum(self, subscripts: str, *values: Value) -> Value:
        """The sum of products for every example; transposed arrays are read where they are."""
        before, after = subscripts.split("->")
        letter = next(c for c in "bBnNzZ" if c not in subscripts)
        arrays, names = [], []
        for value, axes in zip(values, before.split(","), strict=True):
            array, own = self.new[value], letter * (value in self.moving) + axes
            if array.op == "transpose":
                own = "".join(c for _, c in sorted(zip(array.attributes[0], own, strict=True)))
                array = array.operands[0]
            arrays.append(array)
            names.append(own)
        return self.b.einsum(f"{','.join(names)}->{letter}{after}", *arrays)


def _refusal(value: Value) -> CompileError:
    op = {"matrix_function": "{} of a matrix", "frechet_matrix": "the Fréchet derivative of {}"}.get(value.op, value.op)
    if value.op == "call":
        op = f"{value.attributes[0].name}, a function of the caller's of a vector or matrix,"
    return CompileError(
        f"there is no array operation for {op.format(*value.attributes)} that takes all examples at once",
        hint="the targets jax and torch batch it by vmap; or call the function without batch for every example",
    )


# ---------------------------------------------------------------- entry by entry
@maps(
    "add", "subtract", "multiply", "divide", "negative", "power", "maximum", "minimum", "xlogy", "apply", "conjugate",
    "real",
)  # fmt: skip
def _entrywise(e: Examples, value: Value) -> Value:
    return e.b.make(value.op, [e.lifted(v, value.rank) for v in value.operands], value.attributes, e.shape(value))


@maps("call")
def _call(e: Examples, value: Value) -> Value:
    if value.attributes[0].kind != "elementwise":
        raise _refusal(value)
    return _entrywise(e, value)


# ---------------------------------------------------------------- what takes stacks of matrices as it is
@maps("inverse", "det", "logdet", "cholesky", "pinv", "triangle", "part", "vech")
def _stacked(e: Examples, value: Value) -> Value:
    return e.b.make(value.op, [e.new[v] for v in value.operands], value.attributes, e.shape(value))


@maps("eigh", "svd")
def _decomposition(e: Examples, value: Value) -> Value:
    return e.b.make(value.op, [e.new[v] for v in value.operands], value.attributes, ())


@maps("divided_differences", "second_divided_differences")
def _differences(e: Examples, value: Value) -> Value:
    return e.b.make(value.op, [e.lifted(v, 1) for v in value.operands], value.attributes, e.shape(value))


@maps("matrix_power")
def _matrix_power(e: Examples, value: Value) -> Value:
    matrix, exponent = value.operands
    if exponent in e.moving:
        raise _refusal(value)
    return e.b.matrix_power(e.new[matrix], e.new[exponent])


@maps("matrix_function")
def _matrix_function(e: Examples, value: Value) -> Value:
    """SciPy's expm takes stacks; its other functions take one matrix."""
    if value.attributes != ("expm",):
        raise _refusal(value)
    return _stacked(e, value)


@maps("solve")
def _solve(e: Examples, value: Value) -> Value:
    """A⁻¹b_i of a shared A is one system with all b_i as columns; else the stack of the systems."""
    matrix, right = value.operands
    b, array = e.b, e.new[right]
    if matrix in e.moving:
        column = b.expand(array, array.rank) if right.rank == 1 else array
        shape = (*e.lead, matrix.shape[0], column.shape[-1])
        solved = b.make("solve", (e.new[matrix], column), (), shape)
        return b.reshape(solved, e.shape(value)) if right.rank == 1 else solved
    if right.rank == 1:
        return b.transpose(b.solve(e.new[matrix], b.transpose(array)))
    n, k = right.shape
    columns = b.reshape(b.transpose(array, (1, 0, 2)), (n, prod((*e.lead, k))))
    solved = b.reshape(b.solve(e.new[matrix], columns), (n, *e.lead, k))
    return b.transpose(solved, (1, 0, 2))


# ---------------------------------------------------------------- products
@maps("matmul")
def _matmul(e: Examples, value: Value) -> Value:
    """Wx_i of a shared W is XWᵀ, W_i x of a shared x a product of the stack, W_i x_i an einsum."""
    left, right = value.operands
    b, both = e.b, left in e.moving and right in e.moving
    if left.rank == 1:
        if both or right.rank > 1:
            return e.einsum("i,i->" if right.rank == 1 else "i,ij->j", left, right)
        return b.matmul(*(e.new[v] for v in (value.operands if left in e.moving else (right, left))))
    if right.rank == 1:
        if right not in e.moving:
            return b.make("matmul", (e.new[left], e.new[right]), (), e.shape(value))
        if left.rank == 2 and not both:
            return b.matmul(e.new[right], b.transpose(e.new[left]))
        return e.einsum("ij,j->i" if left.rank == 2 else "hij,j->hi", left, right)
    rank = max(left.rank, right.rank)
    return b.make("matmul", (e.lifted(left, rank), e.lifted(right, rank)), (), e.shape(value))


@maps("inner")
def _inner(e: Examples, value: Value) -> Value:
    axes = "ijklmp"[: value.operands[0].rank]
    return e.einsum(f"{axes},{axes}->", *value.operands)


@maps("outer")
def _outer(e: Examples, value: Value) -> Value:
    """u_i v_iᵀ as a column times a row."""
    u, v = value.operands
    column = e.new[u]
    for _ in range(v.rank):
        column = e.b.expand(column, column.rank)
    return e.b.multiply(column, e.lifted(v, value.rank))


@maps("kron")
def _kron(e: Examples, value: Value) -> Value:
    left, right = value.operands
    axes = ("ik", "jl", "ijkl") if left.rank == 2 else ("i", "j", "ij")
    return e.b.reshape(e.einsum(f"{axes[0]},{axes[1]}->{axes[2]}", left, right), e.shape(value))


@maps("einsum")
def _einsum(e: Examples, value: Value) -> Value:
    return e.einsum(value.attributes[0], *value.operands)


# ---------------------------------------------------------------- reductions
@maps("sum", "max")
def _reduction(e: Examples, value: Value) -> Value:
    (a,), (axis,) = value.operands, value.attributes
    if axis is None:
        axis = tuple(range(1, a.rank + 1)) if a.rank > 1 else 1
        return e.b.make(value.op, (e.new[a],), (axis,), e.lead) if a.rank else e.new[a]
    return e.b.make(value.op, (e.new[a],), (axis + 1,), e.shape(value))


@maps("trace")
def _trace(e: Examples, value: Value) -> Value:
    return e.einsum("ii->", *value.operands)


# ---------------------------------------------------------------- rearrangements
@maps("transpose")
def _transpose(e: Examples, value: Value) -> Value:
    return e.b.transpose(e.new[value.operands[0]], (0, *(k + 1 for k in value.attributes[0])))


@maps("reshape")
def _reshape(e: Examples, value: Value) -> Value:
    """Column by column is row by row with the axes reversed, before and after."""
    b, a = e.b, e.new[value.operands[0]]
    if value.attributes[0] == "C":
        return b.reshape(a, e.shape(value))
    turned = b.reshape(b.transpose(a, _reversed(a.rank)), (*e.lead, *reversed(value.shape)))
    return b.transpose(turned, _reversed(value.rank + 1))


def _reversed(rank: int) -> tuple[int, ...]:
    return (0, *range(rank - 1, 0, -1))


@maps("expand")
def _expand(e: Examples, value: Value) -> Value:
    array = e.new[value.operands[0]]
    for axis in value.attributes[0]:
        array = e.b.expand(array, axis + 1)
    return array


@maps("broadcast")
def _broadcast(e: Examples, value: Value) -> Value:
    return e.b.broadcast(e.lifted(value.operands[0], value.rank), e.shape(value))


@maps("take", "every", "slice")
def _entries(e: Examples, value: Value) -> Value:
    array, *bounds = value.operands
    axis, *ends = value.attributes
    if array not in e.moving or not e.moving.isdisjoint(bounds):
        raise _refusal(value)
    return e.b.make(value.op, [e.new[v] for v in value.operands], (axis + 1, *ends), e.shape(value))


@maps("diagonal")
def _diagonal(e: Examples, value: Value) -> Value:
    return e.b.make("diagonal", (e.new[value.operands[0]],), EACH, e.shape(value))


@maps("argmax")
def _argmax(e: Examples, value: Value) -> Value:
    return e.b.make("argmax", (e.new[value.operands[0]],), EACH, e.shape(value))


@maps("diag")
def _diag(e: Examples, value: Value) -> Value:
    return e.b.spread(e.new[value.operands[0]], "bii->bi", e.shape(value))


@maps("spread")
def _spread(e: Examples, value: Value) -> Value:
    pattern = _with_letter(value.attributes[0])
    array = e.lifted(value.operands[0], len(pattern.split("->")[1]) - 1)
    return e.b.spread(array, pattern, e.shape(value))


@maps("add_on_diagonal")
def _add_on_diagonal(e: Examples, value: Value) -> Value:
    whole, added = value.operands
    pattern = _with_letter(value.attributes[0])
    return e.b.add_on_diagonal(e.full(whole), e.lifted(added, len(pattern.split("->")[1]) - 1), pattern)


def _with_letter(pattern: str) -> str:
    letter = next(c for c in "bBnNzZ" if c not in pattern)
    return letter + pattern.replace("->", f"->{letter}")


@maps("block")
def _block(e: Examples, value: Value) -> Value:
    rows, cols = value.attributes
    return e.b.block(rows, cols, [e.full(part, 2) for part in value.operands], e.shape(value))


@maps("concatenate")
def _concatenate(e: Examples, value: Value) -> Value:
    return e.b.make("concatenate", [e.full(part, 1) for part in value.operands], (), e.shape(value))


__all__ = ["over_examples", "over_task", "with_axis"]
