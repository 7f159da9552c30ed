"""Weights of the methods and width of the interval, learnt at every origin from errors known by then.

An error belongs to the month in which the target is reached: the forecast of origin t for t + h counts from t + h on.
So what is done at an origin is the same whatever comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats
from kompas.models.forecastmembers import Members

FIRST = 12  # first origin whose errors count: a year of months before it
FORGET = 0.99  # per month: errors of ten years ago count for .3
POWER = 8.0  # weight = prior x root mean squared error to the power -8 x trust, ...
TRUST = 24.0  # ... trust = k / (k + 24), k the origins behind it over the lead, neighbouring leads included
REACH = 0.35  # leads within about this distance on the log scale share their errors ...
DOWN = 2.0  # ... and for the weights a long lead learns this far from shorter ones: they have more independent errors
LEADS = 24  # leads that are always looked at, so that a forecast does not depend on how far ahead was asked
CAUTION = 1.5  # a width from theory alone is taken this much wider ...
THEORY = 6.0  # ... and counts for six origins beside the past errors
START = 3.0  # months that the rough changes of the last year count for in the error one ahead
TINY = 1e-4  # no series is known better than one in ten thousand


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Combined:
    """The combination of the methods at all origins.

    Parameters
    ----------
    path : (n, H) array
        Combined forecast of ``x``.
    scale : (n, H) array
        Standard deviation that theory gives its error: the spread of each method when true, and their disagreement.
    error : (n, H) array
        Realised minus forecast; nan where the target is not reached, and at the first origins, which do not count.
    weights : (M, H) array
        Weights at the last origin.
    width : (H,) array
        Half width of the interval at the last origin on the scale of ``x``; never decreasing in the lead.
    """

    path: Floats
    scale: Floats
    error: Floats
    weights: Floats
    width: Floats


def errors(x: Floats, path: Floats) -> Floats:
    """Realised minus forecast, (..., n, H); nan where the target lies after the last month."""
    out = np.full(path.shape, np.nan)
    for lead in range(1, min(path.shape[-1], x.size - 1) + 1):
        out[..., : x.size - lead, lead - 1] = x[lead:] - path[..., : x.size - lead, lead - 1]
    return out


def _kernel(horizon: int, down: float = REACH) -> Floats:
    """How much the errors of lead j tell about lead h, (H, H); ``down`` is the reach to leads shorter than h.

    Leads beyond ``LEADS`` tell nothing about shorter ones: row h is the same whatever H is.
    """
    lead = np.log(np.arange(1, horizon + 1))
    distance = lead[:, None] - lead[None, :]
    near = np.exp(-0.5 * (distance / np.where(distance > 0, down, REACH)) ** 2)
    known = np.arange(horizon) < np.maximum(np.arange(1, horizon + 1), LEADS)[:, None]
    return np.asarray(near * known)


def _weights(square: Floats, count: Floats, kernel: Floats, prior: Floats) -> Floats:
    """Weights (M, H) from discounted sums of squared errors (M, H) behind ``count`` (H,) origins and a prior (M,)."""
    seen = count > 0
    if not seen.any():
        return np.repeat(prior[:, None], count.size, axis=1)
    mean = np.maximum(square / np.maximum(count, 1e-12), TINY**2)
    relative = np.where(seen, np.log(mean) - np.log(mean).mean(axis=0), 0.0)
    share = kernel * (count / np.arange(1, count.size + 1))  # origins within one lead of each other overlap
    known = share.sum(axis=1)
    pooled = relative @ share.T / np.maximum(known, 1e-12)
    score = -0.5 * POWER * pooled * known / (known + TRUST)
    raw = prior[:, None] * np.exp(score - score.max(axis=0))
    return np.asarray(raw / raw.sum(axis=0))


def interval_multiple(ratio: Floats, normal: float, level: float) -> Floats:
    """Multiple of the standard deviation of theory that held ``level`` of the past errors, per lead.

    The weighted quantile of the past ratios (recent and neighbouring leads count more), shrunk towards the normal
    multiple times ``CAUTION``, which counts for ``THEORY`` origins.

    Parameters
    ----------
    ratio : (n, H) array
        Absolute error in units of the standard deviation that theory gave at its origin; nan = does not count (yet).
    normal : float
        Multiple under normality.
    level : float
        Share of errors to hold, between 0 and 1.

    Returns
    -------
    (H,) array
    """
    horizon = ratio.shape[1]
    origin, lead = np.nonzero(np.isfinite(ratio))
    if origin.size == 0:
        return np.full(horizon, CAUTION * normal)
    values = ratio[origin, lead]
    order = np.argsort(values, kind="stable")
    recent = FORGET ** (ratio.shape[0] - 2 - origin - lead) / (lead + 1)
    mass = np.cumsum((_kernel(horizon)[:, lead] * recent)[:, order], axis=1)
    place = np.minimum((mass < level * mass[:, -1:]).sum(axis=1), values.size - 1)
    known = mass[:, -1]
    return np.asarray((known * values[order][place] + THEORY * CAUTION * normal) / (known + THEORY))


def combine(x: Floats, methods: Members, normal: float, level: float) -> Combined:
    """Combine the methods at every origin and widen by what the combination missed before.

    Parameters
    ----------
    x : (n,) float
        Log of the series.
    methods : Members
        Forecasts of the methods at every origin.
    normal : float
        Normal quantile of the interval, 1.28 for 80%.
    level : float
        Share that the interval must hold.

    Returns
    -------
    Combined
    """
    n, horizon = methods.path.shape[1:]
    kernel, error, rough = _kernel(horizon, DOWN), errors(x, methods.path), np.diff(x) ** 2
    square, count, weights = np.zeros((methods.group.size, horizon)), np.zeros(horizon), np.empty(0)
    path, scale = np.empty((n, horizon)), np.empty((n, horizon))
    one, seen = 0.0, 0.0
    for t in range(n):
        square, count, one, seen = FORGET * square, FORGET * count, FORGET * one, FORGET * seen
        lead = np.arange(1, min(t - FIRST, horizon) + 1)
        square[:, lead - 1] += error[:, t - lead, lead - 1] ** 2
        count[lead - 1] += 1.0
        weights = _weights(square, count, kernel, methods.prior)
        path[t] = (weights * methods.path[:, t]).sum(axis=0)
        if lead.size:
            one += (x[t] - path[t - 1, 0]) ** 2
            seen += 1.0
        start = float(rough[max(0, t - 12) : t].mean()) if t > 0 else 0.0
        variance = max((one + START * start) / (seen + START), TINY**2)
        apart = (methods.path[:, t] - path[t]) ** 2
        scale[t] = np.sqrt((weights * (variance * methods.spread**2 + apart)).sum(axis=0))
    own = errors(x, path)
    own[:FIRST] = np.nan
    width = interval_multiple(np.abs(own) / scale, normal, level) * scale[-1]
    return Combined(path=path, scale=scale, error=own, weights=weights, width=np.maximum.accumulate(width))
