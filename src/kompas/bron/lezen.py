"""Files to text: CSV, Excel and Parquet become the same ``Ruw``, whatever they looked like on disk."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import hashlib
import io
import math
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine
from numpy.typing import NDArray

from kompas.bron.typen import GETYPT, Kolom, Ruw
from kompas.fouten import GebruiksFout, GegevensFout, naaste

CSV: Final = (".csv", ".txt", ".tsv")
PARQUET: Final = (".parquet", ".pq")
EXCEL: Final = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_BLOK: Final = 100_000


def zoek_bestand(map_: Path, naam: str) -> Path:
    """Return the path of a source file.

    Raises
    ------
    GebruiksFout
        ``KMP-C010`` when it is not there; names the nearest file in the folder.
    """
    pad = map_ / Path(naam.replace("\\", "/"))
    if pad.is_file():
        return pad
    if not pad.parent.is_dir():
        raise GebruiksFout(
            "KMP-C010", f"bestand '{naam}' ontbreekt: de map '{pad.parent}' bestaat niet. Controleer [bron] map."
        )
    aanwezig = sorted(p.name for p in pad.parent.iterdir() if p.is_file())
    raise GebruiksFout(
        "KMP-C010",
        f"bestand '{naam}' ontbreekt in de map '{pad.parent}'.{naaste(pad.name, aanwezig)} "
        "Zet het bestand daar neer of pas 'bestand' aan in kompas.toml.",
    )


def lees_ruw(pad: Path, *, blad: str | None = None, scheidingsteken: str | None = None, bekend: Iterable[str]) -> Ruw:
    """Read one table as text.

    Parameters
    ----------
    pad : Path
        The file; its ending decides the format.
    blad : str, optional
        Excel sheet; default the first.
    scheidingsteken : str, optional
        CSV delimiter; default the one that fits the header.
    bekend : iterable of str
        Column names to expect: they help to find the delimiter.

    Raises
    ------
    GebruiksFout
        ``KMP-C011`` for an unknown ending or sheet, ``KMP-C010`` when the file cannot be opened.
    GegevensFout
        ``KMP-G001`` when the file is broken.
    """
    einde = pad.suffix.lower()
    if blad is not None and einde not in EXCEL:
        raise GebruiksFout(
            "KMP-C011", f"'blad' hoort bij Excel, maar {pad.name} is geen Excel-bestand. Haal 'blad' weg."
        )
    inhoud = _open(pad)
    try:
        if einde in CSV:
            koppen, blokken = _csv(inhoud, pad.name, scheidingsteken, tuple(bekend))
        elif einde in EXCEL:
            koppen, blokken = _excel(inhoud, pad.name, blad)
        elif einde in PARQUET:
            return _parquet(inhoud, pad.name)
        else:
            raise GebruiksFout(
                "KMP-C011", f"{pad.name}: onbekend soort bestand. Toegestaan: {', '.join(CSV + EXCEL + PARQUET)}."
            )
        naam = pad.name if blad is None else f"{pad.name} [{blad}]"
        return _stapel(naam, koppen, blokken, hashlib.sha256(inhoud).hexdigest())
    except csv.Error as fout:
        raise GegevensFout(
            "KMP-G001",
            f'{pad.name} is niet te lezen ({fout}): waarschijnlijk staat er een los aanhalingsteken (") in een veld. '
            "Exporteer opnieuw, of zet velden met een aanhalingsteken tussen aanhalingstekens en verdubbel het.",
        ) from None
    except (python_calamine.CalamineError, pa.ArrowException, zipfile.BadZipFile) as fout:
        raise GegevensFout(
            "KMP-G001", f"{pad.name} is niet te lezen: {type(fout).__name__}. Exporteer het bestand opnieuw."
        ) from None


def _open(pad: Path) -> bytes:
    try:
        return pad.read_bytes()
    except OSError as fout:
        raise GebruiksFout(
            "KMP-C010",
            f"bestand '{pad.name}' is niet te openen ({fout.strerror}). Staat het open in Excel, of mist u rechten?",
        ) from None


def _ontcijfer(inhoud: bytes, naam: str) -> str:
    """Decode by trial: UTF-16 by its mark, UTF-8 with or without BOM, cp1252."""
    coderingen = ["utf-16"] if inhoud[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for codering in coderingen:
        try:
            return inhoud.decode(codering)
        except UnicodeDecodeError:
            continue
    raise GegevensFout("KMP-G001", f"{naam} is geen tekst in UTF-8 of cp1252. Exporteer het bestand als CSV UTF-8.")


def _kies_teken(kop: str, bekend: Sequence[str]) -> str:
    """Return the delimiter that finds most known columns in the header, then most columns."""
    bekende = set(bekend)

    def score(teken: str) -> tuple[int, int]:
        velden = [v.strip() for v in next(csv.reader([kop], delimiter=teken), [])]
        return sum(v in bekende for v in velden), len(velden)

    return max((";", ",", "\t", "|"), key=score)


def _csv(
    inhoud: bytes, naam: str, teken: str | None, bekend: Sequence[str]
) -> tuple[list[str], Iterator[tuple[int, list[Sequence[str]]]]]:
    tekst = _ontcijfer(inhoud, naam)
    eerste = 1
    if tekst[:4].lower() == "sep=" and tekst[5:6] in ("\r", "\n"):
        teken = teken or tekst[4]
        tekst = tekst[5:].removeprefix("\r").removeprefix("\n")
        eerste = 2
    kop = tekst.split("\n", 1)[0].split("\r", 1)[0]
    lezer = csv.reader(io.StringIO(tekst, newline=""), delimiter=teken or _kies_teken(kop, bekend), strict=True)
    koppen = next(lezer, [])
    return koppen, _blokken(lezer, eerste + 1)


def _blokken(lezer: Iterable[Sequence[str]], begin: int) -> Iterator[tuple[int, list[Sequence[str]]]]:
    stroom = iter(lezer)
    while blok := list(islice(stroom, _BLOK)):
        yield begin, blok
        begin += len(blok)


def _excel(inhoud: bytes, naam: str, blad: str | None) -> tuple[list[str], Iterator[tuple[int, list[Sequence[str]]]]]:
    boek = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(inhoud))
    if blad is not None and blad not in boek.sheet_names:
        aanwezig = ", ".join(f"'{b}'" for b in boek.sheet_names)
        raise GebruiksFout(
            "KMP-C011",
            f"blad '{blad}' staat niet in {naam}.{naaste(blad, boek.sheet_names)} Aanwezig: {aanwezig}. "
            "Pas 'blad' aan onder deze tabel in kompas.toml.",
        )
    vel = boek.get_sheet_by_name(blad or boek.sheet_names[0])
    rijen = vel.to_python(skip_empty_area=False)
    koppen = [tekst_van(c) for c in rijen[0]] if rijen else []
    return koppen, _blokken(([tekst_van(c) for c in r] for r in rijen[1:]), 2)


def tekst_van(cel: Any) -> str:
    """Return the canonical text of a typed cell: ISO dates, integers without ``.0``, fractions marked as certain.

    Examples
    --------
    >>> tekst_van(dt.datetime(2007, 6, 30)), tekst_van(6.0), tekst_van(None)
    ('2007-06-30', '6', '')
    """
    if isinstance(cel, str):
        return cel
    if cel is None or cel is pd.NaT or (isinstance(cel, float | decimal.Decimal) and math.isnan(cel)):
        return ""
    if isinstance(cel, bool):
        return "true" if cel else "false"
    if isinstance(cel, dt.datetime):
        return cel.strftime("%Y-%m-%d") if cel.time() == dt.time(0) else cel.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(cel, float | decimal.Decimal):
        return str(int(cel)) if math.isfinite(cel) and cel == int(cel) else f"{GETYPT}{cel}"
    return str(cel)


class _Opbouw:
    """Collects one column block by block; distinct texts are kept once."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.codes: list[NDArray[np.int32]] = []

    def voeg_toe(self, waarden: Sequence[str]) -> None:
        tekst = np.empty(len(waarden), dtype=object)
        tekst[:] = waarden
        lokaal, uniek = pd.factorize(tekst)
        plek = np.array([self.index.setdefault(u.strip(), len(self.index)) for u in uniek], dtype=np.int32)
        self.codes.append(plek[lokaal])

    def kolom(self) -> Kolom:
        codes = np.concatenate(self.codes) if self.codes else np.zeros(0, dtype=np.int32)
        return Kolom(codes=codes, uniek=tuple(self.index))


