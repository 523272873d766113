"""The lecture of docs/examples and every case of the corpus, in TeX and in a browser, as a reader has them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import matcalc as mc
from matcalc.notes import katex, read_notes, worked, write_notes
from matcalc.notes.pdf import typeset
from matcalc.present.layout import columns
from tests.corpus import cases
from tests.notes.browser import visit

LECTURE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "lecture.toml"
TEX = pytest.mark.skipif(not all(map(shutil.which, ("latexmk", "pdflatex"))), reason="latexmk or pdflatex is missing")

PREAMBLE = r"""\documentclass[10pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage[margin=22mm]{geometry}
\usepackage{amsmath,amssymb}
\usepackage{xcolor}
\allowdisplaybreaks
\begin{document}
"""


@pytest.fixture(scope="module")
def lecture() -> tuple[Any, Any]:
    notes = read_notes(LECTURE)
    return notes, worked(notes)


@pytest.fixture(scope="module", params=[4, pytest.param(1, marks=pytest.mark.heavy)], ids=["sample", "all"])
def corpus(request: pytest.FixtureRequest) -> list[mc.Derivation]:
    """The derivations of the corpus: every fourth, and all where heavy tests are asked for."""
    asked = [cases.question(case) for name in ("textbook", "applied", "papers") for case in cases.load(name)]
    found = [d for d in map(_derived, asked[:: request.param]) if d]
    assert len(found) > 400 // request.param
    return found


def _derived(question: dict[str, Any]) -> mc.Derivation | None:
    """The derivation; None for a case that is refused on purpose."""
    try:
        return mc.derive(**question, check=False)
    except mc.MatcalcError:
        return None


def compiled(source: str, folder: Path, runs: int = 1, engine: str = "pdflatex") -> str:
    """The log of LaTeX, which must have no error."""
    (folder / "x.tex").write_text(source, encoding="utf-8")
    for _ in range(runs):
        command = [engine, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        log = (folder / "x.log").read_text(encoding="utf-8", errors="replace")
        assert done.returncode == 0, re.findall(r"^! .*\n(?:.*\n){3}", log, flags=re.MULTILINE)
    return log


# ---------------------------------------------------------------- the lecture
@TEX
@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["article", "beamer"])
def test_the_lecture_compiles_without_a_warning(lecture: Any, kind: str, tmp_path: Path) -> None:
    log = compiled(write_notes(*lecture, ".tex", kind).decode(), tmp_path, runs=3)
    assert not re.findall(r"^(?:LaTeX|Package (?!rerunfilecheck)\w+) Warning.*", log, flags=re.MULTILINE)
    assert not re.findall(r"Overfull \\hbox.*", log)
    assert not re.findall(r"Missing character.*", log)


LANGUAGES = [
    pytest.param("de", "pdflatex", marks=[TEX, pytest.mark.tex]),
    pytest.param("es", "pdflatex", marks=[TEX, pytest.mark.tex]),
    pytest.param("zh", "xelatex", marks=pytest.mark.ctex),
]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "engine"), LANGUAGES)
def test_the_lecture_compiles_in_every_language(language: str, engine: str, tmp_path: Path) -> None:
    notes = replace(read_notes(LECTURE), language=language)
    log = compiled(write_notes(notes, worked(notes), ".tex").decode(), tmp_path, runs=3, engine=engine)
    for fault in ("Overfull .*", "Missing character.*", r"LaTeX Warning: (?!Label|Reference).*"):
        assert not re.findall(fault, log)


@TEX
@pytest.mark.tex
@pytest.mark.slow
def test_a_pdf_is_made_and_the_document_can_read_no_other_file(lecture: Any, tmp_path: Path) -> None:
    assert write_notes(*lecture, ".pdf").startswith(b"%PDF-")
    (tmp_path / "secret").write_text("secret")
    source = rf"\documentclass{{article}}\begin{{document}}\input{{{tmp_path}/secret}}\end{{document}}"
    with pytest.raises(mc.MatcalcError, match="LaTeX does not"):
        typeset(source)


@pytest.mark.browser
@pytest.mark.slow
def test_the_lecture_in_a_browser(lecture: Any, tmp_path: Path) -> None:
    page = tmp_path / "lecture.html"
    page.write_bytes(write_notes(*lecture, ".html"))
    found = visit(page, tmp_path)
    formulas = found.dom.count('class="math"') + found.dom.count('class="math display"')
    assert formulas > 500
    assert re.search(rf'data-rendered="{formulas}"', found.dom)
    assert 'class="katex-error"' not in found.dom
    assert found.console == []
    assert found.requests == []


# ---------------------------------------------------------------- the corpus
@TEX
@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.parametrize("detail", ["normal", "full"])
def test_every_case_compiles_and_no_line_is_too_long(corpus: list[mc.Derivation], detail: str, tmp_path: Path) -> None:
    parts = [d.latex(style="bold", color=True, detail=detail) for d in corpus]
    log = compiled(PREAMBLE + "\n\n\\clearpage\n".join(parts) + "\n\\end{document}\n", tmp_path)
    assert re.findall(r"Overfull .*", log) == []


@pytest.mark.browser
@pytest.mark.slow
def test_katex_accepts_every_case(corpus: list[mc.Derivation], tmp_path: Path) -> None:
    formulas = [d.latex(standalone=False, style="bold", color=True) for d in corpus]
    options = '{displayMode: true, throwOnError: true, strict: "error"}'
    page = f"""<!DOCTYPE html><meta charset="utf-8"><pre id="found"></pre><script>{katex.script()}</script><script>
        const found = [];
        for (const [at, tex] of {json.dumps(formulas).replace("<", chr(92) + "u003c")}.entries()) {{
          try {{ katex.renderToString(tex, {options}); }} catch (error) {{ found.push(at + " " + error.message); }}
        }}
        document.getElementById("found").textContent = JSON.stringify(found);
        </script>"""
    (tmp_path / "corpus.html").write_text(page, encoding="utf-8")
    dom = visit(tmp_path / "corpus.html", tmp_path).dom
    found = re.search(r'<pre id="found">(.*?)</pre>', dom, flags=re.DOTALL)
    assert found
    assert json.loads(html.unescape(found[1])) == []


@pytest.mark.slow
@pytest.mark.parametrize("detail", ["normal", "full"])
def test_text_keeps_to_80_columns(corpus: list[mc.Derivation], detail: str) -> None:
    wide = [line for d in corpus for line in d.text(detail=detail).splitlines() if columns(line) > 80]
    assert wide == []
