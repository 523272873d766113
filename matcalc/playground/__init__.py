"""The playground: derivations in a browser, served on this machine to this machine.

answers.py   a question as JSON, its answer as JSON
server.py    the page, and the answers, over HTTP
"""

from .answers import answer
from .server import Playground

__all__ = ["Playground", "answer"]
