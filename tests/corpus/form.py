"""How the results compare with the closed forms of the sources: `python -m tests.corpus.form` prints the figures.

For every gradient whose source gives a closed form that parses: does the result take no more operations, and is it the
same expression in canonical form (both simplified by the same rules)? The rest is listed with the reason.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import matcalc as mc
from matcalc.algebra import is_scalar as alg_is_scalar
from matcalc.algebra import replace
from matcalc.calculus.cost import count_operations
from matcalc.calculus.factor import expand
from matcalc.calculus.simplify import expand_names, simplify
from matcalc.language import read
from tests.corpus.cases import Case, question
from tests.corpus.records import corpus


@dataclass(frozen=True)
class Comparison:
    """One result beside the closed form of its source."""

    case: Case
    key: str
    result: Any
    closed: Any

    @property
    def no_longer(self) -> bool:
        return count_operations(expand_names(self.result)) <= count_operations(expand_names(self.closed))

    @property
    def equal(self) -> bool:
        return bool(canonical(self.closed) == canonical(self.result))

    def __str__(self) -> str:
        marks = ("" if self.no_longer else "longer ") + ("" if self.equal else "different")
        return f"{marks:18} {self.case['id']:28} {self.key}: {self.result}   source: {self.closed}"


def canonical(expression: Any) -> Any:
    """The form in which equal results are one expression: names and factors written out, then simplified."""
    plain = simplify(expand_names(expression))
    for _ in range(4):
        plain = expand(plain)
    return simplify(plain)


def comparisons() -> Iterator[Comparison | tuple[Case, str]]:
    """Every gradient case with a closed form: compared, or why it cannot be."""
    for case in corpus():
        if case["kind"] != "gradient" or not case.get("closed"):
            continue
        try:
            derivation = mc.derive(**{**question(case), "where": case.get("where") or None})
        except mc.MatcalcError as error:
            yield case, f"refused: {error.message}"
            continue
        for key, text in parts(case["closed"], list(derivation.results)).items():
            try:
                scalar = alg_is_scalar(derivation.variables[key])
                closed = reading(case, text, "" if scalar else key)
            except mc.MatcalcError as error:
                yield case, f"the closed form does not parse: {error.message}"
                continue
            yield Comparison(case, key, derivation.results[key], closed)


def parts(closed: str, keys: list[str]) -> dict[str, str]:
    """`W: …; b: …` by variable; definitions before the last formula stay with it."""
    if len(keys) == 1:
        return {keys[0]: closed}
    found = {}
    for piece in closed.split(";"):
        name, colon, text = piece.partition(":")
        if colon and name.strip() in keys:
            found[name.strip()] = text.strip()
    return found


def reading(case: Case, closed: str, variable: str = "") -> Any:
    """The closed form as an expression, read with the declarations and the statements of its case."""
    statements = re.split(r"[;\n]", case["expr"])[:-1]
    *definitions, formula = closed.split(";")
    if variable and ":" not in closed:  # the shapes of I and 𝟏 are those of the variable
        formula = f"({formula}) + 0 {variable}"
    text = "; ".join([*(s.strip() for s in statements if "=" in s), *definitions, formula])
    program = read(text, where=case.get("where") or None, define=case.get("define") or None)
    return replace(program.expression, {s.node: s.structured for s in program.symbols.values() if s.kind == "variable"})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="list every case, not only those that differ")
    args = parser.parse_args()
    found = list(comparisons())
    compared = [c for c in found if isinstance(c, Comparison)]
    for one in compared:
        if args.all or not (one.no_longer and one.equal):
            print(one)
    for case, reason in (c for c in found if not isinstance(c, Comparison)):
        print(f"{'not compared':18} {case['id']:28} {reason}")
    count = len(compared)
    print(f"\ncompared: {count}")
    for label, number in (
        ("no more operations", sum(c.no_longer for c in compared)),
        ("equal in canonical form", sum(c.equal for c in compared)),
    ):
        print(f"{label}: {number} of {count} ({100 * number / max(1, count):.1f} %)")


if __name__ == "__main__":
    main()
