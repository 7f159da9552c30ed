"""The steps of the ladder: a model shifted in level, bands or calendar on later data, its traits and effects kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.herijking import Herijking
from kompas.mededingers import Schatter, bekende_inzet
from kompas.modelpanel import panel_van_model
from kompas.models.design import Floats, Profiles, TimeDesign
from kompas.models.hazard import fit_hazard, prepare
from kompas.models.timedesign import frozen_trend, make_spec, make_time_design
from kompas.panel import Panel
from kompas.perioden import maak_perioden
from kompas.schatting import ontwerp
from kompas.terugblik import laatste_dag
from kompas.typen import Typen

TREDEN = {
    "ongewijzigd": "het model van vorige keer zoals het is",
    "niveau": "alleen het niveau per bestemming opnieuw",
    "basis": "ook de kans per duurband opnieuw",
    "kalender": "ook seizoen en trend opnieuw",
    "volledig": "alles opnieuw geschat",
}
MINSTENS = 5  # exits to a bestemming without which its level is left alone
PRIOR_BAND = 4.0  # precision (standard deviation 0.5) of the deviation of a band from its old value
PRIOR_LEEG = 1.0  # precision of a band or month without exits


def zonder_typen(h: Herijking) -> Herijking:
    """The same herijking predicting with ``waargenomen`` alone, and with the hazards of entry when there is one type.

    The lighter updates shift those parameters; hazards of entry per type belong to exits per type.
    """
    typen = h.typen if h.typen is not None and h.typen.aantal == 1 else None
    return replace(h, typen=typen, gesteund=False, meter_coef=h.coef, meter_covariantie=h.covariantie)


def als_oud(config: Config, oud: Config) -> Config:
    """Today's data with last time's settings: traits, model and instruments."""
    return config.model_copy(update={"kenmerken": oud.kenmerken, "model": oud.model, "instrument": oud.instrument})


def blootstelling(h: Herijking, bestand: Bestand, config: Config) -> Panel:
    """Exposure in the window of ``config`` with traits coded as the model knows them."""
    bestand = bekende_inzet(bestand, config)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    return panel_van_model(h, perioden, bestand, config)


def _vast_profiel(h: Herijking, panel: Panel, oorzaak: int) -> Profiles:
    """Profiles whose whole linear predictor is that of the model: no column is left to estimate."""
    vol = ontwerp(h.config, h.kenmerken, h.interacties, panel.profielen)
    beta = np.nan_to_num(h.coef[oorzaak])[len(h.termen) - len(vol.names) :]
    leeg = sparse.csr_matrix((vol.matrix.shape[0], 0))
    return Profiles(matrix=leeg, names=(), ridge=np.zeros(0), offset=np.asarray(vol.matrix @ beta))


def _trend(termen: Sequence[str]) -> list[int]:
    """Places of the terms of the trend."""
    return [j for j, t in enumerate(termen) if t == "trend" or t.startswith("trend_")]


def _verwachting_tijd(h: Herijking, time: TimeDesign, oorzaak: int) -> tuple[Floats, Floats]:
    """Linear predictor of the model by duration and calendar month after its window: season on, trend frozen."""
    beta = np.nan_to_num(h.coef[oorzaak])
    n = len(h.tijd.band_names)
    maanden = time.first + np.arange(time.calendar.shape[0])
    namen = {t: j for j, t in enumerate(h.termen)}
    seizoen = np.array([beta[namen[f"maand={m + 1}"]] if f"maand={m + 1}" in namen else 0.0 for m in range(12)])
    trend = _trend(h.termen)
    stil = float(beta[trend] @ frozen_trend(h.tijd)) if trend else 0.0
    return time.duration @ beta[:n], np.asarray(seizoen[maanden % 12] + stil)


def _met_coef(h: Herijking, coef: Floats) -> Herijking:
    """The same model with other parameters, for prediction only: its covariance is unknown (nan).

    Of the types only the hazards of entry of a single type stay.
    """
    leeg = np.full((coef.size, coef.size), np.nan)
    kaal = zonder_typen(h)
    return replace(kaal, coef=coef, covariantie=leeg, meter_coef=coef, meter_covariantie=leeg)


def _bijgesteld(h: Herijking, panel: Panel, *, banden: bool) -> Herijking:
    """Steps ``niveau`` and ``basis``: shift the old predictor on the months since the old model."""
    e = panel.exposure
    coef = h.coef.copy()
    n = len(h.tijd.band_names)
    if not e.profile.size:
        return h
    eerste, laatste = int(e.calendar.min()), int((e.calendar + e.months).max()) - 1
    kaal = make_time_design(make_spec(h.tijd.bands, "geen", eerste, laatste))
    een = np.ones((kaal.duration.shape[0], 1))
    kolommen = np.concatenate([een, kaal.duration], axis=1) if banden else een
    time = replace(
        kaal,
        duration=kolommen,
        names=("niveau", *kaal.names)[: kolommen.shape[1]],
        ridge=np.array([0.0, *[PRIOR_BAND] * n])[: kolommen.shape[1]],
    )
    for k in range(len(BESTEMMINGEN)):
        if np.isnan(h.coef[k]).all() or int((e.event == k + 1).sum()) < MINSTENS:
            continue
        bekend = _verwachting_tijd(h, kaal, k)
        fit = fit_hazard(prepare(e, _vast_profiel(h, panel, k), replace(time, offset=bekend)), k + 1)
        stap = np.nan_to_num(fit.coef)
        coef[k, :n] += stap[0] + (stap[1:] if banden else 0.0)
    return _met_coef(h, coef)


def _intrede_stilgezet(h: Herijking) -> Typen | None:
    """Hazards of entry whose trend, frozen where the model ends, stands in the bands: they fit any calendar."""
    if h.typen is None:
        return None
    coef = {}
    for code, termen in h.typen.intrede_termen.items():
        beta, trend = np.nan_to_num(h.typen.intrede_coef[code]), _trend(termen)
        if trend:
            banden = [j for j, t in enumerate(termen) if t.startswith("duur=")]
            beta[banden] += float(beta[trend] @ frozen_trend(h.tijd))
            beta[trend] = 0.0
        coef[code] = beta
    return replace(h.typen, intrede_coef=coef)


def _stilgezet(h: Herijking, time: TimeDesign, oorzaak: int) -> Floats:
    """Old time parameters on the new columns: bands at the last level of the trend, season as it was, no new trend."""
    duur, _ = _verwachting_tijd(h, time, oorzaak)
    oud = {t: b for t, b in zip(h.termen, np.nan_to_num(h.coef[oorzaak]), strict=True) if t.startswith("maand=")}
    trend = _trend(h.termen)
    stil = float(np.nan_to_num(h.coef[oorzaak])[trend] @ frozen_trend(h.tijd)) if trend else 0.0
    n = len(h.tijd.band_names)
    banden = np.linalg.lstsq(time.duration, duur + stil, rcond=None)[0]
    return np.concatenate([banden, [oud.get(t, 0.0) for t in time.names[n:]]])


def _kalender(h: Herijking, panel: Panel) -> Herijking:
    """Step ``kalender``: bands, season and trend anew on the whole window; traits and effects as they were."""
    e = panel.exposure
    tijd = make_spec(
        h.tijd.bands, h.config.model.kalender, int(e.calendar.min()), int((e.calendar + e.months).max()) - 1
    )
    time = make_time_design(tijd)
    n, rest = len(h.tijd.band_names), len(h.termen) - len(make_time_design(h.tijd).names)
    coef = np.full((len(BESTEMMINGEN), len(time.names) + rest), np.nan)
    for k in range(len(BESTEMMINGEN)):
        raak = np.flatnonzero(e.event == k + 1)
        if np.isnan(h.coef[k]).all():
            continue
        vast = h.coef[k, len(h.termen) - rest :]
        if raak.size < MINSTENS:
            coef[k] = np.concatenate([_stilgezet(h, time, k), vast])
            continue
        laatste = (e.calendar + e.months - 1)[raak] - time.first
        duur = np.minimum((e.month + e.months - 1)[raak], time.duration.shape[0] - 1)
        per = np.concatenate([time.duration[duur].sum(axis=0), np.abs(time.calendar[laatste]).sum(axis=0)])
        ridge = np.where(per == 0, PRIOR_LEEG, 0.0)
        centrum = np.concatenate([np.nan_to_num(h.coef[k, :n]), np.zeros(len(time.names) - n)])
        eigen = replace(time, ridge=ridge, centre=centrum)
        fit = fit_hazard(prepare(e, _vast_profiel(h, panel, k), eigen), k + 1)
        coef[k] = np.concatenate([np.nan_to_num(fit.coef), vast])
    termen = (*time.names, *h.termen[len(h.termen) - rest :])
    return _met_coef(replace(h, tijd=tijd, termen=termen, typen=_intrede_stilgezet(h)), coef)


def treden_van(begin: Herijking, bestand: Bestand, config: Config, schatter: Schatter) -> dict[str, Herijking]:
    """The model of every step, estimated with the data as known on the peildatum of ``config``.

    All of them predict with one type, also where ``begin`` or ``schatter`` knows more: the lighter steps can shift no
    other parameters, and two ways of predicting are not laid beside each other.

    Parameters
    ----------
    begin : Herijking
        The model to update.
    bestand : Bestand
    config : Config
    schatter : function (bestand, config) -> Herijking

    Returns
    -------
    dict of trede to Herijking
        In the order of ``TREDEN``; all but the first and the last are for prediction only.
    """
    begin = zonder_typen(begin)
    eigen = als_oud(config, begin.config)
    sinds = laatste_dag(begin.config) + dt.timedelta(days=1)
    kort = eigen.bron.model_copy(update={"venster_van": sinds})
    nieuw = blootstelling(begin, bestand, eigen.model_copy(update={"bron": kort}))
    return {
        "ongewijzigd": begin,
        "niveau": _bijgesteld(begin, nieuw, banden=False),
        "basis": _bijgesteld(begin, nieuw, banden=True),
        "kalender": _kalender(begin, blootstelling(begin, bestand, eigen)),
        "volledig": zonder_typen(schatter(bestand, config)),
    }
