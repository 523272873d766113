"""One derivative with everything that its forms need: the value, the variable, the linear map dX ↦ dY, and names.

Every form is a face of the map (:mod:`matcalc.maps`), so that two forms cannot disagree; a structured variable composes
the map with the projection on its structure. The value has its intermediates named (z = Wx), and forms keep the names
where they are shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sympy import Integer, Rational

from ..algebra import (
    diag_matrix,
    diag_vector,
    differential_of,
    identity,
    is_named,
    is_scalar,
    matrix,
    postorder,
    replace,
    require_square,
    scalar,
    shape_of,
)
from ..algebra.core import PRINTERS, Shape
from ..algebra.nodes import Differential, Frobenius
from ..calculus.gradient import gradient_only
from ..calculus.intermediates import Names, name_intermediates
from ..calculus.jacobian import differential_map
from ..calculus.simplify import expand_names, simplify
from ..calculus.structure import FREE_ENTRIES, RIEMANNIAN, STRUCTURES, in_structure
from ..calculus.vecform import tidy
from ..errors import DerivationError
from ..maps import (
    DiagMap,
    FrobeniusWith,
    HadamardWith,
    LinearMap,
    Scaling,
    Triangle,
    UnvecMap,
    compose,
    frobenius_with,
    sandwich,
    scaling,
    sum_maps,
    transpose_map,
)
from ..operators.vech import vech

#: Names tried for a cotangent: of a vector or a matrix, of a scalar.
COTANGENTS = ("M N P Q", "μ ν κ")


class Shown:
    """What prints itself; :mod:`matcalc.present.forms` knows how."""

    def __str__(self) -> str:
        return PRINTERS["form"](self)

    def latex(self) -> str:
        """In LaTeX's math mode."""
        return PRINTERS["form"](self, latex=True)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


@dataclass(frozen=True)
class Derivative:
    """∂Y/∂X as the linear map dX ↦ dY.

    ``letter`` is what the value is called and ``name`` what the variable is called; in a block of a Hessian the value
    is the gradient by ``row``. ``structured`` maps variables to the symbols with their declared properties.
    """

    value: Any
    variable: Any
    map: LinearMap
    kind: str = "jacobian"
    letter: str = "F"
    name: str = "X"
    row: str | None = None
    taken: frozenset[str] = frozenset()
    structured: Mapping[Any, Any] = field(default_factory=dict)
    #: Of a derivative by the free entries x of a structured variable X: x → how it is made of X, X → how it is of x.
    free: Mapping[Any, Any] = field(default_factory=dict)
    #: The structure that was asked for.
    structure: str | None = None

    # ------------------------------------------------------------ shapes
    @property
    def value_shape(self) -> Shape:
        return self.map.codomain

    @property
    def variable_shape(self) -> Shape:
        return self.map.domain

    # ------------------------------------------------------------ closed forms
    def compact(self, expression: Any) -> Any:
        """In textbook form with the declared properties used, the named intermediates kept."""
        plain = simplify(expression)
        return simplify(replace(plain, dict(self.structured))) if self.structured else plain

    def closed(self, expression: Any) -> Any:
        """In textbook form, without names."""
        return self.compact(expand_names(expression))

    @cached_property
    def direction(self) -> Any:
        """The symbol dX."""
        return differential_of(self.variable)

    def cotangent(self, name: str | None = None) -> Any:
        """A symbol of the value's shape: M, or as named."""
        wishes = COTANGENTS[0 if self.value_shape else 1]
        fresh = Names(self.taken).fresh(wishes) if name is None else name
        return matrix(fresh, *self.value_shape) if self.value_shape else scalar(fresh)

    @cached_property
    def pushed(self) -> Any:
        """L(dX), with names; G : dX for a scalar value."""
        return self.along(self.direction, self.compact)

    def along(self, direction: Any, finish: Callable[[Any], Any]) -> Any:
        """L(V); the gradient that stands in it, or the whole, in the form that ``finish`` gives."""
        if isinstance(self.map, FrobeniusWith) and isinstance(direction, Differential):
            return Frobenius.make(finish(self.map.array), direction)
        return finish(self.map.apply(direction))

    def pulled(self, cotangent: Any) -> Any:
        """L*(M), with names."""
        return self.compact(self.map.pull(cotangent))

    @cached_property
    def on_vec(self) -> Any:
        """J with d vec Y = J d vec X, with names."""
        return self.compact(tidy(self.map.matrix()))


