"""The effect on the treated on one scale: chance to have left 6, 12 and 24 months after a start, with and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.config import BESTEMMINGEN, Instrument
from kompas.landmark import ALLE, MAANDEN, eerste_inzetten
from kompas.models.design import Floats, Ints
from kompas.models.outlook import competing_rates, cumulative_incidence
from kompas.models.problem import Problem
from kompas.panel import Panel

HOOGSTENS = 4_000  # starts that are followed: more add nothing to a mean
STAP = 1e-4


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model:
    """Hazards of exit for the look-ahead from a start.

    ``coef`` (3, P); ``punten`` (M, 3) shifts per type; ``gewicht`` (clients, M) of the types, by cluster of the panel;
    ``gemeten`` tells whether the hazards were fitted cause by cause on whole months (else they are rates that compete).
    """

    coef: Floats
    punten: Floats
    gewicht: Floats
    gemeten: bool


def _fasen(ins: Instrument, maanden: int) -> Ints:
    grenzen = [ins.duur_maanden + g for g in (0, *ins.fasen_na)]
    eerste = 1 if ins.duur_maanden > 0 else 0
    return np.searchsorted(np.array(grenzen), np.arange(maanden), side="right") + eerste - 1


def _kans(basis: Floats, factor: Floats, model: Model, gewicht: Floats) -> Floats:
    """Mean cumulative incidence at the end of each month, (3, maanden), over starts and types."""
    uit = np.zeros((basis.shape[0], basis.shape[2]))
    een = np.ones(basis.shape[1:])
    for m in range(model.punten.shape[0]):
        hazard = basis * factor[:, None, :] * np.exp(model.punten[m])[:, None, None]
        cif, _ = cumulative_incidence(competing_rates(hazard) if model.gemeten else hazard, een)
        uit += (cif * gewicht[:, m][None, :, None]).mean(axis=1)
    return uit


def overleving_van_model(
    panel: Panel, basis: Problem, ins: Instrument, index: int, model: Model, effect: Floats
) -> tuple[pd.DataFrame, Floats]:
    """Chance to have left with and without the instrument, for those who started it.

    Parameters
    ----------
    panel, basis
        The rows within the window and their design.
    ins, index
        Instrument and its place in the config.
    model : Model
    effect : (fasen, 3) array
        Log effects of the instrument, averaged over treated exposure.

    Returns
    -------
    DataFrame
        bestemming (``alle`` = any exit), maand, met, zonder, verschil.
    (rows, fasen, 3) array
        Derivatives of verschil to the log effects.
    """
    runs = eerste_inzetten(panel, ins.code, index)
    start = runs.start[:: max(1, -(-runs.start.size // HOOGSTENS))]
    maanden = max(MAANDEN)
    fase = _fasen(ins, maanden)
    rijen = [(b, m) for b in (ALLE, *BESTEMMINGEN) for m in MAANDEN]
    if start.size == 0:
        leeg = pd.DataFrame(rijen, columns=["bestemming", "maand"]).assign(met=np.nan, zonder=np.nan, verschil=np.nan)
        return leeg, np.zeros((len(rijen), *effect.shape))
    basis_hazard = _hazard(panel, basis, ins, model.coef, start, maanden)
    gewicht = model.gewicht[panel.exposure.cluster[start]]

    def uitkomst(e: Floats) -> Floats:
        cif = _kans(basis_hazard, np.exp(e)[fase].T, model, gewicht)
        samen = np.concatenate([cif.sum(axis=0, keepdims=True), cif])
        return np.asarray(samen[:, [m - 1 for m in MAANDEN]].ravel())

    met, zonder = uitkomst(effect), uitkomst(np.zeros_like(effect))
    helling = np.zeros((len(rijen), *effect.shape))
    for f in range(effect.shape[0]):
        for c in range(effect.shape[1]):
            e = effect.copy()
            e[f, c] += STAP
            helling[:, f, c] = (uitkomst(e) - met) / STAP
    tabel = pd.DataFrame(rijen, columns=["bestemming", "maand"])
    return tabel.assign(met=met, zonder=zonder, verschil=met - zonder), helling


def _hazard(panel: Panel, basis: Problem, ins: Instrument, coef: Floats, start: Ints, maanden: int) -> Floats:
    """Monthly hazards from each start on without this instrument, (3, n, maanden)."""
    e, time, p_z = panel.exposure, basis.time, basis.time.size
    eigen = [
        j for j, n in enumerate(basis.profiles.names) if n.startswith((f"inzet:{ins.code}=", f"inzet:{ins.code}:"))
    ]
    maand = e.month[start][:, None] + np.arange(maanden)
    duur = np.minimum(maand, time.duration.shape[0] - 1)
    kalender = np.minimum(e.calendar[start][:, None] + np.arange(maanden) - time.first, time.calendar.shape[0] - 1)
    x = basis.profiles.matrix[e.profile[start]]
    uit = np.zeros((len(BESTEMMINGEN), start.size, maanden))
    p_d = time.duration.shape[1]
    for c in range(len(BESTEMMINGEN)):
        if np.isnan(coef[c]).all():
            continue
        beta = np.nan_to_num(coef[c]).copy()
        beta[[p_z + j for j in eigen]] = 0.0
        eta = (time.duration @ beta[:p_d])[duur] + (time.calendar @ beta[p_d:p_z])[kalender]
        uit[c] = np.exp(np.clip(eta + (x @ beta[p_z:])[:, None], -700, 50))
    return uit


def spreiding(replicaten: Floats) -> Floats:
    """Standard deviation of each row over its known draws, (rows,); nan where none is known."""
    uit = np.full(replicaten.shape[0], np.nan)
    bekend = ~np.isnan(replicaten).all(axis=1)
    uit[bekend] = np.nanstd(replicaten[bekend], axis=1)
    return uit


def tabel_van(methode: str, code: str, tabel: pd.DataFrame, replicaten: Floats) -> pd.DataFrame:
    """Rows of ``overleving`` for one method and instrument, with standard errors from the replicates of verschil."""
    kolommen = ["methode", "instrument", "bestemming", "maand", "met", "zonder", "verschil", "se"]
    return tabel.assign(methode=methode, instrument=code, se=spreiding(replicaten))[kolommen]


def replicaten_verschil(helling: Floats, rijen: Sequence[int], effect: Floats, replicaten: Floats) -> Floats:
    """Replicates of the differences, linear in those of the log effects: (rows, draws), centred at zero.

    ``rijen`` are the rows of the effects in the order of (fase, bestemming).
    """
    los = replicaten[list(rijen)] - effect[list(rijen)][:, None]
    return np.asarray(helling.reshape(helling.shape[0], -1) @ los)
