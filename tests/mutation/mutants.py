"""Small faults, put into the mathematics one at a time: a sign, a term, a factor, an order, a transpose, a constant."""

from __future__ import annotations

import ast
import collections
import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "matcalc"
#: Where derivatives are taken, beside the operators and the maps.
CALCULUS = ("gradient", "jacobian", "wirtinger", "structure", "vecform", "samples")
#: What they do beside: which lines there are, what is named in them, which rule stands where.
LAYOUT = {
    "is_trivial", "names_of", "record_derived", "_carried", "_line_of", "_move_rules", "_numbers_of_layers",
    "_vec_rules", "_worth_a_name",
}  # fmt: skip
#: The faces of a linear map.
FACES = {"apply", "adjoint", "matrix", "entries", "pull"}
#: Constructors whose arguments may come in another order, or lose one.
SWAPPED = {
    "mul", "subtract", "divide", "kron", "sandwich", "compose", "hadamard_divide", "power", "Pow", "commutation",
    "block_sum", "block_inner", "entry", "Entry", "Sandwich", "KroneckerLeft", "KroneckerRight",
    "BlockSumWith", "BlockInnerWith", "WeightsOfBlocks", "BlocksAgainst",
}  # fmt: skip
SHORTENED = {"mul", "add", "hadamard", "kron", "compose", "sum_maps", "times", "Mul", "Add"}
#: Calls f(x) that become x.
UNWRAPPED = {"transpose", "neg", "inverse", "diag_matrix", "diag_vector", "vec", "conjugate", "pinv"}
#: Words that mean each other's opposite.
OPPOSITE = {
    "left": "right", "kronecker_left": "kronecker_right", "KroneckerLeft": "KroneckerRight", "rows": "cols",
    "domain": "codomain", "out": "into", "DiagMap": "DiagonalMap", "VecMap": "UnvecMap", "lower": "upper",
    "BlockSumWith": "BlockInnerWith", "WeightsOfBlocks": "BlocksAgainst", "TraceMap": "TotalMap", "top": "bottom",
}  # fmt: skip
OPPOSITE |= {b: a for a, b in OPPOSITE.items()}
#: Functions whose names are confused.
CONFUSED = {
    "exp": "log", "sin": "cos", "cos": "sin", "sinh": "cosh", "cosh": "sinh", "tanh": "sigmoid", "sigmoid": "softplus",
    "tan": "tanh", "sign": "step", "step": "sign", "digamma": "trigamma", "trigamma": "digamma", "Phi": "erf",
    "normal_density": "Phi", "gamma": "lgamma", "relu": "abs", "abs": "relu", "log": "exp", "leaky_step": "step",
}  # fmt: skip
#: Maps with a factor, and which argument it is.
FACTOR = {
    "hadamard_with": 0, "frobenius_with": 0, "scaling": 0, "outer": 0, "HadamardWith": 2, "FrobeniusWith": 2,
    "Outer": 2, "Scaling": 2,
}  # fmt: skip
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One fault: in which file and function, on which line, what became of what; the module with it in."""

    path: Path
    where: str
    line: int
    span: tuple[int, int]  # the first and the last line of the function
    change: str
    index: int  # of the node in the order of ast.walk
    new: ast.AST
    number: int = 1  # which of those that look the same in the function

    @property
    def name(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} {self.where}: {self.change}"

    @property
    def key(self) -> str:
        """A name that stays when lines move."""
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.path.parent.name}/{self.path.stem} {self.where}: {self.change}{again}"

    def tree(self) -> ast.Module:
        """The module with the fault in it."""
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        old = list(ast.walk(tree))[self.index]
        new = ast.copy_location(copy.deepcopy(self.new), old)
        return ast.fix_missing_locations(_Swap(old, new).visit(tree))


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


# ---------------------------------------------------------------- where
def sources() -> list[Path]:
    """The files with differentials and adjoints."""
    found = [*sorted((PACKAGE / "operators").glob("*.py")), *sorted((PACKAGE / "maps").glob("*.py"))]
    return [*found, *(PACKAGE / "calculus" / f"{name}.py" for name in CALCULUS)]


def places(path: Path, tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The functions of a file that take part in a differential or an adjoint, with their names."""
    room = path.parent.name
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    if room != "operators":
        yield from ((name, f) for name, f in functions.items() if name not in LAYOUT)
        for node in tree.body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict):
                yield ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0]), node.value
    else:
        wanted = {name for name, f in functions.items() if f.returns and ast.unparse(f.returns) == "Pairs"}
        while True:  # and what they are made of
            used = {n.id for name in wanted for n in ast.walk(functions[name]) if isinstance(n, ast.Name)}
            more = {name for name in used & functions.keys() if name not in wanted}
            if not more:
                break
            wanted |= more
        yield from ((name, f) for name, f in functions.items() if name in wanted)
        for row in _rows(tree):
            yield f"row {ast.unparse(row.args[0])}", row.args[1]
    for cls in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for f in cls.body:
            if isinstance(f, ast.FunctionDef) and f.name in FACES:
                yield f"{cls.name}.{f.name}", f


def _rows(tree: ast.Module) -> Iterator[ast.Call]:
    """The rows of the table of functions: Entrywise("exp", derivative, …)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Entrywise":
            yield node


# ---------------------------------------------------------------- what
def mutants(path: Path) -> Iterator[Mutant]:
    """Every fault that is put into a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    number = {id(node): k for k, node in enumerate(ast.walk(tree))}
    alike: collections.Counter[tuple[str, str]] = collections.Counter()
    for where, place in places(path, tree):
        ignored = {id(n) for node in ast.walk(place) for n in _ignored(node)}
        span = min(n.lineno for n in (place, *getattr(place, "decorator_list", ()))), place.end_lineno
        for node in ast.walk(place):
            if id(node) in ignored:
                continue
            for change, new in faults(node):
                alike[where, change] += 1
                yield Mutant(path, where, node.lineno, span, change, number[id(node)], new, alike[where, change])


