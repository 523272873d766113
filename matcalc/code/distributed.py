"""Modules whose samples are spread over chunks or devices: a function of one chunk, one of the totals, and the rest."""

from __future__ import annotations

from typing import Any

from .emitter import Emitter
from .module import Function, Module, Task, arguments_of, program_of, result_names, signature_of, summary
from .passes import optimise
from .program import Input, Program
from .samples import split
from .targets.target import Target


def distributed_module(task: Task, target: Target) -> Module:
    """Write the module. Raises CompileError where the value is no sum over samples."""
    to: Any = target
    program = program_of(task)
    signature = signature_of(program, target)
    fixed = {size for one in task.inputs if one.name in _variables(task) for size in one.declared}
    parts = split(program, fixed, task.options.samples)
    totals = {one.symbol: signature.names.new(one.name) for one in parts.totals}

    def body(program: Program, names: dict[Any, str], wanted: dict[str, str]) -> tuple[list[Any], Any]:
        emitter = Emitter(
            target, optimise(program, target.passes, task.without), names, signature.callables, signature.names.copy(),
            wanted, without=task.without,
        )  # fmt: skip
        return emitter.statements, emitter.run()

    statements, sums = body(parts.chunk, dict(signature.arrays), {one.name: "" for one in parts.totals})
    chunk = to.lines([*statements, to.returned([sums[one.name] for one in parts.totals])])
    statements, results = body(parts.finish, {**totals, **signature.arrays}, result_names(task))
    finish = to.lines([*statements, *to.results(task, results)])

    def heads(inputs: tuple[Input, ...]) -> list[str]:
        every = {**signature.arrays, **totals}
        return [f"{every[one.symbol]}: {to.type_of(one.declared)}" for one in inputs]

    names = list(signature.arrays.values())
    both = f"value_and_{task.kind}"

    def call(name: str, part: int) -> Function:
        """The value or the derivative alone."""
        head = to.head(name, to.arguments(signature), to.returns(name, task))
        return Function(name, head, summary(task, name), [f"return {both}({', '.join(names)})[{part}]"])

    chunked = [(signature.arrays[symbol], axis) for symbol, axis in parts.axes.items()]
    late = [one for one in parts.finish.inputs if one not in parts.totals]
    docs = {
        "title": task.title,
        "formulas": [*task.formulas, f"The samples are counted by {parts.samples}."],
        "arguments": arguments_of(program.inputs, signature),
        "assumptions": list(task.assumptions),
        "kind": task.kind,
        "names": names,
        "head": to.head(both, to.arguments(signature), to.returns(both, task)),
        "chunk_head": to.head("sums_of_chunk", heads(parts.chunk.inputs), "tuple"),
        "finish_head": to.head("from_totals", heads((*parts.totals, *late)), to.returns(both, task)),
        "chunk": chunk,
        "finish": finish,
        "chunked": chunked,
        "chunked_names": [name for name, _ in chunked],
        "chunk_names": [signature.arrays[one.symbol] for one in parts.chunk.inputs],
        "chunk_axes": [(signature.arrays[one.symbol], parts.axes.get(one.symbol)) for one in parts.chunk.inputs],
        "late": [signature.arrays[one.symbol] for one in late],
        "calls": [call("value", 0), call(task.kind, 1)],
    }
    return Module(to.distributed_text(docs), signature, program.inputs, task)


def _variables(task: Task) -> set[str]:
    return {name for key in task.parts for name in key.split(",")}
