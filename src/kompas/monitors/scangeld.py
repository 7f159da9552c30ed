"""Money in a scan, straight from the tables: the result of each year, and the shares of the national totals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.monitors.budgetreken import macrotabel
from kompas.monitors.maanden import naam
from kompas.monitors.uitgavenreken import laatste_hele_maand

STATUSSEN = ("voorlopig", "nader", "definitief")
RESULTAAT = ["jaar", "budget", "status", "uitgaven", "maanden", "saldo", "saldo_fractie"]
AANDELEN = [
    *("jaar", "scenario", "aandeel_uitgaven", "aandeel_budget", "gat", "gat_euro"),
    *("uitgaven", "budget", "saldo", "saldo_fractie"),
]


def resultaattabel(bestand: Bestand, config: Config) -> pd.DataFrame:
    """Budget less spending of every calendar year of which all twelve months of spending are over and there.

    Returns
    -------
    DataFrame
        jaar, budget (inkomensdeel, last round up to the peildatum), status, uitgaven, maanden, saldo, saldo_fractie (of
        the budget; nan for a budget of nothing). Empty without the tables uitgaven and budget.
    """
    uitgaven, budget = (bestand.overig.get(n) for n in ("uitgaven", "budget"))
    if uitgaven is None or budget is None or uitgaven.empty or budget.empty:
        return pd.DataFrame(columns=RESULTAAT)
    tot = naam(laatste_hele_maand(config.gemeente.peildatum))
    u = uitgaven[(uitgaven["maand"] <= tot) & (uitgaven["bedrag"] != 0)].dropna(subset=["bedrag"])
    per = u.groupby(u["maand"].str[:4].astype(np.int64))["bedrag"].agg(["sum", "size"])
    per = per[per["size"] == 12]
    b = budget[(budget["peildatum"].isna()) | (budget["peildatum"] <= pd.Timestamp(config.gemeente.peildatum))]
    b = b[(b["deel"] != "werkdeel") & b["bedrag"].notna()]
    b = b.assign(rang=b["status"].map({s: k for k, s in enumerate(STATUSSEN)}).fillna(-1))
    b = b.sort_values(["jaar", "rang", "peildatum"], kind="stable").groupby("jaar").tail(1).set_index("jaar")
    jaren = per.index.intersection(b.index)
    bedrag, gedaan = b.loc[jaren, "bedrag"].to_numpy(dtype=np.float64), per.loc[jaren, "sum"].to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "jaar": jaren.to_numpy(dtype=np.int64),
            "budget": bedrag,
            "status": b.loc[jaren, "status"].to_numpy(),
            "uitgaven": gedaan,
            "maanden": 12,
            "saldo": bedrag - gedaan,
            "saldo_fractie": (bedrag - gedaan) / np.where(bedrag > 0, bedrag, np.nan),
        }
    )


def aandelentabel(bestand: Bestand, jaar_nu: int) -> pd.DataFrame:
    """Shares of the national totals per year and scenario, and what they mean in euro (grafiek 8 and 9 of the essay).

    Realised rows of ``jaar_nu`` (the year of the last whole month) and later are left out: they are not known yet.

    Returns
    -------
    DataFrame
        jaar, scenario, aandeel_uitgaven, aandeel_budget, gat (their difference), gat_euro (the difference times the
        national spending: what it costs when the national budget equals that), uitgaven and budget (share times total),
        saldo, saldo_fractie (of the budget). Empty without the table macro.
    """
    return macrotabel(bestand, jaar_nu)[AANDELEN]


def landelijk_resultaat(bestand: Bestand, jaar: int, jaar_nu: int) -> float:
    """National budget less national spending of a year, as a fraction of the budget; nan when unknown.

    Only what was realised in a year before ``jaar_nu``; a row without a scenario counts as realised.
    """
    m = macrotabel(bestand, jaar_nu)
    m = m[(m["jaar"] == jaar) & (m["jaar"] < jaar_nu) & m["scenario"].isin(["realisatie", "basis"])]
    m = m.drop_duplicates(["macrobudget", "macro_uitgaven"])
    if len(m) != 1 or not m["macrobudget"].iloc[0] > 0:
        return float("nan")
    return float(1 - m["macro_uitgaven"].iloc[0] / m["macrobudget"].iloc[0])
