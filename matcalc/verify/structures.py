"""The conventions of structured variables, applied to the derivative by independent entries, as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any

#: Structure → the derivative by a structured variable, from that by independent entries, on the last two axes.
STRUCTURED: dict[str, Callable[[Array, Array, Array], Array]] = {
    "symmetric": lambda g, turned, eye: (g + turned) / 2,
    "spd": lambda g, turned, eye: (g + turned) / 2,
    "symmetric-entries": lambda g, turned, eye: g + turned - g * eye,
    "skew": lambda g, turned, eye: (g - turned) / 2,
    "skew-entries": lambda g, turned, eye: g - turned,
    "diagonal": lambda g, turned, eye: g * eye,
    "lower": lambda g, turned, eye: np.tril(g),
    "upper": lambda g, turned, eye: np.triu(g),
}


#: Riemannian gradients, from the gradient by independent entries and the point.
RIEMANNIAN: dict[str, Callable[[Array, Array], Array]] = {
    "orthogonal": lambda g, x: g - x @ (x.T @ g + g.T @ x) / 2,
    "stiefel-canonical": lambda g, x: g - x @ g.T @ x,
    "affine-invariant": lambda g, x: x @ (g + g.T) @ x / 2,
}


def _free_entries(array: Array, structure: str) -> Array:
    """The derivative by the free entries: on and below the diagonal, column by column, or on it."""
    if structure == "diagonal-vector":
        return np.diagonal(array, axis1=-2, axis2=-1)
    cols, rows = np.triu_indices(array.shape[-1])
    lower = array[..., rows, cols]
    return lower if structure == "vech-lower" else lower + np.where(rows == cols, 0.0, array[..., cols, rows])


def in_structure(array: Array, structure: str | None, axes: int, twice: bool = False, point: Array = None) -> Array:
    """The convention of a structure applied to the variable's axes, the last ones; of a Hessian, to both pairs."""
    if structure is None or axes != 2:
        return array
    if structure in RIEMANNIAN:
        return RIEMANNIAN[structure](array, point)
    if structure not in STRUCTURED:
        array = _free_entries(array, structure)
        return _free_entries(np.moveaxis(array, -1, 0), structure).T if twice else array
    apply = STRUCTURED[structure]
    array = apply(array, np.swapaxes(array, -1, -2), np.eye(array.shape[-1]))
    return (
        np.moveaxis(in_structure(np.moveaxis(array, (0, 1), (-2, -1)), structure, 2), (-2, -1), (0, 1))
        if twice
        else array
    )
