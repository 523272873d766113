"""Batches: what is computed for all examples at once is what a loop over the function of one example computes."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.calculus.engine import run as differentiate
from matcalc.code import VOCABULARY, Part, Task
from matcalc.code.compiled import Compiled
from matcalc.code.interpret import interpret
from matcalc.code.module import module_of, program_of
from matcalc.code.options import Options
from matcalc.code.targets import target_of
from matcalc.code.vmap import RULES as MAPPED
from matcalc.code.vmap import over_examples, over_task
from matcalc.errors import CompileError
from tests.code.cases import CASES
from tests.code.test_lowering import setting
from tests.code.test_module import RULES, needs_ruff, ruff
from tests.code.test_random import arguments, point, task_of
from tests.code.test_targets import host, jax_array, tensor
from tests.corpus import cases, records
from tests.corpus.cases import Arrays, Case
from tests.random_expressions import Generator

SIZES = (3, 1, 0)
CORPUS: dict[str, Case] = {case["id"]: case for case in records.corpus()}


# ---------------------------------------------------------------- against a loop
def batches(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Each alone, and all."""
    yield from ((name,) for name in names)
    if len(names) > 1:
        yield tuple(names)


def batch_of(points: Sequence[Arrays], names: Sequence[str], size: int) -> Arrays:
    """The arrays of the first so many points together, for these names; else those of the first point."""
    first = points[0]
    return {key: np.stack([p[key] for p in points])[:size] if key in names else first[key] for key in first}


def one_by_one(function: Callable[..., Any], points: Sequence[Arrays], names: Sequence[str], size: int) -> Any:
    """What the function of one example gives for every example, stacked."""
    first = points[0]
    outs = [function(**{key: (p if key in names else first)[key] for key in first}) for p in points]
    if isinstance(outs[0], dict):
        return {key: np.stack([np.asarray(out[key]) for out in outs])[:size] for key in outs[0]}
    return np.stack([np.asarray(out) for out in outs])[:size]


def agree(got: Any, want: Any, tolerance: float = 1e-9) -> bool:
    """Within the tolerance; NaN where an example is outside of the domain."""
    if isinstance(want, dict):
        return got.keys() == want.keys() and all(agree(got[key], want[key], tolerance) for key in want)
    got = host(got)
    largest = np.nanmax(np.abs(want), initial=1.0)
    near = np.allclose(got, want, rtol=tolerance, atol=tolerance * largest, equal_nan=True)
    return bool(got.shape == want.shape and near)


def is_finite(array: Any) -> bool:
    return all(map(is_finite, array.values())) if isinstance(array, dict) else bool(np.isfinite(array).all())


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_the_corpus(name: str) -> None:
    derivation = mc.derive(**cases.question(CORPUS[name]), check=False)
    one: Any = derivation.compile()
    points = [cases.inputs(CORPUS[name], seed=seed) for seed in range(3)]
    assert is_finite(one(**points[0]))
    for names in batches(list(points[0])):
        many: Any = derivation.compile(batch=names)
        for size in SIZES:
            given = batch_of(points, names, size)
            before = {key: array.copy() for key, array in given.items()}
            value, derivative = many.value_and_derivative(**given)
            assert agree(many(**given), one_by_one(one, points, names, size)), many.source
            assert agree(many.value(**given), one_by_one(one.value, points, names, size)), many.source
            assert agree(value, one_by_one(one.value, points, names, size)), many.source
            assert agree(derivative, one_by_one(one, points, names, size)), many.source
            assert all(np.array_equal(given[key], before[key]) for key in given), many.source


#: By default one in so many cases is run, and all under the marker. torch.vmap wants an example at least.
RUNS: dict[str, tuple[Callable[[Any], Any], int, tuple[int, ...]]] = {
    "torch": (tensor, 12, (3, 1)),
    "jax": (jax_array, 60, SIZES),
}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    ("target", "name"),
    [
        pytest.param(target, name, marks=[pytest.mark.heavy] if k % RUNS[target][1] else [])
        for target in RUNS
        for k, name in enumerate(CORPUS)
    ],
)
def test_the_corpus_in_other_targets(target: str, name: str) -> None:
    convert, _, sizes = RUNS[target]
    convert(0.0)  # skips where the library is not there
    derivation = mc.derive(**cases.question(CORPUS[name]), check=False)
    try:
        derivation.source(target)
    except CompileError:
        pytest.skip("the library lacks a function")
    one: Any = derivation.compile()
    points = [cases.inputs(CORPUS[name], seed=seed) for seed in range(3)]
    for names in batches(list(points[0])):
        many: Any = derivation.compile(target=target, batch=names)
        for size in sizes:
            given = {key: convert(array) for key, array in batch_of(points, names, size).items()}
            value, derivative = many.value_and_derivative(**given)
            assert agree(value, one_by_one(one.value, points, names, size), 1e-7), many.source
            assert agree(derivative, one_by_one(one, points, names, size), 1e-7), many.source


