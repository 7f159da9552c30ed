"""Money and comparison in Hollandstad: uitgaven, budget, macro, referentie.

The source's own figures cannot all hold together; ``data/sample/hollandstad/LEESMIJ.md`` says which, and what was
chosen. Balance = budget less expenditure; fractions are of the budget.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd

from kompas.simulatie.tijd import NOOIT, Floats, Ints, als_dagen, dagnummer, plus_maanden

EERSTE = dt.date(2001, 1, 1)
MAANDEN = 78
UITGAVEN = {2005: 41_400_000, 2006: 40_300_000}
"""Expenditure that goes with 1.4 million (3.5% of 40.0) and 6.0 million (17.5% of 34.3) short."""

_GROEI = {2001: 0.905, 2002: 0.930, 2003: 0.955, 2004: 0.980, 2007: 1.030}
"""Price against 2005 (before) or 2006 (after)."""

_VT = 0.05

_BUDGET = (
    (2004, "2003-10-01", "voorlopig", 39_200_000), (2004, "2004-06-01", "nader", 40_100_000),
    (2004, "2004-10-01", "definitief", 40_400_000),
    (2005, "2004-10-01", "voorlopig", 38_900_000), (2005, "2005-06-01", "nader", 39_500_000),
    (2005, "2005-10-01", "definitief", 40_000_000),
    (2006, "2005-10-01", "voorlopig", 36_200_000), (2006, "2006-06-01", "nader", 34_900_000),
    (2006, "2006-10-01", "definitief", 34_300_000),
    (2007, "2006-10-01", "voorlopig", 32_400_000), (2007, "2007-06-01", "nader", 33_000_000),
)  # fmt: skip
_WERKDEEL = (
    (2004, "2003-10-01", "voorlopig", 8_400_000), (2004, "2004-10-01", "definitief", 8_400_000),
    (2005, "2004-10-01", "voorlopig", 8_100_000), (2005, "2005-10-01", "definitief", 8_100_000),
    (2006, "2005-10-01", "voorlopig", 7_600_000), (2006, "2006-10-01", "definitief", 7_700_000),
    (2007, "2006-10-01", "voorlopig", 7_400_000), (2007, "2007-06-01", "nader", 7_500_000),
)  # fmt: skip

# National totals in millions: budget and expenditure. 2004-2006 real, 2007-2012 the agreement of spring 2007.
_MACRO_REAL = {2002: (4190.0, 4190.0), 2003: (4370.0, 4390.0), 2004: (4850.0, 4650.0), 2005: (4630.0, 4580.0)}
_MACRO_REAL |= {2006: (4400.0, 4400.0)}
_BUDGETPAD = {2007: 33.0, 2008: 32.2, 2009: 31.6, 2010: 30.8, 2011: 30.3, 2012: 25.0}
_UITGAVENPAD = {2007: 40.2, 2008: 36.2, 2009: 32.4, 2010: 30.9, 2011: 30.0, 2012: 28.0}
_GAT = 0.0008


def _maanddagen() -> Ints:
    return plus_maanden(dagnummer(EERSTE), np.arange(MAANDEN + 1))


def maandnamen() -> list[str]:
    """Return jjjj-mm from January 2001 to June 2007."""
    return [f"{2001 + m // 12}-{m % 12 + 1:02d}" for m in range(MAANDEN)]


def stand_en_stroom(uitkeringen: pd.DataFrame) -> pd.DataFrame:
    """Return per month: stock at the end, inflow, outflow and the sum of amounts by days on benefit.

    A benefit whose last day lies in a month flows out in that month, so that stock = previous stock + instroom -
    uitstroom, exactly.
    """
    begin, weg = als_dagen(uitkeringen["begindatum"]), als_dagen(uitkeringen["einddatum"])
    weg = np.where(weg == NOOIT, NOOIT, weg + 1)
    bedrag = uitkeringen["bedrag_maand"].to_numpy(dtype=np.float64)
    dagen = _maanddagen()
    rijen = []
    for van, tot in pairwise(dagen):
        deel = np.clip(np.minimum(weg, tot) - np.maximum(begin, van), 0, None) / (tot - van)
        rijen.append(
            (
                int(((begin < tot) & (weg > tot)).sum()),
                int(((begin >= van) & (begin < tot)).sum()),
                int(((weg > van) & (weg <= tot)).sum()),
                float((deel * bedrag).sum()),
            )
        )
    return pd.DataFrame(rijen, columns=["uitkeringen", "instroom", "uitstroom", "som"])


def maak_uitgaven(stand: pd.DataFrame) -> pd.DataFrame:
    """Return ``uitgaven``: volume times price per month; 5% is set aside and paid out as vakantiegeld in May."""
    jaar = np.array([2001 + m // 12 for m in range(MAANDEN)])
    som = stand["som"].to_numpy(dtype=np.float64)
    uitbetaald, vakantie = (1 - _VT) * som, np.zeros(MAANDEN)
    for mei in range(4, MAANDEN, 12):
        vakantie[mei] = _VT * (som[mei - 12 : mei].sum() if mei >= 12 else 12 * som[:mei].mean())
    ruw = uitbetaald + vakantie
    factor = {j: doel / ruw[jaar == j].sum() for j, doel in UITGAVEN.items()}
    factor |= {j: g * (factor[2005] if j < 2005 else factor[2006]) for j, g in _GROEI.items()}
    schaal: Floats = np.array([factor[int(j)] for j in jaar])
    bedrag = np.round(ruw * schaal).astype(np.int64)
    for j, doel in UITGAVEN.items():  # whole euros add up exactly
        bedrag[np.flatnonzero(jaar == j)[-1]] += doel - bedrag[jaar == j].sum()
    return pd.DataFrame(
        {
            "maand": maandnamen(),
            "bedrag": bedrag,
            "vakantiegeld": np.round(vakantie * schaal).astype(np.int64),
            "huishoudens": stand["uitkeringen"],
        }
    )


def maak_budget() -> pd.DataFrame:
    """Return ``budget``: every round, so that the last status of 2007 is 'nader'."""
    delen = [("inkomensdeel", _BUDGET), ("werkdeel", _WERKDEEL)]
    rijen = [(j, dag, status, bedrag, deel) for deel, tabel in delen for j, dag, status, bedrag in tabel]
    return pd.DataFrame(rijen, columns=["jaar", "peildatum", "status", "bedrag", "deel"])


def maak_macro(uitgaven: pd.DataFrame) -> pd.DataFrame:
    """Return ``macro``: shares of the national totals, with two scenarios from 2007 on.

    In ``bestuursakkoord`` the share of the expenditure stays as it was in 2006 and the share of the budget .08
    percentage point below it (grafiek 8). In ``volumedaling`` the town falls 4% per year faster than the country.
    """
    eigen = uitgaven.groupby(uitgaven["maand"].str[:4].astype(int))["bedrag"].sum()
    budget = {j: b / 1e6 for j, _, status, b in _BUDGET if status == "definitief"}
    rijen: list[tuple[int, str, float, float, float, float]] = []
    for j, (macro_b, macro_u) in _MACRO_REAL.items():
        aandeel = eigen[j] / 1e6 / macro_u
        aandeel_b = budget[j] / macro_b if j in budget else aandeel - 0.0001
        rijen.append((j, "realisatie", macro_b * 1e6, macro_u * 1e6, aandeel_b, aandeel))
    aandeel = UITGAVEN[2006] / 1e6 / _MACRO_REAL[2006][1]
    for j, b in _BUDGETPAD.items():
        macro_b, macro_u = b / (aandeel - _GAT), _UITGAVENPAD[j] / aandeel
        for scenario, eigen_deel in (("bestuursakkoord", aandeel), ("volumedaling", aandeel * 0.96 ** (j - 2006))):
            rijen.append((j, scenario, macro_b * 1e6, macro_u * 1e6, aandeel - _GAT, eigen_deel))
    tabel = pd.DataFrame(
        rijen, columns=["jaar", "scenario", "macrobudget", "macro_uitgaven", "aandeel_budget", "aandeel_uitgaven"]
    )
    tabel[["macrobudget", "macro_uitgaven"]] = tabel[["macrobudget", "macro_uitgaven"]].round(-5).astype("int64")
    return tabel.round({"aandeel_budget": 6, "aandeel_uitgaven": 6})


# ---- referentie -------------------------------------------------------------------------------------------------

HUISHOUDENS = 24_500
"""Households of 15-64 in Hollandstad (ours: the source gives rates only as levels scaled to Hollandstad)."""

# Scaled to the households of Hollandstad: date -> level. +230 end 2005, +70 mid-2007, slightly above until 2003.
_REFERENTIE = {
    "2001-01": 3030, "2001-04": 2955, "2001-07": 2905, "2002-01": 2845, "2002-07": 2832, "2003-01": 2845,
    "2003-07": 2900, "2003-10": 2928, "2004-01": 2958, "2004-07": 3015, "2005-01": 3045, "2005-07": 3022,
    "2006-01": 2987,
    "2006-07": 2888, "2007-01": 2775, "2007-07": 2630,
}  # fmt: skip
_INSTROOM_REF = {
    "2001-01": 920,
    "2002-01": 925,
    "2003-07": 1010,
    "2004-07": 1020,
    "2005-09": 926,
    "2006-01": 915,
    "2007-07": 700,
}
_G27 = {"2001-01": 1500, "2002-07": 1425, "2004-07": 1545, "2005-01": 1560, "2006-01": 1520, "2007-07": 1370}
_NEDERLAND = {"2001-01": 1345, "2002-07": 1275, "2004-07": 1370, "2005-01": 1385, "2006-01": 1345, "2007-07": 1192}
_REGIO = {"2001-01": 2210, "2002-07": 2090, "2004-07": 2300, "2005-07": 2330, "2006-01": 2300, "2007-07": 1985}
_GEBIEDEN = (
    ("Referentiegemeenten", "referentie", 121_300, _REFERENTIE, _INSTROOM_REF, 1.0),
    ("Regio", "regio", 168_000, _REGIO, _INSTROOM_REF, 0.74),
    ("G27", "g27", 1_412_000, _G27, _INSTROOM_REF, 0.50),
    ("Nederland", "nederland", 5_860_000, _NEDERLAND, _INSTROOM_REF, 0.44),
)
# Share of the households, and of the benefits, per leefvorm.
_LEEFVORMEN = ("alleenstaande", "alleenstaande_ouder", "gehuwd")
_DEEL_HUISHOUDENS = {"eigen": (0.40, 0.09, 0.51), "anders": (0.37, 0.08, 0.55)}
_DEEL_ANDERS = (0.54, 0.28, 0.18)
_SINGLES_REF = {"2001-01": 1700, "2002-01": 1580, "2004-01": 1660, "2006-01": 1690, "2007-07": 1510}
_PRIJS_ANDERS = 0.98  # the average amount is 2% below Hollandstad's


def _pad(knopen: dict[str, int], maanden: Floats) -> Floats:
    x = [(int(k[:4]) - 2001) * 12 + int(k[5:]) - 1 for k in knopen]
    uit: Floats = np.interp(maanden, x, list(knopen.values()))
    return uit


def _rijen(gebied: str, soort: str, groep: str, kolommen: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame({"maand": maandnamen(), "gebied": gebied, "soort": soort, "groep": groep, **kolommen})


def _eigen(uitkeringen: pd.DataFrame, uitgaven: pd.DataFrame) -> list[pd.DataFrame]:
    delen = [("totaal", uitkeringen, 1.0)]
    deel = dict(zip(_LEEFVORMEN, _DEEL_HUISHOUDENS["eigen"], strict=True))
    delen += [(lv, uitkeringen[uitkeringen["leefvorm"] == lv], deel[lv]) for lv in _LEEFVORMEN]
    uit = []
    for groep, rijen, aandeel in delen:
        stand = stand_en_stroom(rijen)
        kolommen: dict[str, object] = {"huishoudens": round(HUISHOUDENS * aandeel)}
        kolommen |= {k: stand[k] for k in ("uitkeringen", "instroom", "uitstroom")}
        uit.append(
            _rijen(
                "Hollandstad", "eigen", groep, kolommen | {"uitgaven": uitgaven["bedrag"] if groep == "totaal" else ""}
            )
        )
    return uit


def _ander(
    gebied: str,
    soort: str,
    huishoudens: int,
    pad: dict[str, int],
    instroom: dict[str, int],
    schaal: float,
    prijs: Floats,
) -> list[pd.DataFrame]:
    """Return the rows of another area: levels true to its own size; outflow follows from stock and inflow."""
    factor = huishoudens / HUISHOUDENS
    grens = np.arange(MAANDEN + 1, dtype=np.float64)
    stand = np.round(factor * _pad(pad, grens)).astype(np.int64)
    erin = np.round(factor * schaal * _pad(instroom, grens[:-1] + 0.5) / 12).astype(np.int64)
    eruit = erin - np.diff(stand)
    delen = np.tile(np.array(_DEEL_ANDERS)[:, None], MAANDEN)
    if soort == "referentie":
        alleen = factor * _pad(_SINGLES_REF, grens[1:]) / stand[1:]
        rest = np.array(_DEEL_ANDERS[1:]) / sum(_DEEL_ANDERS[1:])
        delen = np.stack([alleen, *(r * (1 - alleen) for r in rest)])
    totaal: dict[str, object] = {"huishoudens": huishoudens, "uitkeringen": stand[1:], "instroom": erin}
    totaal |= {"uitstroom": eruit, "uitgaven": np.round(stand[1:] * prijs * _PRIJS_ANDERS, -2).astype(np.int64)}
    uit = [_rijen(gebied, soort, "totaal", totaal)]
    for lv, deel, hh in zip(_LEEFVORMEN, delen, _DEEL_HUISHOUDENS["anders"], strict=True):
        kolommen = {"huishoudens": round(huishoudens * hh), "uitkeringen": np.round(stand[1:] * deel).astype(np.int64)}
        uit.append(_rijen(gebied, soort, lv, kolommen | {"instroom": "", "uitstroom": "", "uitgaven": ""}))
    return uit


def maak_referentie(uitkeringen: pd.DataFrame, uitgaven: pd.DataFrame) -> pd.DataFrame:
    """Return ``referentie``: per month the stock on the last day and the flows, per area and group."""
    prijs = uitgaven["bedrag"].to_numpy(dtype=np.float64) / uitgaven["huishoudens"].to_numpy(dtype=np.float64)
    delen = _eigen(uitkeringen, uitgaven)
    for gebied in _GEBIEDEN:
        delen += _ander(*gebied, prijs=prijs)
    return pd.concat(delen, ignore_index=True)
