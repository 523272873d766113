"""JAX over a mesh of devices: every device sums over its own samples, and the sums are added across the mesh."""

from __future__ import annotations

from .jax import Jax
from .spread import Spread


class JaxMesh(Spread, Jax):
    """``jax.shard_map`` with a sum over the axis of samples."""

    name = "jax-mesh"
    template = "jax_mesh.py.jinja"
    wrapper = ""
    reserved = Jax.reserved | {
        "np", "Mesh", "PartitionSpec", "sums_of_chunk", "from_totals", "totals_of", "AXES", "arrays", "totals",
    }  # fmt: skip
