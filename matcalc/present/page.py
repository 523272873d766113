"""A derivation as lines to be set: what every format shows, in the order in which it shows it.

The steps of a derivation say *before = after*; a page says what stands on each line: a left side, a formula in both
styles, and remarks (the identity used, or the shape of the answer).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sympy import Add

from ..algebra import is_named, is_scalar, operands, postorder, shape_of, shown_name
from ..algebra.construct import in_order
from ..algebra.nodes import Differential, DifferentialScalar
from ..calculus.steps import Rule, Step
from .formulas import formula_to_latex
from .layout import columns
from .names import escape_latex, text_name
from .pieces import Piece
from .printer import Printer, has_other_norms, names_in
from .reading import conditions, show_sizes
from .sharing import printed_size
from .styles import LATEX, TEXT, Latex
from .templates import words

#: A result is written out in the variables if it prints with at most this many nodes, else with its names only.
LONGEST_RESULT = 120
#: And, beside its names, only if it takes no more columns than two lines, but in full detail.
LONGEST_SECOND = 150
#: A line of the derivation that would print with more nodes than this is left out, and ⋮ stands for it.
LONGEST_LINE = 400
#: The place of what leads to no variable: after all of them.
NOWHERE = 10**9


@dataclass(frozen=True)
class Remark:
    """What stands at the right of a line, as text and as LaTeX: an identity, with its rule, or a note."""

    text: str
    latex: str
    rule: Rule | None = None


@dataclass(frozen=True)
class Line:
    """``left = formula`` with remarks. ``kind`` is that of the step, or "title"."""

    kind: str
    left: str
    left_latex: str
    text: Piece
    latex: Piece
    remarks: tuple[Remark, ...] = ()


class Page:
    """The lines of a derivation, from its title to its results; ``detail`` as in the derivation where none is given.

    ``tex`` is how the LaTeX column is set: the key LATEX stands for it in what maps a style to something.
    """

    def __init__(self, derivation: Any, detail: str | None = None, tex: Latex = LATEX) -> None:
        self.derivation = derivation
        self.detail = detail or derivation.detail
        self.tex = tex
        taken = {*derivation.program.symbols, *names_in(derivation.expression)}
        norms = has_other_norms(derivation.expression)
        styles = {TEXT: TEXT, LATEX: tex}
        self._plain = {key: Printer(style, taken, many_norms=norms) for key, style in styles.items()}
        self._colon = {key: Printer(style, taken, many_norms=norms, colon=True) for key, style in styles.items()}
        self._sizes: dict[Any, int] = {}
        self._places = {x: place for place, x in enumerate(derivation.variables.values())}

    @cached_property
    def letter(self) -> str:
        """What the value is called: f, F."""
        return next((split_left(s.left)[1] for s in self.derivation.steps if s.kind == "result"), "f")

    @cached_property
    def arrays(self) -> set[str]:
        """The names of vectors and matrices: of variables, of intermediates, of the value."""
        program, steps = self.derivation.program, self.derivation.steps
        found = {
            self.shown.get(name, name)
            for name, s in program.symbols.items()
            if s.kind == "variable" and not is_scalar(s.node)
        }
        found |= {n.name for n in postorder(self.derivation.expression) if is_named(n) and not is_scalar(n)}
        found |= {step.left for step in steps if step.kind == "let" and not is_scalar(step.after)}
        return found if is_scalar(self.derivation.expression) else found | {self.letter}

    @cached_property
    def shown(self) -> dict[str, str]:
        """The names of sums over samples as they are shown: x_i as X."""
        return {name: shown_name(s.node) for name, s in self.derivation.program.symbols.items() if s.index}

    def name_text(self, name: str) -> str:
        return text_name(self.shown.get(name, name))

    def name_latex(self, name: str) -> str:
        """The name, in the letters of an array where it is one."""
        name = self.shown.get(name, name)
        return self.tex.array(name) if name in self.arrays else self.tex.name(name)

    @cached_property
    def lines(self) -> list[Line]:
        return [self.title, *self._definitions(), *self._steps()]

    @cached_property
    def conditions(self) -> list[tuple[str, str]]:
        """What the result needs, as text and as LaTeX."""
        return list(conditions(self.derivation, self.tex))

    @cached_property
    def structure(self) -> str:
        """How the variable's structure counts, where a structure was asked for or declared."""
        return next((s.note for s in self.derivation.steps if s.kind == "result" and s.note == self._structure), "")

    @property
    def _structure(self) -> str:
        return self.derivation.structure or " "

    @cached_property
    def title(self) -> Line:
        """f(W) = the value."""
        variables = list(self.derivation.variables)
        value = self.derivation.expression
        value = value.args[1] if is_named(value) else value
        left = f"{self.letter}({', '.join(map(self.name_text, variables))})"
        latex = f"{self.name_latex(self.letter)}({', '.join(map(self.name_latex, variables))})"
        return self._line("title", left, latex, value)

    # ------------------------------------------------------------ lines
    def _line(self, kind: str, left: str, left_latex: str, value: Any, remarks: Iterable[Remark] = ()) -> Line:
        printers = self._colon if kind == "value" else self._plain
        text, latex = (printers[style].style.signed(printers[style].piece(value)) for style in (TEXT, LATEX))
        return Line(kind, left, left_latex, text, latex, tuple(remarks))

    def _let(self, name: str, value: Any, remarks: Iterable[Remark] = ()) -> Line:
        return self._line("let", text_name(name), self.name_latex(name), value, remarks)

    def _definitions(self) -> Iterator[Line]:
        """Intermediate results of the input which the derivation does not introduce itself."""
        introduced = {step.left for step in self.derivation.steps if step.kind == "let"}
        for node in postorder(self.derivation.expression):
            if is_named(node) and node.name not in introduced and node != self.derivation.expression:
                yield self._let(node.name, node.args[1])

    def _steps(self) -> Iterator[Line]:
        steps = self.derivation.steps
        omitted = False
        for step in _brief(steps) if self.detail == "brief" else steps:
            if step.kind == "result":
                yield from self._result(step)
            elif step.kind == "case":
                yield self._case(step)
            elif step.kind == "let":
                yield self._let(step.left, step.after, self._remarks(step))
            elif self._size(step.after) <= LONGEST_LINE:
                yield self._equation(step)
            elif not omitted:
                yield Line("omitted", "", "", Piece("⋮"), Piece(r"\vdots"))
            omitted = step.kind not in ("let", "result") and self._size(step.after) > LONGEST_LINE

    def _size(self, value: Any) -> int:
        return printed_size(value, self._sizes)

    def _equation(self, step: Step) -> Line:
        """A line of a differential: terms in the order of the variables they lead to, those left out as ⋯."""
        left, latex = self.left_text(step.left), self.left_latex(step.left)
        if step.kind == "value" or not is_scalar(step.after):
            return self._line(step.kind, left, latex, step.after, self._remarks(step))
        new = [term for term in Add.make_args(step.after) if term != 0]
        new = in_order(new) if new else []
        partial = getattr(step, "partial", False)
        terms = sorted([*step.carried, *new], key=self._place) or [step.after]
        pieces = {style: self._plain[style].sum_of(terms, dots=partial) for style in (TEXT, LATEX)}
        return Line(step.kind, left, latex, pieces[TEXT], pieces[LATEX], tuple(self._remarks(step)))

    def _place(self, term: Any) -> int:
        """The place among the variables of the first one that the term's differential leads to."""
        return min((self._first_variable(d.args[0]) for d in _differentials(term)), default=0)

    def _first_variable(self, root: Any) -> int:
        stack = [root]
        while stack:
            node = stack[-1]
            missing = [child for child in operands(node) if child not in self._places]
            if node not in self._places and not missing:
                self._places[node] = min((self._places[child] for child in operands(node)), default=NOWHERE)
            if missing:
                stack.extend(missing)
            else:
                stack.pop()
        return self._places[root]

    def _case(self, step: Step) -> Line:
        """The answer for constants with a property, below the answer."""
        text, latex = ([name(x) for x in step.note.split(",")] for name in (text_name, self.name_latex))
        said = words().for_symmetric(text), rf"\text{{{words().for_symmetric([f'${x}$' for x in latex])}}}"
        return self._line("result", "", "", self._laid_out(step.left, step.after), [Remark(*said)])

    def _result(self, step: Step) -> Iterator[Line]:
        """The answer: with the names it is shortest with, then in the variables alone."""
        before, after = (self._laid_out(step.left, one) for one in (step.before, step.after))
        shape = shape_of(after)
        size = show_sizes(shape, TEXT) or words().scalar()
        size_latex = show_sizes(shape, LATEX) or rf"\text{{{words().scalar()}}}"
        shown = step.note and step.note != self.derivation.structure
        note = f", {words().result_note(step.note)}" if shown else ""
        remark = Remark(size + note, size_latex + (rf"\text{{{escape_latex(note)}}}" if note else ""))
        left, latex = self.left_text(step.left), self.left_latex(step.left)
        if self._size(after) > LONGEST_RESULT:
            yield self._line("result", left, latex, before, [remark])
        elif before != after and any(is_named(n) for n in postorder(before)):
            yield self._line("result", left, latex, before, [remark])
            second = self._line("result", "", "", after)
            if self.detail == "full" or columns(second.text.text) <= LONGEST_SECOND:
                yield second
        else:
            yield self._line("result", left, latex, after, [remark])

    def left_text(self, left: str) -> str:
        """The left side of a line, its names as they are displayed."""
        if left.startswith("2 ∂"):
            return f"2 {self.left_text(left[2:])}"
        order, letter, names = split_left(left)
        if not letter:
            return left
        shown = [self.name_text(name.removesuffix("*")) + "^*" * name.endswith("*") for name in names]
        below = f"{shown[0]}²" if order and shown[0] == shown[-1] else "∂".join(shown)
        return f"∂{order}{letter}/∂{below}"

    def left_latex(self, left: str) -> str:
        r"""The left side of a line in LaTeX: ``\frac{\partial f}{\partial W}``."""
        if left.startswith("2 ∂"):
            return rf"2\, {self.left_latex(left[2:])}"
        order, letter, names = split_left(left)
        if not letter:
            match = re.fullmatch(r"(vec )?d(.+)", left, re.DOTALL)
            if not match:
                return self.name_latex(left) if left else ""
            d = self.tex.tinted(rf"\mathrm{{d}}{self.name_latex(match[2])}")
            return (r"\operatorname{vec} " if match[1] else "") + d
        raised = "^{2} " if order else " "
        shown = [self.name_latex(name.removesuffix("*")) + "^{*}" * name.endswith("*") for name in names]
        same = order and shown[0] == shown[-1]
        below = rf"\partial {shown[0]}^{{2}}" if same else r" \, ".join(rf"\partial {name}" for name in shown)
        return rf"\frac{{\partial{raised}{self.name_latex(letter)}}}{{{below}}}"

    def _laid_out(self, left: str, result: Any) -> Any:
        """The answer in the layout asked for; steps hold it in gradient layout."""
        _, _, names = split_left(left.removeprefix("2 "))
        return self.derivation.laid_out(",".join(names).removesuffix("*"), result) if names else result

    def _remarks(self, step: Step) -> Iterator[Remark]:
        for rule in dict.fromkeys(step.rules):
            if rule.identity:
                identity = str(words("rules").identity(rule.identity))
                yield Remark(identity, formula_to_latex(identity, self.tex), rule)
            for clause in rule.kink.split("; ") if self.detail == "full" and rule.kink else ():
                sentence = str(words("rules").kink(clause))
                yield Remark(sentence, formula_to_latex(sentence, self.tex))
        if step.note and step.kind != "result":
            symmetric = re.fullmatch(r"(.+)ᵀ = \1", step.note)
            note = str(words().result_note(step.note))
            latex = self._symmetric(symmetric[1]) if symmetric else rf"\text{{{escape_latex(note)}}}"
            yield Remark(note, latex)

    def _symmetric(self, name: str) -> str:
        """Aᵀ = A."""
        letter = self.name_latex(name)
        return f"{letter}{self.tex.transpose} = {letter}"


