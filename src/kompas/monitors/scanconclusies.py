"""What follows from the figures of a scan: each conclusion is a rule on one figure and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

CONCLUSIES = ["conclusie", "oordeel", "groep", "periode", "eigen", "vergelijk", "verschil", "ondergrens", "bovengrens"]
MOGELIJK = ("instroom_omlaag", "uitstroom_omhoog", "bestand_omlaag", "groep_omlaag", "prijs_omlaag")
"""Conclusions that show room for reduction when their verdict is ``ja``."""

_HOGER_IS_RUIMTE: Mapping[str, str] = {"hoger": "ja", "lager": "nee"}
_LAGER_IS_RUIMTE: Mapping[str, str] = {"lager": "ja", "hoger": "nee"}


def maak_conclusies(
    *,
    standen: pd.DataFrame,
    stromen: pd.DataFrame,
    groepen: pd.DataFrame,
    prijs: pd.DataFrame,
    vooruit: pd.DataFrame | None,
    aandelen: pd.DataFrame,
    laatste_jaar: int,
    nu: float,
) -> pd.DataFrame:
    """Draw the conclusions, each from its own figure.

    Parameters
    ----------
    standen, stromen, groepen, prijs : DataFrame
        Against one area; see `kompas.monitors.scanvergelijking`.
    vooruit : DataFrame or None
        The table of a Vooruitzicht.
    aandelen : DataFrame
        See `kompas.monitors.scangeld.aandelentabel`.
    laatste_jaar : int
        Later years are still to come.
    nu : float
        Last own stock.

    Returns
    -------
    DataFrame
        conclusie (instroom_omlaag, uitstroom_omhoog, bestand_omlaag, groep_omlaag, prijs_omlaag, bestand_vooruit,
        geld_tekort), oordeel, groep, periode, eigen, vergelijk, verschil, ondergrens, bovengrens. ``oordeel``: ja = the
        figure shows room (or a shortage, or a fall), nee = it shows the opposite, niet_aangetoond = the interval holds
        zero, geen_uitspraak = there is no interval.
    """
    rijen: list[dict[str, Any]] = []
    for naam, stroom, regel in (
        ("instroom_omlaag", "instroom", _HOGER_IS_RUIMTE),
        ("uitstroom_omhoog", "uitstroom", _LAGER_IS_RUIMTE),
    ):
        jaar = stromen[(stromen["soort"] == "twaalf") & (stromen["stroom"] == stroom)]
        rijen += [_rij(naam, r, regel, periode=str(r["periode"])) for r in jaar.to_dict("records")]
    for r in standen.tail(1).to_dict("records"):
        rijen.append(_rij("bestand_omlaag", r, _HOGER_IS_RUIMTE, periode=str(r["maand"])))
    for r in groepen.to_dict("records"):
        rijen.append(_rij("groep_omlaag", r, _HOGER_IS_RUIMTE, periode=str(r["maand"]), groep=str(r["groep"])))
    for r in prijs.to_dict("records"):
        rijen.append(_rij("prijs_omlaag", r, _HOGER_IS_RUIMTE, periode=str(r["periode"])))
    rijen += _vooruit(nu, vooruit)
    rijen += _tekorten(aandelen, laatste_jaar)
    return pd.DataFrame(rijen, columns=CONCLUSIES)


def _rij(naam: str, r: Mapping[Any, Any], regel: Mapping[str, str], *, periode: str, groep: str = "") -> dict[str, Any]:
    oordeel = str(r["oordeel"])
    return {
        "conclusie": naam,
        "oordeel": regel.get(oordeel, oordeel),
        "groep": groep,
        "periode": periode,
        "eigen": r["eigen"],
        "vergelijk": r["geschaald"],
        **{k: r[k] for k in ("verschil", "ondergrens", "bovengrens")},
    }


def _vooruit(nu: float, vooruit: pd.DataFrame | None) -> Iterable[dict[str, Any]]:
    """Does the caseload fall within the horizon: against the last own stock, by the 80% interval."""
    if vooruit is None or vooruit.empty:
        return []
    slot = vooruit.iloc[-1]
    verwacht, laag, hoog = (float(slot[k]) - nu for k in ("uitkeringen", "ondergrens", "bovengrens"))
    oordeel = "ja" if hoog < 0 else "nee" if laag > 0 else "niet_aangetoond"
    return [
        {
            "conclusie": "bestand_vooruit",
            "oordeel": "geen_uitspraak" if np.isnan([verwacht, laag, hoog]).any() else oordeel,
            "groep": "",
            "periode": str(slot["maand"]),
            "eigen": nu + verwacht,
            "vergelijk": nu,
            "verschil": verwacht,
            "ondergrens": laag,
            "bovengrens": hoog,
        }
    ]


def _tekorten(aandelen: pd.DataFrame, laatste_jaar: int) -> Iterable[dict[str, Any]]:
    """Per scenario and coming year: is there a shortage. A scenario has no interval: it is what it supposes."""
    ver = aandelen[aandelen["jaar"] > laatste_jaar]
    for r in ver.to_dict("records"):
        oordeel = "geen_uitspraak" if np.isnan(r["saldo"]) else "ja" if r["saldo"] < 0 else "nee"
        yield {
            "conclusie": "geld_tekort",
            "oordeel": oordeel,
            "groep": str(r["scenario"]),
            "periode": str(r["jaar"]),
            "eigen": r["uitgaven"],
            "vergelijk": r["budget"],
            "verschil": r["saldo"],
            "ondergrens": float("nan"),
            "bovengrens": float("nan"),
        }
