"""Brackets: where they are needed, and nowhere else."""

from __future__ import annotations

import re

import pytest
from sympy import Identity
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from matcalc import algebra as alg
from matcalc.algebra import add, frobenius, hadamard, inverse, kron, mul, neg, norm, power, transpose
from matcalc.language import read
from matcalc.present import text_of
from tests.present.symbols import A, B, X, Y, Z, fn, lam, s, t, x, y
from tests.random_expressions import Generator

#: For every place an operand can stand in: each kind of operand, bracketed or not.
OPERANDS = {
    "X": X,
    "XY": mul(X, Y),
    "X + Y": add(X, Y),
    "X ⊙ Y": hadamard(X, Y),
    "exp(X)": fn("exp", X),
}
PLACES = {
    "sum": (lambda e: add(Z, e), "{} + Z|Z + {}", {}),
    "difference": (lambda e: add(Z, neg(e)), "Z − {}", {"X + Y": "Z − X − Y"}),
    "factor": (lambda e: mul(e, Z), "{}Z|{} Z", {"X + Y": "(X + Y)Z", "X ⊙ Y": "(X ⊙ Y)Z"}),
    "hadamard": (lambda e: hadamard(Z, e), "Z ⊙ {}|{} ⊙ Z", {"X + Y": "Z ⊙ (X + Y)", "X ⊙ Y": "X ⊙ Y ⊙ Z"}),
    "kronecker": (lambda e: kron(e, Z), "{} ⊗ Z", {"X + Y": "(X + Y) ⊗ Z", "X ⊙ Y": "(X ⊙ Y) ⊗ Z"}),
    "inverse": (inverse, "{}⁻¹", {"XY": "Y⁻¹X⁻¹", "X + Y": "(X + Y)⁻¹", "X ⊙ Y": "(X ⊙ Y)⁻¹"}),
    "norm": (norm, "‖{}‖", {}),
    "trace": (alg.trace, "tr({})", {}),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("operand", OPERANDS)
def test_an_operand_is_bracketed_only_where_it_must_be(place, operand):
    put, plain, special = PLACES[place]
    printed = text_of(put(OPERANDS[operand]))
    if operand in special:
        assert printed == special[operand]
    elif "+" not in operand or place not in ("sum", "difference"):
        assert printed in [form.format(operand) for form in plain.split("|")]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (power(s + t, alg.scalar("p")), "(s + t)^p"),
        (1 / (s * t), "1/(st)"),
        (lam * (s + t), "λ(s + t)"),
        (frobenius(A, add(A, neg(B))) * t, "t A : (A − B)"),
        (neg(add(x, y)), "−x − y"),
        (mul(frobenius(x, y), transpose(x)), "(xᵀy)xᵀ"),
        (add(A, mul(-lam, B)), "A − λB"),
    ],
)
def test_brackets_of_scalars(expression, text):
    assert text_of(expression) == text


#: Notations of results which the input language does not have.
ONLY_PRINTED = re.compile(r"\[|0\.99|[sct][a-z]{2,3}[²³⁴]\(|‖[^‖]*‖[^‖]*‖\)?[^‖]*‖")


@pytest.mark.parametrize("seed", range(80))
def test_what_is_printed_is_read_back_as_the_same(seed):
    """The strongest check of brackets and spaces: print, read, compare."""
    generator = Generator(seed, kinks=True)
    expression = generator.scalar(4)
    printed = text_of(expression)
    if ONLY_PRINTED.search(printed) or any(isinstance(node, ZeroMatrix) for node in alg.postorder(expression)):
        pytest.skip(f"only printed: {printed}")
    sizes = "Q_1: k×m, Q_2: n"  # the sizes are known names
    where = ", ".join([sizes, *(f"{name}: {_shape(symbol)}" for name, symbol in generator.symbols.items())])
    back = read(printed, where=where, define={"σ": "sigmoid"}).expression
    constants = any(isinstance(node, (Identity, OneMatrix)) for node in alg.postorder(expression))
    # the size of 𝟏 may be left open, and with it the order of the terms
    assert back == expression or (constants and sorted(text_of(back)) == sorted(printed))


def _shape(symbol):
    rows_and_columns = alg.shape_of(symbol)
    return "×".join(map(str, rows_and_columns)) if rows_and_columns else "scalar"
