"""Tests that need a program from outside, or minutes of work, are left out where that is missing or not asked for.

A test with a marker of :data:`PROGRAMS` is skipped where none of its programs is installed, with the reason, unless
MATCALC_REQUIRE_TOOLS is set: then it fails, so that CI cannot pass by having nothing installed. A test marked `heavy`
runs only when `-m` names the marker.
"""

from __future__ import annotations

import os
import shutil

import pytest

#: Marker → programs, any one of which will do.
PROGRAMS = {
    "tex": ("lualatex",),
    "ctex": ("xelatex",),
    "browser": ("chromium", "chromium-browser", "google-chrome"),
    "octave": ("octave", "octave-cli"),
    "zsh": ("zsh",),
    "fish": ("fish",),
}
REQUIRE = "MATCALC_REQUIRE_TOOLS"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "heavy" in config.option.markexpr:
        return
    heavy = [item for item in items if item.get_closest_marker("heavy")]
    if heavy:
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if item not in set(heavy)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, programs in PROGRAMS.items():
        if item.get_closest_marker(marker) and not any(map(shutil.which, programs)):
            missing = f"{' or '.join(programs)} is not installed"
            if os.environ.get(REQUIRE):
                pytest.fail(missing)
            pytest.skip(missing)
