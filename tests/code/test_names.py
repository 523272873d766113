"""Names in emitted code are legal, readable and never the same for two variables."""

from __future__ import annotations

import keyword

import pytest

from matcalc import algebra as alg
from matcalc.code import Part, Task, variable
from matcalc.code.module import module_of
from matcalc.code.names import Names, ascii_name, identifier, pyname
from matcalc.code.targets import TARGETS, target_of
from matcalc.code.targets.python import PythonTarget
from matcalc.errors import CompileError

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


#: Typed names that mean something to one language or another.
AWKWARD = (
    "end",
    "function",
    "pi",
    "I",
    "i",
    "xp",
    "np",
    "jnp",
    "torch",
    "sum",
    "size",
    "value",
    "λ",
    "x̂",
    "W₁",
    "_",
    "x′",
)


@pytest.mark.parametrize("name", [*TARGETS])
def test_awkward_names_are_written_for_every_target(name: str) -> None:
    """Two variables whose names collide with the language, with the library, or with each other."""
    n = alg.dimension("n")
    for typed in AWKWARD:
        x, y = alg.matrix(typed, n, 1), alg.matrix(f"{typed}_2", n, 1)
        task = Task(alg.frobenius(x, y), "gradient", {typed: Part(y, (n,))}, (variable(x), variable(y)), joint=True)
        if target_of(name).distributed:
            with pytest.raises(CompileError, match="no axis of samples"):
                module_of(task, name)
            continue
        module = module_of(task, name)
        made = list(module.signature.arrays.values())
        assert len(set(made)) == 2
        assert not set(made) & target_of(name).reserved, made
        if isinstance(target_of(name), PythonTarget):
            compile(module.source, typed, "exec")
        if name == "matlab":
            assert all(one.isascii() and one[0].isalpha() for one in made)
