"""Read a list back that ``kompas lijstwerk`` wrote: CSV (also ``--nl``), Parquet or Excel, with or without sheets."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from kompas.begrippen import lees_begrippen
from kompas.fouten import GebruiksFout
from kompas.lijst import Lijst

NODIG = ("client_id", "duur_maanden", "verwachte_maanden")
TEKST = ("client_id", "afdeling", "team", "klantmanager", "doelgroep", "advies", "waarom", "profiel", "model")
GETALLEN = ("duur_maanden", "kans_uitstroom_12m", "kans_werk_12m", "verwachte_maanden")
PER_INSTRUMENT = ("maanden_bespaard", "opbrengst", "netto", "netto_laag", "netto_hoog", "kans_positief")
_INDICATIE = "_indicatie"
_GEVAAR = tuple("'" + teken for teken in "=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gelezen:
    """A list as it was read.

    Parameters
    ----------
    naam : str
        Name of the file.
    tabel : DataFrame
        Columns of the contract; text empty rather than missing; client_id unique.
    instrumenten : tuple of str
        Codes, in the order of the columns.
    peildatum : date or None
        None when the list does not say it (made by kompas 0.2 or older).
    model : str or None
        Mark of the model, idem.
    """

    naam: str
    tabel: pd.DataFrame
    instrumenten: tuple[str, ...]
    peildatum: dt.date | None
    model: str | None

    @property
    def met_herkomst(self) -> bool:
        """Whether the list says on which traits, model and day each row rests."""
        return "profiel" in self.tabel.columns and self.model is not None and self.peildatum is not None


def lees_lijst(bron: str | Path | Lijst | pd.DataFrame, *, naam: str = "de lijst") -> Gelezen:
    """Read a list.

    Parameters
    ----------
    bron : path, Lijst or DataFrame
        ``.csv``, ``.parquet``, ``.xlsx``, or a list in memory.
    naam : str
        How to call a list without a file.

    Raises
    ------
    GebruiksFout
        ``KMP-D001`` when the file is missing or of another kind, ``KMP-D002`` when it is no list of ``lijstwerk``,
        ``KMP-D003`` when a client stands in it twice, ``KMP-D004`` for a cell that is no number or date.
    """
    if isinstance(bron, Lijst):
        return _maak(bron.to_frame(), naam)
    if isinstance(bron, pd.DataFrame):
        return _maak(bron.copy(), naam)
    pad = Path(bron)
    lezers = {".csv": _csv, ".parquet": _parquet, ".xlsx": _excel}
    if not pad.is_file() or pad.suffix.lower() not in lezers:
        wat = "bestaat niet" if not pad.is_file() else "is geen .csv, .parquet of .xlsx"
        raise GebruiksFout("KMP-D001", f"lijst '{pad}' {wat}. Geef een bestand dat kompas lijstwerk schreef.")
    try:
        frame = lezers[pad.suffix.lower()](pad)
    except (UnicodeDecodeError, pd.errors.ParserError, pa.ArrowInvalid, CalamineError, csv.Error):
        raise _geen_lijst(pad.name, "het bestand is niet te lezen") from None
    return _maak(frame, pad.name)


def _geen_lijst(naam: str, waarom: str) -> GebruiksFout:
    return GebruiksFout(
        "KMP-D002",
        f"'{naam}' is geen lijst van kompas: {waarom}. Geef het bestand van kompas lijstwerk, zonder kolommen te "
        "hernoemen of te verwijderen.",
    )


def _csv(pad: Path) -> pd.DataFrame:
    """All cells as text, in the notation of the contract."""
    tekst = pad.read_text(encoding="utf-8-sig")
    kop = tekst.split("\n", 1)[0]
    nl = kop.count(";") > kop.count(",")
    frame = pd.read_csv(io.StringIO(tekst), sep=";" if nl else ",", dtype=str, keep_default_na=False)
    if nl:
        for kolom in _getalkolommen(frame.columns):
            frame[kolom] = frame[kolom].str.replace(",", ".", regex=False)
    return _onbewaakt(frame)


def _onbewaakt(frame: pd.DataFrame) -> pd.DataFrame:
    """Text without the apostrophe that guards a cell against being read as a formula."""
    for kolom in frame.columns:
        gevaar = frame[kolom].str.startswith(_GEVAAR)
        if gevaar.any():
            frame[kolom] = frame[kolom].where(~gevaar, frame[kolom].str[1:])
    return frame


def _parquet(pad: Path) -> pd.DataFrame:
    return pd.read_parquet(pad)


def _excel(pad: Path) -> pd.DataFrame:
    """All sheets with clients together; headings may be labels, which the sheet *Begrippen* explains."""
    boek = CalamineWorkbook.from_path(str(pad))
    bladen = {naam: boek.get_sheet_by_name(naam).to_python() for naam in boek.sheet_names}
    kolom_van = _labels(bladen.get("Begrippen", []))
    delen = []
    for naam, rijen in bladen.items():
        if naam == "Begrippen":
            continue
        start = next(
            (i for i, r in enumerate(rijen[:20]) if "client_id" in {kolom_van.get(str(c), c) for c in r}), None
        )
        if start is not None:
            koppen = [kolom_van.get(str(c), str(c)) for c in rijen[start]]
            delen.append(pd.DataFrame(rijen[start + 1 :], columns=koppen, dtype=object))
    if not delen:
        raise _geen_lijst(pad.name, "op geen enkel blad staat een kolom client_id")
    return pd.concat(delen, ignore_index=True)


def _labels(begrippen: Sequence[Sequence[Any]]) -> Mapping[str, str]:
    """Heading to column, from the sheet that says which label belongs to which column; else from the glossary."""
    vast = {b.label: term for term, b in lees_begrippen().per_term.items() if term in (*TEKST, *GETALLEN, "peildatum")}
    eigen = {str(r[1]): str(r[0]) for r in begrippen[1:] if len(r) > 1 and r[0]}
    return vast | eigen


def _getalkolommen(kolommen: Sequence[str] | pd.Index) -> list[str]:
    codes = _codes(kolommen)
    per = [f"{c}_{k}" for c in codes for k in PER_INSTRUMENT]
    return [k for k in (*GETALLEN, *per) if k in set(kolommen)]


def _codes(kolommen: Sequence[str] | pd.Index) -> tuple[str, ...]:
    return tuple(str(k).removesuffix(_INDICATIE) for k in kolommen if str(k).endswith(_INDICATIE))


def _maak(frame: pd.DataFrame, naam: str) -> Gelezen:
    frame.columns = pd.Index([str(k) for k in frame.columns])
    ontbreekt = [k for k in NODIG if k not in frame.columns]
    if ontbreekt:
        raise _geen_lijst(naam, f"kolom {', '.join(ontbreekt)} ontbreekt")
    codes = _codes(frame.columns)
    for kolom in _getalkolommen(frame.columns):
        frame[kolom] = _getallen(frame[kolom], kolom, naam)
    teksten = [*(k for k in TEKST if k in frame.columns), *(f"{c}_{k}" for c in codes for k in ("indicatie", "reden"))]
    for kolom in teksten:
        if kolom in frame.columns:
            frame[kolom] = frame[kolom].astype(object).where(frame[kolom].notna(), "").astype(str)
    for kolom in (k for k in frame.columns if k.endswith(_INDICATIE)):
        frame[kolom] = frame[kolom].str.replace(" ", "_", regex=False)  # a workbook for people has no underscores
    frame = frame[frame["client_id"] != ""].reset_index(drop=True)
    if frame["client_id"].duplicated().any():
        raise GebruiksFout(
            "KMP-D003",
            f"in '{naam}' staat een klant meer dan eens; dan is niet te zeggen welke rij geldt. "
            "Maak de lijst opnieuw met kompas lijstwerk.",
        )
    return Gelezen(naam=naam, tabel=frame, instrumenten=codes, peildatum=_peildatum(frame, naam), model=_model(frame))


def _getallen(reeks: pd.Series[Any], kolom: str, naam: str) -> pd.Series[Any]:
    kaal = reeks.astype(object).where(reeks.notna() & (reeks.astype(object) != ""), None)
    getal = pd.to_numeric(kaal, errors="coerce").astype("float64")
    if (getal.isna() & kaal.notna()).any():
        raise GebruiksFout(
            "KMP-D004",
            f"in '{naam}' staat in kolom {kolom} iets dat geen getal is. Maak de lijst opnieuw met kompas lijstwerk.",
        )
    return getal


def _peildatum(frame: pd.DataFrame, naam: str) -> dt.date | None:
    if "peildatum" not in frame.columns or not len(frame):
        return None
    tekst = frame["peildatum"].astype(str).str.slice(0, 10)
    dag = pd.to_datetime(tekst, format="%Y-%m-%d", errors="coerce")
    dag = dag.fillna(pd.to_datetime(tekst, format="%d-%m-%Y", errors="coerce"))
    if dag.isna().any() or (dag != dag.iloc[0]).any():
        raise GebruiksFout(
            "KMP-D004", f"in '{naam}' is de kolom peildatum niet overal dezelfde datum. Voeg geen lijsten samen."
        )
    eerste: dt.date = dag.iloc[0].date()
    return eerste


def _model(frame: pd.DataFrame) -> str | None:
    if "model" not in frame.columns or not len(frame):
        return None
    merken = set(frame["model"]) - {""}
    return merken.pop() if len(merken) == 1 else None
