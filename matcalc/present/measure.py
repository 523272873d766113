r"""How wide a formula will be in print, from its LaTeX: the widths of Computer Modern, in ems.

It needs to be right to a few percent, for what TeX has no means to decide: where a long line breaks, and whether a
remark still fits beside it.

>>> round(width(r"\mathrm{d}X"), 2), round(width(r"x^{\top} A x"), 2)
(1.38, 2.45)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

# fmt: off
#: Math italics, cmmi10.
_ITALIC = dict(zip(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    (.529, .429, .433, .521, .466, .596, .477, .576, .345, .469, .552, .298, .878, .600, .485, .503, .482, .479, .469,
     .361, .572, .521, .752, .572, .526, .509,
     .750, .809, .786, .855, .796, .782, .786, .912, .517, .651, .920, .681, 1.08, .912, .790, .780, .791, .767, .671,
     .723, .792, .805, 1.08, .906, .803, .754), strict=True))
#: What takes the place of a sign with the space around it.
_SIGNS = {
    "+": 1.222, "-": 1.222, "=": 1.333, ":": .833, ",": .444, ";": .444, "<": 1.333, ">": 1.333, "(": .389, ")": .389,
    "[": .278, "]": .278, "|": .278, "/": .5, "'": .3, "!": .278, ".": .278, "*": .5, '"': .5, "~": .333,
}
_COMMANDS = {
    "odot": 1.222, "oslash": 1.222, "otimes": 1.222, "circ": .9, "cdot": .722, "times": 1.222, "pm": 1.222,
    "neq": 1.333, "leq": 1.333, "geq": 1.333, "in": 1.222, "to": 1.556, "mapsto": 1.556, "colon": .4, "sim": 1.333,
    "lVert": .5, "rVert": .5, "Vert": .5, "lvert": .278, "rvert": .278, "top": .778, "sum": 1.8, "nabla": .833,
    "partial": .58, "infty": 1.0, "cdots": 1.5, "dots": 1.5, "ldots": 1.5, "vdots": .3, "ell": .417, "wedge": 1.1,
    "quad": 1.0, "qquad": 2.0, ",": .167, ":": .222, ";": .278, "!": -.167, " ": .333, "{": .5, "}": .5, "%": .833,
    "&": .778, "#": .833, "$": .5, "_": .5, "backslash": .5, "left": .15, "right": .15,
    "Bigl": .2, "Bigr": .2, "displaystyle": 0,
    **dict.fromkeys(("alpha", "omega", "pi", "varpi", "mu", "varphi", "phi", "psi", "sigma", "chi"), .63),
    **dict.fromkeys(("beta", "theta", "gamma", "delta", "eta", "kappa", "lambda", "xi", "zeta", "rho", "tau"), .53),
    **dict.fromkeys(("epsilon", "varepsilon", "iota", "nu"), .47),
    **dict.fromkeys(("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"), .77),
    **dict.fromkeys(("exp", "log", "sin", "cos", "tan", "max", "min", "det"), 1.7),
    **dict.fromkeys(("sinh", "cosh", "tanh"), 2.2), **dict.fromkeys(("arcsin", "arccos", "arctan", "arcsinh"), 2.9),
}
# fmt: on
#: Commands whose argument is set in upright letters, and those that leave it as it is.
_UPRIGHT = {"mathrm", "mathsf", "mathbb", "text", "operatorname", "texttt"}
_AROUND = {"boldsymbol": 1.1, "hat": 1.0, "bar": 1.0, "tilde": 1.0, "vec": 1.0, "dot": 1.0, "underline": 1.0}
#: Letters of running text, on the average.
_LETTER, _CAPITAL, _DIGIT, _SPACE, _IDEOGRAPH = 0.47, 0.72, 0.5, 0.333, 1.0
#: The same in bold, cmbx10.
_BOLD, _BOLD_CAPITAL = 0.58, 0.87
#: Superscripts and small fractions.
_SMALL = 0.72

_TOKEN = re.compile(r"\\begin\{\w+\}|\\end\{\w+\}|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


@lru_cache(maxsize=4096)
def width(latex: str) -> float:
    """The width of a formula in ems."""
    return _Reader(latex).rest()


class _Reader:
    """Reads a formula token by token and adds up."""

    def __init__(self, latex: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(latex)
        self.at = 0

    def rest(self, *ends: str) -> float:
        """Up to one of the tokens, or to the end of the formula; the widest of several lines."""
        total = widest = 0.0
        while self.at < len(self.tokens) and self.tokens[self.at] not in ends:
            token = self._next()
            if token.isspace():
                continue
            if token == r"\\":
                widest, total = max(widest, total), 0.0
            elif token == "&":
                total += 1.0
            else:
                total += self._width(token)
        self.at += bool(ends)
        return max(widest, total)

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _argument(self) -> float:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        if self.at >= len(self.tokens):
            return 0.0
        token = self._next()
        return self.rest("}") if token == "{" else self._width(token)

    def _raw(self) -> str:
        """The text of an argument in braces."""
        depth, out = 0, ""
        while self.at < len(self.tokens):
            token = self._next()
            depth += (token == "{") - (token == "}")
            if not depth:
                break
            out += token if token != "{" or depth > 1 else ""
        return out

    def _width(self, token: str) -> float:
        if token == "{":
            return self.rest("}")
        if token in "^_":
            return _SMALL * self._argument()
        if token.startswith(r"\begin"):
            return self.rest(rf"\end{token[6:]}") + 1.0
        if token.startswith("\\"):
            return self._command(token[1:])
        return _ITALIC.get(token) or _SIGNS.get(token, _DIGIT)

    def _command(self, name: str) -> float:
        if name in ("frac", "tfrac", "dfrac"):
            above, below = self._argument(), self._argument()
            return max(above, below) * (_SMALL if name == "tfrac" else 1.0) + 0.24
        if name == "sqrt":
            return self._argument() + 0.85
        if name == "boxed":
            return self._argument() + 0.8
        if name == "textcolor":
            self._raw()
            return self._argument()
        if name == "mathbf":
            return sum(_BOLD_CAPITAL if c.isupper() else _BOLD for c in self._raw())
        if name in _UPRIGHT:
            return upright(self._raw()) + (0.167 if name == "operatorname" else 0.0)
        if name in _AROUND:
            return self._argument() * _AROUND[name]
        return _COMMANDS.get(name, _LETTER * len(name))


def upright(text: str) -> float:
    """The width of words in running text; mathematics between dollars is not counted more closely."""
    return sum(_each(text))


def _each(text: str) -> Iterator[float]:
    for c in re.sub(r"\\hyperref\[[^\]]*\]|\\[A-Za-z]+|[\\{}$]", "", text):
        if c.isspace():
            yield _SPACE
        elif c > "⺀":
            yield _IDEOGRAPH
        else:
            yield _CAPITAL if c.isupper() else _DIGIT if c.isdigit() else _LETTER
