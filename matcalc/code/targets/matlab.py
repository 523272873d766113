"""MATLAB and GNU Octave: a file whose function returns handles to the value, the derivative and both.

A vector is a column. Axes of length 1 at the end of an array are not there, and elsewhere arrays expand, so that
broadcasting only has to align the axes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..program import Value
from .broadcasting import Product
from .target import Code, Scope
from .text import ADD, ATOM, MUL, NEG, POW, Row, Text, TextTarget, fill, helpers_of, in_need, listed, permutation

if TYPE_CHECKING:
    from ..emitter import Emitter
    from ..module import Signature, Task

# fmt: off
#: Instruction → how tightly it binds, and the expression of its operands a, b, c.
MATLAB: dict[str, Row] = {
    "negative":     (NEG,  "-{a:9}"),
    "floor_divide": (MUL,  "{a:7} / {b:8}"),
    "xlogy":        (ATOM, "xlogy({a:0}, {b:0})"),
    "outer":        (MUL,  "{a:7} * {b:10}.'"),
    "kron":         (ATOM, "kron({a:0}, {b:0})"),
    "trace":        (ATOM, "trace({a:0})"),
    "vech":         (ATOM, "vech({a:0})"),
    "duplication":  (ATOM, "duplication({a:0})"),
    "elimination":  (ATOM, "elimination({a:0})"),
    "conjugate":    (ATOM, "conj({a:0})"),
    "real":         (ATOM, "real({a:0})"),
    "argmax":       (ATOM, "largest_entry({a:0})"),
    "solve":        (MUL,  "{a:7} \\ {b:8}"),
    "inverse":      (ATOM, "inv({a:0})"),
    "det":          (ATOM, "det({a:0})"),
    "logdet":       (ATOM, "logdet({a:0})"),
    "cholesky":     (ATOM, "chol({a:0}, \"lower\")"),
    "pinv":         (ATOM, "pseudo_inverse({a:0})"),
    "diagonal":     (ATOM, "diag({a:0})"),
    "diag":         (ATOM, "diag({a:0})"),
    "eye":          (ATOM, "eye({a:0})"),
    "matrix_power": (POW,  "{a:10} ^ {b:10}"),
}
#: Known function of one number → how tightly it binds, and the expression of its argument z.
FUNCTIONS: dict[str, Row] = {
    **{name: (ATOM, name + "({z:0})") for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign", "erf",
        "gamma",
    )},
    "arcsin":       (ATOM, "asin({z:0})"),
    "arccos":       (ATOM, "acos({z:0})"),
    "arctan":       (ATOM, "atan({z:0})"),
    "arcsinh":      (ATOM, "asinh({z:0})"),
    "step":         (ATOM, "double({z:6} > 0)"),
    "leaky_step":   (ADD,  "0.01 + 0.99 * ({z:6} > 0)"),
    "softplus":     (ATOM, "softplus({z:0})"),
    "sigmoid":      (MUL,  "1 ./ (1 + exp(-{z:9}))"),
    "Phi":          (MUL,  "erfc(-{z:9} / sqrt(2)) / 2"),
    "lgamma":       (ATOM, "gammaln({z:0})"),
    "digamma":      (ATOM, "psi({z:0})"),
    "trigamma":     (ATOM, "psi(1, {z:0})"),
}
#: Between arrays, entry by entry.
ENTRYWISE: dict[str, Row] = {
    "add":          (ADD,  "{a:6} + {b:7}"),
    "subtract":     (ADD,  "{a:6} - {b:7}"),
    "multiply":     (MUL,  "{a:7} .* {b:8}"),
    "divide":       (MUL,  "{a:7} ./ {b:8}"),
    "power":        (POW,  "{a:10} .^ {b:10}"),
    "maximum":      (ATOM, "max({a:0}, {b:0})"),
    "minimum":      (ATOM, "min({a:0}, {b:0})"),
}
#: The same where one of the two is a number.
WITH_NUMBER: dict[str, Row] = {
    "multiply":     (MUL,  "{a:7} * {b:8}"),
    "divide":       (MUL,  "{a:7} / {b:8}"),
}
# fmt: on


# ---------------------------------------------------------------- axes
def permuted(a: Text, rank: int, places: Sequence[int | None]) -> Text:
    """The axes of an array in these places, with axes of length 1 where there is none."""
    order = permutation(max(rank, 1), places)
    while len(order) > max(rank, 2) and order[-1] == len(order):
        order.pop()
    if order in ([1], [1, 2]):
        return a
    if rank > 1 and order == [*range(rank, 0, -1)]:
        return turned(a, rank)
    if order == [2, 1]:
        return Text(f"{a.inside(ATOM)}.'", ATOM)
    return Text(f"permute({a.text}, {_vector(order)})")


def _vector(numbers: Sequence[int]) -> str:
    return "[" + " ".join(map(str, numbers)) + "]"


def turned(a: Text, rank: int) -> Text:
    """The axes in reverse order."""
    if rank < 2:
        return a
    if a.turned is not None:
        return a.turned
    text = f"{a.inside(ATOM)}.'" if rank == 2 else f"permute({a.text}, {_vector([*range(rank, 0, -1)])})"
    return Text(text, ATOM, turned=a)


def aligned(a: Text, rank: int, to: int) -> Text:
    """An operand among arrays of more axes: its own are the last ones."""
    if rank in (0, to):
        return a
    return permuted(a, rank, [*[None] * (to - rank), *range(rank)])


def _entrywise(op: str) -> Callable[..., Text]:
    def write(scope: Scope, value: Value, a: Text, b: Text) -> Text:
        ranks = [v.rank for v in value.operands]
        row = WITH_NUMBER.get(op) if 0 in ranks[(op == "divide") :] else None
        made = fill(row or ENTRYWISE[op], a=aligned(a, ranks[0], value.rank), b=aligned(b, ranks[1], value.rank))
        if op == "subtract" and b.text == "1" and not value.rank:
            return Text(made.text, made.binds, plus_one=a)
        return made

    return write


def _transpose(scope: Scope, value: Value, a: Text) -> Text:
    return permuted(a, value.rank, value.attributes[0])


def _expand(scope: Scope, value: Value, a: Text) -> Text:
    own = iter(range(value.operands[0].rank))
    return permuted(
        a, value.operands[0].rank, [None if k in value.attributes[0] else next(own) for k in range(value.rank)]
    )


def _reshape(scope: Scope, value: Value, a: Text, *sizes: Text) -> Text:
    """Rows first: the axes are turned around, reshaped, and turned back."""
    inside = turned(a, value.operands[0].rank)
    if not value.rank:
        return a
    if value.rank == 1:
        return Text(f"reshape({inside.text}, [], 1)")
    return turned(Text(f"reshape({inside.text}, {listed(sizes[::-1])})"), value.rank)


def _broadcast(scope: Scope, value: Value, a: Text, *sizes: Text) -> Text:
    zeros = _filled("zeros")(scope, value, *sizes)
    return fill((ADD, "{a:6} + {b:7}"), a=aligned(a, value.operands[0].rank, value.rank), b=zeros)


def _filled(name: str) -> Callable[..., Text]:
    def write(scope: Scope, value: Value, *sizes: Text) -> Text:
        return Text(f"{name}({listed(sizes) if len(sizes) > 1 else f'{sizes[0].text}, 1' if sizes else ''})")

    return write


# ---------------------------------------------------------------- reductions and products
def _total(name: str, a: Text, rank: int) -> Text:
    if rank > 2:
        return Text(f"{name}(reshape({a.text}, [], 1))")
    return Text(f"{name}({a.text})") if rank < 2 else Text(f"{name}({name}({a.text}))")


def _reduction(name: str) -> Callable[..., Text]:
    def write(scope: Scope, value: Value, a: Text) -> Text:
        axis, rank = value.attributes[0], value.operands[0].rank
        if axis is None or rank == 1:
            return _total(name, a, rank)
        reduced = Text(f"{name}({a.text}, {'[], ' if name == 'max' else ''}{axis + 1})")
        return permuted(reduced, rank, [k for k in range(rank) if k != axis] + [axis])

    return write


def _inner(scope: Scope, value: Value, a: Text, b: Text) -> Text:
    return _total("sum", fill((MUL, "{a:7} .* {b:8}"), a=a, b=b), value.operands[0].rank)


def _matmul(scope: Scope, value: Value, a: Text, b: Text) -> Text:
    left, right = (v.rank for v in value.operands)
    if max(left, right) > 2:
        return Text(f"stacked_product({a.text}, {b.text}, {left}, {right})")
    if left == 1:
        return fill((MUL, "{a:10}.' * {b:8}"), a=a, b=b)
    return fill((MUL, "{a:7} * {b:8}"), a=a, b=b)


def _einsum(scope: Scope, value: Value, *operands: Text) -> Text:
    product = Product.of(value)
    factors = []
    for v, a, order, present in zip(value.operands, operands, product.orders, product.present, strict=True):
        own = iter(order)
        factors.append(permuted(a, v.rank, [next(own) if has else None for has in present]))
    made = factors[0]
    for factor in factors[1:]:
        made = fill((MUL, "{a:7} .* {b:8}"), a=made, b=factor)
    for axis in range(len(product.letters), Product.kept(value), -1):
        made = Text(f"sum({made.text}, {axis})")
    return made


# ---------------------------------------------------------------- parts of arrays
def _indexed(emitter: Emitter, value: Value, part: str) -> tuple[Code, str]:
    """The array in a variable, for only a variable is indexed, and the index."""
    whole = emitter.operands(value)[0]
    if not whole.name:
        whole = emitter.store(emitter.wanted(value.operands[0]), whole.node)
    axis, rank = value.attributes[0], value.operands[0].rank
    if rank == 1:
        return whole, f"{whole.name}({part})"
    return whole, f"{whole.name}({', '.join(part if k == axis else ':' for k in range(rank))})"


def _after(index: Text, number: Value) -> str:
    """The index from 1 of one from 0; −1 is the last."""
    if number.op == "number":
        k = int(number.attributes[0])
        return str(k + 1) if k >= 0 else "end" if k == -1 else f"end - {-k - 1}"
    return index.plus_one.text if index.plus_one else f"{index.inside(ADD)} + 1"


def _take(emitter: Emitter, value: Value) -> Code:
    _, index = emitter.operands(value)
    whole, text = _indexed(emitter, value, _after(index.node, value.operands[1]))
    axis, rank = value.attributes[0], value.operands[0].rank
    node = Text(text) if rank == 1 else permuted(Text(text), rank, [k for k in range(rank) if k != axis] + [axis])
    return emitter.finish(value, node, [whole])


def _every(emitter: Emitter, value: Value) -> Code:
    step = emitter.operands(value)[1]
    whole, text = _indexed(emitter, value, f"1:{step.node.inside(ADD)}:end")
    return emitter.finish(value, Text(text), [whole])


def _slice(emitter: Emitter, value: Value) -> Code:
    _, start, stop = emitter.operands(value)
    _, from_first, to_last = value.attributes
    first = "1" if from_first else _after(start.node, value.operands[1])
    whole, text = _indexed(emitter, value, f"{first}:{'end' if to_last else stop.node.inside(ADD)}")
    return emitter.finish(value, Text(text), [whole])


def _mask(pattern: str, size: Callable[[int], Text]) -> Text:
    """1 where the indices of the pattern agree."""
    made: Text | None = None
    for letter in dict.fromkeys(pattern):
        for p, q in pairwise([k for k, c in enumerate(pattern) if c == letter]):
            places = [{p: 0, q: 1}.get(k) for k in range(len(pattern))]
            one = permuted(Text(f"eye({size(p).text})"), 2, places)
            made = one if made is None else fill((MUL, "{a:7} .* {b:8}"), a=made, b=one)
    assert made is not None
    return made


def _on_diagonal(pattern: str, size: Callable[[int], Text], array: Value, node: Text) -> Text:
    letters = list(dict.fromkeys(pattern))
    present = letters[len(letters) - array.rank :] if array.rank else []
    places = [present.index(c) if c in present and pattern.index(c) == k else None for k, c in enumerate(pattern)]
    spread = permuted(node, array.rank, places) if array.rank else node
    return fill((MUL, "{a:7} .* {b:8}"), a=_mask(pattern, size), b=spread)


def _spread(scope: Scope, value: Value, a: Text, *sizes: Text) -> Text:
    pattern, array = value.attributes[0].split("->")[0], value.operands[0]
    made = _on_diagonal(pattern, lambda k: sizes[k], array, a)
    lengths = dict(zip(pattern, value.shape, strict=True))
    if array.shape != tuple(lengths[c] for c in dict.fromkeys(pattern)):
        return fill((ADD, "{a:6} + {b:7}"), a=made, b=_filled("zeros")(scope, value, *sizes))
    return made


def _add_on_diagonal(emitter: Emitter, value: Value) -> Code:
    whole, array = emitter.operands(value)
    if not whole.name:
        whole = emitter.store(emitter.wanted(value.operands[0]), whole.node)
    pattern = value.attributes[0].split("->")[0]
    size = lambda k: Text(f"size({whole.name}, {k + 1})")  # noqa: E731
    made = _on_diagonal(pattern, size, value.operands[1], array.node)
    return emitter.finish(value, fill((ADD, "{a:6} + {b:7}"), a=whole.node, b=made), [whole, array])


def _block(scope: Scope, value: Value, *parts: Text) -> Text:
    rows, cols = value.attributes
    whole = [turned_row(a) if v.rank == 1 else a for v, a in zip(value.operands, parts, strict=True)]
    return Text("[" + "; ".join(listed(whole[i * cols : (i + 1) * cols]) for i in range(rows)) + "]")


def turned_row(a: Text) -> Text:
    return Text(f"{a.inside(ATOM)}.'", ATOM)


# ---------------------------------------------------------------- decompositions
def _decomposition(outputs: Sequence[str], command: str, parts: Mapping[str, str]) -> Callable[[Emitter, Value], Code]:
    """``[V, lambda] = eig(…)``: one statement with several results, and what its parts are."""

    def write(emitter: Emitter, value: Value) -> Code:
        (array,) = emitter.operands(value)
        names = {one: emitter.names.new(one) for one in outputs}
        emitter.statements.append(f"[{', '.join(names.values())}] = {command.format(array.node.text)};")
        found = {field: Text(text.format(**names)) for field, text in parts.items()}
        return Code(Text("", parts=found), 6, atom=True)

    return write


#: Instructions whose expression depends on their attributes or on how many operands there are.
SPECIAL: dict[str, Callable[..., Text]] = {
    **{op: _entrywise(op) for op in ENTRYWISE},
    "matmul": _matmul,
    "inner": _inner,
    "einsum": _einsum,
    "sum": _reduction("sum"),
    "max": _reduction("max"),
    "part": lambda scope, value, a: a.parts[value.attributes[0]],
    "matrix_function": lambda scope, value, a: Text(f"{value.attributes[0]}({a.text})"),
    "divided_differences": lambda scope, value, *given: Text(f"divided_differences({listed(given)})"),
    "second_divided_differences": lambda scope, value, *given: Text(f"second_divided_differences({listed(given)})"),
    "frechet_matrix": lambda scope, value, a: Text(f"frechet_matrix(@{value.attributes[0]}, {a.text})"),
    "transpose": _transpose,
    "reshape": _reshape,
    "expand": _expand,
    "broadcast": _broadcast,
    "triangle": lambda scope, value, a: Text(f"{'tril' if value.attributes[0] else 'triu'}({a.text})"),
    "spread": _spread,
    "block": _block,
    "concatenate": lambda scope, value, *parts: Text(f"[{listed(parts, '; ')}]"),
    "ones": _filled("ones"),
    "zeros": _filled("zeros"),
    "size": lambda scope, value, a: Text(f"size({a.text}, {value.attributes[0] + 1})"),
}
STATEMENTS = MappingProxyType(
    {
        "take": _take,
        "every": _every,
        "slice": _slice,
        "add_on_diagonal": _add_on_diagonal,
        "eigh": _decomposition(("V", "w"), 'eig({}, "vector")', {"eigenvalues": "{w}", "eigenvectors": "{V}"}),
        "svd": _decomposition(("U", "S", "V"), 'svd({}, "econ")', {"U": "{U}", "S": "diag({S})", "Vh": "{V}.'"}),
    }
)
HELPERS = helpers_of("matlab_runtime.m", r"function \w+ = (\w+)\(")
#: Words of the language, functions that the code calls, and names that the file has.
WORDS = """
break case catch classdef continue else elseif end for function global if otherwise parfor persistent return spmd
switch try while do until unwind_protect endif endfor endfunction endwhile ans pi eps Inf NaN NA i j e I J
sum max min exp log log1p expm1 sqrt sin cos tan asin acos atan asinh sinh cosh tanh abs sign erf erfc gamma gammaln psi
conj real trace inv det chol pinv diag eye ones zeros size permute reshape kron tril triu eig svd expm logm sqrtm
double logical norm lu true false error isequal nargin nargout varargin varargout
derivative functions value gradient jacobian hessian hvp gauss_newton value_and_gauss_newton
value_and_gradient value_and_jacobian value_and_hessian
f_out d_out
"""


class Matlab(TextTarget):
    """MATLAB, and GNU Octave."""

    name = "matlab"
    folder = "matlab"
    template = "module.m.jinja"
    comment = "%"
    rows = MATLAB
    special = SPECIAL
    statements = STATEMENTS
    functions = FUNCTIONS
    reserved = frozenset(WORDS.split()) | frozenset(HELPERS)

    def identifier(self, name: str) -> str:
        return super().identifier(name)[:60]

    def assign(self, name: str, node: Text) -> str:
        return f"{name} = {node.text};"

    def unpack(self, names: Sequence[str], array: Text) -> str:
        return f"[{', '.join(names)}] = size({array.text});"

    def results(self, task: Task, results: Mapping[str, Text]) -> list[str]:
        """The derivative is an array, or a structure with a field for every name."""
        statements = []
        for key, node in results.items():
            field = "." + "_".join(self.identifier(k) for k in key.split(",")) if task.is_joint else ""
            statements.append(f"{'f_out' if key == 'value' else 'd_out' + field} = {node.text};")
        return statements

    def signature(self, name: str, task: Task, signature: Signature, callables: Sequence[str]) -> str:
        left = {"value": "f_out", f"value_and_{task.kind}": "[f_out, d_out]"}.get(name, "d_out")
        return f"{left} = {name}({', '.join([*signature.arrays.values(), *callables])})"

    def helpers_in(self, text: str) -> list[str]:
        return in_need(text, HELPERS)


__all__ = ["Any", "Matlab"]
