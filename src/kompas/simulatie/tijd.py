"""Days and calendar months as integers: fast lookups, day clipped to the end of the month (contract, section 3)."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NOOIT = 2**40
"""A day number that never comes (and with a minus: one that never was)."""

NUL_MAAND = dt.date(1880, 1, 1)
"""First day of calendar month 0."""

_MAANDEN = np.arange("1880-01", "2201-01", dtype="datetime64[M]")
_MAANDBEGIN: Ints = _MAANDEN.astype("datetime64[D]").astype(np.int64)
_NUL = int(_MAANDBEGIN[0])
_MAAND: Ints = np.repeat(np.arange(len(_MAANDEN) - 1, dtype=np.int64), np.diff(_MAANDBEGIN))
_DAG: Ints = np.arange(len(_MAAND), dtype=np.int64) + _NUL - _MAANDBEGIN[_MAAND]
AANTAL_MAANDEN = len(_MAANDEN) - 1
"""Number of calendar months in the tables; month 0 is January 1880."""


def dagnummer(datum: dt.date) -> int:
    """Return the days since 1970-01-01.

    Examples
    --------
    >>> dagnummer(dt.date(1970, 1, 11))
    10
    """
    return (datum - dt.date(1970, 1, 1)).days


def als_datums(dagen: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
    """Return day numbers as ``datetime64[ns]``; ``NOOIT`` becomes NaT."""
    nummers = np.asarray(dagen, dtype=np.int64)
    leeg = np.abs(nummers) >= NOOIT
    datums = np.where(leeg, 0, nummers).astype("datetime64[D]").astype("datetime64[ns]")
    datums[leeg] = np.datetime64("NaT", "ns")
    return datums


def als_dagen(datums: npt.ArrayLike) -> Ints:
    """Return dates (any datetime64) as day numbers; NaT becomes ``NOOIT``."""
    waarden = np.asarray(datums, dtype="datetime64[D]")
    nummers: Ints = np.where(np.isnat(waarden), NOOIT, waarden.astype(np.int64))
    return nummers


def maandnummer(dagen: npt.ArrayLike) -> Ints:
    """Return the calendar month of each day: months since January 1880."""
    nummers: Ints = _MAAND[np.asarray(dagen, dtype=np.int64) - _NUL]
    return nummers


def plus_maanden(dagen: npt.ArrayLike, maanden: npt.ArrayLike) -> Ints:
    """Add calendar months; the day is clipped to the end of the month.

    Examples
    --------
    >>> als_datums(plus_maanden(dagnummer(dt.date(2007, 1, 31)), [1, 2])).astype("datetime64[D]").tolist()
    [datetime.date(2007, 2, 28), datetime.date(2007, 3, 31)]
    """
    plek = np.asarray(dagen, dtype=np.int64) - _NUL
    doel = _MAAND[plek] + np.asarray(maanden, dtype=np.int64)
    eerste = _MAANDBEGIN[doel]
    nummers: Ints = np.minimum(eerste + _DAG[plek], _MAANDBEGIN[doel + 1] - 1)
    return nummers


def volle_maanden(van: npt.ArrayLike, tot: npt.ArrayLike) -> Ints:
    """Return the largest k with ``plus_maanden(van, k) <= tot``: completed calendar months.

    Examples
    --------
    >>> a, b = dagnummer(dt.date(2007, 1, 31)), dagnummer(dt.date(2007, 2, 28))
    >>> int(volle_maanden(a, b)), int(volle_maanden(a, b - 1))
    (1, 0)
    """
    begin, eind = np.asarray(van, dtype=np.int64), np.asarray(tot, dtype=np.int64)
    k = maandnummer(eind) - maandnummer(begin)
    volle: Ints = k - (plus_maanden(begin, k) > eind)
    return volle


def leeftijd(geboorte: npt.ArrayLike, dagen: npt.ArrayLike) -> Ints:
    """Return the age in completed years on each day."""
    jaren: Ints = volle_maanden(geboorte, dagen) // 12
    return jaren
