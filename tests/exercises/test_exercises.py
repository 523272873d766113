"""Every pattern makes exercises that can be derived and hold; a sheet hides what it should, in every format."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

import matcalc as mc
from matcalc.cli import cli
from matcalc.exercises import LEVELS, TOPICS, deal, exercise
from matcalc.exercises.deal import LONGEST_ANSWER, _filled, _skeleton
from matcalc.exercises.grammar import PARTS, ROLES, Pattern
from matcalc.exercises.sheet import BLANK, Sheet

PATTERNS = [(topic, level, one) for topic, levels in TOPICS.items() for level in levels for one in levels[level]]


@pytest.mark.parametrize(
    ("topic", "level", "pattern"), PATTERNS, ids=lambda value: str(getattr(value, "formula", value))
)
def test_every_pattern_makes_good_exercises(topic: str, level: int, pattern: Pattern) -> None:
    rng = random.Random(7)
    for _ in range(2):
        one = _filled(pattern, rng, topic, level)
        assert "<" not in one.expression
        assert one.report.points, one.report.reason
        assert one.hints
        assert all(len(str(result)) <= LONGEST_ANSWER for result in one.derivation.results.values())


def test_the_grammar_is_whole() -> None:
    assert all(set(levels) == set(LEVELS) for levels in TOPICS.values())
    for _, _, pattern in PATTERNS:
        assert set(pattern.wrt.split(",")) <= set(ROLES)
    assert not set(PARTS) & set(ROLES)


def test_the_same_seed_deals_the_same_exercises_and_none_twice() -> None:
    first, second = deal(12, seed=3), deal(12, seed=3)
    assert first == second
    assert [one.level for one in first] == [1] * 4 + [2] * 4 + [3] * 4
    assert {one.topic for one in first} == set(TOPICS)
    assert len({_skeleton(one) for one in first}) == 12
    assert deal(12, seed=4) != first


def test_what_cannot_be_dealt_is_refused() -> None:
    with pytest.raises(mc.DerivationError, match="no topic ‘traze’"):
        deal(topics="traze")
    with pytest.raises(mc.DerivationError, match="no level 4"):
        deal(level=4)
    with pytest.raises(mc.DerivationError, match="there are not 50"):
        deal(50, level=1, topics="likelihoods")


def test_steps_are_blank_hints_are_given_and_solutions_stand_at_the_end() -> None:
    one = exercise("½‖θ(Wx)‖²", wrt="W")
    assert one.hints[0] == "‖A‖² = A : A"
    text = Sheet([one], blank=(2, 3), hints=True, solutions=True).text()
    problem, solution = text.split("Solution of exercise 1")
    assert problem.count(BLANK) == 4  # two steps, and the answer in two forms
    assert "f = ½ θ(z) : θ(z)" in problem
    assert "(θ′(z) ⊙ θ(z)) xᵀ : dW" in problem
    assert "∂f/∂W = (" not in problem
    assert "Hint 1: ‖A‖² = A : A" in problem
    assert "∂f/∂W = (θ′(z) ⊙ θ(z)) xᵀ" in solution
    assert "checked exactly at 1 random point" in solution


def test_the_problem_alone_gives_nothing_away() -> None:
    text = Sheet([exercise("½‖θ(Wx)‖²", wrt=["W", "x"])]).text()
    assert text.startswith("Exercise 1. Find ∂f/∂W, ∂f/∂x.\n")
    assert "let z" not in text
    assert ":" not in text.partition("\n")[2]
    hessian = Sheet([exercise("xᵀAx", wrt="x", kind="hessian")]).text()
    assert hessian.startswith("Exercise 1. Find ∂²f/∂x².")


def test_notes_have_solutions_only_where_they_are_asked_for() -> None:
    dealt = deal(2, seed=1)
    for ending in (".tex", ".html", ".md", ".ipynb"):
        bare = Sheet(dealt).write(ending).decode()
        whole = Sheet(dealt, hints=True, solutions=True).write(ending).decode()
        assert "Solution" not in bare.partition("<body")[2 if ending == ".html" else 0]
        assert "Solutions" in whole
        assert "Hints" in whole
    assert Sheet(dealt, blank=()).write(".tex").decode().count(r"\underline") > Sheet(dealt).write(
        ".tex"
    ).decode().count(r"\underline")


def test_a_sheet_has_no_empty_heading() -> None:
    dealt = deal(1, seed=1)
    assert r"\section{" not in Sheet(dealt).write(".tex").decode()
    assert "<h2" not in Sheet(dealt).write(".html").decode()


def test_data_for_a_learning_platform() -> None:
    (record,) = json.loads(Sheet([exercise("aᵀx", wrt="x")], hints=True, solutions=True).json())
    assert record["problem"]["text"] == "f(x) = aᵀx"
    assert record["answer"] == {"text": "∂f/∂x = a", "latex": r"\frac{\partial f}{\partial x} = a"}
    assert record["hints"]
    (record,) = json.loads(Sheet([exercise("aᵀx", wrt="x")]).json())
    assert not {"answer", "solution", "hints"} & record.keys()


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner().invoke
    done = run(cli, ["exercise", "--level", "1", "--topic", "traces", "--seed", "2", "--solutions"])
    assert done.exit_code == 0, done.output
    assert "Solution of exercise 1" in done.output
    assert run(cli, ["exercise", "--topic", "list"]).output.splitlines() == list(TOPICS)
    assert "½‖θ(Wx)‖²" in run(cli, ["exercise", "½‖θ(Wx)‖²", "--wrt", "W", "--blank", "2"]).output
    file = tmp_path / "sheet.md"
    assert run(cli, ["exercise", "--count", "2", "--seed", "1", "-o", str(file)]).exit_code == 0
    assert "**Exercise\N{NO-BREAK SPACE}2**" in file.read_text()
    assert run(cli, ["exercise", "--topic", "knots"]).exit_code == 1
    assert run(cli, ["exercise", "x(", "--wrt", "x"]).exit_code == 1
    assert run(cli, ["exercise", "--blank", "x"]).exit_code == 2
    assert run(cli, ["exercise", "--format", "pdf"]).exit_code == 2
