"""The command line: parse, call the function of the same name, print. Heavy imports happen inside the commands."""

from __future__ import annotations

import datetime as dt
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from kompas import (
    cli_catalogus,
    cli_dashboard,
    cli_klant,
    cli_lijst,
    cli_monitor,
    cli_register,
    cli_serveer,
    cli_verschil,
)
from kompas.cliopties import CONFIG, JSON, PEILDATUM, STIL, druk_json, records, voortgang_op, waarschuw
from kompas.fouten import KompasError, ModelFout
from kompas.opdrachtregel import Groep, Opdracht, vertaal

if TYPE_CHECKING:
    from kompas.herijking import Herijking


@click.group(cls=Groep, context_settings={"help_option_names": ["--help", "-h"]})
@click.version_option(package_name="kompas", prog_name="kompas", message="%(prog)s %(version)s", help="Toon de versie.")
def hoofd() -> None:
    """Wat werkt in de bijstand: uitstroom, rendement van instrumenten, lijsten.

    Alles gebeurt op deze computer; er gaat niets naar buiten.

    Begin met: kompas demo
    """


@hoofd.command(cls=Opdracht, name="init")
@click.argument("map_", metavar="MAP")
@click.option("--voorbeeld", metavar="NAAM", help="Vul de map met een voorbeeld: hollandstad of hollandstad_rauw.")
def init_(map_: str, voorbeeld: str | None) -> None:
    """Maak een nieuwe werkmap: kompas.toml met uitleg en een lege map bron."""
    from kompas.opdrachten import init

    config = init(map_, voorbeeld=voorbeeld)
    if not config.is_file():
        click.echo(f"Gemaakt: {map_}\nLaat kompas naar de exports kijken met: kompas verken")
        return
    click.echo(f"Gemaakt: {config}")
    if voorbeeld is None:
        click.echo("Zet uw exports in de map bron, pas kompas.toml aan en draai daarna:")
    click.echo(f'  kompas controleer --config "{config}"')


@hoofd.command(cls=Opdracht, name="verken")
@click.argument("bestanden", metavar="BESTAND...", nargs=-1, required=True)
@click.option("--uit", metavar="F", help="Schrijf het ontwerp naar dit bestand, bijvoorbeeld kompas.toml.")
@JSON
def verken_(bestanden: tuple[str, ...], uit: str | None, als_json: bool) -> None:
    """Bekijk onbekende exports en ontwerp een configuratie, met de twijfels erbij."""
    from kompas.opdrachten import verken

    v = verken(*bestanden, uit=uit)
    if als_json:
        druk_json({"toml": v.toml, "twijfels": list(v.twijfels), "tabellen": records(v.tabellen)})
        return
    if uit is None:
        click.echo(v.toml)
    else:
        click.echo(f"Ontwerp geschreven: {uit}")
    if v.twijfels:
        click.echo(f"\n{len(v.twijfels)} twijfels; loop ze na voor u verder gaat:", err=True)
        for twijfel in v.twijfels:
            click.echo(f"  - {twijfel}", err=True)


@hoofd.command(cls=Opdracht, name="controleer")
@CONFIG
@PEILDATUM
@JSON
@STIL
@click.pass_context
def controleer_(ctx: click.Context, config: str, peildatum: dt.date | None, als_json: bool, stil: bool) -> None:
    """Controleer de invoer en schrijf bevindingen.csv naast de configuratie."""
    from kompas.opdrachten import controleer

    with voortgang_op(stil or als_json) as voortgang:
        c = controleer(config, peildatum=peildatum, voortgang=voortgang)
    if als_json:
        uitkomst = {"goedgekeurd": c.goedgekeurd, "reden": c.reden, "bestand": str(c.bevindingen)}
        druk_json(uitkomst | {"telling": records(c.bestand.telling), "bevindingen": records(c.to_frame())})
    else:
        click.echo(c.tekst())
        click.echo(f"\nAlle bevindingen: {c.bevindingen}")
        click.echo("Oordeel: goedgekeurd." if c.goedgekeurd else "Oordeel: afgekeurd.")
    if not c.goedgekeurd:
        if not als_json:
            click.echo(c.reden, err=True)
        ctx.exit(3)


