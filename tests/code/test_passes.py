"""Passes: each fires where it should and nowhere else, and the program computes the same numbers before and after."""

from __future__ import annotations

import ast
import tracemalloc
from collections import Counter
from typing import Any

import numpy as np
import pytest

import matcalc as mc
from matcalc.code import compile_numpy
from matcalc.code.builder import Builder
from matcalc.code.derivations import task_of
from matcalc.code.interpret import interpret
from matcalc.code.module import program_of
from matcalc.code.passes import HABITS, OPTIMISATIONS, PASSES, blocks, optimise
from matcalc.code.passes.facts import Facts
from matcalc.code.program import Program
from tests.code import narrow_programs

SIZES = dict(zip("mnkpqh", (5, 4, 3, 2, 6, 7), strict=True))
RIDGE = "X: n×m, y: n, λ: scalar positive"
SPD = "K: n×n spd, y: n"

# fmt: off
#: Pass → derivations in which it fires: expression, variable, declarations, kind.
FIRES = {
    "turned": [("tr(C (AB − Bᵀ Aᵀ))", "C", "A, B, C: n×n", "gradient"),
               ("tr(C (exp(Aᵀ − B) ⊙ exp(A − Bᵀ)))", "C", "A, B, C: n×n", "gradient"),
               ("‖Ax − b‖²", "x", "A: m×n complex, x: n complex, b: m complex", "gradient"),
               ("‖Ax‖² xᴴHx", "x", "A: m×n complex, H: n×n hermitian, x: n complex", "gradient")],
    "vdot": [("‖x‖² ‖Ax‖²", "x", "A: m×n complex, x: n complex", "gradient"),
             ("|aᴴx|² |bᴴx|²", "x", "a, b, x: n complex", "gradient")],
    "shared": [("logdet(XᵀAX)", "X", "A: n×n spd, X: n×k", "gradient")],
    "sums": [("tr(Cᵀ softmax(QKᵀ) V)", "Q", "Q, K: n×k, V, C: n×p", "gradient")],
    "shift": [("½yᵀ(K + λI)⁻¹y", "y", SPD + ", λ: scalar positive", "gradient"),
              ("yᵀ(XᵀX + λI)⁻¹y", "y", "X: n×m, y: m, λ: scalar positive", "gradient")],
    "symmetric": [("sum(log(1 + exp(−y ⊙ (X w))))", "w", "X: m×n, w: n, y: m", "hessian"),
                  ("log(sum(exp(A x + b)))", "x", "A: m×n, b: m, x: n", "hessian"),
                  ("sum(exp(A x))", "x", "A: m×n, x: n", "hessian")],
    "signs": [("½‖T − U Vᵀ‖²", "U", "T: m×n, U: m×k, V: n×k", "gradient"),
              ("½‖X V Vᵀ − X‖²", "V", "X: m×n, V: n×k", "gradient"),
              ("tr((X − Y)ᵀ A (Y − X))", "A", "A: m×m, X, Y: m×n", "gradient"),
              ("(x − z)ᵀ A (z − x)", "A", "A: n×n, x, z: n", "gradient")],
    "blocks": [("½‖T − U Vᵀ‖²", "U", "T: m×n, U: m×k, V: n×k", "gradient"),
               ("½‖T − U Vᵀ‖²", "V", "T: m×n, U: m×k, V: n×k", "gradient"),
               ("‖X − X V Vᵀ‖²", "V", "X: m×n, V: n×k", "gradient"),
               ("½‖M ⊙ (T − u𝟏ᵀ − U Vᵀ)‖²", "V", "T, M: m×n, U: m×k, V: n×k, u: m", "gradient"),
               ("sum(log(1 + exp(U Vᵀ)))", "U", "U: m×k, V: n×k", "gradient"),
               ("wᵀ exp(U Vᵀ) v", "U", "U: m×k, V: n×k, w: m, v: n", "gradient")],
    "narrow": [("‖Uᵀ exp(X)‖²", "X", "X: m×n, U: m×k", "gradient"),
               ("sum(tanh(UᵀX))", "U", "X: m×n, U: m×k", "gradient")],
    "blas": [("½‖T − U Vᵀ‖²", "U", "T: m×n, U: m×k, V: n×k", "gradient"),
             ("½‖X − X V Vᵀ‖²", "V", "X: m×n, V: n×k", "gradient"),
             ("½‖(K − xyᵀ) z‖²", "K", "K: m×n, x: m, y, z: n", "gradient"),
             ("½yᵀ K⁻¹y + ½ logdet K", "K", SPD, "gradient"),
             ("tr(Aᵀ exp(T − U Vᵀ))", "U", "T, A: m×n, U: m×k, V: n×k", "gradient")],
    "factor": [("½ yᵀ K⁻¹ y + ½ logdet K", "K", SPD, "gradient"),
               ("tr(X⁻¹ A)", "X", "A, X: n×n", "gradient"),
               ("det(X)", "X", "X: n×n", "gradient"),
               ("logdet(X) + tr(X⁻¹A)", "X", "A, X: n×n", "gradient"),
               ("det(K) + tr(K⁻¹)", "K", "K: n×n spd", "gradient"),
               ("‖y − X (XᵀX + λI)⁻¹Xᵀy‖²", "y", RIDGE, "gradient"),
               ("xᵀ(XᵀDiag(exp(w))X)⁻¹x", "x", "X: m×n, x: n, w: m", "gradient")],
}
# fmt: on
ROWS = [(name, *row) for name, rows in FIRES.items() for row in rows]


