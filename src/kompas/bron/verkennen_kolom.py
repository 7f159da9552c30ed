"""What a column of an unknown export holds: dates, numbers, codes, BSN; and how its values are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from kompas.bron.verkennen_woorden import IDENTIFICEREND, plat
from kompas.bron.waarden import GOED, lees_datum, telt_als_bsn
from kompas.config import is_verboden

Inhoud = Literal["leeg", "datum", "getal", "code", "tekst"]

_LEEG = ("", "null", "none", "nan", "n/a", "#n/b", "-", ".")
_SCHUIN = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")
_GETAL_NL = re.compile(r"^-?(\d{1,3}(\.\d{3})+|\d+),\d+$|^-?\d{1,3}(\.\d{3}){2,}$")
_GETAL_EN = re.compile(r"^-?(\d{1,3}(,\d{3})+|\d+)\.\d+$|^-?\d{1,3}(,\d{3}){2,}$")
_GETAL_DUBBEL = re.compile(r"^-?\d{1,3}[.,]\d{3}$")
_GEHEEL = re.compile(r"^-?\d+$")
_MAX_CODES = 60


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Profiel:
    """What one column holds; nothing in it identifies a person when shown through `patroon`.

    Parameters
    ----------
    naam : str
        Name in the export.
    inhoud : {"leeg", "datum", "getal", "code", "tekst"}
        Kind of values.
    waarden : Series of str
        Cleaned text, one per row, "" for none.
    datums : Series of datetime64[ns] or None
        For a date column: the dates, NaT for none.
    aantal_waarden : int
        Number of different values, without the empty one.
    patroon : str
        The commonest way of writing, digits as 9 and letters as A, with the number of different values.
    decimaal : {",", ".", "?"} or None
        Decimal sign of a number column; "?" when it cannot be told.
    bsn : bool
        Over half of the 8-9 digit values pass the elfproef.
    verboden, identificerend : bool
        By name: refused by law, or directly identifying.
    opmerking : str
        A doubt about the way of writing, or "".
    """

    naam: str
    inhoud: Inhoud
    waarden: pd.Series
    datums: pd.Series | None
    aantal_waarden: int
    patroon: str
    decimaal: str | None
    bsn: bool
    verboden: bool
    identificerend: bool
    opmerking: str

    @property
    def bruikbaar(self) -> bool:
        """Whether the draft may use the column."""
        return not (self.bsn or self.verboden or self.identificerend)


def profiel(naam: str, kolom: pd.Series) -> Profiel:
    """Describe one column of text cells.

    Parameters
    ----------
    naam : str
        Name in the export.
    kolom : Series of str
        The cells.

    Examples
    --------
    >>> p = profiel("Dat_Aanvang", pd.Series(["01-02-2003", "15-11-2004", "00000000"]))
    >>> p.inhoud, p.patroon
    ('datum', '99-99-9999, 2 verschillende')
    """
    waarden = kolom.mask(kolom.str.lower().isin(_LEEG), "")
    gevuld = waarden[waarden != ""]
    uniek = [str(u) for u in gevuld.unique()]
    datums, opmerking = _als_datum(waarden, uniek)
    decimaal = None
    inhoud: Inhoud = "leeg"
    if datums is not None:
        inhoud = "datum"
        gevuld = gevuld[datums.notna()]
    elif any(lees_datum(u) != (None, GOED) for u in uniek):
        decimaal = _decimaal(pd.Series(uniek, dtype=object))
        codeachtig = len(uniek) <= min(_MAX_CODES, max(3, 0.5 * len(gevuld)))
        inhoud = "code" if codeachtig and decimaal in (None, "") else "getal" if decimaal is not None else "tekst"
    return Profiel(
        naam=naam,
        inhoud=inhoud,
        waarden=waarden,
        datums=datums,
        aantal_waarden=gevuld.nunique(),
        patroon=_patroon(gevuld),
        decimaal=decimaal or None,
        bsn=datums is None and telt_als_bsn(uniek),
        verboden=is_verboden(naam),
        identificerend=IDENTIFICEREND.match(plat(naam)) is not None,
        opmerking=opmerking,
    )


def _als_datum(waarden: pd.Series, uniek: Sequence[str]) -> tuple[pd.Series | None, str]:
    """Return the dates of a date column (else None), and what is odd about them."""
    if not uniek or not _is_datumkolom(uniek[:500]):
        return None, _vreemde_datums(uniek[:500])
    gelezen = {u: lees_datum(u) for u in uniek}
    echt = [u for u, (datum, status) in gelezen.items() if datum is not None or status != GOED]
    goed = sum(gelezen[u][1] == GOED for u in echt)
    if not goed or goed < 0.95 * len(echt):
        return None, _vreemde_datums(uniek)
    vormen = {_vorm(u[:10]) for u in echt if gelezen[u][1] == GOED}
    opmerking = "datums staan in meer dan één schrijfwijze door elkaar" if len(vormen) > 1 else ""
    datums = {u: np.datetime64("NaT") if d is None else np.datetime64(d) for u, (d, _) in gelezen.items()}
    return waarden.map(datums).astype("datetime64[ns]"), opmerking


def _is_datumkolom(uniek: Sequence[str]) -> bool:
    gelezen = [lees_datum(u) for u in uniek]
    return sum(status == GOED for _, status in gelezen) >= 0.5 * len(gelezen)


def _vorm(tekst: str) -> str:
    return "jjjj" if tekst[4:5] == "-" else "dd" if "-" in tekst else "acht"


def _vreemde_datums(uniek: Sequence[str]) -> str:
    """Say so when the values are dates in a notation that kompas does not read."""
    rij = pd.Series(uniek, dtype=object)
    if rij.empty:
        return ""
    if rij.str.fullmatch(_SCHUIN).mean() > 0.9:
        return "datums met schuine strepen leest kompas niet; exporteer ze als dd-mm-jjjj of jjjj-mm-dd"
    if pd.to_datetime(rij, format="%m-%d-%Y", errors="coerce").notna().mean() > 0.9:
        return "de datums lijken Amerikaans (maand-dag-jaar); exporteer ze als dd-mm-jjjj of jjjj-mm-dd"
    return ""


def _decimaal(uniek: pd.Series) -> str | None:
    """Return ',', '.', '?' (cannot be told), '' (whole numbers) or None (no numbers)."""
    kaal = uniek.str.replace(r"^(€|EUR)\s*", "", regex=True).str.replace(" ", "")
    nl, en, dubbel, geheel = (kaal.str.match(p) for p in (_GETAL_NL, _GETAL_EN, _GETAL_DUBBEL, _GEHEEL))
    if (nl | en | dubbel | geheel).mean() < 0.95:
        return None
    zeker_nl, zeker_en = bool((nl & ~dubbel).any()), bool((en & ~dubbel).any())
    if zeker_nl != zeker_en:
        return "," if zeker_nl else "."
    if zeker_nl or dubbel.any():
        return "?"
    return ""


def _patroon(gevuld: pd.Series) -> str:
    if gevuld.empty:
        return "leeg"
    telling = gevuld.value_counts()
    vormen = (
        telling.index.to_series()
        .str.replace(r"[^\W\d_]+", "A", regex=True)
        .str.replace(r"\d", "9", regex=True)
        .str.replace(r"[^A9.,/+ -]", "?", regex=True)
        .str.slice(0, 24)
    )
    per_vorm = telling.groupby(vormen.to_numpy()).sum().sort_index()
    return f"{per_vorm.idxmax()}, {len(telling)} verschillende"
