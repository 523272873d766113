"""Names in emitted code: legal, readable, never twice the same, never a word that means something else there.

A typed name keeps its letters where Python allows it (λ stays λ), loses its dressing (``W₁`` is ``W1``, ``x_{new}`` is
``x_new``), and gets an underscore where it is a keyword or a builtin (``lambda_``). An accent becomes a word (``x̂`` is
``x_hat``). A caller may pass an array under the typed name, under the name in the code, or in ASCII (``λ`` as
``lambda_``).
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import count

from ..language.names import name_key, pyname

ACCENTS = {
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot", "\u0308": "ddot",
    "\u20d7": "vec", "\u030c": "check", "\u0306": "breve", "\u0301": "acute", "\u0300": "grave",
}  # fmt: skip
MARKS = {
    "′": "_prime",
    "'": "_prime",
    "″": "_second",
    "*": "_star",
    "⋆": "_star",
    "+": "_plus",
    "†": "_dagger",
    "∞": "_inf",
}


@lru_cache(maxsize=4096)
def identifier(name: str) -> str:
    """A legal Python identifier that reads like the name."""
    letters: list[str] = []
    for char in unicodedata.normalize("NFD", pyname(name)):
        if unicodedata.combining(char):
            letters.append("_" + ACCENTS.get(char, "mark"))
        else:
            letters.append(MARKS.get(char, char))
    found = unicodedata.normalize("NFKC", re.sub(r"\W", "_", "".join(letters))) or "_"
    if not found.isidentifier():
        found = "_" + found
    return found + "_" if keyword.iskeyword(found) or (keyword.issoftkeyword(found) and found != "_") else found


def ascii_name(name: str) -> str:
    """The same in ASCII: Greek letters are spelt out."""
    out = []
    for char in identifier(name):
        if char.isascii():
            out.append(char)
        else:
            out.append(_spelt(char))
    return identifier("".join(out))


def _spelt(char: str) -> str:
    """`λ` → `lambda`, `Σ` → `Sigma`; the code point of a letter without such a name."""
    words = unicodedata.name(char, "").split()
    if words[:1] == ["GREEK"] and len(words) >= 4 and words[2] == "LETTER":
        spelt = {"LAMDA": "lambda", "FINAL": "sigma"}.get(words[3], words[3].lower())
        return spelt.capitalize() if words[1] == "CAPITAL" else spelt
    return f"u{ord(char):x}"


class Names:
    """The names taken in one scope; the reserved words of its language are."""

    def __init__(self, reserved: frozenset[str] = frozenset(), taken: Iterable[str] = ()) -> None:
        self._reserved = reserved
        self._taken = set(reserved) | set(taken)

    def new(self, wanted: str) -> str:
        """The wanted identifier, or one like it that is free."""
        candidate = wanted if wanted not in self._reserved else wanted + "_"
        number = 2
        while candidate in self._taken:
            candidate = f"{wanted}_{number}"
            number += 1
        self._taken.add(candidate)
        return candidate

    def numbered(self) -> str:
        """t1, t2, …: a name for what has none."""
        return self.new(next(name for k in count(1) if (name := f"t{k}") not in self._taken))

    def copy(self) -> Names:
        return Names(self._reserved, self._taken)


__all__ = ["Names", "ascii_name", "identifier", "name_key", "pyname"]
