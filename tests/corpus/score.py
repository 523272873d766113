"""Score matcalc on files of cases: every derivative against autodiff at random points.

    python -m tests.corpus.score textbook applied     # the .jsonl files beside this module, or paths
    python -m tests.corpus.score textbook --only cookbook-100 --verbose
    python -m tests.corpus.score textbook --kind gradient --without eigen,structured,sum
    python -m tests.corpus.score bad_inputs --bad

Each case ends as one of
    right    the compiled derivative agrees with autodiff at every trial point
    wrong    it answered, and the answer disagrees            (the one thing that must never happen)
    refused  it raised a MatcalcError that explains itself
    crashed  any other exception
    slow     no answer within --limit seconds
and, with --steps, every derivation is proof-read by its own `.check()` too. What autodiff says is read from
`expected.npz` where it is recorded, and computed with JAX otherwise (other files, more trials).
"""

from __future__ import annotations

import argparse
import collections
import json
import signal
import statistics
import sys
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import matcalc as mc
from tests.corpus import cases, records
from tests.corpus.cases import Case

ENDS = ("right", "wrong", "refused", "crashed", "slow")
Row = dict[str, Any]


class Slow(BaseException):
    """Raised by the alarm; a BaseException, so that no `except Exception` swallows it."""


def limited(seconds: float, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the function; raise Slow when it takes longer than that."""

    def ring(signum: int, frame: FrameType | None) -> None:
        raise Slow

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return function(*args, **kwargs)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def answers(case: Case, trials: int) -> Iterable[records.Trial]:
    """Inputs and derivatives at that many points: recorded, or computed with JAX."""
    recorded = records.trials(case)[:trials]
    yield from recorded
    for seed in range(len(recorded), trials):
        from tests.corpus import oracle

        yield oracle.answer(case, seed)


def score(case: Case, args: argparse.Namespace) -> tuple[str, str]:
    """How a case with an answer ends, and why."""
    derivation = limited(args.limit, mc.derive, **cases.question(case))
    compiled = limited(args.limit, derivation.compile)
    for given, want in answers(case, args.trials):
        if not cases.same(limited(args.limit, compiled, **given), want, rtol=args.rtol):
            return "wrong", f"result {derivation.result}"
    if args.steps:
        report = limited(5 * args.limit, derivation.check)
        if not report:
            return "wrong", f"its own check fails: {report}"
    return "right", ""


def score_bad(case: Case, args: argparse.Namespace) -> tuple[str, str]:
    """How a malformed input ends, and why: an error is right where one is expected."""
    options = {key: case[key] for key in ("kind", "where") if case.get(key)}
    try:
        derivation = limited(args.limit, mc.derive, case["expr"], wrt=case.get("wrt") or "x", **options)
        limited(args.limit, derivation.latex)
        limited(args.limit, derivation.source)
    except mc.MatcalcError as error:
        return ("right" if case["expect"] == "error" else "refused"), one_line(error)
    if case["expect"] == "ok":
        return "right", ""
    return "wrong", f"accepted; expected an error: {case.get('hint')}"


def run(case: Case, args: argparse.Namespace) -> Row:
    """One case, as a row of the table; whatever happens is a result."""
    started = time.perf_counter()
    try:
        end, why = score_bad(case, args) if args.bad else score(case, args)
    except Slow:
        end, why = "slow", f"no answer in {args.limit} s"
    except mc.MatcalcError as error:
        end, why = "refused", one_line(error)
    except Exception as error:  # noqa: BLE001  (a crash is what this program counts)
        end, why = "crashed", f"{type(error).__name__}: {error}"
        if args.verbose:
            traceback.print_exc()
    tags = [case["category"]] if args.bad else case["tags"]
    kind = case["expect"] if args.bad else case["kind"]
    seconds = time.perf_counter() - started
    return {"id": case["id"], "kind": kind, "tags": tags, "end": end, "why": why[:400], "seconds": seconds}


def one_line(error: Exception) -> str:
    return " | ".join(line.strip() for line in str(error).splitlines())


def chosen(case: Case, args: argparse.Namespace) -> bool:
    tags = set(case.get("tags", ()))
    return (
        (not args.only or args.only in case["id"])
        and (not args.tag or args.tag in tags)
        and not tags & set(args.without.split(","))
        and (not args.kind or case["kind"] in args.kind.split(","))
    )


def report(rows: list[Row]) -> None:
    """The table: by file, by kind, by tag, and all."""

    def line(label: str, some: list[Row]) -> None:
        count = collections.Counter(row["end"] for row in some)
        figures = " ".join(f"{count[end]:8}" for end in ENDS)
        print(f"{label:28} {len(some):5} {figures}  {100 * count['right'] / max(1, len(some)):5.1f}%")

    print(f"\n{'':28} {'cases':>5} " + " ".join(f"{end:>8}" for end in ENDS) + "  right")
    for file in dict.fromkeys(row["file"] for row in rows):
        line(file, [row for row in rows if row["file"] == file])
    for kind in dict.fromkeys(row["kind"] for row in rows):
        line(f"  kind {kind}", [row for row in rows if row["kind"] == kind])
    for tag in sorted({tag for row in rows for tag in row["tags"]}):
        line(f"  tag {tag}", [row for row in rows if tag in row["tags"]])
    line("all", rows)
    if rows:
        times = sorted(row["seconds"] for row in rows)
        middle, late = statistics.median(times), times[int(0.95 * len(times))]
        print(f"a case: median {1e3 * middle:.1f} ms, 95% {1e3 * late:.1f} ms, slowest {1e3 * times[-1]:.0f} ms")


def main() -> int:
    """Run the cases asked for; 1 where one is wrong, crashed or slow."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.score", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--bad", action="store_true", help="the files hold malformed inputs")
    parser.add_argument("--only", help="ids that contain this")
    parser.add_argument("--tag", help="cases that bear this tag")
    parser.add_argument("--without", default="", help="leave out cases with any of these tags, comma-separated")
    parser.add_argument("--kind", default="", help="these kinds only, comma-separated: gradient,jacobian,hessian")
    parser.add_argument("--limit", type=float, default=20.0, help="seconds a call may take")
    parser.add_argument("--trials", type=int, default=2, help="random points for each case")
    parser.add_argument("--rtol", type=float, default=1e-7)
    parser.add_argument("--steps", action="store_true", help="proof-read every derivation with .check() too")
    parser.add_argument("--verbose", action="store_true", help="every case, and the traceback of every crash")
    parser.add_argument("--refused", action="store_true", help="list the refused cases and why, for refused.txt")
    parser.add_argument("--json", type=Path, help="write every row there")
    args = parser.parse_args()

    rows = []
    for file in args.files:
        for case in cases.load(file):
            if not chosen(case, args):
                continue
            row = {**run(case, args), "file": Path(file).stem}
            rows.append(row)
            if args.verbose or row["end"] in ("wrong", "crashed", "slow"):
                shown = unicodedata.normalize("NFC", case["expr"])[:90].replace("\n", "; ")
                print(f"{row['end']:8} {row['id']:38} {shown}  — {row['why'][:160]}")
    report(rows)
    if args.refused:
        print(
            "\n" + "\n".join(f"{row['id']:24} {row['why'].split(' | ')[0]}" for row in rows if row["end"] == "refused")
        )
    if args.json:
        args.json.write_text(json.dumps(rows, ensure_ascii=False, indent=0), encoding="utf-8")
    return int(any(row["end"] in ("wrong", "crashed", "slow") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
