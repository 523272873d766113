"""Options of emitted code: checks of shapes, self-tests, single precision; and the functions of a Hessian's module."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc.errors import CompileError
from tests.code.test_module import RULES, needs_ruff, ruff

# fmt: off
QUESTIONS = {
    "flagship": {"expression": "½‖tanh(Wx)‖²", "wrt": "W", "where": "W: m×n, x: n"},
    "joint":    {"expression": "½‖W₂ tanh(W₁ x) − y‖²", "wrt": ("W₁", "W₂"), "where": "W₁: p×n, W₂: m×p, x: n, y: m"},
    "jacobian": {"expression": "softmax(Wx)", "wrt": "W", "where": "W: m×n, x: n"},
    "spd":      {"expression": "log det(A) + xᵀA⁻¹x", "wrt": ("A", "x"), "where": "A: n×n spd, x: n",
                 "kind": "hessian"},
    "domain":   {"expression": "sum(log(x) ⊙ √y)", "wrt": "x", "where": "x: n, y: n"},
    "number":   {"expression": "t² log(s) xᵀx", "wrt": ("t", "x"), "where": "t: scalar, s: scalar, x: n"},
}
# fmt: on


def run(source: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(source, {"__name__": "__main__"})  # noqa: S102 - what is tested
    return out.getvalue()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_module_tests_itself(name: str) -> None:
    derivation = mc.derive(**QUESTIONS[name])
    assert run(derivation.source(self_test=True)).count("differences agree") == len(derivation.results)


@pytest.mark.parametrize("target", ["array-api", "torch"])
def test_modules_of_other_targets_test_themselves(target: str) -> None:
    pytest.importorskip({"array-api": "array_api_compat"}.get(target, target))
    assert "differences agree" in run(mc.derive(**QUESTIONS["joint"]).source(target, self_test=True, checks=True))


def test_numbers_are_drawn_in_double_precision() -> None:
    pytest.importorskip("torch")
    question = {"expression": "t² xᵀx", "wrt": ("t", "x"), "where": "t: scalar, x: n"}
    assert run(mc.derive(**question).source("torch", self_test=True)).count("differences agree") == 2


def test_a_wrong_derivative_fails_its_test() -> None:
    source = mc.derive(**QUESTIONS["flagship"]).source(self_test=True)
    with pytest.raises(AssertionError):
        run(source.replace("1.0 - tanh_z", "1.5 - tanh_z", 1))


def test_single_precision_passes_its_test() -> None:
    assert run(mc.derive(**QUESTIONS["flagship"]).source(self_test=True, dtype="float32"))


def test_shapes_are_checked() -> None:
    space: dict[str, Any] = {}
    exec(mc.derive(**QUESTIONS["flagship"]).source(checks=True), space)  # noqa: S102 - what is tested
    assert space["gradient"](np.ones((2, 3)), np.ones(3)).shape == (2, 3)
    for wrong in (np.ones(4), np.ones((3, 1))):
        with pytest.raises(ValueError, match=r"x must have shape \('n',\), not "):
            space["gradient"](np.ones((2, 3)), wrong)


@needs_ruff
def test_the_linter_and_the_formatter_find_nothing(tmp_path: Any) -> None:
    for name, question in QUESTIONS.items():
        for target in ("numpy", "jax", "torch", "array-api"):
            text = mc.derive(**question).source(target, checks=True, self_test=True)
            (tmp_path / f"{name}_{target.replace('-', '_')}.py").write_text(text, encoding="utf-8")
    assert ruff("check", "--isolated", "--select", RULES, "--ignore", "N802,N803,N806", str(tmp_path)) == ""
    assert ruff("format", "--isolated", "--check", "--diff", str(tmp_path)) == ""


def test_arrays_that_are_made_have_the_type() -> None:
    compiled = mc.derive("log det(XᵀX + λI)", wrt="X", where="X: m×n, λ: scalar", kind="hessian").compile(
        dtype="float32"
    )
    X = np.random.default_rng(0).standard_normal((4, 3))
    assert compiled(X=X, λ=0.5).dtype == np.float32
    assert compiled.gradient(X=X, λ=0.5).dtype == np.float32


# fmt: off
REFUSED = [
    ({"nonsense": 1}, "unknown option 'nonsense'"),
    ({"dtype": "int8"}, "dtype='int8' is not known"),
    ({"target": "julia", "checks": True}, "the target julia has no option checks"),
    ({"target": "matlab", "self_test": True}, "the target matlab has no option self_test"),
]
# fmt: on


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CompileError, match=message):
        mc.derive(**QUESTIONS["flagship"]).source(**options)


def test_a_module_with_functions_of_the_callers_has_no_self_test() -> None:
    with pytest.raises(CompileError, match="has no self-test"):
        mc.derive("sum(θ(Ax))", wrt="x", where="A: n×n, x: n").source(self_test=True)


# ---------------------------------------------------------------- of a Hessian: the gradient and the product
# fmt: off
HESSIANS = [
    ("log det(XᵀX + λI)", "X", "X: m×n, λ: scalar"),
    ("½‖tanh(Wx)‖² + λ‖W‖²", "W", "W: m×n, x: n, λ: scalar"),
    ("½‖W₂ tanh(W₁ x) − y‖²", ("W₁", "W₂"), "W₁: p×n, W₂: m×p, x: n, y: m"),
    ("logsumexp(Ax + b) + t² xᵀx", ("x", "t"), "A: m×n, x: n, b: m, t: scalar"),
    ("xᵀx", "x", "x: n"),
]
# fmt: on


@pytest.mark.parametrize(("expression", "wrt", "where"), HESSIANS)
def test_the_hessian_times_a_direction(expression: str, wrt: Any, where: str) -> None:
    compiled: Any = mc.derive(expression, wrt=wrt, where=where, kind="hessian").compile()
    sizes, rng = {"m": 3, "n": 4, "p": 2}, np.random.default_rng(0)
    arrays = {
        name: rng.random(tuple(sizes[str(size)] for size in one.declared)) for name, one in compiled._inputs.items()
    }
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    joint = len(names) > 1
    given = {one: arrays[one if one in arrays else one.translate(str.maketrans("₁₂", "12"))] for one in names}
    directions = {one: rng.standard_normal(given[one].shape) for one in names}
    passed = {
        ("V" if given[one].ndim == 2 else "v") + (f"_{one}" if joint else ""): step for one, step in directions.items()
    }
    hessian, product = compiled(**arrays), compiled.hvp(**arrays, **passed)
    for one in names:
        blocks = {other: hessian[f"{one},{other}"] if joint else hessian for other in names}
        want = sum(np.tensordot(blocks[o], directions[o], directions[o].ndim) for o in names)
        assert (product[one] if joint else product) == pytest.approx(want)


def test_the_product_holds_no_hessian() -> None:
    source = mc.derive("½‖tanh(Wx)‖²", wrt="W", where="W: m×n, x: n", kind="hessian").source()
    product = source[source.index("def hvp") :]
    assert "kron" not in product
    assert "einsum" not in product
    assert "reshape" not in product


def test_a_gradient_has_no_product() -> None:
    with pytest.raises(CompileError, match="no hvp of a gradient"):
        mc.derive("xᵀx", wrt="x", where="x: n").compile().hvp(x=np.ones(2), v=np.ones(2))


@pytest.mark.parametrize(
    ("expression", "wrt", "where", "direction"),
    [
        ("½‖U Vᵀ − Y‖²", "U", "U: m×k, V: n×k, Y: m×n", "V_U"),
        ("½‖Wx − v‖²", "x", "W: m×n, x: n, v: m", "v_x"),
        ("½‖Wx − v‖² + xᵀx v_xᵀv_x", "x", "W: m×n, x: n, v: m, v_x: k", "v_x_2"),
        ("½‖Wx‖²", "x", "W: m×n, x: n", "v"),
    ],
)
def test_a_direction_has_a_name_of_its_own(expression: str, wrt: str, where: str, direction: str) -> None:
    call = mc.derive(expression, wrt=wrt, where=where, kind="hessian").compile()
    rng, sizes = np.random.default_rng(0), {"m": 3, "n": 4, "k": 2}
    shapes = dict(part.split(": ") for part in where.split(", "))
    given = {name: rng.standard_normal([sizes[s] for s in shape.split("×")]) for name, shape in shapes.items()}
    H, v = call(**given), rng.standard_normal(given[wrt].shape)
    got = call.hvp(**given, **{direction: v})
    np.testing.assert_allclose(got, np.tensordot(H, v, v.ndim), rtol=1e-10, atol=1e-12)
    step = 1e-6 * v
    ahead, back = (call.gradient(**given | {wrt: given[wrt] + s}) for s in (step, -step))
    np.testing.assert_allclose((ahead - back) / 2e-6, got, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("expression", ["det(X)", "log det(X)", "max(X)", "sum(leaky_relu(X))", "sum(X/√n)", "adj(X)"])
def test_single_precision_stays_single(expression: str) -> None:
    call = mc.derive(expression, wrt="X", where="X: n×n").compile(dtype="float32")
    X = np.random.default_rng(0).standard_normal((3, 3)) + 3 * np.eye(3)
    assert call(X=X).dtype == np.float32
    assert np.asarray(call.value(X=X)).dtype == np.float32


@pytest.mark.parametrize(
    ("expression", "wrt"), [("tr(A^{1/2})", "A"), ("tr(B logm(A))", "A"), ("sum(arccosh(x))", "x")]
)
def test_a_self_test_finds_a_point_of_the_domain(expression: str, wrt: str) -> None:
    source = mc.derive(expression, wrt=wrt, where="A: n×n, B: n×n, x: m").source(self_test=True)
    assert "differences agree" in run(source)
