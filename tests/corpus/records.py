"""What the oracle said, kept as data, so that the tests need no JAX: `expected.npz`.

The file holds, for every case and seed, the inputs and the derivative there. Each case is kept with a digest of all
that its arrays depend on; a case that has changed since is reported as out of date, never compared with stale arrays.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from tests.corpus import cases
from tests.corpus.cases import Arrays, Case

FILE = cases.HERE / "expected.npz"
SEEDS = (0, 1)
_DEPENDS_ON = ("id", "expr", "where", "define", "wrt", "kind", "sizes", "domain", "oracle", "structure")


class Trial(NamedTuple):
    """Inputs, and the derivative there: an array, or a dict of arrays for joint variables."""

    given: Arrays
    want: np.ndarray | Arrays


def corpus() -> list[Case]:
    """Every case that has an answer, in the order of the files."""
    return [case for name in ("textbook", "applied", "papers") for case in cases.load(name)]


def digest(case: Case) -> str:
    """A fingerprint of all that the arrays of a case depend on."""
    text = json.dumps({key: case.get(key) for key in _DEPENDS_ON}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write(answers: dict[str, tuple[Case, list[Trial]]]) -> None:
    """Write `expected.npz`: one long vector, and an index that says which piece of it is what."""
    index: list[dict[str, Any]] = []
    pieces: list[np.ndarray] = []
    for case, trials in answers.values():
        for trial in trials:
            joint = isinstance(trial.want, dict)
            parts = {"given": trial.given, "want": trial.want if joint else {"": trial.want}}
            layout = {part: {name: _layout(array) for name, array in of.items()} for part, of in parts.items()}
            index.append({"id": case["id"], "digest": digest(case), "joint": joint, **layout})
            pieces += [np.asarray(array).reshape(-1) for of in parts.values() for array in of.values()]
    numbers = np.concatenate([_real(piece) for piece in pieces])
    np.savez_compressed(FILE, numbers=numbers, index=np.frombuffer(json.dumps(index).encode(), dtype=np.uint8))


def trials(case: Case) -> list[Trial]:
    """The recorded trials of a case; empty where none are recorded or the case has changed since."""
    return _read().get((case["id"], digest(case)), [])


@cache
def _read() -> dict[tuple[str, str], list[Trial]]:
    found: dict[tuple[str, str], list[Trial]] = {}
    with np.load(FILE) as file:
        numbers, index = file["numbers"], json.loads(file["index"].tobytes())
    at = 0
    for entry in index:
        parts: dict[str, Arrays] = {"given": {}, "want": {}}
        for part, arrays in parts.items():
            for name, (kind, *shape) in entry[part].items():
                count = int(np.prod(shape, dtype=int)) * (2 if kind == "complex" else 1)
                flat = numbers[at : at + count]
                arrays[name] = (flat.view(np.complex128) if kind == "complex" else flat).reshape(shape)
                at += count
        want = parts["want"] if entry["joint"] else parts["want"][""]
        found.setdefault((entry["id"], entry["digest"]), []).append(Trial(parts["given"], want))
    return found


def _layout(array: np.ndarray) -> list[Any]:
    return ["complex" if np.iscomplexobj(array) else "real", *array.shape]


def _real(flat: np.ndarray) -> np.ndarray:
    """The same numbers as float64: real and imaginary parts in turn."""
    return flat.astype(np.complex128).view(np.float64) if np.iscomplexobj(flat) else flat.astype(np.float64)
