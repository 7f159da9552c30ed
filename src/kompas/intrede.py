"""Who is at risk of a start of which instrument: exposure, design and hazard of entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kompas.config import Config
from kompas.kenmerken import Kenmerk
from kompas.models.calendar import month_of
from kompas.models.design import Exposure, Floats, Ints, Profiles
from kompas.models.hazard import Problem, prepare
from kompas.models.timedesign import TimeSpec, band_of, make_time_design
from kompas.perioden import OPEN, Perioden
from kompas.rijen import Rijen, langere_kalender
from kompas.schatting import PRIOR_ZONDER_EXIT, ontwerp

PRIOR_INTREDE = 0.05  # weak prior on traits and season in an entry hazard: keeps small instruments finite
Vlag = npt.NDArray[np.bool_]
INTREDE_BANDEN = (*range(1, 13), 15, 18, 21, 24, 30, 36, 48, 60)
"""Bands of duration of a hazard of entry, in months: finer than those of exit, and not the config's to choose.

Where nobody starts any more within a band, who has not started looks like somebody of another type.
"""


def tijd_intrede(tijd: TimeSpec, banden: tuple[int, ...] = INTREDE_BANDEN) -> TimeSpec:
    """Time of the hazards of entry: the calendar of the exits, with bands of their own."""
    return replace(tijd, bands=banden)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Intrede:
    """The problem of entry into one instrument: rows at risk of a start, a start as event 1.

    ``kaart`` (P', p) takes the columns of ``termen`` from those of the problem; ``tot_maand`` is the duration month
    from which nobody ever started (None = there is none).
    """

    code: str
    probleem: Problem
    voor: Vlag
    starts: int
    termen: tuple[str, ...]
    kaart: Floats
    tot_maand: int | None


def _starts(r: Rijen, code: str, perioden: Perioden, index: int) -> tuple[Ints, Vlag]:
    """Rows with which a deployment begins, and whether the client had that instrument before."""
    nummer, spell = r.inzet[code], r.spell
    eigen = perioden.inzetten[perioden.inzetten["instrument"] == index]
    eigen = eigen.sort_values(["spell", "start", "inzet"], kind="stable")
    rang = eigen.groupby("spell").cumcount().to_numpy()
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    sleutel = eigen["spell"].to_numpy(dtype=np.int64) * (OPEN + 1) + eigen["inzet"].to_numpy(dtype=np.int64)
    orde = np.argsort(sleutel)
    zoek = spell * (OPEN + 1) + nummer
    eerste = np.r_[True, spell[1:] != spell[:-1]] if spell.size else np.zeros(0, dtype=bool)
    anders = np.r_[True, nummer[1:] != nummer[:-1]] if spell.size else np.zeros(0, dtype=bool)
    kandidaat = np.flatnonzero((nummer >= 0) & (eerste | anders))
    plek = orde[np.searchsorted(sleutel[orde], zoek[kandidaat])] if kandidaat.size else kandidaat
    start = eigen["start"].to_numpy(dtype=np.int64)[plek]
    echt = ~eerste[kandidaat] | (start == begin[spell[kandidaat]])
    binnen = eigen["binnen"].to_numpy(dtype=bool)[plek]
    return kandidaat[echt & binnen], rang[plek][echt & binnen] > 0


def _rest_van_maand(r: Rijen) -> Floats:
    """Sum of the lengths of a row and the later rows of its spell in that month, on its side of the window."""
    deelrij = r.lengte < 1
    nieuw = np.ones(r.spell.size, dtype=bool)
    if r.spell.size > 1:
        zelfde = (r.spell[1:] == r.spell[:-1]) & (r.maand[1:] == r.maand[:-1]) & (r.voor[1:] == r.voor[:-1])
        nieuw[1:] = ~(zelfde & deelrij[1:] & deelrij[:-1])
    groep = np.cumsum(nieuw) - 1
    op = np.cumsum(r.lengte)
    totaal = np.bincount(groep, r.lengte)
    voor = op - r.lengte
    begin = voor[np.flatnonzero(nieuw)]
    return np.asarray(np.minimum(totaal[groep] - (voor - begin[groep]), 1.0), dtype=np.float64)


def _na_de_pauze(r: Rijen, loopt: Vlag, starts: Ints | None) -> tuple[Vlag, Ints, Ints]:
    """Rows at risk of a start: not while one runs, nor in the month after, when a new row would be the same deployment.

    Returns the rows that stay and their first month and number of months; ``starts`` are the rows that begin with a
    deployment without length.
    """
    houd, maand, maanden = ~loopt, r.maand.copy(), r.maanden.copy()
    volgt = np.zeros(loopt.size, dtype=bool)
    if loopt.size > 1:
        volgt[1:] = loopt[:-1] & ~loopt[1:] & (r.spell[1:] == r.spell[:-1])
    if starts is not None:
        volgt[starts] = True
    rij = np.flatnonzero(volgt)
    kort = r.lengte[rij] < 1
    houd[rij[kort]] = False
    verder = rij[kort & (r.lengte[rij] < 0.5)] + 1
    verder = verder[verder < loopt.size]
    verder = verder[(r.spell[verder] == r.spell[verder - 1]) & (r.lengte[verder] == 1) & ~loopt[verder]]
    eraf = np.concatenate([rij[~kort], verder])
    maand[eraf] += 1
    maanden[eraf] -= 1
    houd &= maanden > 0
    return houd, maand, maanden


def ontwerp_intrede(
    config: Config, kenmerken: Sequence[Kenmerk], codes: Mapping[str, npt.NDArray[np.generic]], code: str
) -> Profiles:
    """Traits, whether the instrument was given before, which other instruments run; profile p + n * before."""
    zonder = config.model_copy(update={"instrument": ()})
    basis = ontwerp(zonder, kenmerken, (), codes)
    n = basis.matrix.shape[0]
    kolommen, namen = [], []
    for ins in config.instrument:
        if ins.code != code and ins.duur_maanden > 0:
            loopt = np.asarray(codes[f"inzet:{ins.code}"]) == 0
            kolommen.append(sparse.csr_matrix(loopt.astype(np.float64)[:, None]))
            namen.append(f"loopt:{ins.code}")
    breed = sparse.hstack([basis.matrix, *kolommen], format="csr")
    eerder = sparse.csr_matrix(np.repeat([0.0, 1.0], n)[:, None])
    matrix = sparse.hstack([sparse.vstack([breed, breed]), eerder], format="csr")
    matrix.sort_indices()
    namen = [*basis.names, *namen, "eerder"]
    return Profiles(matrix=matrix, names=tuple(namen), ridge=np.full(len(namen), PRIOR_INTREDE))


def blootstelling_intrede(
    r: Rijen, perioden: Perioden, config: Config, index: int, tot_maand: int | None, vanaf: int | None = None
) -> tuple[Exposure, Vlag] | None:
    """Rows at risk of a start of one instrument, with a start as event 1; None without any row.

    A start says that it happened somewhere in its duration month: that month keeps its full length, as with exits.
    Months in which another event came first count for half.

    Parameters
    ----------
    r, perioden, config, index
        Rows, deployments, and the instrument's place in the config.
    tot_maand : int or None
        Duration month from which nobody starts.
    vanaf : int, optional
        Day before which starts are not known.

    Returns
    -------
    exposure : Exposure
        Profile p + n when the client had the instrument before (n profiles).
    voor : (rows,) bool
        Rows before the window.
    """
    ins = config.instrument[index]
    rij, eerder = _starts(r, ins.code, perioden, index)
    fase = np.asarray(r.profielen[f"inzet:{ins.code}"], dtype=np.int64)[r.profiel]
    loopt = (fase == 0) & (ins.duur_maanden > 0)
    n = len(next(iter(r.profielen.values())))
    vorige = np.maximum(rij - 1, 0)
    zelfde = (rij > 0) & (r.spell[vorige] == r.spell[rij])
    deel = zelfde & (r.maand[vorige] == r.maand[rij]) & (r.lengte[vorige] < 1) & ~loopt[vorige]
    deel &= r.voor[vorige] == r.voor[rij]
    rest = _rest_van_maand(r)
    bron = np.where(zelfde, vorige, rij)
    houd, maand, maanden = _na_de_pauze(r, loopt, rij if ins.duur_maanden == 0 else None)
    houd[vorige[deel]] = False
    velden = {
        "profile": np.concatenate([r.profiel[houd] + n * (fase[houd] >= 0), r.profiel[bron] + n * eerder]),
        "month": np.concatenate([maand[houd], r.maand[rij]]),
        "calendar": np.concatenate([(r.kalender + maand - r.maand)[houd], r.kalender[rij]]),
        "months": np.concatenate([maanden[houd], np.ones(rij.size, dtype=np.int64)]),
        "length": np.concatenate(
            [np.where(r.event > 0, 0.5 * r.lengte, r.lengte)[houd], np.where(deel, rest[vorige], rest[rij])]
        ),
        "event": np.concatenate([np.zeros(int(houd.sum()), dtype=np.int64), np.ones(rij.size, dtype=np.int64)]),
        "cluster": np.concatenate([r.client[houd], r.client[rij]]),
    }
    voor = np.concatenate([r.voor[houd], r.voor[rij]])
    if tot_maand is not None:
        velden["months"] = np.minimum(velden["months"], tot_maand - velden["month"])
    goed = velden["months"] > 0
    if vanaf is not None:
        goed &= velden["calendar"] >= int(month_of(np.array([vanaf], dtype=np.int64))[0])
    orde = np.argsort(velden["cluster"], kind="stable")
    orde = orde[goed[orde]]
    return (Exposure(**{k: v[orde] for k, v in velden.items()}), voor[orde]) if orde.size else None


def maak_intrede(
    r: Rijen, perioden: Perioden, config: Config, kenmerken: Sequence[Kenmerk], tijd: TimeSpec, index: int
) -> Intrede | None:
    """Lay out the hazard of entry into one instrument; None without starts.

    ``tijd`` is that of the entries (:func:`tijd_intrede`). Months after the last band in which anybody started carry no
    risk.
    """
    ins = config.instrument[index]
    rij, _ = _starts(r, ins.code, perioden, index)
    if rij.size == 0:
        return None
    banden = tijd.bands
    per_band = np.bincount(band_of(r.maand[rij], banden), minlength=len(banden) + 1)
    laatste = int(np.flatnonzero(per_band)[-1])
    tot_maand = int(banden[laatste]) if laatste < len(banden) else None
    gemaakt = blootstelling_intrede(r, perioden, config, index, tot_maand)
    if gemaakt is None:
        return None
    exposure, voor = gemaakt
    profielen = ontwerp_intrede(config, kenmerken, r.profielen, ins.code)
    probleem, kaart, termen = _probleem(exposure, profielen, tijd, per_band[: laatste + 1])
    return Intrede(
        code=ins.code,
        probleem=probleem,
        voor=voor,
        starts=int(rij.size),
        termen=termen,
        kaart=kaart,
        tot_maand=tot_maand,
    )


def _probleem(
    exposure: Exposure, profielen: Profiles, tijd: TimeSpec, per_band: Ints
) -> tuple[Problem, Floats, tuple[str, ...]]:
    """Bands without starts join the band before; a weak prior on what had no start."""
    time = make_time_design(tijd)
    n_banden = time.duration.shape[1]
    groep = np.maximum(np.cumsum(per_band > 0) - 1, 0)
    groep = np.concatenate([groep, np.full(n_banden - groep.size, groep[-1])])
    samen = np.zeros((n_banden, int(groep.max()) + 1))
    samen[np.arange(n_banden), groep] = 1.0
    raak = exposure.event == 1
    eerste = int(exposure.calendar.min())
    lang = langere_kalender(time, tijd, eerste)
    per_kalender = lang.calendar[exposure.calendar[raak] - lang.first]
    leeg = (per_kalender != 0).sum(axis=0) == 0
    namen = tuple(f"band {g}" for g in range(samen.shape[1])) + time.names[n_banden:]
    ridge = np.concatenate([np.zeros(samen.shape[1]), np.where(leeg, PRIOR_ZONDER_EXIT, PRIOR_INTREDE)])
    klein = replace(lang, duration=time.duration @ samen, names=namen, ridge=ridge)
    raakt = np.asarray(profielen.matrix[exposure.profile[raak]].getnnz(axis=0)).ravel()
    met = replace(profielen, ridge=np.where(raakt == 0, PRIOR_ZONDER_EXIT, PRIOR_INTREDE))
    rest = len(time.names) - n_banden + len(profielen.names)
    kaart = np.zeros((n_banden + rest, samen.shape[1] + rest))
    kaart[:n_banden, : samen.shape[1]] = samen
    kaart[n_banden:, samen.shape[1] :] = np.eye(rest)
    return prepare(exposure, met, klein), kaart, (*time.names, *profielen.names)
