"""Who starts a treatment when: the hazard of a first start, month by month, on the Lexis engine.

A start is an event of its own: every month at risk is a piece, the month of a start is one full piece with an event
(grouped time, complementary log-log), and months in which nobody ever starts have hazard zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kompas.models.design import Exposure, Floats, Ints, Profiles, TimeDesign
from kompas.models.hazard import NotEstimableError, fit_hazard
from kompas.models.problem import Problem, prepare
from kompas.models.rates import Rates, rates_of
from kompas.models.timedesign import band_of

BANDS = (1, 2, 3, 6, 12, 24, 60)  # upper ends, in months, of the bands of duration
PRIOR = 0.25  # precision (standard deviation 2) of a trait, per category or per standard deviation of a number
WEAK = 1e-3  # precision of the level of a band: finite also where everybody starts

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Runs:
    """Follow-up of one treatment on the rows of an exposure.

    Parameters
    ----------
    phase : (n,) int
        Phase in each row; -1 before a first start: at risk.
    start : (s,) int
        Rows in which a first start is followed from its first day.
    follow : (n,) bool
        Rows of the follow-up of those starts.
    """

    phase: Ints
    start: Ints
    follow: Bools


def split_at(month: Ints, months: Ints, edges: npt.ArrayLike) -> tuple[Ints, Ints, Ints]:
    """Cut runs of months at edges: index of the run, first month, number of months of each part.

    Examples
    --------
    >>> [v.tolist() for v in split_at(np.array([0, 5]), np.array([4, 1]), (1, 3))]
    [[0, 0, 0, 1], [0, 1, 3, 5], [1, 2, 1, 1]]
    """
    ends = np.asarray(edges, dtype=np.int64)
    low = np.searchsorted(ends, month, side="right")
    count = np.searchsorted(ends, month + months - 1, side="right") - low + 1
    row = np.repeat(np.arange(month.size), count)
    step = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    edge = ends[np.clip(low[row] + step - 1, 0, ends.size - 1)] if ends.size else month[row]
    begin = np.where(step == 0, month[row], edge)
    last = np.r_[row[1:] != row[:-1], True] if row.size else np.zeros(0, dtype=bool)
    stop = np.where(last, (month + months)[row], np.r_[begin[1:], 0] if row.size else begin)
    return row, begin, stop - begin


def _start_exposure(exposure: Exposure, spell: Ints, runs: Runs, open_band: Bools) -> Exposure:
    """Rows at risk of a start, cut at the bands and without bands in which nobody starts."""
    size = int((exposure.month + exposure.months).max()) + 1
    key = spell * size + exposure.month
    first = runs.start
    at_risk = (runs.phase < 0) & ~((exposure.months == 1) & np.isin(key, key[first]))
    rows = np.flatnonzero(at_risk)
    part, month, months = split_at(exposure.month[rows], exposure.months[rows], BANDS)
    keep = open_band[band_of(month, BANDS)]
    row = rows[part[keep]]
    month, months = month[keep], months[keep]
    take = np.concatenate([row, first])
    order = np.argsort(exposure.cluster[take], kind="stable")
    columns = {
        "profile": exposure.profile[take],
        "month": np.concatenate([month, exposure.month[first]]),
        "calendar": np.concatenate([exposure.calendar[row] + month - exposure.month[row], exposure.calendar[first]]),
        "months": np.concatenate([months, np.ones_like(first)]),
        "length": np.concatenate([exposure.length[row], np.ones(first.size)]),
        "event": np.concatenate([np.zeros_like(row), np.ones_like(first)]),
        "cluster": exposure.cluster[take],
    }
    return Exposure(**{name: values[order] for name, values in columns.items()})


def _ridge(matrix: sparse.csr_matrix, weight: Floats) -> Floats:
    """Prior precision per column: per category, or per standard deviation of a number."""
    total = max(float(weight.sum()), 1.0)
    squares = matrix.multiply(matrix)
    mean, mean_square = (matrix.T @ weight) / total, (squares.T @ weight) / total
    binary = np.asarray(abs(squares - matrix).sum(axis=0)).ravel() == 0
    variance = np.maximum(mean_square - mean**2, 1e-12)
    return np.asarray(PRIOR * np.where(binary, 1.0, variance), dtype=np.float64)


def _time(basis: TimeDesign, open_band: Bools) -> TimeDesign:
    """Bands of duration in which somebody starts, and the calendar of the outcome model."""
    groups = np.flatnonzero(open_band)
    months = np.arange(BANDS[-1] + 1)
    duration = (band_of(months, BANDS)[:, None] == groups[None, :]).astype(np.float64)
    calendar = sparse.csr_matrix(basis.calendar)
    ridge = _ridge(calendar, np.ones(calendar.shape[0])) if calendar.shape[1] else np.zeros(0)
    return TimeDesign(
        duration=duration,
        calendar=basis.calendar,
        first=basis.first,
        names=(*(f"band {g}" for g in groups), *basis.names[basis.duration.shape[1] :]),
        ridge=np.concatenate([np.full(groups.size, WEAK), ridge]),
    )


def start_rates(basis: Problem, spell: Ints, runs: Runs, keep: Bools) -> Rates | None:
    """Fit the hazard of a first start per month.

    Parameters
    ----------
    basis : Problem
        Exposure, profiles and calendar of the outcome model.
    spell : (n,) int
        Spell of each row.
    runs : Runs
        The treatment.
    keep : (p_x,) bool
        Columns of the profiles that may explain a start: traits and the other treatments.

    Returns
    -------
    Rates or None
        One cause; hazard zero in bands without a start. None when nobody starts or nothing converges.
    """
    exposure = basis.exposure
    if runs.start.size == 0:
        return None
    counts = np.bincount(band_of(exposure.month[runs.start], BANDS), minlength=len(BANDS) + 1)
    open_band = counts > 0
    rows = _start_exposure(exposure, spell, runs, open_band)
    matrix = basis.profiles.matrix[:, np.flatnonzero(keep)].tocsr()
    weight = np.bincount(rows.profile, rows.months * rows.length, matrix.shape[0]).astype(np.float64)
    profiles = Profiles(
        matrix=matrix,
        names=tuple(n for n, k in zip(basis.profiles.names, keep, strict=True) if k),
        ridge=_ridge(matrix, weight),
    )
    problem = prepare(rows, profiles, _time(basis.time, open_band))
    try:
        fit = fit_hazard(problem, 1)
    except (NotEstimableError, np.linalg.LinAlgError):
        return None
    rates = rates_of(problem, fit.coef[None, :])
    opened = open_band[band_of(np.arange(BANDS[-1] + 1), BANDS)]
    return replace(rates, duration=np.where(opened, rates.duration, 0.0))
