"""Notebooks: how a derivation is displayed, and the magic that derives a cell.

    %load_ext matcalc

    %%matcalc wrt=W where="W: m×n, x: n"
    ½‖θ(Wx)‖²

The cell's value is the :class:`~matcalc.Derivation` (or the code, with ``code=numpy``), so that ``_`` is at hand in the
next one. The options are those of every block (:data:`matcalc.embed.options.OPTIONS`); ``%matcalc`` takes them and the
formula on one line, with a semicolon between.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from .embed.block import Block
from .embed.options import read_options
from .errors import MatcalcError


def mime_bundle(
    derivation: Any, include: Container[str] | None = None, exclude: Container[str] | None = None, **options: Any
) -> dict[str, str]:
    """A derivation in the formats among which a notebook chooses; ``options`` as for :meth:`Derivation.text`."""
    formats: dict[str, Callable[[], str]] = {
        "text/plain": lambda: derivation.text(**options),
        "text/html": lambda: derivation.html(**options),
        "text/latex": lambda: f"$$\n{derivation.latex(standalone=False, form=options.get('form'))}\n$$",
    }
    wanted = [mime for mime in formats if (not include or mime in include) and not (exclude and mime in exclude)]
    return {mime: formats[mime]() for mime in wanted}


class Shown:
    """A derivation as a cell shows it, in the form asked for; everything else is the derivation's own."""

    def __init__(self, block: Block) -> None:
        self.derivation = block.derivation
        self._options = {"report": block.derivation.certificate, "form": block.options.get("form")}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.derivation, name)

    def _repr_mimebundle_(self, include: Container[str] | None = None, exclude: Container[str] | None = None) -> Any:
        return mime_bundle(self.derivation, include, exclude, **self._options)

    def __repr__(self) -> str:
        return repr(self.derivation)


class Source:
    """A program, which a cell shows as it is written; ``str()`` of it is the text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text.rstrip()

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.text.rstrip()}\n```"


def matcalc(line: str, cell: str | None = None) -> Any:
    """The magic: derive the cell, or what stands behind the semicolon of the line."""
    try:
        if cell is None:
            header, semicolon, formula = line.rpartition(";")
            block = Block(formula.strip(), read_options(header if semicolon else ""))
        else:
            block = Block.of(cell.strip("\n"), read_options(line), 1, {})
        return Source(block.source) if block.shown == ["code"] else Shown(block)
    except MatcalcError as error:
        # A notebook shows this in place of a trace of our own code.
        lines = f"{type(error).__name__}: {error}".split("\n")
        error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
        raise


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext matcalc` calls."""
    shell.register_magic_function(matcalc, magic_kind="line_cell", magic_name="matcalc")
