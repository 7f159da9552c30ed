r"""How good predicted chances were: Brier score, AUC, calibration, with inverse-probability-of-censoring weights.

A prediction is the cumulative incidence of an exit by one cause (or by any) within a horizon. Its target is ``hit``:
that exit happened within the person's own horizon. Exits by other causes are no hits, and they are followed to the end:
they can no longer become one. Who was lost before his horizon has weight 0; the others weigh
:math:`1/\hat G(\min(T, h)-)` with :math:`\hat G` the Kaplan-Meier estimate of not being lost (Graf et al. 1999; for
competing causes Blanche, Dartigues & Jacqmin-Gadda 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kompas.models.design import Floats, Ints

Flags = npt.NDArray[np.bool_]
Z95 = 1.959963984540054
SAME = 12  # chances that differ only beyond this decimal are equal: the rest is rounding
BLOCK = 25  # bootstrap draws that are multiplied at once


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Censoring:
    """Kaplan-Meier estimate of not being lost to follow-up.

    Parameters
    ----------
    time : (m,) array
        Distinct times at which somebody was lost.
    survival : (m,) array
        Chance of not being lost up to and including each time.
    """

    time: Floats
    survival: Floats

    def before(self, moments: Floats) -> Floats:
        """Chance of not being lost before each moment (those lost at that moment itself still count as seen)."""
        place = np.searchsorted(self.time, moments, side="left")
        return np.concatenate([[1.0], self.survival])[place]


def censoring_survival(time: Floats, lost: Flags) -> Censoring:
    """Estimate the chance of not being lost.

    Parameters
    ----------
    time : (n,) float
        End of follow-up: exit, loss, or the end of the person's own observation.
    lost : (n,) bool
        Whether follow-up ended by loss.

    Returns
    -------
    Censoring
        At equal times an exit comes before a loss.

    Examples
    --------
    >>> g = censoring_survival(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True]))
    >>> g.before(np.array([2.0, 2.5, 4.0])).round(4).tolist()
    [1.0, 0.6667, 0.6667]
    """
    moments, counts = np.unique(time[lost], return_counts=True)
    later = time.size - np.searchsorted(np.sort(time), moments, side="right")
    return Censoring(time=moments, survival=np.cumprod(1.0 - counts / (later + counts)).astype(np.float64))


def censoring_weights(time: Floats, exited: Flags, lost: Flags, horizon: Floats) -> Floats:
    """Weights that make those who were followed stand for those who were lost, shape (n,).

    Parameters
    ----------
    time : (n,) float
        End of follow-up.
    exited, lost : (n,) bool
        How it ended; neither = the person's own observation ended (nothing more could happen).
    horizon : (n,) float
        Own horizon: the common one, or the earlier moment after which nothing can happen to this person.

    Returns
    -------
    (n,) array
        0 for who was lost before his horizon; 1 for everybody when nobody was.
    """
    seen = exited | ~lost | (time >= horizon)
    return np.where(seen, 1.0 / censoring_survival(time, lost).before(np.minimum(time, horizon)), 0.0)


def brier_terms(chance: Floats, hit: Flags, weight: Floats) -> Floats:
    """Weighted squared error per person; their mean is the Brier score.

    Examples
    --------
    >>> float(brier_terms(np.array([0.2, 0.5]), np.array([False, True]), np.ones(2)).mean().round(3))
    0.145
    """
    return np.asarray(weight * (hit - chance) ** 2, dtype=np.float64)


def integrated_brier(brier: Floats, horizons: Sequence[float]) -> Floats:
    """Mean Brier score over (0, last horizon]: trapezoids from 0 at time 0; the last axis runs over the horizons.

    Examples
    --------
    >>> float(integrated_brier(np.array([0.1, 0.2]), [6, 12]).round(3))
    0.1
    """
    moments = np.concatenate([[0.0], np.asarray(horizons, dtype=np.float64)])
    filled = np.concatenate([np.zeros((*brier.shape[:-1], 1)), brier], axis=-1)
    return np.asarray(np.trapezoid(filled, moments, axis=-1) / moments[-1])


def dynamic_auc(chance: Floats, hit: Flags, weight: Floats) -> float:
    """Cumulative/dynamic AUC: how often a case had a higher chance than a control (a tie counts for half).

    Parameters
    ----------
    chance : (n,) float
        Predicted chance of this exit within the horizon.
    hit : (n,) bool
        Cases: this exit happened within the horizon. Controls are all others: still there, or gone by another cause
        (definition 2 of Blanche et al. 2013), so that the AUC judges the same target as the Brier score.
    weight : (n,) float
        From :func:`censoring_weights`.

    Returns
    -------
    float
        nan without cases or without controls.

    Examples
    --------
    >>> dynamic_auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True]), np.ones(4))
    0.875
    """
    level, place = np.unique(np.round(chance, SAME), return_inverse=True)
    case = np.bincount(place, weight * hit, level.size)
    control = np.bincount(place, weight * ~hit, level.size)
    pairs = float(case.sum() * control.sum())
    if pairs <= 0:
        return float("nan")
    lower = np.cumsum(control) - control
    return float(case @ (lower + control / 2) / pairs)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ratio:
    """Observed against expected, per group: arrays of length g.

    Parameters
    ----------
    expected, observed : (g,) float
        Mean chance, and share that left.
    ratio, low, high : (g,) float
        Observed over expected with a 95% interval (Wilson's interval of the share over the mean chance); nan where
        nothing was expected.
    number : (g,) int
        Persons with a weight.
    """

    expected: Floats
    observed: Floats
    ratio: Floats
    low: Floats
    high: Floats
    number: Ints


def observed_expected(chance: Floats, hit: Flags, weight: Floats, group: Ints, groups: int) -> Ratio:
    """Compare what was predicted with what happened, per group.

    Parameters
    ----------
    chance, hit, weight : (n,) arrays
        As in :func:`dynamic_auc`.
    group : (n,) int
        Number of the group; negative = in none.
    groups : int
        How many groups there are.

    Returns
    -------
    Ratio

    Examples
    --------
    >>> r = observed_expected(np.full(4, 0.5), np.array([True, False, False, False]), np.ones(4), np.zeros(4, int), 1)
    >>> float(r.ratio[0]), float(r.low[0].round(3)), float(r.high[0].round(3))
    (0.5, 0.091, 1.399)
    """
    use = (group >= 0) & (weight > 0)
    g, w = group[use], weight[use]

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(g, values, groups), dtype=np.float64)

    with np.errstate(divide="ignore", invalid="ignore"):
        size = total(w)
        expected, observed = total(w * chance[use]) / size, total(w * hit[use]) / size
        low, high = wilson(observed, size**2 / total(w**2))
        some = np.where(expected > 0, expected, np.nan)
        return Ratio(
            expected=expected,
            observed=observed,
            ratio=observed / some,
            low=low / some,
            high=high / some,
            number=np.bincount(g, minlength=groups).astype(np.int64),
        )


def wilson(share: Floats, number: Floats) -> tuple[Floats, Floats]:
    """Wilson's 95% interval of a share.

    Examples
    --------
    >>> [v.round(4).tolist() for v in wilson(np.array([0.0, 0.5]), np.array([10.0, 10.0]))]
    [[0.0, 0.2366], [0.2775, 0.7634]]
    """
    z = Z95**2 / number
    middle = (share + z / 2) / (1 + z)
    half = np.sqrt(np.maximum(share * (1 - share) * z + z**2 / 4, 0.0)) / (1 + z)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def tenths(chance: Floats, bins: int = 10) -> Ints:
    """Number (0-based) of the tenth of each chance; equal chances share one, whatever the order of the persons.

    Examples
    --------
    >>> tenths(np.array([0.1, 0.2, 0.2, 0.9]), 2).tolist()
    [0, 1, 1, 1]
    """
    _, place, counts = np.unique(np.round(chance, SAME), return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    return np.minimum((middle[place] * bins / max(chance.size, 1)).astype(np.int64), bins - 1)


def bootstrap_means(terms: Floats, draws: int, seed: Sequence[int]) -> Floats:
    """Means of resampled persons: the same persons in every column, so that differences are paired.

    Parameters
    ----------
    terms : (n, m) float
        One row per person (a running client has one spell, so that persons are the clusters).
    draws : int
        Bootstrap samples.
    seed : sequence of int

    Returns
    -------
    (draws, m) array
        The weights for censoring are kept as they are.
    """
    n = terms.shape[0]
    rng = np.random.Generator(np.random.PCG64(list(seed)))
    out = np.empty((draws, terms.shape[1]))
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        counts = np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(size)])
        out[start : start + size] = counts.astype(np.float64) @ terms / n
    return out
