"""The smallest point at which a claim and the derivative differ: small sizes, small whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any, TypeAlias

import numpy as np

from ..algebra.core import properties_of, shape_of
from ..algebra.entrywise import AbstractFunction
from ..algebra.nodes import is_index, variable_key
from ..verify.numbers import Floats, NotExactError, OutsideDomainError
from ..verify.places import Question
from ..verify.report import difference
from ..verify.values import Evaluation
from .comparison import quiet

Array: TypeAlias = Any

#: Sizes up to this are tried, the small ones first; arrays for each.
LARGEST, TRIES = 3, 8
#: What counts as different: a reader has to see it.
PLAIN = 1e-6
#: The unspecified functions are squares: θ(t) = t².
SQUARES: tuple[Callable[[Array], Array], ...] = (
    lambda t: t * t, lambda t: 2.0 * t, lambda t: 2.0 + 0 * t, lambda t: 0.0 * t, lambda t: 0.0 * t,
)  # fmt: skip

#: Property → whole numbers that have it.
WITH: dict[str, Callable[[Array], Array]] = {
    "spd": lambda a: a @ a.T + np.eye(len(a)),
    "symmetric": lambda a: np.tril(a) + np.tril(a, -1).T,
    "skew": lambda a: np.tril(a, -1) - np.tril(a, -1).T,
    "diagonal": lambda a: np.diag(np.diag(a)),
    "lower": np.tril,
    "upper": np.triu,
    "positive": lambda a: np.abs(a) + 1,
    "orthogonal": lambda a: np.eye(len(a))[::-1],
}


def smallest(claim: Any, truth: Any, declared: Any) -> tuple[list[str], str, str] | None:
    """The arrays, the derivative and the claim there, as text; None where nothing small is found."""
    occurring = Question.of([claim, truth], ()).symbols
    question = Question.of([claim, truth], (), [s for s in declared if variable_key(s) in occurring])
    if question.is_complex or any(hasattr(node, "at") for node in question.abstract.values()):
        return None
    sizes = sorted(
        {s for symbol in question.symbols.values() for d in shape_of(symbol) for s in d.free_symbols}, key=str
    )
    for numbers in sorted(product(range(1, LARGEST), repeat=min(len(sizes), 6)), key=lambda c: (sum(c), c)):
        chosen = dict(zip(sizes, (*numbers, *[2] * len(sizes)), strict=False))
        for arrays in _arrays(question, chosen):
            functions = dict.fromkeys(question.abstract, SQUARES)
            evaluation = Evaluation(Floats(), dict(chosen), arrays, functions)
            with quiet():
                try:
                    right, claimed = evaluation(truth), evaluation(claim)
                except (OutsideDomainError, NotExactError, ValueError, IndexError):
                    continue
            if np.all(np.isfinite(right)) and np.all(np.isfinite(claimed)) and difference(right, claimed) > PLAIN:
                named = [s for s in declared if variable_key(s) in occurring]
                given = [f"{s.name} = {shown(arrays[variable_key(s)])}" for s in named]
                given += [f"{name}(t) = t²" for name, node in question.abstract.items() if _is_elementwise(node)]
                return given, shown(right), shown(claimed)
    return None


def _is_elementwise(node: Any) -> bool:
    return isinstance(node.args[0], AbstractFunction)


def _arrays(question: Question, sizes: dict[Any, int]) -> Iterator[dict[Any, Array]]:
    """Ones first, then 1, 2, 3, … in turn, then small whole numbers at random."""
    for turn in range(TRIES):
        random = Random(turn)
        counter = iter(range(1, 100_000))
        arrays = {}
        for key, symbol in question.symbols.items():
            shape = tuple(int(size.subs(sizes)) for size in shape_of(symbol))
            count = int(np.prod(shape, dtype=int))
            if turn == 0:
                entries = [1] * count
            elif turn == 1:
                entries = [next(counter) for _ in range(count)]
            else:
                entries = [random.choice((-2, -1, 0, 1, 2, 3)) for _ in range(count)]
            array: Any = np.array(entries, dtype=float).reshape(shape)[()]
            if key in question.whole or is_index(symbol):
                array = np.float64(2) if key in question.whole else 1
            elif key in question.positive:
                array = np.abs(array) + 1
            arrays[key] = _with_properties(symbol, array)
        yield arrays


def _with_properties(symbol: Any, array: Array) -> Array:
    marks = properties_of(symbol) or ({"positive"} if not shape_of(symbol) and symbol.is_positive else set())
    for name, make in WITH.items():
        if name in marks and (np.ndim(array) == 2 or name == "positive"):
            return make(array)
    return array


def shown(a: Array) -> str:
    """``2``, ``[1, 2]`` for a column, ``[[1, 2], [3, 4]]`` for a matrix."""
    a = np.asarray(a)
    if a.size == 1:
        return _number(a.reshape(()))
    if a.ndim == 2 and a.shape[1] == 1:
        return "[" + ", ".join(map(_number, a[:, 0])) + "]"
    return "[" + ", ".join("[" + ", ".join(map(_number, row)) + "]" for row in a) + "]"


def _number(x: Any) -> str:
    return f"{float(x) + 0.0:.6g}".replace("-", "−")
