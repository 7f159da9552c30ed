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
    f = u.tabel.merge(u.onderbouwing, on=["maand", "niveau", "eenheid", "kengetal"], how="left", sort=False)
    f = f[f["maand"] == m].reset_index(drop=True)
    return f.assign(verborgen=verborgen(f, u.teams) if not u.klantmanager else np.zeros(len(f), dtype=bool))


def _delen(r: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Counts of households behind each row of one kengetal."""
    kengetal = KENGETALLEN[str(r["kengetal"].iloc[0])]
    toeval = kengetal.toeval
    if toeval == "aandeel":
        return {"teller": r["teller"], "rest": r["noemer"] - r["teller"], "noemer": r["noemer"]}
    if toeval == "gemiddelde" or kengetal.eenheid == "euro":
        return {"noemer": r["noemer"]}
    return {"teller": r["teller"]} if toeval in ("aantal", "stand") else {}


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
        weg = np.zeros(len(r), dtype=bool)
        for telling in _delen(r).values():
            weg |= ((telling > 0) & (telling < KLEINST)).to_numpy()
        for telling in _delen(r).values():
            weg |= _secundair(r, telling, weg, afdeling)
        uit[plek] = weg
    return uit


def _secundair(
    r: pd.DataFrame, telling: pd.Series[Any], weg: npt.NDArray[np.bool_], afdeling: Mapping[str, str]
) -> npt.NDArray[np.bool_]:
    """Units to hide beside the small ones, so that no total gives them away."""
    uit = weg.copy()
    n = telling.fillna(0.0).to_numpy(dtype=np.float64).round().astype(np.int64)
    niveau, naam = r["niveau"].to_numpy(dtype=object), r["eenheid"].to_numpy(dtype=object)
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
