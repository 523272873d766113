"""What an identity says, why it holds, and where it is used: `matcalc explain`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .catalogue import Identity, rules
from .derivation import Derivation, derive
from .errors import ParseError
from .present.templates import words

#: Short derivations; the first that uses an identity is its example: formula, variable, declarations.
EXAMPLES = (
    ("‖Ax − b‖²", "x", ""), ("tr(AXB)", "X", ""), ("xᵀAx", "x", ""), ("log det(X)", "X", ""), ("det(X)", "X", ""),
    ("aᵀX⁻¹b", "X", ""), ("‖x‖", "x", ""), ("½‖θ(Wx)‖²", "W", ""), ("sum(a ⊙ exp(x))", "x", ""), ("tr(X)", "X", ""),
    ("sum(X)", "X", ""), ("aᵀ diag(X)", "X", ""), ("tr(A Diag(x))", "x", ""), ("aᵀ vec(X)", "X", ""),
    ("lse(Ax)", "x", ""), ("aᵀ softmax(x)", "x", ""), ("aᵀ logsoftmax(x)", "x", ""),
    ("λ_max(X)", "X", "X: n×n symmetric"),
    ("aᵀ eigvec(X, 1)", "X", "X: n×n symmetric"), ("nuclear(X)", "X", ""), ("tr(expm(X))", "X", ""),
    ("aᵀ expm(X) b", "X", ""), ("aᵀ chol(S) b", "S", ""), ("tr(A pinv(X))", "X", ""), ("max(x)", "x", ""),
    ("sum(max(x, a))", "x", "x, a: n"), ("sum(min(x, a))", "x", "x, a: n"), ("g(Wx)", "W", "g: ℝ^m → ℝ, W: m×n, x: n"),
    ("aᵀ h(Wx)", "x", "h: ℝ^m → ℝ^k, W: m×n, x: n, a: k"), ("tr(A (X ⊗ B))", "X", "X: m×m, B: n×n, A: m·n×m·n"),
    ("tr(X^k A)", "X", ""), ("sum(x .^ 3)", "x", ""), ("1/(xᵀx)", "x", "x: n"), ("sum(tril(X) ⊙ A)", "X", ""),
    ("aᵀ [x; 1]", "x", "x: n, a: n+1"), ("aᵀ tanh(Wx)", "W", ""), ("sum(log(x))", "x", ""), ("sum(relu(x))", "x", ""),
    ("sum(abs(x))", "x", ""), ("tr(Aᵀ X) + tr(Xᵀ X)", "X", ""), ("‖X‖_2", "X", ""),
)  # fmt: skip


def explanation(name: str, example: bool = True) -> str:
    """The identities of a name with their proofs, as text. Raises ParseError where there is none.

    >>> print(explanation("log determinant", example=False))
    log determinant: d log det A = A⁻ᵀ : dA
      needs det A > 0
      proof: d log det A = d det A / det A, and d det A = det(A) A⁻ᵀ : dA by Jacobi's formula.
      Magnus & Neudecker §8.3; Matrix Cookbook (57)
    """
    found = _called(name)
    lines = []
    for one in found:
        lines.append(f"{one.name}: {one.identity}")
        proof = str(words("proofs").proof(one.name, one.identity)).strip()
        details = [f"needs {one.assumes}" if one.assumes else "", f"proof: {proof}" if proof else "", one.reference]
        lines += [f"  {detail}" for detail in details if detail]
    shown = next(filter(None, map(_example, found)), None) if example else None
    if shown is not None:
        lines += ["", shown.text(detail="full")]
    return "\n".join(lines)


def _called(name: str) -> list[Identity]:
    """Those of that very name, else those that mention it."""
    known = rules()
    wanted = name.casefold().strip()
    found = [one for one in known if one.name.casefold() == wanted]
    found = found or [one for one in known if wanted and wanted in f"{one.name} {one.identity}".casefold()]
    if not found:
        close = difflib.get_close_matches(name, [one.name for one in known], n=1)
        raise ParseError(f"no rule is called '{name}'", hint=f"did you mean {close[0]}?" if close else "matcalc rules")
    return found[:6]


def _example(one: Identity) -> Derivation | None:
    """The first of the examples that uses an identity."""
    for formula, wrt, where in EXAMPLES:
        derivation = derive(formula, wrt=wrt, where=where or None, detail="full")
        if any(one.name == rule.name for rule in _used(derivation)):
            return derivation
    return None


def _used(derivation: Derivation) -> Iterable[Identity]:
    for step in derivation.steps:
        yield from (Identity(rule.name, rule.identity, "", "", "") for rule in step.rules)
