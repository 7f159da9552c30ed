r"""Looking ahead: competing rates to survival, incidence and expected time, with exact gradients.

A fitted hazard h_c of cause c gives the probability p_c = 1 - exp(-h_c) of that exit in a whole month, whatever the
other causes do. The rates that reproduce exactly these probabilities when the causes compete are

.. math:: \lambda_c = \frac{p_c}{\sum_k p_k}\,\bigl(-\log(1-\textstyle\sum_k p_k)\bigr),

and in a piece of length d the cumulative incidence is (lambda_c / sum lambda)(1 - exp(-d sum lambda)).
With whole months and free baselines this is the Aalen-Johansen estimator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kompas.models.design import Floats

FULL = 1 - 1e-9  # the monthly exit probability of all causes together is capped here: fitted apart they can pass one
SMALL = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Competing:
    """Monthly probabilities p (C, ...), their sum, and what turns them into rates: rate = p * factor."""

    p: Floats
    total: Floats
    factor: Floats
    full: npt.NDArray[np.bool_] | None


def _compete(hazard: Floats) -> _Competing:
    p = -np.expm1(-hazard)
    total = p.sum(axis=0)
    full = total > FULL
    safe = np.clip(total, SMALL, FULL)
    factor = np.where(total > SMALL, -np.log1p(-safe) / np.maximum(total, SMALL), 1.0 + total / 2)
    return _Competing(p, total, factor, full if full.any() else None)


def _rates(c: _Competing) -> Floats:
    return c.p * c.factor


def competing_rates(hazard: Floats) -> Floats:
    """Rates per month of causes that compete, from fitted monthly hazards.

    Parameters
    ----------
    hazard : (C, ...) array
        Fitted cause-specific hazards h_c = exp(eta_c).

    Returns
    -------
    (C, ...) array

    Examples
    --------
    >>> h = np.array([[0.3], [0.2]])
    >>> rate = competing_rates(h)
    >>> total = rate.sum(axis=0)
    >>> bool(np.allclose(rate / total * (1 - np.exp(-total)), 1 - np.exp(-h)))
    True
    """
    return _rates(_compete(hazard))


def _to_log_hazard(hazard: Floats, c: _Competing, to_rate: Floats) -> Floats:
    """Chain derivatives to rates back to derivatives to log hazards."""
    safe = np.clip(c.total, SMALL, FULL)
    slope = (1 / (1 - safe) - c.factor) / safe
    small = c.total <= 1e-3
    if small.any():
        t = c.total[small]
        slope[small] = 0.5 + 2 * t / 3 + 0.75 * t**2
    if c.full is not None:
        slope[c.full] = -(c.factor / c.total)[c.full]
    slope *= (to_rate * c.p).sum(axis=0)
    out = (to_rate * c.factor + slope) * (1 - c.p)
    out *= hazard
    return np.asarray(out)


def cumulative_incidence(rates: Floats, length: Floats) -> tuple[Floats, Floats]:
    """Cumulative incidence per cause and survival at the end of each piece.

    Parameters
    ----------
    rates : (C, n, J) array
        Competing rates per month.
    length : (n, J) array
        Length of each piece in months.

    Returns
    -------
    incidence : (C, n, J) array
    survival : (n, J) array
        Together they sum to one.
    """
    total = rates.sum(axis=0)
    step = total * length
    cumulative = np.cumsum(step, axis=1)
    survival = np.exp(-cumulative)
    before = np.exp(-(cumulative - step))
    share = rates / np.where(total > 0, total, 1.0)
    return np.cumsum(share * (before * -np.expm1(-step)), axis=2), survival


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Expected:
    """Expected reward and its derivatives.

    Parameters
    ----------
    value : (n,) array
    gradient : (C, n, J) array
        Derivative to the log of the fitted hazard of each cause in each piece.
    """

    value: Floats
    gradient: Floats


def expected_reward(hazard: Floats, length: Floats, reward: Floats, back: Floats, *, fitted: bool = True) -> Expected:
    r"""Expected discounted time on benefit, returns included.

    .. math:: V = \sum_j S_{j-1}\Bigl[r_j d_j \frac{1-e^{-\Lambda_j}}{\Lambda_j}
              + \sum_c \frac{\lambda_{cj}}{\lambda_j}(1-e^{-\Lambda_j}) B_{cj}\Bigr]

    Parameters
    ----------
    hazard : (C, n, J) array
        Fitted monthly hazards; with ``fitted=False`` rates that compete already.
    length : (n, J) array
        Length of each piece in months; 0 after the end of entitlement.
    reward : (n, J) or (J,) array
        Worth of a month in each piece (1 = counts months).
    back : (C, n, J) array
        Expected reward after an exit by each cause in each piece (returns within the horizon).
    fitted : bool
        Whether ``hazard`` was fitted cause by cause on whole months (see the top of this module).

    Returns
    -------
    Expected
        Value and exact derivatives (adjoint of the recursion; checked against finite differences in the tests).
    """
    c = _compete(hazard) if fitted else None
    rates = _rates(c) if c is not None else hazard
    total = rates.sum(axis=0)
    step = total * length
    gone = -np.expm1(-step)
    stay = 1.0 - gone
    before = np.ones_like(step)
    np.exp(-np.cumsum(step, axis=1)[:, :-1], out=before[:, 1:])
    tiny = step < 1e-5
    safe = np.where(tiny, 1.0, step)
    mean = np.where(tiny, 1 - step / 2 + step**2 / 6, gone / safe)
    mean_slope = np.where(tiny, -0.5 + step / 3, (stay - mean) / safe)
    divisor = np.where(total > 0, total, 1.0)
    mixed = (rates * back).sum(axis=0) / divisor
    flow = before * (reward * length * mean + gone * mixed)
    value = flow.sum(axis=1)
    tail = value[:, None] - np.cumsum(flow, axis=1)
    common = before * (reward * length**2 * mean_slope + length * stay * mixed) - length * tail
    share = before * np.where(total > 0, gone / divisor, length)
    to_rate = back - mixed
    to_rate *= share
    to_rate += common
    gradient = _to_log_hazard(hazard, c, to_rate) if c is not None else to_rate * rates
    return Expected(value=value, gradient=gradient)
