"""Sums over samples: which programs split, why others do not, and that Dask and a mesh of devices add them up."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import CompileError
from tests.code.test_module import RULES, needs_ruff, ruff

# fmt: off
SPLIT = {  # name → (expression, wrt, where, kind)
    "least squares": ("(1/n) ‖Xw − y‖² + λ‖w‖²", "w", "X: n×d, w: d, y: n, λ: scalar", None),
    "network":       ("½‖W₂ tanh(W₁ X) − Y‖²", ("W₁", "W₂"), "W₁: k×d, W₂: c×k, X: d×n, Y: c×n", None),
    "logistic":      ("sum(log(1 + exp(−y ⊙ (Xw))))", "w", "X: n×d, w: d, y: n", None),
    "not squared":   ("‖Xw − y‖", "w", "X: n×d, w: d, y: n", None),
    "hessian":       ("sum(log(1 + exp(−Xw))) + λ‖w‖²", "w", "X: n×d, w: d, λ: scalar", "hessian"),
    "covariance":    ("log det(XᵀX + λI)", "λ", "X: n×d, λ: scalar", None),
}
REFUSED = {  # name → (expression, wrt, where, message)
    "one sample":  ("½‖tanh(Wx)‖²", "W", "W: m×n, x: n", "there is no axis of samples"),
    "softmax":     ("logsumexp(Xw)", "w", "X: n×d, w: d", "largest entry is looked for among all"),
    "two passes":  ("sum(tanh(Xw − 𝟏 (𝟏ᵀX w)))", "w", "X: n×d, w: d", "one sample needs a sum over all"),
}
# fmt: on
SIZES = {"n": 23, "d": 3, "k": 4, "c": 2}


def derived(name: str) -> tuple[Any, dict[str, Any]]:
    expression, wrt, where, kind = SPLIT[name]
    derivation = mc.derive(expression, wrt=wrt, where=where, kind=kind)
    rng, compiled = np.random.default_rng(0), derivation.compile()
    shapes = {key: [SIZES[str(size)] for size in one.declared] for key, one in compiled._inputs.items()}
    return derivation, {key: rng.standard_normal(shape) if shape else 0.7 for key, shape in shapes.items()}


def agree(got: Any, want: Any) -> None:
    for one, other in zip(got, want, strict=True):
        if isinstance(other, dict):
            agree(one.values(), other.values())
        else:
            assert np.asarray(one) == pytest.approx(np.asarray(other))


@pytest.mark.parametrize("name", SPLIT)
@pytest.mark.parametrize("cut", [23, 7, 1])
def test_dask_adds_up_chunks(name: str, cut: int) -> None:
    da = pytest.importorskip("dask.array")
    derivation, arrays = derived(name)
    want = derivation.compile().value_and_derivative(**arrays)
    compiled = derivation.compile(target="dask", samples="n")
    chunked = {
        key: da.from_array(a, chunks=tuple(cut if k == 23 else -1 for k in a.shape)) if 23 in np.shape(a) else a
        for key, a in arrays.items()
    }
    agree(compiled.value_and_derivative(**chunked), want)


def test_chunks_hold_the_samples_and_totals_do_not() -> None:
    source = derived("network")[0].source("dask", samples="n")
    totals = source[source.index("def from_totals") : source.index("def add_up")]
    assert "tanh" in source[: source.index("def from_totals")]
    assert "tanh" not in totals
    assert "X" not in totals


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_split_is_refused_with_the_reason(name: str) -> None:
    expression, wrt, where, message = REFUSED[name]
    with pytest.raises(CompileError, match=message):
        mc.derive(expression, wrt=wrt, where=where).source("dask")


def test_of_two_axes_one_has_to_be_named() -> None:
    derivation = mc.derive("sum(X) + λ²", wrt="λ", where="X: m×n, λ: scalar")
    with pytest.raises(CompileError, match="counted by any of m, n") as refusal:
        derivation.source("dask")
    assert refusal.value.hint == 'say samples="m"'
    assert "counted by n" in derivation.source("dask", samples="n")


@pytest.mark.slow
def test_a_mesh_of_four_simulated_devices_adds_up() -> None:
    """In a process of its own: the number of devices is fixed when JAX starts. 23 samples leave 3 over."""
    pytest.importorskip("jax")
    program = (
        "import jax; jax.config.update('jax_enable_x64', True)\n"
        "from tests.code import test_samples as t\n"
        "assert len(jax.devices()) == 4\n"
        "for name in ('least squares', 'network', 'hessian'):\n"
        "    derivation, arrays = t.derived(name)\n"
        "    got = derivation.compile(target='jax-mesh', samples='n').value_and_derivative(**arrays)\n"
        "    t.agree(got, derivation.compile().value_and_derivative(**arrays))\n"
    )
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "PYTHONPATH": "."}
    subprocess.run([sys.executable, "-c", program], env=os.environ | flags, check=True)


@needs_ruff
def test_the_linter_and_the_formatter_find_nothing(tmp_path: Any) -> None:
    for name in SPLIT:
        for target in ("dask", "jax-mesh"):
            text = derived(name)[0].source(target, samples="n")
            (tmp_path / f"{name}_{target}.py".replace(" ", "_").replace("-", "_")).write_text(text, encoding="utf-8")
    assert ruff("check", "--isolated", "--select", RULES, "--ignore", "N802,N803,N806", str(tmp_path)) == ""
    assert ruff("format", "--isolated", "--check", "--diff", str(tmp_path)) == ""
