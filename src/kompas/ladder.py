"""The ladder of updates: from leaving last time's model as it is to estimating everything anew.

Each step is taken on an earlier day with the data as known then, and judged on what happened afterwards. The cheapest
step that predicts as well as the best one is advised: a small update is easier to explain and less at the mercy of
chance than a new model.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.herijking import Herijking, schat_licht
from kompas.historie import bronwaarden_van
from kompas.kenmerken import relevante_leeftijden
from kompas.mededingers import Scoor, zonder_nieuwe_start
from kompas.models.design import Floats, Profiles, TimeDesign
from kompas.models.hazard import NotEstimableError, fit_hazard, prepare
from kompas.models.timedesign import frozen_trend, make_spec, make_time_design
from kompas.models.validation import brier_terms, censoring_weights
from kompas.panel import Panel, maak_panel
from kompas.perioden import maak_perioden
from kompas.schatting import ontwerp
from kompas.terugblik import (
    Stand,
    Uitkomst,
    config_op,
    dag_eerder,
    genoeg_venster,
    laatste_dag,
    stand_op,
    uitkomst_van,
    zoals_bekend,
)

TREDEN = {
    "ongewijzigd": "het model van vorige keer zoals het is",
    "niveau": "alleen het niveau per bestemming opnieuw",
    "basis": "ook de kans per duurband opnieuw",
    "kalender": "ook seizoen en trend opnieuw",
    "volledig": "alles opnieuw geschat",
}
HORIZONNEN = (3, 6, 12)
AFSTAND = 12  # months before the end of the data on which the steps are taken
OUDER = 6  # months by which the old model must be older than that day
MINSTENS = 5  # exits to a bestemming without which its level is left alone
PRIOR_BAND = 4.0  # precision (standard deviation 0.5) of the deviation of a band from its old value
PRIOR_LEEG = 1.0  # precision of a band or month without exits
PRAKTISCH = 0.005  # a difference under half a percent of the Brier score is no difference

Schatter = Callable[..., Herijking]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ladder:
    """What each step would have brought.

    Parameters
    ----------
    treden : DataFrame
        trede, wat, brier (mean over horizons of the sum over bestemmingen), verschil (with the best step), se (of that
        difference, paired by client), advies (true on one row). Empty when the window is too short.
    moment : date
        The day on which the steps were taken.
    clienten : int
        Clients who were running then.
    advies : str
        The step advised; empty when there is no table.
    zin : str
        The same as a Dutch sentence.
    """

    treden: pd.DataFrame
    moment: dt.date
    clienten: int
    advies: str
    zin: str

    def to_frame(self) -> pd.DataFrame:
        """The steps, from cheap to dear."""
        return self.treden.copy()


def _als_oud(config: Config, oud: Config) -> Config:
    """Today's data with last time's settings: traits, model and instruments."""
    return config.model_copy(update={"kenmerken": oud.kenmerken, "model": oud.model, "instrument": oud.instrument})


def _alleen_bekend(bestand: Bestand, config: Config) -> Bestand:
    mee = bestand.inzet["instrument"].isin([i.code for i in config.instrument])
    return replace(bestand, inzet=bestand.inzet[mee].reset_index(drop=True))


def _beginmodel(oud: Herijking, bestand: Bestand, config: Config, moment: dt.date, schatter: Schatter) -> Herijking:
    """The model to update: last time's, or its settings estimated a year before ``moment`` when it knows too much."""
    if laatste_dag(oud.config) <= dag_eerder(moment, OUDER):
        return oud
    toen = dag_eerder(moment, AFSTAND)
    eigen = _als_oud(config_op(config, toen), oud.config)
    return schatter(_alleen_bekend(zoals_bekend(bestand, toen), eigen), eigen)


def _blootstelling(h: Herijking, bestand: Bestand, config: Config) -> Panel:
    """Exposure in the window of ``config`` with traits coded as the model knows them."""
    bestand = _alleen_bekend(bestand, config)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    bron, stappen = bronwaarden_van(
        [k.naam for k in h.kenmerken], perioden, bestand.uitkeringen, bestand.kenmerken_historie
    )
    return maak_panel(
        perioden,
        bestand.uitkeringen,
        config,
        kenmerken=lambda spell, dag: {k.naam: k.codeer(bron.waarde(k.naam, spell, dag)) for k in h.kenmerken},
        tijdlijnen=stappen,
        leeftijden=relevante_leeftijden(h.kenmerken),
    )


def _vast_profiel(h: Herijking, panel: Panel, oorzaak: int) -> Profiles:
    """Profiles whose whole linear predictor is that of the model: no column is left to estimate."""
    vol = ontwerp(h.config, h.kenmerken, h.interacties, panel.profielen)
    beta = np.nan_to_num(h.coef[oorzaak])[len(h.termen) - len(vol.names) :]
    leeg = sparse.csr_matrix((vol.matrix.shape[0], 0))
    return Profiles(matrix=leeg, names=(), ridge=np.zeros(0), offset=np.asarray(vol.matrix @ beta))


