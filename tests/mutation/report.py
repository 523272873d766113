"""How many mutants of each file were killed, which were not, and the same for a machine."""

from __future__ import annotations

import collections
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.mutation.equivalent import reason_of
from tests.mutation.mutants import ROOT, Mutant

#: A test failed, ran for too long, or was ended by a signal, as by a fault of the interpreter or for its memory.
DEAD = ("killed", "hung", "crashed")
#: What tells nothing of the tests: a mutant that could not be put in, or a fault of this machinery.
NOT_TRIED = ("not applied", "broken")


class Ends:
    """The end of every mutant."""

    def __init__(self) -> None:
        self.ends: dict[Mutant, str] = {}

    @property
    def broken(self) -> list[Mutant]:
        """Where the machinery failed, or an equivalent mutant was killed: the figures are not to be trusted."""
        return [m for m, end in self.ends.items() if end == "broken" or (end in DEAD and reason_of(m))]

    @property
    def survivors(self) -> list[tuple[Mutant, str]]:
        """Mutants that no test saw, those aside that are the same program in other words."""
        return [(m, end) for m, end in self.ends.items() if end not in (*DEAD, *NOT_TRIED) and not reason_of(m)]

    def figures(self) -> dict[str, collections.Counter[str]]:
        """By file, by folder and in all: how many ended how, the equivalent ones apart."""
        tally: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        for mutant, end in self.ends.items():
            for key in (str(mutant.path.relative_to(ROOT)), f"{mutant.path.parent.name}/", "all"):
                tally[key]["equivalent" if reason_of(mutant) and end not in DEAD else end] += 1
        return tally

    def killed(self, tally: Mapping[str, int]) -> tuple[int, int]:
        """How many are dead, of how many that are other programs and were tried."""
        dead = sum(tally.get(end, 0) for end in DEAD)
        return dead, sum(n for end, n in tally.items() if end not in (*NOT_TRIED, "equivalent"))

    def share(self) -> float:
        """Percent killed."""
        dead, tried = self.killed(self.figures().get("all", {}))
        return 100 * dead / max(1, tried)

    def text(self) -> str:
        figures, lines = self.figures(), []
        for key in sorted(figures, key=lambda k: (k == "all", k.endswith("/"), k)):
            dead, tried = self.killed(figures[key])
            same = figures[key]["equivalent"]
            lines.append(
                f"{key:40} {dead:4} of {tried:4} killed, {100 * dead / max(1, tried):5.1f} %"
                + (f", {same} equivalent" if same else "")
            )
        lines += ["", f"ends: {dict(figures['all'])}", "", "survivors:"] if figures else []
        lines += sorted(f"{end}: {mutant.name}" for mutant, end in self.survivors)
        if self.broken:
            lines += ["", "broken, or called equivalent and killed:", *sorted(m.name for m in self.broken)]
        return "\n".join(lines)

    def write(self, path: Path, seconds: float, faults: Sequence[str]) -> None:
        """The same as JSON: figures by file, and every survivor with its place."""
        figures = {
            key: {**tally, "dead": self.killed(tally)[0], "tried": self.killed(tally)[1]}
            for key, tally in self.figures().items()
        }
        found: dict[str, Any] = {
            "seconds": round(seconds, 1),
            "percent": round(self.share(), 2),
            "figures": figures,
            "survivors": [_entry(mutant, end) for mutant, end in sorted(self.survivors, key=lambda one: one[0].name)],
            "broken": [_entry(m, self.ends[m]) for m in self.broken],
            "faults": list(faults),
        }
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _entry(mutant: Mutant, end: str) -> dict[str, Any]:
    return {
        "end": end, "file": str(mutant.path.relative_to(ROOT)), "line": mutant.line, "where": mutant.where,
        "change": mutant.change, "key": mutant.key,
    }  # fmt: skip
