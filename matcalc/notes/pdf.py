"""LaTeX to PDF: latexmk in a folder of its own, without the right to run anything or to read elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .model import NotesError

#: What a TeX installation needs, by the names of Debian's packages.
PACKAGES = "texlive-latex-base texlive-latex-recommended texlive-fonts-recommended latexmk"
CHINESE_PACKAGES = f"{PACKAGES} texlive-xetex texlive-lang-chinese"
#: Seconds that TeX may take.
PATIENCE = 600
_ERROR = re.compile(r"^(?:!|[^\n]*:\d+:)\s*(.+)$", re.MULTILINE)
_MISSING = re.compile(r"File `([^']+)' not found|Font \S*?=?(\w+) at \S+ not loadable")


def typeset(source: str, name: str = "notes", chinese: bool = False) -> bytes:
    """The PDF that LaTeX makes of a document. Raises NotesError where TeX is missing or does not accept it."""
    engine = "xelatex" if chinese else "pdflatex"
    packages = CHINESE_PACKAGES if chinese else PACKAGES
    missing = [program for program in ("latexmk", engine) if shutil.which(program) is None]
    if missing:
        raise NotesError(
            f"{' and '.join(missing)} not found: a PDF needs TeX",
            hint=f"on Debian or Ubuntu: apt install {packages}\n      or write to a .tex or an .html file",
        )
    stem = re.sub(r"[^A-Za-z0-9-]", "-", name) or "notes"
    with tempfile.TemporaryDirectory(prefix="matcalc-") as folder:
        (Path(folder) / f"{stem}.tex").write_text(source, encoding="utf-8")
        command = [
            "latexmk", "-xelatex" if chinese else "-pdf", "-norc", "-interaction=nonstopmode", "-halt-on-error",
            "-file-line-error", "-no-shell-escape", f"{stem}.tex",
        ]  # fmt: skip
        # TeX reads and writes in its folder alone, whatever the document says
        limits = {"openin_any": "p", "openout_any": "p", "shell_escape": "f", "max_print_line": "1000"}
        try:
            done = subprocess.run(
                command, cwd=folder, env={**os.environ, **limits}, capture_output=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotesError(f"LaTeX did not end within {PATIENCE} seconds") from None
        pdf = Path(folder) / f"{stem}.pdf"
        log = Path(folder) / f"{stem}.log"
        if done.returncode == 0 and pdf.is_file():
            return pdf.read_bytes()
        raise _failure(log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "", packages)


def _failure(log: str, packages: str) -> NotesError:
    missing = _MISSING.search(log)
    if missing:
        return NotesError(
            f"LaTeX does not find {missing[1] or missing[2]}", hint=f"on Debian or Ubuntu: apt install {packages}"
        )
    first = _ERROR.search(log)
    return NotesError(f"LaTeX does not accept the document: {first[1] if first else 'it says no more'}")
