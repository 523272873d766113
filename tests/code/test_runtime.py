"""The functions that emitted modules carry along: right for every layout and type, arguments left alone."""

from __future__ import annotations

import inspect
import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcalc.code.targets import numpy_runtime as runtime
from matcalc.code.targets.numpy import HELPERS
from matcalc.code.targets.runtime import called, helpers_of
from tests.code.test_module import needs_ruff, ruff

Array = Any


def arrays(*shape: int, seed: int = 0) -> dict[str, Array]:
    """The same numbers in C order, in Fortran order, strided, in single precision, complex."""
    plain = np.random.default_rng(seed).standard_normal(shape)
    wide = np.zeros([2 * size for size in shape])
    strided = wide[tuple(slice(None, None, 2) for _ in shape)]
    strided[...] = plain
    return {
        "C": plain, "F": np.asfortranarray(plain), "strided": strided, "single": plain.astype(np.float32),
        "complex": plain + 1j * plain[::-1],
    }  # fmt: skip


LAYOUTS = ("C", "F", "strided", "single", "complex")


def same(got: Array, want: Array, *given: Array) -> None:
    """Equal to the precision of the type, of that type, and not a view of what was given."""
    assert got.dtype == want.dtype
    assert got == pytest.approx(want, rel=1e-4 if got.dtype == np.float32 else 1e-12, abs=1e-6)
    assert not any(np.shares_memory(got, one) for one in given)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [0, 1, 7, 500])
def test_sigmoid(layout: str, size: int) -> None:
    z = arrays(size)[layout]
    before = z.copy()
    same(runtime.sigmoid(z), (1 / (1 + np.exp(-z))).astype(z.dtype), z)
    assert np.array_equal(z, before)


@pytest.mark.parametrize("size", [3, 500])
def test_sigmoid_does_not_overflow(size: int) -> None:
    assert runtime.sigmoid(np.full(size, -800.0)).max() < 1e-300
    assert runtime.sigmoid(np.full(size, 800.0)).min() == 1.0
    assert runtime.sigmoid(0.0) == 0.5


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("sizes", [(0, 3), (3, 5), (90, 70)])
def test_outer(layout: str, sizes: tuple[int, int]) -> None:
    u, v = arrays(sizes[0])[layout], arrays(sizes[1], seed=1)[layout]
    same(runtime.outer(u, v), u[:, None] * v, u, v)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "sizes", [(0, 3, 2), (7, 5, 0), (3, 5, 2), (90, 70, 3), (90, 70, 0), (2000, 1, 1), (1, 2000, 1)]
)
def test_residual(layout: str, sizes: tuple[int, int, int]) -> None:
    m, n, k = sizes
    X = arrays(m, n)[layout]
    for one, other in itertools.product(LAYOUTS[:3] if layout in LAYOUTS[:3] else [layout], repeat=2):
        A, B = arrays(m, k, seed=1)[one], arrays(n, k, seed=2)[other].T
        before = X.copy()
        same(runtime.residual(X, A, B), X - A @ B, X, A, B)
        if k:
            same(runtime.residual(X, A[:, 0], B[0]), X - A[:, :1] * B[0], X, A, B)
        assert np.array_equal(X, before)


# ---------------------------------------------------------------- linear algebra
SQUARE = ("C", "F", "strided", "single")


@pytest.mark.parametrize("layout", SQUARE)
@pytest.mark.parametrize("n", [0, 1, 6, 130, 300])
def test_cholesky(layout: str, n: int) -> None:
    a = arrays(n, n)["C"]
    K = (a @ a.T / max(n, 1) + np.eye(n)).astype(np.float32 if layout == "single" else float)
    given = arrays(n, n)[layout]
    given[...] = K
    before, b = given.copy(), arrays(n, 2, seed=1)[layout]
    L = runtime.cho_factor(given)
    exact, tolerance = K.astype(float), 2e-3 if layout == "single" else 1e-10
    for got, want in (
        (runtime.cho_solve(L, b), np.linalg.solve(exact, b)),
        (runtime.cho_solve(L, b[:, 0]), np.linalg.solve(exact, b[:, 0])),
        (runtime.cho_inverse(L), np.linalg.inv(exact)),
        (runtime.spd_solve(given, b), np.linalg.solve(exact, b)),
        (runtime.spd_solve(given, b[:, 0]), np.linalg.solve(exact, b[:, 0])),
    ):
        assert got.dtype == given.dtype
        assert np.allclose(got, want, rtol=tolerance, atol=tolerance)
        assert not any(np.shares_memory(got, one) for one in (given, b, L))
    assert np.array_equal(runtime.cho_inverse(L), runtime.cho_inverse(L).T)
    assert runtime.cho_logdet(L) == pytest.approx(np.linalg.slogdet(exact)[1], rel=1e-4, abs=1e-4)
    if n < 300:  # the determinant of the large matrix is no single
        assert runtime.cho_det(L) == pytest.approx(np.linalg.det(exact), rel=1e-2)
    assert np.array_equal(given, before)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n", [0, 1, 6, 40])
def test_lu(layout: str, n: int) -> None:
    A, b = arrays(n, n)[layout], arrays(n, 2, seed=1)[layout]
    A = A + 5 * np.eye(n, dtype=A.dtype)
    before = A.copy()
    LU = runtime.lu_factor(A)
    for got, want in (
        (runtime.lu_solve(LU, b), np.linalg.solve(A, b)),
        (runtime.lu_solve(LU, b, transposed=True), np.linalg.solve(A.T, b)),
        (runtime.lu_solve(LU, b[:, 0]), np.linalg.solve(A, b[:, 0])),
        (runtime.lu_inverse(LU) if n else A, np.linalg.inv(A)),
    ):
        assert got.dtype == A.dtype
        assert np.allclose(got, want, rtol=1e-3 if layout == "single" else 1e-9)
    assert runtime.lu_det(LU) == pytest.approx(np.linalg.det(A), rel=1e-3)
    assert runtime.lu_logdet(LU) == pytest.approx(np.linalg.slogdet(A)[1], rel=1e-3, abs=1e-4)
    assert np.array_equal(A, before)


