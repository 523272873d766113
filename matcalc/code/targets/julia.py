"""Julia, with LinearAlgebra, and SpecialFunctions where it is needed.

Arrays have the axes of the program's arrays, from 1; broadcasting aligns the first axes, not the last, so that an
operand with fewer axes gets some in front.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..names import identifier
from ..program import Value
from .broadcasting import Product
from .target import Scope
from .text import ADD, ATOM, MUL, NEG, POW, Row, Text, TextTarget, fill, helpers_of, in_need, listed

if TYPE_CHECKING:
    from ..module import Function, Signature, Task

# fmt: off
#: Instruction → how tightly it binds, and the expression of its operands a, b, c.
JULIA: dict[str, Row] = {
    "negative":     (NEG,  "-{a:9}"),
    "floor_divide": (MUL,  "{a:7} ÷ {b:8}"),
    "outer":        (MUL,  "{a:7} * transpose({b:0})"),
    "kron":         (ATOM, "kron({a:0}, {b:0})"),
    "inner":        (ATOM, "dot({a:0}, {b:0})"),
    "trace":        (ATOM, "tr({a:0})"),
    "vech":         (ATOM, "vech({a:0})"),
    "duplication":  (ATOM, "duplication({a:0})"),
    "elimination":  (ATOM, "elimination({a:0})"),
    "conjugate":    (ATOM, "conj({a:0})"),
    "real":         (ATOM, "real({a:0})"),
    "argmax":       (ATOM, "largest_entry({a:0})"),
    "solve":        (MUL,  "{a:7} \\ {b:8}"),
    "inverse":      (ATOM, "inv({a:0})"),
    "det":          (ATOM, "det({a:0})"),
    "logdet":       (ATOM, "logabsdet({a:0})[1]"),
    "cholesky":     (ATOM, "cholesky(Symmetric({a:0})).L"),
    "pinv":         (ATOM, "pinv({a:0}; rtol = 1e-12)"),
    "eigh":         (ATOM, "eigen(Symmetric({a:0}))"),
    "svd":          (ATOM, "svd({a:0})"),
    "diagonal":     (ATOM, "diag({a:0})"),
    "diag":         (ATOM, "diagm({a:0})"),
    "eye":          (ATOM, "Matrix(1.0I, {a:0}, {a:0})"),
}
#: Known function of one number → how tightly it binds, and the expression of its argument z; of an array with dots.
FUNCTIONS: dict[str, Row] = {
    **{name: (ATOM, name + "@({z:0})") for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "erf",
        "gamma", "digamma", "trigamma", "softplus", "sigmoid",
    )},
    "arcsin":       (ATOM, "asin@({z:0})"),
    "arccos":       (ATOM, "acos@({z:0})"),
    "arctan":       (ATOM, "atan@({z:0})"),
    "arcsinh":      (ATOM, "asinh@({z:0})"),
    "step":         (ATOM, "step@({z:0})"),
    "leaky_step":   (ATOM, "leaky_step@({z:0})"),
    "Phi":          (MUL,  "erfc@(-{z:9} / sqrt(2)) / 2"),
    "lgamma":       (ATOM, "first@(logabsgamma@({z:0}))"),
}
#: Entry by entry: with a dot where an array is met.
ENTRYWISE: dict[str, Row] = {
    "add":          (ADD,  "{a:6} @+ {b:7}"),
    "subtract":     (ADD,  "{a:6} @- {b:7}"),
    "multiply":     (MUL,  "{a:7} @* {b:8}"),
    "divide":       (MUL,  "{a:7} @/ {b:8}"),
    "power":        (POW,  "{a:10} @^ {b:10}"),
    "maximum":      (ATOM, "max@({a:0}, {b:0})"),
    "minimum":      (ATOM, "min@({a:0}, {b:0})"),
    "xlogy":        (ATOM, "xlogy@({a:0}, {b:0})"),
}
#: Part of a decomposition → the field of Julia's.
FIELDS = {"eigenvalues": "values", "eigenvectors": "vectors", "U": "U", "S": "S", "Vh": "Vt"}
#: Function of a matrix → Julia's, which is that of numbers.
MATRIX_FUNCTIONS = {f"{name}m": name for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")}
# fmt: on


def dotted(row: Row, is_array: bool) -> Row:
    return row[0], row[1].replace("@", "." if is_array else "")


# ---------------------------------------------------------------- axes
def turned(a: Text, rank: int) -> Text:
    """The axes in reverse order."""
    if rank < 2:
        return a
    if a.turned is not None:
        return a.turned
    if rank == 2:
        return Text(f"transpose({a.text})", ATOM, turned=a)
    return Text(f"permutedims({a.text}, {_tuple([*range(rank, 0, -1)])})", ATOM, turned=a)


def _tuple(numbers: Sequence[int]) -> str:
    return f"({numbers[0]},)" if len(numbers) == 1 else f"({', '.join(map(str, numbers))})"


def permuted(a: Text, axes: Sequence[int]) -> Text:
    """The axes in this order, from 0."""
    if list(axes) == [*range(len(axes))]:
        return a
    if list(axes) == [*range(len(axes) - 1, -1, -1)]:
        return turned(a, len(axes))
    return Text(f"permutedims({a.text}, {_tuple([k + 1 for k in axes])})")


def placed(a: Text, present: Sequence[bool]) -> Text:
    """The array with axes of length 1 where it has none; those at the end need not be there."""
    last = max((k for k, has in enumerate(present) if has), default=-1)
    new = [k + 1 for k, has in enumerate(present) if not has and k < last]
    return Text(f"with_axes({a.text}, {_tuple(new)})") if new else a


def aligned(a: Text, rank: int, to: int) -> Text:
    """An operand among arrays of more axes: its own are the last ones."""
    if rank in (0, to):
        return a
    return Text(f"transpose({a.text})") if (rank, to) == (1, 2) else placed(a, [k >= to - rank for k in range(to)])


def _entrywise(op: str) -> Callable[..., Text]:
    def write(scope: Scope, value: Value, a: Text, b: Text) -> Text:
        left, right = (aligned(x, v.rank, value.rank) for x, v in zip((a, b), value.operands, strict=True))
        made = fill(dotted(ENTRYWISE[op], value.rank > 0), a=left, b=right)
        if op == "subtract" and b.text == "1" and not value.rank:
            return Text(made.text, made.binds, plus_one=a)
        return made

    return write


def _expand(scope: Scope, value: Value, a: Text) -> Text:
    return Text(f"with_axes({a.text}, {_tuple([k + 1 for k in value.attributes[0]])})")


def _reshape(scope: Scope, value: Value, a: Text, *sizes: Text) -> Text:
    """Rows first: the axes are turned around, reshaped, and turned back."""
    inside = turned(a, value.operands[0].rank)
    if not value.rank:
        return Text(f"only({a.text})")
    if value.rank == 1:
        return Text(f"vec({inside.text})")
    return turned(Text(f"reshape({inside.text}, {listed(sizes[::-1])})"), value.rank)


def _broadcast(scope: Scope, value: Value, a: Text, *sizes: Text) -> Text:
    if not value.operands[0].rank:
        return Text(f"fill(float({a.text}), {listed(sizes)})")
    zeros = Text(f"zeros({listed(sizes)})")
    return fill((ADD, "{a:6} .+ {b:7}"), a=aligned(a, value.operands[0].rank, value.rank), b=zeros)


def _reduction(name: str) -> Callable[..., Text]:
    def write(scope: Scope, value: Value, a: Text) -> Text:
        axis = value.attributes[0]
        if axis is None or value.operands[0].rank == 1:
            return Text(f"{name}({a.text})")
        return Text(f"dropdims({name}({a.text}; dims = {axis + 1}); dims = {axis + 1})")

    return write


def _matmul(scope: Scope, value: Value, a: Text, b: Text) -> Text:
    left, right = (v.rank for v in value.operands)
    if max(left, right) > 2:
        return Text(f"stacked_product({a.text}, {b.text})")
    return fill((MUL, "transpose({a:0}) * {b:8}" if left == 1 else "{a:7} * {b:8}"), a=a, b=b)


def _einsum(scope: Scope, value: Value, *operands: Text) -> Text:
    product = Product.of(value)
    factors = [
        placed(permuted(a, order), present)
        for a, order, present in zip(operands, product.orders, product.present, strict=True)
    ]
    made = factors[0]
    for factor in factors[1:]:
        made = fill((MUL, "{a:7} .* {b:8}"), a=made, b=factor)
    kept, axes = Product.kept(value), len(product.letters)
    if not kept:
        return Text(f"sum({made.text})")
    if kept == axes:
        return made
    dims = _tuple([*range(kept + 1, axes + 1)])
    return Text(f"dropdims(sum({made.text}; dims = {dims}); dims = {dims})")


# ---------------------------------------------------------------- parts of arrays
def _after(index: Text, number: Value) -> str:
    """The index from 1 of one from 0; −1 is the last."""
    if number.op == "number":
        k = int(number.attributes[0])
        return str(k + 1) if k >= 0 else "end" if k == -1 else f"end - {-k - 1}"
    return index.plus_one.text if index.plus_one else f"{index.inside(ADD)} + 1"


def _indexed(value: Value, a: Text, part: str) -> Text:
    axis, rank = value.attributes[0], value.operands[0].rank
    return Text(f"{a.inside(ATOM)}[{', '.join(part if k == axis else ':' for k in range(rank))}]")


def _slice(scope: Scope, value: Value, a: Text, start: Text, stop: Text) -> Text:
    _, from_first, to_last = value.attributes
    first = "1" if from_first else _after(start, value.operands[1])
    return _indexed(value, a, f"{first}:{'end' if to_last else stop.inside(ADD)}")


def _on_diagonal(pattern: str, size: Callable[[int], Text], array: Value, node: Text) -> Text:
    """The array where the indices of the pattern agree, 0 elsewhere."""
    made: Text | None = None
    for letter in dict.fromkeys(pattern):
        for p, q in pairwise([k for k, c in enumerate(pattern) if c == letter]):
            eye = Text(f"Matrix(1.0I, {size(p).text}, {size(p).text})")
            one = placed(eye, [k in (p, q) for k in range(len(pattern))])
            made = one if made is None else fill((MUL, "{a:7} .* {b:8}"), a=made, b=one)
    assert made is not None
    letters = list(dict.fromkeys(pattern))
    has = letters[len(letters) - array.rank :] if array.rank else []
    spread = placed(node, [c in has and pattern.index(c) == k for k, c in enumerate(pattern)]) if array.rank else node
    return fill((MUL, "{a:7} .* {b:8}"), a=made, b=spread)


def _spread(scope: Scope, value: Value, a: Text, *sizes: Text) -> Text:
    pattern = value.attributes[0].split("->")[0]
    made = _on_diagonal(pattern, lambda k: sizes[k], value.operands[0], a)
    return fill((ADD, "{a:6} .+ {b:7}"), a=made, b=Text(f"zeros({listed(sizes)})"))


def _add_on_diagonal(scope: Scope, value: Value, a: Text, b: Text) -> Text:
    made = _on_diagonal(
        value.attributes[0].split("->")[0],
        lambda k: Text(f"size({a.text}, {k + 1})"),
        value.operands[1],
        b,
    )
    return fill((ADD, "{a:6} .+ {b:7}"), a=a, b=made)


def _block(scope: Scope, value: Value, *parts: Text) -> Text:
    rows, cols = value.attributes
    whole = [
        Text(f"transpose({a.text})") if v.rank == 1 else Text(a.inside(ATOM))
        for v, a in zip(value.operands, parts, strict=True)
    ]
    return Text("[" + "; ".join(listed(whole[i * cols : (i + 1) * cols], " ") for i in range(rows)) + "]")


def _filled(name: str) -> Callable[..., Text]:
    return lambda scope, value, *sizes: Text(f"{name}({listed(sizes)})" if sizes else f"{name}()[]")


def _matrix_power(scope: Scope, value: Value, a: Text, k: Text) -> Text:
    whole = value.operands[1].op in ("number", "size")
    return fill((POW, "{a:10} ^ {k:10}" if whole else "{a:10} ^ Int({k:0})"), a=a, k=k)


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., Text]] = {
    **{op: _entrywise(op) for op in ENTRYWISE},
    "matmul": _matmul,
    "matrix_power": _matrix_power,
    "einsum": _einsum,
    "sum": _reduction("sum"),
    "max": _reduction("maximum"),
    "part": lambda scope, value, a: Text(f"{a.inside(ATOM)}.{FIELDS[value.attributes[0]]}"),
    "matrix_function": lambda scope, value, a: Text(f"{MATRIX_FUNCTIONS[value.attributes[0]]}({a.text})"),
    "divided_differences": lambda scope, value, *given: Text(f"divided_differences({listed(given)})"),
    "second_divided_differences": lambda scope, value, *given: Text(f"second_divided_differences({listed(given)})"),
    "frechet_matrix": lambda scope, value, a: Text(
        f"frechet_matrix({MATRIX_FUNCTIONS[value.attributes[0]]}, {a.text})"
    ),
    "transpose": lambda scope, value, a: permuted(a, value.attributes[0]),
    "reshape": _reshape,
    "expand": _expand,
    "broadcast": _broadcast,
    "triangle": lambda scope, value, a: Text(f"{'tril' if value.attributes[0] else 'triu'}({a.text})"),
    "take": lambda scope, value, a, index: _indexed(value, a, _after(index, value.operands[1])),
    "every": lambda scope, value, a, step: _indexed(value, a, f"1:{step.inside(ADD)}:end"),
    "slice": _slice,
    "spread": _spread,
    "add_on_diagonal": _add_on_diagonal,
    "block": _block,
    "concatenate": lambda scope, value, *parts: Text(f"[{listed(parts, '; ')}]"),
    "ones": _filled("ones"),
    "zeros": _filled("zeros"),
    "size": lambda scope, value, a: Text(f"size({a.text}, {value.attributes[0] + 1})"),
}
HELPERS = helpers_of("julia_runtime.jl", r"function (\w+)\(")
#: Functions of the package SpecialFunctions.
SPECIAL_FUNCTIONS = ("erf", "erfc", "gamma", "digamma", "trigamma", "logabsgamma")
#: Words of the language, functions that the code calls, and names that the module has.
WORDS = """
baremodule begin break catch const continue do else elseif end export false finally for function global if import let
local macro module quote return struct true try using while in isa where abstract mutable primitive type as
I pi Int Matrix Symmetric Derivative LinearAlgebra SpecialFunctions
exp log log1p expm1 sqrt sin cos tan asin acos atan asinh sinh cosh tanh abs sign max min sum maximum first only float
fill size zeros ones vec reshape permutedims transpose dropdims kron dot tr det inv logabsdet cholesky pinv eigen svd
diag diagm tril triu conj real value gradient jacobian hessian hvp gauss_newton value_and_gauss_newton
value_and_gradient value_and_jacobian value_and_hessian
"""


class Julia(TextTarget):
    """A Julia module."""

    name = "julia"
    folder = "julia"
    template = "module.jl.jinja"
    comment = "#"
    rows = JULIA
    special = SPECIAL
    functions = FUNCTIONS
    reserved = frozenset(WORDS.split()) | frozenset(HELPERS) | frozenset(SPECIAL_FUNCTIONS)

    def identifier(self, name: str) -> str:
        return identifier(name)

    def applied(self, scope: Scope, value: Value, z: Text) -> Text:
        return fill(dotted(self._function(value), value.rank > 0), z=z)

    def fresh(self, value: Value, node: Text, shared: bool) -> Text:
        """An array of the caller's own, and numbers as floats."""
        if value.op == "number":
            return Text(f"float({node.text})")
        return Text(f"copy({node.text})") if value.rank and shared else node

    def assign(self, name: str, node: Text) -> str:
        return f"{name} = {node.text}"

    def unpack(self, names: Sequence[str], array: Text) -> str:
        return f"{', '.join(names)} = size({array.text})"

    def results(self, task: Task, results: Mapping[str, Text]) -> list[str]:
        parts = {key: node for key, node in results.items() if key != "value"}
        if task.is_joint:
            fields = ", ".join(f"{self.identifier(k.replace(',', '_'))} = {node.text}" for k, node in parts.items())
            whole = [f"({fields},)"] if parts else []
        else:
            whole = [node.text for node in parts.values()]
        value = [results["value"].text] if "value" in results else []
        return [f"return {', '.join([*value, *whole])}"]

    def signature(self, name: str, task: Task, signature: Signature, callables: Sequence[str]) -> str:
        arguments = ", ".join(signature.arrays.values())
        return f"{name}({arguments}{'; ' + ', '.join(callables) if callables else ''})"

    def module(self, task: Task, signature: Signature, functions: Sequence[Function], docs: Mapping[str, Any]) -> str:
        text = "\n".join(line for function in functions for line in function.body)
        special = [name for name in SPECIAL_FUNCTIONS if re.search(rf"(?<!\w){name}\.?\(", text)]
        return super().module(task, signature, functions, {**docs, "special": special})

    def helpers_in(self, text: str) -> list[str]:
        return in_need(text.replace(".(", "("), HELPERS)
