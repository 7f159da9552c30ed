"""Returns: what a running client is expected to do, with and without an instrument that starts now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kompas.config import BESTEMMINGEN, Instrument
from kompas.herijking import Herijking
from kompas.models.design import Floats
from kompas.models.returns import value_by_level, value_of_returns
from kompas.models.timedesign import band_of, frozen_trend
from kompas.vooruitblik import Blok, Klanten, Meter

JAAR = 12
BLOK = 2_000  # clients per block


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vooruitzicht:
    """Outcomes per client; all arrays of length n.

    Parameters
    ----------
    kans_uitstroom_12m, kans_werk_12m : (n,) float
    verwachte_maanden : (n,) float
        Months on benefit within the horizon when nothing new starts.
    maanden_bespaard, se_maanden : mapping of instrument to (n,) float
        Difference when that instrument starts now, and its standard error (delta method).
    waarde, se_waarde : mapping of instrument to (n,) float
        The same with each month discounted: euros when multiplied by the monthly cost.
    """

    kans_uitstroom_12m: Floats
    kans_werk_12m: Floats
    verwachte_maanden: Floats
    maanden_bespaard: Mapping[str, Floats]
    se_maanden: Mapping[str, Floats]
    waarde: Mapping[str, Floats]
    se_waarde: Mapping[str, Floats]


def _vervolg(h: Herijking, horizon: int) -> Floats:
    """Rates of exit in a renewed spell at the reference level, (3, horizon): average season, frozen trend."""
    plek = {t: j for j, t in enumerate(h.termen)}
    band = band_of(np.arange(horizon), h.tijd.bands)
    trend = [plek[t] for t in h.termen if t == "trend" or t.startswith("trend_")]
    uit = np.zeros((len(BESTEMMINGEN), horizon))
    for c, beta in enumerate(h.meter_coef):
        if not np.isnan(beta).all():
            b = np.nan_to_num(beta)
            seizoen = np.log(
                np.mean([np.exp(b[plek[f"maand={m}"]]) if f"maand={m}" in plek else 1.0 for m in range(1, 13)])
            )
            uit[c] = np.exp(b[band] + seizoen + float(b[trend] @ frozen_trend(h.tijd)))
    return uit


def _terug(h: Herijking, horizon: int, factor: float) -> Floats:
    """Expected (discounted) months back on benefit with 0..horizon months left.

    Without types (3, horizon + 1): renewed spells end as those in the data did on average. With types (K, 3,
    horizon + 1): they end by the hazards of the client and type that returns, from duration zero. Who leaves soon
    leaves soon again: one average for everybody is 7 to 10% too many months for the tenth that leaves soonest.
    """
    t = h.terugval
    keer = {s: t[t["soort"] == s] for s in ("terugkeer", "uitstroom")}
    tabel = {
        s: np.stack([v.loc[v["bestemming"] == b, "waarde"].to_numpy(dtype=np.float64)[:horizon] for b in BESTEMMINGEN])
        for s, v in keer.items()
    }
    if h.gesteund:
        return value_by_level(tabel["terugkeer"], _vervolg(h, horizon), horizon, factor)
    return value_of_returns(tabel["terugkeer"], tabel["uitstroom"], horizon, factor)


def maak_meter(h: Herijking, *, horizon: int, discontovoet: float, terugval: bool) -> Meter:
    """Lay a recalibration out for scoring.

    Parameters
    ----------
    h : Herijking
    horizon : int
        Months, at most 240.
    discontovoet : float
        Per year.
    terugval : bool
        Count months after a return to benefit.
    """
    factor = float((1 + discontovoet) ** (-1 / JAAR))
    nul = np.zeros((len(BESTEMMINGEN), horizon + 1))
    vervolg = _vervolg(h, min(horizon, JAAR)).mean(axis=1)
    return Meter(
        herijking=h,
        horizon=horizon,
        coef=np.nan_to_num(h.meter_coef),
        punten=h.typen.punten[:, : len(BESTEMMINGEN)] if h.typen is not None and h.gesteund else np.zeros((1, 3)),
        gemeten=not h.gesteund,
        plek={t: j for j, t in enumerate(h.termen)},
        tijd_band=slice(0, len(h.tijd.band_names)),
        terug=_terug(h, horizon, 1.0) if terugval else nul,
        terug_waarde=_terug(h, horizon, factor) if terugval else nul,
        vervolg=vervolg / vervolg.sum() if vervolg.sum() > 0 else vervolg,
        beloning=np.asarray(factor ** (np.repeat(np.arange(horizon), 2) + 0.5), dtype=np.float64),
    )


def _standaardfout(m: Meter, gradient: Floats) -> Floats:
    """Delta method: square root of g V g' per row."""
    return np.asarray(np.sqrt(np.maximum(((gradient @ m.herijking.meter_covariantie) * gradient).sum(axis=1), 0.0)))


def bereken(m: Meter, klanten: Klanten, instrumenten: Sequence[Instrument]) -> Vooruitzicht:
    """Score clients: chances, expected months, and per instrument what a start now would save.

    Parameters
    ----------
    m : Meter
    klanten : Klanten
    instrumenten : sequence of Instrument
        Those to evaluate, out of the instruments of the model.

    Returns
    -------
    Vooruitzicht

    Notes
    -----
    Duration, age and season advance, the trend is frozen at the mean of its last 12 months, entitlement ends at the
    AOW date, and what runs ends as planned. Over unobserved types the outcome is the mean with each client's own
    weights. Standard errors by the delta method on exact gradients; the weights of the types count as known.
    """
    n = klanten.aantal
    kans, werk, maanden = np.zeros(n), np.zeros(n), np.zeros(n)
    bespaard, se, waarde, se_waarde = ({i.code: np.zeros(n) for i in instrumenten} for _ in range(4))
    zelfde = bool(np.all(m.beloning == 1.0))
    een = np.ones(2 * m.horizon)
    for a in range(0, n, BLOK):
        wie = slice(a, min(a + BLOK, n))
        blok = Blok(m, klanten.deel(wie))
        stop = 2 * min(JAAR, m.horizon)
        cif, over = blok.kansen(blok.hazard, stop)
        kans[wie], werk[wie] = 1.0 - over[:, -1], cif[BESTEMMINGEN.index("werk"), :, -1]
        back = blok.terug(m.terug)
        geen = blok.verwacht(blok.hazard, een, back)
        maanden[wie] = geen.value
        back_waarde = back if zelfde else blok.terug(m.terug_waarde) * m.beloning
        disc = geen if zelfde else blok.verwacht(blok.hazard, m.beloning, back_waarde)
        for ins in instrumenten:
            bespaard[ins.code][wie], g = blok.verschil(ins, geen, een, back)
            se[ins.code][wie] = _standaardfout(m, g)
            if zelfde:
                waarde[ins.code][wie], se_waarde[ins.code][wie] = bespaard[ins.code][wie], se[ins.code][wie]
            else:
                waarde[ins.code][wie], g = blok.verschil(ins, disc, m.beloning, back_waarde)
                se_waarde[ins.code][wie] = _standaardfout(m, g)
    return Vooruitzicht(
        kans_uitstroom_12m=kans,
        kans_werk_12m=werk,
        verwachte_maanden=maanden,
        maanden_bespaard=bespaard,
        se_maanden=se,
        waarde=waarde,
        se_waarde=se_waarde,
    )
