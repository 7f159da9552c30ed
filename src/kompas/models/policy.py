r"""Hazards when treatments go on being started: the mean over where a subject may stand, step by step.

Of each treatment a subject is in one of a few states: as now (what was started before), or some stage after a new
start; a start leads to the first stage, and stages last a fixed time. Given that the subject has not left,

.. math:: \bar h_c(t) = h_c(t) \prod_k \sum_s P_k(s, t)\, m_{ks}(c),

with P_k the distribution over the states of treatment k and m their multipliers. P_k moves by starts and by time, and
is tilted by what each state does to staying, with the mean of the other treatments: treatments count as independent
given the subject (mean field). Within a piece events are spread as by a constant hazard, exactly; the product of the
means is the only approximation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats

PER_MONTH = 2  # pieces per month
TINY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stretch of time after a start: its phase, its length in months (None = open), whether a new start may come."""

    phase: int
    months: int | None
    free: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Entry:
    """One treatment that can start: n subjects, J pieces, C causes, F phases.

    Parameters
    ----------
    hazard : (n, J) array
        Hazard per month of a first start while no other treatment runs.
    had : (n,) array
        Factor on it for who had the treatment before now, 1 for the others.
    again : float
        The same factor after a new start.
    free : (n, J) array
        Share of each piece in which what was started before now allows a start.
    running : (n, J) array
        Share of each piece in which what was started before now still runs.
    before : (C, n, J) array
        Multiplier of the exits by what was started before now.
    effect : (C, n, F) array
        Multiplier of the exits in each phase after a new start.
    stages : tuple of Stage
        From the start on; the first one runs when ``runs``, the last one is open.
    runs : bool
        Whether the treatment has a length.
    others : (I,) array
        Factor on the hazard of a start while each of the treatments runs; 1 for itself.
    """

    hazard: Floats
    had: Floats
    again: float
    free: Floats
    running: Floats
    before: Floats
    effect: Floats
    stages: tuple[Stage, ...]
    runs: bool
    others: Floats


def _leaving(cumulative: Floats) -> tuple[Floats, Floats]:
    """Share that leaves a state in a piece, and the mean share of the piece that is missed by it.

    Examples
    --------
    >>> leave, missed = _leaving(np.array([0.0, 1e9]))
    >>> leave.tolist(), missed.round(6).tolist()
    ([0.0, 1.0], [0.0, 1.0])
    """
    leave = -np.expm1(-cumulative)
    small = cumulative < TINY
    safe = np.where(small, 1.0, cumulative)
    return leave, np.where(small, cumulative / 2, 1.0 - leave / safe)


