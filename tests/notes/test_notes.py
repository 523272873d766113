"""Notes files: read, refused with a place, written in every format, hostile texts escaped, derivations kept."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from matcalc.cli import cli
from matcalc.notes import ENDINGS, worked, write_notes
from matcalc.notes.mathematics import refusal
from matcalc.notes.model import NotesError, parse_notes
from matcalc.notes.prose import HtmlProse, LatexProse, MarkdownProse, Prose, ProseError
from matcalc.notes.work import Work
from tests.notes.samples import EVIL, HOSTILE, SMALL


@pytest.fixture(scope="module")
def small() -> tuple[Any, tuple[Work, ...]]:
    notes = parse_notes(SMALL, "small.toml")
    return notes, worked(notes)


@pytest.fixture(scope="module")
def hostile() -> tuple[Any, tuple[Work, ...]]:
    notes = parse_notes(HOSTILE, "hostile.toml")
    return notes, worked(notes)


# ---------------------------------------------------------------- what is refused
LATE = """[[section]]
[[section.derivation]]
expression = 'x'
[[section]]
text = '''
expression = 1
'''
[[section.derivation]]
expression = 'x'
blank = ['a']"""
REFUSED = [  # text, what the message says
    ("title = 3", "n.toml, line 1: title is a text"),
    ("tilte = 'x'", "n.toml, line 1: tilte is not a key here\nhint: did you mean title?"),
    ("title = 'x", "n.toml: "),
    ("language = 'fr'", "n.toml, line 1: language = 'fr' is not known\nhint: one of en, de, zh, es"),
    ("[[section]]\ntitle = 'A'\n[[section.derivation]]\nwrt = 'x'", 'line 3, section "A", derivation 1: a derivation'),
    (
        "[[section]]\ntitle = 'A'\n[[section.derivation]]\ntitle='B'\nwrt='x'\nexpression = 'Ax + '",
        'line 6, section "A", derivation "B": ',
    ),
    (LATE, "line 10, section 2, derivation "),
    ("[[section]]\ntext = '[](#nowhere)'", 'line 2, section 1: [](#nowhere) refers to nothing'),
    ("[[section]]\ntext = '$\\input{x}$'", "line 2, section 1: \\input is no command of mathematics"),
    ("[macros]\ninput = 'x'", "n.toml, line 2: the macro input: 'input' is a command already"),
    ("[macros]\nR = '\\write18{ls}'", "n.toml, line 2: the macro R: \\write is no command of mathematics"),
    ("[[section]]\nid = 'a b'", "line 2, section \"a b\": id = 'a b' is not a name"),
]  # fmt: skip


def _written(text: str) -> bytes:
    notes = parse_notes(text, "n.toml")
    return write_notes(notes, worked(notes), ".md")


@pytest.mark.parametrize(("text", "said"), REFUSED, ids=lambda text: text[:30].replace("\n", " "))
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(NotesError) as caught:
        _written(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "formula",
    [
        r"\input{x}", r"\def\x{}", r"\href{javascript:alert(1)}{x}", r"\write18{ls}",
        r"\begin{verbatim}x\end{verbatim}", "x^^M", "a % b", "{", "}{", "#1",
        r"\csname input\endcsname", r"\includegraphics{x}", "√",
    ],
)  # fmt: skip
def test_only_mathematics_stands_between_dollars(formula: str) -> None:
    assert bool(refusal(formula, {})) == (formula != "√")


# ---------------------------------------------------------------- prose
def test_prose_in_each_format() -> None:
    prose = Prose({"ls": "Derivation 1"}, {})
    text = r"A *b* $x^2 + θ$ \$5, [](#ls), [w](https://a.b/c_d)"
    assert LatexProse(prose)(text) == (
        r"A \emph{b} $x^2 + \theta$ \$5, \hyperref[ls]{Derivation 1}, \href{https://a.b/c\_d}{w}"
    )
    html = HtmlProse(prose, lambda tex, display: f"[{tex}]")(text)
    assert html.replace("\n", "") == (
        '<p>A <em>b</em> [x^2 + \\theta] $5, <a href="#ls">Derivation 1</a>, <a href="https://a.b/c_d">w</a></p>'
    )
    assert "[Derivation 1](#ls)" in MarkdownProse(prose)(text)


def test_links_lead_to_the_web_alone() -> None:
    write = LatexProse(Prose({}, {}))
    assert r"\href" not in write("[x](javascript:alert(1))")  # no link at all, to CommonMark
    assert r"\href{https://a\%5Cinput\%7Bx\%7D}" in write(r"[x](<https://a\input{x}>)")
    with pytest.raises(ProseError, match="a link leads to"):
        write("[x](ftp://a/b)")


# ---------------------------------------------------------------- every format
class Tags(HTMLParser):
    """The tags of a page, and whether what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: set[str] = set()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.fetched += [str(v) for k, v in attrs if k in ("src", "srcset", "data", "action") and v]
        if tag not in ("meta", "link", "br", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag]
        self.open.pop()


