"""What is shown has been proof-read: a derivation that does not hold is a fault of ours, and nobody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import InternalError, MatcalcError

if TYPE_CHECKING:
    from .derivation import Derivation
    from .verify import Report

#: A derivation of more steps is not proof-read unasked: that would take longer than to derive it.
MOST_STEPS = 400


def proof_read(derivation: Derivation, hint: str = "this is a fault of matcalc; please report it") -> Report:
    """What a check of the derivation found. Raises InternalError, with the hint, if it does not hold."""
    from .verify import Report

    if len(derivation.steps) > MOST_STEPS:
        return Report(0.0, 0, reason="it is long; `matcalc check` does it")
    try:
        report = derivation.check()
    except MatcalcError as error:  # no code can be written for it
        return Report(0.0, 0, reason=error.message)
    if report.failures:
        raise InternalError(f"the derivation does not hold, so it is not shown: {report}", hint=hint)
    return report
