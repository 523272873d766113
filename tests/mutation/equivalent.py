"""Mutants that are the same program in other words, each with the reason; no test can see them.

They are named by :attr:`~tests.mutation.mutants.Mutant.key`. A run says where one that stands here is killed after all.
"""

from __future__ import annotations

from tests.mutation.mutants import Mutant

#: Reason → the mutants that it holds for.
EQUIVALENT: dict[str, tuple[str, ...]] = {}

REASONS = {key: reason for reason, keys in EQUIVALENT.items() for key in keys}


def reason_of(mutant: Mutant) -> str | None:
    """Why it is the same program; None where it is another."""
    return REASONS.get(mutant.key)