class _Walk:
    """Where subjects stand with one treatment, moved from piece to piece."""

    def __init__(self, entry: Entry) -> None:
        n = entry.had.size
        self.e = entry
        self.old = np.ones(n)  # share that has had no new start
        self.mass = np.zeros((len(entry.stages), n))
        self.kept = np.zeros((len(entry.stages), n))  # log of the share of a cohort that stayed in its stage
        self.mean_old = self.old
        self.mean = self.mass
        self.entered: list[tuple[Floats, Floats]] = []
        self.queue: list[deque[tuple[Floats, Floats, Floats]]] = [deque() for _ in entry.stages]
        self.multiplier = [np.ascontiguousarray(entry.effect[:, :, s.phase]) for s in entry.stages]

    def running(self, t: int) -> Floats:
        """Share for which the treatment runs at the start of piece t."""
        old = self.old * self.e.running[:, t]
        return old + self.mass[0] if self.e.runs else old

    def move(self, t: int, length: Floats, crowd: Floats) -> Floats:
        """Let starts and the end of stages happen in piece t; returns the mean multiplier in it, (C, n)."""
        e = self.e
        hazard = e.hazard[:, t] * length * crowd
        leave_old, missed_old = _leaving(hazard * e.had * e.free[:, t])
        again = hazard * e.again
        leave, missed = _leaving(again)
        free = np.sum([m for m, s in zip(self.mass, e.stages, strict=True) if s.free], axis=0)
        come, present = self.old * leave_old + free * leave, self.old * missed_old + free * missed
        self.mean_old, self.old = self.old * (1 - missed_old), self.old * (1 - leave_old)
        mean, mass = np.empty_like(self.mass), np.empty_like(self.mass)
        self.entered = []
        factor = self.mean_old * e.before[:, :, t]
        for g, stage in enumerate(e.stages):
            stay, part = (1 - leave, 1 - missed) if stage.free else (1.0, 1.0)
            mean[g], mass[g] = self.mass[g] * part + present, self.mass[g] * stay + come
            self.entered.append((come, present))
            come, present = np.zeros_like(come), np.zeros_like(come)
            if stage.months is not None and len(self.queue[g]) == PER_MONTH * stage.months:
                cohort, early, then = self.queue[g].popleft()
                keep = np.exp(self.kept[g] - then) * stay
                come, present = cohort * keep, early * keep
                mean[g] -= present
                mass[g] -= come
            factor += mean[g] * self.multiplier[g]
            if stage.free:
                self.kept[g] = self.kept[g] - again
        self.mean, self.mass = mean, mass
        return np.asarray(factor)

    def survive(self, t: int, length: Floats, without: Floats) -> None:
        """Condition on staying through piece t; ``without`` (C, n) are the hazards but for this treatment."""
        lost = [(without * m).sum(axis=0) * length for m in self.multiplier]
        lost_old = (without * self.e.before[:, :, t]).sum(axis=0) * length
        least = np.minimum(lost_old, np.min(lost, axis=0))
        self.old = self.old * np.exp(least - lost_old)
        tilted = self.mass * np.exp(least - np.stack(lost))
        total = self.old + tilted.sum(axis=0)
        self.old, self.mass = self.old / total, tilted / total
        for g, stage in enumerate(self.e.stages):
            shift = least - lost[g] - np.log(total)
            self.kept[g] = self.kept[g] + shift
            if stage.months is not None:
                keep = np.exp(shift)
                come, present = self.entered[g]
                self.queue[g].append((come * keep, present * keep, self.kept[g].copy()))


def usual_hazard(hazard: Floats, length: Floats, entries: Sequence[Entry]) -> Floats:
    """Mean hazards of exit of subjects who are still there while treatments go on being started.

    Parameters
    ----------
    hazard : (C, n, J) array
        Hazards per month without any of the treatments in ``entries``.
    length : (n, J) array
        Length of each piece in months; pieces t and t + 2 are a month apart.
    entries : sequence of I Entry

    Returns
    -------
    (C, n, J) array

    Examples
    --------
    Everybody starts at once what doubles the hazard: the mean is doubled.

    >>> one = np.ones((1, 2))
    >>> entry = Entry(hazard=1e12 * one, had=one[:, 0], again=0.0, free=one, running=0 * one, before=one[None],
    ...               effect=np.full((1, 1, 1), 2.0), stages=(Stage(phase=0, months=None, free=True),), runs=False,
    ...               others=np.ones(1))
    >>> usual_hazard(0.1 * one[None], 0.5 * one, [entry]).round(6).tolist()
    [[[0.2, 0.2]]]
    """
    out = hazard.copy()
    walks = [_Walk(e) for e in entries]
    for t in range(hazard.shape[2] if walks else 0):
        running = [w.running(t) for w in walks]
        factors = []
        for w in walks:
            crowd = np.ones(length.shape[0])
            for share, keer in zip(running, w.e.others, strict=True):
                if keer != 1.0:
                    crowd *= 1.0 + (keer - 1.0) * share
            factors.append(w.move(t, length[:, t], crowd))
        for k, w in enumerate(walks):
            without = hazard[:, :, t].copy()
            for other, factor in enumerate(factors):
                if other != k:
                    without *= factor
            w.survive(t, length[:, t], without)
        for factor in factors:
            out[:, :, t] *= factor
    return out
