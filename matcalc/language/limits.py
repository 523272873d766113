"""How large an input may be. Beyond these it is refused at once, before any work is done on it."""

from __future__ import annotations

#: Characters of a program, or of a `where` clause.
CHARACTERS = 400_000
#: Characters of one name, or of a run of letters.
NAME = 120
#: Brackets, bars and braces inside each other.
DEPTH = 100
#: Signs, transposes or function names in a row.
IN_A_ROW = 24
#: Symbols of one statement, and of a program.
TOKENS_IN_STATEMENT = 10_000
TOKENS = 200_000
STATEMENTS = 20_000
#: Symbols of one declaration, and terms of one size.
TOKENS_IN_DECLARATION = 400
TERMS = 200
#: Digits of a number, and its decimal exponent.
DIGITS = 60
EXPONENT = 400
#: Largest size written as a number.
SIZE = 10**9
#: Readings of undeclared names kept side by side while shapes are inferred.
READINGS = 2_000
