"""The filter of pandoc, on trees as pandoc gives them; and in pandoc itself, where it is installed."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matcalc.embed import DocumentError
from matcalc.embed.pandoc import filtered


def document(*blocks: Any, **meta: Any) -> dict[str, Any]:
    return {"pandoc-api-version": [1, 23], "meta": meta, "blocks": [*blocks]}


def code(text: str, *classes: str, **attributes: str) -> dict[str, Any]:
    return {"t": "CodeBlock", "c": [["", [*classes], [[k, v] for k, v in attributes.items()]], text]}


def test_a_block_becomes_paragraphs_and_formulas() -> None:
    plain = {"t": "Para", "c": [{"t": "Str", "c": "text"}]}
    answer = filtered(document(plain, code("‖x‖²", "matcalc", wrt="x"), code("x", "python")))
    first, ours, last = answer["blocks"]
    assert (first, last) == (plain, code("x", "python"))
    assert ours["t"] == "Div"
    paragraphs = [node["c"] for node in ours["c"][1] if node["t"] == "Para"]
    (formula,) = [
        one["c"][1] for content in paragraphs for one in content if one.get("c", [""])[0] == {"t": "DisplayMath"}
    ]
    assert r"\frac{\partial f}{\partial x} &= " in formula


def test_inline_code_becomes_a_formula() -> None:
    inline = {"t": "Code", "c": [["", ["matcalc"], [["wrt", "x"]]], "a'x"]}
    answer = filtered(document({"t": "Para", "c": [inline]}))
    assert answer["blocks"][0]["c"] == [{"t": "Math", "c": [{"t": "InlineMath"}, r"\frac{\partial f}{\partial x} = a"]}]


def test_metadata_sets_options_for_every_block() -> None:
    meta = {"t": "MetaMap", "c": {"wrt": {"t": "MetaInlines", "c": [{"t": "Str", "c": "a"}]}}}
    answer = filtered(document(code("a'x", "matcalc", show="result"), matcalc=meta))
    assert answer["blocks"][0]["c"][1][0]["c"][0]["c"][1] == r"\frac{\partial f}{\partial a} = x"


def test_errors_name_the_block() -> None:
    inline = {"t": "Code", "c": [["", [], []], "matcalc wrt=W ½‖x‖"]}
    with pytest.raises(DocumentError) as caught:
        filtered(document(code("x", "matcalc", wrt="x"), code("x(", "matcalc"), {"t": "Para", "c": [inline]}))
    assert [fault.place for fault in caught.value.faults] == ["block 2", "block 3"]
    assert "{.matcalc wrt=W}" in str(caught.value)


@pytest.fixture
def pandoc(tmp_path: Path) -> Any:
    if not shutil.which("pandoc"):
        pytest.skip("pandoc is not installed")
    script = tmp_path / "pandoc-matcalc"
    script.write_text(f"#!{sys.executable}\nfrom matcalc.cli.documents import pandoc_filter\npandoc_filter()\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)

    def run(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pandoc", "--filter", str(script), *arguments]
        return subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=False)

    return run


def test_pandoc_itself(pandoc: Any) -> None:
    text = '---\nmatcalc:\n  detail: brief\n---\n\n1. ```{.matcalc wrt=W where="W: m×n"}\n   ½‖θ(Wx)‖²\n   ```\n'
    done = pandoc(text, "-t", "latex")
    assert done.returncode == 0, done.stderr
    assert "\\item" in done.stdout
    assert r"(\theta'(z) \odot \theta(z)) x^{\top}" in done.stdout
    done = pandoc("```{.matcalc code=numpy form=vec show=code,derivation}\n‖x‖²\n```\n", "-t", "html", "--mathml")
    assert done.returncode == 0, done.stderr
    assert "<math" in done.stdout
    assert "numpy" in done.stdout
    done = pandoc("```{.matcalc wrt=x}\nlogdte(x)\n```\n")
    assert done.returncode != 0
    assert not done.stdout
    assert "logdte(x)\n    ^^^^^^" in done.stderr