def _ignored(node: ast.AST) -> Iterator[ast.AST]:
    """What is not mathematics: annotations, decorators, docstrings, what an error says, subscripts of types."""
    parts: list[ast.AST | None] = []
    match node:
        case ast.FunctionDef():
            parts = [node.returns, node.args, *node.decorator_list]
        case ast.AnnAssign():
            parts = [node.annotation]
        case ast.Raise():
            parts = [node]
        case ast.Call(func=ast.Name(id="Rule" | "Step" | "Record" | "DerivationError" | "isinstance")):
            parts = [node]
        case ast.Call(func=ast.Attribute(attr="assume" | "append" | "add")) if "record" in ast.unparse(node.func):
            parts = [node]
        case ast.JoinedStr() | ast.keyword(arg="strict"):
            parts = [node]
    for part in parts:
        if part is not None:
            yield from ast.walk(part)


def faults(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The faults that a node can have, each with what it looks like."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield f"{_text(node)} without its sign", operand
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            new = ast.BinOp(node.left, OPERATORS[type(op)](), node.right)
            yield f"{_text(node)} → {_text(new)}", new
        case ast.Constant(value=bool()):
            yield f"{node.value} → {not node.value}", ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield f"{node.value} → {node.value + 1}", ast.Constant(node.value + 1)
        case ast.Name(id=name, ctx=ast.Load()) if name in OPPOSITE:
            yield f"{name} → {OPPOSITE[name]}", ast.Name(OPPOSITE[name], ast.Load())
        case ast.Name(id="HALF"):
            yield "½ → 1", ast.Attribute(ast.Name("S", ast.Load()), "One", ast.Load())
        case ast.Attribute(value=ast.Name(id="S"), attr="One" | "NegativeOne"):
            other = "One" if node.attr == "NegativeOne" else "NegativeOne"
            yield f"S.{node.attr} → S.{other}", ast.Attribute(node.value, other, ast.Load())
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in OPPOSITE and name != "lower":
            yield f"{_text(node)} → .{OPPOSITE[name]}", ast.Attribute(node.value, OPPOSITE[name], ast.Load())
        case ast.Call():
            yield from _calls(node)
        case ast.List(elts=elements) | ast.Tuple(elts=elements, ctx=ast.Load()) if len(elements) > 1:
            if isinstance(node, ast.List):
                for k, one in enumerate(elements):
                    yield f"list without {_text(one)}", ast.List([*elements[:k], *elements[k + 1 :]], ast.Load())
            elif len(elements) == 2 and _text(elements[0]) != _text(elements[1]):
                yield f"{_text(node)} the other way round", ast.Tuple(elements[::-1], ast.Load())
        case ast.FunctionDef():
            yield from _without_a_yield(node)


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    args = node.args
    if name in UNWRAPPED and len(args) == 1 and not isinstance(args[0], ast.Starred):
        yield f"{_text(node)} → {_text(args[0])}", args[0]
    if name in SWAPPED and len(args) >= 2:
        for k in range(len(args) - 1):
            if _text(args[k]) != _text(args[k + 1]):
                order = [*args[:k], args[k + 1], args[k], *args[k + 2 :]]
                yield f"{_text(node)}: {_text(args[k])} and {_text(args[k + 1])} swapped", _with(node, order)
    if name in SHORTENED and len(args) >= 2 and not (name in ("sum_maps", "compose") and len(args) != 2):
        for k in range(len(args) if name != "sum_maps" else 0):
            yield f"{_text(node)} without {_text(args[k])}", _with(node, [*args[:k], *args[k + 1 :]])
    if name in ("elementwise", "_f") and args and isinstance(args[0], ast.Constant) and args[0].value in CONFUSED:
        other = CONFUSED[args[0].value]
        yield f"{args[0].value} → {other}", _with(node, [ast.Constant(other), *args[1:]])
    if name in FACTOR and len(args) > (k := FACTOR[name]) and not isinstance(args[k], ast.Starred):
        yield f"{_text(node)}: {_text(args[k])} doubled", _with(node, [*args[:k], _doubled(args[k]), *args[k + 1 :]])


def _doubled(argument: ast.expr) -> ast.expr:
    """2x, through the constructor of the module `matcalc.algebra`, whatever the file imports."""
    algebra = ast.Call(
        ast.Name("__import__", ast.Load()), [ast.Constant("matcalc.algebra")],
        [ast.keyword("fromlist", ast.List([ast.Constant("mul")], ast.Load()))],
    )  # fmt: skip
    return ast.Call(ast.Attribute(algebra, "mul", ast.Load()), [ast.Constant(2), argument], [])


def _without_a_yield(node: ast.FunctionDef) -> Iterator[tuple[str, ast.AST]]:
    """The function without one of its terms."""
    yields = [n for n in ast.walk(node) if isinstance(n, ast.Expr) and isinstance(n.value, (ast.Yield, ast.YieldFrom))]
    for one in yields if len(yields) > 1 else ():
        new = copy.deepcopy(node)
        twin = list(ast.walk(new))[list(ast.walk(node)).index(one)]
        yield f"without {_text(one)}", _Swap(twin, ast.Pass()).visit(new)


def _with(call: ast.Call, args: Iterable[ast.expr]) -> ast.Call:
    return ast.Call(call.func, list(args), call.keywords)


def _text(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) < 70 else text[:67] + "…"
