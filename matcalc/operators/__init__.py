"""What is known of each operator, one block each; importing this package fills the two tables."""

from . import (
    abstract,
    compositions,
    conjugation,
    determinants,
    entrywise,
    linear,
    matrix_functions,
    matrix_powers,
    reductions,
    scalars,
    spectral,
    spectral_functions,
    summations,
    vech,
)
from .table import FUNCTIONS, OPERATORS, Function, Operator, operator_of

__all__ = [
    "FUNCTIONS", "OPERATORS", "Function", "Operator", "abstract", "compositions", "conjugation", "determinants",
    "entrywise", "linear", "matrix_functions", "matrix_powers", "operator_of", "reductions", "scalars", "spectral",
    "spectral_functions", "summations", "vech",
]  # fmt: skip
