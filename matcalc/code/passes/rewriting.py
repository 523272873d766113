"""Rewriting: a program walked once, operands first, with a rule that may put something else for an instruction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..builder import Builder
from ..program import Program, Value

#: What a rule makes of an instruction, with the new values of all before it; None leaves it as it is.
Rule: TypeAlias = "Callable[[Builder, Value, Mapping[Value, Value]], Value | None]"


def rewrite(program: Program, rule: Rule, at: Callable[[Value], bool]) -> Program:
    """The program with the rule applied to every instruction ``at`` which it may change something."""
    if not any(at(value) for value in program.instructions):
        return program
    b = Builder(program.inputs)
    new: dict[Value, Value] = {}
    for value in program.instructions:
        made = rule(b, value, new) if at(value) else None
        if made is None and value.op == "transpose":
            made = b.transpose(new[value.operands[0]], *value.attributes)
        if made is None:
            made = b.make(value.op, [new[v] for v in value.operands], value.attributes, value.shape)
        new[value] = made
    outputs = {name: new[value] for name, value in program.outputs.items()}
    names, hints = ({new[v]: name for v, name in table.items() if v in new} for table in (program.names, program.hints))
    return Program(outputs, program.inputs, names, b.hints | hints)
