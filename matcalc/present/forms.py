"""The forms of a derivative in print: a page like that of a derivation, with the form in place of the steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import sympy

from ..algebra import block, is_scalar, mul, named_nodes, shape_of, transpose, vec
from ..algebra.nodes import MatProduct
from ..forms import derivatives_in, layouts
from ..forms.closed import matrix as matrix_form
from ..forms.closed import stacked, with_diagonals
from ..forms.components import Components, components
from ..forms.derivative import Derivative
from ..forms.explicit import Explicit, explicit
from ..forms.tensor import TensorForm, tensor
from .expressions import text_of
from .indexed import axes_of, cases_of, einsum_piece, left_side, subscript, sum_piece
from .names import latex_name, text_name
from .notation import Level
from .page import Line, Page, Remark, page_of
from .pieces import BreakHere, End, Part, Piece, join
from .printer import Printer
from .reading import show_sizes, space_of
from .styles import LATEX, TEXT, Latex, Style
from .templates import words as general_words


def words() -> Any:
    """The phrases beside the forms."""
    return general_words("forms")


#: A formula in both styles.
Both = Mapping[Style, Piece]


class FormPage(Page):
    """The title, the names that the form uses, and the form."""

    def __init__(self, derivation: Any, form: str, detail: str | None = None, tex: Latex = LATEX) -> None:
        super().__init__(derivation, detail, tex)
        self.form = form
        self.derivatives = derivatives_in(derivation, form)

    @cached_property
    def letter(self) -> str:
        """What the value is called: by its own name where it has one."""
        return next(iter(self.derivatives.values())).letter

    @cached_property
    def lines(self) -> list[Line]:
        write: Callable[[Derivative], Iterator[Line]] = getattr(self, f"_{self.form}")
        body = [line for one in self.derivatives.values() for line in write(one)]
        return [self.title, *self._names_used(), *body, *self._together()]

    # ------------------------------------------------------------ lines
    def _names_used(self) -> Iterator[Line]:
        """let z = Wx, for the names that stand in the form."""
        if self.form == "explicit":
            return
        found: dict[str, Any] = {}
        for one in self.derivatives.values():
            if one.variable in one.free:  # x = vech X
                name = text_name(one.name)
                yield self._line("let", name, self.name_latex(one.name), one.free[one.variable])
        for one in self.derivatives.values():
            for root in _formulas(one, self.form):
                found |= {n.name: n for n in named_nodes(root) if n.name not in found}
        for name, node in found.items():
            yield self._let(name, node.definition)

    def _printed(self, expression: Any) -> Both:
        return {style: style.signed(self._plain[style].piece(expression)) for style in (TEXT, LATEX)}

    def _both(self, kind: str, left: tuple[str, str], formula: Both, remark: tuple[str, str] | str = "") -> Line:
        if isinstance(remark, str):
            remark = (remark, in_text(remark))
        remarks = (Remark(*remark),) if remark[0] else ()
        return Line(kind, *left, formula[TEXT], formula[LATEX], remarks)

    def _left(self, one: Derivative) -> tuple[str, str]:
        """∂F/∂W, ∂²f/∂a∂b."""
        same = one.row == one.name
        whole = (
            f"∂{one.letter}/∂{one.name}"
            if one.row is None
            else f"∂²{one.letter}/∂{one.row}" + ("²" if same else f"∂{one.name}")
        )
        return self.left_text(whole), self.left_latex(whole)

    # ------------------------------------------------------------ operator
    def _operator(self, one: Derivative) -> Iterator[Line]:
        """DF(W) = dW ↦ L(dW), and its adjoint M ↦ L*(M)."""
        arguments = self.name_text(one.name), self.name_latex(one.name)
        letters = self._value_name(one)
        several = len(self.derivatives) > 1
        lower = [f"_{name} " if several else "" for name in (arguments[0], f"{{{arguments[1]}}}")]
        names = (
            [self.name_text(n) for n in self.derivation.variables],
            [self.name_latex(n) for n in self.derivation.variables],
        )
        heads = [f"D{lower[k]}{letters[k]}({', '.join(names[k])})" for k in (0, 1)]
        pushed = one.pushed
        symmetric = one.row is not None and one.row == one.name and one.pulled(one.direction) == pushed
        remark: Any = words().hvp() if symmetric else words().jvp()
        yield self._both("result", (heads[0], heads[1]), self._arrow(one.direction, pushed), remark)
        if (product := with_diagonals(pushed)) != pushed:
            yield self._both("result", ("", ""), self._arrow(one.direction, product), words().as_matrices())
        if symmetric:  # the adjoint is the same map
            return
        m = one.cotangent()
        adjoint = (f"{heads[0]}*", f"{heads[1]}^{{*}}")
        space = [f"{self._plain[s](m)} {sign} {space_of(shape_of(m), s)}" for s, sign in ((TEXT, "∈"), (LATEX, r"\in"))]
        remark = words().vjp(space[0]), rf"\text{{{words().vjp('')}}} {space[1]}"
        yield self._both("result", adjoint, self._arrow(m, one.pulled(m)), remark)

    def _arrow(self, argument: Any, image: Any) -> Both:
        made: dict[Style, Piece] = {}
        for style, sign in ((TEXT, " ↦ "), (LATEX, r" \mapsto ")):
            left, right = (style.signed(self._plain[style].piece(e)) for e in (argument, image))
            made[style] = join([left, BreakHere(Level.SUM - 1), sign, right], Level.SUM, left.first, right.last)
        return made

    # ------------------------------------------------------------ matrices
    def _matrix(self, one: Derivative) -> Iterator[Line]:
        found = layouts.lay_out(
            matrix_form(one, names=True), self.derivation.layout, one.value_shape, one.variable_shape, one.kind
        )
        yield self._both("result", self._left(one), self._printed(found), size_remark(found))

    def _vec(self, one: Derivative) -> Iterator[Line]:
        """vec dF = J vec dW; in denominator layout Jᵀ by itself."""
        j = one.on_vec
        if self.derivation.layout == "denominator":
            found = transpose(j)
            yield self._both("result", self._left(one), self._printed(found), size_remark(found))
            return
        yield self._on_vec(one, j, vec(one.direction))

    def _on_vec(self, one: Derivative, j: Any, d: Any, remark: str = "") -> Line:
        text, latex = self._value_name(one)
        flat = one.value_shape == () or one.value_shape[1] == 1
        vec_text, vec_latex = ("", "") if flat else ("vec ", r"\operatorname{vec} ")
        left = f"{vec_text}d{text}", vec_latex + self.tex.tinted(rf"\mathrm{{d}}{latex}")
        plain = getattr(j, "is_Identity", False) or is_scalar(j)
        product = mul(j, d) if plain else MatProduct.make(*(j.args if isinstance(j, MatProduct) else (j,)), d)
        size, size_latex = size_remark(j)
        more = f", {remark}" if remark else ""
        return self._both("result", left, self._printed(product), (size + more, size_latex + in_text(more)))

    def _together(self) -> Iterator[Line]:
        """The matrix on vec by all variables: [J_W J_b] (vec dW, db)."""
        if self.form != "vec" or len(self.derivatives) < 2:
            return
        together = stacked(self.derivatives, names=True)
        first = next(iter(self.derivatives.values()))
        if self.derivation.layout == "denominator" or first.row is not None:
            found = transpose(together) if self.derivation.layout == "denominator" else together
            names = list(self.derivation.variables)
            text, latex = (", ".join(map(name, names)) for name in (text_name, self.name_latex))
            above = text_name(first.letter), self.name_latex(first.letter)
            left = f"∂{above[0]}/∂({text})", rf"\frac{{\partial {above[1]}}}{{\partial ({latex})}}"
            if first.row is not None:
                left = f"∂²{above[0]}/∂({text})²", rf"\frac{{\partial^{{2}} {above[1]}}}{{\partial ({latex})^{{2}}}}"
            yield self._both("result", left, self._printed(found), size_remark(found))
            return
        directions = block([[vec(one.direction)] for one in self.derivatives.values()])
        yield self._on_vec(first, together, directions, words().together())

    # ------------------------------------------------------------ indices
    def _tensor(self, one: Derivative) -> Iterator[Line]:
        form = tensor(one)
        formula: Both = {style: sum_piece(self._plain[style], form.terms) for style in (TEXT, LATEX)}
        sizes = [show_sizes(form.shape, s) if form.order > 1 else self._plain[s](form.size) for s in (TEXT, LATEX)]
        axes = (
            words().axes(axes_of(form), sizes[0]),
            in_text(words().axes(f"${axes_of(form)}$", f"${sizes[1]}$")),
        )
        left = left_side(form, TEXT), left_side(form, self.tex)
        line = self._both("result", left, formula, axes if form.order else "")
        if form.order:
            yield replace(line, remarks=(*line.remarks, Remark(*self._sparsity(form))))
            call: Both = {style: einsum_piece(self._plain[style], form.einsum) for style in (TEXT, LATEX)}
            yield self._both("result", ("", ""), call)
        else:
            yield line

    def _sparsity(self, form: TensorForm) -> tuple[str, str]:
        """27 entries, 9 non-zero."""
        shown = []
        for style in (TEXT, LATEX):
            to, dollar = self._plain[style], "" if style is TEXT else "$"
            full = form.nonzeros is None or (form.nonzeros - form.size).expand() == 0
            count = "" if full else f"{dollar}{to(form.nonzeros)}{dollar}"
            shown.append(words().count(f"{dollar}{to(form.size)}{dollar}", count))
        return shown[0], in_text(shown[1])

    def _components(self, one: Derivative) -> Iterator[Line]:
        form = components(tensor(one))
        left = left_side(form.tensor, TEXT), left_side(form.tensor, self.tex)
        text, latex = (list(cases_of(form, self._plain[style])) for style in (TEXT, LATEX))
        for (piece, condition), (piece_latex, condition_latex) in zip(text, latex, strict=True):
            if condition:
                remark = words().if_case(condition), in_text(words().if_case(f"${condition_latex}$"))
            else:
                said = words().otherwise() if len(text) > 1 else words().always()
                remark = said, in_text(said)
            yield self._both("result", left, {TEXT: piece, LATEX: piece_latex}, remark)
            left = "", ""

    # ------------------------------------------------------------ written out
    def _explicit(self, one: Derivative) -> Iterator[Line]:
        """The closed form and its entries; where the derivative is no matrix, by each entry of variable and value."""
        form = explicit(one)
        for node in named_nodes(form.closed):
            yield self._let(node.name, node.definition)
        for symbol, formula in form.definitions:
            yield self._line("let", text_name(symbol.name), latex_name(symbol.name), formula)
        on_vec = bool(one.value_shape) and bool(one.variable_shape)
        plain = on_vec and (one.value_shape[1] != 1 or one.variable_shape[1] != 1)
        text, latex = size_remark(form.closed)
        remark = (words().on_vec(text), in_text(words().on_vec(f"${latex}$"))) if plain else (text, latex)
        yield self._both("result", self._left(one), self._printed(form.closed), remark)
        failed = sum(e != 0 for e in form.differences)
        proof = words().unproved(failed) if failed else words().proved(len(form.differences))
        yield self._both("result", ("", ""), self._array(form.array), proof)
        if plain:
            for symbol, table in form.by_entry():
                yield self._both("result", self._by_symbol(one, symbol), self._array(table))
            for place, table in form.by_value():
                yield self._both("result", self._of_entry(one, place), self._array(table))

    def _by_symbol(self, one: Derivative, symbol: Any) -> tuple[str, str]:
        """∂F/∂w₁₂."""
        text, latex = self._value_name(one)
        below = latex_name(symbol.name)
        return f"∂{text}/∂{text_name(symbol.name)}", rf"\frac{{\partial {latex}}}{{\partial {below}}}"

    def _of_entry(self, one: Derivative, place: tuple[int, int]) -> tuple[str, str]:
        """∂F₂/∂W."""
        indices = [str(k + 1) for k, size in zip(place, one.value_shape, strict=True) if size != 1]
        text, latex = self._value_name(one)
        text, latex = (f"{name}{subscript(s, indices)}" for name, s in ((text, TEXT), (latex, LATEX)))
        return f"∂{text}/∂{text_name(one.name)}", rf"\frac{{\partial {latex}}}{{\partial {self.name_latex(one.name)}}}"

    def _value_name(self, one: Derivative) -> tuple[str, str]:
        """F; ∇f for the gradient whose Jacobian is a Hessian."""
        text, latex = text_name(one.letter), self.name_latex(one.letter)
        if one.row is None:
            return text, latex
        if len(self.derivation.variables) == 1:
            return f"∇{text}", rf"\nabla {latex}"
        return f"∇_{text_name(one.row)} {text}", rf"\nabla_{{{self.name_latex(one.row)}}} {latex}"

    def _array(self, array: sympy.Matrix) -> Both:
        """[a, b; c, d], where a line may break after every row."""
        return {style: array_piece(self._plain[style], array) for style in (TEXT, LATEX)}


def _formulas(one: Derivative, form: str) -> Sequence[Any]:
    """The expressions that stand in a form, for the names in them."""
    if form == "operator":
        return [one.pushed, one.pulled(one.cotangent())]
    if form in ("vec", "gauss-newton"):
        return [one.on_vec]
    if form == "matrix":
        return [matrix_form(one, names=True)]
    terms = tensor(one).terms
    return [*(f.array for t in terms for f in t.elements), *(t.coefficient for t in terms)]


def in_text(phrase: str) -> str:
    """A phrase in LaTeX's math mode."""
    return rf"\text{{{phrase}}}" if phrase else ""


