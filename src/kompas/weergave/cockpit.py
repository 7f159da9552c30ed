"""The manager's first page: figures at a glance, and the five steps from analysis to steering.

Each sentence comes from the page that it points to; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kompas.monitors.scan import Scan
from kompas.monitors.signaal import GEEN, GROEN, ORANJE, ROOD
from kompas.monitors.stof import Stof
from kompas.weergave import ambitieplaat, bestandblad, budgetzinnen, scanzinnen, uitgavenblad, uitvoeringblad
from kompas.weergave.bestandplaat import richtingwoord
from kompas.weergave.getallen import aantal, klein_aantal, maandnaam, percent
from kompas.weergave.uitgavenplaat import bedrag
from kompas.weergave.uitvoeringcijfers import stand

BLADEN = {
    "bestand": ("bestand.html", "Bestand"),
    "uitgaven": ("uitgaven.html", "Uitgaven"),
    "budget": ("budget.html", "Budget"),
    "uitvoering": ("uitvoering.html", "Uitvoering"),
    "ambitie": ("ambitie.html", "Ambitie"),
    "scan": ("scan.html", "BijstandScan"),
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tegel:
    """One figure at a glance: name, figure, what stands beside it, where more is; signaal only for a norm."""

    naam: str
    cijfer: str
    bij: str
    bestand: str
    verder: str
    signaal: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stap:
    """One step of the cockpit: its question, what the figures say, the page behind it."""

    naam: str
    vraag: str
    zinnen: tuple[str, ...]
    bestand: str = ""
    verder: str = ""


def _bestandtegel(s: Stof) -> Tegel | None:
    if s.bestand is None or not (s.bestand.stand["gebied"] == "eigen").any():
        return None
    r = s.bestand.stand[s.bestand.stand["gebied"] == "eigen"].iloc[0]
    return Tegel(
        naam="Huishoudens met bijstand",
        cijfer=klein_aantal(r["uitkeringen"]),
        bij=f"{richtingwoord(r)} over drie maanden (eind {maandnaam(r['maand'])})",
        bestand=BLADEN["bestand"][0],
        verder="Naar het bestand",
    )


def _uitgaventegel(s: Stof) -> Tegel | None:
    r = None if s.uitgaven is None else uitgavenblad.jaarrij(s.uitgaven)
    if r is None or np.isnan(r["uitgaven_jaarbasis"]):
        return None
    return Tegel(
        naam=f"Uitgaven {r['jaar']} op jaarbasis",
        cijfer=bedrag(r["uitgaven_jaarbasis"]),
        bij=f"tot nu toe {bedrag(r['uitgaven_tot_nu'])} in {aantal(r['maanden'])} maanden",
        bestand=BLADEN["uitgaven"][0],
        verder="Naar de uitgaven",
    )


def _budgettegel(s: Stof) -> Tegel | None:
    r = None if s.budget is None else s.budget.stand()
    if s.budget is None or r is None or np.isnan(r["saldo"]):
        return None
    return Tegel(
        naam=f"Saldo {s.budget.jaar} op jaarbasis",
        cijfer=bedrag(r["saldo"]),
        bij=budgetzinnen.saldodeel(r["saldo"], r["saldo_fractie"]).removeprefix("een "),
        bestand=BLADEN["budget"][0],
        verder="Naar het budget",
    )


def _ambitietegel(s: Stof) -> Tegel | None:
    if s.ambitie is None:
        return None
    t = s.ambitie.tabel
    ver = t[(t["maand"] <= s.ambitie.einde) & t["prognose"].notna() & t["kans"].notna()]
    if ver.empty:
        return None
    r = ver.iloc[-1]
    return Tegel(
        naam="Kans dat het bestand op het doelpad zit",
        cijfer=percent(r["kans"]),
        bij=f"eind {maandnaam(r['maand'])}: verwacht {klein_aantal(round(r['prognose']))}, doel {aantal(r['doelpad'])}",
        bestand=BLADEN["ambitie"][0],
        verder="Naar de ambitie",
    )


def _uitvoeringtegel(s: Stof) -> Tegel | None:
    if s.uitvoering is None:
        return None
    f = stand(s.uitvoering)
    f = f[(f["niveau"] == f["niveau"].iloc[0]) & (f["signaal"] != GEEN)]
    if f.empty:
        return None
    n = {w: int((f["signaal"] == w).sum()) for w in (ROOD, ORANJE, GROEN)}
    return Tegel(
        naam="Kengetallen met een norm",
        cijfer=f"{n[ROOD]} rood",
        bij=f"{n[ORANJE]} oranje en {n[GROEN]} groen",
        bestand=BLADEN["uitvoering"][0],
        verder="Naar de uitvoering",
        signaal=next((w for w in (ROOD, ORANJE, GROEN) if n[w]), ""),
    )


TEGELS: tuple[Callable[[Stof], Tegel | None], ...] = (
    _bestandtegel,
    _uitgaventegel,
    _budgettegel,
    _ambitietegel,
    _uitvoeringtegel,
)


def tegels(s: Stof) -> tuple[Tegel, ...]:
    """Return the figures at a glance; what is not known has no tile."""
    return tuple(t for maak in TEGELS if (t := maak(s)) is not None)


def _weg(s: Stof, naam: str) -> tuple[str, ...]:
    return (f"Niet te zeggen: {s.ontbreekt[naam]}",) if naam in s.ontbreekt else ("Niet te zeggen.",)


def programmazinnen(s: Stof) -> tuple[str, ...]:
    """For how many running clients each instrument is expected to pay, by the indications of the list."""
    if s.programma.empty:
        return ("Zonder model (--model) is niet te zeggen voor wie een instrument naar verwachting loont.",)
    uit = []
    for r in s.programma.sort_values(["ja", "instrument"], ascending=[False, True]).to_dict("records"):
        if r["ja"] == 0:
            zin = (
                f"{r['naam']}: voor niemand een indicatie; bij {klein_aantal(r['geen_uitspraak'])} van de "
                f"{aantal(r['klanten'])} klanten is er geen uitspraak."
            )
        else:
            zin = f"{r['naam']}: indicatie ja voor {klein_aantal(r['ja'])} van de {aantal(r['klanten'])} klanten."
        uit.append(zin)
    return tuple(uit)


def potentieelzinnen(s: Scan) -> tuple[str, ...]:
    """Whether there is room, and what inflow and outflow have to do with it."""
    kort = scanzinnen.samenvatting(s)
    return (*kort[-1:], *(kort[1:3] if s.reductie is not None else ()))


def cockpit(s: Stof) -> tuple[Stap, ...]:
    """Return the five steps: analysis, potential, programme, organisation, steering."""
    analyse = _weg(s, "bestand") if s.bestand is None else (bestandblad.kernzin(s.bestand),)
    if s.bestand is not None and (verwacht := bestandblad.prognosezin(s.bestand)):
        analyse += (verwacht,)
    potentieel = _weg(s, "scan") if s.scan is None else potentieelzinnen(s.scan)
    organisatie = _weg(s, "uitvoering") if s.uitvoering is None else uitvoeringblad.kernzinnen(s.uitvoering)
    sturing = _weg(s, "budget") if s.budget is None else budgetzinnen.hoofdzinnen(s.budget)[:1]
    sturing += () if s.budget is None else budgetzinnen.doelzinnen(s.budget)
    sturing += () if s.ambitie is None else ambitieplaat.hoofdzinnen(s.ambitie)[:1]
    return (
        _stap("Analyse", "hoe staat het bestand ervoor?", analyse, s.bestand, "bestand"),
        _stap("Potentieel", "hoeveel kan het omlaag, en waardoor?", potentieel, s.scan, "scan"),
        Stap(naam="Programma", vraag="voor wie loont welk instrument?", zinnen=programmazinnen(s)),
        _stap("Organisatie", "doen we wat is afgesproken?", organisatie, s.uitvoering, "uitvoering"),
        _stap("Sturing", "komen we uit?", sturing, s.budget, "budget"),
    )


def _stap(naam: str, vraag: str, zinnen: tuple[str, ...], er: object, blad: str) -> Stap:
    bestand, kort = BLADEN[blad]
    verder = f"Lees verder: {kort[0].lower() + kort[1:] if blad != 'scan' else kort}"
    return Stap(
        naam=naam,
        vraag=vraag,
        zinnen=zinnen,
        bestand="" if er is None else bestand,
        verder="" if er is None else verder,
    )
