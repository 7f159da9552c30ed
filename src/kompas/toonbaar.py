"""What every result can do: give its table, show itself in a notebook, be drawn.

Low in the line and free of presentation: tables and pictures are made in ``kompas.weergave.toon``, which is loaded
only when somebody looks.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pandas as pd

_TOON = "kompas.weergave.toon"


class Plaat(Protocol):
    """A picture with its words, as `Toonbaar.plot` returns it; notebooks show it by themselves."""

    @property
    def titel(self) -> str:
        """Heading in Dutch."""

    @property
    def svg(self) -> str:
        """The picture as SVG text."""

    @property
    def zinnen(self) -> tuple[str, ...]:
        """What the picture shows, in Dutch sentences."""

    def bewaar(self, pad: str | Path) -> Path:
        """Write the picture; the name's end decides: ``.svg``, ``.png`` or ``.html``."""


class Toonbaar:
    """Base of frozen results: ``to_frame()``, a table in a notebook and ``plot()``.

    A class that has no ``to_frame`` of its own names the field that holds its table:
    ``class Verkenning(Toonbaar, tabel="tabellen")``.

    Examples
    --------
    >>> class Telling(Toonbaar, tabel="rijen"):
    ...     def __init__(self, rijen: pd.DataFrame) -> None:
    ...         self.rijen = rijen
    >>> t = Telling(pd.DataFrame({"instrument": ["<b>"], "aantal": [1234]}))
    >>> t.to_frame()["aantal"].tolist()
    [1234]
    >>> "&lt;b&gt;" in t._repr_html_(), "1.234" in t._repr_html_()
    (True, True)
    """

    __slots__ = ()
    _tabel: ClassVar[str] = ""

    def __init_subclass__(cls, *, tabel: str = "") -> None:
        super().__init_subclass__()
        if tabel:  # a dataclass with slots is made a second time, then without the keyword
            cls._tabel = tabel

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table; its grain stands with the field that holds it."""
        tabel: pd.DataFrame = getattr(self, self._tabel)
        return tabel.copy()

    def _repr_html_(self) -> str:
        toon: Any = importlib.import_module(_TOON)
        tekst: str = toon.tabel_html(self)
        return tekst

    def plot(
        self,
        soort: str | None = None,
        *,
        instrument: str | None = None,
        bestemming: str | None = None,
        groep: str | None = None,
    ) -> Plaat:
        """Draw the result.

        Parameters
        ----------
        soort : str, optional
            Which picture; the first one when absent. Herijking: effecten, kalibratie, uitstroom. Lijst: indicaties,
            kansen. Controle: bevindingen. Verkenning: kolommen. Simulatie: effecten. Terugtoets: brier, kalibratie,
            groepen. Catalogus: netto. Poort: besluiten.
            Bestandsmonitor: stand, instroom, uitstroom, groepen (``groep``: naam van het kenmerk).
            Vooruitzicht: verloop, blijvers. Ambitiemonitor: pad, kans.
            Uitgavenmonitor: uitgaven, prijs, brug. Budgetmonitor: maand, pad, aandelen, bedragen, werkdeel.
            Uitvoeringsmonitor: signalen (``groep``: eenheid), trechter en verloop (``groep``: kengetal).
            Scan: bestand, instroom, uitstroom, groep, reductie, leeftijd, fasering, vooruit, aandelen, geld.
        instrument, bestemming, groep : str, optional
            Draw only this code, this destination, this group (``kenmerk=waarde``), where the picture knows them.

        Returns
        -------
        Plaat
            ``svg``, ``zinnen`` (the same in words) and ``bewaar(pad)``; a notebook shows it by itself.

        Raises
        ------
        GebruiksFout
            ``KMP-U010`` for an unknown ``soort``, ``KMP-U011`` for an unknown instrument, destination or group (the
            nearest is named), ``KMP-U012`` for a choice that this picture does not have.
        """
        toon: Any = importlib.import_module(_TOON)
        plaat: Plaat = toon.plaat(self, soort, instrument=instrument, bestemming=bestemming, groep=groep)
        return plaat
