"""Hostile input by the million: whatever is typed gives an answer or a MatcalcError, in time, and does nothing else.

    python -m tests.hostile --count 1000000 --seed 0
    python -m tests.hostile --atheris 600            # guided by coverage, for 600 seconds (pip install atheris)

An input is bytes, text from all of Unicode, pieces of the language in any order, lines of the corpus with slips, or a
line of the corpus with its names replaced by unpleasant ones. Each is read; of those that read, a share goes the whole
way: derivation, text, LaTeX, HTML and emitted Python. What counts as a finding:

- anything raised but a MatcalcError, whose message must be there and whose span must lie in the text;
- a limit of time exceeded;
- `eval`, `exec` or `compile`, a shell, the network, or a file opened for writing, as seen by an audit hook;
- LaTeX that holds a command which is not one of ours, a bare special character, or unbalanced braces;
- HTML with a tag that is not one of ours; emitted Python that does not parse, or refers to names that it does not bind.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.hostile.inputs import LINES
from tests.hostile.trial import READING, run
from tests.hostile.watch import in_time


def guided(seconds: float) -> None:
    """Inputs that grow by coverage: libFuzzer through Atheris mutates bytes; an empty line parts off declarations."""
    import atheris

    with atheris.instrument_imports(include=["matcalc.language"], enable_loader_override=False):
        for name in [name for name in sys.modules if name.startswith("matcalc")]:
            del sys.modules[name]
        from matcalc.errors import MatcalcError
        from matcalc.language import read as instrumented

    def one(data: bytes) -> None:
        expression, _, where = data.decode("utf-8", "replace").partition("\n\n")
        try:
            with in_time(READING, "reading"):
                instrumented(expression, where, None, ())
        except MatcalcError:
            pass

    corpus = Path(".hypothesis", "atheris")
    corpus.mkdir(parents=True, exist_ok=True)
    for number, (expression, where) in enumerate(LINES):
        (corpus / f"line{number}").write_text(f"{expression}\n\n{where}", encoding="utf-8")
    atheris.Setup([sys.argv[0], str(corpus), f"-max_total_time={seconds:.0f}", "-max_len=300", "-verbosity=1"], one)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.02, help="of the inputs that read, how many go the whole way")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--atheris", type=float, default=0, metavar="SECONDS")
    args = parser.parse_args()
    if args.atheris:
        guided(args.atheris)
        return
    started = time.monotonic()
    tally = run(args.count, args.seed, args.share, started + args.seconds)
    print(f"seed {args.seed}, {time.monotonic() - started:.0f} s: {dict(tally)}")
    sys.exit(1 if tally["findings"] else 0)


if __name__ == "__main__":
    main()
