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
    if total.size and total.min() > SMALL and total.max() < FULL:  # nearly always: nothing to guard
        return _Competing(p, total, -np.log1p(-total) / total, None)
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
    gradient : (C, J, n) array
        Derivative to the log of the fitted hazard of each cause in each piece.
    """

    value: Floats
    gradient: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Survival through the pieces: what does not depend on the reward. All but ``rates`` (C, J, n) are (J, n)."""

    rates: Floats
    total: Floats
    divisor: Floats
    length: Floats
    after: Floats
    spent: Floats
    competing: _Competing | None
    hazard: Floats


def walk(hazard: Floats, length: Floats, *, fitted: bool = True, start: Floats | None = None) -> Walk:
    """Survival after each piece (``after``) and expected months spent in it (``spent``).

    Parameters
    ----------
    hazard : (C, J, n) array
        Fitted monthly hazards; with ``fitted=False`` rates that compete already.
    length : (J, n) array
        Length of each piece in months; 0 after the end of entitlement.
    fitted : bool
        Whether ``hazard`` was fitted cause by cause on whole months (see the top of this module).
    start : (n,) array, optional
        Survival at the begin, when not 1: the weight of a type in a sum over types.
    """
    c = _compete(hazard) if fitted else None
    rates = _rates(c) if c is not None else hazard
    total = rates.sum(axis=0)
    left = total * length
    np.negative(left, out=left)
    np.expm1(left, out=left)
    np.negative(left, out=left)  # share that leaves in each piece, of who is there at its begin
    after = 1.0 - left
    if start is not None:
        after[:1] *= start
        left[:1] *= start
    np.cumprod(after, axis=0, out=after)
    left[1:] *= after[:-1]
    divisor, spent = total, left
    zero = total == 0.0
    if zero.any():
        divisor = np.where(zero, 1.0, total)
        spent = np.divide(left, divisor, out=left)
        first = np.ones_like(after[:1]) if start is None else start[None]
        before = np.concatenate([first, after[:-1]])
        spent[zero] = (before * length)[zero]
    else:
        np.divide(left, total, out=left)
    return Walk(rates, total, divisor, length, after, spent, c, hazard)


def reward_along(w: Walk, reward: Floats | float, back: Floats) -> Expected:
    """Expected reward along a walk, with derivatives to the log hazards (see :func:`expected_reward`)."""
    worth = (w.rates * back).sum(axis=0)
    worth += reward
    flow = w.spent * worth
    value = flow.sum(axis=0)
    np.cumsum(flow, axis=0, out=flow)
    tail = np.subtract(value, flow, out=flow)
    mean = np.divide(worth, w.divisor, out=worth)
    common = w.after * mean
    common -= tail
    common *= w.length
    mean *= w.spent
    common -= mean
    to_rate = w.spent * back
    to_rate += common
    if w.competing is not None:
        return Expected(value=value, gradient=_to_log_hazard(w.hazard, w.competing, to_rate))
    to_rate *= w.rates
    return Expected(value=value, gradient=to_rate)


def to_length_and_back(w: Walk, reward: Floats | float, back: Floats) -> tuple[Floats, Floats]:
    """Derivatives of the expected reward to the length of each piece (J, n) and to ``back`` (C, J, n)."""
    worth = (w.rates * back).sum(axis=0) + reward
    flow = w.spent * worth
    tail = flow.sum(axis=0) - np.cumsum(flow, axis=0)
    return w.after * worth - w.total * tail, w.spent * w.rates


def expected_reward(
    hazard: Floats, length: Floats, reward: Floats | float, back: Floats, *, fitted: bool = True
) -> Expected:
    r"""Expected discounted time on benefit, returns included.

    .. math:: V = \sum_j \frac{S_{j-1}-S_j}{\lambda_j}\Bigl[r_j + \sum_c \lambda_{cj} B_{cj}\Bigr],
              \qquad S_j = S_{j-1} e^{-d_j \lambda_j}

    where (S_{j-1} - S_j) / lambda_j is the expected time in piece j (d_j S_{j-1} where nobody leaves).

    Parameters
    ----------
    hazard : (C, J, n) array
        Fitted monthly hazards; with ``fitted=False`` rates that compete already. Pieces come before clients: every step
        of the recursion is then one pass over memory.
    length : (J, n) array
        Length of each piece in months; 0 after the end of entitlement.
    reward : (J, n) array or float
        Worth of a month in each piece (1 = counts months).
    back : (C, J, n) array
        Expected reward after an exit by each cause in each piece (returns within the horizon).
    fitted : bool
        Whether ``hazard`` was fitted cause by cause on whole months (see the top of this module).

    Returns
    -------
    Expected
        Value and exact derivatives (adjoint of the recursion; checked against finite differences in the tests).

    Examples
    --------
    A hazard of 4% per month during two years: (1 - exp(-.96)) / .04 months.

    >>> e = expected_reward(np.full((1, 24, 1), 0.04), np.ones((24, 1)), 1.0, np.zeros((1, 24, 1)))
    >>> bool(np.isclose(e.value[0], (1 - np.exp(-0.96)) / 0.04))
    True
    """
    return reward_along(walk(hazard, length, fitted=fitted), reward, back)
