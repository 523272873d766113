"""The markers: what needs a program is skipped without it, or fails where required; heavy tests wait to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import REQUIRE

pytest_plugins = ["pytester"]
SAMPLE = """
import pytest

@pytest.mark.octave
def test_octave():
    pass

@pytest.mark.heavy
def test_heavy():
    pass

def test_plain():
    pass
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with the conftest of these tests and three tests."""
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers =\n    octave\n    heavy\n")
    pytester.makepyfile(SAMPLE)
    monkeypatch.delenv(REQUIRE, raising=False)
    monkeypatch.setenv("PATH", str(pytester.path))  # nothing is installed here
    return pytester


def test_a_missing_program_skips_and_heavy_tests_wait(project: pytest.Pytester) -> None:
    project.runpytest_inprocess().assert_outcomes(passed=1, skipped=1, deselected=1)


def test_a_missing_program_fails_where_it_is_required(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRE, "1")
    project.runpytest_inprocess().assert_outcomes(passed=1, errors=1, deselected=1)


def test_heavy_tests_run_when_asked_for(project: pytest.Pytester) -> None:
    project.runpytest_inprocess("-m", "heavy").assert_outcomes(passed=1, deselected=2)
