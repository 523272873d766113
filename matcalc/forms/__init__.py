"""Every view of one derivative: as a linear map, a matrix, a matrix on vec, a tensor, one entry, all entries.

:func:`form_of` gives a form of a derivation by name; the modules give them one by one for a
:class:`~matcalc.forms.derivative.Derivative`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..algebra import transpose
from ..errors import DerivationError
from . import layouts
from .closed import jvp, matrix, on_vec, operator, stacked, stacked_vjp, vjp
from .components import Components, components
from .derivative import Derivative, derivatives, derivatives_of
from .explicit import Explicit, explicit
from .gauss_newton import gauss_newton
from .tensor import Einsum, TensorForm, tensor

#: Name → what makes the form of one derivative.
FORMS: dict[str, Callable[[Derivative], Any]] = {
    "operator": operator,
    "matrix": matrix,
    "vec": on_vec,
    "tensor": tensor,
    "components": lambda derivative: components(tensor(derivative)),
    "explicit": explicit,
}
#: The forms that a layout transposes.
LAID_OUT = ("matrix", "vec")


def form_of(derivation: Any, name: str) -> Any:
    """The derivative of a derivation in the form called ``name``; for joint variables a mapping from key to form.

    ``"operator"``, ``"matrix"`` and ``"vec"`` are expressions, in the layout of the derivation; ``"tensor"``,
    ``"components"`` and ``"explicit"`` are objects that print themselves.
    """
    if name not in FORMS:
        raise DerivationError(f"form {name!r} is not known", hint=f"one of {', '.join(FORMS)}")
    found = {
        key: _laid_out(FORMS[name](one), one, name, derivation.layout)
        for key, one in derivatives_of(derivation).items()
    }
    return _one_or_all(found, derivation)


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


def vjp_of(derivation: Any, cotangent: str | None = None) -> Any:
    """L*(M) of a derivation; by key for joint variables. ``cotangent`` names M."""
    return _one_or_all({key: vjp(one, cotangent) for key, one in derivatives_of(derivation).items()}, derivation)


def _one_or_all(found: Mapping[str, Any], derivation: Any) -> Any:
    return dict(found) if derivation.joint else next(iter(found.values()))


__all__ = [
    "FORMS", "Components", "Derivative", "Einsum", "Explicit", "TensorForm", "components", "derivatives",
    "derivatives_of", "explicit", "form_of", "gauss_newton", "jvp", "jvp_of", "layouts", "matrix", "on_vec", "operator",
    "stacked", "stacked_vjp", "tensor", "vjp", "vjp_of",
]  # fmt: skip
