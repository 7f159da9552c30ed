"""``kompas.monitor`` and ``kompas.scan``: read, compute, write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kompas.bron import Bestand
from kompas.config import Config, maak_config
from kompas.fouten import GebruiksFout, naaste
from kompas.herijking import Herijking
from kompas.invoer import Pad, Voortgang, als_config, als_model, gekeurd
from kompas.monitors.ambitie import Ambitiemonitor, maak_ambitie
from kompas.monitors.bestandsmonitor import Bestandsmonitor, maak_bestandsmonitor
from kompas.monitors.budgetmonitor import Budgetmonitor, maak_budget
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.scan import Scan, maak_scan
from kompas.monitors.uitgavenmonitor import Uitgavenmonitor, maak_uitgaven
from kompas.monitors.uitvoeringsmonitor import Uitvoeringsmonitor, maak_uitvoering
from kompas.monitors.vooruitzicht import Vooruitzicht, maak_vooruitzicht
from kompas.weergave.bestanden import schrijf_tekst
from kompas.weergave.getallen import aantal, getal
from kompas.weergave.monitorbladen import pagina, titel_van
from kompas.weergave.tabellen import UITGANGEN, controleer_uitgang, schrijf_uitkomst

Welke = Literal["bestand", "uitgaven", "budget", "uitvoering", "ambitie"]
Monitor = Bestandsmonitor | Uitgavenmonitor | Budgetmonitor | Uitvoeringsmonitor | Ambitiemonitor
_UITGANGEN = (".html", *UITGANGEN)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grondslag:
    """What every monitor begins with: accepted tables, the model if there is one, the series and the outlook."""

    config: Config
    bestand: Bestand
    model: Herijking | None
    reeksen: Reeksen
    vooruitzicht: Vooruitzicht | None
    klantmanager: str | None = None


def grondslag(
    config: Config,
    model: Pad | Herijking | None,
    *,
    instroom: float = 0.0,
    extra: Mapping[str, int] | None = None,
    vooruit: bool = True,
    voortgang: Voortgang | None = None,
) -> Grondslag:
    """Read and judge the tables, make the monthly series and (unless ``vooruit`` is off) the outlook."""
    h = None if model is None else als_model(model)
    bestand = gekeurd(config, voortgang)
    reeksen = maak_reeksen(bestand, config)
    verwacht = None
    if vooruit:
        verwacht = maak_vooruitzicht(
            bestand, config, h, reeksen=reeksen, instroom=instroom, extra=extra, voortgang=voortgang
        )
    return Grondslag(config=config, bestand=bestand, model=h, reeksen=reeksen, vooruitzicht=verwacht)


def _bestand(g: Grondslag, voortgang: Voortgang | None) -> Monitor:
    return maak_bestandsmonitor(
        g.bestand, g.config, vooruitzicht=g.vooruitzicht, reeksen=g.reeksen, voortgang=voortgang
    )


def _uitgaven(g: Grondslag, voortgang: Voortgang | None) -> Uitgavenmonitor:
    return maak_uitgaven(g.bestand, g.config, reeksen=g.reeksen, vooruitzicht=g.vooruitzicht, voortgang=voortgang)


def _budget(g: Grondslag, voortgang: Voortgang | None) -> Monitor:
    return maak_budget(g.bestand, g.config, reeksen=g.reeksen, vooruitzicht=g.vooruitzicht, voortgang=voortgang)


def _uitvoering(g: Grondslag, voortgang: Voortgang | None) -> Monitor:
    return maak_uitvoering(
        g.bestand,
        g.config,
        g.model,
        reeksen=g.reeksen,
        vooruitzicht=g.vooruitzicht,
        klantmanager=g.klantmanager,
        voortgang=voortgang,
    )


def _ambitie(g: Grondslag, voortgang: Voortgang | None) -> Monitor:
    return maak_ambitie(g.bestand, g.config, vooruitzicht=g.vooruitzicht, reeksen=g.reeksen, voortgang=voortgang)


MONITORS: Mapping[str, Callable[[Grondslag, Voortgang | None], Monitor]] = {
    "bestand": _bestand,
    "uitgaven": _uitgaven,
    "budget": _budget,
    "uitvoering": _uitvoering,
    "ambitie": _ambitie,
}


def monitor(
    welke: str,
    config: Pad | Config,
    uit: Pad | None = None,
    *,
    model: Pad | Herijking | None = None,
    peildatum: dt.date | None = None,
    instroom: float = 0.0,
    extra: Mapping[str, int] | None = None,
    minder: int | None = None,
    jaren: int | None = None,
    klantmanager: str | None = None,
    nl: bool = False,
    voortgang: Voortgang | None = None,
) -> Monitor:
    """One monitor: how the caseload, spending, budget, work done or ambition stand, and where they go.

    Parameters
    ----------
    welke : {"bestand", "uitgaven", "budget", "uitvoering", "ambitie"}
    config : path or Config
    uit : path, optional
        ``.html`` for the page; ``.xlsx``, ``.csv`` or ``.parquet`` for the table.
    model : path or Herijking, optional
        With it the outlook follows the running clients; without it the monthly series alone.
    peildatum : date, optional
        Overrides the config.
    instroom : float
        What if: relative change of the future inflow; -0.1 is ten percent less.
    extra : mapping of instrument code to int, optional
        What if: so many more clients get the instrument now.
    minder, jaren : int, optional
        Ambition: so many fewer on top of the trend in so many years; override ``[ambitie]``.
    klantmanager : str, optional
        Only for uitvoering: the figures of one klantmanager about his own clients, for himself. Off by default.
    nl : bool
        CSV in Dutch notation.
    voortgang : function (step, share), optional

    Returns
    -------
    Bestandsmonitor, Uitgavenmonitor, Budgetmonitor, Uitvoeringsmonitor or Ambitiemonitor
        ``to_frame()`` has the columns of the contract: one long table.

    Raises
    ------
    GebruiksFout
        ``KMP-Z002`` for an unknown monitor, ``KMP-Z003`` for a change of the inflow of -100% or more; unknown file
        type, ``KMP-Z004`` for a klantmanager with another monitor; the errors of the monitor itself when a table is
        missing.
    GegevensFout
        When the data are rejected.
    """
    if welke not in MONITORS:
        raise GebruiksFout(
            "KMP-Z002", f"er is geen monitor '{welke}'.{naaste(welke, MONITORS)} Er is: {', '.join(MONITORS)}."
        )
    if instroom <= -1:
        raise GebruiksFout(
            "KMP-Z003", "de verandering van de instroom moet groter zijn dan -100%; -10% is tien procent minder."
        )
    uitgang = None if uit is None else controleer_uitgang(uit, _UITGANGEN)
    c = _met_ambitie(als_config(config, peildatum), minder=minder, jaren=jaren)
    if klantmanager is not None and welke != "uitvoering":
        raise GebruiksFout("KMP-Z004", "alleen de uitvoeringsmonitor kent een klantmanager. Laat --klantmanager weg.")
    g = replace(grondslag(c, model, instroom=instroom, extra=extra, voortgang=voortgang), klantmanager=klantmanager)
    uitkomst = MONITORS[welke](g, voortgang)
    if zin := watalszin(instroom, extra or {}):
        uitkomst = replace(uitkomst, waarschuwingen=(zin, *uitkomst.waarschuwingen))
    if uit is not None:
        _schrijf(uitkomst, uit, c, html=uitgang == ".html", nl=nl)
    return uitkomst


def scan(
    config: Pad | Config,
    uit: Pad | None = None,
    *,
    model: Pad | Herijking | None = None,
    peildatum: dt.date | None = None,
    nl: bool = False,
    voortgang: Voortgang | None = None,
) -> Scan:
    """BijstandScan: the comparison, how much the caseload could fall, the own clients, the outlook, conclusions.

    Parameters
    ----------
    config : path or Config
    uit : path, optional
        ``.html`` for the report; ``.xlsx``, ``.csv`` or ``.parquet`` for the table of the comparison.
    model : path or Herijking, optional
        With it the outlook follows the running clients.
    peildatum : date, optional
        Overrides the config.
    nl : bool
        CSV in Dutch notation.
    voortgang : function (step, share), optional

    Returns
    -------
    Scan

    Raises
    ------
    GebruiksFout
        Unknown file type, or no table to say anything from.
    GegevensFout
        When the data are rejected.
    """
    uitgang = None if uit is None else controleer_uitgang(uit, _UITGANGEN)
    c = als_config(config, peildatum)
    g = grondslag(c, model, voortgang=voortgang)
    uitkomst = maak_scan(g.bestand, c, g.model, reeksen=g.reeksen, vooruitzicht=g.vooruitzicht, voortgang=voortgang)
    if uit is not None:
        _schrijf(uitkomst, uit, c, html=uitgang == ".html", nl=nl)
    return uitkomst


def watalszin(instroom: float, extra: Mapping[str, int]) -> str:
    """Say that the forecasts are those of a what-if; empty when they are not.

    Examples
    --------
    >>> watalszin(-0.1, {"reintegratie": 200})
    'Dit is een wat-als. De prognoses gaan uit van 10% minder instroom en reintegratie voor 200 klanten meer.'
    >>> watalszin(0.0, {})
    ''
    """
    delen = [f"{getal(100 * abs(instroom), 1).removesuffix(',0')}% {'minder' if instroom < 0 else 'meer'} instroom"]
    delen = (delen if instroom else []) + [f"{code} voor {aantal(n)} klanten meer" for code, n in extra.items()]
    return f"Dit is een wat-als. De prognoses gaan uit van {' en '.join(delen)}." if delen else ""


def _met_ambitie(c: Config, *, minder: int | None, jaren: int | None) -> Config:
    """The config with another ambition; checked like the file."""
    anders = {k: w for k, w in (("minder", minder), ("jaren", jaren)) if w is not None}
    if not anders:
        return c
    inhoud = c.model_dump()
    return maak_config(inhoud | {"ambitie": inhoud["ambitie"] | anders}, pad=c.pad)


def _schrijf(uitkomst: Any, uit: Pad, c: Config, *, html: bool, nl: bool) -> None:
    if html:
        schrijf_tekst(pagina(uitkomst), uit)
        return
    schrijf_uitkomst(
        uitkomst.to_frame(),
        uit,
        titel=titel_van(uitkomst),
        peildatum=c.gemeente.peildatum,
        toelichting=(*uitkomst.toelichting, *uitkomst.waarschuwingen),
        nl=nl,
    )