def task(expression: str, wrt: str, where: str, kind: str) -> Any:
    return task_of(mc.derive(expression, wrt=wrt, where=where, kind=kind))


def arrays_for(one: Any, seed: int = 0) -> dict[str, Any]:
    """Random arrays with the declared properties."""
    rng = np.random.default_rng(seed)
    found = {}
    for given in one.inputs:
        shape = [int(size.subs({s: SIZES[s.name] for s in size.free_symbols})) for size in given.declared]
        a = rng.standard_normal(shape)
        if given.properties & {"complex", "hermitian"}:
            a = a + 1j * rng.standard_normal(shape)
        if "hermitian" in given.properties:
            a = a + a.conj().T
        if "spd" in given.properties:
            a = a @ a.T + np.eye(len(a))
        elif len(shape) == 2 and shape[0] == shape[1]:
            a = a + 3 * np.eye(len(a))
        found[given.name] = np.exp(a) if "positive" in given.properties else a
    return found


def lines(program: Program) -> list[str]:
    """The instructions, numbered from 0."""
    place = {value: k for k, value in enumerate(program.instructions)}
    text = [f"{v.op} {[place[o] for o in v.operands]} {v.attributes} {v.shape}" for v in place]
    return [*text, *(f"{name} {place[v]}" for name, v in program.outputs.items())]


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(np.allclose(one[k], other[k], rtol=1e-10, atol=1e-12) for k in one)


def test_every_pass_is_tried() -> None:
    assert set(FIRES) == set(PASSES)


@pytest.mark.parametrize(("name", "expression", "wrt", "where", "kind"), ROWS)
def test_a_pass_fires_and_keeps_the_numbers(name: str, expression: str, wrt: str, where: str, kind: str) -> None:
    one = task(expression, wrt, where, kind)
    given = arrays_for(one)
    earlier = list(PASSES)[: list(PASSES).index(name)]
    whole = program_of(one)
    derivative = whole.select([key for key in whole.outputs if key != "value"])  # as the function of it alone is made
    before = optimise(derivative, earlier)
    after = PASSES[name].run(before)
    assert lines(before) != lines(after)
    assert same(interpret(before, given), interpret(after, given))
    assert lines(PASSES[name].run(after)) == lines(after)  # it is done when it is done


