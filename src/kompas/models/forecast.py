"""Forecast of one monthly series: a combination of simple methods, weighted and widened by their own past errors.

At every month of the past (an origin) each method forecasts the months after it, from the months up to it. The errors
of those forecasts decide how much each method counts now, and how wide the interval is. Nothing is chosen by looking
at a month after the origin, so the errors reported are those of real forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from kompas.models.design import Floats
from kompas.models.forecastmembers import GROUPS, YEAR, Members, members
from kompas.models.forecastseason import season_by_origin
from kompas.models.forecastweights import CAUTION, FIRST, LEADS, TINY, Combined, combine, errors

__all__ = ["ENOUGH", "FEWEST", "SeriesForecast", "floors", "forecast_series"]

FEWEST = 6  # months: below this nothing can be said
ENOUGH = 24  # months: below this nothing is learnt and the result is flagged
FLOORS = ("naive", "drift_12", "half_drift_12")
COMBINATION = "combination"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SeriesForecast:
    """Forecast of a monthly series with its interval and what it rests on.

    Parameters
    ----------
    mean, lower, upper : (H,) arrays
        Central path for 1..H months ahead and the ends of the interval, in the unit of the series, never below zero.
        The path is that of the mean of the logs: half of the outcomes lie above it.
    weights : mapping
        Method -> weight in the combination, mean over the leads; sums to one.
    errors : mapping
        Method -> (H,) mean absolute relative error at earlier origins (fraction of the realised value; nan = no origin
        reached that lead): every method, every floor, and ``combination``, the forecast itself.
    n_origins : int
        Earlier origins behind ``errors`` at one month ahead.
    season : float
        How much of the measured seasonal pattern is believed: 0 = none.
    reliable : bool
        False when the series is too short to learn weights or width from.
    level : float
        Nominal level of the interval.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    weights: Mapping[str, float]
    errors: Mapping[str, Floats]
    n_origins: int
    season: float
    reliable: bool
    level: float

    def __post_init__(self) -> None:
        for name in ("mean", "lower", "upper"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        object.__setattr__(self, "weights", MappingProxyType(dict(self.weights)))
        object.__setattr__(self, "errors", MappingProxyType({k: _frozen(v) for k, v in self.errors.items()}))


def _frozen(values: Floats) -> Floats:
    out = np.array(values, dtype=np.float64)
    out.flags.writeable = False
    return out


def _checked(values: npt.ArrayLike, horizon: int) -> Floats:
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or series.size < FEWEST:
        raise ValueError(f"a series of at least {FEWEST} months in one dimension is needed, not {series.shape}")
    if not np.isfinite(series).all() or (series < 0).any():
        raise ValueError("all values must be finite and not below zero: months in order, without gaps")
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1, not {horizon}")
    return series


def _floor_paths(series: Floats, horizon: int) -> Floats:
    """The three floors at every origin, (3, n, H)."""
    t = np.arange(series.size)
    far = np.maximum(t - YEAR, 0)
    slope = ((series - series[far]) / np.maximum(t - far, 1))[:, None] * np.arange(1, horizon + 1)
    return np.maximum(series[:, None] + np.array([0.0, 1.0, 0.5])[:, None, None] * slope, 0.0)


def floors(values: npt.ArrayLike, horizon: int) -> Mapping[str, Floats]:
    """Forecasts that every method must beat.

    ``naive`` is the last value; ``drift_12`` continues the mean change of the last 12 months (of all months when there
    are fewer); ``half_drift_12`` continues half of it.

    Parameters
    ----------
    values : (n,) float, zero or more
        Months in order, without gaps.
    horizon : int
        Months ahead.

    Returns
    -------
    mapping
        Name -> (horizon,) array. Never below zero.

    Raises
    ------
    ValueError
        Fewer than 6 months, a gap, or a value below zero.

    Examples
    --------
    >>> low = floors([100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 112], 3)
    >>> {name: [float(v) for v in path] for name, path in low.items()}
    {'naive': [112.0, 112.0, 112.0], 'drift_12': [113.0, 114.0, 115.0], 'half_drift_12': [112.5, 113.0, 113.5]}
    """
    series = _checked(values, horizon)
    paths = _floor_paths(series, horizon)[:, -1]
    return MappingProxyType({name: _frozen(path) for name, path in zip(FLOORS, paths, strict=True)})


def _mean_error(error: Floats) -> Floats:
    """Mean over origins of absolute relative errors (n, H); nan where no origin reached the lead."""
    known = np.isfinite(error)
    total = np.where(known, error, 0.0).sum(axis=0)
    return np.asarray(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan))


