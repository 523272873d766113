"""Functions of many layers: what is shared is worked on once, however many paths lead to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Symbol

import matcalc as mc
from matcalc import algebra as alg
from matcalc.calculus import simplify as module

LAYERS = [  # in each the layer before occurs more than once
    "tanh(W{k} x{j}) / ‖x{j}‖",
    "exp(−‖W{k} x{j}‖²) x{j}",
    "log(1 + x{j}ᵀW{k}x{j}) sin(W{k} x{j})",
    "(x{j}ᵀW{k}x{j})^(1/3) x{j} + W{k} x{j}",
    "x{j} + softmax(W{k} x{j}) / (1 + √(1 + x{j}ᵀx{j}))",
    "max(x{j}, W{k} x{j}) exp(−‖x{j}‖)",
]


def layers(layer: str, count: int, **options: Any) -> Any:
    """The gradient of ‖x_L‖² by the matrix of each layer."""
    lines = [f"x{k} = " + layer.format(k=k, j=k - 1 or "") for k in range(1, count + 1)]
    text = "\n".join([*lines, f"‖x{count}‖²"])
    return mc.derive(text, wrt=[f"W{k}" for k in range(1, count + 1)], where="x: n", **options)


@pytest.mark.parametrize("layer", LAYERS)
def test_code_grows_with_the_layers(layer: str) -> None:
    """With two paths through a layer, 50 of them have 10¹⁵."""
    few, many = (len(layers(layer, count).compile().source.splitlines()) for count in (25, 50))
    assert many < 2.2 * few


def test_tied_layers_are_simplified_together(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    rewrite = module._rewrite

    def counted(node: Any) -> Any:
        seen[-1] += 1
        return rewrite(node)

    monkeypatch.setattr(module, "_rewrite", counted)
    for count in (20, 40):
        seen.append(0)
        lines = [f"Z{k} = tanh({f'Z{k - 1}' if k > 1 else 'X'} W{k}) W{k}ᵀ" for k in range(1, count + 1)]
        text = "\n".join([*lines, f"½‖X − Z{count}‖²"])
        mc.derive(text, wrt=[f"W{k}" for k in range(1, count + 1)], where="X: m×n", check=False)
    assert seen[1] < 2.2 * seen[0]


def test_symbols_of_what_is_shared() -> None:
    a, n = Symbol("a", real=True), alg.dimension("n")
    x = alg.matrix("x", n, 1)
    node = x
    for _ in range(60):
        node = alg.add(alg.mul(alg.norm(node), node), alg.mul(a, node))
    assert node.free_symbols == {x, a}
    node.free_symbols.clear()
    assert node.free_symbols == {x, a}


def test_functions_of_large_scalars_are_the_same_functions() -> None:
    """They are nodes of ours, of which SymPy knows nothing."""
    text = "s = {s}; exp(−s²) + log(1 + s) + sin(s) cos(s) + |s| + √(s)"
    long = " + ".join(f"(aᵀB{k}a)²" for k in range(40))
    found = mc.derive(text.format(s=long), wrt="a", where="a: n; " + "; ".join(f"B{k}: n×n" for k in range(40)))
    short = mc.derive(text.format(s="(aᵀBa)²"), wrt="a", where="a: n; B: n×n")
    rng = np.random.default_rng(0)
    a, B = rng.standard_normal(3), 0.3 * rng.standard_normal((3, 3))
    one = {f"B{k}": B * (k == 7) for k in range(40)}
    np.testing.assert_allclose(found.compile()(a=a, **one), short.compile()(a=a, B=B), rtol=1e-12)
    text = found.text()
    assert "exp(−s²)" in text
    assert "|s|" in text


def test_large_scalars_keep_their_stable_forms() -> None:
    declared = "w, x_i: n; y_i: scalar; " + "; ".join(f"B{k}: n×n" for k in range(40))
    z = " + ".join(f"(wᵀB{k}x_j)² y_i" for k in range(40))
    found = mc.derive(f"Σ_{{i=1}}^N log(Σ_{{j=1}}^N exp({z}))", wrt="w", where=declared).compile()
    rng = np.random.default_rng(0)
    given = {"w": rng.standard_normal(3), "x_j": rng.standard_normal((3, 5)), "y_i": 1e4 * rng.standard_normal(5)}
    given |= {f"B{k}": rng.standard_normal((3, 3)) for k in range(40)}
    assert np.isfinite(found(**given)).all()  # exp alone overflows
    s = " + ".join(f"(wᵀB{k}w)²" for k in range(40))
    assert "xlogy(s, s)" in mc.derive(f"s = {s}; s log(s)", wrt="w", where=declared).source()


def test_the_conditions_of_many_layers_do_not_fill_the_docstring() -> None:
    few, many = (layers(LAYERS[0], count).source().split('"""')[1] for count in (3, 12))
    assert few.startswith("x1 = tanh(W1 x) / ‖x‖; x2 = tanh(W2 x1) / ‖x1‖; ")
    assert "\nx2 = tanh(u)/‖x₁‖\n" in few
    assert "\nx2 = " not in many
    assert "x₁₁ ≠ 0" in many


def test_what_depends_on_rounding_is_not_called_wrong() -> None:
    """A chaotic iteration: after 40 steps, no digit of the first derivative is right in machine numbers."""
    found = layers("4 sin(3 W{k} x{j})", 40)
    assert not found.certificate.points
    assert "depend on the last digits" in str(found.certificate)
    assert not found.certificate.failures
