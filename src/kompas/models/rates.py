"""Log-linear hazards laid out for look-up: a factor of duration, one of calendar, one of profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats, Ints
from kompas.models.problem import Problem


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rates:
    """Hazards per month of Q causes as the product of three factors.

    Parameters
    ----------
    duration : (Q, n_durations) array
        By duration month; the last column holds for all later months.
    calendar : (Q, n_calendar) array
        By calendar month from ``first`` on.
    profile : (Q, n_profiles) array
        Relative hazard of each profile.
    first : int
        Calendar month of the first column of ``calendar``.
    """

    duration: Floats
    calendar: Floats
    profile: Floats
    first: int

    def at(self, month: Ints, calendar: Ints, profile: Ints) -> Floats:
        """Hazards per month of pieces, shape (Q, n)."""
        last = self.duration.shape[1] - 1
        out = self.duration[:, np.minimum(month, last)] * self.calendar[:, calendar - self.first]
        out *= self.profile[:, profile]
        return out


def _exp(eta: Floats) -> Floats:
    out: Floats = np.exp(np.clip(eta, -700, 700))
    return out


def rates_of(problem: Problem, coef: Floats, *, without: Callable[[str], bool] | None = None) -> Rates:
    """Lay out fitted hazards; the effects of some columns can be left out.

    Parameters
    ----------
    problem : Problem
        Designs (its exposure is not used).
    coef : (Q, P) array
        Coefficients per cause; nan counts as 0, a row of nan only is a hazard of zero.
    without : function of a column name, optional
        True for columns of the profiles whose effect is set to zero.

    Returns
    -------
    Rates
    """
    time, profiles = problem.time, problem.profiles
    p_d, p_z = time.duration.shape[1], time.size
    beta = np.nan_to_num(np.asarray(coef, dtype=np.float64))
    used = beta[:, p_z:].copy()
    if without is not None:
        used[:, [without(name) for name in profiles.names]] = 0.0
    eta = np.asarray(profiles.matrix @ used.T, dtype=np.float64).T
    duration, calendar = beta[:, :p_d] @ time.duration.T, beta[:, p_d:p_z] @ time.calendar.T
    if profiles.offset is not None:
        eta = eta + profiles.offset
    if time.offset is not None:
        duration, calendar = duration + time.offset[0], calendar + time.offset[1]
    known = np.asarray(~np.isnan(coef).all(axis=1), dtype=np.bool_)
    return Rates(
        duration=np.where(known[:, None], _exp(duration), 0.0),
        calendar=_exp(calendar),
        profile=_exp(eta),
        first=time.first,
    )
