"""``kompas serveer``: parse, call."""

from __future__ import annotations

import datetime as dt
import logging

import click

from kompas.cliopties import PEILDATUM, STIL, voortgang_op
from kompas.opdrachtregel import Opdracht


def voeg_toe(groep: click.Group) -> None:
    """Add ``serveer`` to the group of all commands."""
    groep.add_command(serveer_)


@click.command(cls=Opdracht, name="serveer")
@click.option("--model", required=True, metavar="DIR", help="Map met het model van kompas herijk.")
@click.option("--config", metavar="F", help="kompas.toml: nodig voor de lijst en het dashboard.")
@click.option("--register", metavar="F", help="Het adviesregister: nodig om besluiten vast te leggen.")
@click.option(
    "--poort-nummer",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    metavar="N",
    help="Poort op deze computer; 0 is een vrije poort.",
)
@click.option("--geen-browser", is_flag=True, help="Toon alleen het adres; open geen browser.")
@PEILDATUM
@STIL
def serveer_(
    model: str,
    config: str | None,
    register: str | None,
    poort_nummer: int,
    geen_browser: bool,
    peildatum: dt.date | None,
    stil: bool,
) -> None:
    """Toon formulier, lijst en dashboard als bladen, alleen op deze computer.

    Opent uw browser met een adres dat één keer werkt. Er gaat niets naar
    buiten. Wat u invult, blijft niet bewaard, behalve een vastgelegd besluit.
    """
    from kompas.opdrachten_serveer import draai, maak_bediening

    logging.basicConfig(format="kompas: %(message)s", level=logging.WARNING)
    logging.getLogger("waitress").setLevel(logging.CRITICAL)  # its messages may repeat a request
    with voortgang_op(stil) as voortgang:
        bediening = maak_bediening(
            model,
            config,
            register=register,
            poort_nummer=poort_nummer,
            peildatum=peildatum,
            voortgang=voortgang,
        )
    draai(bediening, geen_browser=geen_browser, zeg=click.echo)
