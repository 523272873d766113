"""KaTeX as it goes into a page: script and style sheet with the fonts in it, so that nothing is fetched."""

from __future__ import annotations

import base64
import re
from functools import cache

from ..resources import templates


@cache
def script() -> str:
    """The minified script."""
    return (templates() / "katex" / "katex.min.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """The style sheet; of each font the WOFF2 file alone, as data."""
    folder = templates() / "katex"
    css = (folder / "katex.min.css").read_text(encoding="utf-8")

    def inlined(found: re.Match[str]) -> str:
        data = base64.b64encode((folder / "fonts" / f"{found[1]}.woff2").read_bytes()).decode()
        return f'src:url(data:font/woff2;base64,{data}) format("woff2")'

    return re.sub(r'src:url\(fonts/([\w-]+)\.woff2\) format\("woff2"\)[^;}]*', inlined, css)
