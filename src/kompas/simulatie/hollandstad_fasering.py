"""Fasering as real exports give it: the last value in ``uitkeringen``, what was known when in ``kenmerken_historie``.

The judgement at the start is part of the known truth. The last value leaks the outcome: a file that is closed after
work was found is put in fase 1, one that is closed quickly often loses its value. Those changes are entered on the day
after the last day with entitlement, so that whoever looks at what was known in time does not see them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.simulatie.tijd import NOOIT, Ints, als_dagen, als_datums, dagnummer, plus_maanden

# Last value, share of the inflow, percentage gone within a year (tabel 4; the shares are ours).
TABEL_4 = {
    "fase 1": (0.115, 90),
    "fase 2": (0.22, 52),
    "fase 3": (0.17, 43),
    "fase 4": (0.24, 53),
    "nog niet ingedeeld": (0.20, 51),
    "onbekend": (0.055, 75),
}


def _gewenst(n: int, weg: bool) -> dict[str, int]:
    """Return how many of n spells get each last value, given whether they ended within a year."""
    kans = {f: deel * (p if weg else 100 - p) for f, (deel, p) in TABEL_4.items()}
    som = sum(kans.values())
    exact = {f: n * k / som for f, k in kans.items()}
    uit = {f: int(x) for f, x in exact.items()}
    for f in sorted(exact, key=lambda f: uit[f] - exact[f])[: n - sum(uit.values())]:
        uit[f] += 1
    return uit


def _verschuif(begin: np.ndarray, weg: bool, rng: np.random.Generator) -> np.ndarray:
    """Change as few values as needed to get the wanted numbers; who changes is drawn."""
    laatste = begin.copy()
    wens = _gewenst(len(begin), weg)
    over, tekort = [], []
    for f, n in wens.items():
        wie = np.flatnonzero(begin == f)
        if len(wie) > n:
            over.append(rng.permutation(wie)[: len(wie) - n])
        tekort += [f] * max(n - len(wie), 0)
    wie = np.concatenate([np.zeros(0, dtype=np.int64), *over])
    laatste[wie] = rng.permutation(np.array(tekort, dtype=object))
    return laatste


def laatste_fasering(uitkeringen: pd.DataFrame, *, peildag: int, rng: np.random.Generator) -> pd.Series:
    """Return the last value per spell, given the judgement at the start, such that tabel 4 holds for every year."""
    begin, eind = als_dagen(uitkeringen["begindatum"]), als_dagen(uitkeringen["einddatum"])
    jaar = uitkeringen["begindatum"].dt.year.to_numpy()
    een_jaar = plus_maanden(begin, 12)
    weg = np.where(eind == NOOIT, NOOIT, eind + 1) <= een_jaar
    bekend = een_jaar <= peildag + 1
    start = uitkeringen["fasering"].to_numpy(dtype=object)
    laatste = start.copy()
    for j in np.unique(jaar):
        for is_weg in (True, False):
            wie = np.flatnonzero((jaar == j) & (weg == is_weg) & (bekend | weg))
            if len(wie) > 20:
                laatste[wie] = _verschuif(start[wie], is_weg, rng)
    return pd.Series(laatste, index=uitkeringen.index)


def maak_historie(
    uitkeringen: pd.DataFrame, laatste: pd.Series, *, peildag: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return ``kenmerken_historie``: the judgement at each start, and when it became the last value."""
    begin, eind = als_dagen(uitkeringen["begindatum"]), als_dagen(uitkeringen["einddatum"])
    een_jaar = plus_maanden(begin, 12)
    # Drawn apart from the end of the spell, so that the moment tells nothing about it.
    moment = een_jaar + rng.integers(0, 366, len(begin))
    na_einde = np.where(eind == NOOIT, NOOIT, eind + 1)
    vanaf: Ints = np.where((eind < een_jaar) | (moment > eind), na_einde, np.minimum(moment, peildag))
    anders = (laatste != uitkeringen["fasering"]).to_numpy() & (vanaf <= peildag)
    kern = {"client_id": uitkeringen["client_id"], "kenmerk": "fasering"}
    start = pd.DataFrame({**kern, "waarde": uitkeringen["fasering"], "vanaf": als_datums(begin)})
    later = pd.DataFrame({**kern, "waarde": laatste, "vanaf": als_datums(vanaf)})[anders]
    uit = pd.concat([start, later]).sort_values(["client_id", "vanaf"], kind="stable")
    return uit.drop_duplicates(["client_id", "vanaf"], keep="last").reset_index(drop=True)


def zet_fasering(
    uitkeringen: pd.DataFrame, *, peildatum: pd.Timestamp, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``uitkeringen`` with the last value, and ``kenmerken_historie``."""
    peildag = dagnummer(peildatum.date())
    laatste = laatste_fasering(uitkeringen, peildag=peildag, rng=rng)
    historie = maak_historie(uitkeringen, laatste, peildag=peildag, rng=rng)
    return uitkeringen.assign(fasering=laatste), historie
