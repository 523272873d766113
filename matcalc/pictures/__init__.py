"""Pictures: the graph of a computation, and where a Jacobian is not zero; as SVG, and as TikZ for LaTeX.

graph.py      what is computed from what, and the adjoints that flow back
layers.py     where the boxes of a graph stand, and how its edges run
pattern.py    the entries of a Jacobian, told apart
mathtext.py   formulas in SVG, which has text only
drawing.py    both, through the templates in templates/pictures/
"""

from .graph import Graph, graph
from .pattern import Pattern, pattern

__all__ = ["Graph", "Pattern", "graph", "pattern"]