def size_remark(found: Any) -> tuple[str, str]:
    """``m×n`` in both styles; "scalar"."""
    shape = shape_of(found)
    if not shape:
        return general_words().scalar(), in_text(general_words().scalar())
    return show_sizes(shape, TEXT), show_sizes(shape, LATEX)


def array_piece(to: Printer, array: sympy.Matrix) -> Piece:
    """A SymPy matrix of entries; in text a line may break after every row."""
    rows = [[to.style.signed(to.piece(array[i, j])) for j in range(array.cols)] for i in range(array.rows)]
    if array.shape == (1, 1):
        return rows[0][0]
    if to.style.is_tex:
        return to.style.matrix(rows)
    parts: list[Part] = ["["]
    for i, row in enumerate(rows):
        parts += ["; ", BreakHere(Level.SUM)] if i else []
        for j, piece in enumerate(row):
            parts += [", ", piece] if j else [piece]
    return join([*parts, "]"], Level.ATOM, End.CALL, End.CALL)


# ---------------------------------------------------------------- forms by themselves
def written(form: TensorForm | Components | Explicit, latex: bool = False) -> str:
    """One form as a string: an equation, the cases, or the array."""
    style: Style = LATEX if latex else TEXT
    if isinstance(form, TensorForm):
        to = Printer(style, form.derivative.taken)
        return f"{left_side(form, style)} = {style.signed(sum_piece(to, form.terms)).text}"
    if isinstance(form, Components):
        return _cases(form, style)
    to = Printer(style, form.derivative.taken)
    return array_piece(to, form.array).text