def _stapel(naam: str, koppen: list[str], blokken: Iterator[tuple[int, list[Sequence[str]]]], sha256: str) -> Ruw:
    """Turn blocks of rows into columns; blank rows are skipped, rows of another length kept apart."""
    koppen = [k.strip().lstrip("\ufeff") for k in koppen]
    n = len(koppen)
    opbouw = [_Opbouw() for _ in koppen]
    rijnummers: list[NDArray[np.int64]] = []
    afwijkend: list[NDArray[np.int64]] = []
    for begin, blok in blokken:
        lengte = np.fromiter(map(len, blok), dtype=np.int64, count=len(blok))
        velden, recht = np.zeros(len(blok), dtype=np.int64), blok
        if (lengte != n).any():
            recht = [r if m == n else _op_maat(r, n) for r, m in zip(blok, lengte, strict=True)]
            velden = np.where([m != n and _teveel(r, n) for r, m in zip(blok, lengte, strict=True)], lengte, 0)
        gevuld = np.fromiter(map(any, recht), dtype=bool, count=len(recht))
        if not gevuld.all():
            recht = [r for r, g in zip(recht, gevuld, strict=True) if g]
        rijnummers.append(np.arange(begin, begin + len(blok), dtype=np.int64)[gevuld])
        afwijkend.append(velden[gevuld])
        for k, waarden in zip(opbouw, zip(*recht, strict=True), strict=False):
            k.voeg_toe(waarden)
    leeg = [np.zeros(0, dtype=np.int64)]
    return Ruw(
        bestand=naam,
        koppen=tuple(koppen),
        kolommen=tuple(k.kolom() for k in opbouw),
        rij=np.concatenate(rijnummers or leeg),
        velden=np.concatenate(afwijkend or leeg),
        sha256=sha256,
    )


