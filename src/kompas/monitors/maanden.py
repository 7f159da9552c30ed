"""Months as text ``jjjj-mm`` and as whole numbers."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from kompas.fouten import GebruiksFout

_MAAND = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def nummer(maand: str) -> int:
    """Return a month as a whole number, 12 per year, so that differences are months.

    Raises
    ------
    GebruiksFout
        ``KMP-Z001`` when the text is no month.

    Examples
    --------
    >>> nummer("2007-06") - nummer("2006-12")
    6
    """
    deel = _MAAND.fullmatch(maand)
    if deel is None:
        raise GebruiksFout("KMP-Z001", f"'{maand}' is geen maand. Schrijf jjjj-mm, bijvoorbeeld 2007-06.")
    return 12 * int(deel[1]) + int(deel[2]) - 1


def naam(getal: int) -> str:
    """Return the text of a month.

    Examples
    --------
    >>> naam(nummer("2007-12") + 1)
    '2008-01'
    """
    return f"{getal // 12:04d}-{getal % 12 + 1:02d}"


def nummers(maanden: Iterable[str]) -> npt.NDArray[np.int64]:
    """Return months as whole numbers."""
    return np.array([nummer(m) for m in maanden], dtype=np.int64)


def namen(getallen: Iterable[int]) -> list[str]:
    """Return whole numbers as months.

    Examples
    --------
    >>> namen(range(nummer("2007-11"), nummer("2008-02")))
    ['2007-11', '2007-12', '2008-01']
    """
    return [naam(int(g)) for g in getallen]


def laatste_dag(maand: str) -> dt.date:
    """Return the last day of a month.

    Examples
    --------
    >>> laatste_dag("2008-02")
    datetime.date(2008, 2, 29)
    """
    jaar, deel = divmod(nummer(maand), 12)
    return dt.date(jaar, deel + 1, calendar.monthrange(jaar, deel + 1)[1])


def van_datum(dag: dt.date) -> str:
    """Return the month of a date.

    Examples
    --------
    >>> van_datum(dt.date(2007, 6, 30))
    '2007-06'
    """
    return naam(12 * dag.year + dag.month - 1)
