"""The benchmark's parts: the expert's derivatives are ours, and the tables are written between their marks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import batches, evaluation
from tests.benchmarks.problems import PROBLEMS, Problem


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_the_expert_agrees_and_nothing_given_is_changed(problem: Problem) -> None:
    given = problem.make(np.random.default_rng(1), problem.sizes["small"])
    before = {name: a.copy() for name, a in given.items()}
    calls = evaluation.engines(problem, given, problem.sizes["small"], ())
    want = calls["expert"]()
    assert all(evaluation.error(call(), want) < evaluation.TOLERANCE for call in calls.values())
    assert all(np.array_equal(given[name], a) for name, a in before.items())


def test_a_network_is_differentiated_as_by_hand() -> None:
    import matcalc as mc
    from tests.benchmarks.derive import network

    text, where, wrt = network(4)
    rng = np.random.default_rng(0)
    given = {"x": rng.standard_normal(5), "y": rng.standard_normal(5)}
    for k in range(1, 5):
        given |= {f"W{k}": rng.standard_normal((5, 5)), f"b{k}": rng.standard_normal(5)}
    got = mc.derive(text, wrt=wrt, where=where).compile()(**given)
    want = evaluation.backpropagation(4, given)
    assert all(np.allclose(got[name], want[name]) for name in want)


def test_emitted_lines_grow_with_the_layers() -> None:
    import matcalc as mc
    from tests.benchmarks.derive import network

    lines = []
    for layers in (10, 20):
        text, where, wrt = network(layers)
        lines.append(len(mc.derive(text, wrt=wrt, where=where).source().splitlines()))
    assert lines[1] < 2.2 * lines[0]


def test_tables_are_put_between_their_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- times -->\n<!-- end of times -->\nb\n", encoding="utf-8")
    monkeypatch.setattr(evaluation, "PAGE", page)
    for cell in ("0", "1"):
        evaluation.write("times", evaluation.table(["x"], [[cell]]))
    assert page.read_text() == "a\n<!-- times -->\n| x |\n| --- |\n| 1 |\n<!-- end of times -->\nb\n"


@pytest.mark.parametrize("batch", batches.BATCHES, ids=lambda batch: batch.name)
def test_batches_agree_with_the_expert(batch: batches.Batch) -> None:
    calls = batches.ways(batch, batches.arrays_of(batch, 3))
    want = calls["by hand"]()
    assert all(evaluation.error(call(), want) < evaluation.TOLERANCE for call in calls.values())