def _past_errors(series: Floats, x: Floats, found: Members, best: Combined) -> dict[str, Floats]:
    """Mean absolute relative error per method and lead; a group of trends counts as its mean."""
    first = slice(FIRST, None)
    out = {}
    for g, name in enumerate(GROUPS):
        out[name] = _mean_error(np.abs(np.expm1(-errors(x, found.path[found.group == g].mean(axis=0))))[first])
    for name, path in zip(FLOORS, _floor_paths(series, best.path.shape[1]), strict=True):
        miss = np.abs(errors(series, path))
        out[name] = _mean_error((miss / np.maximum(path + errors(series, path), TINY))[first])
    out[COMBINATION] = _mean_error(np.abs(np.expm1(-best.error)))
    return out


def _short(x: Floats, horizon: int, normal: float, level: float) -> SeriesForecast:
    """Half way between the last value and half drift, as wide as a walk with an unknown drift."""
    ahead = np.arange(1, horizon + 1)
    window = min(YEAR, x.size - 1)
    path = x[-1] + 0.25 * (x[-1] - x[-1 - window]) / window * ahead
    step = max(float(np.std(np.diff(x), ddof=1)), TINY)
    width = CAUTION * normal * step * np.sqrt(ahead + ahead**2 / (x.size - 1))
    unknown = np.full(horizon, np.nan)
    return SeriesForecast(
        mean=np.exp(path),
        lower=np.exp(path - width),
        upper=np.exp(path + width),
        weights={**dict.fromkeys(GROUPS, 0.0), "level": 0.5, "half_drift": 0.5},
        errors=dict.fromkeys((*GROUPS, *FLOORS, COMBINATION), unknown),
        n_origins=0,
        season=0.0,
        reliable=False,
        level=level,
    )


def forecast_series(values: npt.ArrayLike, horizon: int, *, season: int = 12, level: float = 0.8) -> SeriesForecast:
    r"""Forecast a monthly series, with an interval recalibrated on its own past errors.

    With x the log of the series and F_m(t, h) the forecast of method m at origin t, the central path is

        exp( sum_m w_m(h) F_m(n, h) ),   w_m(h) proportional to p_m  mse_m(h)^(-4 k / (k + 24)),

    p_m a fixed prior, mse_m(h) the discounted mean squared error of the forecasts of which the target has been
    reached, pooled over neighbouring leads, and k the origins behind it divided by the lead. The interval is the path
    times exp(+-q(h) s(h)): s(h) the standard deviation of theory (spread of the methods and their disagreement), q(h)
    the multiple of it that held ``level`` of the past errors of the combination itself. The season is additive in logs,
    estimated at every origin anew, and left out as far as the months of the year differ no more than by chance.

    Parameters
    ----------
    values : (n,) float, zero or more
        Months in order, without gaps, at least 6. With zeros in it the logs are those of the values plus one.
    horizon : int
        Months ahead.
    season : int, optional
        Months of a cycle; 1 = no season.
    level : float, optional
        Level of the interval.

    Returns
    -------
    SeriesForecast
        Below 24 months half way between the last value and half drift, with ``reliable`` false.

    Raises
    ------
    ValueError
        Fewer than 6 months, a gap, a value below zero, or an impossible horizon, season or level.

    Examples
    --------
    >>> falling = [3000 * 0.99**month for month in range(60)]
    >>> ahead = forecast_series(falling, 12)
    >>> round(float(ahead.mean[0])), round(3000 * 0.99**60)
    (1641, 1641)
    >>> bool((ahead.lower < ahead.mean).all() and (ahead.mean < ahead.upper).all())
    True
    """
    series = _checked(values, horizon)
    if season < 1:
        raise ValueError(f"season must be at least 1 (1 = none), not {season}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    offset = 1.0 if (series == 0).any() else 0.0
    x, normal = np.log(series + offset), float(ndtri(0.5 + level / 2))
    if series.size < ENOUGH:
        return _lowered(_short(x, horizon, normal, level), offset)
    pattern = season_by_origin(x, season)
    found = members(x, pattern, max(horizon, LEADS))
    best = combine(x, found, normal, level)
    path, width = best.path[-1, :horizon], best.width[:horizon]
    share = best.weights[:, :horizon].mean(axis=1)
    past = _past_errors(series, x, found, best)
    forecast = SeriesForecast(
        mean=np.exp(path),
        lower=np.exp(path - width),
        upper=np.exp(path + width),
        weights={name: float(share[found.group == g].sum()) for g, name in enumerate(GROUPS)},
        errors={name: error[:horizon] for name, error in past.items()},
        n_origins=series.size - 1 - FIRST,
        season=float(pattern.strength[-1]),
        reliable=True,
        level=level,
    )
    return _lowered(forecast, offset)


def _lowered(forecast: SeriesForecast, offset: float) -> SeriesForecast:
    """The forecast without the one that was added before taking logs."""
    if offset == 0.0:
        return forecast
    paths = {name: np.maximum(getattr(forecast, name) - offset, 0.0) for name in ("mean", "lower", "upper")}
    return replace(forecast, **paths)
