"""Notes files for the tests: a small one with everything in it, and one whose every text is hostile."""

from __future__ import annotations

SMALL = r'''
title = "Least squares & more"
author = "A. Lecturer"
style = "bold"
color = true
abstract = "Two derivations, 100% checked."

[macros]
R = '\mathbb{R}'

[[section]]
id = "first"
title = "Gradients"
text = """
We minimise over $x \\in \\R^n$, as in [](#ls) and [this book](https://example.org/a_b).

- a *list*
- with `code`

| symbol | is |
| --- | --- |
| $x$ | unknown |
"""

[[section.derivation]]
id = "ls"
title = "least squares"
expression = "½‖Ax − b‖²"
wrt = "x"
after = "Set it to zero: $A^\\top A x = A^\\top b$."

[[section.derivation]]
expression = "½‖tanh(Wx) − y‖²"
wrt = "W"
exercise = true
blank = [3]
hints = ["The *chain* rule."]

[[section]]
title = "Jacobians"
[[section.derivation]]
expression = "Wx + b"
wrt = ["W", "b"]
form = ["operator", "tensor"]
detail = "full"
'''

#: What TeX, Jinja, HTML or Markdown would obey.
EVIL = r"\input{/etc/passwd} {{7*7}} <% 1 %> <script>alert(1)</script> 100% a_b c&d #1 ~ ^ $5 `x` </style>"

HOSTILE = f"""
title = '{EVIL}'
author = '{EVIL}'
date = '{EVIL}'
abstract = '{EVIL}'
[[section]]
title = '{EVIL}'
text = '{EVIL}'
after = '{EVIL}'
[[section.derivation]]
title = '{EVIL}'
text = '{EVIL}'
after = '{EVIL}'
hints = ['{EVIL}']
exercise = true
expression = "‖x_{{input}}‖²"
wrt = "x_{{input}}"
"""
