"""From text to values: dates, numbers, codes. Pure functions on single texts, spread over columns by ``Kolom``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from kompas.bron.typen import GETYPT, Kolom

GOED: Final = 0
ONLEESBAAR: Final = 1
BUITEN_BEREIK: Final = 2
DUBBELZINNIG: Final = 3
ANDER_TEKEN: Final = 4

EERSTE_JAAR: Final = 1850
LAATSTE_JAAR: Final = 2199

_TIJD = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?Z?)?"
_JAAR_EERST = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_TIJD}", re.ASCII)
_DAG_EERST = re.compile(rf"(\d{{1,2}})-(\d{{1,2}})-(\d{{4}}){_TIJD}", re.ASCII)
_ACHT = re.compile(rf"(\d{{4}})(\d{{2}})(\d{{2}}){_TIJD}", re.ASCII)
# What municipal systems write for 'no date' (contract 1); one 0 is 00000000 after Excel took the zeros.
_GEEN_DATUM = {(0, 0, 0), (9999, 99, 99), (9999, 12, 31), (1900, 1, 1)}


def lees_datum(tekst: str) -> tuple[dt.date | None, int]:
    """Read one date: ``dd-mm-jjjj``, ``jjjj-mm-dd`` or ``jjjjmmdd``, a time behind it is dropped.

    Parameters
    ----------
    tekst : str
        Trimmed text.

    Returns
    -------
    tuple
        The date (None for 'no date'), and ``GOED``, ``ONLEESBAAR`` or ``BUITEN_BEREIK``.

    Examples
    --------
    >>> lees_datum("8-5-2007")
    (datetime.date(2007, 5, 8), 0)
    >>> lees_datum("31-12-9999"), lees_datum("31-02-2007")
    ((None, 0), (None, 1))
    """
    if tekst in ("", "0"):
        return None, GOED
    if m := _JAAR_EERST.fullmatch(tekst) or _ACHT.fullmatch(tekst):
        jaar, maand, dag = (int(g) for g in m.groups())
    elif m := _DAG_EERST.fullmatch(tekst):
        dag, maand, jaar = (int(g) for g in m.groups())
    else:
        return None, ONLEESBAAR
    if (jaar, maand, dag) in _GEEN_DATUM:
        return None, GOED
    try:
        datum = dt.date(jaar, maand, dag)
    except ValueError:
        return None, ONLEESBAAR
    return (datum, GOED) if EERSTE_JAAR <= jaar <= LAATSTE_JAAR else (None, BUITEN_BEREIK)


def datums(kolom: Kolom) -> tuple[NDArray[np.datetime64], NDArray[np.int8]]:
    """Read a column of dates.

    Returns
    -------
    tuple of ndarray
        ``datetime64[ns]`` with NaT for none or unreadable, and a status per row; both shape (rows,).
    """
    gelezen = [lees_datum(u.removeprefix(GETYPT)) for u in kolom.uniek]
    dagen = np.array([np.datetime64(d, "D") if d else np.datetime64("NaT", "D") for d, _ in gelezen], "datetime64[D]")
    status = np.array([s for _, s in gelezen], dtype=np.int8)
    return kolom.per_waarde(dagen.astype("datetime64[ns]")), kolom.per_waarde(status)


Getalsoort = Literal["leeg", "zeker", "komma", "punt", "dubbelzinnig", "fout"]

_MACHT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
# One pattern, tried from the left: what each notation says about the decimal separator.
_VORM = re.compile(
    r"""[+-]?(?:
      (?P<zeker>      \d+ (?:[eE][+-]?\d+)? )
    | (?P<komma>      [1-9]\d{0,2} (?:\.\d{3})+ ,\d+  |  [1-9]\d{0,2} (?:\.\d{3}){2,} )
    | (?P<punt>       [1-9]\d{0,2} (?:,\d{3})+ \.\d+  |  [1-9]\d{0,2} (?:,\d{3}){2,}  |  \d+\.\d+[eE][+-]?\d+ )
    | (?P<dubbelzinnig> [1-9]\d{0,2} [.,] \d{3} )
    | (?P<punt_los>   \d* \.\d+ )
    | (?P<komma_los>  \d* ,\d+ )
    )""",
    re.ASCII | re.VERBOSE,
)
_SOORT: Final[Mapping[str | None, Getalsoort]] = {
    "zeker": "zeker",
    "komma": "komma",
    "komma_los": "komma",
    "punt": "punt",
    "punt_los": "punt",
    "dubbelzinnig": "dubbelzinnig",
}
_LEESBAAR = {
    ",": re.compile(r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)?(,\d+)?", re.ASCII),
    ".": re.compile(r"[+-]?([1-9]\d{0,2}(,\d{3})+|\d+)?(\.\d+)?", re.ASCII),
}


def getalsoort(tekst: str) -> Getalsoort:
    """Tell what a text says about the decimal separator of its file.

    Examples
    --------
    >>> [getalsoort(t) for t in ("12", "1.234,56", "1234.56", "1.234", "0.500", "12a")]
    ['zeker', 'komma', 'punt', 'dubbelzinnig', 'punt', 'fout']
    """
    if not tekst:
        return "leeg"
    if tekst.startswith(GETYPT):
        return "zeker"
    m = _VORM.fullmatch(tekst)
    return _SOORT[m.lastgroup] if m else "fout"


def lees_getal(tekst: str, decimaal: str) -> float | None:
    """Read one number with a known decimal separator; None when it does not fit.

    Examples
    --------
    >>> lees_getal("1.234,56", ","), lees_getal("1.234", "."), lees_getal("0.500", ",")
    (1234.56, 1.234, None)
    """
    if tekst.startswith(GETYPT):
        waarde = float(tekst.removeprefix(GETYPT))
        return waarde if np.isfinite(waarde) else None
    if _MACHT.fullmatch(tekst) and (decimaal == "." or "." not in tekst):
        waarde = float(tekst)
        return waarde if np.isfinite(waarde) else None
    if not _LEESBAAR[decimaal].fullmatch(tekst) or not any(c.isdigit() for c in tekst):
        return None
    duizendtal = "." if decimaal == "," else ","
    return float(tekst.replace(duizendtal, "").replace(",", "."))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Decimaal:
    """The decimal separator of one file.

    Parameters
    ----------
    teken : str
        ``","``, ``"."``, or ``""`` when the file does not say.
    tegenstrijdig : bool
        True when the file holds both notations; then only values that can be read in one way count.
    """

    teken: str
    tegenstrijdig: bool = False


def beslis_decimaal(kolommen: Iterable[Kolom], gegeven: str | None = None) -> Decimaal:
    """Decide the separator of a file from all its number columns; the config (``gegeven``) goes first.

    The notation of most rows wins; rows in the other notation are then reported as ``ANDER_TEKEN``, and with a tie
    all of them are.
    """
    if gegeven is not None:
        return Decimaal(teken=gegeven)
    stemmen = {"komma": 0, "punt": 0}
    for kolom in kolommen:
        telling = np.bincount(kolom.codes, minlength=len(kolom.uniek))
        for tekst, aantal in zip(kolom.uniek, telling, strict=True):
            soort = getalsoort(tekst)
            if soort in stemmen:
                stemmen[soort] += int(aantal)
    komma, punt = stemmen["komma"], stemmen["punt"]
    teken = "," if komma > punt else "." if punt > komma else ""
    return Decimaal(teken=teken, tegenstrijdig=bool(komma and punt))


def _getal(tekst: str, decimaal: Decimaal) -> tuple[float, int]:
    soort = getalsoort(tekst)
    if soort == "leeg":
        return np.nan, GOED
    if soort == "fout":
        return np.nan, ONLEESBAAR
    if soort == "dubbelzinnig" and (decimaal.tegenstrijdig or not decimaal.teken):
        return np.nan, DUBBELZINNIG
    waarde = lees_getal(tekst, decimaal.teken or ".") if soort == "zeker" or decimaal.teken else None
    if waarde is None:
        return np.nan, ONLEESBAAR if soort == "zeker" else ANDER_TEKEN
    return waarde, GOED


def getallen(kolom: Kolom, decimaal: Decimaal) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Read a column of numbers.

    Returns
    -------
    tuple of ndarray
        ``float64`` with NaN for empty or unreadable, and a status per row; both shape (rows,).
    """
    gelezen = [_getal(u, decimaal) for u in kolom.uniek]
    waarden = np.array([w for w, _ in gelezen], dtype=np.float64)
    status = np.array([s for _, s in gelezen], dtype=np.int8)
    return kolom.per_waarde(waarden), kolom.per_waarde(status)


