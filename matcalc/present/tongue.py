"""The language that is written in: chosen for a block of work, known wherever a sentence is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..errors import DerivationError

#: The languages there are catalogues of sentences for, with their names.
LANGUAGES = {"en": "English", "de": "Deutsch", "zh": "中文", "es": "Español"}
_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Write in this language inside the block. Raises DerivationError for one without a catalogue."""
    if language not in LANGUAGES:
        raise DerivationError(f"language={language!r} is not known", hint=f"one of {', '.join(LANGUAGES)}")
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def language() -> str:
    """The language that is written in."""
    return _LANGUAGE.get()