def _op_maat(rij: Sequence[str], n: int) -> list[str]:
    return [*rij[:n], *[""] * (n - len(rij))]


def _teveel(rij: Sequence[str], n: int) -> bool:
    """Tell whether a row really has another number of fields: empty fields at its end do not count."""
    return len(rij) < n or any(v.strip() for v in rij[n:])


def _parquet(inhoud: bytes, naam: str) -> Ruw:
    tabel = pq.read_table(io.BytesIO(inhoud))
    kolommen = []
    for kolom in tabel.columns:
        if pa.types.is_null(kolom.type):
            kolommen.append(Kolom(codes=np.zeros(tabel.num_rows, dtype=np.int32), uniek=("",)))
            continue
        samen = kolom.combine_chunks()
        samen = samen if pa.types.is_dictionary(samen.type) else samen.dictionary_encode()
        opbouw = _Opbouw()
        woorden = [tekst_van(v) for v in samen.dictionary.to_pylist()]
        nummers = samen.indices.fill_null(len(woorden)).to_numpy(zero_copy_only=False).astype(np.int64)
        alle = np.empty(len(woorden) + 1, dtype=object)
        alle[:] = [*woorden, ""]
        opbouw.voeg_toe(alle[nummers])
        kolommen.append(opbouw.kolom())
    return Ruw(
        bestand=naam,
        koppen=tuple(str(k).strip() for k in tabel.column_names),
        kolommen=tuple(kolommen),
        rij=np.arange(2, tabel.num_rows + 2, dtype=np.int64),
        velden=np.zeros(tabel.num_rows, dtype=np.int64),
        sha256=hashlib.sha256(inhoud).hexdigest(),
    )
