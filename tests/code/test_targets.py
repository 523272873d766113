"""Every target's code computes what the corpus and the cases of every node type say."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.code import Part, Task, emit
from matcalc.code.compiled import Compiled
from matcalc.code.targets import TARGETS
from matcalc.errors import CompileError
from matcalc.operators.matrix_functions import ANALYTIC
from tests.code.cases import CASES, SIZES
from tests.code.test_lowering import same, setting, size
from tests.code.test_module import RULES, needs_ruff, ruff
from tests.corpus import cases, records
from tests.corpus.cases import Case
from tests.naive import evaluate

#: Functions of a symmetric matrix, by its spectrum.
SYMMETRIC = (
    "logm",
    "sqrtm",
    "Fréchet derivative of logm",
    "Fréchet derivative of sqrtm",
    "Fréchet derivative of expm at a symmetric matrix",
)
#: Case → the targets that have no code for it.
REFUSED = {
    **{name: {"array-api"} for name in CASES if (name in ANALYTIC or "Fréchet" in name) and name not in SYMMETRIC},
    "logm of a product": {"jax", "torch", "array-api"},
    "sqrtm of a product": {"torch", "array-api"},
    **{name: {"array-api"} for name in (
        "function erf", "function Phi", "function gelu", "function gamma", "function lgamma", "function digamma",
        "function trigamma", "scalar erf", "scalar gamma", "scalar lgamma",
    )},
}  # fmt: skip


def tensor(array: Any) -> Any:
    torch = pytest.importorskip("torch")
    return torch.tensor(np.asarray(array))


def jax_array(array: Any) -> Any:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax.numpy.asarray(array)


def on_cuda(array: Any) -> Any:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    return torch.tensor(np.asarray(array), device="cuda")


def cupy_array(array: Any) -> Any:
    cupy = pytest.importorskip("cupy")
    return cupy.asarray(array)


def host(array: Any) -> Any:
    """The array in NumPy, from wherever it is."""
    if hasattr(array, "cpu"):
        array = array.cpu()
    return array.get() if type(array).__module__.startswith("cupy") else np.asarray(array)


#: Test name → target, and the arrays it is given. array-api is run with three libraries, two of them on a GPU as well.
RUNS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "array-api": ("array-api", np.asarray),
    "array-api of tensors": ("array-api", tensor),
    "torch": ("torch", tensor),
    "jax": ("jax", jax_array),
    "torch on a GPU": ("torch", on_cuda),
    "array-api on a GPU": ("array-api", cupy_array),
}
#: By default one in so many cases is run, and all under the marker; JAX compiles every operation.
ONE_IN = {
    "array-api": 2,
    "array-api of tensors": 5,
    "torch": 2,
    "jax": 12,
    "torch on a GPU": 0,
    "array-api on a GPU": 0,
}


def _runs(names: list[str]) -> list[Any]:
    return [
        pytest.param(
            run, name, id=f"{run}-{name}", marks=[pytest.mark.heavy] if not ONE_IN[run] or k % ONE_IN[run] else []
        )
        for run in RUNS
        for k, name in enumerate(names)
    ]


@pytest.mark.parametrize(("run", "name"), _runs(list(CASES)))
def test_every_node_type(run: str, name: str) -> None:
    target, convert = RUNS[run]
    inputs, env, arrays = setting(CASES[name], 4)
    shape = alg.shape_of(CASES[name])
    dims = shape[:1] if shape and shape[1] == 1 else shape
    task = Task(CASES[name], "gradient", {"x": Part(CASES[name], dims)}, inputs)
    if target in REFUSED.get(name, ()):
        with pytest.raises(CompileError, match="no code for"):
            emit(task, target)
        return
    given = {key: convert(array) for key, array in arrays.items()}
    compiled = Compiled(task, target)
    want = evaluate(CASES[name], env, SIZES)
    for got in map(host, (compiled(**given), compiled.value(**given))):
        assert np.shape(got) == tuple(size(d) for d in dims), compiled.source
        assert same(got, want), compiled.source
        assert got.dtype == np.float64, compiled.source


CORPUS: dict[str, Case] = {case["id"]: case for case in records.corpus()}


@pytest.mark.parametrize(("run", "name"), _runs(list(CORPUS)))
def test_the_corpus(run: str, name: str) -> None:
    target, convert = RUNS[run]
    convert(0.0)  # skips where the library is not there
    derivation = mc.derive(**cases.question(CORPUS[name]))
    if _lacks(derivation, target):
        pytest.skip("the library lacks a function")
    compiled = derivation.compile(target=target)
    for given, want in records.trials(CORPUS[name]):
        got = compiled(**{key: convert(array) for key, array in given.items()})
        got = {key: host(array) for key, array in got.items()} if isinstance(got, dict) else host(got)
        assert cases.same(got, want, rtol=1e-7), compiled.source


def _lacks(derivation: mc.Derivation, target: str) -> bool:
    """Is there no code because the library lacks a function?"""
    try:
        derivation.source(target)
    except CompileError as refusal:
        return "has no code for the" in refusal.message
    return False


# ---------------------------------------------------------------- text
@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Modules of all Python targets, of a slice of the corpus."""
    folder = tmp_path_factory.mktemp("targets")
    for name, case in list(CORPUS.items())[::5]:
        derivation = mc.derive(**cases.question(case))
        for target in ("jax", "torch", "array-api"):
            try:
                text = derivation.source(target)
            except CompileError:
                continue
            (folder / f"{target}_{name}.py".replace("-", "_")).write_text(text, encoding="utf-8")
    return folder


