"""Weights of the unobserved types for clients who are still here: Bayes' rule on each client's own history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.herijking import Herijking
from kompas.intrede import blootstelling_intrede, ontwerp_intrede, tijd_intrede
from kompas.modelpanel import panel_van_model
from kompas.models.calendar import to_date, to_day
from kompas.models.design import Floats, Ints
from kompas.models.hazard import Problem, prepare
from kompas.models.mixture import Process, join, log_probabilities, on_cores, passes_at, rows_at
from kompas.models.timedesign import make_time_design
from kompas.perioden import OPEN, Perioden
from kompas.rijen import Rijen, kalender_tot, los_bij_uitstroom
from kompas.schatting import ontwerp
from kompas.typen import Typen, eerdere_inzet, eerste_rijen, kansontwerp

BLOK = 20_000  # spells at a time: memory does not grow with the caseload


def _alleen(perioden: Perioden, spells: Ints) -> Perioden:
    """The spells of the clients of ``spells``, renumbered."""
    s = perioden.spells
    wie = s["client_id"].isin(set(s["client_id"].to_numpy()[spells])).to_numpy()
    nieuw = np.cumsum(wie) - 1
    delen = perioden.delen[wie[perioden.delen["spell"].to_numpy()]]
    inzetten = perioden.inzetten[wie[perioden.inzetten["spell"].to_numpy(dtype=np.int64)]]
    return Perioden(
        spells=s[wie].reset_index(drop=True),
        delen=delen.assign(spell=nieuw[delen["spell"].to_numpy()]).reset_index(drop=True),
        inzetten=inzetten.assign(spell=nieuw[inzetten["spell"].to_numpy(dtype=np.int64)]).reset_index(drop=True),
        weglatingen=perioden.weglatingen,
    )


def _met_eigen_rijen(perioden: Perioden, bestand: Bestand) -> tuple[Perioden, Bestand]:
    """Keep only the rows of ``uitkeringen`` that these spells refer to."""
    rij = np.union1d(perioden.delen["rij"].to_numpy(dtype=np.int64), perioden.spells["rij"].to_numpy(dtype=np.int64))

    def nieuw(tabel: pd.DataFrame) -> pd.DataFrame:
        return tabel.assign(rij=np.searchsorted(rij, tabel["rij"].to_numpy(dtype=np.int64)))

    los = bestand.uitkeringen.iloc[rij].reset_index(drop=True)
    return (
        replace(perioden, spells=nieuw(perioden.spells), delen=nieuw(perioden.delen)),
        replace(bestand, uitkeringen=los),
    )


def typekansen(h: Herijking, perioden: Perioden, bestand: Bestand, config: Config, spells: Ints) -> Floats:
    """Probability of each type for running spells, given the traits at the begin and all that happened since.

    Parameters
    ----------
    h : Herijking
    perioden : Perioden
        Of this month, with the instruments of the model.
    bestand : Bestand
    config : Config
        Peildatum and window of this month.
    spells : (n,) int
        Running spells.

    Returns
    -------
    (n, M) array
        Rows sum to one; one column of ones when the model has no types.

    Notes
    -----
    Starts of instruments count from the day on which they are registered completely; before it only the time on
    benefit does.
    """
    t = h.typen
    if t is None or not h.gesteund:
        return np.ones((spells.size, 1))
    if spells.size == 0:
        return np.ones((0, t.aantal)) / t.aantal
    delen = [spells[a : a + BLOK] for a in range(0, spells.size, BLOK)]  # clients do not touch each other
    return np.concatenate(on_cores(lambda i: _van_blok(h, t, perioden, bestand, config, delen[i]), len(delen)))


def _van_blok(h: Herijking, t: Typen, perioden: Perioden, bestand: Bestand, config: Config, spells: Ints) -> Floats:
    """Probabilities of the types for one block of spells."""
    klein, bestand = _met_eigen_rijen(_alleen(perioden, spells), bestand)
    rijen = _rijen(h, klein, bestand, config)
    nu = config.bron.inzet.volledig_vanaf if config.bron.inzet is not None else None
    vanaf = max(t.bekend_vanaf, to_day(nu) if nu is not None else -OPEN)
    eerste = eerste_rijen(rijen)
    z = kansontwerp(t.kans, rijen, eerste, h.kenmerken, eerdere_inzet(rijen, eerste, klein, h.config))
    processen, coef, kolom = [], [], []
    for k in range(len(BESTEMMINGEN)):
        if np.isnan(t.coef[k]).all():
            continue
        probleem = _uitstroom(h, rijen, k)
        processen.append(Process(name=BESTEMMINGEN[k], problem=probleem, cause=k + 1, before=np.zeros_like(rijen.voor)))
        coef.append(np.nan_to_num(t.coef[k]))
        kolom.append(k)
    for j, code in enumerate(t.intrede_coef):
        probleem_ = _intrede(h, t, rijen, klein, code, vanaf)
        if probleem_ is None:
            continue
        geen = np.zeros(probleem_.exposure.profile.size, dtype=bool)
        processen.append(Process(name=code, problem=probleem_, cause=1, before=geen))
        coef.append(np.nan_to_num(t.intrede_coef[code]))
        kolom.append(len(BESTEMMINGEN) + j)
    joint = join(processen, z)
    stand = [rows_at(joint, q, b) for q, b in enumerate(coef)]
    w = passes_at(joint, stand, t.punten[:, kolom], log_probabilities(joint, t.delta)).w
    namen = np.array(sorted(set(klein.spells["client_id"])), dtype=object)[rijen.codes]
    plek = {naam: i for i, naam in enumerate(namen)}
    client = perioden.spells["client_id"].to_numpy()[spells]
    uit = np.tile(t.aandelen, (spells.size, 1))
    bekend = np.array([plek.get(c, -1) for c in client], dtype=np.int64)
    uit[bekend >= 0] = w[bekend[bekend >= 0]]
    return uit


def _rijen(h: Herijking, perioden: Perioden, bestand: Bestand, config: Config) -> Rijen:
    """Everything these clients lived through, from their first recorded begin."""
    begin = to_date(int(perioden.spells["begin"].min()))
    update = {
        "venster_van": begin,
        "venster_tot": config.gemeente.peildatum,
        "rijping_maanden": 0,
        "inzet": None,
    }
    ruim = h.config.model_copy(update={"bron": config.bron.model_copy(update=update), "gemeente": config.gemeente})
    panel = panel_van_model(h, perioden, bestand, ruim)
    e = panel.exposure
    codes, client = np.unique(e.cluster, return_inverse=True)
    return los_bij_uitstroom(
        Rijen(
            client=client.astype(np.int64),
            codes=codes,
            spell=panel.spell,
            profiel=e.profile,
            maand=e.month,
            kalender=e.calendar,
            maanden=e.months,
            lengte=e.length,
            event=e.event,
            voor=np.zeros(e.profile.size, dtype=bool),
            inzet=panel.inzet,
            profielen=panel.profielen,
            weggelaten=0,
        )
    )


def _uitstroom(h: Herijking, r: Rijen, k: int) -> Problem:
    time = kalender_tot(make_time_design(h.tijd), h.tijd, r)
    return prepare(r.blootstelling(k + 1), ontwerp(h.config, h.kenmerken, h.interacties, r.profielen), time)


def _intrede(h: Herijking, t: Typen, r: Rijen, perioden: Perioden, code: str, vanaf: int) -> Problem | None:
    """Rows at risk of a start, from the day on which starts are known."""
    index = [i.code for i in h.config.instrument].index(code)
    deel = blootstelling_intrede(r, perioden, h.config, index, t.tot_maand[code], vanaf if vanaf > -OPEN else None)
    if deel is None:
        return None
    exposure, _ = deel
    tijd = tijd_intrede(h.tijd, t.intrede_banden)
    time = kalender_tot(make_time_design(tijd), tijd, r)
    return prepare(exposure, ontwerp_intrede(h.config, h.kenmerken, r.profielen, code), time)
