"""Which sections a report has: those that were asked for, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kompas.jaarvergelijk import Jaarvergelijking
from kompas.weergave import jaarzinnen
from kompas.weergave.htmltabel import Deel
from kompas.weergave.jaardelen import driftdeel, ladderdeel, terugtoetsdeel, uitkomstdeel, vorigedeel
from kompas.weergave.methodedelen import (
    krachtdeel,
    methodendeel,
    overlapdeel,
    overlevingdeel,
    toetsendeel,
    typendeel,
)

OPTIONEEL: dict[str, tuple[str, ...]] = {
    "methoden": (
        *("instrument", "fase", "bestemming", "groep", "methode", "log_effect", "se", "effect", "ondergrens"),
        *("bovengrens", "voorkeur", "oordeel", "toelichting"),
    ),
    "typenpad": (
        *("instrument", "fase", "bestemming", "typen", "log_effect", "se", "aic", "bic", "gekozen", "oordeel_typen"),
    ),
    "fits": ("typen", "gekozen", "bruikbaar", "winst_bic"),
    "overlap": ("instrument", "kans_van", "kans_tot", "starters", "nog_niet"),
    "overleving": ("methode", "instrument", "bestemming", "maand", "met", "zonder", "verschil", "se"),
    "toetsen": ("instrument", "toets", "uitkomst", "zin"),
    "kracht": ("instrument", "fase", "bestemming", "aantoonbaar_effect", "inzetten", "nodig"),
    "terugtoets": (
        *("moment", "horizon", "bestemming", "voorspeller", "n", "brier", "auc", "verwacht", "waargenomen"),
        *("oe", "oe_laag", "oe_hoog"),
    ),
    "adviesgebruik": ("instrument", "advies", "besluit", "gestart_3m", "aantal", "naar_werk_12m", "verborgen"),
}


def delen_van(
    tabellen: Mapping[str, pd.DataFrame | None],
    jaren: Jaarvergelijking | None,
    namen: Mapping[str, str],
    meters: Mapping[str, str],
    *,
    terugtoets_zinnen: Sequence[str] = (),
    adviezen: Deel | None = None,
) -> dict[str, list[Deel]]:
    """Sections that are there only when they were asked for.

    Parameters
    ----------
    tabellen : mapping of str to DataFrame or None
        The tables of ``OPTIONEEL``; None or empty = no section.
    jaren : Jaarvergelijking or None
    namen, meters : mapping of instrument code to name / to meter
    terugtoets_zinnen : sequence of str
        Remarks on the backtest; without scores they make the section.
    adviezen : Deel, optional
        What was done with the advice.

    Returns
    -------
    dict
        ``effecten``: after the effects; ``jaren``: after the calibration.
    """
    t = {naam: f for naam, f in tabellen.items() if f is not None and len(f)}
    bij_effecten = [
        methodendeel(t["methoden"], namen) if "methoden" in t else None,
        typendeel(t["typenpad"], namen, meters, t.get("fits")) if "typenpad" in t else None,
        overlevingdeel(t["overleving"], namen, meters) if "overleving" in t else None,
        overlapdeel(t["overlap"], namen) if "overlap" in t else None,
        toetsendeel(t["toetsen"], namen) if "toetsen" in t else None,
        krachtdeel(t["kracht"], namen) if "kracht" in t else None,
    ]
    later = [terugtoetsdeel(t.get("terugtoets"), terugtoets_zinnen)]
    if jaren is not None:
        later += [uitkomstdeel(jaren), vorigedeel(jaren, namen), driftdeel(jaren), ladderdeel(jaren)]
    later.append(adviezen)
    return {
        "effecten": [d for d in bij_effecten if d is not None],
        "jaren": [d for d in later if d is not None],
    }


def managerblad(jaren: Jaarvergelijking, namen: Mapping[str, str]) -> dict[str, Any]:
    """The page for the manager: ``onderkop`` and ``kopjes`` (question to sentences)."""
    kopjes = {
        "Wat is er veranderd?": jaarzinnen.wat_veranderde(jaren, namen),
        "Kan ik erop vertrouwen?": jaarzinnen.vertrouwen(jaren),
        "Wat moet ik doen?": jaarzinnen.wat_te_doen(jaren),
    }
    return {"onderkop": jaarzinnen.onderkop(jaren), "kopjes": kopjes}
