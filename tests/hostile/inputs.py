"""Inputs that nobody would type in good faith, from a random generator."""

from __future__ import annotations

import random
import re
import sys

from tests.corpus import cases

PIECES = [
    *"abcxyzABXWθλσΣμ0123456789.+-*/^_'(){}[]|‖:;,=@⊙⊗∘⊘·×²⁻¹ᵀ½√∑π𝟏∞\\ \n\t₁ᵢ̂ℝ∈→<>&%$#!?\"~`\0\ud7ff\u200b",
    r"\frac", r"\left", r"\right", r"\|", r"\lVert", r"\top", r"\mathbf{", r"\sum_{i=1}^N", r"\begin{bmatrix}",
    r"\end{bmatrix}", "log", "det", "tr(", "norm2(", " where ", "exp(", "^{", "_{", "sum_i ", ".*", "./", ".^", "1e9",
    "inv(", "eye(", "vector(1)", r"\sqrt", "^T", "^+", "^*", "max(", "||", "symmetric", "ℝ^n", "->", ":=",
]  # fmt: skip
#: What would do harm if it were evaluated, run, filled in or typeset.
PAYLOADS = [
    "__import__('os').system('id')", "eval('1')", "x.__class__", "lambda: 0", "{{7*7}}", "<<7*7>>", "<% for x in y %>",
    "$(id)", "`id`", "; rm -rf /", "| sh", "&& id", r"\input{/etc/passwd}", r"\write18{id}", r"\immediate", "^^5cinput",
    r"\directlua{os.execute('id')}", r"\csname end\endcsname", r"\def\x{\x}\x", "</pre><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "&lt;", "\x1b[31m", "\u202e", "%n%s", "'''", '"""', "\\N{BULLET}", "f'{x}'",
]  # fmt: skip
#: Names that mean something to Python, NumPy, SymPy or the emitted module.
NAMES = [
    "np", "numpy", "special", "linalg", "value", "gradient", "jacobian", "hessian", "value_and_gradient", "sigmoid",
    "print", "len", "type", "list", "self", "None", "True", "lambda", "class", "def", "import", "return", "match", "_",
    "t1", "t2", "t_1", "dx", "d_x", "dX", "x_hat", "x̂", "x̄", "λ", "lambda_", "Λ", "µ", "μ", "ς", "σ_1", "ſ", "ı", "İ",
    "ﬁ", "ß", "ℵ", "𝐱", "𝑥", "ｘ", "é", "ж", "中", "あ", "ا", "א", "ḱ", "x′", "x_{new}", "x_{a b}", "S", "N", "E",
    "Q", "I", "O", "exp_1", "GROUP__", "Callable", "frechet_matrix", "vech", "out", "args", "kwargs", "n", "m", "x_np",
    "X_1", "X1", "lapack", "routine", "lu_factor", "cho_solve", "spd_solve", "sparse", "blas",
]  # fmt: skip
LINES = [
    (c["expr"], c.get("where") or "")
    for name in ("textbook", "applied", "bad_inputs")
    for c in cases.load(name)
    if len(c["expr"]) < 200
]
_WORD = re.compile(r"\b[A-Za-z]\b")


def made(rng: random.Random) -> tuple[str, str, str]:
    """An input: the kind of it, the expression and its declarations."""
    kind = rng.choices(("bytes", "unicode", "pieces", "slips", "names", "payload"), (1, 1, 3, 5, 2, 1))[0]
    if kind == "bytes":
        encoding = rng.choice(("latin-1", "utf-8", "utf-16-le"))
        texts = [rng.randbytes(rng.randrange(limit)).decode(encoding, "replace") for limit in (60, 20)]
        return kind, texts[0], texts[1]
    if kind == "unicode":
        texts = ["".join(_character(rng) for _ in range(rng.randrange(limit))) for limit in (30, 10)]
        return kind, texts[0], texts[1]
    if kind == "pieces":
        texts = ["".join(rng.choices(PIECES, k=rng.randrange(limit))) for limit in (24, 8)]
        return kind, texts[0], texts[1]
    expression, where = rng.choice(LINES)
    if kind == "names":
        return kind, *renamed(expression, where, rng)
    if kind == "payload":
        return (
            kind,
            _spliced(expression, rng.choice(PAYLOADS), rng),
            _slipped(where, rng) if rng.random() < 0.2 else where,
        )
    return kind, _slipped(expression, rng), _slipped(where, rng) if rng.random() < 0.3 else where


def _character(rng: random.Random) -> str:
    """Any code point: evenly, or from the planes that hold letters and mathematics."""
    top = rng.choice((0x80, 0x250, 0x400, 0x2C00, 0x1D800, sys.maxunicode + 1))
    return chr(rng.randrange(top))


def _spliced(text: str, piece: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + piece + text[at + rng.randrange(3) :]


def _slipped(text: str, rng: random.Random) -> str:
    """A line with up to four slips: a piece more or less, a part twice, two parts swapped, a part of another line."""
    for _ in range(rng.randint(1, 4)):
        a, b = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        match rng.randrange(6):
            case 0 | 1:
                text = _spliced(text, rng.choice(PIECES), rng)
            case 2:
                text = text[:a] + text[b:] if b - a < 8 else text[:a] + text[a + 1 :]
            case 3:
                text = text[:b] + text[a : min(b, a + 30)] + text[b:]
            case 4:
                text = text[b:] + text[a:b] + text[:a]
            case _:
                text = text[:a] + rng.choice(rng.choice(LINES))[:40] + text[b:]
    return text


def renamed(expression: str, where: str, rng: random.Random) -> tuple[str, str]:
    """A line whose letters have become other names, the same in the expression and its declarations."""
    letters = sorted(set(_WORD.findall(expression)))
    table = {x: rng.choice(NAMES) if rng.random() < 0.7 else _character(rng) for x in letters if rng.random() < 0.6}
    new = [
        _WORD.sub(lambda found: f" {table[found[0]]} " if found[0] in table else found[0], t)
        for t in (expression, where)
    ]
    return new[0], new[1]
