"""`matcalc explain`."""

from __future__ import annotations

import rich_click as click

from .app import cli
from .output import put


@cli.command()
@click.argument("rule")
@click.option("--no-example", is_flag=True, help="Without a derivation that uses it.")
def explain(rule: str, no_example: bool) -> None:
    """Explain an identity: its formula, a proof in a line or two, what it needs, and a derivation that uses it.

    RULE is a name as derivations print it in full detail, and as `matcalc rules` lists them.

    \b
    matcalc explain "log determinant"
    matcalc explain cyclic
    """
    from matcalc.explanations import explanation

    put(explanation(rule, example=not no_example), None)
