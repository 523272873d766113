"""From expressions to the array program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import batched, rearranging, rules, spectra
from .builder import Builder
from .lowering import Lowering, inputs_of
from .program import Input, Program

#: The modules whose rows fill the table.
RULES = (rules, rearranging, spectra, batched)


def lower(
    outputs: Mapping[str, Any], inputs: Sequence[Input] | None = None, guesses: Mapping[str, int] | None = None
) -> Program:
    """The program that computes the outputs. Without ``inputs``, every symbol is one, a column as a vector."""
    inputs = inputs_of(outputs.values()) if inputs is None else inputs
    lowering = Lowering(Builder(inputs, guesses))
    values = {name: lowering.value(expression) for name, expression in outputs.items()}
    return Program(values, lowering.builder.inputs, lowering.builder.names, lowering.builder.hints)
