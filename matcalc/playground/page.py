"""The page of the playground, KaTeX and all in one."""

from __future__ import annotations

from markupsafe import Markup

from ..code.targets import TARGETS
from ..notes import katex
from ..present.templates import environment

#: What the page offers to begin with: a formula, by what, declarations.
EXAMPLES = (
    ("½‖θ(Wx)‖²", "W", ""),
    ("‖Ax − b‖² + λ‖x‖²", "x", "A: m×n"),
    ("log det(Σ) + (x − μ)ᵀΣ⁻¹(x − μ)", "Σ", "Σ: n×n spd"),
    ("z = Wx + b; −yᵀ log softmax(z)", "W, b", ""),
    ("Σ_i log(1 + exp(−y_i wᵀx_i))", "w", ""),
    (r"\frac{x^\top A x}{x^\top x}", "x", "A: n×n symmetric"),
)


def page(nonce: str) -> str:
    """The page; scripts run only where they carry the ``nonce``."""
    return (
        environment()
        .get_template("playground/page.html")
        .render(
            nonce=nonce,
            katex_style=Markup(katex.style()),
            katex_script=Markup(katex.script()),
            examples=EXAMPLES,
            targets=sorted(TARGETS),
        )
    )


__all__ = ["page"]
