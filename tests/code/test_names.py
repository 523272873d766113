"""Names in emitted code are legal, readable and never the same for two variables."""

from __future__ import annotations

import keyword

import pytest

from matcalc.code.names import Names, ascii_name, identifier, pyname
from matcalc.code.targets import target_of

RESERVED = target_of("numpy").reserved

CASES = [  # typed, as keyword, in the code, in ASCII
    ("W", "W", "W", "W"),
    ("W₁", "W1", "W1", "W1"),
    ("W_1", "W_1", "W_1", "W_1"),
    ("x_{new}", "x_new", "x_new", "x_new"),
    ("λ", "λ", "λ", "lambda_"),
    ("lambda", "lambda_", "lambda_", "lambda_"),
    ("Σ", "Σ", "Σ", "Sigma"),
    ("ς", "ς", "ς", "sigma"),
    ("x̂", "x̂", "x_hat", "x_hat"),
    ("X̄_1", "X̄_1", "X_bar_1", "X_bar_1"),
    ("θ̃", "θ̃", "θ_tilde", "theta_tilde"),
    ("class", "class_", "class_", "class_"),
    ("x′", "x′", "x_prime", "x_prime"),
    ("𝐱", "x", "x", "x"),
    ("ℓ", "l", "l", "l"),
    ("2x", "2x", "_2x", "_2x"),
    ("x*", "x*", "x_star", "x_star"),
    ("é", "é", "e_acute", "e_acute"),
    ("ж", "ж", "ж", "u436"),
]


@pytest.mark.parametrize(("typed", "passed", "written", "plain"), CASES)
def test_spellings(typed: str, passed: str, written: str, plain: str) -> None:
    assert (pyname(typed), identifier(typed), ascii_name(typed)) == (passed, written, plain)


HOSTILE = ["", " ", "a b", "a;import os", '"""', "\\", "x\n", "⊗", "\u0302", "_", "None", "print", "np", "λ\u200b", "١"]


@pytest.mark.parametrize("typed", [*HOSTILE, *keyword.kwlist, *keyword.softkwlist])
def test_every_name_becomes_an_identifier(typed: str) -> None:
    for made in (identifier(typed), ascii_name(typed), Names(RESERVED).new(identifier(typed))):
        assert made.isidentifier()
        assert not keyword.iskeyword(made)


def test_names_do_not_collide() -> None:
    names = Names(RESERVED)
    made = [
        names.new(identifier(typed))
        for typed in ("x̂", "x_hat", "x_{hat}", "print", "print_", "np", "value", "lambda", "lambda_")
    ]
    assert len(set(made)) == len(made)
    assert not set(made) & RESERVED
