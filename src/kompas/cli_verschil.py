"""``kompas verschil``: two months' lists side by side."""

from __future__ import annotations

import click

from kompas.cliopties import JSON, druk_json, records, waarschuw
from kompas.opdrachtregel import Opdracht


def voeg_toe(groep: click.Group) -> None:
    """Add ``verschil`` to the group of all commands."""
    groep.add_command(verschil_)


@click.command(cls=Opdracht, name="verschil")
@click.argument("lijst1", metavar="LIJST1")
@click.argument("lijst2", metavar="LIJST2")
@click.option("--model1", metavar="DIR", help="Het model van de eerste lijst: elk verschil wordt precies ontleed.")
@click.option("--model2", metavar="DIR", help="Het model van de tweede lijst; mag hetzelfde zijn.")
@click.option("--uit", metavar="BESTAND", help="Schrijf de hele tabel: .csv, .parquet of .xlsx.")
@click.option("--nl", is_flag=True, help="CSV met puntkomma, decimale komma en dd-mm-jjjj.")
@JSON
def verschil_(
    lijst1: str, lijst2: str, model1: str | None, model2: str | None, uit: str | None, nl: bool, als_json: bool
) -> None:
    """Vergelijk twee maandlijsten: wie kwam, wie ging, wie veranderde en waardoor.

    De reden is gegevens (een kenmerk, inzet of bedrag), duur (alleen de tijd)
    of model. Met beide modellen wordt elk verschil in maanden en euro's
    verdeeld over die drie. Noem de oudste lijst eerst, en neem hele lijsten.
    """
    from kompas.opdrachten_verschil import verschil

    v = verschil(lijst1, lijst2, model1=model1, model2=model2, uit=uit, nl=nl)
    if als_json:
        inhoud = {"samenvatting": records(v.samenvatting), "waarschuwingen": list(v.zinnen)}
        druk_json(inhoud | {"klanten": records(v.tabel)})
        return
    click.echo(v.tekst())
    waarschuw(v.zinnen)
    if uit is not None:
        click.echo(f"\nGeschreven: {uit}")
