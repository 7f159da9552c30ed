"""The frozen values of this stage: a text column, a table as text, findings, the whole input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FOUT: Final = "fout"
WAARSCHUWING: Final = "waarschuwing"
BLOKKADE: Final = "blokkade"
ERNSTEN: Final = (BLOKKADE, FOUT, WAARSCHUWING)

KOLOMMEN_BEVINDING: Final = (
    "bestand",
    "rij",
    "kolom",
    "waarde",
    "regel",
    "ernst",
    "bericht",
    "wat_te_doen",
    "aantal",
)

# Marks a fraction that came from a typed cell (Excel, Parquet): its decimal point is certain. A private-use
# character, so that it cannot occur in the data; every text that leaves this package is without it.
GETYPT: Final = "\ue000"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kolom:
    """One column as text, kept as codes into its distinct values (casts run over the distinct values only).

    Parameters
    ----------
    codes : ndarray of int32, shape (rows,)
        Position of each row's value in ``uniek``.
    uniek : tuple of str
        The distinct values, trimmed; an empty cell is ``""``.
    """

    codes: NDArray[np.int32]
    uniek: tuple[str, ...]

    def per_waarde(self, waarden: NDArray[Any]) -> NDArray[Any]:
        """Spread one result per distinct value over the rows."""
        return waarden[self.codes] if len(waarden) else waarden[:0]

    def tekst(self) -> NDArray[np.object_]:
        """Return the column as text, shape (rows,)."""
        return self.per_waarde(als_object([u.removeprefix(GETYPT) for u in self.uniek]))

    def leeg(self) -> NDArray[np.bool_]:
        """Tell per row whether the cell is empty."""
        return self.per_waarde(np.array([u == "" for u in self.uniek], dtype=bool))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ruw:
    """A table as text, before any cast.

    Parameters
    ----------
    bestand : str
        Name of the file, with ``[blad]`` behind it when a sheet was named.
    koppen : tuple of str
        Header cells in order, trimmed.
    kolommen : tuple of Kolom
        One column per header cell.
    rij : ndarray of int64
        Row numbers as an editor or Excel shows them: the header is row 1, the first row of data row 2.
    velden : ndarray of int64
        Number of fields found where it differs from the header, otherwise 0.
    sha256 : str
        Hash of the file's bytes.
    """

    bestand: str
    koppen: tuple[str, ...]
    kolommen: tuple[Kolom, ...]
    rij: NDArray[np.int64]
    velden: NDArray[np.int64]
    sha256: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bevindingen:
    """Everything that was found in the input.

    Parameters
    ----------
    tabel : DataFrame
        One row per finding: bestand, rij (1 = the header), kolom, waarde, regel, ernst (``fout`` = row rejected,
        ``waarschuwing``, ``blokkade`` = run rejected), bericht, wat_te_doen, aantal (rows behind this finding).
        Sorted by bestand, rij, kolom, regel.
    """

    tabel: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.tabel.copy()

    def aantal(self, ernst: str | None = None) -> int:
        """Count the findings (a grouped finding counts for its rows), of one ``ernst`` or of all.

        Examples
        --------
        >>> geen_bevindingen().aantal("fout")
        0
        """
        deel = self.tabel if ernst is None else self.tabel[self.tabel["ernst"] == ernst]
        return int(deel["aantal"].sum())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bestand:
    """The input after reading and checking: only rows that passed, typed.

    Parameters
    ----------
    uitkeringen, inzet, gronden, kenmerken_historie : DataFrame
        The tables of persons; empty with all columns when the config does not name them.
    overig : mapping of str to DataFrame
        The further tables that the config names, by name.
    aanbod : DataFrame
        What was offered at the gate (instruments of meter ``werkdirect``): client_id, instrument, begindatum, kosten,
        toewijzing; also of applicants who never got benefit, and of those who did not show up.
    bevindingen : Bevindingen
        Every finding.
    telling : DataFrame
        One row per table read: tabel, gelezen, afgekeurd, weggelaten, gebruikt
        (gelezen = afgekeurd + weggelaten + gebruikt).
    bestanden : tuple of (str, str)
        File name and sha256 of each file, sorted by name.
    """

    uitkeringen: pd.DataFrame
    inzet: pd.DataFrame
    gronden: pd.DataFrame
    kenmerken_historie: pd.DataFrame
    overig: Mapping[str, pd.DataFrame]
    bevindingen: Bevindingen
    telling: pd.DataFrame
    bestanden: tuple[tuple[str, str], ...]
    aanbod: pd.DataFrame = field(default_factory=pd.DataFrame)


def als_object(waarden: list[Any]) -> NDArray[np.object_]:
    """Return a one-dimensional object array, whatever the elements are."""
    uit = np.empty(len(waarden), dtype=object)
    uit[:] = waarden
    return uit


def bevindingentabel(stukken: list[pd.DataFrame]) -> pd.DataFrame:
    """Join pieces of findings into one sorted table with fixed columns and types."""
    gevuld = [s for s in stukken if len(s)]
    if not gevuld:
        leeg = {k: pd.Series(dtype="int64" if k in ("rij", "aantal") else "object") for k in KOLOMMEN_BEVINDING}
        return pd.DataFrame(leeg)
    alles = pd.concat(gevuld, ignore_index=True)[list(KOLOMMEN_BEVINDING)]
    volgorde = ["bestand", "rij", "kolom", "regel", "waarde", "bericht"]
    return alles.sort_values(volgorde, kind="stable", ignore_index=True)


def geen_bevindingen() -> Bevindingen:
    """Return findings without a row."""
    return Bevindingen(tabel=bevindingentabel([]))
