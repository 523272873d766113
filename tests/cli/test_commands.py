"""The commands beside derive: completion in real shells, the manual page, explanations, the prompt, JSON, time."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

import matcalc as mc
from matcalc.cli import cli
from matcalc.cli.app import COMMANDS
from matcalc.cli.repl import Session
from matcalc.explanations import EXAMPLES
from matcalc.present.templates import words
from matcalc.timing import time_limit
from tests.corpus.cases import load, question


def matcalc(*args: str, stdin: str | None = None) -> Result:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(cli, args, input=stdin, prog_name="matcalc")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


# ---------------------------------------------------------------- completion
def completed(line: str, *, word: int) -> list[str]:
    """What the script of bash asks for, without bash."""
    environment = {"_MATCALC_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(word)}
    command = [sys.executable, "-m", "matcalc"]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    return [found.split(",", 1)[1] for found in done.stdout.split()]


def test_commands_options_and_values_are_completed() -> None:
    assert set(COMMANDS) <= set(completed("matcalc ", word=1))
    assert completed("matcalc expl", word=1) == ["explain"]
    assert "--wrt" in completed("matcalc derive --", word=2)
    assert completed("matcalc derive --kind h", word=3) == ["hessian"]


@pytest.mark.parametrize(
    "shell", ["bash", pytest.param("zsh", marks=pytest.mark.zsh), pytest.param("fish", marks=pytest.mark.fish)]
)
def test_the_script_is_one_that_the_shell_takes(shell: str, tmp_path: Path) -> None:
    script = matcalc("completion", shell).stdout
    assert "_MATCALC_COMPLETE" in script
    file = tmp_path / "script"
    file.write_text(script)
    subprocess.run([shell, "-n" if shell != "fish" else "--no-execute", str(file)], check=True)


# ---------------------------------------------------------------- the manual page
def test_the_manual_page_has_every_command_and_option() -> None:
    page = matcalc("manual").stdout
    assert page.startswith(".TH MATCALC 1")
    for name in COMMANDS:
        assert f".SS matcalc {name}" in page
    assert r"\fB\-\-timeout SECONDS\fR" in page
    lines = page.splitlines()
    known = (".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".br", ".nf", ".fi", ".RS", ".RE")
    assert all(line.split()[0] in known for line in lines if line.startswith("."))


@pytest.mark.skipif(shutil.which("man") is None or shutil.which("groff") is None, reason="no man here")
def test_the_manual_page_is_set_without_warnings(tmp_path: Path) -> None:
    file = tmp_path / "matcalc.1"
    file.write_text(matcalc("manual").stdout)
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-k", str(file)], capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    assert "½‖θ(Wx)‖²" in done.stdout


# ---------------------------------------------------------------- explanations
def test_an_identity_is_explained_with_a_derivation_that_uses_it() -> None:
    said = matcalc("explain", "log determinant").stdout
    assert "log determinant: d log det A = A⁻ᵀ : dA\n  needs det A > 0\n  proof: " in said
    assert "∂f/∂X = X⁻ᵀ" in said


def test_a_part_of_the_name_is_enough_and_a_misspelt_one_gets_a_hint() -> None:
    assert "cyclic property of the trace: A : BC = BᵀA : C" in matcalc("explain", "cyclic", "--no-example").stdout
    result = matcalc("explain", "log determinent")
    assert result.exit_code == 1
    assert "did you mean log determinant?" in result.stderr


def test_differentials_and_frobenius_identities_have_proofs() -> None:
    for one in mc.rules():
        if one.group != "simplification":
            assert words("proofs").proof(one.name, one.identity).strip(), one


def test_the_examples_can_be_derived() -> None:
    for formula, wrt, where in EXAMPLES:
        assert mc.derive(formula, wrt=wrt, where=where or None)


# ---------------------------------------------------------------- the prompt
def test_a_session() -> None:
    session = Session()
    assert session.answer(":where A: n×n symmetric") == ""
    assert "∂f/∂x = 2 Ax" in session.answer("xᵀAx by x")
    assert session.answer(":check 2Ax").startswith("yes")
    assert r"\begin{" in session.answer(":latex")
    assert "def value" in session.answer(":code")
    assert session.answer(":kind nonsense") == ":kind is one of gradient, jacobian, hessian, differential"
    assert session.answer(":frobnicate").startswith("unknown command")
    assert session.answer(":define θ=tanh") == ""
    with pytest.raises(mc.MatcalcError):
        session.answer("tr(")
    with pytest.raises(EOFError):
        session.answer(":quit")


def test_what_is_typed_is_read() -> None:
    assert Session().reading("‖Ax − b‖² by x") == "A ∈ ℝ^{m×n}, x ∈ ℝ^n, b ∈ ℝ^m"
    assert "unbalanced" in Session().reading("tr(A") or Session().reading("tr(A")


def test_lines_from_a_pipe_are_answered() -> None:
    result = matcalc("repl", stdin="tr(AX) by X\ntr(\n:quit\n")
    assert "∂f/∂X = Aᵀ" in result.stdout
    assert "ParseError" in result.stderr


# ---------------------------------------------------------------- JSON
SCHEMA = json.loads((Path(mc.__file__).parent / "schemas" / "derivation.json").read_text(encoding="utf-8"))
CASES = [case for name in ("textbook", "applied") for case in load(name)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_derivation_of_the_corpus_follows_the_schema() -> None:
    validator = Draft202012Validator(SCHEMA)
    for case in CASES[::3]:
        try:
            record: dict[str, Any] = mc.derive(**question(case)).json()
        except mc.MatcalcError:
            continue
        validator.validate(json.loads(json.dumps(record)))


def test_json_is_a_shorthand() -> None:
    short = json.loads(matcalc("derive", "x'*A*x", "--wrt", "x", "--json").stdout)
    assert short == json.loads(matcalc("derive", "x'*A*x", "--wrt", "x", "--format", "json").stdout)


# ---------------------------------------------------------------- help
def examples(name: str) -> list[str]:
    """The lines of a command's help that may be typed."""
    return [line.strip() for line in (cli.commands[name].help or "").splitlines() if f"matcalc {name}" in line]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_examples_that_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gradient.py").write_text(mc.derive("‖Ax − b‖²", wrt="x").source(), encoding="utf-8")
    Path("lecture.toml").write_text('[[section]]\ntitle = "One"\n', encoding="utf-8")
    Path("lecture.md").write_text("```matcalc\nxᵀx\n```\n", encoding="utf-8")
    Path("paper.tex").write_text("\\matcalc{x^\\top x}\n", encoding="utf-8")
    assert examples(name)
    for line in examples(name):
        words = shlex.split(line)
        if words[0] == "matcalc" and not {"|", ">", "serve", "repl"} & set(words) and "lecture.pdf" not in words:
            if "gradient.py" in words and "-o" in words:
                Path("gradient.py").unlink()
            result = matcalc(*words[1:])
            assert result.exit_code == (1 if name == "check" and "--claim" in words and "2AX" in words else 0), line


