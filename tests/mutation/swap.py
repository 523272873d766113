"""Puts a mutant into the running program: the code of functions is replaced, rows of tables are evaluated anew."""

from __future__ import annotations

import ast
import collections
import gc
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from tests.mutation.mutants import ROOT, Mutant


class Swapper:
    """Knows every function of the package by where its code stands."""

    def __init__(self) -> None:
        self.functions: dict[tuple[str, str, int], list[FunctionType]] = collections.defaultdict(list)
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(str(ROOT / "matcalc")):
                self.functions[_place(one.__code__)].append(one)

    def apply(self, mutant: Mutant) -> bool:
        """Replace the code that differs; False where nothing could be replaced."""
        tree = mutant.tree()
        file = str(mutant.path)
        before = compile(ast.parse(mutant.path.read_text(encoding="utf-8")), file, "exec")
        done = False
        for old, new in _differing(before, compile(tree, file, "exec")):
            for one in self.functions.get(_place(old), ()):
                if one.__code__ == old:
                    one.__code__ = new
                    done = True
        return done or _table(mutant, tree)


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_name, code.co_firstlineno


def _differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Pairs of functions, one before and one after, that are not the same."""
    inner = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new)]
    if len(inner[0]) != len(inner[1]):
        return
    for a, b in zip(*inner, strict=True):
        if a != b and len(a.co_freevars) == len(b.co_freevars):
            yield a, b
        yield from _differing(a, b)


def _table(mutant: Mutant, tree: ast.Module) -> bool:
    """A row of the table of functions, or a dictionary at the top of a module."""
    module = sys.modules[".".join(mutant.path.relative_to(ROOT).with_suffix("").parts)]
    names = vars(module)
    if mutant.where.startswith("row "):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Entrywise":
                row = names["FUNCTION_TABLE"][ast.literal_eval(node.args[0])]
                if mutant.where == f"row {row.name!r}":
                    object.__setattr__(row, "derivative", _value(node.args[1], names))
        return True
    original = ast.parse(mutant.path.read_text(encoding="utf-8"))
    before, after = _dictionary(original, mutant.where), _dictionary(tree, mutant.where)
    if before is None or after is None:
        return False
    table, rows = names[mutant.where], _value(after, names)
    for key in _value(before, names):  # what others have entered since stays
        table.pop(key, None)
    table.update(rows)
    return True


def _dictionary(tree: ast.Module, name: str) -> ast.Dict | None:
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if ast.unparse(target) == name:
                return node.value
    return None


class FailsAtImportError(Exception):
    """The module with the mutant in it could not be imported: every test would fail."""


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    try:
        return eval(compile(ast.Expression(node), "<mutant>", "eval"), names)
    except Exception as error:
        raise FailsAtImportError from error
