"""Aalen-Johansen: cumulative incidence of competing exits, with late entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Incidence:
    """Step functions of cumulative incidence.

    Parameters
    ----------
    time : (m,) array
        Distinct times of exit.
    incidence : (C, m) array
        Cumulative incidence per cause just after each time.
    survival : (m,) array
        Survival just after each time.
    at_risk : (m,) array
        Number at risk just before each time: entered strictly earlier, not yet gone.
    """

    time: Floats
    incidence: Floats
    survival: Floats
    at_risk: Floats

    def at(self, moments: Floats) -> Floats:
        """Cumulative incidence per cause at given moments, shape (C, n)."""
        place = np.searchsorted(self.time, moments, side="right")
        return np.concatenate([np.zeros((self.incidence.shape[0], 1)), self.incidence], axis=1)[:, place]


def aalen_johansen(entry: Floats, exit_: Floats, event: Ints, n_causes: int) -> Incidence:
    """Estimate cumulative incidence with left truncation and right censoring.

    Parameters
    ----------
    entry : (n,) float
        Time at which each spell comes under observation; who enters at t is not at risk at t.
    exit_ : (n,) float
        Time of exit or censoring, later than ``entry``.
    event : (n,) int
        0 = censored, c = exit by cause c.
    n_causes : int

    Returns
    -------
    Incidence

    Raises
    ------
    ValueError
        When an exit does not lie after its entry.

    References
    ----------
    Aalen & Johansen (1978), Scand. J. Statistics 5, 141-150.

    Examples
    --------
    >>> r = aalen_johansen(np.zeros(4), np.array([1.0, 2, 2, 3]), np.array([1, 2, 0, 1]), 2)
    >>> r.incidence.round(4).tolist()
    [[0.25, 0.25, 0.75], [0.0, 0.25, 0.25]]
    """
    if np.any(exit_ <= entry):
        raise ValueError("every exit must lie after its entry")
    time = np.unique(exit_[event > 0])
    entered = np.searchsorted(np.sort(entry), time, side="left")
    gone = np.searchsorted(np.sort(exit_), time, side="left")
    at_risk = (entered - gone).astype(np.float64)
    place = np.searchsorted(time, exit_[event > 0])
    counts = np.zeros((n_causes, time.size))
    np.add.at(counts, (event[event > 0] - 1, place), 1.0)
    share = counts / at_risk
    survival = np.cumprod(1.0 - share.sum(axis=0))
    before = np.concatenate([[1.0], survival[:-1]])
    return Incidence(time=time, incidence=np.cumsum(before * share, axis=1), survival=survival, at_risk=at_risk)
