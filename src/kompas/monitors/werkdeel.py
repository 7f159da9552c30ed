"""Spending on instruments per year: what the work part was used for, as far as costs are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.models.calendar import month_of, to_day
from kompas.monitors.budgetregels import ONBEKEND, werkdeelstand
from kompas.perioden import _inzetrijen, _samengevoegd

ONDERGRENS = "wdeel_ondergrens"  # kengetal in taakstellingen: the fraction below which money goes back
KOLOMMEN = (
    *("jaar", "instrument", "inzetten", "kosten", "bekend", "onbekend"),
    *("ingekocht", "verbruikt", "bedrag_ingekocht", "bedrag_verbruikt"),
)
STAND = (
    *("jaar", "budget", "maanden", "besteed", "bekend", "onbekend", "rechte_lijn", "achter", "benutting"),
    *("jaarbasis", "benutting_jaar", "ondergrens", "terug"),
)


def inzetkosten(bestand: Bestand, config: Config, tot: int) -> pd.DataFrame:
    """Cost of deployments in the year in which they began.

    A deployment costs what its rows say, once per contract; else the ``kosten`` of its instrument; else it is unknown.

    Parameters
    ----------
    bestand : Bestand
    config : Config
    tot : int
        Last month that counts.

    Returns
    -------
    DataFrame
        jaar, instrument, inzetten, kosten (nan when the cost of one of them is unknown), bekend (sum of what is known),
        onbekend (deployments without a cost).
    """
    kolommen = list(KOLOMMEN[:6])
    if bestand.inzet.empty or not config.instrument:
        return pd.DataFrame({k: pd.Series(dtype=object if k == "instrument" else np.float64) for k in kolommen})
    los = _samengevoegd(_inzetrijen(bestand.inzet, config), config)
    maand = month_of(los["begin"].to_numpy(dtype=np.int64))
    vast = np.array([np.nan if i.kosten is None else i.kosten for i in config.instrument])
    code = np.array([i.code for i in config.instrument], dtype=object)
    soort = los["instrument"].to_numpy(dtype=np.int64)
    kosten = np.where(los["kosten"].notna(), los["kosten"], vast[soort])
    f = pd.DataFrame({"jaar": maand // 12, "instrument": code[soort], "kosten": kosten})[maand <= tot]
    per = f.groupby(["jaar", "instrument"], sort=True)["kosten"].agg(["size", "count", "sum"]).reset_index()
    uit = per.rename(columns={"size": "inzetten", "sum": "bekend"})
    uit = uit.assign(
        onbekend=uit["inzetten"] - uit["count"], kosten=uit["bekend"].where(uit["inzetten"] == uit["count"])
    )
    return uit[kolommen]


def contractkosten(bestand: Bestand) -> pd.DataFrame:
    """Places bought and used per year (of the begin of the contract) and instrument, with their amounts."""
    c = bestand.overig.get("contracten")
    kolommen = ["jaar", "instrument", *KOLOMMEN[6:]]
    if c is None or c.empty:
        return pd.DataFrame({k: pd.Series(dtype=object if k == "instrument" else np.float64) for k in kolommen})
    c = c.dropna(subset=["begindatum"])
    f = c.assign(
        jaar=c["begindatum"].dt.year.astype(np.int64),
        bedrag_ingekocht=c["ingekocht"] * c["prijs"],
        bedrag_verbruikt=c["verbruikt"] * c["prijs"],
    )
    # One unknown makes the sum unknown.
    som = f.groupby(["jaar", "instrument"], sort=True)[list(KOLOMMEN[6:])].agg(lambda x: x.sum(skipna=False))
    return som.reset_index()


def besteding(bestand: Bestand, config: Config, tot: int) -> pd.DataFrame:
    """Return spending and contracts side by side, one row per year x instrument."""
    a, b = inzetkosten(bestand, config, tot), contractkosten(bestand)
    b = b[b["jaar"] <= tot // 12]
    if a.empty and b.empty:
        return pd.DataFrame(columns=list(KOLOMMEN))
    uit = a.merge(b, on=["jaar", "instrument"], how="outer").sort_values(["jaar", "instrument"], ignore_index=True)
    return uit.assign(jaar=uit["jaar"].astype(np.int64))[list(KOLOMMEN)]


def _ondergrens(bestand: Bestand, jaar: int) -> float:
    t = bestand.overig.get("taakstellingen")
    if t is None or t.empty:
        return ONBEKEND
    rij = t[(t["kengetal"] == ONDERGRENS) & (t["jaar"] == jaar)]["norm"].dropna()
    return float(rij.iloc[-1]) if len(rij) else ONBEKEND


def _besteed(uit: pd.DataFrame, jaar: int) -> tuple[float, float, int]:
    """Spent in a year (nan when part is unknown), the known part, and the number of deployments without a cost."""
    deel = uit[uit["jaar"] == jaar]
    inzet = deel.dropna(subset=["inzetten"])
    if len(inzet):
        weg = int(inzet["onbekend"].sum())
        bekend = float(inzet["bekend"].sum())
        return (bekend if weg == 0 else ONBEKEND), bekend, weg
    bedrag = deel["bedrag_verbruikt"]
    som = float(bedrag.sum(skipna=False)) if len(deel) else ONBEKEND
    return som, float(bedrag.sum()) if len(deel) else ONBEKEND, 0


def werkdeelstanden(
    bestand: Bestand, config: Config, rondes: pd.DataFrame, tot: int
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Use of the work part per year against its last known budget.

    Parameters
    ----------
    bestand : Bestand
    config : Config
    rondes : DataFrame
        Known rounds of the work part in order: jaar, bedrag.
    tot : int
        Last complete month.

    Returns
    -------
    stand, besteding : DataFrame
        One row per year; one row per year x instrument.
    zinnen : tuple of str
    """
    uit = besteding(bestand, config, tot)
    geldend = rondes.groupby("jaar", sort=True)["bedrag"].last()
    eerste = _volledig_vanaf(config)
    rijen, zinnen = [], []
    for jaar, bedrag in geldend.items():
        j = int(jaar)
        if j > tot // 12 or not bedrag > 0:
            continue
        if 12 * j < eerste:
            zinnen.append(f"De inzet is over {j} niet volledig geregistreerd: daarvan is geen benutting.")
            continue
        maanden = 12 if j < tot // 12 else tot % 12 + 1
        besteed, bekend, weg = _besteed(uit, j)
        w = werkdeelstand(float(bedrag), besteed, maanden, ondergrens=_ondergrens(bestand, j))
        rij = {k: getattr(w, k) for k in STAND if k not in {"jaar", "bekend", "onbekend"}}
        rijen.append({"jaar": j, **rij, "bekend": bekend, "onbekend": weg})
    stand = pd.DataFrame(rijen, columns=list(STAND))
    if len(stand):
        zinnen.append(
            "Van het werkdeel zijn alleen de kosten bekend van de instrumenten in inzet, in het jaar waarin de inzet "
            "begon; wat er verder uit betaald is, telt niet mee."
        )
    if len(stand) and stand["ondergrens"].isna().iloc[-1]:
        zinnen.append(
            f"Onder welke besteding geld teruggaat, is niet opgegeven: zet het als kengetal {ONDERGRENS} (deel van het "
            "werkdeel) in de tabel taakstellingen."
        )
    return stand, uit, tuple(zinnen)


def _volledig_vanaf(config: Config) -> int:
    bron = config.bron.inzet
    if bron is None or bron.volledig_vanaf is None:
        return 0
    dag = np.array([to_day(bron.volledig_vanaf)], dtype=np.int64)
    return int(month_of(dag)[0])
