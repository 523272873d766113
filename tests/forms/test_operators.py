"""Every operator: the forms of its derivative agree, and its value is written out where it has a formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Integer, Tuple
from sympy.matrices.expressions.matexpr import MatrixExpr, MatrixSymbol

from matcalc import algebra as alg
from matcalc.algebra.core import Node, is_expression
from matcalc.calculus.jacobian import differential_map, jacobian_matrix
from matcalc.errors import DerivationError, LimitError
from matcalc.forms import derivatives
from matcalc.forms.written import RULES, Written, entries_of
from matcalc.operators import OPERATORS
from tests.code.cases import CASES, SIZES
from tests.forms.checks import check_forms
from tests.naive import evaluate

#: Not too large to be written out, and distinct where that is possible.
SMALL = {"k": 2, "m": 2, "n": 3, "p": 2, "q": 2}
#: What has no formula in its entries that a reader would want: roots of polynomials, series, complex numbers.
UNWRITTEN = {
    "ArgMax", "Cholesky", "Conjugate", "ConjugateScalar", "Differential", "DifferentialScalar", "Eigenvalue",
    "Eigenvector", "Frechet", "FrechetMatrix", "MatrixFunction", "NuclearNorm", "PolarFactor", "PseudoInverse",
    "RealPart", "Sample", "SampleNumber", "SecondSpectralFrechet", "SingularPair", "SpectralFrechet",
    "SpectralFrechetMatrix", "SpectralFunction",
    "SpectralNorm", "Stacked", "Summation", "SummationScalar",
}  # fmt: skip


def size(d: Any, sizes: dict[str, int]) -> Any:
    return Integer(d.subs({alg.dimension(s): value for s, value in sizes.items()})) if is_expression(d) else d


def variables(root: Any, sizes: dict[str, int]) -> list[Any]:
    """The symbols of an expression that are no sizes."""
    leaves = [x for x in alg.postorder(root) if isinstance(x, (sympy.Symbol, MatrixSymbol))]
    return [x for x in leaves if isinstance(x, MatrixSymbol) or x.name not in sizes]


def draw(x: Any, sizes: dict[str, int], rng: np.random.Generator) -> Any:
    """An array that suits the declared properties."""
    shape = [int(size(d, sizes)) for d in alg.shape_of(x)]
    array = 0.6 * rng.standard_normal(shape)
    marks = alg.properties_of(x)
    if "spd" in marks:
        return array @ array.T + np.eye(shape[0])
    return np.exp(array) if "positive" in marks else array


@pytest.mark.parametrize("name", CASES)
def test_the_forms_of_every_operator_agree(name: str) -> None:
    value, rng = CASES[name], np.random.default_rng(11)
    env = {x: draw(x, SIZES, rng) for x in variables(value, SIZES)}
    for x in env:
        try:
            differential_map(value, x)
        except DerivationError:
            continue  # it has no derivative, in any form
        (d,) = derivatives(value, {str(x.name): x}, "gradient" if alg.is_scalar(value) else "jacobian").values()
        j = np.atleast_2d(evaluate(differential_map(value, x).matrix(), env, SIZES))
        check_forms(d, j, env, SIZES, 2)


def sized(root: Any) -> Any:
    """The same expression with numeric sizes."""
    memo: dict[Any, Any] = {}
    for node in alg.postorder(root):
        if isinstance(node, MatrixSymbol):
            memo[node] = alg.matrix(node.name, *(size(d, SMALL) for d in node.shape), *alg.properties_of(node))
        elif isinstance(node, Node):
            args = [memo[a] if is_expression(a) else a for a in node.args]
            sizes = [Tuple(*(size(t, SMALL) for t in a)) if isinstance(a, Tuple) else a for a in args]
            memo[node] = node.func(*sizes)
        elif isinstance(node, MatrixExpr):
            memo[node] = type(node)(*(size(d, SMALL) for d in node.args))
        else:
            dimension = node.is_Symbol and node.name in SMALL
            memo[node] = (
                Integer(SMALL[node.name])
                if dimension
                else node.func(*(memo[a] for a in node.args))
                if node.args
                else node
            )
    return memo[root]


@pytest.mark.parametrize("name", CASES)
def test_written_out_an_expression_has_its_value(name: str) -> None:
    value, rng = CASES[name], np.random.default_rng(4)
    env = {x: draw(x, SMALL, rng) for x in variables(value, SMALL)}
    try:
        written = Written(False, {str(x.name) for x in env}).matrix(sized(value))
    except (DerivationError, LimitError):
        assert any(
            type(node).__name__ in UNWRITTEN or isinstance(node, alg.nodes.Inverse) for node in alg.postorder(value)
        )
        return
    point: dict[Any, Any] = {}
    for x, array in env.items():
        if alg.is_scalar(x):
            point[x] = float(array)
        else:
            entries = entries_of(sized(x), {str(y.name) for y in env})
            point |= {e: float(a) for e, a in zip(entries, np.atleast_2d(array).ravel(), strict=True) if e.is_Symbol}
    numbers = np.array(written.subs(point).evalf().tolist(), dtype=float)
    np.testing.assert_allclose(numbers, np.atleast_2d(evaluate(value, env, SMALL)), rtol=1e-9, atol=1e-9)


def test_every_operator_is_written_out_or_known_not_to_be() -> None:
    written = {cls.__name__ for cls in RULES}
    ours = {cls.__name__ for cls in OPERATORS if issubclass(cls, Node)}
    assert ours - written <= UNWRITTEN
    assert not written & UNWRITTEN


def test_what_has_no_formula_says_so() -> None:
    x = alg.matrix("X", Integer(2), Integer(2))
    from matcalc.operators import FUNCTIONS

    with pytest.raises(DerivationError, match="written out"):
        Written(True)(alg.trace(FUNCTIONS["expm"].build(x)))


def test_the_matrix_on_vec_is_the_engines() -> None:
    w, x = alg.matrix("W", *(alg.dimension(d) for d in "mn")), alg.matrix("x", alg.dimension("n"), alg.ones(1, 1))
    value = alg.elementwise("tanh", alg.mul(w, x))
    from matcalc.forms import on_vec

    assert on_vec(derivatives(value, {"W": w})["W"]) == jacobian_matrix(value, w)