@needs_ruff
def test_the_linter_finds_nothing(folder: Path) -> None:
    assert ruff("check", "--isolated", "--select", RULES, "--ignore", "N802,N803,N806", str(folder)) == ""


@needs_ruff
def test_the_formatter_changes_nothing(folder: Path) -> None:
    assert ruff("format", "--isolated", "--check", "--diff", str(folder)) == ""


def test_the_command_line_knows_every_target() -> None:
    from matcalc.cli import options

    assert tuple(TARGETS) == options.TARGETS


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(CompileError, match="no target 'fortran'") as refusal:
        mc.derive("xᵀx", wrt="x").source("fortran")
    assert refusal.value.hint == f"the targets are: {', '.join(TARGETS)}"


# ---------------------------------------------------------------- automatic differentiation through the closed form
# fmt: off
WRAPPED = {  # name → (expression, wrt, where)
    "flagship": ("½‖tanh(Wx)‖²", "W", "W: m×n, x: n"),
    "joint":    ("½‖W₂ tanh(W₁ x) − y‖²", ("W₁", "W₂"), "W₁: p×n, W₂: m×p, x: n, y: m"),
    "scalar":   ("log det(XᵀX + λI)", ("X", "λ"), "X: m×n, λ: scalar"),
    "jacobian": ("σ(Wx + b)", ("W", "b"), "W: m×n, x: n, b: m, σ := sigmoid"),
}
# fmt: on


@pytest.mark.parametrize("name", WRAPPED)
def test_autograd_goes_through_the_closed_form(name: str) -> None:
    torch = pytest.importorskip("torch")
    compiled, arrays = _wrapped(name, "torch", tensor)
    given = [a.clone().requires_grad_() for a in arrays.values()]
    assert torch.autograd.gradcheck(compiled.namespace["differentiable"], given)
    some = [a.requires_grad_() for a in arrays.values()]
    total = compiled.namespace["differentiable"](*some).sum()
    reference = compiled.namespace["value"](*some).sum()
    for got, want in zip(torch.autograd.grad(total, some), torch.autograd.grad(reference, some), strict=True):
        assert np.asarray(got) == pytest.approx(np.asarray(want))


@pytest.mark.parametrize("name", ["flagship", "jacobian"])
def test_jax_goes_through_the_closed_form(name: str) -> None:
    jax = pytest.importorskip("jax")
    compiled, arrays = _wrapped(name, "jax", jax_array)
    given = list(arrays.values())
    places = tuple(range(len(given)))
    got = jax.jit(jax.jacrev(compiled.namespace["differentiable"], places))(*given)
    want = jax.jacfwd(compiled.namespace["value"], places)(*given)
    for a, b in zip(got, want, strict=True):
        assert np.asarray(a) == pytest.approx(np.asarray(b))


def test_jax_code_is_compiled_and_vectorised() -> None:
    jax = pytest.importorskip("jax")
    compiled, arrays = _wrapped("flagship", "jax", jax_array)
    W, x = arrays.values()
    many = jax.jit(jax.vmap(compiled.namespace["gradient"], in_axes=(None, 0)))(W, jax.numpy.stack([x, 2 * x]))
    assert np.asarray(many[1]) == pytest.approx(np.asarray(compiled(W=W, x=2 * x)))
    assert np.asarray(jax.jit(lambda W, x: compiled(W=W, x=x))(W, x)) == pytest.approx(np.asarray(compiled(W=W, x=x)))


def _wrapped(name: str, target: str, convert: Callable[[Any], Any]) -> tuple[Any, dict[str, Any]]:
    expression, wrt, where = WRAPPED[name]
    compiled: Any = mc.derive(expression, wrt=wrt, where=where).compile(target=target)
    sizes, rng = {"m": 3, "n": 2, "p": 4}, np.random.default_rng(0)
    shapes = {one: tuple(sizes[str(d)] for d in given.declared) for one, given in compiled._inputs.items()}
    return compiled, {one: convert(0.5 + rng.random(shape)) for one, shape in shapes.items()}


def test_a_module_without_its_library_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(CompileError, match="the target torch needs torch, which is not installed"):
        mc.derive("xᵀx", wrt="x").compile(target="torch")
