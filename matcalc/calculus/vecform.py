"""Matrices on vec in the form a book prints: mixed products, K on the right, Diag(vec ·) inside a Kronecker factor.

Reference: Magnus & Neudecker ch. 2 and 3; Van Loan, The ubiquitous Kronecker product (2000).
"""

from __future__ import annotations

from typing import Any

from ..algebra import (
    commutation,
    identity,
    is_scalar,
    kron,
    mul,
    shape_of,
    transform,
    transpose,
    vec,
)
from ..algebra.nodes import Commutation, Kronecker, MatProduct, Vec


def tidy(root: Any) -> Any:
    """Merge neighbouring factors of every product of matrices on vec."""
    return transform(root, _tidy_product)


def _tidy_product(node: Any) -> Any:
    if not isinstance(node, MatProduct):
        return node
    out: list[Any] = []
    changed = False
    for factor in node.factors:
        while out:
            joined = _join(out[-1], factor)
            if joined is None:
                break
            out.pop()
            changed = True
            if len(joined) == 2:
                out.append(joined[0])
            factor = joined[-1]
            if len(joined) == 2:
                break
        out.append(factor)
    return tidy(mul(node.coefficient, *out)) if changed else node


def _parts(a: Any) -> tuple[Any, ...]:
    return a.args if isinstance(a, Kronecker) else (a,)


def _join(a: Any, b: Any) -> list[Any] | None:
    """``a b`` as one factor, or as two in a better order; None where nothing is to be done."""
    if is_scalar(a) or is_scalar(b):
        return None
    if isinstance(a, Commutation):
        return _commute(a, b)
    if isinstance(b, Commutation):
        return None
    if isinstance(a, Kronecker) or isinstance(b, Kronecker):
        return _mixed_product(a, b)
    return None


def _commute(k: Any, b: Any) -> list[Any] | None:
    """K_pm (A ⊗ B) = (B ⊗ A) K_qn for A m×n … : K moves to the right; K_nm K_mn = I."""
    rows, cols = k.args[0]
    if isinstance(b, Commutation):
        return [identity(rows * cols)] if tuple(b.args[0]) == (cols, rows) else None
    if isinstance(b, Vec) and shape_of(b.args[0]) == (rows, cols):  # K vec X = vec Xᵀ
        return [vec(transpose(b.args[0]))]
    parts = _parts(b)
    if len(parts) == 2 and (parts[1].shape[0], parts[0].shape[0]) == (rows, cols):
        # vec(B X Aᵀ) = (A ⊗ B) vec X for X of shape cols(B) × cols(A); K vec Y = vec Yᵀ
        inner = commutation(parts[1].shape[1], parts[0].shape[1])
        turned = kron(parts[1], parts[0])
        return [turned] if inner == identity(inner.shape[0]) else [turned, inner]
    return None


def _mixed_product(a: Any, b: Any) -> list[Any] | None:
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD, also where a factor is a row, a column or the identity."""
    left, right = _parts(a), _parts(b)
    if len(left) == len(right) and all(p.shape[1] == q.shape[0] for p, q in zip(left, right, strict=True)):
        return [kron(*(mul(p, q) for p, q in zip(left, right, strict=True)))]
    if isinstance(b, Kronecker):
        # A (rᵀ ⊗ C) = rᵀ ⊗ A C: rows of the product are rows of the one factor that has any
        tall = [i for i, q in enumerate(right) if q.shape[0] != 1]
        if len(tall) == 1 and not isinstance(a, Kronecker):
            return [kron(*(mul(a, q) if i == tall[0] else q for i, q in enumerate(right)))]
    if isinstance(a, Kronecker):
        # (c ⊗ A) B = c ⊗ A B: columns are those of the one factor that has any
        wide = [i for i, p in enumerate(left) if p.shape[1] != 1]
        if len(wide) == 1 and not isinstance(b, Kronecker):
            return [kron(*(mul(p, b) if i == wide[0] else p for i, p in enumerate(left)))]
    return None
