"""Targets: which version holds, who approved it, and the norm of each unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from kompas.fouten import naaste
from kompas.models.design import Floats, Ints
from kompas.monitors.kengetallen import KENGETALLEN

MANAGEMENT = "management"
NIVEAUS = (MANAGEMENT, "teamleider", "team", "klantmanager")
ELDERS = ("wdeel_ondergrens",)  # targets that another monitor reads
_AFDELING = ("afdeling", "teamleider", "team")  # words for units between the town and a person
KOLOMMEN = (
    "jaar",
    "niveau",
    "eenheid",
    "kengetal",
    "norm",
    "versie",
    "vastgesteld_op",
    "vastgesteld_door",
    "geldt",
)


def versies(taakstellingen: pd.DataFrame, peildatum: dt.date) -> pd.DataFrame:
    """Mark of each target the version that holds on the peildatum.

    Parameters
    ----------
    taakstellingen : DataFrame
        As ``lees_bron`` gives it; versie, vastgesteld_op and vastgesteld_door may be missing.
    peildatum : date

    Returns
    -------
    DataFrame
        ``KOLOMMEN``. ``geldt`` is true on at most one row per jaar, niveau, eenheid and kengetal: the latest approved
        on or before the peildatum (then the highest versie). A version approved later waits; a target of which every
        version is later has no norm yet. Without vastgesteld_op a version holds from the beginning.

    Examples
    --------
    >>> t = pd.DataFrame({"jaar": 2007, "niveau": "management", "eenheid": "X", "kengetal": "instroom",
    ...                   "norm": [880.0, 900.0, 950.0], "versie": ["1", "2", "3"],
    ...                   "vastgesteld_op": pd.to_datetime(["2006-12-01", "2007-04-01", "2007-08-01"])})
    >>> versies(t, dt.date(2007, 6, 30)).query("geldt")["norm"].tolist()
    [900.0]
    """
    t = taakstellingen.reindex(columns=list(KOLOMMEN[:-1]))
    t = t.assign(
        niveau=t["niveau"].astype(object).where(t["niveau"].notna(), MANAGEMENT),
        eenheid=t["eenheid"].astype(object).where(t["eenheid"].notna(), None),
        vastgesteld_op=pd.to_datetime(t["vastgesteld_op"]),
    )
    nummer = pd.to_numeric(t["versie"], errors="coerce").fillna(-np.inf)
    orde = pd.DataFrame(
        {"op": t["vastgesteld_op"].fillna(pd.Timestamp(0)), "nr": nummer, "tekst": t["versie"].fillna("").astype(str)}
    ).sort_values(["op", "nr", "tekst"], kind="stable")
    t = t.loc[orde.index]
    mag = ~(t["vastgesteld_op"] > pd.Timestamp(peildatum))
    sleutel = ["jaar", "niveau", "eenheid", "kengetal"]
    laatste = t[mag].drop_duplicates(sleutel, keep="last").index
    t = t.assign(geldt=t.index.isin(laatste))
    return t.sort_values([*sleutel, "vastgesteld_op", "versie"], kind="stable", ignore_index=True)[list(KOLOMMEN)]


def norm_van(versie: pd.DataFrame, kengetal: str, eenheden: pd.DataFrame, jaren: Ints) -> Floats:
    """Norms that hold for one kengetal.

    Parameters
    ----------
    versie : DataFrame
        As `versies` gives it.
    kengetal : str
    eenheden : DataFrame
        niveau, eenheid: one row per unit.
    jaren : (T,) int
        Year of each month.

    Returns
    -------
    (U, T) float
        nan without a norm. Management is the town, whatever the unit is called; teamleider, afdeling and team are
        told apart by the name of the unit alone.
    """
    t = versie[versie["geldt"] & (versie["kengetal"] == kengetal)]
    uit = np.full((len(eenheden), jaren.size), np.nan)
    for r in t.itertuples():
        if r.niveau == MANAGEMENT:
            wie = (eenheden["niveau"] == MANAGEMENT).to_numpy()
        elif r.niveau in _AFDELING:
            gelijk = ((eenheden["niveau"] == r.niveau) & (eenheden["eenheid"] == r.eenheid)).to_numpy()
            naam = (eenheden["niveau"].isin(_AFDELING) & (eenheden["eenheid"] == r.eenheid)).to_numpy()
            wie = gelijk if gelijk.any() else naam
        else:
            wie = ((eenheden["niveau"] == r.niveau) & (eenheden["eenheid"] == r.eenheid)).to_numpy()
        uit[np.ix_(wie, jaren == r.jaar)] = float(r.norm)
    return uit


def _samen(namen: Sequence[str]) -> str:
    return ", ".join(f"'{n}'" for n in namen)


def bezwaren(
    versie: pd.DataFrame, eenheden: pd.DataFrame, jaren: Collection[int], *, personen: bool
) -> tuple[str, ...]:
    """Sentences about targets that are not used: an unknown kengetal, an unknown unit, a version still to come.

    Parameters
    ----------
    versie, eenheden : DataFrame
    jaren : collection of int
        Years of the monitor; targets of other years are left alone.
    personen : bool
        Whether targets of klantmanagers are asked for.
    """
    t = versie[versie["jaar"].isin(list(jaren))]
    uit = [
        f"Taakstellingen: kengetal '{code}' is onbekend en telt niet mee.{naaste(code, KENGETALLEN)}"
        for code in sorted(set(t["kengetal"]) - {*KENGETALLEN, *ELDERS})
    ]
    uit += [
        f"Taakstellingen: niveau '{naam}' is onbekend.{naaste(naam, NIVEAUS)}"
        for naam in sorted(set(t["niveau"]) - {*NIVEAUS, "afdeling"})
    ]
    bekend = set(eenheden["eenheid"])
    onder = t[t["niveau"].isin(_AFDELING)]
    weg = sorted(set(onder["eenheid"].dropna().astype(str)) - {str(b) for b in bekend})
    if weg and not personen:
        uit.append(
            f"Taakstellingen: {_samen(weg)} komt niet voor als afdeling of team in uitkeringen; die normen worden "
            "niet gebruikt."
        )
    sleutel = ["jaar", "niveau", "eenheid", "kengetal"]
    wacht = ~t.groupby(sleutel, dropna=False)["geldt"].transform("any") if len(t) else pd.Series(dtype=bool)
    if len(t) and wacht.any():
        namen = sorted(set(t.loc[wacht, "kengetal"].astype(str)))
        uit.append(
            f"Taakstellingen: van {_samen(namen)} is elke versie na de peildatum vastgesteld; er is nog geen norm."
        )
    return tuple(uit)
