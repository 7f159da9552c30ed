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

from kompas.models.design import Floats

FULL = 0.95  # above this monthly exit probability the fitted hazards are taken as rates
SMALL = 1e-6


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
    p = -np.expm1(-hazard)
    total = p.sum(axis=0)
    safe = np.minimum(total, FULL)
    factor = np.where(safe > SMALL, -np.log1p(-safe) / np.maximum(safe, SMALL), 1.0 + safe / 2)
    return np.where(total > FULL, hazard, p * factor)


def _rates_gradient(hazard: Floats, to_rate: Floats) -> Floats:
    """Chain derivatives to rates back to derivatives to log hazards."""
    p = -np.expm1(-hazard)
    total = p.sum(axis=0)
    safe = np.clip(total, SMALL, FULL)
    log = -np.log1p(-safe)
    small = total <= 1e-3
    slope = np.where(small, 0.5 + 2 * total / 3 + 0.75 * total**2, (safe / (1 - safe) - log) / safe**2)
    factor = np.where(total > SMALL, log / safe, 1.0 + total / 2)
    common = slope * (to_rate * p).sum(axis=0)
    to_hazard = np.exp(-hazard) * (to_rate * factor + common)
    return np.where(total > FULL, to_rate, to_hazard) * hazard


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


def expected_reward(hazard: Floats, length: Floats, reward: Floats, back: Floats) -> Expected:
    r"""Expected discounted time on benefit, returns included.

    .. math:: V = \sum_j S_{j-1}\Bigl[r_j d_j \frac{1-e^{-\Lambda_j}}{\Lambda_j}
              + \sum_c \frac{\lambda_{cj}}{\lambda_j}(1-e^{-\Lambda_j}) B_{cj}\Bigr]

    Parameters
    ----------
    hazard : (C, n, J) array
        Fitted monthly hazards.
    length : (n, J) array
        Length of each piece in months; 0 after the end of entitlement.
    reward : (n, J) or (J,) array
        Worth of a month in each piece (1 = counts months).
    back : (C, n, J) array
        Expected reward after an exit by each cause in each piece (returns within the horizon).

    Returns
    -------
    Expected
        Value and exact derivatives (adjoint of the recursion; checked against finite differences in the tests).
    """
    rates = competing_rates(hazard)
    total = rates.sum(axis=0)
    step = total * length
    gone = -np.expm1(-step)
    stay = 1.0 - gone
    cumulative = np.cumsum(step, axis=1)
    before = np.exp(-(cumulative - step))
    tiny = step < 1e-5
    safe = np.where(tiny, 1.0, step)
    mean = np.where(tiny, 1 - step / 2 + step**2 / 6, gone / safe)
    mean_slope = np.where(tiny, -0.5 + step / 3, (stay * (1 + step) - 1) / safe**2)
    divisor = np.where(total > 0, total, 1.0)
    mixed = (rates * back).sum(axis=0) / divisor
    flow = before * (reward * length * mean + gone * mixed)
    value = flow.sum(axis=1)
    tail = value[:, None] - np.cumsum(flow, axis=1)
    common = before * (reward * length**2 * mean_slope + length * stay * mixed) - length * tail
    share = np.where(total > 0, before * gone / divisor, before * length)
    to_rate = common + share * (back - mixed)
    return Expected(value=value, gradient=_rates_gradient(hazard, to_rate))
