"""Numeric proof-reading: the certificate of every derivation, and a check of it with the code that it emits."""

from .certificate import Certificate, certify
from .proofread import check, check_pairs, directional_derivative, evaluate
from .report import Failure, Report, difference, show_number
from .structures import in_structure

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
