"""Emitted code of complex variables: no imaginary part is lost, and nothing is taken for Hermitian that is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

import matcalc as mc

Array = Any


def complex_array(*shape: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


@pytest.mark.parametrize("without", [(), ("deltas",)], ids=["by a view", "whole"])
def test_a_diagonal_keeps_imaginary_parts(without: tuple[str, ...]) -> None:
    Z = complex_array(2, 3)
    got = mc.derive("exp(Z)", wrt="Z", where="Z: m×n complex").compile(without=without)(Z=Z)
    np.testing.assert_allclose(got, np.einsum("ij,ik,jl->ijkl", np.exp(Z), np.eye(2), np.eye(3)))


def test_so_it_does_in_a_batch() -> None:
    z = complex_array(4, 3)
    got = mc.derive("exp(z)", wrt="z", where="z: n complex").compile(batch="z")(z=z)
    np.testing.assert_allclose(got, np.einsum("bi,ij->bij", np.exp(z), np.eye(3)))


@pytest.mark.parametrize("function", ["expm", "sqrtm"])
def test_a_complex_multiple_of_a_symmetric_matrix_is_not_hermitian(function: str) -> None:
    X = np.random.default_rng(0).standard_normal((3, 3))
    X, b, c = X @ X.T + np.eye(3), np.arange(3.0), 1.5 + 0.7j
    f = getattr(scipy.linalg, function)(c * X)
    by_c = X @ f @ b if function == "expm" else f @ b / (2 * c)
    for variable, derivative in (("b", f), ("c", by_c)):
        call = mc.derive(f"{function}(c X) b", wrt=variable, where="X: n×n symmetric, c: complex, b: n").compile()
        np.testing.assert_allclose(call.value(c=c, X=X, b=b), f @ b, rtol=1e-10)
        np.testing.assert_allclose(call(c=c, X=X, b=b), derivative, rtol=1e-10)


@pytest.mark.parametrize(
    ("expression", "kind"), [("A exp(z)", "jacobian"), ("A z", "jacobian"), ("exp(z)", "jacobian")]
)
def test_an_operator_has_the_conjugate_transpose(expression: str, kind: str) -> None:
    A, z = complex_array(3, 3), complex_array(3, seed=1)
    derivation = mc.derive(expression, wrt="z", where="A: m×n complex, z: n complex", kind=kind)
    operator, dense = derivation.compile(structure="operator"), derivation.compile()
    given = {name: {"A": A, "z": z}[name] for name in dense.names}
    L, J, u = operator(**given), dense(**given), complex_array(3, seed=2)
    assert L.dtype == np.complex128
    np.testing.assert_allclose(L @ u, J @ u)
    np.testing.assert_allclose(L.H @ u, J.conj().T @ u)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_complex_arrays_are_declared(target: str) -> None:
    pytest.importorskip(target)
    call = mc.derive("X : X", wrt="X").compile(target=target)
    with pytest.raises(TypeError, match="X is complex, and was not declared so"):
        call(X=np.array([[1j, 2.0]]))


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_the_gradient_by_a_real_variable_is_real(target: str) -> None:
    pytest.importorskip(target)
    A, b, x = complex_array(4, 3), complex_array(4, seed=1), np.arange(3.0)
    where = "A: m×n complex, x: n, b: m complex"
    call = mc.derive("‖A x − b‖²", wrt="x", where=where).compile(target=target)
    got = np.asarray(call(A=A, x=x, b=b))
    assert got.dtype.kind == "f"
    np.testing.assert_allclose(got, 2 * (A.conj().T @ (A @ x - b)).real, rtol=1e-5)
