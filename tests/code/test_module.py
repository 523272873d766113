"""Emitted modules: readable, clean to the linter and the formatter, safe whatever was typed, and deterministic."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.code import Part, Task, compile_numpy, emit, variable
from matcalc.errors import CompileError
from tests.corpus.records import corpus

# fmt: off
#: Name → (expression, wrt, where, kind).
ROWS = {
    "flagship":     ("½‖θ(Wx)‖²", "W", "W: m×n, x: n", "gradient"),
    "second order": ("½‖θ(Wx)‖²", "x", "W: m×n, x: n", "hessian"),
    "joint":        ("½‖W3 tanh(W2 tanh(W1 X)) − Y‖² + λ‖W1‖²", ("W1", "W2", "W3"), "λ: scalar", "gradient"),
    "abstract":     ("g(Ax) + L(X) + ‖h(x)‖²", ("x", "X"),
                     "A: m×n, x: n, X: n×k, g: ℝ^m → ℝ, L: ℝ^{n×k} → ℝ, h: ℝ^n → ℝ^p", "gradient"),
    "jacobian":     ("σ(Wx + b)", "W", "W: m×n, x: n, b: m, σ := sigmoid", "jacobian"),
    "row":          ("r A", "r", "r: 1×n, A: n×m", "jacobian"),
    "inverse":      ("yᵀ(K + λI)⁻¹y + log det(K + λI)", "K", "K: n×n, y: n, λ: scalar", "gradient"),
    "letters":      ("‖O ⊙ (l − I_0)‖²", "O", "O: m×n, l: m×n, I_0: m×n", "gradient"),
    "kronecker":    ("‖(A ⊗ B) x‖²", "A", "A: p×q, B: r×s, x: q·s", "gradient"),
    "special":      ("sum(gelu(x) + lgamma(exp(x)))", "x", None, "gradient"),
    "matrix":       ("tr(expm(X) A)", "X", None, "gradient"),
    "infinity":     ("‖Ax‖_∞", "x", "A: m×n", "gradient"),
    "softmax":      ("−yᵀ log(softmax(Wx))", "W", "W: m×n", "gradient"),
    "constant":     ("sum(X)", "X", "X: m×n", "gradient"),
    "vanishing":    ("xᵀx", "x", "x: n", "hessian"),
}
# fmt: on
DERIVATIONS: dict[str, dict[str, Any]] = {
    name: dict(zip(("expression", "wrt", "where", "kind"), row, strict=True)) for name, row in ROWS.items()
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("emitted")
    found = {name: mc.derive(**options).source() for name, options in DERIVATIONS.items()}
    for name, text in found.items():
        (folder / f"{name.replace(' ', '_')}.py").write_text(text, encoding="utf-8")
    found["folder"] = str(folder)
    return found


RULES = "E4,E7,E9,F,W,I,B,UP,PIE,RET,SIM,NPY,N,A"
needs_ruff = pytest.mark.skipif(
    shutil.which("ruff") is None and not (Path(sys.executable).parent / "ruff").exists(), reason="ruff is not installed"
)


def ruff(*arguments: str) -> str:
    program = shutil.which("ruff") or str(Path(sys.executable).parent / "ruff")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@needs_ruff
def test_the_linter_finds_nothing(sources: dict[str, str]) -> None:
    assert ruff("check", "--isolated", "--select", RULES, "--ignore", "N802,N803,N806", sources["folder"]) == ""


@needs_ruff
def test_the_formatter_changes_nothing(sources: dict[str, str]) -> None:
    assert ruff("format", "--isolated", "--check", "--diff", sources["folder"]) == ""


@pytest.mark.parametrize("name", DERIVATIONS)
def test_modules_stand_alone(name: str, sources: dict[str, str]) -> None:
    """Only NumPy and SciPy are imported, and every line is short."""
    tree = ast.parse(sources[name])
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert imported <= {"numpy", "scipy", "scipy.linalg", "collections.abc"}
    assert "scipy" not in imported or "special" in sources[name] or "linalg" in sources[name]
    assert "scipy.linalg" not in imported or "blas." in sources[name] or "lapack." in sources[name]
    assert all(len(line) <= 100 for line in sources[name].splitlines())


@pytest.mark.parametrize("name", DERIVATIONS)
def test_emission_is_deterministic(name: str, sources: dict[str, str]) -> None:
    assert mc.derive(**DERIVATIONS[name]).source() == sources[name]


def test_emission_is_the_same_in_another_process(sources: dict[str, str]) -> None:
    names = ["flagship", "joint", "abstract"]
    program = (
        "import json, sys, matcalc as mc\n"
        "print(json.dumps([mc.derive(**options).source() for options in json.load(sys.stdin)]))"
    )
    options = json.dumps([DERIVATIONS[name] for name in names])
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=options,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": "."},
    )
    assert json.loads(done.stdout) == [sources[name] for name in names]


@needs_ruff
@pytest.mark.slow
def test_every_module_of_the_corpus_is_clean(tmp_path: Path) -> None:
    for case in corpus():
        options = {key: case[key] for key in ("wrt", "kind", "structure") if case.get(key)}
        if case.get("where") and not case["infer"]:
            options["where"] = case["where"]
        source = mc.derive(case["expr"], **options).source()
        (tmp_path / f"{case['id'].replace('-', '_')}.py").write_text(source, encoding="utf-8")
    assert ruff("check", "--isolated", "--select", RULES, "--ignore", "N802,N803,N806", str(tmp_path)) == ""
    assert ruff("format", "--isolated", "--check", "--diff", str(tmp_path)) == ""


def test_the_flagship_reads_well(sources: dict[str, str]) -> None:
    functions = {f.name: f for f in ast.parse(sources["flagship"]).body if isinstance(f, ast.FunctionDef)}
    assert list(functions) == ["outer", "value", "gradient", "value_and_gradient"]
    body = [ast.unparse(statement) for statement in functions["gradient"].body[1:]]
    assert body[0] == "z = W.dot(x)"
    assert body[-1].startswith("return outer(")
    assert "∂f/∂W = (θ′(Wx) ⊙ θ(Wx)) xᵀ" in sources["flagship"]


# ---------------------------------------------------------------- what is typed never becomes code
@pytest.mark.parametrize(
    "text",
    [
        '"""',
        "'''",
        "\\",
        '\\"',
        "a\nimport os",
        "\r",
        "\u2028",
        "\\N{BULLET}",
        "{{ 7*7 }}",
        "<< 7 >>",
        "<% if %>",
        "\0",
    ],
)
def test_hostile_text_stays_in_the_docstring(text: str) -> None:
    n = alg.dimension("n")
    x = alg.matrix("x", n, 1)
    task = Task(
        alg.frobenius(x, x),
        "gradient",
        {"x": Part(alg.mul(2, x), (n,))},
        (variable(x),),
        title=text,
        formulas=(text,),
        assumptions=(text,),
    )
    tree = ast.parse(emit(task))
    assert [type(node).__name__ for node in tree.body] == [
        "Expr",
        "Import",
        "FunctionDef",
        "FunctionDef",
        "FunctionDef",
    ]
    compile_numpy(task)


