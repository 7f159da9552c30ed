"""Signals, recomputed from the figures: red only where the gap is larger than the margin and than chance.

A signal is never read from a report. W-deel used for 4.4 of 13.7 million after seven months is behind the line that
the year's norm draws, whatever colour somebody gave it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, ndtr, pdtr, pdtrc

from kompas.models.design import Floats
from kompas.monitors.kengetalvorm import Kengetal

GROEN: Final = "groen"
ORANJE: Final = "oranje"
ROOD: Final = "rood"
GEEN: Final = "geen"
SIGNALEN: Final = (GROEN, ORANJE, ROOD, GEEN)
KANS: Final = 0.025  # one side of 95%
_GELIJK: Final = 1e-9


def kans_op_slechter(kengetal: Kengetal, realisatie: Floats, norm: Floats, noemer: Floats, spreiding: Floats) -> Floats:
    """Chance of a figure at least as bad as this one when the norm is the truth.

    Parameters
    ----------
    kengetal : Kengetal
        Its ``toeval`` says which model, its ``richting`` which side is bad.
    realisatie, norm : array
        Realised value and norm of that moment.
    noemer : array
        Cases behind a share (binomial); ignored otherwise.
    spreiding : array
        Standard error of a mean or of a stock; ignored otherwise.

    Returns
    -------
    array
        P(X <= x) where higher is better, P(X >= x) where lower is better; 0 where chance plays no part; nan where a
        figure is missing.

    Examples
    --------
    >>> from kompas.monitors.kengetallen import KENGETALLEN
    >>> een = lambda x: np.array([x])
    >>> kans_op_slechter(KENGETALLEN["uitstroom_werk"], een(8.0), een(10.0), een(np.nan), een(np.nan)).round(3)
    array([0.333])
    """
    hoger = kengetal.richting == "hoger"
    with np.errstate(invalid="ignore", divide="ignore"):
        if kengetal.toeval == "aantal":
            x = np.round(realisatie)
            mu = np.maximum(norm, 0.0)
            p = pdtr(x, mu) if hoger else np.where(x <= 0, 1.0, pdtrc(np.maximum(x - 1, 0.0), mu))
        elif kengetal.toeval == "aandeel":
            n, kans = np.round(noemer), np.clip(norm, 0.0, 1.0)
            x = np.round(realisatie * n)
            if hoger:
                p = np.where(x >= n, 1.0, betainc(n - x, x + 1, 1 - kans))
            else:
                p = np.where(x <= 0, 1.0, betainc(x, n - x + 1, kans))
        elif kengetal.toeval in ("gemiddelde", "stand"):
            z = (realisatie - norm) / spreiding
            p = ndtr(z if hoger else -z)
        else:
            p = np.zeros_like(realisatie)
    leeg = np.isnan(realisatie) | np.isnan(norm)
    return np.where(leeg, np.nan, p)


def slechter_met(kengetal: Kengetal, realisatie: Floats, norm: Floats) -> Floats:
    """By which fraction of the norm a figure is worse; negative where it is better.

    Against a norm of zero any worse figure is infinitely worse.
    """
    gat = norm - realisatie if kengetal.richting == "hoger" else realisatie - norm
    gat = np.where(np.abs(gat) <= _GELIJK * np.maximum(np.abs(norm), 1.0), 0.0, gat)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(gat == 0, 0.0, gat / np.abs(norm)), dtype=np.float64)


def beoordeel(
    kengetal: Kengetal,
    realisatie: npt.ArrayLike,
    norm: npt.ArrayLike,
    *,
    noemer: npt.ArrayLike = np.nan,
    spreiding: npt.ArrayLike = np.nan,
    marge: float = 0.05,
) -> npt.NDArray[np.object_]:
    """Give each figure its signal against the norm of the same moment.

    Parameters
    ----------
    kengetal : Kengetal
    realisatie, norm : array-like
        Same unit and same span of time: a norm for the year must be brought to the months that have passed first.
    noemer, spreiding : array-like
        See `kans_op_slechter`. Where they are missing chance cannot be excluded, so there is no red.
    marge : float
        Fraction of the norm within which a worse figure is never red.

    Returns
    -------
    array of str
        ``groen``: on the norm or better. ``oranje``: worse, but within the margin or explainable by chance (95%).
        ``rood``: worse by more than the margin and not explainable by chance. ``geen``: no norm or no figure.

    Examples
    --------
    The W-deel after seven months: 4.4 of 13.7 million, all of it to be used this year (essay, scorecard).

    >>> from kompas.monitors.kengetallen import KENGETALLEN
    >>> str(beoordeel(KENGETALLEN["wdeel_benut"], 4.4 / 13.7, 7 / 12))
    'rood'

    Eight to work where ten were agreed may be chance; eight hundred where a thousand were agreed is not.

    >>> beoordeel(KENGETALLEN["uitstroom_werk"], [8, 800, 1000], [10, 1000, 1000]).tolist()
    ['oranje', 'rood', 'groen']
    """
    r, n, m, s = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (realisatie, norm, noemer, spreiding)))
    gat = slechter_met(kengetal, r, n)
    kans = kans_op_slechter(kengetal, r, n, m, s)
    uit = np.full(r.shape, GROEN, dtype=object)
    uit[gat > 0] = ORANJE
    uit[(gat > marge) & (kans < KANS)] = ROOD
    uit[np.isnan(r) | np.isnan(n)] = GEEN
    if kengetal.code == "wdeel_benut":  # more than the whole budget of the year is spent
        uit[(r > 1.0 + _GELIJK) & ~np.isnan(n)] = ROOD
    return uit


def deel_van_het_jaar(
    stroom: Floats, maanden: npt.NDArray[np.int64], *, jaren: int = 3, minste: float = 100.0
) -> Floats:
    """Share of a year's flow that has come by the end of each month, from the years before.

    Parameters
    ----------
    stroom : (T,) float
        Flow per month of the whole town; nan where unknown.
    maanden : (T,) int
        Months, 12 per year, one after another.
    jaren : int
        At most so many earlier full years.
    minste : float
        With fewer cases than this in those years the line is straight.

    Returns
    -------
    (T,) float
        Between 0 and 1; only years before the year of the month count.

    Examples
    --------
    >>> m = np.arange(24000, 24024)
    >>> deel_van_het_jaar(np.r_[np.tile([30.0, 10.0], 6), np.ones(12)], m)[[11, 12, 13]].round(3).tolist()
    [1.0, 0.125, 0.167]
    """
    binnen = maanden % 12
    uit = (binnen + 1) / 12.0
    jaar = maanden // 12
    for j in np.unique(jaar):
        eerder = []
        for e in range(j - 1, j - 1 - jaren, -1):
            deel = stroom[jaar == e]
            if deel.size != 12 or np.isnan(deel).any():
                break
            eerder.append(deel)
        som = np.sum(eerder, axis=0) if eerder else np.zeros(12)
        if eerder and som.sum() >= minste:
            hier = jaar == j
            uit[hier] = (np.cumsum(som) / som.sum())[binnen[hier]]
    return np.asarray(uit, dtype=np.float64)
