"""``kompas catalogus`` and ``kompas poort``: parse, call, print."""

from __future__ import annotations

import datetime as dt

import click

from kompas.cliopties import CONFIG, JSON, PEILDATUM, STIL, druk_json, records, voortgang_op, waarschuw
from kompas.opdrachtregel import Opdracht

UIT = click.option("--uit", metavar="BESTAND", help="Waarheen: .html voor het blad, of .xlsx, .csv of .parquet.")
NL = click.option("--nl", is_flag=True, help="CSV met puntkomma, decimale komma en dd-mm-jjjj.")


def voeg_toe(groep: click.Group) -> None:
    """Add ``catalogus`` and ``poort`` to the group of all commands."""
    groep.add_command(catalogus_)
    groep.add_command(poort_)


def _druk(tekst: str) -> None:
    """Print paragraphs within 78 columns; rows of a table stay as they are."""
    for regel in tekst.split("\n"):
        inspringen = "  " if regel.startswith("- ") else ""
        kort = len(regel) <= 78 or "  " in regel.strip()
        click.echo(regel if kort else click.wrap_text(regel, width=78, subsequent_indent=inspringen))


@click.command(cls=Opdracht, name="catalogus")
@CONFIG
@click.option("--model", required=True, metavar="DIR", help="Map met het model van kompas herijk.")
@UIT
@NL
@PEILDATUM
@JSON
@STIL
def catalogus_(
    config: str, model: str, uit: str | None, nl: bool, peildatum: dt.date | None, als_json: bool, stil: bool
) -> None:
    """Zet alle instrumenten naast elkaar: effect, kosten, opbrengst en wat onbekend is.

    De rangorde is berekend uit uw eigen gegevens. Handhaving staat er alleen op
    beleidsniveau in: er volgt geen indicatie voor personen uit.
    """
    from kompas.opdrachten_catalogus import catalogus
    from kompas.weergave.catalogusblad import catalogustekst

    with voortgang_op(stil or als_json) as voortgang:
        k = catalogus(config, model, uit, peildatum=peildatum, nl=nl, voortgang=voortgang)
    if als_json:
        druk_json(
            {
                "gemeente": k.gemeente,
                "peildatum": k.peildatum.isoformat(),
                "klanten": k.klanten,
                "instrumenten": records(k.kaarten),
                "opbrengsten": records(k.opbrengsten),
                "rangorde": records(k.rangorde),
                "toelichting": list(k.toelichting),
                "waarschuwingen": list(k.waarschuwingen),
            }
        )
        return
    _druk(catalogustekst(k))
    click.echo("")
    waarschuw(k.waarschuwingen)
    if uit is not None:
        click.echo(f"\nGeschreven: {uit}")


@click.command(cls=Opdracht, name="poort")
@CONFIG
@click.option("--model", metavar="DIR", help="Map met het model: zonder model geen maanden en geen bedragen.")
@UIT
@NL
@PEILDATUM
@JSON
@STIL
def poort_(
    config: str, model: str | None, uit: str | None, nl: bool, peildatum: dt.date | None, als_json: bool, stil: bool
) -> None:
    """Bereken de preventiequote, en wat een aanbod aan de poort doet.

    Nodig is de tabel aanvragen. Het effect is dat van een aanbod tussen aanvraag
    en besluit op de kans dat de aanvraag wordt toegekend.
    """
    from kompas.opdrachten_catalogus import poort
    from kompas.weergave.poortblad import poorttekst

    with voortgang_op(stil or als_json) as voortgang:
        p = poort(config, model, uit, peildatum=peildatum, nl=nl, voortgang=voortgang)
    if als_json:
        druk_json(
            {
                "gemeente": p.gemeente,
                "peildatum": p.peildatum.isoformat(),
                "definitie": p.definitie,
                "preventie": records(p.preventie),
                "effecten": records(p.effecten),
                "aannamen": list(p.aannamen),
                "waarschuwingen": list(p.waarschuwingen),
            }
        )
        return
    _druk(poorttekst(p))
    click.echo("")
    waarschuw(p.waarschuwingen)
    if uit is not None:
        click.echo(f"\nGeschreven: {uit}")
