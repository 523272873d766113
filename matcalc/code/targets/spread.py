"""What the targets that spread samples over chunks or devices have in common."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from .python import PythonTarget, submodules, tuple_of
from .runtime import called
from .templates import template


class Spread(PythonTarget):
    """Writes a function of one chunk, one of the totals, and those that add up."""

    distributed = True
    options: ClassVar[tuple[str, ...]] = ("samples",)

    def returned(self, parts: Sequence[ast.expr]) -> ast.stmt:
        """The sums of a chunk."""
        return ast.Return(tuple_of(parts))

    def distributed_text(self, docs: Mapping[str, Any]) -> str:
        """The module."""
        text = "\n".join((*docs["chunk"], *docs["finish"]))
        helpers = called(text, self.helpers)
        whole = "\n".join((text, *("\n".join(helper.body) for helper in helpers.values())))
        heads = "\n".join(f"{helper.signature} -> {helper.returns}" for helper in helpers.values())
        assigned = {*docs["names"], *re.findall(r"^ *(\w+) = ", text, re.MULTILINE)}
        return template("python", self.template).render(
            **docs,
            checks="",
            self_test="",
            around="",
            functions=docs["calls"],
            standard=[line for word, line in self.standard.items() if re.search(word, f"{heads}\n{whole}")],
            libraries={p: used for p, names in self.libraries.items() if (used := submodules(whole, *names))},
            ambiguous=bool(assigned & {"l", "O", "I"}),
            **self.carried(helpers),
            text=whole,
        )
