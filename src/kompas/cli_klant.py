"""``kompas klant``: one client on the terminal, as JSON, HTML or PDF."""

from __future__ import annotations

import datetime as dt
import shutil

import click

from kompas.cliopties import JSON, druk_json
from kompas.opdrachtregel import DATUM, Opdracht


def voeg_toe(groep: click.Group) -> None:
    """Add ``klant`` to the group of all commands."""
    groep.add_command(klant_)


@click.command(cls=Opdracht, name="klant")
@click.option("--model", required=True, metavar="DIR", help="Map met het model van kompas herijk.")
@click.option(
    "--config", metavar="F", help="kompas.toml: nodig bij --client; anders gelden prijzen en peildatum eruit."
)
@click.option("--client", metavar="ID", help="Een klant uit de gegevens, in plaats van ingetypte kenmerken.")
@click.option("--geslacht", metavar="X", help="man of vrouw.")
@click.option("--geboortedatum", type=DATUM, metavar="DATUM", help="dd-mm-jjjj of jjjj-mm-dd.")
@click.option("--begindatum", type=DATUM, metavar="DATUM", help="Eerste dag met bijstand.")
@click.option("--leefvorm", metavar="X", help="alleenstaande, alleenstaande_ouder, gehuwd of anders.")
@click.option("--opleiding", metavar="X", help="geen, basis, vmbo, hoger (boven vmbo) of onbekend.")
@click.option("--fasering", metavar="X", help="Zoals in uw gegevens, bijvoorbeeld 'fase 2'.")
@click.option(
    "--kenmerk",
    multiple=True,
    metavar="NAAM=X",
    help="Een ander kenmerk van het model; NAAM=X@DATUM geldt vanaf die dag. Mag vaker.",
)
@click.option(
    "--inzet",
    multiple=True,
    metavar="CODE:BEGIN",
    help="Wat de klant al kreeg. Daarachter mag :GEPLAND EINDE en :EINDE (of :loopt). Mag vaker.",
)
@click.option("--eerder", multiple=True, metavar="BEGIN:EINDE", help="Een eerdere bijstandsperiode. Mag vaker.")
@click.option("--bedrag", metavar="EURO", help="Uitkering per maand [standaard: de norm van die dag].")
@click.option(
    "--peildatum",
    type=DATUM,
    metavar="DATUM",
    help="De dag waarop u rekent [standaard: die van de configuratie of het model].",
)
@click.option("--uit", metavar="BESTAND", help="Schrijf het resultaat: .html, .pdf, .csv, .parquet of .xlsx.")
@click.option("--nl", is_flag=True, help="CSV met puntkomma, decimale komma en dd-mm-jjjj.")
@JSON
def klant_(
    model: str,
    config: str | None,
    client: str | None,
    geslacht: str | None,
    geboortedatum: dt.date | None,
    begindatum: dt.date | None,
    leefvorm: str | None,
    opleiding: str | None,
    fasering: str | None,
    kenmerk: tuple[str, ...],
    inzet: tuple[str, ...],
    eerder: tuple[str, ...],
    bedrag: str | None,
    peildatum: dt.date | None,
    uit: str | None,
    nl: bool,
    als_json: bool,
) -> None:
    """Laat zien wat u kunt verwachten voor één klant, met en zonder elk instrument.

    Uit de gegevens (--config en --client), of met wat u intypt. Wat u niet
    intypt, wordt gemiddeld over lopende klanten met dezelfde ingetypte
    kenmerken. De uitkomst is een advies: u beslist.
    """
    from kompas.opdrachten_klant import klant

    beeld = klant(
        model,
        config=config,
        client=client,
        geslacht=geslacht,
        geboortedatum=geboortedatum,
        begindatum=begindatum,
        leefvorm=leefvorm,
        opleiding=opleiding,
        fasering=fasering,
        kenmerk=kenmerk,
        inzet=inzet,
        eerder=eerder,
        bedrag=bedrag,
        peildatum=peildatum,
        uit=uit,
        nl=nl,
    )
    if als_json:
        druk_json(beeld.to_dict())
    elif uit is None:
        breedte = shutil.get_terminal_size((80, 24)).columns
        click.echo(beeld.tekst(max(60, min(breedte, 100))), nl=False)
    else:
        click.echo(f"Geschreven: {uit}")
