"""Documents are filled whole, what is not ours is left alone, and errors say where they are."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcalc.cli import cli
from matcalc.embed import DocumentError, filled
from matcalc.embed.fragments import Display, Listing, Paragraph, Span, Table, fragments
from matcalc.embed.options import read_lines, read_options
from matcalc.errors import ParseError

FENCES = [  # how a block may be opened
    '```matcalc wrt=W where="W: m×n"',
    "~~~matcalc wrt=W where='W: m×n'",
    '````{.matcalc wrt=W where="W: m×n"}',
    '```{#loss .matcalc .wide wrt=W where="W: m×n"}',
    "``` {matcalc, wrt=W, where={W: m×n}}",
    "```matcalc\n#| wrt: W\n#| where: 'W: m×n'",
    "```{matcalc}\n#| wrt: W\n#| where: W: m×n",
]


@pytest.mark.parametrize("fence", FENCES)
def test_every_spelling_of_a_block_is_derived(fence: str) -> None:
    mark = fence[:4] if fence.startswith("````") else fence[:3]
    answer = filled(f"# Loss\n{fence}\n½‖θ(Wx)‖²\n{mark}\ntext\n")
    assert answer.startswith("# Loss\n\n")
    assert r"(\theta'(z) \odot \theta(z)) x^{\top}" in answer
    assert answer.endswith(".\n\ntext\n")
    assert "matcalc" not in answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no block\n",
        "a\n\n````md\n```matcalc wrt=x\nlogdte(\n```\n````\n",
        "```python\nx = `y`{.py}\n```\n",
        "`x`{.py wrt=x} and ``a ` b``{.r}",
        "```matcalculus\nx\n```\n",
        "```{.python matcalc=x}\nx\n```",
    ],
)
def test_what_is_not_ours_stays_as_it_is(text: str) -> None:
    assert filled(text) == text


def test_blocks_in_lists_and_quotations_stay_there() -> None:
    answer = filled(
        "- see\n\n  ```matcalc wrt=x detail=brief\n  x'Ax\n  ```\n- next\n\n> ```matcalc wrt=x\n> x'x\n> ```\n"
    )
    item, quotation = answer.split("- next\n")
    assert all(not line or line.startswith(("- ", "  ")) for line in item.split("\n"))
    assert all(line.startswith(">") for line in quotation.strip().split("\n"))
    assert quotation.count("$$") == 2


def test_what_is_shown_is_chosen() -> None:
    block = "```matcalc wrt=x {}\n‖x‖²\n```"
    assert filled(block.format("show=value,result")) == (
        "$$\nf(x) = \\lVert x\\rVert^{2}\n$$\n\n$$\n\\frac{\\partial f}{\\partial x} = 2 x\n$$"
    )
    code = filled(block.format("code=numpy"))
    assert code.startswith('```python\n"""‖x‖²')
    namespace: dict[str, object] = {}
    exec(code.removeprefix("```python").removesuffix("```"), namespace)  # noqa: S102
    assert namespace["gradient"](x=3.0) == 6.0  # type: ignore[operator]
    assert r"&& 1 \times n" in filled(block.format("layout=numerator detail=brief"))
    assert r"= d" not in filled(block.format("form=matrix check=no"))
    assert "Checked" not in filled(block.format("check=no"))
    assert filled("`‖x‖²`{.matcalc wrt=x kind=hessian}") == r"$\frac{\partial^{2} f}{\partial x^{2}} = 2 I$"


def test_options_for_every_block() -> None:
    assert filled("`a'x`{.matcalc}", defaults={"wrt": "a"}) == r"$\frac{\partial f}{\partial a} = x$"
    assert filled("`a'x`{.matcalc wrt=x}", defaults={"wrt": "a"}) == r"$\frac{\partial f}{\partial x} = a$"


ERRORS = [  # document, format, place, what is said
    ("a\n\n```matcalc wrt=x\nlogdte(x)\n```", "markdown", "4:1", "unknown function ‘logdte’"),
    ("```matcalc\n#| wrt: x\n\nx' (\n```", "markdown", "4:4", "never closed"),
    ("so `y z(`{.matcalc wrt=y}", "markdown", "1:8", "never closed"),
    ("```matcalc foo=1\nx\n```", "markdown", "1:1", "there is no option ‘foo’"),
    ("```matcalc wtr=x\nx\n```", "markdown", "1:1", "did you mean wrt?"),
    ("```matcalc wrt\nx\n```", "markdown", "1:1", "an option is written name=value"),
    ("```matcalc wrt=x wrt=y\nx\n```", "markdown", "1:1", "given twice"),
    ("\n```matcalc kind=grad\nx\n```", "markdown", "2:1", "kind='grad' is not known"),
    ("\n```matcalc show=all\nx\n```", "markdown", "2:1", "show=all is not known"),
    ("`x`{.matcalc show=code}", "markdown", "1:2", "within a sentence"),
    ("```matcalc define=tanh\nx\n```", "markdown", "1:1", "not of the form NAME=FUNCTION"),
    ("```matcalc code=cobol\nx'x\n```", "markdown", "1:1", "cobol"),
    ("\n\\begin{matcalc}[wrt=x]\n\n  logdte(x)\n\\end{matcalc}", "latex", "4:3", "unknown function ‘logdte’"),
    ("text \\matcalc[wrt=x]{x'x", "latex", "1:6", "‘{’ is not closed"),
    ("text \\matcalc[wrt=x x'x", "latex", "1:6", "‘[’ is not closed"),
    ("text \\matcalc x", "latex", "1:6", "needs a formula in braces"),
    ("\\begin{matcalc} x", "latex", "1:1", "without \\end{matcalc}"),
    ("a \\matcalc{x' y(}", "latex", "1:16", "never closed"),
]


