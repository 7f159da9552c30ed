"""The dashboard: one folder of pages that read each other's names and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kompas.artefact import versie
from kompas.monitors.stof import Stof
from kompas.weergave.bestandplaat import gebiednaam
from kompas.weergave.cockpit import BLADEN, cockpit, tegels
from kompas.weergave.eenheidblad import eenheden, eenheiddelen, standen
from kompas.weergave.getallen import datum, maandnaam
from kompas.weergave.htmltabel import Deel, Stuk
from kompas.weergave.monitorbladen import delen
from kompas.weergave.raadsbrief import raadsbriefdelen, raadsbriefpagina, raadsbriefpdf
from kompas.weergave.sjabloonmap import laad_sjabloon
from kompas.weergave.tekenaar import Tekening
from kompas.weergave.uitvoeringblad import eenheidnaam
from kompas.weergave.uitvoeringcijfers import stand

VOORBLAD = "index.html"
BRIEF, BRIEF_PDF = "raadsbrief.html", "raadsbrief.pdf"
VOORAAN = ("bestand", "uitgaven", "budget", "ambitie", "uitvoering")
SOORT = {"teamleider": "afdeling", "team": "team"}

Teken = Callable[[Tekening], Tekening]


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


def _begin(delen_: list[Deel], teken: Teken | None) -> list[Deel]:
    """Return the sections with their pictures under way."""
    if teken is None:
        return delen_

    def stuk(s: Stuk) -> Stuk:
        return replace(s, svg=teken(s.svg)) if isinstance(s.svg, Tekening) else s

    return [replace(d, stukken=tuple(stuk(s) for s in d.stukken)) for d in delen_]


def _eenheden(s: Stof, alle: Sequence[Blad], teken: Teken | None) -> dict[str, list[Deel]]:
    """Sections of each afdeling and team by the name of their page."""
    if s.uitvoering is None:
        return {}
    u, per_maand, nu = s.uitvoering, standen(s.uitvoering), stand(s.uitvoering)
    return {
        b.bestand: _begin(eenheiddelen(u, b.niveau, b.eenheid, bestand=per_maand, cijfers=nu), teken)
        for b in alle
        if b.niveau in SOORT
    }


def monitordelen(naam: str, monitor: object, teken: Teken | None = None) -> dict[str, list[Deel]]:
    """Sections of one monitor by its name, their pictures begun; empty for what has no page of its own."""
    return {naam: _begin(delen(monitor), teken)} if naam in BLADEN else {}


def dashboardpaginas(
    s: Stof, teken: Teken | None = None, begonnen: Mapping[str, list[Deel]] | None = None
) -> Mapping[str, bytes]:
    """Return every file of the dashboard by its name; the same figures give the same bytes.

    Parameters
    ----------
    s : Stof
    teken : function (Tekening) -> Tekening, optional
        Begins a picture elsewhere (`kompas.weergave.tekenaar.Tekenaar.begin`). By default each is drawn when its page
        is written.
    begonnen : mapping, optional
        `monitordelen` of the monitors of ``s``, when they were begun before.

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
    per_monitor = dict(begonnen or {})
    for n in BLADEN:
        if n not in per_monitor and getattr(s, n) is not None:
            per_monitor |= monitordelen(n, getattr(s, n), teken)
    brief = _begin(raadsbriefdelen(s), teken)
    per_eenheid = _eenheden(s, alle, teken)
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
            uit[blad.bestand] = pagina(blad, eenheidnaam(blad.niveau, blad.eenheid), per_eenheid[blad.bestand])
    return uit
