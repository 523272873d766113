"""A block: a formula with its options, where it stands, and what is shown in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import ParseError
from .fragments import Fragment, Picture, fragments
from .listings import LISTINGS
from .options import read_lines

if TYPE_CHECKING:
    from ..derivation import Derivation

#: What can be shown in place of a block.
SHOWN = ("derivation", "value", "result", "code", "graph", "pattern")
PICTURES = ("graph", "pattern")
CENTERED = "\\begin{{center}}\n{}\n\\end{{center}}"
#: Options that go into the question as they stand.
_QUESTION = ("where", "kind", "layout", "structure", "detail")


@dataclass
class Block:
    """A formula in a document. ``line`` is where its text begins, ``header`` where its options stand.

    ``inline``: it stands in a sentence, and a formula takes its place. ``prefix``: what its lines begin with, in a list
    or a quotation.
    """

    text: str
    options: Mapping[str, str] = field(default_factory=dict)
    line: int = 1
    header: int = 1
    column: int = 1
    inline: bool = False
    prefix: str = ""

    @classmethod
    def of(cls, body: str, options: Mapping[str, str], line: int, defaults: Mapping[str, str]) -> Block:
        """A block on lines of its own, the first of which may hold options; ``line`` is that of its header."""
        more, text, taken = read_lines(body)
        return cls(text, {**defaults, **options, **more}, line + 1 + taken, line)

    # ------------------------------------------------------------ the question
    @cached_property
    def derivation(self) -> Derivation:
        """What is derived. Raises MatcalcError."""
        import matcalc

        define = dict(_definition(text) for text in self.options.get("define", "").split(";") if text.strip())
        asked: dict[str, Any] = {name: self.options[name] for name in _QUESTION if name in self.options}
        if names := self.options.get("wrt", "").strip(" ,"):
            asked["wrt"] = names
        check = self.choice("check", ("yes", "no"), "yes") == "yes"
        return matcalc.derive(self.text.strip("\n"), define=define or None, check=check, **asked)

    @property
    def source(self) -> str:
        """The program for the target asked for."""
        return self.derivation.source(target=self.options.get("code", "numpy"))

    @cached_property
    def shown(self) -> list[str]:
        """What takes the place of the block, in order."""
        default = "result" if self.inline else "code" if "code" in self.options else "derivation"
        wanted = [one.strip() for one in self.options.get("show", default).split(",")]
        for one in wanted:
            if one not in SHOWN:
                raise ParseError(f"show={one} is not known", hint=f"one of {', '.join(SHOWN)}")
            if self.inline and one not in ("value", "result"):
                raise ParseError(f"{one} cannot be shown within a sentence", hint="show=result or show=value can")
        return wanted

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        given = self.options.get(name, default)
        given = {"true": "yes", "false": "no"}.get(given, given)
        if given not in allowed:
            raise ParseError(f"{name}={given} is not known", hint=f"one of {', '.join(allowed)}")
        return given

    # ------------------------------------------------------------ the answer
    def fragments(self) -> Iterator[Fragment]:
        """The answer for a tree of a document: pictures in both formats, and what its Markdown consists of."""
        for one, part in zip(self.shown, self._parts("markdown", ("$$\n", "\n$$")), strict=True):
            if one in PICTURES:
                yield Picture(part, getattr(self.derivation, one)().tikz())
            else:
                yield from fragments(part)

    def markdown(self) -> str:
        """The answer in Markdown; within a sentence a formula between dollar signs."""
        if self.inline:
            return f"${self._sentence()}$"
        return "\n\n".join(part.strip("\n") for part in self._parts("markdown", ("$$\n", "\n$$")))

    def latex(self) -> str:
        """The answer in LaTeX; within a sentence a formula in math mode."""
        if self.inline:
            return rf"\({self._sentence()}\)"
        return "\n".join(part.strip("\n") for part in self._parts("latex", ("\\[\n", "\n\\]")))

    def indented(self, answer: str) -> str:
        """The answer with the prefix of the block before every line but the first, which has one already."""
        return "\n".join((self.prefix + line).rstrip() for line in answer.split("\n"))[len(self.prefix) :]

    def _sentence(self) -> str:
        return r",\quad ".join(self._parts("latex", ("", "")))

    def _parts(self, format: str, dollars: tuple[str, str]) -> Iterator[str]:
        """What is shown, in order, formulas between ``dollars``."""
        from ..present.formula import result_of, value_of

        shown = self.shown
        for one in shown:
            if one == "derivation":
                yield getattr(self.derivation, format)(form=self.options.get("form"))
            elif one == "code":
                yield LISTINGS[format](self.source)
            elif one in PICTURES:
                picture = getattr(self.derivation, one)()
                yield picture.svg() if format == "markdown" else CENTERED.format(picture.tikz().strip())
            else:
                formula = (value_of if one == "value" else result_of)(self.derivation)
                yield formula.join(dollars)


def _definition(text: str) -> tuple[str, str]:
    name, sign, meaning = text.replace(":=", "=").partition("=")
    if not sign or not name.strip() or not meaning.strip():
        raise ParseError(f"define={text.strip()} is not of the form NAME=FUNCTION", hint="as in define=θ=tanh")
    return name.strip(), meaning.strip()
