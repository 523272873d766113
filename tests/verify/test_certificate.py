"""Certificates: every way to take a differential, faults of every kind found, nothing right refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import matcalc as mc
from matcalc import algebra as alg
from matcalc.errors import InternalError
from matcalc.operators import OPERATORS, matrix_functions
from matcalc.verify import certify, difference, evaluate
from matcalc.verify.numbers import MODULUS, PRIME, OutsideDomainError, Residues
from matcalc.verify.places import Place, Question
from matcalc.verify.spectra import function_of
from matcalc.verify.values import VALUES, Evaluation
from tests.benchmarks.derive import network
from tests.corpus.cases import load, question

m, n = (alg.dimension(s) for s in "mn")
A, X, x = alg.matrix("A", n, n), alg.matrix("X", m, n), alg.matrix("x", n, 1)

METHODS = [
    # what is derived                           by    kind         how
    ("½‖θ(Wx)‖²",                               "W",  None,        "exact"),
    ("tr(AXBXᵀ)",                               "X",  "hessian",   "exact"),
    ("xᵀ(A + Aᵀ)⁻¹x / (xᵀx)",                   "x",  None,        "exact"),
    ("‖Ax − b‖ + ‖x‖₁",                         "x",  None,        "exact"),
    ("g(Wx)",                                   "W",  None,        "exact"),
    ("det(X)^2",                                "X",  None,        "exact"),
    ("vec(AXB) ⊗ x",                            "X",  None,        "exact"),
    ("½‖tanh(Wx)‖²",                            "W",  None,        "complex step"),
    ("log det(XᵀX)",                            "X",  "hessian",   "complex step"),
    ("softmax(Wx)",                             "W",  None,        "complex step"),
    ("max(Ax) + sum(relu(x))",                  "x",  None,        "complex step"),
    ("exp(−‖Wx‖²) + |s| + s log(s)",            "W",  None,        "complex step"),  # tiny where it is tried first
    ("sum(erf(x))",                             "x",  None,        "differences"),
    ("tr(expm(A))",                             "A",  "hessian",   "differences"),
    ("‖chol(S)⁻¹ b‖²",                          "S",  None,        "differences"),
    ("lambda_max(X)",                           "X",  None,        "differences"),
]  # fmt: skip
WHERE = {
    "exp(−‖Wx‖²) + |s| + s log(s)": "s: scalar",
    "g(Wx)": "g: ℝ^m → ℝ, W: m×n, x: n",
    "vec(AXB) ⊗ x": "X: m×n, A: k×m, B: n×p, x: 2",
}


def derived(expression: str, wrt: str, kind: str | None = None, **options: Any) -> mc.Derivation:
    return mc.derive(expression, wrt=wrt, kind=kind, where=WHERE.get(expression), **options)


@pytest.mark.parametrize(("expression", "wrt", "kind", "method"), METHODS)
def test_how_differentials_are_taken(expression: str, wrt: str, kind: str | None, method: str) -> None:
    found = derived(expression, wrt, kind).certificate
    assert found
    assert (found.method, found.points >= 1, found.largest < 1e-7) == (method, True, True)
    assert found.lines >= 1
    assert found.results >= 1


FAULTS = {
    "a factor": lambda g: alg.mul(2, g),
    "a sign": alg.neg,
    "a small term": lambda g: alg.add(g, alg.mul(alg.construct.HALF**14, alg.one_like(g))),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("expression", "wrt", "kind", "method"), METHODS)
def test_a_wrong_result_is_found(expression: str, wrt: str, kind: str | None, method: str, fault: str) -> None:
    derivation = derived(expression, wrt, kind, check=False)
    key, right = next(iter(derivation.derived.results.items()))
    derivation.derived.results._made[key] = FAULTS[fault](right)
    found = certify(derivation)
    assert not found
    assert "∂" in found.failures[0].label


@pytest.mark.parametrize(("expression", "wrt", "kind", "method"), METHODS)
def test_a_wrong_line_is_found(expression: str, wrt: str, kind: str | None, method: str) -> None:
    derivation = derived(expression, wrt, kind, check=False)
    steps = derivation.derived.record.steps
    at = next(k for k, step in enumerate(steps) if step.kind == "differential")
    object.__setattr__(steps[at], "after", alg.mul(3, steps[at].after))
    assert re.match(rf"step {at + 1}, ", certify(derivation).failures[0].label)


def test_a_derivation_that_does_not_hold_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcalc.derivation.run", _with_a_fault)
    with pytest.raises(InternalError, match="the derivation does not hold") as caught:
        mc.derive("xᵀAx", wrt="x", where="A: n×n")
    assert "derive('xᵀAx', wrt='x', where='A: n×n', check=False)" in str(caught.value)
    assert mc.derive("xᵀAx", wrt="x", check=False).certificate is None


def _with_a_fault(*args: Any, **options: Any) -> Any:
    from matcalc.calculus.engine import run

    found = run(*args, **options)
    key, result = next(iter(found.results.items()))
    found.results._made[key] = alg.transpose(alg.transpose(alg.neg(result)))
    return found


def test_a_result_that_is_worked_out_later_is_compared_then() -> None:
    text, where, wrt = network(30)
    derivation = mc.derive(text, wrt=wrt, where=where)
    assert derivation.certificate
    assert "W1" not in derivation.derived.results.made
    assert derivation.derived.results["W2"] is derivation.derived.results.made["W2"]
    right = derivation.derived.results._makers["W1"]
    derivation.derived.results._makers["W1"] = lambda: alg.neg(right())
    with pytest.raises(InternalError, match="∂/∂W1 does not hold"):
        derivation.results  # noqa: B018


# ---------------------------------------------------------------- structures
STRUCTURES = [
    "symmetric", "spd", "symmetric-entries", "skew", "skew-entries", "diagonal", "lower", "upper", "vech", "vech-lower",
    "diagonal-vector", "orthogonal", "stiefel-canonical", "affine-invariant",
]  # fmt: skip


@pytest.mark.parametrize("structure", STRUCTURES)
def test_structured_variables(structure: str) -> None:
    options: dict[str, Any] = dict(wrt="X", where="A, B, X: n×n", structure=structure)
    right = mc.derive("tr(AXBX)", **options)
    assert right.certificate
    for other in STRUCTURES:
        wrong = mc.derive("tr(AXBX)", **options, check=False)
        wrong.structure = other
        same = {"symmetric", "spd"}, {"orthogonal", "stiefel-canonical"}
        if other != structure and not any({other, structure} <= pair for pair in same):
            assert not _certificate_or_none(wrong), other


def _certificate_or_none(derivation: mc.Derivation) -> Any:
    """The certificate; None where the result has not even the shape that the structure asks for."""
    try:
        return certify(derivation)
    except ValueError:
        return None


@pytest.mark.parametrize("structure", [s for s in STRUCTURES if s not in ("orthogonal", "stiefel-canonical")][:-1])
@pytest.mark.parametrize("kind", ["hessian", "jacobian"])
def test_structured_hessians_and_jacobians(structure: str, kind: str) -> None:
    expression = "tr(AX²)" if kind == "hessian" else "AXAX"
    assert mc.derive(expression, wrt="X", where="A, X: n×n", structure=structure, kind=kind).certificate


@pytest.mark.parametrize("structure", ["complex-gradient", "wirtinger", "wirtinger-conjugate"])
def test_complex_variables(structure: str) -> None:
    options: dict[str, Any] = dict(wrt="Z", where="A: m×n complex, Z: n×p complex", structure=structure)
    assert mc.derive("‖AZ‖²", **options).certificate
    wrong = mc.derive("‖AZ‖²", **options, check=False)
    wrong.structure = {"complex-gradient": "wirtinger"}.get(structure, "complex-gradient")
    assert not certify(wrong)


# ---------------------------------------------------------------- long ones, large ones, none
@pytest.mark.parametrize("function", ["tanh", "θ"])
def test_a_long_derivation_is_checked_in_every_line(function: str) -> None:
    text, where, wrt = network(60)
    derivation = mc.derive(text.replace("tanh", function), wrt=wrt, where=where)
    assert derivation.certificate
    assert derivation.certificate.lines > 100


def test_what_would_not_fit_is_not_checked() -> None:
    found = mc.derive("‖Wx‖²", wrt="W", where="W: 100000×100000, x: 100000").certificate
    assert not found
    assert str(found) == "not checked: an array of 100000×100000 numbers is too large"
    assert mc.derive("‖Wx‖²", wrt="W", where="W: 300×500, x: 500").certificate


def test_where_there_is_no_point_the_certificate_says_so() -> None:
    found = mc.derive("sum(log(−exp(x)))", wrt="x").certificate
    assert not found
    assert not found.failures
    assert "no point was found" in str(found)


# ---------------------------------------------------------------- values
def test_every_operator_has_a_definition() -> None:
    assert set(OPERATORS) <= set(VALUES)


CASES = [case for name in ("textbook", "applied") for case in load(name)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_definitions_and_array_programs_agree(case: dict[str, Any]) -> None:
    try:
        derivation = mc.derive(**question(case), check=False)
    except mc.MatcalcError:
        pytest.skip("refused")
    expression = derivation.expression
    asked = Question.of([expression], derivation.variables.values(), derivation.variables.values())
    for attempt in range(40):
        place = Place(asked, False, 0, attempt)
        try:
            with np.errstate(all="ignore"):
                value = place(expression)
        except OutsideDomainError:
            continue
        if np.all(np.isfinite(value)):
            break
    else:
        pytest.fail("no point")
    arrays = {s: np.squeeze(place.base.arrays[key]) for key, s in asked.symbols.items()}
    for name, one in place.base.functions.items():
        place.base.functions[name] = _flat(one, asked.abstract[name])
    try:
        other = evaluate(expression, arrays, place.base.functions)
    except (IndexError, ValueError):
        pytest.skip("a size of 1 among the axes")
    assert difference(value, other) < 1e-9


def _flat(function: Any, node: Any) -> Any:
    """An unspecified function of columns as one of vectors."""
    if not hasattr(node, "at"):
        return function
    return {0: lambda x: np.squeeze(function[0](x[:, None]))}


def test_residues_are_exact() -> None:
    a = np.array([[2, 1], [7, 4]], dtype=object)
    numbers = Residues()
    assert (numbers.inverse(a) @ a % MODULUS == np.eye(2, dtype=int)).all()
    assert numbers.det(a) == 1
    assert numbers.root(9) in (3, MODULUS - 3)
    with pytest.raises(OutsideDomainError):
        numbers.root(PRIME - 1)  # −1 is no square
    with pytest.raises(OutsideDomainError):
        numbers.inverse(np.array([[1, 2], [2, 4]], dtype=object))


def test_the_step_of_residues_is_the_differential() -> None:
    ev = Evaluation(Residues(), {}, {("", "t"): 5}, {})
    t = alg.scalar("t")
    moved = Evaluation(Residues(), {}, {("", "t"): 5 + PRIME}, {})
    assert (moved(t**3) - ev(t**3)) // PRIME % PRIME == 75


MATRICES = {
    "of any kind": np.array([[1.2, 0.3, 0.1], [-0.4, 0.9, 0.2], [0.1, -0.2, 1.5]]),
    "symmetric": np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]]),
    "with one eigenvector": np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]),
    "with two near eigenvectors": np.array([[1.0, 1.0], [0.0, 1.0 + 1e-9]]),
    "complex": np.array([[1.2, 0.3j], [0.1, 0.9 - 0.2j]]),
}


@pytest.mark.parametrize("name", matrix_functions.ANALYTIC)
@pytest.mark.parametrize("of", MATRICES)
def test_functions_of_matrices_by_their_eigenvalues(name: str, of: str) -> None:
    x = MATRICES[of]
    found = function_of(name, x)
    np.testing.assert_allclose(found, getattr(scipy.linalg, name)(x), rtol=1e-10, atol=1e-10)
    assert np.isrealobj(found) or np.iscomplexobj(x)


@pytest.mark.parametrize("name", ["logm", "sqrtm"])
def test_a_function_of_a_matrix_that_is_not_real_has_no_value(name: str) -> None:
    for x in (np.diag([1.0, -2.0]), np.array([[-1.0, 1.0], [0.0, -1.0]])):
        with pytest.raises(OutsideDomainError):
            function_of(name, x)
