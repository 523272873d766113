"""The small functions that emitted modules of this target carry along; read as text by :mod:`.runtime`."""

# mypy: ignore-errors

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def gamma(z: torch.Tensor) -> torch.Tensor:
    """Γ(z), entry by entry; its sign changes at every whole number below 0."""
    negative = (z < 0) & (torch.floor(z) % 2 != 0)
    return torch.exp(torch.lgamma(z)) * torch.where(negative, -1.0, 1.0)


def kron(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """A ⊗ B; PyTorch's refuses some transposed operands."""
    return torch.kron(A.contiguous(), B.contiguous())


def pinv(X: torch.Tensor) -> torch.Tensor:
    """X⁺; singular values of the size of rounding errors count as zero."""
    return torch.linalg.pinv(X, rtol=1000.0 * torch.finfo(X.dtype).eps)


def largest_entry(z: torch.Tensor) -> torch.Tensor:
    """1 at the largest entry of z, 0 elsewhere."""
    places = torch.arange(z.numel(), device=z.device)
    return (places == torch.argmax(z)).to(z.dtype).reshape(z.shape)


def vech(X: torch.Tensor) -> torch.Tensor:
    """The columns of the lower triangle of X, stacked."""
    j, i = torch.triu_indices(len(X), len(X))
    return X[i, j]


def elimination(n: int, **options: Any) -> torch.Tensor:
    """The matrix L with vech X = L vec X for X n×n."""
    j, i = torch.triu_indices(n, n)
    return torch.eye(n * n, **options)[i + n * j]


def duplication(n: int, **options: Any) -> torch.Tensor:
    """The matrix D with vec X = D vech X for symmetric X n×n."""
    j, i = torch.triu_indices(n, n)
    eye = torch.eye(n * n, **options)
    return torch.maximum(eye[i + n * j], eye[j + n * i]).T


def rotation(X: torch.Tensor) -> torch.Tensor:
    """The exponential of [0, X; −X, 0]: the cosine of X, twice, and beside them its sine."""
    zero = torch.zeros_like(X)
    top, bottom = torch.cat((zero, X), dim=1), torch.cat((-X, zero), dim=1)
    return torch.linalg.matrix_exp(torch.cat((top, bottom), dim=0))


def sinm(X: torch.Tensor) -> torch.Tensor:
    """The sine of a matrix."""
    n = len(X)
    return rotation(X)[:n, n:]


def cosm(X: torch.Tensor) -> torch.Tensor:
    """The cosine of a matrix."""
    n = len(X)
    return rotation(X)[:n, :n]


def tanm(X: torch.Tensor) -> torch.Tensor:
    """The tangent of a matrix, its sine over its cosine."""
    n = len(X)
    both = rotation(X)
    return torch.linalg.solve(both[:n, :n], both[:n, n:])


def sinhm(X: torch.Tensor) -> torch.Tensor:
    """The hyperbolic sine of a matrix."""
    return (torch.linalg.matrix_exp(X) - torch.linalg.matrix_exp(-X)) / 2.0


def coshm(X: torch.Tensor) -> torch.Tensor:
    """The hyperbolic cosine of a matrix."""
    return (torch.linalg.matrix_exp(X) + torch.linalg.matrix_exp(-X)) / 2.0


def tanhm(X: torch.Tensor) -> torch.Tensor:
    """The hyperbolic tangent of a matrix."""
    return torch.linalg.solve(coshm(X), sinhm(X))


def frechet_matrix(f: Callable, X: torch.Tensor) -> torch.Tensor:
    """The matrix K with vec L_f(X, E) = K vec E, L_f(X, E) the upper right block of f([X E; 0 X])."""
    n = len(X)
    columns = []
    for E in torch.eye(n * n, dtype=X.dtype, device=X.device).reshape(-1, n, n):
        top = torch.cat((X, E.T), dim=1)
        bottom = torch.cat((torch.zeros_like(X), X), dim=1)
        columns.append(f(torch.cat((top, bottom), dim=0))[:n, n:].T.reshape(-1))
    return torch.stack(columns, dim=1)


def difference_quotient(
    rise: torch.Tensor, gap: torch.Tensor, slope: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """rise / gap, or the slope there where rounding hides the difference of the two."""
    close = torch.abs(rise - gap * slope) <= noise
    size = torch.where(close, torch.ones_like(gap), gap)
    return torch.where(close, slope, rise / size)


def divided_differences(w: torch.Tensor, f: torch.Tensor, df: torch.Tensor) -> torch.Tensor:
    """The matrix of (f(w_i) − f(w_j)) / (w_i − w_j), with f′(w_i) where they are equal."""
    noise = 4 * torch.finfo(w.dtype).eps * (torch.abs(f)[:, None] + torch.abs(f))
    rise, gap = f[:, None] - f, w[:, None] - w
    return difference_quotient(rise, gap, (df[:, None] + df) / 2, noise)


def second_divided_differences(w: torch.Tensor, f: torch.Tensor, df: torch.Tensor, ddf: torch.Tensor) -> torch.Tensor:
    """f[w_i, w_j, w_k] = (f[w_i, w_j] − f[w_j, w_k]) / (w_i − w_k), and its limits."""
    eps, gap = 4 * torch.finfo(w.dtype).eps, w[:, None] - w
    noise = eps * (torch.abs(f)[:, None] + torch.abs(f))
    slope = (df[:, None] + df) / 2 - gap * (ddf[:, None] - ddf) / 12
    F = difference_quotient(f[:, None] - f, gap, slope, noise)
    equal = slope == F
    size = torch.where(equal, torch.ones_like(gap), torch.abs(gap))
    noise = eps * torch.abs(F) + torch.where(equal, torch.zeros_like(gap), noise / size)
    third = (2 * ddf[:, None] + ddf) / 6  # f[w_i, w_i, w_j] where the two are close
    unsure = noise + eps * torch.abs(df)[:, None]
    G = difference_quotient(df[:, None] - F, gap, third, unsure)
    slope = (G[:, :, None] + G.T[None, :, :]) / 2
    rise = F[:, :, None] - F[None, :, :]
    unsure = noise[:, :, None] + noise[None, :, :]
    return difference_quotient(rise, gap[:, None, :], slope, unsure)
