"""Open an unknown export as text: encoding, separator, header, sheets."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kompas.bron.waarden import lees_datum
from kompas.fouten import GebruiksFout

TEKST = (".csv", ".txt", ".tsv", ".asc", ".dat")
WERKBLAD = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
SCHEIDINGSTEKENS = (";", ",", "\t", "|")
_KIJKREGELS = 200
_GETAL = re.compile(r"\d{2,}([.,]\d+)?")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RuweTabel:
    """One table of an export, every cell as text.

    Parameters
    ----------
    pad : Path
        The file.
    blad : str or None
        The sheet, for a workbook with more than one.
    scheidingsteken, codering : str or None
        As found; None for a workbook or Parquet.
    rijen : DataFrame
        Text cells; one column per column of the file, under its own name.
    twijfels : tuple of str
        What is odd about the file itself.
    """

    pad: Path
    blad: str | None
    scheidingsteken: str | None
    codering: str | None
    rijen: pd.DataFrame
    twijfels: tuple[str, ...]

    @property
    def naam(self) -> str:
        """File name, with the sheet where there is one; never a folder."""
        return self.pad.name if self.blad is None else f"{self.pad.name}, blad {self.blad}"


def lees_ruw(pad: Path) -> tuple[RuweTabel, ...]:
    """Read every table in a file as text.

    Parameters
    ----------
    pad : Path
        CSV or text, a workbook, or Parquet.

    Returns
    -------
    tuple of RuweTabel
        One per sheet with rows, else one.

    Raises
    ------
    GebruiksFout
        ``KMP-B901`` when the file is missing, ``KMP-B902`` for a kind of file that kompas does not read,
        ``KMP-B903`` when it cannot be opened as what its name says.
    """
    if not pad.is_file():
        raise GebruiksFout("KMP-B901", f"bestand '{pad.name}' bestaat niet. Controleer de naam en de map.")
    einde = pad.suffix.lower()
    try:
        if einde in TEKST:
            return (_lees_tekst(pad),)
        if einde in WERKBLAD:
            return _lees_werkmap(pad)
        if einde in (".parquet", ".pq"):
            return (_lees_parquet(pad),)
    except GebruiksFout:
        raise
    except Exception as fout:  # noqa: BLE001 - any damage to a file is the same news to its owner
        raise GebruiksFout(
            "KMP-B903",
            f"'{pad.name}' is niet te openen als {einde[1:]}-bestand ({type(fout).__name__}). "
            "Maak de export opnieuw, of sla hem op als CSV.",
        ) from None
    raise GebruiksFout(
        "KMP-B902",
        f"'{pad.name}': bestanden op '{einde or 'geen achtervoegsel'}' leest kompas niet. "
        "Toegestaan: csv, txt, tsv, xlsx, xls, ods en parquet.",
    )


def _lees_tekst(pad: Path) -> RuweTabel:
    ruw = pad.read_bytes()
    tekst, codering, twijfels = _ontcijfer(ruw)
    tekst = re.sub(r"\Asep=.\r?\n", "", tekst, flags=re.IGNORECASE)
    regels = [r for r in tekst[:2_000_000].splitlines()[:_KIJKREGELS] if r.strip()]
    if not regels:
        return RuweTabel(
            pad=pad,
            blad=None,
            scheidingsteken=None,
            codering=codering,
            rijen=pd.DataFrame(),
            twijfels=("bestand is leeg",),
        )
    teken, kop, meer = _scheidingsteken(regels)
    twijfels += meer
    if kop:
        twijfels.append(f"boven de kolomnamen staan {kop} andere regel(s); haal die weg, kompas leest ze niet")
    start = tekst.index(regels[kop])
    rijen, meer = _ontleed(tekst[start:], teken)
    return _afronden(pad, None, rijen, [*twijfels, *meer], teken=teken, codering=codering)


def _ontcijfer(ruw: bytes) -> tuple[str, str, list[str]]:
    if ruw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return (
            ruw.decode("utf-16", errors="replace"),
            "utf-16",
            [],
        )
    for codering in ("utf-8-sig", "cp1252"):
        try:
            tekst = ruw.decode(codering)
        except UnicodeDecodeError:
            continue
        naam = codering if codering == "cp1252" else ("utf-8 met BOM" if ruw[:3] == b"\xef\xbb\xbf" else "utf-8")
        return tekst.replace("\x00", ""), naam, []
    tekst = ruw.decode("cp1252", errors="replace")
    return tekst, "onbekend", ["de tekencodering is niet herkend (geen UTF-8 of cp1252); sla het op als CSV UTF-8"]


def _velden(regel: str, teken: str) -> int:
    return len(next(csv.reader([regel], delimiter=teken)))


def _scheidingsteken(regels: list[str]) -> tuple[str, int, list[str]]:
    """Return the separator, the number of lines above the header and doubts."""
    punten: dict[str, tuple[float, int]] = {}
    for teken in SCHEIDINGSTEKENS:
        aantallen = np.array([_velden(r, teken) for r in regels])
        gewoon = int(np.bincount(aantallen).argmax())
        punten[teken] = (float((aantallen == gewoon).mean()) * (gewoon > 1), gewoon)
    gelijk = [t for t, (deel, n) in punten.items() if deel > 0.8 and n > 1]
    if not gelijk:
        gelijk = [max(punten, key=lambda t: punten[t][0] * punten[t][1])]
    beste = max(gelijk, key=lambda t: punten[t][1])
    twijfels = []
    if punten[beste][0] == 0:
        twijfels.append("er is geen scheidingsteken herkend (; , tab of |): het bestand heeft één kolom")
    rivalen = [t for t in gelijk if t != beste and punten[t][1] == punten[beste][1]]
    if rivalen:
        twijfels.append("het scheidingsteken is niet eenduidig; controleer 'scheidingsteken'")
    gewoon = punten[beste][1]
    kop = next((i for i, r in enumerate(regels[:20]) if _velden(r, beste) == gewoon), 0)
    return beste, kop, twijfels


def _ontleed(tekst: str, teken: str) -> tuple[pd.DataFrame, list[str]]:
    gelezen: pd.DataFrame
    opties = {"sep": teken, "header": None, "dtype": str, "keep_default_na": False, "skipinitialspace": True}
    try:
        gelezen = pd.read_csv(io.StringIO(tekst), **opties)
        twijfels = []
    except pd.errors.ParserError:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)
            gelezen = pd.read_csv(io.StringIO(tekst), on_bad_lines="skip", **opties)
        twijfels = ["sommige regels hebben meer velden dan de kopregel: staat het scheidingsteken ook ín een veld?"]
    return gelezen.fillna(""), twijfels


def _lees_werkmap(pad: Path) -> tuple[RuweTabel, ...]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - only for workbooks

    boek = CalamineWorkbook.from_path(str(pad))
    bladen = [(naam, boek.get_sheet_by_name(naam).to_python(skip_empty_area=False)) for naam in boek.sheet_names]
    gevuld = [(naam, rijen) for naam, rijen in bladen if len(rijen) > 1 and max(map(len, rijen)) > 1]
    if not gevuld:
        leeg = pd.DataFrame()
        return (
            RuweTabel(
                pad=pad,
                blad=None,
                scheidingsteken=None,
                codering=None,
                rijen=leeg,
                twijfels=("werkmap heeft geen tabel",),
            ),
        )
    return tuple(_blad(pad, naam if len(boek.sheet_names) > 1 else None, rijen) for naam, rijen in gevuld)


def _blad(pad: Path, naam: str | None, cellen: Sequence[Sequence[object]]) -> RuweTabel:
    breed = max(sum(c != "" for c in rij) for rij in cellen[:20])
    kop = next(i for i, rij in enumerate(cellen[:20]) if sum(c != "" for c in rij) >= max(2, 0.6 * breed))
    rijen = pd.DataFrame(cellen[kop:], dtype=object).map(_cel)
    twijfels = [f"boven de kolomnamen staan {kop} andere regel(s); haal die weg, kompas leest ze niet"] if kop else []
    return _afronden(pad, naam, rijen, twijfels)


def _cel(cel: object) -> str:
    """One workbook cell as text: whole numbers without .0, dates as jjjj-mm-dd."""
    if cel is None or cel is pd.NaT:
        return ""
    if isinstance(cel, float):
        if np.isnan(cel):
            return ""
        return str(int(cel)) if cel.is_integer() else repr(cel)
    if hasattr(cel, "strftime"):
        return str(cel)[:10]
    return str(cel)


def _lees_parquet(pad: Path) -> RuweTabel:
    inhoud = pd.read_parquet(pad)
    tekst = {str(naam): _kolom_tekst(inhoud[naam]) for naam in inhoud.columns}
    rijen = pd.DataFrame(tekst)
    return RuweTabel(pad=pad, blad=None, scheidingsteken=None, codering=None, rijen=rijen, twijfels=())


def _kolom_tekst(kolom: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(kolom):
        return kolom.dt.strftime("%Y-%m-%d").fillna("")
    return kolom.astype(object).map(_cel)


def _zijn_gegevens(kop: Sequence[str]) -> bool:
    """Tell whether a header row is a row of data: it holds a date, or numbers in a third of its cells."""
    datum = any(lees_datum(c)[0] is not None for c in kop)
    return datum or sum(_GETAL.fullmatch(c) is not None for c in kop) >= max(1, len(kop) / 3)


def _afronden(
    pad: Path,
    blad: str | None,
    cellen: pd.DataFrame,
    twijfels: list[str],
    *,
    teken: str | None = None,
    codering: str | None = None,
) -> RuweTabel:
    """Take the first row as header; warn on a missing header and on double names."""
    kop = [str(c).strip() for c in cellen.iloc[0]]
    rijen = cellen.iloc[1:].reset_index(drop=True)
    if _zijn_gegevens(kop):
        twijfels.append("de eerste regel lijkt gegevens te bevatten; voeg een regel met kolomnamen toe")
        kop = [f"kolom {i + 1}" for i in range(len(kop))]
        rijen = cellen
    vol = [i for i, k in enumerate(kop) if k or (rijen.iloc[:, i] != "").any()]
    rijen, kop = rijen.iloc[:, vol], [kop[i] or f"kolom {i + 1} zonder naam" for i in vol]
    dubbel = sorted({k for k in kop if kop.count(k) > 1})
    if dubbel:
        twijfels.append(f"kolomnamen komen dubbel voor: {', '.join(dubbel)}; alleen de eerste telt, hernoem de andere")
    eerste = [i for i, k in enumerate(kop) if k not in kop[:i]]
    rijen = rijen.iloc[:, eerste].set_axis([kop[i] for i in eerste], axis=1)
    rijen = rijen.apply(lambda kolom: kolom.str.strip())
    rijen = rijen[(rijen != "").any(axis=1)].reset_index(drop=True)
    return RuweTabel(
        pad=pad, blad=blad, scheidingsteken=teken, codering=codering, rijen=rijen, twijfels=tuple(twijfels)
    )
