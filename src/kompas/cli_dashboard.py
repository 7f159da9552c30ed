"""``kompas dashboard``: parse, call, print."""

from __future__ import annotations

import datetime as dt

import click

from kompas.cliopties import CONFIG, JSON, PEILDATUM, STIL, druk_json, records, voortgang_op, waarschuw
from kompas.opdrachtregel import Opdracht


def voeg_toe(groep: click.Group) -> None:
    """Add ``dashboard`` to the group of all commands."""
    groep.add_command(dashboard_)


@click.command(cls=Opdracht, name="dashboard")
@CONFIG
@click.option("--model", metavar="DIR", help="Map met het model van kompas herijk.")
@click.option(
    "--uit", required=True, metavar="DIR", help="Map voor het dashboard; een eerder dashboard wordt vervangen."
)
@PEILDATUM
@JSON
@STIL
def dashboard_(config: str, model: str | None, uit: str, peildatum: dt.date | None, als_json: bool, stil: bool) -> None:
    """Maak het maandelijkse dashboard: één map met bladen voor elk niveau.

    Open index.html. De bladen werken zonder internet, ook per e-mail of op een
    intranet. Aantallen onder 10 worden niet getoond.
    """
    from kompas.opdrachten_dashboard import dashboard

    with voortgang_op(stil or als_json) as voortgang:
        d = dashboard(config, model, uit, peildatum=peildatum, voortgang=voortgang)
    if als_json:
        druk_json({"map": str(d.map), "bladen": records(d.tabel), "ontbreekt": dict(d.stof.ontbreekt)})
        return
    click.echo(f"Gemaakt: {d.voorblad} ({len(d.tabel)} bladen)")
    waarschuw(tuple(f"{naam} is niet gemaakt: {reden}" for naam, reden in d.stof.ontbreekt.items()))
