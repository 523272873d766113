"""What may be asked of emitted code beyond a target."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ..errors import CompileError
from ..language.names import names_of

DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Options:
    """``checks``: functions test the shapes of what they get. ``self_test``: run as a program, the module compares the
    derivative with differences of the value. ``dtype``: the type of the arrays that the code makes.
    ``samples``: the size that counts the samples, where they are spread. ``batch``: the inputs that get one more axis
    before their own, that of the examples; all that is returned gets it too.
    """

    checks: bool = False
    self_test: bool = False
    dtype: str = "float64"
    samples: str = ""
    batch: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any], target: str, allowed: Collection[str]) -> Options:
        """The options that were given. Raises CompileError for one that is not known, or that the target has not."""
        known = {one.name: one for one in fields(cls)}
        if "batch" in given:
            lists = [given["batch"]] if isinstance(given["batch"], str) else given["batch"] or ()
            names = tuple(dict.fromkeys(name for one in lists for name in names_of(one) if name))
            given = {**given, "batch": names}
        for name, value in given.items():
            if name not in known:
                raise CompileError(f"unknown option {name!r}", hint=f"the options are: {', '.join(known)}")
            if value != known[name].default and name not in allowed:
                hint = "batches are for the targets numpy, jax and torch" if name == "batch" else None
                raise CompileError(f"the target {target} has no option {name}", hint=hint)
        options = cls(**given)
        if options.dtype not in DTYPES:
            raise CompileError(f"dtype={options.dtype!r} is not known", hint=f"one of {', '.join(DTYPES)}")
        return options