# ---------------------------------------------------------------- making them
def derivatives(
    value: Any,
    variables: Mapping[str, Any],
    kind: str | None = None,
    *,
    letter: str | None = None,
    taken: Collection[str] = (),
    structured: Mapping[Any, Any] | None = None,
    structure: str | None = None,
    gradients: Mapping[str, Any] | None = None,
) -> dict[str, Derivative]:
    """The derivatives by key: the variable's name; ``"a,b"`` for a block of a Hessian.

    ``gradients`` are those of a scalar value where they are known already, with their intermediates named.
    """
    kind = kind or ("gradient" if is_scalar(value) else "jacobian")
    if kind in ("gradient", "hessian") and not is_scalar(value):
        wanted = "Hessian" if kind == "hessian" else kind
        raise DerivationError(f"a {wanted} needs a scalar", hint='did you mean the Jacobian (kind="jacobian")?')
    names = {str(n) for n in taken} | {str(x) for x in variables}
    given = value.args[1] if is_named(value) else value
    letter = str(value.name) if is_named(value) else letter or ("f" if is_scalar(value) else "F")
    made = Maker(frozenset(names), structured or {}, structure, letter)
    if kind == "hessian":
        first = gradients or _gradients(given, variables)
        return {
            f"{a},{b}": made.derivative(expand_names(first[a]), b, y, kind, a, x)
            for a, x in variables.items()
            for b, y in variables.items()
        }
    if is_scalar(given):
        first = gradients or _gradients(name_intermediates(given, variables.values(), Names(names)), variables)
        return {name: made.gradient(given, name, x, first[name]) for name, x in variables.items()}
    return {name: made.derivative(given, name, x, "jacobian") for name, x in variables.items()}


def derivatives_of(
    derivation: Any, make: Callable[..., dict[str, Derivative]] = derivatives, kind: str | None = None
) -> dict[str, Derivative]:
    """The derivatives of a :class:`~matcalc.derivation.Derivation`, by the keys of its results.

    ``make`` may be another function that takes what :func:`derivatives` takes, ``kind`` another than that of the
    derivation.
    """
    derived = derivation.derived
    structured = {s.node: s.structured for s in derivation.program.symbols.values() if s.node is not s.structured}
    scalar_value = is_scalar(derivation.expression)
    own = derivation.kind if derivation.kind != "differential" else "gradient" if scalar_value else "jacobian"
    known = {"gradient": derived.compact, "hessian": derived.gradients}.get(own)
    named = derivation.program.statements[-1][0]
    result = next((s.left.partition("/")[0].lstrip("∂²") for s in derivation.steps if s.kind == "result"), None)
    return make(
        derivation.expression,
        derivation.variables,
        kind or own,
        letter=named or result,
        taken=tuple(derivation.program.symbols),
        structured=structured,
        structure=derivation.structure,
        gradients=known if scalar_value else None,
    )


