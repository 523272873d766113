"""Structured variables: every convention against the derivative by independent entries."""

from __future__ import annotations

import numpy as np
import pytest

import matcalc as mc
from matcalc import algebra as alg
from matcalc.calculus.structure import RIEMANNIAN, STRUCTURES, in_structure, structured_shape

WHERE = "X, A, B: n×n, a: n"


@pytest.mark.parametrize("structure", [*STRUCTURES, *RIEMANNIAN])
@pytest.mark.parametrize("expression", ["tr(A X B X')", "a' X a + ‖X − A‖²"])
def test_gradients(expression: str, structure: str) -> None:
    derivation = mc.derive(expression, wrt="X", where=WHERE, structure=structure)
    report = derivation.check()
    assert report, str(report)
    assert derivation.text()
    assert derivation.latex()


@pytest.mark.parametrize("structure", [*STRUCTURES])
@pytest.mark.parametrize(("expression", "kind"), [("tr(A X B X')", "hessian"), ("A X a", "jacobian")])
def test_second_derivatives_and_jacobians(expression: str, kind: str, structure: str) -> None:
    report = mc.derive(expression, wrt="X", where=WHERE, structure=structure, kind=kind).check()
    assert report, str(report)


@pytest.mark.parametrize("structure", ["orthogonal", "stiefel-canonical"])
def test_the_riemannian_gradient_is_tangent(structure: str) -> None:
    derivation = mc.derive("tr(X' A X B)", wrt="X", where="X: m×n, A: m×m, B: n×n", structure=structure)
    assert "XᵀX = I" in derivation.assumptions
    rng = np.random.default_rng(0)
    x = np.linalg.qr(rng.standard_normal((5, 3)))[0]
    g = derivation.compile()(X=x, A=rng.standard_normal((5, 5)), B=rng.standard_normal((3, 3)))
    np.testing.assert_allclose(x.T @ g + g.T @ x, 0, atol=1e-12)


def test_duplication_and_elimination() -> None:
    assert str(mc.derive("A X a", wrt="X", where=WHERE, structure="vech").result) == "(aᵀ ⊗ A) D_n"
    assert str(mc.derive("tr(A X)", wrt="X", where=WHERE, structure="vech-lower").result) == "vech(Aᵀ)"
    assert str(mc.derive("tr(A X)", wrt="X", where=WHERE, structure="diagonal-vector").result) == "diag(A)"


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_shape_of_a_gradient_is_foretold(structure: str) -> None:
    n = alg.dimension("n")
    x, g = alg.matrix("X", n, n), alg.matrix("G", n, n)
    assert structured_shape(structure, (n, n)) == in_structure(g, structure, x).shape
    assert structured_shape(structure, ()) == ()


def test_tied_parameters_are_a_program() -> None:
    derivation = mc.derive("X = s I + t 𝟏 𝟏'; logdet(X) + a' X a", wrt=["s", "t"], where="X: n×n, a: n, s, t: scalar")
    assert derivation.check()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(mc.MatcalcError, match="supported"):
        mc.derive("tr(X)", wrt="X", where=WHERE, structure="toeplitz")
    with pytest.raises(mc.MatcalcError, match="square"):
        mc.derive("tr(X' X)", wrt="X", where="X: m×n", structure="vech")
    with pytest.raises(mc.MatcalcError, match="connection"):
        mc.derive("tr(X' A X)", wrt="X", where=WHERE, structure="orthogonal", kind="hessian")
