"""What is built is whole: a wheel and a source distribution carry the templates, and matcalc runs from the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import matcalc
from matcalc import resources

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = {path.relative_to(ROOT).as_posix() for path in (ROOT / "templates").rglob("*") if path.is_file()}

pytestmark = pytest.mark.xdist_group("packaging")  # one build serves all


def _run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the checkout; what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel that is built from it."""
    out = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT, cwd=out)
    return out


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment that holds the wheel, and sees the dependencies of this one."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    wheel = next(built.glob("*.whl"))
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "-q", wheel, cwd=folder)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")  # behind the wheel's own matcalc
    return python


def test_the_source_distribution_is_whole(built: Path) -> None:
    with tarfile.open(next(built.glob("matderive-*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "matcalc/py.typed",
        "tests/corpus/textbook.jsonl",
    }
    assert wanted | TEMPLATES <= names
    assert not {name for name in names if "__pycache__" in name or name.startswith(".venv")}


def test_the_wheel_is_whole_and_holds_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("matderive-*.whl"))) as archive:
        names = set(archive.namelist())
    assert {"matcalc/py.typed", "matcalc/cli/__init__.py"} | {f"matcalc/_{name}" for name in TEMPLATES} <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"matcalc", "matderive"}
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "matcalc").rglob("*.lark")}
    assert data <= names


def test_the_wheel_finds_its_own_templates(installed: Path, tmp_path: Path) -> None:
    found = _run(installed, "-c", "from matcalc.resources import templates; print(templates())", cwd=tmp_path).strip()
    assert Path(found).name == "_templates"
    assert Path(found).is_relative_to(installed.parent.parent)


@pytest.mark.parametrize("format", ["text", "latex", "markdown", "html", "json"])
def test_a_derivation_is_rendered_from_the_wheel(installed: Path, tmp_path: Path, format: str) -> None:
    command = installed.parent / "matcalc"
    out = _run(command, "derive", "½‖θ(Wx)‖²", "--wrt", "W", "--format", format, cwd=tmp_path)
    assert out.strip()
    assert out == _run(sys.executable, "-m", "matcalc", "½‖θ(Wx)‖²", "--wrt", "W", "--format", format, cwd=ROOT)


def test_code_is_written_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    _run(installed.parent / "matcalc", "code", "½‖θ(Wx)‖²", "--wrt", "W", "-o", "gradient.py", cwd=tmp_path)
    _run(installed, "-c", "import gradient; gradient.value_and_gradient", cwd=tmp_path)


def test_the_command_knows_its_version(installed: Path, tmp_path: Path) -> None:
    assert _run(installed.parent / "matcalc", "--version", cwd=tmp_path).startswith("matcalc 0.")


# ---------------------------------------------------------------- the finder, for every way of installing
@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a copy of the package pretends to stand."""
    (tmp_path / "matcalc").mkdir()
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "matcalc" / "resources.py"))
    resources.templates.cache_clear()
    yield tmp_path
    resources.templates.cache_clear()


def test_a_checkout_an_editable_install_and_an_unpacked_source_distribution(place: Path) -> None:
    (place / "templates").mkdir()
    (place / "pyproject.toml").touch()
    assert resources.templates() == place / "templates"


def test_an_installed_wheel(place: Path) -> None:
    (place / "matcalc" / "_templates").mkdir()
    assert resources.templates() == place / "matcalc" / "_templates"


def test_a_folder_of_another_project_is_not_taken(place: Path) -> None:
    (place / "templates").mkdir()  # site-packages/templates belongs to somebody else
    with pytest.raises(FileNotFoundError, match="templates are missing"):
        resources.templates()


def test_this_checkout() -> None:
    assert resources.templates() == ROOT / "templates"


# ---------------------------------------------------------------- what the project says of itself
def test_the_top_level_is_tidy() -> None:
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = _run("git", "ls-files", cwd=ROOT).splitlines()
    top = {name.split("/")[0] for name in tracked if not name.startswith(".")}
    files = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff"}
    assert top <= files | {"matcalc", "tests", "templates", "docs"}


def test_the_citation_is_of_this_version() -> None:
    """CITATION.cff, in the form of the Citation File Format 1.2.0, agrees with what the package says of itself."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == matcalc.__version__
    assert f'license = "{citation["license"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(author.keys() & {"name", "family-names"} for author in citation["authors"])


#: A program of somebody who uses the package and a type checker.
SCRIPT = """
import numpy as np

import matcalc as mc

d = mc.derive("½‖Ax − b‖²", wrt="x", where="A: m×n")
text: str = d.text()
source: str = d.source()
names: list[str] = d.assumptions
correct: bool = bool(d.check())
gradient = d.compile()
array = np.asarray(gradient(A=np.eye(2), x=np.ones(2), b=np.zeros(2)))
try:
    mc.gradient("tr(", wrt="x")
except mc.ParseError as error:
    where: str = error.caret
"""
#: What it says where the script is wrong.
MISTAKES = [
    ("number: int = d.text()", "Incompatible types"),
    ("mc.derive('x', wrong=1)", "Unexpected keyword"),
    ("d.stepps", "has no attribute"),
]


def test_types_are_there_for_a_script_that_uses_the_wheel(installed: Path, tmp_path: Path) -> None:
    """py.typed: a strict type checker reads the annotations of the installed package."""
    pytest.importorskip("mypy", reason="mypy comes with the extra dev")
    mypy = (
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-executable",
        installed,
        "--cache-dir",
        tmp_path / "cache",
    )
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    assert "Success" in _run(*mypy, script, cwd=tmp_path)
    script.write_text("\n".join([SCRIPT, *(line for line, _ in MISTAKES)]), encoding="utf-8")
    with pytest.raises(AssertionError) as report:
        _run(*mypy, script, cwd=tmp_path)
    assert all(said in str(report.value) for _, said in MISTAKES)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line for line in readme.splitlines() if "pytest" in line and line.startswith("python3 -m venv")]
    assert _run("bash", ".ci/run", "--show", cwd=ROOT).splitlines() == commands
    assert len(commands) == 1
