"""Derivations inside other documents: a block holds a formula, and what is derived of it takes its place.

options.py     what stands in a block's header
block.py       a block, and its answer in every format
markdown.py    fenced blocks and inline code in Markdown
latex.py       \\\\matcalc{…} and \\\\begin{matcalc}…\\\\end{matcalc} in LaTeX
pandoc.py      code blocks in pandoc's tree of a document
fragments.py   what an answer in Markdown consists of, for trees of documents
document.py    a whole document: all its answers, or all its errors
"""

from .block import Block
from .document import DocumentError, filled

__all__ = ["Block", "DocumentError", "filled"]