@pytest.mark.parametrize("ending", [e for e in ENDINGS if e != ".pdf"])
def test_everything_stands_in_every_format(small: Any, ending: str) -> None:
    document = write_notes(*small, ending).decode()
    for word in ("Least squares", "Gradients", "this book", "Solution", "Magnus"):
        assert word in document
    assert "\\R" not in document or "\\mathbb{R}" in document


def test_html_is_whole_and_fetches_nothing(small: Any) -> None:
    page = write_notes(*small, ".html").decode()
    tags = Tags()
    tags.feed(page)
    assert not tags.open
    assert not tags.fetched
    assert "math" in tags.found
    assert "url(fonts" not in page
    assert re.findall(r'href="(?!#|https://example|data:,)[^"]*"', page) == []


def test_a_notebook_is_valid_and_its_code_runs(small: Any) -> None:
    book = json.loads(write_notes(*small, ".ipynb"))
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.from_dict(book))
    names: dict[str, Any] = {}
    codes = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    exec("\n".join(codes), names)  # noqa: S102  (what a reader runs)
    assert len(codes) == 4


def test_an_exercise_hides_what_is_asked(small: Any) -> None:
    text = write_notes(*small, ".tex").decode()
    exercise, solution = text.index("Exercise"), text.index("Solution")
    assert text[exercise:solution].count(r"\underline{\hspace") == 3  # a step and both forms of the answer
    assert r"\underline{\hspace" not in text[solution:]


@pytest.mark.parametrize("ending", [e for e in ENDINGS if e != ".pdf"])
def test_hostile_texts_come_out_as_text(hostile: Any, ending: str) -> None:
    document = write_notes(*hostile, ending).decode()
    assert "49" not in re.sub(r"<style>.*?</style>|<script>.*?</script>", "", document, flags=re.DOTALL)
    if ending == ".tex":
        assert not re.search(r"\\input\b|(?<!\\)%|(?<!\\)#", document)
        assert r"\textbackslash{}input" in document
    elif ending == ".html":
        assert "<script>alert" not in document
        assert document.count("<script>") == 2
        assert document.count("</style>") == 1
    else:
        assert "<script>" not in document
    assert "7*7" in document.replace("\\", "")
    assert EVIL[:6] in document.replace("\\\\", "\\").replace("textbackslash{}", "")


# ---------------------------------------------------------------- the cache
def test_a_derivation_is_kept_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matcalc.notes.work as work

    first = worked(parse_notes(SMALL, "small.toml"), folder=tmp_path)
    derived: list[str] = []
    really = work._derived
    monkeypatch.setattr(work, "_derived", lambda n, e, k: derived.append(e.expression) or really(n, e, k))
    again = worked(parse_notes(SMALL, "small.toml"), folder=tmp_path)
    assert not derived
    assert [w.paper for w in again] == [w.paper for w in first]
    changed = parse_notes(SMALL.replace("½‖Ax − b‖²", "‖Ax − b‖²").replace("least squares", "other"), "small.toml")
    worked(changed, folder=tmp_path)
    assert derived == ["‖Ax − b‖²"]
    for file in tmp_path.iterdir():
        file.write_text("{not json")
    assert [w.paper for w in worked(parse_notes(SMALL, "small.toml"), folder=tmp_path)] == [w.paper for w in first]


# ---------------------------------------------------------------- the command
def test_the_command_writes_several_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "n.toml").write_text(SMALL, encoding="utf-8")
    outputs = [tmp_path / f"n{ending}" for ending in (".tex", ".html", ".md")]
    options = [word for one in outputs for word in ("-o", str(one))]
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    result = CliRunner(env=environment).invoke(cli, ["notes", str(tmp_path / "n.toml"), *options])
    assert result.exit_code == 0, result.output
    assert all(one.stat().st_size > 1000 for one in outputs)
    again = CliRunner(env=environment).invoke(cli, ["notes", str(tmp_path / "n.toml"), *options])
    assert again.exit_code == 2
    assert "--force" in again.stderr


def test_a_missing_tex_is_named_with_its_packages(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(NotesError, match="latexmk and pdflatex not found") as caught:
        write_notes(*small, ".pdf")
    assert "apt install texlive-latex-base" in str(caught.value)


def test_what_tex_misses_is_named_with_its_packages() -> None:
    from matcalc.notes.pdf import PACKAGES, _failure

    for log, name in (
        ("! LaTeX Error: File `foo.sty' not found.", "foo.sty"),
        ("Font x=pzdr at 1pt not loadable", "pzdr"),
    ):
        assert f"LaTeX does not find {name}" in str(_failure(log, PACKAGES))
        assert "apt install" in str(_failure(log, PACKAGES))
    assert "Undefined control sequence" in str(_failure("x.tex:3: Undefined control sequence.", PACKAGES))