def refused(name: str) -> bool:
    """SciPy's functions of matrices take one matrix; of symmetric ones there is code by their eigenvalues."""
    analytic = ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm", "logm of a product", "sqrtm of a product")
    return name.startswith(analytic) or name.startswith(
        ("Fréchet derivative of sinm", "Fréchet derivative of tanhm", "matrix of the Fréchet derivative")
    )


@pytest.mark.parametrize("name", CASES)
def test_every_node_type(name: str) -> None:
    expression = CASES[name]
    inputs, _, _ = setting(expression, 0)
    points = [setting(expression, seed)[2] for seed in range(3)]
    shape = alg.shape_of(expression)
    task = Task(expression, "gradient", {"x": Part(expression, shape[:1] if shape[1:] == (1,) else shape)}, inputs)
    one = Compiled(task)
    for names in batches([i.name for i in inputs if i.symbol in expression.free_symbols]):
        batch = replace(task, options=Options(batch=names))
        if refused(name):
            with pytest.raises(CompileError, match=r"there is no array operation for .* takes all examples at once"):
                Compiled(batch)
            continue
        many = Compiled(batch)
        for size in SIZES:
            assert agree(many(**batch_of(points, names, size)), one_by_one(one, points, names, size)), many.source
        program = over_examples(program_of(batch), over_task(batch), target_of("numpy").passes)
        shown = interpret(program, batch_of(points, names, 3))
        assert agree(shown["x"], one_by_one(one, points, names, 3)), program


@pytest.mark.filterwarnings("ignore:invalid value", "ignore:overflow")
@pytest.mark.parametrize("kind", ["gradient", "hessian"])
@pytest.mark.parametrize("seed", range(20))
def test_random_expressions(seed: int, kind: Any) -> None:
    g = Generator(7000 + seed)
    value = g.scalar(3)
    for x in [s for s in g.symbols.values() if alg.contains(value, s)]:
        result = next(iter(differentiate(value, {str(x): x}, kind).results.values()))
        task = task_of(value, x, kind, result, g.symbols)
        one, points = Compiled(task), [arguments(task, point(g.symbols, k)) for k in range(3)]
        for names in batches([i.name for i in task.inputs if i.symbol in value.free_symbols]):
            many = Compiled(replace(task, options=Options(batch=names)))
            given = batch_of(points, names, 3)
            got = many(**given)
            assert agree(got, one_by_one(one, points, names, 3)), many.source
            assert not any(np.shares_memory(got, array) for array in given.values()), "an input was returned"


#: Instructions that never see an array of examples, and why.
STAY = {
    "input", "size", "floor_divide",  # given, and sizes
    "number", "duplication", "elimination", "eye", "ones", "zeros",  # of sizes alone
    "frechet_matrix",  # refused
}  # fmt: skip


def test_every_instruction_has_a_rule() -> None:
    assert set(VOCABULARY) - set(MAPPED) == STAY
    assert set(MAPPED) <= set(VOCABULARY)


# ---------------------------------------------------------------- further functions
@pytest.mark.parametrize("batch", [("x", "y"), ("W",), ("W", "x", "y")])
@pytest.mark.parametrize("wrt", ["W", ("W", "x")])
def test_the_functions_of_a_hessian(wrt: Any, batch: tuple[str, ...]) -> None:
    question = {"expression": "½‖tanh(Wx) − y‖²", "wrt": wrt, "where": "W: m×n, x: n, y: m", "kind": "hessian"}
    derivation = mc.derive(**question)
    one: Any = derivation.compile()
    many: Any = derivation.compile(batch=batch)
    rng = np.random.default_rng(0)
    shapes = {"W": (2, 3), "x": (3,), "y": (2,)}
    points = [{key: rng.standard_normal(shape) for key, shape in shapes.items()} for _ in range(3)]
    assert agree(many.gradient(**batch_of(points, batch, 3)), one_by_one(one.gradient, points, batch, 3))
    joint = isinstance(wrt, tuple)
    directions = {"W": "V_W" if joint else "V"} | ({"x": "v_x"} if joint else {})
    for one_point in points:
        one_point |= {name: rng.standard_normal(shapes[by]) for by, name in directions.items()}
    moving = (*batch, *(name for by, name in directions.items() if by in batch))
    assert agree(many.hvp(**batch_of(points, moving, 3)), one_by_one(one.hvp, points, moving, 3))


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_functions_of_the_callers(target: str) -> None:
    pytest.importorskip(target)
    convert = {"numpy": np.asarray, "jax": jax_array, "torch": tensor}[target]
    derivation = mc.derive("sum(θ(Wx))", wrt="W", where="W: m×n, x: n")
    W, x = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(4, 3)
    got: Any = derivation.compile(target=target, batch="x")(W=convert(W), x=convert(x), dθ=lambda z: 3 * z * z)
    want = [derivation.compile()(W=W, x=one, dθ=lambda z: 3 * z * z) for one in x]
    assert agree(got, np.stack(want))


