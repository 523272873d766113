"""Random programs: lines that define, each from those before and often twice from the same, and a number at the end.

    python -m tests.calculus.random_programs --count 500

The random expressions of :mod:`tests.random_expressions` are trees. Here paths through what is shared multiply, values
become much smaller than what they come from, and text, shapes and emitted code are tried on the way. Every line is
drawn with its NumPy spelling, which is analytic: the emitted gradient by all variables is compared with its complex
step. A program ends as right, wrong, refused (with a reason) or crashed; it is ``unclear`` where the complex step
depends on the last digits of what the lines compute.
"""

from __future__ import annotations

import argparse
import collections
import random
import time
import traceback
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

import matcalc as mc

SIZE = 3
VARIABLES = {"a": (), "x": (SIZE,), "W": (SIZE, SIZE)}
GIVEN = VARIABLES | {"b": (), "y": (SIZE,), "C": (SIZE, SIZE)}
WHERE = "a, b: scalar, x, y: n, W, C: n×n"
STEP = 1e-60
#: Kind of a placeholder: s and t are numbers, u and v vectors, A and B matrices.
KINDS = {"s": "s", "t": "s", "u": "u", "v": "u", "A": "A", "B": "A"}
# fmt: off
#: Kind → definitions, in the language and in NumPy.
LINES = {
    "s": [
        ("{u}ᵀ {A} {v}", "{u} @ {A} @ {v}"),
        ("‖{u}‖²", "{u} @ {u}"),
        ("tr({A} {B})", "np.trace({A} @ {B})"),
        ("{s} {t}", "{s} * {t}"),
        ("log(1 + ‖{A}‖²)", "np.log(1 + ({A} * {A}).sum())"),
        ("exp(−{s}²)", "np.exp(-{s} * {s})"),
        ("sin({s} + {t})", "np.sin({s} + {t})"),
        ("logdet(I + {A}ᵀ{A})", "np.log(np.linalg.det(I + {A}.T @ {A}))"),
        ("sum({u})", "{u}.sum()"),
        ("{s} / (1 + {t}²)", "{s} / (1 + {t} * {t})"),
        ("√(1 + {u}ᵀ{u})", "np.sqrt(1 + {u} @ {u})"),
        ("exp(−20 {u}ᵀ{u})", "np.exp(-20 * {u} @ {u})"),
        ("arctan({s}) + {t}", "np.arctan({s}) + {t}"),
        ("log(sum(exp({u})))", "np.log(np.exp({u}).sum())"),
        ("{s}³ − {s}", "{s} ** 3 - {s}"),
    ],
    "u": [
        ("tanh({A} {u})", "np.tanh({A} @ {u})"),
        ("{u} ⊙ {v}", "{u} * {v}"),
        ("{u} + {s} {v}", "{u} + {s} * {v}"),
        ("{s} {u}", "{s} * {u}"),
        ("softmax({A} {u})", "np.exp({A} @ {u}) / np.exp({A} @ {u}).sum()"),
        ("{A}ᵀ{u} / (1 + ‖{v}‖²)", "{A}.T @ {u} / (1 + {v} @ {v})"),
        ("sin({u}) ⊙ exp(−{v} ⊙ {v})", "np.sin({u}) * np.exp(-{v} * {v})"),
        ("(I + {A}ᵀ{A})⁻¹ {u}", "np.linalg.solve(I + {A}.T @ {A}, {u})"),
        ("log(1 + {u} ⊙ {u})", "np.log(1 + {u} * {u})"),
        ("sigmoid({u}) − {v}", "1 / (1 + np.exp(-{u})) - {v}"),
        ("diag({A})", "np.diag({A})"),
        ("{u} / √(1 + {u}ᵀ{u})", "{u} / np.sqrt(1 + {u} @ {u})"),
        ("{A} {u} + {B} {v}", "{A} @ {u} + {B} @ {v}"),
        ("10^(−8) {A} {u}", "1e-8 * {A} @ {u}"),
    ],
    "A": [
        ("{u} {v}ᵀ", "np.outer({u}, {v})"),
        ("{A} {B} / 2", "{A} @ {B} / 2"),
        ("{A} + {B}ᵀ", "{A} + {B}.T"),
        ("Diag({u}) {A}", "{u}[:, None] * {A}"),
        ("tanh({A})", "np.tanh({A})"),
        ("{s} {A} − {B}", "{s} * {A} - {B}"),
        ("(2I + {A}ᵀ{A})⁻¹", "np.linalg.inv(2 * I + {A}.T @ {A})"),
        ("{A} ⊙ {B}", "{A} * {B}"),
        ("{A}ᵀ{A} / (1 + tr({B}ᵀ{B}))", "{A}.T @ {A} / (1 + ({B} * {B}).sum())"),
        ("exp(−{A} ⊙ {A}) − {B}", "np.exp(-{A} * {A}) - {B}"),
        ("Diag(softmax({u})) − {u} {v}ᵀ", "np.diag(np.exp({u}) / np.exp({u}).sum()) - np.outer({u}, {v})"),
    ],
}
# fmt: on


