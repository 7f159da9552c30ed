"""The ladder of updates: from leaving last time's model as it is to estimating everything anew.

Each step is taken on an earlier day with the data as known then, and judged on what happened afterwards. The cheapest
step that predicts as well as the best one is advised: a small update is easier to explain and less at the mercy of
chance than a new model.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bijstelling import TREDEN, als_oud, treden_van
from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.gebruikelijk import GEBRUIKELIJK, aangenomen_beleid, beleid_van, gebruikelijk_beleid
from kompas.herijking import Herijking
from kompas.mededingers import Geschat, Schatter, Scoor, bekende_inzet, zelfde_levering, zonder_nieuwe_start
from kompas.models.design import Floats
from kompas.models.hazard import NotEstimableError
from kompas.models.validation import brier_terms, censoring_weights
from kompas.perioden import maak_perioden
from kompas.schatters import schat_licht, schat_met_starts
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

HORIZONNEN = (3, 6, 12)
AFSTAND = 12  # months before the end of the data on which the steps are taken
OUDER = 6  # months by which the old model must be older than that day
PRAKTISCH = 0.005  # a difference under half a percent of the Brier score is no difference


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
    beleid : str
        What every step expects of instruments after that day: ``gebruikelijk_beleid`` or ``niets_nieuws``; empty when
        there is no table.
    """

    treden: pd.DataFrame
    moment: dt.date
    clienten: int
    advies: str
    zin: str
    beleid: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The steps, from cheap to dear."""
        return self.treden.copy()


def _beginmodel(oud: Herijking, bestand: Bestand, config: Config, moment: dt.date, schatter: Schatter) -> Herijking:
    """The model to update: last time's, or its settings estimated anew when it knows too much.

    That is on its own peildatum when it came from the same delivery, and a year before ``moment`` when it is too young.
    """
    oud_genoeg = laatste_dag(oud.config) <= dag_eerder(moment, OUDER)
    if oud_genoeg and not zelfde_levering(oud, bestand):
        return oud
    toen = oud.config.gemeente.peildatum if oud_genoeg else dag_eerder(moment, AFSTAND)
    eigen = als_oud(config_op(config, toen), oud.config)
    return schatter(bekende_inzet(zoals_bekend(bestand, toen), eigen), eigen)


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
    schatter: Schatter | None = None,
    scoor: Scoor | None = None,
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
    schatter : function (bestand, config) -> Herijking, optional
        Lightly when absent, with the hazards of entry where ``oud`` knows them.
    scoor : function (herijking, stand, horizonnen) -> (3, n, H) array, optional
        How all steps score. When absent usual policy if every step knows the hazards of entry of one type, else
        nothing new: two ways of predicting are not laid beside each other.
    horizonnen : sequence of int
        Months, at most twelve.

    Returns
    -------
    Ladder
    """
    schatter = schatter or (schat_met_starts if oud.typen is not None else schat_licht)
    moment = dag_eerder(laatste_dag(config), AFSTAND)
    if not genoeg_venster(config, moment, 2 * AFSTAND):
        return _geen(moment, "Het venster is te kort om bijstellingen op een eerder moment te vergelijken.")
    toen, op = zoals_bekend(bestand, moment), config_op(config, moment)
    stand = stand_op(toen, op)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    uitkomst = uitkomst_van(stand, perioden, bestand, config)
    try:
        begin = _beginmodel(oud, bestand, config, moment, schatter)
        modellen = treden_van(begin, toen, op, schatter)
    except NotEstimableError:
        return _geen(moment, "Te weinig uitstroom om bijstellingen te vergelijken.")
    gelijk = scoor or _beleid_van_allen(modellen)
    kansen = {t: gelijk(m, stand, horizonnen) for t, m in modellen.items()}
    mee = uitkomst.bekend & np.all([~np.isnan(k).any(axis=(0, 2)) for k in kansen.values()], axis=0)
    if not mee.any():
        return _geen(moment, "Op het toetsmoment liep geen uitkering die alle modellen kennen.")
    fouten = {t: fouten_per_klant(np.nan_to_num(k), uitkomst, stand, horizonnen)[mee] for t, k in kansen.items()}
    treden, advies, beste = kies_trede(fouten, weerlegd=weerlegd)
    zin = _zin(advies, beste, moment, weerlegd)
    return Ladder(
        treden=treden,
        moment=moment,
        clienten=int(mee.sum()),
        advies=advies,
        zin=zin,
        beleid=aangenomen_beleid(Geschat(herijking=modellen["volledig"], scoor=gelijk)),
    )


def _beleid_van_allen(modellen: Mapping[str, Herijking]) -> Scoor:
    """Usual policy where every step knows how often instruments are started, else nothing new."""
    kent = all(beleid_van(m) == GEBRUIKELIJK for m in modellen.values())
    return gebruikelijk_beleid if kent else zonder_nieuwe_start
