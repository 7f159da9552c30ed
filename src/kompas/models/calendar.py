"""Calendar months on arrays of days: the clock of the whole project.

Days are integers since 1970-01-01; a calendar month is 12 * year + month - 1. Duration month k (0-based) of a spell
runs from its begin plus k calendar months to its begin plus k + 1, the day clipped to the month's end.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from kompas.models.design import Ints

EPOCH_MONTH = 12 * 1970


def to_day(date: dt.date) -> int:
    """Day number of a date."""
    return (date - dt.date(1970, 1, 1)).days


def to_date(day: int) -> dt.date:
    """Date of a day number."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))


def days_of(dates: npt.ArrayLike, missing: int) -> Ints:
    """Day numbers of datetime64 values; ``missing`` where there is none (NaT)."""
    values = np.asarray(dates, dtype="datetime64[D]")
    return np.asarray(np.where(np.isnat(values), missing, values.astype(np.int64)), dtype=np.int64)


def month_of(day: Ints) -> Ints:
    """Calendar month in which each day lies."""
    return np.asarray(day, dtype="datetime64[D]").astype("datetime64[M]").astype(np.int64) + EPOCH_MONTH


def first_day(month: Ints) -> Ints:
    """First day of each calendar month."""
    months = (np.asarray(month) - EPOCH_MONTH).astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[D]").astype(np.int64), dtype=np.int64)


def add_months(day: Ints, months: Ints | int) -> Ints:
    """Day plus calendar months, clipped to the end of the month.

    Examples
    --------
    >>> d = np.array([to_day(dt.date(2007, 1, 31))])
    >>> to_date(add_months(d, 1)[0]), to_date(add_months(d, 2)[0])
    (datetime.date(2007, 2, 28), datetime.date(2007, 3, 31))
    """
    day = np.asarray(day, dtype=np.int64)
    month = month_of(day)
    inside = day - first_day(month)
    target = month + months
    start = first_day(target)
    length = first_day(target + 1) - start
    return np.asarray(start + np.minimum(inside, length - 1), dtype=np.int64)


def full_months(begin: Ints, day: Ints) -> Ints:
    """Whole calendar months from ``begin`` to ``day`` (day >= begin): the 0-based duration month that holds the day.

    Examples
    --------
    >>> at = lambda *ymd: np.array([to_day(dt.date(*ymd))])
    >>> int(full_months(at(2007, 5, 8), at(2007, 11, 8))[0]), int(full_months(at(2007, 5, 8), at(2007, 11, 7))[0])
    (6, 5)
    """
    months = month_of(day) - month_of(begin)
    return np.asarray(months - (add_months(begin, months) > day), dtype=np.int64)


def birthday(birth: Ints, age: Ints | int) -> Ints:
    """Day on which somebody becomes ``age`` (29 February: 1 March in other years)."""
    month = month_of(birth)
    inside = birth - first_day(month)
    return first_day(month + 12 * np.asarray(age)) + inside


def age_at(birth: Ints, day: Ints) -> Ints:
    """Completed years at each day.

    Examples
    --------
    >>> at = lambda *ymd: np.array([to_day(dt.date(*ymd))])
    >>> int(age_at(at(1984, 2, 29), at(2007, 2, 28))[0]), int(age_at(at(1984, 2, 29), at(2007, 3, 1))[0])
    (22, 23)
    """
    months = month_of(day) - month_of(birth)
    years = months // 12
    return np.asarray(years - (birthday(birth, years) > day), dtype=np.int64)
