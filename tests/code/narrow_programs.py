"""Random programs over matrices of every shape of m, n and a narrow k, for what the passes do with such products."""

from __future__ import annotations

import random
import re

WHERE = "T, X: m×n, S: n×m, U, P: m×k, V: n×k, B: k×n, K: k×k, M: m×m, a: scalar"
SHAPES = {"T": "mn", "X": "mn", "S": "nm", "U": "mk", "P": "mk", "V": "nk", "B": "kn", "K": "kk", "M": "mm", "a": ""}
# fmt: off
#: Shape → definitions of such a matrix; {mn} and {mn2} stand for any two m×n matrices there are.
LINES = {
    "mn": ["{mn} − {mk} {kn}", "{mk} {kn}", "tanh({mn})", "{mn} ⊙ {mn2}", "{mk} {kn} − {mn}", "exp(−{mn} ⊙ {mn2})",
           "{mm} {mn}", "{mn} + 2 {mn2}", "({nk} {mk}ᵀ)ᵀ", "{s} {mn}", "{nm}ᵀ"],
    "nm": ["{mn}ᵀ", "{kn}ᵀ {mk}ᵀ", "{nk} {mk}ᵀ − {mn}ᵀ", "{nm} ⊙ {mn}ᵀ"],
    "mk": ["{mn} {nk}", "{mk} {kk}", "{mk} − {mn} {kn}ᵀ", "tanh({mk})", "{mn} {kn}ᵀ / 3", "{mk} + {mk2}"],
    "nk": ["{mn}ᵀ {mk}", "{kn}ᵀ", "({mk}ᵀ {mn})ᵀ", "{nm} {mk}", "sin({nk})"],
    "kn": ["{mk}ᵀ {mn}", "{nk}ᵀ", "{kn} − {mk}ᵀ {mn}", "{kk} {kn}"],
    "kk": ["{mk}ᵀ {mk2}", "{kn} {nk}", "{kk}ᵀ"],
    "mm": ["{mn} {mn2}ᵀ / 10", "{mk} {mk2}ᵀ", "{mm} − {mk} {mk2}ᵀ"],
    "s": ["‖{mn}‖²", "tr({mk}ᵀ {mn} {nk})", "sum({mn} ⊙ {mn2})", "‖{mk}‖²", "tr({mm})",
          "sum(log(1 + {mn} ⊙ {mn}))", "tr({nm} {mm} {mn})"],
}
#: The same of complex matrices; every number is real.
COMPLEX_LINES = {
    "mn": ["{mn} − {mk} {kn}", "{mk} {kn}", "{mn} ⊙ {mn2}", "{mk} {nk}ᴴ", "{mn} + 2 conj({mn2})", "{mm} {mn}",
           "{s} {mn}", "{nm}ᴴ", "{nm}ᵀ"],
    "nm": ["{mn}ᴴ", "{nk} {mk}ᴴ − {mn}ᴴ", "{nm} ⊙ {mn}ᵀ", "{mn}ᵀ"],
    "mk": ["{mn} {nk}", "{mk} − {mn} {kn}ᴴ", "conj({mk}) + {mk2}", "{mn} conj({nk})"],
    "nk": ["{mn}ᴴ {mk}", "{kn}ᴴ", "({mk}ᵀ {mn})ᵀ", "{nm} {mk}"],
    "kn": ["{mk}ᴴ {mn}", "{nk}ᵀ", "{kn} − {mk}ᴴ {mn}"],
    "kk": ["{mk}ᴴ {mk2}", "{kn} {nk}"],
    "mm": ["{mn} {mn2}ᴴ / 10", "{mk} {mk2}ᴴ", "{mm}ᴴ + {mm}"],
    "s": ["‖{mn}‖²", "|tr({mk}ᴴ {mn} {nk})|²", "‖{mk}‖²", "|tr({mm})|²", "|tr({nm} {mm} {mn})|²",
          "Re(tr({mk}ᴴ {mn} {nk}))"],
}
# fmt: on
COMPLEX_WHERE = re.sub("(m×n|n×m|m×k|n×k|k×n|k×k|m×m)", r"\1 complex", WHERE)
LETTERS = {"mn": "R", "nm": "Q", "mk": "F", "nk": "G", "kn": "H", "kk": "J", "mm": "N"}


def draw(seed: int, lines: dict[str, list[str]] = LINES) -> str:
    """Definitions, each of those before it, and a sum of two numbers made of the last ones."""
    rng = random.Random(seed)
    there = {shape: [name for name, of in SHAPES.items() if of == shape] for shape in LETTERS} | {"s": ["a"]}

    def filled(line: str) -> str:
        recent = {shape: names[-3:] if rng.random() < 0.7 else names for shape, names in there.items()}
        return line.format(**{shape + twin: rng.choice(recent[shape]) for shape in there for twin in ("", "2")})

    text = []
    for count in range(rng.randint(4, 9)):
        shape = rng.choice(["mn", *LETTERS])
        name = f"{LETTERS[shape]}{count}"
        text.append(f"{name} = {filled(rng.choice(lines[shape]))}")
        there[shape].append(name)
    return "\n".join([*text, " + ".join(filled(rng.choice(lines["s"])) for _ in range(2))])
