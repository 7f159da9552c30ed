"""Returns: what a running client is expected to do, with and without an instrument that starts now."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kompas.afgeleiden import Afgeleiden
from kompas.config import BESTEMMINGEN, Instrument
from kompas.herijking import Herijking
from kompas.models.design import Floats
from kompas.models.mixture import on_cores
from kompas.models.returns import value_by_level, value_of_returns
from kompas.models.timedesign import band_of, frozen_trend
from kompas.rooster import JAAR, Klanten
from kompas.vooruitblik import Blok, Meter

BLOK = 960  # clients per block: about 50 MB; a multiple of what a matrix product takes at a time
MAANDEN = (3, 6, 12, 24)  # horizons of the chances


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vooruitzicht:
    """Outcomes per client; all arrays of length n.

    Parameters
    ----------
    kans_uitstroom_12m, kans_werk_12m : (n,) float
    kans_uitstroom, kans_werk : mapping of months to (n,) float
        Chance of an exit, and of an exit to work, within 3, 6, 12 and 24 months when nothing new starts.
    verwachte_maanden : (n,) float
        Months on benefit within the horizon when nothing new starts.
    maanden_bespaard, se_maanden : mapping of instrument to (n,) float
        Difference when that instrument starts now, and its standard error (delta method).
    waarde, se_waarde : mapping of instrument to (n,) float
        The same with each month discounted: euros when multiplied by the monthly cost.
    """

    kans_uitstroom_12m: Floats
    kans_werk_12m: Floats
    kans_uitstroom: Mapping[int, Floats]
    kans_werk: Mapping[int, Floats]
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
        disconto=factor,
    )


def per_blok(klanten: Klanten, werk: Callable[[slice, Klanten], None]) -> None:
    """Do something for blocks of clients, on all cores.

    Every block has the same width, the last one filled up with its last client: what comes out for a client does not
    depend, to the bit, on who else is scored, on the order or on the number of cores. ``werk`` gets the place of the
    block's own clients in the whole, and the block.
    """
    n = klanten.aantal

    def een(b: int) -> None:
        eerste, laatste = b * BLOK, min((b + 1) * BLOK, n)
        vol = slice(eerste, laatste) if laatste - eerste == BLOK else np.minimum(np.arange(BLOK) + eerste, n - 1)
        werk(slice(eerste, laatste), klanten.deel(vol))

    draden: Any = importlib.import_module("threadpoolctl")  # comes with scikit-learn
    with draden.threadpool_limits(limits=1, user_api="blas"):  # the blocks are what keeps the cores at work
        on_cores(een, -(-n // BLOK))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kansen:
    """Chances per client from the one survival curve, when nothing new starts.

    Parameters
    ----------
    uitstroom, werk : mapping of months to (n,) float
        Chance of an exit, and of an exit to work, within so many months.
    """

    uitstroom: Mapping[int, Floats]
    werk: Mapping[int, Floats]


def kansen_op(m: Meter, klanten: Klanten, maanden: Sequence[int] = MAANDEN) -> Kansen:
    """Chances of exit within some numbers of months.

    Parameters
    ----------
    m : Meter
    klanten : Klanten
    maanden : sequence of int
        They may lie beyond the horizon of the meter.

    Returns
    -------
    Kansen
    """
    m = _tot(m, maanden)
    uit, werk = np.zeros((len(maanden), klanten.aantal)), np.zeros((len(maanden), klanten.aantal))

    def een(wie: slice, deel: Klanten) -> None:
        blok, eigen = Blok(m, deel), wie.stop - wie.start
        cif, over = blok.kansen(blok.hazard, maanden)
        uit[:, wie] = (1.0 - over.T)[:, :eigen]
        werk[:, wie] = cif[BESTEMMINGEN.index("werk")].T[:, :eigen]

    per_blok(klanten, een)
    return Kansen(
        uitstroom=dict(zip(maanden, uit, strict=True)),
        werk=dict(zip(maanden, werk, strict=True)),
    )


def _tot(m: Meter, maanden: Sequence[int]) -> Meter:
    """A meter that looks at least so far ahead."""
    ver = max(maanden, default=0)
    return m if ver <= m.horizon else maak_meter(m.herijking, horizon=ver, discontovoet=0.0, terugval=False)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Overleving:
    """Chance to be still on benefit, without a break, after 0 to H months.

    Parameters
    ----------
    geen : (n, H + 1) float
        When nothing new starts.
    met : mapping of instrument to (n, H + 1) float
        When that instrument starts now.
    """

    geen: Floats
    met: Mapping[str, Floats]


def overleving(m: Meter, klanten: Klanten, instrumenten: Sequence[Instrument] = ()) -> Overleving:
    """Survival curves: for pictures of a few clients, (n, H + 1) numbers for each instrument.

    Parameters
    ----------
    m : Meter
    klanten : Klanten
    instrumenten : sequence of Instrument

    Returns
    -------
    Overleving
    """
    maanden = range(m.horizon + 1)
    uit = {code: np.ones((klanten.aantal, m.horizon + 1)) for code in ("", *(i.code for i in instrumenten))}

    def een(wie: slice, deel: Klanten) -> None:
        blok, eigen = Blok(m, deel), wie.stop - wie.start
        uit[""][wie] = blok.kansen(blok.hazard, maanden)[1][:eigen]
        for ins in instrumenten:
            uit[ins.code][wie] = blok.kansen(blok.met_start(ins), maanden)[1][:eigen]

    per_blok(klanten, een)
    return Overleving(geen=uit.pop(""), met=uit)


class _Tussenstand:
    """What :func:`bereken` fills in block by block."""

    def __init__(self, n: int, instrumenten: Sequence[Instrument], doelen: int) -> None:
        self.maanden = np.zeros(n)
        self.kans, self.werk = np.zeros((len(MAANDEN), n)), np.zeros((len(MAANDEN), n))
        self.winst = {i.code: np.zeros((doelen, n)) for i in instrumenten}
        self.se = {i.code: np.zeros((doelen, n)) for i in instrumenten}


def met_lege_kolom(m: Meter) -> Floats:
    """The covariance with an empty column per bestemming, where derivatives to nothing go."""
    wel = np.concatenate([np.arange(m.breedte) + c * (m.breedte + 1) for c in range(len(BESTEMMINGEN))])
    uit = np.zeros((len(BESTEMMINGEN) * (m.breedte + 1),) * 2)
    uit[np.ix_(wel, wel)] = m.herijking.meter_covariantie
    return uit


def standaardfout(gradient: Floats, covariantie: Floats) -> Floats:
    """Delta method: square root of g' V g per client, for derivatives (Q, n)."""
    return np.asarray(np.sqrt(np.maximum(((covariantie @ gradient) * gradient).sum(axis=0), 0.0)))


