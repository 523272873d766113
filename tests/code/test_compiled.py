"""Callables: every spelling of a name, and a clear refusal of what does not fit."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc.algebra import postorder
from matcalc.code import module
from matcalc.code.compiled import MOST_KEYWORDS
from matcalc.operators.summations import unbound
from tests.benchmarks.derive import network

W, X = np.arange(6.0).reshape(2, 3), np.ones(3)


@pytest.fixture(scope="module")
def flagship() -> Any:
    return mc.derive("½‖θ(Wx)‖²", wrt="W", where="W: m×n, x: n").compile()


def tanh_prime(z: Any) -> Any:
    return 1 - np.tanh(z) ** 2


def test_value_derivative_and_both(flagship: Any) -> None:
    given = {"W": W, "x": X, "theta": np.tanh, "dtheta": tanh_prime}
    z = W @ X
    gradient = np.outer(np.tanh(z) * tanh_prime(z), X)
    assert flagship(**given) == pytest.approx(gradient)
    assert flagship.value(**given) == pytest.approx(np.sum(np.tanh(z) ** 2) / 2)
    value, derivative = flagship.value_and_derivative(**given)
    assert (value, derivative) == (pytest.approx(flagship.value(**given)), pytest.approx(gradient))


@pytest.mark.parametrize("names", [("theta", "dtheta"), ("θ", "dθ")])
def test_spellings_of_functions(flagship: Any, names: tuple[str, str]) -> None:
    assert flagship(W=W, x=X, **dict(zip(names, (np.tanh, tanh_prime), strict=True))).shape == (2, 3)


@pytest.mark.parametrize("spelling", ["λ", "lambda_", "lambda"])
def test_spellings_of_a_greek_letter(spelling: str) -> None:
    compiled = mc.derive("λ xᵀx", wrt="x", where="λ: scalar, x: n").compile()
    assert compiled(**{spelling: 2.0, "x": X}) == pytest.approx(4 * X)


@pytest.mark.parametrize("spelling", ["W₁", "W1", "W_1"])
def test_spellings_of_a_subscript(spelling: str) -> None:
    compiled = mc.derive("‖W₁ x‖²", wrt="x", where="W₁: m×n, x: n").compile()
    assert compiled(**{spelling: W, "x": X}) == pytest.approx(2 * W.T @ W @ X)


def test_lists_and_integers_are_taken() -> None:
    compiled = mc.derive("xᵀAx", wrt="x", where="A: n×n, x: n").compile()
    assert compiled(A=[[1, 2], [3, 4]], x=[1, 1]) == pytest.approx([7.0, 13.0])


def test_single_precision_stays() -> None:
    compiled = mc.derive("xᵀAx", wrt="x", where="A: n×n, x: n").compile()
    assert compiled(A=np.eye(2, dtype=np.float32), x=np.ones(2, dtype=np.float32)).dtype == np.float32


REFUSED = [
    ({"W": W, "x": X, "y": X}, "'y' is not an input; the inputs are W, x, dtheta, theta"),
    ({"x": X, "theta": np.tanh, "dtheta": np.cos}, r"W is missing"),
    ({"W": W, "x": X}, "dtheta, theta are missing"),
    (
        {"W": W, "x": np.ones(4), "theta": np.tanh, "dtheta": np.cos},
        r"sizes called n differ: W has \(2, 3\) .* x has \(4,\)",
    ),
    (
        {"W": W, "x": np.ones((3, 1)), "theta": np.tanh, "dtheta": np.cos},
        r"x must have shape \(n,\), not the shape \(3, 1\)",
    ),
    ({"W": W, "x": X, "theta": np.tanh, "θ": np.tanh, "dtheta": np.cos}, "theta is passed twice"),
]


@pytest.mark.parametrize(("arrays", "message"), REFUSED)
def test_what_does_not_fit_is_refused(flagship: Any, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        flagship(**arrays)


def test_a_fixed_size_is_checked() -> None:
    compiled = mc.derive("xᵀAx", wrt="x", where="A: 3×3, x: 3").compile()
    with pytest.raises(TypeError, match=r"A must have shape \(3, 3\), not the shape \(2, 2\)"):
        compiled(A=np.eye(2), x=np.ones(3))


def test_a_declared_variable_that_does_not_occur_is_taken() -> None:
    compiled = mc.derive("xᵀx", wrt="x", where="x: n, B: m×n").compile()
    assert compiled(x=X, B=W) == pytest.approx(2 * X)


def test_unknown_targets_and_structures_are_refused() -> None:
    d = mc.derive("xᵀx", wrt="x", where="x: n")
    with pytest.raises(mc.CompileError, match="no target 'fortran'"):
        d.source("fortran")
    with pytest.raises(mc.CompileError, match="no target 'fortran'"):
        d.compile("fortran")
    with pytest.raises(mc.CompileError, match="unknown option 'fast'"):
        d.compile(fast=True)


# ---------------------------------------------------------------- many arrays
def layers(count: int) -> tuple[Any, dict[str, Any]]:
    """The gradient of a network by all that it has, and arrays for it."""
    text, where, wrt = network(count)
    rng = np.random.default_rng(0)
    given = {name: rng.standard_normal((4, 4) if name[0] == "W" else 4) for name in ("x", "y", *wrt)}
    return mc.derive(text, wrt=wrt, where=where).compile(), given


def test_gradients_come_as_backpropagation_passes_their_layers() -> None:
    source = layers(6)[0].source.split("def gradient(")[1].split("def value_and")[0]
    lines = [line.strip() for line in source.splitlines()]
    made = [line.split(" = ")[0] for line in lines if " = " in line]
    assert made[-6:] == ["δ_3", "G_W3", "δ_2", "G_W2", "δ_1", "G_W1"]
    assert not any(re.fullmatch(r"\w+ = \w+", line) for line in lines)  # no second names


def test_more_arrays_than_there_are_keywords_for() -> None:
    few, _ = layers(4)
    many, given = layers(MOST_KEYWORDS // 2)
    assert len(few.names) <= MOST_KEYWORDS < len(many.names)
    want = many.namespace["gradient"](**given)
    quick, slow = many(**given), many(**{name: a.tolist() for name, a in given.items()})
    assert all(np.array_equal(quick[name], want[name]) and np.array_equal(slow[name], want[name]) for name in want)
    assert many.value(**given) == many.namespace["value"](**given)
    with pytest.raises(TypeError, match="W7 is missing"):
        many(**{name: a for name, a in given.items() if name != "W7"})
    with pytest.raises(TypeError, match="'V' is not an input"):
        many(**given, V=np.ones(4))
    with pytest.raises(TypeError, match="W7 must have shape"):
        many(**given | {"W7": np.ones(4)})
    with pytest.raises(TypeError, match="the sizes called n differ"):
        many(**given | {"W7": np.ones((5, 5))})


def test_compiling_looks_for_samples_as_often_as_there_are_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(*roots: Any) -> dict[Any, Any]:
        found = list(postorder(*roots))
        seen[-1] += len(found)
        return unbound(*roots)

    monkeypatch.setattr(module, "unbound", counted)
    for count in (40, 80):
        seen.append(0)
        layers(count)
    assert seen[1] < 2.2 * seen[0]


@pytest.mark.parametrize("name", ["derivative", "kind", "double", "ndarray", "type", "self", "others", "arrays"])
@pytest.mark.parametrize("x", [np.arange(3.0), [0.0, 1.0, 2.0]], ids=["array", "list"])
def test_a_variable_may_be_called_anything(name: str, x: Any) -> None:
    got = mc.derive(f"{name}ᵀ {name}", wrt=name, where=f"{name}: n").compile()(**{name: x})
    np.testing.assert_allclose(got, [0.0, 2.0, 4.0])


@pytest.mark.parametrize("k", [1, 1.0, np.int64(1), np.array(1.0), 0, 3])
def test_a_power_leaves_the_matrix_alone(k: Any) -> None:
    X = np.random.default_rng(0).standard_normal((3, 3))
    for text in ("sum(exp(X^k))", "sum(exp(X^k + λ I))"):
        call = mc.derive(text, wrt="X", where="X: n×n").compile()
        given = {"X": X.copy(), "k": k, "λ": 5.0}
        for function in (call, call.value, call.value_and_derivative):
            function(**{name: given[name] for name in call.names})
            np.testing.assert_array_equal(given["X"], X)


def test_an_exponent_of_a_matrix_is_a_whole_number() -> None:
    call = mc.derive("tr(X^(k + 1))", wrt="X").compile()
    assert "X: np.ndarray, k: int" in call.source
    assert "k: a whole number" in call.source
    X = np.random.default_rng(0).standard_normal((3, 3))
    for k in (2, 2.0, np.float64(2.0)):
        np.testing.assert_allclose(call(X=X, k=k), 3 * (X @ X).T)
    with pytest.raises(TypeError, match=re.escape("k must be a whole number, not 2.7")):
        call(X=X, k=2.7)
    with pytest.raises(TypeError):
        call.namespace["gradient"](X, 2.7)


def test_two_results_never_share_memory() -> None:
    given = {name: np.ones((3, 3)) for name in "AXY"}
    both = mc.derive("sum(exp(A) ⊙ (X + Yᵀ))", wrt=("X", "Y"), where="X: m×n").compile()(**given)
    assert not np.shares_memory(both["X"], both["Y"])
    call = mc.derive("θ(X)", wrt="X", where="X: m×n").compile()
    value = call.value(X=given["X"], θ=lambda z: z)
    assert not np.shares_memory(value, given["X"])
