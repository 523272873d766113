"""docs/language.md, made from the grammar and the tables that the reader uses: `python -m tests.language_page`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from matcalc.language import notation
from matcalc.operators import FUNCTIONS
from matcalc.operators.entrywise import TABLE
from tests.rules_page import _escaped

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "language.md"
GRAMMAR = ROOT / "matcalc" / "language" / "grammar.lark"

HEAD = """\
# The input language

A formula is typed as it stands on paper, in plain ASCII, or in LaTeX; the three may be mixed. One rule stands above the
others: nothing is guessed silently. Every derivation opens with how the formula was read, and a spelling that has two
plausible meanings is refused, with both ways to write it. This page is written by `python -m tests.language_page`, from
the grammar and the tables that the reader uses.

## A program

Statements are separated by semicolons or lines. The last one is differentiated; the others, `name = expression`, name
intermediate results, and keep their names in the derivation and in code.

```console
$ matcalc "z = W x + b; a = σ(z); ½‖a − y‖²" --wrt b --detail brief
```

## Names

- A name is one Latin or Greek letter, perhaps with digits, a subscript or an accent: `x`, `W1`, `W_1`, `W₁`, `x_{new}`,
  `x̂`. Greek may be spelled out: `theta` is `θ`. Dressing in LaTeX, as in `\\mathbf{x}`, is dropped.
- A run of letters is a product of them, `Wx` is `W x`, unless it is declared, assigned, or the name of a function.
- Upper case is a matrix, the rest follows from what conforms; the reading says what was inferred. Declare the rest. `C` in
  `‖w‖² + C Σ_i …` is a number: as a matrix it would have the loss added to its entries.

## Declarations

They stand in `--where` (in Python `where=`), or behind the formula after `where`, and are separated by commas:

| declaration | means |
| --- | --- |
| `W: m×n`, `W ∈ ℝ^{m×n}`, `W in R^{m×n}` | a matrix; `x` is taken for `×` between sizes |
| `x: n` | a vector, a column |
| `r: 1×n` | a row |
| `λ: scalar`, `λ ∈ ℝ` | a number |
| `A, B: n×n symmetric` | with properties: `symmetric`, `spd`, `skew`, `diagonal`, `lower`, `upper`, `orthogonal`, `positive`, … |
| `Z: 3×(n+1)` | sizes are numbers, symbols, or sums and products of them |
| `g: ℝ^m → ℝ`, `h: ℝ^n → ℝ^m` | an unspecified function; letters that are called, like `θ(z)`, act entry by entry; but `λ(xᵀx − 1)` is a product: α, β, γ, ε, η, λ, μ, ν, τ multiply a sum |
| `θ(t) := t²/2` | a function that is defined; so does `--define "θ=tanh"` |
"""

#: Functions that differ in a number alone share a row.
_NUMBERED = re.compile(r"lambda_(\d)")
LEVELS = {  # a rule of the grammar, or a part of one, and what a reader calls it
    "sum": "sum",
    "frobenius": "Frobenius product",
    "product": "product with a sign, quotient",
    "juxtaposition": "product side by side",
    "signed": "sign",
    "applied": "function without parentheses",
    "postfix": "what stands behind",
    "atom": "atom",
}

SPELLINGS = {  # tokens as the tables have them, and what they stand for
    "PLUS": "sum", "MINUS": "difference, sign", "COLON": "Frobenius product, `A : B = tr(AᵀB)`",
    "TIMES": "matrix product, or scaling", "DOT": "the same; of two vectors of one length, their inner product",
    "HADAMARD": "product entry by entry", "HADAMARD_DIVIDE": "quotient entry by entry",
    "DIVIDE": "quotient by a number", "KRON": "Kronecker product", "POWER": "power",
    "ENTRYWISE_POWER": "power entry by entry",
}  # fmt: skip

FUNCTIONS_HEAD = """\
Shapes are written as NumPy has them: `()` a number, `(n,)` a vector, `(m, n)` a matrix, `S` any of them. Names are also read in
LaTeX, with or without `\\operatorname`.
"""

TAIL = """\
A superscript is what it looks like: `A'`, `Aᵀ`, `A^T`, `A^\\top` transpose; `A⁻¹`, `A^{-1}` invert; `A⁻ᵀ` does both; `A^+` is the
pseudo-inverse, `A^{1/2}` the principal square root, `A^H` and `A^*` the conjugate transpose and the conjugate.

## Norms and bars

| spelling | of a vector | of a matrix |
| --- | --- | --- |
| `‖x‖`, `\\|x\\|`, `\\lVert x\\rVert` | Euclidean | Frobenius |
| `‖x‖₁`, `‖x‖_p`, `‖x‖_∞` | p-norm | `‖X‖₁` is the sum of the absolute entries |
| `‖X‖₂`, `‖X‖_*` | Euclidean | spectral, nuclear |
| `\\|c\\|` | | absolute value of a number; determinant of a square matrix |

`|Ax − b|` with names that are not declared is refused: it may be the length of a vector, or a determinant with a number x.

## Constants

`I` (or `eye`; the size is inferred), `𝟏` or `ones` (a vector of ones; `1ᵀx` is read so, too), `0` of any shape, `e_k` (a unit
vector), `π`. `½ ¼ ⅓` and `1/2` are fractions; `0.5` is read as exactly one half. `[A, B; C, D]` is a block matrix, `[x; 1]` a
stacked vector.

## Functions of a matrix

`θ(X)` acts entry by entry. `expm`, `sinm` and their like are functions of a square matrix as a whole; so is `funm(θ, X)`, for
any function of one number, known (`funm(erf, X)`), defined, or unspecified: X is symmetric, X = VΛVᵀ, and the value is
Vθ(Λ)Vᵀ. Its derivative in the direction E is written `L_θ(X, E)`.