@hoofd.command(cls=Opdracht, name="herijk")
@CONFIG
@click.option("--uit", required=True, metavar="DIR", help="Map voor het model; een eerder model daar wordt vervangen.")
@click.option("--vorige", metavar="DIR", help="Het vorige model, om mee te vergelijken.")
@click.option("--zaad", type=int, default=0, show_default=True, metavar="N", help="Zaad van het toeval.")
@click.option(
    "--zonder-terugtoets",
    is_flag=True,
    help="Sla zonder --vorige de toets op eerdere jaren over; dat is sneller.",
)
@click.option("--register", metavar="F", help="Het adviesregister: wat gebeurde er met de adviezen.")
@PEILDATUM
@JSON
@STIL
def herijk_(
    config: str,
    uit: str,
    vorige: str | None,
    zaad: int,
    zonder_terugtoets: bool,
    register: str | None,
    peildatum: dt.date | None,
    als_json: bool,
    stil: bool,
) -> None:
    """Schat alles opnieuw en schrijf een model met herijkingsrapport.html.

    Met --vorige vergelijkt het rapport met vorige keer. Voorspelt het nieuwe
    model aantoonbaar slechter, dan is de afsluitcode 4.
    """
    from kompas.opdrachten import SLECHTER, herijk

    slechter = None
    with voortgang_op(stil or als_json) as voortgang:
        try:
            h = herijk(
                config,
                uit,
                vorige=vorige,
                zaad=zaad,
                zonder_terugtoets=zonder_terugtoets,
                register=register,
                peildatum=peildatum,
                voortgang=voortgang,
            )
        except ModelFout as fout:
            if fout.code != SLECHTER:
                raise
            from kompas.artefact import laad

            slechter, h = fout, laad(uit)  # written and marked: show it, then say so
    _toon_herijking(h, uit, slechter, als_json=als_json)
    if slechter is not None:
        raise slechter


def _toon_herijking(h: Herijking, uit: str, slechter: ModelFout | None, *, als_json: bool) -> None:
    from kompas.opdrachten import RAPPORT

    if als_json:
        druk_json(
            {
                "model": uit,
                "goedgekeurd": slechter is None,
                "reden": str(slechter) if slechter is not None else "",
                "glance": records(h.glance),
                "effecten": records(h.effecten),
                "waarschuwingen": list(h.waarschuwingen),
            }
        )
        return
    for rij in h.glance.drop_duplicates("bestemming").itertuples(index=False):
        maanden = f"{rij.persoonmaanden:,.0f}".replace(",", ".")
        click.echo(f"{rij.bestemming:<12}{rij.gebeurtenissen:>8} uitgestroomd in {maanden} persoonmaanden")
    click.echo("")
    for oordeel, aantal in h.effecten.loc[h.effecten["voorkeur"], "oordeel"].value_counts(sort=False).items():
        click.echo(f"{str(oordeel).replace('_', ' '):<26}{aantal:>5} effecten")
    click.echo("")
    waarschuw(h.waarschuwingen)
    click.echo(f"\nModel:   {uit}\nRapport: {uit}/{RAPPORT}")


@hoofd.command(cls=Opdracht, name="simuleer")
@click.option("--uit", required=True, metavar="MAP", help="Map die gemaakt wordt.")
@click.option("--zaad", required=True, type=int, metavar="N", help="Zaad: hetzelfde zaad geeft dezelfde gemeente.")
@click.option(
    "--clienten",
    type=click.IntRange(min=1),
    default=6_000,
    show_default=True,
    metavar="N",
    help="Aantal klanten.",
)
@click.option("--overschrijf", is_flag=True, help="Vervang een eerdere simulatie in deze map.")
def simuleer_(uit: str, zaad: int, clienten: int, overschrijf: bool) -> None:
    """Maak een gemeente waarvan de waarheid bekend is."""
    from kompas.opdrachten import simuleer

    simuleer(uit, zaad, clienten=clienten, overschrijf=overschrijf)
    click.echo(f"Gemaakt: {uit} (kompas.toml, bron/ en waarheid/)")


