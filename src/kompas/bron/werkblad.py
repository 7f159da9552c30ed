"""One table while it is checked: casts that report what does not fit, and which rows fall away."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kompas.bron.regels import REGELS, WEGGELATEN
from kompas.bron.tabellen import MAG_NEGATIEF, Veld
from kompas.bron.typen import FOUT, GETYPT, KOLOMMEN_BEVINDING, Kolom, Ruw, als_object
from kompas.bron.waarden import (
    ANDER_TEKEN,
    BUITEN_BEREIK,
    DUBBELZINNIG,
    ONLEESBAAR,
    Decimaal,
    code_sleutel,
    datums,
    getallen,
    lees_maand,
    lijkt_bsn,
)
from kompas.fouten import naaste

Masker = NDArray[np.bool_]
LOS_TOT: Final = 50  # up to here a warning names each row, beyond it one line says how many
_DATUMVORM = re.compile(r"(19|20|00|99)\d{6}|\d{1,2}-\d{1,2}-\d{4}|\d{4}-\d{1,2}-\d{1,2}", re.ASCII)
_GEDATEERD = re.compile(r"datum|vanaf|geldig_tot|maand")


def verberg(waarde: str, kolom: str) -> str:
    """Return the value as it may be shown: without what could be a BSN.

    Examples
    --------
    >>> verberg("111222333", "client_id"), verberg("20070231", "begindatum")
    ('*********', '20070231')
    """
    if _GEDATEERD.search(kolom) and _DATUMVORM.fullmatch(waarde):
        return waarde
    return "*" * 9 if lijkt_bsn(waarde) else waarde


@dataclass(slots=True, eq=False, kw_only=True)
class Werkblad:
    """Working state of one table (lives only inside the stage).

    Parameters
    ----------
    naam, bestand : str
        The table and its file.
    rij : ndarray of int64
        Row numbers in the file.
    kolommen : dict of str to Kolom
        Columns by our name.
    decimaal : Decimaal
        Decimal separator of this file.
    afgekeurd, weg : ndarray of bool
        Rows rejected, rows left out.
    """

    naam: str
    bestand: str
    rij: NDArray[np.int64]
    kolommen: dict[str, Kolom]
    decimaal: Decimaal
    afgekeurd: Masker
    weg: Masker
    scheef: Masker
    stukken: list[pd.DataFrame] = field(default_factory=list)

    @property
    def over(self) -> Masker:
        """Rows that are neither rejected nor left out."""
        return ~(self.afgekeurd | self.weg)

    def telling(self) -> tuple[str, int, int, int, int]:
        """Return tabel, gelezen, afgekeurd, weggelaten, gebruikt."""
        afgekeurd, weg = int(self.afgekeurd.sum()), int((self.weg & ~self.afgekeurd).sum())
        return self.naam, len(self.rij), afgekeurd, weg, len(self.rij) - afgekeurd - weg

    # -- findings

    def meld(
        self,
        regel: str,
        masker: Masker,
        kolom: str,
        *,
        waarde: NDArray[np.object_] | None = None,
        detail: str | Callable[[str], str] = "",
        groep: bool | None = None,
    ) -> None:
        """Report rows under a rule and give them the rule's consequence.

        Parameters
        ----------
        regel : str
            Code in ``REGELS``.
        masker : ndarray of bool, shape (rows,)
            The rows; rows left out earlier are skipped.
        kolom : str
            Column named in the finding.
        waarde : ndarray of str, shape (rows,), optional
            Values shown; default the text in the file.
        detail : str or function of a value
            Added to the description.
        groep : bool, optional
            One finding per value. Default: each row apart for a fout; for a warning each row apart up to
            ``LOS_TOT`` rows, beyond that one finding for all.
        """
        r = REGELS[regel]
        masker = masker & ~self.weg & ~self.scheef
        if not masker.any():
            return
        plek = np.flatnonzero(masker)
        getoond = (self.tekst(kolom) if waarde is None else waarde)[plek]
        tabel = pd.DataFrame({"rij": self.rij[plek], "waarde": getoond, "aantal": 1})
        if groep or (groep is None and r.ernst != FOUT and len(tabel) > LOS_TOT):
            tabel = tabel.sort_values(["waarde", "rij"], kind="stable")
            per = tabel.groupby("waarde", sort=True) if groep else tabel.groupby(np.zeros(len(tabel), dtype=int))
            tabel = per.agg(rij=("rij", "first"), waarde=("waarde", "first"), aantal=("aantal", "sum"))
            tabel = tabel.reset_index(drop=True)
        self.stukken.append(self._bevinding(regel, tabel, kolom, detail))
        if r.ernst == FOUT:
            self.afgekeurd |= masker
        elif r.gevolg == WEGGELATEN:
            self.weg |= masker

    def _bevinding(
        self, regel: str, tabel: pd.DataFrame, kolom: str, detail: str | Callable[[str], str]
    ) -> pd.DataFrame:
        r = REGELS[regel]
        codes, uniek = pd.factorize(tabel["waarde"])
        extra = [detail(u) if callable(detail) else detail for u in uniek]
        bericht = als_object([f"{r.omschrijving}{': ' if e else ''}{e}" for e in extra])
        tabel = tabel.assign(
            bestand=self.bestand,
            kolom=kolom,
            waarde=als_object([verberg(u, kolom) for u in uniek])[codes],
            regel=regel,
            ernst=r.ernst,
            bericht=bericht[codes],
            wat_te_doen=r.wat_te_doen,
        )
        return tabel[list(KOLOMMEN_BEVINDING)]

    def meld_tabel(self, regel: str, kolom: str, detail: str = "") -> None:
        """Report something about the whole table (row 1)."""
        tabel = pd.DataFrame({"rij": [1], "waarde": [""], "aantal": [1]})
        self.stukken.append(self._bevinding(regel, tabel, kolom, detail))

    # -- text

    def heeft(self, kolom: str) -> bool:
        """Tell whether the file has this column."""
        return kolom in self.kolommen

    def tekst(self, kolom: str) -> NDArray[np.object_]:
        """Return a column as text, ``""`` for empty and for a column that is absent."""
        return self.kolommen[kolom].tekst() if kolom in self.kolommen else als_object([""] * len(self.rij))

    def leeg(self, kolom: str) -> Masker:
        """Tell per row whether a cell is empty."""
        return self.kolommen[kolom].leeg() if kolom in self.kolommen else np.ones(len(self.rij), dtype=bool)

    def tekst_of_none(self, kolom: str, *, nodig: bool = False) -> NDArray[np.object_]:
        """Return a column as text with None for empty; report empty cells when the column is needed."""
        if nodig:
            self.meld("A01", self.leeg(kolom), kolom)
        uit = self.tekst(kolom)
        uit[self.leeg(kolom)] = None
        return uit

    # -- casts

    def datum(self, kolom: str, *, nodig: bool = False) -> NDArray[np.datetime64]:
        """Return a column of dates (NaT = none), reporting what is no date."""
        if kolom not in self.kolommen:
            return np.full(len(self.rij), np.datetime64("NaT", "ns"), dtype="datetime64[ns]")
        waarden, status = datums(self.kolommen[kolom])
        self.meld("A02", status == ONLEESBAAR, kolom)
        self.meld("A03", status == BUITEN_BEREIK, kolom)
        if nodig:
            self.meld("A01", np.isnat(waarden) & (status == 0), kolom)
        return waarden

    def getal(self, kolom: str, *, nodig: bool = False) -> NDArray[np.float64]:
        """Return a column of numbers (NaN = unknown), reporting what is no number."""
        if kolom not in self.kolommen:
            return np.full(len(self.rij), np.nan)
        waarden, status = getallen(self.kolommen[kolom], self.decimaal)
        self.meld("A04", status == ONLEESBAAR, kolom)
        self.meld("A05", status == DUBBELZINNIG, kolom)
        self.meld("A06", status == ANDER_TEKEN, kolom)
        if nodig:
            self.meld("A01", self.leeg(kolom), kolom)
        return waarden

    def bedrag(self, kolom: str, *, nodig: bool = False) -> NDArray[np.float64]:
        """Return a column of numbers that may not be negative."""
        waarden = self.getal(kolom, nodig=nodig)
        if (self.naam, kolom) not in MAG_NEGATIEF:
            self.meld("A09", waarden < 0, kolom)
        return waarden

    def heel(self, kolom: str, *, nodig: bool = False) -> NDArray[np.float64]:
        """Return a column of integers, still as float (the caller casts the rows that are left)."""
        waarden = self.getal(kolom, nodig=nodig)
        self.meld("A11", np.isfinite(waarden) & (waarden != np.round(waarden)), kolom)
        return waarden

    def maand(self, kolom: str, *, nodig: bool = False) -> NDArray[np.object_]:
        """Return a column of months ``jjjj-mm``."""
        if kolom not in self.kolommen:
            return als_object([None] * len(self.rij))
        k = self.kolommen[kolom]
        waarden = k.per_waarde(als_object([lees_maand(u) for u in k.uniek]))
        geen = k.per_waarde(np.array([lees_maand(u) is None for u in k.uniek], dtype=bool))
        self.meld("A12", geen & ~k.leeg(), kolom)
        if nodig:
            self.meld("A01", k.leeg(), kolom)
        return waarden

    def lijst(
        self, veld: Veld, vertaling: Mapping[str, Sequence[str]], *, leeg: str | None = None
    ) -> NDArray[np.object_]:
        """Return a column of values from a fixed list; what is not in it is reported with the nearest.

        Parameters
        ----------
        veld : Veld
            The column, its list and synonyms.
        vertaling : mapping of str to sequence of str
            ``codes.KOLOM`` of the config: ours = theirs; goes before the list.
        leeg : str, optional
            What an empty cell becomes (None stays None; nothing is reported here).
        """
        if veld.naam not in self.kolommen:
            return als_object([leeg] * len(self.rij))
        k = self.kolommen[veld.naam]
        eigen = omgekeerd(vertaling)
        uniek = [in_lijst(u, veld, eigen) for u in k.uniek]
        onbekend = np.array([bool(u) and w is None for u, w in zip(k.uniek, uniek, strict=True)], dtype=bool)
        hint = naaste_of_lijst(veld.lijst)
        self.meld("A07", k.per_waarde(onbekend), veld.naam, detail=hint)
        return k.per_waarde(
            als_object([leeg if u == "" and w is None else w for u, w in zip(k.uniek, uniek, strict=True)])
        )


def omgekeerd(vertaling: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Turn ``{ours: [theirs]}`` into ``{key of theirs: ours}``."""
    return {code_sleutel(h): ons for ons, hunne in vertaling.items() for h in hunne}


