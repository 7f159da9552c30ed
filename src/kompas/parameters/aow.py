"""AOW age: the day on which entitlement to social assistance ends by age."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from kompas.models.calendar import add_months, to_date, to_day
from kompas.models.design import Ints
from kompas.parameters.reeks import lees_rijen


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AowLeeftijd:
    """The AOW age of somebody: years and months, the day it is reached, its source and a Dutch warning (or None)."""

    jaren: int
    maanden: int
    datum: dt.date
    bron: str
    waarschuwing: str | None


@cache
def aow_rijen() -> tuple[dict[str, Any], ...]:
    """Return the rows of ``aow.toml``: ``geboren_tot``, ``jaren``, ``maanden``, ``bron``."""
    return tuple(lees_rijen("aow.toml", "rij"))


@cache
def _tabel() -> tuple[tuple[int, int], ...]:
    return tuple((to_day(r["geboren_tot"]), 12 * r["jaren"] + r["maanden"]) for r in aow_rijen())


def _rij(geboren: Ints) -> Ints:
    """Row of the table per day of birth; the last one for later births."""
    grenzen = np.array([g for g, _ in _tabel()], dtype=np.int64)
    return np.asarray(np.minimum(np.searchsorted(grenzen, geboren, side="right"), grenzen.size - 1))


def aow_datum(geboren: Ints) -> Ints:
    """Day on which AOW starts for people born on the given days.

    Parameters
    ----------
    geboren : (n,) int
        Day numbers of birth.

    Returns
    -------
    (n,) int
        Day numbers. For births from October 1964 the age is the last one fixed by law (67 years and 3 months);
        ``aow_leeftijd`` says so in a warning.

    Examples
    --------
    >>> [to_date(d) for d in aow_datum(np.array([to_day(dt.date(1942, 5, 8)), to_day(dt.date(1957, 3, 1))]))]
    [datetime.date(2007, 5, 8), datetime.date(2024, 3, 1)]
    """
    geboren = np.asarray(geboren, dtype=np.int64)
    maanden = np.array([m for _, m in _tabel()], dtype=np.int64)
    return add_months(geboren, maanden[_rij(geboren)])


def aow_leeftijd(geboren: dt.date) -> AowLeeftijd:
    """AOW age of somebody born on a day, with its source.

    Parameters
    ----------
    geboren : date

    Returns
    -------
    AowLeeftijd
        With a warning where no age is fixed by law yet.

    Examples
    --------
    >>> a = aow_leeftijd(dt.date(1961, 1, 1))
    >>> a.jaren, a.maanden, str(a.datum), a.waarschuwing
    (67, 3, '2028-04-01', None)
    """
    dag = np.array([to_day(geboren)], dtype=np.int64)
    rij = aow_rijen()[int(_rij(dag)[0])]
    tot: dt.date = aow_rijen()[-1]["geboren_tot"]
    waarschuwing = None
    if geboren >= tot:
        waarschuwing = (
            f"de AOW-leeftijd voor wie geboren is vanaf {tot:%d-%m-%Y} is nog niet vastgesteld; gerekend is met "
            f"{rij['jaren']} jaar en {rij['maanden']} maanden."
        )
    return AowLeeftijd(
        jaren=rij["jaren"],
        maanden=rij["maanden"],
        datum=to_date(int(aow_datum(dag)[0])),
        bron=rij["bron"],
        waarschuwing=waarschuwing,
    )
