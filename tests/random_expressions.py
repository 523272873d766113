"""Random expressions over every operator, for differential testing: seeded, of a given depth, valid by construction.

Values stay moderate (arguments of exp are squashed, denominators and logarithms kept positive), so that a numeric
derivative is accurate wherever the expression is analytic.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from sympy import Integer, Rational
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixSymbol

from matcalc import algebra as alg
from matcalc.operators import FUNCTIONS, determinants, reductions, spectral, spectral_functions
from matcalc.operators.abstract import apply_function
from matcalc.operators.entrywise import huber
from matcalc.operators.sums import SampleSumScalar, sum_over_samples

SIZES = {"k": 2, "m": 3, "n": 4}
k, m, n = (alg.dimension(s) for s in "kmn")
DIMS = (k, m, n)
ONE = Integer(1)

SMOOTH = (
    "tanh",
    "sin",
    "cos",
    "sigmoid",
    "softplus",
    "arctan",
    "erf",
    "gelu",
    "silu",
    "Phi",
    "logsigmoid",
    "cosh_small",
    "exp_small",
)
#: Functions that are others put together, regular everywhere.
COMPOSED = ("sech", "arcsinh", "erfc", "mish", "logsigmoid")
KINKED = ("relu", "abs", "leaky_relu", "elu", "huber")


class Generator:
    """Draws expressions; ``variables`` are one scalar, one vector and one matrix of every shape."""

    def __init__(self, seed: int, kinks: bool = False) -> None:
        self.rng = random.Random(seed)
        self.kinks = kinks
        self.symbols: dict[str, Any] = {}

    def symbol(self, shape: Any) -> Any:
        """A leaf: a variable or a parameter, or now and then a constant."""
        kind = self.rng.choice("XXXABI")
        if shape == () or set(shape) == {1}:
            name = self.rng.choice(["s", "t"])
            return self.symbols.setdefault(name, alg.scalar(name))
        rows, cols = shape
        if kind == "I" and rows == cols:
            return alg.identity(rows)
        if kind == "I":
            return alg.ones(rows, cols)
        name = f"{kind}_{{{rows}{cols}}}"
        return self.symbols.setdefault(name, alg.matrix(name, rows, cols))

    def scalar(self, depth: int) -> Any:
        if depth <= 0:
            return self.symbol(())
        d = depth - 1
        a, b = self.rng.choice(DIMS), self.rng.choice(DIMS)
        choices: list[Callable[[], Any]] = [
            lambda: alg.frobenius(self.matrix(a, b, d), self.matrix(a, b, d)),
            lambda: alg.mul(alg.transpose(self.matrix(a, ONE, d)), self.matrix(a, b, d - 1), self.matrix(b, ONE, d)),
            lambda: alg.trace(self.matrix(a, a, d)),
            lambda: alg.total(self.matrix(a, b, d)),
            lambda: alg.power(alg.norm(self.matrix(a, b, d)), Integer(2)),
            lambda: alg.norm(alg.add(self.matrix(a, b, d), alg.mul(3, alg.ones(a, b)))),
            lambda: alg.power(
                alg.add(2, alg.power(alg.norm(self.matrix(a, ONE, d)), Integer(2))),
                self.rng.choice([Rational(1, 2), Integer(-1), Rational(-3, 2)]),
            ),
            lambda: determinants.logdet(self.positive_definite(a, d)),
            lambda: determinants.det(alg.add(self.matrix(a, a, d), alg.mul(3, alg.identity(a)))),
            lambda: alg.elementwise("log", alg.add(1, alg.power(self.scalar(d), Integer(2)))),
            lambda: reductions.lse(self.matrix(a, self.rng.choice([ONE, b]), d)),
            lambda: alg.add(self.scalar(d), self.scalar(d)),
            lambda: alg.mul(self.scalar(d), self.scalar(d)),
            lambda: alg.elementwise(self.rng.choice(["sin", "tanh", "sigmoid", "softplus"]), self.scalar(d)),
        ]
        if self.kinks:
            choices += [
                lambda: reductions.norm_1(self.matrix(a, b, d)),
                lambda: reductions.norm_inf(self.matrix(a, ONE, d)),
                lambda: reductions.largest(self.matrix(a, b, d)),
                lambda: reductions.norm_p(self.matrix(a, ONE, d), Integer(3)),
            ]
        return self.rng.choice(choices)()

    def positive_definite(self, size: Any, depth: int) -> Any:
        b = self.matrix(size, self.rng.choice(DIMS), depth - 1)
        return alg.add(alg.mul(b, alg.transpose(b)), alg.identity(size))

    def matrix(self, rows: Any, cols: Any, depth: int) -> Any:
        if rows == cols == 1:
            return self.scalar(depth)
        if depth <= 0:
            return self.symbol((rows, cols))
        d = depth - 1
        a = self.rng.choice(DIMS)
        choices: list[Callable[[], Any]] = [
            lambda: alg.add(self.matrix(rows, cols, d), self.matrix(rows, cols, d)),
            lambda: alg.subtract(self.matrix(rows, cols, d), self.symbol((rows, cols))),
            lambda: alg.mul(self.matrix(rows, a, d), self.matrix(a, cols, d)),
            lambda: alg.mul(self.scalar(d - 1), self.matrix(rows, cols, d)),
            lambda: alg.transpose(self.matrix(cols, rows, d)),
            lambda: alg.hadamard(self.matrix(rows, cols, d), self.matrix(rows, cols, d)),
            lambda: self.function(self.matrix(rows, cols, d)),
            lambda: alg.hadamard_divide(
                self.matrix(rows, cols, d),
                alg.add(
                    alg.mul(2, alg.ones(rows, cols)), alg.hadamard_power(self.matrix(rows, cols, d - 1), Integer(2))
                ),
            ),
            lambda: (
                alg.mul(self.matrix(rows, ONE, d), alg.transpose(self.matrix(cols, ONE, d)))
                if cols != 1
                else self.matrix(rows, cols, d)
            ),
            lambda: alg.mul(alg.diag_matrix(self.matrix(rows, ONE, d)), self.matrix(rows, cols, d)),
            lambda: alg.mul(alg.inverse(self.positive_definite(rows, d)), self.matrix(rows, cols, d)),
            lambda: reductions.softmax(self.matrix(rows, cols, d)),
            lambda: alg.add(reductions.logsoftmax(self.matrix(rows, cols, d)), self.matrix(rows, cols, d - 1)),
        ]
        if rows == cols:
            choices += [
                lambda: alg.power(self.matrix(rows, rows, d), Integer(2)),
                lambda: alg.diag_matrix(self.matrix(rows, ONE, d)),
                lambda: alg.triangle(self.matrix(rows, rows, d), self.rng.random() < 0.5),
            ]
        if cols == 1:
            choices += [
                lambda: alg.diag_vector(self.matrix(rows, rows, d)),
                lambda: alg.mul(self.matrix(rows, a, d), alg.ones(a, 1)),
                lambda: alg.add(self.matrix(rows, ONE, d), alg.mul(self.matrix(rows, a, d), self.symbol((a, ONE)))),
            ]
        if self.kinks:
            choices.append(lambda: reductions.extreme("max", self.matrix(rows, cols, d), self.matrix(rows, cols, d)))
        return self.rng.choice(choices)()

    def function(self, x: Any) -> Any:
        name = self.rng.choice(SMOOTH + (KINKED if self.kinks else ()))
        if name == "cosh_small":
            return alg.elementwise("cosh", alg.elementwise("tanh", x))
        if name == "exp_small":
            return alg.elementwise("exp", alg.elementwise("sin", x))
        return huber(x, Integer(1)) if name == "huber" else alg.elementwise(name, x)


def kronecker_scalar(generator: Generator, depth: int) -> Any:
    """A scalar through a Kronecker product and vec."""
    g = generator
    a, b = g.matrix(k, m, depth - 1), g.matrix(m, k, depth - 1)
    weights = g.symbols.setdefault("K", alg.matrix("K", k * m, m * k))
    return (
        alg.frobenius(weights, alg.kron(a, b))
        if g.rng.random() < 0.5
        else alg.power(alg.norm(alg.vec(alg.mul(a, b))), Integer(2))
    )


class WideGenerator(Generator):
    """Every operator: also functions and powers of matrices, spectra, Kronecker products, vec, blocks, unspecified."""

    def scalar(self, depth: int) -> Any:
        if depth <= 0 or self.rng.random() < 0.6:
            return super().scalar(depth)
        d = depth - 1
        a, b, c = (self.rng.choice(DIMS) for _ in range(3))
        return self.rng.choice(
            [
                lambda: kronecker_scalar(self, d),
                lambda: alg.trace(self.matrix_function(a, d)),
                lambda: FUNCTIONS[self.rng.choice(["lambda_max", "lambda_min"])].build(self.positive_definite(a, d)),
                lambda: FUNCTIONS["lambda_2"].build(self.wide(a, a, d)),
                lambda: FUNCTIONS["kyfan"].build(self.wide(a, a, d), Integer(self.rng.choice([1, 2]))),
                lambda: FUNCTIONS[self.rng.choice(list(COMPOSED))].build(self.scalar(d)),
                lambda: self.over_samples(a, d),
                lambda: spectral.spectral_norm(self.wide(a, b, d)),
                lambda: spectral.nuclear_norm(self.wide(a, b, d)),
                lambda: alg.power(alg.norm(self.blocks(a, b, c, d)), Integer(2)),
                lambda: apply_function("g", (), self.small(self.matrix(a, self.rng.choice([ONE, b]), d))),
                lambda: alg.frobenius(self.symbol((a, b)), alg.unvec(self.stretched(a, b, d), a, b)),
            ]
        )()

    def matrix(self, rows: Any, cols: Any, depth: int) -> Any:
        if rows == cols == 1 or depth <= 0 or self.rng.random() < 0.75:
            return super().matrix(rows, cols, depth)
        d = depth - 1
        choices: list[Callable[[], Any]] = [
            lambda: alg.mul(self.matrix_function(rows, d), self.matrix(rows, cols, d)),
            lambda: alg.elementwise(alg.abstract_function("θ"), self.small(self.matrix(rows, cols, d))),
        ]
        if rows == cols:
            choices.append(lambda: self.matrix_function(rows, d))
        return self.rng.choice(choices)()

    def over_samples(self, a: Any, depth: int) -> Any:
        """Σ_i of a function of x_i, where X holds the samples; now and then Σ_i φ(Σ_j …), or x_i inside a matrix."""
        whole = self.symbol((a, n)) if a != n else self.symbol((a, m))
        size = whole.shape[1]
        x, y = alg.matrix("x_i", a, ONE), alg.matrix("x_j", a, ONE)
        inner = alg.frobenius(x, alg.mul(self.small(self.matrix(a, a, depth)), y))
        square = alg.power(alg.norm(alg.subtract(x, self.matrix(a, ONE, depth))), Integer(2))
        kernel = SampleSumScalar.make(alg.elementwise("tanh", inner), Str("j"), size)
        base = alg.add(self.positive_definite(a, depth), alg.mul(x, alg.transpose(x)))
        samples: dict[Any, Any] = {x: whole}
        if not isinstance(whole, MatrixSymbol):
            return alg.total(whole)
        body = self.rng.choice(
            [
                lambda: alg.elementwise("softplus", square),
                lambda: alg.elementwise("sin", kernel),
                lambda: determinants.logdet(base),
                lambda: alg.trace(alg.mul(alg.inverse(base), self.matrix(a, a, depth))),
            ]
        )()
        return sum_over_samples(body, samples, size, {"j": ({y: whole}, size)})

    def small(self, x: Any) -> Any:
        return alg.elementwise("sin", x)

    def wide(self, rows: Any, cols: Any, depth: int) -> Any:
        """With singular values of its own: away from ties and from 0."""
        return alg.add(self.symbol((rows, cols)), self.small(self.matrix(rows, cols, depth)))

    def matrix_function(self, n: Any, depth: int) -> Any:
        """expm, a power, a root, a factor or an inverse of something moderate."""
        scaled = alg.mul(Rational(1, 3), self.small(self.matrix(n, n, depth)))
        return self.rng.choice(
            [
                lambda: FUNCTIONS[self.rng.choice(["expm", "sinm", "cosm", "sinhm", "coshm", "tanhm"])].build(scaled),
                lambda: alg.power(scaled, Integer(9)),
                lambda: alg.power(alg.add(alg.identity(n), scaled), Integer(9)),
                lambda: FUNCTIONS["sqrtm"].build(self.moderate(n, depth)),
                lambda: FUNCTIONS["logm"].build(self.moderate(n, depth)),
                lambda: FUNCTIONS["chol"].build(self.moderate(n, depth)),
                lambda: self.spectral(self.wide(n, n, depth)),
                lambda: self.spectral(self.moderate(n, depth)),
                lambda: FUNCTIONS["pinv"].build(self.moderate(n, depth)),
            ]
        )()

    def spectral(self, x: Any) -> Any:
        """A function of the symmetric part, through its spectrum."""
        known = self.rng.choice(["sigmoid", "softplus", "erf", "arctan", "silu"])
        return spectral_functions.spectral_function(self.rng.choice([known, alg.abstract_function("θ")]), x)

    def moderate(self, n: Any, depth: int) -> Any:
        """I + BBᵀ/4 with entries of B at most 1."""
        b = self.small(self.matrix(n, n, depth))
        return alg.add(alg.mul(Rational(1, 4), b, alg.transpose(b)), alg.identity(n))

    def blocks(self, a: Any, b: Any, c: Any, depth: int) -> Any:
        """[A B] times [C; D]."""
        left = alg.block([[self.matrix(a, b, depth), self.matrix(a, c, depth)]])
        right = alg.block([[self.matrix(b, a, depth)], [self.matrix(c, a, depth)]])
        return alg.mul(left, right)

    def stretched(self, a: Any, b: Any, depth: int) -> Any:
        """(Bᵀ ⊗ A) vec X."""
        left, right = self.matrix(a, a, depth), self.matrix(b, b, depth)
        return alg.mul(alg.kron(alg.transpose(right), left), alg.vec(self.matrix(a, b, depth)))
