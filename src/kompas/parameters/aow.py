"""AOW age: the day on which entitlement to social assistance ends by age."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import numpy as np

from kompas.models.calendar import add_months, to_day
from kompas.models.design import Ints


@cache
def _tabel() -> tuple[tuple[int, int], ...]:
    tekst = resources.files("kompas.parameters").joinpath("aow.toml").read_text(encoding="utf-8")
    return tuple((to_day(r["geboren_tot"]), 12 * r["jaren"] + r["maanden"]) for r in tomllib.loads(tekst)["rij"])


def aow_datum(geboren: Ints) -> Ints:
    """Day on which AOW starts for people born on the given days.

    Parameters
    ----------
    geboren : (n,) int
        Day numbers of birth.

    Returns
    -------
    (n,) int
        Day numbers. For births after 1960 the age is the last one fixed by law (67 years and 3 months).

    Examples
    --------
    >>> import datetime as dt
    >>> from kompas.models.calendar import to_date
    >>> [to_date(d) for d in aow_datum(np.array([to_day(dt.date(1942, 5, 8)), to_day(dt.date(1957, 3, 1))]))]
    [datetime.date(2007, 5, 8), datetime.date(2024, 3, 1)]
    """
    geboren = np.asarray(geboren, dtype=np.int64)
    grenzen = np.array([g for g, _ in _tabel()], dtype=np.int64)
    maanden = np.array([m for _, m in _tabel()], dtype=np.int64)
    rij = np.minimum(np.searchsorted(grenzen, geboren, side="right"), grenzen.size - 1)
    return add_months(geboren, maanden[rij])