def bereken(
    m: Meter, klanten: Klanten, instrumenten: Sequence[Instrument], *, alleen: str | None = None
) -> Vooruitzicht:
    """Score clients: chances, expected months, and per instrument what a start now would save.

    Parameters
    ----------
    m : Meter
    klanten : Klanten
    instrumenten : sequence of Instrument
        Those to evaluate, out of the instruments of the model.
    alleen : str, optional
        A bestemming: what an instrument does to the hazards of the others is left out (methode 1: an exit by
        enforcement or a move is no success of reintegration).

    Returns
    -------
    Vooruitzicht

    Notes
    -----
    Duration, age and season advance, the trend is frozen at the mean of its last 12 months, entitlement ends at the
    AOW date, and what runs ends as planned. Time goes in pieces: the duration months of the client, of which the
    horizon cuts the first and the last. A phase that begins or ends within a piece counts by its share of it (the mean
    of exp(effect)), returns count from the middle of the piece of the exit, and a discount from the middle of each
    piece. Over unobserved types the outcome is the mean with each client's own weights. Standard errors by the delta
    method on exact gradients; the weights of the types count as known. What comes out for a client is the same to the
    bit whoever else is scored.
    """
    zelfde = m.disconto == 1.0
    t = _Tussenstand(klanten.aantal, instrumenten, 1 if zelfde else 2)
    ver = _tot(m, MAANDEN)
    covariantie = met_lege_kolom(m)

    def een(wie: slice, deel: Klanten) -> None:
        eigen = wie.stop - wie.start
        blok = Blok(m, deel)
        kort = blok if ver is m else Blok(ver, deel)
        cif, over = kort.kansen(kort.hazard, MAANDEN)
        t.kans[:, wie] = (1.0 - over.T)[:, :eigen]
        t.werk[:, wie] = cif[BESTEMMINGEN.index("werk")].T[:, :eigen]
        doelen: list[tuple[Floats | float, Floats]] = [(1.0, blok.terug(m.terug))]
        if not zelfde:
            doelen.append((blok.disconto, blok.terug(m.terug_waarde) * blok.disconto))
        terug = Afgeleiden(blok)
        geen = blok.verwacht(blok.hazard, doelen)
        t.maanden[wie] = geen[0].value[:eigen]
        helling = [terug.zonder(e.gradient) for e in geen]
        for ins in instrumenten:
            effect = blok.effect_nu(ins) if alleen is None else blok.effect_nu(ins).alleen(alleen)
            met = blok.verwacht(blok.met_start(ins, effect), doelen)
            for d, (zonder, daar) in enumerate(zip(geen, met, strict=True)):
                g = helling[d] - terug.met(daar.gradient, ins, effect)
                t.winst[ins.code][d, wie] = (zonder.value - daar.value)[:eigen]
                t.se[ins.code][d, wie] = standaardfout(g.reshape(-1, BLOK), covariantie)[:eigen]

    per_blok(klanten, een)
    kans, werk = dict(zip(MAANDEN, t.kans, strict=True)), dict(zip(MAANDEN, t.werk, strict=True))
    return Vooruitzicht(
        kans_uitstroom_12m=kans[JAAR],
        kans_werk_12m=werk[JAAR],
        kans_uitstroom=kans,
        kans_werk=werk,
        verwachte_maanden=t.maanden,
        maanden_bespaard={c: w[0] for c, w in t.winst.items()},
        se_maanden={c: w[0] for c, w in t.se.items()},
        waarde={c: w[-1] for c, w in t.winst.items()},
        se_waarde={c: w[-1] for c, w in t.se.items()},
    )
