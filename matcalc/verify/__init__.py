"""Numeric proof-reading: the certificate of every derivation, and a check of it with the code that it emits.

The public names are imported on first use: a derivation is certified without the room that writes code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .certificate import Certificate, certify
    from .proofread import check, check_pairs, directional_derivative, evaluate
    from .report import Failure, Report, difference, show_number
    from .structures import in_structure

_LAZY = {
    "Certificate": "certificate",
    "Failure": "report",
    "Report": "report",
    "certify": "certificate",
    "check": "proofread",
    "check_pairs": "proofread",
    "difference": "report",
    "directional_derivative": "proofread",
    "evaluate": "proofread",
    "in_structure": "structures",
    "show_number": "report",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(f".{_LAZY[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Certificate",
    "Failure",
    "Report",
    "certify",
    "check",
    "check_pairs",
    "difference",
    "directional_derivative",
    "evaluate",
    "in_structure",
    "show_number",
]
