"""The simple methods that a forecast combines, run over all origins at once: level, drift, damped trends.

Every method forecasts ``x`` (log of the series) from the months up to the origin: the deseasonalised level, plus a
trend that fades, plus the season of the month ahead. Each is one set of constants fixed beforehand; nothing is fitted,
so that all origins cost one pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats, Ints
from kompas.models.forecastseason import Season

GROUPS = ("level", "drift", "half_drift", "trend_slow", "trend_medium", "trend_fast")
# Before any error is seen: trends that fade, little drift without end.
PRIOR = (0.05, 0.05, 0.1, 0.2, 0.3, 0.3)
# How fast the trend follows the last months, and how much of it is left a month later.
SPEED = (("trend_slow", 0.05), ("trend_slow", 0.1), ("trend_medium", 0.2), ("trend_medium", 0.4), ("trend_fast", 0.8))
FADE = (0.8, 0.9, 0.95, 0.98)
SMOOTH = 0.6  # a smoothed level, for a series with noise that passes
GRID = (
    *((name, 1.0, speed, fade) for name, speed in SPEED for fade in FADE),
    *((name, SMOOTH, speed, fade) for name, speed in SPEED if speed in {0.1, 0.4} for fade in (0.9, 0.98)),
)
YEAR = 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Members:
    """Forecasts of all methods at all origins.

    Parameters
    ----------
    path : (M, n, H) array
        ``path[m, t, h - 1]``: forecast of method m at origin t of ``x`` at t + h.
    spread : (M, H) array
        Standard deviation of the error h ahead in units of the error one ahead, when the method is true.
    group : (M,) array
        Index in ``GROUPS``.
    prior : (M,) array
        Weight before any error is seen; sums to one.
    """

    path: Floats
    spread: Floats
    group: Ints
    prior: Floats


def _spread(response: Floats) -> Floats:
    """Standard deviation by lead from the response (..., H) to one shock: 1, c_1, c_2, ..."""
    return np.asarray(np.sqrt(np.cumsum(response**2, axis=-1)))


def _trends(x: Floats, season: Season, horizon: int) -> tuple[Floats, Floats]:
    """Damped trends (Gardner & McKenzie 1985) over ``GRID``: paths (G, n, H) and spreads (G, H).

    The season of each origin is taken off; when it changes, the level of a month ago is restated under the new one.
    In the first months the trend is the running mean of the changes.
    """
    smooth, speed, fade = np.array([row[1:] for row in GRID]).T
    sums = np.cumsum(fade[:, None] ** np.arange(1, horizon + 1), axis=1)
    ahead, now, last = season.ahead(horizon), season.now(), season.before(1)
    level, trend = np.full(len(GRID), x[0] - now[0]), np.zeros(len(GRID))
    path = np.empty((len(GRID), x.size, horizon))
    for t in range(x.size):
        if t > 0:
            start = level + now[t - 1] - last[t]
            expected = start + fade * trend
            level = expected + smooth * (x[t] - now[t] - expected)
            trend = fade * trend + np.maximum(speed, 1.0 / t) * (level - start - fade * trend)
        path[:, t] = level[:, None] + trend[:, None] * sums + ahead[t]
    later = np.concatenate([np.zeros((len(GRID), 1)), sums[:, :-1]], axis=1)
    response = smooth[:, None] * (1.0 + speed[:, None] * later)
    response[:, 0] = 1.0
    return path, _spread(response)


def members(x: Floats, season: Season, horizon: int) -> Members:
    """Forecasts of every method at every origin.

    ``level`` keeps the deseasonalised value; ``drift`` adds its mean monthly change over the last 12 months (over all
    months when there are fewer), ``half_drift`` half of it; the trends follow

        l_t = l_{t-1} + f b_{t-1} + a e_t,   b_t = f b_{t-1} + a s e_t,   forecast = l_t + (f + ... + f^h) b_t,

    with a = 1 or .6, speed s of .05 to .8 and fading f of .8 to .98.

    Parameters
    ----------
    x : (n,) float
        Log of the series.
    season : Season
        Pattern per origin.
    horizon : int
        Months ahead.

    Returns
    -------
    Members
    """
    ahead = np.arange(1, horizon + 1)
    t = np.arange(x.size)
    far = np.maximum(t - YEAR, 0)
    base = (x - season.now())[:, None] + season.ahead(horizon)
    slope = (x - season.now() - x[far] + season.before(YEAR)) / np.maximum(t - far, 1)
    drift = slope[:, None] * ahead
    response = np.stack([np.ones(horizon), 1.0 + (ahead - 1) / YEAR, 1.0 + (ahead - 1) / (2 * YEAR)])
    path, spread = _trends(x, season, horizon)
    group = np.array([GROUPS.index(name) for name in (*GROUPS[:3], *(row[0] for row in GRID))], dtype=np.int64)
    return Members(
        path=np.concatenate([np.stack([base, base + drift, base + 0.5 * drift]), path]),
        spread=np.concatenate([_spread(response), spread]),
        group=group,
        prior=(np.array(PRIOR) / np.bincount(group))[group],
    )