@pytest.mark.parametrize(("text", "format", "place", "said"), ERRORS)
def test_an_error_has_a_place(text: str, format: str, place: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        filled(text, format, name="notes")
    assert f"\nnotes:{place}: " in str(caught.value)
    assert said in str(caught.value)


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(DocumentError) as caught:
        filled("`x(`{.matcalc}\n`‖x‖²`{.matcalc wrt=x}\n`y(`{.matcalc}")
    assert [fault.place for fault in caught.value.faults] == ["1:3", "3:3"]


@pytest.mark.parametrize(
    "text", ["`x`{" * 20000, "> " * 20000 + "```matcalc", "\\matcalc{" * 20000, "```matcalc wrt={" * 20000]
)
@pytest.mark.parametrize("format", ["markdown", "latex"])
def test_no_document_takes_long_to_read(text: str, format: str) -> None:
    """Were the time quadratic in the length, nobody would wait for this test."""
    with contextlib.suppress(DocumentError):
        assert filled(text, format) == text


def test_latex_leaves_comments_and_verbatim_alone() -> None:
    verbatim = "\\begin{verbatim}\n\\begin{matcalc}\n\\end{verbatim}"
    text = f"% \\matcalc{{x(}}\n\\verb|\\matcalc{{x(}}| {verbatim} 5\\% \\matcalcx{{}}\n"
    assert filled(text, "latex") == text
    assert (
        filled("50\\% \\matcalc[wrt=x]{\\|x\\|^2}.", "latex") == "50\\% \\(\\frac{\\partial f}{\\partial x} = 2 x\\)."
    )


def test_hostile_text_comes_out_as_text() -> None:
    assert "<b>" not in filled('```matcalc wrt=x_{<b>} where="x_{<b>}: n"\nx_{<b>}\'x_{<b>}\n```')
    assert read_options(r'where="a \"b\" \\c"') == {"where": r'a "b" \c'}


def test_lines_of_options_end_where_the_formula_begins() -> None:
    assert read_lines("x") == ({}, "x", 0)
    assert read_lines("%| wrt: x\nx #| y") == ({"wrt": "x"}, "x #| y", 1)
    with pytest.raises(ParseError, match="no option"):
        read_lines("#| foo: x\nx")


def test_fragments_of_an_answer() -> None:
    prose, table = "A \\$5 &lt;b&gt; $x$\nand `c`.", "| a | b |\n| --- | --- |\n| $x$ | \\| |"
    assert list(fragments(f"{prose}\n\n{table}\n\n$$\n2\n$$\n```python\nx\n\ny\n```\n")) == [
        Paragraph(
            (Span("text", "A $5 <b> "), Span("math", "x"), Span("text", "\nand "), Span("code", "c"), Span("text", "."))
        ),
        Table((((Span("text", "a"),), (Span("text", "b"),)), ((Span("math", "x"),), (Span("text", "|"),)))),
        Display("2"),
        Listing("python", "x\n\ny"),
    ]  # fmt: skip


# ---------------------------------------------------------------- the command
def test_the_command_writes_the_document_or_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "notes.tex", tmp_path / "out.tex"
    source.write_text("\\matcalc[wrt=x]{a^\\top x}\n")
    done = CliRunner().invoke(cli, ["filter", str(source), "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_text() == "\\(\\frac{\\partial f}{\\partial x} = a\\)\n"
    source.write_text("\\matcalc[wrt=x]{a^\\top x}\n\\matcalc{x(}\n")
    done = CliRunner().invoke(cli, ["filter", str(source), "-o", str(target), "--force"])
    assert done.exit_code == 1
    assert f"{source}:2:11: ParseError" in done.stderr
    assert not done.stdout
    assert target.read_text() == "\\(\\frac{\\partial f}{\\partial x} = a\\)\n"
    assert CliRunner().invoke(cli, ["filter", str(source), "-o", str(source), "--force"]).exit_code == 2


def test_the_command_reads_standard_input_and_settings() -> None:
    done = CliRunner().invoke(cli, ["filter", "-", "--set", "wrt=a"], input="`a'x`{.matcalc}\n")
    assert (done.exit_code, done.stdout) == (0, "$\\frac{\\partial f}{\\partial a} = x$\n")
    done = CliRunner().invoke(cli, ["filter", "-", "--from", "pandoc"], input="[]")
    assert done.exit_code == 1
    assert "pandoc -t json" in done.stderr