@pytest.mark.parametrize(("name", "expression", "wrt", "where", "kind"), ROWS)
def test_modules_with_and_without_a_pass_agree(name: str, expression: str, wrt: str, where: str, kind: str) -> None:
    import dataclasses

    one = task(expression, wrt, where, kind)
    given = arrays_for(one, seed=1)
    plain = compile_numpy(dataclasses.replace(one, without=frozenset(PASSES)))
    optimised = compile_numpy(one)
    for layout in (np.ascontiguousarray, np.asfortranarray):
        arrays = {k: layout(a) if np.ndim(a) else float(a) for k, a in given.items()}
        copies = {k: np.copy(a) for k, a in arrays.items()}
        got, want = optimised(**arrays), plain(**arrays)
        assert np.allclose(got, want, rtol=1e-9, atol=1e-12), optimised.source
        assert optimised.value(**arrays) == pytest.approx(plain.value(**arrays))
        assert all(np.array_equal(arrays[k], copies[k]) for k in arrays)
        assert not any(np.shares_memory(got, a) for a in arrays.values() if isinstance(a, np.ndarray))
    types = {k: np.complex64 if np.iscomplexobj(a) else np.float32 for k, a in given.items()}
    single = {k: np.asarray(a, dtype=types[k]) if np.ndim(a) else float(a) for k, a in given.items()}
    assert np.allclose(optimised(**single), plain(**given), rtol=2e-2, atol=2e-3)


# ---------------------------------------------------------------- options
@pytest.mark.parametrize("name", OPTIMISATIONS)
def test_what_is_left_out_changes_no_number(name: str) -> None:
    for expression, wrt, where, kind in PLAIN:
        derivation = mc.derive(expression, wrt=wrt, where=where, kind=kind)
        given = arrays_for(task_of(derivation))
        want = derivation.compile()(**given)
        assert np.allclose(derivation.compile(without=(name,))(**given), want, rtol=1e-9, atol=1e-12), name


#: Between them, these change with every optimisation.
PLAIN = [
    ("‖(A ⊗ B) x‖² + tr(Diag(w) A Diag(w))", "x", "A: n×n, B: m×k, x: n·k, w: n", "gradient"),
    ("tr((X − 𝟏uᵀ)K⁻¹(X − 𝟏uᵀ)ᵀ)", "u", "X: m×n, u: n, K: n×n spd", "gradient"),
    ("½‖tanh(X Wᵀ) v − y‖²", "W", "W: p×n, X: m×n, v: p, y: m", "hessian"),
    ("log(sum(exp(A x + b)))", "x", "A: m×n, b: m, x: n", "hessian"),
]


@pytest.mark.parametrize("name", [name for name in HABITS if name not in ("trace", "open")])
def test_what_is_left_out_changes_the_code(name: str) -> None:
    rows = [mc.derive(e, wrt=v, where=where, kind=kind) for e, v, where, kind in PLAIN]
    assert any(one.source(without=(name,)) != one.source() for one in rows)


def test_an_optimisation_that_is_not_there_is_refused() -> None:
    with pytest.raises(mc.MatcalcError, match="no optimisation 'speed'"):
        mc.derive("xᵀx", wrt="x").compile(without=("speed",))


BLOCKS = [
    ("½‖T − U Vᵀ‖²", "U,V", "T: m×n, U: m×k, V: n×k"),
    ("‖T − T V Vᵀ‖²", "V", "T: m×n, V: n×k"),
    ("½‖T − tanh(TV)Vᵀ‖²", "V", "T: m×n, V: n×k"),
    ("½‖M ⊙ (T − w𝟏ᵀ − U Vᵀ)‖²", "U", "T, M: m×n, U: m×k, V: n×k, w: m"),
    ("½‖M ⊙ (T − w𝟏ᵀ − 𝟏vᵀ − U Vᵀ)‖²", "U,V,w,v", "T, M: m×n, U: m×k, V: n×k, w: m, v: n"),
    ("wᵀ exp(U Vᵀ) v", "U,w", "U: m×k, V: n×k, w: m, v: n"),
    ("wᵀ exp(2UUᵀ − (U ⊙ U)𝟏𝟏ᵀ − 𝟏𝟏ᵀ(U ⊙ U)ᵀ) w", "w", "U: m×k, w: m"),
    ("tr(Zᵀ softmax(UVᵀ) Y)", "U", "U: m×k, V: n×k, Y: n×k, Z: m×k"),
    ("‖tanh(UVᵀ) V S‖²", "U", "U: m×k, V: n×k, S: k×k"),
    ("tr(Cᵀ softmax(Q Kᵀ / √d) E)", "Q", "Q: m×d, K: n×d, E: n×e, C: m×e"),
]


