"""How far the data reach: a tail in which nothing begins and nothing ends is not a quiet time, the export ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from kompas.bron.werkblad import Werkblad
from kompas.config import Config
from kompas.models.calendar import add_months, days_of, first_day, month_of, to_date, to_day
from kompas.models.design import Floats, Ints

# Poisson: nothing happens while 10 were expected once in 22,000 times; while 3 were expected, once in 20.
ZEKER: Final = 10.0
HEEL: Final = 3  # months: a list of this month with last month's export is late, not wrong
MOGELIJK: Final = 3.0
_LOS: Final = 0.02  # a planned end or a typing error in the tail does not make it alive
_GEWOON: Final = 12  # months that say what is usual
_MINSTENS: Final = 3
_GENOEG: Final = 10  # fewer begins and ends say little about what is usual
_GEVULD: Final = 0.5  # neither do those of a few months: a stock that was loaded in one go
_GEEN: Final = -(2**31)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bereik:
    """The last day that the data seem to reach, before the day they should.

    Parameters
    ----------
    laatste : date
        Last begin or end before the empty tail.
    maanden : int
        Whole months in the tail.
    verwacht : float
        Begins and ends to be expected in it.
    heel_tot : int
        Number of the last month that is complete in the data.
    """

    laatste: dt.date
    maanden: int
    verwacht: float
    heel_tot: int


def bereik(uitkeringen: pd.DataFrame, van: dt.date, tot: dt.date) -> Bereik | None:
    """Look for an empty tail of whole months before ``tot``.

    Months are counted back from ``tot``, so that each holds one first and one last day of a calendar month: on those
    days most begins and ends lie.

    Parameters
    ----------
    uitkeringen : DataFrame
        Columns begindatum and einddatum.
    van, tot : date
        Window of observation, both included.

    Returns
    -------
    Bereik or None
        None when there is no tail that chance makes unlikely (fewer than 3 expected), or too little to compare with.
    """
    dag = np.concatenate([days_of(uitkeringen[k], _GEEN) for k in ("begindatum", "einddatum")])
    dag = np.sort(dag[(dag != _GEEN) & (dag <= to_day(tot))])
    grens = _grenzen(to_day(van), to_day(tot))
    # Events on the days (grens[i + 1], grens[i]].
    per_maand = -np.diff(np.searchsorted(dag, grens, side="right")).astype(np.float64)
    n, tempo = _lege_staart(per_maand)
    if not n or n * tempo < MOGELIJK:
        return None
    laatste = int(dag[np.searchsorted(dag, grens[n], side="right") - 1])
    maand = month_of(np.array([laatste], dtype=np.int64))
    rest = int(first_day(maand + 1)[0]) - 1 - laatste
    return Bereik(
        laatste=to_date(laatste),
        maanden=n,
        verwacht=n * tempo,
        heel_tot=int(maand[0]) - int(rest * tempo / 30 >= MOGELIJK),
    )


def _grenzen(van: int, tot: int) -> Ints:
    """Last days of the months counted back from ``tot``, as far as they begin on or after ``van``."""
    aantal = max((tot - van) // 28 + 2, 1)
    einde = np.full(aantal, tot + 1, dtype=np.int64)
    grens = add_months(einde, -np.arange(aantal)) - 1
    return grens[grens >= van - 1]


def _lege_staart(per_maand: Floats) -> tuple[int, float]:
    """Length of the longest empty tail in months, and the usual number per month before it."""
    lengte, tempo = 0, 0.0
    for n in range(1, per_maand.size - _MINSTENS + 1):
        eerder = per_maand[n : n + _GEWOON]
        gewoon = float(eerder.mean())
        bruikbaar = eerder.sum() >= _GENOEG and np.mean(eerder > 0) >= _GEVULD
        if bruikbaar and per_maand[:n].sum() <= _LOS * n * gewoon:
            lengte, tempo = n, gewoon
    return lengte, tempo


def venstereinde(config: Config) -> dt.date:
    """Last day that counts as observed: ``venster_tot`` or the peildatum, less ``rijping_maanden``."""
    tot = np.array([to_day(config.bron.venster_tot or config.gemeente.peildatum) + 1], dtype=np.int64)
    return to_date(int(add_months(tot, -config.bron.rijping_maanden)[0]) - 1)


def meld_bereik(blad: Werkblad, uitkeringen: pd.DataFrame, config: Config) -> None:
    """Report data that stop before the end of the window: a blokkade from three months beyond chance."""
    van, peildatum = config.bron.venster_van, config.gemeente.peildatum
    b = bereik(uitkeringen, van, venstereinde(config))
    if b is not None and b.verwacht >= ZEKER and b.maanden >= HEEL:
        blad.meld_tabel("U18", "", _zin(b))
        return
    b = b or bereik(uitkeringen, van, peildatum)
    if b is not None:
        blad.meld_tabel("U19", "", _zin(b))


def _zin(b: Bereik) -> str:
    daarna = "de maand" if b.maanden == 1 else f"de {b.maanden} maanden"
    return (
        f"de gegevens lijken te lopen tot en met {b.laatste:%d-%m-%Y}; in {daarna} daarna begint en "
        f"eindigt er (vrijwel) niets, terwijl er ongeveer {b.verwacht:.0f} keer iets te verwachten was"
    )
