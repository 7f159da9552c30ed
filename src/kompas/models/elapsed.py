"""Chances from elapsed duration: conditional Aalen-Johansen, and monthly probabilities chained over a horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kompas.models.aalen_johansen import aalen_johansen
from kompas.models.design import Floats, Ints
from kompas.models.outlook import cumulative_incidence

AT_RISK = 50  # beyond the last moment with so many at risk the curve is too thin
TAIL_EXITS = 20  # exits that must lie beyond it to estimate the constant rates there
FULL = 1 - 1e-9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ElapsedIncidence:
    """Aalen-Johansen curve by elapsed duration with constant rates in its thin tail.

    Parameters
    ----------
    time, incidence, survival : (m,), (C, m), (m,) arrays
        Step functions up to ``last``.
    last : float
        Where the tail begins.
    rate : (C,) array
        Rates per month from ``last`` on.
    """

    time: Floats
    incidence: Floats
    survival: Floats
    last: float
    rate: Floats

    def _at(self, moments: Floats) -> tuple[Floats, Floats]:
        place = np.searchsorted(self.time, moments, side="right")
        incidence = np.concatenate([np.zeros((self.rate.size, 1)), self.incidence], axis=1)[:, place]
        return incidence, np.concatenate([[1.0], self.survival])[place]

    def ahead(self, elapsed: Floats, months: Floats) -> Floats:
        """Chance to leave by each cause within ``months`` for who is still there at ``elapsed``.

        Parameters
        ----------
        elapsed, months : (n,) float

        Returns
        -------
        (C, n) array
        """
        stop = elapsed + months
        here, alive = self._at(np.minimum(elapsed, self.last))
        there, still = self._at(np.minimum(stop, self.last))
        known = alive > 0
        alive = np.where(known, alive, 1.0)
        curve = np.where(known, (there - here) / alive, 0.0)
        stay = np.where(known, still / alive, 1.0)
        thin = np.where(known, np.maximum(stop - np.maximum(elapsed, self.last), 0.0), months)
        total = float(self.rate.sum())
        share = self.rate / total if total > 0 else self.rate
        return np.asarray(curve + share[:, None] * (stay * -np.expm1(-total * thin)), dtype=np.float64)


def elapsed_incidence(entry: Floats, exit_: Floats, event: Ints, n_causes: int) -> ElapsedIncidence:
    """Estimate how spells end by elapsed duration alone, with late entry.

    Parameters
    ----------
    entry, exit_ : (n,) float
        Months since the begin of the spell at which observation starts and ends.
    event : (n,) int
        0 = censored, c = exit by cause c.
    n_causes : int

    Returns
    -------
    ElapsedIncidence
        The curve holds while at least ``AT_RISK`` spells are at risk and ``TAIL_EXITS`` exits come later; after that
        the rates are constant (exits over months at risk).

    Examples
    --------
    >>> e = elapsed_incidence(np.zeros(200), np.repeat([1.0, 2.0], 100), np.ones(200, dtype=int), 1)
    >>> e.ahead(np.array([0.0, 1.0]), np.array([1.0, 1.0])).round(3).tolist()
    [[0.5, 0.632]]
    """
    aj = aalen_johansen(entry, exit_, event, n_causes)
    exits = np.sort(exit_[event > 0])
    enough = aj.time[(aj.at_risk >= AT_RISK) & (exits.size - np.searchsorted(exits, aj.time, "right") >= TAIL_EXITS)]
    last = float(enough.max()) if enough.size else 0.0
    keep = aj.time <= last
    months = float(np.maximum(exit_ - np.maximum(entry, last), 0.0).sum())
    later = np.bincount(event[(event > 0) & (exit_ > last)] - 1, minlength=n_causes)
    return ElapsedIncidence(
        time=aj.time[keep],
        incidence=aj.incidence[:, keep],
        survival=aj.survival[keep],
        last=last,
        rate=later / months if months > 0 else np.zeros(n_causes),
    )


def rates_of(chance: Floats) -> Floats:
    """Constant rates per month that give these monthly probabilities of competing exits, shape (C, ...).

    Examples
    --------
    >>> r = rates_of(np.array([[0.1], [0.2]]))
    >>> (r / r.sum() * (1 - np.exp(-r.sum()))).round(3).tolist()
    [[0.1], [0.2]]
    """
    total = np.clip(chance.sum(axis=0), 0.0, FULL)
    safe = np.where(total > 0, total, 1.0)
    return np.asarray(chance * np.where(total > 0, -np.log1p(-total) / safe, 1.0), dtype=np.float64)


def chained_incidence(chance: Floats, part: Floats, end: Floats, horizons: Sequence[int]) -> Floats:
    """Chain monthly probabilities over a horizon that starts somewhere in a duration month.

    Parameters
    ----------
    chance : (C, n, J + 1) array
        Probability of each exit in duration month k, k + 1, ..., k + J, with k the current one.
    part : (n,) array
        Part of the current duration month that has passed.
    end : (n,) array
        Months from now after which nothing can happen.
    horizons : sequence of int
        At most J months.

    Returns
    -------
    (C, n, H) array
    """
    n, months = part.size, chance.shape[2] - 1
    rates = rates_of(chance)
    start = np.arange(months, dtype=np.float64)
    begin, finish = np.empty((n, 2 * months)), np.empty((n, 2 * months))
    begin[:, 0::2], finish[:, 0::2] = start, start + 1 - part[:, None]
    begin[:, 1::2], finish[:, 1::2] = start + 1 - part[:, None], start + 1
    length = np.clip(np.minimum(finish, end[:, None]) - begin, 0.0, None)
    pieces = np.empty((chance.shape[0], n, 2 * months))
    pieces[:, :, 0::2], pieces[:, :, 1::2] = rates[:, :, :-1], rates[:, :, 1:]
    out, _ = cumulative_incidence(pieces, length)
    return np.asarray(out[:, :, [2 * h - 1 for h in horizons]], dtype=np.float64)
