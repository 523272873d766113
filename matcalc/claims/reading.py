"""Claims as they are typed, read among the names and shapes of the formula that they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sympy import Integer, S

from ..algebra import AbstractFunction, abstract_function, add, elementwise, properties_of, shape_of, transform
from ..algebra.core import postorder, shown_name
from ..algebra.nodes import Elementwise, ElementwiseScalar, is_dimension, is_symbol, named_nodes, variable_key
from ..errors import MatcalcError, ParseError
from ..language import read
from ..language.notation import LETTER_COMMANDS
from ..operators.abstract import Gradient, VectorField
from ..operators.entrywise import derivative_of

#: What stands around a formula that is copied from a paper.
_DRESS = re.compile(r"^\s*(?:\$\$?|\\\[|\\\()|(?:\$\$?|\\\]|\\\))\s*$|[.,;]\s*$")
#: A left side: ∂f/∂X =, \frac{\partial f}{\partial X} =, ∇f(x) =, df =, dX ↦.
_LEFT_SIDE = re.compile(
    r"^\s*(?:[^=;\n]*(?:∂|\\partial|\\nabla|∇|\\mathrm\{d\}|\bd[A-Za-zα-ω])[^=;\n]*=(?!=)|\(?\s*d[A-Za-zα-ωΑ-Ω]\w*\s*\)?\s*(?:↦|\\mapsto))"
)
#: The index of a sum.
_INDEX = re.compile(r"(?:Σ|∑|\\sum|\bsum)_\{?\s*([A-Za-z])")
_PRIMES = r"\s*(′+|'+|\^\{?(?:\\prime\s*)+\}?)\s*"
_CALLED = r"(?=\(|\\left\()"


def read_claim(text: str, derivation: Any) -> Any:
    """The expression that a claim states. Raises a MatcalcError with the place in the claim."""
    program = derivation.program
    claim = undressed(text)
    if not claim:
        raise ParseError("the claim is empty")
    claim, aliases = _with_names_for_derivatives(claim, program)
    before, after = program.source[: program.span.start], program.source[program.span.end :]
    if program.named and any(f"{name} =" in claim or f"{name}=" in claim for name in program.named):
        before = ""  # the claim has intermediates of its own
    where, define = derivation.context
    if "σ" not in program.symbols.keys() | program.functions.keys():  # the answer says σ(z) for 1/(1 + exp(−z))
        define = {"σ": "sigmoid", **(define or {})}
    inferred = [s for s in program.symbols.values() if s.kind == "variable" and s.inferred]
    directions = [(f"d{name}", node) for name, node in derivation.variables.items() if f"d{name}" in claim]
    samples = _samples(claim, program)
    declared = [where or "", *map(_declaration, inferred), *(f"{name}: {_shape(node)}" for name, node in directions)]
    declared += [_declaration(one, name) for name, one in samples.items() if name not in program.symbols]
    declared += [alias.declaration for alias in aliases.values()]
    introduced = _introduced(claim, derivation)
    declared += [f"{name}: {_shape(node)}" for name, node in introduced.items()]
    shape = shape_of(derivation.expression if directions else next(iter(derivation.results.values())))
    given: dict[str, Any] = {"where": ", ".join(filter(None, declared)) or None, "define": define}
    names = tuple(derivation.variables)
    found = _read_with_shape(before, claim, after, shape, {**given, "wrt": names}, program)
    found = _with_what_they_stand_for(found, introduced | {name: one.node for name, one in samples.items()})
    _require_known(found, {*map(variable_key, _variables(program)), *(("", name) for name, _ in directions)})
    return _without_aliases(found, aliases)


def _samples(claim: str, program: Any) -> dict[str, Any]:
    """x_i, and x_j where the claim sums over j: the family that it is a sample of."""
    families = [s for s in program.symbols.values() if s.index is not None]
    indices = _INDEX.findall(claim)
    return {f"{s.name.removesuffix(s.index)}{k}": s for s in families for k in [s.index, *indices]}


def _introduced(claim: str, derivation: Any) -> dict[str, Any]:
    """Names that the derivation prints and the formula does not have: X for the samples x_i, p = softmax(z)."""
    named = named_nodes(*(node for step in derivation.steps for node in (step.before, step.after)))
    found = {one.name: one.args[1] for one in named}
    found |= {shown_name(s.node): s.node for s in derivation.program.symbols.values() if s.index is not None}
    taken = {*derivation.program.symbols, *derivation.program.named, *map(str, derivation.program.dimensions)}
    return {name: node for name, node in found.items() if name in claim and name not in taken}


def _with_what_they_stand_for(expression: Any, table: Mapping[str, Any]) -> Any:
    """The expression with those nodes for the symbols of these names, and of their shapes."""

    def meant(node: Any) -> Any:
        one = table.get(node.name, node) if is_symbol(node) else node
        return one if shape_of(one) == shape_of(node) else node

    return transform(expression, meant) if table else expression


def _variables(program: Any) -> list[Any]:
    return [s.node for s in program.symbols.values() if s.kind == "variable"]


def _require_known(expression: Any, known: set[Any]) -> None:
    """Refuse a name that the formula does not contain: a claim cannot mean anything by it."""
    for node in postorder(expression):
        if is_symbol(node) and not is_dimension(node) and variable_key(node) not in known:
            raise ParseError(
                f"{node.name} does not occur in the formula", hint=f"it contains {', '.join(name for _, name in known)}"
            )


def undressed(text: str) -> str:
    """Without dollar signs, full stop and left side."""
    while (bare := _DRESS.sub("", text).strip()) != text:
        text = bare
    head, separator, last = text.rpartition(";")
    return head + separator + _LEFT_SIDE.sub("", last)


def _read_with_shape(before: str, claim: str, after: str, shape: Any, given: Mapping[str, Any], program: Any) -> Any:
    """Read it alone; where a size stays open (of an identity), as something of the derivative's shape."""
    problem: MatcalcError | None = None
    try:
        alone = read(f"{before}{claim}{after}", **given)
        known = {s for one in program.symbols.values() for d in shape_of(one.node) for s in d.free_symbols}
        open_sizes = {s for node in postorder(alone.expression) for d in shape_of(node) for s in d.free_symbols} - known
        if not open_sizes:
            return alone.expression
    except MatcalcError as error:
        problem = error
    hint = "D_{claimed}"
    head, separator, last = claim.rpartition(";")
    where = f"{given['where'] or ''}, {hint}: {_sizes(shape)}".strip(", ")
    try:
        beside = read(f"{before}{head}{separator}({last}) - {hint}{after}", **{**given, "where": where})
    except MatcalcError as error:
        if problem is not None:
            raise problem from None
        raise error from None
    symbol = beside.symbol(hint)
    assert symbol is not None
    return add(beside.expression, symbol.node)