def _gradients(value: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    found = gradient_only(value, list(variables.values()))
    return {name: simplify(found[x]) for name, x in variables.items()}


@dataclass(frozen=True)
class Maker:
    """What the derivatives of one value share."""

    taken: frozenset[str]
    structured: Mapping[Any, Any]
    structure: str | None
    letter: str

    def gradient(self, value: Any, name: str, x: Any, gradient: Any) -> Derivative:
        """df = G : dX, G in the structure asked for."""
        if self.structure not in (None, *STRUCTURES, *RIEMANNIAN):
            raise DerivationError(
                "by complex variables there are no other forms: the differential is a map of dZ and of its conjugate",
                hint="the derivation itself gives both Wirtinger derivatives",
            )
        g = in_structure(gradient, self.structure, x)
        by, one = self._entries(x), frobenius_with(g, shape_of(g))
        name, x = (name, x) if by is None else (by.name, by.symbol)
        return self._made(value, name, x, one, "gradient", None, by)

    def derivative(
        self, value: Any, name: str, x: Any, kind: str, row: str | None = None, row_variable: Any = None
    ) -> Derivative:
        """The differential of a value with its intermediates named."""
        prepared = name_intermediates(value, [x], Names(self.taken))
        return self.block(prepared, name, x, differential_map(prepared, x), row, row_variable, kind)

    def block(
        self, value: Any, name: str, x: Any, one: LinearMap, row: str | None, row_variable: Any, kind: str = "hessian"
    ) -> Derivative:
        """A map in the structure asked for; in a block of a Hessian both variables have it."""
        columns, rows = self._entries(x), self._entries(row_variable)
        if columns is not None:
            one = compose(one, columns.map)
        elif self.structure is not None and not is_scalar(x):
            one = compose(one, projection(self.structure, shape_of(x)))
        if rows is not None:
            one, value = compose(rows.map.adjoint(), one), rows.map.adjoint().apply(value)
        elif self.structure is not None and row_variable is not None and not is_scalar(row_variable):
            one = compose(projection(self.structure, shape_of(row_variable)), one)
        row = rows.name if rows is not None else row
        if columns is not None:
            return self._made(value, columns.name, columns.symbol, one, kind, row, columns)
        return self._made(value, name, x, one, kind, row)

    def _entries(self, x: Any) -> FreeEntries | None:
        """The free entries of a variable, where the derivative is by these."""
        if self.structure not in FREE_ENTRIES or x is None or is_scalar(x):
            return None
        return FreeEntries.of(self.structure, x, Names(self.taken))

    def _made(
        self, value: Any, name: str, x: Any, one: LinearMap, kind: str, row: str | None, by: FreeEntries | None = None
    ) -> Derivative:
        taken = self.taken | set(_names(value)) | set(_names(x))
        free = {} if by is None else by.table
        return Derivative(
            value, x, one, kind, self.letter, name, row, frozenset(taken), self.structured, free, self.structure
        )


@dataclass(frozen=True)
class FreeEntries:
    """The vector x of the free entries of a structured variable X, and the map dx ↦ dX."""

    symbol: Any
    map: LinearMap
    table: Mapping[Any, Any]

    @property
    def name(self) -> str:
        return str(self.symbol.name)

    @classmethod
    def of(cls, structure: str, x: Any, names: Names) -> FreeEntries:
        """x = vech X with vec X = D x, or = Lᵀ x; x = diag X with X = Diag x."""
        require_square(x, f"structure {structure!r}")
        n = shape_of(x)[0]
        matrix_of = FREE_ENTRIES[structure](n)
        small = str(x.name)[0].lower() + str(x.name)[1:]
        symbol = matrix(names.fresh(f"{small} v t u"), shape_of(matrix_of)[1], 1)
        if structure == "diagonal-vector":
            diagonal = DiagMap(shape_of(symbol), shape_of(x))
            return cls(symbol, diagonal, {symbol: diag_vector(x), x: diag_matrix(symbol)})
        one = compose(UnvecMap((n * n, Integer(1)), shape_of(x)), sandwich(matrix_of, 1, shape_of(symbol)))
        return cls(symbol, one, {symbol: vech(x), x: one.apply(symbol)})


def _names(value: Any) -> Iterator[str]:
    """The names of variables, functions, intermediates and sizes."""
    for node in postorder(value):
        name = getattr(node, "name", None)
        if name is not None:
            yield str(name)
        for size in shape_of(node):
            yield from (symbol.name for symbol in size.free_symbols)


def projection(structure: str, shape: Shape) -> LinearMap:
    """The self-adjoint map that takes the gradient of independent entries to that of the structure."""
    if structure not in STRUCTURES:
        raise DerivationError(f"with structure {structure!r} there are no other forms")
    if len(shape) != 2 or shape[0] != shape[1]:
        raise DerivationError(f"structure {structure!r} needs a square matrix")
    one, turn = scaling(1, shape), transpose_map(shape)
    back = compose(Scaling(shape, shape, Integer(-1)), turn)
    diagonal = HadamardWith(shape, shape, identity(shape[0]))
    sums: dict[str, list[LinearMap]] = {
        "symmetric": [one, turn],
        "spd": [one, turn],
        "symmetric-entries": [one, turn, compose(Scaling(shape, shape, Integer(-1)), diagonal)],
        "skew": [one, back],
        "skew-entries": [one, back],
        "diagonal": [diagonal],
        "lower": [Triangle(shape, shape, True)],
        "upper": [Triangle(shape, shape, False)],
    }
    total = sum_maps(sums[structure], shape, shape)
    half = structure in ("symmetric", "spd", "skew")
    return compose(scaling(Rational(1, 2), shape), total) if half else total
