"""The page and the text of a monitor, by the kind of result."""

from __future__ import annotations

import importlib
from typing import Any

from kompas.weergave.htmltabel import Deel

_BLADEN = {
    "Bestandsmonitor": ("bestand", "Bestandsmonitor"),
    "Vooruitzicht": ("vooruitzicht", "Vooruitzicht"),
    "Ambitiemonitor": ("ambitie", "Ambitiemonitor"),
    "Scan": ("scan", "BijstandScan"),
    "Uitgavenmonitor": ("uitgaven", "Uitgavenmonitor"),
    "Budgetmonitor": ("budget", "Budgetmonitor"),
    "Uitvoeringsmonitor": ("uitvoering", "Uitvoeringsmonitor"),
}


def _doe(uitkomst: Any, wat: str) -> Any:
    """Call ``NAAMdelen``, ``NAAMpagina`` or ``NAAMtekst`` of the module of this kind of result."""
    naam = _BLADEN[type(uitkomst).__name__][0]
    blad: Any = importlib.import_module(f"kompas.weergave.{naam}blad")
    return getattr(blad, f"{naam}{wat}")(uitkomst)


def titel_van(uitkomst: Any) -> str:
    """Return the name of a monitor, as headings have it."""
    return _BLADEN[type(uitkomst).__name__][1]


def delen(uitkomst: Any) -> list[Deel]:
    """Return the sections of its page."""
    stukken: list[Deel] = _doe(uitkomst, "delen")
    return stukken


def pagina(uitkomst: Any) -> str:
    """Return its page as HTML: readable offline and with a screen reader, fit to print."""
    tekst: str = _doe(uitkomst, "pagina")
    return tekst


def tekst(uitkomst: Any) -> str:
    """Return the same for a terminal of 80 columns."""
    regels: str = _doe(uitkomst, "tekst")
    return regels
