"""Conjugates of complex variables: Z* beside Z, as an independent variable (Wirtinger); real parts.

The differential of f(Z, Z*) is df = ∂f/∂Z : dZ + ∂f/∂Z* : dZ*. References: Hjørungnes & Gesbert 2007; Matrix
Cookbook ch. 4.
"""

from __future__ import annotations

from typing import Any

from .. import algebra as alg
from ..algebra.conjugate import ANALYTIC
from ..algebra.nodes import CONSTRUCTORS
from ..errors import DerivationError
from .determinants import Det, LogDet
from .matrix_functions import MatrixFunction
from .reductions import LogSumExp
from .table import Operator, Pairs, function, register

ANALYTIC.update((Det, LogDet, MatrixFunction, LogSumExp))


class RealPart(alg.ScalarNode):
    """Re f of a value that is known to be real: what is computed, without the rounding in its imaginary part."""

    rank = 4


def _conjugate(node: Any) -> Pairs:
    raise DerivationError(f"{node} is differentiated together with {node.args[0]}, as an independent variable")


for _cls in (alg.Conjugate, alg.ConjugateScalar):
    register(
        Operator(
            _cls, "conjugate", "d(A*) = (dA)*", _conjugate, "Hjørungnes & Gesbert 2007; Matrix Cookbook ch. 4",
            compute=lambda b, node, a: b.conjugate(a),
        )
    )  # fmt: skip


def _real_part(node: Any) -> Pairs:
    raise DerivationError("a real part is differentiated as ½(a + a*)")


register(
    Operator(
        RealPart,
        "real part",
        "Re a = ½(a + a*)",
        _real_part,
        "Matrix Cookbook ch. 4",
        compute=lambda b, node, a: b.real(a),
    )
)
CONSTRUCTORS[RealPart] = RealPart.make
function("conj", "S -> S", alg.conjugate, "complex conjugate")
function("Re", "S -> S", alg.real_part, "real part, ½(A + A*)", ("real",))
