"""Dask: samples in chunks that need not fit in memory together, sums of chunks with NumPy, added in a tree."""

from __future__ import annotations

from typing import Any

from .numpy import NumPy
from .spread import Spread


class Dask(Spread, NumPy):
    """``dask.delayed`` around NumPy."""

    name = "dask"
    template = "dask.py.jinja"
    reserved = NumPy.reserved | {
        "dask", "da", "sums_of_chunk", "from_totals", "add_up", "axes", "arrays", "lengths", "cut", "chunks", "others",
        "sums", "parts", "totals", "pieces",
    }  # fmt: skip

    def array(self, given: Any) -> Any:
        """Dask's arrays as they are."""
        return given if hasattr(given, "dask") else super().array(given)