@pytest.mark.parametrize("m", [0, 1, 437, 1100])
@pytest.mark.parametrize(("expression", "wrt", "where"), BLOCKS)
def test_blocks_of_rows_make_the_whole(expression: str, wrt: str, where: str, m: int) -> None:
    derivation = mc.derive(expression, wrt=wrt.split(","), where=where)
    by_blocks, whole = derivation.compile(), derivation.compile(without=("blocks",))
    assert all("by_rows(" in function(by_blocks.source, name) for name in ("value", "gradient", "value_and_gradient"))
    assert "by_rows" not in whole.source
    rng, sizes = np.random.default_rng(0), {"m": m, "n": 601, "k": 3, "d": 300, "e": 2}
    shapes = {"T": "mn", "M": "mn", "U": "mk", "V": "nk", "S": "kk", "Y": "nk", "Z": "mk", "w": "m", "v": "n"}
    shapes |= {"Q": "md", "K": "nd", "E": "ne", "C": "me"}
    given = {name: 0.1 * rng.standard_normal([sizes[s] for s in shapes[name]]) for name in by_blocks.names}
    copies = {name: array.copy() for name, array in given.items()}
    for f, g in ((by_blocks, whole), (by_blocks.value_and_derivative, whole.value_and_derivative)):
        for one, other in zip(flat(f(**given)), flat(g(**given)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)
    assert all(np.array_equal(given[name], array) for name, array in copies.items())


def function(source: str, name: str) -> str:
    """One function of a module."""
    return source.split(f"\ndef {name}(")[1].split("\ndef ", maxsplit=1)[0]


def flat(result: Any) -> list[Any]:
    """The arrays of a result."""
    if isinstance(result, tuple):
        return [array for part in result for array in flat(part)]
    return list(result.values()) if isinstance(result, dict) else [result]


def test_what_is_not_computed_row_by_row_stays_whole() -> None:
    rows = [
        ("½‖T − U Vᵀ‖²", "T", "T: m×n, U: m×k, V: n×k"),  # the residual is the gradient
        ("½‖T − tanh(U Vᵀ) A‖²", "U", "T: m×p, U: m×k, V: n×k, A: n×p"),  # a large factor
        ("‖A tanh(U Vᵀ)‖²", "U", "U: m×k, V: n×k, A: m×m"),  # rows are mixed
        ("tr((K + UUᵀ)⁻¹)", "U", "K: n×n spd, U: n×k"),
        ("‖U Vᵀ − T‖² (𝟏ᵀ(U Vᵀ − T)𝟏)", "U", "T: m×n, U: m×k, V: n×k"),  # every row needs a sum over all
    ]
    for expression, wrt, where in rows:
        text = function(mc.derive(expression, wrt=wrt, where=where).source(), "gradient")
        assert "by_rows" not in text, text


def test_a_residual_is_never_there_as_a_whole() -> None:
    derivation = mc.derive("½‖T − U Vᵀ‖²", wrt="U", where="T: m×n, U: m×k, V: n×k")
    rng, (m, n, k) = np.random.default_rng(0), (4000, 1000, 5)
    given = {"T": rng.standard_normal((m, n)), "U": rng.standard_normal((m, k)), "V": rng.standard_normal((n, k))}
    peaks = []
    for without in ((), ("blocks",)):
        call = derivation.compile(without=without)
        tracemalloc.start()
        call(**given)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] > 8 * m * n > 10 * peaks[0]


