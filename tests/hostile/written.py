"""What must not stand in LaTeX, HTML or Python that is written: anything typed that these would obey."""

from __future__ import annotations

import ast
import builtins
import html.parser
import re
from typing import Any

from tests.hostile.watch import Finding

_COMMANDS = re.compile(r"\\([A-Za-z]+|.|$)", re.DOTALL)
#: Commands that run, read, write, define or load something.
DANGEROUS = {
    "input", "include", "write", "openout", "openin", "read", "def", "edef", "gdef", "let", "catcode", "csname",
    "special", "immediate", "directlua", "usepackage", "newcommand", "expandafter", "loop", "href", "url", "verb",
    "lstinputlisting", "endcsname", "noexpand", "jobname", "includegraphics", "RequirePackage", "makeatletter",
    "scantokens", "primitive",
}  # fmt: skip


def check_latex(latex: str) -> None:
    """Nothing typed is obeyed by TeX: no dangerous commands, no comments or parameters, balanced groups."""
    commands = {found[1] for found in _COMMANDS.finditer(latex)}
    bare = _COMMANDS.sub(" ", latex)
    if bad := commands & DANGEROUS:
        raise Finding(f"LaTeX obeys {sorted(bad)}: {latex}")
    if bad := set(bare) & set("%#~\0\x1b\r"):
        raise Finding(f"LaTeX with a bare {sorted(bad)}: {latex}")
    if "^^" in bare:
        raise Finding(f"LaTeX with ^^: {latex}")
    depth = 0
    for c in bare:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            break
    if depth:
        raise Finding(f"LaTeX with unbalanced braces: {latex}")
    if bare.count("$") % 2:
        raise Finding(f"LaTeX with an odd number of $: {latex}")
    if bad := {c for c in bare if ord(c) > 0x17F and c not in "‘’“”–—…"}:
        raise Finding(f"LaTeX with letters that it cannot set, {sorted(bad)}: {latex}")


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def check_html(fragment: str, own: frozenset[str]) -> None:
    """Only the tags and attributes of the template."""
    found = _Tags()
    found.feed(fragment)
    if bad := (found.tags | found.attributes) - own:
        raise Finding(f"HTML with {sorted(bad)}: {fragment}")


def vocabulary_of(fragment: str) -> frozenset[str]:
    """The tags and attributes of a fragment that is known to be good."""
    found = _Tags()
    found.feed(fragment)
    return frozenset(found.tags | found.attributes)


#: Names of Python itself; `_` is one only while a session or a doctest runs.
BUILTINS = frozenset(dir(builtins)) - {"_"}  # which gettext and interactive sessions put there
#: What emitted code may import.
IMPORTS = {
    "numpy",
    "scipy",
    "scipy.linalg",
    "scipy.special",
    "collections.abc",
    "typing",
    "__future__",
    "warnings",
    "math",
}


def check_python(source: str) -> None:
    """Valid Python that imports only arrays, and uses only names that it binds."""
    tree = ast.parse(source)
    bound = set(dir(builtins)) | {"__name__", "__file__"}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                bound |= {(alias.asname or alias.name).split(".")[0] for alias in names}
                modules = {alias.name for alias in names}
            case ast.ImportFrom(names=names, module=module):
                bound |= {alias.asname or alias.name for alias in names}
                modules = {module}
            case ast.FunctionDef(name=name):
                bound.add(name)
                continue
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
                continue
            case _:
                continue
        if not modules <= IMPORTS:
            raise Finding(f"emitted code imports {modules - IMPORTS}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in bound:
            raise Finding(f"emitted code uses {node.id}, which it does not bind:\n{source}")
        if isinstance(node, ast.Name) and node.id in (
            "eval",
            "exec",
            "open",
            "__import__",
            "compile",
            "globals",
        ):
            raise Finding(f"emitted code uses {node.id}:\n{source}")
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in BUILTINS:
            raise Finding(f"emitted code binds {node.id}:\n{source}")
        if isinstance(node, ast.Attribute) and node.attr.startswith("__"):
            raise Finding(f"emitted code uses .{node.attr}:\n{source}")