@hoofd.command(cls=Opdracht, name="demo")
@click.option("--uit", default="kompas-demo", show_default=True, metavar="MAP", help="Map die gemaakt wordt.")
@STIL
def demo_(uit: str, stil: bool) -> None:
    """Doe alles voor een voorbeeldgemeente: van gegevens tot model, rapport en lijsten."""
    from kompas.opdrachten_demo import demo

    with voortgang_op(stil) as voortgang:
        gemaakt = demo(uit, voortgang=voortgang)
    uitleg = {
        "rapport": "open dit eerst: wat is geschat, en wat weten we niet",
        "excel": "alle lopende klanten, een blad per team",
        "lijst": "dezelfde lijst als CSV",
        "catalogus": "alle instrumenten naast elkaar: effect, kosten en opbrengst",
        "dashboard": "het maandelijkse dashboard: elk niveau een blad, en een raadsbrief",
        "scan": "de BijstandScan: hoeveel kan het bestand omlaag, en waardoor",
        "klant": "een klant: wat is te verwachten, met en zonder elk instrument",
        "klant_pdf": "hetzelfde om af te drukken",
        "model": "het model: effecten, coefficienten, manifest",
        "bevindingen": "wat er aan de gegevens opviel",
        "config": "de configuratie, met uitleg",
        "gemeente": "de gegevens van Hollandstad (verzonnen), met de waarheid erachter",
    }
    click.echo("Klaar. Dit ligt er nu:")
    for naam, tekst in uitleg.items():
        click.echo(f"  {gemaakt[naam]}\n      {tekst}")


cli_catalogus.voeg_toe(hoofd)
cli_dashboard.voeg_toe(hoofd)
cli_klant.voeg_toe(hoofd)
cli_lijst.voeg_toe(hoofd)
cli_monitor.voeg_toe(hoofd)
cli_register.voeg_toe(hoofd)
cli_serveer.voeg_toe(hoofd)
cli_verschil.voeg_toe(hoofd)


def main(argumenten: list[str] | None = None) -> int:
    """Run ``kompas``; returns the exit code of the contract."""
    for stroom in (sys.stdout, sys.stderr):
        if hasattr(stroom, "reconfigure"):
            stroom.reconfigure(encoding="utf-8", errors="replace")
    try:
        uitkomst = hoofd.main(args=argumenten, prog_name="kompas", standalone_mode=False)
    except KompasError as fout:
        click.echo(f"kompas: {fout}", err=True)
        return fout.exitcode
    except click.exceptions.Exit as fout:
        return fout.exit_code
    except click.Abort:
        click.echo("kompas: afgebroken; er is niets half geschreven.", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("kompas: afgebroken; er is niets half geschreven.", err=True)
        return 1
    except click.exceptions.NoArgsIsHelpError as fout:
        click.echo(fout.format_message(), err=True)
        return 2
    except click.ClickException as fout:
        click.echo(f"kompas: {vertaal(fout, list(hoofd.commands))}", err=True)
        return 2
    except OSError as fout:
        wat = fout.filename or "een bestand"
        click.echo(f"kompas: KMP-O010: '{wat}' is niet te lezen of te schrijven ({fout.strerror}).", err=True)
        return 1
    return uitkomst if isinstance(uitkomst, int) else 0


def start() -> None:
    """Entry point of the installed program.

    Ends without the interpreter's own clearing up: threads of pyarrow that are still waiting abort the process there
    now and then, after all work was done.
    """
    code = main()
    for stroom in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stroom.flush()
    os._exit(code)
