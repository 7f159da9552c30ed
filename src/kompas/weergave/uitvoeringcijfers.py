"""Figures of the uitvoeringsmonitor as text, and which of them are too small to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.catalogusreken import KLEINST
from kompas.monitors.kengetallen import KENGETALLEN
from kompas.weergave.getallen import aantal, euro, getal, percent
from kompas.weergave.onderdrukking import Cellen, Floats, Ints, klein, verberg

NIET_GETOOND = "niet getoond"
STREEP = "–"
VERBERGZIN = (
    "Niet getoond: een cijfer over minder dan 10 huishoudens, of een cijfer waaruit zo'n klein aantal af te leiden is."
)
DEEL_VAN: Mapping[str, str] = {"instroom_jongeren": "instroom", "uitstroom_werk": "uitstroom"}
_ZELFDE_AANTAL: Mapping[str, str] = {"caseload": "volume"}  # that count, divided by hours
_TRECHTER = ("uitstroom", "uitstroom_werk")


def waarde(kengetal: str, x: Any) -> str:
    """A value in the unit of its kengetal.

    Examples
    --------
    >>> waarde("preventiequote", 0.3679), waarde("instroom", 430.0), waarde("doorlooptijd_dagen", 22.79)
    ('36,8%', '430', '22,8 dagen')
    """
    if pd.isna(x):
        return STREEP
    soort = KENGETALLEN[kengetal].eenheid
    if soort == "fractie":
        return percent(x, 1)
    if soort == "euro":
        return euro(x)
    return f"{getal(x, 1)} dagen" if soort == "dagen" else aantal(x)


def verschil(kengetal: str, x: Any) -> str:
    """A deviation in the unit of its kengetal, with its sign.

    Examples
    --------
    >>> verschil("preventiequote", -0.0121), verschil("instroom", 12.2)
    ('−1,2 procentpunt', '+12')
    """
    if pd.isna(x):
        return STREEP
    soort = KENGETALLEN[kengetal].eenheid
    tekst = f"{getal(100 * x, 1)} procentpunt" if soort == "fractie" else waarde(kengetal, x)
    return f"+{tekst}" if x > 0 else tekst


def stand(u: Any, maand: str | None = None) -> pd.DataFrame:
    """Rows of one month (the last) with what they rest on and ``verborgen``: too small to be shown."""
    m = maand or u.laatste_maand
    f = u.tabel[u.tabel["maand"] == m].merge(
        u.onderbouwing[u.onderbouwing["maand"] == m],
        on=["maand", "niveau", "eenheid", "kengetal"],
        how="left",
        sort=False,
    )
    return f.assign(verborgen=verborgen(f, u.teams) if not u.klantmanager else np.zeros(len(f), dtype=bool))


def _delen(r: pd.DataFrame) -> list[Floats]:
    """Counts of households behind each row of one kengetal."""
    kengetal = KENGETALLEN[str(r["kengetal"].iloc[0])]
    toeval = kengetal.toeval
    teller, noemer = (r[k].to_numpy(dtype=np.float64) for k in ("teller", "noemer"))
    if toeval == "aandeel":
        return [teller, noemer - teller, noemer]
    if toeval == "gemiddelde" or kengetal.eenheid == "euro":
        return [noemer]
    return [teller] if toeval in ("aantal", "stand") or kengetal.code in _ZELFDE_AANTAL else []


def verborgen(f: pd.DataFrame, teams: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows of one month are not shown to others.

    Parameters
    ----------
    f : DataFrame
        niveau, eenheid, kengetal, teller, noemer of one month.
    teams : DataFrame
        team, afdeling.

    Returns
    -------
    (n,) bool
        Rows with 1 to 9 households in the numerator, the rest or the denominator; and the smallest others as long as
        such a number could be worked out from the town, the afdelingen, the teams, or a kengetal of which this one is
        a part (see `kompas.weergave.onderdrukking`).
    """
    uit = np.zeros(len(f), dtype=bool)
    plekken = {str(k): p for k, p in f.groupby("kengetal", sort=False).indices.items()}
    for code, plek in plekken.items():
        heel, zelfde = DEEL_VAN.get(code), _ZELFDE_AANTAL.get(code)
        if heel in plekken or zelfde in plekken:
            continue  # together with that one
        b = boom(f.iloc[plek], teams)
        deel = next((d for d, h in DEEL_VAN.items() if h == code and d in plekken), None)
        if deel is None:
            weg = _los(f.iloc[plek], b)
        else:
            weg, van_deel = _met_deel(f.iloc[plek], f.iloc[plekken[deel]], b)
            uit[plekken[deel]] = b.op(f.iloc[plekken[deel]], van_deel)
        uit[plek] = weg
        for ander in (a for a, z in _ZELFDE_AANTAL.items() if z == code and a in plekken):
            uit[plekken[ander]] = b.op(f.iloc[plekken[ander]], weg)
    return uit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Boom:
    """Units (niveau, eenheid) and the index of the unit that each is part of (-1: none)."""

    eenheden: list[tuple[str, str]]
    ouder: Ints

    def op(self, f: pd.DataFrame, waarde: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values per unit on the rows of a frame; zero or False for a unit that is not here."""
        plek = {e: i for i, e in enumerate(self.eenheden)}
        rij = [plek.get(e, -1) for e in zip(f["niveau"], f["eenheid"], strict=True)]
        return np.append(waarde, np.zeros(1, dtype=waarde.dtype))[rij]

    def tel(self, f: pd.DataFrame, kolom: str = "teller") -> Ints:
        """Counts of a frame per unit; zero where unknown."""
        per = dict(zip(zip(f["niveau"], f["eenheid"], strict=True), f[kolom], strict=True))
        n = np.array([per.get(e, 0.0) for e in self.eenheden], dtype=np.float64)
        return np.nan_to_num(n).round().astype(np.int64)


def boom(f: pd.DataFrame, teams: pd.DataFrame) -> Boom:
    """Lay out the units of a frame (niveau, eenheid): teams under their afdeling, afdelingen under the town."""
    eenheden = [(str(n), str(e)) for n, e in f[["niveau", "eenheid"]].drop_duplicates().itertuples(index=False)]
    plek = {e: i for i, e in enumerate(eenheden)}
    afdeling = dict(zip(teams["team"], teams["afdeling"], strict=True))
    stad = next((i for i, (n, _) in enumerate(eenheden) if n == "management"), -1)
    ouder = []
    for niveau, naam in eenheden:
        boven = plek.get(("teamleider", str(afdeling.get(naam, ""))), stad) if niveau == "team" else stad
        ouder.append(-1 if niveau == "management" else boven)
    return Boom(eenheden=eenheden, ouder=np.array(ouder, dtype=np.int64))


def _los(r: pd.DataFrame, b: Boom) -> npt.NDArray[np.bool_]:
    """Hidden rows of one kengetal by itself."""
    tellingen = _delen(r)
    if not tellingen:
        return np.zeros(len(r), dtype=bool)
    n = np.array([np.nan_to_num(t).round() for t in tellingen], dtype=np.int64)
    c = Cellen(ouder=b.ouder, aantallen=n, laag=[0] * len(n), sommen=[(2, 0, 1)] if len(n) == 3 else [])
    return np.asarray(verberg(c, np.array([klein(n).any(axis=0)]))[0])


def _met_deel(heel: pd.DataFrame, deel: pd.DataFrame, b: Boom) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Hidden units of a kengetal and of a part of it: the rest is a number of households too."""
    n = np.array([b.tel(heel), b.tel(deel)])
    n = np.vstack([n, n[0] - n[1]])
    c = Cellen(ouder=b.ouder, aantallen=n, laag=[0, 1, -1], sommen=[(0, 1, 2)])
    weg = verberg(c, np.array([klein(n[0]), klein(n[1]) | klein(n[2])]))
    return weg[0], weg[1]


# -- the last twelve months: the funnel ------------------------------------------------------------------------------


def _ervoor(f: pd.DataFrame, maand: str) -> pd.DataFrame:
    """Rows of the last year that came after this month of that year: December less this month; nan where unknown."""
    vorig = f"{int(maand[:4]) - 1}"
    sleutel = ["niveau", "eenheid"]
    nu, toen = (f[f["maand"] == m].set_index(sleutel)["teller"] for m in (f"{vorig}-12", f"{vorig}{maand[4:]}"))
    return (nu - toen.reindex(nu.index)).rename("teller").reset_index()


def twaalf_maanden(u: Any, kengetal: str) -> pd.DataFrame:
    """Count of a flow over the last twelve months per unit: niveau, eenheid, jaar (this year), ervoor, teller.

    ``ervoor`` (of the year before) is zero when the year is complete, and nan where it is not known.
    """
    f = u.onderbouwing[u.onderbouwing["kengetal"] == kengetal]
    m = u.laatste_maand
    uit = f.loc[f["maand"] == m, ["niveau", "eenheid", "teller"]].rename(columns={"teller": "jaar"})
    if m.endswith("-12"):
        uit = uit.assign(ervoor=0.0)
    else:
        erbij = _ervoor(f, m).rename(columns={"teller": "ervoor"})
        uit = uit.merge(erbij, on=["niveau", "eenheid"], how="left")
    return uit.assign(teller=uit["jaar"] + uit["ervoor"]).reset_index(drop=True)


def _twaalf(u: Any, b: Boom, kengetal: str) -> tuple[Ints, Ints]:
    """Twelve months and this year per unit; as the funnel has it, and else at least what the parts add up to."""
    f = twaalf_maanden(u, kengetal)
    t = u.trechter[u.trechter["kengetal"] == kengetal].rename(columns={"waargenomen": "teller"})
    jaar, som = b.tel(f, "jaar"), np.maximum(b.tel(f), b.tel(t))
    for _ in range(2):  # afdelingen, then the town
        for p in np.unique(b.ouder[b.ouder >= 0]):
            som[p] = max(som[p], jaar[p], som[b.ouder == p].sum())
    return som, jaar


def trechterverborgen(u: Any, cijfers: pd.DataFrame | None = None) -> dict[str, frozenset[tuple[str, str]]]:
    """Units (niveau, eenheid) that the funnel of each flow does not show.

    Those with fewer than ten exits or expected exits, and those by which a small number could be worked out: from the
    total of the town, the exits to work, or the table of this year. In December that table is about the same twelve
    months: what it hides is hidden here.
    """
    f = stand(u) if cijfers is None else cijfers
    f = f[f["kengetal"].isin(_TRECHTER)]
    if u.klantmanager or f.empty or not len(u.trechter):
        return {k: frozenset() for k in _TRECHTER}
    b = boom(f, u.teams)
    heel, deel = (_twaalf(u, b, k) for k in _TRECHTER)
    n = np.array([heel[1], deel[1], heel[0], deel[0]])
    n = np.vstack([n, n[2] - n[0], n[3] - n[1], n[2] - n[3], n[0] - n[1], (n[2] - n[0]) - (n[3] - n[1])])
    tabel = np.array([b.tel(f[f["kengetal"] == k], "verborgen") > 0 for k in _TRECHTER])
    weg = np.array([_weinig(u, b, k) for k in _TRECHTER])
    som = [(2, 0, 4), (3, 1, 5), (2, 3, 6), (0, 1, 7), (4, 5, 8), (6, 7, 8)]
    laag = [0, 1, 2, 3, -1, -1, -1, -1, -1]
    if u.laatste_maand.endswith("-12"):  # the same twelve months: the table has them
        n, som, laag, weg = n[[2, 3, 6]], [(0, 1, 2)], [2, 3, -1], weg | tabel
    c = Cellen(ouder=b.ouder, aantallen=n, laag=laag, sommen=som, vast=(0, 1))
    uit = verberg(c, np.vstack([tabel, weg]))[2:]
    return {
        k: frozenset(e for e, w in zip(b.eenheden, rij, strict=True) if w)
        for k, rij in zip(_TRECHTER, uit, strict=True)
    }


def _weinig(u: Any, b: Boom, kengetal: str) -> npt.NDArray[np.bool_]:
    """Units that the funnel leaves out by themselves; the town counts as shown."""
    t = u.trechter[u.trechter["kengetal"] == kengetal]
    t = t[(t["waargenomen"] >= KLEINST) & (t["verwacht"] >= KLEINST)]
    er = set(zip(t["niveau"], t["eenheid"], strict=True))
    return np.array([e not in er and e[0] != "management" for e in b.eenheden])
