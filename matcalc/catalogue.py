"""The identities that the engine uses, as one list: differentials of operators, A:B identities of maps, rewrites."""

from __future__ import annotations

from dataclasses import dataclass

from .calculus.simplify import RULES
from .maps import LinearMap
from .maps.elementary import Sandwich
from .operators import OPERATORS
from .operators.entrywise import TABLE, derivative_of, of_entries


@dataclass(frozen=True)
class Identity:
    """One identity: its name, its formula, what it needs, where it is proved, the group it belongs to, its module."""

    name: str
    identity: str
    assumes: str
    reference: str
    group: str
    module: str = ""

    @property
    def file(self) -> str:
        """The file that states it, from the root of the repository: ``matcalc/operators/spectral.py``."""
        return f"{self.module.replace('.', '/')}.py"


#: Identities whose wording depends on where they are used: each form once.
_SANDWICH = ("A : BC = BᵀA : C", "A : BC = ACᵀ : B", "A : BCD = BᵀADᵀ : C")


def rules() -> list[Identity]:
    """Every identity the engine applies, grouped: differentials, functions, Frobenius products, simplifications."""
    found: dict[tuple[str, str], Identity] = {}
    for operator in OPERATORS.values():
        module = operator.differential.__module__
        if isinstance(operator.identity, str) and operator.identity:
            one = Identity(operator.rule, operator.identity, operator.needs, operator.reference, "differential", module)
            found.setdefault((one.group, one.identity), one)
        for formula in operator.formulas:
            one = Identity(operator.rule, formula, operator.needs, operator.reference, "differential", module)
            found.setdefault((one.group, one.identity), one)
    for row in TABLE:
        needs = of_entries(row.domain).format("A")
        one = Identity(
            row.name,
            f"d {row.name}(A) = {row.formula}",
            needs,
            "Magnus & Neudecker §5.11",
            "function",
            derivative_of.__module__,
        )
        found[one.group, one.identity] = one
    for cls in _concrete(LinearMap):
        formulas = _SANDWICH if cls is Sandwich else (cls.identity,)
        for formula in formulas:
            if formula:
                one = Identity(cls.rule, formula, "", cls.reference, "Frobenius product", cls.__module__)
                found.setdefault((one.group, one.identity), one)
    for rewrite in RULES:
        one = Identity(rewrite.name, rewrite.identity, "", "", "simplification", rewrite.apply.__module__)
        found.setdefault((one.group, one.identity), one)
    return list(found.values())


def _concrete(cls: type[LinearMap]) -> list[type[LinearMap]]:
    out = []
    for sub in cls.__subclasses__():
        out += [sub, *_concrete(sub)]
    return [c for c in out if not c.__name__.startswith("_")]
