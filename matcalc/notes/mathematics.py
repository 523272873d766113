r"""Formulas between dollar signs in prose: mathematics and nothing else reaches TeX, KaTeX and MathML.

A formula is LaTeX as its author typed it, so only commands that set mathematics are let through: no ``\input``, no
``\def``, no ``\href``. Letters typed in Unicode are turned into the commands that set them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..present.names import UNICODE_MATH

_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")
_ACCENTED = re.compile(r"[^\x00-\x7f]")

# fmt: off
#: Commands of mathematics, which LaTeX with amsmath and amssymb and KaTeX both know.
_COMMANDS = """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma
varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell nabla
partial infty hbar imath jmath Re Im aleph emptyset varnothing forall exists neg top bot angle prime frac tfrac dfrac
sqrt binom over sum prod int iint oint lim sup inf max min arg det dim exp gcd ker lg ln log sin cos tan cot sec csc
arcsin arccos arctan sinh cosh tanh coth Pr deg hom limsup liminf operatorname mathop mathrel mathbin mathord cdot
cdots ldots vdots ddots dots times div pm mp circ bullet ast star odot oslash otimes oplus ominus dagger ddagger cup
cap setminus wedge vee land lor lnot top le leq ge geq ne neq equiv sim simeq approx cong propto ll gg prec succ
preceq succeq subset supset subseteq supseteq in ni notin mid parallel perp models vdash dashv to gets rightarrow
leftarrow Rightarrow Leftarrow leftrightarrow Leftrightarrow mapsto longmapsto longrightarrow hookrightarrow uparrow
downarrow implies iff colon coloneqq left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr
langle rangle lVert rVert lvert rvert Vert vert lfloor rfloor lceil rceil lbrace rbrace hat widehat tilde widetilde
bar overline underline vec dot ddot acute grave breve check overbrace underbrace overset underset stackrel
overrightarrow boxed cancel not phantom hphantom vphantom smash mathrm mathbf mathit mathsf mathtt mathbb mathcal
mathfrak mathscr boldsymbol bm text textrm textbf textit mbox displaystyle textstyle scriptstyle scriptscriptstyle
limits nolimits quad qquad tag begin end hline
"""
COMMANDS = frozenset(_COMMANDS.split())
ENVIRONMENTS = frozenset((
    "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "cases", "aligned",
    "gathered", "split",
))
# fmt: on
#: Signs after a backslash that are spaces, brackets or printed as they are.
SIGNS = frozenset(",:;! {}|%&#$_\\")


def refusal(formula: str, macros: Mapping[str, str]) -> str:
    """Why a formula is not let through, in words; nothing where it is."""
    own = {name.lstrip("\\") for name in macros}
    for found in _COMMAND.finditer(formula):
        name = found[0][1:]
        if name not in COMMANDS and name not in own and name not in SIGNS:
            return f"\\{name} is no command of mathematics"
    for _, environment in _ENVIRONMENT.findall(formula):
        if environment not in ENVIRONMENTS:
            return f"the environment {environment!r} is not known in mathematics"
    bare = _COMMAND.sub(" ", formula)
    if bad := sorted(set(bare) & set("%#$~")):
        return f"{' '.join(bad)} does not stand in a formula (a backslash before it prints it)"
    if "^^" in bare:
        return "^^ does not stand in a formula"
    depth = 0
    for c in bare:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            break
    if depth:
        return "the braces do not match"
    unknown = sorted({c for c in bare if ord(c) > 127 and c not in UNICODE_MATH})
    return f"{' '.join(unknown)} cannot be set in a formula" if unknown else ""


def in_commands(formula: str) -> str:
    r"""Unicode letters and signs as commands: ``θ`` is ``\theta``.

    >>> print(in_commands("½‖θ‖²"))
    \tfrac12 \Vert \theta \Vert ^{2}
    """
    return _ACCENTED.sub(lambda c: UNICODE_MATH.get(c[0], c[0]) + " ", formula).strip()


def macro_refusal(name: str, body: str, macros: Mapping[str, str]) -> str:
    """Why a macro is not accepted: it stands for mathematics, without arguments, and is no command of TeX."""
    if not re.fullmatch(r"\\?[A-Za-z]+", name):
        return f"{name!r} is no name of a macro: letters alone"
    if name.lstrip("\\") in COMMANDS | FORBIDDEN:
        return f"{name!r} is a command already"
    return refusal(body, {k: v for k, v in macros.items() if k != name})


#: Names that a macro may not take, since TeX or LaTeX would break.
_FORBIDDEN = """
def let input include write read catcode csname endcsname expandafter relax par end document section item label ref
newcommand renewcommand special immediate hbox vbox box hskip vskip kern fi if else loop repeat the string number vec
hat tilde maketitle title author date small large normalsize textcolor color fbox minipage linewidth parindent
hangindent makebox intertext paragraph caption footnote cite url href verb usepackage documentclass
"""
FORBIDDEN = frozenset(_FORBIDDEN.split())
