"""Opinions on a Python function that is said to compute the derivative.

The file is run, with all that it does, in a process of its own: nothing does this unasked.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..algebra.core import shape_of
from ..algebra.nodes import variable_key
from ..code.names import ascii_name
from ..derivation import Derivation
from ..errors import DerivationError, LimitError
from ..present.templates import words
from ..verify.values import vec
from .comparison import Comparison, same
from .opinion import Array, Opinion, factor_between

RUNNER = Path(__file__).with_name("runner.py")


def opinion_on_code(derivation: Derivation, path: Path, function: str | None, timeout: float) -> Opinion:
    """Call the function with the variables as keywords at random points, vectors as one-dimensional arrays.

    Raises DerivationError where the file cannot be run, LimitError where it takes longer than ``timeout`` seconds.
    """
    results = derivation.results
    if len(results) != 1:
        raise DerivationError("a claim is about one derivative", hint="ask for the derivative by one variable")
    (truth,) = results.values()
    declared = [s.structured for s in derivation.program.symbols.values() if s.kind == "variable"]
    compared = Comparison(truth, truth, derivation.variables.values(), declared)
    points = []
    for place in compared.places:
        if place.base.functions:
            raise DerivationError("the formula has unspecified functions", hint="define them: --define θ=tanh")
        points.append({ascii_name(s.name): _flat(place.base.arrays[variable_key(s)], s) for s in declared})
    answers = _answers(path, function or "", points, timeout)
    truths = compared.values(truth)
    say = words("claims")
    claimed = [_as_matrix(a, t) for a, t in zip(answers, truths, strict=True)]
    if all(same(a, t) for a, t in zip(claimed, truths, strict=True)):
        return Opinion(True, str(path), truth)
    diagnosis, explanation = "", ""
    if all(same(a, vec(t)) for a, t in zip(claimed, truths, strict=True)):
        diagnosis, explanation = "vec", str(say.vec())
    elif all(np.ndim(t) == 2 and same(a, t.T) for a, t in zip(claimed, truths, strict=True)):
        diagnosis, explanation = "transposed", str(say.transposed())
    elif np.shape(claimed[0]) != np.shape(truths[0]):
        shapes = ("×".join(map(str, np.shape(a))) or "scalar" for a in (answers[0], truths[0]))
        diagnosis, explanation = "shape", str(say.shape(*shapes))
    else:
        number = factor_between(claimed, truths)
        if number == -1:
            diagnosis, explanation = "sign", str(say.sign())
        elif number is not None:
            diagnosis, explanation = "factor", str(say.times(number))
    return Opinion(False, str(path), truth, diagnosis, explanation)


def _flat(array: Array, symbol: Any) -> Array:
    """As a caller passes it: a column as a one-dimensional array."""
    shape = shape_of(symbol)
    return np.asarray(array)[:, 0] if len(shape) == 2 and shape[1] == 1 else np.asarray(array)


def _as_matrix(answer: Array, truth: Array) -> Array:
    """A one-dimensional answer as a column, one with the shape value.shape + variable.shape as matrix on vec."""
    if np.ndim(truth) == 0:
        return answer.reshape(()) if answer.size == 1 else answer
    if answer.ndim == 1:
        return answer[:, None]
    if answer.ndim == 4 and answer.size == truth.size:
        a, b, c, d = answer.shape
        return answer.transpose(1, 0, 3, 2).reshape(a * b, c * d)
    if answer.ndim == 3 and answer.size == truth.size:
        rows, b, c = answer.shape
        if rows * b * c == truth.size and truth.shape[0] == rows:
            return answer.transpose(0, 2, 1).reshape(rows, b * c)
        return answer.transpose(1, 0, 2).reshape(truth.shape)
    return answer


def _answers(path: Path, function: str, points: list[dict[str, Array]], timeout: float) -> list[Array]:
    with tempfile.TemporaryDirectory() as folder:
        arrays, answers = Path(folder, "arrays.npz"), Path(folder, "answers.npz")
        np.savez(arrays, **{f"{k}/{name}": a for k, point in enumerate(points) for name, a in point.items()})
        command = [sys.executable, str(RUNNER), str(path.resolve()), function, str(arrays), str(answers)]
        try:
            done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise LimitError(f"{path.name} took longer than {timeout:g} seconds") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            raise DerivationError(f"{path.name} could not be run: {last[:300]}")
        with np.load(answers) as archive:
            return [archive[str(k)] for k in range(len(points))]
