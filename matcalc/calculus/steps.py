"""The record of a derivation: lines that hold expressions, so that every one can be evaluated and checked.

A line says *before = after by this rule*. Both sides are expressions in the variables and their differentials
(``Differential`` nodes); a display may carry along further terms that the rule does not touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

#: Conditions that hold for what is positive.
NOT_ZERO = ("{} ≠ 0", "no zero entry in {}")

Kind = Literal["let", "value", "differential", "pullback", "collect", "result", "case"]


@dataclass(frozen=True)
class Rule:
    """What justifies a step: its name, its formula and where it is proved.

    ``kink`` says what holds where the value is not smooth, ``needs`` under which condition on A the formula holds.
    """

    name: str
    identity: str = ""
    reference: str = ""
    kink: str = ""
    needs: str = ""

    @classmethod
    def of(cls, operator: Any, node: Any) -> Rule:
        """The rule of an operator at a node."""
        condition, *about = operator.assumes(node) or ("",)
        needs = operator.needs or fill_in(condition, *"ABCDE"[: len(about)])
        return cls(operator.rule, operator.formula(node), operator.reference, operator.kink(node), needs)


def fill_in(condition: str, *about: str) -> str:
    """The words of a condition, with what they are about for each ``{}``; other braces, as in θ_{new}, stay.

    >>> fill_in("θ_{new} differentiable, {} > 0", "x")
    'θ_{new} differentiable, x > 0'
    """
    first, *more = condition.split("{}")
    return first + "".join(node + words for node, words in zip(about, more, strict=True))


@dataclass(frozen=True)
class Step:
    """``before = after``, by the rules named.

    ``left`` is what is written on the left (``f``, ``df``, a name introduced by *let*, ``∂f/∂W``); ``carried`` are
    terms of the line that this step leaves alone, and ``partial`` says that there are more of them than are written.
    ``kind``: a name is introduced ("let"), the value rewritten ("value"), a differential written out ("differential"),
    terms moved to the form M : dX ("pullback") and joined ("collect"), the answer read off
    ("result"), or given once more for a special case ("case").
    """

    kind: Kind
    left: str
    before: Any
    after: Any
    rules: tuple[Rule, ...] = ()
    carried: tuple[Any, ...] = ()
    partial: bool = False
    note: str = ""

    @property
    def rule(self) -> str:
        return "; ".join(dict.fromkeys(r.name for r in self.rules if r.name))

    @property
    def identity(self) -> str:
        return ",  ".join(dict.fromkeys(r.identity for r in self.rules if r.identity))

    @property
    def kink(self) -> str:
        return "; ".join(dict.fromkeys(r.kink for r in self.rules if r.kink))

    @property
    def reference(self) -> str:
        return "; ".join(dict.fromkeys(r.reference for r in self.rules if r.reference))


#: How far back a name is looked for before it is introduced again.
MOST_NAMES = 60


@dataclass
class Record:
    """The lines of a derivation, in order, and what they need."""

    steps: list[Step] = field(default_factory=list)
    assumptions: dict[tuple[Any, ...], None] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        if step.kind == "let" and any(s.kind == "let" and s.before == step.before for s in self.steps[-MOST_NAMES:]):
            return
        if step.kind in ("let", "result", "case") or step.after is not step.before:
            self.steps.append(step)

    def assume(self, *assumption: Any) -> None:
        """A condition: its words, with ``{}`` for the expressions that follow. ``z > 0`` says that z is not 0."""
        if assumption:
            words, *nodes = assumption
            if ", " in words and words.count("{}") == len(nodes):
                for one in words.split(", "):  # each of several conditions is said once
                    about, nodes = nodes[: one.count("{}")], nodes[one.count("{}") :]
                    self.assume(one, *about)
                return
            if words not in NOT_ZERO or ("{} > 0", *nodes) not in self.assumptions:
                self.assumptions[assumption] = None
            if words == "{} > 0":
                for weaker in NOT_ZERO:
                    self.assumptions.pop((weaker, *nodes), None)

    def extend(self, steps: Sequence[Step]) -> None:
        self.steps.extend(steps)
