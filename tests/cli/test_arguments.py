"""What the command line makes of its arguments, and what it shows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matcalc.cli import cli
from matcalc.cli.app import COMMANDS
from matcalc.verify import Certificate, Failure


def matcalc(*args: str, stdin: bytes | str | None = None) -> Result:
    """Run the command in this process; a traceback fails the test."""
    result = CliRunner(env={"COLUMNS": "80"}).invoke(cli, args, input=stdin, prog_name="matcalc")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def words(text: str) -> str:
    """The text of a message without the box that is drawn around it."""
    return " ".join(text.replace("│", " ").split())


# ---------------------------------------------------------------- help
@pytest.mark.parametrize("args", [[], ["--help"], ["-h"]])
def test_help_lists_every_command_and_an_example(args: list[str]) -> None:
    result = matcalc(*args)
    assert result.exit_code == 0
    assert 'matcalc derive "½‖θ(Wx)‖²" --wrt W' in result.stdout
    assert [
        line.split()[1] for line in result.stdout.splitlines() if line.startswith(tuple(f"│ {c}" for c in COMMANDS))
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_fits_a_terminal(command: str) -> None:
    result = matcalc(command, "--help")
    assert result.exit_code == 0
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


@pytest.mark.parametrize("args", ["--help", "derive --help", "--version", "dervie x", "derive --wrtt x"])
def test_what_needs_no_formula_imports_no_mathematics(args: str) -> None:
    program = (
        "import sys; from matcalc.cli import cli\n"
        f"try: cli.main({args.split()!r}, prog_name='matcalc')\n"
        "finally: print({'sympy', 'numpy', 'scipy', 'lark', 'jinja2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.splitlines()[-1] == "set()"


def test_version() -> None:
    result = matcalc("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("matcalc")


# ---------------------------------------------------------------- wrong usage: status 2, a message on stderr, a way on
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["dervie", "x"], "No such command 'dervie'. Did you mean 'derive'?"),
        (["Rules"], "Did you mean 'rules'?"),
        (["chekc", "x'*x"], "Did you mean 'check'?"),
        (["help"], "No such command 'help'. (As a formula: matcalc derive help)"),
        (["derive", "x'*x", "--wrtt", "x"], "Did you mean"),
        (["x'*x", "--wrtt", "x"], "No such option '--wrtt'"),
        (["derive"], "Missing argument 'EXPRESSION'"),
        (["derive", "½", "x"], "Put the formula in quotes"),
        (["derive", "x'*x", "--kind", "gradeint"], "'gradeint' is not one of 'gradient'"),
        (["derive", "x'*x", "--wrt"], "requires an argument"),
        (["derive", "θ(x)", "--define", "θ"], "'θ' is not of the form NAME=FUNCTION"),
        (["derive", "x'*x", "--wrtt[x]", "x"], "--wrtt[x]"),
        (["derive", "[x]", "[/bold]"], "2 arguments"),
        (["rules", "a", "b"], "unexpected extra argument"),
    ],
)
def test_wrong_usage(args: list[str], message: str) -> None:
    result = matcalc(*args)
    assert result.exit_code == 2
    assert message in words(result.stderr)
    assert result.stdout == ""


# ---------------------------------------------------------------- what is a formula, and what is not
def test_an_expression_in_place_of_a_command_means_derive() -> None:
    assert matcalc("x'*x", "--wrt", "x").stdout == matcalc("derive", "x'*x", "--wrt", "x").stdout
    assert matcalc("--wrt", "x", "x'*x").stdout == matcalc("derive", "x'*x", "--wrt", "x").stdout


@pytest.mark.parametrize("formula", ["-x'*x", "-o'*o", "-h'*h", "-2 x'*x", "- x'*x"])
def test_a_formula_may_begin_with_a_minus_sign(formula: str) -> None:
    plain = matcalc("derive", "--", formula)
    assert plain.exit_code == 0
    assert matcalc("derive", formula).stdout == matcalc(formula).stdout == plain.stdout


def test_standard_input() -> None:
    expected = matcalc("derive", "½‖θ(Wx)‖²", "--wrt", "W").stdout
    assert expected
    assert matcalc("derive", "-", "--wrt", "W", stdin="½‖θ(Wx)‖²\n").stdout == expected
    assert matcalc("-", "--wrt", "W", stdin="½‖θ(Wx)‖²\n").stdout == expected


def test_standard_input_that_is_no_text_is_refused() -> None:
    result = matcalc("derive", "-", stdin=b"x'*x \xff")
    assert result.exit_code == 1
    assert "not UTF-8" in result.stderr


def test_an_argument_that_is_no_text_is_refused() -> None:
    program = [sys.executable, "-m", "matcalc", b"x'*x \xff"]
    done = subprocess.run(program, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


# ---------------------------------------------------------------- errors in the input: status 1
def test_an_error_names_its_kind_points_at_the_place_and_offers_a_way_on() -> None:
    result = matcalc("derive", "log(det(sigmiod(Ax)))", "--wrt", "x")
    assert result.exit_code == 1
    assert result.stdout == ""
    kind, line, caret, hint = result.stderr.splitlines()
    assert kind.startswith("ParseError: ")
    assert line.index("sigmiod") == caret.index("^^^^^^^")
    assert hint.startswith("hint: ")
    assert "sigmoid" in hint


def test_square_brackets_in_an_error_are_not_markup() -> None:
    result = matcalc("derive", "[bold]x[/bold]", "--wrt", "x")
    assert result.exit_code == 1
    assert "[bold]x[/bold]" in result.stderr


# ---------------------------------------------------------------- several variables, declarations, definitions
def test_variables_may_be_listed_or_repeated() -> None:
    listed = matcalc("‖Ax − b‖²", "--wrt", "A,b")
    repeated = matcalc("‖Ax − b‖²", "--wrt", "A", "--wrt", "b")
    assert listed.exit_code == 0
    assert "∂f/∂A" in listed.stdout
    assert "∂f/∂b" in listed.stdout
    assert listed.stdout == repeated.stdout


def test_without_a_variable_every_variable_is_meant() -> None:
    result = matcalc("‖Ax − b‖²")
    assert all(f"∂f/∂{name}" in result.stdout for name in ("A", "x", "b"))


def test_declarations_and_definitions() -> None:
    together = matcalc("½‖θ(Wx)‖²", "--wrt", "W", "--where", "W: m×n, x: n", "--define", "θ=tanh")
    apart = matcalc("½‖θ(Wx)‖²", "--wrt", "W", "--where", "W: m×n", "--where", "x: n", "--define", "theta := tanh")
    assert together.exit_code == 0
    assert "tanh" in together.stdout
    assert together.stdout == apart.stdout


# ---------------------------------------------------------------- output
@pytest.mark.parametrize(
    ("format", "sign"),
    [("text", "∂f/∂x"), ("latex", r"\begin{"), ("markdown", "$$"), ("html", "<"), ("json", '"steps"')],
)
def test_every_format(format: str, sign: str) -> None:
    result = matcalc("derive", "x'*A*x", "--wrt", "x", "--format", format)
    assert result.exit_code == 0
    assert sign in result.stdout
    assert result.stdout.endswith("\n")
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("ending", "format"), [("tex", "latex"), ("md", "markdown"), ("txt", "text"), ("json", "json")]
)
def test_the_ending_of_the_file_chooses_the_format(tmp_path: Path, ending: str, format: str) -> None:
    file = tmp_path / f"derivation.{ending}"
    result = matcalc("derive", "x'*A*x", "--wrt", "x", "-o", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    written = file.read_text(encoding="utf-8")
    assert written == matcalc("derive", "x'*A*x", "--wrt", "x", "--format", format).stdout


@pytest.mark.parametrize("form", [(), ("--form", "tensor")])
def test_a_page_opens_as_it_is(tmp_path: Path, form: tuple[str, ...]) -> None:
    asked = ("derive", "u = Wx\n½‖θ(u)‖²", "--wrt", "W", *form)
    page, fragment = tmp_path / "page.html", tmp_path / "fragment.html"
    assert matcalc(*asked, "-o", str(page), "--language", "de").exit_code == 0
    written = page.read_text(encoding="utf-8")
    assert written.startswith("<!DOCTYPE html>")
    assert "<title>½‖θ(u)‖²</title>" in written
    assert "Matrix, die Variable" in written
    assert (r"\operatorname{einsum}" in written) == bool(form)
    assert matcalc(*asked, "--format", "html", "-o", str(fragment)).exit_code == 0
    assert fragment.read_text(encoding="utf-8") == matcalc(*asked, "--format", "html").stdout


def test_a_long_formula_is_no_title(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert matcalc("derive", " + ".join(["‖Ax − b‖²"] * 9), "--wrt", "A,x", "-o", str(page)).exit_code == 0
    assert "<title>∂/∂A, x</title>" in page.read_text(encoding="utf-8")


@pytest.mark.tex
def test_a_pdf(tmp_path: Path) -> None:
    file = tmp_path / "derivation.pdf"
    result = matcalc("derive", "½‖θ(Wx)‖²", "--wrt", "W", "--detail", "full", "-o", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_bytes().startswith(b"%PDF-")


def test_a_step_is_explained_below_text_only(tmp_path: Path) -> None:
    result = matcalc("derive", "x'*A*x", "--wrt", "x", "--why", "1", "-o", str(tmp_path / "page.html"))
    assert result.exit_code == 2
    assert "--why" in result.stderr


def test_colour_only_where_it_is_asked_for() -> None:
    colored = matcalc("derive", "x'*A*x", "--wrt", "x", "--color", "always").stdout
    assert "\x1b[" in colored
    assert "\x1b" not in matcalc("derive", "x'*A*x", "--wrt", "x").stdout


def test_an_existing_file_is_not_overwritten_unless_forced(tmp_path: Path) -> None:
    file = tmp_path / "gradient.py"
    file.write_text("precious\n")
    refused = matcalc("code", "x'*A*x", "--wrt", "x", "-o", str(file))
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert file.read_text() == "precious\n"
    assert matcalc("code", "x'*A*x", "--wrt", "x", "-o", str(file), "--force").exit_code == 0
    assert "def gradient" in file.read_text(encoding="utf-8")


def test_an_error_leaves_no_file(tmp_path: Path) -> None:
    assert matcalc("code", "x'*A*", "--wrt", "x", "-o", str(tmp_path / "gradient.py")).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    result = matcalc("code", "x'*A*x", "--wrt", "x", "-o", str(tmp_path / "nowhere" / "gradient.py"))
    assert result.exit_code == 1
    assert "No such file or directory" in words(result.stderr)


# ---------------------------------------------------------------- proof-reading, forms and layouts
def test_a_derivation_is_proof_read_before_it_is_shown() -> None:
    shown = matcalc("derive", "½‖θ(Wx)‖²", "--wrt", "W").stdout
    assert shown.splitlines()[-1] == "needs θ differentiable · checked exactly at 1 random point, modulo 2⁶¹ − 1"
    plain = matcalc("derive", "½‖θ(Wx)‖²", "--wrt", "W", "--no-check").stdout
    assert plain.splitlines() == [*shown.splitlines()[:-1], "needs θ differentiable"]
    record = json.loads(matcalc("derive", "x'*A*x", "--wrt", "x", "--format", "json").stdout)
    assert record["check"]["passed"] is True


def test_a_derivation_that_fails_its_check_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Certificate(0.1, 3, (Failure("step 2, chain rule", 0.1, None, None),))
    monkeypatch.setattr("matcalc.verify.certificate.certify", lambda derivation: found)
    result = matcalc("derive", "-x'*A*x", "--wrt", "x", "--where", "A: n×n symmetric")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "InternalError" in result.stderr
    assert "matcalc check '-x'\"'\"'*A*x' --wrt x --where 'A: n×n symmetric'" in result.stderr


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("operator", "DF(W) = dW ↦ σ′(z) ⊙ dW x"),
        ("vec", "dF = (xᵀ ⊗ Diag(σ′(z))) vec dW"),
        ("tensor", "∂F_i/∂W_jk = σ′(z_i) δ_ij x_k"),
        ("components", "= 0                          otherwise"),
    ],
)
def test_the_result_in_another_form(form: str, line: str) -> None:
    shown = matcalc("σ(Wx)", "--wrt", "W", "--form", form)
    assert line in shown.stdout
    for other in ("latex", "markdown", "html", "json"):
        assert matcalc("σ(Wx)", "--wrt", "W", "--form", form, "--format", other).exit_code == 0


def test_a_form_that_does_not_exist_is_refused_with_those_that_do() -> None:
    result = matcalc("σ(Wx)", "--wrt", "W", "--form", "matrix")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--form vec" in result.stderr


@pytest.mark.parametrize(
    ("formula", "wrt", "numerator", "denominator"),
    [
        ("Ax", "x", "∂F/∂x = A ", "∂F/∂x = Aᵀ"),
        ("a'*x", "x", "∂f/∂x = aᵀ", "∂f/∂x = a "),
        ("a'*X*b", "X", "∂f/∂X = baᵀ", "∂f/∂X = abᵀ"),
    ],
)
def test_the_answer_is_shown_in_the_layout_asked_for(formula: str, wrt: str, numerator: str, denominator: str) -> None:
    for layout, line in (("numerator", numerator), ("denominator", denominator)):
        shown = matcalc(formula, "--wrt", wrt, "--layout", layout).stdout
        assert line in shown
        assert f"in {layout} layout" in shown


# ---------------------------------------------------------------- the other commands
def test_code_is_a_module_that_runs(tmp_path: Path) -> None:
    file = tmp_path / "gradient.py"
    assert matcalc("code", "‖Ax − b‖²", "--wrt", "x", "-o", str(file)).exit_code == 0
    program = (
        "import numpy as np, gradient as g; A, x, b = np.eye(2), np.ones(2), np.zeros(2)\n"
        "print(g.value(A=A, x=x, b=b), g.gradient(A=A, x=x, b=b))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout == "2.0 [2. 2.]\n"


def test_check_reports_and_succeeds() -> None:
    result = matcalc("check", "½‖θ(Wx)‖²", "--wrt", "W")
    assert result.exit_code == 0
    assert result.stdout.strip()


def test_rules_are_listed_with_their_references() -> None:
    every = matcalc("rules")
    assert every.exit_code == 0
    one = matcalc("rules", "inverse")
    assert one.exit_code == 0
    assert "d(A⁻¹)" in one.stdout
    assert len(one.stdout) < len(every.stdout)


def test_an_unknown_rule() -> None:
    result = matcalc("rules", "invrese")
    assert result.exit_code == 1
    assert "no rule is called 'invrese'" in result.stderr


def test_trials_are_not_ignored_beside_a_claim() -> None:
    assert matcalc("check", "xᵀx", "--wrt", "x", "--claim", "2x").exit_code == 0
    result = matcalc("check", "xᵀx", "--wrt", "x", "--claim", "2x", "--trials", "5")
    assert result.exit_code == 2
    assert "--trials is of the derivation's own check" in words(result.output)
