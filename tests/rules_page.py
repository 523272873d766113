"""docs/rules.md, made from the identities that the engine applies: `python -m tests.rules_page` writes it anew."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import matcalc as mc

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"

HEAD = """\
# The identities

Every line of a derivation names the identity that it applies, and these are all of them: a differential for each
operator, one for each function that acts entry by entry, the moves that bring `M : L(dX)` into the form `G : dX`, and
the rewrites that give a result the form of a book. Here d is the differential, A : B = tr(AᵀB) the Frobenius product, ⊙
and ⊘ act entry by entry, ⊗ is the Kronecker product, and 𝟏 a vector of ones.

In the terminal, `matcalc rules` lists them and `matcalc rules inverse` finds some. This page is written by
`python -m tests.rules_page`, from the tables that the engine reads.
"""


def page() -> str:
    """The page as it should be."""
    parts = [HEAD]
    for group, members in groupby(mc.rules(), key=lambda rule: rule.group):
        rows = sorted(
            {(one.identity, one.name, one.assumes, one.reference, one.file) for one in members},
            key=lambda row: (row[1].casefold(), row),
        )
        parts.append(f"## {group[0].upper()}{group[1:]}s\n")
        parts.append("| identity | name | needs | reference | stated in |\n| --- | --- | --- | --- | --- |")
        parts += [f"| {' | '.join(map(_escaped, row[:-1]))} | {_linked(row[-1])} |" for row in rows]
        parts.append("")
    return "\n".join(parts)


def _escaped(cell: str) -> str:
    """Text in a cell of a Markdown table.

    >>> _escaped("|A| < 1")
    '\\\\|A\\\\| < 1'
    """
    for sign in "\\|<*_":
        cell = cell.replace(sign, f"\\{sign}")
    return cell


def _linked(file: str) -> str:
    """A link to a file of the repository."""
    return f"[{file.rpartition('/')[2]}](../{file})"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
