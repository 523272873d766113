"""derive(): from text to a Derivation, the one object that everything else shows, checks or compiles."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import present  # noqa: F401  (registers how expressions print)
from .algebra import is_scalar, matrix, scalar, shape_of, shown_name
from .calculus.engine import KINDS, Derived, Samples, run
from .calculus.steps import Step
from .errors import DerivationError, InternalError, MatcalcError
from .language import Program, read
from .language.names import name_key, names_of

if TYPE_CHECKING:
    from .claims import Opinion
    from .pictures import Graph, Pattern
    from .verify import Certificate, Report

LAYOUTS = ("gradient", "numerator", "denominator")
DETAILS = ("brief", "normal", "full")


class Derivation:
    """A derivative with the way to it. Made by :func:`derive`.

    ``expression``, ``result`` and ``differential`` are SymPy expressions; for joint variables ``result`` is a mapping
    from name (for a Hessian from ``"a,b"``) to expression. ``steps`` are data: each holds what stood before, what
    stands after, and the rule between. ``reading`` says how the input was taken, ``assumptions`` what the result needs.
    """

    def __init__(
        self,
        program: Program,
        variables: Mapping[str, Any],
        derived: Derived,
        *,
        joint: bool,
        layout: str,
        structure: str | None,
        detail: str,
    ) -> None:
        self.program = program
        self.variables = dict(variables)
        self.derived = derived
        self.joint = joint
        self.layout = layout
        self.structure = structure
        self.detail = detail
        #: The declarations and definitions that :func:`derive` was given.
        self.context: tuple[str | None, Mapping[str, str] | None] = (None, None)
        #: What :func:`derive` found when it checked the derivation; None where that was left out.
        self.certificate: Certificate | None = None

    @property
    def kind(self) -> str:
        return self.derived.kind

    @property
    def expression(self) -> Any:
        return self.program.expression

    @property
    def results(self) -> dict[str, Any]:
        """Every derivative by key: the variable's name, or ``"a,b"`` for a block of a Hessian."""
        return {key: self.laid_out(key, one) for key, one in self.derived.results.items()}

    @property
    def result(self) -> Any:
        results = self.results
        return results if self.joint else next(iter(results.values()))

    @property
    def differential(self) -> Any:
        return self.derived.differential

    @property
    def steps(self) -> list[Step]:
        return self.derived.record.steps

    @cached_property
    def reading(self) -> Any:
        """Names with their shapes and kinds, and how ambiguous spellings were taken."""
        from .present.reading import Reading

        return Reading.of(self)

    @cached_property
    def assumptions(self) -> list[str]:
        """What the result needs, in words."""
        from .present.reading import assumptions

        return assumptions(self)

    # ------------------------------------------------------------ other forms
    def form(self, name: str) -> Any:
        """The derivative in another form; for joint variables a mapping from key to form.

        ``"operator"`` (dX ↦ …), ``"matrix"`` (vectors by vectors), ``"vec"`` (the matrix on vec), ``"tensor"`` (index
        notation), ``"components"`` (one entry) or ``"explicit"`` (small arrays written out). Raises DerivationError
        where there is no such form.
        """
        from .forms import form_of

        return form_of(self, name)

    def why(self, step: int, size: int = 2) -> Any:
        """The step of this number, from 1, written out entry by entry with every size taken as ``size``.

        ``.before`` and ``.after`` are SymPy matrices, ``.proved`` says whether SymPy agrees; it prints as text. Raises
        DerivationError for a step that there is not, LimitError for one too long to be written out.

        >>> print(derive("‖Ax − b‖²", wrt="x").why(3))
        why step 3 holds, entry by entry, for m = 2, n = 2: d(AB) = dA B + A dB
          2r : dr
              = 2 dr₁ r₁ + 2 dr₂ r₂
          2r : A dx
              = 2r₁(a₁₁ dx₁ + a₁₂ dx₂) + 2r₂(a₂₁ dx₁ + a₂₂ dx₂)
          SymPy agrees in the one entry
        """
        from .forms.why import why

        return why(self, step, size)

    @property
    def jvp(self) -> Any:
        """The Jacobian–vector product L(dX), an expression in ``dX``."""
        from .forms import jvp_of

        return jvp_of(self)

    @property
    def vjp(self) -> Any:
        """The vector–Jacobian product L*(M), for a cotangent ``M`` of the value's shape (``μ`` of a scalar)."""
        from .forms import vjp_of

        return vjp_of(self)

    @property
    def hvp(self) -> Any:
        """The Hessian–vector product of a scalar value, an expression in ``dX``: the Hessian is never formed.

        By several variables a mapping: the derivative of each gradient along all the ``dX`` together.
        """
        from .forms import hvp_of

        return hvp_of(self)

    # ------------------------------------------------------------ written out
    def text(self, **options: Any) -> str:
        """The derivation for a terminal; ``width`` in columns (default 80)."""
        from .present import text

        return text.render(self, **{"report": self.certificate, **options})

    def latex(self, **options: Any) -> str:
        from .present import latex

        return latex.render(self, **{"report": self.certificate, **options})

    def markdown(self, **options: Any) -> str:
        from .present import markdown

        return markdown.render(self, **{"report": self.certificate, **options})

    def html(self, **options: Any) -> str:
        from .present import html

        return html.render(self, **{"report": self.certificate, **options})

    def json(self, **options: Any) -> dict[str, Any]:
        from .present import record

        return record.render(self, **{"report": self.certificate, **options})

    # ------------------------------------------------------------ pictures
    def graph(self) -> Graph:
        """The computation as a graph, with the adjoints that flow back: ``.svg()``, ``.tikz()``."""
        from .pictures import graph

        return graph(self)

    def pattern(self, key: str | None = None) -> Pattern:
        """Where the Jacobian is not zero: ``.svg()``, ``.tikz()``, ``.text()``; ``key`` chooses among several."""
        from .pictures import pattern

        return pattern(self, key)

    # ------------------------------------------------------------ notebooks
    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows, proof-read as on the command line."""
        from .notebook import mime_bundle

        return mime_bundle(self, include, exclude, report=self.certificate)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex(standalone=False)}\n$$"

    def _repr_html_(self) -> str:
        return self.html()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Derivation of {self.program.source!r} by {', '.join(self.variables)}: {self.kind}>"

    # ------------------------------------------------------------ code and proof
    def source(self, target: str = "numpy", **options: Any) -> str:
        """A self-contained module as text: value, derivative, and both in one call; options as for :meth:`compile`."""
        from .code import source

        return source(self, target, **options)

    def compile(self, target: str = "numpy", structure: str = "dense", **options: Any) -> Callable[..., Any]:
        """The derivative as a callable that takes every variable by keyword.

        ``structure`` is "dense", "sparse" or "operator"; ``batch=("x", "y")`` gives these inputs, the value and the
        derivative a leading axis of examples; ``form``, ``dtype``, ``fast_math`` and more are said in "Code" of the
        documentation. Raises CompileError for a target, a structure or an option that is not there.
        """
        from .code import compile_derivation

        return compile_derivation(self, target, structure, **options)

    def check(self, trials: int = 3) -> Report:
        """A numeric proof-read: every step against its predecessor, the result against differences of the value."""
        from .verify import check

        return check(self, trials)

    def verify_claim(self, claim: str) -> Opinion:
        """Is a formula, as text, the derivative? If not: what is wrong with it, and the smallest counterexample."""
        from .claims import claim_of

        return claim_of(self, claim)

    # ------------------------------------------------------------ layout
    def laid_out(self, key: str, result: Any) -> Any:
        """The derivative by ``key`` (``"a,b"``: a block of the Hessian), given in gradient layout, as asked for."""
        if self.layout == "gradient":
            return result
        from .forms.layouts import lay_out

        row, _, name = key.rpartition(",")
        value, variable = shape_of(self.expression), shape_of(self.variables[name])
        return lay_out(result, self.layout, value, variable, "hessian" if row else "")


def derive(
    expression: Any,
    wrt: str | Sequence[str] | None = None,
    where: str | None = None,
    define: Mapping[str, str] | None = None,
    kind: str | None = None,
    layout: str = "gradient",
    structure: str | None = None,
    detail: str = "normal",
    check: bool = True,
) -> Derivation:
    """Differentiate ``expression`` by ``wrt``.

    ``expression`` is text in any of the three spellings (or a SymPy expression), ``wrt`` a name, or several (joint) as
    in ``"W, b"`` or ``["W", "b"]``; without it, every variable. ``kind`` is "gradient" (scalar value), "jacobian",
    "hessian" or "differential"; by default the gradient of a scalar and the Jacobian of anything else. ``layout`` is
    "gradient" (shape of the variable; rows = value, columns = variable), "numerator" or "denominator".

    What is returned has been checked: every line and every result against the differential of the value, taken without
    any rule, at random points; ``.certificate`` says how. ``check=False`` leaves that out.

    Raises a MatcalcError (ParseError, ShapeError, DerivationError, LimitError) that says what is wrong and where, and
    InternalError for a derivation that does not hold, which would be a fault of matcalc.

    >>> derive("xᵀAx", wrt="x").result
    (A + Aᵀ)x
    """
    _one_of("kind", kind, (None, *KINDS))
    _one_of("layout", layout, LAYOUTS)
    _one_of("detail", detail, DETAILS)
    asked = () if wrt is None else names_of(wrt) if isinstance(wrt, str) else tuple(wrt)
    joint = not isinstance(wrt, str) or len(asked) > 1
    with _no_cycle_collection():
        program = read(expression, where=where, define=define, wrt=asked)
        variables = _variables(program, asked if wrt is not None else None)
        joint = joint and (wrt is not None or len(variables) > 1)
        structured = {node: s.structured for s in program.symbols.values() if (node := s.node) != s.structured}
        chosen: Any = kind or ("gradient" if is_scalar(program.expression) else "jacobian")
        _refuse_matrix_samples(program, variables, chosen)
        try:
            derived = run(
                program.expression,
                variables,
                chosen,
                taken=(*program.symbols, *program.named),
                structured=structured,
                structure=structure,
                letter=_letter(program),
                detail=detail,
                samples=_samples(program, variables),
            )
        except MatcalcError as error:
            raise error.at(program.source, program.span) from None
        structure = derived.structure
    answer = Derivation(program, variables, derived, joint=joint, layout=layout, structure=structure, detail=detail)
    answer.context = (where, define)
    if check:
        options = {"wrt": wrt, "where": where, "define": define, "kind": kind, "layout": layout, "structure": structure}
        _certify(answer, expression, options)
    return answer


def _certify(derivation: Derivation, expression: Any, options: Mapping[str, Any]) -> None:
    """Check a derivation. Raises InternalError, with what reproduces the fault, if it does not hold."""
    from .verify.certificate import certify

    with _no_cycle_collection():
        derivation.certificate = found = certify(derivation)
    if found.failures:
        said = [f"{k}={v!r}" for k, v in options.items() if v is not None and (k, v) != ("layout", "gradient")]
        call = ", ".join([repr(expression), *said, "check=False"])
        raise InternalError(
            f"the derivation does not hold, so it is not shown: {found}",
            hint=f"this is a fault of matcalc; please report it, with the call that shows it:\n    derive({call})",
        )


def gradient(expression: Any, wrt: str | Sequence[str] | None = None, **options: Any) -> Derivation:
    """:func:`derive` with ``kind="gradient"``."""
    return derive(expression, wrt, kind="gradient", **options)


def jacobian(expression: Any, wrt: str | Sequence[str] | None = None, **options: Any) -> Derivation:
    """:func:`derive` with ``kind="jacobian"``."""
    return derive(expression, wrt, kind="jacobian", **options)


def hessian(expression: Any, wrt: str | Sequence[str] | None = None, **options: Any) -> Derivation:
    """:func:`derive` with ``kind="hessian"``."""
    return derive(expression, wrt, kind="hessian", **options)


@contextmanager
def _no_cycle_collection() -> Iterator[None]:
    """Expressions have no cycles, and the collector would walk all of a long derivation again and again: it waits."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _one_of(what: str, given: Any, allowed: Sequence[Any]) -> None:
    if given not in allowed:
        raise DerivationError(
            f"{what}={given!r} is not known", hint=f"one of {', '.join(str(a) for a in allowed if a)}"
        )


