"""``kompas lijstwerk``: parse, call, print."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from kompas.cliopties import CONFIG, JSON, PEILDATUM, STIL, druk_json, voortgang_op, waarschuw
from kompas.opdrachtregel import Opdracht

if TYPE_CHECKING:
    from kompas.lijst import Lijst


def voeg_toe(groep: click.Group) -> None:
    """Add ``lijstwerk`` to the group of all commands."""
    groep.add_command(lijstwerk_)


@click.command(cls=Opdracht, name="lijstwerk")
@CONFIG
@click.option("--model", required=True, metavar="DIR", help="Map met het model van kompas herijk.")
@click.option("--uit", required=True, metavar="BESTAND", help="Waarheen: .csv, .parquet of .xlsx.")
@click.option(
    "--soort",
    default="alle",
    show_default=True,
    metavar="SOORT",
    help="Welke lijst: alle, uit_beeld, onderschat, overschat, traject_loopt_af of nazorg.",
)
@click.option("--afdeling", multiple=True, metavar="NAAM", help="Alleen deze afdeling; mag vaker.")
@click.option("--team", multiple=True, metavar="NAAM", help="Alleen dit team; mag vaker.")
@click.option("--klantmanager", multiple=True, metavar="NAAM", help="Alleen deze klantmanager; mag vaker.")
@click.option("--doelgroep", multiple=True, metavar="CODE", help="Alleen deze doelgroep; mag vaker.")
@click.option(
    "--instrument", multiple=True, metavar="CODE", help="Alleen klanten met ja voor dit instrument; mag vaker."
)
@click.option("--per", metavar="KOLOM", help="Excel: een blad per waarde van deze kolom, bijvoorbeeld team.")
@click.option("--nl", is_flag=True, help="CSV met puntkomma, decimale komma en dd-mm-jjjj.")
@PEILDATUM
@JSON
@STIL
def lijstwerk_(
    config: str,
    model: str,
    uit: str,
    soort: str,
    afdeling: tuple[str, ...],
    team: tuple[str, ...],
    klantmanager: tuple[str, ...],
    doelgroep: tuple[str, ...],
    instrument: tuple[str, ...],
    per: str | None,
    nl: bool,
    peildatum: dt.date | None,
    als_json: bool,
    stil: bool,
) -> None:
    """Bereken kansen en rendementen voor alle lopende klanten.

    Met --soort krijgt u een lijst met een doel: wie lang geen instrument kreeg
    (uit_beeld), bij wie model en fasering verschillen (onderschat, overschat),
    wiens traject afloopt (traject_loopt_af), of wie nazorg moet krijgen.
    """
    from kompas.opdrachten_lijst import lijstwerk

    with voortgang_op(stil or als_json) as voortgang:
        lijst = lijstwerk(
            config,
            model,
            uit,
            soort=soort,
            afdeling=afdeling,
            team=team,
            klantmanager=klantmanager,
            doelgroep=doelgroep,
            instrument=instrument,
            peildatum=peildatum,
            per=per,
            nl=nl,
            voortgang=voortgang,
        )
    _toon(lijst, uit, als_json=als_json)


def _toon(lijst: Lijst, uit: str, *, als_json: bool) -> None:
    indicaties, doelgroepen = _indicaties(lijst), _doelgroepen(lijst)
    if als_json:
        druk_json(
            {
                "bestand": uit,
                "soort": lijst.soort,
                "klanten": len(lijst.tabel),
                "indicaties": indicaties,
                "doelgroepen": doelgroepen,
                "model": lijst.model,
                "toelichting": list(lijst.toelichting),
                "waarschuwingen": list(lijst.waarschuwingen),
            }
        )
        return
    wie = "klanten voor nazorg" if lijst.soort == "nazorg" else "lopende klanten"
    click.echo(f"{len(lijst.tabel)} {wie} op {lijst.peildatum:%d-%m-%Y}")
    for zin in lijst.toelichting:
        click.echo(click.wrap_text(zin, width=78))
    click.echo("")
    if indicaties:
        click.echo(f"{'instrument':<24}{'ja':>8}{'nee':>8}{'geen uitspraak':>18}")
        for code, aantal in indicaties.items():
            click.echo(f"{code:<24}{aantal['ja']:>8}{aantal['nee']:>8}{aantal['geen_uitspraak']:>18}")
        click.echo("")
    for code, aantal_ in doelgroepen.items():
        click.echo(f"{code or '(geen doelgroep)':<24}{aantal_:>8}")
    if doelgroepen:
        click.echo("")
    waarschuw(lijst.waarschuwingen)
    click.echo(f"\nGeschreven: {uit}")


def _indicaties(lijst: Lijst) -> dict[str, dict[str, int]]:
    soorten = ("ja", "nee", "geen_uitspraak")
    return {
        i.code: {s: int((lijst.tabel[f"{i.code}_indicatie"] == s).sum()) for s in soorten} for i in lijst.instrumenten
    }


def _doelgroepen(lijst: Lijst) -> dict[str, int]:
    if "doelgroep" not in lijst.tabel:
        return {}
    return {str(k): int(n) for k, n in lijst.tabel["doelgroep"].value_counts(sort=False).sort_index().items()}
