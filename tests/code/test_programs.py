"""What programs do and do not do: orders of multiplication, structure that is never written out, shared values."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sympy import Integer, Symbol

from matcalc import algebra as alg
from matcalc.algebra.construct import HALF
from matcalc.code import Program, inputs_of, lower, variable
from matcalc.code.builder import Builder
from matcalc.code.program import Value
from matcalc.errors import CompileError
from tests.code.cases import CASES, SPARE, A, B, I, T, X, f, k, m, n, r, s, v, x


def ops(expression: Any) -> Counter[str]:
    """How often each instruction stands in the program of an expression."""
    inputs = (*inputs_of([expression]), *(variable(a) for a in SPARE))
    return Counter(value.op for value in lower({"value": expression}, inputs).instructions)


def products_of_matrices(program: Program) -> int:
    return sum(v.op == "matmul" and all(operand.rank == 2 for operand in v.operands) for v in program.instructions)


CHAINS = {
    "A B x": alg.mul(B, X, A, x),
    "r A B": alg.mul(r, A, T(X), T(B)),
    "u vᵀ A": alg.mul(v, r, A),
    "A u vᵀ B": alg.mul(X, x, r, A),
    "AᵀA x": alg.mul(T(X), X, x),
    "bilinear form": alg.mul(T(v), X, A, x),
    "sum of a product": alg.total(alg.mul(X, A, T(X))),
    "Frobenius product with an outer product": CASES["Frobenius product with an outer product"],
    "(u vᵀ + λI) A": alg.mul(alg.add(alg.mul(x, r), alg.mul(s, I(n))), A),
}


@pytest.mark.parametrize("name", CHAINS)
def test_vectors_are_met_first(name: str) -> None:
    assert products_of_matrices(lower({"value": CHAINS[name]})) == 0


# fmt: off
NEVER = {  # case → instructions that it does without
    "diagonal times a matrix": {"diag", "matmul"}, "matrix times a diagonal": {"diag", "matmul"},
    "inverse times a vector": {"inverse"}, "inverse times a matrix": {"inverse"}, "matrix times inverse": {"inverse"},
    "row times inverse": {"inverse"}, "two inverses": {"inverse"}, "inverse of a diagonal": {"inverse", "solve"},
    "trace of a product": {"trace"}, "trace with a diagonal": {"diag", "trace"}, "diag of a product": {"diagonal"},
    "trace of a Kronecker product": {"kron"}, "Kronecker product times a vector": {"kron"},
    "Kronecker product times a matrix": {"kron"}, "row times a Kronecker product": {"kron"},
    "three Kronecker factors times a vector": {"kron"}, "identity ⊗ B times a vector": {"kron", "eye"},
    "commutation times a vector": {"eye", "matmul"}, "matrix times commutation": {"eye", "matmul"},
    "diagonal selection times a vector": {"eye", "matmul"}, "diagonal selection transposed": {"eye", "matmul"},
    "unit vector picks a column": {"eye", "matmul"}, "selection of rows": {"eye", "matmul", "block"},
    "number plus matrix": {"ones", "broadcast"}, "scalar plus vector": {"ones", "broadcast"},
    "row added to every row": {"ones", "broadcast", "outer"}, "row and column": {"ones", "broadcast", "outer"},
    "row sums": {"ones", "matmul"}, "total of a product": {"ones"}, "squared norm": {"apply", "power"},
    "total of squares": {"multiply", "power"}, "power 3": {"power"}, "power -1": {"power"}, "power 1/2": {"power"},
    "softmax": {"ones"}, "sum of diagonals": {"eye"},
}
# fmt: on


@pytest.mark.parametrize("name", NEVER)
def test_structure_is_not_written_out(name: str) -> None:
    assert not NEVER[name] & set(ops(CASES[name]))


def test_a_residual_is_kept() -> None:
    """Aᵀ(Ax − b) and (UVᵀ − T)V lose digits when they are multiplied out."""
    residual = alg.add(alg.mul(X, x), alg.neg(v))
    assert ops(alg.mul(T(X), residual))["matmul"] == 2
    U, W, target = alg.matrix("U", m, k), alg.matrix("V", n, k), alg.matrix("T", m, n)
    program = lower({"value": alg.mul(alg.add(alg.mul(U, T(W)), alg.neg(target)), W)})
    assert [v.op for v in program.instructions if v.rank == 2 and v.shape == (m, n) and v.op != "input"] == [
        "matmul",
        "subtract",
    ]


def test_a_sum_of_one_sign_is_opened_where_that_is_cheaper() -> None:
    V = alg.matrix("V", n, k)
    gram = alg.add(alg.mul(T(X), X), alg.mul(2, A, T(X), X))
    program = lower({"value": alg.mul(gram, V)})
    assert not any(value.shape == (n, n) and value.op == "matmul" for value in program.instructions)


def test_equal_values_are_computed_once() -> None:
    z = alg.mul(X, x)
    program = lower({"a": f("tanh", z), "b": alg.mul(T(X), f("tanh", z)), "c": alg.frobenius(z, z)})
    assert Counter(value.op for value in program.instructions)["matmul"] == 3  # z, Xᵀ tanh z and zᵀz
    assert Counter(value.op for value in program.instructions)["apply"] == 1


def test_a_product_of_entries_is_the_same_the_other_way_round() -> None:
    builder = Builder([variable(A), variable(x)])
    p, q = map(builder.input, builder.inputs)
    for op in (builder.multiply, builder.add, builder.maximum, builder.minimum):
        assert op(p, q) is op(q, p)
    assert builder.subtract(p, q) is not builder.subtract(q, p)


def test_a_norm_and_its_square_share_a_sum() -> None:
    norm = alg.norm(x)
    program = lower({"value": alg.add(norm, alg.power(norm, Integer(2)))})
    assert Counter(value.op for value in program.instructions)["matmul"] == 1


def test_named_intermediates_name_their_values() -> None:
    z = alg.named("z", alg.mul(X, x))
    program = lower({"value": alg.frobenius(z, z)})
    assert {name: value.op for value, name in program.names.items()} == {"z": "matmul"}


def test_sizes_come_from_shapes() -> None:
    wide = alg.matrix("Y", n + 1, 2 * k)
    program = lower({"value": alg.mul(n, k, alg.total(wide))})
    assert "n + 1" in str(program)
    with pytest.raises(CompileError, match="size q cannot be found"):
        lower({"value": alg.mul(alg.dimension("q"), x)})


def test_a_variable_that_is_not_an_input_is_refused() -> None:
    program_inputs = lower({"value": x}).inputs
    with pytest.raises(CompileError, match="X is not among the inputs"):
        lower({"value": X}, program_inputs)


def test_what_has_no_array_code_is_refused() -> None:
    import sympy

    with pytest.raises(CompileError, match="no array code for zeta"):
        lower({"value": sympy.zeta(Symbol("t", real=True))})


def deep_network(layers: int) -> Any:
    """W₁, …, W_L of one shape, with tanh between them."""
    a = x
    for layer in range(layers):
        a = alg.named(f"a_{layer}", f("tanh", alg.mul(alg.matrix(f"W_{layer}", n, n), a)))
    return alg.mul(HALF, alg.frobenius(a, a))


def test_cost_is_linear_in_the_number_of_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """2000 layers, without recursion."""
    made: list[int] = []
    make = Builder.make

    def counted(self: Builder, *parts: Any) -> Value:
        made[-1] += 1
        return make(self, *parts)

    monkeypatch.setattr(Builder, "make", counted)
    for layers in (500, 2000):
        made.append(0)
        program = lower({"value": deep_network(layers)})
        assert len(program.instructions) == 3 * layers + 4
    assert made[1] < 4.1 * made[0]


def test_shared_nodes_do_not_multiply() -> None:
    a = x
    for _ in range(60):
        a = alg.add(f("tanh", a), f("sin", a))
    assert len(lower({"value": a}).instructions) == 1 + 3 * 60
