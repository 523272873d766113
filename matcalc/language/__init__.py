"""The input language: text in three spellings → expressions, with every shape known.

grammar.lark   the manual of the language           parser.py      tokens → syntax tree
notation.py    how operators are spelled            inference.py   kinds and sizes of names
scanner.py     text → tokens                        rules.py       the shape rule of each operator
words.py       what a run of letters means          build.py       syntax tree → algebra
declarations.py  the `where` clause                 assemble.py    symbols and the program
sympy_input.py   SymPy expressions                  reader.py      all of it: `read`
"""

from .names import name_key, pyname, same_name
from .program import Note, Program, Symbol
from .reader import read

__all__ = ["Note", "Program", "Symbol", "name_key", "pyname", "read", "same_name"]
