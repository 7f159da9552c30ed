"""``kompas register``: note decisions, check the chain, show, count, erase."""

from __future__ import annotations

import datetime as dt

import click

from kompas.cliopties import JSON, druk_json, records
from kompas.opdrachtregel import DATUM, Groep, Opdracht

REGISTER = click.option(
    "--register", "pad", default="register.sqlite", show_default=True, metavar="F", help="Het bestand van het register."
)
DOOR = click.option("--door", required=True, metavar="X", help="Uw code, geen naam.")
GEBROKEN = 4


def voeg_toe(groep: click.Group) -> None:
    """Add ``register`` to the group of all commands."""
    groep.add_command(register_)


@click.group(cls=Groep, name="register")
def register_() -> None:
    """Het adviesregister: wat is geadviseerd, wat is besloten en waarom.

    Het register wordt alleen aangevuld. Elk record sluit het vorige in, zodat
    later te controleren is dat er niets is veranderd of verdwenen.
    """


@register_.command(cls=Opdracht, name="begin")
@REGISTER
@click.option("--gemeente", required=True, metavar="NAAM", help="De naam van de gemeente.")
def begin_(pad: str, gemeente: str) -> None:
    """Begin een register, één keer."""
    from kompas.opdrachten_register import register

    register(pad, gemeente=gemeente)
    click.echo(f"Begonnen: {pad}")


@register_.command(cls=Opdracht, name="noteer")
@REGISTER
@click.option("--lijst", required=True, metavar="LIJST", help="De lijst waarop het advies staat (csv, parquet, xlsx).")
@click.option("--client", required=True, metavar="ID", help="De klant, zoals in de lijst.")
@click.option("--instrument", required=True, metavar="CODE", help="Het instrument waar het advies over gaat.")
@click.option(
    "--besluit",
    required=True,
    metavar="gevolgd|afgeweken|aangehouden",
    help="Gedaan wat het advies zegt (ook: niet gestart bij nee), iets anders gedaan, of nog niet besloten.",
)
@click.option("--reden", required=True, metavar="TEKST", help="Waarom, in minstens drie woorden. Geen namen.")
@DOOR
@click.option(
    "--besluitdatum", type=DATUM, metavar="DATUM", help="Dag van het besluit (dd-mm-jjjj) [standaard: vandaag]."
)
@JSON
def noteer_(
    pad: str,
    lijst: str,
    client: str,
    instrument: str,
    besluit: str,
    reden: str,
    door: str,
    besluitdatum: dt.date | None,
    als_json: bool,
) -> None:
    """Leg een besluit over een advies vast, met de reden.

    De cijfers komen uit de lijst zoals die is getoond. Een later besluit over
    hetzelfde advies komt erbij; het eerdere blijft staan.
    """
    from kompas.opdrachten_register import register

    nummer = register(pad).noteer(
        lijst,
        client=client,
        instrument=instrument,
        besluit=besluit,
        reden=reden,
        door=door,
        besluitdatum=besluitdatum,
    )
    if als_json:
        druk_json({"register": pad, "volgnummer": nummer})
    else:
        click.echo(f"Vastgelegd als record {nummer}.")


@register_.command(cls=Opdracht, name="verifieer")
@REGISTER
@click.option("--verwacht", metavar="HASH", help="Een eerder genoteerde hash, met --aantal of zonder.")
@click.option("--aantal", type=click.IntRange(min=1), metavar="N", help="Hoeveel records er toen waren.")
@click.option("--ankers", metavar="F", help="Bestand met eerder genoteerde regels: AANTAL HASH.")
@JSON
@click.pass_context
def verifieer_(
    ctx: click.Context, pad: str, verwacht: str | None, aantal: int | None, ankers: str | None, als_json: bool
) -> None:
    """Controleer of het register heel is.

    Afsluitcode 0: heel. Afsluitcode 4: er is iets veranderd of verdwenen; het
    eerste record dat niet klopt wordt genoemd. Noteer aantal en hash elke
    maand buiten het register: alleen dan is te zien dat het eind is afgeknipt.
    """
    from kompas.opdrachten_register import ankers_uit, register

    eerder = ankers_uit(ankers) if ankers is not None else ()
    v = register(pad).verifieer(verwacht=verwacht, aantal=aantal, ankers=eerder)
    if als_json:
        druk_json({"register": pad, "gemeente": v.gemeente, **records(v.to_frame())[0]})
    else:
        click.echo(v.tekst(), err=not v.heel)
    if not v.heel:
        ctx.exit(GEBROKEN)


@register_.command(cls=Opdracht, name="toon")
@REGISTER
@click.option("--client", metavar="ID", help="Alleen de records over deze klant.")
@JSON
def toon_(pad: str, client: str | None, als_json: bool) -> None:
    """Toon de records, van één klant of alle. Bevat persoonsgegevens."""
    from kompas.opdrachten_register import register

    tabel = register(pad).toon(client=client)
    if als_json:
        druk_json(records(tabel))
        return
    for r in records(tabel):
        kop = f"{r['volgnummer']:>6}  {r['tijdstip'][:10]}  "
        if r["soort"] != "advies":
            click.echo(f"{kop}{r['soort']}{': ' + r['reden'] if r['reden'] else ''}")
            continue
        wie = "(gewist)" if r["gewist"] else r["client_id"]
        advies = str(r["advies"]).replace("_", " ")
        click.echo(f"{kop}{wie}  {r['instrument']}: advies {advies}, {r['besluit']}, door {r['door']}")
        if r["reden"]:
            click.echo(click.wrap_text(r["reden"], width=78, initial_indent=" " * 20, subsequent_indent=" " * 20))
    click.echo(f"{len(tabel)} records")


@register_.command(cls=Opdracht, name="overzicht")
@REGISTER
@JSON
def overzicht_(pad: str, als_json: bool) -> None:
    """Tel hoe vaak adviezen zijn gevolgd, met de redenen.

    Per instrument. Bevat geen personen: aantallen onder tien blijven verborgen.
    """
    from kompas.opdrachten_register import register

    o = register(pad).overzicht()
    if als_json:
        druk_json({"adviezen": records(o.tabel), "redenen": records(o.redenen)})
    else:
        click.echo(o.tekst())


@register_.command(cls=Opdracht, name="wis")
@REGISTER
@click.option("--client", required=True, metavar="ID", help="De klant die om wissen vroeg.")
@click.option("--reden", required=True, metavar="TEKST", help="Waarom, in minstens drie woorden, zonder klantnummer.")
@DOOR
def wis_(pad: str, client: str, reden: str, door: str) -> None:
    """Wis wie de klant is; de keten blijft heel.

    Op verzoek van de klant (AVG artikel 17). Klantnummer en redenen verdwijnen
    voorgoed. Cijfers, besluiten en data blijven, en het wissen zelf is ook een
    record.
    """
    from kompas.opdrachten_register import register

    aantal = register(pad).wis(client=client, reden=reden, door=door)
    click.echo(f"{aantal} records gewist. De keten blijft heel; wis zo nodig ook oude lijsten en reservekopieën.")
