"""`matcalc rules`."""

from __future__ import annotations

import difflib
import itertools

import rich_click as click

from matcalc.errors import ParseError

from .app import cli


@cli.command()
@click.argument("name", required=False)
def rules(name: str | None) -> None:
    """List the identities that derivations use.

    Each with its reference and what it needs; NAME picks those that mention it.

    \b
    matcalc rules
    matcalc rules determinant
    """
    import matcalc

    known = matcalc.rules()
    found = [rule for rule in known if name is None or name.casefold() in f"{rule.name} {rule.identity}".casefold()]
    if not found:
        close = difflib.get_close_matches(str(name), [rule.name for rule in known], n=1)
        raise ParseError(f"no rule is called '{name}'", hint=f"did you mean {close[0]}?" if close else None)
    for group, members in itertools.groupby(found, key=lambda rule: rule.group):
        click.echo(f"{group}s\n")
        for rule in members:
            click.echo(f"  {rule.name}: {rule.identity}")
            notes = [rule.reference, f"needs {rule.assumes}" if rule.assumes else "", rule.file]
            if any(notes):
                click.echo(f"      {' · '.join(filter(None, notes))}")
        click.echo()
