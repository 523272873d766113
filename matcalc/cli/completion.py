"""`matcalc completion`."""

from __future__ import annotations

import rich_click as click
from click.shell_completion import get_completion_class

from .app import cli
from .output import put

SHELLS = ("bash", "zsh", "fish")


@cli.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that completes commands and options in a shell.

    \b
    source <(matcalc completion bash)                            # in ~/.bashrc
    source <(matcalc completion zsh)                             # in ~/.zshrc, after compinit
    matcalc completion fish > ~/.config/fish/completions/matcalc.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    script = found(cli, {}, "matcalc", "_MATCALC_COMPLETE")
    put(script.source_template % script.source_vars(), None)
