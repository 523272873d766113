"""Signatures of functions: the shapes they take and give."""

from __future__ import annotations

from functools import cache
from typing import Any

from .shapes import Shape


class Signature:
    """The shapes a function takes and gives, parsed from text such as ``(n,) -> (n, n) | (n, n) -> (n,)``.

    A pattern is ``S`` (any one shape) or a tuple of sizes; a size is a name, an integer, or a product or sum of these.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.alternatives = [self._alternative(part) for part in text.split("|")]

    @staticmethod
    def _alternative(text: str) -> tuple[list[Any], Any]:
        left, right = text.split("->")
        patterns = [p for p in _split(left) if p]
        return [_pattern(p) for p in patterns], _pattern(right.strip())

    def arity(self) -> set[int]:
        return {len(parameters) for parameters, _ in self.alternatives}


class Field:
    """A declared function ℝ^{m×n} → ℝ^k: the shape it takes, None for any (elementwise), and the shape it gives."""

    def __init__(self, domain: Shape | None, codomain: Shape | None) -> None:
        self.domain, self.codomain = domain, codomain


@cache
def signature(text: str) -> Signature:
    return Signature(text)


def _split(text: str) -> list[str]:
    """Split at the commas outside parentheses."""
    parts, depth = [""], 0
    for char in text.strip():
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def _pattern(text: str) -> Any:
    """``S`` → "S"; ``(m*p, n)`` → a tuple of sums of products."""
    if not text.startswith("("):
        return text
    sizes = [s.strip() for s in text.strip("()").split(",") if s.strip()]
    return tuple([[factor.strip() for factor in term.split("*")] for term in size.split("+")] for size in sizes)
