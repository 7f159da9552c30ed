"""The dashboard: one folder of pages that read each other's names and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kompas.artefact import versie
from kompas.monitors.stof import Stof
from kompas.weergave.bestandplaat import gebiednaam
from kompas.weergave.cockpit import BLADEN, cockpit, tegels
from kompas.weergave.eenheidblad import eenheden, eenheiddelen, standen
from kompas.weergave.getallen import datum, maandnaam
from kompas.weergave.htmltabel import Deel
from kompas.weergave.monitorbladen import delen
from kompas.weergave.raadsbrief import raadsbriefdelen, raadsbriefpagina, raadsbriefpdf
from kompas.weergave.sjabloonmap import laad_sjabloon
from kompas.weergave.uitvoeringblad import eenheidnaam

VOORBLAD = "index.html"
BRIEF, BRIEF_PDF = "raadsbrief.html", "raadsbrief.pdf"
VOORAAN = ("bestand", "uitgaven", "budget", "ambitie", "uitvoering")
SOORT = {"teamleider": "afdeling", "team": "team"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Blad:
    """One page of the folder: file, name in the menu, for whom (management, teamleider, team)."""

    bestand: str
    kort: str
    niveau: str
    eenheid: str


def bestandsnaam(soort: str, naam: str, bezet: Sequence[str] = ()) -> str:
    """Return a file name from a name: ASCII letters, digits and a dash, and free.

    Examples
    --------
    >>> bestandsnaam("team", "Zuid/Oost é"), bestandsnaam("team", "zuid oost e", ["team-zuid-oost-e.html"])
    ('team-zuid-oost-e.html', 'team-zuid-oost-e-2.html')
    """
    plat = unicodedata.normalize("NFKD", naam).encode("ascii", "ignore").decode("ascii").lower()
    kern = f"{soort}-{re.sub(r'[^a-z0-9]+', '-', plat).strip('-') or 'zonder-naam'}"
    kandidaat, n = f"{kern}.html", 1
    while kandidaat in bezet:
        n += 1
        kandidaat = f"{kern}-{n}.html"
    return kandidaat


def bladen(s: Stof) -> tuple[Blad, ...]:
    """Return the pages of a dashboard in the order of the menu."""
    uit = [Blad(bestand=VOORBLAD, kort="Overzicht", niveau="management", eenheid=s.gemeente)]
    for naam, (bestand, kort) in BLADEN.items():
        if getattr(s, naam) is not None:
            uit.append(Blad(bestand=bestand, kort=kort, niveau="management", eenheid=s.gemeente))
    uit.append(Blad(bestand=BRIEF, kort="Raadsbrief", niveau="management", eenheid=s.gemeente))
    if s.uitvoering is not None:
        for niveau, eenheid in eenheden(s.uitvoering):
            bestand = bestandsnaam(SOORT[niveau], eenheid, [b.bestand for b in uit])
            uit.append(Blad(bestand=bestand, kort=eenheid, niveau=niveau, eenheid=eenheid))
    return tuple(uit)


def _onder(s: Stof) -> str:
    """Peildatum and how far the figures reach."""
    tot = s.bestand.laatste_maand if s.bestand is not None else None
    reikt = "" if tot is None else f" Eigen cijfers tot en met {maandnaam(tot)}."
    oud = ""
    if s.bestand is not None:
        anders = [r for r in s.bestand.stand.to_dict("records") if r["maand"] != tot]
        oud = "".join(f" {gebiednaam(s.bestand, r['gebied'])}: tot en met {maandnaam(r['maand'])}." for r in anders)
    return f"Peildatum {datum(s.peildatum)}.{reikt}{oud}"


def _menu(alle: Sequence[Blad]) -> list[tuple[str, list[Blad]]]:
    groepen = [("Gemeente", "management"), ("Afdelingen", "teamleider"), ("Teams", "team")]
    return [(naam, b) for naam, niveau in groepen if (b := [x for x in alle if x.niveau == niveau])]


def dashboardpaginas(s: Stof) -> Mapping[str, bytes]:
    """Return every file of the dashboard by its name; the same figures give the same bytes.

    Parameters
    ----------
    s : Stof

    Returns
    -------
    mapping of str to bytes
        HTML pages and the letter to the council as PDF. No page asks for anything outside itself.
    """
    alle = bladen(s)
    menu = _menu(alle)
    sjabloon = laad_sjabloon("dashboard.html.j2")

    def pagina(blad: Blad, titel: str, stukken: list[Deel], **extra: object) -> bytes:
        vast = {"tegels": (), "stappen": (), "waarschuwingen": ()}
        tekst = sjabloon.render(
            titel=titel,
            gemeente=s.gemeente,
            onder=_onder(s),
            menu=menu,
            huidig=blad.bestand,
            delen=stukken,
            versie=versie(),
            **(vast | extra),
        )
        return tekst.encode("utf-8")

    uit: dict[str, bytes] = {}
    per_monitor = {n: delen(m) for n in BLADEN if (m := getattr(s, n)) is not None}
    brief = raadsbriefdelen(s)
    per_eenheid = None if s.uitvoering is None else standen(s.uitvoering)
    weg = tuple(f"{naam.capitalize()} is niet gemaakt: {reden}" for naam, reden in s.ontbreekt.items())
    per_naam = {bestand: naam for naam, (bestand, _) in BLADEN.items()}
    for blad in alle:
        if blad.bestand == VOORBLAD:
            uit[VOORBLAD] = pagina(
                blad,
                "Dashboard bijstand",
                [per_monitor[n][0] for n in VOORAAN if n in per_monitor],
                tegels=tegels(s),
                stappen=cockpit(s),
                waarschuwingen=weg,
            )
        elif blad.bestand == BRIEF:
            uit[BRIEF] = raadsbriefpagina(s, brief).encode("utf-8")
            uit[BRIEF_PDF] = raadsbriefpdf(s, brief)
        elif blad.bestand in per_naam:
            naam = per_naam[blad.bestand]
            let_op = getattr(s, naam).waarschuwingen if naam != "scan" else ()  # the scan says them itself
            uit[blad.bestand] = pagina(blad, blad.kort, per_monitor[naam], waarschuwingen=let_op)
        else:
            titel = eenheidnaam(blad.niveau, blad.eenheid)
            uit[blad.bestand] = pagina(blad, titel, eenheiddelen(s.uitvoering, blad.niveau, blad.eenheid, per_eenheid))
    return uit
