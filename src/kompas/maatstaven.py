"""The measures of the backtest as tables: scores, paired differences, calibration, groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import BESTEMMINGEN
from kompas.models.calendar import to_day
from kompas.models.design import Floats
from kompas.models.validation import (
    Flags,
    bootstrap_means,
    brier_terms,
    censoring_weights,
    dynamic_auc,
    integrated_brier,
    observed_expected,
    tenths,
)
from kompas.terugblik import Groepering, Uitkomst

UITSTROOM = "uitstroom"  # any exit
DOELEN = (UITSTROOM, *BESTEMMINGEN)
VERDACHT = 0.80  # published profiling models reach .62 to .80
_KOP = ["moment", "horizon", "bestemming", "voorspeller"]
_OE = ["oe", "oe_laag", "oe_hoog"]
_KOLOMMEN = {
    "scores": [*_KOP, "n", "brier", "brier_se", "auc", "verdacht", "verwacht", "waargenomen", *_OE],
    "geintegreerd": ["moment", "tot", "bestemming", "voorspeller", "brier", "brier_se"],
    "verschillen": [*_KOP, "tegen", "verschil", "se"],
    "kalibratie": [*_KOP, "deciel", "verwacht", "waargenomen", "n"],
    "groepen": [*_KOP, "kenmerk", "niveau", "verwacht", "waargenomen", "n", *_OE],
    "telling": ["moment", "lopend", "al_beeindigd", "zonder_voorspelling", "getoetst"],
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Meting:
    """Chances and outcomes on one day, for n clients, H horizons and the four targets of ``DOELEN``.

    Parameters
    ----------
    moment : date
    horizonnen : tuple of H int
        Months.
    kans : mapping of str to (4, n, H) array
        Chance per competitor.
    raak : (4, n, H) bool
        Whether that exit happened within the horizon.
    gewicht : (n, H) float
        For who was lost.
    groepen : sequence of Groepering
    telling : tuple of int
        Running, already ended, without a chance, tested.
    """

    moment: dt.date
    horizonnen: tuple[int, ...]
    kans: Mapping[str, Floats]
    raak: Flags
    gewicht: Floats
    groepen: Sequence[Groepering]
    telling: tuple[int, int, int, int]

    @property
    def sleutels(self) -> list[tuple[int, int, str]]:
        """(index of the target, index of the horizon, competitor) in the order of the tables."""
        return [(d, j, v) for j in range(len(self.horizonnen)) for d in range(len(DOELEN)) for v in self.kans]

    def kop(self, d: int, j: int, v: str) -> tuple[object, ...]:
        """The first four columns of every table."""
        return pd.Timestamp(self.moment), self.horizonnen[j], DOELEN[d], v


def getroffen(u: Uitkomst, aow: Floats, horizonnen: Sequence[int], wie: npt.NDArray[np.bool_]) -> tuple[Flags, Floats]:
    """Which exits happened within each horizon, (4, n, H), and the weights for who was lost, (n, H)."""
    tijd, oorzaak, kwijt = u.tijd[wie], u.oorzaak[wie], u.kwijt[wie]
    raak, gewicht = [], []
    for h in horizonnen:
        eigen = np.minimum(float(h), aow[wie])  # after the AOW age nothing can happen: the outcome is known
        binnen = tijd <= eigen
        raak.append(np.stack([binnen & (oorzaak > 0), *(binnen & (oorzaak == c + 1) for c in range(3))]))
        gewicht.append(censoring_weights(tijd, oorzaak > 0, kwijt, eigen))
    return np.stack(raak, axis=2), np.stack(gewicht, axis=1)


def tabellen_van(metingen: Sequence[Meting], trekkingen: int, zaad: int) -> dict[str, pd.DataFrame]:
    """Make every table of a backtest.

    Parameters
    ----------
    metingen : sequence of Meting
    trekkingen : int
        Bootstrap samples of clients, the same for all competitors and horizons of a day.
    zaad : int

    Returns
    -------
    dict of str to DataFrame
        scores, geintegreerd, verschillen, kalibratie, groepen, telling.
    """
    rijen: dict[str, list[tuple[object, ...]]] = {naam: [] for naam in _KOLOMMEN}
    for m in metingen:
        brier, trek = _brier(m, trekkingen, zaad)
        rijen["scores"] += _scorerijen(m, brier, trek)
        rijen["geintegreerd"] += _geintegreerd(m, brier, trek)
        rijen["verschillen"] += _verschilrijen(m, brier, trek)
        rijen["kalibratie"] += _kalibratierijen(m)
        rijen["groepen"] += _groepsrijen(m)
        rijen["telling"].append((pd.Timestamp(m.moment), *m.telling))
    return {naam: pd.DataFrame(r, columns=_KOLOMMEN[naam]) for naam, r in rijen.items()}


def _brier(m: Meting, trekkingen: int, zaad: int) -> tuple[Floats, Floats]:
    """Brier scores (V, 4, H) and their bootstrap draws (R, V, 4, H)."""
    n, h = m.gewicht.shape
    termen = np.stack([brier_terms(p, m.raak, m.gewicht) for p in m.kans.values()])  # (V, 4, n, H)
    plat = termen.transpose(2, 0, 1, 3).reshape(n, -1)
    trek = bootstrap_means(plat, trekkingen, [zaad, to_day(m.moment)])
    vorm = (len(m.kans), len(DOELEN), h)
    return plat.mean(axis=0).reshape(vorm), trek.reshape(trekkingen, *vorm)


def _scorerijen(m: Meting, brier: Floats, trek: Floats) -> list[tuple[object, ...]]:
    se, namen = trek.std(axis=0, ddof=1), list(m.kans)
    allen, rijen = np.zeros(m.gewicht.shape[0], dtype=np.int64), []
    for d, j, v in m.sleutels:
        p, raak, w, k = m.kans[v][d, :, j], m.raak[d, :, j], m.gewicht[:, j], namen.index(v)
        auc = dynamic_auc(p, raak, w)
        r = observed_expected(p, raak, w, allen, 1)
        oe = (float(r.expected[0]), float(r.observed[0]), float(r.ratio[0]), float(r.low[0]), float(r.high[0]))
        cijfers = (int(r.number[0]), float(brier[k, d, j]), float(se[k, d, j]), auc, bool(auc > VERDACHT))
        rijen.append((*m.kop(d, j, v), *cijfers, *oe))
    return rijen


def _geintegreerd(m: Meting, brier: Floats, trek: Floats) -> list[tuple[object, ...]]:
    heel, se = integrated_brier(brier, m.horizonnen), integrated_brier(trek, m.horizonnen).std(axis=0, ddof=1)
    kop = (pd.Timestamp(m.moment), m.horizonnen[-1])
    return [
        (*kop, doel, v, float(heel[k, d]), float(se[k, d]))
        for d, doel in enumerate(DOELEN)
        for k, v in enumerate(m.kans)
    ]


def _verschilrijen(m: Meting, brier: Floats, trek: Floats) -> list[tuple[object, ...]]:
    """Every competitor against every other, paired."""
    namen, rijen = list(m.kans), []
    for d, j, v in m.sleutels:
        k = namen.index(v)
        for i, tegen in enumerate(namen):
            if i != k:
                se = float((trek[:, k, d, j] - trek[:, i, d, j]).std(ddof=1))
                rijen.append((*m.kop(d, j, v), tegen, float(brier[k, d, j] - brier[i, d, j]), se))
    return rijen


def _kalibratierijen(m: Meting) -> list[tuple[object, ...]]:
    rijen: list[tuple[object, ...]] = []
    for d, j, v in m.sleutels:
        p = m.kans[v][d, :, j]
        r = observed_expected(p, m.raak[d, :, j], m.gewicht[:, j], tenths(p), 10)
        rijen += [
            (*m.kop(d, j, v), g + 1, float(r.expected[g]), float(r.observed[g]), int(r.number[g]))
            for g in range(10)
            if r.number[g] > 0
        ]
    return rijen


def _groepsrijen(m: Meting) -> list[tuple[object, ...]]:
    rijen: list[tuple[object, ...]] = []
    for d, j, v in m.sleutels:
        for g in m.groepen:
            if not g.niveaus:
                continue
            r = observed_expected(m.kans[v][d, :, j], m.raak[d, :, j], m.gewicht[:, j], g.code, len(g.niveaus))
            delen = (r.expected, r.observed, r.number, r.ratio, r.low, r.high)
            rijen += [
                (*m.kop(d, j, v), g.kenmerk, niveau, *(x[i].item() for x in delen))
                for i, niveau in enumerate(g.niveaus)
            ]
    return rijen


def verdachte_cijfers(scores: pd.DataFrame) -> list[str]:
    """One sentence per competitor that predicts too well to be true."""
    top = scores[scores["verdacht"]].sort_values("auc", ascending=False, kind="stable").drop_duplicates("voorspeller")
    return [
        f"'{r.voorspeller}' onderscheidt verdacht goed: AUC {_twee(r.auc)} voor {r.bestemming} binnen {r.horizon} "
        f"maanden is meer dan {_twee(VERDACHT)}. Bij weinig uitstromers kan dat toeval zijn; anders verklapt een "
        "kenmerk de uitkomst. Kijk na of elk kenmerk er op het moment zelf al zo uitzag."
        for r in top.itertuples()
    ]


def _twee(x: float) -> str:
    return f"{x:.2f}".replace(".", ",")
