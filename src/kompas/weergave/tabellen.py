"""Tables for machines and people: ``.csv``, ``.parquet`` or ``.xlsx`` by the name's end (contract, section 5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.fouten import GebruiksFout
from kompas.weergave.bestanden import FORMULETEKENS, atomisch
from kompas.weergave.excel import schrijf_excel

UITGANGEN = (".csv", ".parquet", ".xlsx")
_DECIMALEN = {"kans": 6, "fractie": 6, "maanden": 6, "verhouding": 6, "log verhouding": 6, "euro": 2}


def standaard_decimalen(kolommen: Iterable[str], instrumentnamen: Mapping[str, str] | None = None) -> dict[str, int]:
    """Return how many decimals each known column is written with, from its unit in the glossary.

    Probabilities, fractions, months and ratios get 6, euros 2; other columns are not in the result (shortest
    decimal that gives the same number back).

    Examples
    --------
    >>> standaard_decimalen(["client_id", "kans_werk_12m", "reint_netto"])
    {'kans_werk_12m': 6, 'reint_netto': 2}
    """
    begrippen = lees_begrippen()
    eenheden = {k: begrippen.eenheid(k, instrumentnamen) for k in kolommen}
    return {k: _DECIMALEN[e] for k, e in eenheden.items() if e in _DECIMALEN}


def rond_af(frame: pd.DataFrame, decimalen: Mapping[str, int]) -> pd.DataFrame:
    """Return ``frame`` with the float columns named in ``decimalen`` rounded; minus zero becomes zero.

    Zero decimals give whole numbers (nullable ``Int64``). Columns that are not there or not float are left alone.

    Examples
    --------
    >>> rond_af(pd.DataFrame({"a": [0.12345, -0.001], "n": [3.0, 4.0]}), {"a": 2, "n": 0}).to_dict("list")
    {'a': [0.12, 0.0], 'n': [3, 4]}
    """
    nieuw: dict[str, Any] = {}
    for kolom, n in decimalen.items():
        if kolom in frame.columns and pd.api.types.is_float_dtype(frame[kolom]):
            rond = frame[kolom].round(n) + 0.0
            nieuw[kolom] = rond.astype("Int64") if n == 0 else rond
    return frame.assign(**nieuw)


def _datums(reeks: pd.Series[Any], nl: bool) -> pd.Series[Any]:
    """Dates as text; the time of day only when there is one."""
    dag = "%d-%m-%Y" if nl else "%Y-%m-%d"
    gevuld = reeks.dropna()
    heel = bool((gevuld.dt.normalize() == gevuld).all())
    return reeks.dt.strftime(dag if heel else dag + (" %H:%M:%S" if nl else "T%H:%M:%S"))


def _cel(waarde: Any, nl: bool) -> str:
    """One value of a column of mixed types as text; text is guarded by the caller."""
    if isinstance(waarde, bool | np.bool_):
        return "true" if waarde else "false"
    if isinstance(waarde, dt.date):
        return f"{waarde:%d-%m-%Y}" if nl else f"{waarde:%Y-%m-%d}"
    if isinstance(waarde, float | np.floating):
        tekst = repr(float(waarde))
        return tekst.replace(".", ",") if nl else tekst
    return str(waarde)


def _tekst(reeks: pd.Series[Any], nl: bool) -> pd.Series[Any]:
    """Text as text, guarded: a cell that a spreadsheet would run as a formula gets a leading apostrophe."""
    is_tekst = reeks.map(lambda w: isinstance(w, str)).to_numpy(dtype=bool)
    uit = reeks.astype(object).where(reeks.notna(), None)
    ander = ~is_tekst & uit.notna().to_numpy(dtype=bool)
    if ander.any():
        uit = uit.copy()
        uit[ander] = [_cel(w, nl) for w in uit[ander]]
    gevaar = is_tekst & uit.str.match(FORMULETEKENS, na=False).to_numpy(dtype=bool)
    if gevaar.any():
        uit = uit.mask(gevaar, "'" + uit)
    # A lone return would end the row: the csv writer quotes only what contains the line terminator.
    regeleinde = is_tekst & uit.str.contains("\r", regex=False, na=False).to_numpy(dtype=bool)
    return uit.mask(regeleinde, uit.str.replace(r"\r\n?", "\n", regex=True)) if regeleinde.any() else uit


def _csv_kolom(reeks: pd.Series[Any], nl: bool) -> pd.Series[Any]:
    soort = reeks.dtype
    if pd.api.types.is_bool_dtype(soort) and not isinstance(soort, pd.CategoricalDtype):
        return reeks.astype(object).map({True: "true", False: "false"})
    if pd.api.types.is_datetime64_any_dtype(soort):
        return _datums(reeks, nl)
    if pd.api.types.is_numeric_dtype(soort):
        return reeks.astype("float64") + 0.0 if pd.api.types.is_float_dtype(soort) else reeks
    return _tekst(reeks.astype(object), nl)


def naar_csv(frame: pd.DataFrame, *, nl: bool = False) -> bytes:
    r"""Return ``frame`` as the bytes of a CSV file.

    Comma, decimal point, UTF-8, ISO dates, ``true``/``false``, empty for missing; with ``nl`` semicolon, decimal
    comma, dd-mm-jjjj and a byte order mark. Text that begins with ``= + - @``, tab or return gets a leading
    apostrophe, headings too; numbers are untouched. A return inside text becomes a newline (quoted).

    Examples
    --------
    >>> naar_csv(pd.DataFrame({"naam": ["=1+1", None], "kans": [0.5, -1.0]}))
    b"naam,kans\n'=1+1,0.5\n,-1.0\n"
    >>> naar_csv(pd.DataFrame({"kans": [0.5]}), nl=True).decode("utf-8-sig")
    'kans\n0,5\n'
    """
    kolommen = [_csv_kolom(frame.iloc[:, i], nl).reset_index(drop=True) for i in range(frame.shape[1])]
    koppen = _tekst(pd.Series([str(k) for k in frame.columns], dtype=object), nl)
    uit = pd.concat(kolommen, axis=1, keys=range(len(kolommen))) if kolommen else pd.DataFrame()
    tekst: str = uit.to_csv(
        index=False,
        header=list(koppen),
        sep=";" if nl else ",",
        decimal="," if nl else ".",
        lineterminator="\n",
    )
    return tekst.encode("utf-8-sig" if nl else "utf-8")


def controleer_uitgang(pad: str | Path, toegestaan: Sequence[str] = UITGANGEN) -> str:
    """Return the ending of ``pad`` in lower case.

    Raises
    ------
    GebruiksFout
        ``KMP-U004`` for any other ending; call this before a long run.

    Examples
    --------
    >>> controleer_uitgang("lijst.XLSX")
    '.xlsx'
    """
    uitgang = Path(pad).suffix.lower()
    if uitgang not in toegestaan:
        raise GebruiksFout(
            "KMP-U004",
            f"'{Path(pad).name}' eindigt niet op een bekende bestandssoort. Toegestaan: {', '.join(toegestaan)}.",
        )
    return uitgang


def schrijf_tabel(
    frame: pd.DataFrame,
    pad: str | Path,
    *,
    nl: bool = False,
    decimalen: Mapping[str, int] | None = None,
    titel: str = "",
    peildatum: dt.date | None = None,
    koppen: Literal["label", "kolom"] = "kolom",
    per: str | None = None,
    instrumentnamen: Mapping[str, str] | None = None,
    toelichting: Sequence[str] = (),
) -> None:
    """Write one table; the ending of ``pad`` decides the format. The same input gives the same bytes.

    Parameters
    ----------
    frame : DataFrame
        Keys as columns; the index is not written.
    pad : path
        ``.csv``, ``.parquet`` or ``.xlsx``. Its folder must exist.
    nl : bool
        Only for CSV: the Dutch form.
    decimalen : mapping of column to count, optional
        Rounds these float columns in every format; see `standaard_decimalen`.
    titel, peildatum, koppen, per, instrumentnamen, toelichting
        Only for Excel: see `kompas.weergave.excel.schrijf_excel`. Headings are the column names of the contract
        unless ``koppen="label"``.

    Raises
    ------
    GebruiksFout
        ``KMP-U004`` for an unknown ending, ``KMP-U003`` when the place cannot be written.
    """
    uitgang = controleer_uitgang(pad)
    rond = rond_af(frame, decimalen or {})
    if uitgang == ".xlsx":
        schrijf_excel(
            rond,
            pad,
            titel=titel or Path(pad).stem,
            peildatum=peildatum,
            koppen=koppen,
            per=per,
            instrumentnamen=instrumentnamen,
            toelichting=toelichting,
        )
        return
    with atomisch(pad) as tijdelijk:
        if uitgang == ".csv":
            tijdelijk.write_bytes(naar_csv(rond, nl=nl))
        else:
            rond.to_parquet(tijdelijk, index=False, compression="zstd")


def schrijf_uitkomst(
    frame: pd.DataFrame,
    pad: str | Path,
    *,
    titel: str,
    peildatum: dt.date,
    toelichting: Sequence[str],
    nl: bool = False,
) -> None:
    """Write the table of a result, rounded as usual, with what must be said about it on the sheet of Excel.

    Parameters
    ----------
    frame, pad, titel, peildatum, nl
        As `schrijf_tabel`.
    toelichting : sequence of str
        Notes and warnings; each is written once.

    Raises
    ------
    GebruiksFout
        As `schrijf_tabel`.
    """
    schrijf_tabel(
        frame,
        pad,
        nl=nl,
        decimalen=standaard_decimalen(frame.columns),
        titel=titel,
        peildatum=peildatum,
        toelichting=tuple(dict.fromkeys(toelichting)),
    )
