"""The Gauss–Newton matrix in print: the residuals, their Jacobians, and the product JᵀJ."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from sympy import Integer

from ..algebra import add, contains, dimension, matrix, mul, norm, power, scalar, shape_of, size_of, transpose
from ..calculus.jacobian import differential_map
from ..calculus.vecform import tidy
from ..forms.closed import stacked
from ..forms.gauss_newton import residuals_of
from .forms import FormPage, in_text, size_remark, words
from .indexed import subscript
from .page import Line
from .styles import TEXT


class GaussNewtonPage(FormPage):
    """r and ∂r/∂w for every term c‖r‖² of the value, then Σ 2c JᵀJ; by several variables its blocks first."""

    @cached_property
    def lines(self) -> list[Line]:
        body = list(self._residuals())
        if len(self.derivatives) > 1:
            body += [self._product(one.on_vec, tuple(key.split(","))) for key, one in self.derivatives.items()]
        return [self.title, *self._names_used(), *body, self._product(stacked(self.derivatives, names=True))]

    @cached_property
    def _squares(self) -> list[tuple[Any, Any]]:
        return residuals_of(self.derivation)

    def _residuals(self) -> Iterator[Line]:
        """r = θ(z) − y, a residual of the term c‖r‖², and ∂r/∂w = J."""
        first = next(iter(self.derivatives.values()))
        for k, (weight, residual) in enumerate(self._squares):
            number = [str(k + 1)] if len(self._squares) > 1 else []
            names = f"r{subscript(TEXT, number)}", f"r{subscript(self.tex, number)}"
            shape = shape_of(residual)
            symbol = matrix(names[1], *shape) if shape else scalar(names[1])
            term = self._printed(mul(weight, power(norm(symbol) if shape else symbol, Integer(2))))
            remark = words().square(term[TEXT].text), in_text(words().square(f"${term[self.tex].text}$"))
            yield self._both("let", names, self._printed(residual), remark)
            for name, x in self.derivation.variables.items():
                if contains(residual, x):
                    j = first.compact(tidy(differential_map(residual, x).matrix()))
                    left = self.left_text(f"∂{names[0]}/∂{name}"), self.left_latex(f"∂{names[1]}/∂{name}")
                    yield self._both("differential", left, self._printed(j), size_remark(j))

    def _product(self, found: Any, block: tuple[str, ...] = ("", "")) -> Line:
        """2c JᵀJ = …, or the block J_aᵀJ_b of two variables."""
        label = self._printed(add(*self._symbols(*block)))
        size, size_latex = size_remark(found)
        if not any(block):
            size_latex += in_text(words().gauss_newton("$r$"))
            size += words().gauss_newton("r")
        return self._both("result", (label[TEXT].text, label[self.tex].text), self._printed(found), (size, size_latex))

    def _symbols(self, row: str, column: str) -> Iterator[Any]:
        """2c JᵀJ for every term, J a symbol."""
        variables = self.derivation.variables
        for k, (weight, residual) in enumerate(self._squares):
            if all(not x or contains(residual, variables[x]) for x in (row, column)):
                number = [str(k + 1)] if len(self._squares) > 1 else []
                left, right = (_jacobian([*number, *([x] if x else [])], variables.get(x)) for x in (row, column))
                yield mul(2 * weight, transpose(left), right)


def _jacobian(marks: list[str], variable: Any) -> Any:
    """The symbol J with subscripts."""
    width = size_of(variable) if variable is not None else dimension("n")
    return matrix("J" + (f"_{{{','.join(marks)}}}" if marks else ""), dimension("N"), width)
