"""How often advice was followed, and why: counts for others, so small cells are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.models.design import Ints
from kompas.toonbaar import Toonbaar

KLEINST = 10  # persons: fewer are not shown
MEESTE = 5  # reasons per instrument and decision
SLEUTELS = ["instrument", "advies", "besluit"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Adviesoverzicht(Toonbaar, tabel="tabel"):
    """What was done with the advice.

    Parameters
    ----------
    tabel : DataFrame
        instrument, advies, besluit, aantal (advices; the last decision on each counts), klanten, aandeel (of the
        advices with this instrument and this advice). Empty where ``verborgen``.
    redenen : DataFrame
        instrument, besluit, reden, aantal: the reasons given most, only those of ten clients or more.
    """

    tabel: pd.DataFrame
    redenen: pd.DataFrame

    def tekst(self) -> str:
        """Return the counts for a terminal of 80 columns."""
        kop = f"{'instrument':<26}{'advies':<16}{'besluit':<14}{'aantal':>14}{'deel':>8}"
        regels = [kop]
        for r in self.tabel.to_dict("records"):
            aantal = "verborgen" if r["verborgen"] else str(r["aantal"])
            deel = "" if pd.isna(r["aandeel"]) else f"{100 * r['aandeel']:.0f}%"
            advies = str(r["advies"]).replace("_", " ")
            regels.append(f"{str(r['instrument'])[:25]:<26}{advies:<16}{r['besluit']:<14}{aantal:>14}{deel:>8}")
        if self.tabel["verborgen"].any():
            regels += ["", f"verborgen: minder dan {KLEINST} klanten, of daaruit af te leiden."]
        if len(self.redenen):
            regels += ["", "Vaak gegeven redenen:"]
            regels += [
                f"  {r['instrument']}, {r['besluit']}: {r['reden']} ({r['aantal']})"
                for r in self.redenen.to_dict("records")
            ]
        return "\n".join(regels)


def verberg(aantal: Ints, groep: Sequence[object]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell which cells to hide: under ten persons, and enough of the rest that no sum gives a hidden one away.

    Parameters
    ----------
    aantal : (n,) int
        Persons per cell.
    groep : sequence of n keys
        Cells of one group add up to a total that somebody may know.

    Examples
    --------
    >>> verberg(np.array([25, 4, 60, 12]), ["a", "a", "a", "b"]).tolist()
    [True, True, False, False]
    >>> verberg(np.array([6, 7, 60]), ["a", "a", "a"]).tolist()
    [True, True, False]
    """
    aantal = np.asarray(aantal)
    uit = (aantal > 0) & (aantal < KLEINST)
    sleutel = pd.factorize(pd.Series(list(groep), dtype=object))[0]
    for g in np.unique(sleutel):
        leden = np.flatnonzero(sleutel == g)
        while uit[leden].any() and (uit[leden].sum() == 1 or aantal[leden[uit[leden]]].sum() < KLEINST):
            over = leden[~uit[leden] & (aantal[leden] > 0)]
            if over.size == 0:
                break
            uit[over[np.argmin(aantal[over])]] = True
    return np.asarray(uit)


def geldende(records: pd.DataFrame) -> pd.DataFrame:
    """The advices with the last decision on each, from the table of `Adviesregister.toon`."""
    adviezen = records[records["soort"] == "advies"]
    vervangen = set(adviezen["vervangt"].dropna().astype(int))
    return adviezen[~adviezen["volgnummer"].isin(vervangen)].reset_index(drop=True)


def maak_overzicht(records: pd.DataFrame) -> Adviesoverzicht:
    """Count the advices by decision.

    Parameters
    ----------
    records : DataFrame
        As `Adviesregister.toon` gives them.
    """
    a = geldende(records)
    wie = a["client_id"].astype(object).where(a["client_id"].notna(), "gewist " + a["volgnummer"].astype(str))
    groep = a.assign(wie=wie).groupby(SLEUTELS, sort=True)
    tabel = groep.agg(aantal=("wie", "size"), klanten=("wie", "nunique")).reset_index()
    totaal = tabel.groupby(SLEUTELS[:2])["aantal"].transform("sum")
    weg = verberg(tabel["klanten"].to_numpy(), list(zip(tabel["instrument"], tabel["advies"], strict=True)))
    # One total over all is easily known too: then a single hidden group must not stand alone.
    weg |= verberg(np.where(weg, np.minimum(tabel["klanten"], KLEINST - 1), tabel["klanten"]), tabel["instrument"])
    tabel = tabel.assign(
        aandeel=(tabel["aantal"] / totaal).where(~weg),
        aantal=tabel["aantal"].astype("Int64").mask(weg),
        klanten=tabel["klanten"].astype("Int64").mask(weg),
        verborgen=weg,
    )
    return Adviesoverzicht(tabel=tabel, redenen=_redenen(a.assign(wie=wie)))


def _redenen(a: pd.DataFrame) -> pd.DataFrame:
    """Reasons that ten clients or more share, apart from capitals and closing marks."""
    bekend = a[a["reden"].notna()]
    kaal = bekend["reden"].astype(str).str.casefold().str.replace(r"[^\w ]+", "", regex=True).str.strip()
    groep = bekend.assign(reden=kaal).groupby(["instrument", "besluit", "reden"], sort=True)
    tel = groep["wie"].nunique().rename("aantal").reset_index()
    tel = tel[tel["aantal"] >= KLEINST].sort_values(
        ["instrument", "besluit", "aantal", "reden"], ascending=[True, True, False, True], kind="stable"
    )
    return tel.groupby(["instrument", "besluit"]).head(MEESTE).reset_index(drop=True)