def is_getalkolom(kolom: Kolom) -> bool:
    """Tell whether every filled value is a number and none is a code with a leading zero.

    Examples
    --------
    >>> k = lambda *u: Kolom(codes=np.arange(len(u), dtype=np.int32), uniek=u)
    >>> is_getalkolom(k("1", "2,5", "")), is_getalkolom(k("01", "02")), is_getalkolom(k("", ))
    (True, False, False)
    """
    gevuld = [u for u in kolom.uniek if u]
    voorloopnul = any(len(u) > 1 and u[0] == "0" and u.isdigit() for u in gevuld)
    return bool(gevuld) and not voorloopnul and all(getalsoort(u) != "fout" for u in gevuld)


_CODE = re.compile(r"(\d+)(?:\.0+)?", re.ASCII)
_MAAND = re.compile(r"(\d{4})-?(\d{2})", re.ASCII)


def code_sleutel(tekst: str) -> str:
    """Return what two notations of one code share: leading zeros and ``.0`` fall away.

    Examples
    --------
    >>> [code_sleutel(t) for t in ("06", "6", "6.0", "000", "R01")]
    ['6', '6', '6', '0', 'R01']
    """
    kaal = tekst.strip().removeprefix(GETYPT)
    m = _CODE.fullmatch(kaal)
    return str(int(m.group(1))) if m else kaal


