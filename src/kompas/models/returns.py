r"""Returns to benefit: what an exit is worth when people may come back within the horizon.

Two renewal equations on a grid of months. With f_c(u) the probability of a return in month u after an exit by cause c,
S(v) the survival of a renewed spell and q_c(v) its exits by cause,

.. math:: B_c(h) = \sum_u f_c(u)\, \rho^u\, W(h-u), \qquad
          W(h) = \sum_v \rho^v \tfrac{S(v-1)+S(v)}{2} + \sum_{c,v} q_c(v)\, \rho^v B_c(h-v),

where events fall in the middle of their month and rho is the discount factor per month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats, Ints

OUT_BANDS = (3, 6, 12, 24)  # upper ends, in months since the exit, of the bands of the return hazard
PASSES = 3  # fixed-point passes per step: the implicit terms are products of two small probabilities


def return_hazard(out: Floats, back: Ints, bands: tuple[int, ...] = OUT_BANDS) -> tuple[Floats, Ints, Floats]:
    """Occurrence over exposure of returns, per band of months since the exit.

    Parameters
    ----------
    out : (n,) float
        Months out of benefit until the return or the end of observation.
    back : (n,) int
        1 when the spell out ended in a return.
    bands : tuple of int
        Upper ends; an open band follows.

    Returns
    -------
    hazard : (bands + 1,) float
        Per month; 0 without exposure.
    events : (bands + 1,) int
    exposure : (bands + 1,) float

    Examples
    --------
    >>> h, e, x = return_hazard(np.array([2.0, 5.0]), np.array([1, 0]))
    >>> [round(float(v), 3) for v in h[:2]], e[:2].tolist(), x[:2].tolist()
    ([0.2, 0.0], [1, 0], [5.0, 2.0])
    """
    lower = np.array([0, *bands], dtype=np.float64)
    upper = np.array([*bands, np.inf])
    exposure = np.clip(out[:, None] - lower, 0, upper - lower).sum(axis=0)
    which = np.searchsorted(np.array(bands, dtype=np.float64), out, side="left")
    events = np.bincount(which[back > 0], minlength=lower.size)
    return np.divide(events, exposure, out=np.zeros(lower.size), where=exposure > 0), events, exposure


def monthly_returns(hazard: Floats, horizon: int, bands: tuple[int, ...] = OUT_BANDS) -> Floats:
    """Probability of a return in month u = 1..horizon after the exit, shape (horizon,)."""
    month = np.arange(horizon)
    rate = hazard[np.searchsorted(np.array(bands), month, side="right")]
    before = np.exp(-np.concatenate([[0.0], np.cumsum(rate)[:-1]])) if horizon else np.zeros(0)
    return before * -np.expm1(-rate)


def value_of_returns(returns: Floats, exits: Floats, horizon: int, discount: float = 1.0) -> Floats:
    """Expected (discounted) months back on benefit within h months after an exit.

    Parameters
    ----------
    returns : (C, horizon) array
        Probability of a return in each month after an exit by each cause.
    exits : (C, horizon) array
        Probability of an exit by each cause in each month of a renewed spell.
    horizon : int
    discount : float
        Factor per month (1 = none).

    Returns
    -------
    (C, horizon + 1) array
        Value at the moment of exit for h = 0..horizon months left.

    Examples
    --------
    Everybody returns in the first month and never leaves again: half a month is missed.

    >>> b = value_of_returns(np.array([[1.0, 0, 0, 0]]), np.zeros((1, 4)), 4)
    >>> b.round(3).tolist()
    [[0.0, 0.5, 1.5, 2.5, 3.5]]
    """
    causes = returns.shape[0]
    survival = 1.0 - np.concatenate([[0.0], np.cumsum(exits.sum(axis=0))])
    rho = discount ** (np.arange(1, horizon + 1) - 0.5)
    paid = rho * (survival[:-1] + survival[1:]) / 2
    b = np.zeros((causes, horizon + 1))
    w = np.zeros(horizon + 1)
    weighted_returns, weighted_exits = returns * rho, exits * rho
    for h in range(1, horizon + 1):
        w[h], b[:, h] = w[h - 1], b[:, h - 1]
        for _ in range(PASSES):
            middle_b = (b[:, : h + 1][:, ::-1][:, 1:] + b[:, : h + 1][:, ::-1][:, :-1]) / 2
            w[h] = paid[:h].sum() + float((weighted_exits[:, :h] * middle_b).sum())
            middle_w = (w[: h + 1][::-1][1:] + w[: h + 1][::-1][:-1]) / 2
            b[:, h] = weighted_returns[:, :h] @ middle_w
    return b


LEVELS = np.linspace(-4.0, 4.0, 33)  # log of the hazards of a renewed spell, against a reference


def value_by_level(returns: Floats, rates: Floats, horizon: int, discount: float = 1.0) -> Floats:
    """The same when the exits of renewed spells differ between clients: for hazards e^level times ``rates``.

    Parameters
    ----------
    returns : (C, horizon) array
        Probability of a return in each month after an exit by each cause.
    rates : (C, horizon) array
        Competing rates of exit per month of a renewed spell at level 0.
    horizon : int
    discount : float
        Factor per month.

    Returns
    -------
    (K, C, horizon + 1) array
        One table per level in ``LEVELS``.
    """
    total = rates.sum(axis=0)
    share = rates / np.where(total > 0, total, 1.0)
    out = np.empty((LEVELS.size, rates.shape[0], horizon + 1))
    for k, scale in enumerate(np.exp(LEVELS)):
        survival = np.exp(-scale * np.concatenate([[0.0], np.cumsum(total)]))
        out[k] = value_of_returns(returns, share * (survival[:-1] - survival[1:]), horizon, discount)
    return out


def _months_left(left: Floats, horizon: int) -> tuple[Ints, Floats]:
    """Whole months left (at most horizon - 1) and what is left over."""
    low = np.minimum(left.astype(np.int64), horizon - 1)
    return low, left - low


def at_left(table: Floats, left: Floats) -> Floats:
    """A table of :func:`value_of_returns` at some number of months left, linear between whole months.

    Parameters
    ----------
    table : (C, horizon + 1) array
    left : (...) array
        Months left, from 0 to the horizon.

    Returns
    -------
    (C, ...) array

    Examples
    --------
    >>> at_left(np.array([[0.0, 1.0, 4.0]]), np.array([0.5, 1.5, 2.0])).tolist()
    [[0.5, 2.5, 4.0]]
    """
    low, part = _months_left(left, table.shape[1] - 1)
    out = np.empty((table.shape[0], *left.shape))
    for c, row in enumerate(table):
        np.take(np.diff(row), low, out=out[c], mode="clip")
        out[c] *= part
        out[c] += row[low]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class AtLevel:
    """Values (C, J, n) and their derivatives to the level and to the months left (None when not asked for)."""

    value: Floats
    to_level: Floats | None
    to_left: Floats | None


def at_level_and_left(table: Floats, level: Floats, left: Floats, *, slopes: bool = False) -> AtLevel:
    """Tables of :func:`value_by_level` at a client's own level and months left, linear in both.

    Parameters
    ----------
    table : (K, C, horizon + 1) array
    level : (n,) array
    left : (J, n) array
    slopes : bool
        Also give the derivatives.

    Examples
    --------
    >>> table = LEVELS[:, None, None] * np.array([0.0, 1.0, 2.0])
    >>> a = at_level_and_left(table, np.array([0.1, 9.0]), np.array([[0.5, 2.0]]), slopes=True)
    >>> a.value.round(6).tolist(), a.to_level.round(6).tolist(), a.to_left.round(6).tolist()
    ([[[0.05, 8.0]]], [[[0.5, 0.0]]], [[[0.1, 4.0]]])
    """
    width = table.shape[2]
    step = LEVELS[1] - LEVELS[0]
    place = np.clip((level - LEVELS[0]) / step, 0.0, LEVELS.size - 1)
    row = np.minimum(place.astype(np.int64), LEVELS.size - 2)
    between = place - row
    low, part = _months_left(left, width - 1)
    low += row * width
    high = low + width
    value = np.empty((table.shape[1], *left.shape))
    to_level, to_left = (np.empty_like(value), np.empty_like(value)) if slopes else (None, None)
    for c in range(table.shape[1]):
        values = table[:, c].ravel()
        along = np.append(np.diff(values), 0.0)
        here_step, there_step = along[low], along[high]
        here, there = values[low] + here_step * part, values[high] + there_step * part
        there -= here
        np.multiply(there, between, out=value[c])
        value[c] += here
        if to_level is not None and to_left is not None:
            np.divide(there, step, out=to_level[c])
            np.multiply(there_step - here_step, between, out=to_left[c])
            to_left[c] += here_step
    if to_level is not None:
        to_level *= (level > LEVELS[0]) & (level < LEVELS[-1])
    return AtLevel(value, to_level, to_left)
