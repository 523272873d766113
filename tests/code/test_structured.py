"""Jacobians and Hessians as sparse matrices and as linear operators: the dense ones on vec, in less memory."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcalc as mc

SIZES = {"m": 3, "n": 4, "p": 2, "q": 5, "k": 2, "h": 2, "N": 6}

# fmt: off
#: Expression, wrt, where, kind, and the entries that are stored of a sparse one (None: not counted).
CASES: list[tuple[str, Any, str, str, str | None]] = [
    ("‖T − UVᵀ‖²",            "U",        "T: m×n, U: m×k, V: n×k",                 "hessian",  "m*k*k"),
    ("‖O ⊙ (T − UVᵀ)‖²",      "U",        "O: m×n, T: m×n, U: m×k, V: n×k",         "hessian",  "m*k*k"),
    ("σ(Wx + b)",             "W",        "W: m×n, x: n, b: m, σ := sigmoid",       "jacobian", "m*n"),
    ("σ(Wx + b)",             ("W", "b"), "W: m×n, x: n, b: m, σ := sigmoid",       "jacobian", None),
    ("½‖tanh(XWᵀ)v − y‖²",    "W",        "X: m×n, W: h×n, v: h, y: m",             "hessian",  None),
    ("½‖AX − B‖²",            ("A", "X"), "A: m×n, X: n×p, B: m×p",                 "hessian",  None),
    ("tr(X⁻¹A)",              "X",        "X: n×n, A: n×n",                         "hessian",  None),
    ("XᵀX",                   "X",        "X: m×n",                                 "jacobian", "n*(2*n - 1)*m"),
    ("tanh(X)",               "X",        "X: m×n",                                 "jacobian", "m*n"),
    ("Xᵀ",                    "X",        "X: m×n",                                 "jacobian", "m*n"),
    ("softmax(X)",            "X",        "X: m×n",                                 "jacobian", "m*n*n"),
    ("logsoftmax(X)",         "X",        "X: m×n",                                 "jacobian", "m*n*n"),
    ("diag(X)",               "X",        "X: n×n",                                 "jacobian", "n"),
    ("Diag(diag(X))",         "X",        "X: n×n",                                 "jacobian", "n"),
    ("Diag(x)",               "x",        "x: n",                                   "jacobian", "n"),
    ("x ⊙ x",                 "x",        "x: n",                                   "jacobian", "n"),
    ("A ⊗ X",                 "X",        "A: p×q, X: m×n",                         "jacobian", "m*n*p*q"),
    ("X ⊗ A",                 "X",        "A: p×q, X: m×n",                         "jacobian", "m*n*p*q"),
    ("AXB + CXD",             "X",        "A: m×n, B: p×q, C: m×n, D: p×q",         "jacobian", "m*q*n*p"),
    ("sum(exp(Xw))",          "w",        "X: m×n",                                 "hessian",  "n*n"),
    ("lse(x)",                "x",        "x: n",                                   "hessian",  "n*n"),
    ("xᵀx",                   "x",        "x: n",                                   "hessian",  "n"),
    ("‖X‖",                   "X",        "X: m×n",                                 "hessian",  None),
    ("tr(AX)",                "X",        "A: m×n",                                 "hessian",  "0"),
    ("tr(AX)",                "X",        "A: m×n",                                 "jacobian", "m*n"),
    ("t exp(t x)",            "t",        "t: scalar, x: n",                        "jacobian", "n"),
    ("t xᵀx",                 ("t", "x"), "t: scalar, x: n",                        "hessian",  None),
    ("s t² xᵀx",              ("t", "x"), "s: scalar, t: scalar, x: n",             "hessian",  None),
    ("t exp(t)",              "t",        "t: scalar",                              "hessian",  "1"),
    ("t exp(t)",              "t",        "t: scalar",                              "jacobian", "1"),
    ("r ⊙ exp(r M)",          "r",        "r: 1×n, M: n×n",                         "jacobian", "n*n"),
    ("cumsum(x)",             "x",        "x: n",                                   "jacobian", None),
    ("expm(X)",               "X",        "X: n×n",                                 "jacobian", None),
    ("chol(X)",               "X",        "X: n×n spd",                             "jacobian", None),
    ("log(det(X))",           "X",        "X: n×n spd",                             "hessian",  None),
    ("[X, Y]",                "X",        "X: m×n, Y: m×p",                         "jacobian", None),
    ("‖x + y − z‖²",       ("x", "y", "z"), "x, y, z: n",                            "hessian",  None),
    ("−tr(logsoftmax(ZWᵀ/t))", ("Z", "t"), "Z, W: n×m, t: scalar positive",         "hessian",  None),
    ("tr((A + tB)³)",    ("A", "t", "B"), "A, B: n×n, t: scalar",                   "hessian",  None),
    ("sum(exp(−D ⊙ (X − Y).^2))", ("D", "X", "Y"), "D, X, Y: m×n",                  "hessian",  None),
    ("Σ_i exp(wᵀx_i)",        "w",        "X: n×N",                                 "hessian",  None),
]
# fmt: on


def derive(case: tuple[Any, ...], layout: str = "gradient") -> Any:
    expression, wrt, where, kind, _ = case
    return mc.derive(expression, wrt=wrt, where=where, kind=kind, layout=layout)


def arrays_of(d: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    found: dict[str, Any] = {}
    for s in d.program.symbols.values():
        if s.kind == "variable" and s.occurs:
            shape = [SIZES[str(size)] if not size.is_Integer else int(size) for size in s.shape]
            a = rng.standard_normal(shape)
            if len(shape) == 2 and shape[0] == shape[1]:
                a = a @ a.T + np.eye(shape[0])
            found[s.name] = a if shape else float(rng.random())
    return found


def on_vec(tensor: Any, out: tuple[int, ...], into: tuple[int, ...]) -> np.ndarray:
    """The matrix on column-major vec of a derivative with the axes of the value, then of the variable."""
    axes = (*reversed(range(len(out))), *(len(out) + k for k in reversed(range(len(into)))))
    flat = np.asarray(tensor).reshape(out + into).transpose(axes)
    return flat.reshape(int(np.prod(out)), int(np.prod(into)))


def dense_blocks(d: Any, arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    compiled = d.compile()
    tensors, value = compiled(**arrays), compiled.value(**arrays)
    tensors = tensors if d.joint else {next(iter(d.results)): tensors}
    blocks = {}
    for key, tensor in tensors.items():
        row, _, name = key.rpartition(",")
        blocks[key] = on_vec(tensor, np.shape(arrays[row]) if row else np.shape(value), np.shape(arrays[name]))
    return blocks


def returned(d: Any, structure: str, arrays: dict[str, Any]) -> dict[str, Any]:
    found = d.compile(structure=structure)(**arrays)
    return found if d.joint else {next(iter(d.results)): found}


@pytest.mark.parametrize("layout", ["gradient", "denominator"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]} by {c[1]} {c[3]}")
def test_the_structured_derivative_is_the_dense_one(case: tuple[Any, ...], layout: str) -> None:
    d = derive(case)
    arrays = arrays_of(d)
    dense = dense_blocks(d, arrays)
    turned = derive(case, layout)
    sparse, operators = (returned(turned, structure, arrays) for structure in ("sparse", "operator"))
    assert list(sparse) == list(operators) == list(dense)
    for key, j in dense.items():
        j = j.T if layout == "denominator" else j
        assert sparse[key].shape == operators[key].shape == j.shape
        assert sparse[key].has_canonical_format
        np.testing.assert_allclose(sparse[key].toarray(), j, atol=1e-10)
        np.testing.assert_allclose(operators[key] @ np.eye(j.shape[1]), j, atol=1e-10)
        np.testing.assert_allclose(operators[key].T @ np.eye(j.shape[0]), j.T, atol=1e-10)
    if case[4] is not None:
        (one,) = sparse.values()
        assert one.nnz == eval(case[4], dict(SIZES))  # a formula of the table above


@pytest.mark.parametrize("structure", ["sparse", "operator"])
def test_value_and_derivative(structure: str) -> None:
    d = derive(CASES[2])
    arrays = arrays_of(d)
    compiled = d.compile(structure=structure)
    value, j = compiled.value_and_derivative(**arrays)
    np.testing.assert_allclose(value, d.compile().value(**arrays))
    v = np.ones(j.shape[1])
    np.testing.assert_allclose(j @ v, compiled(**arrays) @ v)


def test_the_result_is_the_callers_own() -> None:
    """½ x ⊙ x has the Jacobian Diag(x): its entries are those of x, but another array."""
    x = np.arange(1.0, 4.0)
    j = mc.derive("½ x ⊙ x", wrt="x").compile(structure="sparse")(x=x)
    j.data[:] = 0
    assert list(x) == [1, 2, 3]


MEMORY = [  # what is nowhere near (mn)² numbers
    ("‖T − UVᵀ‖²", "U", "T: m×n, U: m×k, V: n×k", "hessian"),
    ("tanh(X)", "X", "X: m×n", "jacobian"),
    ("AX", "X", "A: m×m, X: m×n", "jacobian"),
    ("½‖X − A‖² + log(1 + ‖X‖²)", "X", "X: m×n, A: m×n", "hessian"),
]


@pytest.mark.parametrize("case", MEMORY, ids=lambda c: c[0])
@pytest.mark.parametrize("structure", ["sparse", "operator"])
def test_memory(case: tuple[str, str, str, str], structure: str) -> None:
    """A derivative by 80×50 numbers is no array of 4000² = 16 million."""
    if structure == "sparse" and "log" in case[0]:
        pytest.skip("vec X vec Xᵀ has no zeros")
    expression, wrt, where, kind = case
    d = mc.derive(expression, wrt=wrt, where=where, kind=kind)
    sizes = {"m": 80, "n": 50, "k": 50}
    rng = np.random.default_rng(0)
    arrays = {
        s.name: rng.standard_normal([sizes[str(size)] for size in s.shape])
        for s in d.program.symbols.values()
        if s.occurs
    }
    compiled = d.compile(structure=structure)
    v = np.ones(compiled(**arrays).shape[1])
    tracemalloc.start()
    compiled(**arrays) @ v
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 4000**2 / 10


@pytest.mark.parametrize("structure", ["sparse", "operator"])
def test_modules_stand_alone_and_are_clean(structure: str, tmp_path: Path) -> None:
    for number, case in enumerate(CASES):
        text = derive(case).source(structure=structure)
        modules = {
            node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.Import, ast.ImportFrom))
        }
        assert modules <= {"numpy", "scipy", "scipy.linalg", "scipy.sparse.linalg", "collections.abc"}
        (tmp_path / f"case_{number}.py").write_text(text, encoding="utf-8")
    program = shutil.which("ruff") or str(Path(sys.executable).parent / "ruff")
    if not Path(program).exists():
        pytest.skip("ruff is not installed")
    rules = ["--select", "E4,E7,E9,F,W,I,B,UP,PIE,RET,SIM,NPY,N,A", "--ignore", "N802,N803,N806"]
    for command in (["check", "--isolated", *rules], ["format", "--isolated", "--diff"]):
        done = subprocess.run([program, *command, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_refusals() -> None:
    with pytest.raises(mc.CompileError, match="array like its variable"):
        mc.derive("xᵀx", wrt="x").compile(structure="sparse")
    with pytest.raises(mc.CompileError, match="not known"):
        mc.derive("Wx", wrt="W").compile(structure="band")