@dataclass(frozen=True)
class RandomProgram:
    """The text in the language, and the lines of a NumPy function."""

    text: str
    lines: tuple[str, ...]
    #: The variables that the last line depends on.
    variables: tuple[str, ...]

    def value(self, given: dict[str, Any], noise: float = 0.0) -> Any:
        """The last line's value, where every line's result is off by up to ``noise``, relatively."""
        rng = np.random.default_rng(0)
        names = {"np": np, "I": np.eye(SIZE), **given}
        for line in self.lines:
            exec(line, names)  # noqa: S102  (a row of the table above)
            name = line.split(" =")[0]
            names[name] = names[name] * (1 + noise * rng.uniform(-1, 1, np.shape(names[name])))
        return names["f"]

    def gradient(self, given: dict[str, Any], noise: float = 0.0) -> dict[str, Any]:
        """By the variables, by a complex step in every entry."""
        found = {}
        for name in self.variables:
            found[name] = np.zeros(VARIABLES[name])
            for place in np.ndindex(*VARIABLES[name]):
                step = np.array(given[name], complex)
                step[place] += STEP * 1j
                found[name][place] = np.imag(self.value({**given, name: step}, noise)) / STEP
        return found


def draw(seed: int, length: int) -> RandomProgram:
    """A program of so many definitions, most of the last ones, and often twice of the same."""
    rng = random.Random(seed)
    there = {"s": ["a", "b"], "u": ["x", "y"], "A": ["W", "C"]}
    leaves = {name: {name} for name in GIVEN}
    text, lines = [], []
    for k in range(length + 1):
        last = k == length
        kind = "s" if last else rng.choice("suuA")
        line, numpy = rng.choice(LINES[kind])
        twice = rng.random() < 0.5
        chosen: dict[str, str] = {}
        for letter, of in KINDS.items():
            twin = next((chosen[other] for other in chosen if KINDS[other] == of), None)
            recent = there[of][-2:] if rng.random() < 0.8 else there[of]
            chosen[letter] = twin if twin and twice else rng.choice(recent)
        name = "f" if last else f"{kind}{k + 1}"
        leaves[name] = set().union(*(leaves[chosen[c]] for c in KINDS if f"{{{c}}}" in line))
        text.append(line.format(**chosen) if last else f"{name} = {line.format(**chosen)}")
        lines.append(f"{name} = {numpy.format(**chosen)}")
        there[kind].append(name)
    return RandomProgram("\n".join(text), tuple(lines), tuple(v for v in VARIABLES if v in leaves["f"]))


def arrays(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape) * 0.7 for name, shape in GIVEN.items()}


def compare(program: RandomProgram, seed: int) -> tuple[str, str]:
    """How the program ends, and why."""
    try:
        derivation = mc.derive(program.text, wrt=list(program.variables), where=WHERE)
        call = derivation.compile()
        given = arrays(seed)
        got = call(**{name: given[name] for name in call.names})
    except mc.MatcalcError as error:
        return "refused", str(error)
    except Exception:  # noqa: BLE001  (a crash is what this program counts)
        return "crashed", traceback.format_exc()
    want, shaken = program.gradient(given), program.gradient(given, 1e-14)
    for name in program.variables:
        mine = got[name] if isinstance(got, dict) else got
        off, unsure = np.abs(mine - want[name]), 100 * np.abs(shaken[name] - want[name])
        scale = np.max(np.abs(want[name])) + STEP
        if np.max(off) > 1e-9 * scale:
            return ("unclear" if np.max(unsure) > 1e-9 * scale else "wrong"), f"{name}: {mine} for {want[name]}"
    return "right", ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--length", type=int, default=8)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    ends: collections.Counter[str] = collections.Counter()
    slowest = (0.0, "")
    for seed in range(options.start, options.start + options.count):
        program = draw(seed, options.length)
        if not program.variables:
            continue
        begun = time.perf_counter()
        end, why = compare(program, seed)
        slowest = max(slowest, (time.perf_counter() - begun, program.text))
        ends[end] += 1
        if end != "right":
            print(f"--- {seed} {end}\n{program.text}\n{why}\n", flush=True)
    print(dict(ends), f"slowest {slowest[0]:.2f} s", slowest[1], sep="\n")


if __name__ == "__main__":
    main()
