"""Series behind the pictures of a scan: stock, and flows as moving sums of twelve months, at the own households."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from kompas.fouten import KompasError
from kompas.monitors.reductie import families
from kompas.monitors.reeksen import Reeksen
from kompas.monitors.scanvergelijking import KLEINST, STROMEN, anderen
from kompas.parameters.normen import LEEFVORMEN, norm

LIJNEN = ["kengetal", "groep", "gebied", "naam", "maand", "waarde"]


def _lijn(reeksen: Reeksen, gebied: str, groep: str, kengetal: str) -> pd.DataFrame:
    """One series; scaled by all households, so that groups add up to the total."""
    r = reeksen.reeks(gebied, groep)
    if r.empty:
        return pd.DataFrame(columns=LIJNEN)
    waarde = r[kengetal].astype(np.float64)
    if kengetal in STROMEN:
        waarde = waarde.rolling(12).sum()
    if gebied != "eigen":
        huis = [reeksen.reeks(g).set_index("maand")["huishoudens"].reindex(r["maand"]) for g in ("eigen", gebied)]
        waarde = waarde * (huis[0] / huis[1]).to_numpy(dtype=np.float64)
    naam = str(r["naam"].iloc[-1])
    f = pd.DataFrame({"maand": r["maand"], "waarde": waarde.to_numpy(dtype=np.float64)}).dropna()
    return f.assign(kengetal=kengetal, groep=groep, gebied=gebied, naam=naam)[LIJNEN]


def lijntabel(reeksen: Reeksen, gebied: str) -> pd.DataFrame:
    """Series for the pictures: kengetal, groep, gebied, naam, maand, waarde (at the own number of households).

    ``instroom`` and ``uitstroom`` are sums of the last twelve months; groups are against ``gebied`` alone, and left out
    where the own number was under ten in any month.
    """
    alle = ("eigen", *anderen(reeksen))
    delen = [_lijn(reeksen, g, "totaal", k) for k in ("uitkeringen", *STROMEN) for g in alle]
    for groep in (g for groepen in families(reeksen).values() for g in groepen) if gebied else ():
        paar = [_lijn(reeksen, g, groep, "uitkeringen") for g in ("eigen", gebied)]
        if all(len(p) for p in paar) and float(paar[0]["waarde"].min()) >= KLEINST:
            delen += paar
    gevuld = [d for d in delen if len(d)]
    return pd.concat(gevuld, ignore_index=True) if gebied or gevuld else pd.DataFrame(columns=LIJNEN)


def mixverschil(groepen: pd.DataFrame, datum: dt.date) -> float:
    """How much dearer the own mix of leefvormen is than that of the area, at equal norms: a fraction, nan unknown.

    Parameters
    ----------
    groepen : DataFrame
        See `kompas.monitors.reductie.Reductie`.
    datum : date
        The norms of this day.
    """
    g = groepen[groepen["groep"].isin([v for v in LEEFVORMEN if v != "anders"])]
    if len(g) < 2 or len(g) != len(groepen):
        return float("nan")
    try:
        bedrag = np.array([norm(v, datum) or np.nan for v in g["groep"]], dtype=np.float64)
    except KompasError:
        return float("nan")
    gewicht = [(g[f"aandeel{k}"] * g[f"dichtheid{k}"]).to_numpy(dtype=np.float64) for k in ("", "_vergelijk")]
    eigen, ander = ((w * bedrag).sum() / w.sum() for w in gewicht)
    return float(eigen / ander - 1)