def test_single_precision() -> None:
    compiled: Any = mc.derive("log det(XᵀX + λI)", wrt="X", where="X: m×n, λ: scalar", kind="hessian").compile(
        dtype="float32", batch="X, λ"
    )
    given = {"X": np.random.default_rng(0).standard_normal((5, 4, 3)), "λ": np.full(5, 0.5)}
    assert compiled(**given).dtype == compiled.value(**given).dtype == np.float32


# ---------------------------------------------------------------- text
def test_what_is_shared_is_never_repeated() -> None:
    where = "W: m×n, x: n, y: m"
    source = mc.derive("½‖tanh(Wx) − y‖²", wrt="W", where=where).source(batch="x, y")
    assert "x.dot(W.T)" in source
    assert "broadcast" not in source


def test_a_shared_matrix_is_factored_once() -> None:
    derivation = mc.derive("bᵀK⁻¹b + log det K", wrt=("K", "b"), where="K: n×n spd, b: n")
    assert "cho_factor(K)" in derivation.source(batch="b")
    assert "cho_solve(L, b.T)" in derivation.source(batch="b")
    assert "cho_factor" not in derivation.source(batch="K")


def test_docstrings_say_the_shapes() -> None:
    source = mc.derive("½‖tanh(Wx)‖²", wrt="W", where="W: m×n, x: n", kind="hessian").source(batch="x")
    for line in (
        "x: shape (B, n); the first axis is that of the examples", "W: shape (m, n)\n", "The value: shape (B,).",
        "The gradient: shape (B, m, n).", "The Hessian: shape (B, m, n, m, n).",
        "The Hessian times V: shape (B, m, n).",
    ):  # fmt: skip
        assert line in source


def test_the_number_of_examples_is_called_what_nothing_else_is() -> None:
    derivation = mc.derive("½‖Bx‖²", wrt="x", where="B: m×n, x: n")
    assert "The gradient: shape (N, n)." in derivation.source(batch="x")
    assert "shape (batch, n)" in mc.derive("½‖Bx‖²", wrt="x", where="B: N×n, x: n").source(batch="x")


