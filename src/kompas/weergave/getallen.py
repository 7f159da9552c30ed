"""Numbers, dates and rows of words as Dutch text: decimal comma, ``dd-mm-jjjj``, a real minus sign, ``a, b en c``."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Iterable
from typing import Any

import pandas as pd
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

ONBEKEND = "onbekend"
_TAAL = "nl"
_MIN = "\N{MINUS SIGN}"


def _ontbreekt(waarde: Any) -> bool:
    return bool(pd.isna(waarde))


def rond(waarde: Any, decimalen: int) -> decimal.Decimal:
    """Round half away from zero on the shortest decimal that gives this float; never minus zero.

    Examples
    --------
    >>> rond(0.125, 2), rond(-0.001, 2)
    (Decimal('0.13'), Decimal('0.00'))
    """
    stap = decimal.Decimal(1).scaleb(-decimalen)
    exact = decimal.Decimal(repr(float(waarde))) if not isinstance(waarde, int) else decimal.Decimal(waarde)
    with decimal.localcontext() as context:
        context.prec = 400
        afgerond = exact.quantize(stap, rounding=decimal.ROUND_HALF_UP)
    return abs(afgerond) if afgerond.is_zero() else afgerond


def _patroon(decimalen: int) -> str:
    return "#,##0" + ("." + "0" * decimalen if decimalen else "")


def _min(tekst: str) -> str:
    return tekst.replace("-", _MIN)


def _oneindig(waarde: Any) -> str | None:
    if isinstance(waarde, int) or not math.isinf(float(waarde)):
        return None
    return "oneindig" if float(waarde) > 0 else f"{_MIN}oneindig"


def getal(waarde: Any, decimalen: int = 2, *, leeg: str = ONBEKEND) -> str:
    """Return a number with a fixed count of decimals; ``leeg`` when it is missing.

    Examples
    --------
    >>> getal(1234.5), getal(-0.004), getal(-2.5, 0), getal(None), getal(float("nan"), leeg="")
    ('1.234,50', '0,00', '−3', 'onbekend', '')
    """
    if _ontbreekt(waarde):
        return leeg
    tekst = format_decimal(_nul(waarde, decimalen), format=_patroon(decimalen), locale=_TAAL)
    return _oneindig(waarde) or _min(tekst)


def _nul(waarde: Any, decimalen: int) -> decimal.Decimal:
    """Round; infinite gives zero (its text is made elsewhere)."""
    return decimal.Decimal(0) if _oneindig(waarde) else rond(waarde, decimalen)


def aantal(waarde: Any, *, leeg: str = ONBEKEND) -> str:
    """Return a count without decimals.

    Examples
    --------
    >>> aantal(560000), aantal(0)
    ('560.000', '0')
    """
    return getal(waarde, 0, leeg=leeg)


def euro(waarde: Any, decimalen: int = 0, *, leeg: str = ONBEKEND) -> str:
    """Return an amount in euro (a no-break space follows the sign).

    Examples
    --------
    >>> euro(-27307719).replace(chr(160), " "), euro(618.43, 2).replace(chr(160), " ")
    ('€ −27.307.719', '€ 618,43')
    """
    if _ontbreekt(waarde):
        return leeg
    patroon = f"¤ {_patroon(decimalen)};¤ -{_patroon(decimalen)}"
    bedrag = format_currency(_nul(waarde, decimalen), "EUR", format=patroon, locale=_TAAL, currency_digits=False)
    return _oneindig(waarde) or _min(bedrag.replace("€ ", "€\N{NO-BREAK SPACE}"))


def percent(waarde: Any, decimalen: int = 0, *, leeg: str = ONBEKEND) -> str:
    """Return a fraction as a percentage.

    Examples
    --------
    >>> percent(0.365), percent(-0.069, 1), percent(None)
    ('37%', '−6,9%', 'onbekend')
    """
    if _ontbreekt(waarde):
        return leeg
    tekst = format_percent(_nul(waarde, decimalen + 2), format=_patroon(decimalen) + "%", locale=_TAAL)
    return _oneindig(waarde) or _min(tekst)


def datum(waarde: dt.date | pd.Timestamp | None, *, leeg: str = ONBEKEND) -> str:
    """Return a date as dd-mm-jjjj.

    Examples
    --------
    >>> datum(dt.date(2007, 6, 30)), datum(None), datum(pd.NaT, leeg="")
    ('30-06-2007', 'onbekend', '')
    """
    return leeg if waarde is None or _ontbreekt(waarde) else f"{waarde.day:02d}-{waarde.month:02d}-{waarde.year:04d}"


def maandnaam(maand: str) -> str:
    """Return a month ``jjjj-mm`` in words.

    Examples
    --------
    >>> maandnaam("2007-06")
    'juni 2007'
    """
    return format_date(dt.date(int(maand[:4]), int(maand[5:]), 1), "MMMM y", locale=_TAAL)


def interval(laag: Any, hoog: Any, decimalen: int = 2, *, leeg: str = ONBEKEND) -> str:
    """Return an interval in words; ``leeg`` when an end is missing.

    Examples
    --------
    >>> interval(0.6, 0.834)
    '0,60 tot 0,83'
    """
    if _ontbreekt(laag) or _ontbreekt(hoog):
        return leeg
    return f"{getal(laag, decimalen)} tot {getal(hoog, decimalen)}"


def klein_aantal(waarde: Any, *, grens: int = 10, leeg: str = ONBEKEND) -> str:
    """Return a count of persons or exits for a report to others: 1 to ``grens`` - 1 is not shown.

    Examples
    --------
    >>> klein_aantal(0), klein_aantal(9), klein_aantal(10)
    ('0', 'minder dan 10', '10')
    """
    if not _ontbreekt(waarde) and 0 < waarde < grens:
        return f"minder dan {grens}"
    return aantal(waarde, leeg=leeg)


def som_op(delen: Iterable[str]) -> str:
    """Join words with commas and ``en``.

    Examples
    --------
    >>> som_op(["2007", "2008", "2012"])
    '2007, 2008 en 2012'
    """
    lijst = list(delen)
    return lijst[0] if len(lijst) == 1 else f"{', '.join(lijst[:-1])} en {lijst[-1]}" if lijst else ""
