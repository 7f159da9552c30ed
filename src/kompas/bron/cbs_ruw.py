"""A file of CBS open data as text in one shape: wide, no padding, whatever the version of the API.

Version 3 is wide: a row per region and period, a column per topic (``Inwoners_1``). Version 4 is long: a row per
figure, with a code in ``Measure``; the names of those codes lie in ``MeasureCodes.csv`` beside it, and the status of
periods in ``PeriodenCodes.csv``. Both come out as version 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout, GegevensFout

# CBS: "." = not available, "x" = secret. "-" (nil) does not occur in these tables and is refused as no number.
ONTBREEKT: Final = ("", ".", "x")
_NAMEN: Final = "januari februari maart april mei juni juli augustus september oktober november december"
_MAANDNAMEN: Final = {naam: nr for nr, naam in enumerate(_NAMEN.split(), start=1)}
_V4: Final = ("Measure", "Value")
_V4_VAST: Final = {"Id", "Measure", "MeasureLabel", "Value", "ValueAttribute", "StringValue"}


def lees_ruw(pad: Path) -> pd.DataFrame:
    """Every cell as text without padding, columns as in version 3 of the open data.

    Raises
    ------
    GebruiksFout
        ``KMP-B910`` when the file is missing.
    GegevensFout
        ``KMP-B911`` when it is no CSV of CBS, ``KMP-B918`` when names of measures of version 4 are missing.
    """
    ruw = _csv(pad)
    return _breed(pad, ruw) if set(_V4) <= set(ruw.columns) else ruw


def _csv(pad: Path) -> pd.DataFrame:
    if not pad.is_file():
        raise GebruiksFout("KMP-B910", f"CBS-bestand '{pad.name}' bestaat niet. Haal de tabel op bij CBS StatLine.")
    try:
        tekst = pad.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise GegevensFout("KMP-B911", f"{pad.name} is geen CSV in UTF-8, zoals CBS die levert.") from None
    kop = tekst.split("\n", 1)[0]
    scheiding = ";" if kop.count(";") > kop.count(",") else ","
    try:
        ruw = pd.read_csv(StringIO(tekst), sep=scheiding, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as fout:
        raise GegevensFout("KMP-B911", f"{pad.name} is niet te lezen als CSV van CBS ({fout}).") from None
    if ruw.empty:
        raise GegevensFout("KMP-B911", f"{pad.name} heeft geen rijen. Haal de tabel opnieuw op bij CBS StatLine.")
    ruw.columns = [str(k).strip() for k in ruw.columns]
    return ruw.apply(lambda kolom: kolom.str.strip())


def sleutelnaam(titel: str) -> str:
    """Return a title as CBS makes it a column name.

    Examples
    --------
    >>> sleutelnaam("Bijstandsuitkeringen tot de AOW-leeftijd"), sleutelnaam("Regio's")
    ('BijstandsuitkeringenTotDeAOWLeeftijd', 'RegioS')
    """
    return "".join(w[:1].upper() + w[1:] for w in re.split(r"[^0-9A-Za-zÀ-ÿ]+", titel) if w)


def kaal(kolom: str) -> str:
    """Return a column name without the number of CBS, or the last part of a path of titles without its unit.

    Examples
    --------
    >>> kaal("Inwoners_1"), kaal("Uitkeringen naar grondslag/Leefvorm alleenstaande (aantal)")
    ('Inwoners', 'LeefvormAlleenstaande')
    """
    titel = re.sub(r"\s*\((?:aantal|x 1 000|%)\)$", "", kolom.rsplit("/", 1)[-1])
    return re.sub(r"_\d+$", "", sleutelnaam(titel) if re.search(r"\W", titel) else titel)


def naast(pad: Path, wat: str) -> Path | None:
    """Return the file with codes (``MeasureCodes``, ``PeriodenCodes``) that belongs to a file of observations."""
    stam = re.sub(r"[_-]?Observations$", "", pad.stem, flags=re.IGNORECASE)
    kandidaten = [pad.with_name(f"{stam}_{wat}.csv"), pad.with_name(f"{stam}{wat}.csv"), pad.with_name(f"{wat}.csv")]
    return next((k for k in kandidaten if k.is_file()), None)


def _breed(pad: Path, ruw: pd.DataFrame) -> pd.DataFrame:
    """Long to wide: one row per combination of dimensions in the order of the file, one column per measure."""
    dimensies = [k for k in ruw.columns if k not in _V4_VAST and not k.endswith("Label")]
    namen = _meetnamen(pad, ruw)
    ruw = ruw.assign(_kolom=ruw["Measure"].map(namen))
    dubbel = ruw.duplicated([*dimensies, "_kolom"])
    if dubbel.any():
        raise GegevensFout(
            "KMP-B915",
            f"{pad.name}: rij {int(np.flatnonzero(dubbel.to_numpy())[0]) + 2} geeft een cijfer dat er al staat; "
            "verwacht is één rij per cijfer. Haal de tabel opnieuw op.",
        )
    volgorde = ruw[dimensies].drop_duplicates()
    breed = ruw.pivot(index=dimensies, columns="_kolom", values="Value").fillna(".")  # noqa: PD010 - text, no duplicates
    breed = breed.reindex(columns=[n for n in dict.fromkeys(namen.values()) if n in breed.columns]).reset_index()
    breed.columns.name = None
    return volgorde.merge(breed, on=dimensies, how="left")


def _meetnamen(pad: Path, ruw: pd.DataFrame) -> dict[str, str]:
    """Code of a measure -> its column name in version 3, numbered in the order of the list of codes."""
    codes = list(dict.fromkeys(ruw["Measure"]))
    bij = naast(pad, "MeasureCodes")
    if bij is not None:
        lijst = _csv(bij)
        eis_kolommen(bij, lijst, ["Identifier", "Title"])
        titels = dict(zip(lijst["Identifier"], lijst["Title"], strict=True))
    elif "MeasureLabel" in ruw.columns:
        titels = dict(zip(ruw["Measure"], ruw["MeasureLabel"], strict=True))
    elif all(re.fullmatch(r"[A-Z][A-Za-z]{3,}\w*_\d+", c) for c in codes):
        return {c: c for c in codes}
    else:
        titels = {}
    vreemd = [c for c in codes if c not in titels]
    if vreemd:
        raise GegevensFout(
            "KMP-B918",
            f"{pad.name} is versie 4 van de open data; de codes {', '.join(vreemd[:3])} in Measure zeggen niet wat zij "
            "meten. Zet MeasureCodes.csv uit dezelfde download ernaast.",
        )
    return {c: f"{sleutelnaam(t)}_{i}" for i, (c, t) in enumerate(titels.items(), start=1) if c in set(codes)}


def eis_kolommen(pad: Path, ruw: pd.DataFrame, nodig: list[str]) -> None:
    """Refuse a layout in which a column is missing (``KMP-B911``)."""
    ontbreekt = [k for k in nodig if k not in ruw.columns]
    if ontbreekt:
        raise GegevensFout(
            "KMP-B911",
            f"{pad.name} heeft niet de opzet die kompas kent: kolom {', '.join(ontbreekt)} ontbreekt. Verwacht: "
            f"{', '.join(nodig)}; gevonden: {', '.join(ruw.columns[:20])}.",
        )


def vertaal(pad: Path, codes: pd.Series, bekend: Mapping[str, str], kolom: str) -> pd.Series:
    """Translate codes; an unknown one is refused (``KMP-B915``)."""
    uit = codes.map(dict(bekend))
    if uit.isna().any():
        vreemd = sorted(set(codes[uit.isna()]))[:5]
        raise GegevensFout(
            "KMP-B915",
            f"{pad.name}: onbekende code {', '.join(vreemd)} in {kolom}. Verwacht: {', '.join(bekend)}.",
        )
    return uit.astype(object)


def getallen(pad: Path, kolom: pd.Series, naam: str) -> pd.Series:
    """Numbers as CBS writes them (decimal point or comma, no thousands mark); ``.`` is missing."""
    leeg = kolom.isin(ONTBREEKT)
    getal = pd.to_numeric(kolom.mask(leeg).str.replace(",", ".", regex=False), errors="coerce").astype(np.float64)
    fout = getal.isna() & ~leeg
    if fout.any():
        rij = int(np.flatnonzero(fout.to_numpy())[0])
        raise GegevensFout(
            "KMP-B912",
            f"{pad.name}: '{kolom.iloc[rij]}' in kolom {naam}, rij {rij + 2}, is geen getal. Verwacht: een getal, of . "
            "waar het cijfer ontbreekt.",
        )
    return getal


def zonder_jaren(ruw: pd.DataFrame) -> pd.DataFrame:
    """Leave out years (``2020JJ00``) and quarters (``2020KW01``): means of months."""
    jaar = ruw["Perioden"].str.fullmatch(r"\d{4}(?:JJ00|KW0[1-4])?\*{0,2}|\d{4} [1-4]e kwartaal\*{0,2}")
    return ruw.loc[~jaar].reset_index(drop=True)


def maand(pad: Path, periode: str) -> str:
    """``1998MM01`` or ``1998 januari``, with or without ``*``, to ``1998-01``."""
    code = re.fullmatch(r"(\d{4})MM(0[1-9]|1[0-2])\*{0,2}", periode)
    if code:
        return f"{code[1]}-{code[2]}"
    woord = re.fullmatch(rf"(\d{{4}}) ({'|'.join(_MAANDNAMEN)})\*{{0,2}}", periode)
    if woord:
        return f"{woord[1]}-{_MAANDNAMEN[woord[2]]:02d}"
    raise GegevensFout(
        "KMP-B913",
        f"{pad.name}: '{periode}' in kolom Perioden is geen maand. Verwacht: 1998MM01 of 1998 januari (met * als het "
        "cijfer voorlopig is).",
    )


def voorlopig(pad: Path, ruw: pd.DataFrame, merk: pd.Series) -> pd.Series:
    """Provisional by a ``*`` behind the code, a column ``Status``, or the status in ``PeriodenCodes.csv``."""
    uit = merk.str.endswith("*")
    if "Status" in ruw.columns:
        uit = uit | ruw["Status"].str.lower().str.contains("voorlopig")
    bij = naast(pad, "PeriodenCodes") or naast(pad, "Perioden")
    if bij is not None and "Perioden" in ruw.columns and bij != pad:
        lijst = _csv(bij)
        sleutel = "Identifier" if "Identifier" in lijst.columns else "Key"
        eis_kolommen(bij, lijst, [sleutel, "Status"])
        los = set(lijst.loc[lijst["Status"].str.lower().str.contains("voorlopig"), sleutel])
        uit = uit | ruw["Perioden"].str.rstrip("*").isin(los)
    return uit.astype(bool)
