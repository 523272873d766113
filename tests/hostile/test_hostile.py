"""A sample of hostile input; `python -m tests.hostile --count 1000000` is the whole of it."""

from __future__ import annotations

import pytest

from tests.hostile.trial import Trial, run
from tests.hostile.watch import Finding
from tests.hostile.written import check_html, check_latex, check_python


@pytest.mark.parametrize("seed", [1000, 1001])
def test_a_sample(seed: int) -> None:
    tally = run(500, seed, share=0.3)
    assert not tally["findings"]
    assert tally["read"] > 20
    assert tally["whole way, answered"] > 5


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(10))
def test_many(seed: int) -> None:
    assert not run(100_000, seed, share=0.05)["findings"]


# ---------------------------------------------------------------- the checks see what they are there to see
@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial()


@pytest.mark.parametrize(
    "harm", ["eval('1')", "exec('x = 1')", "import os; os.system('true')", "open('/dev/null', 'w').close()"]
)
def test_the_watch_sees(trial: Trial, harm: str) -> None:
    code = compile(harm, "<harm>", "exec")
    with pytest.raises(Finding), trial.watch.watching():
        exec(code)  # noqa: S102


@pytest.mark.parametrize("latex", [r"x_{\input{y}}", "{", "}{", "100%", "a $ b", "x_{#1}", "^^5c", "中"])
def test_latex_that_is_found(latex: str) -> None:
    with pytest.raises(Finding):
        check_latex(latex)


@pytest.mark.parametrize("fragment", ["<p><script>x</script></p>", "<p onclick='x'>a</p>"])
def test_html_that_is_found(fragment: str) -> None:
    with pytest.raises(Finding):
        check_html(fragment, frozenset({"p"}))


@pytest.mark.parametrize("source", ["import os", "y = x", "x = eval('1')", "len = 3", "x = ().__class__"])
def test_python_that_is_found(source: str) -> None:
    with pytest.raises(Finding):
        check_python(source)
