"""The catalogues of exercises and pictures say the same in every language."""

from __future__ import annotations

import re

import pytest

from matcalc.present.tongue import LANGUAGES
from matcalc.resources import templates


@pytest.mark.parametrize("folder", ["exercises", "pictures"])
def test_every_language_has_every_phrase(folder: str) -> None:
    def phrases(language: str) -> list[str]:
        return re.findall(r"<% macro (\w+\([^)]*\))", (templates() / folder / f"{language}.jinja").read_text("utf-8"))

    assert phrases("en")
    for language in LANGUAGES:
        assert phrases(language) == phrases("en"), language
