"""Every expression of the corpus is read; its undeclared names get the shapes that its author had in mind."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from matcalc.errors import MatcalcError
from matcalc.language import read
from tests.corpus import cases

CASES = [case for name in ("textbook", "applied") for case in cases.load(name)]
BAD_INPUTS = cases.load("bad_inputs")


def _functions(where: str) -> str:
    """The declarations of functions alone: what a case gives when its shapes are to be inferred."""
    parts = re.split(r"[;,](?![^{(\[]*[})\]])", where)
    return ", ".join(p.strip() for p in parts if ":=" in p or "→" in p or "->" in p or "elementwise" in p)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_it_is_read(case: dict[str, Any]) -> None:
    program = read(case["expr"], case["where"], case.get("define"), case["wrt"])
    wrt = case["wrt"] if isinstance(case["wrt"], list) else [case["wrt"]]
    assert all(program.symbol(name) for name in wrt)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES if case.get("infer")])
def test_the_shapes_are_found(case: dict[str, Any]) -> None:
    intended = read(case["expr"], case["where"], case.get("define"), case["wrt"]).symbols
    found = read(case["expr"], _functions(case["where"]), case.get("define"), case["wrt"]).symbols
    assert {n: s.rank for n, s in found.items()} == {n: s.rank for n, s in intended.items() if s.occurs}
    meant: dict[Any, Any] = {}  # one size found may be no more than one that was meant
    for name, symbol in found.items():
        for size, intent in zip(symbol.shape, intended[name].shape, strict=True):
            assert meant.setdefault(size, intent) == intent


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in BAD_INPUTS])
def test_malformed_inputs(case: dict[str, Any]) -> None:
    """What is malformed is refused here, or later where it is the derivative that does not exist."""
    try:
        read(case["expr"], case.get("where"), None, case.get("wrt") or "x")
    except MatcalcError:
        assert case["expect"] == "error"
    else:
        assert case["expect"] == "ok" or case["category"] in ("not-scalar", "variable-absent")


def test_spans_lie_in_the_text() -> None:
    for case in CASES:
        program = read(case["expr"], case["where"], case.get("define"), case["wrt"])
        spans = [note.span for note in program.notes]
        assert all(0 <= start <= end <= len(case["expr"]) for start, end in spans)
        assert all(a <= b for a, b in pairwise([program.span.start, program.span.end]))
