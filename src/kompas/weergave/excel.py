"""Excel for people: Dutch formats, frozen panes, one sheet per team, and no cell that can become a formula."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import xlsxwriter

from kompas.begrippen import Begrippen, lees_begrippen
from kompas.fouten import GebruiksFout, naaste
from kompas.weergave.bestanden import FORMULETEKENS, atomisch
from kompas.weergave.excelbladen import (
    BEGRIPPEN,
    LEES_MIJ,
    OVERZICHT,
    VERBORGEN,
    begrippenblad,
    lees_mij,
    overzicht,
    regels,
)
from kompas.weergave.excelstijl import FORMATEN, KLEUREN, Stijlen
from kompas.weergave.getallen import aantal, datum

MAX_RIJEN = 1_048_575
_TE_GROOT = 10**15  # Excel keeps 15 digits
_VASTE_DAG = dt.date(2000, 1, 1)
_OPTIES = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_VASTE_BLADEN = (LEES_MIJ, OVERZICHT, BEGRIPPEN)
_VERBODEN_IN_BLADNAAM = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Kolom:
    """One column ready to be written: ``cel(blad, r, c, i)`` writes value ``i`` at row ``r``."""

    naam: str
    kop: str
    breedte: float
    cel: Callable[[Any, int, int, int], None]


def maak_bladnaam(naam: str, gebruikt: set[str]) -> str:
    """Return a sheet name that Excel accepts and that is not in ``gebruikt`` (case does not count).

    Examples
    --------
    >>> maak_bladnaam("Team [A/B]: zuid?", set())
    'Team A B zuid'
    >>> maak_bladnaam("noord", {"Noord"})
    'noord (2)'
    """
    schoon = " ".join(_VERBODEN_IN_BLADNAAM.sub(" ", naam).split()).strip("' ")[:31].strip("' ") or "blad"
    bezet = {g.casefold() for g in gebruikt} | {"history"}
    poging, teller = schoon, 1
    while poging.casefold() in bezet:
        teller += 1
        staart = f" ({teller})"
        poging = schoon[: 31 - len(staart)].rstrip("' ") + staart
    return poging


def _soort(reeks: pd.Series[Any], eenheid: str | None) -> str:
    """Return how a column is written and shown; whole numbers that Excel would round are text."""
    if pd.api.types.is_bool_dtype(reeks.dtype):
        return "logisch"
    if pd.api.types.is_datetime64_any_dtype(reeks.dtype):
        return "datum"
    if pd.api.types.is_integer_dtype(reeks.dtype) and bool((reeks.dropna().abs() >= _TE_GROOT).any()):
        return "tekst"
    if pd.api.types.is_numeric_dtype(reeks.dtype):
        return eenheid if eenheid in FORMATEN and eenheid not in {"datum", "tekst"} else "getal"
    return "tekst"


def _schrijf_getal(waarden: list[Any], stijl: Any) -> Callable[[Any, int, int, int], None]:
    def cel(blad: Any, r: int, c: int, i: int) -> None:
        waarde = waarden[i]
        if waarde is None:
            return
        if math.isinf(waarde):
            blad.write_string(r, c, "oneindig" if waarde > 0 else "−oneindig")
        else:
            blad.write_number(r, c, waarde, stijl)

    return cel


def _schrijf_los(waarden: list[Any], stijlen: Stijlen, tekststijl: Any) -> Callable[[Any, int, int, int], None]:
    """Text, truth values, dates and anything mixed: by the type of the value; text is never read as anything else."""
    bewaakt, dag, gevaar = stijlen["bewaakt"], stijlen["datum"], re.compile(FORMULETEKENS)

    def cel(blad: Any, r: int, c: int, i: int) -> None:
        waarde = waarden[i]
        if waarde is None:
            return
        if isinstance(waarde, bool):
            blad.write_boolean(r, c, waarde)
        elif isinstance(waarde, dt.date):
            if waarde.year < 1900:
                blad.write_string(r, c, datum(waarde))
            else:
                blad.write_datetime(r, c, waarde, dag)
        elif isinstance(waarde, int | float) and abs(waarde) < _TE_GROOT:
            blad.write_number(r, c, waarde)
        else:
            tekst = str(waarde)
            blad.write_string(r, c, tekst, bewaakt if gevaar.match(tekst) else tekststijl)

    return cel


def _lijst(reeks: pd.Series[Any]) -> list[Any]:
    """Plain Python values, None for missing."""
    return list(reeks.astype(object).where(reeks.notna(), None))


def _maak_kolom(reeks: pd.Series[Any], naam: str, kop: str, eenheid: str | None, stijlen: Stijlen) -> _Kolom:
    soort = _soort(reeks, eenheid)
    woord = max((len(w) for w in kop.replace("_", "_ ").split()), default=0)
    if soort in {"tekst", "logisch", "datum"}:
        lengte = float(reeks.astype(object).astype(str).str.len().max()) if len(reeks) and soort == "tekst" else 10.0
        breedte = min(50.0, max(lengte, woord, 8.0) + 2)
        return _Kolom(
            naam=naam,
            kop=kop,
            breedte=breedte,
            cel=_schrijf_los(_lijst(reeks), stijlen, stijlen["lang" if lengte > 48 else "tekst"]),
        )
    cel = _schrijf_getal(_lijst(reeks), stijlen[soort])
    return _Kolom(naam=naam, kop=kop, breedte=max(12.0, min(woord, 22) + 2.0), cel=cel)


def _maak_kolommen(
    frame: pd.DataFrame, begrippen: Begrippen, namen: Mapping[str, str], koppen: str, stijlen: Stijlen
) -> list[_Kolom]:
    uit = []
    for i, naam in enumerate(str(k) for k in frame.columns):
        kop = begrippen.label(naam, namen) if koppen == "label" else naam
        reeks = frame.iloc[:, i]
        if koppen == "label" and naam.endswith("_indicatie"):
            reeks = reeks.replace("geen_uitspraak", "geen uitspraak")
        uit.append(_maak_kolom(reeks, naam, kop, begrippen.eenheid(naam, namen), stijlen))
    return uit


def _vul_blad(blad: Any, kolommen: list[_Kolom], rijen: Sequence[int], stijlen: Stijlen, titel: str) -> None:
    """One data sheet: heading, rows in the given order, frozen panes, filter, print set-up."""
    hoogte = max((math.ceil(len(k.kop) / k.breedte) for k in kolommen), default=1)
    blad.set_row(0, 15.0 * min(hoogte + 1, 8))
    for c, kolom in enumerate(kolommen):
        verborgen = kolom.naam in VERBORGEN and kolom.kop != kolom.naam  # headings in words: made for people
        blad.set_column(c, c, kolom.breedte, None, {"hidden": 1} if verborgen else {})
        blad.write_string(0, c, kolom.kop, stijlen["kop"])
    for r, i in enumerate(rijen, start=1):
        for c, kolom in enumerate(kolommen):
            kolom.cel(blad, r, c, i)
    blad.freeze_panes(1, 1)
    if kolommen:
        blad.autofilter(0, 0, len(rijen), len(kolommen) - 1)
    for c, kolom in enumerate(kolommen):
        if kolom.naam.endswith("_indicatie") and rijen:
            for waarde in KLEUREN:
                regel = {"type": "cell", "criteria": "==", "value": f'"{waarde}"', "format": stijlen[waarde]}
                blad.conditional_format(1, c, len(rijen), c, regel)
    blad.set_landscape()
    blad.set_paper(9)
    blad.fit_to_pages(1, 0)
    blad.repeat_rows(0)
    blad.set_header("&L" + titel.replace("&", "&&"))
    blad.set_footer("&RPagina &P van &N")


def _groepen(frame: pd.DataFrame, per: str, leeg: str) -> list[tuple[str, list[int]]]:
    """Rows per group, sorted by name; the rows without a group last."""
    namen = frame[per].astype(object).where(frame[per].notna(), "").astype(str).str.strip().reset_index(drop=True)
    rijen = {str(naam): [int(i) for i in leden] for naam, leden in namen.groupby(namen).indices.items()}
    volgorde = sorted((n for n in rijen if n), key=lambda n: (n.casefold(), n))
    return [(n, rijen[n]) for n in volgorde] + ([(leeg, rijen[""])] if "" in rijen else [])


def _controleer(frame: pd.DataFrame, per: str | None) -> None:
    if len(frame) > MAX_RIJEN:
        raise GebruiksFout(
            "KMP-U005",
            f"{aantal(len(frame))} rijen passen niet op een Excelblad (hoogstens {aantal(MAX_RIJEN)}). "
            "Kies een naam op .csv of .parquet.",
        )
    if per is not None and per not in frame.columns:
        kolommen = [str(k) for k in frame.columns]
        raise GebruiksFout("KMP-U006", f"geen kolom '{per}' om de bladen naar te verdelen.{naaste(per, kolommen)}")


def schrijf_excel(
    frame: pd.DataFrame,
    pad: str | Path,
    *,
    titel: str,
    peildatum: dt.date | None = None,
    koppen: Literal["label", "kolom"] = "label",
    per: str | None = None,
    instrumentnamen: Mapping[str, str] | None = None,
    toelichting: Sequence[str] = (),
) -> None:
    """Write a table as a workbook that can be read, filtered and printed as it is.

    Parameters
    ----------
    frame : DataFrame
        Columns of the contract, or others; the unit of a column in the glossary decides its number format.
    pad : path
        Ends in ``.xlsx``; written under a temporary name and renamed.
    titel : str
        Name of the sheet, title of the document and of each printed page.
    peildatum : date, optional
        Shown, and the date inside the file (never the clock: same input, same bytes).
    koppen : {"label", "kolom"}
        Headings as labels of the glossary or as column names of the contract; the sheet *Begrippen* has both.
    per : str, optional
        Column such as ``"team"``: *Lees mij* first, then an overview and a sheet per value, rows without one on
        ``zonder team``. Without it the data come first, so that programs that read the first sheet find them.
    instrumentnamen : mapping of code to name, optional
    toelichting : sequence of str
        Paragraphs for the sheet *Lees mij*.

    Raises
    ------
    GebruiksFout
        ``KMP-U003`` place not writable, ``KMP-U005`` too many rows, ``KMP-U006`` no column ``per``.
    """
    _controleer(frame, per)
    namen, begrippen = instrumentnamen or {}, lees_begrippen()
    dag = peildatum or _VASTE_DAG
    moment = dt.datetime(dag.year, dag.month, dag.day, tzinfo=dt.UTC)
    with atomisch(pad) as tijdelijk:
        boek = xlsxwriter.Workbook(str(tijdelijk), dict(_OPTIES))
        boek.set_properties({"title": titel, "author": "kompas", "created": moment})
        stijlen = Stijlen(boek)
        kolommen = _maak_kolommen(frame, begrippen, namen, koppen, stijlen)
        alineas = regels(frame, peildatum, toelichting)
        if per is None:
            blad = boek.add_worksheet(maak_bladnaam(titel, {*_VASTE_BLADEN}))
            _vul_blad(blad, kolommen, range(len(frame)), stijlen, titel)
            lees_mij(boek.add_worksheet(LEES_MIJ), titel, alineas, stijlen)
        else:
            lees_mij(boek.add_worksheet(LEES_MIJ), titel, alineas, stijlen)
            _vul_bladen(boek, frame, kolommen, per, namen, stijlen, titel)
        begrippenblad(boek.add_worksheet(BEGRIPPEN), frame, begrippen, namen, stijlen)
        boek.close()


def _vul_bladen(
    boek: Any,
    frame: pd.DataFrame,
    kolommen: list[_Kolom],
    per: str,
    namen: Mapping[str, str],
    stijlen: Stijlen,
    titel: str,
) -> None:
    """Write the overview and one sheet per group."""
    kop = lees_begrippen().label(per, namen)
    groepen = _groepen(frame, per, f"zonder {kop.lower()}")
    bladen: list[str] = []
    for naam, _ in groepen:
        bladen.append(maak_bladnaam(naam, {*_VASTE_BLADEN, *bladen}))
    overzicht(boek.add_worksheet(OVERZICHT), frame, groepen, bladen, kop, namen, stijlen)
    for bladnaam, (naam, rijen) in zip(bladen, groepen, strict=True):
        _vul_blad(boek.add_worksheet(bladnaam), kolommen, rijen, stijlen, f"{titel} – {naam}")