def in_lijst(tekst: str, veld: Veld, eigen: Mapping[str, str]) -> str | None:
    """Return the list value for a text, or None.

    Examples
    --------
    >>> v = Veld(naam="x", lijst=("man", "vrouw"), synoniemen={"2": "vrouw"})
    >>> in_lijst("02", v, {}), in_lijst(" Man ", v, {}), in_lijst("H", v, {"H": "man"}), in_lijst("x", v, {})
    ('vrouw', 'man', 'man', None)
    """
    sleutel = code_sleutel(tekst)
    if sleutel in eigen:
        return eigen[sleutel]
    plat = re.sub(r"[\s\-]+", "_", sleutel.casefold())
    return plat if plat in veld.lijst else veld.synoniemen.get(plat)


def naaste_of_lijst(bekend: Sequence[str]) -> Callable[[str], str]:
    """Return a function that names the nearest known value, or the list."""

    def hint(waarde: str) -> str:
        return naaste(waarde, bekend).strip() or f"toegestaan zijn {', '.join(bekend)}"

    return hint


def open_werkblad(naam: str, ruw: Ruw, kolommen: dict[str, Kolom], decimaal: Decimaal) -> Werkblad:
    """Start the checks of a table: rows of another length are rejected, exact duplicates left out."""
    n = len(ruw.rij)
    scheef = ruw.velden > 0
    blad = Werkblad(
        naam=naam,
        bestand=ruw.bestand,
        rij=ruw.rij,
        kolommen=kolommen,
        decimaal=decimaal,
        afgekeurd=np.zeros(n, dtype=bool),
        weg=np.zeros(n, dtype=bool),
        scheef=np.zeros(n, dtype=bool),
    )
    velden: NDArray[Any] = als_object([str(v) for v in ruw.velden.tolist()])
    blad.meld("A08", scheef, "", waarde=velden, detail=lambda v: f"{v} in plaats van {len(ruw.koppen)}")
    blad.scheef = scheef
    if n and ruw.kolommen:
        codes = pd.DataFrame({i: k.codes for i, k in enumerate(ruw.kolommen)})
        dubbel = codes.duplicated(keep="first").to_numpy() & ~scheef
        blad.meld("A10", dubbel, "", waarde=als_object([""] * n))
    return blad


def leeg_werkblad(naam: str) -> Werkblad:
    """Return the sheet of a table that the config does not name: no rows, no columns."""
    geen = np.zeros(0, dtype=np.int64)
    ruw = Ruw(bestand="", koppen=(), kolommen=(), rij=geen, velden=geen, sha256="")
    return open_werkblad(naam, ruw, {}, Decimaal(teken=""))


def zonder_merk(tekst: str) -> str:
    """Return a text without the mark of a typed fraction."""
    return tekst.removeprefix(GETYPT)
