"""One row for every node type: an expression to compute, with random arrays that suit it."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Integer, Rational, Tuple
from sympy.core.symbol import Str

from matcalc import algebra as alg
from matcalc.algebra import nodes
from matcalc.algebra.construct import HALF
from matcalc.operators import conjugation, spectral
from matcalc.operators import determinants as dt
from matcalc.operators import matrix_functions as mf
from matcalc.operators import matrix_powers as mp
from matcalc.operators import reductions as rd
from matcalc.operators import spectral_functions as sf
from matcalc.operators import summations as sm
from matcalc.operators import vech as vh
from matcalc.operators.entrywise import TABLE as FUNCTION_ROWS
from matcalc.operators.entrywise import huber

k, m, n, p, q = (alg.dimension(letter) for letter in "kmnpq")
SIZES = {"k": 2, "m": 3, "n": 4, "p": 5, "q": 2}

A, S, S_2 = alg.matrix("A", n, n), alg.matrix("S", n, n, "spd"), alg.matrix("S_2", n, n, "spd")
B, C, X, W = alg.matrix("B", k, m), alg.matrix("C", p, q), alg.matrix("X", m, n), alg.matrix("W", k, n)
KM, MN = alg.matrix("KM", k * p, m * q), alg.matrix("M_n", m * n, m * n)
x, y, v = alg.matrix("x", n, 1), alg.matrix("y", n, 1), alg.matrix("v", m, 1)
z, t_q = alg.matrix("z", m * q, 1), alg.matrix("t_q", n * n, 1)
wide = alg.matrix("H", k, m * n)
r = alg.matrix("r", 1, n)
s, t = alg.scalar("s"), alg.scalar("t")
POSITIVE = alg.matrix("P", m, n, "positive")


def f(name: str, a: Any) -> Any:
    return alg.elementwise(name, a)


#: Samples: matrices, columns and numbers.
i = Str("i")
S_i = sm.Sample.make(alg.matrix("matrices", m * n, q), i, Tuple(m, n))
x_i = sm.Sample.make(alg.matrix("columns", m, q), i, Tuple(m, Integer(1)))
y_i = sm.SampleNumber.make(alg.matrix("numbers", q, 1), i)

T = alg.transpose
I = alg.identity
ones = alg.ones

#: An argument in the domain of every function that has one.
INSIDE = alg.add(alg.mul(HALF, f("tanh", X)), alg.mul(Rational(51, 100), ones(m, n)))

# fmt: off
#: Name → expression. A name says which way of computing the row is about.
CASES: dict[str, Any] = {
    # leaves
    "variable": X,
    "row variable": r,
    "symmetric variable": S,
    "scalar variable": s,
    "size": alg.mul(n, x),
    "identity": I(n),
    "ones matrix": ones(m, n),
    "zero matrix": alg.zeros(m, n),
    "unit vector": alg.unit_vector(Integer(2), n),
    "unit vector picks a column": alg.mul(A, alg.unit_vector(Integer(3), n)),
    "unit vector picks a row": alg.mul(T(alg.unit_vector(Integer(3), n)), A),
    "unit vector picks an entry": alg.mul(T(alg.unit_vector(Integer(1), m)), X, alg.unit_vector(Integer(2), n)),
    "unit matrix": alg.mul(alg.unit_vector(Integer(1), m), T(alg.unit_vector(Integer(2), n))),
    "commutation": alg.commutation(m, n),
    "commutation times a vector": alg.mul(alg.commutation(m, n), alg.vec(X)),
    "commutation times a matrix": alg.mul(alg.commutation(m, n), MN),
    "matrix times commutation": alg.mul(wide, alg.commutation(m, n)),
    "row times commutation": alg.mul(T(alg.vec(X)), alg.commutation(n, m)),
    "diagonal selection": alg.diagonal_selection(n),
    "diagonal selection times a vector": alg.mul(alg.diagonal_selection(n), x),
    "diagonal selection times a matrix": alg.mul(alg.diagonal_selection(n), A),
    "diagonal selection transposed": alg.mul(T(alg.diagonal_selection(n)), t_q),
    "diagonal selection transposed alone": T(alg.diagonal_selection(n)),
    "matrix times diagonal selection": alg.mul(T(t_q), alg.diagonal_selection(n)),
    # sums and products
    "sum": alg.add(X, alg.mul(-2, POSITIVE)),
    "negative sum": alg.neg(alg.add(X, POSITIVE)),
    "number plus matrix": alg.add(ones(m, n), f("exp", X)),
    "scalar plus vector": alg.add(alg.mul(s, ones(n, 1)), x),
    "row added to every row": alg.add(X, alg.mul(ones(m, 1), r)),
    "column added to every column": alg.add(X, alg.mul(v, ones(1, n))),
    "row and column": alg.add(alg.mul(ones(m, 1), r), alg.mul(3, v, ones(1, n))),
    "repeated row": alg.mul(2, ones(m, 1), r),
    "repeated column": alg.mul(v, ones(1, n)),
    "constant matrix": alg.mul(s, ones(m, n)),
    "sum of diagonals": alg.add(alg.diag_matrix(x), alg.mul(s, I(n))),
    "ridge": alg.add(alg.mul(T(X), X), alg.mul(s, I(n))),
    "chain with a vector": alg.mul(B, X, A, x),
    "chain with a row": alg.mul(r, A, T(X)),
    "chain of matrices": alg.mul(B, X, A, T(X)),
    "outer product": alg.mul(3, v, r),
    "outer product inside": alg.mul(X, x, r, A),
    "coefficient with a norm": alg.mul(alg.divide(s, alg.norm(x)), X),
    "divided by a norm": alg.divide(x, alg.norm(x)),
    "negative quotient": alg.divide(alg.neg(x), alg.add(1, alg.mul(s, s))),
    "row sums": alg.mul(X, ones(n, 1)),
    "column sums": alg.mul(ones(1, m), X),
    "row times a diagonal": alg.mul(r, alg.diag_matrix(x), A),
    "diagonal times a matrix": alg.mul(alg.diag_matrix(v), X),
    "matrix times a diagonal": alg.mul(X, alg.diag_matrix(x)),
    "transpose": T(X),
    "transpose of a function": T(f("tanh", alg.add(X, POSITIVE))),
    "inverse": alg.inverse(S),
    "inverse times a vector": alg.mul(alg.inverse(S), x),
    "inverse times a matrix": alg.mul(alg.inverse(A), T(X)),
    "matrix times inverse": alg.mul(X, alg.inverse(A)),
    "row times inverse": alg.mul(r, alg.inverse(A)),
    "inverse transposed": T(alg.inverse(A)),
    "inverse of a diagonal": alg.inverse(alg.diag_matrix(f("exp", x))),
    "two inverses": alg.mul(alg.inverse(A), alg.inverse(S), x),
    "inverse times a diagonal": alg.mul(alg.inverse(S), alg.diag_matrix(x)),
    "matrix power": alg.power(A, Integer(3)),
    "sum of powers": mp.power_sum(A, alg.matrix("C", n, n), Integer(5)),
    "vech": vh.vech(A),
    "duplication": alg.mul(vh.duplication(n), vh.vech(A)),
    "elimination": alg.mul(vh.elimination(n), alg.vec(A)),
    "high matrix power": alg.power(alg.mul(HALF, A), Integer(11)),
    # scalars of matrices
    "trace": alg.trace(A),
    "trace of a product": alg.trace(alg.mul(A, T(X), X)),
    "trace with a diagonal": alg.trace(alg.mul(alg.diag_matrix(x), A)),
    "trace with an inverse": alg.trace(alg.mul(alg.inverse(S), A)),
    "trace of a sum": alg.trace(alg.add(alg.mul(A, S), alg.mul(s, A))),
    "trace of a Kronecker product": alg.trace(alg.kron(A, S)),
    "inner product": alg.frobenius(x, y),
    "bilinear form": alg.mul(T(v), X, x),
    "Frobenius product": alg.frobenius(X, POSITIVE),
    "Frobenius product of a product": alg.frobenius(X, alg.mul(X, A)),
    "Frobenius product with an outer product": alg.frobenius(X, alg.mul(v, r)),
    "Frobenius product with a diagonal": alg.frobenius(A, alg.diag_matrix(x)),
    "norm": alg.norm(x),
    "norm of a matrix": alg.norm(X),
    "squared norm": alg.power(alg.norm(alg.add(alg.mul(X, x), alg.neg(v))), Integer(2)),
    "cubed norm": alg.power(alg.norm(x), Integer(3)),
    "inverse fourth power of a norm": alg.power(alg.norm(x), Integer(-4)),
    "total": alg.total(X),
    "total of a product": alg.total(alg.mul(X, A)),
    "total of squares": alg.total(alg.hadamard_power(X, Integer(2))),
    "total of a Hadamard product": alg.total(alg.hadamard(X, POSITIVE, f("tanh", X))),
    "entropy": rd.entropy(POSITIVE),
    "entropy of a vector": rd.entropy(f("sigmoid", x)),
    # entry by entry
    "Hadamard": alg.hadamard(X, POSITIVE),
    "Hadamard quotient": alg.hadamard_divide(X, POSITIVE),
    "Hadamard quotient of two": alg.hadamard(
        X, alg.hadamard_power(POSITIVE, Integer(-1)), alg.hadamard_power(f("cosh", X), Integer(-2))
    ),
    "Hadamard with a repeated column": alg.hadamard(X, alg.add(alg.mul(v, ones(1, n)), ones(m, n))),
    "x log x": alg.hadamard(POSITIVE, f("log", POSITIVE)),
    **{f"power {e}": alg.hadamard_power(POSITIVE, e) for e in (
        Integer(2), Integer(3), Integer(4), Integer(5), Integer(-1), Integer(-2), HALF, -HALF, Rational(3, 2),
        Rational(1, 3), s,
    )},
    "entrywise max": alg.entrywise_max(X, POSITIVE),
    "entrywise min": alg.entrywise_min(X, POSITIVE),
    "huber": huber(X, alg.add(1, alg.mul(s, s))),
    **{f"function {row.name}": f(row.name, INSIDE if row.domain else X)
       for row in FUNCTION_ROWS},
    "function trigamma": f("trigamma", POSITIVE),
    # scalars
    "scalar sum": alg.add(s, -t, 3),
    "scalar product": alg.mul(2, s, t, alg.power(alg.add(1, alg.mul(t, t)), Integer(-1))),
    "scalar quotient": alg.divide(alg.neg(s), alg.mul(3, alg.add(2, alg.mul(t, t)))),
    "scalar powers": alg.add(alg.power(s, Integer(3)), alg.power(alg.add(1, alg.mul(s, s)), Rational(-3, 2))),
    "scalar power": alg.power(alg.add(1, alg.mul(s, s)), t),
    "numbers": alg.mul(sympy.sqrt(2) / sympy.pi + Rational(1, 3), s),
    **{f"scalar {name}": f(name, s / 10 + HALF) for name in alg.entrywise.SCALAR_FUNCTIONS
       if name != "digamma"},
    "scalar sigmoid": f("sigmoid", s),
    "scalar softplus": f("softplus", s),
    "scalar huber": huber(s, Integer(1)),
    "scalar x log x": alg.mul(alg.add(1, alg.mul(s, s)), f("log", alg.add(1, alg.mul(s, s)))),
    "scalar max": sympy.Max(s, t),
    "scalar min": sympy.Min(s, t),
    # rearrangements
    "Diag": alg.diag_matrix(x),
    "diag": alg.diag_vector(A),
    "diag of a product": alg.diag_vector(alg.mul(A, T(X), X)),
    "diag of a sum": alg.diag_vector(alg.add(alg.mul(A, S), alg.mul(3, S), alg.mul(s, I(n)))),
    "diag with an inverse": alg.diag_vector(alg.mul(alg.inverse(S), A)),
    "diag with an inverse on the right": alg.diag_vector(alg.mul(A, alg.inverse(S))),
    "diag with a diagonal": alg.diag_vector(alg.mul(alg.diag_matrix(x), A)),
    "lower triangle": alg.triangle(A, True),
    "upper triangle": alg.triangle(X, False),
    "running sums": alg.mul(alg.triangle(ones(n, n), True), x),
    "Kronecker product": alg.kron(B, X),
    "Kronecker product with a column": alg.kron(B, x),
    "Kronecker product with a row": alg.kron(r, B),
    "Kronecker product of columns": alg.kron(x, v),
    "Kronecker product of a column and a row": alg.kron(v, r),
    "Kronecker product with the identity": alg.kron(I(n), B),
    "Kronecker product times a vector": alg.mul(alg.kron(B, T(C)), alg.matrix("mp", m * p, 1)),
    "Kronecker product times a matrix": alg.mul(alg.kron(B, T(C)), alg.matrix("mpn", m * p, n)),
    "row times a Kronecker product": alg.mul(alg.matrix("kq", 1, k * q), alg.kron(B, T(C))),
    "three Kronecker factors times a vector": alg.mul(alg.kron(B, A, T(C)), alg.matrix("mnp", m * n * p, 1)),
    "identity ⊗ B times a vector": alg.mul(alg.kron(I(n), B), alg.vec(X)),
    "A ⊗ identity times a vector": alg.mul(alg.kron(A, I(m)), alg.vec(X)),
    "A ⊗ identity times a matrix": alg.mul(alg.kron(A, I(m)), T(wide)),
    "product of Kronecker products": alg.mul(alg.kron(B, W), alg.kron(X, A)),
    "vec": alg.vec(X),
    "unvec": alg.unvec(alg.hadamard(alg.vec(alg.mul(X, A)), alg.vec(X)), m, n),
    "unvec of a vector": alg.unvec(z, m, q),
    "weighted sum of blocks": alg.block_sum(B, KM),
    "blocks against C": alg.block_inner(KM, C),
    "sum of blocks with a vector": alg.block_sum(v, alg.matrix("mk", m * k, n)),
    "blocks against a vector": alg.block_inner(alg.matrix("mk", m * k, n), v),
    "blocks against a row": alg.block_inner(alg.matrix("mn2", m, n * k), T(alg.matrix("kk", k, 1))),
    "block": alg.block([[A, x], [r, s]]),
    "stacked vectors": alg.block([[x], [s], [v]]),
    "row of blocks": alg.block([[A, T(X)]]),
    "row of numbers": alg.block([[r, s]]),
    "block diagonal": alg.block([[A, alg.zeros(n, m)], [alg.zeros(k, n), B]]),
    "selection of rows": alg.mul(alg.block([[alg.zeros(n, k), I(n)]]), alg.matrix("kn", k + n, m)),
    "selection of columns": alg.mul(T(alg.matrix("kn", k + n, m)), alg.block([[I(k)], [alg.zeros(n, k)]])),
    "selection of one entry": alg.mul(alg.block([[alg.zeros(1, n), Integer(1)]]), alg.matrix("n1", n + 1, 1)),
    "selection alone": alg.block([[alg.zeros(n, k), I(n)]]),
    "selection spreads": alg.mul(alg.block([[I(k)], [alg.zeros(n, k)]]), B),
    "named": alg.mul(T(alg.named("h", alg.mul(X, x))), v),
    "named scalar": alg.mul(alg.named("c", alg.frobenius(x, y)), x),
    "named diagonal": alg.mul(alg.named("D", alg.diag_matrix(x)), A),
    # functions of matrices, eigenvalues, singular values
    "expm": mf.matrix_function("expm", A),
    "logm": mf.matrix_function("logm", S),
    "sqrtm": mf.matrix_function("sqrtm", S),
    "sqrtm of a vector": alg.mul(mf.matrix_function("sqrtm", S), x),
    "inverse of sqrtm": alg.mul(T(alg.power(S, Rational(-1, 2))), A),
    "logm of a product": mf.matrix_function("logm", alg.mul(S, S_2)),
    "sqrtm of a product": mf.matrix_function("sqrtm", alg.mul(S, S_2)),
    "Fréchet derivative of sqrtm": mf.frechet("sqrtm", S, alg.mul(2, A, A)),
    "Fréchet derivative of expm at a symmetric matrix": mf.frechet("expm", S, alg.mul(T(X), X)),
    **{name: mf.matrix_function(name, A) for name in ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")},
    "Fréchet derivative of sinm": mf.frechet("sinm", A, alg.mul(T(X), X)),
    "Fréchet derivative of tanhm": mf.frechet("tanhm", A, alg.mul(T(X), X)),
    "Fréchet derivative of expm": mf.frechet("expm", A, alg.mul(T(X), X)),
    "Fréchet derivative of logm": mf.frechet("logm", S, A),
    "matrix of the Fréchet derivative": mf.FrechetMatrix.make(Str("expm"), A),
    "matrix of the Fréchet derivative of cosm": mf.FrechetMatrix.make(Str("cosm"), A),
    "function of a symmetric matrix": sf.spectral_function("silu", S),
    "function of a symmetric part": sf.spectral_function("sigmoid", A),
    "derivative of a function of a symmetric matrix": sf.spectral_frechet("arctan", S, A),
    "derivative of a function of a symmetric part": sf.spectral_frechet("sigmoid", A, alg.mul(T(X), X)),
    "second derivative of a function of a symmetric matrix": sf.second_spectral_frechet(
        "arctan", S, A, alg.mul(x, T(y))
    ),
    "matrix of the derivative of a function of a symmetric matrix": sf.SpectralFrechetMatrix.make(Str("sigmoid"), S),
    "matrix of the second derivative of a function of a symmetric matrix": sf.SpectralFrechetMatrix.make(
        Str("sigmoid"), A, alg.mul(T(X), X)
    ),
    "Cholesky": mf.chol(S),
    "Cholesky of a symmetric part": mf.chol(alg.add(alg.mul(9, I(n)), A)),
    "inverse of a Cholesky factor": alg.mul(alg.inverse(mf.chol(S)), x),
    "pseudo-inverse": mf.pinv(X),
    "eigenvalue max": spectral.eigenvalue("max", S),
    "eigenvalue min": spectral.eigenvalue("min", A),
    "eigenvector": alg.mul(spectral.Eigenvector.make(Str("max"), S), T(spectral.Eigenvector.make(Str("max"), S))),
    "spectral norm": spectral.spectral_norm(X),
    "nuclear norm": spectral.nuclear_norm(X),
    "singular pair": spectral.SingularPair.make(X),
    "polar factor": spectral.PolarFactor.make(X),
    # sums over samples
    "sum over matrix samples": sm.summation(
        alg.mul(f("tanh", S_i), A, T(S_i), alg.inverse(alg.add(I(m), alg.mul(S_i, A, T(A), T(S_i))))), i, q
    ),
    "sum over samples of numbers": sm.summation(
        alg.mul(
            y_i, dt.logdet(alg.add(I(m), alg.mul(S_i, T(S_i)))),
            alg.power(alg.norm(alg.subtract(alg.mul(S_i, x), x_i)), Integer(2)),
        ), i, q,
    ),
    "sum over samples of traces": sm.summation(
        alg.add(
            dt.det(alg.add(alg.mul(3, I(n)), alg.mul(T(S_i), S_i, A))), alg.norm(alg.hadamard(S_i, X)),
            alg.frobenius(alg.elementwise("exp", S_i), alg.add(X, S_i)), alg.trace(f("sin", alg.mul(T(S_i), X))),
            alg.total(alg.entrywise_max(S_i, X)), alg.mul(s, f("sigmoid", alg.mul(y_i, y_i))),
        ), i, q,
    ),
    "sum over samples of columns": sm.summation(
        alg.add(
            alg.mul(y_i, S_i, x), alg.hadamard_power(alg.add(ones(m, 1), alg.hadamard(x_i, x_i)), s),
            alg.mul(alg.diag_matrix(x_i), v), alg.diag_vector(alg.mul(S_i, T(X))), alg.mul(x_i, T(x_i), v),
        ), i, q,
    ),
    "sum over samples of Kronecker products": sm.summation(
        alg.mul(alg.kron(S_i, A), alg.vec(alg.mul(A, T(S_i), X))), i, q,
    ),
    "all samples of a function of matrices": sm.stacked(alg.mul(f("tanh", S_i), A, T(X), y_i), i, q),
    "all samples of a number": sm.stacked(alg.mul(y_i, alg.frobenius(S_i, alg.mul(X, A))), i, q),
    # determinants, reductions
    "det": dt.det(A),
    "logdet": dt.logdet(S),
    "adjugate": dt.adjugate(A),
    "max entry": rd.largest(X),
    "argmax": rd.ArgMax.make(X),
    "argmax of a vector": rd.ArgMax.make(x),
    "infinity norm": rd.norm_inf(X),
    "p-norm": rd.norm_p(x, Integer(3)),
    "log-sum-exp": rd.lse(x),
    "log-sum-exp of a matrix": rd.lse(X),
    "log-sum-exp of the rows": rd.RowLogSumExp.make(X),
    "softmax": rd.softmax(x),
    "softmax of rows": rd.softmax(X),
    "softmax of a row": rd.softmax(r),
    "log softmax": rd.logsoftmax(x),
    "log softmax of rows": rd.logsoftmax(X),
}
# fmt: on

#: Arrays that give every size of the cases, whatever else a case is about.
SPARE = [alg.matrix("sizes_km", k, m), alg.matrix("sizes_np", n, p), alg.matrix("sizes_q", q, 1)]

#: Node types that have tests of their own: what the caller passes; the digamma function of a number, SymPy's polygamma.
ELSEWHERE = {
    nodes.Differential, nodes.DifferentialScalar, sympy.digamma,
    alg.Conjugate, alg.ConjugateScalar, conjugation.RealPart,
}  # fmt: skip
