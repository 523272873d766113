"""A question as a page asks it, and its answer: for KaTeX, as text, LaTeX and code; or what is wrong, and where."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from typing import Any

from ..errors import MatcalcError, ParseError
from ..timing import time_limit

#: What may be asked, all of it text.
FIELDS = ("expression", "wrt", "where", "kind", "layout", "detail", "language", "target")


def answer(question: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
    """The answer to one question. It never raises for what was typed: an error is an answer, with its place.

    ``question``: text for any of :data:`FIELDS`; ``wrt`` may list several names. ``seconds``: the time that is allowed,
    where there are alarms (:func:`matcalc.timing.time_limit`).
    """
    try:
        with time_limit(seconds):
            return _answered(question)
    except MatcalcError as error:
        place = list(error.span) if error.span is not None and error.source is not None else None
        return {
            "error": {
                "kind": type(error).__name__,
                "message": error.message,
                "hint": error.hint or "",
                "source": error.source or "",
                "span": place,
            }
        }
    except Exception:  # noqa: BLE001  (a fault of ours: the page says so, the terminal says what)
        traceback.print_exc(file=sys.stderr)
        message = "this is a fault of matcalc; the terminal that serves this page shows it, please report it"
        return {"error": {"kind": "InternalError", "message": message, "hint": "", "source": "", "span": None}}


def _answered(question: Mapping[str, Any]) -> dict[str, Any]:
    from ..derivation import derive
    from ..errors import CompileError

    said = _texts(question)
    options: dict[str, Any] = {name: said[name] for name in ("kind", "layout", "detail") if said[name]}
    d = derive(said["expression"], wrt=said["wrt"].strip(" ,") or None, where=said["where"], **options)
    language = said["language"] or "en"
    try:
        code = d.source(said["target"] or "numpy")
    except CompileError as error:
        code = f"# {error.message}"
    return {
        "formula": d.latex(standalone=False, color=True, language=language),
        "text": d.text(language=language),
        "latex": d.latex(language=language),
        "code": code,
        "reading": str(d.reading),
        "needs": d.assumptions,
        "certificate": str(d.certificate),
        "wrt": list(d.variables),
    }


def _texts(question: Mapping[str, Any]) -> dict[str, str]:
    """Every field, as text. Raises ParseError for anything else."""
    for name, value in question.items():
        if name not in FIELDS or not isinstance(value, str):
            raise ParseError(f"‘{str(name)[:20]}’ is no part of a question, or no text", hint=", ".join(FIELDS))
    return {name: question.get(name, "") for name in FIELDS}


__all__ = ["FIELDS", "answer"]
