"""The page of identities says what the engine applies."""

from __future__ import annotations

from tests.rules_page import PAGE, page


def test_the_page_of_identities_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.rules_page`"
