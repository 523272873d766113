"""The grammar of exercises: formulas with places, and what may stand in each.

`<residual>` is a part, which one of its alternatives replaces; `<A>` a name, whose role says its shape. A name is drawn
once for an exercise, so that `<x>ᵀ<A><x>` has the same x twice, and different roles get different letters.
"""

from __future__ import annotations

from typing import NamedTuple

LEVELS = (1, 2, 3)

#: Role → shape, and the letters it may be called by.
ROLES = {
    "x": ("n", "x w u v"),                     "a": ("n", "a c d h"),           "b": ("m", "b y t q"),
    "A": ("m×n", "A B C D"),                   "B": ("m×n", "B C D H"),         "S": ("n×n", "A B C M"),
    "R": ("n×n", "B C D H"),                   "P": ("n×n spd", "P Q K"),       "M": ("m×m", "A B C M"),
    "X": ("m×n", "X W Z V"),                   "N": ("n×m", "N G H"),           "Z": ("n×n", "X Z Y"),
    "F": ("p×m", "A B C D"),                   "G": ("n×q", "B C D H"),         "W": ("m×n", "W V U"),
    "V": ("p×m", "V U T"),                     "s": ("p", "s y t q"),           "Y": ("p×n", "Y T D"),
    "E": ("p×q", "Y E T"),                     "d": ("n", "b c h d"),           "λ": ("scalar", "λ μ γ α"),
}  # fmt: skip

#: Part → its alternatives.
PARTS = {
    "number": ("", "½", "2", "3"),
    "entrywise": ("exp", "sin", "cos", "tanh", "arctan"),
    "activation": ("tanh", "sigmoid", "softplus"),
    "residual": ("<A><x> − <b>", "<b> − <A><x>", "<A><x> + <b>"),
    "penalty": ("<λ>‖<x>‖²", "½<λ>‖<x>‖²", "<λ><a>ᵀ<x>", "<λ><x>ᵀ<P><x>"),
    "shrinkage": ("<λ>‖<X>‖²", "½<λ>‖<X>‖²"),
    "form": ("<x>ᵀ<S><x>", "<x>ᵀ<P><x>", "‖<x>‖²", "‖<A><x>‖²"),
    "inner": ("<a>ᵀ<x>", "<x>ᵀ<a>"),
    "outside": ("exp", "log", "sqrt"),
    "trace": ("tr(<N><X>)", "tr(<X>ᵀ<A>)", "tr(<N><X>)"),
}


class Pattern(NamedTuple):
    """A formula with places; ``wrt`` is the role of the variable, or several separated by commas."""

    formula: str
    wrt: str = "x"
    kind: str = ""


