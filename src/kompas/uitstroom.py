"""Observed outflow and returns: cumulative incidence by months since the start, hazards of coming back."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.config import BESTEMMINGEN, Config
from kompas.models.aalen_johansen import aalen_johansen
from kompas.models.calendar import add_months, days_of, full_months
from kompas.models.design import Floats, Ints
from kompas.models.returns import OUT_BANDS, monthly_returns, return_hazard
from kompas.panel import risicoperioden
from kompas.parameters.aow import aow_datum
from kompas.perioden import OPEN, Perioden, venster

HORIZON = 60  # months that the picture of outflow shows
LANGSTE = 240  # months for which returns are laid out
AOW = "03"
GEEN_TERUGKEER = (AOW, "04", "32", "33")  # AOW, death, moved away: not at risk of a return
MINIMUM = 100  # fewer renewed spells than this: all spells stand in for them


def maanden_tussen(begin: Ints, dag: Ints) -> Floats:
    """Calendar months from begin to day, with the part of the last month by its days."""
    heel = full_months(begin, dag)
    van, tot = add_months(begin, heel), add_months(begin, heel + 1)
    return np.asarray(heel + (dag - van) / (tot - van), dtype=np.float64)


def incidentietabel(perioden: Perioden, uitkeringen: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Aalen-Johansen with late entry at whole months: maand, bestemming, kans (0-1).

    Only as far as somebody is observed: no row beyond the longest observed duration.
    """
    s = risicoperioden(perioden, uitkeringen, config)
    if s.nummer.size == 0:
        return pd.DataFrame({"maand": [], "bestemming": [], "kans": []})
    intrede = maanden_tussen(s.begin, s.van)
    einde = maanden_tussen(s.begin, np.where(s.event > 0, np.minimum(s.eind, s.tot), s.tot))
    aj = aalen_johansen(intrede, np.maximum(einde, intrede + 1e-6), s.event, len(BESTEMMINGEN))
    maanden = np.arange(0, min(HORIZON, int(einde.max())) + 1)
    kans = aj.at(maanden.astype(np.float64))
    delen = [pd.DataFrame({"maand": maanden, "bestemming": b, "kans": kans[k]}) for k, b in enumerate(BESTEMMINGEN)]
    return pd.concat(delen, ignore_index=True)


def terugvaltabel(perioden: Perioden, uitkeringen: pd.DataFrame, config: Config) -> pd.DataFrame:
    """What happens after an exit: soort, bestemming, maand, waarde.

    ``soort = "terugkeer"``: probability that somebody who left to the bestemming comes back in that month: the share
    of the exits that is at risk of a return, times the chance of a first return of those. Who died or moved away never
    comes back; who reached the AOW age is no exit of a hazard and counts nowhere. ``soort = "uitstroom"``:
    probability that a renewed spell ends in that month. Rows ``soort = "aantal"`` (maand 0) hold the number of returns
    behind it.
    """
    spells = perioden.spells
    van, tot = venster(config)
    begin, eind = spells["begin"].to_numpy(dtype=np.int64), spells["eind"].to_numpy(dtype=np.int64)
    client = pd.factorize(spells["client_id"], sort=True)[0]
    volgende = np.r_[np.where(client[1:] == client[:-1], begin[1:], OPEN), OPEN][: begin.size]
    geboren = days_of(uitkeringen["geboortedatum"].to_numpy()[spells["rij"]], OPEN)
    grens = np.minimum(aow_datum(geboren), tot)
    reden = spells["reden"].astype(str).to_numpy()
    weg = (eind > van) & (eind < grens) & (reden != AOW)
    kan_terug = ~np.isin(reden, GEEN_TERUGKEER)
    rijen: list[tuple[str, str, int, float]] = []
    for naam in BESTEMMINGEN:
        hierheen = weg & (spells["bestemming"].to_numpy() == naam)
        wie = np.flatnonzero(hierheen & kan_terug)
        deel = wie.size / max(int(hierheen.sum()), 1)
        terug = volgende[wie] < grens[wie]
        uit = maanden_tussen(eind[wie], np.minimum(volgende[wie], grens[wie]))
        hazard, aantal, _ = return_hazard(uit, terug.astype(np.int64), OUT_BANDS)
        rijen.append(("aantal", naam, 0, float(aantal.sum())))
        rijen += [("terugkeer", naam, u + 1, deel * float(w)) for u, w in enumerate(monthly_returns(hazard, LANGSTE))]
    return pd.concat(
        [
            pd.DataFrame(rijen, columns=["soort", "bestemming", "maand", "waarde"]),
            _hernieuwd(perioden, uitkeringen, config),
        ],
        ignore_index=True,
    )


def _hernieuwd(perioden: Perioden, uitkeringen: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Probability that a spell of somebody who came back ends in each month, by bestemming."""
    s = risicoperioden(perioden, uitkeringen, config)
    eerder = perioden.spells["eerdere_spells"].to_numpy()[s.nummer] > 0
    wie = np.flatnonzero(eerder) if eerder.sum() >= MINIMUM else np.arange(s.nummer.size)
    maanden = np.arange(LANGSTE + 1, dtype=np.float64)
    if wie.size == 0:
        kans = np.zeros((len(BESTEMMINGEN), LANGSTE + 1))
    else:
        intrede = maanden_tussen(s.begin[wie], s.van[wie])
        einde = maanden_tussen(
            s.begin[wie], np.where(s.event[wie] > 0, np.minimum(s.eind[wie], s.tot[wie]), s.tot[wie])
        )
        kans = aalen_johansen(intrede, np.maximum(einde, intrede + 1e-6), s.event[wie], len(BESTEMMINGEN)).at(maanden)
    delen = [
        pd.DataFrame(
            {"soort": "uitstroom", "bestemming": b, "maand": np.arange(1, LANGSTE + 1), "waarde": np.diff(kans[k])}
        )
        for k, b in enumerate(BESTEMMINGEN)
    ]
    return pd.concat(delen, ignore_index=True)