def run(source: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(source, {"__name__": "__main__"})  # noqa: S102 - what is tested
    return out.getvalue()


# fmt: off
MODULES = {
    "network":  ({"expression": "½‖W₂ tanh(W₁ x) − y‖²", "wrt": ("W₁", "W₂"),
                  "where": "W₁: p×n, W₂: m×p, x: n, y: m"}, ("x, y", "W₁", "W_1, W_2, x")),
    "softmax":  ({"expression": "softmax(Wx)", "wrt": "W", "where": "W: m×n, x: n"}, ("x", "W")),
    "gaussian": ({"expression": "log det(A) + xᵀA⁻¹x", "wrt": ("A", "x"), "where": "A: n×n spd, x: n",
                  "kind": "hessian"}, ("x", "A", "A, x")),
    "numbers":  ({"expression": "t² log(s) xᵀx", "wrt": ("t", "x"), "where": "t: scalar, s: scalar, x: n"},
                 ("t", "s, x")),
}
# fmt: on
TEXTS = [
    (name, batch, target) for name in MODULES for batch in MODULES[name][1] for target in ("numpy", "torch", "jax")
]


@pytest.mark.parametrize(("name", "batch", "target"), TEXTS)
def test_modules_test_themselves(name: str, batch: str, target: str) -> None:
    if target != "numpy":
        pytest.importorskip(target)
    derivation = mc.derive(**MODULES[name][0])
    said = run(derivation.source(target, batch=batch, checks=True, self_test=True))
    assert said.count("differences agree") == len(derivation.results)


def test_a_wrong_derivative_fails_its_test() -> None:
    source = mc.derive("½‖tanh(Wx)‖²", wrt="W", where="W: m×n, x: n").source(batch="x", self_test=True)
    assert "np.subtract(1.0, " in source
    with pytest.raises(AssertionError):
        run(source.replace("np.subtract(1.0, ", "np.subtract(1.5, "))


@needs_ruff
def test_the_linter_and_the_formatter_find_nothing(tmp_path: Any) -> None:
    for k, (name, batch, target) in enumerate(TEXTS):
        text = mc.derive(**MODULES[name][0]).source(target, batch=batch, checks=True, self_test=True)
        (tmp_path / f"{name}_{target}_{k}.py").write_text(text, encoding="utf-8")
    for name in list(CORPUS)[::20]:
        derivation = mc.derive(**cases.question(CORPUS[name]), check=False)
        names = list(cases.inputs(CORPUS[name], seed=0))
        for target in ("numpy", "jax"):
            text = derivation.source(target, batch=names)
            (tmp_path / f"{name}_{target}.py".replace("-", "_")).write_text(text, encoding="utf-8")
    assert ruff("check", "--isolated", "--select", RULES, "--ignore", "N802,N803,N806", str(tmp_path)) == ""
    assert ruff("format", "--isolated", "--check", "--diff", str(tmp_path)) == ""


# ---------------------------------------------------------------- what is passed, and what is refused
def test_shapes_are_checked() -> None:
    derivation = mc.derive("½‖tanh(Wx) − y‖²", wrt="W", where="W: m×n, x: n, y: m")
    compiled: Any = derivation.compile(batch="x, y")
    W, x, y = np.ones((2, 3)), np.ones((4, 3)), np.ones((4, 2))
    with pytest.raises(TypeError, match=r"x must have shape \(B, n\), not the shape \(3,\)"):
        compiled(W=W, x=x[0], y=y)
    with pytest.raises(TypeError, match=r"the sizes called B differ: x has \(4, 3\) .* y has \(3, 2\)"):
        compiled(W=W, x=x, y=y[:3])


@pytest.mark.parametrize(("target", "convert"), [("numpy", np.asarray), ("torch", tensor)])
def test_the_module_checks_shapes(target: str, convert: Callable[[Any], Any]) -> None:
    pytest.importorskip(target)
    derivation = mc.derive("½‖tanh(Wx) − y‖²", wrt="W", where="W: m×n, x: n, y: m")
    W, x, y = np.ones((2, 3)), np.ones((4, 3)), np.ones((4, 2))
    space: dict[str, Any] = {}
    exec(derivation.source(target, batch="x, y", checks=True), space)  # noqa: S102 - what is tested
    assert space["gradient"](convert(W), convert(x), convert(y)).shape == (4, 2, 3)
    with pytest.raises(ValueError, match=r"y must have shape \('B', 'm'\), not "):
        space["gradient"](convert(W), convert(x), convert(y[:3]))


# fmt: off
REFUSED = [
    ({"batch": "z"}, "there is no input 'z' to batch over"),
    ({"batch": "k"}, "k is an index, and one for all examples"),
    ({"batch": "x", "target": "dask"}, "the target dask has no option batch"),
    ({"batch": "x", "target": "julia"}, "the target julia has no option batch"),
    ({"batch": "x", "target": "array-api"}, "the target array-api has no option batch"),
    ({"batch": "x", "structure": "sparse"}, 'a batch is of dense arrays, not structure="sparse"'),
]
# fmt: on


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    derivation = mc.derive("exp(Wx) + e_k", wrt="x", where="W: m×n, x: n")
    with pytest.raises(CompileError, match=message):
        derivation.source(**options)


def test_a_function_of_a_vector_is_left_to_a_library_that_maps() -> None:
    derivation = mc.derive("g(Ax)", wrt="x", where="A: m×n, x: n, g: ℝ^m → ℝ")
    with pytest.raises(CompileError, match=r"no array operation for g, a function of the caller's") as refusal:
        derivation.source(batch="x")
    assert "jax and torch" in str(refusal.value.hint)
    assert "jax.vmap" in derivation.source("jax", batch="x")


def test_a_module_without_a_batch_has_no_task_of_one_example() -> None:
    task = over_task(replace(_task(), options=Options(batch=("x",))))
    assert task.example is not None
    assert module_of(_task()).task.example is None


def _task() -> Task:
    x = alg.matrix("x", alg.dimension("n"), 1)
    return Task(x, "gradient", {"x": Part(x, (alg.dimension("n"),))}, setting(x, 0)[0][:1])
