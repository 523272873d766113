"""What may be asked of emitted code beyond a target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..errors import CompileError

DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Options:
    """``checks``: functions test the shapes of what they get. ``self_test``: run as a program, the module compares the
    derivative with differences of the value. ``dtype``: the type of the arrays that the code makes.
    ``samples``: the size that counts the samples, where they are spread.
    """

    checks: bool = False
    self_test: bool = False
    dtype: str = "float64"
    samples: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any], target: str, allowed: Collection[str]) -> Options:
        """The options that were given. Raises CompileError for one that is not known, or that the target has not."""
        known = {one.name: one for one in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise CompileError(f"unknown option {name!r}", hint=f"the options are: {', '.join(known)}")
            if value != known[name].default and name not in allowed:
                raise CompileError(f"the target {target} has no option {name}")
        options = cls(**given)
        if options.dtype not in DTYPES:
            raise CompileError(f"dtype={options.dtype!r} is not known", hint=f"one of {', '.join(DTYPES)}")
        return options
