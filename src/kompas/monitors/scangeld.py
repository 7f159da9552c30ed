"""Money in a scan, straight from the tables: the result of each year, and the shares of the national totals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config

STATUSSEN = ("voorlopig", "nader", "definitief")
RESULTAAT = ["jaar", "budget", "status", "uitgaven", "maanden", "saldo", "saldo_fractie"]
AANDELEN = [
    *("jaar", "scenario", "aandeel_uitgaven", "aandeel_budget", "gat", "gat_euro"),
    *("uitgaven", "budget", "saldo", "saldo_fractie"),
]


def resultaattabel(bestand: Bestand, config: Config) -> pd.DataFrame:
    """Budget less spending of every calendar year of which all twelve months of spending are there.

    Returns
    -------
    DataFrame
        jaar, budget (inkomensdeel, last round up to the peildatum), status, uitgaven, maanden, saldo, saldo_fractie (of
        the budget). Empty without the tables uitgaven and budget.
    """
    uitgaven, budget = (bestand.overig.get(n) for n in ("uitgaven", "budget"))
    if uitgaven is None or budget is None or uitgaven.empty or budget.empty:
        return pd.DataFrame(columns=RESULTAAT)
    tot = f"{config.gemeente.peildatum:%Y-%m}"
    u = uitgaven[uitgaven["maand"] <= tot].dropna(subset=["bedrag"])
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
            "saldo_fractie": (bedrag - gedaan) / bedrag,
        }
    )


def aandelentabel(bestand: Bestand) -> pd.DataFrame:
    """Shares of the national totals per year and scenario, and what they mean in euro (grafiek 8 and 9 of the essay).

    Returns
    -------
    DataFrame
        jaar, scenario, aandeel_uitgaven, aandeel_budget, gat (their difference), gat_euro (the difference times the
        national spending: what it costs when the national budget equals that), uitgaven and budget (share times total),
        saldo, saldo_fractie (of the budget). Empty without the table macro.
    """
    macro = bestand.overig.get("macro")
    if macro is None or macro.empty:
        return pd.DataFrame(columns=AANDELEN)
    m = macro.sort_values(["scenario", "jaar"], kind="stable", ignore_index=True)
    uitgaven, budget = m["aandeel_uitgaven"] * m["macro_uitgaven"], m["aandeel_budget"] * m["macrobudget"]
    gat = m["aandeel_uitgaven"] - m["aandeel_budget"]
    uit = m.assign(
        gat=gat,
        gat_euro=gat * m["macro_uitgaven"],
        uitgaven=uitgaven,
        budget=budget,
        saldo=budget - uitgaven,
        saldo_fractie=(budget - uitgaven) / budget,
    )
    return uit[AANDELEN]


def landelijk_resultaat(bestand: Bestand, jaar: int) -> float:
    """National budget less national spending of a year, as a fraction of the budget; nan when unknown."""
    macro = bestand.overig.get("macro")
    if macro is None or macro.empty:
        return float("nan")
    m = macro[macro["jaar"] == jaar].drop_duplicates(["macrobudget", "macro_uitgaven"])
    if len(m) != 1:
        return float("nan")
    return float(1 - m["macro_uitgaven"].iloc[0] / m["macrobudget"].iloc[0])