```console
$ matcalc "tr(A funm(θ, X))" --wrt X --where "X: n×n symmetric"
```

## Sums over samples

`Σ_i ‖y_i − W x_i‖²`, or `sum_{i=1}^N …`: `x_i` is the i-th sample, a column of `X = [x_1 … x_N]`. The body of a sum ends at the
next `+` or `−` of its own level, as in print; an index that is used behind that is refused, asking for parentheses.

```console
$ matcalc "Σ_i log(1 + exp(−y_i wᵀx_i)) + λ‖w‖²" --wrt w --detail brief
```

Samples may be matrices, `X_i: m×n`, in arrays of shape (m, n, N); a sum that has no matrix form is differentiated under the
sum, and computed for all samples at once.

```console
$ matcalc "Σ_i ‖X_i w − y_i‖²" --wrt w --where "X_i: m×n, w: n, y_i: m"
```

Where `x` is declared, assigned, differentiated by or there without an index, `x_i` is its i-th entry, and so it is beside
`x_j`; `A_{ij}` under sums over both indices is an entry of a matrix. The sum runs over the places, and the formula is one in
vectors and matrices. Where an entry would read odd, as in `Σ_i exp(−‖x − x_i‖²)`, or `x_i: n` is declared, `x_i` is a sample.

```console
$ matcalc "Σ_i Σ_j A_{ij} x_i x_j" --wrt x --where "A: n×n, x: n"
```

## What is refused

Whatever has two meanings, and whatever has none, with the place and a way on:

```console
$ matcalc "1/2x" --wrt x --detail brief
$ matcalc "a/b c" --wrt a
$ matcalc "XtX" --wrt X
$ matcalc "(A x" --wrt x
```

## The grammar

The whole of it, in the notation of [Lark](https://lark-parser.readthedocs.io): one rule for each level of precedence,
loosest first. What depends on context is decided before: which bar opens and which closes, what a run of letters means,
where the body of a sum ends.

```text
"""


def page() -> str:
    """The page as it should be, with commands whose outputs are left out."""
    parts = [HEAD, "## Operators, loosest first\n", "| level | rule | example |\n| --- | --- | --- |"]
    parts += [f"| {k} | {LEVELS[rule]} | {example} |" for k, (rule, example) in enumerate(_levels(), 1)]
    parts += ["", "| spelled | LaTeX | is |\n| --- | --- | --- |"]
    parts += [f"| {signs} | {commands} | {SPELLINGS[token]} |" for token, signs, commands in _spellings()]
    parts += [
        "",
        "## Functions\n",
        FUNCTIONS_HEAD,
        "| name | takes and gives | what |\n| --- | --- | --- |",
        *_functions(),
        "",
    ]
    return "\n".join(parts) + "\n" + TAIL + GRAMMAR.read_text(encoding="utf-8").strip() + "\n```\n"


def _levels() -> Iterator[tuple[str, str]]:
    """The rules that are levels of precedence, each with the example in its comment."""
    text = GRAMMAR.read_text(encoding="utf-8")
    for rule in LEVELS:
        body = re.search(rf"^\?{rule}:(.*?)(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE)
        assert body is not None, f"the grammar has no rule {rule}"
        examples = re.findall(r"// (.*)$", body[1], re.MULTILINE)
        yield rule, _code("; ".join(examples) if rule != "atom" else "; ".join(examples[:4]))


def _spellings() -> Iterator[tuple[str, str, str]]:
    for token in SPELLINGS:
        signs = [_code(sign) for sign, name in notation.OPERATORS.items() if name == token]
        commands = [_code(f"\\{name}") for name, one in notation.OPERATOR_COMMANDS.items() if one == token]
        yield token, " ".join(signs), " ".join(commands)


def _functions() -> Iterator[str]:
    """The functions by what they take and give; those that act entry by entry together."""
    formulas = {row.name: row.formula for row in TABLE}
    known = {f.name: f for f in FUNCTIONS.values() if not _NUMBERED.fullmatch(f.name)}
    also = {
        name: [alias for alias, one in notation.FUNCTION_ALIASES.items() if one == name] + list(f.aliases)
        for name, f in known.items()
    }
    ordered = sorted(known.values(), key=lambda f: (f.signature == "S -> S", f.name.casefold()))
    numbers = sorted(int(one[1]) for name in FUNCTIONS if (one := _NUMBERED.fullmatch(name)))
    if numbers:
        yield f"| `lambda_{numbers[0]}`, …, `lambda_{numbers[-1]}` | `(n, n) → ()` | the eigenvalues of a symmetric matrix |"
    for entrywise, members in groupby(ordered, key=lambda f: f.signature == "S -> S"):
        for f in members:
            names = ", ".join(_code(name) for name in (f.name, *also[f.name]))
            summary = f.summary.removesuffix(", entry by entry") if entrywise else f.summary
            if entrywise and f.name in formulas:
                summary = f"d {f.name}(A) = {formulas[f.name]}"
            takes = "any, entry by entry" if entrywise else _code(f.signature.replace("->", "→").replace("*", "·"))
            yield f"| {names} | {takes} | {_escaped(summary)} |"


def _code(text: str) -> str:
    """Text as code in a cell of a table."""
    return f"`{text}`".replace("|", "\\|")


def main() -> None:
    """Write the page, and run its commands."""
    from tests.documents import rewritten

    PAGE.write_text(rewritten(page()), encoding="utf-8")


if __name__ == "__main__":
    main()
