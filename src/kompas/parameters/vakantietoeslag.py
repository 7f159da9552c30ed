"""Holiday allowance in social assistance: its share of the amount, and the month in which it is paid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from kompas.parameters.reeks import Reeks, lees_rijen, maak_reeks


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vakantietoeslag:
    """The holiday allowance on a day.

    ``aandeel`` is the fraction of the amount including it, ``opslag`` the same as a fraction of the amount without it;
    ``betaalmaand`` is the calendar month of payment (None = no source). ``waarschuwing`` is Dutch, or None.
    """

    aandeel: float
    betaalmaand: int | None
    vanaf: dt.date
    bron: str
    waarschuwing: str | None

    @property
    def opslag(self) -> float:
        """Allowance as a fraction of the amount without it: 5 percent of 100 is 5/95 of 95."""
        return self.aandeel / (1.0 - self.aandeel)


@cache
def vakantietoeslagreeks() -> Reeks:
    """Return the shares as read from ``vakantietoeslag.toml``."""
    doe = "Lever vakantiegeld mee in de uitgaven."
    return maak_reeks("de vakantietoeslag", doe, lees_rijen("vakantietoeslag.toml", "toeslag"))


def vakantietoeslag(datum: dt.date) -> Vakantietoeslag:
    """Return the holiday allowance that holds on a day.

    Parameters
    ----------
    datum : date

    Raises
    ------
    GebruiksFout
        ``KMP-P001`` for a day before the first known share.

    Examples
    --------
    >>> t = vakantietoeslag(dt.date(2018, 3, 1))
    >>> t.aandeel, t.betaalmaand, round(992.12 * t.aandeel, 2), round(942.51 * t.opslag, 2)
    (0.05, 5, 49.61, 49.61)
    """
    gevonden = vakantietoeslagreeks().op(datum)
    inhoud = gevonden.waarde.inhoud or {}
    maand = inhoud.get("betaalmaand")
    return Vakantietoeslag(
        aandeel=float(inhoud["aandeel"]),
        betaalmaand=None if maand is None else int(maand),
        vanaf=gevonden.waarde.vanaf,
        bron=gevonden.waarde.bron,
        waarschuwing=gevonden.waarschuwing,
    )
