"""Everything that a dashboard shows, gathered once: each monitor, or the reason why it is not there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout, RekenFout
from kompas.herijking import Herijking
from kompas.lijst import indicaties
from kompas.monitors.ambitie import Ambitiemonitor, maak_ambitie
from kompas.monitors.bestandsmonitor import Bestandsmonitor, maak_bestandsmonitor
from kompas.monitors.budgetmonitor import Budgetmonitor, maak_budget
from kompas.monitors.reeksen import maak_reeksen
from kompas.monitors.scan import Scan, maak_scan
from kompas.monitors.uitgavenmonitor import Uitgavenmonitor, maak_uitgaven
from kompas.monitors.uitvoeringsmonitor import Uitvoeringsmonitor, maak_uitvoering
from kompas.monitors.vooruitzicht import maak_vooruitzicht

T = TypeVar("T")
Voortgang = Callable[[str, float], None]
Klaar = Callable[[str, object], None]
STAPPEN = ("reeksen", "vooruitzicht", "uitgaven", "budget", "bestand", "uitvoering", "ambitie", "scan")
PROGRAMMA = ("instrument", "naam", "meter", "klanten", "ja", "nee", "geen_uitspraak")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stof:
    """The monitors of one month.

    Parameters
    ----------
    gemeente : str
    peildatum : date
    bestand, uitgaven, budget, uitvoering, ambitie, scan : monitors, or None when they cannot be made
    programma : DataFrame
        One row per instrument: instrument, naam, meter, klanten (running), ja, nee, geen_uitspraak (clients by
        indication). Empty without a model.
    ontbreekt : mapping
        Name of what is not there -> why, in Dutch.
    """

    gemeente: str
    peildatum: dt.date
    bestand: Bestandsmonitor | None
    uitgaven: Uitgavenmonitor | None
    budget: Budgetmonitor | None
    uitvoering: Uitvoeringsmonitor | None
    ambitie: Ambitiemonitor | None
    scan: Scan | None
    programma: pd.DataFrame
    ontbreekt: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def telling_per_instrument(bestand: Bestand, config: Config, h: Herijking | None) -> pd.DataFrame:
    """Count the running clients by the indication for each instrument.

    Enforcement is left out: a count of house visits says nothing without recorded grounds.
    """
    if h is None or not len(bestand.uitkeringen):
        return pd.DataFrame(columns=list(PROGRAMMA))
    tabel = indicaties(bestand, config, h)
    rijen = []
    for i in h.config.instrument:
        kolom = f"{i.code}_indicatie"
        if i.meter == "handhaving" or kolom not in tabel:
            continue
        telling = tabel[kolom].value_counts()
        per = {w: int(telling.get(w, 0)) for w in ("ja", "nee", "geen_uitspraak")}
        rijen.append({"instrument": i.code, "naam": i.label, "meter": i.meter, "klanten": len(tabel), **per})
    return pd.DataFrame(rijen, columns=list(PROGRAMMA))


def _probeer(naam: str, hoe: Callable[[], T], ontbreekt: dict[str, str]) -> T | None:
    """Return what ``hoe`` makes; None, with its message kept, when a table or months are missing."""
    try:
        return hoe()
    except (GebruiksFout, RekenFout) as fout:
        ontbreekt[naam] = fout.bericht
        return None


def verzamel(
    bestand: Bestand,
    config: Config,
    h: Herijking | None,
    *,
    voortgang: Voortgang | None = None,
    klaar: Klaar | None = None,
) -> Stof:
    """Make every monitor from the same tables; what cannot be made is named, never an empty figure.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    h : Herijking, optional
    voortgang : function (step, share), optional
    klaar : function (name, monitor), optional
        Told of each monitor as soon as it is there, so that its pictures can be begun.

    Returns
    -------
    Stof
    """
    weg: dict[str, str] = {}
    programma = telling_per_instrument(bestand, config, h)  # a model that does not fit is an error of the whole

    def maak(naam: str, hoe: Callable[[], T]) -> T | None:
        if voortgang is not None:
            voortgang(naam, STAPPEN.index(naam) / len(STAPPEN))
        uitkomst = _probeer(naam, hoe, weg)
        if klaar is not None and uitkomst is not None:
            klaar(naam, uitkomst)
        return uitkomst

    r = maak("reeksen", lambda: maak_reeksen(bestand, config))
    v = None if r is None else maak("vooruitzicht", lambda: maak_vooruitzicht(bestand, config, h, reeksen=r))
    uitgaven = maak("uitgaven", lambda: maak_uitgaven(bestand, config, reeksen=r, vooruitzicht=v))
    return Stof(
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        bestand=maak("bestand", lambda: maak_bestandsmonitor(bestand, config, vooruitzicht=v, reeksen=r)),
        uitgaven=uitgaven,
        budget=maak("budget", lambda: maak_budget(bestand, config, uitgaven=uitgaven, reeksen=r, vooruitzicht=v)),
        uitvoering=maak("uitvoering", lambda: maak_uitvoering(bestand, config, h, reeksen=r, vooruitzicht=v)),
        ambitie=maak("ambitie", lambda: maak_ambitie(bestand, config, reeksen=r, vooruitzicht=v)),
        scan=maak("scan", lambda: maak_scan(bestand, config, h, reeksen=r, vooruitzicht=v)),
        programma=programma,
        ontbreekt=MappingProxyType(weg),
    )