def _variables(program: Program, asked: Sequence[str] | None) -> dict[str, Any]:
    """Display name → node of every variable asked for; every variable that occurs where none is."""
    known = {name: s for name, s in program.symbols.items() if s.kind == "variable"}
    if asked is None:
        found = {name: s.node for name, s in known.items() if s.occurs}
        if not found:
            raise DerivationError("there is no variable to differentiate by").at(program.source, program.span)
        return found
    if not asked:
        raise DerivationError("no variable to differentiate by is named")
    by_key = {s.key: name for name, s in known.items() if s.occurs}
    by_shown = {name_key(shown_name(known[name].node)): name for name in by_key.values()}  # X for the samples x_i
    variables: dict[str, Any] = {}
    for name in asked:
        hit = by_key.get(name_key(name)) or by_shown.get(name_key(name))
        if hit is None:
            occurring = ", ".join(by_key.values())
            raise DerivationError(
                f"{name} does not occur in the expression", hint=f"it contains {occurring}" if occurring else None
            ).at(program.source, program.span)
        variables[hit] = known[hit].node
    return variables


def _refuse_matrix_samples(program: Program, variables: Mapping[str, Any], kind: str) -> None:
    """By samples X_i that are matrices there are gradients only."""
    by_samples = [name for name in variables if len(program.symbols[name].shape) > 2]
    if kind != "gradient" and by_samples:
        raise DerivationError(
            f"of derivatives by all {by_samples[0]} the gradient of a scalar is supported, not the {kind}",
            source=program.source, span=program.span,
        )  # fmt: skip


def _samples(program: Program, variables: Mapping[str, Any]) -> Samples | None:
    """The arrays of a single sum over samples, by which nothing is differentiated, with their samples."""
    families = [s for s in program.symbols.values() if s.index is not None]
    indices = set(program.families.values())
    if len(indices) != 1 or any(s.name in variables or len(s.shape) > 2 for s in families):
        return None
    arrays = {s.structured: _sample(s) for s in families} | {s.node: _sample(s) for s in families}
    return arrays, families[0].shape[-1], next(iter(indices))


def _sample(symbol: Any) -> Any:
    """x_i of the array of all."""
    return scalar(symbol.name) if len(symbol.shape) == 1 else matrix(symbol.name, symbol.node.shape[0], 1)


def _letter(program: Program) -> str:
    """What the value is called in the derivation: f, or the first free letter."""
    taken = {*program.symbols, *program.named}
    return next((c for c in ("f", "φ", "ℓ", "F_0") if c not in taken), "f")