# ---------------------------------------------------------------- declarations
def _declaration(symbol: Any, name: str | None = None) -> str:
    marks = " ".join(sorted(properties_of(symbol.structured)))
    shape = shape_of(symbol.node) if symbol.index is None else _one_sample(symbol)
    return f"{name or symbol.name}: {_sizes(shape)} {marks}".strip()


def _one_sample(symbol: Any) -> Any:
    """The shape of one x_i: the last axis of the array is the index."""
    one = symbol.shape[:-1]
    return (one[0], S.One) if len(one) == 1 else one


def _shape(node: Any) -> str:
    return _sizes(shape_of(node))


def _sizes(shape: Any) -> str:
    if not shape:
        return "scalar"
    rows, cols = (str(size).replace("*", "·").replace(" ", "") for size in shape)
    return rows if cols == "1" else f"{rows}×{cols}"


# ---------------------------------------------------------------- θ′ and ∇g
class Alias(NamedTuple):
    """A derivative of a function under a name that the reader takes for a function: θ″ is order 2."""

    declaration: str
    function: Any
    order: int


def _with_names_for_derivatives(claim: str, program: Any) -> tuple[str, dict[str, Alias]]:
    """θ′(…) and ∇g(…) under names of their own; name without braces → what it stands for."""
    aliases: dict[str, Alias] = {}
    for function in program.functions.values():
        commands = (
            rf"\\{command}(?![A-Za-z])" for command, letter in LETTER_COMMANDS.items() if letter == function.name
        )
        names = "|".join([*commands, re.escape(function.name), rf"\b{re.escape(function.key)}"])
        if function.kind == "field":
            if function.domain is None or function.codomain != (1, 1):
                continue
            name, space = f"{function.name}_{{nabla}}", _sizes(function.domain)
            claim, count = re.subn(rf"(?:∇|\\nabla)\s*(?:{names})\s*{_CALLED}", name, claim)
            if count:
                aliases[_bare(name)] = Alias(f"{name}: ℝ^{{{space}}} → ℝ^{{{space}}}", function, 1)
            continue

        def primed(match: re.Match[str], function: Any = function) -> str:
            order = len(re.findall(r"′|'|prime", match[2]))
            name = f"{function.name}_{{prime{order}}}"
            aliases[_bare(name)] = Alias(f"{name}: elementwise", function, order)
            return name

        claim = re.sub(rf"({names}){_PRIMES}{_CALLED}", primed, claim)
    return claim, aliases


def _bare(name: str) -> str:
    return re.sub(r"[{}]", "", name)


def _without_aliases(expression: Any, aliases: Mapping[str, Alias]) -> Any:
    """The derivatives that the names stand for."""

    def restored(node: Any) -> Any:
        if isinstance(node, (Elementwise, ElementwiseScalar)) and isinstance(node.args[0], AbstractFunction):
            found = aliases.get(_bare(node.args[0].name))
            return node if found is None else _derivative(found, node.args[1])
        if isinstance(node, VectorField) and _bare(node.name) in aliases:
            return Gradient.make(node.args[0].func(aliases[_bare(node.name)].function.name), node.at)
        return node

    return transform(expression, restored) if aliases else expression


def _derivative(alias: Alias, x: Any) -> Any:
    """The derivative of a function of one number at x: of a known one by the table."""
    function, order = alias.function, alias.order
    if function.definition is None:
        return elementwise(AbstractFunction(abstract_function(function.name).args[0], Integer(order)), x)
    if not isinstance(function.definition, str) or order > 1:
        raise ParseError(f"the derivative of {function.name}, which is defined, has to be written out")
    return derivative_of(function.definition, x)
