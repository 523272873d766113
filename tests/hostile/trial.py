"""An input on its whole way, and many of them."""

from __future__ import annotations

import collections
import random
import sys
import time
import traceback
import warnings

import matcalc as mc
from matcalc.language import read
from tests.hostile.inputs import made
from tests.hostile.watch import Finding, Watch, check_error, in_time
from tests.hostile.written import check_html, check_latex, check_python, vocabulary_of

#: Seconds of processor time that reading may take, and everything after it; an input of a line takes milliseconds.
READING, DERIVING = 10, 60


class Trial:
    """What is done with each input. Making one warms up, so that no template is compiled under the watch."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.tags: frozenset[str] = frozenset()
        for expression, where in (("½‖θ(Wx)‖²", ""), ("tr(A*X'*B*X) + logdet(X)", "X: n×n")):
            warm = mc.derive(
                expression, where=where, wrt="X" if "X" in expression else "W", detail="full", structure=None
            )
            self.tags |= vocabulary_of(warm.html())
            warm.latex(), warm.text(), warm.markdown(), warm.source(), warm.json(), warm.check()

    def reading(self, expression: str, where: str) -> tuple[str, ...]:
        """The names of the variables, where it reads; () where it is refused, or has none."""
        try:
            with in_time(READING, "reading"), self.watch.watching():
                program = read(expression, where, None, ())
        except mc.MatcalcError as refusal:
            check_error(refusal)
            return ()
        return tuple(name for name, s in program.symbols.items() if s.kind == "variable" and s.occurs)

    def deriving(self, expression: str, where: str, wrt: str) -> str:
        """The derivation, in every form; how it ended."""
        try:
            with in_time(DERIVING, "deriving"), self.watch.watching(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                derivation = mc.derive(expression, wrt=wrt, where=where)
                text, latex, fragment = derivation.text(), derivation.latex(), derivation.html()
                derivation.markdown(detail="full"), derivation.text(detail="brief"), derivation.text(detail="full")
                try:
                    source = derivation.source()
                except mc.CompileError as refusal:
                    check_error(refusal)
                    source = ""
        except mc.MatcalcError as refusal:
            check_error(refusal)
            return "refused"
        if bad := {c for c in text if ord(c) < 32 and c != "\n"} | ({"\u202e", "\u200b"} & set(text)):
            raise Finding(f"text with {sorted(bad)}")
        check_latex(latex)
        check_html(fragment, self.tags)
        check_python(source)
        return "answered"


def run(count: int, seed: int, share: float, until: float = float("inf")) -> collections.Counter[str]:
    """Try that many inputs; a share of those that read goes the whole way. Findings are printed with what was typed."""
    rng = random.Random(seed)
    trial = Trial()
    tally: collections.Counter[str] = collections.Counter()
    for _ in range(count):
        kind, expression, where = made(rng)
        tally["inputs"] += 1
        wrt = ""
        try:
            variables = trial.reading(expression, where)
            tally["read" if variables else "refused"] += 1
            if variables and rng.random() < share:
                wrt = rng.choice(variables)
                tally[f"whole way, {trial.deriving(expression, where, wrt)}"] += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  (whatever is raised is what this program looks for)
            tally["findings"] += 1
            print(f"{kind}: mc.derive({expression!r}, wrt={wrt!r}, where={where!r})", flush=True)
            traceback.print_exception(error, limit=-6, file=sys.stdout)
        if time.monotonic() > until:
            break
    return tally
