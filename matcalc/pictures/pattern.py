"""Where a Jacobian is not zero, and which of its entries are the same: Kronecker and diagonal structure at a glance.

The matrix on vec is evaluated at random points, for the sizes that are declared, and small ones where they are symbols.
An entry is shown where it is not zero at one of them at least, and entries are the same that are equal at all of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..algebra import is_scalar, shape_of
from ..errors import DerivationError, LimitError, MatcalcError
from ..forms import Derivative, derivatives_of
from ..present.names import split_name
from ..present.styles import LATEX, TEXT
from ..present.tongue import language as spoken
from ..present.tongue import speaking
from ..sampling import number_of
from ..verify.proofread import Sample, Sheet
from .graph import Formula

#: Rows and columns that a picture has at most.
LARGEST = 80
#: Points at which the entries are compared, and ways to draw them that are tried.
POINTS, WAYS = 8, 40
#: Entries that agree to this many digits are the same.
DIGITS = 9
#: A label in a cell has at most these many characters.
LONGEST_LABEL = 9


@dataclass(frozen=True)
class Pattern:
    """The entries of a derivative, told apart.

    ``classes`` has 0 where an entry is zero and else the number of its class, from 1 in order of appearance column by
    column: entries of one class are the same. ``rows`` and ``columns`` name the entries of value and variable,
    ``row_block`` and ``column_block`` are how many belong to one column of the value and of the variable. ``labels``
    are the entries, where they are short.
    """

    title: Formula
    classes: Any
    rows: tuple[Formula, ...]
    columns: tuple[Formula, ...]
    row_block: int
    column_block: int
    sizes: Mapping[str, int]
    labels: Mapping[tuple[int, int], Formula]

    @property
    def nonzeros(self) -> int:
        return int(np.count_nonzero(self.classes))

    def text(self, language: str | None = None) -> str:
        """The picture in characters: a letter for each class where they are few, else ■."""
        from .drawing import pattern_text

        with speaking(language or spoken()):
            return pattern_text(self)

    def svg(self, language: str | None = None) -> str:
        """The picture for a page of HTML, or for a file."""
        from .drawing import pattern_svg

        with speaking(language or spoken()):
            return pattern_svg(self)

    def tikz(self, language: str | None = None) -> str:
        """The picture as a ``tikzpicture``, for a LaTeX document with tikz and amsmath."""
        from .drawing import pattern_tikz

        with speaking(language or spoken()):
            return pattern_tikz(self)

    def __str__(self) -> str:
        return self.text()

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_latex_(self) -> str:
        return self.tikz()


def pattern(derivation: Any, key: str | None = None) -> Pattern:
    """The pattern of a derivation; ``key`` chooses among joint variables (for a Hessian ``"a,b"``).

    A gradient is shown in the variable's shape, anything else as the matrix on vec. Raises LimitError where the matrix
    is too large to be looked at.
    """
    found = derivatives_of(derivation)
    if key is None and len(found) > 1:
        raise DerivationError(f"there are several derivatives, by {'; '.join(found)}", hint="name one of them")
    if key is not None and key not in found:
        raise DerivationError(f"there is no derivative by {key}", hint=f"one of {'; '.join(found)}")
    derivative = found[key] if key is not None else next(iter(found.values()))
    gradient = is_scalar(derivative.value)
    closed = derivative.closed(derivative.map.array) if gradient and hasattr(derivative.map, "array") else None
    matrix = derivative.on_vec if closed is None else closed
    arrays, sizes = _evaluated(matrix, derivative)
    grid = _two_dimensional(arrays[0])
    if max(grid.shape) > LARGEST:
        raise LimitError(f"the matrix is {grid.shape[0]}×{grid.shape[1]}: more than {LARGEST} rows or columns")
    value, variable = (
        tuple(number_of(size, sizes) for size in shape_of(node)) or (1, 1)
        for node in (derivative.value, derivative.variable)
    )
    if closed is not None:
        rows, columns, blocks = _places("", (grid.shape[0], 1)), _places("", (grid.shape[1], 1)), grid.shape
    else:
        rows, columns = _places(derivative.letter, value), _places(derivative.name, variable)
        blocks = (value[0], variable[0])
    named = {str(size): number for size, number in sizes.items()}
    labels = _labels(derivation, derivative, grid.shape) if not named else {}
    title = _title(derivative, derivation)
    return Pattern(title, _classes(arrays), rows, columns, blocks[0], blocks[1], named, labels)


def _evaluated(matrix: Any, derivative: Derivative) -> tuple[list[Any], Mapping[Any, int]]:
    """The matrix at random points of its domain, and the sizes, which are the same at all of them."""
    sheet = Sheet([(matrix, matrix)], (), symbols=[derivative.variable])
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for way in range(WAYS):
            samples = [sheet.draw(seed, way) for seed in range(POINTS)]
            arrays = [array for one in samples if (array := _at(sheet, one)) is not None]
            if len(arrays) >= POINTS // 2:
                return arrays, samples[0].sizes
    raise DerivationError("no point was found at which every entry is finite")


def _at(sheet: Sheet, sample: Sample) -> Any:
    """The matrix at a point; None where an entry is not finite."""
    try:
        array = np.asarray(sheet.comparisons(sample)[0].a)
    except (np.linalg.LinAlgError, FloatingPointError):
        return None
    return array if np.all(np.isfinite(array)) else None


def _two_dimensional(array: Any) -> Any:
    return array.reshape(array.shape[0], -1) if array.ndim else array.reshape(1, 1)


def _classes(arrays: list[Any]) -> Any:
    """The class of every entry: 0 for zero, then 1, 2, … in order of appearance, column by column."""
    grids = [_two_dimensional(a) for a in arrays]
    scale = max(float(np.max(np.abs(g), initial=0)) for g in grids) or 1.0
    classes = np.zeros(grids[0].shape, dtype=int)
    seen: dict[tuple[str, ...], int] = {}
    for j in range(classes.shape[1]):
        for i in range(classes.shape[0]):
            entry = tuple(f"{g[i, j]:.{DIGITS}e}" for g in grids)
            if any(abs(g[i, j]) > scale * 10.0**-DIGITS for g in grids):
                classes[i, j] = seen.setdefault(entry, len(seen) + 1)
    return classes


def _places(name: str, shape: tuple[int, ...]) -> tuple[Formula, ...]:
    """Names for the entries of an array, column by column: w₁₁, w₂₁, …"""
    letter = split_name(name).base if name else ""
    letter = letter.lower() if len(letter) == 1 else letter
    rows, columns = shape
    if rows == columns == 1:
        return (Formula(*(style.name(letter) if letter else "" for style in (TEXT, LATEX))),)
    places = [f"{i + 1}" if columns == 1 else f"{i + 1}{j + 1}" for j in range(columns) for i in range(rows)]
    if max(rows, columns) > 9:  # 111 would be both 1,11 and 11,1
        places = [str(k + 1) for k in range(rows * columns)]
    if not letter:
        return tuple(Formula(p, p) for p in places)
    return tuple(Formula(*(style.name(f"{letter}_{p}") for style in (TEXT, LATEX))) for p in places)


def _labels(derivation: Any, derivative: Derivative, shape: tuple[int, ...]) -> dict[tuple[int, int], Formula]:
    """The entries as formulas, where all sizes are numbers and every entry is short."""
    from ..forms import explicit
    from ..present.expressions import latex_of, text_of

    try:
        array = explicit(derivative).array
    except MatcalcError:
        return {}
    if array.shape != shape:
        return {}
    found = {
        (i, j): Formula(text_of(array[i, j]), latex_of(array[i, j]))
        for i in range(shape[0])
        for j in range(shape[1])
        if array[i, j] != 0
    }
    return found if all(len(one.text) <= LONGEST_LABEL for one in found.values()) else {}


def _title(derivative: Derivative, derivation: Any) -> Formula:
    """``∂F/∂W``; of a Hessian ``∂²f/∂a∂b``."""
    from ..present.page import page_of

    page = page_of(derivation)
    if derivative.row is None:
        left = f"∂{page.letter}/∂{derivative.name}"
    else:
        left = f"∂²{page.letter}/∂{derivative.row}∂{derivative.name}"
    return Formula(page.left_text(left), page.left_latex(left))
