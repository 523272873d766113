"""In IPython: the magic, what a derivation shows, and errors without a trace of our code."""

from __future__ import annotations

from typing import Any

import pytest

import matcalc as mc

pytest.importorskip("IPython")


@pytest.fixture(scope="module")
def shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("%load_ext matcalc").raise_error()
    return shell


def test_a_derivation_is_shown_in_three_formats_proof_read() -> None:
    bundle = mc.derive("½‖θ(Wx)‖²", wrt="W")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "text/latex"}
    assert "checked exactly at 1 random point" in bundle["text/plain"]
    assert bundle["text/html"].startswith("<section")
    assert bundle["text/latex"].startswith("$$\n\\begin{aligned}")
    assert set(mc.derive("‖x‖²")._repr_mimebundle_(include={"text/latex"})) == {"text/latex"}
    assert "text/html" not in mc.derive("‖x‖²")._repr_mimebundle_(exclude={"text/html"})


def test_the_magic_gives_the_derivation(shell: Any) -> None:
    cell = shell.run_cell('%%matcalc wrt=W where="W: m×n"\n½‖θ(Wx)‖²')
    cell.raise_error()
    assert str(cell.result.result) == "(θ′(Wx) ⊙ θ(Wx)) xᵀ"
    shown, _ = shell.display_formatter.format(cell.result)
    assert "∂f/∂W" in shown["text/plain"]
    line = shell.run_cell("%matcalc wrt=x; ‖x‖²")
    line.raise_error()
    assert str(line.result.result) == "2x"


def test_the_magic_gives_code_and_forms(shell: Any) -> None:
    cell = shell.run_cell("%%matcalc wrt=x code=numpy\nx'x")
    cell.raise_error()
    namespace: dict[str, Any] = {}
    exec(str(cell.result), namespace)  # noqa: S102
    assert namespace["gradient"](x=2.0) == 4.0
    form = shell.run_cell("%%matcalc wrt=W form=vec\nWx")
    form.raise_error()
    assert "vec dW" in form.result._repr_mimebundle_()["text/plain"]


def test_an_error_shows_the_caret_and_no_trace(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cell = shell.run_cell("%%matcalc wrt=x\nlogdte(x)")
    assert isinstance(cell.error_in_exec, mc.ParseError)
    said = capsys.readouterr()
    assert "logdte(x)\n    ^^^^^^" in said.out + said.err
    assert "Traceback" not in said.out + said.err