def lees_maand(tekst: str) -> str | None:
    """Read a month as ``jjjj-mm``: from ``jjjj-mm``, ``jjjjmm`` or any date in it.

    Examples
    --------
    >>> lees_maand("2007-06"), lees_maand("200706"), lees_maand("01-06-2007"), lees_maand("2007-13")
    ('2007-06', '2007-06', '2007-06', None)
    """
    if m := _MAAND.fullmatch(tekst):
        jaar, maand = int(m.group(1)), int(m.group(2))
        return f"{jaar:04d}-{maand:02d}" if 1 <= maand <= 12 and EERSTE_JAAR <= jaar <= LAATSTE_JAAR else None
    datum, status = lees_datum(tekst)
    return f"{datum:%Y-%m}" if datum is not None and status == GOED else None


_STAART = re.compile(r"\.0+$", re.ASCII)
_LEESTEKENS = str.maketrans("", "", ".- ")


def _kale_cijfers(tekst: str) -> str:
    return _STAART.sub("", tekst.strip().removeprefix(GETYPT)).translate(_LEESTEKENS)


def lijkt_bsn(tekst: str) -> bool:
    """Tell whether a text of 8 or 9 digits passes the elfproef.

    Dots, dashes and spaces between the digits are ignored, and so is a trailing ``.0`` (a number that was text once).

    Examples
    --------
    >>> lijkt_bsn("111222333"), lijkt_bsn("111222334"), lijkt_bsn("1234")
    (True, False, False)
    """
    cijfers = _kale_cijfers(tekst)
    if len(cijfers) not in (8, 9) or not (cijfers.isascii() and cijfers.isdigit()) or not cijfers.strip("0"):
        return False
    gewichten = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(g * int(c) for g, c in zip(gewichten, cijfers.zfill(9), strict=True)) % 11 == 0


def telt_als_bsn(waarden: Iterable[str], *, minstens: int = 20) -> bool:
    """Tell whether a column of identifiers holds BSNs: over half of its 8-9 digit values pass the elfproef.

    With fewer than ``minstens`` such values they must also be all values of the column, since one in eleven numbers
    passes by chance.
    """
    alle = {_kale_cijfers(w) for w in waarden if w}
    lang = [w for w in alle if len(w) in (8, 9) and w.isascii() and w.isdigit()]
    if not lang or (len(lang) < minstens and len(lang) < len(alle)):
        return False
    return sum(map(lijkt_bsn, lang)) > len(lang) / 2
