"""``kompas monitor ...`` and ``kompas scan``: parse, call, print."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from kompas.cliopties import CONFIG, JSON, PEILDATUM, STIL, druk_json, records, voortgang_op, waarschuw
from kompas.opdrachtregel import Groep, Opdracht

if TYPE_CHECKING:
    from collections.abc import Callable

UIT = click.option("--uit", metavar="BESTAND", help="Waarheen: .html voor het blad, of .xlsx, .csv of .parquet.")
MODEL = click.option("--model", metavar="DIR", help="Map met het model: zonder model alleen de maandreeksen.")
NL = click.option("--nl", is_flag=True, help="CSV met puntkomma, decimale komma en dd-mm-jjjj.")


class Verandering(click.ParamType[float]):
    """A relative change: ``-10%``, ``5,5%`` or ``-0.1``."""

    name = "verandering"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the change as a fraction."""
        if isinstance(value, float):
            return value
        kaal = str(value).strip().replace(",", ".")
        try:
            return float(kaal[:-1]) / 100 if kaal.endswith("%") else float(kaal)
        except ValueError:
            self.fail(f"'{value}' is geen verandering; schrijf bijvoorbeeld -10%", param, ctx)


class Meer(click.ParamType[tuple[str, int]]):
    """More deployments of an instrument: ``reintegratie=200``."""

    name = "extra"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Return the code and the number."""
        if isinstance(value, tuple):
            return value
        code, teken, getal = str(value).partition("=")
        if not teken or not getal.strip().isdigit():
            self.fail(f"'{value}' klopt niet; schrijf CODE=AANTAL, bijvoorbeeld reintegratie=200", param, ctx)
        return code.strip(), int(getal)


INSTROOM = click.option(
    "--instroom",
    type=Verandering(),
    default=0.0,
    metavar="X%",
    help="Wat als: zoveel meer of minder instroom, zoals -10%.",
)
EXTRA = click.option(
    "--extra",
    type=Meer(),
    multiple=True,
    metavar="CODE=N",
    help="Wat als: zoveel klanten meer krijgen nu dit instrument.",
)


def voeg_toe(groep: click.Group) -> None:
    """Add ``monitor`` and ``scan`` to the group of all commands."""
    groep.add_command(monitor_)
    groep.add_command(scan_)


def _opties(opdracht: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every monitor has, in the order of the help."""
    for optie in (STIL, JSON, NL, PEILDATUM, UIT, MODEL, CONFIG):
        opdracht = optie(opdracht)
    return opdracht


def _toon(uitkomst: Any, uit: str | None, *, als_json: bool) -> None:
    from kompas.weergave.monitorbladen import tekst

    if als_json:
        druk_json(records(uitkomst.to_frame()))
        return
    click.echo(tekst(uitkomst))
    if uitkomst.waarschuwingen:
        click.echo("")
        waarschuw(uitkomst.waarschuwingen)
    if uit is not None:
        click.echo(f"\nGeschreven: {uit}")


def _draai(welke: str, config: str, uit: str | None, *, stil: bool, als_json: bool, **keuzes: Any) -> None:
    from kompas.opdrachten_monitor import monitor

    with voortgang_op(stil or als_json) as voortgang:
        uitkomst = monitor(welke, config, uit, voortgang=voortgang, **keuzes)
    _toon(uitkomst, uit, als_json=als_json)


@click.group(cls=Groep, name="monitor")
def monitor_() -> None:
    """Volg bestand, uitgaven, budget, uitvoering en ambitie.

    Elke monitor werkt met de tabellen die er zijn en zegt welke er ontbreken.
    """