def page_of(derivation: Any, detail: str | None = None, form: str | None = None, tex: Latex = LATEX) -> Page:
    """The page of a derivation: its steps, or one of the forms of its result."""
    if form is None:
        return Page(derivation, detail, tex)
    # the forms are many, and rarely asked for
    if form == "gauss-newton":
        from .gauss_newton import GaussNewtonPage

        return GaussNewtonPage(derivation, form, detail, tex)
    from .forms import FormPage

    return FormPage(derivation, form, detail, tex)


def _differentials(term: Any) -> Iterator[Any]:
    """The differentials in a term; none are looked for below names."""
    stack = [term]
    while stack:
        node = stack.pop()
        if isinstance(node, (Differential, DifferentialScalar)):
            yield node
        elif not is_named(node):
            stack.extend(operands(node))


def _brief(steps: Sequence[Step]) -> Iterator[Step]:
    """The differential in its last form, the names it uses, and the results."""
    last = next((i for i in reversed(range(len(steps))) if steps[i].kind not in ("let", "result")), None)
    left = ""
    for i, step in enumerate(steps):
        if step.kind not in ("let", "result", "value"):
            left = step.left or left
        if step.kind in ("let", "result"):
            yield step
        elif i == last:
            yield replace(step, left=left, rules=())


# ---------------------------------------------------------------- left sides
_PARTIAL = re.compile(r"∂(²?)([^/]+)/∂(.+)", re.DOTALL)


def split_left(left: str) -> tuple[str, str, list[str]]:
    """``∂²f/∂a∂b`` → order ², letter f, names a and b; the letter is empty where it is no derivative."""
    found = _PARTIAL.fullmatch(left)
    if not found:
        return "", "", []
    order, letter, below = found.groups()
    if not order:
        return order, letter, [below]
    return order, letter, [below[:-1], below[:-1]] if below.endswith("²") and "∂" not in below else below.split("∂")