@pytest.mark.parametrize("name", ['a"b', "a'b", "a\\", "os; import sys", "np", "x y", "print", "self", "λ", "x̂"])
def test_any_symbol_name_works(name: str) -> None:
    n = alg.dimension("n")
    x = alg.matrix(name, n, 1)
    task = Task(alg.frobenius(x, x), "gradient", {name: Part(alg.mul(2, x), (n,))}, (variable(x),), joint=True)
    got = compile_numpy(task)(**{name: np.array([1.0, 2.0])})
    assert list(got) == [name]
    assert got[name] == pytest.approx([2.0, 4.0])


def test_a_number_that_is_not_finite_is_refused() -> None:
    import sympy

    x = alg.matrix("x", alg.dimension("n"), 1)
    with pytest.raises(CompileError, match="not a finite number"):
        emit(Task(sympy.oo, "gradient", {"x": Part(x, (alg.dimension("n"),))}, (variable(x),)))


def test_a_number_that_no_double_holds_is_refused() -> None:
    with pytest.raises(CompileError, match="too large"):
        emit(
            Task(10**400 * alg.scalar("t"), "gradient", {"t": Part(alg.scalar("t"), ())}, (variable(alg.scalar("t")),))
        )
    assert run("10^300 xᵀx / 10^300", {"x": np.ones(2)}, wrt="x", where="x: n") == pytest.approx([2.0, 2.0])


# ---------------------------------------------------------------- results
def run(expression: str, arrays: dict[str, Any], **options: Any) -> Any:
    return mc.derive(expression, **options).compile()(**arrays)


def test_shapes_of_vectors_rows_and_scalars() -> None:
    A, r, x = np.ones((4, 3)), np.ones((1, 4)), np.ones(3)
    assert run("r A x", {"r": r, "A": A, "x": x}, wrt="r", where="r: 1×n, A: n×m, x: m").shape == (1, 4)
    assert run("r A", {"r": r, "A": A}, wrt="r", where="r: 1×n, A: n×m").shape == (1, 3, 1, 4)
    assert run("λ xᵀx", {"λ": 2.0, "x": x}, wrt="λ", where="λ: scalar, x: n").shape == ()
    assert run("v v'", {"v": x}, wrt="v", where="v: n").shape == (3, 3, 3)


def test_constants_are_floats() -> None:
    got = mc.derive("sum(X)", wrt="X", where="X: m×n").compile()(X=np.zeros((2, 3), dtype=int))
    assert got.dtype == np.float64
    assert got == pytest.approx(np.ones((2, 3)))


def test_results_are_fresh_arrays() -> None:
    A = np.arange(6.0).reshape(2, 3)
    compiled = mc.derive("tr(AᵀX)", wrt="X", where="A, X: m×n").compile()
    got = compiled(A=A, X=A)
    got += 1
    assert A[0, 0] == 0
    both = mc.derive("tr(XᵀY)", wrt=("X", "Y"), where="X, Y: m×n").compile()(X=A, Y=A)
    assert not np.shares_memory(both["X"], both["Y"])


def test_joint_results_of_equal_value_do_not_share_memory() -> None:
    both = mc.derive("‖X + Y‖²", wrt=("X", "Y"), where="X, Y: m×n").compile()(X=np.ones((2, 2)), Y=np.ones((2, 2)))
    assert not np.shares_memory(both["X"], both["Y"])


def test_a_hessian_is_filled_through_a_view() -> None:
    d = mc.derive("‖T − UVᵀ‖²", wrt="U", where="T: m×n, U: m×k, V: n×k", kind="hessian")
    source = d.source()
    assert "np.kron" not in source
    assert "np.eye" not in source
    U, V, T = np.ones((5, 2)), np.arange(6.0).reshape(3, 2), np.ones((5, 3))
    want = np.einsum("ik,jl->ijkl", np.eye(5), 2 * V.T @ V)
    assert d.compile()(T=T, U=U, V=V) == pytest.approx(want)
