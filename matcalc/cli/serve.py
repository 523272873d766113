"""`matcalc serve`."""

from __future__ import annotations

import rich_click as click

from .app import cli


@cli.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any that is free.")
@click.option("--open/--no-open", "open_", default=True, help="Open the page in a browser.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="Give up a derivation after so long.",
)
def serve(port: int, open_: bool, timeout: float) -> None:
    """Serve a playground: type a formula in a browser, and read the derivation, LaTeX and code as you type.

    It is served to this machine only, and fetches nothing. Ctrl-C ends it.

    \b
    matcalc serve
    matcalc serve --port 0 --no-open
    """
    from matcalc.playground import Playground

    playground = Playground(port, seconds=timeout)
    click.echo(f"matcalc is at {playground.url} (Ctrl-C ends it)")
    if open_:
        click.launch(playground.url)
    try:
        playground.run()
    except KeyboardInterrupt:
        click.echo()
