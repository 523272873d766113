"""Every case of the corpus: derived, compiled, compared with autodiff at random points, and proof-read step by step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

import matcalc as mc
from tests.corpus import cases, records
from tests.corpus.cases import Case

CASES = records.corpus()
BAD_INPUTS = cases.load("bad_inputs")


def _refused() -> dict[str, str]:
    """`refused.txt` as id → reason."""
    lines = (cases.HERE / "refused.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


REFUSED = _refused()
ANSWERED = [case for case in CASES if case["id"] not in REFUSED]


def _by_id(some: Iterable[Case]) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in some]


@pytest.mark.parametrize("case", _by_id(ANSWERED))
def test_the_derivative_agrees_with_autodiff_and_every_step_holds(case: Case) -> None:
    derivation = mc.derive(**cases.question(case))
    compiled = derivation.compile()
    for given, want in records.trials(case):
        assert cases.same(compiled(**given), want, rtol=1e-7), f"{derivation.result} is wrong"
    report = derivation.check()
    assert report, str(report)


@pytest.mark.parametrize("case", _by_id(case for case in CASES if case["id"] in REFUSED))
def test_what_is_not_answered_is_refused_with_a_reason(case: Case) -> None:
    with pytest.raises(mc.MatcalcError) as refusal:
        mc.derive(**cases.question(case)).compile()
    assert refusal.value.message


def test_every_refusal_is_listed_with_its_reason() -> None:
    assert REFUSED.keys() <= {case["id"] for case in CASES}
    assert all(REFUSED.values())


@pytest.mark.parametrize("case", _by_id(case for case in BAD_INPUTS if case["expect"] == "error"))
def test_a_malformed_input_is_refused(case: Case) -> None:
    with pytest.raises(mc.MatcalcError) as refusal:
        _derive(case)
    assert refusal.value.message


@pytest.mark.parametrize("case", _by_id(case for case in BAD_INPUTS if case["expect"] == "ok"))
def test_what_is_odd_but_legal_is_answered(case: Case) -> None:
    derivation = _derive(case)
    assert derivation.latex()
    compile(derivation.source(), case["id"], "exec")


def _derive(case: Case) -> Any:
    options = {key: case[key] for key in ("kind", "where") if case.get(key)}
    return mc.derive(case["expr"], wrt=case.get("wrt") or "x", **options)


# ---------------------------------------------------------------- the corpus itself
def test_ids_are_unique() -> None:
    ids = [case["id"] for case in CASES + BAD_INPUTS]
    assert len(ids) == len(set(ids))


def test_every_case_is_recorded_as_it_stands_now() -> None:
    stale = [case["id"] for case in CASES if len(records.trials(case)) != len(records.SEEDS)]
    assert not stale, "run `python -m tests.corpus.oracle`"


@pytest.mark.oracle
@pytest.mark.parametrize("case", _by_id(CASES[::40]))
def test_the_records_are_what_jax_says(case: Case) -> None:
    pytest.importorskip("jax")
    from tests.corpus import oracle

    for seed, trial in zip(records.SEEDS, records.trials(case), strict=True):
        for name, array in cases.inputs(case, seed).items():
            assert cases.same(array, trial.given[name], rtol=1e-14)
        assert cases.same(oracle.expected(case, trial.given), trial.want, rtol=1e-10)
