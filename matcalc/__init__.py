"""matcalc: closed-form matrix derivatives with every step named and checked.

>>> import matcalc as mc
>>> mc.derive("xᵀAx", wrt="x").result
(A + Aᵀ)x

The public names are those of ``__all__``; they are imported on first use, so that ``import matcalc`` (and
``matcalc --help``) stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import CompileError, DerivationError, LimitError, MatcalcError, ParseError, ShapeError

if TYPE_CHECKING:
    from .catalogue import rules
    from .claims import check_claim
    from .derivation import Derivation, derive, gradient, hessian, jacobian

__version__ = "0.1.0"

#: Public name → the module that defines it.
_LAZY = {
    "Derivation": "derivation",
    "check_claim": "claims",
    "derive": "derivation",
    "gradient": "derivation",
    "hessian": "derivation",
    "jacobian": "derivation",
    "load_ipython_extension": "notebook",
    "rules": "catalogue",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "CompileError",
    "Derivation",
    "DerivationError",
    "LimitError",
    "MatcalcError",
    "ParseError",
    "ShapeError",
    "__version__",
    "check_claim",
    "derive",
    "gradient",
    "hessian",
    "jacobian",
    "rules",
]
