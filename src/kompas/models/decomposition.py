"""Parts of a difference that add up: symmetric (Shapley) decomposition, with intervals for dispersed counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from kompas.models.design import Floats

STEP = 1e-5  # of the central differences, relative to parameters of size one (logarithms)
SEASON = 24  # months from which a season is taken out


def shapley(value: Callable[[Sequence[Floats]], float], own: Sequence[Floats], other: Sequence[Floats]) -> Floats:
    r"""Split ``value(own) - value(other)`` into one part per factor; the parts add up exactly.

    The part of factor j is the mean, over all orders in which the factors can be changed from ``other`` to ``own``,
    of what changing j does:
    :math:`\phi_j = \sum_{S \not\ni j} \frac{|S|!\,(k-|S|-1)!}{k!} [v(S \cup j) - v(S)]`.

    Parameters
    ----------
    value : function
        Of k factors; each an array of any shape.
    own, other : sequences of k arrays

    Returns
    -------
    (k,) float

    Examples
    --------
    >>> parts = shapley(lambda f: float(f[0] * f[1]), [np.array(3.0), np.array(5.0)], [np.array(2.0), np.array(4.0)])
    >>> parts.tolist()
    [4.5, 2.5]
    """
    k = len(own)
    values: dict[frozenset[int], float] = {}
    for size in range(k + 1):
        for chosen in map(frozenset[int], combinations(range(k), size)):
            mixed = [own[j] if j in chosen else other[j] for j in range(k)]
            values[chosen] = value(mixed)
    parts = np.zeros(k)
    for j in range(k):
        for chosen, base in values.items():
            if j not in chosen:
                weight = factorial(len(chosen)) * factorial(k - len(chosen) - 1) / factorial(k)
                parts[j] += weight * (values[chosen | {j}] - base)
    return parts


def delta_variance(function: Callable[[Floats], Floats], at: Floats, variance: Floats) -> Floats:
    """Variance of each outcome of a function of independent parameters, by the delta method.

    Parameters
    ----------
    function : function of (p,) to (m,)
    at : (p,) float
        Where it is evaluated; best on a log scale, so that the parameters are of size one.
    variance : (p,) float

    Returns
    -------
    (m,) float

    Examples
    --------
    >>> delta_variance(lambda x: np.exp(x), np.log(np.array([100.0])), np.array([0.01])).round(4).tolist()
    [100.0]
    """
    columns = []
    for j in range(at.size):
        step = np.zeros(at.size)
        step[j] = STEP
        columns.append((function(at + step) - function(at - step)) / (2 * STEP))
    gradient = np.stack(columns, axis=1) if columns else np.zeros((function(at).size, 0))
    return np.asarray((gradient**2) @ variance, dtype=np.float64)


def dispersion(counts: Floats) -> float:
    """Dispersion of monthly counts around trend and season: Pearson's statistic per degree of freedom, at least 1.

    Parameters
    ----------
    counts : (n,) float
        Months in order. From 24 months on two yearly waves are taken out, from 6 on a trend; fewer than 6 give 1.

    Returns
    -------
    float

    Examples
    --------
    >>> dispersion(np.full(36, 50.0)), dispersion(np.array([4.0, 9.0]))
    (1.0, 1.0)
    """
    n = counts.size
    if n < 6 or counts.mean() <= 0:
        return 1.0
    t = np.arange(n) / n
    columns = [np.ones(n), t]
    if n >= SEASON:
        angle = 2 * np.pi * np.arange(n) / 12
        columns += [t**2, np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    design = np.stack(columns, axis=1)
    fit, *_ = np.linalg.lstsq(design, counts, rcond=None)
    mean = np.maximum(design @ fit, 0.1 * counts.mean())
    pearson = float(((counts - mean) ** 2 / mean).sum() / (n - design.shape[1]))
    return max(1.0, pearson)


def ratio_error(ratios: Floats) -> float:
    """Standard error of the mean of a monthly series whose values resemble their neighbours (first order).

    Parameters
    ----------
    ratios : (n,) float

    Returns
    -------
    float
        nan below 6 values.

    Examples
    --------
    >>> ratio_error(np.full(12, 0.3))
    0.0
    """
    n = ratios.size
    if n < 6:
        return float("nan")
    centred = ratios - ratios.mean()
    spread = float((centred**2).sum())
    if spread <= 1e-18 * n:
        return 0.0
    like = float(np.clip((centred[1:] * centred[:-1]).sum() / spread, 0.0, 0.9))
    return float(np.sqrt(spread / (n - 1) / n * (1 + like) / (1 - like)))
