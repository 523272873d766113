"""The targets of emitted code, by name; each is a file of this folder, imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from ...errors import CompileError
from .target import Code, Helper, Scope, Target

#: Name → the module and the class.
TARGETS: dict[str, tuple[str, str]] = {
    "numpy": ("numpy", "NumPy"),
    "jax": ("jax", "Jax"),
    "torch": ("torch", "Torch"),
    "array-api": ("array_api", "ArrayAPI"),
    "dask": ("dask", "Dask"),
    "jax-mesh": ("jax_mesh", "JaxMesh"),
    "matlab": ("matlab", "Matlab"),
    "julia": ("julia", "Julia"),
}


@cache
def target_of(name: str) -> Target:
    """The target of this name. Raises CompileError if there is none."""
    if name not in TARGETS:
        raise CompileError(f"there is no target {name!r}", hint=f"the targets are: {', '.join(TARGETS)}")
    module, cls = TARGETS[name]
    return getattr(import_module(f".{module}", __name__), cls)()  # type: ignore[no-any-return]


__all__ = ["TARGETS", "Code", "Helper", "Scope", "Target", "target_of"]