def _cases(form: Components, style: Style) -> str:
    to = Printer(style, form.tensor.derivative.taken)
    head = f"{left_side(form.tensor, style)} = "
    found = [(style.signed(piece).text, condition) for piece, condition in cases_of(form, to)]
    if len(found) == 1:
        return head + found[0][0]
    if style is TEXT:
        return head + ", ".join(f"{value} {words().if_case(c)}" if c else f"else {value}" for value, c in found)
    said = (words().if_case(f"${c}$") if c else words().otherwise() for _, c in found)
    lines = r" \\ ".join(rf"{value} & \text{{{phrase}}}" for (value, _), phrase in zip(found, said, strict=True))
    return rf"{head}\begin{{cases}} {lines} \end{{cases}}"


# ---------------------------------------------------------------- as data
def record(derivation: Any, name: str) -> dict[str, Any]:
    """A form as data: by key the formula as text and LaTeX; of a tensor the axes, the sparsity and the einsums, too."""
    page = page_of(derivation, form=name)
    shown = [
        {
            "left": line.left,
            "text": str(line.text.text),
            "latex": line.latex.text,
            "remark": " ".join(r.text for r in line.remarks),
        }
        for line in page.lines[1:]
    ]
    out: dict[str, Any] = {"form": name, "lines": shown}
    if name == "tensor":
        out["tensors"] = {key: _tensor_record(tensor(one)) for key, one in derivatives_in(derivation, name).items()}
    return out


def _tensor_record(form: TensorForm) -> dict[str, Any]:
    return {
        "text": str(form),
        "latex": form.latex(),
        "axes": list(form.axes),
        "shape": [text_of(size) for size in form.shape],
        "nonzeros": None if form.nonzeros is None else text_of(form.nonzeros),
        "einsum": [
            {
                "coefficient": text_of(one.coefficient),
                "subscripts": one.subscripts,
                "operands": [text_of(o.array) for o in one.operands],
                "shapes": [[text_of(size) for size in o.shape] for o in one.operands],
            }
            for one in form.einsum
        ],
    }


__all__ = ["FormPage", "array_piece", "record", "written"]