# ---------------------------------------------------------------- time
def test_what_takes_too_long_is_refused() -> None:
    with pytest.raises(mc.LimitError, match=r"no answer in 0\.05 seconds"), time_limit(0.05):
        time.sleep(20)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


class Slow:
    """An object that takes its time to go away, and lets nothing out."""

    def __del__(self) -> None:
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            pass


def test_an_alarm_that_nobody_hears_rings_again() -> None:
    def task() -> None:
        Slow()  # goes away at once
        time.sleep(20)

    with pytest.raises(mc.LimitError):
        within(0.05, task)


def test_an_import_is_not_left_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "takes_its_time.py").write_text("import time\ntime.sleep(0.3)\nDONE = True\n")
    monkeypatch.syspath_prepend(tmp_path)

    def task() -> None:
        importlib.import_module("takes_its_time")
        time.sleep(20)

    with pytest.raises(mc.LimitError):
        within(0.05, task)
    assert sys.modules.pop("takes_its_time").DONE


def test_what_takes_too_long_is_refused_on_a_system_without_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer")
    with pytest.raises(mc.LimitError, match=r"no answer in 0\.05 seconds"):
        within(0.05, lambda: any(False for _ in itertools.repeat(0)))
    within(0.05, lambda: None)
    time.sleep(0.1)  # nothing comes afterwards
    with pytest.raises(KeyboardInterrupt):
        within(10, lambda: signal.raise_signal(signal.SIGINT))


def within(seconds: float, task: Callable[[], object]) -> None:
    with time_limit(seconds):
        task()


def test_the_limit_on_time_from_the_command_line() -> None:
    layers = "; ".join(f"y{i} = sin(y{i - 1}) + W y{i - 1}" for i in range(1, 60))
    started = time.monotonic()
    result = matcalc("derive", f"y0 = x; {layers}; y59", "--wrt", "x", "--timeout", "0.5")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "LimitError: no answer in 0.5 seconds" in result.stderr
    assert time.monotonic() - started < 20


def test_an_interrupt_leaves_no_half_written_file(tmp_path: Path) -> None:
    layers = "; ".join(f"y{i} = sin(y{i - 1}) + W y{i - 1}" for i in range(1, 60))
    command = [sys.executable, "-m", "matcalc", "derive", f"y0 = x; {layers}; y59", "--wrt", "x", "-o", "out.tex"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode != 0
    assert list(tmp_path.iterdir()) == []
