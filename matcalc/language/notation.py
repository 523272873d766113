"""How mathematics is spelled: every character and LaTeX command of the language, and the token it stands for."""

from __future__ import annotations

from fractions import Fraction

from .names import GREEK

#: Characters and ASCII digraphs that are operators.
OPERATORS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "–": "MINUS", "﹣": "MINUS", "－": "MINUS",
    ":": "COLON", "∶": "COLON",
    "*": "TIMES", "@": "TIMES", "×": "TIMES", "∗": "TIMES",
    "·": "DOT", "⋅": "DOT", "∙": "DOT", "•": "DOT",
    ".*": "HADAMARD", "⊙": "HADAMARD", "∘": "HADAMARD", "○": "HADAMARD",
    "./": "HADAMARD_DIVIDE", "⊘": "HADAMARD_DIVIDE",
    "/": "DIVIDE", "∕": "DIVIDE", "⁄": "DIVIDE", "÷": "DIVIDE",
    "⊗": "KRON",
    "=": "EQUALS", ",": "COMMA",
    "^": "POWER", "**": "POWER", ".^": "ENTRYWISE_POWER",
}  # fmt: skip

#: The same operators in LaTeX.
OPERATOR_COMMANDS = {
    "cdot": "DOT", "times": "TIMES", "ast": "TIMES", "odot": "HADAMARD", "circ": "HADAMARD", "otimes": "KRON",
    "oslash": "HADAMARD_DIVIDE", "div": "DIVIDE", "colon": "COLON",
}  # fmt: skip

#: Commands that only change the look.
SPACING = frozenset(
    {",", ";", ":", "!", ">", "quad", "qquad", "displaystyle", "textstyle", "limits", "nolimits", "thinspace"}
)
SIZING = frozenset({"big", "Big", "bigg", "Bigg", "bigl", "Bigl", "biggl", "Biggl", "bigr", "Bigr", "biggr", "Biggr"})
#: Commands that dress a letter or a word: the dressing is dropped.
DRESSING = frozenset(
    {"mathbf", "boldsymbol", "bm", "mathrm", "mathit", "mathcal", "mathscr", "mathsf", "mathtt", "mathbb", "mathfrak",
     "mathds", "mathbbm", "pmb", "text", "textrm", "textbf", "textit", "textsf", "operatorname", "operatorname*"}
)  # fmt: skip
#: Commands that put an accent on a letter, and the combining character.
ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304",
    "overline": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "check": "\u030c", "breve": "\u0306",
    "acute": "\u0301", "grave": "\u0300", "mathring": "\u030a",
}  # fmt: skip
FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "cfrac"})
MATRICES = frozenset({"matrix", "bmatrix", "pmatrix", "Bmatrix", "smallmatrix"})

#: Letters in LaTeX.
LETTER_COMMANDS = {**GREEK, "ell": "ℓ", "imath": "i", "jmath": "j"}

#: Bars: the character or command, what it encloses, and its side where it says so.
BARS = {
    "|": ("bar", None), "∣": ("bar", None), "vert": ("bar", None), "mid": ("bar", None), "lvert": ("bar", "left"),
    "rvert": ("bar", "right"), "‖": ("norm", None), "∥": ("norm", None), "Vert": ("norm", None),
    "lVert": ("norm", "left"), "rVert": ("norm", "right"),
}  # fmt: skip

#: Brackets: opening character → closing character; and the LaTeX commands for them.
BRACKETS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}
BRACKET_COMMANDS = {"langle": "⟨", "rangle": "⟩", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")"}
BRACKET_TOKENS = {
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE", "⟨": "LANGLE", "⟩": "RANGLE",
}  # fmt: skip

VULGAR_FRACTIONS = {
    "½": Fraction(1, 2), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3), "¼": Fraction(1, 4), "¾": Fraction(3, 4),
    "⅕": Fraction(1, 5), "⅖": Fraction(2, 5), "⅗": Fraction(3, 5), "⅘": Fraction(4, 5), "⅙": Fraction(1, 6),
    "⅚": Fraction(5, 6), "⅐": Fraction(1, 7), "⅛": Fraction(1, 8), "⅜": Fraction(3, 8), "⅝": Fraction(5, 8),
    "⅞": Fraction(7, 8), "⅑": Fraction(1, 9), "⅒": Fraction(1, 10),
}  # fmt: skip

SUPERSCRIPT_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
SUPERSCRIPT_LETTERS = dict(zip("ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", "abcdefghijklmnoprstuvwxyz", strict=True))
TRANSPOSES = frozenset({"'", "’", "′", "‵", "⊤", ".'"})

#: White space, in LaTeX too.
SPACE = r"(?:[ \t\f\v\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000~]|\\[,;:!])"
#: Regular-expression classes. A letter is Latin or Greek (also dressed: 𝐱, 𝛉); marks are accents on it.
LETTER = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u0373\u0376\u0377\u037b-\u037d\u0386\u0388-\u03f5\u03f7-\u03ff"
    "\u1e00-\u1eff\u2126\u210a-\u210c\u210e-\u2113\u211b\u211c\u212c\u212d\u212f-\u2131\u2133\u2134"
    "\U0001d400-\U0001d6da\U0001d6dc-\U0001d6fa\U0001d6fc-\U0001d714\U0001d716-\U0001d734"
    "\U0001d736-\U0001d74e\U0001d750-\U0001d76e\U0001d770-\U0001d788\U0001d78a-\U0001d7a8\U0001d7aa-\U0001d7cb"
)
MARK = "\u0300-\u036f\u20d0-\u20dc\u20e1"
SUBSCRIPT = "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
#: What may follow a letter in a name: digits, or a subscript in one of its spellings. Every part is as long as it can
#: be, so that there is one way only to match a text: no input makes the expression slow.
SUFFIX = (
    rf"(?:[0-9]+(?![0-9])|[{SUBSCRIPT}]+(?![{SUBSCRIPT}])|_(?:\{{(?!\s*\+)(?:[^{{}}]|\{{[^{{}}]*\}})*\}}"
    rf"|\\[A-Za-z]+(?![A-Za-z])(?:\{{[^{{}}]*\}})?|[0-9]+(?![0-9])|[{LETTER}][{LETTER}0-9]*(?![{LETTER}0-9])))"
)
UNIT = rf"[{LETTER}][{MARK}]*{SUFFIX}*"

#: The vector of ones and the zero, in bold.
ONES = frozenset("𝟏𝟙𝟭𝟣")
ZEROS = frozenset("𝟎𝟘𝟬𝟢")

#: Names of known functions that have another common spelling.
FUNCTION_ALIASES = {
    "λ_max": "lambda_max", "λ_min": "lambda_min", "σ_max": "sigma_max",
    "ln": "log", "Tr": "tr", "Det": "det", "Φ": "Phi", "Γ": "gamma",
    "ReLU": "relu", "GELU": "gelu", "ELU": "elu", "SiLU": "silu", "swish": "silu",
    "LeakyReLU": "leaky_relu",
    "logistic": "sigmoid", "expit": "sigmoid", "sgn": "sign", "average": "mean", "determinant": "det", "inverse": "inv",
    "cholesky": "chol", "Softmax": "softmax",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "Re": "real", "log_softmax": "logsoftmax",
}  # fmt: skip
