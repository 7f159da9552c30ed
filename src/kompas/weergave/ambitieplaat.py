"""Pictures of the ambition: the caseload beside the trend and the target path, and the chance of reaching it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kompas.monitors.ambitie import NAMEN
from kompas.weergave.getallen import aantal, klein_aantal, maandnaam, percent
from kompas.weergave.lijnen import lijnplaat
from kompas.weergave.platen import Grafiek


def afspraak(a: Any) -> str:
    """The ambition in one sentence."""
    volgt = f"de trend van {NAMEN[a.volgt]} volgen" if a.volgt else "zonder trend"
    minder = f" en {aantal(a.minder)} huishoudens minder in {a.jaren} jaar" if a.minder else ""
    return (
        f"Ambitie van {a.gemeente} vanaf {maandnaam(a.vanaf)} ({klein_aantal(a.start)} huishoudens): {volgt}{minder}."
    )


def _gat(r: Any) -> str:
    """The gap of one month with its two parts."""
    totaal = r["waarde"] - r["doelpad"]
    waar = (
        f"{aantal(abs(totaal))} {'boven' if totaal > 0 else 'onder'} het doelpad"
        if abs(totaal) >= 0.5
        else ("precies op het doelpad")
    )
    if np.isnan(r["gat_trend"]):
        return waar
    trend = (
        "precies op de trend"
        if abs(r["gat_trend"]) < 0.5
        else f"{aantal(abs(r['gat_trend']))} {'boven' if r['gat_trend'] > 0 else 'onder'} de trend"
    )
    eigen = f"; de afspraak is {aantal(r['gat_eigen'])} eronder" if r["gat_eigen"] >= 0.5 else ""
    return f"{waar} ({trend}{eigen})"


def hoofdzinnen(a: Any) -> tuple[str, ...]:
    """What the ambition says now and at the end of the term, the sentence that matters first."""
    t = a.tabel.assign(waarde=a.tabel["realisatie"].fillna(a.tabel["prognose"]))
    echt = t[t["realisatie"].notna()].iloc[-1]
    zinnen = []
    ver = t[(t["maand"] <= a.einde) & t["prognose"].notna() & t["doelpad"].notna()]
    if len(ver):
        r = ver.iloc[-1]
        moment = "aan het einde van de afspraak" if r["maand"] == a.einde else "zo ver als de prognose reikt"
        zinnen.append(
            f"Eind {maandnaam(r['maand'])}, {moment}, is de kans {percent(r['kans'])} dat {a.gemeente} op of onder het "
            f"doelpad zit: verwacht {klein_aantal(round(r['waarde']))} tegen een doel van {aantal(r['doelpad'])}, "
            f"{_gat(r)}."
        )
    if not np.isnan(echt["doelpad"]):
        zinnen.append(
            f"Eind {maandnaam(echt['maand'])} zijn het er {klein_aantal(echt['waarde'])} bij een doel van "
            f"{aantal(echt['doelpad'])}: {_gat(echt)}."
        )
    return (*zinnen, afspraak(a))


def pad(a: Any) -> Grafiek:
    """Draw caseload, trend and target."""
    t, soort = a.tabel, np.where(a.tabel["realisatie"].notna(), "realisatie", "prognose")
    lijnen = {
        "Bestand": t["realisatie"].fillna(t["prognose"]),
        "Trendpad": t["trendpad"],
        "Doelpad": t["doelpad"],
    }
    f = pd.concat(
        [pd.DataFrame({"maand": t["maand"], "lijn": n, "waarde": w, "soort": soort}) for n, w in lijnen.items()],
        ignore_index=True,
    )
    f = f[f.groupby("lijn")["waarde"].transform("count") > 0]
    return lijnplaat(f, titel=f"{a.gemeente}: bestand en ambitie", y_titel="Huishoudens", zinnen=hoofdzinnen(a))


def kansplaat(a: Any) -> Grafiek:
    """Draw the chance of being at or below the target, in the months to come."""
    t = a.tabel[a.tabel["prognose"].notna()]
    f = pd.DataFrame({"maand": t["maand"], "lijn": "Kans", "waarde": t["kans"], "soort": "prognose"})
    return lijnplaat(
        f,
        titel=f"{a.gemeente}: kans om op of onder het doelpad te zitten",
        y_titel="Kans",
        eenheid="percent",
        zinnen=hoofdzinnen(a)[:1],
        vanaf_nul=True,
    )


def notitietabel(a: Any) -> pd.DataFrame:
    """The table of a notebook: the last month that has been, and the months to come."""
    t: pd.DataFrame = a.tabel
    return t.iloc[max(int(t["realisatie"].notna().sum()) - 1, 0) :]


PLATEN: Mapping[str, Callable[[Any], Grafiek]] = {"pad": pad, "kans": kansplaat}
