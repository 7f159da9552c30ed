"""Seasonal pattern of a series as it was known at every origin: no origin sees a month after it.

The pattern is additive on the scale of ``x`` (logs in the forecasts). A month's deviation from the centred moving
average of one cycle is known half a cycle later; the pattern at origin t is the discounted mean of the deviations
known then, per month of the cycle, shrunk by how much they agree over the years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats

MEMORY = 0.8  # a deviation of one cycle ago counts for .8 of one now: patterns move
PROOF = 1.5  # spread between months must be this many times what chance alone gives, before any season is believed
NOTHING = 1e-10  # variance that rounding makes
TWICE = 1.5  # effective years behind a month of the cycle: one seen twice has almost two


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Season:
    """Seasonal pattern per origin.

    Parameters
    ----------
    pattern : (n, P) array
        ``pattern[t, m]``: deviation of position m of the cycle, as known at origin t; sums to zero over m. Position of
        month j is j modulo P.
    strength : (n,) array
        Factor of shrinkage at each origin: 0 = no season, 1 = as measured.
    """

    pattern: Floats
    strength: Floats

    def now(self) -> Floats:
        """Deviation of every origin's own month, (n,)."""
        t = np.arange(self.strength.size)
        return np.asarray(self.pattern[t, t % self.pattern.shape[1]])

    def ahead(self, horizon: int) -> Floats:
        """Deviation of the months 1..horizon after every origin, (n, horizon)."""
        t = np.arange(self.strength.size)[:, None]
        return np.asarray(self.pattern[t, (t + np.arange(1, horizon + 1)) % self.pattern.shape[1]])

    def before(self, months: int) -> Floats:
        """Deviation of the month ``months`` before every origin (of the first month where there is none), (n,)."""
        t = np.arange(self.strength.size)
        return np.asarray(self.pattern[t, np.maximum(t - months, 0) % self.pattern.shape[1]])


def _deviations(x: Floats, period: int) -> Floats:
    """Deviation from the centred moving average of one cycle; nan at both ends."""
    weights = np.ones(period) if period % 2 else np.concatenate([[0.5], np.ones(period - 1), [0.5]])
    weights = weights / period
    half = weights.size // 2
    out = np.full(x.size, np.nan)
    if x.size >= weights.size:
        out[half : x.size - half] = x[half : x.size - half] - np.convolve(x, weights, "valid")
    return out


def season_by_origin(x: Floats, period: int) -> Season:
    """Seasonal pattern at every origin, from the months up to it alone.

    With B the variance of the monthly means and W the mean of their sampling variances over the years, the pattern is
    multiplied by max(0, 1 - 1.5 W / B): nothing when the months differ no more than chance makes them.

    Parameters
    ----------
    x : (n,) float
        Series, months in order.
    period : int
        Months of a cycle; 1 = no season.

    Returns
    -------
    Season
    """
    n = x.size
    pattern = np.zeros((n, period))
    strength = np.zeros(n)
    if period < 2:
        return Season(pattern=pattern, strength=strength)
    deviation = _deviations(x, period)
    half = period // 2
    # Discounted sums per month of the cycle: weights, squared weights, values, squared values.
    count, square, total, power = (np.zeros(period) for _ in range(4))
    for t in range(2 * half, n):
        known = deviation[t - half]
        m = (t - half) % period
        count[m] = MEMORY * count[m] + 1.0
        square[m] = MEMORY**2 * square[m] + 1.0
        total[m] = MEMORY * total[m] + known
        power[m] = MEMORY * power[m] + known**2
        years = count**2 / np.maximum(square, 1e-300)
        if years.min() < TWICE:
            continue
        mean = total / count
        within = np.maximum(power / count - mean**2, 0.0) * years / (years - 1.0)
        between = float(np.mean((mean - mean.mean()) ** 2))
        chance = float(np.mean(within / years)) + NOTHING
        strength[t] = max(0.0, 1.0 - PROOF * chance / between) if between > 0 else 0.0
        pattern[t] = strength[t] * (mean - mean.mean())
    return Season(pattern=pattern, strength=strength)
