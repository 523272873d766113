"""Every view of one derivative: as a linear map, a matrix, a matrix on vec, a tensor, one entry, all entries.

:func:`form_of` gives a form of a derivation by name; the modules give them one by one for a
:class:`~matcalc.forms.derivative.Derivative`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..algebra import add, transpose
from ..calculus.simplify import simplify
from ..errors import DerivationError
from . import layouts
from .closed import jvp, matrix, on_vec, operator, stacked, stacked_vjp, vjp
from .components import Components, components
from .derivative import Derivative, derivatives, derivatives_of
from .explicit import Explicit, explicit
from .gauss_newton import gauss_newton, gauss_newton_of
from .tensor import Einsum, TensorForm, tensor

#: Name → what makes the form of one derivative.
FORMS: dict[str, Callable[[Derivative], Any]] = {
    "operator": operator,
    "matrix": matrix,
    "vec": on_vec,
    "tensor": tensor,
    "components": lambda derivative: components(tensor(derivative)),
    "explicit": explicit,
    "gauss-newton": on_vec,
}
#: The forms that a layout transposes.
LAID_OUT = ("matrix", "vec")
#: The forms that are not of the derivative itself: what they are of.
OF: dict[str, Callable[[Any], dict[str, Derivative]]] = {"gauss-newton": gauss_newton_of}


def form_of(derivation: Any, name: str) -> Any:
    """The derivative of a derivation in the form called ``name``; for joint variables a mapping from key to form.

    ``"operator"``, ``"matrix"`` and ``"vec"`` are expressions, in the layout of the derivation; ``"tensor"``,
    ``"components"`` and ``"explicit"`` are objects that print themselves. ``"gauss-newton"`` is JᵀJ of a value ½‖r‖²,
    the matrix on vec, by pairs of variables.
    """
    found = {
        key: _laid_out(FORMS[name](one), one, name, derivation.layout)
        for key, one in derivatives_in(derivation, name).items()
    }
    return _one_or_all(found, derivation)


def derivatives_in(derivation: Any, form: str) -> dict[str, Derivative]:
    """What is shown in a form: the derivatives, or the Gauss–Newton maps."""
    if form not in FORMS:
        raise DerivationError(f"form {form!r} is not known", hint=f"one of {', '.join(FORMS)}")
    return OF.get(form, derivatives_of)(derivation)


def _laid_out(form: Any, derivative: Derivative, name: str, layout: str) -> Any:
    if name not in LAID_OUT:
        return form
    value, variable = derivative.value_shape, derivative.variable_shape
    if name == "vec":  # a row for a scalar: that of numerator layout
        return transpose(form) if layout == "denominator" else form
    return layouts.lay_out(form, layout, value, variable, derivative.kind)


def jvp_of(derivation: Any) -> Any:
    """L(dX) of a derivation; by key for joint variables."""
    return _one_or_all({key: jvp(one) for key, one in derivatives_of(derivation).items()}, derivation)


def hvp_of(derivation: Any) -> Any:
    """The Hessian–vector product Σ_b ∂²f/∂a∂b (dB) of a scalar, an expression in the dX; by variable for several.

    Raises DerivationError where the value is no scalar.
    """
    blocks = derivatives_of(derivation, kind="hessian").values()
    products: dict[str, list[Any]] = {}
    for one in blocks:
        products.setdefault(str(one.row), []).append(jvp(one))
    return _one_or_all({name: simplify(add(*terms)) for name, terms in products.items()}, derivation)


def vjp_of(derivation: Any, cotangent: str | None = None) -> Any:
    """L*(M) of a derivation; by key for joint variables. ``cotangent`` names M."""
    return _one_or_all({key: vjp(one, cotangent) for key, one in derivatives_of(derivation).items()}, derivation)


def _one_or_all(found: Mapping[str, Any], derivation: Any) -> Any:
    return dict(found) if derivation.joint else next(iter(found.values()))


__all__ = [
    "FORMS", "Components", "Derivative", "Einsum", "Explicit", "TensorForm", "components", "derivatives",
    "derivatives_in", "derivatives_of", "explicit", "form_of", "gauss_newton", "hvp_of", "jvp", "jvp_of", "layouts",
    "matrix", "on_vec", "operator", "stacked", "stacked_vjp", "tensor", "vjp", "vjp_of",
]  # fmt: skip
