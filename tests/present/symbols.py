"""The letters of the tables: small names for symbols, so that a case reads as mathematics."""

from __future__ import annotations

from sympy import Rational

from matcalc import algebra as alg

k, m, n = (alg.dimension(letter) for letter in "kmn")
A, B, W, W1 = (alg.matrix(name, m, n) for name in ("A", "B", "W", "W_1"))
X, Y, Z = (alg.matrix(name, n, n) for name in "XYZ")
S = alg.matrix("S", n, n, "spd")
x, y = (alg.matrix(name, n, 1) for name in "xy")
b = alg.matrix("b", m, 1)
lam, s, t = (alg.scalar(name) for name in ("λ", "s", "t"))
theta = alg.abstract_function("θ")
half = Rational(1, 2)
r = alg.subtract(alg.mul(A, x), b)
z = alg.named("z", alg.mul(W, x))
one = alg.ones(n, 1)


def T(a: object) -> object:
    return alg.transpose(a)


def fn(name: str, a: object, *parameters: object) -> object:
    return alg.elementwise(name, a, *parameters)


def d(a: object) -> object:
    return alg.differential_of(a)
