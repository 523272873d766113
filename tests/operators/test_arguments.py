"""Every function of the language with arguments of every shape: an answer, or a reason, and never a crash."""

from __future__ import annotations

import contextlib
from itertools import product

import pytest

import matcalc as mc
from matcalc.operators import FUNCTIONS

ARGUMENTS = ("2", "0", "t", "xᵀx", "1 − 1", "x", "xᵀ", "X", "x xᵀ")
WHERE = "t: scalar, x: n, X: n×n"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_every_shape_or_says_why_not(name: str) -> None:
    for count in (1, 2):
        for arguments in product(ARGUMENTS, repeat=count):
            with contextlib.suppress(mc.MatcalcError):
                mc.derive(f"{name}({', '.join(arguments)})", where=WHERE, check=False)


@pytest.mark.parametrize("name", ["rowsum", "colsum"])
def test_the_sums_of_a_number_are_the_number(name: str) -> None:
    assert mc.derive(f"{name}(xᵀx)", wrt="x", where="x: n").result == mc.derive("xᵀx", wrt="x", where="x: n").result
