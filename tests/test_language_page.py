"""The page of the language says what the reader reads; its examples are run as those of every page are."""

from __future__ import annotations

import re

from tests.language_page import PAGE, page


def _without_outputs(text: str) -> str:
    """The text with the commands of its console blocks alone."""
    return re.sub(
        r"^```console\n(.*?)^```$",
        lambda block: "".join(re.findall(r"^\$ .*\n", block[1], re.MULTILINE)),
        text,
        flags=re.DOTALL | re.MULTILINE,
    )


def test_the_page_of_the_language_is_current() -> None:
    there = _without_outputs(PAGE.read_text(encoding="utf-8"))
    assert there == _without_outputs(page()), "run `python -m tests.language_page`"
