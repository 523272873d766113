"""Names: which spellings mean one symbol, and what they are called in Python."""

from __future__ import annotations

import pytest

from matcalc.language import name_key, pyname, same_name
from matcalc.language.names import nearest, shown


@pytest.mark.parametrize(
    "spellings",
    [
        ("λ", "lambda", r"\lambda", "lambda_"),
        ("W₁", "W1", "W_1", "W_{1}"),
        ("x_{new}", "x_new", r"x_{\text{new}}"),
        ("x_i", "xᵢ", "x_{i}"),
        ("θ_1", "theta1", "theta_1", r"\theta_{1}", "θ₁"),
        ("ŷ", "y\u0302"),
        ("μ", "µ", "mu"),
        ("ε", "ϵ", "epsilon", "varepsilon"),
        ("class", "class_"),
    ],
)
def test_spellings_of_one_name(spellings):
    assert len({name_key(name) for name in spellings}) == 1
    assert all(same_name(spellings[0], other) for other in spellings)


@pytest.mark.parametrize("pair", [("x", "X"), ("x_i", "xi"), ("W1", "W2"), ("x_new", "xnew"), ("σ", "Σ"), ("x", "x̂")])
def test_different_names(pair):
    assert not same_name(*pair)


@pytest.mark.parametrize(
    ("name", "python", "display"),
    [
        ("W₁", "W1", "W₁"),
        ("x_{new}", "x_new", "x_{new}"),
        ("lambda", "lambda_", "λ"),
        ("λ", "λ", "λ"),
        ("None", "None_", "None"),
        ("beta_0", "beta_0", "β_0"),
    ],
)
def test_the_name_in_python_and_on_paper(name, python, display):
    assert (pyname(name), shown(name)) == (python, display)


@pytest.mark.parametrize(
    ("word", "meant"), [("sigmiod", "sigmoid"), ("logdte", "logdet"), ("tanhh", "tanh"), ("qqqq", None)]
)
def test_the_nearest_name(word, meant):
    assert nearest(word, ["sigmoid", "logdet", "tanh", "sin", "softmax"]) == meant
