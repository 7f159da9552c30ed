"""Figures of the uitvoeringsmonitor as text, and which of them are too small to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.catalogusreken import KLEINST
from kompas.monitors.kengetallen import KENGETALLEN
from kompas.weergave.getallen import aantal, euro, getal, percent

NIET_GETOOND = "niet getoond"
STREEP = "–"
VERBERGZIN = (
    "Niet getoond: een cijfer over minder dan 10 huishoudens, of een cijfer waaruit zo'n klein aantal af te leiden is."
)
_KINDEREN = ("teamleider", "team")

Floats = npt.NDArray[np.float64]
Tekst = npt.NDArray[np.object_]


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
    return [teller] if toeval in ("aantal", "stand") else []


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
        Rows with 1 to 9 households in the numerator, the rest or the denominator; and the smallest other units of the
        same level, as long as the hidden ones could be found by subtracting from the town or from their afdeling.
    """
    uit = np.zeros(len(f), dtype=bool)
    afdeling = dict(zip(teams["team"], teams["afdeling"], strict=True))
    for plek in f.groupby("kengetal", sort=False).indices.values():
        r = f.iloc[plek]
        tellingen = _delen(r)
        weg = np.zeros(len(r), dtype=bool)
        for n in tellingen:
            weg |= (n > 0) & (n < KLEINST)
        niveau, naam = r["niveau"].to_numpy(dtype=object), r["eenheid"].to_numpy(dtype=object)
        for n in tellingen:
            weg |= _secundair(niveau, naam, n, weg, afdeling)
        uit[plek] = weg
    return uit


def _secundair(
    niveau: Tekst, naam: Tekst, telling: Floats, weg: npt.NDArray[np.bool_], afdeling: Mapping[str, str]
) -> npt.NDArray[np.bool_]:
    """Units to hide beside the small ones, so that no total gives them away."""
    uit = weg.copy()
    n = np.nan_to_num(telling).round().astype(np.int64)
    bij = np.array([afdeling.get(str(e), "") for e in naam], dtype=object)
    groepen = [(k, np.flatnonzero(niveau == n_)) for n_ in _KINDEREN for k in np.flatnonzero(niveau == "management")]
    groepen += [
        (k, np.flatnonzero((niveau == "team") & (bij == naam[k]))) for k in np.flatnonzero(niveau == "teamleider")
    ]
    for ouder, kinderen in groepen:
        buiten = max(int(n[ouder] - n[kinderen].sum()), 0)  # without a unit
        while kinderen.size and not uit[ouder] and not uit[kinderen].all():
            dicht = kinderen[uit[kinderen]]
            rest = int(n[dicht].sum()) + buiten
            alleen = dicht.size == 1 and buiten < KLEINST
            if not alleen and not 0 < rest < KLEINST:
                break
            open_ = kinderen[~uit[kinderen]]
            uit[open_[np.argmin(n[open_])]] = True
    return uit