def low_rank(count: int) -> Any:
    """The gradient of a network with matrices tanh(UVᵀ), by the narrow U."""
    lines = [f"x{k} = tanh(U{k} V{k}ᵀ) x{k - 1 or ''}" for k in range(1, count + 1)]
    declared = "; ".join(["x: n", *(f"U{k}, V{k}: n×r" for k in range(1, count + 1))])
    return mc.derive("\n".join([*lines, f"‖x{count}‖²"]), wrt=[f"U{k}" for k in range(1, count + 1)], where=declared)


def test_blocks_follow_each_other() -> None:
    derivation = low_rank(4)
    by_blocks, whole = derivation.compile(), derivation.compile(without=("blocks",))
    assert function(by_blocks.source, "value").count("by_rows(") == 4
    rng = np.random.default_rng(0)
    given = {name: 0.1 * rng.standard_normal({"x": (450,)}.get(name, (450, 3))) for name in by_blocks.names}
    for f, g in ((by_blocks, whole), (by_blocks.value_and_derivative, whole.value_and_derivative)):
        for one, other in zip(flat(f(**given)), flat(g(**given)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)
    found = [n for n in ast.walk(ast.parse(by_blocks.source)) if isinstance(n, ast.FunctionDef) and "block" in n.name]
    for block in found:  # each is given what it uses, and no more
        used = {n.id for n in ast.walk(block) if isinstance(n, ast.Name)}
        assert {a.arg for a in block.args.args} <= used


def test_a_matrix_beside_its_transpose_is_not_cut_into_rows() -> None:
    """C + Cᵀ, with C = TVPᵀ, needs all of C: a block of rows of C cannot be a part of what uses the sum."""
    expression = "tr((U − (V Pᵀ)ᵀ (Pᵀ T)ᵀ)ᵀ P Vᵀ V)"
    derivation = mc.derive(expression, wrt="P", where="T: m×n, P, U: m×k, V: n×k")
    given = arrays_for(task_of(derivation))
    assert np.allclose(derivation.compile()(**given), derivation.compile(without=("blocks",))(**given))


def test_blocks_cost_as_much_as_there_are_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counted(Builder):
        def make(self, *parts: Any) -> Any:
            made[-1] += 1
            return super().make(*parts)

    monkeypatch.setattr(blocks, "Builder", Counted)
    for count in (10, 20):
        made.append(0)
        text = " + ".join(f"‖T{k} − U{k} V{k}ᵀ‖²" for k in range(count))
        where = "; ".join(f"T{k}: m×n, U{k}: m×r, V{k}: n×r" for k in range(count))
        source = mc.derive(text, wrt=[f"U{k}" for k in range(count)], where=where).source()
        assert function(source, "gradient").count("by_rows(") == count
    assert made[1] < 2.2 * made[0]


@pytest.mark.parametrize("seeds", [range(24), pytest.param(range(24, 2000), marks=pytest.mark.heavy)], ids=str)
@pytest.mark.parametrize("numbers", ["real", "complex"])
def test_random_programs_have_the_same_values_without_passes(numbers: str, seeds: range) -> None:
    lines, where = narrow_programs.LINES, narrow_programs.WHERE
    if numbers == "complex":
        lines, where = narrow_programs.COMPLEX_LINES, narrow_programs.COMPLEX_WHERE
    fired: Counter[str] = Counter()
    for seed in seeds:
        text = narrow_programs.draw(seed, lines)
        derivation = mc.derive(text, where=where, check=False)
        optimised, plain = derivation.compile(), derivation.compile(without=tuple(PASSES))
        rng, sizes = np.random.default_rng(seed), {"m": 60, "n": 50, "k": 2} if seed % 3 else {"m": 5, "n": 4, "k": 2}
        shapes = {name: [sizes[c] for c in narrow_programs.SHAPES[name]] for name in plain.names}
        given = {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}
        if numbers == "complex":
            given = {
                name: a + 0.7j * rng.standard_normal(shapes[name]) if np.ndim(a) else a for name, a in given.items()
            }
        for layout in (np.array, np.asfortranarray):
            arrays = {name: layout(a) if np.ndim(a) else a for name, a in given.items()}
            got, want = flat(optimised.value_and_derivative(**arrays)), flat(plain.value_and_derivative(**arrays))
            for one, other in zip([*got, *flat(optimised(**arrays))], [*want, *want[1:]], strict=True):
                assert np.max(np.abs(one - other)) <= 1e-9 * np.max(np.abs(other)), text
            assert all(np.array_equal(arrays[name], a) for name, a in given.items())
        fired.update(name for name in PASSES if derivation.source(without=(name,)) != optimised.source)
    often = {"vdot"} if numbers == "complex" else {"shared", "signs", "blocks"}
    assert {"turned", "narrow", "blas", *often} <= set(fired)


@pytest.mark.parametrize("expression", ["‖X − X V Vᵀ‖²", "‖Xᵀ − V Vᵀ Xᵀ‖²", "‖V Vᵀ Xᵀ − Xᵀ‖²"])
def test_a_residual_and_its_transpose_are_computed_once(expression: str) -> None:
    call = mc.derive(expression, wrt="V", where="X: m×n, V: n×k").compile()
    text = function(call.source, "value_and_gradient")
    assert text.count("by_rows(") == 1
    given = arrays_for(call.task)
    f, G = call.value_and_derivative(**given)
    np.testing.assert_allclose(f, call.value(**given), rtol=1e-12)
    np.testing.assert_allclose(G, call(**given), rtol=1e-11)


@pytest.mark.parametrize("scale", [1.0, 100.0], ids=["nearly the best fit", "far larger than X"])
def test_products_of_residuals_keep_every_digit(scale: float) -> None:
    derivation = mc.derive("‖X − X V Vᵀ‖²", wrt="V", where="X: m×n, V: n×k")
    rng, (m, n, k) = np.random.default_rng(0), (60, 30, 3)
    V = np.linalg.qr(rng.standard_normal((n, k)))[0]
    X = 1e6 * rng.standard_normal((m, k)) @ V.T + rng.standard_normal((m, n))
    V = scale * V + 1e-7 * rng.standard_normal((n, k))

    def gradient(X: Any, V: Any) -> Any:
        R = X - X @ V @ V.T
        return -2 * (R.T @ (X @ V) + X.T @ (R @ V))

    exact = gradient(X.astype(np.longdouble), V.astype(np.longdouble))
    off, opened, plain = (
        float(np.abs(found - exact).max())
        for found in (derivation.compile()(X=X, V=V), derivation.compile(fast_math=True)(X=X, V=V), gradient(X, V))
    )
    assert off < 1.5 * plain
    assert opened > 1.5 * plain or scale > 1


RESIDUALS = [  # expression, variable, declarations, what the gradient has by default, and with fast_math
    ("‖T − U Vᵀ‖²", "U", "T: m×n, U: m×k, V: n×k", "residual(T_rows, U_rows, V.T)", "U.dot(V.T.dot(V)) - T.dot(V)"),
    ("‖X − X V Vᵀ‖²", "V", "X: m×n, V: n×k", "residual(X_rows, X_rows_V, V.T)", "X.T.dot(X.dot(V))"),
]


@pytest.mark.parametrize(("expression", "wrt", "where", "kept", "opened"), RESIDUALS)
def test_fast_math_multiplies_residuals_out(expression: str, wrt: str, where: str, kept: str, opened: str) -> None:
    derivation = mc.derive(expression, wrt=wrt, where=where)
    given = arrays_for(task_of(derivation))
    assert np.allclose(derivation.compile(fast_math=True)(**given), derivation.compile()(**given))
    plain, fast = derivation.source(), derivation.source(fast_math=True)
    assert kept in plain
    assert opened not in plain
    assert opened in fast


def test_fast_math_keeps_what_is_not_cheaper() -> None:
    derivation = mc.derive("‖Ax − b‖²", wrt="x", where="A: m×n, x: n, b: m")
    assert derivation.source(fast_math=True) == derivation.source()


# ---------------------------------------------------------------- what is proven, and what is not
# fmt: off
SEMIDEFINITE = {  # matrix inside of a quadratic form → what it takes
    "K": SPD, "K + λI": SPD + ", λ: scalar positive", "XᵀX": "X: m×n, y: n",
    "XᵀX + λI": "X: m×n, y: n, λ: scalar positive",
    "XᵀKX": "X: n×m, y: m, K: n×n spd", "Xᵀ Diag(exp(w)) X": "X: m×n, y: n, w: m",
    "K ⊙ K + 2 K": SPD, "‖y‖² K + I": SPD,
    "XᵀDiag(σ(w) ⊙ (1 − σ(w)))X": "X: m×n, y: n, w: m, σ := sigmoid",
}
NOT_SEMIDEFINITE = {
    "K + λI": SPD + ", λ: scalar", "K − I": SPD,
    "A": "A: n×n symmetric, y: n", "XᵀAX": "X: n×m, y: m, A: n×n symmetric",
    "XᵀDiag(w)X": "X: m×n, y: n, w: m", "XᵀDiag(tanh(w))X": "X: m×n, y: n, w: m", "XᵀY": "X, Y: m×n, y: n",
}
# fmt: on


def kinds(matrix: str, where: str) -> set[str]:
    """How the matrix of yᵀM⁻¹y + log det M is factored."""
    program = program_of(task(f"yᵀ({matrix})⁻¹y + log(abs(det({matrix})))", "y", where, "gradient"))
    done = optimise(program, list(PASSES))
    found = {value.attributes[0] for value in done.instructions if value.op == "factor"}
    return found | {"cholesky" for value in done.instructions if value.op == "spd_solve"}


@pytest.mark.parametrize("matrix", SEMIDEFINITE)
def test_a_matrix_of_this_form_is_factored_by_cholesky(matrix: str) -> None:
    assert kinds(matrix, SEMIDEFINITE[matrix]) == {"cholesky"}


@pytest.mark.parametrize("matrix", NOT_SEMIDEFINITE)
def test_a_matrix_that_need_not_be_positive_definite_is_not(matrix: str) -> None:
    assert "cholesky" not in kinds(matrix, NOT_SEMIDEFINITE[matrix])


@pytest.mark.parametrize("seed", range(3))
def test_facts_hold_at_random_points(seed: int) -> None:
    """Every value that is said to be not negative, at most 1, or semidefinite, is."""
    for _, *row in ROWS:
        one = task(*row)
        program = program_of(one)
        facts = Facts(program)
        everything = Program({str(v.number): v for v in program.instructions}, program.inputs, {})
        found = interpret(everything, arrays_for(one, seed))
        for value in program.instructions:
            array = found[str(value.number)]
            assert value not in facts.not_negative or np.all(array >= 0), value
            assert value not in facts.at_most_one or np.all(np.abs(array) <= 1), value
            assert value not in facts.semidefinite or np.linalg.eigvalsh(array)[0] > -1e-9, value


def test_not_positive_definite_is_an_error() -> None:
    compiled = mc.derive("yᵀK⁻¹y", wrt="y", where=SPD).compile()
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        compiled(K=-np.eye(3), y=np.ones(3))


def test_singular_is_an_error() -> None:
    compiled = mc.derive("tr(X⁻¹A)", wrt="X", where="A, X: n×n").compile()
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        compiled(X=np.zeros((3, 3)), A=np.eye(3))


def test_empty_matrices() -> None:
    compiled = mc.derive("½ yᵀ K⁻¹ y + ½ logdet K", wrt="K", where=SPD).compile()
    assert compiled(K=np.zeros((0, 0)), y=np.zeros(0)).shape == (0, 0)
    compiled = mc.derive("tr(X⁻¹A)", wrt="X", where="A, X: n×n").compile()
    assert compiled(X=np.zeros((0, 0)), A=np.zeros((0, 0))).shape == (0, 0)


def test_a_determinant_alone_may_be_zero() -> None:
    d = mc.derive("det(XᵀX)", wrt="X")
    assert abs(d.compile().value(X=np.ones((4, 3)))) < 1e-12
