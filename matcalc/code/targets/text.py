"""What the targets that are not Python have in common: text with a precedence, column-major arrays.

A row is a pair: how tightly the expression binds, and its text, in which ``{a:7}`` stands for an operand that is put in
brackets where it binds less than 7. The program's arrays are row-major: a reshape turns the axes around, reshapes, and
turns them back; an array remembers what it is the reversal of, so that two turns cancel and vec X is ``X(:)``.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sympy import Integer, Rational, exp, pi

from ...errors import CompileError
from ..names import ascii_name
from ..program import Value
from .runtime import words_called
from .target import Scope, Target
from .templates import template

if TYPE_CHECKING:
    from ..module import Function, Signature, Task

#: How tightly expressions bind.
LOOSE, COMPARE, ADD, MUL, NEG, POW, ATOM = 0, 4, 6, 7, 8, 9, 10
Row = tuple[int, str]


@dataclass(frozen=True)
class Text:
    """An expression; ``turned`` is the array whose axes it has in reverse order, ``plus_one`` the number after it."""

    text: str
    binds: int = ATOM
    turned: Text | None = None
    plus_one: Text | None = None
    #: Of a decomposition, its parts.
    parts: Mapping[str, Text] | None = None

    def inside(self, least: int) -> str:
        """The text, in brackets where it binds less."""
        return self.text if self.binds >= least else f"({self.text})"


def fill(row: Row, **parts: Text) -> Text:
    """The row with its operands."""
    binds, text = row
    return Text(re.sub(r"\{(\w+):(\d+)\}", lambda hit: parts[hit[1]].inside(int(hit[2])), text), binds)


def listed(parts: Sequence[Text], between: str = ", ") -> str:
    return between.join(part.text for part in parts)


class TextTarget(Target):
    """A language that is written as text, and not run here."""

    runs = False
    stacks = False
    rows: ClassVar[Mapping[str, Row]]  # type: ignore[assignment]
    functions: ClassVar[Mapping[str, Row]]  # type: ignore[assignment]
    folder: ClassVar[str]
    template: ClassVar[str]
    #: What starts a line of comment.
    comment: ClassVar[str]

    def fill(self, text: Any, **parts: Text) -> Text:
        return fill(text, **parts)

    def length(self, value: Value) -> int:
        if value.op == "apply":
            return len(self._function(value)[1]) - 4
        if value.op in self.rows:
            return len(self.rows[value.op][1]) - 5 * len(value.operands)
        return 10 if value.op == "call" else 12 + 2 * len(value.operands)

    def variable(self, name: str) -> Text:
        return Text(name)

    def called(self, function: str, arguments: Sequence[Text]) -> Text:
        return Text(f"{function}({listed(arguments)})")

    def text(self, node: Text) -> str:
        return node.text

    def identifier(self, name: str) -> str:
        """In ASCII, beginning with a letter."""
        plain = ascii_name(name).replace("__", "_")
        return plain if plain[0].isalpha() else f"v{plain}"

    def number(self, expression: Any) -> Text:
        if expression.is_Integer:
            return _signed(str(abs(int(expression))), expression < 0)
        if expression.is_Rational:
            p, q = expression.p, expression.q
            if Rational(str(p / q)) == expression:
                return _signed(repr(abs(p / q)), p < 0)
            return Text(f"{p} / {q}", MUL)
        if expression == pi:
            return Text("pi")
        if expression == exp(1):
            return Text("exp(1)")
        if expression.is_Pow and expression.exp.is_Rational:
            if expression.exp.is_negative:
                return fill((MUL, "1 / {a:8}"), a=self.number(expression.base**-expression.exp))
            if expression.exp == Rational(1, 2):
                return Text(f"sqrt({self.number(expression.base).text})")
            return fill((POW, "{a:10} ^ {b:10}"), a=self.number(expression.base), b=self.number(expression.exp))
        if expression.is_Mul and expression.could_extract_minus_sign():
            return fill((MUL, "-{a:8}"), a=self.number(-expression))
        if expression.is_Mul or expression.is_Add:
            above, below = expression.as_numer_denom() if expression.is_Mul else (expression, Integer(1))
            if below != 1:
                return fill((MUL, "{a:7} / {b:8}"), a=self.number(above), b=self.number(below))
            binds, sign = (MUL, "*") if expression.is_Mul else (ADD, "+")
            return Text(f" {sign} ".join(self.number(a).inside(binds + 1) for a in expression.args), binds)
        plain = float(expression)
        if plain != plain or plain in (float("inf"), float("-inf")):
            raise CompileError(f"{expression} is not a finite number")
        return _signed(repr(abs(plain)), plain < 0)

    # ------------------------------------------------------------ statements
    def lines(self, statements: Sequence[str]) -> list[str]:
        return list(statements)

    # ------------------------------------------------------------ the module
    def module(self, task: Task, signature: Signature, functions: Sequence[Function], docs: Mapping[str, Any]) -> str:
        text = "\n".join(line for function in functions for line in function.body)
        return template(self.folder, self.template).render(
            **docs, functions=functions, helpers=self.helpers_in(text), kind=task.kind
        )

    @abstractmethod
    def helpers_in(self, text: str) -> list[str]:
        """The text of every helper that is called."""


def _signed(plain: str, negative: bool) -> Text:
    return Text(f"-{plain}", NEG) if negative else Text(plain)


def helpers_of(file: str, start: str) -> dict[str, str]:
    """Name → text of the functions of a file beside this one; ``start`` finds the name in their first line."""
    text, found = Path(__file__).with_name(file).read_text(encoding="utf-8"), {}
    for piece in re.split(r"\n(?=" + start.split("(", maxsplit=1)[0] + ")", text):
        if hit := re.match(start, piece):
            found[hit[1]] = piece.strip()
    return found


def in_need(text: str, helpers: Mapping[str, str]) -> list[str]:
    """The helpers that a text calls, and those that they call."""
    found: dict[str, str] = {}
    texts = [text]
    while texts:
        called = set(words_called(texts.pop()))
        new = {name: body for name, body in helpers.items() if name in called and name not in found}
        found |= new
        texts += [body.split("\n", 1)[1] for body in new.values()]
    return [body for name, body in helpers.items() if name in found]


def permutation(rank: int, places: Sequence[int | None]) -> list[int]:
    """The axes of an array in these places, from 1, with axes of length 1 after its last one where there is none."""
    spare = iter(range(rank + 1, rank + len(places) + 1))
    return [next(spare) if place is None else place + 1 for place in places]


__all__ = [
    "ADD", "ATOM", "COMPARE", "LOOSE", "MUL", "NEG", "POW", "Callable", "Row", "Scope", "Text", "TextTarget", "fill",
    "helpers_of", "in_need", "listed", "permutation",
]  # fmt: skip
