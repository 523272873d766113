"""Programs that use what they define more than once; :mod:`tests.calculus.random_programs` draws thousands."""

from __future__ import annotations

import pytest

from tests.calculus.random_programs import LINES, compare, draw


@pytest.mark.parametrize("length", [8, 20])
def test_gradients_of_random_programs(length: int) -> None:
    programs = [(seed, draw(seed, length)) for seed in range(60)]
    ends = [(program.text, *compare(program, seed)) for seed, program in programs if program.variables]
    assert len(ends) > 30
    assert [end for end in ends if end[1] not in ("right", "unclear")] == []
    assert sum(end[1] == "unclear" for end in ends) <= len(ends) / 8  # there, nothing is compared


def test_every_line_is_drawn() -> None:
    seen = " ".join(line for seed in range(400) for line in draw(seed, 8).lines)
    for spellings in LINES.values():
        for _, numpy in spellings:
            head = max(numpy.replace("{", "}").split("}")[::2], key=len)
            assert head in seen, numpy
