"""The letter to the council: two pages whose sentences follow from the monitors and change with them."""

from __future__ import annotations

from kompas.artefact import versie
from kompas.monitors.stof import Stof
from kompas.weergave import (
    ambitieplaat,
    bestandblad,
    bestandplaat,
    budgetplaat,
    budgetzinnen,
    uitgavenblad,
    uitvoeringblad,
)
from kompas.weergave.cockpit import potentieelzinnen
from kompas.weergave.getallen import datum
from kompas.weergave.htmltabel import Deel, Stuk
from kompas.weergave.pdf import delen_pdf
from kompas.weergave.poortblad import maak_blad

TITEL = "Raadsbrief bijstand"
VOORBEHOUD = (
    "Verwachtingen zijn onzeker: bij een interval van 80% valt de werkelijkheid er één van de vijf keer buiten.",
    "Deze brief is een concept dat uit de cijfers is opgemaakt. Oorzaken en keuzes voegt het college toe.",
)


def _onder(s: Stof) -> str:
    return f"{s.gemeente}, cijfers tot en met de peildatum {datum(s.peildatum)}."


def _bestanddeel(s: Stof) -> Deel | None:
    if s.bestand is None:
        return None
    p = bestandplaat.stand(s.bestand)
    zinnen = (
        bestandblad.kernzin(s.bestand),
        *bestandblad.verschilzinnen(s.bestand)[1:],
        bestandblad.prognosezin(s.bestand),
    )
    stuk = Stuk(zinnen=tuple(z for z in zinnen if z), svg=p.tekening, bijschrift=p.titel)
    return Deel(id="brief-bestand", kop="Hoeveel huishoudens hebben bijstand", kort="Bestand", stukken=(stuk,))


def _gelddeel(s: Stof) -> Deel | None:
    zinnen: tuple[str, ...] = ()
    if s.uitgaven is not None:
        zinnen += uitgavenblad.hoofdzinnen(s.uitgaven)[:2]
    stuk = Stuk(zinnen=zinnen)
    if s.budget is not None:
        zinnen += (*budgetzinnen.hoofdzinnen(s.budget), *budgetzinnen.doelzinnen(s.budget))
        p = budgetplaat.maand(s.budget)
        stuk = Stuk(zinnen=zinnen, svg=p.tekening, bijschrift=p.titel)
    return Deel(id="brief-geld", kop="Wat het kost en wat er is", kort="Geld", stukken=(stuk,)) if zinnen else None


def _doeldeel(s: Stof) -> Deel | None:
    zinnen: tuple[str, ...] = ()
    if s.ambitie is not None:
        zinnen += ambitieplaat.hoofdzinnen(s.ambitie)
    if s.scan is not None:
        zinnen += potentieelzinnen(s.scan)
    if not zinnen:
        return None
    return Deel(id="brief-doel", kop="Wat we willen bereiken", kort="Doel", stukken=(Stuk(zinnen=zinnen),))


def _uitvoeringdeel(s: Stof) -> Deel | None:
    if s.uitvoering is None:
        return None
    rood = s.uitvoering.rood
    hoofd = str(s.uitvoering.tabel["niveau"].iloc[0])
    met = rood[(rood["oorzaak"] != "") & (rood["niveau"] == hoofd)]
    punten = tuple(
        f"{uitvoeringblad.naam_van(r.kengetal)}: {r.oorzaak}{f' Maatregel: {r.maatregel}' if r.maatregel else ''}"
        for r in met.itertuples()
    )
    stuk = Stuk(zinnen=uitvoeringblad.kernzinnen(s.uitvoering), punten=punten)
    return Deel(id="brief-uitvoering", kop="Hoe de uitvoering loopt", kort="Uitvoering", stukken=(stuk,))


def raadsbriefdelen(s: Stof) -> list[Deel]:
    """Sections: caseload, money, aims, work done, what is not known."""
    delen = [d for d in (_bestanddeel(s), _gelddeel(s), _doeldeel(s), _uitvoeringdeel(s)) if d is not None]
    weg = tuple(f"{naam.capitalize()}: {reden}" for naam, reden in s.ontbreekt.items())
    slot = Deel(
        id="brief-voorbehoud",
        kop="Hoe zeker dit is",
        kort="Zekerheid",
        stukken=(Stuk(zinnen=VOORBEHOUD, punten=weg),),
    )
    return [*delen, slot]


def raadsbriefpagina(s: Stof, delen: list[Deel] | None = None) -> str:
    """Return the letter as one HTML page; the same figures give the same text."""
    return maak_blad(f"{TITEL}: {s.gemeente}", _onder(s), delen or raadsbriefdelen(s), ())


def raadsbriefpdf(s: Stof, delen: list[Deel] | None = None) -> bytes:
    """Return the letter as PDF; the same figures give the same bytes."""
    return delen_pdf(
        delen or raadsbriefdelen(s),
        titel=f"{TITEL}: {s.gemeente}",
        onder=_onder(s),
        voet=f"Gemaakt met kompas {versie()}.",
        peildatum=s.peildatum,
    )
