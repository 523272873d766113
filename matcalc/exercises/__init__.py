"""Exercises: formulas as a textbook has them, dealt at random, each with a solution that was proof-read.

grammar.py   what formulas there are, by topic and level
deal.py      exercises drawn from it, or made of a formula
sheet.py     several of them in every format
"""

from .deal import Exercise, deal, exercise
from .grammar import LEVELS, TOPICS

__all__ = ["LEVELS", "TOPICS", "Exercise", "deal", "exercise"]
