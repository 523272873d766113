"""A page in Chromium: what stands in it after its scripts have run, what the console says, what it fetched."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Addresses of the browser's own: its start page, its updates, its extensions.
OWN = re.compile(
    r"(file|chrome|data|devtools):|https?://((clients\d*|update|accounts|optimizationguide[\w-]*|content-autofill)\.(google|googleapis)"
    r"|(redirector|[\w.-]+)\.gvt1|android\.clients\.google)\.com/"
)


@dataclass(frozen=True)
class Visit:
    """What came of a visit."""

    dom: str
    console: list[str]
    requests: list[str]


def visit(page: Path | str, folder: Path) -> Visit:
    """Open a page from a file, or at an address on this machine, without a network."""
    browser = next(path for path in map(shutil.which, NAMES) if path)
    log = folder / "net.json"
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--disable-background-networking", "--disable-component-update", "--no-first-run",
        f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
        f"--log-net-log={log}", "--virtual-time-budget=20000", "--dump-dom",
        page if isinstance(page, str) else page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Visit(done.stdout, console, _requests(log))


def _requests(log: Path) -> list[str]:
    """Every address that the page had fetched, other than files."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "{}"
    try:
        events = json.loads(text).get("events", [])
    except json.JSONDecodeError:  # the browser was closed while it wrote
        events = json.loads(text.rstrip().rstrip(",") + "]}").get("events", [])
    found = {str(event.get("params", {}).get("url", "")) for event in events}
    return sorted(url for url in found if url and not OWN.match(url))
