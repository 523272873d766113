"""Expressions to array programs, and array programs to code: the value, the derivative, both at once.

:func:`lower` makes a :class:`Program` of expressions; :func:`emit` and :func:`compile_numpy` write and run a module for
a :class:`Task`, :func:`source` and :func:`compile_derivation` for a derivation;
:func:`matcalc.code.interpret.interpret` runs a program without text.
"""

from .builder import Builder
from .compiled import Compiled, compile_numpy
from .derivations import compile_derivation, source, task_of
from .lower import lower
from .lowering import inputs_of
from .module import Part, Task, emit, program_of, variable
from .names import ascii_name, identifier, pyname
from .program import VOCABULARY, Input, Program, Value

__all__ = [
    "VOCABULARY", "Builder", "Compiled", "Input", "Part", "Program", "Task", "Value", "ascii_name",
    "compile_derivation", "compile_numpy", "emit", "identifier", "inputs_of", "lower", "program_of", "pyname",
    "source", "task_of", "variable",
]  # fmt: skip
