"""Do two instruments together do more, or less, than the sum of their effects? Tested for pairs that occur enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from kompas.config import BESTEMMINGEN
from kompas.models.design import Floats
from kompas.models.mixture import Joint, passes, rows_at
from kompas.models.mixturefit import MixtureFit
from kompas.models.mixturescore import client_scores, multipliers
from kompas.models.scoretest import added_terms
from kompas.rijen import Rijen

GENOEG_SAMEN = 100  # clients who were under both at the same time
GENOEG_VERTREK = 10.0  # exits expected under both, from which the test means anything
ALFA = 0.05  # over all pairs and bestemmingen together (Holm)
KOLOMMEN = ["instrument", "ander", "bestemming", "klanten", "log_effect", "se", "p", "uitkomst"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Paar:
    een: int
    twee: int
    samen: npt.NDArray[np.bool_]  # per row
    klanten: int


def _paren(r: Rijen, codes: Sequence[str]) -> list[_Paar]:
    loopt = [np.asarray(r.profielen[f"inzet:{c}"])[r.profiel] >= 0 for c in codes]
    uit = []
    for a, b in combinations(range(len(loopt)), 2):
        samen = loopt[a] & loopt[b]
        klanten = int(np.unique(r.client[samen & ~r.voor]).size)
        uit.append(_Paar(een=a, twee=b, samen=samen, klanten=klanten))
    return uit


def toets_wisselwerking(
    joint: Joint, uitstroom: Sequence[int], fit: MixtureFit, r: Rijen, codes: Sequence[str]
) -> pd.DataFrame:
    """Test for each pair whether its effects add up on the log scale, for each bestemming.

    Parameters
    ----------
    joint : Joint
        The joint likelihood of ``r``.
    uitstroom : sequence of int
        Numbers of the causes (1-based) of its first processes: the exits.
    fit : MixtureFit
        Its chosen fit; with unobserved types the test accounts for them.
    r : Rijen
    codes : sequence of str
        Instruments.

    Returns
    -------
    DataFrame
        instrument, ander, bestemming, klanten (clients who were under both at once), log_effect (what both together
        add to the sum of their effects: first step), se, p, uitkomst: ``geen``, ``wisselwerking`` (5% over all tests
        together, Holm) or ``te weinig`` (100 clients or fewer, or fewer than ten exits expected under both).
    """
    paren = _paren(r, codes)
    getoetst = [p for p in paren if p.klanten > GENOEG_SAMEN]
    z = _toets(joint, uitstroom, fit, getoetst) if getoetst else {}
    rijen = []
    for p in paren:
        for k, b in enumerate(BESTEMMINGEN):
            schatting, se = z.get((p.een, p.twee, k), (np.nan, np.nan))
            kans = float(2 * ndtr(-abs(schatting / se))) if np.isfinite(se) else np.nan
            namen = (codes[p.een], codes[p.twee])
            rijen.append((*namen, b, p.klanten, schatting, se, kans))
    t = pd.DataFrame(rijen, columns=KOLOMMEN[:-1])
    return t.assign(uitkomst=_holm(t["p"].to_numpy(dtype=np.float64)))


def _toets(
    joint: Joint, uitstroom: Sequence[int], fit: MixtureFit, paren: Sequence[_Paar]
) -> dict[tuple[int, int, int], tuple[float, float]]:
    """One-step estimate and standard error per (instrument, instrument, bestemming) with enough exits expected."""
    rows = [rows_at(joint, q, b) for q, b in enumerate(fit.par.coef)]
    both = passes(joint, rows, fit.form, fit.par)
    v = fit.form.points(fit.par.phi)
    sleutels, scores = [], []
    for q, oorzaak in enumerate(uitstroom):
        per_rij, eerste, _ = multipliers(joint, q, rows[q], v, both)
        gebeurd, client = joint.events[q].row, joint.client[q]
        for p in paren:
            x = p.samen.astype(np.float64)
            verwacht = x * per_rij * rows[q].integrated
            if verwacht.sum() < GENOEG_VERTREK:
                continue
            cluster = joint.processes[q].problem.exposure.cluster
            s = np.bincount(client, x[gebeurd] * eerste, joint.clients) - np.bincount(cluster, verwacht, joint.clients)
            sleutels.append((p.een, p.twee, oorzaak - 1))
            scores.append(s)
    if not scores:
        return {}
    t = added_terms(np.column_stack(scores), client_scores(joint, fit.form, fit.par, rows, both))
    return {s: (float(a), float(b)) for s, a, b in zip(sleutels, t.estimate, t.se, strict=True)}


def _holm(p: Floats) -> npt.NDArray[np.object_]:
    """Outcome per test, with the error over all of them held at 5%."""
    uit = np.where(np.isnan(p), "te weinig", "geen").astype(object)
    bekend = np.flatnonzero(~np.isnan(p))
    for stap, i in enumerate(bekend[np.argsort(p[bekend], kind="stable")]):
        if p[i] * (bekend.size - stap) >= ALFA:
            break
        uit[i] = "wisselwerking"
    return uit


def zinnen(t: pd.DataFrame) -> pd.DataFrame:
    """One row per pair for the table of checks: instrument, toets, uitkomst, zin."""
    rijen = []
    for (een, twee), deel in t.groupby(["instrument", "ander"], sort=False):
        raak = deel[deel["uitkomst"] == "wisselwerking"]
        toets = f"samen met {twee}"
        klanten = int(deel["klanten"].iloc[0])
        if (deel["uitkomst"] == "te weinig").all():
            aantal = f"{klanten}" if klanten >= GENOEG_VERTREK else "minder dan 10"
            rijen.append((een, toets, "niet te toetsen", f"Te weinig klanten hadden beide tegelijk ({aantal})."))
        elif raak.empty:
            zin = f"{klanten} klanten hadden beide tegelijk; samen doen ze wat de som van hun effecten is."
            rijen.append((een, toets, "in orde", zin))
        else:
            delen = [
                f"{'meer' if x.log_effect > 0 else 'minder'} uitstroom naar {x.bestemming} dan de som "
                f"(ongeveer maal {np.exp(np.clip(x.log_effect, -2, 2)):.2f})".replace(".", ",")
                for x in raak.itertuples()
            ]
            zin = f"Samen met {twee} is er {' en '.join(delen)}: lees de cijfers van wie beide heeft met voorbehoud."
            rijen.append((een, toets, "wisselwerking", zin))
    return pd.DataFrame(rijen, columns=["instrument", "toets", "uitkomst", "zin"])
