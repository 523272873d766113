"""Arrays written over on their last use: never an input, a result, or a view that is still read."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.code import compile_numpy
from matcalc.code.builder import Builder
from matcalc.code.derivations import task_of
from matcalc.code.program import Input, Program
from matcalc.code.storage import Storage

SIZES = dict(zip("mnkpqcd", (5, 4, 3, 2, 6, 7, 3), strict=True))

# fmt: off
#: expression, variables, declarations, kind, and statements that the derivative has.
ROWS = [
    ("sum(log(exp(XW) 𝟏)) − tr(Yᵀ X W)", "W", "X: m×n, W: n×c, Y: m×c", "gradient",
     ["Z -= ", "np.exp(Z, out=Z)", "E /= ", "E -= Y"]),
    ("tr(Cᵀ softmax(QKᵀ/√d) V)", "Q", "Q, K: n×d, V, C: n×p", "gradient", ["P *= CVt", "CVt -= "]),
    ("½‖W3 tanh(W2 tanh(W1 X)) − Y‖²", ("W1", "W2", "W3"), "W1: p×n, W2: q×p, W3: c×q, X: n×m, Y: c×m", "gradient",
     ["np.tanh(Z, out=Z)"]),
    ("‖X − X V Vᵀ‖²", "V", "X: m×n, V: n×p", "gradient", ["np.subtract(X, "]),
    ("½‖tanh(X Wᵀ) v − y‖²", "W", "W: p×n, X: m×n, v: p, y: m", "hessian", ["out=Z"]),
    ("sum(exp(X) ⊙ sin(XA))", "X", "X: m×n, A: n×n", "gradient", []),
    ("sum(tanh(X + A)) + ‖exp(X + A)‖² + sum(X + A)", "X", "X, A: m×n", "gradient", []),
    ("tr(f(XA)ᵀ B)", "X", "X: m×n, A: n×p, B: m×p, f: ℝ → ℝ", "gradient", []),
    ("softmax(I) ⊙ (logsoftmax(X) + X)²", "X", "X: n×n", "jacobian", []),
    ("exp(XA) + (XA)ᵀ ⊙ 2", "X", "X: n×n, A: n×n", "jacobian", []),
]
# fmt: on
KEYS = [row[0] for row in ROWS]


def derivation(row: Any) -> Any:
    expression, wrt, where, kind, _ = row
    return mc.derive(expression, wrt=wrt, where=where, kind=kind)


def arrays_for(task: Any, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {one.name: rng.standard_normal([SIZES[str(s)] for s in one.declared]) for one in task.inputs}


def flat(result: Any) -> list[np.ndarray]:
    parts = result if isinstance(result, tuple) else (result,)
    return [a for part in parts for a in (part.values() if isinstance(part, dict) else [np.asarray(part)])]


FUNCTIONS = {"f": lambda z: z, "df": np.ones_like}
LAYOUTS = {
    "C": np.array,
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2] if np.ndim(a) else a,
    "reversed": lambda a: np.array(a[::-1])[::-1] if np.ndim(a) else a,
    "read-only": lambda a: np.broadcast_to(a, np.shape(a)),
}


@pytest.mark.parametrize("row", ROWS, ids=KEYS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_numbers_as_with_memory_of_its_own(row: Any, layout: str) -> None:
    task = task_of(derivation(row))
    over, plain = compile_numpy(task), compile_numpy(dataclasses.replace(task, without=frozenset({"in place"})))
    given = {name: LAYOUTS[layout](a) for name, a in arrays_for(task).items()}
    before = {name: np.copy(a) for name, a in given.items()}
    more = FUNCTIONS if "f:" in row[2] else {}
    for call in (lambda c: c(**given, **more), lambda c: c.value_and_derivative(**given, **more)):
        got, want = flat(call(over)), flat(call(plain))
        assert all(np.allclose(a, b, rtol=1e-12, atol=1e-13) for a, b in zip(got, want, strict=True)), over.source
        for k, one in enumerate(got):
            assert not any(np.shares_memory(one, a) for a in given.values())
            assert not any(np.shares_memory(one, other) for other in got[:k] if one.ndim and other.ndim)
    assert all(np.array_equal(given[name], a) for name, a in before.items())


@pytest.mark.parametrize("row", [row for row in ROWS if row[4]], ids=[row[0] for row in ROWS if row[4]])
def test_what_is_dead_is_written_over(row: Any) -> None:
    source = derivation(row).source()
    for statement in row[4]:
        assert statement in source


def test_vectors_stay_expressions() -> None:
    assert "out=" not in mc.derive("sum(tanh(Ax + b))", wrt="x", where="A: m×n, x: n, b: m").source()


def test_types_that_differ_are_made_one() -> None:
    """Single precision beside double gives doubles, real beside complex complex numbers."""
    compiled = mc.derive("sum(log(exp(XW) 𝟏)) − tr(Yᵀ X W)", wrt="W", where="X: m×n, W: n×c, Y: m×c").compile()
    X, W, Y = (np.random.default_rng(k).standard_normal(s) for k, s in enumerate([(5, 4), (4, 3), (5, 3)]))
    want = compiled(X=X, W=W, Y=Y)
    got = compiled(X=X.astype(np.float32), W=W, Y=Y)
    assert got.dtype == np.float64
    assert np.allclose(got, want, atol=1e-5)
    w = W[:, 0] + 1j * W[:, 1]
    by_complex = mc.derive("exp(Xw)", wrt="w", where="X: m×n, w: n complex").compile()
    assert np.allclose(by_complex(X=X, w=w), np.exp(X @ w)[:, None] * X)


def test_single_precision_stays_with_a_number_beside_it() -> None:
    compiled = mc.derive("λ‖X‖²", wrt="X", where="λ: scalar, X: m×n").compile()
    assert compiled(λ=2.0, X=np.ones((2, 3), dtype=np.float32)).dtype == np.float32


def test_a_diagonal_by_einsum_is_not_written_over() -> None:
    n = alg.dimension("n")
    given = Input(alg.matrix("A", n, n), (n, n), "A")
    b = Builder([given])
    for pattern, arrays, own in (("ii->i", 1, False), ("ij,ij->i", 2, True)):
        found = b.einsum(pattern, *[b.input(given)] * arrays)
        after = b.apply("exp", found)
        assert Storage(Program({"value": after}, (given,), {})).is_own(found, [after]) is own


def test_no_rows() -> None:
    compiled = mc.derive("tr(Cᵀ (tanh(XA) ⊙ exp(XA)))", wrt="X", where="X: m×n, A: n×k, C: m×k").compile()
    assert compiled(X=np.ones((0, 4)), A=np.ones((4, 3)), C=np.ones((0, 3))).shape == (0, 4)