@monitor_.command(cls=Opdracht, name="bestand")
@_opties
@INSTROOM
@EXTRA
def bestand_(
    config: str,
    uit: str | None,
    model: str | None,
    peildatum: dt.date | None,
    instroom: float,
    extra: tuple[tuple[str, int], ...],
    nl: bool,
    als_json: bool,
    stil: bool,
) -> None:
    """Volg het bestand, naast andere gebieden en vooruit.

    Geschaald is: wat het bestand zou zijn met het aandeel van het andere gebied.
    """
    _draai(
        "bestand",
        config,
        uit,
        model=model,
        peildatum=peildatum,
        instroom=instroom,
        extra=dict(extra) or None,
        nl=nl,
        als_json=als_json,
        stil=stil,
    )


@monitor_.command(cls=Opdracht, name="uitgaven")
@_opties
@INSTROOM
def uitgaven_(
    config: str,
    uit: str | None,
    model: str | None,
    peildatum: dt.date | None,
    instroom: float,
    nl: bool,
    als_json: bool,
    stil: bool,
) -> None:
    """Volg de uitgaven: aantal maal prijs, en vooruit."""
    keuzes = {"model": model, "peildatum": peildatum, "instroom": instroom, "nl": nl}
    _draai("uitgaven", config, uit, als_json=als_json, stil=stil, **keuzes)


@monitor_.command(cls=Opdracht, name="budget")
@_opties
@INSTROOM
def budget_(
    config: str,
    uit: str | None,
    model: str | None,
    peildatum: dt.date | None,
    instroom: float,
    nl: bool,
    als_json: bool,
    stil: bool,
) -> None:
    """Zet de uitgaven naast het budget: tekort of overschot."""
    keuzes = {"model": model, "peildatum": peildatum, "instroom": instroom, "nl": nl}
    _draai("budget", config, uit, als_json=als_json, stil=stil, **keuzes)


@monitor_.command(cls=Opdracht, name="uitvoering")
@_opties
@click.option("--klantmanager", metavar="NAAM", help="Alleen de eigen klanten van deze klantmanager, voor hemzelf.")
def uitvoering_(
    config: str,
    uit: str | None,
    model: str | None,
    peildatum: dt.date | None,
    klantmanager: str | None,
    nl: bool,
    als_json: bool,
    stil: bool,
) -> None:
    """Zet de kengetallen tegenover de taakstellingen.

    Verwacht houdt rekening met het soort klanten van een team. Personen worden
    nooit op volgorde gezet.
    """
    keuzes = {"model": model, "peildatum": peildatum, "klantmanager": klantmanager, "nl": nl}
    _draai("uitvoering", config, uit, als_json=als_json, stil=stil, **keuzes)


@monitor_.command(cls=Opdracht, name="ambitie")
@_opties
@click.option("--minder", type=click.IntRange(min=0), metavar="N", help="Zoveel huishoudens minder dan de trend.")
@click.option("--jaren", type=click.IntRange(min=1, max=10), metavar="N", help="In zoveel jaar.")
def ambitie_(
    config: str,
    uit: str | None,
    model: str | None,
    peildatum: dt.date | None,
    minder: int | None,
    jaren: int | None,
    nl: bool,
    als_json: bool,
    stil: bool,
) -> None:
    """Volg het pad van de ambitie: de trend, en zoveel minder."""
    keuzes = {"model": model, "peildatum": peildatum, "minder": minder, "jaren": jaren, "nl": nl}
    _draai("ambitie", config, uit, als_json=als_json, stil=stil, **keuzes)


@click.command(cls=Opdracht, name="scan")
@_opties
def scan_(
    config: str, uit: str | None, model: str | None, peildatum: dt.date | None, nl: bool, als_json: bool, stil: bool
) -> None:
    """Maak de BijstandScan: hoeveel kan het bestand omlaag, en waardoor.

    Vergelijking, reductiepotentieel, het eigen bestand, vooruitzicht en conclusies.
    """
    from kompas.opdrachten_monitor import scan

    with voortgang_op(stil or als_json) as voortgang:
        uitkomst = scan(config, uit, model=model, peildatum=peildatum, nl=nl, voortgang=voortgang)
    _toon(uitkomst, uit, als_json=als_json)
