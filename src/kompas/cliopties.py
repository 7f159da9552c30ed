"""What the commands share: options, progress on the terminal, printing as JSON. Nothing heavy is imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from kompas.opdrachtregel import DATUM

if TYPE_CHECKING:
    from collections.abc import Callable

    Voortgang = Callable[[str, float], None]

CONFIG = click.option("--config", "config", required=True, metavar="F", help="Het configuratiebestand kompas.toml.")
PEILDATUM = click.option(
    "--peildatum", type=DATUM, metavar="DATUM", help="Gaat voor de peildatum in de configuratie (dd-mm-jjjj)."
)
JSON = click.option("--json", "als_json", is_flag=True, help="Druk het resultaat af als JSON.")
STIL = click.option("--stil", is_flag=True, help="Geen voortgang tonen.")


@contextmanager
def voortgang_op(stil: bool) -> Iterator[Voortgang | None]:
    """Progress on the terminal (stderr); silent in a batch."""
    if stil or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    kolommen = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*kolommen, console=Console(stderr=True), transient=True) as balk:
        taak = balk.add_task("begin", total=1.0)

        def meld(stap: str, deel: float) -> None:
            balk.update(taak, description=stap, completed=deel)

        yield meld


def druk_json(waarde: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(waarde, ensure_ascii=False, indent=1, default=str))


def records(frame: Any) -> list[dict[str, Any]]:
    """Rows as plain values; empty is null."""
    rijen: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso", force_ascii=False))
    return rijen


def waarschuw(zinnen: tuple[str, ...]) -> None:
    """Print warnings, wrapped at 78 columns."""
    for zin in zinnen:
        click.echo(click.wrap_text(f"Let op: {zin}", width=78, subsequent_indent="  "))