def test_what_has_no_factorisation() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        runtime.cho_factor(np.diag([1.0, -1.0]))
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        runtime.spd_solve(np.diag([1.0, -1.0]), np.ones(2))
    for of in (runtime.cho_factor, lambda K: runtime.spd_solve(K, np.ones(2))):
        with pytest.raises(TypeError, match="real"):
            of(np.eye(2) * 1j)
    LU = runtime.lu_factor(np.zeros((2, 2)))
    for of in (runtime.lu_inverse, lambda LU: runtime.lu_solve(LU, np.ones(2))):
        with pytest.raises(np.linalg.LinAlgError, match="Singular"):
            of(LU)
    assert runtime.lu_det(LU) == 0
    assert runtime.lu_logdet(LU) == -np.inf


# ---------------------------------------------------------------- texts
@pytest.mark.parametrize(
    ("rows", "width", "narrow", "size"),
    [
        (400, 300, 5, 400),  # small enough as a whole
        (4000, 200, 5, 256),
        (2000, 2000, 5, 49),
        (2000, 2000, 300, 300),  # BLAS has as many rows of it as it has columns
        (99, 90_000, 5, 32),
    ],
)
def test_blocks_of_rows(rows: int, width: int, narrow: int, size: int) -> None:
    sizes = []

    def block(A: Array, v: Array) -> tuple[Array, Array]:
        sizes.append(len(A))
        return 2.0 * A, v.dot(A)

    A, v = np.random.default_rng(0).standard_normal((rows, narrow)), np.arange(rows, dtype=float)
    twice, total = runtime.by_rows(block, (np.concatenate, sum), width, A, v)
    assert set(sizes[:-1]) <= {size}
    assert 0 < sizes[-1] <= size
    assert sum(sizes) == rows
    np.testing.assert_array_equal(twice, 2.0 * A)
    np.testing.assert_allclose(total, v.dot(A), rtol=1e-12)


def test_every_function_can_be_carried_along() -> None:
    functions = [name for name, f in vars(runtime).items() if inspect.isfunction(f)]
    assert list(HELPERS) == functions
    for name, helper in HELPERS.items():
        function = inspect.getsource(getattr(runtime, name))
        body = "".join(f"    {line}\n" if line else "\n" for line in helper.body)
        assert function == f'def {name}({helper.signature}) -> {helper.returns}:\n    """{helper.formula}"""\n{body}'


def test_only_what_is_called_is_carried_along() -> None:
    assert list(called("G = outer(sigmoid(z), x)", HELPERS)) == ["sigmoid", "outer"]
    assert called("np.multiply.outer(u, v)", HELPERS) == {}


FILES = ["numpy_runtime.py", "torch_runtime.py", "jax_runtime.py", "array_api_runtime.py"]


@pytest.mark.parametrize("file", FILES)
def test_every_function_of_a_file_is_found(file: str) -> None:
    """One whose head takes several lines, too: it was left out of the modules that call it."""
    text = (Path(runtime.__file__).parent / file).read_text(encoding="utf-8")
    assert list(helpers_of(file)) == re.findall(r"^def (\w+)", text, flags=re.MULTILINE)


@needs_ruff
@pytest.mark.parametrize("file", FILES)
def test_the_formatter_changes_no_function_that_is_carried_along(file: str, tmp_path: Path) -> None:
    for name, helper in helpers_of(file).items():
        body = "\n".join(f"    {line}".rstrip() for line in helper.body)
        (tmp_path / f"{name}.py").write_text(f"def f():\n{body}\n", encoding="utf-8")
    assert ruff("format", "--isolated", "--check", "--diff", str(tmp_path)) == ""


def test_single_precision_overflows_nowhere() -> None:
    z = np.full(400, -200.0, np.float32)
    with np.errstate(all="raise"):
        assert runtime.sigmoid(z).max() < 1e-30


def test_a_pseudoinverse_drops_what_is_rounding_error_in_its_precision() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 2)) @ rng.standard_normal((2, 40))
    for kind in (np.float32, np.float64):
        got = runtime.pinv(X.astype(kind))
        assert got.dtype == kind
        np.testing.assert_allclose(got, np.linalg.pinv(X, rcond=1e-6), atol=20 * np.finfo(kind).eps)


def test_factors_of_nothing() -> None:
    none = np.zeros((0, 0))
    assert runtime.cho_inverse(runtime.cho_factor(none)).shape == (0, 0)
    assert runtime.lu_inverse(runtime.lu_factor(none)).shape == (0, 0)


@pytest.mark.parametrize("name", ["sqrtm", "logm"])
def test_a_function_of_a_real_matrix_is_real_or_refused(name: str) -> None:
    function, Q = getattr(runtime, name), np.random.default_rng(0).standard_normal((3, 3))
    positive, negative = (Q @ np.diag([1.0, 2.0, last]) @ np.linalg.inv(Q) for last in (3.0, -3.0))
    assert function(positive).dtype == np.float64
    with pytest.raises(np.linalg.LinAlgError, match="a real eigenvalue is not positive"):
        function(negative)
    assert function(negative + 0j).dtype == np.complex128