#: Topic → level → patterns.
TOPICS: dict[str, dict[int, tuple[Pattern, ...]]] = {
    "quadratic forms": {
        1: (
            Pattern("<number><x>ᵀ<x>"),
            Pattern("<number><x>ᵀ<S><x>"),
            Pattern("<x>ᵀ<P><x> − 2<a>ᵀ<x>"),
            Pattern("‖<x> − <a>‖²"),
            Pattern("(<a>ᵀ<x>)²"),
            Pattern("<number><x>ᵀ<P><x> + <a>ᵀ<x>"),
        ),
        2: (
            Pattern("(<x> − <a>)ᵀ<S>(<x> − <a>)"),
            Pattern("<outside>(1 + <form>)"),
            Pattern("(<inner>)(<x>ᵀ<S><x>)"),
            Pattern("<x>ᵀ<S><x>/(<x>ᵀ<x>)"),
            Pattern("exp(−½(<x> − <a>)ᵀ<P>(<x> − <a>))"),
            Pattern("<x>ᵀ<S><R><x>"),
        ),
        3: (
            Pattern("log(<x>ᵀ<P><x>) − 2 log(<inner>)"),
            Pattern("sqrt((<residual>)ᵀ(<residual>) + <λ>)"),
            Pattern("(<x>ᵀ<S><x>)²/(1 + <x>ᵀ<x>)"),
            Pattern("(<inner>)² + <form>", kind="hessian"),
            Pattern("log(1 + <x>ᵀ<P><x>)", kind="hessian"),
        ),
    },
    "least squares": {
        1: (
            Pattern("‖<residual>‖²"),
            Pattern("½‖<residual>‖²"),
            Pattern("½‖<residual>‖² + <a>ᵀ<x>"),
        ),
        2: (
            Pattern("‖<residual>‖² + <penalty>"),
            Pattern("½‖<residual>‖² + <penalty>"),
            Pattern("(<residual>)ᵀ<M>(<residual>)"),
            Pattern("½‖<X><a> − <b>‖² + <shrinkage>", "X"),
            Pattern("‖<V><X> − <Y>‖²", "X"),
        ),
        3: (
            Pattern("½‖<F><X><G> − <E>‖²", "X"),
            Pattern("½‖<V><X><a> − <s>‖² + <shrinkage>", "V,X"),
            Pattern("‖<residual>‖"),
            Pattern("½‖<entrywise>(<A><x>) − <b>‖² + <penalty>"),
            Pattern("½‖<residual>‖² + <penalty>", kind="hessian"),
        ),
    },
    "traces": {
        1: (
            Pattern("tr(<N><X>)", "X"),
            Pattern("tr(<X>ᵀ<A>)", "X"),
            Pattern("<number>tr(<X>ᵀ<X>)", "X"),
            Pattern("tr(<S><Z>)", "Z"),
            Pattern("<b>ᵀ<X><a>", "X"),
        ),
        2: (
            Pattern("tr(<X>ᵀ<M><X>)", "X"),
            Pattern("tr(<M><X><S><X>ᵀ)", "X"),
            Pattern("tr(<Z>²)", "Z"),
            Pattern("tr(<S><Z><R><Z>)", "Z"),
            Pattern("(<b>ᵀ<X><a>)²", "X"),
            Pattern("<a>ᵀ<X>ᵀ<X><a>", "X"),
            Pattern("<trace> + <shrinkage>", "X"),
        ),
        3: (
            Pattern("tr(<Z>³)", "Z"),
            Pattern("‖<X>ᵀ<X> − <S>‖²", "X"),
            Pattern("log tr(<X>ᵀ<M><X>)", "X"),
            Pattern("tr(<X>ᵀ<M><X>)/tr(<X>ᵀ<X>)", "X"),
            Pattern("tr((<X>ᵀ<X>)²)", "X"),
        ),
    },
    "determinants and inverses": {
        1: (
            Pattern("log det <Z>", "Z"),
            Pattern("det <Z>", "Z"),
            Pattern("log det <Z> + tr(<S><Z>)", "Z"),
        ),
        2: (
            Pattern("tr(<S><Z>⁻¹)", "Z"),
            Pattern("<a>ᵀ<Z>⁻¹<d>", "Z"),
            Pattern("log det(<Z> + <S>)", "Z"),
            Pattern("log det(<X>ᵀ<X>)", "X"),
            Pattern("tr(<S><Z>) − log det <Z>", "Z"),
        ),
        3: (
            Pattern("½ log det <Z> + ½<a>ᵀ<Z>⁻¹<a>", "Z"),
            Pattern("log det(<X>ᵀ<M><X>)", "X"),
            Pattern("<x>ᵀ(<P> + <λ>I)⁻¹<x>", "x"),
            Pattern("<a>ᵀ(<X>ᵀ<X> + <λ>I)⁻¹<a>", "X"),
            Pattern("log det(<X>ᵀ<X>) + <λ>‖<X>‖²", "X"),
        ),
    },
    "networks": {
        1: (
            Pattern("<a>ᵀ<entrywise>(<x>)"),
            Pattern("𝟏ᵀ<entrywise>(<x>)"),
            Pattern("<b>ᵀ<entrywise>(<A><x>)"),
        ),
        2: (
            Pattern("½‖<activation>(<W><a>)‖²", "W"),
            Pattern("½‖<activation>(<W><a>) − <b>‖²", "W"),
            Pattern("<b>ᵀ<activation>(<W><a>)", "W"),
            Pattern("𝟏ᵀ<entrywise>(<W><a> + <b>)", "W,b"),
        ),
        3: (
            Pattern("½‖<V> <activation>(<W><a>) − <s>‖²", "W"),
            Pattern("½‖<V> <activation>(<W><a> + <b>) − <s>‖²", "V,W,b"),
            Pattern("½‖<activation>(<V> <activation>(<W><a>)) − <s>‖²", "V,W"),
            Pattern("½‖<activation>(<W><a>) − <b>‖² + <λ>‖<W>‖²", "W"),
        ),
    },
    "likelihoods": {
        1: (
            Pattern("log(𝟏ᵀ exp(<x>))"),
            Pattern("𝟏ᵀ log(1 + exp(<x>)) − <a>ᵀ<x>"),
        ),
        2: (
            Pattern("−<b>ᵀ log softmax(<A><x>)"),
            Pattern("log(𝟏ᵀ exp(<A><x> + <b>))"),
            Pattern("−<b>ᵀ log sigmoid(<A><x>)"),
            Pattern("𝟏ᵀ log(1 + exp(−<b> ⊙ <A><x>))"),
        ),
        3: (
            Pattern("−<b>ᵀ log softmax(<W><a>) + <λ>‖<W>‖²", "W"),
            Pattern("𝟏ᵀ log(1 + exp(−<b> ⊙ <A><x>)) + <penalty>"),
            Pattern("log(𝟏ᵀ exp(<A><x>))", kind="hessian"),
            Pattern("𝟏ᵀ exp(<A><x>) − <b>ᵀ<A><x>", kind="hessian"),
        ),
    },
    "Jacobians": {
        1: (
            Pattern("<A><x> + <b>"),
            Pattern("<entrywise>(<x>)"),
            Pattern("(<a>ᵀ<x>)<x>"),
            Pattern("<a> ⊙ <x>"),
        ),
        2: (
            Pattern("<entrywise>(<A><x>)"),
            Pattern("<x>/‖<x>‖"),
            Pattern("softmax(<x>)"),
            Pattern("(<x>ᵀ<S><x>)<a>"),
            Pattern("<W><a>", "W"),
        ),
        3: (
            Pattern("<V> <activation>(<W><x>)"),
            Pattern("<activation>(<W><a>)", "W"),
            Pattern("softmax(<A><x> + <b>)"),
            Pattern("<F><X><G>", "X"),
            Pattern("<x> ⊙ <entrywise>(<S><x>)"),
        ),
    },
}