def _verwachting_tijd(h: Herijking, time: TimeDesign, oorzaak: int) -> tuple[Floats, Floats]:
    """Linear predictor of the model by duration and calendar month after its window: season on, trend frozen."""
    beta = np.nan_to_num(h.coef[oorzaak])
    n = len(h.tijd.band_names)
    maanden = time.first + np.arange(time.calendar.shape[0])
    namen = {t: j for j, t in enumerate(h.termen)}
    seizoen = np.array([beta[namen[f"maand={m + 1}"]] if f"maand={m + 1}" in namen else 0.0 for m in range(12)])
    trend = [j for t, j in namen.items() if t == "trend" or t.startswith("trend_")]
    stil = float(beta[trend] @ frozen_trend(h.tijd)) if trend else 0.0
    return time.duration @ beta[:n], np.asarray(seizoen[maanden % 12] + stil)


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


def _met_coef(h: Herijking, coef: Floats) -> Herijking:
    """The same model with other parameters, for prediction only: no types, and its covariance is unknown (nan)."""
    leeg = np.full((coef.size, coef.size), np.nan)
    return replace(h, coef=coef, covariantie=leeg, meter_coef=coef, meter_covariantie=leeg, typen=None, gesteund=False)


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
    return _met_coef(replace(h, tijd=tijd, termen=termen), coef)


def _stilgezet(h: Herijking, time: TimeDesign, oorzaak: int) -> Floats:
    """Old time parameters on the new columns: bands at the last level of the trend, season as it was, no new trend."""
    duur, _ = _verwachting_tijd(h, time, oorzaak)
    oud = {t: b for t, b in zip(h.termen, np.nan_to_num(h.coef[oorzaak]), strict=True) if t.startswith("maand=")}
    trend = [j for j, t in enumerate(h.termen) if t == "trend" or t.startswith("trend_")]
    stil = float(np.nan_to_num(h.coef[oorzaak])[trend] @ frozen_trend(h.tijd)) if trend else 0.0
    n = len(h.tijd.band_names)
    banden = np.linalg.lstsq(time.duration, duur + stil, rcond=None)[0]
    return np.concatenate([banden, [oud.get(t, 0.0) for t in time.names[n:]]])


def _treden(begin: Herijking, bestand: Bestand, config: Config, schatter: Schatter) -> dict[str, Herijking]:
    """The model of every step, estimated with the data as known on the peildatum of ``config``."""
    eigen = _als_oud(config, begin.config)
    sinds = laatste_dag(begin.config) + dt.timedelta(days=1)
    kort = eigen.bron.model_copy(update={"venster_van": sinds})
    nieuw = _blootstelling(begin, bestand, eigen.model_copy(update={"bron": kort}))
    return {
        "ongewijzigd": begin,
        "niveau": _bijgesteld(begin, nieuw, banden=False),
        "basis": _bijgesteld(begin, nieuw, banden=True),
        "kalender": _kalender(begin, _blootstelling(begin, bestand, eigen)),
        "volledig": schatter(bestand, config),
    }


def fouten_per_klant(kansen: Floats, uitkomst: Uitkomst, stand: Stand, horizonnen: Sequence[int]) -> Floats:
    """Squared error of each client: mean over horizons of the sum over bestemmingen, weighted for who was lost.

    Parameters
    ----------
    kansen : (3, n, H) array
        Cumulative incidence.
    uitkomst : Uitkomst
    stand : Stand
    horizonnen : sequence of H int
        Months.

    Returns
    -------
    (n,) array
    """
    weg = uitkomst.oorzaak > 0
    uit = np.zeros(stand.aantal)
    for j, m in enumerate(horizonnen):
        eigen = np.minimum(float(m), stand.aow)
        gewicht = censoring_weights(uitkomst.tijd, weg, uitkomst.kwijt, eigen)
        for k in range(len(BESTEMMINGEN)):
            raak = (uitkomst.oorzaak == k + 1) & (uitkomst.tijd <= eigen)
            uit += brier_terms(kansen[k, :, j], raak, gewicht)
    return uit / len(horizonnen)


def _zin(advies: str, beste: str, moment: dt.date, weerlegd: bool) -> str:
    waar = f"Getoetst op {moment:%d-%m-%Y} en daarna"
    if advies == "ongewijzigd":
        return f"{waar} voorspelt het model van vorige keer even goed als een nieuw model. Bijstellen is niet nodig."
    kern = f"{waar} is de lichtste bijstelling die volstaat: {TREDEN[advies]}."
    if weerlegd:
        kern += " De voorspelling van vorige keer kwam niet uit, dus niets doen is geen keus."
    if advies == "volledig":
        return f"{kern} Lichter bijstellen voorspelt aantoonbaar slechter."
    return f"{kern} Alles opnieuw schatten voorspelt niet aantoonbaar beter." if advies != beste else kern


def kies_trede(fouten: dict[str, Floats], *, weerlegd: bool = False) -> tuple[pd.DataFrame, str, str]:
    """Choose the cheapest step that is not worse than the best by more than one standard error.

    Parameters
    ----------
    fouten : mapping of trede to (n,) array
        Squared error of each client, from cheap to dear.
    weerlegd : bool
        Last time's predictions did not come true: leaving the model as it is no choice.

    Returns
    -------
    (DataFrame, str, str)
        As in :class:`Ladder`, the step advised, and the best one.

    Examples
    --------
    >>> f = {"ongewijzigd": np.array([0.5, 0.6]), "niveau": np.array([0.2, 0.3]), "volledig": np.array([0.2, 0.29])}
    >>> kies_trede(f)[1:]
    ('niveau', 'volledig')
    """
    gemiddeld = {t: float(f.mean()) for t, f in fouten.items()}
    beste = min(gemiddeld, key=lambda t: (gemiddeld[t], list(fouten).index(t)))
    rijen = []
    for trede, f in fouten.items():
        verschil = f - fouten[beste]
        se = float(verschil.std(ddof=1) / np.sqrt(f.size)) if f.size > 1 else np.inf
        rijen.append((trede, TREDEN[trede], gemiddeld[trede], float(verschil.mean()), se))
    tabel = pd.DataFrame(rijen, columns=["trede", "wat", "brier", "verschil", "se"])
    goed = tabel["verschil"] <= np.maximum(tabel["se"], PRAKTISCH * gemiddeld[beste])
    if weerlegd:
        goed &= tabel["trede"] != "ongewijzigd"
    keus = str(tabel.loc[goed, "trede"].iloc[0]) if goed.any() else str(tabel["trede"].iloc[-1])
    return tabel.assign(advies=tabel["trede"] == keus), keus, beste


def _geen(moment: dt.date, zin: str) -> Ladder:
    kolommen = ["trede", "wat", "brier", "verschil", "se", "advies"]
    return Ladder(treden=pd.DataFrame(columns=kolommen), moment=moment, clienten=0, advies="", zin=zin)


def maak_ladder(
    oud: Herijking,
    bestand: Bestand,
    config: Config,
    *,
    weerlegd: bool = False,
    schatter: Schatter = schat_licht,
    scoor: Scoor = zonder_nieuwe_start,
    horizonnen: Sequence[int] = HORIZONNEN,
) -> Ladder:
    """Take every step twelve months before the end of the data and see what predicted best.

    Parameters
    ----------
    oud : Herijking
        Last time's model. When it is less than six months older than that day, its settings are estimated anew a year
        before it, so that there is something to update.
    bestand : Bestand
        Today's data.
    config : Config
        Today's config; ``volledig`` is estimated with it.
    weerlegd : bool
        Last time's predictions did not come true.
    schatter : function (bestand, config) -> Herijking
    scoor : function (herijking, stand, horizonnen) -> (3, n, H) array
    horizonnen : sequence of int
        Months, at most twelve.

    Returns
    -------
    Ladder
    """
    moment = dag_eerder(laatste_dag(config), AFSTAND)
    if not genoeg_venster(config, moment, 2 * AFSTAND):
        return _geen(moment, "Het venster is te kort om bijstellingen op een eerder moment te vergelijken.")
    toen, op = zoals_bekend(bestand, moment), config_op(config, moment)
    stand = stand_op(toen, op)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    uitkomst = uitkomst_van(stand, perioden, bestand, config)
    try:
        begin = _beginmodel(oud, bestand, config, moment, schatter)
        modellen = _treden(begin, toen, op, schatter)
    except NotEstimableError:
        return _geen(moment, "Te weinig uitstroom om bijstellingen te vergelijken.")
    kansen = {t: scoor(m, stand, horizonnen) for t, m in modellen.items()}
    mee = uitkomst.bekend & np.all([~np.isnan(k).any(axis=(0, 2)) for k in kansen.values()], axis=0)
    if not mee.any():
        return _geen(moment, "Op het toetsmoment liep geen uitkering die alle modellen kennen.")
    fouten = {t: fouten_per_klant(np.nan_to_num(k), uitkomst, stand, horizonnen)[mee] for t, k in kansen.items()}
    treden, advies, beste = kies_trede(fouten, weerlegd=weerlegd)
    zin = _zin(advies, beste, moment, weerlegd)
    return Ladder(treden=treden, moment=moment, clienten=int(mee.sum()), advies=advies, zin=zin)
